package source

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// maxEvents bounds the events of one kind that are kept of a file, maxEventList the length of a list in one.
const (
	maxEvents    = 1000
	maxEventList = 64
)

// charonEventFormat reads what the log of charon says besides keys, which strongSwanFormat reads. It stands last, for it is named for
// files in which no other source finds anything.
var charonEventFormat = format{name: "strongSwan log without keys", log: true, words: charonEventWords(), start: eachWriter(func(o *out) parser {
	p := &charonEvents{out: o, threads: make(map[int]*charonThread), peers: make(map[netip.Addr]*charonPeer), spis: make(map[int]runSPIs), proved: make(map[string]logs.Group)}
	p.text = charonText(o.front, p.whole)
	p.order = chronology{take: p.take, follows: charonFollows}
	return p
})}

// charonEvents reads the events of one file. The thread, the group and the IKE SA stand before a message, or some of them, or none: the
// journal of charon-systemd and `ipsec up` show the message alone, swanctl its group.
type charonEvents struct {
	*out
	text    wrapping
	order   chronology
	threads map[int]*charonThread
	peers   map[netip.Addr]*charonPeer // of a log that does not name the IKE SAs
	proved  map[string]logs.Group      // likewise, the latest IKE SA that came up with each identity
	made    int                        // how many numbers of IKE SAs were made up
	run     int
	spis    map[int]runSPIs // of the IKE SAs of the run
	natd    natdDump
	highest int            // number of an IKE SA of the run
	again   int            // the IKE SA whose initiator was asked to try again
	events  []*charonEvent // large, and moved where the oldest are dropped
	count   [logs.Kinds]int
	listing int  // how many threads list networks
	sure    bool // a line came that nothing but charon writes
	written int
}

// A charonEvent is an event, and which one it is in the order of the log.
type charonEvent struct {
	logs.Event
	seq int
}

// A charonThread is what one thread of charon was saying.
type charonThread struct {
	group             logs.Group // the IKE SA that it received a message of
	tag               int        // the number of that IKE SA on the line, -1: none
	local, remote     netip.AddrPort
	localID, remoteID *ike.Identity  // for which a configuration was looked for
	message           logs.Message   // received
	generated         logs.Message   // to be sent
	used              logs.Method    // with which the peer authenticated
	errno             string         // what the kernel said last
	rejected          []ike.ChildSPI // the SA that it rejected
	failed            bool           // the server rejected the user of this side
	md5               bool           // it asked for EAP-MD5
	alone             *charonEvent   // the message that came was this error and nothing else
	deleting          *charonEvent   // what the next Informational deletes
	received          *logs.Offer
	traffic           *charonEvent   // selectors, while their list is read
	list              *ike.Selectors // that lines of one network each belong to
	unread            bool           // a line of it was not understood
	last              int            // the last event, from 1, which the next line may add to; 0: none
}

// maxThreads bounds the threads of charon that are followed; it has 16.
const maxThreads = 1024

// needs is every line until it is known which way the log runs, and while networks are listed, which have no words.
func (p *charonEvents) needs() need {
	if p.text.holds || p.natd.next || p.expectsNetworks() {
		return needLine
	}
	return needFull
}

// expectsNetworks reports whether a network may belong to a list, as far as is known yet.
func (p *charonEvents) expectsNetworks() bool {
	return p.listing > 0 || !p.order.forwards() && len(p.order.kept) > 0
}

func (p *charonEvents) line(l line) error {
	return p.text.line(withoutMeraki(l.with(withoutBreak(withoutQuotes(unescaped(l.text))))))
}

// whole takes a line as charon wrote it.
func (p *charonEvents) whole(l line) error {
	e, text, bare := charonFront(l.text)
	if p.natd.wants(text) {
		p.order.line(l)
		return nil
	}
	if !isCharonGroup(e.group) || !mayTell(text) && !(p.expectsNetworks() && isNetworkLine(text)) || bare && !charonWrites(text) {
		return nil
	}
	p.sure = p.sure || !bare && strings.Contains(l.text, "charon") || e.group != "" || bare && charonAlone(text)
	if p.order.forwards() {
		p.takeText(l, e, text)
	} else {
		p.order.line(l)
	}
	return nil
}

// take works at one line, in the order in which charon wrote them.
func (p *charonEvents) take(l line) {
	e, text, _ := charonFront(l.text)
	p.takeText(l, e, text)
}

// takeText is take for a line whose front was read.
func (p *charonEvents) takeText(l line, e event, text string) {
	if (e.group == "DMN" || e.group == "") && charonStarts(text) {
		p.restart()
	}
	if e.group == "MGR" {
		if m := checkedIn.FindStringSubmatch(text); m != nil {
			id, _ := strconv.Atoi(m[1])
			p.nameSPIs(id, [2]ike.SPI{spi64(m[2]), spi64(m[3])})
			return
		}
		if charonStemOf(text) == nil {
			return
		}
	}
	t := p.thread(e)
	if t == nil || p.natDetection(t, e, text) {
		return
	}
	if !p.heard(t, l, e, text) {
		p.message(t, l, e, text)
	}
}

// restart begins a new run: numbers of threads and of IKE SAs mean others from now on.
func (p *charonEvents) restart() {
	p.finishRun()
	clear(p.threads)
	clear(p.peers)
	clear(p.proved)
	clear(p.spis)
	p.run, p.highest, p.again = p.run+1, 0, 0
}

// finishRun gives the events of a run what is known of their IKE SAs at its end.
func (p *charonEvents) finishRun() {
	for _, t := range p.threads {
		p.finish(t)
	}
	for _, e := range p.events {
		if e.Run == p.run && e.SPIs[0].IsZero() {
			e.SPIs = p.spis[e.Group.ID].first
		}
	}
}

