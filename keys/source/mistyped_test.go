package source

import (
	"strings"
	"testing"
)

// What people write by hand, or change in what a program printed, is read as they mean it.
func TestTypedOtherwise(t *testing.T) {
	const (
		sa    = "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
		toDst = "ESP *>192.0.2.2:0x000003e9 aes-cbc:" + testEnc
		other = "a811976d669337b12cc166a70e61c25e"
	)
	entry := "0x3e9@192.0.2.2 aes-128-cbc-hmac96:"
	for name, c := range map[string]struct{ text, want, not string }{
		"esp_sa in single quotes":             {"'IPv4','192.0.2.1','192.0.2.2','0x000003e9','AES-CBC [RFC3602]','0x" + testEnc + "','HMAC-SHA-1-96 [RFC2404]','0x" + testAuth + "'\n", sa, ""},
		"setkey.conf without 0x":              {"add 192.0.2.1 192.0.2.2 esp 1001 -E aes-cbc " + testEnc + " -A hmac-sha1 " + testAuth + ";\n", sa, ""},
		"setkey.conf, digits as text":         {"add 192.0.2.1 192.0.2.2 esp 1001 -E aes-cbc \"0123456789012345\";\n", "aes-cbc:30313233343536373839303132333435", ""},
		"tcpdump without 0x":                  {entry + testEnc + "\n", toDst, ""},
		"tcpdump behind root's prompt":        {"# tcpdump -r a.pcap -E '" + entry + "0x" + testEnc + "'\n", toDst, ""},
		"tcpdump, a comment":                  {"# " + entry + "0x" + testEnc + "\n" + entry + "0x" + other + "\n", "aes-cbc:" + other, testEnc},
		"tcpdump, a name it refuses":          {"0x3e9@192.0.2.2 aes-cbc:0x" + testEnc + "\n", toDst, ""},
		"Scapy for Python 2":                  {"sa = SecurityAssociation(ESP, spi=0x3e9, crypt_algo='AES-CBC', crypt_key='" + testEnc + "'.decode('hex'), auth_algo='HMAC-SHA1-96', auth_key=\"" + testAuth + "\".decode(\"hex\"), tunnel_header=IP(src='192.0.2.1', dst='192.0.2.2'))\n", sa, ""},
		"settings for Python 2":               {"x = {'spi': 1001, 'src': '192.0.2.1', 'dst': '192.0.2.2', 'enc_key': '" + testEnc + "'.decode('hex'), 'auth_key': '" + testAuth + "'.decode('hex')}\n", sa, ""},
		"RouterOS, .id last":                  {`[{"spi": "0x3E9", "src-address": "192.0.2.1", "dst-address": "192.0.2.2", "auth-algorithm": "sha1", "enc-algorithm": "aes-cbc", "auth-key": "` + testAuth + `", "enc-key": "` + testEnc + `", ".id": "*1"}, {"spi": "0x3EA", "src-address": "192.0.2.2", "dst-address": "192.0.2.1", "auth-algorithm": "sha1", "enc-algorithm": "aes-cbc", "auth-key": "` + testAuth + `", "enc-key": "` + other + `", ".id": "*2"}]` + "\n", sa, "0x00000000"},
		"RouterOS, all values in one line":    {".id=*1;addtime=2026-11-23 08:43:20;auth-algorithm=sha1;auth-key=" + testAuth + ";dst-address=192.0.2.2;enc-algorithm=aes-cbc;enc-key=" + testEnc + ";spi=0x3E9;src-address=192.0.2.1;.id=*2;addtime=2026-11-23 08:43:20;auth-algorithm=sha1;auth-key=" + testAuth + ";dst-address=192.0.2.1;enc-algorithm=aes-cbc;enc-key=" + other + ";spi=0x3EA;src-address=192.0.2.2;.id=*3;addtime=2026-11-23 08:43:21;auth-algorithm=sha1;auth-key=" + testAuth + ";dst-address=192.0.2.2;enc-algorithm=aes-cbc;enc-key=" + other + ";spi=0x3EB;src-address=192.0.2.1\n", sa, ""},
		"settings in capitals":                {"SPI: 0x3e9\nSource: 192.0.2.1\nDestination: 192.0.2.2\nEncryption algorithm: aes-cbc\nEncryption key: " + testEnc + "\nAuthentication key: " + testAuth + "\n\nSPI: 0x3ea\nEncryption key: " + other + "\n", sa, "0x000003ea aes-cbc:" + testEnc},
		"settings without the first SPI":      {"encryption key: " + testEnc + "\n\nspi: 0x3ea\ncipher: aes-cbc\nencryption key: " + other + "\n", "0x000003ea aes-cbc:" + other, testEnc},
		"settings without a value":            {"spi=0x3e9 src=192.0.2.1 dst=192.0.2.2 enc_alg=aes-cbc enc_key=" + testEnc + " auth_alg= auth_key= esn=no\nspi=0x3ea enc_alg=aes-cbc enc_key=" + other + "\n", "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + testEnc, ""},
		"RouterOS, keys at the ends of lines": {" 0   E spi=0x3E9 src-address=192.0.2.1 dst-address=192.0.2.2 state=mature\n       auth-algorithm=sha1 enc-algorithm=aes-cbc enc-key-size=128\n       auth-key=" + testAuth + "\n       enc-key=" + testEnc + " replay=128\n", "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth, ""},
		"FortiGate, dates before lines": {"gw # diagnose debug enable\n2026-11-23 08:43:20 ike 0:a:8:a:12: IPsec SA dec spi 000003e9 key 16:" + testEnc + " auth 20:" + testAuth + "\n2026-11-23 08:43:20 ike 0:a:8:a:12: IPsec SA enc spi 000003ea key 16:" + other + " auth 20:" + testAuth + "\ngw # exit\nclosed\nlogged out\n",
			"0x000003e9 aes-cbc:" + testEnc, "0x000003e9 aes-cbc:" + other},
		"numbers before lines": {"  9\tNov 25 21:39:29.602949: | ikev2 I 0x04eac2b2ba22fd2d 0x8d25d853882601b2 none: aes_gcm_16128:0x" + testEnc + "\n  10\tNov 25 21:39:29.602990: | 99999\n" +
			"2495\tNov 25 21:39:29.602949: | ikev2 R 0x04eac2b2ba22fd2d 0x8d25d853882601b2 none: aes_gcm_16128:0x" + other + "\n2496\tNov 25 21:39:29.602990: | x\n", "SK_ER 04eac2b2ba22fd2d:8d25d853882601b2 " + other, other + "2496"},
	} {
		t.Run(name, func(t *testing.T) {
			b := mustRead(t, c.text)
			got := describe(b)
			if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("want %s, not %q:\n%s%v", c.want, c.not, got, b.Warnings)
			}
		})
	}
}
