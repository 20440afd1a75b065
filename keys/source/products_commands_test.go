package source

import (
	"fmt"
	"strings"
)

// bitsOf is the length of the encryption key without a salt.
func bitsOf(s suite) int {
	if s.mac == "" || s.cipher == "aes-ctr" {
		return 8 * (s.enc - 4)
	}
	return 8 * s.enc
}

// byColons is a key as DPDK has it.
func byColons(key []byte) string {
	return strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf("% x", key)), " ", ":")
}

// Sources: DPDK's doc/guides/sample_app_ug/ipsec_secgw.rst; illumos' libipsecutil; ipsec_spi(8) and ipsec.conf(5) of FreeS/WAN; xfrm_state_linux.go of
// vishvananda/netlink; esp.c of openconnect; Cisco's "IPv6 Routing: OSPFv3 Authentication Support with IPsec".
func init() {
	for name, p := range map[string]func(s suite, p printed) string{
		"DPDK ipsec-secgw": func(s suite, p printed) string {
			cipher := map[string]string{"aes-cbc": "aes-%d-cbc", "aes-gcm-16": "aes-%d-gcm", "aes-ctr": "aes-%d-ctr", "3des-cbc": "3des-cbc", "null": "null", "chacha20-poly1305": "chacha20-poly1305"}[s.cipher]
			mac := map[string]string{"hmac-sha1-96": "sha1-hmac", "hmac-sha2-256-128": "sha256-hmac", "hmac-sha2-384-192": "sha384-hmac", "hmac-sha2-512-256": "sha512-hmac", "hmac-md5-96": "md5-hmac", "": "aead"}[s.mac]
			if cipher == "" {
				return ""
			}
			if strings.Contains(cipher, "%d") {
				cipher = fmt.Sprintf(cipher, bitsOf(s))
			}
			text := "#SA rules\nsp ipv4 out esp protect 5 pri 1 dst 192.168.105.0/24 sport 0:65535 dport 0:65535\n"
			for dir := range 2 {
				src, dst := p.hosts(dir)
				text += fmt.Sprintf("sa %s %d ", []string{"out", "in"}[dir], p.spi[dir])
				switch {
				case mac == "aead":
					text += fmt.Sprintf("aead_algo %s aead_key %s \\\n", cipher, byColons(p.enc[dir]))
				case s.enc == 0:
					text += fmt.Sprintf("cipher_algo null auth_algo %s auth_key %s \\\n", mac, byColons(p.auth[dir]))
				default:
					text += fmt.Sprintf("cipher_algo %s cipher_key %s \\\nauth_algo %s auth_key %s \\\n", cipher, byColons(p.enc[dir]), mac, byColons(p.auth[dir]))
				}
				text += fmt.Sprintf("mode %s-tunnel src %v dst %v\n", map[bool]string{true: "ipv6", false: "ipv4"}[src.Is6()], src, dst)
			}
			return text + "rt ipv4 dst 172.16.2.5/32 port 0\n"
		},
		"ipseckey dump": func(s suite, p printed) string {
			text := ""
			for dir := range 2 {
				src, dst := p.hosts(dir)
				family := map[bool]string{true: "AF_INET6", false: "AF_INET"}[src.Is6()]
				text += fmt.Sprintf("Base message (version 2) type DUMP, SA type ESP.\nMessage length 296 bytes, seq=1, pid=100873.\nSA: SADB_ASSOC spi=0x%x, replay window size=32, state=MATURE\n", p.spi[dir])
				if s.auth > 0 {
					text += "SA: Authentication algorithm = " + strings.Split(s.mac, "-96")[0] + "\n"
				}
				text += fmt.Sprintf("SA: Encryption algorithm = %s\nSA: flags=0xe0000000 < X_USED X_OUTBOUND X_TUNNEL >\n LT: Lifetime information\nCLT: 1024 bytes protected, 0 allocations used.\n", s.cipher)
				text += fmt.Sprintf("SRC: Source address (proto=0/<unspecified>)\nSRC: %s: port 0, %v (gwa).\nDST: Destination address (proto=0/<unspecified>)\nDST: %s: port 0, %v <unknown>.\n", family, src, family, dst)
				if s.auth > 0 {
					text += fmt.Sprintf("AKY: Authentication key.\nAKY: %x/%d\n", p.auth[dir], 8*s.auth)
				}
				switch salt := 8*s.enc - bitsOf(s); {
				case salt > 0:
					text += fmt.Sprintf("EKY: Encryption key.\nEKY: %x[%x]/%d+%d\n", p.enc[dir][:s.enc-salt/8], p.enc[dir][s.enc-salt/8:], bitsOf(s), salt)
				case s.enc > 0:
					text += fmt.Sprintf("EKY: Encryption key.\nEKY: %x/%d\n", p.enc[dir], 8*s.enc)
				}
				text += "\n"
			}
			return text
		},
		"ipseckey commands": func(s suite, p printed) string {
			text := "# /etc/inet/secret/ipseckeys\n"
			for dir := range 2 {
				src, dst := p.hosts(dir)
				text += fmt.Sprintf("add esp spi 0x%x src %v dst %v encr_alg %s", p.spi[dir], src, dst, s.cipher)
				if s.enc > 0 {
					text += fmt.Sprintf(" \\\n    encrkey %x/%d", p.enc[dir], 8*s.enc)
				}
				if s.auth > 0 {
					text += fmt.Sprintf(" \\\n    auth_alg %s authkey %x", s.mac, p.auth[dir])
				}
				text += " replay_len 32\n"
			}
			return text
		},
		"ipsec spi": func(s suite, p printed) string {
			if s.mac == "" || s.cipher == "aes-ctr" || s.cipher == "camellia-cbc" {
				return ""
			}
			text := "#!/bin/sh\nipsec spi --clear\n"
			for dir := range 2 {
				src, dst := p.hosts(dir)
				mac := strings.NewReplacer("hmac-", "", "sha2-", "sha2_").Replace(s.mac)
				text += fmt.Sprintf("him=%v\nauthkey=0x%x\nipsec spi --af inet --edst $him --spi 0x%08x --proto esp --src %v --esp %s-%s", dst, p.auth[dir], p.spi[dir], src, strings.TrimSuffix(s.cipher, "-cbc"), mac)
				if s.enc > 0 {
					text += fmt.Sprintf(" --enckey 0x%x", p.enc[dir])
				}
				text += fmt.Sprintf(" --authkey ${authkey}\nipsec spi --af inet --edst $him --spi 0x%08x --proto tun --src %v --dst %v --ip4\n", p.spi[dir], src, dst)
			}
			return text
		},
		"FreeS/WAN": func(s suite, p printed) string {
			if s.mac == "" || s.enc == 0 || s.cipher == "aes-ctr" || s.cipher == "camellia-cbc" {
				return ""
			}
			return fmt.Sprintf("config setup\n\tklipsdebug=none\n\nconn manual\n\tleft=%v\n\tright=%v\n\tesp=%s-%s\n\trightespspi=0x%x\n\tleftespspi=0x%x\n\trightespenckey=0x%x\n\trightespauthkey=0x%x\n\tleftespenckey=0x%x\n\tleftespauthkey=0x%x\n",
				p.a, p.b, strings.TrimSuffix(s.cipher, "-cbc"), strings.NewReplacer("hmac-", "", "sha2-", "sha2_").Replace(s.mac), p.spi[0], p.spi[1], p.enc[0], p.auth[0], p.enc[1], p.auth[1])
		},
		"XfrmState in Go": func(s suite, p printed) string {
			text := ""
			for dir := range 2 {
				src, dst := p.hosts(dir)
				text += fmt.Sprintf("level=debug msg=\"Adding: rSA{Dst: %v, Src: %v, Proto: esp, Mode: tunnel, SPI: 0x%x, ReqID: 0xd0c4e3, ReplayWindow: 1024, Mark: <nil>, OutputMark: <nil>, SADir: 0, Ifid: 0, Pcpunum: <nil>, ", dst, src, p.spi[dir])
				if s.mac == "" {
					name := map[string]string{"aes-gcm-16": "rfc4106(gcm(aes))", "chacha20-poly1305": "rfc7539esp(chacha20,poly1305)"}[s.cipher]
					text += fmt.Sprintf("Auth: <nil>, Crypt: <nil>, Aead: {Name: %s, Key: 0x%x, ICV length: 128}", name, p.enc[dir])
				} else {
					mac := map[string]string{"hmac-sha1-96": "hmac(sha1)", "hmac-sha2-256-128": "hmac(sha256)", "hmac-sha2-384-192": "hmac(sha384)", "hmac-sha2-512-256": "hmac(sha512)", "hmac-md5-96": "hmac(md5)"}[s.mac]
					cipher := map[string]string{"aes-cbc": "cbc(aes)", "3des-cbc": "cbc(des3_ede)", "des-cbc": "cbc(des)", "aes-ctr": "rfc3686(ctr(aes))", "camellia-cbc": "cbc(camellia)", "null": "ecb(cipher_null)"}[s.cipher]
					bits := map[int]int{20: 96, 16: 96, 32: 128, 48: 192, 64: 256}[s.auth]
					text += fmt.Sprintf("Auth: {Name: %s, Key: 0x%x, Truncate length: %d}, Crypt: {Name: %s, Key: 0x%x}, Aead: <nil>", mac, p.auth[dir], bits, cipher, p.enc[dir])
				}
				text += ", Encap: <nil>, ESN: false, DontEncapDSCP: false, OSeqMayWrap: false, Replay: <nil>}\"\n"
			}
			return text
		},
		"OpenConnect": func(s suite, p printed) string {
			cipher := map[int]string{16: "AES-128-CBC (RFC3602)", 32: "AES-256-CBC (RFC3602)"}[s.enc]
			mac := map[string]string{"hmac-md5-96": "HMAC-MD5-96 (RFC2403)", "hmac-sha1-96": "HMAC-SHA-1-96 (RFC2404)", "hmac-sha2-256-128": "HMAC-SHA-256-128 (RFC4868)"}[s.mac]
			if s.cipher != "aes-cbc" || cipher == "" || mac == "" {
				return ""
			}
			text := "Connected as 10.1.0.10, using SSL, with ESP in progress\n"
			for dir := range 2 {
				text += fmt.Sprintf("Parameters for %s ESP: SPI 0x%08x\nESP encryption type %s key 0x%x\nESP authentication type %s key 0x%x\n", []string{"incoming", "outgoing"}[dir], p.spi[dir], cipher, p.enc[dir], mac, p.auth[dir])
			}
			return text + "Send ESP probes\n"
		},
		"OSPFv3 of Cisco": func(s suite, p printed) string {
			cipher := map[string]string{"aes-cbc": fmt.Sprintf("aes-cbc %d", 8*s.enc), "3des-cbc": "3des", "des-cbc": "des", "null": "null"}[s.cipher]
			mac := map[string]string{"hmac-md5-96": "md5", "hmac-sha1-96": "sha1"}[s.mac]
			if cipher == "" || mac == "" {
				return ""
			}
			text := "interface GigabitEthernet0/0\n"
			for dir := range 2 {
				text += strings.ReplaceAll(fmt.Sprintf(" ospfv3 encryption ipsec spi %d esp %s %X %s 0 %X\n", p.spi[dir], cipher, p.enc[dir], mac, p.auth[dir]), "  ", " ")
			}
			return text
		},
	} {
		printers[name] = p
	}
}
