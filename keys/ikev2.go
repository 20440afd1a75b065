package keys

import (
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// A SKEYSEED is the root of one generation of IKEv2's keys (RFC 7296, section 2.14).
type SKEYSEED struct {
	PRF alg.PRF
	Key []byte
}

// SKEYSEEDFromInit is the SKEYSEED of an IKE_SA_INIT exchange (RFC 7296, section 2.14), the nonces being payload bodies and g^ir
// having its leading zeros. Of the PRFs with a key of fixed length, the key is 8 bytes of each nonce:
//
//	SKEYSEED = prf(Ni | Nr, g^ir)
func SKEYSEEDFromInit(prf alg.PRF, ni, nr, gir []byte) SKEYSEED {
	if prf.HalfNonces() {
		ni, nr = cut(ni, 8), cut(nr, 8)
	}
	return SKEYSEED{prf, prf.Sum(join(ni, nr), gir)}
}

// SKEYSEEDFromRekey is the SKEYSEED of an IKE SA that rekeys another, where d is the old one's SK_d, old its PRF and prf that of
// the new one (RFC 7296, section 2.18). additional are the shared secrets of the exchange's IKE_FOLLOWUP_KE, in their order
// (RFC 9370, section 2.2.4):
//
//	SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr [ | SK(1) | ... | SK(n) ])
func SKEYSEEDFromRekey(old, prf alg.PRF, d, gir, ni, nr []byte, additional ...[]byte) SKEYSEED {
	parts := append([][]byte{gir, ni, nr}, additional...)
	return SKEYSEED{prf, old.Sum(d, parts...)}
}

// SKEYSEEDFromIntermediate is the SKEYSEED after an additional key exchange in IKE_INTERMEDIATE, where d is SK_d of the generation
// before, secret what the exchange agreed upon, and the nonces are those of IKE_SA_INIT (RFC 9370, section 2.2.2):
//
//	SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)
func SKEYSEEDFromIntermediate(prf alg.PRF, d, secret, ni, nr []byte) SKEYSEED {
	return SKEYSEED{prf, prf.Sum(d, secret, ni, nr)}
}

// SKEYSEEDFromResumption is the SKEYSEED of an IKE SA that resumes another by a ticket, with the old one's SK_d and the nonces of
// IKE_SESSION_RESUME (RFC 5723, section 5.1):
//
//	SKEYSEED = prf(SK_d (old), "Resumption" | Ni | Nr)
func SKEYSEEDFromResumption(prf alg.PRF, d, ni, nr []byte) SKEYSEED {
	return SKEYSEED{prf, prf.Sum(d, []byte("Resumption"), ni, nr)}
}

// SKEYSEEDFromPPK is the SKEYSEED after a PPK was negotiated in IKE_INTERMEDIATE (RFC 9867, section 3.1), with the newest SK_d. It
// comes after every additional key exchange:
//
//	SKEYSEED' = prf+(PPK, SK_d)
func SKEYSEEDFromPPK(prf alg.PRF, ppk, d []byte) SKEYSEED {
	return SKEYSEED{prf, MixPPK(prf, ppk, d)}
}

// IKEv2Lengths are the bytes of the keys of an IKE SA. The PRF's preferred length is the third.
type IKEv2Lengths struct {
	Integ int // SK_ai and SK_ar; 0 with an AEAD
	Encr  int // SK_ei and SK_er, salt included (RFC 5282, section 7.1)
}

// IKEv2LengthsOf are the lengths for a negotiated cipher, its Key Length attribute or 0, and the integrity algorithm, nil where
// none was negotiated. An AEAD has no integrity keys even if one was.
func IKEv2LengthsOf(c *alg.Cipher, bits uint16, m *alg.MAC) (IKEv2Lengths, error) {
	n, err := alg.CipherKeyLen(c, bits)
	if err != nil {
		return IKEv2Lengths{}, err
	}
	l := IKEv2Lengths{Encr: n + c.SaltLen}
	if m != nil && !c.AEAD {
		l.Integ = m.KeyLen
	}
	return l, nil
}

// IKEv2Keys are SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi and SK_pr, those for the cipher with their salt at the end; nil where not
// known, AI and AR empty with an AEAD.
type IKEv2Keys struct{ D, AI, AR, EI, ER, PI, PR []byte }

// Keys derives the keys of an IKE SA (RFC 7296, section 2.14). The SPIs are those of the IKE SA the keys are for:
//
//	{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
func (s SKEYSEED) Keys(ni, nr []byte, i, r decode.SPI, l IKEv2Lengths) IKEv2Keys {
	p, a, e := s.PRF.KeyLen(), max(0, l.Integ), max(0, l.Encr)
	next := cutter(PRFPlus(s.PRF, s.Key, 3*p+2*a+2*e, ni, nr, i[:], r[:]))
	var k IKEv2Keys
	k.D = next(p)
	k.AI, k.AR = next(a), next(a)
	k.EI, k.ER = next(e), next(e)
	k.PI, k.PR = next(p), next(p)
	return k
}

// cutter cuts keying material front to back.
func cutter(keymat []byte) (next func(n int) []byte) {
	return func(n int) []byte {
		k := cut(keymat, n)
		keymat = keymat[len(k):]
		return k
	}
}

// PRFPlus is n bytes of prf+(key, seed), where seed is all parts after another (RFC 7296, section 2.13). It ends after 255
// blocks, for the counter is one byte:
//
//	prf+(K, S) = T1 | T2 | T3 | ...
//	T1 = prf(K, S | 1)
//	T2 = prf(K, T1 | S | 2)
func PRFPlus(prf alg.PRF, key []byte, n int, seed ...[]byte) []byte {
	var out, t []byte
	parts := slices.Concat([][]byte{nil}, seed, [][]byte{nil})
	for i := 1; i <= 255 && len(out) < n; i++ {
		parts[0], parts[len(parts)-1] = t, []byte{byte(i)}
		t = prf.Sum(key, parts...)
		out = append(out, t...)
	}
	return cut(out, n)
}

// MixPPK mixes a post-quantum preshared key into SK_d, SK_pi or SK_pr (RFC 8784, section 3). A key that is not known stays nil:
//
//	SK = prf+(PPK, SK')
func MixPPK(prf alg.PRF, ppk, sk []byte) []byte {
	if sk == nil {
		return nil
	}
	return PRFPlus(prf, ppk, prf.KeyLen(), sk)
}

// String leaves the key material out.
func (k IKEv2Keys) String() string {
	return fmt.Sprintf("keys of an IKEv2 SA (SK_d %d bytes, SK_a* %d, SK_e* %d, SK_p* %d)", len(k.D), len(k.AI), len(k.EI), len(k.PI))
}
