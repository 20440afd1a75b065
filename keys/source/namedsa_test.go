package source

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// Exports of manual SAs are read by the names of their settings, whatever their form, and nothing else is taken for an SA.
func TestNamedSettings(t *testing.T) {
	raw, _ := hex.DecodeString(testEnc)
	const sa = "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
	for name, c := range map[string]struct{ text, want string }{
		"JSON in a line":         {`[{"spi":"0x3e9","src":"192.0.2.1","dst":"192.0.2.2","proto":"esp","enc_algo":"aes-cbc","enc_key":"0x` + testEnc + `","auth_algo":"hmac-sha1","auth_key":"` + testAuth + `"},{"spi":1002,"enc_key":"` + testGCM + `"}]` + "\n", sa + "\nESP *>*:0x000003ea aes-gcm-16:" + testGCM},
		"JSON, sorted":           {"{\n  \"sas\": [\n    {\n      \"auth_key\": \"" + testAuth + "\",\n      \"enc_key\": \"" + testEnc + "\",\n      \"spi\": 1001\n    },\n    {\n      \"auth_key\": \"" + strings.Repeat("ab", 20) + "\",\n      \"spi\": 1002,\n      \"proto\": \"ah\"\n    }\n  ]\n}\n", "ESP *>*:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth + "\nAH *>*:0x000003ea : hmac-sha1-96:abab"},
		"JSON, objects":          {`{"spi": 1001, "source": "192.0.2.1", "destination": "192.0.2.2", "encryption": {"algorithm": "aes-128-cbc", "key": "` + testEnc + `"}, "integrity": {"algorithm": "hmac-sha1-96", "key": "` + testAuth + `"}}` + "\n", sa},
		"Python":                 {"sa = {'spi': 0x3e9, 'src': '192.0.2.1', 'dst': '192.0.2.2', 'crypto_alg': 'AES-CBC', 'crypto_key': '" + testEnc + "', 'integ_alg': 'SHA1', 'integ_key': '" + testAuth + "'}\n", sa},
		"YAML":                   {"vpn:\n  - spi: 0x3e9\n    src: 192.0.2.1\n    dst: 192.0.2.2/32 # gwb\n    encryption:\n      algorithm: aes-cbc\n      key: \"60:cb:19:4a:87:95:0d:72:b9:50:68:fa:46:c9:d6:f1\"\n    auth:\n      name: hmac(sha1)\n      key: '" + testAuth + "'\n  - spi: 0x3ea\n    enc_key: " + testGCM + "\n", sa + "\nESP *>*:0x000003ea aes-gcm-16:" + testGCM},
		"HCL":                    {"resource \"x_sa\" \"a\" {\n  spi                 = 1001\n  source_address      = \"192.0.2.1\"\n  destination_address = \"192.0.2.2\"\n  encryption {\n    algorithm = \"aes128\"\n    key       = \"" + testEnc + "\"\n  }\n  authentication_key  = \"" + testAuth + "\"\n}\nresource \"x_sa\" \"b\" {\n  spi = 1002\n}\n", sa},
		"base64":                 {"spi: 1001\nenc_algo: aes-cbc\nenc_key: " + base64.StdEncoding.EncodeToString(raw) + "\n", "ESP *>*:0x000003e9 aes-cbc:" + testEnc},
		"CSV":                    {"auth_key,enc_key,dst,src,spi,note\n" + testAuth + "," + testEnc + ",192.0.2.2,192.0.2.1,0x3e9,hq\n,0x" + testGCM + ",,,1002,\n", sa + "\nESP *>*:0x000003ea aes-gcm-16:" + testGCM},
		"CSV, semicolons":        {`"SPI";"Source IP";"Dest IP";"Encryption Algorithm";"Encryption Key";"Authentication Key"` + "\r\n" + `"0x3e9";"192.0.2.1";"192.0.2.2";"AES-128";"` + testEnc + `";"` + testAuth + "\"\r\n", sa},
		"tabs":                   {"spi\tsrc\tdst\tenc_key\tauth_key\n\n3e9\t192.0.2.1\t192.0.2.2\t" + testEnc + "\t" + testAuth + "\n", sa},
		"Markdown":               {"| SPI | Src | Dst | Enc key | Auth key |\n|-----|:---:|---|---|---|\n| `0x3e9` | 192.0.2.1 | 192.0.2.2 | `" + testEnc + "` | `" + testAuth + "` |\n\nend\n", sa},
		"CSV of something else":  {"id,key,enc_key\n1001,a," + testEnc + "\n", ""},
		"Python, a dataclass":    {"[ChildSa(spi=1001, src='192.0.2.1', dst='192.0.2.2', cipher='AES-CBC', enc_key=b'\\x60\\xcb\\x19J\\x87\\x95\\rr\\xb9Ph\\xfaF\\xc9\\xd6\\xf1', auth_key=bytes.fromhex('" + testAuth + "')), ChildSa(spi=1002, enc_key=b'" + testGCM + "')]\n", sa + "\nESP *>*:0x000003ea aes-gcm-16:" + testGCM},
		"Go":                     {"{Spi:1001 Src:192.0.2.1 Dst:192.0.2.2 EncKey:[" + strings.Trim(fmt.Sprint(raw), "[]") + "] AuthKey:" + testAuth + "}\n", sa},
		"bash":                   {"declare -A sa=([spi]=0x3e9 [src]=192.0.2.1 [dst]=\"192.0.2.2\" [enc_key]=" + testEnc + " [auth_key]='" + testAuth + "')\n", sa},
		"logfmt":                 {"time=10:00 level=debug msg=\"new SA\" spi=0x3e9 src=192.0.2.1 dst=192.0.2.2 enc_alg=cbc(aes) enc_key=" + testEnc + " auth_key=" + testAuth + "\n", sa},
		"words":                  {"SPI: 0x3e9, source: 192.0.2.1, destination: 192.0.2.2, encryption key: " + testEnc + ", authentication key: " + testAuth + "\n", sa},
		"a pair":                 {"{\n \"local\": \"192.0.2.2\",\n \"remote\": \"192.0.2.1\",\n \"esn\": true,\n \"in_spi\": \"0x3e9\",\n \"spiOut\": 1002,\n \"in_enc_key\": \"" + testEnc + "\",\n \"inboundAuthKey\": \"" + testAuth + "\",\n \"enc_key_out\": \"" + testGCM + "\"\n}\n", sa + " esn\nESP 192.0.2.2>192.0.2.1:0x000003ea aes-gcm-16:" + testGCM + " : esn"},
		"a pair with one key":    {"rx_spi: 0x3e9\ntx_spi: 0x3ea\nenc_key: " + testEnc + "\nauth_key: " + testAuth + "\n", "ESP *>*:0x000003e9 aes-cbc:" + testEnc + "\nESP *>*:0x000003ea aes-cbc:" + testEnc},
		"keys of another's pair": {"in_spi: 0x3e9\nout_enc_key: " + testEnc + "\n", ""},
		"redacted":               {"- spi: 1001\n  enc_key: \"****\"\n", ""},
		"no SPI":                 {"{\"src\": \"192.0.2.1\", \"enc_key\": \"" + testEnc + "\", \"auth_key\": \"" + testAuth + "\"}\n", ""},
		"no key":                 {"- spi: 1001\n  src: 192.0.2.1\n  mode: tunnel\n", ""},
		"keys of another":        {"[{\"spi\": 1001}, {\"encryption_key\": \"" + testEnc + "\"}]\n", ""},
		"keys before":            {"[{\"encryption_key\": \"" + testEnc + "\"}, {\"spi\": 1001}]\n", ""},
		"of two maps":            {"sa1:\n  enc_key: " + testEnc + "\nsa2:\n  spi: 1001\n", ""},
		"of two sections":        {"[sa1]\nenc_key = " + testEnc + "\n[sa2]\nspi = 1001\n", ""},
		"of two blocks":          {"a {\n  enc_key = " + testEnc + "\n}\nb {\n  spi = 1001\n}\n", ""},
		"keys first":             {"- encryption:\n    key: " + testEnc + "\n    algorithm: aes-cbc\n  spi: 1001\n", ""},
		"a section":              {"[sa1]\nspi = 0x3e9\nenc_alg = aes-cbc\nenc_key = " + testEnc + "\n", "ESP *>*:0x000003e9 aes-cbc:" + testEnc},
		"no hex":                 {"spi: 1\nencryption_key: \"correct horse battery staple\"\n", ""},
		"far apart":              {"spi: 1001\n" + strings.Repeat("# nothing\n", maxNamedRest+1) + "enc_key: " + testEnc + "\n", ""},
		"of another form":        {"spi: 1001\nenc_key: " + testEnc + "\nAKA_CK - 0xa0b1c2d3e4f5061728394a5b6c7d8e9f\n", "AKA_CK - a0b1c2d3e4f5061728394a5b6c7d8e9f"},
		"RouterOS as ever":       {`[{".id":"*1","auth-algorithm":"sha1","auth-key":"` + testAuth + `","dst-address":"192.0.2.2","enc-algorithm":"aes-cbc","enc-key":"` + testEnc + `","spi":"0x3E9","src-address":"192.0.2.1","state":"mature"}]` + "\n", sa},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := Read("test", []byte(c.text))
			got := ""
			if b != nil {
				got = describe(b)
			}
			if c.want == "" && got != "" {
				t.Errorf("%s", got)
			}
			for want := range strings.SplitSeq(c.want, "\n") {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in\n%s", want, got)
				}
			}
			if n := strings.Count(c.want, "\n") + 1; c.want != "" && strings.Count(got, "\n") > 2*n { // what has one name may be two algorithms
				t.Errorf("%s", got)
			}
		})
	}
}
