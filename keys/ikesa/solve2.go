package ikesa

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Generation is one set of keys of an IKEv2 SA (RFC 7296, section 2.14). There is one more for each additional key
// exchange (RFC 9370), under the same SPIs.
type Generation struct {
	SKEYSEED []byte
	keys.IKEv2Keys
	GXY    []byte // the shared secret that it comes from; nil where it was not needed
	Used   []secret.Secret
	proofs []Proof
}

// solve2 finds the keys of an IKEv2 SA, opens its messages and derives the keys of its children.
func (s *solver) solve2() {
	m := s.material2()
	s.sa.Established = s.established2()
	best := s.findGeneration(m)
	if best != nil {
		s.openAll()
		s.nextGenerations(m)
	}
	s.joinFragments()
	s.identities2()
	s.children2(m)
	s.gaps2(m)
}

// findGeneration tries every policy with every candidate until one opens a message.
func (s *solver) findGeneration(m *material2) *Generation {
	ps := s.policies2(m)
	if len(ps) > 0 {
		s.sa.Policy = ps[0]
	}
	for _, p := range ps {
		if p.Cipher == nil {
			continue
		}
		found := false
		for _, g := range s.generations(p, m) {
			if s.proves(p, g) {
				s.sa.Policy = p
				s.sa.Generations = append(s.sa.Generations, *g)
				found = true
			}
		}
		if found {
			return &s.sa.Generations[0]
		}
	}
	return nil
}

// proves reports whether a candidate opens one of the encrypted messages: their ICV is the proof.
func (s *solver) proves(p Policy, g *Generation) bool {
	const look = 32
	n := 0
	for _, m := range s.sa.Messages {
		if m.State == Clear || n == look {
			continue
		}
		n++
		if _, ok := s.openSK(p, g, m); ok {
			for _, x := range g.Used {
				g.proofs = append(g.proofs, Proof{Secret: label(x), Kind: ByICV, Frame: m.Frame,
					Text: fmt.Sprintf("ICV of the message in frame %d", m.Frame)})
			}
			s.sa.Proofs = append(s.sa.Proofs, g.proofs...)
			return true
		}
	}
	return false
}

// generations are the candidates that the bag gives: whole sets of keys first, then those that follow from a shared secret.
func (s *solver) generations(p Policy, m *material2) []*Generation {
	out := s.givenGenerations(p)
	if m.ni == nil || m.nr == nil || p.PRF.Sum == nil {
		return out
	}
	for _, x := range s.secrets(secret.SKEYSEED) {
		out = append(out, s.derive2(p, m, keys.SKEYSEED{PRF: p.PRF, Key: x.Value}, nil, nil, x))
	}
	for _, sh := range s.shared2(p, m) {
		seed := keys.SKEYSEEDFromInit(p.PRF, m.ni, m.nr, sh.gxy)
		if m.oldD != nil {
			seed = keys.SKEYSEEDFromRekey(m.oldPRF, p.PRF, m.oldD, sh.gxy, m.ni, m.nr)
		}
		out = append(out, s.derive2(p, m, seed, sh.gxy, sh.proofs, sh.used))
	}
	return out
}

// derive2 cuts the keys of an SA out of its SKEYSEED.
func (s *solver) derive2(p Policy, m *material2, seed keys.SKEYSEED, gxy []byte, proofs []Proof, used ...secret.Secret) *Generation {
	k := seed.Keys(m.ni, m.nr, s.sa.Initiator, s.sa.Responder, keys.IKEv2Lengths{Integ: p.integLen(), Encr: p.KeyLen})
	return &Generation{SKEYSEED: seed.Key, IKEv2Keys: k, GXY: gxy, Used: used, proofs: slices.Clone(proofs)}
}

