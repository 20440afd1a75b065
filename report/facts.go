package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Facts are the few things that an overview says of message i of the exchange: what the diagrams have room for. Of an
// exchange that is one message, what its outcome says is left out.
func (x *Exchange) Facts(i int) (all []Remark) {
	m := &x.Messages[i]
	add := func(tone Tone, text string) {
		if text != "" {
			all = append(all, Remark{Tone: tone, Text: clip(text, longestFact)})
		}
	}
	for k := range m.Payloads {
		switch r := &m.Payloads[k]; {
		case x.tells(r):
		case r.Error != "":
			add(ToneBad, r.Type+" malformed: "+r.Error)
		case len(r.Proposals) > 0 && m.Sender == x.StartedBy:
			add(TonePlain, "offers "+offered(r))
		case len(r.Proposals) > 0:
			add(TonePlain, x.choice(i, r))
		case r.Notify != nil && r.Notify.Error:
			add(ToneBad, r.Text+r.about())
		case r.Notify != nil && r.isQuiet():
		case r.Notify != nil:
			add(TonePlain, r.Text+r.about())
		case r.Type == "KE" && m.saysGroup(), r.Type == "CERTREQ", r.Type == "CERT", x.saidBefore(i, r):
		case r.Identity != nil:
			add(TonePlain, r.Type+" "+r.Identity.Text)
		default:
			add(TonePlain, r.detail().Text)
		}
	}
	if m.Error != "" && !slices.ContainsFunc(m.Payloads, func(r Payload) bool { return r.Error == m.Error }) {
		add(ToneBad, "malformed: "+m.Error)
	}
	if m.Fragments > 0 {
		add(TonePlain, fmt.Sprintf("in %s", count(m.Fragments, "IKE fragment")))
	}
	add(ToneCaution, m.resent())
	return all
}

// tells reports whether the outcome says what r says.
func (x *Exchange) tells(r *Payload) bool {
	return x.IsNote() && x.Outcome.lists && r.Error == "" && (r.Delete != nil || r.Notify != nil && r.about() == "")
}

// longestFact is how much of one fact an overview shows.
const longestFact = 160

// saidBefore reports whether the message before says the same of the traffic, as a response does that agrees.
func (x *Exchange) saidBefore(i int, r *Payload) bool {
	switch r.Type {
	case "TSi", "TSr", "IDci", "IDcr":
		return i > 0 && slices.ContainsFunc(x.Messages[i-1].Payloads, func(p Payload) bool { return p.Type == r.Type && p.Text == r.Text })
	}
	return false
}

// choice says what the response r in message i chooses; where the offer left no choice, that it accepts it.
func (x *Exchange) choice(i int, r *Payload) string {
	k := i - 1
	for k >= 0 && x.Messages[k].Sender == x.Messages[i].Sender {
		k--
	}
	if k < 0 || !slices.ContainsFunc(x.Messages[k].Payloads, func(offer Payload) bool { return r.accepts(&offer) }) {
		return "chooses " + answered(r)
	}
	if spi := spiOfProposal(&r.Proposals[0]); spi != "" {
		return "accepts it: " + spi
	}
	return "accepts it"
}

// accepts reports whether r holds all of an offer that leaves no choice; some answer in another order.
func (r *Payload) accepts(offer *Payload) bool {
	if len(offer.Proposals) != 1 || len(r.Proposals) != 1 || offer.hasChoice() {
		return false
	}
	a, o := r.Proposals[0].transforms(), offer.Proposals[0].transforms()
	slices.Sort(a)
	slices.Sort(o)
	return slices.Equal(a, o)
}

// spiOfProposal is "ESP 0xc0ffee01", "" for a proposal without an SPI.
func spiOfProposal(q *Proposal) string {
	if q.SPI == "" {
		return ""
	}
	return q.Protocol + " " + q.SPI
}

// saysGroup reports whether the proposals of m name the one group that its KE payload can be of.
func (m *Message) saysGroup() bool {
	named := false
	for i := range m.Payloads {
		if r := &m.Payloads[i]; r.hasChoice() {
			return false
		} else if len(r.Proposals) > 0 {
			named = true
		}
	}
	return named
}

