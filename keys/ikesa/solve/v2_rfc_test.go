package solve

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// What the peers of the tests compute is written down here once more, straight from the RFCs, so that the tests do not judge the
// package by itself.

// A schedule2 computes the formulas of IKEv2 with one PRF.
type schedule2 struct{ alg.PRF }

// sum is prf(key, all parts after another). HMAC is the library's own; the PRFs that it lacks have vectors of RFCs 4434 and 4615.
func (s schedule2) sum(key []byte, parts ...[]byte) []byte {
	h := map[uint16]func() hash.Hash{2: sha1.New, 5: sha256.New, 6: sha512.New384, 7: sha512.New}[s.IKEv2]
	if h == nil {
		return s.Sum(key, parts...)
	}
	m := hmac.New(h, key)
	m.Write(bytes.Join(parts, nil))
	return m.Sum(nil)
}

// plus is n bytes of prf+(key, seed) (RFC 7296, section 2.13).
func (s schedule2) plus(key []byte, n int, seed []byte) []byte {
	var out, t []byte
	for i := byte(1); len(out) < n; i++ {
		t = s.sum(key, t, seed, []byte{i})
		out = append(out, t...)
	}
	return out[:n]
}

// sk2 are SK_d and so on, in the order of RFC 7296, section 2.14.
type sk2 struct{ D, AI, AR, EI, ER, PI, PR []byte }

// fromInit is SKEYSEED of IKE_SA_INIT (RFC 7296, section 2.14). AES-XCBC and AES-CMAC take 64 bits of each nonce.
func (s schedule2) fromInit(ni, nr, gxy []byte) []byte {
	if s.IKEv2 == 4 || s.IKEv2 == 8 {
		ni, nr = ni[:8], nr[:8]
	}
	return s.sum(slices.Concat(ni, nr), gxy)
}

// cut makes the keys of an SKEYSEED, those for integrity a and those for encryption e bytes long.
func (s schedule2) cut(seed, ni, nr []byte, i, r decode.SPI, a, e int) sk2 {
	d := s.KeyLen()
	b := s.plus(seed, 3*d+2*a+2*e, slices.Concat(ni, nr, i[:], r[:]))
	next := func(n int) (k []byte) { k, b = b[:n], b[n:]; return k }
	return sk2{D: next(d), AI: next(a), AR: next(a), EI: next(e), ER: next(e), PI: next(d), PR: next(d)}
}

// withPPK mixes a PPK into SK_d, SK_pi and SK_pr (RFC 8784, section 3).
func (s schedule2) withPPK(k sk2, ppk []byte) sk2 {
	for _, x := range []*[]byte{&k.D, &k.PI, &k.PR} {
		*x = s.plus(ppk, len(*x), *x)
	}
	return k
}

// octets are what AUTH proves (RFC 7296, section 2.15), intAuth what IKE_INTERMEDIATE adds (RFC 9242, section 3.3.2).
func (s schedule2) octets(skp, message, nonce, id, intAuth []byte) []byte {
	return slices.Concat(message, nonce, s.sum(skp, id), intAuth)
}

// auth is the AUTH data of a shared secret.
func (s schedule2) auth(shared, octets []byte) []byte {
	return s.sum(s.sum(shared, []byte("Key Pad for IKEv2")), octets)
}

// intAuth is IntAuth(n) of a message with one SK payload and nothing in front of it (RFC 9242, section 3.3.2): the IKE header and
// the generic header of the SK payload, as long as if the payloads inside stood in the clear, then these.
func (s schedule2) intAuth(skp, before, message, inner []byte) []byte {
	a := bytes.Clone(message[:28+4])
	binary.BigEndian.PutUint32(a[24:], uint32(len(a)+len(inner)))
	binary.BigEndian.PutUint16(a[30:], uint16(4+len(inner)))
	return s.sum(skp, before, a, inner)
}

// keymat is n bytes of a Child SA's keys (RFC 7296, section 2.17; RFC 9370, section 2.2.4).
func (s schedule2) keymat(d, ni, nr []byte, n int, secrets ...[]byte) []byte {
	if len(secrets) == 0 {
		return s.plus(d, n, slices.Concat(ni, nr))
	}
	return s.plus(d, n, slices.Concat(secrets[0], ni, nr, bytes.Join(secrets[1:], nil)))
}
