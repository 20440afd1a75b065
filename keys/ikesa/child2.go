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
		if rekey, ok := c.rekeys(); ok {
			s.noteRekey(rekey)
			continue
		}
		if !c.makesChild() {
			continue
		}
		child := s.child2(m, c)
		c.x.Child = child
		s.sa.Children = append(s.sa.Children, child)
	}
}

// makesChild reports whether the exchange, as far as it can be read, negotiated a child. An answer that says why it did not
// is no lost one; neither is one that stayed closed.
func (c *childExchange) makesChild() bool {
	switch {
	case c.response != nil:
		return len(c.chosen) > 0 && c.chosen[0].Protocol != decode.ProtocolISAKMP
	case c.request != nil:
		return !c.refused && len(c.offered) > 0 && c.offered[0].Protocol != decode.ProtocolISAKMP
	}
	return false
}

// A childExchange is the pair of messages that negotiate a child.
type childExchange struct {
	request, response *Message
	offered, chosen   []decode.Proposal2
	x                 *Exchange // with the last SA payload
	refused           bool      // answered without an SA payload, or by a message that stayed closed
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
		answer := m.Flags&decode.FlagResponse != 0
		sa := findSA2(m.Payloads)
		switch {
		case sa == nil:
			c.refused = c.refused || answer && (m.State == Closed || hasError(m))
		case answer:
			c.response, c.chosen, c.x = m, sa.Proposals, x
		case c.request == nil:
			c.request, c.offered, c.x = m, sa.Proposals, x
		}
	}
}

// hasError reports whether a message has a notify of an error (RFC 7296, section 3.10.1).
func hasError(m *Message) bool {
	for _, p := range m.Payloads {
		if n, ok := p.Body.(*decode.Notify2); ok && uint16(n.Type) < 16384 {
			return true
		}
	}
	return false
}

