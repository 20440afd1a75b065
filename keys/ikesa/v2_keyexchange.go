package ikesa

import (
	"bytes"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A keyExchange2 is one key exchange of IKEv2, as far as the capture shows it: a Diffie-Hellman group, or a KEM.
type keyExchange2 struct {
	method         uint16 // IANA transform ID; 0: not known
	kei, ker       []byte // what the KE payloads of both sides hold; nil where one is not to be had
	frameI, frameR int    // of the KE payloads
}

// newKeyExchange2 takes the KE payloads out of a request and its answer, each of which may be nil.
func newKeyExchange2(method uint16, request, response *Message) keyExchange2 {
	x := keyExchange2{method: method}
	if ke := keOf(request); ke != nil {
		x.method, x.kei, x.frameI = uint16(ke.Group), ke.Data, request.Frame
	}
	if ke := keOf(response); ke != nil {
		x.method, x.ker, x.frameR = uint16(ke.Group), ke.Data, response.Frame
	}
	return x
}

func keOf(m *Message) *ikev2.KE {
	if m == nil {
		return nil
	}
	return findKE2(m.Payloads)
}

// fromPrivates are the shared secrets that the private values of the bag make with an exchange.
func (s *solver) fromPrivates(x keyExchange2) []shared {
	var out []shared
	kem := alg.KeyExchangeByID(x.method)
	if kem != nil && !kem.KEM {
		kem = nil
	}
	g := alg.GroupByID(x.method)
	for _, priv := range s.secrets(secret.DHPrivate) {
		var sh shared
		ok := false
		switch {
		case g != nil:
			sh, ok = s.fromPrivate(g, x.kei, x.ker, x.frameI, x.frameR, priv)
		case kem != nil:
			sh, ok = s.decapsulated(kem, x, priv)
		}
		if ok {
			out = append(out, sh)
		}
	}
	return out
}

// decapsulated is what a KEM's private value makes of an exchange: the initiator's decapsulation key opens the responder's
// ciphertext; the responder's randomness makes the secret once more with the initiator's encapsulation key. Of the latter, and
// where the initiator's message is lost, nothing tells before a key is tried whether the value belongs to this exchange.
func (s *solver) decapsulated(kem *alg.KeyExchange, x keyExchange2, priv secret.Secret) (shared, bool) {
	if v, err := kem.Shared(priv.Value, x.ker); x.ker != nil && err == nil {
		pub, err := kem.Public(priv.Value)
		if x.kei == nil {
			return shared{gxy: v, used: priv}, true
		}
		if err != nil || !bytes.Equal(pub, x.kei) {
			return shared{}, false
		}
		proof := proofOf(priv, ByPublic, x.frameI)
		s.matched = append(s.matched, proof)
		return shared{gxy: v, used: priv, proofs: []Proof{proof}}, true
	}
	if x.kei == nil {
		return shared{}, false
	}
	v, err := kem.Shared(priv.Value, x.kei)
	return shared{gxy: v, used: priv}, err == nil
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

const notifyAdditionalKE = 16441

// keyExchanges are all key exchanges of a CREATE_CHILD_SA: its own, and one IKE_FOLLOWUP_KE for each additional one.
func (s *solver) keyExchanges(c childExchange) []keyExchange2 {
	out := []keyExchange2{newKeyExchange2(0, c.request, c.response)}
	if len(c.chosen) == 0 {
		return out
	}
	last, link := c.x, notifyData(c.response, notifyAdditionalKE)
	for _, method := range additional(&c.chosen[0]) {
		x := keyExchange2{method: method}
		if f := s.followUp(last, link, method); f != nil {
			request, response := f.withKE()
			x = newKeyExchange2(method, request, response)
			last, link = f, notifyData(response, notifyAdditionalKE)
		}
		out = append(out, x)
	}
	return out
}

// followUp finds the IKE_FOLLOWUP_KE after an exchange whose answer said link in ADDITIONAL_KEY_EXCHANGE: its request repeats that
// (RFC 9370, section 2.2.4). Where either is lost it is the next one by its message ID, with the method that was negotiated.
func (s *solver) followUp(last *Exchange, link []byte, method uint16) *Exchange {
	var next *Exchange
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev2.ExchangeFollowupKE || x.byInitiator() != last.byInitiator() || x.MessageID <= last.MessageID {
			continue
		}
		request, response := x.withKE()
		if link != nil && bytes.Equal(notifyData(request, notifyAdditionalKE), link) {
			return x
		}
		fits := newKeyExchange2(0, request, response).method == method
		if fits && (next == nil || x.MessageID < next.MessageID) {
			next = x
		}
	}
	return next
}

// byInitiator reports whether an exchange of IKEv2 was begun by the initiator of the IKE SA.
func (x *Exchange) byInitiator() bool {
	m := x.Messages[0]
	return m.FromInitiator != isAnswer(m)
}

func isAnswer(m *Message) bool { return m.Flags&ikev2.FlagResponse != 0 }

// withKE are the request and the answer of an exchange, those that have the KE payloads.
func (x *Exchange) withKE() (request, response *Message) {
	for _, m := range x.Messages {
		switch {
		case keOf(m) == nil:
		case isAnswer(m):
			response = m
		default:
			request = m
		}
	}
	return request, response
}

// notifyData is what a notify of a message holds; nil where there is none.
func notifyData(m *Message, typ uint16) []byte {
	if m == nil {
		return nil
	}
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*ikev2.Notify); ok && uint16(n.Type) == typ {
			return n.Data
		}
	}
	return nil
}

