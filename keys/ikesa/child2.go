package ikesa

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Notify types of IKEv2 that decide how a child is used (RFC 7296, section 3.10.1).
const (
	notifyIPComp    = 16387
	notifyTransport = 16391
)

// children2 reads the exchanges that set up children, or rekey the IKE SA, and derives their keys.
func (s *solver) children2(m *material2) {
	for _, c := range s.childExchanges() {
		if c.request == nil || c.response == nil {
			continue
		}
		if rekey, ok := c.rekeys(); ok {
			s.noteRekey(rekey)
			continue
		}
		if len(c.chosen) == 0 {
			continue
		}
		child := s.child2(m, c)
		if x := c.response.Exchange; x != nil {
			x.Child = child
		}
		s.sa.Children = append(s.sa.Children, child)
	}
}

// A childExchange is the pair of messages that negotiate a child.
type childExchange struct {
	request, response *Message
	offered, chosen   []decode.Proposal2
}

// childExchanges are IKE_AUTH, whose messages may be several where EAP is used, and each CREATE_CHILD_SA.
func (s *solver) childExchanges() []childExchange {
	var out []childExchange
	var auth childExchange
	for _, x := range s.sa.Exchanges {
		switch x.Type {
		case decode.ExchangeAuth:
			auth.read(x)
		case decode.ExchangeCreateChild:
			var c childExchange
			c.read(x)
			out = append(out, c)
		}
	}
	return append([]childExchange{auth}, out...)
}

// read takes the messages with SA payloads out of an exchange.
func (c *childExchange) read(x *Exchange) {
	for _, m := range x.Messages {
		p, ok := decode.Find(m.Payloads, decode.Payload2SA)
		if !ok {
			continue
		}
		sa, ok := p.Body.(*decode.SA2)
		if !ok {
			continue
		}
		if m.Flags&decode.FlagResponse != 0 {
			c.response, c.chosen = m, sa.Proposals
		} else if c.request == nil {
			c.request, c.offered = m, sa.Proposals
		}
	}
}

// rekeys reports whether the exchange sets up a new IKE SA in place of this one.
func (c *childExchange) rekeys() (rekeyOf, bool) {
	if len(c.chosen) == 0 || c.chosen[0].Protocol != decode.ProtocolISAKMP || len(c.chosen[0].SPI) != 8 {
		return rekeyOf{}, false
	}
	r := rekeyOf{c: c}
	copy(r.spis.r[:], c.chosen[0].SPI)
	for _, p := range c.offered {
		if len(p.SPI) == 8 && (p.Number == c.chosen[0].Number || r.spis.i.IsZero()) {
			copy(r.spis.i[:], p.SPI)
		}
	}
	return r, !r.spis.i.IsZero()
}

type rekeyOf struct {
	c    *childExchange
	spis spiPair
}

// noteRekey keeps what the new IKE SA's keys are derived from (RFC 7296, section 2.18).
func (s *solver) noteRekey(r rekeyOf) {
	last := s.newest()
	if last == nil || last.D == nil {
		return
	}
	m := &material2{
		ni: nonce2(r.c.request), nr: nonce2(r.c.response), kei: findKE2(r.c.request.Payloads), ker: findKE2(r.c.response.Payloads),
		frameI: r.c.request.Frame, frameR: r.c.response.Frame, chosen: &r.c.chosen[0],
		source: frameSource("chosen", r.c.response.Frame), oldD: last.D, oldPRF: s.sa.Policy.PRF,
	}
	if s.rekeyed == nil {
		s.rekeyed = make(map[spiPair]*material2)
	}
	s.rekeyed[r.spis] = m
}

// newest is the last generation of keys, nil where none is known.
func (s *solver) newest() *Generation {
	if n := len(s.sa.Generations); n > 0 {
		return &s.sa.Generations[n-1]
	}
	return nil
}

func nonce2(m *Message) []byte {
	p, ok := decode.Find(m.Payloads, decode.Payload2Nonce)
	if !ok || p.Err != nil {
		return nil
	}
	return p.Data()
}

// child2 reads one child and derives its keys.
func (s *solver) child2(m *material2, c childExchange) *Child {
	q, r := c.request, c.response
	child := &Child{
		MessageID: q.MessageID, Frames: []int{q.Frame, r.Frame}, FromInitiator: q.FromInitiator, Version: 2,
		Initiator: q.Src.Addr(), Responder: q.Dst.Addr(), Offered2: c.offered, Chosen2: c.chosen, Complete: true,
		TSi: selectors(r, decode.Payload2TSi), TSr: selectors(r, decode.Payload2TSr),
	}
	ni, nr := nonce2(q), nonce2(r)
	kei, ker := findKE2(q.Payloads), findKE2(r.Payloads)
	first := q.Message.Exchange == decode.ExchangeAuth
	if first {
		ni, nr = m.ni, m.nr
	} else if ker != nil {
		child.PFSGroup = uint16(ker.Group)
	}
	k := childKeys{s: s, child: child, ni: ni, nr: nr, transport: hasNotify(r, notifyTransport)}
	k.find(first, kei, ker, c)
	for _, p := range c.chosen {
		k.add(p, c.offered)
	}
	k.addIPComp(q, r)
	return child
}