// shared2 are the candidates for the shared secret of the exchange that set the SA up.
func (s *solver) shared2(p Policy, m *material2) []shared {
	var gxi, gxr []byte
	if m.kei != nil && m.ker != nil {
		gxi, gxr = m.kei.Data, m.ker.Data
	}
	mat := material{gxi: gxi, gxr: gxr, frameI: m.frameI, frameR: m.frameR}
	if p.Group == nil && m.ker != nil {
		p.GroupID, p.Group = uint16(m.ker.Group), alg.GroupByID(uint16(m.ker.Group))
	}
	out := s.sharedSecrets(p, mat)
	for _, x := range s.secrets(secret.ChildDHSecret) { // a rekeyed IKE SA's
		if m.oldD != nil {
			out = append(out, shared{gxy: pad(x.Value, p.Group, mat), used: x})
		}
	}
	return out
}

// givenGenerations are the sets of SK_* values that a source printed together, or bound to this SA.
func (s *solver) givenGenerations(p Policy) []*Generation {
	type key struct {
		file  string
		group int
		i, r  decode.SPI
	}
	byKey := make(map[key]*Generation)
	var order []*Generation
	for _, x := range s.bag.Secrets {
		if !s.binds(x) {
			continue
		}
		k := key{x.Origin.File, x.Group, x.Where.Initiator, x.Where.Responder}
		if x.Group != 0 {
			k.i, k.r = decode.SPI{}, decode.SPI{}
		}
		g := byKey[k]
		if g == nil {
			g = &Generation{}
		}
		dst := g.field(x.Kind)
		if dst == nil {
			continue
		}
		*dst = x.Value
		g.Used = append(g.Used, x)
		if byKey[k] == nil {
			byKey[k] = g
			order = append(order, g)
		}
	}
	return slices.DeleteFunc(order, func(g *Generation) bool {
		fits := func(k []byte) bool { return len(k) == p.KeyLen }
		return !fits(g.EI) && !fits(g.ER)
	})
}

// field is where a secret of a kind belongs; nil for the other kinds.
func (g *Generation) field(k secret.Kind) *[]byte {
	switch k {
	case secret.SKd:
		return &g.D
	case secret.SKai:
		return &g.AI
	case secret.SKar:
		return &g.AR
	case secret.SKei:
		return &g.EI
	case secret.SKer:
		return &g.ER
	case secret.SKpi:
		return &g.PI
	case secret.SKpr:
		return &g.PR
	}
	return nil
}

// openAll opens what the generations open.
func (s *solver) openAll() {
	for _, m := range s.sa.Messages {
		if m.State != Closed {
			continue
		}
		for i := range s.sa.Generations {
			g := &s.sa.Generations[i]
			plain, ok := s.openSK(s.sa.Policy, g, m)
			if !ok {
				continue
			}
			s.take(m, plain, i)
			break
		}
		if m.State == Closed {
			m.Why = "no key that is known opens it"
		}
	}
}

// openSK opens the SK payload, or the fragment, of a message.
func (s *solver) openSK(p Policy, g *Generation, m *Message) (keys.Opened, bool) {
	encr, integ := g.ER, g.AR
	if m.FromInitiator {
		encr, integ = g.EI, g.AI
	}
	if len(encr) != p.KeyLen {
		return keys.Opened{}, false
	}
	o, err := keys.NewSKOpener(p.Cipher, p.Integ, encr, integ)
	if err != nil {
		return keys.Opened{}, false
	}
	x, err := o.OpenSK(m.Raw)
	return x, err == nil && x.Verified
}

// take writes a decrypted SK payload into its message.
func (s *solver) take(m *Message, o keys.Opened, generation int) {
	m.State, m.Plain, m.Generation, m.First = Opened, o.Payloads, generation, o.First
	m.IV = "in the message"
	if _, ok := decode.Find(m.Message.Payloads, decode.Payload2SK); ok {
		inner, _, err := decode.ParsePayloads2(o.First, o.Payloads)
		m.PayErr = err
		m.Payloads = slices.Concat(before(m.Message.Payloads, decode.Payload2SK), inner)
	}
}

