package ikesa

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// enoughBits is the evidence, in bits, that makes a key accepted without a HASH: with every policy, candidate and IV
// that may be tried for one SA (some 10,000) the chance of a wrong key stays below one in 10^8.
const enoughBits = 40

// A Solver follows IKE SAs with one bag of secrets. It keeps what one SA teaches for the next: public values already
// computed, identities already seen.
type Solver struct {
	// NoVerify uses keys that nothing proves, where none is proved.
	NoVerify bool

	bag     *secret.Bag
	publics map[publicKey][]byte
	ids     [][]byte               // bodies of ID payloads that were read, newest last
	groups  map[uint16]*alg.Group  // that New Group Mode defined
	rekeyed map[spiPair]*material2 // IKEv2 SAs that took the place of others

	resumables []resumable      // IKEv2 SAs that others may resume
	owned      map[keyPair]bool // keys that are proved of an IKEv2 SA
	places     map[fact]int     // where the bag has which secret
	ordered    *shelf           // the bag by what its secrets are bound to
}

// A publicKey names the public value of one private value in one group.
type publicKey struct {
	group   *alg.Group
	private string
}

// NewSolver returns a solver for the secrets in bag, which may be nil.
func NewSolver(bag *secret.Bag) *Solver {
	if bag == nil {
		bag = &secret.Bag{}
	}
	return &Solver{bag: bag}
}

// A solver is the work on one SA.
type solver struct {
	*Solver
	sa      *SA
	matched []Proof // private values that belong to this SA
	// prfKnown says that the PRF of an IKEv2 SA was seen to be chosen, or is proved; else its policy's is a guess.
	prfKnown bool
	holes    []hole        // of IKEv2's fragmented messages
	given    []*Generation // sets of SK_* values in the bag
	was      []spiPair     // the IKEv2 SAs that this one rekeys: a log may print its keys under their SPIs
}

// Solve follows one conversation. The result is never nil; what stayed closed is in Gaps.
func (sv *Solver) Solve(c *exchange.Conversation) *SA {
	sa := &SA{Conversation: c}
	for _, x := range c.Exchanges() {
		sa.addExchange(x)
	}
	sa.sortMessages()
	s := &solver{Solver: sv, sa: sa}
	if c.Version == 1 {
		s.solve1()
	} else {
		s.solve2()
	}
	return sa
}

// addExchange wraps an exchange and its messages.
func (sa *SA) addExchange(x *exchange.Exchange) {
	w := &Exchange{Exchange: x}
	for _, m := range x.Messages {
		om := &Message{Message: m, Exchange: w}
		om.Read(m.Message.Payloads)
		if m.Encrypted != nil || encrypted2(m.Message) {
			om.State = Closed
		}
		w.Messages = append(w.Messages, om)
		sa.Messages = append(sa.Messages, om)
	}
	sa.Exchanges = append(sa.Exchanges, w)
}

// encrypted2 reports whether a message of IKEv2 has an encrypted payload, whole or in a fragment, or one that is cut short: then the
// parser stopped before it.
func encrypted2(m *decode.Message) bool {
	if m.Major() != 2 {
		return false
	}
	_, sk := decode.Find(m.Payloads, ikev2.PayloadSK)
	_, skf := decode.Find(m.Payloads, ikev2.PayloadSKF)
	next := m.NextPayload
	if n := len(m.Payloads); n > 0 {
		next = m.Payloads[n-1].Next
	}
	stopped := int64(len(m.Raw)) < int64(m.Length) && (next == ikev2.PayloadSK || next == ikev2.PayloadSKF)
	return sk || skf || stopped
}

// allCut is the gap of an IKE SA all of whose encrypted messages are cut; ok is false where one is whole.
func (s *solver) allCut() (g Gap, ok bool) {
	n := 0
	for _, m := range s.sa.Messages {
		switch {
		case m.State == Clear:
		case !m.Cut:
			return g, false
		default:
			n++
		}
	}
	return Gap{Code: GapLost, Cause: CauseAllCut, Count: n}, n > 0
}

// gap adds what else stays closed.
func (s *solver) gap(g Gap) {
	g.Version = s.sa.Version
	s.sa.Gaps = append(s.sa.Gaps, g)
}

// closed adds why nothing of the SA opened, and says it of each message.
func (s *solver) closed(g Gap) {
	g.Version = s.sa.Version
	s.sa.Gaps = append(s.sa.Gaps, g)
	for _, m := range s.sa.Messages {
		if m.State == Closed {
			m.Why = &g
		}
	}
}

// childGaps adds those of the children.
func (s *solver) childGaps() {
	for _, c := range s.sa.Children {
		if c.Gap != nil {
			s.sa.Gaps = append(s.sa.Gaps, *c.Gap)
		}
		for _, d := range c.SAs {
			if d.Err != nil && d.FromInitiator {
				s.gap(Gap{Code: GapUnsupported, Cause: CauseChildAlgorithm, Exchange: c.exchange(), MessageID: c.MessageID, Unsupported: d.Err.Error()})
			}
		}
	}
}

// boundElsewhere returns a secret of one of those kinds that its source ties to another IKE SA.
func (s *solver) boundElsewhere(kinds ...secret.Kind) (secret.Secret, bool) {
	for _, x := range s.bag.Secrets {
		if slices.Contains(kinds, x.Kind) && !s.binds(x) {
			return x, true
		}
	}
	return secret.Secret{}, false
}

// sortMessages restores the order of the conversation, which grouping by exchange has lost.
func (sa *SA) sortMessages() {
	at := make(map[*exchange.Message]*Message, len(sa.Messages))
	for _, m := range sa.Messages {
		at[m.Message] = m
	}
	for i, m := range sa.Conversation.Messages {
		sa.Messages[i] = at[m]
	}
}

