package report

import (
	"fmt"
	"strings"
)

const clock = "2006-01-02 15:04:05.000000 MST"

// text writes the timeline for people.
func (t *Timeline) text(p *Printer, v TimelineView) error {
	t.headText(p, v)
	for i := range t.SAs {
		p.blank()
		t.SAs[i].text(p, v)
	}
	return p.Err()
}

// headText writes what there is to say of the capture as a whole.
func (t *Timeline) headText(p *Printer, v TimelineView) {
	p.line(0, 2, plain(t.summary(v)))
	for _, n := range t.Notes {
		p.line(0, 2, styled(Caution, "note: "), plain(n))
	}
	if t.Selection != nil {
		t.Selection.write(p, t.Selection.text())
	}
}

// summary is the capture in one line.
func (t *Timeline) summary(v TimelineView) string {
	s := count(t.Packets, "packet")
	if t.Start != nil {
		s += fmt.Sprintf(" from %s on, %.6f s", t.Start.Format(clock), t.Duration)
	}
	s += "; " + count(len(t.SAs), "IKE SA")
	switch v.Times {
	case TimesAbsolute:
		s += "; times are UTC (+00:00)"
	case TimesDelta:
		s += "; times are seconds since the message before in the IKE SA"
	}
	return s
}

func (s *TimelineSA) text(p *Printer, v TimelineView) {
	p.line(0, 2, styled(Bold, s.name()), plain(", "+s.from(v)))
	s.fields(p)
	for _, n := range s.Notes {
		p.line(2, 4, styled(Caution, "note: "), plain(n))
	}
	said := s.said()
	times := newTimeColumn(v.Times, s)
	for i := range s.Exchanges {
		p.blank()
		s.Exchanges[i].text(p, v, times, said)
	}
}

// from tells when the SA starts.
func (s *TimelineSA) from(v TimelineView) string {
	if v.Times == TimesRelative && len(s.Exchanges) > 0 {
		return fmt.Sprintf("from second %.6f on", s.Exchanges[0].Messages[0].Offset)
	}
	return "from " + s.Start.Format(clock) + " on"
}

// said has what the head says of the SA, which is not said again for each message.
func (s *TimelineSA) said() map[string]bool {
	said := make(map[string]bool)
	for _, g := range s.Gaps {
		said[g.Text] = true
	}
	return said
}

// head writes what is known of the SA as a whole.
func (r *IKESA) head(p *Printer) {
	p.line(0, 2, styled(Bold, r.name()))
	r.fields(p)
}

func (r *IKESA) fields(p *Printer) {
	r.eachField(func(style Style, name, value string) {
		p.line(2, 15, styled(style, fmt.Sprintf("%-13s", name)), plain(value))
	})
}

// eachField calls fn for each thing that is known of the SA as a whole.
func (r *IKESA) eachField(fn func(style Style, name, value string)) {
	field := func(name, value string) {
		if value != "" {
			fn(Dim, name, value)
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
	field("rekeyed from", r.RekeyedFrom)
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
		fn(Bad, "closed", g.Text)
		if g.Hint != "" {
			fn(Caution, "hint", g.Hint)
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

func (x *Exchange) text(p *Printer, v TimelineView, times *timeColumn, said map[string]bool) {
	p.line(2, 4, styled(Bold, x.title()), plain(", by the "+x.StartedBy+": "), styled(x.Outcome.style(), x.Outcome.Text))
	if len(x.Outcome.Deleted) > 0 {
		p.line(4, 6, plain("deleted in "+frameList(x.Outcome.Deleted)))
	}
	if x.Child != nil {
		x.Child.each(said, func(style Style, text string) { p.line(4, 6, styled(style, clip(text, longest))) })
	}
	for i := range x.Messages {
		x.Messages[i].text(p, times)
		for _, d := range x.details(i, v.Verbose, said) {
			d.write(p)
		}
	}
}

// title names the exchange: "CREATE_CHILD_SA 0x00000003, rekey of ESP 0xc8d66c51".
func (x *Exchange) title() string {
	s := x.Type
	if x.MessageID != "" {
		s += " " + x.MessageID
	}
	if x.Purpose != "" {
		s += ", " + x.Purpose
	}
	return s
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

// each calls fn for each thing that is known of what was negotiated. said has what needs no repetition.
func (c *Child) each(said map[string]bool, fn func(style Style, text string)) {
	if len(c.TSi)+len(c.TSr) > 0 || c.Mode != "" {
		c.each2(fn)
	} else {
		c.each1(fn)
	}
	if c.Gap != nil && !said[c.Gap.Text] {
		fn(Bad, "closed: "+c.Gap.Text)
		if c.Gap.Hint != "" {
			fn(Caution, "hint: "+c.Gap.Hint)
		}
	}
}

// each1 tells what a Quick Mode negotiated.
func (c *Child) each1(fn func(style Style, text string)) {
	if len(c.SPIs) > 0 {
		fn(Plain, "SAs: "+join(c.SPIs, ", "))
	}
	if len(c.Algorithms) > 0 {
		s := join(c.Algorithms, " + ")
		switch {
		case c.PFS == "":
			s += ", no PFS"
		case !strings.Contains(s, "PFS"):
			s += ", PFS " + c.PFS
		}
		fn(Plain, "chosen: "+s)
	}
	if c.InitiatorSelector != nil && c.ResponderSelector != nil {
		fn(Plain, "traffic: "+c.InitiatorSelector.text+" <-> "+c.ResponderSelector.text)
	}
}

// longest is how much of a value is shown: hostile ones are long. The JSON form has all of it.
const longest = 400

// detailIndent is where what belongs to a message stands.
const detailIndent = 12

func (m *Message) text(p *Printer, times *timeColumn) {
	arrow := "I -> R"
	if m.Sender == "responder" {
		arrow = "R -> I"
	}
	at := fmt.Sprintf("%7d %s", m.Frame, times.wide(m))
	p.line(2, 2+len(at)+8, styled(Dim, at), plain("  "+arrow+"  "+m.contents()))
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

// circumstances are fragments, resending, mirror copies, odd ways to travel and new addresses.
func (m *Message) circumstances() (all []string) {
	if m.Fragments > 0 && m.version == 2 && m.State == "closed" {
		all = append(all, fmt.Sprintf("in %s: %s", count(m.Fragments, "IKE fragment"), frameList(m.Frames)))
	} else if m.Fragments > 0 {
		all = append(all, fmt.Sprintf("put together from %s: %s", count(m.Fragments, "IKE fragment"), frameList(m.Frames)))
	} else if len(m.Frames) > 1 {
		all = append(all, "reassembled from "+frameList(m.Frames))
	}
	if s := m.resent(); s != "" {
		all = append(all, s+": "+frameList(m.repeatFrames(false)))
	}
	if frames := m.repeatFrames(true); len(frames) > 0 {
		all = append(all, fmt.Sprintf("captured %d times (mirror): again in %s", len(frames)+1, frameList(frames)))
	}
	if m.Transport != "" && m.Transport != "UDP-encapsulated" {
		all = append(all, "over "+m.Transport)
	}
	if m.Moved != "" {
		all = append(all, m.Moved)
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
