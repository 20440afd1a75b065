package source

import (
	"fmt"
	"strings"
	"testing"
)

// Configurations with manual keys give their SAs in each product's form; a key that the product has encrypted or makes from text gives none, and a warning.
func TestManualKeys(t *testing.T) {
	const (
		anySA   = "ESP *>*:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
		inbound = "ESP 192.0.2.1>*:0x000003e9 aes-cbc:" + testEnc + " hmac-sha1-96:" + testAuth
		ah      = "AH *>*:0x000003e9 : hmac-sha1-96:" + testAuth
		set     = "crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		junos   = "<security-association>\n<name>s</name>\n<manual>\n<direction>\n<name>inbound</name>\n<protocol>esp</protocol>\n<spi>1001</spi>\n<authentication>\n<algorithm>hmac-sha1-96</algorithm>\n<key>\n<hexadecimal>" +
			testAuth + "</hexadecimal>\n</key>\n</authentication>\n<encryption>\n<algorithm>aes-128-cbc</algorithm>\n<key>\n<hexadecimal>" + testEnc + "</hexadecimal>\n</key>\n</encryption>\n</direction>\n</manual>\n</security-association>\n"
		forti = "config ospf6-interface\nedit \"p\"\nset authentication esp\nset ipsec-auth-alg sha1\nset ipsec-enc-alg aes128\nconfig ipsec-keys\nedit 1001\nset auth-key \"" + testAuth + "\"\nset enc-key " + testEnc + "\nnext\nend\nnext\nend\n"
	)
	for name, c := range map[string]struct{ text, want, warning string }{
		"PIX": {"crypto map M 10 ipsec-manual\ncrypto map M 10 set peer 192.0.2.1\n" + set + "crypto map M 10 set transform-set T\ncrypto map M 10 set session-key inbound esp 1001 cipher " + testEnc + " authenticator " + testAuth +
			"\ncrypto map M 20 set session-key inbound ah 1002 " + testAuth + "\n", inbound + "\nAH *>*:0x000003ea : hmac-sha1-96:" + testAuth, ""},
		"Cisco, long keys": {set + "crypto map M 10 ipsec-manual\n set peer 192.0.2.1\n set session-key inbound esp 1001 cipher " + testEnc + "0011 authenticator " + testAuth + "2233\n set transform-set T\n", inbound, ""},
		"Cisco, two transform sets": {"crypto ipsec transform-set U esp-null esp-sha-hmac\n" + set + "crypto map M 10 ipsec-manual\n set session-key inbound esp 1001 authenticator " + testAuth + "\n set transform-set U\n",
			"ESP *>*:0x000003e9 null: hmac-sha1-96:" + testAuth, ""},
		"Comware, string-key":     {"ipsec policy p 1 manual\n sa spi inbound esp 1001\n sa string-key inbound esp simple abcdefg\n", "", "from this string, in a way that is not documented"},
		"FortiOS, encrypted":      {"config vpn ipsec manualkey\nedit m\nset enc-alg aes128\nset enc-key ENC JSEkTlQZrNhbwZvRB3D6Oa8zIk7tCk0w8\nset local-spi 0x3e9\nnext\nend\n", "", "encrypted by the router"},
		"FortiOS, OSPFv3":         {forti, anySA, ""},
		"FortiOS, OSPFv3, AH":     {strings.ReplaceAll(strings.ReplaceAll(forti, "authentication esp", "authentication ah"), "set enc-key "+testEnc+"\n", ""), ah, ""},
		"Junos, XML":              {junos, anySA, ""},
		"IOS XR, OSPFv3":          {"router ospfv3 1\n area 0\n  encryption ipsec spi 1001 esp aes clear " + testEnc + " authentication sha1 clear " + testAuth + "\n", anySA, ""},
		"IOS XR, OSPFv3, AH":      {"router ospfv3 1\n area 0\n  authentication ipsec spi 1001 sha1 clear " + testAuth + "\n", ah, ""},
		"NX-OS, OSPFv3":           {"ospfv3 encryption ipsec spi 1001 esp aes 128 " + testEnc + " authentication sha1 " + testAuth + "\n", anySA, ""},
		"ArubaOS, OSPFv3":         {"area 0.0.0.2 security authentication ipsec spi 1001 sha1 key hex \"" + testAuth + "\"\n", ah, ""},
		"ArubaOS, OSPFv3, ASCII":  {"ipv6 ospf3 security authentication ipsec spi 1001 sha1 key ascii \"abcdefghijklmnopqrst\"\n", "AH *>*:0x000003e9 : hmac-sha1-96:6162636465666768696a6b6c6d6e6f7071727374", ""},
		"AOS-CX, OSPFv3":          {"ipv6 ospfv3 authentication ipsec spi 1001 sha1 hex-string " + testAuth + "\n", ah, ""},
		"SONiC, OSPFv3 encrypted": {"ipv6 ospfv3 authentication ipsec spi 1001 sha1 U2FsdGVkX18YF7GTSaFz25cM142ikx3vdltAb authentication-key-encrypted\n", "", "the key is encrypted"},
	} {
		t.Run(name, func(t *testing.T) { checkRead(t, c.text, c.want, c.warning) })
	}
}

// A window broke one key of a configuration of Comware, and is as wide as the lines of others, whose keys end with them.
func TestComwareBroken(t *testing.T) {
	const enc, auth = "000102030405060708090a0b0c0d0e0f1011121314151617", "202122232425262728292a2b2c2d2e2f30313233"
	text := "ipsec transform-set ts\n esp encryption-algorithm 3des-cbc\n esp authentication-algorithm sha1\n#\nipsec policy p 1 manual\n transform-set ts\n local-address 192.0.2.1\n remote-address 192.0.2.2\n"
	for spi, way := range []string{"outbound", "inbound"} {
		text += " sa spi " + way + " esp " + fmt.Sprint(1001+spi) + "\n sa hex-key authentication " + way + " esp simple " + auth + "\n sa hex-key encryption " + way + " esp simple " + enc + "\n"
	}
	const inbound = len(" sa hex-key encryption inbound esp simple ") + len(enc)
	check(t, mustRead(t, wrapped(text+"#\n", inbound)), "ESP 192.0.2.2>192.0.2.1:0x000003ea 3des-cbc:"+enc+" hmac-sha1-96:"+auth, "ESP 192.0.2.1>192.0.2.2:0x000003e9 3des-cbc:"+enc+" hmac-sha1-96:"+auth)
}

// An SA whose encryption key alone is missing is said to have none.
func TestMikrotikKeyMissing(t *testing.T) {
	b := mustRead(t, " 0  E spi=0xE841441 src-address=192.0.2.1 dst-address=192.0.2.2 state=mature auth-algorithm=sha1 enc-algorithm=aes-cbc enc-key-size=256 auth-key=\"000102030405060708090a0b0c0d0e0f10111213\" enc-key=\"\" replay=128\n")
	if len(b.SAs) > 0 || len(b.Warnings) == 0 || b.Warnings[0].Text != "SA 0x0e841441: the encryption key is missing" {
		t.Errorf("%v %v", b.SAs, b.Warnings)
	}
}
