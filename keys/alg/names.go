package alg

import (
	"slices"
	"strings"
)

// CipherByPhase1 finds a cipher by its phase 1 attribute value; nil where it is not supported.
func CipherByPhase1(id uint16) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return id != 0 && c.Phase1 == id })
}

// CipherByESP finds a cipher by its IKEv1 ESP transform ID; nil where it is not supported.
func CipherByESP(id uint8) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return id != 0 && c.ESP == id })
}

// CipherByIKEv2 finds a cipher by its IKEv2 transform ID; nil where it is not supported.
func CipherByIKEv2(id uint16) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return id != 0 && c.IKEv2 == id })
}

// CipherByXFRM finds a cipher by the name that `ip xfrm state` prints, new or old; icvBits tells AEADs of one name apart and
// says nothing for the rest.
func CipherByXFRM(name string, icvBits int) *Cipher {
	return find(ciphers, func(c *Cipher) bool {
		return (name != "" && (c.XFRM == name || c.XFRMShort == name)) && (!c.AEAD || c.ICVLen*8 == icvBits)
	})
}

// CipherBySetkey finds a cipher by a name of setkey.
func CipherBySetkey(name string) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return slices.Contains(c.Setkey, name) })
}

// CipherByStrongSwan finds a cipher by the name in strongSwan's log: "AES_CBC".
func CipherByStrongSwan(name string) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return name != "" && c.StrongSwan == name })
}

// CipherByLibreswan finds a cipher by libreswan's name for it, without the key bits: "AES_GCM_16".
func CipherByLibreswan(name string) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return name != "" && c.Libreswan == name })
}

// wiresharkPlainGCM is AES-GCM before Wireshark knew of ICV lengths, when it stood beside an authentication string that gave
// one. strongSwan's save-keys plugin still writes that.
const wiresharkPlainGCM = "AES-GCM [RFC4106]"

// CipherByWireshark finds a cipher by column 5 of esp_sa. The plain "AES-GCM [RFC4106]" gives the row with an ICV of 16 bytes;
// CipherByWiresharkPair looks at column 7, too.
func CipherByWireshark(name string) *Cipher {
	if name == wiresharkPlainGCM {
		name = "AES-GCM with 16 octet ICV [RFC4106]"
	}
	return find(ciphers, func(c *Cipher) bool { return name != "" && c.Wireshark == name })
}

// CipherByWiresharkPair finds a cipher by columns 5 and 7 of esp_sa: the plain AES-GCM has the ICV length that column 7 has.
func CipherByWiresharkPair(encryption, authentication string) *Cipher {
	n, ok := ICVLenByWiresharkAny(authentication)
	if encryption != wiresharkPlainGCM || !ok {
		return CipherByWireshark(encryption)
	}
	return CipherByXFRM("rfc4106(gcm(aes))", n*8)
}

// tcpdumpAliases are names beside the table's: those of tcpdump's manual page, and OpenSSL's own.
var tcpdumpAliases = map[string]string{
	"des-ede3-cbc": "3des-cbc", "3des": "3des-cbc", "des3": "3des-cbc", "des": "des-cbc", "bf-cbc": "blowfish-cbc", "blowfish": "blowfish-cbc",
	"cast128-cbc": "cast-cbc", "cast5-cbc": "cast-cbc", "cast": "cast-cbc",
	"aes-128-cbc": "aes128-cbc", "aes-192-cbc": "aes192-cbc", "aes-256-cbc": "aes256-cbc", "aes128": "aes128-cbc", "aes192": "aes192-cbc", "aes256": "aes256-cbc",
	"camellia-128-cbc": "camellia128-cbc", "camellia-192-cbc": "camellia192-cbc", "camellia-256-cbc": "camellia256-cbc",
	"camellia128": "camellia128-cbc", "camellia192": "camellia192-cbc", "camellia256": "camellia256-cbc",
}

// CipherByTCPDump finds a cipher and its key length in bits by an -E name, its suffix "-hmac96" or none: "aes256-cbc-hmac96".
// The length is 0 where the name has none and the cipher several.
func CipherByTCPDump(name string) (*Cipher, int) {
	name = strings.TrimSuffix(strings.ToLower(name), "-hmac96")
	if name == "none" {
		return CipherByESP(11), 0
	}
	if full, ok := tcpdumpAliases[name]; ok {
		name = full
	}
	return byFormat(name, func(c *Cipher) string { return c.TCPDump })
}

func byFormat(name string, format func(*Cipher) string) (*Cipher, int) {
	if name == "" {
		return nil, 0
	}
	for _, c := range ciphers {
		if f := format(c); f == name {
			if c.fixed() {
				return c, c.KeyBits[0]
			}
			return c, 0
		}
		for _, bits := range c.KeyBits {
			if withBits(format(c), bits) == name {
				return c, bits
			}
		}
	}
	return nil, 0
}

// CipherByKeyLog finds a cipher by its name in the key log.
func CipherByKeyLog(name string) *Cipher {
	return find(ciphers, func(c *Cipher) bool { return c.KeyLog == name })
}

// MACByAuthAttr finds a MAC by the IKEv1 Authentication Algorithm attribute; nil where it is not supported.
func MACByAuthAttr(id uint16) *MAC {
	return find(macs, func(m *MAC) bool { return id != 0 && m.AuthAttr == id })
}

// MACByAH finds a MAC by its IKEv1 AH transform ID; nil where it is not supported.
func MACByAH(id uint8) *MAC {
	return find(macs, func(m *MAC) bool { return id != 0 && m.AH == id })
}

// MACByIKEv2 finds a MAC by its IKEv2 transform ID; nil where it is not supported.
func MACByIKEv2(id uint16) *MAC {
	return find(macs, func(m *MAC) bool { return id != 0 && m.IKEv2 == id })
}

// MACByXFRM finds a MAC by the name that `ip xfrm state` prints and the ICV bits beside it. Without any (an `auth` line) it
// is the kernel's default truncation, which for hmac(sha256) is 96.
func MACByXFRM(name string, bits int) *MAC {
	return find(macs, func(m *MAC) bool {
		if name == "" || m.XFRM != name && m.XFRMShort != name {
			return false
		}
		if bits == 0 && m.XFRM == "hmac(sha256)" {
			return m.ICVLen == 12
		}
		return bits == 0 || m.ICVLen*8 == bits
	})
}

// MACBySetkey finds a MAC by a name of setkey, which does not tell the truncation: HMAC-SHA2-256 is the row of 128 bits.
func MACBySetkey(name string) *MAC {
	return find(macs, func(m *MAC) bool { return slices.Contains(m.Setkey, name) })
}

// MACByStrongSwan finds a MAC by the name in strongSwan's log.
func MACByStrongSwan(name string) *MAC {
	return find(macs, func(m *MAC) bool { return name != "" && m.StrongSwan == name })
}

// MACByLibreswan finds a MAC by libreswan's name for it.
func MACByLibreswan(name string) *MAC {
	return find(macs, func(m *MAC) bool { return name != "" && m.Libreswan == name })
}

// MACByWireshark finds a MAC by column 7 of esp_sa. The strings that mean "any, not checked" are no MAC: see
// ICVLenByWiresharkAny.
func MACByWireshark(name string) *MAC {
	return find(macs, func(m *MAC) bool { return m.WiresharkChecked && m.Wireshark == name })
}

// MACByKeyLog finds a MAC by its name in the key log.
func MACByKeyLog(name string) *MAC {
	return find(macs, func(m *MAC) bool { return m.KeyLog == name })
}
