package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// message makes the payload tree of a message: how it travelled, its header, and a node for each payload.
func (b *builder) message(m *report.Message, raw *ikesa.Message) (list []int) {
	add := func(n int) {
		if n >= 0 {
			list = append(list, n)
		}
	}
	add(b.travel(m))
	if raw != nil {
		add(b.header(raw))
	}
	if m.State != "clear" {
		add(b.protection(m))
	}
	for i := range m.Payloads {
		size := 0
		if raw != nil && len(raw.Payloads) == len(m.Payloads) {
			size = len(raw.Payloads[i].Raw)
		}
		add(b.payload(&m.Payloads[i], size))
	}
	if m.Error != "" {
		add(b.node("malformed", m.Error, badNode))
	}
	for _, n := range m.Notes {
		add(b.node("note", n, plainNode))
	}
	return list
}

// travel is where a message came from and went to, and in which frames.
func (b *builder) travel(m *report.Message) int {
	how := m.Transport
	if how == "" {
		how = "UDP"
	}
	kids := []int{b.node("time", m.Time.Format("2006-01-02 15:04:05.000000 MST"), plainNode)}
	if m.Delta > 0 {
		kids = append(kids, b.node("after the previous message", fmt.Sprintf("%.6f s", m.Delta), plainNode))
	}
	if len(m.Frames) > 1 {
		kids = append(kids, b.node("frames", numbers(m.Frames), plainNode))
	}
	if m.Moved != "" {
		kids = append(kids, b.node("moved", m.Moved, plainNode))
	}
	if m.Fragments > 1 {
		kids = append(kids, b.node("IKE fragments", fmt.Sprint(m.Fragments), plainNode))
	}
	const most = 10
	for i, r := range m.Repeats {
		if i == most {
			kids = append(kids, b.node("and", number(len(m.Repeats)-most)+" more times", plainNode))
			break
		}
		what := "retransmitted"
		if r.Mirror {
			what = "captured again"
		}
		kids = append(kids, b.node(what, fmt.Sprintf("frame %d, %.3f s later", r.Frame, r.Time.Sub(m.Time).Seconds()), plainNode))
	}
	return b.node(how, m.Src+" → "+m.Dst, plainNode, kids...)
}

// header is the ISAKMP header (RFC 2408, section 3.1; RFC 7296, section 3.1).
func (b *builder) header(raw *ikesa.Message) int {
	h := raw.Message.Header
	flags := fmt.Sprint(h.Flags)
	return b.node("HDR", fmt.Sprintf("%v, %s bytes", h.Exchange, grouping(int64(h.Length))), plainNode,
		b.node("initiator SPI", h.Initiator.String(), plainNode),
		b.node("responder SPI", h.Responder.String(), plainNode),
		b.node("version", fmt.Sprintf("%d.%d", h.Version>>4, h.Version&15), plainNode),
		b.node("flags", flags, plainNode),
		b.node("message ID", fmt.Sprintf("0x%08x", h.MessageID), plainNode))
}

// protection is what is known of an encrypted message's keys.
func (b *builder) protection(m *report.Message) int {
	var kids []int
	if m.IV != "" {
		kids = append(kids, b.node("IV", m.IV, plainNode))
	}
	if m.Generation > 0 {
		kids = append(kids, b.node("key generation", fmt.Sprint(m.Generation), plainNode))
	}
	if m.Hash != nil {
		class := plainNode
		if m.Hash.Result == "wrong" {
			class = badNode
		}
		kids = append(kids, b.node(m.Hash.Name, m.Hash.Result, class))
	}
	if m.Unknown > 0 {
		kids = append(kids, b.node("unknown first bytes", fmt.Sprint(m.Unknown), plainNode))
	}
	if m.Why != "" {
		kids = append(kids, b.node("why", m.Why, plainNode))
	}
	return b.node("encrypted", string(m.State), plainNode, kids...)
}

