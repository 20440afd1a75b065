package v1

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// children reads the Quick Modes and derives their keys.
func (s *solver) children() {
	for _, x := range s.sa.Exchanges {
		if x.Type != ikev1.ExchangeQuick {
			continue
		}
		q := s.readQuickMode(x)
		if q == nil {
			continue
		}
		x.Child = &q.child
		q.derive()
		s.sa.Children = append(s.sa.Children, &q.child)
	}
}

// A quickMode is the work on one Quick Mode.
type quickMode struct {
	s          *solver
	child      ikesa.Child
	m1, m2     *ikesa.Message // the messages with SA payloads; nil where lost or closed
	ni, nr     []byte
	kei, ker   []byte
	frame1     int
	idci, idcr *ikev1.ID // selectors; nil: the hosts themselves
}

// readQuickMode collects what the messages of a Quick Mode say; nil where none of them can be read.
func (s *solver) readQuickMode(x *ikesa.Exchange) *quickMode {
	q := &quickMode{s: s, child: ikesa.Child{MessageID: x.MessageID}}
	readable := false
	for _, m := range x.Messages {
		q.child.Frames = append(q.child.Frames, m.Frame)
		if m.State == ikesa.Closed {
			continue
		}
		readable = true
		if _, ok := decode.Find(m.Payloads, ikev1.PayloadSA); ok {
			q.sort(m)
		}
	}
	if !readable {
		return nil
	}
	if q.m1 == nil && q.m2 == nil {
		q.gap(ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseChildMessages})
		q.hosts(x.Messages[0])
		return q
	}
	q.read()
	return q
}

// sort decides whether m is the first or the second message: by its HASH where that was checked, else by order.
func (q *quickMode) sort(m *ikesa.Message) {
	switch {
	case m.Hash.OK && m.Hash.Name == ikesa.Hash1:
		q.m1 = m
	case m.Hash.OK && m.Hash.Name == ikesa.Hash2:
		q.m2 = m
	case q.m1 == nil && q.m2 == nil && q.answers(m):
		q.m2 = m
	case q.m1 == nil && q.m2 == nil:
		q.m1 = m
	case q.m1 == nil && q.m2.FromInitiator != m.FromInitiator:
		q.m1 = m
	case q.m2 == nil && q.m1.FromInitiator != m.FromInitiator:
		q.m2 = m
	}
}

// answers reports whether the only message with an SA payload that was seen must be the second one: its sender is not
// the one of the third message, which has nothing but a HASH.
func (q *quickMode) answers(m *ikesa.Message) bool {
	for _, o := range m.Exchange.Messages {
		if o == m || o.State == ikesa.Closed {
			continue
		}
		if len(o.Payloads) == 1 && o.Payloads[0].Type == ikev1.PayloadHash {
			return o.FromInitiator != m.FromInitiator
		}
	}
	return false
}

// read takes nonces, public values, identities and proposals out of the two messages.
func (q *quickMode) read() {
	first := q.m1
	if first == nil {
		first = q.m2
	}
	q.hosts(first)
	if first == q.m2 {
		q.child.Initiator, q.child.Responder = q.child.Responder, q.child.Initiator
		q.child.FromInitiator = !first.FromInitiator
	}
	q.child.Nonces = [2]*ikesa.Message{q.m1, q.m2}
	if q.m1 != nil {
		q.ni, q.kei = quickPayloads(q.m1)
		q.frame1, q.child.Offer = q.m1.Frame, q.m1.Offer()
		q.ids(q.m1)
	}
	if q.m2 != nil {
		q.nr, q.ker = quickPayloads(q.m2)
		q.child.Choice = q.m2.Offer()
		if q.idci == nil {
			q.ids(q.m2)
		}
	}
	q.child.Complete = q.m1 != nil && q.m2 != nil
	q.settle()
}

// settle notes what the two messages agree on.
func (q *quickMode) settle() {
	c := &q.child
	c.Asked = ikesa.Traffic{Initiator: q.net(q.idci, c.Initiator), Responder: q.net(q.idcr, c.Responder)}
	if c.Implied = q.idci == nil && q.idcr == nil; c.Complete {
		c.Agreed = c.Asked
		if t, ok := q.m2.Traffic(); ok && c.Asked.Initiator.Covers(t.Initiator) && c.Asked.Responder.Covers(t.Responder) {
			c.Agreed = t // some responders narrow them, as in IKEv2
		}
	}
	c.PFS = ikesa.PFS{Applies: true, Group: q.group()}
	if c.Choice == nil {
		return
	}
	for i := range c.Choice.Proposals {
		for k := range c.Choice.Proposals[i].Suites {
			s := &c.Choice.Proposals[i].Suites[k]
			if s.Encapsulation != 0 && c.Mode == ike.NoMode {
				c.Mode, c.UDP = s.Encapsulation.Mode(), s.Encapsulation.UDP()
			}
			if t, ok := s.Find(ike.ESN); ok && t.ID == 1 {
				c.ESN = true
			}
		}
	}
}

