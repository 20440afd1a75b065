package source

import (
	"cmp"
	"net/netip"
	"regexp"
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
var charonEventFormat = format{name: "strongSwan log without keys", log: true, words: charonEventWords(), start: func(o *out) parser {
	p := &charonEvents{out: o, threads: make(map[int]*charonThread), peers: make(map[netip.Addr]*charonPeer), spis: make(map[int][2]ike.SPI), proved: make(map[string]logs.Group)}
	p.text = charonText(o.front, p.whole)
	p.order = chronology{take: p.take, follows: charonFollows}
	return p
}}

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
	spis    map[int][2]ike.SPI // of the IKE SAs of the run
	highest int                // number of an IKE SA of the run
	again   int                // the IKE SA whose initiator was asked to try again
	events  []*charonEvent     // large, and moved where the oldest are dropped
	count   [logs.Assigned + 1]int
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
	localID, remoteID *ike.Identity // for which a configuration was looked for
	message           logs.Message  // received
	generated         logs.Message  // to be sent
	used              logs.Method   // with which the peer authenticated
	errno             string        // what the kernel said last
	failed            bool          // the server rejected the user of this side
	alone             *charonEvent  // the message that came was this error and nothing else
	received          *logs.Offer
	traffic           *charonEvent   // selectors, while their list is read
	list              *ike.Selectors // that lines of one network each belong to
	unread            bool           // a line of it was not understood
	last              int            // the last event, from 1, which the next line may add to; 0: none
}

// maxThreads bounds the threads of charon that are followed; it has 16.
const maxThreads = 1024

var (
	packetLine  = behind(`^(received|sending) packet: from (\S+)\[(\d+)\] to (\S+?)\[(?:(\d+)\](?: \((\d+) bytes\))?)?`, "received packet: ", "sending packet: ")
	messageLine = behind(`^(parsed|generating) ([A-Z_0-9]+) (request|response) (\d+) \[(.*)`, "parsed ", "generating ")
	childConfig = behind(`^looking for a child config for (.+) === (.+)$`, "looking for a child config ")
	peerConfig  = behind(`^looking for (?:.+ )?peer configs matching (\S+?)(?:\[(.*)\])?\.\.\.(\S+?)(?:\[(.*)\])?$`, "looking for ")
	initiating  = behind(`^initiating (?:(?:Main|Aggressive) Mode )?IKE_SA (.*)\[(\d+)\] to (\S+)$`, "initiating ")
	initiated   = regexp.MustCompile(`^(\S+) is initiating an? (?:(?:Main|Aggressive) Mode )?IKE_SA`)
	established = behind(`^IKE_SA (.*)\[(\d+)\] established between (\S+?)\[(.*)\]\.\.\.(\S+?)\[(.*)\]$`, "IKE_SA ")
	childUp     = behind(`^CHILD_SA .*established with SPIs ([0-9a-f]{8})_i ([0-9a-f]{8})_o`, "CHILD_SA ")
	provedBy    = behind(`^authentication of '(.+)' with (.+) successful`, "authentication of ")
	peerErrors  = behind(`^received ([A-Z0-9_]+) (?:error notify|notify error|notify|error)\b`, "received ")
	checkedIn   = regexp.MustCompile(`check-?in .*\[(\d+)\].* with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r`)
	netlink     = behind(`^received netlink error: (.+?)(?: \(\d+\))?$`, "received netlink ")
	sentAgain   = behind(`^(?:retransmit (\d+) of (?:request|response)|sending retransmit (\d+) of (?:request|response)) `, "retransmit ", "sending retransmit ")
	gaveUp      = behind(`^giving up after (\d+) (?:retransmits|retries|path probings)`, "giving up ")
	replaced    = behind(`^(?:destroying|deleting) duplicate IKE_SA for peer '(.+?)'`, "destroying ", "deleting ")
	childGone   = behind(`^received DELETE for (?:ESP|AH) CHILD_SA with SPI ([0-9a-f]{8})$`, "received DELETE ")
	sentTo      = behind(`^redirect(?:ed|ing peer) to '?([^']+?)'?$`, "redirect")
)

