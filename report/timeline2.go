package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/words"
)

// newExchange2 describes an exchange of IKEv2.
func newExchange2(sa *ikesa.SA, x *ikesa.Exchange, o Outcome, origin time.Time) Exchange {
	first := x.Messages[0]
	r := Exchange{
		Type: x.Type.String(), MessageID: messageIDs(x), StartedBy: side(startedBy2(x)), Start: first.Time.UTC(), Outcome: o,
		Purpose: purpose(x), Child: newChild2(x),
	}
	chosen := answers2(x)
	var before *ikesa.Message
	for _, group := range foldFragments(x.Messages) {
		msg := newMessage2(sa, group, chosen, origin)
		if before != nil {
			msg.Delta = group[0].Time.Sub(before.Time).Seconds()
		}
		before = group[len(group)-1]
		r.Messages = append(r.Messages, msg)
	}
	return r
}

// messageIDs are the message IDs of x, which for IKE_AUTH with EAP are several.
func messageIDs(x *ikesa.Exchange) string {
	low, high := x.MessageID, x.MessageID
	for _, m := range x.Messages {
		low, high = min(low, m.MessageID), max(high, m.MessageID)
	}
	if low == high {
		return fmt.Sprintf("0x%08x", low)
	}
	return fmt.Sprintf("0x%08x-0x%08x", low, high)
}

// startedBy2 tells whether the initiator of the IKE SA started x.
func startedBy2(x *ikesa.Exchange) bool {
	first := x.Messages[0]
	return first.FromInitiator != isResponse(first)
}

// foldFragments puts the fragments of one message (RFC 7383) together, in order of their first one. A message that was not
// fragmented is a group of its own.
func foldFragments(list []*ikesa.Message) (groups [][]*ikesa.Message) {
	type key struct {
		id                  uint32
		initiator, response bool
	}
	at := make(map[key]int)
	for _, m := range list {
		k := key{m.MessageID, m.FromInitiator, isResponse(m)}
		if i, ok := at[k]; ok && fragmentOf(m) != nil {
			groups[i] = append(groups[i], m)
			continue
		}
		if fragmentOf(m) != nil {
			at[k] = len(groups)
		}
		groups = append(groups, []*ikesa.Message{m})
	}
	return groups
}

// fragmentOf is the SKF payload that m was captured with, nil where it had none.
func fragmentOf(m *ikesa.Message) *ikev2.SKF {
	p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSKF)
	if !ok {
		return nil
	}
	f, _ := p.Body.(*ikev2.SKF)
	return f
}

// newMessage2 describes a message of IKEv2, which may have come in fragments.
func newMessage2(sa *ikesa.SA, group []*ikesa.Message, chosen []ikev2.Proposal, origin time.Time) Message {
	m := group[0]
	for _, part := range group {
		if part.Joined > 0 {
			m = part
		}
	}
	r := newMessage(m, nil, origin)
	r.Version, r.IV, r.Payloads = 2, "", []Payload{}
	if isResponse(m) {
		chosen = nil // the answer itself: all it holds is chosen
	}
	for _, p := range m.Payloads {
		one := newPayload2(p, chosen)
		if n, ok := p.Body.(*ikev2.Notify); ok {
			one.noteNAT(m, n)
		}
		r.Payloads = append(r.Payloads, one)
	}
	r.outside = outside(m)
	if a := authCheck(sa, m); a != nil {
		r.Hash = &Hash{"AUTH", hashResult(ikesa.HashCheck{Done: a.Done, OK: a.OK})}
	}
	if m.State == ikesa.Opened && len(sa.Generations) > 1 {
		r.Generation = m.Generation + 1
	}
	if fragmentOf(group[0]) != nil {
		r.foldIn(group, m)
	}
	return r
}

// authCheck is the check of the AUTH payload that m has, nil where it has none.
func authCheck(sa *ikesa.SA, m *ikesa.Message) *ikesa.AuthCheck {
	if _, ok := decode.Find(m.Payloads, ikev2.PayloadAuth); !ok {
		return nil
	}
	for i := range sa.Auth {
		if sa.Auth[i].Frame == m.Frame {
			return &sa.Auth[i]
		}
	}
	return nil
}

// noteNAT says of a NAT detection hash whether it fits the address that m came with.
func (r *Payload) noteNAT(m *ikesa.Message, n *ikev2.Notify) {
	hash, ok := n.NATHash()
	addr := m.Src
	if n.Type == ikev2.NotifyNATDetectionDest {
		addr = m.Dst
	}
	switch {
	case !ok:
	case natFits(m, hash, addr):
		r.Text += " fits"
	default:
		r.Text += " differs"
		r.differs = true
	}
}