// thread is what is known of the thread of a message; nil where there are too many.
func (p *charonEvents) thread(e event) *charonThread {
	t := p.threads[e.thread]
	if t == nil && len(p.threads) < maxThreads {
		t = &charonThread{tag: -1}
		p.threads[e.thread] = t
	}
	return t
}

// group is the IKE SA of a line: that of its tag, else the latest one with the peer.
func (p *charonEvents) group(prefix event, t *charonThread) logs.Group {
	if prefix.id >= 0 {
		return logs.Group{ID: prefix.id, Name: prefix.connection}
	}
	if peer := p.peers[t.remote.Addr()]; peer != nil {
		return peer.at(t.remote.Port())
	}
	return p.newTalk(t.remote)
}

// newTalk makes up a number for an IKE SA with a peer.
func (p *charonEvents) newTalk(remote netip.AddrPort) logs.Group {
	p.made++
	g := logs.Group{ID: -p.made}
	p.peer(remote.Addr()).begin(remote.Port(), g)
	return g
}

// peer is what is known of the IKE SAs with an address.
func (p *charonEvents) peer(a netip.Addr) *charonPeer {
	peer := p.peers[a]
	if peer == nil {
		peer = &charonPeer{ports: make(map[uint16]logs.Group)}
		if len(p.peers) < maxThreads {
			p.peers[a] = peer
		}
	}
	return peer
}

// eventOf is an event of a line, with what is known of the message that it is about.
func (p *charonEvents) eventOf(t *charonThread, l line, prefix event, text string) charonEvent {
	p.written++
	e := charonEvent{seq: p.written, Event: logs.Event{File: p.file, Line: l.num, Text: text, Daemon: logs.Charon, Run: p.run, Thread: prefix.thread,
		Time: l.stamp()}}
	if prefix.id >= 0 {
		e.Group = logs.Group{ID: prefix.id, Name: prefix.connection}
	} else {
		e.Group = t.group
	}
	if t.tag == prefix.id {
		e.Message, e.Local.Addr, e.Remote.Addr = t.message, t.local, t.remote
	}
	return e
}

// message takes what a thread says of a negotiation.
func (p *charonEvents) message(t *charonThread, l line, prefix event, text string) {
	if p.inList(t, text) {
		return
	}
	p.finish(t)
	if rest, ok := strings.CutPrefix(text, "received proposals: "); ok {
		t.received = charonOffer(rest)
		return
	}
	if rest, ok := strings.CutPrefix(text, "configured proposals: "); ok {
		e := p.eventOf(t, l, prefix, text)
		e.Kind, e.Received, e.Configured = logs.Offers, t.received, charonOffer(rest)
		if t.received = nil; e.Received != nil && e.Configured != nil {
			p.add(e)
		}
		return
	}
	if t.notes(p, prefix, text) {
		return
	}
	t.last = 0
	if m := childConfig.FindStringSubmatch(text); m != nil {
		t.unread = false
		if asked, ok := charonTraffic(m[1], m[2]); ok {
			e := p.eventOf(t, l, prefix, text)
			e.Kind, e.Asked, e.Allowed = logs.Selectors, asked, &logs.Traffic{}
			t.traffic = &e
		}
		return
	}
	text = strings.TrimSpace(text)
	if s := charonStemOf(text); s != nil && !(t.failed && s.reason == logs.UserRefused) {
		e := p.eventOf(t, l, prefix, text)
		if strings.Contains(text, "(myself)") { // the peer said so
			e.Kind, e.Reason, e.XAUTH = logs.PeerError, s.reason, strings.HasPrefix(text, "XAuth")
			p.add(e)
			return
		}
		if s.refused(&e.Event, t, text); e.Reason == logs.NotSent {
			p.ofLastSent(&e)
		}
		p.add(e)
		t.last = len(p.events)
		return
	}
	if e := p.eventOf(t, l, prefix, text); p.told(t, &e, text) {
		p.add(e)
	}
}

// ofLastSent makes an event one about the message that was sent last: a thread of its own hands them to the kernel.
func (p *charonEvents) ofLastSent(e *charonEvent) {
	const back = 8
	for _, s := range slices.Backward(p.events[max(0, len(p.events)-back):]) {
		if s.Kind == logs.Sent && s.Run == e.Run {
			e.Group, e.Local, e.Remote, e.Message, e.Thread = s.Group, s.Local, s.Remote, s.Message, s.Thread
			return
		}
	}
}

func (p *charonEvents) end() error {
	if err := p.text.flush(); err != nil {
		return err
	}
	p.order.end()
	p.finishRun()
	slices.SortStableFunc(p.events, func(a, b *charonEvent) int { return cmp.Compare(a.seq, b.seq) })
	if !p.sure {
		return nil
	}
	p.tellDropped(p.order.dropped)
	for _, e := range p.events {
		p.bag.Events = append(p.bag.Events, e.Event)
	}
	if len(p.events) > 0 && !p.others() {
		p.recognise()
		p.warn(1, "strongSwan log without keys: used for diagnose only")
	}
	return nil
}

// add keeps an event. Of too many of a kind the oldest are dropped.
func (p *charonEvents) add(e charonEvent) {
	e.SPIs = p.spis[e.Group.ID].now
	if p.count[e.Kind]++; p.count[e.Kind] >= 2*maxEvents {
		drop := maxEvents
		p.events = slices.DeleteFunc(p.events, func(x *charonEvent) bool {
			gone := x.Kind == e.Kind && drop > 0
			if gone {
				drop--
			}
			return gone
		})
		p.count[e.Kind] -= maxEvents
		p.dropped = true
		for _, t := range p.threads {
			t.last = 0
		}
	}
	p.events = append(p.events, &e)
}
