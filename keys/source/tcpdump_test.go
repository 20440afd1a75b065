package source

import (
	"errors"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

func TestTCPDump(t *testing.T) {
	b := mustRead(t, `# for tcpdump -E
0xcf127d15@192.0.2.2 aes128-cbc-hmac96:0xf149fb92e77d33e7c9fa9d3a592fa48f, 0x5@2001:db8::1 aes-128-cbc:abcdefghijklmnop
3des-cbc-hmac96:0x000102030405060708090a0b0c0d0e0f1011121314151617
ikev2 I 0xba1143d176e1557b 0xb62a3c712fd1f26a sha1:0x0001020304050607080900010203040506070809 aes128:0x000102030405060708090a0b0c0d0e0f
`)
	check(t, b,
		"SK_AI ba1143d176e1557b:b62a3c712fd1f26a 0001020304050607080900010203040506070809 g1",
		"SK_EI ba1143d176e1557b:b62a3c712fd1f26a 000102030405060708090a0b0c0d0e0f g1",
		"ESP *>192.0.2.2:0xcf127d15 aes-cbc:f149fb92e77d33e7c9fa9d3a592fa48f : icv96 nocheck",
		"ESP *>2001:db8::1:0x00000005 aes-cbc:6162636465666768696a6b6c6d6e6f70 :",
		"ESP *>*:* 3des-cbc:000102030405060708090a0b0c0d0e0f1011121314151617 : icv96 nocheck",
	)
	_, err := Read("x", []byte("0x1@192.0.2.2 aes128-cbc:0x0g\n"))
	var s *SyntaxError
	if !errors.As(err, &s) || s.Line != 1 {
		t.Errorf("bad hex: %v", err)
	}
}

// Keys without an SPI, as text, in options of commands however these are written, and files of keys that are in another place.
func TestTCPDumpOption(t *testing.T) {
	const text, hex = "abcdefghijklmnop", "0x6162636465666768696a6b6c6d6e6f70"
	want := "ESP *>*:* aes-cbc:6162636465666768696a6b6c6d6e6f70 : icv96 nocheck"
	for _, line := range []string{
		"aes128-cbc-hmac96:" + text, "aes128-hmac96:" + text, "AES128-CBC-HMAC96:" + hex,
		"tcpdump -E aes128-cbc-hmac96:" + hex + " -r x.pcap", "tcpdump -r x.pcap -E aes128-cbc-hmac96:" + text, "sudo tcpdump -nvvE 'aes128-cbc-hmac96:" + text + "' esp",
		"$ tcpdump -n -Eaes128-hmac96:" + hex,
	} {
		check(t, mustRead(t, line+"\n"), want)
	}
	check(t, mustRead(t, "tcpdump -n -E 0x5@192.0.2.1 aes128-hmac96:"+text+" -r x\n"), strings.Replace(want, "*>*:*", "*>192.0.2.1:0x00000005", 1))
	check(t, mustRead(t, "tcpdump -E '0x5@192.0.2.1 none:' -r x\n"), "ESP *>192.0.2.1:0x00000005 null: :")
	for line, said := range map[string]string{
		"tcpdump -n -E 'file /root/esp.keys' -r x":                "the keys are in another file: give /root/esp.keys",
		"0x5@192.0.2.1 rc4-cbc:" + text:                           "unknown encryption algorithm rc4-cbc",
		"tcpdump -E 0x5@192.0.2.1 aes128-gcm:" + hex + " -i eth0": "unknown encryption algorithm aes128-gcm",
	} {
		if b := mustRead(t, line+"\n"); len(b.SAs) > 0 || len(b.Warnings) == 0 || !strings.Contains(b.Warnings[0].Text, said) {
			t.Errorf("%s: %v, %v", line, b.SAs, b.Warnings)
		}
	}
	for _, line := range []string{"aes128-cbc:aes256-cbc:3des-cbc", "https:0123456789abcdef", "des:abcdefgh", "Ciphers aes128-cbc:abcdefghijklmnop", "tcpdump: listening on eth0, link-type EN10MB"} {
		if b, err := Read("x", []byte(line+"\n")); err == nil && len(b.SAs) > 0 {
			t.Errorf("%s: %v", line, b.SAs)
		}
	}
}

func TestLibreswan(t *testing.T) {
	b := mustRead(t, `Nov 23 09:13:43.1: | ikev1 I 0x7d509d234acd4711 0xb22fc557a3a68fda sha1:0x0001020304050607080900010203040506070809 aes128:0x1001020304050607080900010203040506070809
Nov 23 09:13:43.1: | ikev2 I 0x1111111111111111 0xb22fc557a3a68fda sha512:0x000102 aes256:0x0304050505050505050505050505050505050505050505050505050505050505
Nov 23 09:13:43.1: | ikev2 R 0x1111111111111111 0xb22fc557a3a68fda none: aes_gcm_16256:0x0304050505050505050505050505050505050505050505050505050505050505
Nov 23 09:13:15.4: | ESP enckey:
Nov 23 09:13:15.4: |   9d a2 51 3e  0b 9b bc 5d  99 6e 15 68  21 4a c9 97   ..Q>...].n.h!J..
Nov 23 09:13:15.4: | ESP authkey:
Nov 23 09:13:15.4: |   8c 84 cc 23  cf e1 1a 6d  31 e9 e8 76  8d c8 67 34   ...#...m1..v..g4
Nov 23 09:13:15.4: |   93 d4 66 f7                                          ab ab
Nov 23 09:13:15.4: | kernel: add_sa() level=0 outbound transport 10.2.0.0/24-ALL->192.0.2.2[c9414c81]==>192.0.2.1-ALL->10.1.0.0/24 replay_window=128 HMAC_SHA1_96:20 AES_CBC:16
Nov 23 09:13:16.0: "t" #2: IPsec SA established tunnel mode {ESPinUDP/ESN=>0xc9414c81 <0xae71889d xfrm=AES_CBC_128-HMAC_SHA1_96 DPD=passive}
`)
	check(t, b,
		"SKEYID_A 7d509d234acd4711:b22fc557a3a68fda 0001020304050607080900010203040506070809 g1",
		"SKEYID_E 7d509d234acd4711:b22fc557a3a68fda 1001020304050607080900010203040506070809 g1",
		"SK_EI 1111111111111111:b22fc557a3a68fda 0304050505050505050505050505050505050505050505050505050505050505 g2",
		"SK_ER 1111111111111111:b22fc557a3a68fda 0304050505050505050505050505050505050505050505050505050505050505 g2",
		"ESP 192.0.2.2>192.0.2.1:0xc9414c81 aes-cbc:9da2513e0b9bbc5d996e1568214ac997 hmac-sha1-96:8c84cc23cfe11a6d31e9e8768dc8673493d466f7 esn transport udp",
	)
	for _, x := range b.Secrets {
		if x.NoSalt != (x.Kind == secret.SKer) {
			t.Errorf("%v: without its salt: %v", x, x.NoSalt)
		}
	}
	if len(b.Warnings) != 1 {
		t.Errorf("warnings: %v", b.Warnings)
	}
}