// selectors is a TS payload of a message.
func selectors(m *Message, t decode.PayloadType) *decode.TS2 {
	p, ok := decode.Find(m.Payloads, t)
	if !ok {
		return nil
	}
	ts, _ := p.Body.(*decode.TS2)
	return ts
}

func hasNotify(m *Message, typ uint16) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*decode.Notify2); ok && uint16(n.Type) == typ {
			return true
		}
	}
	return false
}

// childKeys is the work on the keys of one child.
type childKeys struct {
	s         *solver
	child     *Child
	ni, nr    []byte
	transport bool
	ds        [][]byte   // candidates for SK_d
	secrets   [][][]byte // candidates for the shared secrets of the exchange; one empty set without a key exchange
}

// find collects the candidates for SK_d and for the shared secrets.
func (k *childKeys) find(first bool, kei, ker *decode.KE2, c childExchange) {
	s := k.s
	for i := len(s.sa.Generations) - 1; i >= 0; i-- {
		if d := s.sa.Generations[i].D; d != nil {
			k.ds = append(k.ds, d)
		}
	}
	if len(k.ds) == 0 {
		for _, x := range s.secrets(secret.SKd) {
			k.ds = append(k.ds, x.Value)
		}
	}
	for _, ppk := range s.secrets(secret.PPK) {
		for _, d := range slices.Clone(k.ds) {
			if s.sa.Policy.PRF.Sum != nil {
				k.ds = append(k.ds, keys.MixPPK(s.sa.Policy.PRF, ppk.Value, d))
			}
		}
	}
	if first || ker == nil {
		k.secrets = [][][]byte{nil}
	} else {
		k.exchangeSecrets(kei, ker, c)
	}
	switch {
	case len(k.ds) == 0:
		k.child.Gap = &Gap{Code: GapNeedSKEYIDd, Text: "the negotiation is open, but the ESP keys need SK_d", Hint: "SK_D in a key log, or the DH secret"}
	case len(k.secrets) == 0:
		k.child.Gap = &Gap{Code: GapPFS, Hint: "give its DH secret (CHILD_DH_SECRET in a key log, --dh-secret) or a --dh-private",
			Text: fmt.Sprintf("CREATE_CHILD_SA %d uses PFS group %d (%s), whose DH secret is missing", k.child.MessageID, k.child.PFSGroup, alg.GroupName(k.child.PFSGroup))}
	}
}

// exchangeSecrets are the candidates for what the exchange's key exchanges agreed upon: one secret, or as many more as the
// proposal has additional ones, in the order in which their source has them.
func (k *childKeys) exchangeSecrets(kei, ker *decode.KE2, c childExchange) {
	p := Policy{GroupID: uint16(ker.Group), Group: alg.GroupByID(uint16(ker.Group))}
	mat := material{gxr: ker.Data, frameI: c.request.Frame, frameR: c.response.Frame}
	if kei != nil {
		mat.gxi = kei.Data
	}
	more := 0
	for _, t := range c.chosen[0].Transforms {
		if t.Type >= decode.TransformADDKE1 && t.Type <= decode.TransformADDKE7 && t.ID != 0 {
			more++
		}
	}
	var given [][]byte
	for _, x := range k.s.secrets(secret.ChildDHSecret) {
		if x.Where.MessageID == 0 || x.Where.MessageID == k.child.MessageID {
			given = append(given, x.Value)
		}
	}
	if more == 0 {
		for _, sh := range k.s.sharedSecrets(p, mat) {
			k.secrets = append(k.secrets, [][]byte{sh.gxy})
		}
		for _, v := range given {
			k.secrets = append(k.secrets, [][]byte{pad(v, p.Group, mat)})
		}
		return
	}
	for i := 0; i+more < len(given); i++ {
		k.secrets = append(k.secrets, given[i:i+more+1])
	}
}