// payload makes the node of a payload of size bytes, 0 where that is not known.
func (b *builder) payload(p *report.Payload, size int) int {
	var kids []int
	add := func(label, value string, class int) { kids = append(kids, b.node(label, value, class)) }
	if size > 0 {
		add("length", number(size)+" bytes with its generic header", plainNode)
	}
	if p.Critical {
		add("critical", "yes", plainNode)
	}
	for i := range p.Proposals {
		kids = append(kids, b.proposal(&p.Proposals[i]))
	}
	if id := p.Identity; id != nil {
		add("type", id.Type, plainNode)
		add("value", id.Value, plainNode)
		if id.Protocol != 0 || id.Port != 0 {
			add("protocol, port", fmt.Sprintf("%d, %d", id.Protocol, id.Port), plainNode)
		}
	}
	class := plainNode
	if n := p.Notify; n != nil {
		if n.Error {
			class = badNode
		}
		add("type", fmt.Sprintf("%s (%d)", n.Type, n.Number), class)
		add("protocol", n.Protocol, plainNode)
		if n.SPI != "" {
			add("SPI", n.SPI, plainNode)
		}
		if n.Data != "" {
			add("data", n.Data, plainNode)
		}
	}
	if d := p.Delete; d != nil {
		add("protocol", d.Protocol, plainNode)
		for _, spi := range d.SPIs {
			add("SPI", spi, plainNode)
		}
	}
	if c := p.Config; c != nil {
		add("type", c.Type, plainNode)
		for _, a := range c.Attributes {
			add(a.Name, a.Value, plainNode)
		}
	}
	for _, s := range p.Selectors {
		add("selector", s, plainNode)
	}
	for _, c := range p.Certificates {
		kids = append(kids, b.certificate(c))
	}
	for _, a := range p.Authorities {
		add("authority", a.Name, plainNode)
		if a.SHA1 != "" {
			add("SHA-1 of its key", a.SHA1, plainNode)
		}
	}
	if p.Error != "" {
		class = badNode
		add("malformed", p.Error, badNode)
	}
	return b.node(p.Type, p.Text, class, kids...)
}

func (b *builder) proposal(p *report.Proposal) int {
	var kids []int
	chosen := p.Chosen
	for i := range p.Transforms {
		t := &p.Transforms[i]
		class, text := plainNode, t.Text
		if t.Chosen {
			class, chosen = chosenNode, true
			text += " (chosen)"
		}
		label := fmt.Sprintf("transform %d", t.Number)
		if t.Kind != "" {
			label = t.Kind
		}
		var attributes []int
		for _, a := range t.Attributes {
			attributes = append(attributes, b.node(a.Name, a.Value, plainNode))
		}
		kids = append(kids, b.node(label, text, class, attributes...))
	}
	value := p.Protocol
	if p.SPI != "" {
		value += ", SPI " + p.SPI
	}
	class := plainNode
	if chosen {
		class, value = chosenNode, value+", chosen"
	}
	return b.node(fmt.Sprintf("proposal %d", p.Number), value, class, kids...)
}

// certificate makes the node of what a CERT payload holds.
func (b *builder) certificate(c *report.Certificate) int {
	var kids []int
	add := func(label, value string, class int) {
		if value != "" {
			kids = append(kids, b.node(label, value, class))
		}
	}
	day := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format("2006-01-02 15:04:05 MST")
	}
	bad := func(wrong bool) int {
		if wrong {
			return badNode
		}
		return plainNode
	}
	add("encoding", c.Encoding, plainNode)
	add("subject", c.Subject, plainNode)
	add("issuer", c.Issuer, plainNode)
	add("serial", c.Serial, plainNode)
	add("not before", day(c.NotBefore), plainNode)
	add("not after", day(c.NotAfter), plainNode)
	add("validity", string(c.Validity), bad(c.Validity != negotiation.ValidityValid))
	add("issued", day(c.ThisUpdate), plainNode)
	add("next", day(c.NextUpdate), plainNode)
	add("subject alternative names", strings.Join(c.SAN, ", "), plainNode)
	add("key usage", strings.Join(append(slices.Clone(c.KeyUsage), c.ExtKeyUsage...), ", "), plainNode)
	add("public key", c.PublicKey, plainNode)
	add("signature", c.Signature, plainNode)
	add("chain", string(c.Chain), bad(c.Chain == negotiation.ChainBroken))
	add("matches the ID payload by", string(c.IDMatch), bad(c.IDMatch == negotiation.MatchNone))
	if c.Authenticated {
		add("authenticates its sender", "yes", plainNode)
	}
	add("SHA-256", c.SHA256, plainNode)
	add("URL", c.URL, plainNode)
	add("malformed", c.Error, badNode)
	add("odd", c.Odd, badNode)
	for _, text := range append(slices.Clone(c.Weak), c.Findings...) {
		add("note", text, badNode)
	}
	return b.node(c.Kind, c.Subject, plainNode, kids...)
}

// numbers lists frame numbers.
func numbers(list []int) string {
	const most = 40
	var parts []string
	for i, n := range list {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %s more", number(len(list)-most)))
			break
		}
		parts = append(parts, fmt.Sprint(n))
	}
	return strings.Join(parts, ", ")
}
