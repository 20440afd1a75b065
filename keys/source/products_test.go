package source

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A suite is a pair of algorithms as each product names it; "" where it has no name for it.
type suite struct {
	cipher, mac string // in the key log
	enc, auth   int    // bytes of the keys, with salt
	forti       [2]string
	mikrotik    [2]string
	openbsd     [2]string
	vpp         [2]string
	scapy       [2]string
	setkey      [2]string
	cisco       [2]string
	comware     [2]string
	junos       [2]string
}

var suites = []suite{
	{"aes-cbc", "hmac-sha1-96", 16, 20, [2]string{"aes", "sha1"}, [2]string{"aes-cbc", "sha1"}, [2]string{"aes", "hmac-sha1"}, [2]string{"aes-cbc-128", "sha1-96"},
		[2]string{"AES-CBC", "HMAC-SHA1-96"}, [2]string{"rijndael-cbc", "hmac-sha1"}, [2]string{"esp-aes 128", "esp-sha-hmac"}, [2]string{"aes-cbc-128", "sha1"}, [2]string{"aes-128-cbc", "hmac-sha1-96"}},
	{"aes-cbc", "hmac-sha2-256-128", 32, 32, [2]string{"aes", "sha256"}, [2]string{"aes-cbc", "sha256"}, [2]string{"aes-256", "hmac-sha2-256"}, [2]string{"aes-cbc-256", "hmac-sha2-256-128"},
		[2]string{"AES-CBC", "SHA2-256-128"}, [2]string{"aes-cbc", "hmac-sha2-256"}, [2]string{"esp-aes 256", "esp-sha256-hmac"}, [2]string{"aes-cbc-256", "sha256"}, [2]string{"aes-256-cbc", "hmac-sha-256-128"}},
	{"aes-cbc", "hmac-sha2-384-192", 24, 48, [2]string{"aes", "sha384"}, [2]string{}, [2]string{"aes-192", "hmac-sha2-384"}, [2]string{"aes-cbc-192", "hmac-sha2-384-192"},
		[2]string{"AES-CBC", "SHA2-384-192"}, [2]string{"aes-cbc", "hmac-sha2-384"}, [2]string{"esp-aes 192", "esp-sha384-hmac"}, [2]string{"aes-cbc-192", "sha384"}, [2]string{}},
	{"aes-cbc", "hmac-sha2-512-256", 32, 64, [2]string{"aes", "sha512"}, [2]string{"aes-cbc", "sha512"}, [2]string{"aes-256", "hmac-sha2-512"}, [2]string{"aes-cbc-256", "hmac-sha2-512-256"},
		[2]string{"AES-CBC", "SHA2-512-256"}, [2]string{"aes-cbc", "hmac-sha2-512"}, [2]string{"esp-aes 256", "esp-sha512-hmac"}, [2]string{"aes-cbc-256", "sha512"}, [2]string{}},
	{"3des-cbc", "hmac-md5-96", 24, 16, [2]string{"3des", "md5"}, [2]string{"3des", "md5"}, [2]string{"3des", "hmac-md5"}, [2]string{"3des-cbc", "md5-96"},
		[2]string{"3DES", "HMAC-MD5-96"}, [2]string{"3des-cbc", "hmac-md5"}, [2]string{"esp-3des", "esp-md5-hmac"}, [2]string{"3des-cbc", "md5"}, [2]string{"3des-cbc", "hmac-md5-96"}},
	{"des-cbc", "hmac-md5-96", 8, 16, [2]string{"des", "md5"}, [2]string{"des", "md5"}, [2]string{"des", "hmac-md5"}, [2]string{"des-cbc", "md5-96"},
		[2]string{"DES", "HMAC-MD5-96"}, [2]string{"des-cbc", "hmac-md5"}, [2]string{"esp-des", "esp-md5-hmac"}, [2]string{"des-cbc", "md5"}, [2]string{"des-cbc", "hmac-md5-96"}},
	{"aes-gcm-16", "", 20, 0, [2]string{"aes-gcm", "null"}, [2]string{}, [2]string{"aes-128-gcm", ""}, [2]string{},
		[2]string{"AES-GCM", ""}, [2]string{"aes-gcm-16", ""}, [2]string{}, [2]string{}, [2]string{}},
	{"aes-gcm-16", "", 36, 0, [2]string{"aes-gcm", "null"}, [2]string{"aes-gcm", "null"}, [2]string{"aes-256-gcm", ""}, [2]string{},
		[2]string{"AES-GCM", ""}, [2]string{"aes-gcm-16", ""}, [2]string{}, [2]string{}, [2]string{}},
	{"chacha20-poly1305", "", 36, 0, [2]string{"chacha20poly1305", "null"}, [2]string{}, [2]string{"chacha20-poly1305", ""}, [2]string{},
		[2]string{"CHACHA20-POLY1305", ""}, [2]string{"chacha20-poly1305", ""}, [2]string{}, [2]string{}, [2]string{}},
	{"aes-ctr", "hmac-sha2-256-128", 20, 32, [2]string{}, [2]string{"aes-ctr", "sha256"}, [2]string{"aesctr", "hmac-sha2-256"}, [2]string{},
		[2]string{"AES-CTR", "SHA2-256-128"}, [2]string{"aes-ctr", "hmac-sha256"}, [2]string{}, [2]string{}, [2]string{}},
	{"camellia-cbc", "hmac-sha1-96", 32, 20, [2]string{}, [2]string{"camellia", "sha1"}, [2]string{}, [2]string{},
		[2]string{}, [2]string{"camellia-cbc", "hmac-sha1"}, [2]string{}, [2]string{"camellia-cbc-256", "sha1"}, [2]string{}},
	{"null", "hmac-sha1-96", 0, 20, [2]string{"null", "sha1"}, [2]string{"null", "sha1"}, [2]string{"null", "hmac-sha1"}, [2]string{},
		[2]string{"NULL", "HMAC-SHA1-96"}, [2]string{"null", "hmac-sha1"}, [2]string{"esp-null", "esp-sha-hmac"}, [2]string{"null", "sha1"}, [2]string{}},
}