// offered is how much there is to choose from, or what is offered where there is no choice.
func offered(r *Payload) string {
	if !r.hasChoice() {
		return answered(r)
	}
	n := 0
	for i := range r.Proposals {
		n += len(r.Proposals[i].Transforms)
	}
	return fmt.Sprintf("%s, %s", count(len(r.Proposals), "proposal"), count(n, "transform"))
}

// answered is what a response holds: "AES-CBC-128/SHA1/PSK/MODP-1024".
func answered(r *Payload) string {
	var parts []string
	for i := range r.Proposals {
		q := &r.Proposals[i]
		var names []string
		for _, t := range q.Transforms {
			names = append(names, t.short())
		}
		names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
		parts = append(parts, strings.TrimSpace(spiOfProposal(q)+" "+join(names, ", ")))
	}
	return join(parts, " + ")
}

// short is the name of a transform, with its type where the name alone is not clear. That there are no extended sequence
// numbers goes without saying.
func (t *Transform) short() string {
	switch {
	case t.Kind == "ESN" && t.ID == 0:
		return ""
	case t.Kind == "ESN" && t.ID == 1:
		return "ESN"
	case t.Kind == "ENCR", t.Kind == "INTEG", t.Kind == "KE", t.Kind == "":
		return t.Text
	}
	return t.Kind + " " + t.Text
}

// isQuiet reports whether a notification of IKEv2 only announces what its sender can do, or a NAT that is not there.
func (r *Payload) isQuiet() bool {
	if r.Version != 2 {
		return false
	}
	t := ike.NotifyType{Version: ike.V2, Number: r.Notify.Number}
	switch {
	case t.Is(ike.NATDetectionSource), t.Is(ike.NATDetectionDest):
		return !r.differs
	case t.Is(ike.AdditionalIP4), t.Is(ike.AdditionalIP6), t.Is(ike.AdditionalKeyExchange):
		return true
	}
	return t.Announces()
}

// IsLost reports whether message i is the one that nobody answered.
func (x *Exchange) IsLost(i int) bool {
	return x.Outcome.Code == negotiation.NoAnswer && i == len(x.Messages)-1
}

// Overview is what the diagrams say of an IKE SA in front of its messages.
func (s *TimelineSA) Overview() (all []Remark) {
	add := func(tone Tone, text string) {
		if text != "" {
			all = append(all, Remark{Tone: tone, Text: text})
		}
	}
	add(TonePlain, s.State())
	if s.Policy != nil {
		add(TonePlain, s.Policy.String())
	}
	if s.RekeyedFrom != "" {
		add(TonePlain, "rekeyed from "+s.RekeyedFrom)
	}
	add(TonePlain, s.NAT)
	for _, g := range s.Gaps {
		add(ToneBad, "not decrypted: "+g.Text)
		if g.Hint != "" {
			add(ToneCaution, "hint: "+g.Hint)
		}
	}
	for _, n := range s.Notes {
		add(ToneCaution, "note: "+n)
	}
	return all
}

// IsNote reports whether the exchange is one message that asks for no answer, as an Informational of IKEv1.
func (x *Exchange) IsNote() bool {
	return len(x.Messages) == 1 && (x.Outcome.Code == negotiation.Done || x.Outcome.Code == negotiation.Closed)
}

// Label is what stands at the arrow of a message.
func (m *Message) Label() string {
	if s := m.Summary(); s != "" {
		return s
	}
	return "no payload"
}

// PeerTexts are the address of a peer, and its identity where that says more.
func PeerTexts(addr string, id *Identity) []string {
	if id == nil || id.Value == HostOf(addr) {
		return []string{addr}
	}
	return []string{addr, clip(id.Text, longest)}
}

// HostOf is an address without its port.
func HostOf(endpoint string) string {
	if a, err := netip.ParseAddrPort(endpoint); err == nil {
		return a.Addr().String()
	}
	return endpoint
}