// charonExchanges are exchange types by charon's names for them. Those up to 32 are of IKEv1.
var charonExchanges = map[string]uint8{
	"ID_PROT": 2, "AUTH_ONLY": 3, "AGGRESSIVE": 4, "INFORMATIONAL_V1": 5, "TRANSACTION": 6, "QUICK_MODE": 32, "NEW_GROUP_MODE": 33,
	"IKE_SA_INIT": 34, "IKE_AUTH": 35, "CREATE_CHILD_SA": 36, "INFORMATIONAL": 37, "IKE_SESSION_RESUME": 38, "IKE_INTERMEDIATE": 43,
	"IKE_FOLLOWUP_KE": 44,
}

// charonFront takes off what stands before a message. bare tells that nothing there shows that it is charon's.
func charonFront(s string) (e event, text string, bare bool) {
	if e, text, ok := charonPrefix(s); ok {
		return e, strings.TrimRight(text, "\t "), false
	}
	e = event{thread: -1, id: -1}
	const front = 100
	for i := strings.IndexByte(s, '['); i >= 0 && i < front; {
		if group, n := groupName(s[i+1:]); n > 0 && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t') {
			e.group = group
			e.id, e.connection, text = ikeTag(s[i+1+n:])
			return e, text, false
		}
		next := strings.IndexByte(s[i+1:], '[')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if i := strings.Index(s[:min(len(s), front)], "charon"); i >= 0 {
		if _, rest, ok := strings.Cut(s[i:], ": "); ok {
			return e, rest, false
		}
	}
	return e, s, true
}

// needs is every line until it is known which way the log runs, and while networks are listed, which have no words.
func (p *charonEvents) needs() need {
	if p.text.holds || p.expectsNetworks() {
		return needLine
	}
	return needFull
}

// expectsNetworks reports whether a network may belong to a list, as far as is known yet.
func (p *charonEvents) expectsNetworks() bool {
	return p.listing > 0 || !p.order.forwards() && len(p.order.kept) > 0
}

func (p *charonEvents) line(l line) error { return p.text.line(line{l.num, unescaped(l.text)}) }

// whole takes a line as charon wrote it.
func (p *charonEvents) whole(l line) error {
	e, text, bare := charonFront(l.text)
	if !isCharonGroup(e.group) || !mayTell(text) && !(p.expectsNetworks() && isNetworkLine(text)) || bare && !charonWrites(text) {
		return nil
	}
	p.sure = p.sure || !bare && strings.Contains(l.text, "charon") || e.group != ""
	if p.order.forwards() {
		p.takeText(l, e, text)
	} else {
		p.order.line(l)
	}
	return nil
}

// charonStarters are the beginnings of all messages that are read, by their first bytes: most lines of a log have none of them.
var charonStarters = func() (starters [256][]string) {
	for _, s := range charonBeginnings() {
		starters[s[0]] = append(starters[s[0]], s)
	}
	return starters
}()

// charonEventWords are in all lines that events are made of, but for the networks in a list.
func charonEventWords() []string {
	words := append(charonBeginnings(), " is initiating ")
	for _, s := range charonStems {
		if s.start == "" {
			words = append(words, s.then)
		}
	}
	return words
}

func charonBeginnings() []string {
	list := []string{"received ", "sending ", "parsed ", "generating ", "looking for ", "initiating ", "IKE_SA ", "CHILD_SA ", "authentication of ", "retransmit ",
		"giving up after ", "redirect", "destroying duplicate ", "deleting duplicate ", "configured proposals: ", "proposing traffic selectors ", "checkin ", "check-in ",
		"issuer is ", "Starting ", noIDr, assigning, mschapFailed}
	for _, s := range charonStems {
		if s.start != "" {
			list = append(list, s.start)
		}
	}
	return list
}

