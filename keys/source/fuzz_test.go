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

func FuzzRacoonEvents(f *testing.F) {
	fuzz(f, "2026-11-25 10:00:00: INFO: respond new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]\n2026-11-25 10:00:00: ERROR: rejected authmethod: DB(prop#1:trns#1):Peer(prop#1:trns#1) = pre-shared key:RSA signatures\n",
		"nov/23 15:03:36 ipsec,error 192.0.2.1 failed to get valid proposal.\n10:00:00 ipsec,info new ike2 SA (R): t 192.0.2.2[500]-192.0.2.1[500] spi:93d8f26be5d8a1d2:84222f276c2fa2e9\n")
}

func FuzzIked(f *testing.F) {
	fuzz(f, "spi=0x1d034ba18b0595f2: recv IKE_AUTH req 1 peer 192.0.2.1:4500 local 192.0.2.2:4500, 336 bytes, policy 't'\nikev2_recv: ispi 0x1d034ba18b0595f2 rspi 0xbf9e2a2f95ae9f83\nikev2_msg_authverify: authentication failed\n")
}

func FuzzVPNC(f *testing.F) {
	fuzz(f, "vpnc version 0.5.3\n [2026-11-25 21:25:17]\n receiving: <===\n   i_cookie: c6b35285 40aedce4\n   exchange_type: 05 (ISAKMP_EXCHANGE_INFORMATIONAL)\n   len: 00000038\n   n.type: 000e (ISAKMP_N_NO_PROPOSAL_CHOSEN)\n")
}

func FuzzIsakmpd(f *testing.F) {
	fuzz(f, "101112.123456 Exch 10 exchange_finalize: icookie 9fe41f8cf3dc4bdf rcookie 90b96fdb3a3b0b2a\n101112.123456 Default dropped message from 192.0.2.1 port 500 due to notification type NO_PROPOSAL_CHOSEN\n")
}

func FuzzFortiGate(f *testing.F) {
	fuzz(f, "ike 0: comes 192.0.2.1:500->192.0.2.2:500,ifindex=3\nike 0: IKEv2 exchange=SA_INIT id=d1ae31d584881057/0000000000000000 len=464\nike 0: incoming proposal:\nike 0: proposal id = 1:\nike 0:   type=ENCR, val=AES_CBC (key_len = 256)\nike 0: my proposal, gw x:\nike 0: proposal id = 1:\nike 0:   type=DH_GROUP, val=MODP2048.\nike 0: no SA proposal chosen\n")
}

func FuzzCisco(f *testing.F) {
	fuzz(f, "IKEv2:(SESSION ID = 1,SA ID = 1):Received Packet [From 192.0.2.1:500/To 192.0.2.2:500/VRF i0:f0]\nInitiator SPI : 112124CC538AC351 - Responder SPI : 0000000000000000 Message id: 0\nIKEv2 IKE_SA_INIT Exchange REQUEST\nIKEv2-ERROR:: Received Policies:\nProposal 1: AES-CBC-128 SHA256 SHA256 DH_GROUP_2048_MODP/Group 14\n",
		"ISAKMP (0): received packet from 192.0.2.1 dport 500 sport 500 Global (N) NEW SA\n[IKEv1]: Group = x, IP = 192.0.2.1, no matching crypto map entry for remote proxy 10.1.0.0/255.255.255.0/0/0 local proxy 10.2.0.0/255.0.255.0/0/0\n")
}

func FuzzJuniper(f *testing.F) {
	fuzz(f, "kmd[1]: IKE negotiation failed with error: No proposal chosen. IKE Version: 2, VPN: v Gateway: g, Local: 192.0.2.2/500, Remote: 192.0.2.1/500, Role: Responder\n",
		"[Nov 25 10:00:00][192.0.2.2 <-> 192.0.2.1]  IKE negotiation fail for local:192.0.2.2, remote:192.0.2.1 IKEv2 with status: TS unacceptable\n")
}

func FuzzPANOS(f *testing.F) {
	fuzz(f, "[PNTF]: {    1:     }: ====> Initiated SA: 192.0.2.2[500]-192.0.2.1[500] cookie:84222f276c2fa2e9:0000000000000000 <====\n[PERR]: {    1:     }: rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = AES-CBC:3DES-CBC\n")
}