// A printed is a pair of SAs to print: from a to b, and back.
type printed struct {
	a, b netip.Addr
	spi  [2]uint32 // from a, from b
	enc  [2][]byte
	auth [2][]byte
}

// hosts are the addresses of the SA of a direction.
func (p printed) hosts(dir int) (src, dst netip.Addr) {
	hosts := [2]netip.Addr{p.a, p.b}
	return hosts[dir], hosts[1-dir]
}

func keysFor(s suite, v6 bool) (p printed) {
	p.a, p.b = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.2")
	if v6 {
		p.a, p.b = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:1::2")
	}
	p.spi = [2]uint32{0xcf127d15, 0x0841441}
	for dir := range 2 {
		for i := range s.enc {
			p.enc[dir] = append(p.enc[dir], byte(i*7+dir*100+3))
		}
		for i := range s.auth {
			p.auth[dir] = append(p.auth[dir], byte(i*11+dir*50+200))
		}
	}
	return p
}

// printers print a pair of SAs as a product at a does; "" where it has no name for the algorithms.
var printers = map[string]func(s suite, p printed) string{
	"FortiGate tunnel list": func(s suite, p printed) string {
		if s.forti[0] == "" {
			return ""
		}
		text := fmt.Sprintf("name=hq ver=2 serial=2 %v:0->%v:0 tun_id=10.0.0.1\n  SA:  ref=3 options=30202 type=00 soft=0 mtu=1438\n       seqno=3 esn=0 replaywin_lastseq=00000012 qat=0\n", p.a, p.b)
		for _, dir := range []int{1, 0} {
			text += fmt.Sprintf("  %s: spi=%08x esp=%s key=%d %x\n       ah=%s key=%d %x\n", []string{"enc", "dec"}[dir], p.spi[dir], s.forti[0], len(p.enc[dir]), p.enc[dir], s.forti[1], len(p.auth[dir]), p.auth[dir])
		}
		return text + "  dec:pkts/bytes=1237/1128, enc:pkts/bytes=2/296\n"
	},
	"FortiGate details": func(s suite, p printed) string {
		if s.forti[0] == "" {
			return ""
		}
		text := fmt.Sprintf("gateway\n  name: 'hq'\n  local-gateway: %v:0 (static)\n  remote-gateway: %v:0 (static)\n  SA\n    replay: enabled\n", p.a, p.b)
		for _, dir := range []int{1, 0} {
			text += fmt.Sprintf("    %s\n      spi: %08x\n      enc:  %.6s  %x\n      auth: %s  %x\n", []string{"outbound", "inbound"}[dir], p.spi[dir], s.forti[0], p.enc[dir], s.forti[1], p.auth[dir])
		}
		return text
	},
	"FortiGate debug": func(s suite, p printed) string {
		if s.forti[0] == "" || s.enc == 0 {
			return ""
		}
		text := ""
		for _, dir := range []int{1, 0} {
			text += fmt.Sprintf("ike V=root:0:hq:8:hq:12: IPsec SA %s spi %08x key %d:%X auth %d:%X\n", []string{"enc", "dec"}[dir], p.spi[dir], len(p.enc[dir]), p.enc[dir], len(p.auth[dir]), p.auth[dir])
		}
		return text
	},
	"RouterOS": func(s suite, p printed) string {
		if s.mikrotik[0] == "" {
			return ""
		}
		text := "[admin@r1] > /ip ipsec installed-sa print detail\nFlags: H - hw-aead, A - AH, E - ESP \n"
		for dir := range 2 {
			src, dst := p.hosts(dir)
			text += brokenAt(fmt.Sprintf(` %d   E spi=0x%X src-address=%v dst-address=%v state=mature auth-algorithm=%s enc-algorithm=%s enc-key-size=%d auth-key="%x" enc-key="%x" addtime=nov/23/2026 08:56:55 replay=128`,
				dir, p.spi[dir], src, dst, s.mikrotik[1], s.mikrotik[0], 8*s.enc, p.auth[dir], p.enc[dir]), 78, "       ") + "\n"
		}
		return text
	},
	"ipsecctl": func(s suite, p printed) string {
		if s.openbsd[0] == "" {
			return ""
		}
		text := ""
		for dir := range 2 {
			src, dst := p.hosts(dir)
			text += fmt.Sprintf("esp tunnel from %v to %v spi 0x%08x", src, dst, p.spi[dir])
			if s.auth > 0 {
				text += " auth " + s.openbsd[1]
			}
			text += " enc " + s.openbsd[0]
			if s.auth > 0 {
				text += fmt.Sprintf(" \\\n\tauthkey 0x%x", p.auth[dir])
			}
			if s.enc > 0 {
				text += fmt.Sprintf(" \\\n\tenckey 0x%x", p.enc[dir])
			}
			text += "\n"
		}
		return text
	},
	"iked": func(s suite, p printed) string {
		if s.openbsd[0] == "" || s.enc == 0 {
			return ""
		}
		keymat := slices.Concat(p.enc[0], p.auth[0], p.enc[1], p.auth[1])
		text := fmt.Sprintf("ikev2_childsa_negotiate: key material length %d\n", len(keymat))
		rounded := append(slices.Clone(keymat), make([]byte, 32-len(keymat)%32)...)
		text += fmt.Sprintf("ikev2_prfplus: Tn with %d bytes\n%s", len(rounded), groupRows(rounded, 32, ""))
		algs := "enc " + s.openbsd[0]
		if s.auth > 0 {
			algs += " auth " + s.openbsd[1]
		}
		return text + fmt.Sprintf("spi=0x71b408ef6ed89fda: ikev2_childsa_enable: loaded SPIs: 0x%08x, 0x%08x (%s)\n", p.spi[0], p.spi[1], algs)
	},
	"isakmpd": func(s suite, p printed) string {
		if s.openbsd[0] == "" || s.enc == 0 || s.cipher == "aes-ctr" {
			return ""
		}
		text := ""
		for dir := range 2 {
			pre := "212704.7717" + fmt.Sprint(10+dir) + " Negt 90 "
			text += pre + "post_quick_mode: suite 1 proto 3\n" + pre + "post_quick_mode: SPI:\n" + fmt.Sprintf("%s%08x \n", pre, p.spi[dir])
			text += pre + "post_quick_mode: KEYMAT:\n" + groupRows(slices.Concat(p.enc[dir], p.auth[dir]), 32, pre)
		}
		return text
	},
	"vpnc": func(s suite, p printed) string {
		if s.enc == 0 || s.cipher == "aes-ctr" || s.cipher == "camellia-cbc" {
			return ""
		}
		text := ""
		for dir, way := range []string{"tx", "rx"} {
			text += fmt.Sprintf("   %s.key_cry:\n%s   %s.key_md:\n%s", way, groupRows(p.enc[dir], 32, "   "), way, groupRows(p.auth[dir], 32, "   "))
			text += fmt.Sprintf("   %s spi: 0x%08x\n", []string{"local -> remote", "remote -> local"}[dir], p.spi[dir])
		}
		return text
	},
	"Openswan": func(s suite, p printed) string {
		name := map[string]string{"aes-cbc": "AES", "3des-cbc": "3DES", "aes-gcm-16": "AES_GCM_16"}[s.cipher]
		if name == "" || s.mac == "hmac-sha2-384-192" {
			return ""
		}
		mac := strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(s.mac, "-96"), "-", "_"))
		rows := func(b []byte) (text string) {
			for i := 0; i < len(b); i += 16 {
				row := b[i:min(i+16, len(b))]
				text += "|   "
				for j, c := range row {
					text += fmt.Sprintf("%02x ", c)
					if j%4 == 3 && j < 15 {
						text += " "
					}
				}
				text += "\n"
			}
			return text
		}
		return "| our  keymat\n" + rows(slices.Concat(p.enc[1], p.auth[1])) + "| peer keymat\n" + rows(slices.Concat(p.enc[0], p.auth[0])) +
			fmt.Sprintf(`"t" #2: IPsec SA established tunnel mode {ESP=>0x%08x <0x%08x xfrm=%s_%d-%s NATOA=none NATD=none DPD=none}`, p.spi[0], p.spi[1], name, s.enc*8, mac) + "\n"
	},
	"VPP": func(s suite, p printed) string {
		if s.vpp[0] == "" {
			return ""
		}
		return fmt.Sprintf(" iip %v ispi 3f4910656249f831 rip %v rspi 361d287720d78d15\n   child sa 0:\n    encr:%s integ:%s esn:no \n    spi(i) %x spi(r) %x\n    SK_e  i:%x\n          r:%x\n    SK_a  i:%x\n          r:%x\n",
			p.a, p.b, s.vpp[0], s.vpp[1], p.spi[1], p.spi[0], p.enc[0], p.enc[1], p.auth[0], p.auth[1])
	},
	"VPP show ipsec sa": func(s suite, p printed) (text string) {
		if s.scapy[0] == "" || s.cipher == "null" {
			return ""
		}
		for dir := range 2 {
			src, dst := p.hosts(dir)
			name, key, salt := fmt.Sprintf("%s-%d", strings.TrimSuffix(s.cipher, "-16"), 8*s.enc), p.enc[dir], uint32(0)
			if c := alg.CipherByKeyLog(s.cipher); c.SaltLen == 4 {
				salt = binary.BigEndian.Uint32(key[s.enc-4:])
				key = key[:s.enc-4]
			}
			text += fmt.Sprintf("[%d] sa %d (0x%x) spi %d (0x%08x) protocol:esp flags:[anti-replay tunnel ]\n   locks 2\n   salt 0x%x\n   thread-index:0\n   seq 12 seq-hi 0\n   crypto alg %s key %x\n", dir, dir+10, dir+10, p.spi[dir], p.spi[dir], salt, name, key)
			if s.auth > 0 {
				text += fmt.Sprintf("   integrity alg %s key %x\n", s.mac, p.auth[dir])
			} else {
				text += "   integrity alg none\n"
			}
			text += fmt.Sprintf("   tunnel src %v dst %v\n   packets 0 bytes 0\n", src, dst)
		}
		return text
	},
	"6WIND": func(s suite, p printed) (text string) {
		if s.scapy[0] == "" || s.cipher == "null" {
			return ""
		}
		for dir := range 2 {
			src, dst := p.hosts(dir)
			text += fmt.Sprintf("%d: %v - %v vr0 spi 0x%x ESP tunnel\n     x-vr0 counter 1 (genid 2)\n     cached-SP 0\n     %s %s\n     key enc:%x\n", dir+1, src, dst, p.spi[dir], strings.ToUpper(s.cipher), strings.ToUpper(s.mac), p.enc[dir])
			if s.auth > 0 {
				text += fmt.Sprintf("     digest length: 12\n     key auth:%x\n", p.auth[dir])
			}
			text += "     sa_packets=12 sa_bytes=1200 sa_auth_errors=0\n"
		}
		return text
	},
	"RouterOS value list": func(s suite, p printed) string {
		if s.mikrotik[0] == "" || s.enc == 0 {
			return ""
		}
		return fmt.Sprintf("              spi: 0x%X 0x%X\n      src-address: %v %v\n      dst-address: %v %v\n            state: mature mature\n   auth-algorithm: %[7]s %[7]s\n    enc-algorithm: %[8]s %[8]s\n     enc-key-size: %[9]d %[9]d\n         auth-key: %[10]x %[11]x\n          enc-key: %[12]x %[13]x\n           replay: 128 128\n",
			p.spi[0], p.spi[1], p.a, p.b, p.b, p.a, s.mikrotik[1], s.mikrotik[0], 8*s.enc, p.auth[0], p.auth[1], p.enc[0], p.enc[1])
	},
	"RouterOS terse": func(s suite, p printed) (text string) {
		if s.mikrotik[0] == "" {
			return ""
		}
		for dir := range 2 {
			src, dst := p.hosts(dir)
			text += fmt.Sprintf(" %d SE spi=0x%X src-address=%v dst-address=%v state=mature auth-algorithm=%s enc-algorithm=%s enc-key-size=%d auth-key=%x enc-key=%x addtime=2026-11-23 08:56:55 expires-in=29m58s add-lifetime=24m2s/30m3s current-bytes=5312 current-packets=32 replay=128 hw-aead=no\n",
				dir, p.spi[dir], src, dst, s.mikrotik[1], s.mikrotik[0], 8*s.enc, p.auth[dir], p.enc[dir])
		}
		return text
	},
	"Scapy": func(s suite, p printed) string {
		if s.scapy[0] == "" {
			return ""
		}
		text := "from scapy.all import *\n"
		for dir := range 2 {
			src, dst := p.hosts(dir)
			text += fmt.Sprintf("sa = SecurityAssociation(ESP, spi=%d, crypt_algo='%s', crypt_key=bytes.fromhex('%x'),\n", p.spi[dir], s.scapy[0], p.enc[dir])
			if s.auth > 0 {
				text += fmt.Sprintf("    auth_algo=\"%s\", auth_key=unhexlify(b'%x'),\n", s.scapy[1], p.auth[dir])
			}
			text += fmt.Sprintf("    tunnel_header=IP(src='%v', dst='%v'))\n", src, dst)
		}
		return text
	},
	"setkey.conf": func(s suite, p printed) string {
		text := "#!/usr/sbin/setkey -f\nflush;\n"
		for dir := range 2 {
			src, dst := p.hosts(dir)
			text += fmt.Sprintf("add %v %v esp %d -m tunnel -E %s", src, dst, p.spi[dir], s.setkey[0])
			if s.enc > 0 {
				text += fmt.Sprintf(" 0x%x", p.enc[dir])
			}
			if s.auth > 0 {
				text += fmt.Sprintf("\n\t-A %s 0x%x", s.setkey[1], p.auth[dir])
			}
			text += ";\n"
		}
		return text
	},
	"Cisco IOS": func(s suite, p printed) string {
		if s.cisco[0] == "" || s.enc == 0 {
			return ""
		}
		return fmt.Sprintf("crypto ipsec transform-set m %s %s\n!\ncrypto map vpn 10 ipsec-manual\n set peer %v\n set session-key inbound esp %d cipher %x authenticator %x\n set session-key outbound esp %d cipher %x authenticator %x\n",
			s.cisco[0], s.cisco[1], p.b, p.spi[1], p.enc[1], p.auth[1], p.spi[0], p.enc[0], p.auth[0])
	},
	"Comware": func(s suite, p printed) string {
		if s.comware[0] == "" || s.enc == 0 {
			return ""
		}
		return fmt.Sprintf("ipsec transform-set t\n esp encryption-algorithm %s\n esp authentication-algorithm %s\n#\nipsec policy m 10 manual\n local-address %v\n remote-address %v\n sa spi outbound esp %d\n sa encryption-hex outbound esp simple %x\n"+
			" sa authentication-hex outbound esp simple %x\n sa spi inbound esp %d\n sa encryption-hex inbound esp simple %x\n sa authentication-hex inbound esp simple %x\n", s.comware[0], s.comware[1], p.a, p.b, p.spi[0], p.enc[0], p.auth[0], p.spi[1], p.enc[1], p.auth[1])
	},
	"Junos set": func(s suite, p printed) string {
		if s.junos[0] == "" {
			return ""
		}
		text := ""
		for dir, way := range []string{"outbound", "inbound"} {
			pre := "set security ipsec security-association m manual direction " + way + " "
			text += pre + "protocol esp\n" + pre + fmt.Sprintf("spi %d\n", p.spi[dir]) + pre + "authentication algorithm " + s.junos[1] + "\n" + pre + fmt.Sprintf("authentication key hexadecimal %x\n", p.auth[dir]) +
				pre + "encryption algorithm " + s.junos[0] + "\n" + pre + fmt.Sprintf("encryption key hexadecimal %x\n", p.enc[dir])
		}
		return text
	},
	"GlobalProtect": func(s suite, p printed) string {
		if s.junos[0] == "" {
			return ""
		}
		return fmt.Sprintf("<response><gw-address>%v</gw-address><ipsec><udp-port>4501</udp-port><enc-algo>%s</enc-algo><hmac-algo>%s</hmac-algo><c2s-spi>0x%08X</c2s-spi><s2c-spi>0x%08X</s2c-spi>"+
			"<akey-s2c><bits>160</bits><val>%x</val></akey-s2c><ekey-s2c><bits>128</bits><val>%x</val></ekey-s2c><akey-c2s><bits>160</bits><val>%x</val></akey-c2s><ekey-c2s><bits>128</bits><val>%x</val></ekey-c2s></ipsec></response>\n",
			p.b, s.junos[0], s.forti[1], p.spi[0], p.spi[1], p.auth[1], p.enc[1], p.auth[0], p.enc[0])
	},
}