// net is the traffic that an identity means; without one, that of the host itself.
func (q *quickMode) net(id *ikev1.ID, host netip.Addr) ike.Selectors {
	if id == nil {
		return ike.Selectors{ike.Host(host)}
	}
	return ike.Selectors{id.Identity().Selector()}
}

// hosts sets the addresses of the outer packets by the sender of m.
func (q *quickMode) hosts(m *ikesa.Message) {
	q.child.Initiator, q.child.Responder, q.child.FromInitiator = m.Src.Addr(), m.Dst.Addr(), m.FromInitiator
}

func quickPayloads(m *ikesa.Message) (nonce, ke []byte) {
	if p, ok := decode.Find(m.Payloads, ikev1.PayloadNonce); ok && p.Err == nil {
		nonce = p.Data()
	}
	if p, ok := decode.Find(m.Payloads, ikev1.PayloadKE); ok && p.Err == nil {
		ke = p.Data()
	}
	return nonce, ke
}

// ids reads the two ID payloads: the first is that of the exchange's initiator (RFC 2409, section 5.5).
func (q *quickMode) ids(m *ikesa.Message) {
	for _, p := range m.Payloads {
		id, ok := p.Body.(*ikev1.ID)
		if !ok || p.Err != nil {
			continue
		}
		if q.idci == nil {
			q.idci = id
		} else if q.idcr == nil {
			q.idcr = id
		}
	}
}

// group is the group of PFS: that of the chosen transform, or of the offer where the response is lost.
func (q *quickMode) group() uint16 {
	if q.kei == nil && q.ker == nil {
		return 0
	}
	for _, o := range []*ike.Offer{q.child.Choice, q.child.Offer} {
		for i := range ikesa.Proposals(o) {
			if t, ok := o.Proposals[i].Find(ike.KeyExchange); ok {
				return t.ID
			}
		}
	}
	return 0
}

// gap notes why there are no keys.
func (q *quickMode) gap(g ikesa.Gap) {
	g.Version, g.Exchange, g.MessageID = 1, ikev1.ExchangeQuick, q.child.MessageID
	q.child.Gap = &g
}

// derive makes the keys of both directions of each chosen protocol.
func (q *quickMode) derive() {
	if q.child.Gap != nil {
		return
	}
	if (q.m1 == nil || q.m1.State == ikesa.Clear) && (q.m2 == nil || q.m2.State == ikesa.Clear) {
		return // the capture was made after decryption: whoever made it had the keys
	}
	if q.m1 == nil || q.m2 == nil {
		g := ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseChildMessage, Lost: ikesa.LostRequest}
		if q.m2 == nil {
			g.Lost = ikesa.LostResponse
		}
		q.gap(g)
	}
	ds := q.secretsD()
	gxys := q.shared()
	if len(gxys) == 1 {
		q.child.GXY = gxys[0]
	}
	for i := range ikesa.Proposals(q.child.Choice) {
		q.addProtocol(&q.child.Choice.Proposals[i], ds, gxys)
	}
	needKeys := slices.ContainsFunc(q.child.SAs, func(c ikesa.ChildSA) bool { return c.Protocol != esp.IPComp })
	if q.child.Gap != nil || !needKeys {
		return
	}
	switch {
	case len(ds) == 0:
		q.gap(ikesa.Gap{Code: ikesa.GapNeedSKEYIDd, Cause: ikesa.CauseChildKey, Needs: ikesa.SetOf(secret.SKEYIDd, secret.SKEYID, secret.DHSecret)})
	case len(gxys) == 0:
		q.gap(ikesa.Gap{Code: ikesa.GapPFS, Cause: ikesa.CausePFS, Group: q.child.PFS.Group, Needs: ikesa.SetOf(secret.QMDHSecret, secret.DHSecret, secret.DHPrivate)})
	}
}

// secretsD are the candidates for SKEYID_d: the derived one, or those that were given.
func (q *quickMode) secretsD() [][]byte {
	if d := q.s.sa.Keys.D; d != nil {
		return [][]byte{d}
	}
	var out [][]byte
	size := q.s.sa.Policy.PRF.Size
	for _, x := range q.s.Of(secret.SKEYIDd) {
		if size == 0 || len(x.Value) == size {
			out = append(out, x.Value)
		}
	}
	return out
}

