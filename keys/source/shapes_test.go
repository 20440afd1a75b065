package source

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// The same sources in other shapes: of other consoles, tools and people.
func TestShapes(t *testing.T) {
	const (
		keys  = " aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
		sa    = "ESP 192.0.2.1>192.0.2.2:0x000003e9" + keys
		other = "ESP 192.0.2.2>192.0.2.1:0x000003ea" + keys
		spi   = "112124cc538ac351"
		spis  = spi + ":2df52bfbf2f4581e"
	)
	raw, _ := hex.DecodeString(testEnc)
	listed := strings.Trim(fmt.Sprint(raw), "[]")
	dump := func(digits, row, group string) (text string) { // of 16 bytes a row, in groups of 2 or 4 digits
		for i := 0; i < len(digits); i += 32 {
			text += fmt.Sprintf(row, i/2)
			for j := i; j < min(i+32, len(digits)); j += len(group) {
				if text += digits[j : j+len(group)]; group == "00" && j-i == 14 {
					text += " "
				}
				text += " "
			}
			text += " ................\n"
		}
		return text
	}
	stats := "\tlastused 2026-11-27 10:00:00\n\tlifetime current:\n\t  1128(bytes), 17(packets)\n\t  add 2026-11-27 09:%s:00 use 2026-11-27 09:%s:01\n\tstats:\n\t  replay-window 0 replay 0 failed 0\n"
	state := func(hosts, spi string) string {
		return "src " + hosts + "\n\tproto esp spi " + spi + " reqid 1(0x00000001) mode tunnel\n\treplay-window 32 seq 0x00000000 flag af-unspec (0x00100000)\n\tauth-trunc hmac(sha1) 0x" + testAuth + " (160 bits) 96\n\tenc cbc(aes) 0x" + testEnc + " (128 bits)\n"
	}
	uat := []string{"IPv4", "192.0.2.1", "192.0.2.2", "0x000003e9", "AES-CBC [RFC3602]", "0x" + testEnc, "HMAC-SHA-1-96 [RFC2404]", "0x" + testAuth}
	table := []string{spi, "2df52bfbf2f4581e", testEnc, testEnc, "AES-CBC-128 [RFC3602]", testAuth, testAuth, "HMAC_SHA1_96 [RFC2404]"}
	ikeKeys := "SK_EI " + spis + " " + testEnc + " g1\nSK_AR " + spis + " " + testAuth + " g1"
	for name, c := range map[string]struct{ text, want, warning string }{
		"ip -s, the newest SA first": {"# ip -s -d xfrm state\n" + state("192.0.2.1 dst 192.0.2.2", "0x000003e9(1001)") + fmt.Sprintf(stats, "59", "59") + state("192.0.2.2 dst 192.0.2.1", "0x000003ea(1002)") + fmt.Sprintf(stats, "58", "58") +
			state("192.0.2.2 dst 192.0.2.1", "0x000003eb(1003)") + fmt.Sprintf(stats, "57", "57"), sa + "\n" + other + "\nESP 192.0.2.2>192.0.2.1:0x000003eb" + keys, ""},
		"ip xfrm, words in another order":                {"A=0x3e9; L=192.0.2.1\nsudo ip -n a x s a proto esp spi $A \\\n  sel src 10.1.0.0/24 dst 10.2.0.0/24 \\\n  dst 192.0.2.2 \\\n  auth-trunc 'hmac(sha1)' 0x" + testAuth + " 96 \\\n  src $L enc 'cbc(aes)' 0x" + testEnc + "\n", sa, ""},
		"ip xfrm, a function":                            {"K=0x" + testEnc + "\nA=0x" + testAuth + "\ndo_esp() {\n    local ns=$1\n    local me=$2\n\n    ip -net $ns xfrm state add src $3 dst $me proto esp spi $4 enc 'cbc(aes)' $K auth-trunc 'hmac(sha1)' ${5} 96 mode tunnel\n    echo done\n}\ndo_esp ns3 192.0.2.2 192.0.2.1 0x3e9 $A\ndo_esp ns4 \"192.0.2.1\" 192.0.2.2 0x3ea 0x" + testAuth + "\n", sa + "\n" + other, ""},
		"ip xfrm, a function that nothing calls":         {"add() {\n  ip xfrm state add src $1 dst $2 proto esp spi $3 enc aes $4\n}\n", "", "the addresses are variables"},
		"ip xfrm, in a function without arguments":       {"setup() {\n  ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x3e9 enc 'cbc(aes)' 0x" + testEnc + " auth-trunc 'hmac(sha1)' 0x" + testAuth + " 96\n}\n", sa, ""},
		"a dump behind a function of something else":     {"function show() {\nreturn 1\n" + state("192.0.2.1 dst 192.0.2.2", "0x3e9(1001)"), sa, ""},
		"ip xfrm, values in quotation marks":             {"A=192.0.2.1; B=\"192.0.2.2\"\nK=0x" + testEnc + "\nI=0x3e9\nip xfrm state add src \"$A\" dst \"${B}\" proto esp spi \"$I\" mode tunnel auth-trunc 'hmac(sha1)' \"0x" + testAuth + "\" 96 enc 'cbc(aes)' \"$K\"\nip xfrm state add src $B dst $A proto esp spi \"0x3ea\" mode tunnel auth-trunc \"hmac(sha1)\" 0x" + testAuth + " 96 enc \"cbc(aes)\" \"$K\"\n", sa + "\n" + other, ""},
		"a state as JSON":                                {`[{"src":"192.0.2.1","dst":"192.0.2.2","proto":"esp","spi":"0x3e9","mode":"tunnel","auth-trunc":{"name":"hmac(sha1)","key":"0x` + testAuth + `","trunc":96},"enc":{"name":"cbc(aes)","key":"0x` + testEnc + "\"}}]\n", sa, ""},
		"esp_sa, keys without 0x":                        {`"` + strings.ReplaceAll(strings.Join(uat, `","`), `"0x60`, `"60`) + "\"\n", sa, ""},
		"keys in words of four bytes":                    {"src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x3e9 reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) 0x" + testAuth + " 96\n\tenc cbc(aes) 0x60cb194a 0x87950d72 0xb95068fa 0x46c9d6f1\n", sa, ""},
		"in capitals":                                    {strings.ToUpper(state("192.0.2.1 dst 192.0.2.2", "0x3e9(1001)")), sa, ""},
		"ip xfrm, a list of strings":                     {`subprocess.run(["ip", "xfrm", "state", "add", "src", "192.0.2.1", "dst", "192.0.2.2", "proto", "esp", "spi", "0x3e9", "auth-trunc", "hmac(sha1)", "0x` + testAuth + `", "96", "enc", "cbc(aes)", "0x` + testEnc + "\"])\n", sa, ""},
		"ip xfrm, no addresses":                          {"ip xfrm state add proto esp spi 0x3e9 enc 'cbc(aes)' 0x" + testEnc + " mode tunnel\n", "", "its numbers are tried as keys"},
		"setkey.conf, tabs":                              {"flush;\nadd\t192.0.2.1 192.0.2.2\n\tesp 0x3E9 -m tunnel\n\t-E rijndael-cbc 0x" + strings.ToUpper(testEnc) + "\n\t-A hmac-sha1 0x" + testAuth + " ;\n", sa, ""},
		"FortiGate, a blank line in an SA":               {"name=a ver=2 serial=1 192.0.2.2:0->192.0.2.1:0\n\n  dec: spi=000003e9 esp=aes key=16 " + testEnc + "\n\n       ah=sha1 key=20 " + testAuth + "\n\n", sa, ""},
		"RouterOS, broken in names and addresses":        {" 0 SE spi=0x3E9 src-address=192.0.2.1 dst-address=192.0.2\n       .2 state=mature auth-algorithm=sha1 enc-algorithm=\n       aes-cbc auth-key=\"ee29e75973358576133fab861a88df\n       87976f2b07\" enc-key=\"60cb194a87950d72b95068fa46c9\n       d6f1\" replay=128\n", sa, ""},
		"Scapy, a function by another name":              {"k = h2b('" + testEnc + "')\nsa = SecurityAssociation(ESP, spi=0x3e9, crypt_algo='AES-CBC', crypt_key=k, auth_algo='HMAC-SHA1-96', auth_key=unhex(\"" + testAuth + "\"), tunnel_header=IP(src='192.0.2.1', dst='192.0.2.2'))\n", sa, ""},
		"Scapy, a function of something else":            {"sa = SecurityAssociation(ESP, spi=0x3e9, crypt_algo='AES-CBC', crypt_key=derive('gwa to gwb, key 1'))\n", "", "crypt_key is not understood"},
		"esp_sa, tabs":                                   {strings.Join(uat, "\t") + "\n", sa, ""},
		"esp_sa, tabs and quotation marks":               {`"` + strings.Join(uat, "\"\t\"") + "\"\n", sa, ""},
		"esp_sa, semicolons":                             {"Protocol;Src IP;Dest IP;SPI;Encryption;Encryption Key;Authentication;Authentication Key\n" + strings.Join(uat, ";") + "\n", sa, ""},
		"esp_sa, tabs and no keys":                       {"IPv4\t192.0.2.1\t192.0.2.2\t*\tNULL\t\tNULL\t\n", "ESP 192.0.2.1>192.0.2.2:* null: :", ""},
		"ikev2_decryption_table, tabs":                   {strings.Join(table, "\t") + "\n", ikeKeys, ""},
		"ikev2_decryption_table, no quotation marks":     {strings.Join(table, ",") + "\n", ikeKeys, ""},
		"ikev2_decryption_table, all in quotation marks": {`"` + strings.Join(table, `","`) + "\"\n", ikeKeys, ""},
		"ikev1_decryption_table, tabs":                   {"\"" + spi + "\"\t\"" + testGCM + testEnc[:8] + "\"\n" + spi + " , " + testEnc + "\n", "ENC_KEY " + spi + " " + testGCM, ""},
		"pairs of SPIs":                                  {spi + "\t2df52bfbf2f4581e\n" + spi + ";2df52bfbf2f4581e\n", "", "no keys found"},
		"tcpdump -E, IKEv2 in capitals":                  {"ikev2 I 0x" + strings.ToUpper(spi) + " 0x2DF52BFBF2F4581E sha1:0x" + strings.ToUpper(testAuth) + " aes128:0x" + strings.ToUpper(testEnc) + "\n", "SK_AI " + spis + " " + testAuth + " g1\nSK_EI " + spis + " " + testEnc, ""},
		"ikedecrypt, a value over lines":                 {"<SA><iCookie>" + spi + "</iCookie>\n<SKeyId_e>\n  " + testAuth[:20] + "\n  " + testAuth[20:] + "\n</SKeyId_e></SA>\n", "SKEYID_E " + spi + " " + testAuth + " g1", ""},
		"names, hexdump -C":                              {"SK_d:\n" + dump(testEnc+testEnc, "%08x  ", "00") + "SK_ei:\n" + dump(testEnc, "%08x  ", "00"), "SK_D - " + testEnc + testEnc + " g1\nSK_EI - " + testEnc + " g1", ""},
		"names, xxd":                                     {"SK_d (32 bytes):\n" + dump(testEnc+testEnc, "%08x: ", "0000") + "SK_ei (16 bytes):\n" + dump(testEnc, "%08x: ", "0000"), "SK_D - " + testEnc + testEnc + " g1\nSK_EI - " + testEnc + " g1", ""},
		"names without an underscore":                    {`{"ispi": "` + spi + `", "skEi": "` + testEnc + `", "skD":"` + testAuth + `"}` + "\n", "SK_EI - " + testEnc + " g1\nSK_D - " + testAuth + " g1", ""},
		"names, base64":                                  {`{"sk_ei": "` + base64.StdEncoding.EncodeToString(raw) + `"}` + "\n", "SK_EI - " + testEnc + " g1", ""},
		"names, bytes of Python":                         {`Keys(sk_ei=b'\x60\xcb\x19\x4a\x87\x95\rr\xb9Ph\xfaF\xc9\xd6\xf1', sk_er=bytes.fromhex("` + testEnc + "\"))\n", "SK_EI - " + testEnc + " g1\nSK_ER - " + testEnc + " g1", ""},
		"names, bytes of Python, backslashes":            {`sk_er = b'\\\'.-\\!\\*\xeb0123456'` + "\n" + `sk_ei = b'\\\xcb\\\x4a\\\'0123456789'` + "\n", "SK_ER - 5c272e2d5c215c2aeb30313233343536 g1\nSK_EI - 5ccb5c4a5c2730313233343536373839 g1", ""},
		"names, bytes of Go":                             {"{SK_ei:[" + listed + "] SK_er:[" + listed + "] SK_d:[]}\n", "SK_EI - " + testEnc + " g1\nSK_ER - " + testEnc + " g1", ""},
		"names, a text":                                  {`{"sk_ei": "not/known+here1", "skEr": "hidden", "skD": [1, 2, 3]}` + "\n", "", "no keys found"},
	} {
		t.Run(name, func(t *testing.T) { checkRead(t, c.text, c.want, c.warning) })
	}
}
