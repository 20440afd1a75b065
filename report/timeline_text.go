package report

import (
	"fmt"
	"strings"
)

const clock = "2006-01-02 15:04:05.000000 MST"

// Text writes the timeline for people.
func (t *Timeline) Text(p *Printer) error {
	head := count(t.Packets, "packet")
	if t.Start != nil {
		head += fmt.Sprintf(" from %s on, %.6f s", t.Start.Format(clock), t.Duration)
	}
	p.line(0, 2, plain(head+"; "+count(len(t.SAs), "IKE SA")))
	for _, n := range t.Notes {
		p.line(0, 2, styled(Caution, "note: "), plain(n))
	}
	for i := range t.SAs {
		p.blank()
		t.SAs[i].text(p)
	}
	return p.Err()
}

func (s *TimelineSA) text(p *Printer) {
	s.head(p)
	for _, n := range s.Notes {
		p.line(2, 4, styled(Caution, "note: "), plain(n))
	}
	said := make(map[string]bool) // what the head says of the SA is not said again for each message
	for _, g := range s.Gaps {
		said[g.Text] = true
	}
	for i := range s.Exchanges {
		p.blank()
		s.Exchanges[i].text(p, said)
	}
}

// head writes what is known of the SA as a whole.
func (r *IKESA) head(p *Printer) {
	p.line(0, 2, styled(Bold, r.name()))
	field := func(name, value string) {
		if value != "" {
			p.line(2, 15, styled(Dim, fmt.Sprintf("%-13s", name)), plain(value))
		}
	}
	field("initiator", withID(r.InitiatorAddr, r.InitiatorID))
	field("responder", withID(r.ResponderAddr, r.ResponderID))
	field("state", r.state())
	if r.Policy != nil && r.Version == 2 {
		field("algorithms", r.Policy.String())
	} else if r.Policy != nil {
		field("phase 1", r.Policy.String())
	}
	field("auth", r.auth())
	if r.RekeyedFrom != "" {
		field("rekeyed from", r.RekeyedFrom)
	}
	field("NAT", r.NAT)
	keys := join(r.Keys, ", ")
	if r.Generations > 1 {
		keys += fmt.Sprintf("; %d generations under one pair of SPIs", r.Generations)
	}
	field("keys", keys)
	for _, proof := range r.proofTexts() {
		field("proof", proof)
	}
	for _, g := range r.Gaps {
		p.line(2, 15, styled(Bad, fmt.Sprintf("%-13s", "closed")), plain(g.Text))
		if g.Hint != "" {
			p.line(2, 15, styled(Caution, fmt.Sprintf("%-13s", "hint")), plain(g.Hint))
		}
	}
}

func withID(addr string, id *Identity) string {
	if id == nil {
		return addr
	}
	return addr + ", " + id.Type + " " + clip(id.text, longest)
}

func (r *IKESA) state() string {
	var parts []string
	switch {
	case r.Established:
		parts = append(parts, "established")
	case r.Version == 1:
		parts = append(parts, "not established")
	}
	if r.DeletedFrame != 0 {
		parts = append(parts, fmt.Sprintf("deleted in frame %d", r.DeletedFrame))
	}
	s := join(append(parts, fmt.Sprintf("%s in %.6f s", count(r.Messages, "message"), r.Duration)), ", ")
	if r.Opened+r.Closed > 0 {
		s += fmt.Sprintf(", %d encrypted: %d opened, %d closed", r.Opened+r.Closed, r.Opened, r.Closed)
	}
	return s
}

func (q *Policy) String() string {
	s := q.Text
	if q.Source != "" {
		s += " (" + q.Source + ")"
	}
	if q.Unsupported != "" {
		s += "; " + q.Unsupported + " is not supported"
	}
	return s
}

func (f *Proof) String() string {
	s := f.Secret + " by " + f.Kind
	if f.Text != "" {
		s += ": " + f.Text
	} else if f.Frame != 0 {
		s += fmt.Sprintf(" in frame %d", f.Frame)
	}
	return s
}

