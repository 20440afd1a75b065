package source

import (
	"strings"
	"testing"
)

const (
	sha1Key = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
	aesKey  = "0xffffffffffffffffffffffffffffffff"
	gcmKey  = "0xc4cfc4cfc4cfc4cfc4cfc4cfc4cfc4cfffa0ffa0"
)

func TestXFRM(t *testing.T) {
	const cbc = "ESP 10.0.0.1>192.168.0.2:0xdddddddd aes-cbc:ffffffffffffffffffffffffffffffff hmac-sha1-96:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee transport"
	const gcm = "ESP 192.1.2.45>192.1.2.23:0xc150f464 aes-gcm-16:c4cfc4cfc4cfc4cfc4cfc4cfc4cfc4cfffa0ffa0 : esn tunnel udp"
	for _, c := range []struct {
		name, text string
		want       []string
		warn       string
		advice     string // a second warning
	}{
		{name: "aead with esn and encapsulation", text: `src 192.1.2.45 dst 192.1.2.23
	proto esp spi 0xc150f464 reqid 16389 mode tunnel
	replay-window 0 flag af-unspec esn
	aead rfc4106(gcm(aes)) ` + gcmKey + ` 128
	encap type espinudp sport 4500 dport 4500 addr 0.0.0.0
	anti-replay esn context:
	 seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x2a
	 replay_window 128, bitmap-length 4
	 00000000 00000000 00000000 00000000 
	dir in
`, want: []string{gcm}},
		{name: "enc and auth-trunc, selector", text: `src 10.0.0.1 dst 192.168.0.2
	proto esp spi 0xdddddddd reqid 1 mode transport
	replay-window 32
	auth-trunc hmac(sha1) ` + sha1Key + ` 96
	enc cbc(aes) ` + aesKey + `
	anti-replay context: seq 0xa74, oseq 0x0, bitmap 0xffffffff
	sel src 10.9.0.1/32 dst 192.9.0.2/32
`, want: []string{cbc}},
		{name: "a large replay window, without esn", text: `src 10.0.0.1 dst 192.168.0.2
	proto esp spi 0xdddddddd reqid 1 mode transport
	replay-window 0 flag af-unspec
	auth-trunc hmac(sha1) ` + sha1Key + ` 96
	enc cbc(aes) ` + aesKey + `
	anti-replay esn context:
	 seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x2a
	 replay_window 128, bitmap-length 4
`, want: []string{cbc}},
		{name: "statistics", text: `src 10.0.0.1 dst 192.168.0.2
	proto esp spi 0xdddddddd(3722304989) reqid 1(0x00000001) mode transport
	replay-window 32 seq 0x00000000 flag  (0x00000000)
	auth-trunc hmac(sha1) ` + sha1Key + ` (160 bits) 96
	enc cbc(aes) ` + aesKey + ` (128 bits)
	lifetime config:
	  limit: soft (INF)(bytes), hard (INF)(bytes)
	lifetime current:
	  84(bytes), 1(packets)
	  add 2022-11-23 08:31:41 use 2022-11-23 08:31:41
`, want: []string{cbc}},
		{name: "one line", text: `src 10.0.0.1 dst 192.168.0.2\	proto esp spi 0xdddddddd reqid 1 mode transport\	replay-window 32 \	auth-trunc hmac(sha1) ` +
			sha1Key + ` 96\	enc cbc(aes) ` + aesKey + `\	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x0\	sel src 0.0.0.0/0 dst 0.0.0.0/0 ` + "\n", want: []string{cbc}},
		{name: "monitor", text: `[2022-11-23T08:31:41.123456] Updated src 10.0.0.1 dst 192.168.0.2
	proto esp spi 0xdddddddd reqid 1 mode transport
	auth-trunc hmac(sha1) ` + sha1Key + ` 96
	enc cbc(aes) ` + aesKey + `
Deleted src 10.0.0.1 dst 192.168.0.2
	proto esp spi 0xdddddddd reqid 1 mode transport
	auth-trunc hmac(sha1) ` + sha1Key + ` 96
	enc cbc(aes) ` + aesKey + `
`, want: []string{cbc}},
		{name: "script", text: `#!/bin/sh
ip xfrm state add src 10.0.0.1 dst 192.168.0.2 proto esp spi 0xdddddddd mode transport auth sha1 ` + sha1Key + ` enc aes ` + aesKey + `
ip xfrm state add src 192.1.2.45 dst 192.1.2.23 proto esp spi 0xc150f464 \
  mode tunnel aead "rfc4106(gcm(aes))" ` + gcmKey + ` 128 \
  replay-window 32 flag esn encap espinudp 4500 4500 0.0.0.0 \
  sel src 10.0.0.0/24 dst 10.1.0.0/24
ip xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out tmpl src 10.0.0.1 dst 192.168.0.2 proto esp reqid 1 mode tunnel
`, want: []string{cbc, gcm}},
		{name: "tabs lost", text: `src 10.0.0.1 dst 192.168.0.2
proto esp spi 0xdddddddd reqid 1 mode transport
replay-window 32
auth-trunc hmac(sha1) ` + sha1Key + ` 96
enc cbc(aes) ` + aesKey + `
`, want: []string{cbc}},
		{name: "ASCII keys", text: `ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1 enc 'cbc(aes)' abcdefghijklmnop mode tunnel` + "\n",
			want: []string{"ESP 10.0.0.1>10.0.0.2:0x00000001 aes-cbc:6162636465666768696a6b6c6d6e6f70 : tunnel"}},
		{name: "hmac(sha256) without bits is cut to 96", text: `src 10.0.0.1 dst 10.0.0.2
	proto ah spi 0x00000001 reqid 1 mode tunnel
	auth hmac(sha256) 0x` + strings.Repeat("ab", 32) + `
`, want: []string{"AH 10.0.0.1>10.0.0.2:0x00000001 : hmac-sha2-256-96:" + strings.Repeat("ab", 32) + " tunnel"}},
		{name: "truncation without a row", text: `src 10.0.0.1 dst 10.0.0.2
	proto ah spi 0x00000001 reqid 1 mode tunnel
	auth-trunc hmac(sha512) 0x` + strings.Repeat("ab", 64) + ` 128
`, want: []string{"AH 10.0.0.1>10.0.0.2:0x00000001 : hmac-sha2-512-256:" + strings.Repeat("ab", 64) + " icv128 tunnel"}},
		{name: "IPComp", text: `src 192.0.2.2 dst 192.0.2.1
	proto comp spi 0x000011cb reqid 1 mode tunnel
	replay-window 0 flag noecn nopmtudisc af-unspec
	comp deflate 
src 192.0.2.2 dst 192.0.2.1
	proto 4 spi 0xc0000202 reqid 0 mode tunnel
`, want: []string{"IPComp 192.0.2.2>192.0.2.1:0x000011cb : : tunnel comp2"}},
		{name: "NULL", text: `src 192.0.2.2 dst 192.0.2.1
	proto esp spi 0x0000101b reqid 2 mode tunnel
	enc ecb(cipher_null) 
src 192.0.2.2 dst 192.0.2.1
	proto esp spi 0x0000101c reqid 2 mode tunnel
	auth-trunc hmac(sha1) ` + sha1Key + ` 96
	enc ecb(cipher_null) 0x
`, want: []string{"ESP 192.0.2.2>192.0.2.1:0x0000101b null: : tunnel",
			"ESP 192.0.2.2>192.0.2.1:0x0000101c null: hmac-sha1-96:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee tunnel"}},
		{name: "hidden", text: `src 10.0.0.1 dst 192.168.0.2
	proto esp spi 0xdddddddd reqid 1 mode transport
	auth-trunc hmac(sha1) <<Keys hidden>> 96
	enc cbc(aes) <<Keys hidden>>
`, warn: "redacted in the source", advice: "all keys are redacted: ip prints them to root alone"},
		{name: "larval", text: "src 10.0.0.1 dst 192.168.0.2\n\tproto esp spi 0xdddddddd reqid 1 mode transport\n\treplay-window 0 \n", warn: "1 SA without keys"},
		{name: "larval beside a mature one", text: "src 10.0.0.1 dst 192.168.0.2\n\tproto esp spi 0xdddddddd reqid 1 mode transport\n\treplay-window 0 \nsrc 10.0.0.1 dst 192.168.0.2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tenc cbc(aes) " + aesKey + "\n",
			want: []string{"ESP 10.0.0.1>192.168.0.2:0x00000001 aes-cbc:ffffffffffffffffffffffffffffffff : tunnel"}},
		{name: "SPI from a spreadsheet", text: "src 10.0.0.1 dst 192.168.0.2\n\tproto esp spi 3.47E+09 reqid 1 mode transport\n\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n", warn: "SPI 3.47E+09 is rounded"},
		{name: "unknown algorithm", text: "src 10.0.0.1 dst 192.168.0.2\n\tproto esp spi 0xdddddddd reqid 1 mode transport\n\tenc cbc(khazad) 0x00\n", warn: "cbc(khazad) is not known"},
		{name: "wrong length", text: "src 10.0.0.1 dst 192.168.0.2\n\tproto esp spi 0xdddddddd reqid 1 mode transport\n\tenc cbc(aes) 0x0011\n", warn: "AES-CBC with a key of 2 bytes"},
		{name: "BEET", text: `src 192.0.2.2 dst 192.0.2.1
	proto esp spi 0x0000101f reqid 2 mode beet
	aead rfc4106(gcm(aes)) ` + gcmKey + ` 96
	sel src 10.2.0.10/32 dst 10.1.0.10/32
`, want: []string{"ESP 192.0.2.2>192.0.2.1:0x0000101f aes-gcm-12:c4cfc4cfc4cfc4cfc4cfc4cfc4cfc4cfffa0ffa0 : beet inner 10.2.0.10>10.1.0.10"}},
		{name: "IPv6", text: "src 2001:db8::1 dst 2001:db8::2\n\tproto esp spi 0x00000001 reqid 1 mode tunnel\n\tenc cbc(aes) " + aesKey + "\n",
			want: []string{"ESP 2001:db8::1>2001:db8::2:0x00000001 aes-cbc:ffffffffffffffffffffffffffffffff : tunnel"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := mustRead(t, c.text)
			check(t, b, c.want...)
			if n := len(b.Warnings) - 1; c.advice != "" && n >= 0 && strings.Contains(b.Warnings[n].Text, c.advice) {
				b.Warnings = b.Warnings[:n]
			} else if c.advice != "" {
				t.Errorf("warnings: %v, want %q at the end", b.Warnings, c.advice)
			}
			if c.warn == "" && len(b.Warnings) > 0 || c.warn != "" && (len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0].Text, c.warn)) {
				t.Errorf("warnings: %v, want %q", b.Warnings, c.warn)
			}
			if b.Formats[0].Name != "ip xfrm state" {
				t.Errorf("formats: %v", b.Formats)
			}
		})
	}
}