// before are the payloads in front of the one of type t.
func before(ps []decode.Payload, t decode.PayloadType) []decode.Payload {
	for i, p := range ps {
		if p.Type == t {
			return slices.Clone(ps[:i])
		}
	}
	return nil
}

// nextGenerations finds the keys after each IKE_INTERMEDIATE that had a key exchange (RFC 9370, section 2.2.2): its secret
// makes the next SKEYSEED out of SK_d.
func (s *solver) nextGenerations(m *material2) {
	for range 7 {
		last := &s.sa.Generations[len(s.sa.Generations)-1]
		if last.D == nil || m.ni == nil || m.nr == nil || s.sa.Policy.PRF.Sum == nil || !s.anyClosed() {
			return
		}
		found := false
		for _, kind := range []secret.Kind{secret.DHSecret, secret.ChildDHSecret} {
			for _, x := range s.secrets(kind) {
				seed := keys.SKEYSEEDFromIntermediate(s.sa.Policy.PRF, last.D, x.Value, m.ni, m.nr)
				g := s.derive2(s.sa.Policy, m, seed, x.Value, nil, x)
				if s.proves(s.sa.Policy, g) && !bytes.Equal(g.EI, last.EI) {
					s.sa.Generations = append(s.sa.Generations, *g)
					s.openAll()
					found = true
					break
				}
			}
			if found {
				break
			}
		}
		if !found {
			return
		}
	}
}

func (s *solver) anyClosed() bool {
	return slices.ContainsFunc(s.sa.Messages, func(m *Message) bool { return m.State == Closed })
}

// joinFragments puts the plaintexts of a fragmented message together (RFC 7383): the last fragment seen gets the payloads.
func (s *solver) joinFragments() {
	type key struct {
		x         decode.ExchangeType
		id        uint32
		initiator bool
		response  bool
	}
	sets := make(map[key][]*Message)
	for _, m := range s.sa.Messages {
		if m.State != Opened || m.Plain == nil {
			continue
		}
		if _, ok := decode.Find(m.Message.Payloads, decode.Payload2SKF); ok {
			k := key{m.Message.Exchange, m.MessageID, m.FromInitiator, m.Flags&decode.FlagResponse != 0}
			sets[k] = append(sets[k], m)
		}
	}
	for _, ms := range sets {
		joinSet(ms)
	}
}

// joinSet joins the fragments of one message, which are in order of time.
func joinSet(ms []*Message) {
	parts := make(map[uint16]*Message)
	total := uint16(0)
	for _, m := range ms {
		f := fragment2(m)
		if f == nil {
			return
		}
		if f.Total > total {
			total, parts = f.Total, make(map[uint16]*Message) // a sender may start again with smaller fragments
		}
		if f.Total == total && parts[f.Number] == nil {
			parts[f.Number] = m
		}
	}
	var plain []byte
	var last *Message
	for n := uint16(1); n <= total; n++ {
		m := parts[n]
		if m == nil {
			return
		}
		plain = append(plain, m.Plain...)
		if last == nil || m.Frame > last.Frame {
			last = m
		}
	}
	first, _ := decode.Find(parts[1].Message.Payloads, decode.Payload2SKF)
	inner, _, err := decode.ParsePayloads2(first.Next, plain)
	last.Joined, last.PayErr = int(total), err
	last.Plain, last.First = plain, first.Next
	last.Payloads = slices.Concat(before(parts[1].Message.Payloads, decode.Payload2SKF), inner)
}

func fragment2(m *Message) *decode.SKF2 {
	p, ok := decode.Find(m.Message.Payloads, decode.Payload2SKF)
	if !ok {
		return nil
	}
	f, _ := p.Body.(*decode.SKF2)
	return f
}

// established2 reports whether the SA was seen to come up: the responder answered IKE_AUTH, or anything after it was said.
func (s *solver) established2() bool {
	for _, m := range s.sa.Messages {
		switch m.Message.Exchange {
		case decode.ExchangeCreateChild, decode.ExchangeInformational2:
			return true
		}
	}
	return false
}
