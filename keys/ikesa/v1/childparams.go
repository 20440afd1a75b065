package v1

import (
	"encoding/binary"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

func prfsOfSize(n int) []alg.PRF {
	var out []alg.PRF
	for _, h := range alg.Hashes() {
		if h.Size == n {
			out = append(out, alg.HMAC(h))
		}
	}
	return out
}

func spiNumber(spi []byte) uint32 {
	switch len(spi) {
	case 4:
		return binary.BigEndian.Uint32(spi)
	case 2:
		return uint32(binary.BigEndian.Uint16(spi))
	}
	return 0
}

// keyLengths are the bytes of KEYMAT that a transform takes: the cipher's key with its salt, then the MAC's key.
type keyLengths struct{ cipher, mac int }

// paramsOf turns a chosen proposal into the parameters of its SAs, keys and addresses left out, or names what is not supported.
func paramsOf(chosen *ike.Proposal) (p esp.Params, n keyLengths, unsupported string) {
	s := &chosen.Suites[0]
	mode := s.Encapsulation.Mode()
	p.Tunnel, p.Transport, p.UDP = mode == ike.Tunnel, mode == ike.Transport, s.Encapsulation.UDP()
	esn, _ := s.Find(ike.ESN)
	p.ESN = esn.ID == 1
	switch chosen.Protocol {
	case ike.ESP:
		p.Protocol = esp.ESP
		n.cipher, unsupported = cipherOf(s, &p)
	case ike.AH:
		p.Protocol = esp.AH
	case ike.IPComp:
		t, _ := s.Find(ike.Compression)
		p.Protocol, p.IPCompAlg = esp.IPComp, uint8(t.ID)
		return p, n, ""
	default:
		return p, n, chosen.Protocol.Name(ike.V1)
	}
	if unsupported != "" {
		return p, n, unsupported
	}
	n.mac, unsupported = macOf(s, &p)
	return p, n, unsupported
}

// cipherOf sets the cipher of a suite of ESP and returns the length of its key with the salt, or the name of what is not supported.
func cipherOf(s *ike.Suite, p *esp.Params) (n int, unsupported string) {
	t, _ := s.Find(ike.Encryption)
	if p.Cipher = alg.CipherByESP(uint8(t.ID)); p.Cipher == nil {
		return 0, t.Space.AlgorithmName(t.ID)
	}
	n, err := alg.CipherKeyLen(p.Cipher, t.Bits)
	if err != nil {
		return 0, t.Name()
	}
	return n + p.Cipher.SaltLen, ""
}

// macOf sets the MAC of a suite of ESP or AH and returns the length of its key. AH names it twice; the attribute counts, the transform
// ID where it is missing.
func macOf(s *ike.Suite, p *esp.Params) (n int, unsupported string) {
	i := slices.IndexFunc(s.Transforms, func(t ike.Transform) bool { return t.Kind == ike.Integrity && t.ID != 0 })
	if i < 0 {
		return 0, ""
	}
	t := s.Transforms[i]
	if p.MAC = alg.MACByAuthAttr(t.ID); t.Space == ike.AHTransform {
		p.MAC = alg.MACByAH(uint8(t.ID))
	}
	switch {
	case p.MAC == nil:
		return 0, t.Space.AlgorithmName(t.ID)
	case p.Cipher != nil && p.Cipher.AEAD:
		p.MAC = nil
		return 0, ""
	}
	return p.MAC.KeyLen, ""
}
