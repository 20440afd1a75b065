package source

import (
	"strings"
	"testing"
)

// A key of zeros is one that a program hides, but for those that people write.
func TestKeysOfZeros(t *testing.T) {
	zeros, enc := strings.Repeat("00", 16), "60cb194a87950d72b95068fa46c9d6f1"
	for name, c := range map[string]struct {
		text string
		keys int
	}{
		"setkey":           {"192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=1(0x00000001) reqid=0(0x00000000)\n\tE: aes-cbc  00000000 00000000 00000000 00000000\n\tA: hmac-md5  00000000 00000000 00000000 00000000\n", 0},
		"FortiGate":        {"name=hq ver=2 serial=2 192.0.2.1:0->192.0.2.2:0\n  dec: spi=00000001 esp=aes key=16 " + zeros + "\n       ah=md5 key=16 " + zeros + "\n", 0},
		"FortiGate IKE":    {"id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  SK_ei: 0000000000000000-0000000000000000\n  SK_er: 0000000000000000-0000000000000000\n", 0},
		"RouterOS":         {` 0   E spi=0x1 src-address=192.0.2.1 dst-address=192.0.2.2 state=mature auth-algorithm=md5 enc-algorithm=aes-cbc auth-key="` + zeros + `" enc-key="` + zeros + "\"\n", 0},
		"VPP SA":           {"[0] sa 10 (0xa) spi 1 (0x00000001) protocol:esp flags:[tunnel ]\n   crypto alg aes-cbc-128 key " + zeros + "\n   integrity alg md5-96 key " + zeros + "\n", 0},
		"free5gc":          {"IPSec Inbound  SPI: 0x00000001\n[UE:192.0.2.1] -> [N3IWF:192.0.2.2]\nIPSec Encryption Algorithm: 12\nIPSec Encryption Key: 0x" + zeros + "\nIPSec Integrity  Algorithm: 1\nIPSec Integrity  Key: 0x" + zeros + "\n", 0},
		"names":            {"SK_EI: " + zeros + "\n", 0},
		"one key of two":   {"name=hq ver=2 serial=2 192.0.2.1:0->192.0.2.2:0\n  dec: spi=00000001 esp=aes key=16 " + enc + "\n       ah=md5 key=16 " + zeros + "\n", 1},
		"script of setkey": {"add 192.0.2.1 192.0.2.2 esp 1 -m tunnel -E aes-cbc 0x" + zeros + " -A hmac-md5 0x" + zeros + ";\n", 1},
		"script of VPP":    {"ipsec sa add 10 spi 1 esp crypto-alg aes-cbc-128 crypto-key " + zeros + " integ-alg md5-96 integ-key " + zeros + "\n", 1},
		"table":            {`"IPv4","192.0.2.1","192.0.2.2","0x1","AES-CBC [RFC3602]","0x` + zeros + `","HMAC-MD5-96 [RFC2403]","0x` + zeros + "\"\n", 1},
		"key log":          {"SK_EI - 0x" + zeros + "\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := mustRead(t, c.text)
			if n := len(b.Secrets) + len(b.SAs); n != c.keys {
				t.Errorf("%d keys, want %d: %s", n, c.keys, describe(b))
			}
			said := len(b.Warnings) > 0 && strings.Contains(b.Warnings[0].Text, "redacted in the source")
			if hidden := c.keys == 0 || name == "one key of two"; said != hidden {
				t.Errorf("said to be redacted: %t, want %t: %v", said, hidden, b.Warnings)
			}
		})
	}
}

// Keys that two sources know count once: a view that lets a second one read them is no better.
func TestSameKeyOfTwoSources(t *testing.T) {
	b := mustRead(t, "vd: root/0\nname: hq\n  id/spi: 12 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  SK_ei: 4e1195df020de59e-0d65a33a4279f118\n  SK_er: e9b55f2aead906fe-90c9c48eeaae3995\n"+
		"  SK_ai: 05816a1560db947d-6ff798e30909816f-400f14230e9a06af-ac8f8b213127aa21\n  SK_ar: 169b5b823c62b64c-a7e5f8456a13c8d5-d06f4ece522a58bc-2b8a784dcf3609b0\n")
	if len(b.Secrets) != 4 {
		t.Errorf("%d keys, want 4:\n%s", len(b.Secrets), describe(b))
	}
}
