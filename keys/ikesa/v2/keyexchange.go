package v2

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// newKeyExchange takes the KE payloads out of a request and its answer, each of which may be nil. They say which method it is, and
// where there are none it is the one given.
func newKeyExchange(method uint16, request, response *ikesa.Message) candidate.KeyExchange {
	x := candidate.KeyExchange{Method: method}
	if ke := keOf(request); ke != nil {
		x.Method, x.I, x.FrameI = uint16(ke.Group), ke.Data, request.Frame
	}
	if ke := keOf(response); ke != nil {
		x.Method, x.R, x.FrameR = uint16(ke.Group), ke.Data, response.Frame
	}
	x.Group = alg.GroupByID(x.Method)
	return x
}

// computed are the shared secrets that the private values of the bag make with an exchange.
func (s *solver) computed(x candidate.KeyExchange) []candidate.Shared {
	if x.Group != nil {
		return s.Computed(x)
	}
	return s.decapsulated(x)
}

// decapsulated are those of a KEM, none of other exchanges.
func (s *solver) decapsulated(x candidate.KeyExchange) []candidate.Shared {
	kem := alg.KeyExchangeByID(x.Method)
	if kem == nil || !kem.KEM {
		return nil
	}
	var out []candidate.Shared
	for _, private := range s.Of(secret.DHPrivate) {
		if sh, ok := s.decapsulate(kem, x, private); ok {
			out = append(out, sh)
		}
	}
	return out
}

// decapsulate is what a KEM's private value makes of an exchange: the initiator's decapsulation key decrypts the responder's
// ciphertext; the responder's randomness makes the secret once more with the initiator's encapsulation key. Of the latter, and
// where the initiator's message is lost, nothing tells before a key is tried whether the value belongs to this exchange.
func (s *solver) decapsulate(kem *alg.KeyExchange, x candidate.KeyExchange, priv secret.Secret) (candidate.Shared, bool) {
	if v, err := kem.Shared(priv.Value, x.R); x.R != nil && err == nil {
		pub, err := kem.Public(priv.Value)
		if x.I == nil {
			return candidate.Shared{Value: v, Used: priv}, true
		}
		if err != nil || !bytes.Equal(pub, x.I) {
			return candidate.Shared{}, false
		}
		proof := s.Match(priv, x.FrameI)
		return candidate.Shared{Value: v, Used: priv, Proofs: []ikesa.Proof{proof}}, true
	}
	if x.I == nil {
		return candidate.Shared{}, false
	}
	v, err := kem.Shared(priv.Value, x.I)
	return candidate.Shared{Value: v, Used: priv}, err == nil
}

// additional are the methods of the additional key exchanges of a chosen proposal, in their order (RFC 9370, section 2.2.1).
func additional(p *ike.Proposal) (methods []uint16) {
	for kind := ike.AddKE1; kind <= ike.AddKE7; kind++ {
		for _, t := range p.Suites[0].Transforms {
			if t.Kind == kind && t.ID != 0 {
				methods = append(methods, t.ID)
				break
			}
		}
	}
	return methods
}

// keyExchanges are all key exchanges of a CREATE_CHILD_SA: its own, and one IKE_FOLLOWUP_KE for each additional one.
func (s *solver) keyExchanges(c childExchange) []candidate.KeyExchange {
	out := []candidate.KeyExchange{newKeyExchange(0, c.request, c.response)}
	if len(c.chosen) == 0 {
		return out
	}
	last, link := c.x, notifyData(c.response, ikev2.NotifyAdditionalKeyExchange)
	for _, method := range additional(&c.chosen[0]) {
		x := newKeyExchange(method, nil, nil)
		if f := s.followUp(last, link, method); f != nil {
			request, response := withKE(f)
			x = newKeyExchange(method, request, response)
			last, link = f, notifyData(response, ikev2.NotifyAdditionalKeyExchange)
		}
		out = append(out, x)
	}
	return out
}

// followUp finds the IKE_FOLLOWUP_KE after an exchange whose answer said link in ADDITIONAL_KEY_EXCHANGE: its request repeats that
// (RFC 9370, section 2.2.4). Where either is lost it is the next one by its message ID, with the method that was negotiated.
func (s *solver) followUp(last *ikesa.Exchange, link []byte, method uint16) *ikesa.Exchange {
	var next *ikesa.Exchange
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeFollowupKE || byInitiator(x) != byInitiator(last) || x.MessageID <= last.MessageID {
			continue
		}
		request, response := withKE(x)
		if link != nil && bytes.Equal(notifyData(request, ikev2.NotifyAdditionalKeyExchange), link) {
			return x
		}
		fits := newKeyExchange(0, request, response).Method == method
		if fits && (next == nil || x.MessageID < next.MessageID) {
			next = x
		}
	}
	return next
}

// secretSets are the candidates for what several key exchanges agreed upon, in their order. Private values tell which exchange
// they are of. Secrets that a file has next to each other come first; a file's order is kept, that of the command line is not
// one. charon logs the additional secrets as one value, one after another, as the keys are made from them.
func (s *solver) secretSets(xs []candidate.KeyExchange, given []secret.Secret) [][]candidate.Shared {
	steps, proved := make([][]candidate.Shared, len(xs)), make([][]candidate.Shared, len(xs))
	known := true
	for i, x := range xs {
		steps[i] = s.computed(x)
		proved[i] = slices.DeleteFunc(slices.Clone(steps[i]), func(sh candidate.Shared) bool { return len(sh.Proofs) == 0 })
		known = known && len(proved[i]) > 0
	}
	if known {
		return s.combine(proved)
	}
	var out [][]candidate.Shared
	for _, n := range slices.Compact([]int{len(xs), 2}) {
		for i := 0; i+n <= len(given) && len(out) < maxSets; i++ {
			if set := candidate.Given(given[i : i+n]); s.inOrder(set) {
				out = append(out, set)
			}
		}
	}
	if len(given) > maxMixed {
		given = nil
	}
	for i, x := range xs {
		if len(proved[i]) > 0 {
			steps[i] = proved[i]
			continue
		}
		for _, g := range candidate.Given(given) {
			if k := alg.KeyExchangeByID(x.Method); k == nil || k.SharedLen == len(g.Value) {
				steps[i] = append(steps[i], g)
			}
		}
	}
	return append(out, s.combine(steps)...)
}
