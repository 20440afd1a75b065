package source

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What the grammars of all daemons but charon have in common.

// A grammar takes the messages of one daemon's log, in the order in which they were written, and adds events to the log.
type grammar interface {
	take(e entry)
}

// A talk is what a log has said of one IKE SA so far: what its next events are about.
type talk struct {
	group         logs.Group
	local, remote logs.Peer
	role          ike.Side
	spis          [2]ike.SPI
	message       logs.Message  // the last one that came in
	asked         *logs.Traffic // by the peer, of a child
}

// event adds an event of a message, with what is known of the IKE SA; t is nil where nothing is. The result is good until the next one.
func (p *daemonLog) event(e entry, kind logs.Kind, t *talk) *logs.Event {
	p.count[kind]++
	if p.count[kind] >= 2*maxEvents {
		p.dropOldest(kind)
	}
	p.talks = append(p.talks, t)
	ev := logs.Event{File: p.file, Line: e.num, Text: e.text, Time: e.time, Daemon: p.daemon.id, Run: p.run, Thread: -1, Kind: kind}
	if t != nil {
		ev.Group, ev.Local, ev.Remote, ev.Role, ev.SPIs, ev.Message = t.group, t.local, t.remote, t.role, t.spis, t.message
	}
	p.events = append(p.events, ev)
	return &p.events[len(p.events)-1]
}

// dropOldest bounds the events of a kind.
func (p *daemonLog) dropOldest(kind logs.Kind) {
	drop, kept := maxEvents, 0
	for i := range p.events {
		if p.events[i].Kind == kind && drop > 0 {
			drop--
			continue
		}
		p.events[kept], p.talks[kept] = p.events[i], p.talks[i]
		kept++
	}
	p.events, p.talks = p.events[:kept], p.talks[:kept]
	p.count[kind] -= maxEvents
}

// settle gives the events of an IKE SA what the log told of it later.
func (p *daemonLog) settle() {
	for i := range p.events {
		e, t := &p.events[i], p.talks[i]
		if t == nil {
			continue
		}
		if !e.Local.Addr.IsValid() {
			e.Local.Addr = t.local.Addr
		}
		if !e.Remote.Addr.IsValid() {
			e.Remote.Addr = t.remote.Addr
		}
		if e.Role == ike.NoSide {
			e.Role = t.role
		}
		for side := range e.SPIs {
			if e.SPIs[side].IsZero() {
				e.SPIs[side] = t.spis[side]
			}
		}
	}
}

// A stem is how a daemon's message looks that says why something was rejected.
type stem struct {
	start  string // it begins so; "" anywhere
	then   string // and has this somewhere behind it
	only   string // and this
	reason logs.Reason
	own    bool // this side could not do its own part
	late   bool // it only follows from a reason just given, where there is one
	// detail finds in the message what fill puts into the event; nil: fill needs nothing of it.
	detail *regexp.Regexp
	fill   func(e *logs.Event, m []string)
}

// stemOf is the first stem that fits a message; nil: none.
func stemOf(stems []stem, text string) *stem {
	for i := range stems {
		s := &stems[i]
		if rest, ok := strings.CutPrefix(text, s.start); ok && strings.Contains(rest, s.then) && strings.Contains(rest, s.only) {
			return s
		}
	}
	return nil
}

// refused adds the event of a message that says why something was rejected; nil where it says no such thing.
func (p *daemonLog) refused(stems []stem, e entry, text string, t *talk) *logs.Event {
	s := stemOf(stems, text)
	if s == nil || s.late && p.justRefused(e, t) {
		return nil
	}
	ev := p.event(e, logs.Refused, t)
	if ev.Reason, ev.Own = s.reason, s.own; s.reason == logs.NoTraffic && t != nil {
		ev.Asked = t.asked
	}
	if s.fill == nil {
		return ev
	}
	if s.detail == nil {
		s.fill(ev, nil)
	} else if m := s.detail.FindStringSubmatch(text); m != nil {
		s.fill(ev, m)
	}
	return ev
}

// justRefused reports whether the last event is another reason of the same message.
func (p *daemonLog) justRefused(e entry, t *talk) bool {
	const beside = 5 // lines
	n := len(p.events)
	if n == 0 || p.events[n-1].Kind != logs.Refused || p.talks[n-1] != t {
		return false
	}
	return e.num-p.events[n-1].Line <= beside && p.events[n-1].Line-e.num <= beside
}

// Fills for what most daemons print in the same order.

func fillCame(e *logs.Event, m []string)       { e.Came = identity(m[1]) }
func fillCameWanted(e *logs.Event, m []string) { e.Came, e.Wanted = identity(m[1]), identity(m[2]) }
func fillWantedCame(e *logs.Event, m []string) { e.Wanted, e.Came = identity(m[1]), identity(m[2]) }
func fillUserXAUTH(e *logs.Event, m []string)  { e.User, e.XAUTH = m[1], true }
func fillEAPUsed(e *logs.Event, _ []string)    { e.Used = logs.Method{EAP: true} }
func fillErrnoText(e *logs.Event, m []string)  { e.Errno = m[1] }

// hostPort reads an address with a port behind it in any of the ways of logs: "192.0.2.1:500", "192.0.2.1[500]", "[2001:db8::1]:500",
// "2001:db8::1[500]", "192.0.2.1". A colon behind an IPv6 address without brackets belongs to the address.
func hostPort(s string) netip.AddrPort {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(a.Addr().WithZone(""), a.Port())
	}
	addr, port := s, "0"
	if i := strings.IndexByte(s, '['); i > 0 && strings.HasSuffix(s, "]") {
		addr, port = s[:i], s[i+1:len(s)-1]
	}
	return addrPort(strings.Trim(addr, "[]"), port)
}

// spi64 reads an SPI of IKE in hex digits.
func spi64(digits string) (spi ike.SPI) {
	digits = strings.TrimPrefix(digits, "0x")
	if len(digits) != 2*len(spi) {
		return spi
	}
	for i := range spi {
		spi[i] = byte(upperNibble(digits[2*i])<<4 | upperNibble(digits[2*i+1]))
	}
	return spi
}

// A daemonLog is the log of an IKE daemon, read for what it says apart from keys. Each daemon has a row of daemons, and a grammar in a file
// of its own where it gives events.
type daemonLog struct {
	*out
	daemon  *daemon
	bit     uint64 // of the front, for its words
	first   int    // the first line that is the daemon's; 0: none
	order   chronology
	grammar grammar // nil: the log says nothing of use
	run     int
	events  []logs.Event
	talks   []*talk // what each is about, as known at the end
	count   [logs.Redirected + 1]int
}

// A daemon is a program that negotiates, by what its log looks like.
type daemon struct {
	id      logs.Daemon
	grammar func(*daemonLog) grammar
	name    string            // of the program, for people
	words   []string          // one of which is in a line that may be its own: a cheap look
	process []string          // what syslog calls it
	mark    *regexp.Regexp    // how a message begins that no other program writes
	skips   func(string) bool // lines without use, in great numbers; nil: none
	keys    string            // how its keys are got, for people
}