const (
	maxSets  = 256 // ways to fill the key exchanges of one CREATE_CHILD_SA
	maxMixed = 12  // secrets that are combined freely; of more only those next to each other
)

// secretSets are the candidates for what several key exchanges agreed upon, in their order. Private values tell which exchange
// they are of. Secrets that a file has next to each other come first; a file's order is kept, that of the command line is not
// one. charon logs the additional secrets as one value, one after another, as the keys are made from them.
func (s *solver) secretSets(xs []keyExchange2, given []secret.Secret) [][]shared {
	steps, proved := make([][]shared, len(xs)), make([][]shared, len(xs))
	known := true
	for i, x := range xs {
		steps[i] = s.fromPrivates(x)
		proved[i] = slices.DeleteFunc(slices.Clone(steps[i]), func(sh shared) bool { return len(sh.proofs) == 0 })
		known = known && len(proved[i]) > 0
	}
	if known {
		return s.combine(proved)
	}
	var out [][]shared
	for _, n := range slices.Compact([]int{len(xs), 2}) {
		for i := 0; i+n <= len(given) && len(out) < maxSets; i++ {
			if set := asShared(given[i : i+n]); s.inOrder(set) {
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
		for _, g := range asShared(given) {
			if k := alg.KeyExchangeByID(x.method); k == nil || k.SharedLen == len(g.gxy) {
				steps[i] = append(steps[i], g)
			}
		}
	}
	return append(out, s.combine(steps)...)
}

func asShared(given []secret.Secret) []shared {
	out := make([]shared, len(given))
	for i, x := range given {
		out[i] = shared{gxy: x.Value, used: x}
	}
	return out
}

// combine takes one candidate for each step, in every way that keeps the order of files.
func (s *solver) combine(steps [][]shared) [][]shared {
	out := [][]shared{nil}
	for _, candidates := range steps {
		var next [][]shared
		for _, front := range out {
			for _, c := range candidates {
				if set := append(slices.Clone(front), c); len(next) < maxSets && s.inOrder(set) {
					next = append(next, set)
				}
			}
		}
		out = next
	}
	return out
}

// inOrder reports whether secrets may stand in this order: none is there twice, and those of one file are as its reader gave them.
func (s *solver) inOrder(set []shared) bool {
	for i := 1; i < len(set); i++ {
		for _, before := range set[:i] {
			a, b := before.used, set[i].used
			if a.Kind == secret.DHPrivate || b.Kind == secret.DHPrivate {
				continue
			}
			sameFile := a.Origin.File != "" && a.Origin.File == b.Origin.File
			if sameFile && s.place(a) >= s.place(b) || bytes.Equal(a.Value, b.Value) {
				return false
			}
		}
	}
	return true
}

// A fact names a secret of the bag.
type fact struct {
	kind  secret.Kind
	where secret.Where
	value string
}

// place is where the bag has a secret. Line numbers would not do: a log may show its newest line first.
func (sv *Solver) place(x secret.Secret) int {
	if sv.places == nil {
		sv.places = make(map[fact]int, len(sv.bag.Secrets))
		for i, y := range sv.bag.Secrets {
			sv.places[fact{y.Kind, y.Where, string(y.Value)}] = i
		}
	}
	return sv.places[fact{x.Kind, x.Where, string(x.Value)}]
}
