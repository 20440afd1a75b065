package report

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The ways to tell when a message was seen.
const (
	TimesRelative = "relative" // seconds since the first packet of the capture
	TimesAbsolute = "absolute" // date and time in UTC
	TimesDelta    = "delta"    // seconds since the message before in the IKE SA
)

// A TimelineView says how a timeline is shown. The zero value has relative times.
type TimelineView struct {
	Times   string
	Verbose bool // proposals with a line for each transform
}

// isRelative reports whether times count from the first packet of the capture, as they do unless something else is asked for.
func (v TimelineView) isRelative() bool { return v.Times != TimesAbsolute && v.Times != TimesDelta }

// A Step is a message of an IKE SA in order of time, whatever exchange it belongs to.
type Step struct {
	Exchange *Exchange
	Index    int // of the message in it
	Message  *Message
	Opens    bool // it is the first of its exchange, or the first after those of others
	Resumed  bool // messages of other exchanges came between this one and those of its own before
}

// Steps are the messages of the SA in order of time.
func (s *TimelineSA) Steps() (list []Step) {
	for i := range s.Exchanges {
		x := &s.Exchanges[i]
		for k := range x.Messages {
			list = append(list, Step{Exchange: x, Index: k, Message: &x.Messages[k]})
		}
	}
	slices.SortStableFunc(list, func(a, b Step) int { return a.Message.Time.Compare(b.Message.Time) })
	seen := make(map[*Exchange]bool)
	for i := range list {
		x := list[i].Exchange
		list[i].Opens = i == 0 || list[i-1].Exchange != x
		list[i].Resumed = seen[x] && list[i].Opens
		seen[x] = true
	}
	return list
}

// noteMoves says of each message which side has another address or port than before: behind a NAT ports change, with
// MOBIKE (RFC 4555) addresses do.
func (s *TimelineSA) noteMoves() {
	var initiator, responder string // address and port
	for _, st := range s.Steps() {
		m := st.Message
		i, r := m.Src, m.Dst
		if m.Sender == RoleResponder {
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
		return "both peers move " + initiator
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

// A Clock tells when the messages of an IKE SA were seen.
type Clock struct {
	mode   string
	deltas map[*Message]float64 // seconds since the message before in the SA
}

// Clock is the clock of the SA's messages in a view.
func (s *TimelineSA) Clock(v TimelineView) *Clock {
	c := &Clock{mode: v.Times, deltas: make(map[*Message]float64)}
	var before time.Time
	for i, st := range s.Steps() {
		if i > 0 {
			c.deltas[st.Message] = st.Message.Time.Sub(before).Seconds()
		}
		before = st.Message.Time
	}
	return c
}

// Text is the time of m: seconds, or the time of the day in UTC.
func (c *Clock) Text(m *Message) string {
	switch c.mode {
	case TimesAbsolute:
		return m.Time.Format("15:04:05.000000")
	case TimesDelta:
		return fmt.Sprintf("%+.6f", c.deltas[m])
	}
	return fmt.Sprintf("%.6f", m.Offset)
}

// Dated is Text with the date, where it is an absolute time.
func (c *Clock) Dated(m *Message) string {
	if c.mode == TimesAbsolute {
		return m.Time.Format("2006-01-02 15:04:05.000000")
	}
	return c.Text(m)
}
