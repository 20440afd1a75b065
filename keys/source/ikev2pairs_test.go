package source

import "testing"

// Keys of IKEv2 by name, behind a sign, in the forms of scripts and exports; what is no whole value of hex digits is none.
func TestIKEv2Pairs(t *testing.T) {
	const key = "8ee4a696dd3ce8708a54b7edb2dd7962"
	for _, text := range []string{"SK_ei = " + key, "SK_ei=" + key + ", SK_x=1", `"sk_ei": "` + key + `",`, "sk_ei: '0x" + key + "'", "SK_ei (128 bits): " + key, "SK_ei -> " + key, "SK_ei\t" + key,
		"ike_sa 1: SK_ei=" + key + " prf=sha1", "SK_ei: b'" + key + "'", `{"ike": {"SK_ei":"` + key + `"}}`,
		"decrypt --sk-ei " + key + " \\", "SK(ei) = " + key, "$SK_{ei}$ = " + key, "| SK_ei | `" + key + "` |", "| **SK-ei** | " + key + " |", "SKei: " + key,
		"uint8_t sk_ei[16] = {0x8e, 0xe4, 0xa6, 0x96, 0xdd, 0x3c, 0xe8, 0x70, 0x8a, 0x54, 0xb7, 0xed, 0xb2, 0xdd, 0x79, 0x62};"} {
		if got, want := describe(mustRead(t, text+"\n")), "SK_EI - "+key+" g1\n"; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got, want := describe(mustRead(t, "SK_ei="+key+" SK_er="+key[2:]+"00\n")), "SK_EI - "+key+" g1\nSK_ER - "+key[2:]+"00 g1\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, text := range []string{"SK_ei = " + key[:20] + "...", "SK_ei = 16 bytes", "SK_ei length = 128", "SK_ei: [142 228 166 150]", "SK_ei = prf+(SKEYSEED)", "SK_ei 16 bytes " + key, "DISK_ei=" + key, "SK_ei=" + key + "g", "token sk-d" + key, "sk_d" + key, "SK(ei) of " + key, "SK_{ei = " + key,
		"SK-ei 1234 and " + key} {
		if b, _ := Read("test", []byte(text+"\n")); b != nil && len(b.Secrets) > 0 {
			t.Errorf("%q: %s", text, describe(b))
		}
	}
	const row = `IPv4,192.0.2.1,192.0.2.2,0x000003e9,AES-CBC [RFC3602],0x` + testEnc + `,HMAC-SHA-1-96 [RFC2404],0x` + testAuth // without its quotation marks
	check(t, mustRead(t, row+"\n"), "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:"+testEnc+" hmac-sha1-96:"+testAuth)
}