// shared are the candidates for g(qm)^xy; one nil without PFS.
func (q *quickMode) shared() (gxys [][]byte) {
	if q.kei == nil && q.ker == nil {
		return [][]byte{nil}
	}
	id := q.child.PFS.Group
	x := candidate.KeyExchange{Method: id, Group: q.s.group(id), I: q.kei, R: q.ker, FrameI: q.frame1}
	if q.m2 != nil {
		x.FrameR = q.m2.Frame
	}
	if proved := q.s.Computed(x); len(proved) > 0 {
		return [][]byte{proved[0].Value} // by its public value: nothing else can be right
	}
	for _, kind := range []secret.Kind{secret.QMDHSecret, secret.DHSecret} {
		for _, given := range q.s.Of(kind) {
			if given.Where.MessageID != 0 && given.Where.MessageID != q.child.MessageID {
				continue
			}
			if x.Fits(given.Value) {
				gxys = append(gxys, x.Pad(given.Value))
			}
		}
	}
	return gxys
}

// addProtocol adds both directions of one chosen protocol. The SPI that a side sends is that of the SA towards it.
func (q *quickMode) addProtocol(chosen *ike.Proposal, ds, gxys [][]byte) {
	if len(chosen.Suites) == 0 {
		return
	}
	toInitiator := q.offered(chosen)
	q.addDirection(chosen, chosen.SPI, true, ds, gxys)
	if toInitiator != nil {
		q.addDirection(chosen, toInitiator, false, ds, gxys)
	}
}

// offered is the SPI that the initiator sent with the proposal that was chosen: same number and protocol.
func (q *quickMode) offered(chosen *ike.Proposal) []byte {
	var other []byte
	for _, p := range ikesa.Proposals(q.child.Offer) {
		if p.Protocol != chosen.Protocol {
			continue
		}
		if p.Number == chosen.Number {
			return p.SPI
		}
		if other == nil {
			other = p.SPI
		}
	}
	return other // a responder that numbers anew: initiators use one SPI for all proposals of a protocol
}

// addDirection adds the SA towards the side that sent spi.
func (q *quickMode) addDirection(chosen *ike.Proposal, spi []byte, fromInitiator bool, ds, gxys [][]byte) {
	c := ikesa.ChildSA{SPI: spiNumber(spi), FromInitiator: fromInitiator, Choice: chosen, Src: q.child.Responder, Dst: q.child.Initiator}
	if fromInitiator {
		c.Src, c.Dst = c.Dst, c.Src
	}
	p, n, unsupported := paramsOf(chosen)
	p.SPI, p.Src, p.Dst = c.SPI, c.Src, c.Dst
	p.Source = esp.Source{Name: fmt.Sprintf("Quick Mode %#08x", q.child.MessageID)}
	c.Protocol, c.Unsupported = p.Protocol, unsupported
	switch {
	case unsupported != "":
	case p.Protocol == esp.IPComp:
		c.Candidates = []esp.Params{p}
	case q.ni != nil && q.nr != nil:
		q.keymats(&c, p, n, ds, gxys, spi)
	}
	q.child.SAs = append(q.child.SAs, c)
}

// keymats derives the keys for each candidate of SKEYID_d and g(qm)^xy (RFC 2409, section 5.5).
func (q *quickMode) keymats(c *ikesa.ChildSA, p esp.Params, n keyLengths, ds, gxys [][]byte, spi []byte) {
	for _, d := range ds {
		for _, gxy := range gxys {
			if len(c.Candidates) >= candidate.MaxKeys {
				return
			}
			prfs := []alg.PRF{q.s.sa.Policy.PRF}
			if prfs[0].Sum == nil { // SKEYID_d alone, of a phase 1 that is not known: its length tells the PRF
				prfs = prfsOfSize(len(d))
			}
			for _, prf := range prfs {
				k := keys.Keymat(prf, d, gxy, uint8(c.Choice.Protocol), spi, q.ni, q.nr, n.cipher+n.mac)
				x := p
				x.CipherKey, x.MACKey, x.Derived, x.Supposed = k[:n.cipher:n.cipher], k[n.cipher:], true, q.s.supposing
				c.Candidates = append(c.Candidates, x)
				c.From = append(c.From, ikesa.Derivation{D: d, GXY: gxy})
			}
		}
	}
}