func TestSetkey(t *testing.T) {
	b := mustRead(t, `192.168.2.101[4500] 192.168.2.100[4500] 
	esp-udp mode=tunnel spi=135040102(0x080c8c66) reqid=16395(0x0000400b)
	NAT OA=10.0.0.1
	E: rijndael-cbc  deb3098e 67577550 f23ffb5e c3737c04
	A: hmac-sha1  881ecd0b 71431e1b 6c35503d 5258bda9 17505da3
	seq=0x00000b9c replay=4 flags=0x00000000 state=mature 
	created: Jan  4 20:56:21 2013	current: Jan  4 20:56:49 2013
192.168.2.100 192.168.2.101 
	esp mode=any spi=2(0x00000002) reqid=0(0x00000000)
	E: aes-gcm-16  00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f
 20212223
	seq=0x00000000 replay=0 flags=0x00000000 state=mature 
192.168.2.100 192.168.2.101 
	esp mode=transport spi=3(0x00000003) reqid=0(0x00000000)
	E: null 
	A: hmac-sha256  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001
	seq=0x00000000 replay=0 flags=0x00000000 state=mature 
192.168.2.100 192.168.2.101 
	esp mode=tunnel spi=4(0x00000004) reqid=0(0x00000000)
	E: 3des-cbc  00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617
	seq=0x00000000 replay=0 flags=0x00000000 state=mature 
192.168.2.100 192.168.2.101 
	ah mode=tunnel spi=5(0x00000005) reqid=0(0x00000000)
	A: hmac-sha512  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002
	seq=0x00000000 replay=0 flags=0x00000000 state=mature 
192.0.2.2 192.0.2.1 
	ipcomp mode=tunnel spi=4555(0x000011cb) reqid=1(0x00000001)
	C: deflate 	seq=0x00000000 replay=0 flags=0xa0000000 state=mature 
`)
	zeros := func(n int) string { return strings.Repeat("0", n) }
	check(t, b,
		"ESP 192.168.2.101>192.168.2.100:0x080c8c66 aes-cbc:deb3098e67577550f23ffb5ec3737c04 hmac-sha1-96:881ecd0b71431e1b6c35503d5258bda917505da3 tunnel udp",
		"ESP 192.168.2.100>192.168.2.101:0x00000002 aes-gcm-16:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223 :",
		"ESP 192.168.2.100>192.168.2.101:0x00000003 null: hmac-sha2-256-128:"+zeros(63)+"1 transport",
		"ESP 192.168.2.100>192.168.2.101:0x00000003 null: hmac-sha2-256-96:"+zeros(63)+"1 transport",
		"ESP 192.168.2.100>192.168.2.101:0x00000004 3des-cbc:000102030405060708090a0b0c0d0e0f1011121314151617 : tunnel",
		"AH 192.168.2.100>192.168.2.101:0x00000005 : hmac-sha2-512-256:"+zeros(127)+"2 tunnel",
		"IPComp 192.0.2.2>192.0.2.1:0x000011cb : : tunnel comp2",
	)
	if b := mustRead(t, "No SAD entries.\n"); len(b.Formats) != 1 || b.Formats[0].Count != 0 {
		t.Errorf("no entries: %v", b.Formats)
	}
}