// rekeys reports whether the exchange sets up a new IKE SA in place of this one.
func (c *childExchange) rekeys() (rekeyOf, bool) {
	if c.request == nil || c.response == nil || len(c.chosen) == 0 || c.chosen[0].Protocol != decode.ProtocolISAKMP || len(c.chosen[0].SPI) != 8 {
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
	m := &material2{
		ni: nonce2(r.c.request), nr: nonce2(r.c.response), kei: findKE2(r.c.request.Payloads), ker: findKE2(r.c.response.Payloads),
		frameI: r.c.request.Frame, frameR: r.c.response.Frame, chosen: &r.c.chosen[0],
		source: frameSource("chosen", r.c.response.Frame), rekey: true, oldDs: s.ds(), oldPRF: s.sa.Policy.PRF,
	}
	if m.oldPRF.Sum == nil && len(m.oldDs) > 0 {
		// Nothing tells the old SA's PRF apart from others of the same length: the first one is as good as any.
		if ps := s.prfs(m.oldDs[0]); len(ps) > 0 {
			m.oldPRF = ps[0]
		}
	}
	if m.oldPRF.Sum == nil {
		m.oldDs = nil
	}
	if s.rekeyed == nil {
		s.rekeyed = make(map[spiPair]*material2)
	}
	s.rekeyed[r.spis] = m
}

func nonce2(m *Message) []byte {
	p, ok := decode.Find(m.Payloads, decode.Payload2Nonce)
	if !ok || p.Err != nil {
		return nil
	}
	return p.Data()
}

// child2 reads one child and derives its keys, as far as both messages are there.
func (s *solver) child2(m *material2, c childExchange) *Child {
	q, r := c.request, c.response
	child := &Child{MessageID: c.x.MessageID, Version: 2, Offered2: c.offered, Chosen2: c.chosen, Complete: q != nil && r != nil}
	k := childKeys{s: s, child: child}
	var kei, ker *decode.KE2
	if q != nil {
		child.Frames = append(child.Frames, q.Frame)
		child.FromInitiator, child.Initiator, child.Responder = q.FromInitiator, q.Src.Addr(), q.Dst.Addr()
		k.ni, kei = nonce2(q), findKE2(q.Payloads)
	}
	if r != nil {
		child.Frames = append(child.Frames, r.Frame)
		child.FromInitiator, child.Initiator, child.Responder = !r.FromInitiator, r.Dst.Addr(), r.Src.Addr()
		child.TSi, child.TSr = selectors(r, decode.Payload2TSi), selectors(r, decode.Payload2TSr)
		k.transport = hasNotify(r, notifyTransport)
		k.nr, ker = nonce2(r), findKE2(r.Payloads)
	}
	first := c.x.Type == decode.ExchangeAuth
	k.name = fmt.Sprintf("CREATE_CHILD_SA %d", child.MessageID)
	if first {
		k.name = "IKE_AUTH"
		k.ni, k.nr = m.ni, m.nr
	} else if ker != nil {
		child.PFSGroup = uint16(ker.Group)
	}
	if r == nil {
		k.unanswered(c.offered)
		return child
	}
	k.find(first, kei, ker, c)
	for _, p := range c.chosen {
		k.add(p, c.offered)
	}
	if q != nil {
		k.addIPComp(q, r)
	}
	return child
}

// unanswered notes the SAs towards the initiator of an exchange whose answer is lost: their keys may come from elsewhere.
func (k *childKeys) unanswered(offered []decode.Proposal2) {
	k.child.Gap = &Gap{Code: GapLost, Text: fmt.Sprintf("the answer to %s is not in the capture, so that the keys of its Child SA can't be derived", k.name),
		Hint: "the keys of its ESP SAs open the traffic all the same"}
	for i, p := range offered {
		if len(p.SPI) != 4 || i > 0 && string(p.SPI) == string(offered[i-1].SPI) {
			continue
		}
		c := ChildSA{Protocol: esp.ESP, SPI: spiNumber(p.SPI), Proposal2: &offered[i]}
		if p.Protocol == decode.ProtocolAH {
			c.Protocol = esp.AH
		}
		c.Src, c.Dst = k.ends(false)
		k.child.SAs = append(k.child.SAs, c)
	}
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
	name      string // of the exchange
	ni, nr    []byte
	transport bool
	ds        [][]byte   // candidates for SK_d
	secrets   [][][]byte // candidates for the shared secrets of the exchange; one empty set without a key exchange
}

// find collects the candidates for SK_d and for the shared secrets.
func (k *childKeys) find(first bool, kei, ker *decode.KE2, c childExchange) {
	k.ds = k.s.ds()
	if first || ker == nil {
		k.secrets = [][][]byte{nil}
	} else {
		k.exchangeSecrets(kei, ker, c)
	}
	switch {
	case k.ni == nil || k.nr == nil:
		what := "IKE_SA_INIT"
		if !first {
			what = "the request"
		}
		k.child.Gap = &Gap{Code: GapLost, Text: fmt.Sprintf("the keys of %s's Child SA need the nonces of %s, which the capture lacks", k.name, what),
			Hint: "the keys of its ESP SAs open the traffic all the same"}
	case len(k.ds) == 0:
		k.child.Gap = &Gap{Code: GapNeedSKEYIDd, Text: "the negotiation is open, but the ESP keys need SK_d", Hint: "SK_D in a key log, or the DH secret"}
	case len(k.secrets) == 0:
		k.child.Gap = &Gap{Code: GapPFS, Hint: "give its DH secret (CHILD_DH_SECRET in a key log, --dh-secret) or a --dh-private",
			Text: fmt.Sprintf("CREATE_CHILD_SA %d uses PFS group %d (%s), whose DH secret is missing", k.child.MessageID, k.child.PFSGroup, alg.GroupName(k.child.PFSGroup))}
	}
}

// ds are the candidates for the SK_d that children and rekeyed SAs are derived from, the newest first; with each PPK that was
// given, too, for one that IKE_AUTH agreed upon (RFC 8784).
func (s *solver) ds() [][]byte {
	var out [][]byte
	for i := len(s.sa.Generations) - 1; i >= 0; i-- {
		if d := s.sa.Generations[i].D; d != nil {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		for _, x := range s.secrets(secret.SKd) {
			out = append(out, x.Value)
		}
	}
	for _, ppk := range s.secrets(secret.PPK) {
		for _, d := range slices.Clone(out) {
			for _, prf := range s.prfs(d) {
				out = append(out, keys.MixPPK(prf, ppk.Value, d))
			}
		}
	}
	return out
}

// exchangeSecrets are the candidates for what the exchange's key exchanges agreed upon: one secret, or as many more as the
// proposal has additional ones, in the order in which their source has them.
func (k *childKeys) exchangeSecrets(kei, ker *decode.KE2, c childExchange) {
	p := Policy{GroupID: uint16(ker.Group), Group: alg.GroupByID(uint16(ker.Group))}
	mat := material{gxr: ker.Data, frameR: c.response.Frame}
	if kei != nil && c.request != nil {
		mat.gxi, mat.frameI = kei.Data, c.request.Frame
	}
	more := additional(c.chosen[0])
	var own, any [][]byte
	for _, x := range k.s.secrets(secret.ChildDHSecret) {
		switch {
		case x.Where.MessageID == 0:
			any = append(any, x.Value)
		case x.Where.MessageID == k.child.MessageID:
			own = append(own, x.Value)
		}
	}
	if more > 0 {
		k.secrets = append(sets(own, more+1), sets(any, more+1)...)
		return
	}
	for _, sh := range k.s.sharedSecrets(p, mat) {
		k.secrets = append(k.secrets, [][]byte{sh.gxy})
	}
	for _, v := range append(own, any...) {
		k.secrets = append(k.secrets, [][]byte{pad(v, p.Group, mat)})
	}
}

// additional counts the additional key exchanges of a chosen proposal (RFC 9370).
func additional(p decode.Proposal2) (n int) {
	for _, t := range p.Transforms {
		if t.Type >= decode.TransformADDKE1 && t.Type <= decode.TransformADDKE7 && t.ID != 0 {
			n++
		}
	}
	return n
}

// sets are the ways in which n of the given secrets may belong to one exchange: those next to each other, in their order, and
// of few secrets every other order, for a source that has lost it.
func sets(given [][]byte, n int) [][][]byte {
	var out [][][]byte
	for i := 0; i+n <= len(given); i++ {
		out = append(out, given[i:i+n])
	}
	const few = 4
	if n > 1 && len(given) <= few {
		out = append(out, orders(given, n)...)
	}
	return out
}

// orders are all ways to take n of the values, each once.
func orders(values [][]byte, n int) [][][]byte {
	if n == 0 {
		return [][][]byte{nil}
	}
	var out [][][]byte
	for i, v := range values {
		rest := slices.Delete(slices.Clone(values), i, i+1)
		for _, tail := range orders(rest, n-1) {
			out = append(out, append([][]byte{v}, tail...))
		}
	}
	return out
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
		// With the request lost, the SPI that it named is learned from the traffic: its ICV shows which one it is.
		learn := dir.spi == nil && !k.child.Complete && k.ni != nil && k.nr != nil && (p.MAC != nil || p.Cipher != nil && p.Cipher.AEAD)
		if len(dir.spi) != 4 && !learn {
			continue
		}
		c := ChildSA{Protocol: p.Protocol, FromInitiator: dir.initiator, Proposal2: &chosen, Err: err}
		if p.AnySPI = learn; !learn {
			c.SPI = spiNumber(dir.spi)
		}
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
	if k.ni == nil || k.nr == nil {
		return
	}
	p.SPI, p.Src, p.Dst = c.SPI, c.Src, c.Dst
	for _, d := range k.ds {
		for _, prf := range k.s.prfs(d) {
			for _, secrets := range k.secrets {
				if len(c.Candidates) >= maxCandidates || prf.Sum == nil {
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
