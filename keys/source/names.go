package source

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// setCipher sets the cipher and key of p where c is known.
func setCipher(p *esp.Params, c *alg.Cipher, key []byte) bool {
	p.SetCipher(c, key)
	return c != nil
}

// setMAC sets the MAC and key of p where m is known; the row that stands for no integrity protection gives none.
func setMAC(p *esp.Params, m *alg.MAC, key []byte) bool {
	if m != nil && !m.Null() {
		p.MAC, p.MACKey = m, key
	}
	return m != nil
}

func nullCipher() *alg.Cipher { return alg.CipherByKeyLog("null") }

// cipherByXFRM finds a cipher by its kernel name, or by another spelling of a script; icvBits tells the rows of an AEAD apart.
func cipherByXFRM(name string, icvBits int) *alg.Cipher {
	if icvBits == 0 {
		icvBits = 128
	}
	if c := alg.CipherByXFRM(name, icvBits); c != nil {
		return c
	}
	if c := spelledCipher(name); c != nil {
		return cmp.Or(alg.CipherByXFRM(c.XFRM, icvBits), c)
	}
	return nil
}

// cipherBySetkey finds a cipher by a name of setkey, by another spelling, or by its number in PF_KEY, which setkey prints where it is older
// than the kernel. The numbers are those of IKEv1's transforms of ESP, but for two of the BSDs.
func cipherBySetkey(name string) *alg.Cipher {
	switch n, err := strconv.ParseUint(name, 10, 8); {
	case err != nil:
	case n == 21: // SADB_X_EALG_AESGMAC
		return alg.CipherByKeyLog("null-aes-gmac")
	case n == 31: // SADB_X_EALG_CHACHA20POLY1305
		return alg.CipherByKeyLog("chacha20-poly1305")
	default:
		return alg.CipherByESP(uint8(n))
	}
	return cmp.Or(alg.CipherBySetkey(strings.ToLower(name)), spelledCipher(name))
}

// spelledMAC is the usual MAC of a name in any spelling; nil: there is none, or the name says that nothing is protected.
func spelledMAC(name string) *alg.MAC {
	if list, ok := spelledMACs(name); ok && len(list) > 0 {
		return list[0]
	}
	return nil
}

// macByXFRM finds a MAC by its kernel name and truncation in bits, 0 for the kernel's default. Where no row has that
// truncation, a row of the same algorithm is returned together with the ICV length to use with it.
func macByXFRM(name string, bits int) (m *alg.MAC, icvLen int) {
	if m = alg.MACByXFRM(name, bits); m != nil {
		return m, 0
	}
	if s := spelledMAC(name); s != nil && s.XFRM != "" && alg.MACByXFRM(name, 0) == nil {
		return macByXFRM(s.XFRM, bits)
	}
	if bits == 0 {
		return nil, 0
	}
	if m = alg.MACByXFRM(name, 0); m == nil || bits < 0 || bits%8 != 0 || bits/8 > m.New(make([]byte, m.KeyLen)).Size() {
		return nil, 0
	}
	return m, bits / 8
}

// macsBySetkey finds the MACs that a name of setkey, or a number of PF_KEY, which is IKEv1's transform of AH, can stand for. It does not say how
// long the ICV is, and some systems
// cut SHA-256 to 96 bits: the usual length comes first.
func macsBySetkey(name string) []*alg.MAC {
	m := alg.MACBySetkey(strings.ToLower(name))
	if n, err := strconv.ParseUint(name, 10, 8); err == nil {
		m = alg.MACByAH(uint8(n))
	} else if m == nil {
		m = spelledMAC(name)
	}
	if m == nil {
		return nil
	}
	return withTruncations(m)
}

func withTruncations(m *alg.MAC) []*alg.MAC {
	if m.KeyLog == "hmac-sha2-256-128" {
		return []*alg.MAC{m, alg.MACByKeyLog("hmac-sha2-256-96")}
	}
	return []*alg.MAC{m}
}
