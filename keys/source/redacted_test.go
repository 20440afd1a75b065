package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// redactions are what people and programs put in the place of keys.
var redactions = []string{"REDACTED", "redacted", "xxxx", "XXXXXXXX", "****", "***", "<hidden>", "<removed>", "[REDACTED]", "n/a", "<<Keys hidden>>", "0x****", "0xXXXXXXXXXXXXXXXX", "0x...", "[key removed]"}

// A value that was taken out is a warning in every source, never a key; the other keys of the file are used.
func TestRedactedInEverySource(t *testing.T) {
	const enc, auth = "f149fb92e77d33e7c9fa9d3a592fa48f", "b426b426b426b426b426b426b426b426b426b426"
	const other, ospi = "11223344556677889900aabbccddeeff", "00000002"
	spaced := func(s string) string { return s[:8] + " " + s[8:16] + " " + s[16:24] + " " + s[24:] }
	for name, c := range map[string]struct {
		file string // %s is redacted
		want int    // secrets and SAs of the rest of the file
	}{
		"ip xfrm state":   {"src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) 0x" + auth + " 96\n\tenc cbc(aes) %s\nsrc 192.0.2.2 dst 192.0.2.1\n\tproto esp spi 0x" + ospi + " reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) 0x" + auth + " 96\n\tenc cbc(aes) 0x" + enc + "\n", 1},
		"ip xfrm, ICV":    {"src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) %s 96\n\tenc cbc(aes) 0x" + enc + "\n", 1},
		"ip xfrm, AEAD":   {"src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\taead rfc4106(gcm(aes)) %s 128\n", 0},
		"setkey":          {"192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=1(0x00000001) reqid=0(0x00000000)\n\tE: rijndael-cbc  %s\n\tA: hmac-sha1  b426b426 b426b426 b426b426 b426b426 b426b426\n\tseq=0x00000000 replay=4 flags=0x00000000 state=mature\n", 0},
		"setkey, ICV":     {"192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=1(0x00000001) reqid=0(0x00000000)\n\tE: rijndael-cbc  " + spaced(enc) + "\n\tA: hmac-sha1  %s\n\tseq=0x00000000 replay=4 flags=0x00000000 state=mature\n", 1},
		"setkey.conf":     {"add 192.0.2.1 192.0.2.2 esp 1 -m tunnel -E aes-cbc %s -A hmac-sha1 0x" + auth + ";\nadd 192.0.2.2 192.0.2.1 esp 2 -m tunnel -E aes-cbc 0x" + enc + ";\n", 1},
		"FortiGate":       {"name=hq ver=2 serial=2 192.0.2.1:0->192.0.2.2:0\n  dec: spi=00000001 esp=aes key=16 %s\n       ah=sha1 key=20 " + auth + "\n  enc: spi=" + ospi + " esp=aes key=16 " + enc + "\n       ah=sha1 key=20 " + auth + "\n", 1},
		"FortiGate, ICV":  {"name=hq ver=2 serial=2 192.0.2.1:0->192.0.2.2:0\n  dec: spi=00000001 esp=aes key=16 " + enc + "\n       ah=sha1 key=20 %s\n", 1},
		"FortiGate IKE":   {"id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  SK_ei: %s\n  SK_er: " + enc[:16] + "-" + enc[16:] + "\n", 1},
		"FortiGate debug": {"ike 0:HQ:8: IKE SA 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55 SK_ei 16:%s\nike 0:HQ:8: IKE SA 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55 SK_er 16:" + enc + "\n", 1},
		"RouterOS":        {` 0   E spi=0x1 src-address=192.0.2.1 dst-address=192.0.2.2 state=mature auth-algorithm=sha1 enc-algorithm=aes-cbc enc-key-size=128 auth-key="` + auth + `" enc-key="%s" replay=128` + "\n", 0},
		"OpenBSD":         {"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x00000001 auth hmac-sha1 enc aes \\\n\tauthkey 0x" + auth + " \\\n\tenckey %s\nesp tunnel from 192.0.2.2 to 192.0.2.1 spi 0x00000002 auth hmac-sha1 enc aes \\\n\tauthkey 0x" + auth + " \\\n\tenckey 0x" + enc + "\n", 1},
		"libreswan":       {"| ikev2 I 0xba1143d176e1557b 0xb62a3c712fd1f26a sha1:0x" + auth + " aes128:%s\n", 1},
		"VPP":             {" iip 192.0.2.1 ispi 3f4910656249f831 rip 192.0.2.2 rspi 361d287720d78d15\n SK_d    %s\n SK_e  i:" + enc + "\n       r:" + other + "\n", 2},
		"VPP SA":          {"[0] sa 10 (0xa) spi 1 (0x00000001) protocol:esp flags:[anti-replay tunnel ]\n   crypto alg aes-cbc-128 key %s\n   integrity alg sha1-96 key " + auth + "\n[1] sa 11 (0xb) spi 2 (0x00000002) protocol:esp flags:[anti-replay tunnel ]\n   crypto alg aes-cbc-128 key " + enc + "\n   integrity alg sha1-96 key " + auth + "\n", 1},
		"VPP SA, ICV":     {"[0] sa 10 (0xa) spi 1 (0x00000001) protocol:esp flags:[anti-replay tunnel ]\n   crypto alg aes-cbc-128 key " + enc + "\n   integrity alg sha1-96 key %s\n", 1},
		"VPP script":      {"ipsec sa add 10 spi 1 esp crypto-alg aes-cbc-128 crypto-key %s integ-alg sha1-96 integ-key " + auth + "\n", 0},
		"6WIND":           {"1: 192.0.2.1 - 192.0.2.2 vr0 spi 0x1 ESP tunnel\n     AES-CBC HMAC-SHA1\n     key enc:%s\n     digest length: 12\n     key auth:" + auth + "\n", 0},
		"6WIND, ICV":      {"1: 192.0.2.1 - 192.0.2.2 vr0 spi 0x1 ESP tunnel\n     AES-CBC HMAC-SHA1\n     key enc:" + enc + "\n     digest length: 12\n     key auth:%s\n", 1},
		"names":           {"SK_EI: %s\nSK_ER: " + enc + "\n", 1},
		"free5gc":         {"IPSec Inbound  SPI: 0x00000001\n[UE:192.0.2.1] -> [N3IWF:192.0.2.2]\nIPSec Encryption Algorithm: 12\nIPSec Encryption Key: %s\nIPSec Integrity  Algorithm: 2\nIPSec Integrity  Key: 0x" + auth + "\n", 0},
		"free5gc, NULL":   {"IPSec Inbound  SPI: 0x00000001\n[UE:192.0.2.1] -> [N3IWF:192.0.2.2]\nIPSec Encryption Algorithm: 11\nIPSec Encryption Key:\nIPSec Integrity  Algorithm: 2\nIPSec Integrity  Key: %s\n", 1},
		"Scapy":           {"sa = SecurityAssociation(ESP, spi=0x1, crypt_algo='AES-CBC', crypt_key=b'%s', auth_algo='HMAC-SHA1-96', auth_key=bytes.fromhex('" + auth + "'))\n", 0},
		"tcpdump -E":      {"0x1@192.0.2.2 aes128-hmac96:%s\n0x2@192.0.2.1 aes128-hmac96:0x" + enc + "\n", 1},
		"esp_sa":          {`"IPv4","192.0.2.1","192.0.2.2","0x1","AES-CBC [RFC3602]","%s","HMAC-SHA-1-96 [RFC2404]","0x` + auth + `"` + "\n", 0},
		"esp_sa, ICV":     {`"IPv4","192.0.2.1","192.0.2.2","0x1","AES-CBC [RFC3602]","0x` + enc + `","HMAC-SHA-1-96 [RFC2404]","%s"` + "\n", 1},
		"ikev1 table":     {"38db764f3d5447ca,%s\n38db764f3d5447cb," + enc + "\n", 1},
		"ikev2 table":     {"3f4910656249f831,361d287720d78d15,%s," + enc + ",\"AES-CBC-128 [RFC3602]\"," + auth + "," + auth + ",\"HMAC_SHA1_96 [RFC2404]\"\n", 3},
		"ipdecap":         {"192.0.2.1\t192.0.2.2\taes128-cbc\thmac_sha1-96\t%s\t0x00000001\n192.0.2.2\t192.0.2.1\taes128-cbc\thmac_sha1-96\t0x" + enc + "\t0x00000002\n", 1},
		"GlobalProtect":   {"<gw-address>192.0.2.2</gw-address><enc-algo>aes-128-cbc</enc-algo><hmac-algo>sha1</hmac-algo><c2s-spi>0x00000001</c2s-spi>\n<akey-c2s><bits>160</bits><val>" + auth + "</val></akey-c2s><ekey-c2s><bits>128</bits><val>%s</val></ekey-c2s></ipsec>\n", 0},
		"Cisco":           {"crypto ipsec transform-set T esp-aes 128 esp-sha-hmac\n set session-key inbound esp 256 cipher %s authenticator " + auth + "\n", 0},
		"Junos":           {"manual {\ndirection inbound {\nprotocol esp;\nspi 256;\nencryption {\nalgorithm aes-128-cbc;\nkey hexadecimal %s;\n}\n}\n}\n", 0},
		"ipsec.secrets":   {"192.0.2.1 192.0.2.2 : PSK \"%s\"\n192.0.2.3 : PSK \"kept\"\n", 1},
		"swanctl.conf":    {"secrets {\n  ike-1 {\n    id = a\n    secret = %s\n  }\n  ike-2 {\n    secret = kept\n  }\n}\n", 1},
		"iked.conf":       {"ikev2 esp from any to any peer 192.0.2.2 psk \"%s\"\n", 0},
		"key log":         {"PSK * \"%s\"\nSK_EI - 0x" + enc + "\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range redactions {
				if strings.Contains(r, "<") && strings.Contains(c.file, "<val>") || strings.Contains(r, " ") && (name == "ipdecap" || name == "FortiGate debug" || name == "tcpdump -E") {
					continue // not XML, or more columns than the format has
				}
				b, err := Read("f", []byte(fmt.Sprintf(c.file, r)))
				if err != nil {
					t.Errorf("%s: %v", r, err)
					continue
				}
				if n := len(b.Secrets) + len(b.SAs); n != c.want {
					t.Errorf("%s: %d values, want %d: %v, %v", r, n, c.want, b.Secrets, b.SAs)
				}
				said := false
				for _, w := range b.Warnings {
					said = said || strings.Contains(w.Text, "redacted in the source")
				}
				if !said {
					t.Errorf("%s: not said to be redacted: %v", r, b.Warnings)
				}
			}
		})
	}
}