// outside counts the payloads in front of the encrypted one.
func outside(m *ikesa.Message) (n int) {
	for _, p := range m.Message.Payloads {
		if p.Type == ikev2.PayloadSK || p.Type == ikev2.PayloadSKF {
			return n
		}
		n++
	}
	return n
}

// foldIn makes r, the description of m, that of all fragments in group.
func (r *Message) foldIn(group []*ikesa.Message, m *ikesa.Message) {
	var have []int
	total := 0
	r.Frames, r.Repeats = nil, nil
	for _, part := range group {
		f := fragmentOf(part)
		total = max(total, int(f.Total))
		have = append(have, int(f.Number))
		r.Frames = append(r.Frames, part.Frame)
		r.Sent = max(r.Sent, part.Sent())
		for _, rep := range part.Repeats {
			r.Repeats = append(r.Repeats, Repeat{rep.Frame, rep.Time.UTC(), rep.Mirror})
		}
	}
	r.Fragments = len(group)
	if m.Joined > 0 {
		return
	}
	r.State = ikesa.Closed.String()
	if missing := missingOf(have, total); len(missing) > 0 {
		r.Why = fmt.Sprintf("of %d fragments these are missing: %s", total, clip(words.Numbers(missing), 60))
	} else if r.Why == "" {
		r.Why = "not all of its fragments open"
	}
}

// missingOf are the numbers from 1 to total that are not in have.
func missingOf(have []int, total int) (list []int) {
	const most = 32
	for n := 1; n <= total && len(list) < most; n++ {
		if !slices.Contains(have, n) {
			list = append(list, n)
		}
	}
	return list
}

// contents2 lists the payloads in the notation of RFC 7296, those that were encrypted in SK{...}, runs of one type folded.
func (m *Message) contents2() string {
	names := func(list []Payload) string {
		var parts []string
		for i := 0; i < len(list); {
			n := 1
			for i+n < len(list) && list[i+n].Type == list[i].Type {
				n++
			}
			parts = append(parts, list[i].Type)
			if n > 1 {
				parts[len(parts)-1] += fmt.Sprintf("×%d", n)
			}
			i += n
		}
		return strings.Join(parts, " ")
	}
	switch m.State {
	case "clear":
		return names(m.Payloads)
	case "closed":
		return "encrypted, not opened"
	}
	out := min(m.outside, len(m.Payloads))
	s := "SK{" + names(m.Payloads[out:]) + "}"
	if out > 0 {
		s = names(m.Payloads[:out]) + " " + s
	}
	if m.Generation > 0 {
		s += fmt.Sprintf("  [keys %d]", m.Generation)
	}
	if m.Hash != nil && m.Hash.Result != "not checked" {
		s += fmt.Sprintf("  [%s %s]", m.Hash.Name, m.Hash.Result)
	}
	return s
}

// notifyLine puts the status notifications of a message in one line.
func (m *Message) notifyLine() string {
	var parts []string
	for i := range m.Payloads {
		if n := m.Payloads[i].Notify; n != nil && !n.Error && m.Payloads[i].Error == "" {
			parts = append(parts, clip(m.Payloads[i].Text, longest))
		}
	}
	return join(parts, "; ")
}

// newChild2 describes the Child SA of an exchange: where it was refused, what was offered for it.
func newChild2(x *ikesa.Exchange) *Child {
	c := x.Child
	if c == nil {
		return offeredChild(x)
	}
	r := &Child{TSi: selectorTexts(c.TSi), TSr: selectorTexts(c.TSr)}
	unanswered := !c.Complete && len(c.Chosen2) == 0
	if o := offeredChild(x); o != nil && unanswered {
		r = o // nothing is chosen yet
	}
	for _, p := range c.Chosen2 {
		r.Algorithms = append(r.Algorithms, ikev2.ProtocolName(p.Protocol)+" "+childSummary(p))
		r.ESN = r.ESN || esnOf(p)
	}
	if c.PFSGroup != 0 {
		r.PFS = decode.Group(c.PFSGroup).String()
	}
	for _, sa := range c.SAs {
		r.SPIs = append(r.SPIs, fmt.Sprintf("%v %v>%v %s", sa.Protocol, sa.Src, sa.Dst, spiOf(sa)))
	}
	if !unanswered {
		r.Mode = modeOf(x)
	}
	r.Rekeys = rekeyedSPI(x)
	if c.Gap != nil {
		g := newGap(*c.Gap)
		r.Gap = &g
	}
	return r
}

// offeredChild has the selectors that a request offers where nothing came of it; nil where it has none.
func offeredChild(x *ikesa.Exchange) *Child {
	for _, m := range x.Messages {
		if i, r := selectors2(m); i != nil && r != nil && !isResponse(m) {
			return &Child{TSi: selectorTexts(i), TSr: selectorTexts(r), Offered: true}
		}
	}
	return nil
}

