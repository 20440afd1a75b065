package source

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/secret"
)

const racoonSample = `2026-11-23 08:57:02: DEBUG: 180 bytes message received from 192.0.2.1[500] to 192.0.2.2[500]
2026-11-23 08:57:02: DEBUG: 
753ad6ea 67d815d3 b95e31af 4fa47728 04100200 00000000 0000001c

2026-11-23 08:57:02: DEBUG: compute DH's private.
2026-11-23 08:57:02: DEBUG: 
270d452c f420c460 5f413de7 f1884cbf 04096ab6 091a0948 3540a136 df90f106
d599

2026-11-23 08:57:02: DEBUG: compute DH's shared.
2026-11-23 08:57:02: DEBUG: 
9c3d4e5d
2026-11-23 08:57:02: DEBUG: the psk found.
2026-11-23 08:57:02: DEBUG2: psk: 2026-11-23 08:57:02: DEBUG2: 
73656b72 6974
2026-11-23 08:57:02: DEBUG: nonce 1: 2026-11-23 08:57:02: DEBUG: 
73daa316
2026-11-23 08:57:02: DEBUG: hmac(hmac_sha1)
2026-11-23 08:57:02: DEBUG: SKEYID computed:
2026-11-23 08:57:02: DEBUG: 
82c7ae87
2026-11-23 08:57:02: DEBUG: final encryption key computed:
2026-11-23 08:57:02: DEBUG: 
f618ed87 1838a2a3 12ad48cb 591c8a21
2026-11-23 08:57:02: DEBUG: pfkey GETSPI succeeded: ESP/Tunnel 192.0.2.1[500]->192.0.2.2[500] spi=14581144(0xde7d98)
2026-11-23 08:57:03: DEBUG: 60 bytes message received from 192.0.2.1[500] to 192.0.2.2[500]
2026-11-23 08:57:03: DEBUG: 
753ad6ea 67d815d3 b95e31af 4fa47728 08102001 44123608 0000001c
2026-11-23 08:57:03: DEBUG: compute DH's shared.
2026-11-23 08:57:03: DEBUG: 
5585aae1
2026-11-23 08:57:03: DEBUG: KEYMAT compute with
2026-11-23 08:57:03: DEBUG: 
5585aae1 0300de7d 98c7104c
2026-11-23 08:57:03: DEBUG: hmac(hmac_sha1)
2026-11-23 08:57:03: DEBUG: encryption(aes)
2026-11-23 08:57:03: DEBUG: hmac(sha1)
2026-11-23 08:57:03: DEBUG: encklen=128 authklen=160
2026-11-23 08:57:03: DEBUG: generating 480 bits of key (dupkeymat=3)
2026-11-23 08:57:03: DEBUG: hmac(hmac_sha1)
2026-11-23 08:57:03: DEBUG: 
7c6d1a07 cdf022fc e1870c26 f066a5d5 e58f2c55 50f6f26a 915d0b67 b60300e3
c39d642b f7bc8f9c
2026-11-23 08:57:03: DEBUG: KEYMAT compute with
2026-11-23 08:57:03: DEBUG: 
5585aae1 03c592aa a6c7104c
2026-11-23 08:57:03: DEBUG: hmac(hmac_sha1)
2026-11-23 08:57:03: DEBUG: encryption(aes)
2026-11-23 08:57:03: DEBUG: hmac(hmac_sha2_256)
2026-11-23 08:57:03: DEBUG: encklen=128 authklen=256
2026-11-23 08:57:03: DEBUG: 
b01d5e14 d2653380 0e6d9c18 5d8c810e e697cf60 1201ea5d 4fe81d51 5fe4f2c4
dede12be 94136c54 d6d94699 afa3ae09
2026-11-23 08:57:03: DEBUG: KEYMAT computed.
`

var racoonWant = []string{
	"DH_PRIVATE - 270d452cf420c4605f413de7f1884cbf04096ab6091a09483540a136df90f106d599 g0",
	"PSK - 73656b726974 g0",
	"DH_SECRET 753ad6ea67d815d3:b95e31af4fa47728 9c3d4e5d g1",
	"SKEYID 753ad6ea67d815d3:b95e31af4fa47728 82c7ae87 g1",
	"ENC_KEY 753ad6ea67d815d3:b95e31af4fa47728 f618ed871838a2a312ad48cb591c8a21 g1",
	"QM_DH_SECRET 753ad6ea67d815d3:b95e31af4fa47728:44123608 5585aae1 g2",
	"ESP 192.0.2.1>192.0.2.2:0x00de7d98 aes-cbc:7c6d1a07cdf022fce1870c26f066a5d5 hmac-sha1-96:e58f2c5550f6f26a915d0b67b60300e3c39d642b tunnel",
	"ESP 192.0.2.2>192.0.2.1:0xc592aaa6 aes-cbc:b01d5e14d26533800e6d9c185d8c810e hmac-sha2-256-128:e697cf601201ea5d4fe81d515fe4f2c4dede12be94136c54d6d94699afa3ae09 tunnel",
	"ESP 192.0.2.2>192.0.2.1:0xc592aaa6 aes-cbc:b01d5e14d26533800e6d9c185d8c810e hmac-sha2-256-96:e697cf601201ea5d4fe81d515fe4f2c4dede12be94136c54d6d94699afa3ae09 tunnel",
}