// solve1 finds the keys of an IKEv1 SA, opens its messages and derives the keys of its Quick Modes.
func (s *solver) solve1() {
	best := s.bestOpening()
	if best == nil && s.NoVerify {
		best = s.unproven()
	}
	if best != nil {
		s.adopt(best)
	} else if ps := s.policies(); len(ps) == 1 {
		s.sa.Policy = ps[0]
	}
	s.identities()
	s.newGroups()
	s.checkNAT()
	s.established()
	s.children()
	s.gaps()
}

// bestOpening tries every policy with every candidate and returns the one with the best proof, or nil. A look at the
// first messages refuses nearly all candidates; where none is left, the first messages may be the damaged ones.
func (s *solver) bestOpening() *opening {
	for _, look := range []int{3, 24} {
		if o := s.bestWithin(look); o != nil {
			return o
		}
	}
	return nil
}

func (s *solver) bestWithin(look int) *opening {
	mats := []material{s.sa.material()}
	if !s.sa.RolesKnown {
		mats = append(mats, mats[0].swapped())
	}
	var best *opening
	for _, p := range s.policies() {
		if p.Hash == nil || p.Cipher == nil || p.Cipher.NewBlock == nil {
			continue
		}
		for i, m := range mats {
			for _, k := range s.keysets(p, m) {
				o := s.open(p, m, k, i == 1, look)
				if o == nil || (best != nil && !o.betterThan(best)) {
					continue
				}
				if best = o; o.complete() {
					return o
				}
			}
		}
	}
	return best
}

// unproven opens with the first candidate there is, whatever comes out: the user asked for it.
func (s *solver) unproven() *opening {
	mat := s.sa.material()
	for _, p := range s.policies() {
		if p.Hash == nil || p.Cipher == nil || p.Cipher.NewBlock == nil {
			continue
		}
		for _, k := range s.keysets(p, mat) {
			if o := s.newOpening(p, mat, k, false); o != nil {
				o.force()
				return o
			}
		}
	}
	return nil
}

// material collects what phase 1 shows in the clear.
func (sa *SA) material() material {
	var m material
	set := func(dst *[]byte, p decode.Payload, ok bool) bool {
		if ok && *dst == nil && p.Err == nil {
			*dst = p.Data()
			return true
		}
		return false
	}
	for _, msg := range sa.Messages {
		if !isPhase1(msg) || msg.State != Clear {
			continue
		}
		ke, hasKE := decode.Find(msg.Payloads, ikev1.PayloadKE)
		nonce, hasNonce := decode.Find(msg.Payloads, ikev1.PayloadNonce)
		if msg.FromInitiator {
			if set(&m.gxi, ke, hasKE) {
				m.frameI = msg.Frame
			}
			if set(&m.ni, nonce, hasNonce) {
				m.nonces[0] = msg
			}
			offer, hasSA := decode.Find(msg.Payloads, ikev1.PayloadSA)
			set(&m.sai, offer, hasSA)
			continue
		}
		if set(&m.gxr, ke, hasKE) {
			m.frameR = msg.Frame
		}
		if set(&m.nr, nonce, hasNonce) {
			m.nonces[1] = msg
		}
	}
	return m
}

// isPhase1 reports whether m belongs to phase 1: an exchange that sets an IKE SA up.
func isPhase1(m *Message) bool {
	switch m.Message.Exchange {
	case ikev1.ExchangeMain, ikev1.ExchangeAggressive, ikev1.ExchangeBase, ikev1.ExchangeAuthOnly:
		return m.Major() == 1 && m.MessageID == 0
	}
	return false
}

// adopt takes the result of an opening over into the SA.
func (s *solver) adopt(o *opening) {
	sa := s.sa
	if o.swap {
		sa.Flip()
		for _, m := range sa.Messages {
			m.assignRoles()
		}
	}
	sa.Policy, sa.Keys, sa.Proofs = o.p, o.k.keys, o.proofs()
	for _, r := range o.results {
		r.adopt()
	}
	o.checkSignatures()
}

// identities reads the ID payloads of phase 1.
func (s *solver) identities() {
	for _, m := range s.sa.Messages {
		if !isPhase1(m) || m.State == Closed || m.State == Partly {
			continue
		}
		p, ok := decode.Find(m.Payloads, ikev1.PayloadID)
		if !ok {
			continue
		}
		id, ok := p.Body.(*ikev1.ID)
		if !ok || p.Err != nil {
			continue
		}
		s.ids = append(s.ids, p.Data())
		value := id.Identity()
		if m.FromInitiator {
			s.sa.IDi = &value
		} else {
			s.sa.IDr = &value
		}
	}
}

// established decides whether phase 1 came to its end: its last message was seen, or anything that needs it.
func (s *solver) established() {
	for _, m := range s.sa.Messages {
		switch m.Message.Exchange {
		case ikev1.ExchangeQuick, ikev1.ExchangeTransaction, ikev1.ExchangeNewGroup:
			s.sa.Established = true
			return
		case ikev1.ExchangeMain:
			// Message 6: the responder's second one after the DH values, protected by the keys.
			last := m.State != Clear && !m.FromInitiator
			plain := m.State == Clear && hasAuth(m) && !m.FromInitiator
			if last || plain {
				s.sa.Established = true
				return
			}
		case ikev1.ExchangeAggressive:
			_, sa := decode.Find(m.Payloads, ikev1.PayloadSA)
			if m.FromInitiator && !sa {
				s.sa.Established = true
				return
			}
		}
	}
}

func hasAuth(m *Message) bool {
	_, h := decode.Find(m.Payloads, ikev1.PayloadHash)
	_, g := decode.Find(m.Payloads, ikev1.PayloadSig)
	return h || g
}