// isNetworkLine reports whether a message is a network in a list.
func isNetworkLine(text string) bool {
	return len(text) > 1 && text[0] == ' ' && text[1] != ' ' && networkLine.MatchString(text)
}

// mayTell is a cheap look at whether a message is one that is read.
func mayTell(text string) bool {
	text = strings.TrimLeft(text, " ")
	if text == "" || '0' <= text[0] && text[0] <= '9' && !strings.Contains(text, " is initiating ") {
		return false // a row of a dump
	}
	if slices.ContainsFunc(charonStarters[text[0]], func(s string) bool { return strings.HasPrefix(text, s) }) {
		return true
	}
	return len(text) <= maxStemText && !strings.Contains(text, "=>") && (strings.Contains(text, " is initiating ") || charonStemOf(text) != nil)
}

// isCharonGroup reports whether the messages of a group may be about a negotiation. Some logs have no groups.
func isCharonGroup(group string) bool {
	switch group {
	case "", "DMN", "NET", "ENC", "CFG", "IKE", "KNL", "CHD", "MGR":
		return true
	}
	return false
}

// charonWrites reports whether a line without anything in front of it looks like one of charon's.
func charonWrites(text string) bool {
	return packetLine.MatchString(text) || messageLine.MatchString(text) || charonStemOf(text) != nil || initiating.MatchString(text) ||
		initiated.MatchString(text) || peerErrors.MatchString(text) || strings.HasPrefix(text, "received proposals: ") || strings.HasPrefix(text, "configured proposals: ")
}

// charonFollows tells the order of two messages of one thread that stand beside each other.
func charonFollows(a, b string) int {
	_, a, _ = charonFront(a)
	_, b, _ = charonFront(b)
	for _, pair := range [][2]string{{"received packet: ", "parsed "}, {"generating ", "sending packet: "}, {"received proposals: ", "configured proposals: "},
		{"configured proposals: ", "received proposals unacceptable"}, {"no issuer certificate found", "  issuer is "}} {
		switch {
		case strings.HasPrefix(a, pair[0]) && strings.HasPrefix(b, pair[1]):
			return 1
		case strings.HasPrefix(b, pair[0]) && strings.HasPrefix(a, pair[1]):
			return -1
		}
	}
	return 0
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
			p.spis[id] = [2]ike.SPI{spi64(m[2]), spi64(m[3])}
		}
		return
	}
	if t := p.thread(e); t != nil && !p.heard(t, l, e, text) {
		p.message(t, l, e, text)
	}
}