// States that are listed without keys are said, with what to do.
func TestKeylessStates(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"ip xfrm state":   {"src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\treplay-window 0 flag af-unspec\nsrc 192.0.2.2 dst 192.0.2.1\n\tproto esp spi 0x00000002 reqid 1 mode tunnel\n", "2 SAs without keys: ip prints them to root alone"},
		"lockdown":        {"src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tenc cbc(aes) 0x00000000000000000000000000000000\n", "redacted in the source"},
		"setkey":          {"192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=1(0x00000001) reqid=0(0x00000000)\n\tseq=0x00000000 replay=4 flags=0x00000000 state=mature\n", "1 SA without keys: setkey -D prints them to root"},
		"ipsecctl":        {"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x8b6c1f05 auth hmac-sha2-256 enc aes\nesp tunnel from 192.0.2.2 to 192.0.2.1 spi 0x8b6c1f06 auth hmac-sha2-256 enc aes\n", "2 SAs without keys: give ipsecctl -s sa -k"},
		"ipsecctl -v":     {"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x8b6c1f05 auth hmac-sha2-256 enc aes\n\tsa: spi 0x8b6c1f05 auth hmac-sha2-256 enc aes\n\t\tstate mature replay 64 flags 0x4<tunnel>\n\taddress_src: 192.0.2.1\n", "1 SA without keys: give ipsecctl -s sa -k"},
		"RouterOS":        {" 0   E spi=0x1 src-address=192.0.2.1 dst-address=192.0.2.2 state=mature auth-algorithm=sha1 enc-algorithm=aes-cbc enc-key-size=128 replay=128\n", "1 SA without keys: give installed-sa print detail"},
		"FortiGate IKE":   {"vd: root/0\nname: hq\nid/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\ndirection: initiator\nstatus: established 100-100s ago = 10ms\n", "1 SA without keys: list them as an administrator"},
		"VPP":             {" iip 192.0.2.1 ispi 3f4910656249f831 rip 192.0.2.2 rspi 361d287720d78d15\n", "1 SA without keys: give show ikev2 sa details"},
		"VPP SAs":         {"[0] sa 10 (0xa) spi 1001 (0x000003e9) protocol:esp flags:[anti-replay tunnel ]\n[1] sa 11 (0xb) spi 1002 (0x000003ea) protocol:esp flags:[anti-replay tunnel ]\n", "2 SAs without keys: show ipsec sa NUMBER prints them"},
		"6WIND":           {"1: 192.0.2.1 - 192.0.2.2 vr0 spi 0x1 ESP tunnel\n     AES-CBC HMAC-SHA1\n     sa_packets=12\n", "1 SA without keys"},
		"GlobalProtect":   {"<gw-address>192.0.2.2</gw-address><enc-algo>aes-128-cbc</enc-algo><hmac-algo>sha1</hmac-algo><c2s-spi>0x00000001</c2s-spi></ipsec>\n", "1 SA without keys"},
		"charon, level 1": {"Nov 23 08:43:20 15[IKE] <v2|3> initiating IKE_SA v2[3] to 192.0.2.2\nNov 23 08:43:20 15[ENC] <v2|3> generating IKE_SA_INIT request 0 [ SA KE No ]\nNov 23 08:43:20 15[NET] <v2|3> sending packet\nNov 23 08:43:20 15[CFG] <v2|3> selected proposal: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024\n", "no keys in this log: set ike and chd to 4"},
	} {
		t.Run(name, func(t *testing.T) {
			b := mustRead(t, c.file)
			if len(b.Secrets)+len(b.SAs) > 0 || len(b.Warnings) == 0 || !strings.Contains(b.Warnings[0].Text, c.want) {
				t.Errorf("%v, %v, warnings %v, want %q", b.Secrets, b.SAs, b.Warnings, c.want)
			}
		})
	}
}

