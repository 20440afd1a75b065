package v1

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// In CBC the IV of a message is the last ciphertext block of the one before, which may be in another file: IVs go from one run to the
// next in a key log.

// chain are the IVs that decrypt each message without those before it, and the one after it. An IV that follows from the last block of
// phase 1 is left out, since that block is there: of the many exchanges of one message none adds to a key log.
func (o *opening) chain() (out []ikesa.IV) {
	if o.forced {
		return nil
	}
	had := make(map[uint32][][]byte)
	add := func(r *result, iv []byte) {
		mid := r.msg.MessageID
		if iv != nil && !slices.ContainsFunc(had[mid], func(b []byte) bool { return bytes.Equal(b, iv) }) {
			had[mid] = append(had[mid], iv)
			out = append(out, ikesa.IV{MessageID: mid, Value: iv})
		}
	}
	for _, r := range o.phase1 {
		add(r, o.ivOf(r))
		add(r, o.tail(r))
	}
	for _, r := range o.results {
		if r.clear || !r.opened || r.msg.IsPhase1() {
			continue
		}
		if iv := o.ivOf(r); !o.follows(had[0], r.msg.MessageID, iv) {
			add(r, iv)
		}
		if r.msg.Message.Exchange != ikev1.ExchangeInformational {
			add(r, o.tail(r))
		}
	}
	return out
}

// ivOf is the IV of a message by what it was decrypted to, nil where its first block is not known: P1 = D(C1) xor IV.
func (o *opening) ivOf(r *result) []byte {
	if !r.opened || r.unknown > 0 || r.iv.Unproven {
		return nil
	}
	iv := make([]byte, o.size)
	o.block.Decrypt(iv, r.body[:o.size])
	for i := range iv {
		iv[i] ^= r.plain[i]
	}
	return iv
}

// follows reports whether the IV of an exchange is made of one of the blocks of phase 1.
func (o *opening) follows(blocks [][]byte, mid uint32, iv []byte) bool {
	return slices.ContainsFunc(blocks, func(b []byte) bool { return bytes.Equal(keys.Phase2IV(o.p.Hash, b, mid, o.size), iv) })
}

// givenIVs are the candidates for the IV of a message that were given: for its exchange, then those that the blocks of phase 1 make.
func (o *opening) givenIVs(r *result) (out []ivCandidate) {
	mid := r.msg.MessageID
	for _, x := range o.s.IVs(mid, maxIVs) {
		if len(x.Value) == o.size {
			out = append(out, ivCandidate{x.Value, ikesa.IVOrigin{Kind: ikesa.IVGiven, Given: x.Origin}})
		}
	}
	if r.msg.IsPhase1() {
		return out
	}
	for _, x := range o.s.IVs(0, maxIVs) {
		if len(x.Value) == o.size {
			out = append(out, ivCandidate{keys.Phase2IV(o.p.Hash, x.Value, mid, o.size), ikesa.IVOrigin{Kind: ikesa.IVPhase2, Given: x.Origin}})
		}
	}
	return out
}

// doubtGiven puts the first block of a message together from its HASH where that does not match with an IV that was given: of a
// wrong one the first bytes may be correct.
func (o *opening) doubtGiven() {
	for _, r := range o.results {
		if !r.opened || r.iv.Given == (secret.Origin{}) || !r.check.Done || r.check.OK {
			continue
		}
		try := *r
		try.opened, try.plain, try.check = false, nil, ikesa.HashCheck{}
		if o.rebuild(&try) && try.unknown == 0 {
			if try.check = o.verify(&try); try.check.OK {
				*r = try
			}
		}
	}
}