// lostZeros takes the leading zeros off each group of hex of n digits.
func lostZeros(b []byte, digits int, before, between string) string {
	var groups []string
	for text := hex.EncodeToString(b); text != ""; text = text[min(digits, len(text)):] {
		g := strings.TrimLeft(text[:min(digits, len(text))], "0")
		groups = append(groups, before+firstOf(g, "0"))
	}
	return strings.Join(groups, between)
}

// Groups of hex that lost their leading zeros are filled up again, in every source that prints groups.
func TestLostZeros(t *testing.T) {
	s := suites[1]
	p := keysFor(s, false)
	for dir := range 2 {
		p.enc[dir][0], p.enc[dir][8], p.enc[dir][9], p.auth[dir][16] = 0, 0, 7, 1
		p.enc[dir][31], p.enc[dir][28] = 1, 0
	}
	for _, digits := range []int{2, 4, 8} {
		for _, before := range []string{"", "0x"} {
			row := func(b []byte) string { return lostZeros(b, digits, before, " ") }
			text := map[string]string{}
			for dir := range 2 {
				src, dst := p.hosts(dir)
				text["setkey -D"] += fmt.Sprintf("%v %v \n\tesp mode=tunnel spi=%d(0x%08x) reqid=1(0x00000001)\n\tE: aes-cbc  %s\n\tA: hmac-sha2-256  %s\n\tseq=0x0000000c replay=4\n",
					src, dst, p.spi[dir], p.spi[dir], row(p.enc[dir]), row(p.auth[dir]))
				text["vpnc"] += fmt.Sprintf("   %s.key_cry:\n   %s\n   %s.key_md:\n   %s\n   %s spi: 0x%08x\n", []string{"tx", "rx"}[dir], row(p.enc[dir]), []string{"tx", "rx"}[dir], row(p.auth[dir]), []string{"local -> remote", "remote -> local"}[dir], p.spi[dir])
				text["RouterOS"] += fmt.Sprintf(" %d   E spi=0x%X src-address=%v dst-address=%v auth-algorithm=sha256 enc-algorithm=aes-cbc enc-key-size=256 auth-key=\"%s\" enc-key=\"%s\" replay=128\n", dir, p.spi[dir], src, dst, row(p.auth[dir]), row(p.enc[dir]))
				text["6WIND"] += fmt.Sprintf("%d: %v - %v vr0 spi 0x%x ESP tunnel\n     AES-CBC HMAC-SHA256\n     key enc:%s\n     digest length: 16\n     key auth:%s\n", dir+1, src, dst, p.spi[dir], row(p.enc[dir]), row(p.auth[dir]))
			}
			for name, text := range text {
				b := mustRead(t, text)
				for dir := range 2 {
					if want := (esp.Params{SPI: p.spi[dir], Cipher: alg.CipherByKeyLog(s.cipher), CipherKey: p.enc[dir], MAC: alg.MACByKeyLog(s.mac), MACKey: p.auth[dir]}); !hasSA(b.SAs, want) {
						t.Errorf("%s, %d digits, %q: SA %d is lost\n%s\n%s", name, digits, before, dir, text, describe(b))
					}
				}
			}
		}
	}
}

