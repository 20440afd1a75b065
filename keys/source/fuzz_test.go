package source

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// fuzz reads text as any source. What it gives must be told without its values, and must survive the key log.
func fuzz(f *testing.F, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Options{MaxSize: 1 << 20, MaxLine: 1 << 16}.ReadFrom("fuzz", bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, l := range b.Masked(false) {
			_ = l
		}
		var w bytes.Buffer
		if err := secret.WriteKeyLog(&w, b); err != nil {
			t.Fatal(err)
		}
		if len(b.Secrets)+len(b.SAs) == 0 {
			return
		}
		again, err := Read("again", w.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, w.String())
		}
		// A PSK's peer may hold what a line cannot, so only numbers and values are compared.
		if len(again.Secrets) != len(b.Secrets) || len(again.SAs) != len(b.SAs) {
			t.Fatalf("%d secrets, %d SAs are %d, %d\n%s", len(b.Secrets), len(b.SAs), len(again.Secrets), len(again.SAs), w.String())
		}
	})
}

func FuzzRead(f *testing.F) {
	fuzz(f, keyLogSample, strongSwanPlain, racoonSample, ike2Log("request"), jsonLog(strongSwanPlain), reverseLines(strongSwanPlain),
		"192.0.2.1 secret\n", "a b : PSK \"x\"\n: PSK 0sc2Vrcml0\n", utf16Text(keyLogSample, false, true), "\x1f\x8b\x08", "\x28\xb5\x2f\xfd")
}

func FuzzKeyLog(f *testing.F) {
	fuzz(f, strings.SplitAfter(keyLogSample, "\n")...)
}

func FuzzXFRM(f *testing.F) {
	var seeds []string
	for _, name := range []string{"esp-aes-esn-mid/gwb.xfrm", "v1-ipcomp/gwb.xfrm", "v1-ipcomp/gwb.setkey", "v1-ah-tunnel/gwb.xfrm"} {
		if data, err := os.ReadFile(filepath.Join(captures, name)); err == nil {
			seeds = append(seeds, string(data))
		}
	}
	seeds = append(seeds, "src 10.0.0.1 dst 10.0.0.2\\\tproto esp spi 0x1 mode tunnel\\\tenc cbc(aes) "+aesKey+" (128 bits)\\\tauth-trunc hmac(sha1) "+sha1Key+" 96\n",
		"ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto comp spi 1 comp deflate\n")
	fuzz(f, seeds...)
}

func FuzzWireshark(f *testing.F) {
	fuzz(f, `"IPv4","192.0.2.1","*","010","AES-GCM [RFC4106]","0x141b222930373e454c535a61686f767d848b9299","ANY 64 bit authentication [no checking]","0x"`,
		`"IPv6","::1","*","*","NULL","\x41""b","HMAC-MD5-96 [RFC2403]","abcdefghijklmnop","64-bit","0"`,
		"fafaeb49382a763c,735be0cb62f82675c4f7bf8fbab9b568\n",
		`191ccd371a7a1f7b,bc123d15e4af593f,9096dddd,6718c6b2,"AES-CBC-256 [RFC3602]",12d532c3,30c4ead1,"HMAC_SHA2_256_128 [RFC4868]"`)
}

func FuzzStrongSwan(f *testing.F) {
	fuzz(f, strongSwanPlain, ike2Log("response"), jsonLog(strongSwanPlain), reverseLines(strongSwanPlain), strings.ReplaceAll(strongSwanPlain, "<t|1> ", ""))
}

func FuzzRacoon(f *testing.F) {
	fuzz(f, racoonSample, strings.ReplaceAll(racoonSample, "2026-11-23 08:57:02: DEBUG: ", "15:03:36 ipsec,debug "))
}

func FuzzESPS(f *testing.F) {
	f.Add([]byte("Any,*,*,0x1,NULL,,NULL,,64-bit,0x1\n"))
	f.Fuzz(func(t *testing.T, data []byte) { ReadESPS(data) })
}

func FuzzPSKFile(f *testing.F) {
	f.Add([]byte("\"a b\" \"secret\"\n* 0x01\n"))
	f.Fuzz(func(t *testing.T, data []byte) { ReadPSK("fuzz", data) })
}

func FuzzValue(f *testing.F) {
	f.Add("38db764f3d5447ca:90ab12cd34ef5678=0x9bc6")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "@") {
			return // reads a file
		}
		ParseValue(secret.DHSecret, text, secret.Origin{})
		ParsePSK(text, secret.Origin{})
	})
}

func FuzzPluto(f *testing.F) {
	fuzz(f, "packet from 192.0.2.1:500: initial Main Mode message received on 192.0.2.2:500 but no connection has been authorized\n",
		"\"t\": IKE SA proposals (connection add):\n\"t\":   1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048\n\"t\" #1: no local proposal matches remote proposals 1:IKE:ENCR=AES_CBC_128;DH=MODP2048\n",
		"| *received 464 bytes from 192.0.2.1:500 on wanb 192.0.2.2:500 using UDP\n|    initiator SPI: cf 24 c7 02  cf de 6e 54\n|    exchange type: ISAKMP_v2_IKE_SA_INIT (0x22)\n\"t\" #1: the peer proposed: 10.2.0.0/24:17/1701 -> 10.1.0.0/24:0/0\n\"t\" #2: cannot respond to IPsec SA request because no connection is known for 10.2.0.0/24===192.0.2.2...192.0.2.1===10.1.0.0/24\n")
}
