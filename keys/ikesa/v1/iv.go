package v1

import (
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// maxIVs bounds the candidates for the IV of one message.
const maxIVs = 64

// An ivCandidate is one possible IV.
type ivCandidate struct {
	iv   []byte
	from ikesa.IVOrigin
}

// ivs returns the candidates for the IV of a message: those that follow from the messages at hand, then those that were given.
func (o *opening) ivs(r *result) []ivCandidate { return append(o.ownIVs(r), o.givenIVs(r)...) }

// ownIVs are the candidates that follow from the messages, the likeliest first (RFC 2409, appendix B): the last ciphertext
// block before it in its exchange, or for the first message the hash that starts the exchange. As messages get lost,
// resent and reordered, each other block that may have come before is tried after these.
func (o *opening) ownIVs(r *result) []ivCandidate {
	var out []ivCandidate
	add := func(kind ikesa.IVKind, frame int, iv []byte) {
		if len(iv) >= o.size && len(out) < maxIVs {
			out = append(out, ivCandidate{iv[:o.size], ikesa.IVOrigin{Kind: kind, Frame: frame}})
		}
	}
	tails := func(rs []*result) {
		for i := r.at - 1; i >= max(0, r.at-maxIVs); i-- {
			add(ikesa.IVLastBlock, rs[i].msg.Frame, o.tail(rs[i]))
		}
		for i := r.at + 1; i < min(len(rs), r.at+maxIVs); i++ {
			add(ikesa.IVLastBlock, rs[i].msg.Frame, o.tail(rs[i]))
		}
	}
	firstIVs := o.firstIVs()
	if r.msg.IsPhase1() {
		if len(o.phase1) > 0 && o.phase1[0] == r {
			for _, iv := range firstIVs {
				add(ikesa.IVFirst, 0, iv)
			}
			tails(o.phase1)
			return out
		}
		tails(o.phase1)
		for _, iv := range firstIVs {
			add(ikesa.IVFirst, 0, iv)
		}
		return out
	}
	same := o.byID[r.msg.MessageID]
	starts := func() {
		for i := len(o.phase1) - 1; i >= max(0, len(o.phase1)-maxIVs); i-- {
			iv := keys.Phase2IV(o.p.Hash, o.tail(o.phase1[i]), r.msg.MessageID, o.size)
			add(ikesa.IVPhase2, o.phase1[i].msg.Frame, iv)
		}
		for _, first := range firstIVs { // Aggressive Mode with its last message unencrypted
			add(ikesa.IVPhase2, 0, keys.Phase2IV(o.p.Hash, first, r.msg.MessageID, o.size))
		}
	}
	if len(same) > 0 && same[0] == r {
		starts()
		tails(same)
	} else {
		tails(same)
		starts()
	}
	return out
}

// tail is the last ciphertext block of a message, nil where it was cut.
func (o *opening) tail(r *result) []byte {
	if r.short || r.clear {
		return nil
	}
	return r.body[len(r.body)-o.size:]
}

// firstIVs are the IVs that phase 1 may start with: hash(g^xi | g^xr), in the other order where the roles are unsure.
func (o *opening) firstIVs() [][]byte {
	if o.m.GXI == nil || o.m.GXR == nil {
		return nil
	}
	out := [][]byte{keys.FirstIV(o.p.Hash, o.m.GXI, o.m.GXR, o.size)}
	if !o.s.sa.RolesKnown {
		out = append(out, keys.FirstIV(o.p.Hash, o.m.GXR, o.m.GXI, o.size))
	}
	return out
}