func TestRacoon(t *testing.T) {
	for name, text := range map[string]string{
		"0.8": racoonSample,
		"old": strings.NewReplacer("DEBUG: compute DH", "DEBUG: oakley.c:300:oakley_dh_compute(): compute DH",
			"DEBUG: SKEYID", "DEBUG: oakley.c:2612:oakley_skeyid(): SKEYID").Replace(racoonSample),
		"syslog": everyLine(racoonSample, func(l string) string {
			if !strings.Contains(l, "DEBUG") {
				return l
			}
			return "Nov 23 08:57:02 gw racoon: " + l[strings.Index(l, "DEBUG"):]
		}),
		"no blank lines":          strings.ReplaceAll(racoonSample, "\n\n", "\n"),
		"RouterOS":                routerOSLog(racoonSample),
		"brackets":                bracketedLog(racoonSample, "2026-11-23 08:57:02: "),
		"brackets behind a level": bracketedLog(racoonSample, "Sat Mar 07 17:41:06 2015 (GMT +0000): [DSR-250] [IKE] DEBUG:  "),
	} {
		t.Run(name, func(t *testing.T) { check(t, mustRead(t, text), racoonWant...) })
	}
}

// routerOSLog is a log of racoon as RouterOS has it: each row behind the topics, and no line of its own before a dump.
func routerOSLog(racoon string) string {
	levels := regexp.MustCompile(`2026-11-23 08:57:0\d: (?:DEBUG2?|INFO): ?`)
	var b strings.Builder
	for l := range strings.Lines(levels.ReplaceAllString(racoon, "\n")) {
		if l = strings.TrimSpace(l); l != "" {
			b.WriteString("15:03:36 ipsec,debug " + l + "\n")
		}
	}
	return b.String()
}

// bracketedLog is a log of racoon as some routers have it: each row in brackets, and no line of its own before a dump.
func bracketedLog(racoon, front string) string {
	return everyLine(strings.ReplaceAll(routerOSLog(racoon), "15:03:36 ipsec,debug ", ""), func(l string) string {
		return front + "[IKE: " + l + " : oakley.c:571:oakley_compute_keymat_x(]"
	})
}

// TestRacoonPrivate: from racoon's log come both private values, of phase 1 and of the Quick Mode with PFS, whose public
// values are the ones in the log.
func TestRacoonPrivate(t *testing.T) {
	path := filepath.Join(captures, "v1-racoon-dh-private", "gwb.log")
	if !exists(path) {
		t.Skipf("%s is not there", path)
	}
	b := read(t, path)
	var private, shared int
	for _, s := range b.Secrets {
		switch s.Kind {
		case secret.DHPrivate:
			private++
			if len(s.Value) != 128 || !s.Where.IsZero() {
				t.Errorf("%v: want 128 bytes, not bound", s)
			}
		case secret.DHSecret, secret.QMDHSecret:
			shared++
			if s.Where.Initiator != (decode.SPI{0x75, 0x3a, 0xd6, 0xea, 0x67, 0xd8, 0x15, 0xd3}) {
				t.Errorf("%v: wrong cookie", s)
			}
		}
	}
	if private != 2 || shared != 2 {
		t.Errorf("%d private values and %d shared secrets, want 2 and 2", private, shared)
	}
}

// TestRouterOS: racoon's labels with every row behind a prefix, wrapped by the terminal inside a group.
func TestRouterOS(t *testing.T) {
	check(t, mustRead(t, `15:03:36 ipsec,debug final encryption key computed:
15:03:36 ipsec,debug fc9c635a a7a316d3 ae4788
1e 01020304
15:03:36 ipsec,debug sent phase1 packet 10.0.0.1[500]<=>198.51.100.2[500]
`), "ENC_KEY - fc9c635aa7a316d3ae47881e01020304 g1")
}

func TestRacoonBroken(t *testing.T) {
	b := mustRead(t, "1: DEBUG: SKEYID_d computed:\n1: DEBUG: \nnot hex\n1: DEBUG: SKEYID_a computed:\n1: DEBUG: \n0102\n")
	check(t, b, "SKEYID_A - 0102 g1")
	if len(b.Warnings) != 1 {
		t.Errorf("warnings: %v", b.Warnings)
	}
}