func (x *Exchange) text(p *Printer, said map[string]bool) {
	title := x.Type
	if x.MessageID != "" {
		title += " " + x.MessageID
	}
	if x.Purpose != "" {
		title += ", " + x.Purpose
	}
	head := fmt.Sprintf(", %s, by the %s: ", x.Start.Format(clock), x.StartedBy)
	p.line(2, 4, styled(Bold, title), plain(head), styled(x.Outcome.style(), x.Outcome.Text))
	if len(x.Outcome.Deleted) > 0 {
		p.line(4, 6, plain("deleted in "+frameList(x.Outcome.Deleted)))
	}
	if x.Child != nil {
		x.Child.text(p, said)
	}
	for i := range x.Messages {
		x.Messages[i].text(p, said)
	}
}

func (o *Outcome) style() Style {
	switch o.Code {
	case OutcomeEstablished, OutcomeDone:
		return Good
	case OutcomeFailed, OutcomeNoAnswer:
		return Bad
	}
	return Caution
}

func (c *Child) text(p *Printer, said map[string]bool) {
	if len(c.TSi)+len(c.TSr) > 0 || c.Mode != "" {
		c.text2(p)
		c.gap(p, said)
		return
	}
	if len(c.SPIs) > 0 {
		p.line(4, 6, plain("SAs: "+join(c.SPIs, ", ")))
	}
	if len(c.Algorithms) > 0 {
		s := join(c.Algorithms, " + ")
		switch {
		case c.PFS == "":
			s += ", no PFS"
		case !strings.Contains(s, "PFS"):
			s += ", PFS " + c.PFS
		}
		p.line(4, 6, plain("chosen: "+s))
	}
	if c.InitiatorSelector != nil && c.ResponderSelector != nil {
		p.line(4, 6, plain("traffic: "+c.InitiatorSelector.text+" <-> "+c.ResponderSelector.text))
	}
	c.gap(p, said)
}

func (c *Child) gap(p *Printer, said map[string]bool) {
	if c.Gap != nil && !said[c.Gap.Text] {
		p.line(4, 6, styled(Bad, "closed: "), plain(c.Gap.Text))
		if c.Gap.Hint != "" {
			p.line(4, 6, styled(Caution, "hint: "), plain(c.Gap.Hint))
		}
	}
}

// longest is how much of a value is shown: hostile ones are long. The JSON form has all of it.
const longest = 400

// detailIndent is where what belongs to a message stands.
const detailIndent = 12

func (m *Message) text(p *Printer, said map[string]bool) {
	delta := ""
	if m.Delta != 0 {
		delta = fmt.Sprintf("%+.6f", m.Delta)
	}
	arrow := "I -> R"
	if m.Sender == "responder" {
		arrow = "R -> I"
	}
	p.line(2, 43, styled(Dim, fmt.Sprintf("%7d %13.6f %12s", m.Frame, m.Offset, delta)), plain("  "+arrow+"  "+m.contents()))
	detail := func(style Style, s string) {
		p.line(detailIndent, detailIndent+2, styled(style, s))
	}
	for _, s := range m.circumstances() {
		detail(Caution, s)
	}
	for i := range m.Payloads {
		m.Payloads[i].text(p)
	}
	if s := m.notifyLine(); m.version == 2 && s != "" {
		detail(Plain, "notify "+s)
	}
	if vids := m.vendorIDs(); len(vids) > 0 {
		detail(Dim, "vendor IDs: "+join(vids, "; "))
	}
	if m.Why != "" && !said[m.Why] {
		detail(Bad, "closed: "+m.Why)
	}
	if m.Error != "" {
		detail(Bad, "malformed: "+m.Error)
	}
	for _, n := range m.Notes {
		detail(Caution, "note: "+n)
	}
}

