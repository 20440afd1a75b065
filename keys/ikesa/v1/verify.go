package v1

import (
	"crypto/hmac"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// verifyAll checks the HASH of every decrypted message.
func (o *opening) verifyAll() {
	for _, r := range o.results {
		if r.opened && r.unknown == 0 {
			r.check = o.verify(r)
		}
	}
}

// verify checks the HASH payload of a decrypted message with all formulas that the exchange may use.
func (o *opening) verify(r *result) ikesa.HashCheck {
	if r.msg.IsPhase1() {
		return o.verifyPhase1(r)
	}
	have, ok := hashOf(r.payloads)
	if !ok {
		return ikesa.HashCheck{}
	}
	check := ikesa.HashCheck{Name: ikesa.Hash1}
	forms := o.hashForms(r, r.plain)
	for _, f := range forms {
		check.Done = true
		if hmac.Equal(f.value, have) {
			return ikesa.HashCheck{Name: f.name, Done: true, OK: true}
		}
	}
	if r.msg.Message.Exchange != ikev1.ExchangeQuick {
		return check
	}
	if check.Name = o.quickModeHash(r); check.Name == ikesa.Hash1 && len(forms) == 1 {
		return ikesa.HashCheck{} // it may be the second message, whose HASH(2) needs the nonce of the first
	}
	return check
}

// maxQuickMode bounds the messages of one message ID whose nonces are tried; a Quick Mode has three or four.
const maxQuickMode = 16

// A hashForm is one HASH that a message may carry.
type hashForm struct {
	name  ikesa.HashName
	value []byte
}

// hashForms computes the HASHes that a phase 2 message may carry, by what is known (RFC 2409, sections 5.5 and 5.7).
// plain starts with the HASH payload, whose value is not looked at.
func (o *opening) hashForms(r *result, plain []byte) []hashForm {
	a := o.k.keys.A
	start := 4 + o.p.Hash.New().Size()
	if a == nil || r.end < start {
		return nil
	}
	if o.p.PRF.Size != 0 {
		start = 4 + o.p.PRF.Size
	}
	if r.end < start {
		return nil
	}
	mid, rest := r.msg.MessageID, plain[start:r.end]
	var out []hashForm
	if len(rest) > 0 {
		out = append(out, hashForm{ikesa.Hash1, keys.Hash1(o.p.PRF, a, mid, rest)})
	}
	if r.msg.Message.Exchange != ikev1.ExchangeQuick {
		return out
	}
	same := o.byID[mid]
	same = same[:min(len(same), maxQuickMode)]
	for _, x := range same {
		ni, ok := nonceOf(x)
		if !ok || x == r {
			continue
		}
		if len(rest) > 0 {
			out = append(out, hashForm{ikesa.Hash2, keys.Hash2(o.p.PRF, a, mid, ni, rest)})
			continue
		}
		for _, y := range same {
			if nr, ok := nonceOf(y); ok && y != x {
				out = append(out, hashForm{ikesa.Hash3, keys.Hash3(o.p.PRF, a, mid, ni, nr)})
			}
		}
	}
	return out
}

// quickModeHash names the HASH that a Quick Mode message should carry, where none matched.
func (o *opening) quickModeHash(r *result) ikesa.HashName {
	if _, ok := decode.Find(r.payloads, ikev1.PayloadSA); !ok {
		return ikesa.Hash3
	}
	for _, x := range o.byID[r.msg.MessageID] {
		if x == r {
			break
		}
		if x.sender != r.sender {
			return ikesa.Hash2
		}
	}
	return ikesa.Hash1
}

// verifyPhase1 checks HASH_I or HASH_R (RFC 2409, section 5).
func (o *opening) verifyPhase1(r *result) ikesa.HashCheck {
	have, ok := hashOf(r.payloads)
	if !ok {
		return ikesa.HashCheck{}
	}
	check := ikesa.HashCheck{Name: hashName(r.sender)}
	id := o.phase1ID(r)
	if id == nil {
		return check
	}
	value := o.phase1Hash(r.sender, id)
	if value == nil {
		return check
	}
	check.Done, check.OK = true, hmac.Equal(value, have)
	return check
}

func hashName(initiator bool) ikesa.HashName {
	if initiator {
		return ikesa.HashI
	}
	return ikesa.HashR
}

// phase1ID is the body of the ID payload of r's sender: in r itself, or in an earlier message (Aggressive Mode).
func (o *opening) phase1ID(r *result) []byte {
	if p, ok := decode.Find(r.payloads, ikev1.PayloadID); ok {
		return p.Data()
	}
	for _, m := range o.s.sa.Messages {
		if !m.IsPhase1() || m.State != ikesa.Clear || (m.FromInitiator != o.swap) != r.sender {
			continue
		}
		if p, ok := decode.Find(m.Payloads, ikev1.PayloadID); ok {
			return p.Data()
		}
	}
	return nil
}

// phase1Hash is HASH_I or HASH_R for an ID, nil where the inputs are not all known.
func (o *opening) phase1Hash(initiator bool, id []byte) []byte {
	m, k := o.m, o.k.keys
	if k.SKEYID == nil || m.GXI == nil || m.GXR == nil || m.SAI == nil {
		return nil
	}
	i, r := o.s.sa.Initiator, o.s.sa.Responder
	s := keys.SKEYID{PRF: o.p.PRF, Key: k.SKEYID}
	if initiator {
		return s.HashI(m.GXI, m.GXR, i, r, m.SAI, id)
	}
	return s.HashR(m.GXR, m.GXI, r, i, m.SAI, id)
}

// findA looks for the SKEYID_a of the bag that makes the HASHes fit, where the candidate did not bring one.
func (o *opening) findA() {
	if o.k.keys.A != nil {
		return
	}
	for _, a := range o.s.Of(secret.SKEYIDa) {
		o.k.keys.A = a.Value
		for _, r := range o.results {
			if r.opened && !r.msg.IsPhase1() && o.verify(r).OK {
				o.k.keys.Used = append(o.k.keys.Used, a)
				return
			}
		}
	}
	o.k.keys.A = nil
}

// proofs says why the keys of this opening were taken.
func (o *opening) proofs() []ikesa.Proof {
	out := append([]ikesa.Proof(nil), o.k.proofs...)
	best := ikesa.Proof{By: ikesa.ByChain}
	for _, r := range o.results {
		if r.check.OK && best.By != ikesa.ByHash {
			best.By, best.Frame, best.Hash = ikesa.ByHash, r.msg.Frame, r.check.Name
		}
		if r.opened && !r.clear {
			best.Messages++
			if best.Frame == 0 {
				best.Frame = r.msg.Frame
			}
		}
	}
	if o.forced && best.By != ikesa.ByHash {
		best = ikesa.Proof{}
	}
	for _, x := range o.k.keys.Used {
		if x.Kind == secret.SKEYIDd { // no HASH depends on it
			out = append(out, ikesa.ProofOf(x, ikesa.Undecided, 0))
			continue
		}
		p := best
		p.Of, p.Origin = x.Kind, x.Origin
		out = append(out, p)
	}
	return out
}

// hashOf returns the value of the HASH payload.
func hashOf(ps []decode.Payload) ([]byte, bool) {
	p, ok := decode.Find(ps, ikev1.PayloadHash)
	if !ok || p.Err != nil {
		return nil, false
	}
	return p.Data(), true
}

// nonceOf returns the nonce of a decrypted message.
func nonceOf(r *result) ([]byte, bool) {
	if !r.opened {
		return nil, false
	}
	p, ok := decode.Find(r.payloads, ikev1.PayloadNonce)
	if !ok || p.Err != nil {
		return nil, false
	}
	return p.Data(), true
}
