package source

import (
	"cmp"
	"slices"
	"strings"
	"sync"

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
	hasChild      bool          // one came up
}

// setSPIs notes the SPIs of an IKE SA, in hex; the responder's may be zero.
func (t *talk) setSPIs(initiator, responder string) {
	if spi := spi64(initiator); !spi.IsZero() {
		t.spis[0] = spi
	}
	if spi := spi64(responder); !spi.IsZero() {
		t.spis[1] = spi
	}
}

// talkList has the IKE SAs of a log by what its lines name them with, and numbers them.
type talkList struct {
	byKey map[string]*talk
	made  int
}

// maxTalks bounds the IKE SAs that are found again.
const maxTalks = 16 << 10

// of is the IKE SA of the first of some names that is known, else a new one; it has all the names from now on.
func (l *talkList) of(names ...string) *talk {
	for _, name := range names {
		if t := l.byKey[name]; t != nil && name != "" {
			l.name(t, names)
			return t
		}
	}
	return l.add(&talk{}, names...)
}

// add numbers a new IKE SA.
func (l *talkList) add(t *talk, names ...string) *talk {
	l.made++
	t.group.ID = l.made
	l.name(t, names)
	return t
}

func (l *talkList) name(t *talk, names []string) {
	for _, name := range names {
		if name == "" || len(l.byKey) >= maxTalks && l.byKey[name] == nil {
			continue
		}
		if l.byKey == nil {
			l.byKey = make(map[string]*talk)
		}
		l.byKey[name] = t
	}
}

// event adds an event of a message, with what is known of the IKE SA; t is nil where nothing is.
func (p *daemonLog) event(e entry, kind logs.Kind, t *talk) *logs.Event {
	p.count[kind]++
	if p.count[kind] >= 2*maxEvents {
		p.dropOldest(kind)
	}
	p.talks, p.tried = append(p.talks, t), append(p.tried, false)
	ev := &logs.Event{File: p.file, Line: e.num, Text: e.text, Time: e.time.read(), Daemon: p.daemon.id, Run: p.run, Thread: -1, Kind: kind}
	if t != nil {
		ev.Group, ev.Local, ev.Remote, ev.Role, ev.SPIs, ev.Message = t.group, t.local, t.remote, t.role, t.spis, t.message
	}
	p.events = append(p.events, ev)
	return ev
}

// dropOldest bounds the events of a kind.
func (p *daemonLog) dropOldest(kind logs.Kind) {
	drop, kept := maxEvents, 0
	for i := range p.events {
		if p.events[i].Kind == kind && drop > 0 {
			drop--
			continue
		}
		p.events[kept], p.talks[kept], p.tried[kept] = p.events[i], p.talks[i], p.tried[i]
		kept++
	}
	p.events, p.talks, p.tried = p.events[:kept], p.talks[:kept], p.tried[:kept]
	p.count[kind] -= maxEvents
	p.dropped = true
}

// took takes back what was rejected of the offers of an IKE SA, one of which was then taken.
func (p *daemonLog) took(t *talk) {
	const back = 256 // events
	for i := len(p.events) - 1; i >= 0 && i >= len(p.events)-back; i-- {
		if p.tried[i] && p.talks[i] == t {
			p.count[p.events[i].Kind]--
			p.events, p.talks, p.tried = slices.Delete(p.events, i, i+1), slices.Delete(p.talks, i, i+1), slices.Delete(p.tried, i, i+1)
		}
	}
}

