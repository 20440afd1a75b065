package candidate

import (
	"bytes"

	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// maxZeros is how many leading zeros a source may have left out of g^xy: more than that happen to nobody.
const maxZeros = 4

// A KeyExchange is one key exchange, as far as the capture shows it: a Diffie-Hellman group, or a KEM.
type KeyExchange struct {
	Method         uint16     // number of the group, or of the method; 0: not known
	Group          *alg.Group // that of Method, or one with values of its own; nil: not known, or a KEM
	I, R           []byte     // what the KE payloads of both peers hold; nil where one is not to be had
	FrameI, FrameR int        // of the KE payloads
}

// A Shared is one candidate for the result of a key exchange.
type Shared struct {
	Value  []byte
	Used   secret.Secret
	Proofs []ikesa.Proof
}

// Given are secrets as they were given.
func Given(list []secret.Secret) []Shared {
	out := make([]Shared, len(list))
	for i, x := range list {
		out[i] = Shared{Value: x.Value, Used: x}
	}
	return out
}

// Shared returns the candidates for the result of a key exchange: those given, and those that a private value gives together with
// the peer's public value. A private value counts only where its public value is in the capture.
func (s *Secrets) Shared(x KeyExchange) []Shared {
	out := s.Computed(x)
	for _, g := range Given(s.Of(secret.DHSecret)) {
		if x.Fits(g.Value) {
			g.Value = x.Pad(g.Value)
			out = append(out, g)
		}
	}
	return out
}

// Computed returns the candidates that private values give.
func (s *Secrets) Computed(x KeyExchange) []Shared {
	var out []Shared
	groups := x.groups()
	for _, private := range s.Of(secret.DHPrivate) {
		for _, g := range groups {
			if sh, ok := s.fromPrivate(g, x, private); ok {
				out = append(out, sh)
				break
			}
		}
	}
	return out
}

// Fits reports whether a value may be a shared secret of the exchange by its length, but for zeros that a source may have left out.
func (x KeyExchange) Fits(value []byte) bool {
	return x.Group == nil || len(value) <= x.Group.SharedLen && len(value)+maxZeros >= x.Group.SharedLen
}

// Pad restores leading zeros that a source left out: g^xy has the length of the group (RFC 2409, section 5).
func (x KeyExchange) Pad(value []byte) []byte {
	n := 0
	switch {
	case x.Group != nil:
		n = x.Group.SharedLen
	case len(x.I) > 0 && len(value) > 64: // MODP: as long as the public values
		n = len(x.I)
	}
	if len(value) < n {
		return append(make([]byte, n-len(value)), value...)
	}
	return value
}

// groups are those that fit the negotiated one or, where it is not known, the length of the public values.
func (x KeyExchange) groups() []*alg.Group {
	if x.Group != nil {
		return []*alg.Group{x.Group}
	}
	n := max(len(x.I), len(x.R))
	if x.Method != 0 || n == 0 {
		return nil
	}
	return alg.GroupsByPublicLen(n)
}

// fromPrivate matches a private value with the public values of both peers.
func (s *Secrets) fromPrivate(g *alg.Group, x KeyExchange, private secret.Secret) (Shared, bool) {
	pub := s.public(g, private.Value)
	if pub == nil {
		return Shared{}, false
	}
	peer, frame := []byte(nil), 0
	switch {
	case bytes.Equal(pub, x.I):
		peer, frame = x.R, x.FrameI
	case bytes.Equal(pub, x.R):
		peer, frame = x.I, x.FrameR
	default:
		return Shared{}, false
	}
	proof := s.Match(private, frame)
	if peer == nil {
		return Shared{}, false
	}
	value, err := g.Shared(private.Value, peer)
	if err != nil {
		return Shared{}, false
	}
	return Shared{Value: value, Used: private, Proofs: []ikesa.Proof{proof}}, true
}

// Match notes that a private value belongs to the SA: its public value is in the KE payload of frame.
func (s *Secrets) Match(private secret.Secret, frame int) ikesa.Proof {
	proof := ikesa.ProofOf(private, ikesa.ByPublic, frame)
	s.Matched = append(s.Matched, proof)
	return proof
}

// public computes a public value once for each group and private value.
func (s *Secrets) public(g *alg.Group, private []byte) []byte {
	k := publicKey{g, string(private)}
	if pub, ok := s.pool.publics[k]; ok {
		return pub
	}
	pub, err := g.Public(private)
	if err != nil {
		pub = nil
	}
	s.pool.publics[k] = pub
	return pub
}
