package source

import (
	"slices"
	"strings"
	"testing"
)

// Other forms in which products print their keys, by the versions of their systems.
func TestVariants(t *testing.T) {
	const (
		enc16  = "60cb194a87950d72b95068fa46c9d6f1"
		other  = "a811976d669337b12cc166a70e61c25e"
		auth20 = "ee29e75973358576133fab861a88df87976f2b07"
		gcm20  = enc16 + "0a0b0c0d"
	)
	row := func(digits string) (s string) { // of a dump of pluto
		for i := 0; i < len(digits); i += 2 {
			if s += digits[i:i+2] + " "; i%8 == 6 {
				s += " "
			}
		}
		return s
	}
	for name, c := range map[string]struct {
		text string
		want []string // what is in the description of the bag
	}{
		"FortiOS, several tunnels": {"list all ipsec tunnel in vd 0\n------\nname=hq ver=1 serial=1 192.0.2.1:0->198.51.100.2:0 lgwy=static tun=intf mode=auto bound_if=5\nproxyid=p2 proto=0 sa=1 ref=2 serial=1\n  SA: ref=73 options=0000000e type=00 soft=0 mtu=1446 expire=3303/0B replaywin=1024 seqno=d1a80\n" +
			"  dec: spi=9822756d esp=aes key=16 " + enc16 + "\n       ah=sha1 key=20 " + auth20 + "\n  enc: spi=00081092 esp=aes key=16 " + other + "\n       ah=sha1 key=20 " + auth20 + "\n" +
			"------\nname=dialup_0 ver=2 serial=9 2001:db8::1:4500->2001:db8::2:64916 tun_id=2001:db8::2 dst_mtu=1500\nbound_if=3 lgwy=static/1 tun=intf mode=dial_inst/3\nproxyid=d proto=0 sa=1 ref=2 serial=1 add-route\n  SA:  ref=3 options=682 type=00 soft=0 mtu=1422 expire=1/0B replaywin=2048\n       seqno=1 esn=1 replaywin_lastseq=00000000 qat=0\n" +
			"  dec: spi=c0077ff1 esp=aes-gcm key=20 " + gcm20 + "\n       ah=null key=0 \n  enc: spi=c203f085 esp=aes-gcm key=20 " + gcm20 + "\n       ah=null key=0 \n",
			[]string{"ESP 198.51.100.2>192.0.2.1:0x9822756d aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20, "ESP 192.0.2.1>198.51.100.2:0x00081092 aes-cbc:" + other,
				"ESP 2001:db8::2>2001:db8::1:0xc0077ff1 aes-gcm-16:" + gcm20 + " : esn", "ESP 2001:db8::1>2001:db8::2:0xc203f085 aes-gcm-16:"}},
		"FortiOS, gateways of both versions": {"vd: root/0\nname: a\nversion: 1\naddr: 192.0.2.1:500 -> 198.51.100.2:500\n  id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  direction: initiator\n  proposal: 3des-sha1\n  key: c9c4dd7d0bdea34b-e9425ad0fe0a17bc-0102030405060708\n  lifetime/rekey: 86400/1\n\n" +
			"vd: root/0\nname: b\nversion: 2\n  id/spi: 9 112124cc538ac351/2df52bfbf2f4581e\n  proposal: aes128gcm\n  SK_ei: 60cb194a87950d72-b95068fa46c9d6f1-0a0b0c0d\n  SK_er: a811976d669337b1-2cc166a70e61c25e-0a0b0c0d\n  SK_ai: \n  SK_ar: \n  PPK: no\n",
			[]string{"ENC_KEY 4a8f4a7e2a4bd8c1:1f4f7f1c0e4d8a55 c9c4dd7d0bdea34be9425ad0fe0a17bc0102030405060708", "SK_EI 112124cc538ac351:2df52bfbf2f4581e " + gcm20, "SK_ER 112124cc538ac351:2df52bfbf2f4581e " + other + "0a0b0c0d"}},
		"RouterOS 5": {"Flags: A - AH, E - ESP, P - pfs \n 0 E  spi=E727605 direction=in src-address=192.0.2.2 dst-address=192.0.2.1 auth-algorithm=sha1 enc-algorithm=aes replay=4 state=mature auth-key=\"" + auth20 + "\" enc-key=\"" + enc16 + "\" add-lifetime=24m/30m use-lifetime=0s/0s\n",
			[]string{"ESP 192.0.2.2>192.0.2.1:0x0e727605 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20}},
		"libreswan without what the kernel got": {"| ESP enckey:\n|   " + row(enc16) + "  ........\n| ESP authkey:\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n| ESP enckey:\n|   " + row(other) + "\n| ESP authkey:\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n" +
			"\"t\" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24] -> [10.2.0.0/24] {ESPinUDP/ESN=>0xc203f085 <0xc0077ff1 xfrm=AES_CBC_128-HMAC_SHA1_96 DPD=passive}\n",
			[]string{"0xc203f085 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20 + " esn tunnel udp", "0xc203f085 aes-cbc:" + other, "0xc0077ff1 aes-cbc:" + enc16, "0xc0077ff1 aes-cbc:" + other}},
		"libreswan 5": {"| inbound  keymat:\n|   " + row(enc16) + "\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n| outbound keymat:\n|   " + row(other) + "\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n" +
			"| ESP encrypt key:\n|   " + row(other) + "\n| ESP integrity key:\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n\"t\"[1] 192.0.2.2 #2: responder established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP/ESN=>0xc203f085 <0xc0077ff1 xfrm=AES_CBC_128-HMAC_SHA1_96 DPD=passive}\n",
			[]string{"0xc0077ff1 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20, "0xc203f085 aes-cbc:" + other + " hmac-sha1-96:" + auth20}},
		"libreswan 5, IKEv1": {"| ESP KEYMAT\n|   inbound:\n|   " + row(enc16) + "\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n|   outbound:\n|   " + row(other) + "\n|   " + row(auth20[:32]) + "\n|   " + row(auth20[32:]) + "\n" +
			"\"t\" #2: IPsec SA established tunnel mode {ESP=>0xc203f085 <0xc0077ff1 xfrm=AES_CBC_128-HMAC_SHA1_96 DPD=passive}\n",
			[]string{"0xc0077ff1 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20, "0xc203f085 aes-cbc:" + other + " hmac-sha1-96:" + auth20}},
		"VPP, startup script": {"ipsec sa add 10 spi 1001 esp crypto-key " + enc16 + " crypto-alg aes-gcm-128 salt 0x0a0b0c0d esn tunnel-src 192.0.2.1 tunnel-dst 192.0.2.2\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-gcm-16:" + gcm20 + " : esn tunnel"}},
		"VPP 26, an SA by its number": {"[0] sa 10 (0xa) spi 1001 (0x000003e9) protocol:esp flags:[esn anti-replay tunnel ]\n   locks 1\n   salt 0x0\n   outbound thread-index:1\n   crypto alg aes-gcm-128 key " + enc16 + "\n   integrity alg none key [redacted]\n   UDP:[src:4500 dst:4500]\n" +
			"   table-ID:0 [2001:db8::1->2001:db8::2] hop-limit:255 p2p CS0 [resolved ] [none]\n[1] sa 11 (0xb) spi 1002 (0x000003ea) protocol:esp flags:[anti-replay tunnel ]\n   salt 0x0\n   crypto alg none key [redacted]\n   integrity alg sha1-96 key " + auth20 + "\n   table-ID:0 [192.0.2.1->192.0.2.2] hop-limit:255\n" +
			"[2] sa 12 (0xc) spi 1003 (0x000003eb) protocol:esp flags:[anti-replay tunnel ]\n   salt 0x0\n   crypto alg aes-cbc-128 key " + other + "\n   integrity alg none key [redacted]\n[3] sa 13 (0xd) spi 1004 (0x000003ec) protocol:ah flags:[anti-replay tunnel ]\n   crypto alg none key [redacted]\n   integrity alg sha1-96 key " + auth20 + "\n",
			[]string{"ESP 2001:db8::1>2001:db8::2:0x000003e9 aes-gcm-16:" + enc16 + "00000000 : esn", "ESP 192.0.2.1>192.0.2.2:0x000003ea null: hmac-sha1-96:" + auth20, "0x000003eb aes-cbc:" + other, "AH *>*:0x000003ec : hmac-sha1-96:" + auth20}},
		"VPP, a child without encryption": {" iip 192.0.2.1 ispi 3f4910656249f831 rip 192.0.2.2 rspi 361d287720d78d15\n   child sa 0:\n    encr:null integ:sha1-96 esn:no \n    spi(i) 1 spi(r) 2\n    SK_e  i:\n          r:\n    SK_a  i:" + auth20 + "\n          r:" + auth20 + "\n    traffic selectors (i):0\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x00000002 null: hmac-sha1-96:" + auth20, "ESP 192.0.2.2>192.0.2.1:0x00000001 null: hmac-sha1-96:" + auth20}},
		"VPP, tunnel in a startup script": {"ipsec sa add 10 spi 1001 esp tunnel src 192.0.2.1 dst 192.0.2.2 crypto-key " + enc16 + " crypto-alg aes-gcm-128 salt 0x0a0b0c0d\n", []string{"ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-gcm-16:" + gcm20}},
		"setkey, algorithms by number": {"192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=1(0x00000001) reqid=0(0x00000000)\n\tE: 12  60cb194a 87950d72 b95068fa 46c9d6f1\n\tA: 3  ee29e759 73358576 133fab86 1a88df87 976f2b07\n\tseq=0x00000000 replay=4 flags=0x00000000 state=mature\n" +
			"192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=2(0x00000002) reqid=0(0x00000000)\n\tE: 21  60cb194a 87950d72 b95068fa 46c9d6f1 0a0b0c0d\n192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=3(0x00000003) reqid=0(0x00000000)\n\tE: 20  60cb194a 87950d72 b95068fa 46c9d6f1 0a0b0c0d\n",
			[]string{"0x00000001 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20, "0x00000002 null-aes-gmac:" + gcm20, "0x00000003 aes-gcm-16:" + gcm20}},
		"RouterOS, as-value by name": {".id=*1;auth-algorithm=sha1;auth-key=" + auth20 + ";dst-address=192.0.2.2;enc-algorithm=aes-cbc;enc-key=" + enc16 + ";enc-key-size=128;spi=0x9E2C5F1;src-address=192.0.2.1;state=mature;" +
			".id=*2;auth-algorithm=sha1;auth-key=" + auth20 + ";dst-address=192.0.2.1;enc-algorithm=aes-cbc;enc-key=" + other + ";enc-key-size=128;spi=0x9E2C5F2;src-address=192.0.2.2;state=mature\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x09e2c5f1 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20, "ESP 192.0.2.2>192.0.2.1:0x09e2c5f2 aes-cbc:" + other + " hmac-sha1-96:" + auth20}},
		"RouterOS, REST": {`[{".id":"*1","auth-algorithm":"sha1","auth-key":"` + auth20 + `","dst-address":"192.0.2.2","enc-algorithm":"aes-cbc","enc-key":"` + enc16 + `","spi":"0x9E2C5F1","src-address":"192.0.2.1:4500","state":"mature"},` +
			`{".id":"*2","auth-algorithm":"null","auth-key":"","dst-address":"192.0.2.1","enc-algorithm":"aes-gcm","enc-key":"` + gcm20 + `","spi":"0x9E2C5F2","src-address":"192.0.2.2","state":"mature"}]` + "\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x09e2c5f1 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20 + " udp", "ESP 192.0.2.2>192.0.2.1:0x09e2c5f2 aes-gcm-16:" + gcm20}},
		"RouterOS, REST in lines": {"[\n  {\n    \".id\": \"*1\",\n    \"auth-algorithm\": \"sha1\",\n    \"auth-key\": \"" + auth20 + "\",\n    \"dst-address\": \"192.0.2.2\",\n    \"enc-algorithm\": \"aes-cbc\",\n    \"enc-key\": \"" + enc16 + "\",\n    \"spi\": \"0x9E2C5F1\",\n    \"src-address\": \"192.0.2.1\"\n  }\n]\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x09e2c5f1 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20}},
		"RouterOS, API": {"!re\n=.id=*1\n=spi=0x9E2C5F1\n=src-address=192.0.2.1\n=dst-address=192.0.2.2\n=state=mature\n=auth-algorithm=sha1\n=enc-algorithm=aes-cbc\n=auth-key=" + auth20 + "\n=enc-key=" + enc16 + "\n=replay=128\n\n!done\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x09e2c5f1 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20}},
		"FortiOS, manualkey-interface": {"config vpn ipsec manualkey-interface\n    edit \"m\"\n        set remote-gw 192.0.2.2\n        set local-gw 192.0.2.1\n        set enc-alg aes128\n        set auth-alg sha1\n        set local-spi 0x100\n        set remote-spi 0x200\n        set enc-key 60cb194a87950d72-b95068fa46c9d6f1\n        set auth-key ee29e75973358576-133fab861a88df87-976f2b07\n    next\nend\n",
			[]string{"ESP 192.0.2.2>192.0.2.1:0x00000100 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20, "ESP 192.0.2.1>192.0.2.2:0x00000200 aes-cbc:" + enc16}},
		"Scapy, lists": {"sa = SecurityAssociation(ESP, spi=0xc0077ff1, crypt_algo='AES-CBC', crypt_key=bytes([0x60, 203, 0x19, 74, 0x87, 0x95, 0xd, 0x72, 0xb9, 0x50, 0x68, 0xfa, 0x46, 0xc9, 0xd6, 0xf1]), auth_algo='NULL', auth_key=None)\n",
			[]string{"0xc0077ff1 aes-cbc:" + enc16}},
		"free5gc, logfmt": {`time="2026-11-25T10:00:00Z" level="debug" msg="SK_ei: ` + enc16 + `\nSK_er: ` + other + `" CAT="IKE"` + "\n", []string{"SK_EI - " + enc16, "SK_ER - " + other}},
		"racoon2":         {"2016-01-01 10:00:00 [DEBUG]: sk_e_i:\n60cb194a 87950d72 b95068fa 46c9d6f1\n2016-01-01 10:00:00 [DEBUG]: sk_e_r:\na811976d 669337b1 2cc166a7 0e61c25e\n", []string{"SK_EI - " + enc16, "SK_ER - " + other}},
		"tcpdump -E on one line": {"0xc203f085@192.0.2.2 aes128-hmac96:0x" + enc16 + ", 0xc0077ff1@2001:db8::1 3des-cbc-hmac96:0x" + other + enc16[:16] + "\n",
			[]string{"*>192.0.2.2:0xc203f085 aes-cbc:" + enc16, "*>2001:db8::1:0xc0077ff1 3des-cbc:"}},
		"swanctl.conf on few lines": {"secrets { ike-1 { id-a = a.example.org\n secret = correct horse } ike-2 { secret = 0x6d61 } # the old one\n ike-3 { secret = 0 plus 1 }\n ike-4 { secret = 'tis }\n ppk-1 { id = p\n secret = 0x0102 }\n}\n",
			[]string{"PSK a.example.org 636f727265637420686f727365", "PSK - 6d61", "PSK - 3020706c75732031", "PSK - 27746973", "PPK - 0102"}},
		"vpnc, SPIs before the keys": {"   tx.key_cry: " + enc16[:8] + " " + enc16[8:16] + " " + enc16[16:24] + " " + enc16[24:] + "\n   tx.key_md:\n   ee29e759 73358576 133fab86 1a88df87 976f2b07\n   local -> remote spi: 0xc203f085\n",
			[]string{"0xc203f085 aes-cbc:" + enc16 + " hmac-sha1-96:" + auth20}},
	} {
		t.Run(name, func(t *testing.T) {
			b := mustRead(t, c.text)
			got := describe(b)
			for _, want := range c.want {
				if !slices.ContainsFunc(strings.Split(got, "\n"), func(l string) bool { return strings.Contains(l, want) }) {
					t.Errorf("no %s in\n%s%v", want, got, b.Warnings)
				}
			}
		})
	}
}