// add adds both directions of a chosen protocol. The SPI that a side sends is that of the SA towards it.
func (k *childKeys) add(chosen decode.Proposal2, offered []decode.Proposal2) {
	var toInitiator []byte
	for _, p := range offered {
		if p.Number == chosen.Number && p.Protocol == chosen.Protocol {
			toInitiator = p.SPI
		}
	}
	p, encr, integ, err := k.params(chosen)
	for _, dir := range []struct {
		spi       []byte
		initiator bool
	}{{chosen.SPI, true}, {toInitiator, false}} {
		if len(dir.spi) != 4 {
			continue
		}
		c := ChildSA{Protocol: p.Protocol, SPI: spiNumber(dir.spi), FromInitiator: dir.initiator, Proposal2: &chosen, Err: err}
		c.Src, c.Dst = k.ends(dir.initiator)
		if err == nil {
			k.derive(&c, p, encr, integ)
		}
		k.child.SAs = append(k.child.SAs, c)
	}
}

func (k *childKeys) ends(fromInitiator bool) (src, dst netip.Addr) {
	if fromInitiator {
		return k.child.Initiator, k.child.Responder
	}
	return k.child.Responder, k.child.Initiator
}

// params turns a chosen proposal into the parameters of its SAs and the lengths of their keys.
func (k *childKeys) params(chosen decode.Proposal2) (p esp.Params, encr, integ int, err error) {
	p.Tunnel, p.Transport = !k.transport, k.transport
	p.Source = fmt.Sprintf("%v %d", k.child.exchangeName(), k.child.MessageID)
	switch chosen.Protocol {
	case decode.ProtocolESP:
		p.Protocol = esp.ESP
	case decode.ProtocolAH:
		p.Protocol = esp.AH
	default:
		return p, 0, 0, fmt.Errorf("%v: %w", chosen.Protocol, errUnsupported)
	}
	for _, t := range chosen.Transforms {
		switch t.Type {
		case decode.TransformENCR:
			if p.Cipher = alg.CipherByIKEv2(t.ID); p.Cipher == nil {
				return p, 0, 0, fmt.Errorf("%s: %w", t.Name(), errUnsupported)
			}
			bits, _ := t.KeyLength()
			if encr, err = alg.CipherKeyLen(p.Cipher, uint16(bits)); err != nil {
				return p, 0, 0, err
			}
			encr += p.Cipher.SaltLen
		case decode.TransformINTEG:
			if t.ID == 0 {
				continue
			}
			if p.MAC = alg.MACByIKEv2(t.ID); p.MAC == nil {
				return p, 0, 0, fmt.Errorf("%s: %w", t.Name(), errUnsupported)
			}
			integ = p.MAC.KeyLen
		case decode.TransformESN:
			p.ESN = t.ID == 1
		}
	}
	if p.Cipher != nil && p.Cipher.AEAD {
		p.MAC, integ = nil, 0
	}
	return p, encr, integ, nil
}

// derive makes the keys for each candidate.
func (k *childKeys) derive(c *ChildSA, p esp.Params, encr, integ int) {
	prf := k.s.sa.Policy.PRF
	if k.ni == nil || k.nr == nil || prf.Sum == nil {
		return
	}
	p.SPI, p.Src, p.Dst = c.SPI, c.Src, c.Dst
	for _, d := range k.ds {
		for _, secrets := range k.secrets {
			if len(c.Candidates) >= maxCandidates {
				return
			}
			ck := keys.IKEv2Keys{D: d}.ChildKeys(prf, k.ni, k.nr, encr, integ, secrets...)
			x := p
			x.CipherKey, x.MACKey = ck.ER, ck.AR
			if c.FromInitiator {
				x.CipherKey, x.MACKey = ck.EI, ck.AI
			}
			from := Derivation{D: d}
			if len(secrets) > 0 {
				from.GXY, from.More = secrets[0], secrets[1:]
			}
			c.Candidates = append(c.Candidates, x)
			c.From = append(c.From, from)
		}
	}
}

// addIPComp adds the IPComp SAs: each side names its CPI in a notify (RFC 7296, section 2.22).
func (k *childKeys) addIPComp(q, r *Message) {
	for _, m := range []*Message{q, r} {
		for _, p := range m.Payloads {
			n, ok := p.Body.(*decode.Notify2)
			if !ok || uint16(n.Type) != notifyIPComp || len(n.Data) < 3 || !hasNotify(r, notifyIPComp) {
				continue
			}
			x := esp.Params{Protocol: esp.IPComp, SPI: uint32(n.Data[0])<<8 | uint32(n.Data[1]), IPCompAlg: n.Data[2], Source: "IPCOMP_SUPPORTED"}
			x.Src, x.Dst = k.ends(m == r)
			c := ChildSA{Protocol: esp.IPComp, SPI: x.SPI, FromInitiator: m == r, Src: x.Src, Dst: x.Dst, Candidates: []esp.Params{x}}
			k.child.SAs = append(k.child.SAs, c)
		}
	}
}

// exchangeName names the exchange that negotiated a child.
func (c *Child) exchangeName() string {
	if c.Version == 2 {
		return "Child SA of message"
	}
	return "Quick Mode"
}
