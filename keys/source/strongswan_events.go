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
var charonEventFormat = format{name: "log without keys", log: true, start: func(o *out) parser {
	return &charonEvents{out: o, threads: make(map[int]*charonThread), count: make(map[logs.Kind]int)}
}}

type charonEvents struct {
	*out
	threads map[int]*charonThread
	run     int
	count   map[logs.Kind]int
}

// A charonThread is what one thread of charon was saying.
type charonThread struct {
	group    int // the IKE SA that it received a message of
	local    netip.AddrPort
	remote   netip.AddrPort
	message  logs.Message
	received *logs.Offer
	traffic  *logs.Event    // selectors, while their list is read
	list     *ike.Selectors // that lines of one network each belong to
	unread   bool           // a line of it was not understood
}

// maxThreads bounds the threads of charon that are followed; it has 16.
const maxThreads = 1024

var (
	receivedPacket = regexp.MustCompile(`^received packet: from (\S+)\[(\d+)\] to (\S+)\[(\d+)\] \((\d+) bytes\)`)
	parsedMessage  = regexp.MustCompile(`^parsed ([A-Z_0-9]+) (request|response) (\d+) \[`)
	childConfig    = regexp.MustCompile(`^looking for a child config for (.+) === (.+)$`)
	idMismatch     = regexp.MustCompile(`^ID[ir]r? '(.+)' does not match to '(.+)'$`)
	keysTried      = regexp.MustCompile(`^tried \d+ shared keys? for '(.+)' - '(.+)', but MAC mismatched$`)
)

// charonExchanges are exchange types by charon's names for them. Those up to 32 are of IKEv1.
var charonExchanges = map[string]uint8{
	"ID_PROT": 2, "AUTH_ONLY": 3, "AGGRESSIVE": 4, "INFORMATIONAL_V1": 5, "TRANSACTION": 6, "QUICK_MODE": 32, "NEW_GROUP_MODE": 33,
	"IKE_SA_INIT": 34, "IKE_AUTH": 35, "CREATE_CHILD_SA": 36, "INFORMATIONAL": 37, "IKE_SESSION_RESUME": 38, "IKE_INTERMEDIATE": 43,
	"IKE_FOLLOWUP_KE": 44,
}

// charonReasons are the beginnings of the messages that say why charon rejects something, and what follows somewhere after them.
var charonReasons = []struct {
	start, then string
	reason      logs.Reason
}{
	{"no matching peer config found", "", logs.NoPeer},
	{"no matching CHILD_SA config found", "", logs.NoTraffic},
	{"traffic selectors ", " unacceptable", logs.NoTraffic},
	{"received proposals unacceptable", "", logs.NoProposal},
	{"no proposal found", "", logs.NoProposal},
	{"no matching proposal found", "", logs.NoProposal},
	{"DH group ", " unacceptable", logs.GroupRefused},
	{"tried ", ", but MAC mismatched", logs.PSKMismatch},
	{"no shared key found for", "", logs.PSKMissing},
	{"IDi '", "' does not match", logs.IdentityMismatch},
	{"IDr '", "' does not match", logs.IdentityMismatch},
	{"IDir '", "' does not match", logs.IdentityMismatch},
	{"invalid HASH_V1 payload length", "", logs.Unreadable},
	{"invalid HASH", "", logs.InvalidHash},
	{"Aggressive Mode PSK disabled", "", logs.AggressiveRefused},
	{"constraint requires", "", logs.AuthMethod},
	{"constraint check failed", "", logs.Constraint},
	{"no trusted ", " found for ", logs.NoTrustedKey},
	{"no issuer certificate found", "", logs.NoIssuer},
	{"subject certificate invalid", "", logs.InvalidCertificate},
	{"issuer certificate invalid", "", logs.InvalidCertificate},
	{"certificate was revoked", "", logs.RevokedCertificate},
	{"signature validation failed", "", logs.InvalidSignature},
	{"no private key found for", "", logs.NoPrivateKey},
	{"no EAP key found", "", logs.NoUserKey},
	{"no XAuth", "", logs.NoUserKey},
	{"XAuth authentication of ", " failed", logs.UserRefused},
	{"EAP-MS-CHAPv2 failed", "", logs.UserRefused},
	{"EAP-MS-CHAPv2 verification failed", "", logs.UserRefused},
	{"EAP_", " method failed", logs.UserRefused},
}

// charonReason is why a message says that something was rejected; NoReason where it does not.
func charonReason(text string) logs.Reason {
	for _, r := range charonReasons {
		if rest, ok := strings.CutPrefix(text, r.start); ok && strings.Contains(rest, r.then) {
			return r.reason
		}
	}
	return logs.NoReason
}

func (p *charonEvents) line(l line) error {
	e, text, found := charonPrefix(l.text)
	if !found {
		return nil
	}
	switch e.group {
	case "DMN":
		if charonStarts(text) {
			p.restart()
		}
	case "NET", "ENC":
		if t := p.thread(e); t != nil {
			t.heard(e, text)
		}
	case "CFG", "IKE":
		if t := p.thread(e); t != nil {
			p.message(t, l, e, text)
		}
	}
	return nil
}