// settle gives the events of an IKE SA what the log told of it later.
func (p *daemonLog) settle() {
	for i := range p.events {
		e, t := p.events[i], p.talks[i]
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
	start    string // it begins so; "" anywhere
	then     string // and has this somewhere behind it
	only     string // and this
	reason   logs.Reason
	own      bool // this side could not do its own part
	late     bool // it only follows from a reason just given, where there is one
	tried    bool // it is about one of several offers, and says nothing where another one is taken
	unsure   bool // it has several causes, of which this is the most likely
	compares bool // it has both what the peer proposes and what this side is set to take
	// detail finds in the message what fill puts into the event; nil: fill needs nothing of it.
	detail *lazyRegexp
	fill   func(e *logs.Event, m []string)
}

// opensslStems are what OpenSSL says of a certificate that it rejects (X509_verify_cert_error_string), which most daemons quote, before
// words of their own.
var opensslStems = []stem{
	{then: "unable to get local issuer certificate", reason: logs.NoIssuer},
	{then: "unable to get issuer certificate", reason: logs.NoIssuer},
	{then: "unable to verify the first certificate", reason: logs.NoIssuer},
	{then: "self signed certificate", reason: logs.UntrustedIssuer},
	{then: "self-signed certificate", reason: logs.UntrustedIssuer},
	{then: "certificate not trusted", reason: logs.UntrustedIssuer},
	{then: "certificate has expired", reason: logs.ExpiredCertificate},
	{then: "certificate is not yet valid", reason: logs.EarlyCertificate},
	{then: "certificate revoked", reason: logs.RevokedCertificate},
	{then: "unable to get certificate CRL", reason: logs.UnknownRevocation},
	{then: "CRL has expired", reason: logs.UnknownRevocation},
	{then: "unsupported certificate purpose", reason: logs.CertificateUse},
	{then: "path length constraint exceeded", reason: logs.IssuerConstraint},
	{then: "permitted subtree violation", reason: logs.IssuerConstraint},
	{then: "excluded subtree violation", reason: logs.IssuerConstraint},
	{then: "certificate signature failure", reason: logs.InvalidSignature},
}

// A stemList has the stems of a daemon; words finds which of them a message may have: most have none.
type stemList struct {
	stems []stem
	words func() *wordFinder
}

// stemsOf makes a list.
func stemsOf(stems []stem) stemList {
	return stemList{stems, sync.OnceValue(func() *wordFinder {
		var words []findWord
		for i, s := range stems {
			longest := slices.MaxFunc([]string{s.start, s.then, s.only}, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
			words = append(words, findWord{text: longest, bit: stemBit(i)})
		}
		return newWordFinder(words)
	})}
}

// stemBit stands for a stem, and for others of a long list.
func stemBit(i int) uint64 { return 1 << (i % 64) }

// withOpenSSL are the stems of a daemon, those of OpenSSL first.
func withOpenSSL(own []stem) stemList { return stemsOf(slices.Concat(opensslStems, own)) }

// stemOf is the first stem that fits a message; nil: none.
func stemOf(list stemList, text string) *stem {
	found := list.words().find(text)
	if found == 0 {
		return nil
	}
	for i := range list.stems {
		s := &list.stems[i]
		if found&stemBit(i) == 0 {
			continue
		}
		if rest, ok := strings.CutPrefix(text, s.start); ok && strings.Contains(rest, s.then) && strings.Contains(rest, s.only) {
			return s
		}
	}
	return nil
}

// refused adds the event of a message that says why something was rejected; nil where it says no such thing.
func (p *daemonLog) refused(stems stemList, e entry, text string, t *talk) *logs.Event {
	s := stemOf(stems, text)
	if s == nil || s.late && p.justRefused(e, t) {
		return nil
	}
	ev := p.event(e, logs.Refused, t)
	p.tried[len(p.tried)-1] = s.tried
	if ev.Reason, ev.Own, ev.Unsure, ev.Compares = s.reason, s.own, s.unsure, s.compares; s.reason == logs.NoTraffic && t != nil {
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

// peerError adds the event of an error that the peer sent; false where the name is not one of an error. The version is, where it is not
// known, the one given.
func (p *daemonLog) peerError(e entry, t *talk, unless ike.Version, name string) bool {
	n, ok := ike.NotifyNamed(cmp.Or(t.message.Version, unless), name)
	if !ok || !n.IsError() {
		return false
	}
	p.event(e, logs.PeerError, t).Notify = n
	return true
}

// offerLists are the proposals that a log lists before it says that none of them is chosen: those of the peer, then its own.
type offerLists struct {
	received, configured, listing *logs.Offer
	unread                        bool // something in them was not understood
}

// begin begins a list of the peer's proposals, or of this side's.
func (l *offerLists) begin(ofPeer bool) {
	l.listing = &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
	if ofPeer {
		*l = offerLists{received: l.listing, listing: l.listing}
		return
	}
	l.configured = l.listing
}

// add adds a proposal to the list.
func (l *offerLists) add(p ike.Proposal, words string) {
	if o := l.listing; len(o.Words) < maxEventList {
		o.Proposals, o.Words = append(o.Proposals, p), append(o.Words, words)
	}
}

// noneChosen adds the event of both lists, where there are both and they were understood.
func (p *daemonLog) noneChosen(e entry, t *talk, l *offerLists) {
	if l.received == nil || l.configured == nil || l.unread || len(l.received.Words) == 0 || len(l.configured.Words) == 0 {
		return
	}
	ev := p.event(e, logs.Offers, t)
	ev.Received, ev.Configured = l.received, l.configured
	*l = offerLists{}
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
func fillEAPUsed(e *logs.Event, _ []string)    { e.Used = logs.Method{EAP: true} }
func fillErrnoText(e *logs.Event, m []string)  { e.Errno = m[1] }

// fillUserXAUTH is for XAUTH, which comes in exchanges of its own after phase 1, of which the log may have told last.
func fillUserXAUTH(e *logs.Event, m []string) {
	if e.XAUTH = true; m[1] != "<unknown>" { // as pluto names one that sent no name
		e.User = m[1]
	}
	if e.Message.Exchange == 0 || e.Message.Exchange == mainMode || e.Message.Exchange == aggressive {
		e.Message = logs.Message{Version: ike.V1, Exchange: transaction, NoID: true}
	}
}

// A daemonLog is the log of an IKE daemon, read for what it says apart from keys. Each daemon has a row of daemons, and a grammar in a file
// of its own where it gives events.
type daemonLog struct {
	*out
	daemon  *daemon
	first   int // the first line that is the daemon's; 0: none
	text    wrapping
	order   chronology
	grammar grammar // nil: the log says nothing of use
	run     int
	events  []*logs.Event // large, and moved where the oldest are dropped
	talks   []*talk       // what each is about, as known at the end
	tried   []bool        // whether each rejects one of several offers
	count   [logs.Kinds]int
}

// A daemon is a program that negotiates, by what its log looks like.
type daemon struct {
	id      logs.Daemon
	grammar func(*daemonLog) grammar
	name    string            // of the program, for people
	words   []string          // one of which is in a line that may be the first of its own (format.words)
	process []string          // what syslog calls it
	mark    *lazyRegexp       // how a message begins that no other program writes
	says    []string          // words that one of which, or of those above, is in all lines that its grammar takes; nil: they may have none
	looks   func(string) bool // as that of a format
	skips   func(string) bool // lines without use, in great numbers; nil: none
	keys    string            // how its keys are got, for people
}
