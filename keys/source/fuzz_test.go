package source

import (
	"bytes"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
		var told strings.Builder
		for _, l := range b.Masked(false) {
			told.WriteString(l.Value + "\n")
		}
		for _, value := range rawValues(b) {
			if len(value) >= leastKey && (strings.Contains(told.String(), string(value)) || strings.Contains(told.String(), hex.EncodeToString(value))) {
				t.Fatalf("%x is not masked:\n%s", value, told.String())
			}
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

// rawValues are all secrets and keys of a bag.
func rawValues(b *secret.Bag) (list [][]byte) {
	for _, s := range b.Secrets {
		list = append(list, s.Value)
	}
	for _, sa := range b.SAs {
		list = append(list, sa.CipherKey, sa.MACKey)
	}
	return list
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

// Formats that print SAs or a few keys: each begins with what a product prints.

func FuzzKeysFortiGate(f *testing.F) {
	fuzz(f, append(printedBy("FortiGate tunnel list", "FortiGate details", "FortiGate debug"),
		"id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  key: c9c4dd7d0bdea34b-e9425ad0fe0a17bc\n  SK_ei: 54d3-23a9\n",
		"ike 0:HQ:2: ISAKMP SA 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55 key 2:C9C4\n")...)
}

func FuzzKeysRouterOS(f *testing.F) { fuzz(f, printedBy("RouterOS")...) }

func FuzzKeysOpenBSD(f *testing.F) {
	fuzz(f, append(printedBy("ipsecctl"),
		"esp from 192.0.2.1 to 192.0.2.2 spi 0x100:0x200 auth hmac-sha1 enc aes authkey 0x00:0x01 enckey 0x02:0x03\n"+
			"\tsa: spi 0x00000100 auth hmac-sha1 enc aes\n\t\tstate mature replay 16 flags 0x604<tunnel,udpencap,esn>\n\t\tkey_encrypt: bits 16: 02\n",
		"ike esp from 10.0.0.0/8 to 10.1.0.0/16 peer 192.0.2.2 psk \"a b\"\n")...)
}

func FuzzKeysIked(f *testing.F) {
	fuzz(f, append(printedBy("iked"), "ikev2_sa_keys: DHSECRET with 2 bytes\n0c47\nikev2_sa_keys: SKEYSEED with 1 bytes\n00\nikev2_sa_keys: S with 17 bytes\n"+
		"00112233 44556677 8899aabb ccddeeff 00\nikev2_sa_keys: SK_ei with 2 bytes\n1af9\n")...)
}

func FuzzKeysIsakmpd(f *testing.F) {
	fuzz(f, append(printedBy("isakmpd"), "101112.123456 Exch 10 exchange_finalize: icookie 9fe41f8cf3dc4bdf rcookie 90b96fdb3a3b0b2a\n"+
		"212704.500917 Negt 80 ike_phase_1_post_exchange_KE_NONCE: SKEYID:\n212704.501002 Negt 80 df9bca6c [priv]\n212704.501657 Cryp 40 crypto_init: key:\n212704.501734 Cryp 40 7c17\n")...)
}

func FuzzKeysVPNC(f *testing.F) {
	fuzz(f, append(printedBy("vpnc"), " i_cookie: 83ac720b 3199e22e\n r_cookie: 83ac720b 3199e22f\n skeyid_e:\n 6d1a96a7\n shared-key: x\n")...)
}

func FuzzKeysOpenswan(f *testing.F) {
	fuzz(f, append(printedBy("Openswan"), "| ICOOKIE:  d0 31 cb 7e  9d 63 08 27\n| RCOOKIE:  d0 31 cb 7e  9d 63 08 28\n| Skeyid_e:  d0 31 cb 7e\n|   02 a7 0a e4\n| enc key:  d0\n")...)
}

func FuzzKeysVPP(f *testing.F) {
	fuzz(f, append(printedBy("VPP"), "iip 192.0.2.1 ispi 1 rip 192.0.2.2 rspi 2\n SK_d    9e01\n SK_a  i:e7cb\n       r:6fc4\n")...)
}

func FuzzKeysVPPSA(f *testing.F) {
	fuzz(f, append(printedBy("VPP show ipsec sa"), "ipsec sa add 10 spi 1001 esp crypto-alg aes-gcm-128 crypto-key 4a506a794f574265564551694d653768 salt 0x8a5d1f2 tunnel-src 192.0.2.1 tunnel-dst 192.0.2.2\n")...)
}

func FuzzKeysSixWIND(f *testing.F) {
	fuzz(f, printedBy("6WIND")...)
}

func FuzzKeysByName(f *testing.F) {
	fuzz(f, "SK_EI 8ee4a696dd3ce8708a54b7edb2dd7962\nDIFFIE-HELLMAN KEY 0011223344556677\n",
		"IKE_SA: 112124cc538ac351. Generated sk_ei: 8ee4a696dd3ce8708a54b7edb2dd7962\nSK_ei: 8ee4a696dd3ce8708a54b7edb2dd7962\n",
		"SK_ei:\n00000000  8e e4 a6 96 dd 3c e8 70  8a 54 b7 ed b2 dd 79 62  |.....<.p.T....yb|\n")
}

func FuzzKeysScapy(f *testing.F) {
	fuzz(f, append(printedBy("Scapy"), `SecurityAssociation(ESP, spi=1, crypt_algo='AES-CBC', crypt_key=b64decode("AAAAAAAAAAAAAAAAAAAAAA=="), auth_algo='NULL', auth_key=None, esn_en=True)`+"\n",
		"SecurityAssociation(AH, spi=0x1, auth_algo='HMAC-MD5-96', auth_key=b'\\xf1\\n\\\nabcdefghijklmn')\n")...)
}

func FuzzKeysGlobalProtect(f *testing.F) { fuzz(f, printedBy("GlobalProtect")...) }

func FuzzKeysSetkeyConf(f *testing.F) {
	fuzz(f, append(printedBy("setkey.conf"), "flush; add -4 192.0.2.1 192.0.2.2 esp-udp 1 -m transport -E null -A hmac-md5 \"sixteen bytes xx\"; add ::1 ::2 ipcomp 2 -C deflate;\n")...)
}

func FuzzKeysManual(f *testing.F) {
	fuzz(f, append(printedBy("Cisco IOS", "Comware", "Junos set"),
		"manual {\ndirection bidirectional {\nprotocol esp;\nspi 256;\nencryption {\nalgorithm 3des-cbc;\nkey ascii-text \"abcdefghijklmnopqrstuvwx\";\n}\n}\n}\n",
		"set localspi 0x100\nset remotespi 0x101\nset encryption aes128\nset authentication null\nset enckey 7ebcefceb8bbe88b-834575b804332c75\nset remote-gw 192.0.2.2\nnext\n")...)
}

func FuzzKeysIpdecap(f *testing.F) {
	fuzz(f, "192.0.2.1\t192.0.2.2\taes128-cbc\thmac_sha1-96\t0xf149fb92f149fb92f149fb92f149fb92\t0xcf127d15\n192.0.2.1 192.0.2.2 null any96 0x00 0x1\n")
}

func FuzzKeysIkedecrypt(f *testing.F) {
	fuzz(f, "<SA><iCookie>38db764f3d5447ca</iCookie><rCookie>bae238c60a99624e</rCookie><EncAlg>AES</EncAlg>\n<HashAlg>SHA1</HashAlg><SKeyId_e>d031</SKeyId_e><Ka>0x00</Ka></SA>\n")
}

func FuzzKeysSwanctlConf(f *testing.F) {
	fuzz(f, "secrets {\n  ike-1 {\n    id-a = gwa.example.org\n    id-b = \"x\"\n    secret = \"correct horse\"\n  }\n  ppk : x {\n    secret = 0sAAAA\n  }\n}\n")
}

// Archives: what is in them is read like a file.
func FuzzKeysManualConfigurations(f *testing.F) {
	fuzz(f, "crypto ipsec transform-set T esp-aes 256 esp-sha-hmac\ncrypto map M 10 ipsec-manual\ncrypto map M 10 set session-key inbound esp 1001 cipher "+testEnc+" authenticator "+testAuth+"\ncrypto map M 10 set transform-set T\n",
		"<direction>\n<name>inbound</name>\n<spi>1001</spi>\n<encryption>\n<algorithm>aes-128-cbc</algorithm>\n<key>\n<hexadecimal>"+testEnc+"</hexadecimal>\n",
		"set authentication esp\nset ipsec-auth-alg sha1\nset ipsec-enc-alg aes128\nconfig ipsec-keys\nedit 1001\nset auth-key \""+testAuth+"\"\nset enc-key "+testEnc+"\nnext\nend\n",
		"encryption ipsec spi 1001 esp aes clear "+testEnc+" authentication sha1 clear "+testAuth+"\nipv6 ospf3 security authentication ipsec spi 1 sha1 key ascii \"abc\"\n")
}

func FuzzEncoded(f *testing.F) {
	text := printXFRM(suites[1], keysFor(suites[1], false))
	fuzz(f, manglers["base64"](text), manglers["uuencode -m"](text), manglers["hexdump -C"](text), manglers["xxd"](text), manglers["xxd -p"](text),
		manglers["list of YAML"](text), manglers["list of Python"](text))
}

func FuzzMembers(f *testing.F) {
	inner := tarOf(1, "keys", keyLogSample)
	fuzz(f, inner, gzipped(inner), zipOf("keys", keyLogSample), tarOf(2, "log.gz", gzipped(strongSwanPlain)), zipOf("dump.tgz", gzipped(inner)), gzipped(zipOf("a.tar", inner)),
		tarOf(1, "a", tarOf(1, "b", tarOf(1, "c", inner))), inner[:700], manglers["mail with an attachment"](keyLogSample))
}

// Text with what mails, loggers, terminals and web pages do to it.
func FuzzCopied(f *testing.F) {
	var seeds []string
	for _, name := range slices.Sorted(maps.Keys(manglers)) {
		seeds = append(seeds, manglers[name](printers["setkey.conf"](suites[1], keysFor(suites[1], false))))
	}
	fuzz(f, seeds...)
}

// printedBy is what products print, of SAs with an integrity algorithm and in a combined mode.
func printedBy(products ...string) (list []string) {
	for _, name := range products {
		for _, i := range []int{1, 7} {
			if text := printers[name](suites[i], keysFor(suites[i], i == 7)); text != "" {
				list = append(list, text)
			}
		}
	}
	return list
}

// Whatever a text is, the guesses of it are few, and its numbers as long as keys.
func FuzzGuesses(f *testing.F) {
	f.Add("SA 0xc203f085: a811976d669337b12cc166a70e61c25e, 45e09ed5e32a1bd5c024fddb3d5269df61d7d6fa8784fd81413fe85c02c4852d\n")
	f.Add("k = { 0x60, 0xcb, 0x19, 0x4a, 0x87, 0x95, 0x0d, 0x72,\n 0xb9, 0x50, 0x68, 0xfa, 0x46, 0xc9, 0xd6, 0xf1 } /* SPI 3221717987 */\n")
	f.Add("spi c0077ff1 = 60 cb 19 4a 87 95 0d 72 b9 50 68 fa 46 c9 d6 f1; [96 203 25 74 135 149 13 114 185 80 104 250 70 201 214 241]\n")
	f.Add(`SPI "0x3e9" \x60\xcb\x19\x4a\x87\x95\x0d\x72\xb9\x50\x68\xfa\x46\xc9\xd6\xf1 YMsZSoeVDXK5UGj6RsnW8Q==` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > sampleBytes {
			return
		}
		var lines []line
		for l := range strings.SplitSeq(text, "\n") {
			lines = append(lines, line{num: len(lines) + 1, text: l})
		}
		list := guesses("test", lines)
		if len(list) > mostGuesses {
			t.Fatalf("%d guesses", len(list))
		}
		for _, g := range list {
			if g.SPI < 256 || len(g.Values) == 0 || len(g.Values) > guessValues || g.Source.Line < 1 || g.Source.Line > len(lines) {
				t.Errorf("%v: %d values, %v", g, len(g.Values), g.Source)
			}
			for _, v := range g.Values {
				if len(v) != guessDES && len(v) < leastGuess || len(v) > mostGuess {
					t.Errorf("%v: a value of %d bytes", g, len(v))
				}
			}
		}
	})
}