// charonStarts reports whether a message is the first of a run of charon.
func charonStarts(text string) bool {
	return strings.Contains(text, "Starting IKE") && strings.Contains(text, "daemon")
}

// restart begins a new run: numbers of threads and of IKE SAs mean others from now on.
func (p *charonEvents) restart() {
	for _, t := range p.threads {
		p.finish(t)
	}
	clear(p.threads)
	p.run++
}

// thread is what is known of the thread of a message; nil where there are too many.
func (p *charonEvents) thread(e event) *charonThread {
	t := p.threads[e.thread]
	if t == nil && len(p.threads) < maxThreads {
		t = &charonThread{group: -1}
		p.threads[e.thread] = t
	}
	return t
}

// heard notes the IKE message that a thread has received.
func (t *charonThread) heard(prefix event, text string) {
	if m := receivedPacket.FindStringSubmatch(text); m != nil {
		t.group, t.message = prefix.id, logs.Message{}
		t.remote, t.local = addrPort(m[1], m[2]), addrPort(m[3], m[4])
		t.message.Size, _ = strconv.Atoi(m[5])
		return
	}
	m := parsedMessage.FindStringSubmatch(text)
	if m == nil || prefix.id != t.group || charonExchanges[m[1]] == 0 {
		return
	}
	const firstOfV2 = 34
	t.message.Exchange, t.message.Version, t.message.Response = charonExchanges[m[1]], ike.V1, m[2] == "response"
	if t.message.Exchange >= firstOfV2 {
		t.message.Version = ike.V2
	}
	n, _ := strconv.ParseUint(m[3], 10, 32)
	t.message.ID = uint32(n)
}

func addrPort(addr, port string) netip.AddrPort {
	a, _ := netip.ParseAddr(addr)
	n, _ := strconv.ParseUint(port, 10, 16)
	if !a.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, uint16(n))
}

// message takes what a thread says of a negotiation.
func (p *charonEvents) message(t *charonThread, l line, prefix event, text string) {
	if t.inList(text) {
		return
	}
	p.finish(t)
	if rest, ok := strings.CutPrefix(text, "received proposals: "); ok {
		t.received = charonOffer(rest)
		return
	}
	e := logs.Event{File: p.file, Line: l.num, Text: text, Daemon: logs.Charon, Run: p.run, Thread: prefix.thread}
	if prefix.id >= 0 {
		e.Group = logs.Group{ID: prefix.id, Name: prefix.connection}
	}
	if t.message.Size > 0 && t.group == prefix.id {
		e.Message, e.Local.Addr, e.Remote.Addr = t.message, t.local, t.remote
	}
	if rest, ok := strings.CutPrefix(text, "configured proposals: "); ok {
		e.Kind, e.Received, e.Configured = logs.Offers, t.received, charonOffer(rest)
		if t.received = nil; e.Received != nil && e.Configured != nil {
			p.add(l, e)
		}
		return
	}
	if m := childConfig.FindStringSubmatch(text); m != nil {
		t.traffic, t.unread = nil, false
		if asked, ok := charonTraffic(m[1], m[2]); ok {
			e.Kind, e.Asked, e.Allowed, e.Time = logs.Selectors, asked, &logs.Traffic{}, stampOf(l.text)
			t.traffic = &e
		}
		return
	}
	if e.Reason = charonReason(text); e.Reason == logs.NoReason {
		return
	}
	e.Kind = logs.Refused
	if m := idMismatch.FindStringSubmatch(text); m != nil {
		e.Came, e.Wanted = identity(m[1]), identity(m[2])
	} else if m := keysTried.FindStringSubmatch(text); m != nil {
		e.Local.Identity, e.Remote.Identity = identity(m[1]), identity(m[2])
	}
	p.add(l, e)
}

func identity(s string) *ike.Identity {
	id := ike.ParseIdentity(s)
	return &id
}

// inList reports whether a message belongs to a list of networks: begins one, or is a network in it.
func (t *charonThread) inList(text string) bool {
	if t.traffic == nil {
		return false
	}
	switch text {
	case "proposing traffic selectors for us:":
		t.list = &t.traffic.Allowed.Local
		return true
	case "proposing traffic selectors for other:":
		t.list = &t.traffic.Allowed.Remote
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
			p.keep(*t.traffic)
		}
		t.traffic = nil
	}
	t.list = nil
}

func (p *charonEvents) end() error {
	for _, t := range p.threads {
		p.finish(t)
	}
	if len(p.bag.Events) > 0 && !p.others() {
		p.recognise()
		p.warn(1, "log without keys: used for diagnose only")
	}
	slices.SortStableFunc(p.bag.Events, func(a, b logs.Event) int { return cmp.Compare(a.Line, b.Line) })
	return nil
}

// add keeps an event, with its time.
func (p *charonEvents) add(l line, e logs.Event) {
	if p.count[e.Kind] < maxEvents {
		e.Time = stampOf(l.text)
	}
	p.keep(e)
}

func (p *charonEvents) keep(e logs.Event) {
	if p.count[e.Kind]++; p.count[e.Kind] <= maxEvents {
		p.bag.Events = append(p.bag.Events, e)
	}
}