// contents lists the payloads in the notation of RFC 2409, runs of one type folded, and what the HASH told.
func (m *Message) contents() string {
	if m.version == 2 {
		return m.contents2()
	}
	var parts []string
	for i := 0; i < len(m.Payloads); {
		t, n := m.Payloads[i].Type, 1
		for i+n < len(m.Payloads) && m.Payloads[i+n].Type == t {
			n++
		}
		if n > 1 {
			t = fmt.Sprintf("%s×%d", t, n)
		}
		parts = append(parts, t)
		i += n
	}
	s := strings.Join(parts, " ")
	switch m.State {
	case "closed":
		s = "encrypted, not opened"
	case "opened":
		s += "*" // was encrypted
	case "partly opened":
		s += fmt.Sprintf("* (first %s unknown)", count(m.Unknown, "byte"))
	}
	if m.Hash != nil && m.Hash.Result != "not checked" {
		s += fmt.Sprintf("  [%s %s]", m.Hash.Name, m.Hash.Result)
	}
	return s
}

// circumstances are fragments, resending, mirror copies and odd ways to travel.
func (m *Message) circumstances() (all []string) {
	if m.Fragments > 0 && m.version == 2 && m.State == "closed" {
		all = append(all, fmt.Sprintf("in %s: %s", count(m.Fragments, "IKE fragment"), frameList(m.Frames)))
	} else if m.Fragments > 0 {
		all = append(all, fmt.Sprintf("put together from %s: %s", count(m.Fragments, "IKE fragment"), frameList(m.Frames)))
	} else if len(m.Frames) > 1 {
		all = append(all, "reassembled from "+frameList(m.Frames))
	}
	if m.Sent > 1 {
		all = append(all, fmt.Sprintf("sent %d times: %s", m.Sent, frameList(m.allFrames(false))))
	}
	if frames := m.allFrames(true); len(frames) > 1 {
		all = append(all, fmt.Sprintf("captured %d times (mirror): %s", len(frames), frameList(frames)))
	}
	if m.Transport != "" && m.Transport != "UDP-encapsulated" {
		all = append(all, "over "+m.Transport)
	}
	return all
}

func (m *Message) vendorIDs() (names []string) {
	for _, p := range m.Payloads {
		if p.Type == "VID" || p.Type == "V" {
			names = append(names, p.Text)
		}
	}
	return names
}

// text writes what a payload says; payloads that are named in the message's line and say no more have none.
func (r *Payload) text(p *Printer) {
	if r.version == 2 {
		r.text2(p)
		return
	}
	line := func(s string) { p.line(detailIndent, detailIndent+4, plain(clip(s, longest))) }
	switch {
	case r.Text == unknownPart:
		line(r.Type + " " + r.Text)
	case r.Error != "":
		p.line(detailIndent, detailIndent+4, styled(Bad, r.Type+" malformed: "+r.Error))
	case len(r.Proposals) > 0:
		for _, prop := range r.Proposals {
			prop.text(p)
		}
	case r.Notify != nil && r.Notify.Error:
		p.line(detailIndent, detailIndent+4, styled(Bad, "notify "+r.Text), plain(r.Notify.about()))
	case r.Notify != nil:
		line("notify " + r.Text + r.Notify.about())
	case r.Delete != nil:
		line("delete " + r.Text)
	case r.Identity != nil:
		line(r.Type + " " + r.Identity.text + " (" + r.Identity.Type + ")")
	case r.Config != nil:
		line("attributes " + r.Text)
	case r.Type == "CERT", r.Type == "CERTREQ", r.Type == "NAT-OA":
		line(strings.ToLower(r.Type) + " " + r.Text)
	}
}

// about names the SA that a notification is about, where that is not the IKE SA itself.
func (n *Notify) about() string {
	if n.Protocol == "ISAKMP" || n.SPI == "" {
		return ""
	}
	return " about " + n.Protocol + " " + n.SPI
}

func (q *Proposal) text(p *Printer) {
	s := fmt.Sprintf("proposal %d: %s", q.Number, q.Protocol)
	if q.SPI != "" {
		s += " " + q.SPI
	}
	p.line(detailIndent, detailIndent+2, plain(s))
	for _, t := range q.Transforms {
		mark, style := "  ", Plain
		if t.Chosen {
			mark, style = "* ", Good
		}
		p.line(detailIndent+2, detailIndent+8, styled(style, fmt.Sprintf("%s%d  %s", mark, t.Number, t.Text)))
	}
}