// groupRows is a dump in groups of 4 bytes.
func groupRows(b []byte, perRow int, prefix string) (text string) {
	for i := 0; i < len(b); i += perRow {
		row := b[i:min(i+perRow, len(b))]
		var groups []string
		for j := 0; j < len(row); j += 4 {
			groups = append(groups, fmt.Sprintf("%x", row[j:min(j+4, len(row))]))
		}
		text += prefix + strings.Join(groups, " ") + "\n"
	}
	return text
}

// wrapped breaks a line at a width, also inside a word, and indents the rest.
func brokenAt(s string, width int, indent string) string {
	var lines []string
	for len(s) > width {
		lines = append(lines, s[:width])
		s = indent + s[width:]
	}
	return strings.Join(append(lines, s), "\n")
}

// Every product's output gives the SAs that it was printed from, with each pair of algorithms that it has names for.
func TestProducts(t *testing.T) {
	for name, product := range printers {
		t.Run(name, func(t *testing.T) {
			for i, s := range suites {
				for _, v6 := range []bool{false, true} {
					p := keysFor(s, v6)
					text := product(s, p)
					if text == "" {
						continue
					}
					b, err := Read("test", []byte(text))
					if err != nil {
						t.Errorf("suite %d: %v\n%s", i, err, text)
						continue
					}
					for dir := range 2 {
						if want := (esp.Params{SPI: p.spi[dir], Cipher: alg.CipherByKeyLog(s.cipher), CipherKey: p.enc[dir], MAC: alg.MACByKeyLog(s.mac), MACKey: p.auth[dir]}); !hasSA(b.SAs, want) {
							t.Errorf("suite %d: no %v %s\n%s\n%s", i, want, s.mac, text, describe(b))
						}
					}
					for _, w := range b.Warnings {
						t.Errorf("suite %d: %v\n%s", i, w, text)
					}
				}
			}
		})
	}
}