// charonStarts reports whether a message is the first of a run of charon.
func charonStarts(text string) bool {
	return strings.Contains(text, "Starting") && strings.Contains(text, "charon") || strings.Contains(text, "Starting IKE") && strings.Contains(text, "daemon")
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
	for i := range p.events {
		if e := p.events[i]; e.Run == p.run && e.Group.ID > 0 {
			e.SPIs = p.spis[e.Group.ID]
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

// heard takes the lines that tell of IKE messages.
func (p *charonEvents) heard(t *charonThread, l line, prefix event, text string) bool {
	if m := packetLine.FindStringSubmatch(text); m != nil {
		p.finish(t)
		p.sure = true
		t.packet(p, l, prefix, m)
		return true
	}
	m := messageLine.FindStringSubmatch(text)
	if m == nil || charonExchanges[m[2]] == 0 {
		return false
	}
	p.finish(t)
	p.sure = true
	message := logs.Message{Exchange: charonExchanges[m[2]], ID: decimal32(m[4]), Response: m[3] == "response"}
	message.Version = versionOf(message.Exchange)
	if m[1] == "generating" {
		t.generated = message
		if strings.Contains(m[5], "N(INVAL_KE)") || strings.Contains(m[5], "N(COOKIE)") {
			p.again = prefix.id
		}
		if peer := p.peers[t.remote.Addr()]; peer != nil && charonErrors[m[5]] != "" {
			peer.ended(t.group)
		}
		if !t.remote.IsValid() && prefix.id < 0 && !message.Response { // a fragment of a log
			t.group = p.group(prefix, t)
		}
		p.shortSent(t, l, prefix, text)
		return true
	}
	if t.tag != prefix.id { // the line about its packet is not there, or was cut
		*t = charonThread{tag: prefix.id, generated: t.generated}
	}
	if message.Size = t.message.Size; t.message.Exchange != 0 || strings.Contains(m[5], "FRAG(") {
		message.Size = 0 // it is, or was, that of a fragment
	}
	t.message = message
	if begins(message, m[5]) {
		p.begin(t, prefix)
	} else if peer := p.peers[t.remote.Addr()]; peer != nil && prefix.id < 0 {
		peer.moved(t.remote.Port(), t.group)
	}
	e := p.eventOf(t, l, prefix, text)
	e.Kind = logs.Received
	p.add(e)
	t.alone = nil
	if message.Version == ike.V2 && !message.Response && m[5] == authFailed { // the verdict on this side's IKE_AUTH response
		n, _ := ike.NotifyNamed(ike.V2, "AUTHENTICATION_FAILED")
		e.Kind, e.Notify = logs.PeerError, n
		p.add(e)
		return true
	}
	if n, ok := ike.NotifyNamed(message.Version, charonErrors[m[5]]); ok {
		e.Kind, e.Notify = logs.PeerError, n
		t.alone = &e
	}
	return true
}

// shortSent keeps a message that is to be sent, until its size is known.
func (p *charonEvents) shortSent(t *charonThread, l line, prefix event, text string) {
	e := p.eventOf(t, l, prefix, text)
	e.Kind, e.Message = logs.Sent, t.generated
	p.add(e)
	t.last = len(p.events)
}

// begin takes the first message of an IKE SA. Numbers of IKE SAs go up: one that was there before is of another run, whose start the log
// lacks, unless its initiator was asked to try again.
func (p *charonEvents) begin(t *charonThread, prefix event) {
	switch {
	case prefix.id < 0:
		t.group = p.newTalk(t.remote)
	case prefix.id > p.highest:
		p.highest = prefix.id
	case prefix.id == p.again:
	default:
		p.restart()
		p.threads[prefix.thread], p.highest = t, prefix.id
	}
}

// begins reports whether a message with these payloads is the first one of an IKE SA.
func begins(m logs.Message, payloads string) bool {
	const mainMode, aggressive, saInit, resume = 2, 4, 34, 38
	switch m.Exchange {
	case mainMode, aggressive:
		return !m.Response && strings.HasPrefix(payloads, " SA ")
	case saInit, resume:
		return !m.Response
	}
	return false
}

// packet takes the line about a packet that was received, or is sent.
func (t *charonThread) packet(p *charonEvents, l line, prefix event, m []string) {
	from, to := addrPort(m[2], m[3]), addrPort(m[4], m[5])
	size, _ := strconv.Atoi(m[6])
	if m[1] == "received" {
		if t.remote.Addr() != from.Addr() || t.tag != prefix.id {
			t.localID, t.remoteID, t.used = nil, nil, logs.Method{}
		}
		t.tag, t.message, t.errno, t.failed = prefix.id, logs.Message{Size: size}, "", false
		t.remote, t.local = from, to
		t.group = p.group(prefix, t)
		return
	}
	if t.tag != prefix.id || !t.remote.IsValid() {
		t.local, t.remote = from, to
		t.group = p.group(prefix, t)
	}
	if last := t.last; last > 0 && p.events[last-1].Kind == logs.Sent && p.events[last-1].Message.Size == 0 {
		e := p.events[last-1]
		e.Local.Addr, e.Remote.Addr, e.Message.Size = from, to, size
		if e.Group.ID == 0 {
			e.Group = t.group
		}
		return
	}
	e := p.eventOf(t, l, prefix, strings.TrimSpace(m[0]))
	e.Kind, e.Message = logs.Sent, t.generated
	e.Message.Size = size
	e.Local.Addr, e.Remote.Addr = from, to
	p.add(e)
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
		Time: stampOf(l.text)}}
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

// noIDr is what charon says to an IKE_AUTH response of which it expects more than an error.
const noIDr = "IDr payload missing"

// mschapFailed begins what charon says as a client whose password was rejected; what follows of the method says no more.
const mschapFailed = "EAP-MS-CHAPv2 failed with error "

// assigning begins what charon says when it has an address for the peer.
const assigning = "assigning virtual IP "

// authFailed are the payloads of a request by which an initiator rejects the responder (RFC 7296, section 2.21.2); charon goes on as if it
// were a Delete.
const authFailed = " N(AUTH_FAILED) ]"

// charonErrors are the lists of payloads of messages with one error alone, by which charon goes on without a word of it.
var charonErrors = map[string]string{
	" N(NO_PROP) ]": "NO_PROPOSAL_CHOSEN", " N(TS_UNACCEPT) ]": "TS_UNACCEPTABLE", " N(INVAL_SYN) ]": "INVALID_SYNTAX", " N(NO_ADD_SAS) ]": "NO_ADDITIONAL_SAS",
	" N(INT_ADDR_FAIL) ]": "INTERNAL_ADDRESS_FAILURE", " N(FAIL_CP_REQ) ]": "FAILED_CP_REQUIRED", " N(SINGLE_PAIR) ]": "SINGLE_PAIR_REQUIRED",
	" N(INVAL_KE) ]": "INVALID_KE_PAYLOAD", " N(TEMP_FAIL) ]": "TEMPORARY_FAILURE",
}

// notes takes what lines say that belong to another one, or to what is yet to come.
func (t *charonThread) notes(p *charonEvents, prefix event, text string) bool {
	if strings.HasPrefix(text, noIDr) {
		if t.alone != nil {
			p.add(*t.alone)
			t.alone = nil
		}
		return true
	}
	if rest, ok := strings.CutPrefix(strings.TrimSpace(text), `issuer is "`); ok {
		if t.last > 0 && p.events[t.last-1].Reason == logs.NoIssuer {
			p.events[t.last-1].Issuer = strings.TrimSuffix(rest, `"`)
		}
		return true
	}
	if m := netlink.FindStringSubmatch(text); m != nil {
		t.errno = m[1]
		return true
	}
	if m := peerConfig.FindStringSubmatch(text); m != nil {
		t.localID, t.remoteID = nil, nil
		if m[2] != "" && !strings.HasPrefix(m[2], "%any") {
			t.localID = identity(m[2])
		}
		if m[4] != "" {
			t.remoteID = identity(m[4])
		}
		if !t.remote.IsValid() || t.tag != prefix.id {
			t.tag, t.message = prefix.id, logs.Message{}
			t.local, t.remote = addrPort(m[1], "0"), addrPort(m[3], "0")
		}
		return true
	}
	return false
}

// told makes an event of a message that rejects nothing.
func (p *charonEvents) told(t *charonThread, e *charonEvent, text string) bool {
	if m := initiating.FindStringSubmatch(text); m != nil {
		id, _ := strconv.Atoi(m[2])
		peer := addrPort(m[3], "0")
		t.group = logs.Group{ID: id, Name: m[1]}
		t.local, t.remote, t.message = netip.AddrPort{}, netip.AddrPort{}, logs.Message{}
		p.peer(peer.Addr()).restart(t.group)
		e.Kind, e.Role, e.Group, e.Message = logs.Started, ike.Initiator, t.group, logs.Message{}
		e.Local.Addr, e.Remote.Addr = netip.AddrPort{}, peer
		return true
	}
	if strings.Contains(text, " is initiating ") && initiated.MatchString(text) {
		e.Kind, e.Role = logs.Started, ike.Responder
		return true
	}
	if m := established.FindStringSubmatch(text); m != nil {
		e.Kind = logs.Up
		e.Local.Identity, e.Remote.Identity = identity(m[4]), identity(m[6])
		if e.Group.ID < 0 && len(p.proved) < maxThreads {
			p.proved[m[6]] = e.Group
		}
		return true
	}
	if m := childUp.FindStringSubmatch(text); m != nil {
		e.Kind, e.Children = logs.ChildUp, childSPIs(m[1:]...)
		return true
	}
	if strings.HasPrefix(text, assigning) {
		e.Kind = logs.Assigned
		return true
	}
	if m := provedBy.FindStringSubmatch(text); m != nil && !strings.Contains(text, "(myself)") {
		t.used = charonMethod(m[2])
		e.Kind, e.Used, e.Remote.Identity = logs.Authenticated, t.used, identity(m[1])
		return true
	}
	if m := replaced.FindStringSubmatch(text); m != nil {
		e.Kind, e.Reason, e.Remote.Identity = logs.Deleted, logs.Replaced, identity(m[1])
		if e.Group.ID < 0 { // the line is about the older IKE SA, amid what the newer one does
			e.Group, e.Message, e.Local.Addr, e.Remote.Addr = p.proved[m[1]], logs.Message{}, netip.AddrPort{}, netip.AddrPort{}
		}
		return true
	}
	return t.toldOfPeer(e, text)
}

// toldOfPeer makes an event of what the peer said, or left unsaid.
func (t *charonThread) toldOfPeer(e *charonEvent, text string) bool {
	if strings.HasPrefix(text, "received EAP_FAILURE") || strings.HasPrefix(text, mschapFailed) {
		e.Kind, e.Reason = logs.PeerError, logs.UserRefused
		t.failed = true
		return true
	}
	if m := peerErrors.FindStringSubmatch(text); m != nil {
		version := t.message.Version
		if version == 0 {
			version = ike.V2
			if strings.Contains(text, "error notify") {
				version = ike.V1
			}
		}
		n, ok := ike.NotifyNamed(version, m[1])
		e.Kind, e.Notify = logs.PeerError, n
		return ok && n.IsError()
	}
	if m := sentAgain.FindStringSubmatch(text); m != nil {
		e.Kind = logs.Resent
		e.Count, _ = strconv.Atoi(m[1] + m[2])
		return true
	}
	if m := gaveUp.FindStringSubmatch(text); m != nil {
		e.Kind = logs.GaveUp
		e.Count, _ = strconv.Atoi(m[1])
		return true
	}
	if m := childGone.FindStringSubmatch(text); m != nil {
		e.Kind, e.Children = logs.Deleted, childSPIs(m[1])
		return true
	}
	if m := sentTo.FindStringSubmatch(text); m != nil {
		e.Kind, e.Gateway = logs.Redirected, m[1]
		return true
	}
	return false
}

// inList reports whether a message belongs to a list of networks: begins one, or is a network in it.
func (p *charonEvents) inList(t *charonThread, text string) bool {
	if t.traffic == nil {
		return false
	}
	switch text {
	case "proposing traffic selectors for us:":
		p.setList(t, &t.traffic.Allowed.Local)
		return true
	case "proposing traffic selectors for other:":
		p.setList(t, &t.traffic.Allowed.Remote)
		return true
	}
	if t.list == nil || !networkLine.MatchString(text) {
		return false
	}
	s, ok := charonSelector(strings.TrimSpace(text))
	if t.unread = t.unread || !ok; len(*t.list) < maxEventList {
		*t.list = append(*t.list, s)
	}
	return true
}

// finish keeps the networks that a thread was listing. Each connection that is looked at makes a list of its own.
func (p *charonEvents) finish(t *charonThread) {
	if t.traffic != nil && t.list != nil {
		if !t.unread {
			p.add(*t.traffic)
		}
		t.traffic = nil
	}
	p.setList(t, nil)
}

// setList makes a list the one that a thread goes on with; nil: none.
func (p *charonEvents) setList(t *charonThread, list *ike.Selectors) {
	p.listing += btoi(list != nil) - btoi(t.list != nil)
	t.list = list
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