// Files of every day are no lists of secrets, and no key logs.
func TestEverydayFiles(t *testing.T) {
	for name, text := range map[string]string{
		"/etc/hosts":       "127.0.0.1 localhost\n192.0.2.1 gwa\n192.0.2.2 gwb.example.org gwb\n::1 ip6-localhost\n",
		"hosts, one name":  "192.0.2.1 gwa\n192.0.2.2 gwb\n",
		"routes":           "default via 192.0.2.1 dev eth0\n10.0.0.0/24 via 192.0.2.2 dev eth0 proto static\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10\n",
		"routes, networks": "10.0.0.0/24 via 192.0.2.2 dev eth0 proto static\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10\n",
		"neighbours":       "192.0.2.1 dev eth0 lladdr 52:54:00:12:34:56 REACHABLE\n192.0.2.2 dev eth0 lladdr 52:54:00:12:34:57 STALE\n",
		"ARP":              "192.0.2.1 ether 52:54:00:12:34:56 C eth0\n192.0.2.2 ether 52:54:00:12:34:57 C eth0\n",
		"known_hosts":      "192.0.2.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPmQ4Uyx\ngw.example.org ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ\n",
		"CSV":              "192.0.2.1,gwa,Zurich\n192.0.2.2,gwb,Bern\n",
		"inventory":        "gwa.example.org ansible_host=192.0.2.1\ngwb.example.org ansible_host=192.0.2.2\n",
		"README":           "PSK authentication is used by both gateways.\nSK_EI and SK_ER are in the log.\nSKEYSEED is computed from the nonces.\nSee the wiki.\n",
		"notes":            "# notes\nPSK for hq: ask Anna\n192.0.2.1 is the gateway\n",
		"access log":       "192.0.2.1 - - [23/Nov/2026:08:43:20 +0000] \"GET / HTTP/1.1\" 200 12\n192.0.2.2 - - [23/Nov/2026:08:43:21 +0000] \"GET / HTTP/1.1\" 200 12\n",
		"resolv.conf":      "nameserver 192.0.2.53\nsearch example.org\n",
		"DHCP leases":      "192.0.2.10 52:54:00:12:34:56 laptop\n192.0.2.11 52:54:00:12:34:57 phone\n",
		"constants":        "TEXT 192.0.2.1 \"abc\"\nsome words\nmore words\n",
		"prose of mail":    "Hi,\nPSK is the same as before, I think.\nBye\n",
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Read("f", []byte(text))
			var f *FormatError
			if !errors.As(err, &f) {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
}

// What looks like a key in a form that is not known is told by its line, and what a source has read is not.
func TestUnread(t *testing.T) {
	const text = `src 192.0.2.1 dst 192.0.2.2
	proto esp spi 0x00000001 reqid 1 mode tunnel
	enc cbc(aes) 0xf149fb92e77d33e7c9fa9d3a592fa48f
my-enc-key: 00112233445566778899aabbccddeeff
session key is 0x0f1e2d3c4b5a69788796a5b4c3d2e1f0
public key: 00112233445566778899aabbccddeeff
request 550e8400-e29b-41d4-a716-446655440000 with key
the key of 2001:0db8:0001:0002:0003:0004:0005:000a
SKEYID_x:
   01 23 45 67 89 ab cd ef 01 23 45 67 89 ab cd ef
the file is 00112233445566778899aabbccddeeff
| R2 calculated auth:  fa 49 47 41  bb b7 bb 4d  2e 52 34 da  a0 46 99 b9
| R2  provided  auth:  fa 49 47 41  bb b7 bb 4d  2e 52 34 da  a0 46 99 b9
pluto loaded key: 2A3A 92D4 E0FA 5CD7 8DE1 D133 0C62 6985 2B6E D701
`
	b, err := Options{Unread: true}.ReadFrom("f", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, u := range b.Unread {
		got += fmt.Sprintf("%d %s %d; ", u.Line, u.Near, u.Bytes)
	}
	if want := "4 enc-key 16; 5 session key 16; 10 skeyid_x 16; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if b := mustRead(t, text); len(b.Unread) > 0 {
		t.Errorf("not asked for: %v", b.Unread)
	}
}

// The word for a key is told, and nothing of another key in front of it.
func TestUnreadShowsNoKey(t *testing.T) {
	const text = "in 9a3b5c7d 44556677 key 00112233445566778899aabbccddeeff\nout 9a3b5c7d 44556677 key: REDACTED\n"
	_, err := Options{Unread: true}.ReadFrom("f", strings.NewReader("my-psk = ****\n"+text))
	var f *FormatError
	if !errors.As(err, &f) || len(f.Unread) != 1 || f.Unread[0].Near != "key" {
		t.Errorf("%v", err)
	}
	b, err := Read("f", []byte("SK_EI - 0x0f1e2d3c4b5a69788796a5b4c3d2e1f0\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range b.Warnings {
		if strings.Contains(w.Text, "44556677") {
			t.Errorf("%s", w.Text)
		}
	}
}

// What was taken out of a dump is told as such, too, where the dump stands in a quoted mail.
func TestRedactedInAQuote(t *testing.T) {
	const dump = "> src 192.0.2.1 dst 192.0.2.2\n> \tproto esp spi 0x00000001 reqid 1 mode tunnel\n> \tauth-trunc hmac(sha1) <<Keys hidden>> 96\n> \tenc cbc(aes) <<Keys hidden>>\n"
	b, err := Read("mail", []byte(dump))
	if err != nil || len(b.Formats) != 1 || b.Formats[0].Redacted != 1 || b.Formats[0].Keyless != 0 {
		t.Errorf("%+v, %v", b.Formats, err)
	}
}

// An SA whose encryption key is hidden is none without encryption, in whatever view of the text.
func TestHiddenIsNotNull(t *testing.T) {
	row := func(front, spi, enc, auth string) string {
		return front + " \n\tesp mode=tunnel spi=" + spi + " reqid=1(0x00000001)\n\tE: rijndael-cbc  " + enc + "\n\tA: hmac-sha1  " + auth + "\n" +
			"\tseq=0x00000000 replay=4 flags=0x00000000 state=mature \n\tcreated: Nov 23 08:43:20 2026\tcurrent: Nov 23 08:44:20 2026\n\tdiff: 60(s)\thard: 4200(s)\tsoft: 3387(s)\n"
	}
	for _, gone := range []string{"xxxxxxxx xxxxxxxx xxxxxxxx xxxxxxxx", "********", "<redacted>"} {
		b := mustRead(t, row("192.0.2.1 192.0.2.2", "3474095381(0xcf127d15)", gone, "b4262008 a59bf72f 4f12ae6b 7530cad1 c6523eb8")+
			row("192.0.2.2 192.0.2.1", "3387232419(0xc9e510a3)", "7ebcefce b8bbe88b 834575b8 04332c75", "3e96f617 6f3e202a bb4426fa 1d56fd47 c3480f46"))
		if len(b.SAs) != 1 || b.SAs[0].SPI != 0xc9e510a3 || b.SAs[0].Cipher.Null() || len(b.Warnings) == 0 {
			t.Errorf("%s: %s%v", gone, describe(b), b.Warnings)
		}
	}
}