func hasSA(list []esp.Params, want esp.Params) bool {
	return slices.ContainsFunc(list, func(p esp.Params) bool {
		return p.SPI == want.SPI && p.Cipher == want.Cipher && string(p.CipherKey) == string(want.CipherKey) && p.MAC == want.MAC && string(p.MACKey) == string(want.MACKey)
	})
}

// The keys of IKE SAs are found by all the labels and forms that they are printed with.
func TestIKEKeysByName(t *testing.T) {
	const key = "8ee4a696dd3ce8708a54b7edb2dd7962"
	spaced := "8e e4 a6 96 dd 3c e8 70  8a 54 b7 ed b2 dd 79 62"
	for text, want := range map[string]string{
		"SK_EI " + key + "\nSK_ER " + key + "\n":                                                         "SK_EI - " + key + " g1\nSK_ER - " + key + " g1\n",
		"[2026-11-23 08:43:20.117] [DEBUG  ] IKE_SA: 112124cc538ac351. Generated sk_ei: " + key + "\n":   "SK_EI - " + key + " g1\n",
		"2026-11-23T08:43:20Z [DEBU][N3IWF][IKE] SK_ei:\n00000000  " + spaced + "  |.....<.p.T....yb|\n": "SK_EI - " + key + " g1\n",
		"SK_d : " + key + "\n":                     "SK_D - " + key + " g1\n",
		"DIFFIE-HELLMAN KEY " + key + "\n":         "DH_SECRET - " + key + " g1\n",
		"level=debug msg=\"SK_er: " + key + "\"\n": "SK_ER - " + key + " g1\n",
		"id/spi: 47 112124cc538ac351/2df52bfbf2f4581e\nproposal: aes128-sha1\nkey: 8ee4a696dd3ce870-8a54b7ed\n  b2dd7962\n":   "ENC_KEY 112124cc538ac351:2df52bfbf2f4581e " + key + " g1\n",
		"ike V=root:0:x:8: IKE SA 112124cc538ac351/2df52bfbf2f4581e SK_er 16:8EE4A696DD3CE8708A54B7ED\nB2DD7962\n":            "SK_ER 112124cc538ac351:2df52bfbf2f4581e " + key + " g1\n",
		"iip 192.0.2.1 ispi 12124cc538ac351 rip 192.0.2.2 rspi df52bfbf2f4581e\n SK_e  i:" + key + "\n       r:" + key + "\n": "SK_EI 012124cc538ac351:0df52bfbf2f4581e " + key + " g1\nSK_ER 012124cc538ac351:0df52bfbf2f4581e " + key + " g1\n",
		"   i_cookie: 83ac720b 3199e22e\n   r_cookie: b1769c2d c559789b\n   enc-key: 8ee4a696 dd3ce870 8a54b7ed b2dd7962\n":   "ENC_KEY 83ac720b3199e22e:b1769c2dc559789b " + key + " g1\n",
		"| ICOOKIE:  83 ac 72 0b  31 99 e2 2e\n| enc key:  8e e4 a6 96  dd 3c e8 70\n|   8a 54 b7 ed  b2 dd 79 62\n":          "ENC_KEY 83ac720b3199e22e " + key + " g1\n",
	} {
		if got := describe(mustRead(t, text)); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", text, got, want)
		}
	}
	n3iwf := "====== Inbound ======\nIPSec SPI: 0x00000000c203f085\n[UE:192.0.2.1] <- [N3IWF:192.0.2.2]\nIPSec Encryption Algorithm: 12\nIPSec Encryption Key: 0x" + key +
		"\nIPSec Integrity  Algorithm: 2\nIPSec Integrity  Key: 0x" + key + "01020304\n"
	if got, want := describe(mustRead(t, n3iwf)), "ESP 192.0.2.2>192.0.2.1:0xc203f085 aes-cbc:"+key+" hmac-sha1-96:"+key+"01020304\n"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
