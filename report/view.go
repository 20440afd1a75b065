package report

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The formats of a timeline.
const (
	FormatText     = "text"
	FormatLadder   = "ladder" // text, with an arrow for each message between the two peers
	FormatMermaid  = "mermaid"
	FormatMarkdown = "markdown"
)

// The ways to tell when a message was seen.
const (
	TimesRelative = "relative" // seconds since the first packet of the capture
	TimesAbsolute = "absolute" // date and time in UTC
	TimesDelta    = "delta"    // seconds since the message before in the IKE SA
)

// A TimelineView says how a timeline is shown. The zero value is text with relative times.
type TimelineView struct {
	Format  string
	Times   string
	Verbose bool // proposals with a line for each transform
}

// Text writes the timeline for people.
func (t *Timeline) Text(p *Printer) error { return t.Show(TimelineView{})(p) }

// Show returns what writes the timeline in a view.
func (t *Timeline) Show(v TimelineView) func(*Printer) error {
	if v.Times == "" {
		v.Times = TimesRelative
	}
	write := (*Timeline).text
	switch v.Format {
	case FormatLadder:
		write = (*Timeline).ladder
	case FormatMermaid:
		write = (*Timeline).mermaid
	case FormatMarkdown:
		write = (*Timeline).markdown
	}
	return func(p *Printer) error { return write(t, p, v) }
}

// A step is a message of an IKE SA in order of time, whatever exchange it belongs to.
type step struct {
	exchange *Exchange
	index    int // of the message in it
	message  *Message
	resumed  bool // messages of other exchanges came between this one and those of its own before
}

// steps are the messages of the SA in order of time.
func (s *TimelineSA) steps() (list []step) {
	for i := range s.Exchanges {
		x := &s.Exchanges[i]
		for k := range x.Messages {
			list = append(list, step{exchange: x, index: k, message: &x.Messages[k]})
		}
	}
	slices.SortStableFunc(list, func(a, b step) int { return a.message.Time.Compare(b.message.Time) })
	seen := make(map[*Exchange]bool)
	for i := range list {
		x := list[i].exchange
		list[i].resumed = seen[x] && list[i-1].exchange != x
		seen[x] = true
	}
	return list
}

// opens reports whether step i is the first of its exchange, or the first after those of others.
func opens(list []step, i int) bool { return i == 0 || list[i-1].exchange != list[i].exchange }

// noteMoves says of each message which side has another address or port than before: behind a NAT ports change, with
// MOBIKE (RFC 4555) addresses do.
func (s *TimelineSA) noteMoves() {
	var initiator, responder string // address and port
	for _, st := range s.steps() {
		m := st.message
		i, r := m.Src, m.Dst
		if m.Sender == "responder" {
			i, r = r, i
		}
		if initiator != "" {
			m.Moved = moves(initiator, i, responder, r)
		}
		initiator, responder = i, r
	}
}

// moves says how the addresses and ports of the initiator and the responder changed, "" where they did not.
func moves(i1, i2, r1, r2 string) string {
	initiator, responder := move(i1, i2), move(r1, r2)
	switch {
	case initiator == "" && responder == "":
		return ""
	case initiator == "":
		return "the responder moves " + responder
	case responder == "":
		return "the initiator moves " + initiator
	case initiator == responder:
		return "both sides move " + initiator
	}
	return "the initiator moves " + initiator + ", the responder " + responder
}

// move says how an address with its port changed.
func move(from, to string) string {
	a, errA := netip.ParseAddrPort(from)
	b, errB := netip.ParseAddrPort(to)
	switch {
	case from == to:
		return ""
	case errA == nil && errB == nil && a.Addr() == b.Addr():
		return fmt.Sprintf("from port %d to %d", a.Port(), b.Port())
	}
	return "from " + from + " to " + to
}

// A timeColumn tells when the messages of an IKE SA were seen.
type timeColumn struct {
	mode   string
	deltas map[*Message]float64 // seconds since the message before in the SA
}

func newTimeColumn(mode string, s *TimelineSA) *timeColumn {
	c := &timeColumn{mode: mode, deltas: make(map[*Message]float64)}
	var before time.Time
	for i, st := range s.steps() {
		if i > 0 {
			c.deltas[st.message] = st.message.Time.Sub(before).Seconds()
		}
		before = st.message.Time
	}
	return c
}

// text is the time of m: seconds, or the time of the day in UTC.
func (c *timeColumn) text(m *Message) string {
	switch c.mode {
	case TimesAbsolute:
		return m.Time.Format("15:04:05.000000")
	case TimesDelta:
		return fmt.Sprintf("%+.6f", c.deltas[m])
	}
	return fmt.Sprintf("%.6f", m.Offset)
}

// dated is text with the date, where it is an absolute time.
func (c *timeColumn) dated(m *Message) string {
	if c.mode == TimesAbsolute {
		return m.Time.Format("2006-01-02 15:04:05.000000")
	}
	return c.text(m)
}

// wide is dated in a column, with relative times the seconds since the message before in the exchange behind them.
func (c *timeColumn) wide(m *Message) string {
	switch {
	case c.mode == TimesAbsolute:
		return c.dated(m)
	case c.mode == TimesDelta:
		return fmt.Sprintf("%13s", c.text(m))
	case m.Delta != 0:
		return fmt.Sprintf("%13s %+12.6f", c.text(m), m.Delta)
	}
	return fmt.Sprintf("%13s %12s", c.text(m), "")
}