// TestRacoonAmongOthers: far down in a log, other programs write between the rows of a dump; and their clocks have another zone.
func TestRacoonAmongOthers(t *testing.T) {
	var b strings.Builder
	for i := range 2 * sampleLines {
		fmt.Fprintf(&b, "2015-03-07 17:%02d:%02d: DEBUG: message %d\n", i/60%60, i%60, i)
	}
	b.WriteString("2015-03-07 17:55:06: DEBUG: SKEYID_e computed:\n2015-03-07 17:55:06: DEBUG: \n" + strings.Repeat("01234567 ", 8) + "\n" +
		"Mar  7 16:55:06 gw1 sshd[1201]: Accepted publickey for root\n[ 8123.000017] eth0: link becomes ready\n" + strings.Repeat("89abcdef ", 8) + "\n\n2015-03-07 17:55:06: DEBUG: done\n")
	check(t, mustRead(t, b.String()), "SKEYID_E - "+strings.Repeat("01234567", 8)+strings.Repeat("89abcdef", 8)+" g1")
}

// A daemon that some tool logs for has a front that is not its own name: its messages end its dumps.
func TestOpenswanOfATool(t *testing.T) {
	text := "2026-11-23T08:56:55Z stdout F | Skeyid:\n2026-11-23T08:56:55Z stdout F |   00 01 02 03  04 05 06 07  08 09 0a 0b  0c 0d 0e 0f\n" +
		"2026-11-23T08:56:55Z stdout F | Skeyid_d:\n2026-11-23T08:56:55Z stdout F |   10 11 12 13  14 15 16 17  18 19 1a 1b  1c 1d 1e 1f\n2026-11-23T08:56:55Z stdout F | done\n"
	check(t, mustRead(t, text), "SKEYID - 000102030405060708090a0b0c0d0e0f g1", "SKEYID_D - 101112131415161718191a1b1c1d1e1f g1")
}

// FortiOS' debug output has the number of bytes before a key, whose bytes may be apart.
func TestFortiGateColons(t *testing.T) {
	const ike = "4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55"
	for _, key := range []string{"16:00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F", "16:00010203-04050607-08090A0B-0C0D0E0F", "16:000102030405060708090A0B0C0D0E0F"} {
		text := "ike 0:HQ:8: IKE SA " + ike + " SK_ei " + key + "\nike 0:HQ:8:HQ:12: IPsec SA dec spi fe02f80f key " + key + " auth 20:000102030405060708090A0B0C0D0E0F10111213\n"
		check(t, mustRead(t, text), "SK_EI 4a8f4a7e2a4bd8c1:1f4f7f1c0e4d8a55 000102030405060708090a0b0c0d0e0f g1", "ESP *>*:0xfe02f80f aes-cbc:000102030405060708090a0b0c0d0e0f hmac-sha1-96:000102030405060708090a0b0c0d0e0f10111213 tunnel")
	}
}

// A copy of VPP's output that begins inside the first line has all keys of that SA.
func TestVPPCut(t *testing.T) {
	const text = " iip 192.0.2.1 ispi 3f4910656249f831 rip 192.0.2.2 rspi 361d287720d78d15\n encr:aes-cbc-128 prf:hmac-sha1 integ:sha1-96 dh-group:modp-2048\n  SK_e  i:000102030405060708090a0b0c0d0e0f\n        r:101112131415161718191a1b1c1d1e1f\n"
	for cut, spis := range map[string]string{" iip 192.": "3f4910656249f831:361d287720d78d15", " iip 192.0.2.1 ispi 3f49": "-"} {
		check(t, mustRead(t, strings.TrimPrefix(text, cut)), "SK_EI "+spis+" 000102030405060708090a0b0c0d0e0f g1", "SK_ER "+spis+" 101112131415161718191a1b1c1d1e1f g1")
	}
}

// racoon prints certificates, whose rows of hex may look like times that go back: the log is read in its order.
func TestRacoonCertificates(t *testing.T) {
	certificate := "Certificate:\n    Data:\n" + strings.Repeat("        52:08:20:bf:96:4f:e6:8d:70:9c\n        22:33:40:45:af:09:ff:ea:a6:1d\n        09:47:06:5c:33:3c:11:d0:b8:19\n", 8)
	_, events := toldBy(t, "2026-11-25 10:00:00: INFO: respond new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]\n2026-11-25 10:00:01: DEBUG:\n"+certificate+
		"2026-11-25 10:00:01: ERROR: certificate has expired(10) at depth:0 SubjectName:/CN=gwa\n")
	if len(events) != 2 || events[0].Line != 1 || events[1].Group != events[0].Group {
		t.Errorf("%+v", events)
	}
}