// selectors2 are the selectors that m has, nil where it has none.
func selectors2(m *ikesa.Message) (i, r *ikev2.TS) {
	for _, p := range m.Payloads {
		ts, ok := p.Body.(*ikev2.TS)
		switch {
		case !ok:
		case p.Type == ikev2.PayloadTSi:
			i = ts
		case p.Type == ikev2.PayloadTSr:
			r = ts
		}
	}
	return i, r
}

// childSummary names the algorithms of a chosen proposal; the key exchange is PFS, sequence numbers stand apart.
func childSummary(p ikev2.Proposal) string {
	var parts []string
	for _, t := range p.Transforms {
		switch {
		case t.Type == ikev2.TransformESN, t.Type == ikev2.TransformKE, t.Type == ikev2.TransformINTEG && t.ID == 0:
		case t.Type.IsKeyExchange():
			if t.ID != 0 {
				parts = append(parts, t.Type.String()+" "+t.Name())
			}
		default:
			parts = append(parts, t.Name())
		}
	}
	return join(parts, ", ")
}

// esnOf reports whether extended sequence numbers were chosen.
func esnOf(p ikev2.Proposal) bool {
	t, ok := p.Find(ikev2.TransformESN)
	return ok && t.ID == 1
}

// modeOf is the mode that the answer agrees to.
func modeOf(x *ikesa.Exchange) string {
	for _, m := range x.Messages {
		switch {
		case !isResponse(m):
		case findNotify2(m, ikev2.NotifyUseTransportMode) != nil:
			return "transport"
		case findNotify2(m, ikev2.NotifyUseBEETMode) != nil:
			return "beet"
		}
	}
	return "tunnel"
}

// rekeyedSPI names the Child SA that a request wants to replace.
func rekeyedSPI(x *ikesa.Exchange) string {
	for _, m := range x.Messages {
		if n := findNotify2(m, ikev2.NotifyRekeySA); n != nil && !isResponse(m) {
			return ikev2.ProtocolName(n.Protocol) + " " + spiText(n.SPI)
		}
	}
	return ""
}

// each2 tells what a Child SA of IKEv2 is.
func (c *Child) each2(fn func(tone Tone, text string)) {
	traffic := join(c.TSi, ", ") + " <-> " + join(c.TSr, ", ")
	if len(c.SPIs) > 0 {
		fn(TonePlain, "SAs: "+join(c.SPIs, ", "))
	}
	if c.Offered {
		fn(TonePlain, "offered traffic: "+traffic)
		return
	}
	s := "chosen: " + join(append(slices.Clone(c.Algorithms), c.Mode), ", ")
	if c.ESN {
		s += ", ESN"
	}
	if c.PFS != "" {
		s += ", PFS " + c.PFS
	} else if c.Rekeys != "" {
		s += ", no PFS"
	}
	fn(TonePlain, s)
	if len(c.TSi)+len(c.TSr) > 0 {
		fn(TonePlain, "traffic: "+traffic)
	}
}

// childExchange is the exchange of sa that set c up, nil where it is not to be found.
func childExchange(sa *ikesa.SA, c *ikesa.Child) *ikesa.Exchange {
	for _, x := range sa.Exchanges {
		if x.Child == c {
			return x
		}
	}
	return nil
}

// complete2 fills in what the negotiation of IKEv2 says of an SA.
func (t *TrafficSA) complete2(sa *ikesa.SA, c *ikesa.Child) {
	x := childExchange(sa, c)
	if x == nil {
		return
	}
	t.Selectors = ""
	if i, r := selectorTexts(c.TSi), selectorTexts(c.TSr); len(i)+len(r) > 0 {
		t.Selectors = join(i, ", ") + " <-> " + join(r, ", ")
	}
	t.PFS = "no"
	switch {
	case c.PFSGroup != 0:
		t.PFS = decode.Group(c.PFSGroup).String()
	case !c.Complete && len(c.Chosen2) == 0:
		t.PFS = "" // what was chosen is not in the capture
	case x.Type == ikev2.ExchangeAuth:
		t.PFS = "" // its keys come from the IKE SA's key exchange
	}
	t.RekeyedFrom = rekeyedSPI(x)
	if t.Mode == "" || modeOf(x) == "beet" {
		t.Mode = modeOf(x)
	}
	if t.Protocol == esp.IPComp.String() {
		t.PFS = ""
	}
}

// negotiation names the exchange that set up c.
func negotiation(c *ikesa.Child) string {
	if c.Version == 2 {
		return fmt.Sprintf("Child SA of message 0x%08x", c.MessageID)
	}
	return fmt.Sprintf("Quick Mode 0x%08x", c.MessageID)
}
