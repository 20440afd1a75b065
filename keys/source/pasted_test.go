package source

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// What people paste in tickets, mails and documents: addresses taken out, comments around commands, lines that end inside a key.
func TestPasted(t *testing.T) {
	const (
		enc  = "60cb194a87950d72b95068fa46c9d6f1"
		auth = "ee29e75973358576133fab861a88df87976f2b07"
		gcm  = enc + "0a0b0c0d"
	)
	for name, c := range map[string]struct {
		text string
		want []string // in the description of the bag, and of its warnings
		not  []string
	}{
		"ip xfrm state, addresses taken out": {"gw:~$ ip xfrm s\nsrc <srcip> dst <dstip>\n\tproto esp spi 0xcf6f90d3 reqid 1 mode tunnel\n\treplay-window 0 flag af-unspec\n\taead rfc4106(gcm(aes)) 0x" + gcm + " 128\n" +
			"src x.x.x.x dst 192.0.2.2\n\tproto esp spi 0xc6e02140 reqid 1 mode tunnel\n\tauth-trunc hmac(sha1) 0x" + auth + " 96\n\tenc cbc(aes) 0x" + enc + "\n" +
			"src ::/0 dst ::/0\n\tdir out priority 399999\n\ttmpl src <srcip> dst <dstip>\n\t\tproto esp spi 0xcf6f90d3 reqid 1 mode tunnel\n",
			[]string{"ESP *>*:0xcf6f90d3 aes-gcm-16:" + gcm, "ESP *>192.0.2.2:0xc6e02140 aes-cbc:" + enc + " hmac-sha1-96:" + auth}, []string{"warning"}},
		"ip xfrm state -o, addresses taken out": {"src A.A.A.A dst B.B.B.B \\\tproto esp spi 0xcf6f90d3 reqid 1 mode tunnel\\\treplay-window 0 flag af-unspec\\\taead rfc4106(gcm(aes)) 0x" + gcm + " 128\n",
			[]string{"ESP *>*:0xcf6f90d3 aes-gcm-16:" + gcm}, []string{"warning"}},
		"ip xfrm monitor, addresses taken out": {"Updated src x.x.x.x dst y.y.y.y\n\tproto esp spi 0xcf6f90d3 reqid 1 mode tunnel\n\taead rfc4106(gcm(aes)) 0x" + gcm + " 128\nExpired src x.x.x.x dst y.y.y.y\n\tproto esp spi 0xcf6f90d4 reqid 1 mode tunnel\n\taead rfc4106(gcm(aes)) 0x" + gcm + " 128\n",
			[]string{"ESP *>*:0xcf6f90d3 aes-gcm-16:" + gcm, "ESP *>*:0xcf6f90d4 aes-gcm-16:" + gcm}, []string{"warning"}},
		"prose about ip xfrm state": {"Run it with src A dst B proto esp spi 0x100, and watch.\nsrc lan dst wan\n  a rule of the firewall\n", []string{"the format is not known"}, []string{"warning"}},
		"ip xfrm state, a form to fill in": {"src <src-address> dst <dst-address>\n  proto esp spi <spi> reqid 16397 mode tunnel\n  auth-trunc hmac(md5) <Authentication-Key> 96\n  enc cbc(des3_ede) <Encryption-Key>\n",
			[]string{"warning 1: the SPI is missing or redacted"}, []string{"ESP "}},
		"script, the SPI before the protocol": {"  # ip xfrm state add src 2001:db8::1 dst 2001:db8::2 spi 0x1000 \\\n    proto esp enc 'cbc(aes)' 0x" + enc + " mode tunnel\n",
			[]string{"ESP 2001:db8::1>2001:db8::2:0x00001000 aes-cbc:" + enc}, []string{"warning"}},
		"script, the SPI is a variable": {"spi=\"0x$(openssl rand -hex 4)\"\nip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi \"$spi\" mode tunnel enc 'cbc(aes)' 0x" + enc + "\n",
			[]string{"warning 2: spi is a variable"}, []string{"missing", "ESP "}},
		"free5gc, the hosts before the SPI": {"====== IPSec/Child SA for 3GPP CP Inbound =====\n[UE:192.0.2.1] <- [N3IWF:192.0.2.2]\nIPSec SPI: 0x00000000c203f085\nIPSec Encryption Algorithm: 12\nIPSec Encryption Key: 0x" + enc + "\nIPSec Integrity  Algorithm: 2\nIPSec Integrity  Key: 0x" + auth + "\n" +
			"====== IPSec/Child SA for 3GPP CP Outbound =====\n[UE:192.0.2.1] -> [N3IWF:192.0.2.2]\nIPSec SPI: 0x00000000c0077ff1\nIPSec Encryption Algorithm: 12\nIPSec Encryption Key: 0x" + enc + "\nIPSec Integrity  Algorithm: 2\nIPSec Integrity  Key: 0x" + auth + "\n",
			[]string{"ESP 192.0.2.2>192.0.2.1:0xc203f085 aes-cbc:" + enc, "ESP 192.0.2.1>192.0.2.2:0xc0077ff1 aes-cbc:" + enc}, []string{"warning"}},
		"setkey.conf, semicolons lost": {"/*\n  add 192.0.2.1 192.0.2.2 esp-udp 0x3e9\n    -m tunnel -r 4\n    -E aes-cbc 0x" + enc + "\n    -A hmac-sha1 0x" + auth + "\n  add x.x.x.x y.y.y.y esp 1002\n    -E aes-cbc 0x" + enc + "\n*/\n",
			[]string{"ESP 192.0.2.1>192.0.2.2:0x000003e9 aes-cbc:" + enc + " hmac-sha1-96:" + auth, "ESP *>*:0x000003ea aes-cbc:" + enc}, []string{"warning"}},
		"setkey.conf, keys in variables":           {"setkey -c <<EOF\nadd 192.0.2.1 192.0.2.2 esp 0x3e9 -m tunnel -E aes-cbc $KEY -A hmac-sha1 0x${AUTH};\nEOF\n", []string{"warning 2: SA 0x000003e9: $KEY is a variable"}, []string{"ESP ", "length", "digit"}},
		"ipsec.conf of OpenBSD, keys in variables": {"esp tunnel from 192.0.2.1 to 192.0.2.2 spi 0x1000:0x1001 \\\n    authkey 0x${auth}:0x${auth} \\\n    enckey 0x${enc}:0x${enc}\n", []string{"warning 1: authkey is a variable"}, []string{"digit", "without keys"}},
		"script for Scapy, names of protocols in lists": {"from scapy.layers.inet6 import (\n    IPv6,\n    IPv6, ICMPv6EchoRequest,\n)\nsizes = {\n    \"IPv4\": (32, [a, b]),\n}\nsa = SecurityAssociation(ESP, spi=0x3e9, crypt_algo='AES-CBC', crypt_key=bytes.fromhex('" + enc + "'))\n",
			[]string{"0x000003e9 aes-cbc:" + enc}, []string{"error"}},
		"script that writes ipsec.secrets": {"cat > /etc/ipsec.secrets <<EOF\n%any  %any  : PSK \"$VPN_IPSEC_PSK\"\n192.0.2.1 : PSK \"${psk}\"\n192.0.2.2 : PSK \"$ecret\"\nEOF\n",
			[]string{"warning 2: ipsec.secrets: PSK $VPN_IPSEC_PSK is a variable", "warning 3: ", "PSK 192.0.2.2 " + hex.EncodeToString([]byte("$ecret"))}, []string{hex.EncodeToString([]byte("VPN_IPSEC"))}},
		"ipsec.conf with keys of IKE": {"conn road\n\tleft=192.0.2.1\n\tright=%any\n\trightrsasigkey=%cert\n\tleftrsasigkey=0sAQOkF\n\tauto=add\n", nil, []string{"manual keys", "strconv"}},
		"DPDK, bytes of one digit": {"sa out 5 cipher_algo aes-128-cbc cipher_key 0:1:2:3:4:5:6:7:8:9:a:b:c:d:e:f \\\nauth_algo sha1-hmac auth_key 0:1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:10:11:12:13 \\\nmode transport\n",
			[]string{"0x00000005 aes-cbc:000102030405060708090a0b0c0d0e0f hmac-sha1-96:000102030405060708090a0b0c0d0e0f10111213"}, []string{"warning"}},
		"DPDK, a line that ends inside a key": {"sa in 6 cipher_algo aes-128-cbc cipher_key a0:a1:a2:a3:a4:a5:a6:a7:a8:a9:aa:\\\nab:ac:ad:ae:af auth_algo sha1-hmac auth_key a0:a1:a2:a3:a4:a5:a6:a7:a8:a9:aa:\\\nab:ac:ad:ae:af:b0:b1:b2:b3 mode transport\n",
			[]string{"0x00000006 aes-cbc:a0a1a2a3a4a5a6a7a8a9aaabacadaeaf hmac-sha1-96:a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"}, []string{"warning"}},
		"VPP, a command over lines of a comment": {"//   ipsec sa add 20 spi 200 crypto-key " + enc + "\n//     crypto-alg aes-cbc-128 integ-key " + auth + "\n//     integ-alg sha1-96 use-anti-replay udp-encap\n//   set int state ipip0 up\n//   ipsec sa add 30 spi 300 crypto-key " + enc + "\n//     crypto-alg aes-cbc-128\n",
			[]string{"0x000000c8 aes-cbc:" + enc + " hmac-sha1-96:" + auth, "0x0000012c aes-cbc:" + enc}, []string{"warning"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Read("test", []byte(c.text))
			got := ""
			if b != nil {
				got = describe(b)
				for _, w := range b.Warnings {
					got += fmt.Sprintf("warning %d: %s\n", w.Line, w.Text)
				}
			}
			if err != nil {
				got += "error " + err.Error()
			}
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("no %q in\n%s", w, got)
				}
			}
			for _, w := range c.not {
				if strings.Contains(got, w) {
					t.Errorf("%q in\n%s", w, got)
				}
			}
		})
	}
}
