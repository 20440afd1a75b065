package source

import (
	"strings"
	"testing"
)

// A window breaks the groups of a FortiGate's keys, here in the last group of AES-GCM and between two groups; nothing is filled up with zeros.
func TestBrokenGateway(t *testing.T) {
	text := "  id/spi: 47 333a5542141db4fb/280b35d495dbe346\n  direction: initiator\n  proposal: aes256gcm\n" +
		"  SK_ei: f493e82b23430a42-3d485c7cb6a23f06-8c7106cb1e047da5-4c75c1ee78cbab6a-4e95eff9\n" +
		"  SK_er: 8859d704654ff40f-a27913b1d192dd5a-43817f9476966623-02a7f29797740820-e1757423\n  SK_ai: \n  SK_ar: \n  PPK: no\n  message-id sent/recv: 2/3\n"
	for _, width := range []int{60, 70, 77, 78, 79, 80, 81, 84} {
		got := describe(mustRead(t, wrapped(text, width)))
		for _, want := range []string{"SK_EI 333a5542141db4fb:280b35d495dbe346 f493e82b23430a423d485c7cb6a23f068c7106cb1e047da54c75c1ee78cbab6a4e95eff9 ", "SK_ER 333a5542141db4fb:280b35d495dbe346 8859d704654ff40fa27913b1d192dd5a43817f947696662302a7f29797740820e1757423 "} {
			if !strings.Contains(got, want) {
				t.Errorf("width %d: %s", width, got)
			}
		}
	}
}

// Whoever writes the digits of SPIs and keys in capitals gets the same keys.
func TestCapitalDigits(t *testing.T) {
	const enc, auth, spis = "60CB194A87950D72B95068FA46C9D6F1", "EE29E75973358576133FAB861A88DF87976F2B07", "333A5542141DB4FB:280B35D495DBE346"
	ike := strings.ToLower("SK_EI " + spis + " " + enc)
	for name, c := range map[string]struct{ text, want string }{
		"FortiGate, tunnels":  {"name=a ver=2 serial=4 192.0.2.1:0->192.0.2.2:0\n  dec: spi=C0077FF1 esp=aes key=16 " + enc + "\n       ah=sha1 key=20 " + auth + "\n", "esp 192.0.2.2>192.0.2.1:0xc0077ff1 aes-cbc:"},
		"FortiGate, gateways": {"  id/spi: 47 333A5542141DB4FB/280B35D495DBE346\n  proposal: aes128-sha1\n  SK_ei: 60CB194A87950D72-B95068FA46C9D6F1\n", ike},
		"FortiGate, debug":    {"ike 0:a:8: IKE SA 333A5542141DB4FB/280B35D495DBE346 SK_ei 16:" + enc + "\n", ike},
		"VPP":                 {" iip 192.0.2.1 ispi 333A5542141DB4FB rip 192.0.2.2 rspi 280B35D495DBE346\n encr:aes-cbc-128 prf:hmac-sha1 integ:sha1-96 dh-group:modp-2048\n SK_d    " + auth + "\n SK_e  i:" + enc + "\n       r:" + enc + "\n", ike},
	} {
		if got := strings.ToLower(describe(mustRead(t, c.text))); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// setkey.conf with the words of ip for the options; the authentication key is not lost.
func TestSetkeyConfWords(t *testing.T) {
	const enc, auth = "60cb194a87950d72b95068fa46c9d6f1", "ee29e75973358576133fab861a88df87976f2b07"
	for _, options := range []string{"-E aes-cbc 0x" + enc + " auth hmac-sha1 0x" + auth, "enc aes-cbc 0x" + enc + "\n\t-A hmac-sha1 0x" + auth} {
		got := describe(mustRead(t, "add 192.0.2.1 192.0.2.2 esp 0x1001 -m tunnel "+options+";\n"))
		if want := "ESP 192.0.2.1>192.0.2.2:0x00001001 aes-cbc:" + enc + " hmac-sha1-96:" + auth + " tunnel"; strings.TrimSpace(got) != want {
			t.Errorf("%s: %s", options, got)
		}
	}
}

// A note of algorithms and the bits of their keys has no keys of three bytes, but none at all.
func TestBitsInPlaceOfKey(t *testing.T) {
	for _, note := range []string{"\tenc cbc(aes) 256\n\tauth hmac(sha256) 128\n", "\tauth-trunc hmac(sha1) 160 96\n\tenc cbc(aes) 128\n"} {
		b, err := Read("note.txt", []byte("src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xc203f085 mode tunnel\n"+note))
		if err != nil || len(b.SAs) != 0 || len(b.Warnings) != 1 || !strings.HasPrefix(b.Warnings[0].Text, "1 SA without keys") {
			t.Errorf("%q: %v, %s%v", note, err, describe(b), b.Warnings)
		}
	}
}

// RouterOS logs what racoon does, below topics of its own, which vary.
func TestRouterOSTopics(t *testing.T) {
	for _, topics := range []string{"ipsec,debug ", "ipsec,debug,packet ", "nov/23 08:43:20 ipsec,ike,debug "} {
		b := mustRead(t, topics+"SKEYID_e computed:\n"+topics+"d031cb7e 9d630827 8938720d 17e95ffd 02a70ae4\n")
		if len(b.Secrets) != 1 || len(b.Secrets[0].Value) != 20 || len(b.Formats) == 0 || b.Formats[0].Name != routerOSName {
			t.Errorf("%q: %s%v", topics, describe(b), b.Formats)
		}
	}
}

// more shows its prompt with how much of the file is behind it, which is no line of a dump.
func TestPromptOfMore(t *testing.T) {
	const text = "ikev2_sa_keys: SK_ei with 32 bytes\n60cb194a 87950d72 b95068fa 46c9d6f1\n--More--(34%)\na811976d 669337b1 2cc166a7 0e61c25e\n"
	if b := mustRead(t, text); len(b.Secrets) != 1 || len(b.Secrets[0].Value) != 32 {
		t.Errorf("%s%v", describe(b), b.Warnings)
	}
}

// A mail program breaks the lines of RouterOS at blanks, and names and values behind their hyphens.
func TestHyphenBroken(t *testing.T) {
	for name, text := range map[string]string{
		"terse": " 0 HE spi=0xF7822B55 src-address=192.0.2.1 dst-address=192.0.2.2\nstate=mature auth-algorithm=sha1 enc-algorithm=aes-\ncbc enc-key-size=128\n" +
			"auth-key=\"ae179bf759340f6cf6c1f9810d387dd45ce301e9\" enc-\nkey=\"d46d44e5a833b3b84e0f27f9f7a910b6\" add-\nlifetime=24m/30m replay=128\n",
		"as-value": ".id=*1;add-lifetime=24m/30m;auth-algorithm=sha1;auth-\nkey=ae179bf759340f6cf6c1f9810d387dd45ce301e9;dst-address=192.0.2.2;enc-\nalgorithm=aes-cbc;enc-\n" +
			"key=d46d44e5a833b3b84e0f27f9f7a910b6;enc-key-\nsize=128;replay=128;spi=0xF7822B55;src-\naddress=192.0.2.1;state=mature\n",
	} {
		got := describe(mustRead(t, text))
		for _, want := range []string{"ESP 192.0.2.1>192.0.2.2:0xf7822b55 aes-cbc:", "d46d44e5a833b3b84e0f27f9f7a910b6", "ae179bf759340f6cf6c1f9810d387dd45ce301e9"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}
