package source

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

const (
	testEnc  = "60cb194a87950d72b95068fa46c9d6f1"
	testAuth = "ee29e75973358576133fab861a88df87976f2b07"
	testGCM  = testEnc + "0a0b0c0d"
)

// Commands and configurations give their SAs, also by variables, and what has no key gives none, and a warning.
func TestCommands(t *testing.T) {
	const (
		sa    = "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
		anySA = "ESP *>*:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
		gcm   = "ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-gcm-16:" + testGCM + " :"
		uat   = `"IPv4","192.0.2.1","192.0.2.2","0x000003e9","AES-CBC [RFC3602]","0x` + testEnc + `","HMAC-SHA-1-96 [RFC2404]","0x` + testAuth + `"`
		spi   = "112124cc538ac351"
		table = spi + ",2df52bfbf2f4581e," + testEnc + "," + testEnc + `,"AES-CBC-128 [RFC3602]",` + testAuth + "," + testAuth + `,"HMAC_SHA1_96 [RFC2404]"`
	)
	secret := base64.StdEncoding.EncodeToString([]byte("1001 rfc4106(gcm(aes)) " + testGCM + " 128\n"))
	for name, c := range map[string]struct{ text, want, warning string }{
		"ip xfrm with variables":       {"SRC=192.0.2.1; DST=192.0.2.2\nexport ENC=0x" + testEnc + " # of gwa\nAUTH='0x" + testAuth + "'\nSRC=192.0.2.1\nDST=\"192.0.2.2\"\nip xfrm state add src $SRC dst ${DST} proto esp spi 1001 mode tunnel \\\n  auth-trunc 'hmac(sha1)' $AUTH 96 enc 'cbc(aes)' ${ENC}\n", sa + " tunnel", ""},
		"ip xfrm, words in a variable": {"ALG=\"aead rfc4106(gcm(aes)) 0x" + testGCM + " 128\"\nip xfrm state add proto esp spi 1001 src 192.0.2.1 dst 192.0.2.2 mode transport $ALG\n", gcm + " transport", ""},
		"ip xfrm, keys made up":        {"KEY=0x$(openssl rand -hex 16)\nip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel enc aes $KEY\n", "", "the key is a variable"},
		"ip xfrm, hosts not set":       {"ip xfrm state add src $A dst $B proto esp spi 1 mode tunnel enc aes 0x" + testEnc + "\n", "", "the addresses are variables"},
		"setkey behind echo":           {"echo 'add 192.0.2.1 192.0.2.2 esp 1001 -m tunnel -E aes-cbc 0x" + testEnc + " -A hmac-sha1 0x" + testAuth + ";' | setkey -c\n", sa + " tunnel", ""},
		"ipseckey, encrypted salt":     {"ipseckey add esp spi 1001 src 192.0.2.1 dst 192.0.2.2 encralg aes-gcm encrkey " + testGCM + "/160\n", gcm, ""},
		"ipseckey -p":                  {"Base message (version 2) type DUMP, SA type ESP.\nSA: SADB_ASSOC spi=0x3e9, replay window size=32, state=MATURE\nSA: Encryption algorithm = aes-cbc\nEKY: Encryption key.\nEKY: XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX/128\n", "", "redacted"},
		"ipseckey of AH":               {"Base message (version 2) type GET, SA type AH.\nSA: SADB_ASSOC spi=0x3e9, replay=32, state=MATURE\nSA: Authentication algorithm = hmac-sha1\nDST: AF_INET: port 0, 192.0.2.2 <unknown>.\nAKY: Authentication key.\nAKY: " + testAuth + "/160\n", "AH *>192.0.2.2:0x000003e9 : hmac-sha1-96:" + testAuth, ""},
		"ipsec spi of AH":              {"ipsec spi --af inet --said ah0x3e9@192.0.2.2 --src 192.0.2.1 --ah hmac-sha1-96 --authkey 0x" + testAuth + "\n", "AH 192.0.2.1>192.0.2.2:0x000003e9 : hmac-sha1-96:" + testAuth, ""},
		"FreeS/WAN, one key":           {"conn m\n left=192.0.2.1\n right=192.0.2.2\n esp=aes128-sha1-96\n spi=0x3e9\n espenckey=0x60cb194a_87950d72_b95068fa_46c9d6f1\n espauthkey=0x" + testAuth + "\n", sa, ""},
		"FreeS/WAN, no manual keys":    {"conn %default\n\tespenckey=0x" + testEnc + "\nconn m\n left=192.0.2.1\n right=192.0.2.2\n esp=aes128-sha1\n", "", "no keys"},
		"Cilium":                       {"kubectl create secret generic cilium-ipsec-keys --from-literal=keys=\"1001 rfc4106(gcm(aes)) " + testGCM + " 128\"\n", "ESP *>*:0x000003e9 aes-gcm-16:" + testGCM, ""},
		"Cilium, a secret":             {"apiVersion: v1\nkind: Secret\ndata:\n  keys: " + secret + "\n", "ESP *>*:0x000003e9 aes-gcm-16:" + testGCM, ""},
		"Cilium, before AES-GCM":       {"1001 hmac(sha1) " + testAuth + " cbc(aes) " + testEnc + "\n", anySA, ""},
		"Cilium, a key for each pair":  {"3+ rfc4106(gcm(aes)) " + testGCM + " 128\n", "", "boot IDs"},
		"XfrmState without keys":       {"Dst: 192.0.2.2, Src: 192.0.2.1, Proto: esp, Mode: tunnel, SPI: 0x1, ReqID: 0x1, ReplayWindow: 0, Mark: <nil>, Auth: <nil>, Crypt: <nil>, Aead: <nil>, Encap: <nil>, ESN: false\n", "", "without keys"},
		"XfrmState in UDP":             {"Dst: 192.0.2.2, Src: 192.0.2.1, Proto: esp, Mode: transport, SPI: 0x3e9, ReqID: 0x1, Auth: {Name: hmac(sha1), Key: 0x" + testAuth + ", Truncate length: 96}, Crypt: {Name: cbc(aes), Key: 0x" + testEnc + "}, Aead: <nil>, Encap: {Type: espinudp, Srcport: 4500, DstPort: 4500, OriginalAddress: 0.0.0.0}, ESN: true\n", sa + " esn transport udp", ""},
		"OSPFv3, AH":                   {"interface Ethernet0/0\n ipv6 ospf authentication ipsec spi 1001 sha1 " + testAuth + "\n", "AH *>*:0x000003e9 : hmac-sha1-96:" + testAuth + " transport", ""},
		"OSPFv3, NULL, type 7":         {"router ospfv3 1\n area 0 encryption ipsec spi 1001 esp null md5 7 " + hide7("00112233445566778899aabbccddeeff") + "\n", "ESP *>*:0x000003e9 null: hmac-md5-96:00112233445566778899aabbccddeeff transport", ""},
		"OSPFv3, ESP without keys":     {"ipv6 ospf authentication ipsec spi 1001 esp sha1 no-encrypt " + testAuth + "\n", "ESP *>*:0x000003e9 null: hmac-sha1-96:" + testAuth, ""},
		"OSPFv3, a passphrase":         {"ipv6 ospf encryption ipsec spi 2 esp aes-256-cbc sha1 passphrase 7 ZauLr6BwU+Q1MGMLbbys9A==\n", "", "passphrase"},
		"ScreenOS":                     {"set vpn \"b\" manual 3e9 3ea gateway 192.0.2.1 outgoing-interface \"ethernet3\" esp aes128 key " + testEnc + " auth sha-1 key " + testAuth + "\n", "ESP 192.0.2.1>*:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth, ""},
		"ScreenOS, passwords":          {"set vpn \"b\" manual 3e9 3ea gateway 192.0.2.1 outgoing-interface e3 esp 3des password asdlk24234 auth sha-1 password PNas134a\n", "", "a password"},
		"SRX":                          {"security {\n ipsec {\n  vpn v {\n   manual {\n    gateway 192.0.2.2;\n    protocol esp;\n    spi 1001;\n    authentication {\n     algorithm hmac-sha1-96;\n     key hexadecimal " + testAuth + ";\n    }\n    encryption {\n     algorithm aes-128-cbc;\n     key hexadecimal \"" + testEnc + "\"; ## SECRET-DATA\n    }\n   }\n  }\n }\n}\n", "ESP *>192.0.2.2:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth, ""},
		"SRX, set": {"set security ipsec vpn v manual gateway 192.0.2.2\nset security ipsec vpn v manual protocol esp\nset security ipsec vpn v manual spi 1001\nset security ipsec vpn v manual authentication algorithm hmac-sha1-96\nset security ipsec vpn v manual authentication key hexadecimal " + testAuth +
			"\nset security ipsec vpn v manual encryption algorithm aes-128-cbc\nset security ipsec vpn v manual encryption key hexadecimal " + testEnc + "\n", "ESP 192.0.2.2>*:0x000003e9 aes-cbc:" + testEnc, ""},
		"Junos, $9$":        {"security-association s {\n manual {\n  direction bidirectional {\n   protocol esp;\n   spi 1001;\n   authentication {\n    algorithm hmac-sha1-96;\n    key ascii-text \"$9$LbHX-wg4Z\"; ## SECRET-DATA\n   }\n  }\n }\n}\n", "ESP *>*:0x000003e9 null: hmac-sha1-96:6c63", ""},
		"Comware, cipher":   {"ipsec policy p 1 manual\n sa spi inbound esp 1001\n sa hex-key encryption inbound esp cipher $c$3$WPs7Dr1Zc8d1pZ==\n", "", "encrypted by the router"},
		"tshark -o":         {"tshark -r w.pcap -o 'uat:esp_sa:" + uat + "' -o \"uat:ikev2_decryption_table:" + strings.ReplaceAll(table, `"`, `\"`) + "\" -Y esp\n", sa + "\nSK_EI " + spi, ""},
		"tshark of Windows": {"tshark -r w.pcap -o \"uat:esp_sa:" + strings.ReplaceAll(uat, `"`, `""`) + "\" -o uat:ikev1_decryption_table:" + spi + "," + testEnc + " -V\n", sa + "\nENC_KEY " + spi + " " + testEnc, ""},
		"subprocess":        {`    cmd += ["-o", "uat:esp_sa:` + strings.ReplaceAll(uat, `"`, `\"`) + `", "-V"]` + "\n", sa, ""},
		"tcpdump -E":        {"$ sudo tcpdump -nr w.pcap -E \"0x3e9@192.0.2.2 aes128-cbc-hmac96:0x" + testEnc + ",0x3ea@192.0.2.1 aes128-cbc-hmac96:0x" + testEnc + "\" esp\n", "ESP *>192.0.2.2:0x000003e9 aes-cbc:" + testEnc + "\nESP *>192.0.2.1:0x000003ea aes-cbc:" + testEnc, ""},
		"tcpdump -E, apart": {"tcpdump -E '0x3e9@192.0.2.2 aes128-hmac96:0x" + testEnc + "'\n", "ESP *>192.0.2.2:0x000003e9 aes-cbc:" + testEnc, ""},
		"Scapy, variables": {"KEY = bytes.fromhex('" + testEnc + "')  # of gwa\nauth = '" + testAuth + "'\nSPI = 0x3e9\ngw = \"192.0.2.1\"\nsa = SecurityAssociation(ESP, spi=SPI, crypt_algo='AES-CBC', crypt_key=KEY, # the key\n  auth_algo='HMAC-SHA1-96', auth_key=unhexlify(auth), tunnel_header=IP(src=gw, dst='192.0.2.2'))\n",
			sa, ""},
		"Scapy, by place":        {"sa = SecurityAssociation(ESP, 1001, 1, 'AES-CBC', bytes.fromhex('" + testEnc + "'), None, 'HMAC-SHA1-96', bytes.fromhex('" + testAuth + "'), IP(src='192.0.2.1', dst='192.0.2.2'))\n", sa, ""},
		"Scapy, SPI not set":     {"sa = SecurityAssociation(ESP, spi=r_spi, crypt_algo='AES-CBC', crypt_key=b'sixteenbytes key')\n", "", "spi is a variable"},
		"ikeadm":                 {"IKESA: Cookies: Initiator 0x112124cc538ac351  Responder 0x2df52bfbf2f4581e\nKEY:   SKEYID_d (20 bytes): " + testAuth + "/160\nKEY:   Encryption key (16 bytes): " + testEnc + "/128\nKEY:   Initialization vector (16 bytes): " + testEnc + "/128\n", "SKEYID_D 112124cc538ac351:2df52bfbf2f4581e " + testAuth + " g1\nENC_KEY 112124cc538ac351:2df52bfbf2f4581e " + testEnc + " g1", ""},
		"ikeadm without keymat":  {"IKESA: Cookies: Initiator 0x112124cc538ac351  Responder 0x2df52bfbf2f4581e\nIKESA: The local host is the initiator.\n", "", "ikeadm set priv keymat"},
		"OpenConnect, no key":    {"Parameters for incoming ESP: SPI 0x000003e9\nESP encryption type AES-128-CBC (RFC3602) key ****\nESP authentication type HMAC-SHA-1-96 (RFC2404) key ****\n", "", "redacted"},
		"DPDK, a key of letters": {"sa in 5 cipher_algo aes-128-cbc cipher_key zz:zz auth_algo null mode transport\n", "", "cipher_key: bad hex digit"},
	} {
		t.Run(name, func(t *testing.T) {
			checkRead(t, c.text, c.want, c.warning)
		})
	}
}

// checkRead fails where a text has other keys than wanted, a line each, or no warning, or error, with some words; without words there is none.
func checkRead(t *testing.T, text, keys, warning string) {
	t.Helper()
	b, err := Read("test", []byte(text))
	if b == nil {
		if keys != "" || warning == "" || !strings.Contains(err.Error(), warning) {
			t.Fatal(err)
		}
		return
	}
	got, warnings := describe(b), ""
	for _, w := range b.Warnings {
		warnings += w.Text + "\n"
	}
	for want := range strings.SplitSeq(keys, "\n") {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s%s", want, got, warnings)
		}
	}
	if keys == "" && got != "" || !strings.Contains(warnings, warning) || warning == "" && warnings != "" {
		t.Errorf("%s%s, want a warning %q", got, warnings, warning)
	}
}

// hide7 is a text as Cisco's type 7 hides it.
func hide7(text string) string {
	hidden := []byte(text)
	for i := range hidden {
		hidden[i] ^= cisco7Letters[2+i]
	}
	return "02" + fmt.Sprintf("%X", hidden)
}
