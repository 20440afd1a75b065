package report

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What the models say of themselves in words, for text and markup alike.

// clock is how times are written in the head of a report.
const clock = "2006-01-02 15:04:05.000000 MST"

// Summary is the capture in one line.
func (t *Timeline) Summary(v TimelineView) string {
	s := count(t.Packets, "packet")
	if t.Start != nil {
		s += fmt.Sprintf(" from %s on, %.6f s", t.Start.Format(clock), t.Duration)
	}
	s += "; " + count(len(t.SAs), "IKE SA")
	switch v.Times {
	case TimesAbsolute:
		s += "; times are UTC (+00:00)"
	case TimesDelta:
		s += "; times are seconds since the previous message of the IKE SA"
	}
	return s
}

// From tells when the SA starts.
func (s *TimelineSA) From(v TimelineView) string {
	if v.isRelative() && len(s.Exchanges) > 0 {
		return fmt.Sprintf("from second %.6f on", s.Exchanges[0].Messages[0].Offset)
	}
	return "from " + s.Start.Format(clock) + " on"
}

// Said has what the head says of the SA, which is not said again for each message.
func (s *TimelineSA) Said() map[string]bool {
	said := make(map[string]bool)
	for _, g := range s.Gaps {
		said[g.Text] = true
	}
	return said
}

// A Field is something that is known of an IKE SA as a whole.
type Field struct {
	Tone        Tone
	Name, Value string
}

// Fields are what is known of the SA as a whole.
func (r *IKESA) Fields() (all []Field) {
	field := func(name, value string) {
		if value != "" {
			all = append(all, Field{ToneDim, name, value})
		}
	}
	field("initiator", withID(r.InitiatorAddr, r.InitiatorID))
	field("responder", withID(r.ResponderAddr, r.ResponderID))
	field("state", r.State())
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
		keys += fmt.Sprintf("; %d key generations", r.Generations)
	}
	field("keys", keys)
	for _, proof := range r.proofTexts() {
		field("proof", proof)
	}
	for _, g := range r.Gaps {
		all = append(all, Field{ToneBad, "decryption", g.Text})
		if g.Hint != "" {
			all = append(all, Field{ToneCaution, "hint", g.Hint})
		}
	}
	return all
}

func withID(addr string, id *Identity) string {
	if id == nil {
		return addr
	}
	return addr + ", " + id.Type + " " + clip(id.Text, longest)
}

// State is what became of the SA, and of its messages.
func (r *IKESA) State() string {
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
		s += fmt.Sprintf(", %d encrypted: %d decrypted, %d not decrypted", r.Opened+r.Closed, r.Opened, r.Closed)
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

func (f *Proof) String() string { return f.Secret + verifiedBy(f.proof) }

// Title names the exchange: "CREATE_CHILD_SA 0x00000003, rekey of ESP 0xc8d66c51".
func (x *Exchange) Title() string {
	s := x.Type
	if x.MessageID != "" {
		s += " " + x.MessageID
	}
	if x.Purpose != "" {
		s += ", " + x.Purpose
	}
	return s
}

// Tone is good where the exchange did what it was for.
func (o *Outcome) Tone() Tone {
	switch o.Code {
	case negotiation.Established, negotiation.Done:
		return ToneGood
	case negotiation.Failed, negotiation.NoAnswer:
		return ToneBad
	}
	return ToneCaution
}

// Remarks are what is known of what was negotiated. said has what needs no repetition.
func (c *Child) Remarks(said map[string]bool) (all []Remark) {
	add := func(tone Tone, text string) { all = append(all, Remark{Tone: tone, Text: clip(text, longest)}) }
	if len(c.TSi)+len(c.TSr) > 0 || c.Mode != "" {
		c.each2(add)
	} else {
		c.each1(add)
	}
	if c.Gap != nil && !said[c.Gap.Text] {
		add(ToneBad, "not decrypted: "+c.Gap.Text)
		if c.Gap.Hint != "" {
			add(ToneCaution, "hint: "+c.Gap.Hint)
		}
	}
	return all
}

// each1 tells what a Quick Mode negotiated.
func (c *Child) each1(fn func(tone Tone, text string)) {
	if len(c.SPIs) > 0 {
		fn(TonePlain, "SAs: "+join(c.SPIs, ", "))
	}
	if len(c.Algorithms) > 0 {
		s := join(c.Algorithms, " + ")
		switch {
		case c.PFS == "":
			s += ", no PFS"
		case !c.pfsNamed:
			s += ", PFS " + c.PFS
		}
		fn(TonePlain, "chosen: "+s)
	}
	if c.InitiatorSelector != nil && c.ResponderSelector != nil {
		fn(TonePlain, "traffic: "+c.InitiatorSelector.Text+" <-> "+c.ResponderSelector.Text)
	}
}

// Summary lists the payloads in the notation of RFC 2409, runs of one type folded, and what the HASH told.
func (m *Message) Summary() string {
	if m.Version == 2 {
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
	case StateClosed:
		s = "not decrypted"
	case StateOpened:
		s += "*" // was encrypted
	case StatePartly:
		s += fmt.Sprintf("* (first %s unknown)", count(m.Unknown, "byte"))
	}
	if m.Hash != nil && m.Hash.Result != "not checked" {
		s += fmt.Sprintf("  [%s %s]", m.Hash.Name, m.Hash.Result)
	}
	return s
}

// circumstances are fragments, retransmitting, mirror copies, odd ways to travel and new addresses.
func (m *Message) circumstances() (all []string) {
	if m.Fragments > 0 && m.Version == 2 && m.State == StateClosed {
		all = append(all, fmt.Sprintf("in %s: %s", count(m.Fragments, "IKE fragment"), frameList(m.Frames)))
	} else if m.Fragments > 0 {
		all = append(all, fmt.Sprintf("reassembled from %s: %s", count(m.Fragments, "IKE fragment"), frameList(m.Frames)))
	} else if len(m.Frames) > 1 {
		all = append(all, "reassembled from "+frameList(m.Frames))
	}
	if s := m.resent(); s != "" {
		all = append(all, s+": "+frameList(m.repeatFrames(false)))
	}
	if frames := m.repeatFrames(true); len(frames) > 0 {
		all = append(all, fmt.Sprintf("captured %d times: also in %s", len(frames)+1, frameList(frames)))
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
