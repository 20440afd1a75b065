package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What libreswan's pluto, and Openswan's, says apart from keys. Each state has a number, an IKE SA and its children each their own; what
// belongs to no state yet is told of the packet:
//
//	"t" #1: responding to Main Mode
//	"t" #2: we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION
//	packet from 192.0.2.1:500: initial Main Mode message received on 192.0.2.2:500 but no connection has been authorized with policy PSK
type plutoEvents struct {
	*daemonLog
	talks   map[int]*talk          // by the number of the state
	newest  map[string]*talk       // the IKE SA that a connection began last
	offers  map[string]plutoOffer  // what connections are set to take
	listing *logs.Offer            // the proposals of a connection that are being listed
	packet  plutoPacket            // that is being worked at, where debugging shows it
	latest  *talk                  // the IKE SA of the line before
	state   int                    // of the line at hand; 0: none
	pairs   map[int][]ike.ChildSPI // what came and what went, by the number of the state
}

func newPlutoEvents(p *daemonLog) grammar {
	g := &plutoEvents{daemonLog: p}
	g.restart()
	return g
}

func (g *plutoEvents) restart() {
	g.talks, g.newest, g.offers = make(map[int]*talk), make(map[string]*talk), make(map[string]plutoOffer)
	g.pairs = make(map[int][]ike.ChildSPI)
}

var (
	// plutoState is the front of a message about a connection, an instance of it, its peer where that may be any, which people redact, and a state.
	plutoState = pattern(`^"([^"]+)"(?:/\d+x\d+)?(?:\[\d+\](?:/\d+x\d+)?(?: (\S+))?)?(?: #(\d+))?: (.*)$`)
	plutoFrom  = behind(`^packet from (\S+): (.*)$`, "packet from ")

	plutoParent   = having(`(?:using (?:isakmp|ISAKMP SA |IKE SA )?#|\{using isakmp#)(\d+)`, "#")
	plutoProposal = behind(`^ +(\d+:(?:IKE|ESP|AH)[=:].*)$`, " ")
	plutoRemote   = having(`no (?:local )?proposal (?:matches remote proposals |chosen from:? ?)(.+)$`, "proposal matches remote proposals ", "proposal chosen from")
	plutoAsked    = behind(`^the peer proposed: (\S+) (?:-\S*)?> (\S+)`, "the peer proposed: ")
	plutoUnknown  = having(`no connection is known for (.+)$`, "no connection is known for ")
	plutoPeerID   = having(`(?:[Pp]eer ID is ID_[A-Z0-9_]+: |ID_[A-Z0-9_]+ )'(.+?)'$`, "'")
	// plutoRanges and plutoNets are the traffic of a Child SA, this side's first; libreswan 5 writes networks.
	plutoRanges    = having(`\[([0-9a-fA-F.:]+)-([0-9a-fA-F.:]+):0-65535 0\] -> \[([0-9a-fA-F.:]+)-([0-9a-fA-F.:]+):0-65535 0\]`, ":0-65535 0] -> [")
	plutoNets      = having(`\[([0-9a-fA-F.:]+/\d+)===([0-9a-fA-F.:]+/\d+)\]`, "===")
	plutoChildUp   = having(`\{(?:ESP|AH)\S*=>0x([0-9a-f]{8}) <0x([0-9a-f]{8})`, "=>0x")
	plutoTo        = pattern(`(?: to | from |connection to )((?:\[[0-9a-fA-F:]+\]|[0-9a-fA-F.:]+?):\d+|[0-9a-fA-F.:]*[0-9a-fA-F])(?:[\s,;]|$)`)
	plutoOn        = having(` on (\S+?:\d+)[ ,]`, " on ")
	plutoMessageID = having(`\((?:Message )?ID (\d+)\)|msgid[:=]([0-9a-f]{8})`, "ID ", "msgid")
	plutoPeerError = having(`(?:received unauthenticated|[Rr]eceived (?:error )?notif\w+|rejected by peer:|request rejected:|response contained the (?:error|CHILD SA error) notification|rejected (?:Child SA )?with|failed with error notification|message containing|response containing|response for Child SA #\d+ was rejected|peer rejected Child SA|ignoring (?:secured |unsecured )?informational payload,?(?: type)?) *['(]?(?:v2N_)?([A-Z][A-Z0-9_]+)`, "eceived ", "rejected", "notif", "message containing", "informational")
	plutoGaveUp    = having(`max number of retransmissions \((\d+)\) reached|timeout exceeded after (\d+) retransmits`, "max number of retransmissions", "timeout exceeded after ")
	plutoCarried   = having(`^(?:ESP|AH) traffic information: in=(\d+)([KMGT]i)?B out=(\d+)([KMGT]i)?B`, " traffic information: in=")
	plutoRedirect  = having(`redirects? to (?:new gateway )?([0-9a-fA-F.:]+)|initiating .*to new gateway \(address: ([0-9a-fA-F.:]+)\)`, "redirect", "to new gateway")
)

// plutoExchanges are words for exchanges, and their exchange types.
var plutoExchanges = []struct {
	word string
	typ  uint8
}{
	{"IKE_SA_INIT", typeSAInit}, {"parent SA", typeSAInit}, {"IKE_AUTH", typeIKEAuth}, {"CREATE_CHILD_SA", typeChild}, {"IKE_INTERMEDIATE", 43},
	{"IKE_SESSION_RESUME", 38}, {"Main Mode", 2}, {"Aggressive Mode", 4}, {"Quick Mode", 32}, {"Quick I1", 32}, {"the peer proposed: ", 32},
	{"Proposal in IPsec SA", 32}, {"IPsec SA request", 32},
}

// plutoMessage is the message that a text names; of exchange 0 where it names none.
func plutoMessage(text string) (m logs.Message) {
	for _, x := range plutoExchanges {
		if strings.Contains(text, x.word) {
			m.Exchange, m.Version = x.typ, versionOf(x.typ)
			break
		}
	}
	m.Response = strings.Contains(text, " response") || strings.Contains(text, " reply")
	if id := plutoMessageID.FindStringSubmatch(text); id != nil {
		if m.ID = decimal32(id[1]); id[2] != "" {
			m.ID = hex32(id[2])
		}
	} else if m.Exchange == typeIKEAuth {
		m.ID = 1 // at first
	} else {
		m.NoID = m.Exchange == typeChild
	}
	return m
}

func (g *plutoEvents) take(e entry) {
	if strings.HasPrefix(e.text, "Starting Pluto") {
		g.run++
		g.restart()
		return
	}
	if m := plutoFrom.FindStringSubmatch(e.text); m != nil {
		g.stateless(e, hostPort(m[1]), m[2])
		return
	}
	if rest, ok := strings.CutPrefix(e.text, "| "); ok {
		g.packet.debug(strings.TrimSpace(rest))
		return
	}
	m := plutoState.FindStringSubmatch(strings.TrimPrefix(e.text, "ERROR: "))
	if m == nil {
		return
	}
	name, text := m[1], m[4]
	if g.proposals(name, text) {
		return
	}
	number, _ := strconv.Atoi(m[3])
	g.state = number
	t := g.talk(name, number, text)
	if peer := hostPort(strings.TrimPrefix(m[2], "...")); peer.IsValid() && !t.remote.Addr.IsValid() {
		t.remote.Addr = peer
	}
	t.plutoSays(text)
	if g.latest = t; number > 0 {
		g.packet.about(t)
	}
	g.message(e, name, text, t)
}

// stateless takes what is said of a packet that belongs to no state.
func (g *plutoEvents) stateless(e entry, from netip.AddrPort, text string) {
	t := &talk{remote: logs.Peer{Addr: from}, message: plutoMessage(text)}
	t.role = ike.Responder
	if last := g.latest; last != nil && strings.HasPrefix(text, "sending notification ") && !last.remote.Addr.IsValid() {
		last.remote.Addr = from // the answer to what was just rejected
	}
	if g.packet.fresh && g.packet.remote == from {
		g.packet.about(t)
	}
	if m := plutoOn.FindStringSubmatch(text); m != nil {
		t.local.Addr = hostPort(m[1])
	}
	g.message(e, "", text, t)
}

// talk is the IKE SA of a state, or, for 0, the newest one of the connection.
func (g *plutoEvents) talk(name string, number int, text string) *talk {
	if t := g.talks[number]; t != nil && number > 0 {
		return t
	}
	parent := g.newest[name]
	if m := plutoParent.FindStringSubmatch(text); m != nil {
		if n, _ := strconv.Atoi(m[1]); g.talks[n] != nil {
			parent = g.talks[n]
		}
	}
	if begun := plutoBegins(text); parent == nil || begun && number > 0 {
		parent = &talk{group: logs.Group{ID: number, Name: name}}
		if g.newest[name] = parent; number == 0 {
			return parent
		}
	}
	if number > 0 && len(g.talks) < maxThreads*16 {
		g.talks[number] = parent
	}
	if number > 0 && parent.hasChild && parent.message.Version == ike.V2 { // what a further state is of is said later, if it is
		parent.message = logs.Message{Version: ike.V2, Exchange: typeChild, NoID: true}
	}
	return parent
}

// plutoBegins reports whether a message is the first one about an IKE SA.
func plutoBegins(text string) bool {
	switch {
	case strings.Contains(text, "Quick Mode"), strings.Contains(text, "Child SA"), strings.Contains(text, "CHILD SA"):
		return false
	case strings.HasPrefix(text, "initiating "), strings.HasPrefix(text, "responding to "), strings.HasPrefix(text, "processing IKE_SA_INIT request"):
		return true
	}
	return strings.Contains(text, "STATE_PARENT_") || strings.Contains(text, ":IKE=") || strings.Contains(text, ":IKE:") || strings.Contains(text, "Vendor ID payload")
}

// learn keeps what a message says of its IKE SA.
func (t *talk) plutoSays(text string) {
	switch {
	case strings.HasPrefix(text, "initiating ") && plutoBegins(text):
		t.role = ike.Initiator
	case strings.HasPrefix(text, "responding to Main"), strings.HasPrefix(text, "responding to Aggressive"), strings.HasPrefix(text, "proposal 1:IKE"),
		strings.HasPrefix(text, "processing decrypted IKE_AUTH request"), strings.HasPrefix(text, "sent IKE_SA_INIT re") && !strings.Contains(text, "request"):
		if t.role == ike.NoSide {
			t.role = ike.Responder
		}
	}
	if side := plutoSide(text); t.role == ike.NoSide {
		t.role = side
	}
	if m := plutoTo.FindStringSubmatch(text); m != nil && !strings.HasPrefix(text, "send on ") { // which has this side's first
		if a := hostPort(m[1]); a.IsValid() && !a.Addr().IsUnspecified() && (a.Port() > 0 || !t.remote.Addr.IsValid()) {
			t.remote.Addr = a
		}
	}
	if m := plutoPeerID.FindStringSubmatch(text); m != nil && (strings.Contains(text, "eer ID is ") || strings.Contains(text, "authenticated")) {
		t.remote.Identity = identity(m[1])
	}
	if m := plutoAsked.FindStringSubmatch(text); m != nil {
		t.asked = trafficOf(plutoNetwork(m[1]), plutoNetwork(m[2]))
	}
	// What this side sends is of the exchange that the peer's next answer is of.
	if m := plutoMessage(text); m.Exchange != 0 && (m.ID != 0 || t.message.Exchange != m.Exchange) {
		t.message = m
	}
}

// plutoSide is what this side is by the name of a state of an IKE SA, which all releases but the newest print: STATE_MAIN_I3, STATE_V2_PARENT_R0.
func plutoSide(text string) ike.Side {
	_, state, _ := strings.Cut(text, "STATE_")
	state = strings.TrimPrefix(state, "V2_")
	for _, exchange := range []string{"MAIN_", "AGGR_", "PARENT_"} {
		if side, ok := strings.CutPrefix(state, exchange); ok && side != "" {
			return map[byte]ike.Side{'I': ike.Initiator, 'R': ike.Responder}[side[0]]
		}
	}
	return ike.NoSide
}

// proposals takes the lists of what a connection is set to take.
func (g *plutoEvents) proposals(name, text string) bool {
	if strings.Contains(text, " proposals (") || strings.HasPrefix(text, "local IKE proposals") || strings.HasPrefix(text, "local ESP/AH proposals") {
		g.listing = &logs.Offer{Offer: ike.Offer{Version: ike.V2}}
		o := g.offers[name]
		if strings.Contains(text, "IKE SA proposals") || strings.Contains(text, "IKE proposals") {
			o.ike = g.listing
		} else {
			o.child = g.listing
			o.child.InAuth = !strings.Contains(text, "CREATE_CHILD_SA") && !strings.Contains(text, "rekey") // "with all DH removed"
		}
		if len(g.offers) < maxThreads {
			g.offers[name] = o
		}
		return true
	}
	m := plutoProposal.FindStringSubmatch(text)
	if m == nil || g.listing == nil {
		g.listing = nil
		return false
	}
	if o := plutoOffer1(m[1]); o == nil {
		g.listing.Words = nil // a part would pass for the whole
		g.listing = nil
	} else if len(g.listing.Words) < maxEventList {
		g.listing.Proposals, g.listing.Words = append(g.listing.Proposals, o.Proposals...), append(g.listing.Words, o.Words...)
	}
	return true
}

// message makes events of a message.
func (g *plutoEvents) message(e entry, name, text string, t *talk) {
	if m := plutoRemote.FindStringSubmatch(text); m != nil {
		g.noProposal(e, name, m[1], t)
	}
	if ev := g.refused(plutoStems, e, text, t); ev != nil {
		if m := plutoUnknown.FindStringSubmatch(text); m != nil && ev.Asked == nil {
			ev.Asked = plutoTraffic(m[1])
		}
		return
	}
	g.told(e, text, t)
}

// noProposal tells what both sides propose, where the log has both.
func (g *plutoEvents) noProposal(e entry, name, words string, t *talk) {
	received := plutoOffer1(words)
	if received == nil {
		return
	}
	configured := g.offers[name].ike
	if received.Proposals[0].Protocol != ike.IKE {
		configured = g.offers[name].child
	}
	if configured == nil || len(configured.Words) == 0 {
		return
	}
	ev := g.event(e, logs.Offers, t)
	ev.Received, ev.Configured = received, configured
}

// told makes an event of a message that rejects nothing.
func (g *plutoEvents) told(e entry, text string, t *talk) {
	switch {
	case plutoBegins(text) && (strings.HasPrefix(text, "initiating ") || strings.HasPrefix(text, "responding to ")):
		if m := plutoMessage(text); strings.HasPrefix(text, "responding to ") && m.Version == ike.V2 {
			return // an answer to a message
		}
		g.event(e, logs.Started, t)
	case strings.Contains(text, "retransmission; will wait"):
		g.event(e, logs.Resent, t)
	case strings.Contains(text, "ISAKMP SA established"), strings.Contains(text, "PARENT SA established"), strings.HasPrefix(text, "IKE SA established"),
		strings.Contains(text, " established IKE SA"):
		g.event(e, logs.Up, t)
	case strings.Contains(text, "IPsec SA established"), strings.Contains(text, "established Child SA"), strings.Contains(text, "rekeyed Child SA"),
		strings.Contains(text, "negotiated connection"):
		ev := g.event(e, logs.ChildUp, t)
		t.hasChild = true
		if m := plutoChildUp.FindStringSubmatch(text); m != nil {
			ev.Children = childSPIs(m[1:]...)
			if g.state > 0 && len(g.pairs) < maxThreads*16 {
				g.pairs[g.state] = childSPIs(m[2], m[1])
			}
		}
		if m := plutoRanges.FindStringSubmatch(text); m != nil {
			ev.Agreed = trafficOf(rangeOf(m[1], m[2]), rangeOf(m[3], m[4]))
		} else if m := plutoNets.FindStringSubmatch(text); m != nil {
			ev.Agreed = trafficOf(networkOf(m[1]), networkOf(m[2]))
		}
	case strings.HasPrefix(text, "received Delete SA"):
		g.event(e, logs.Deleted, t)
	case plutoCarried.MatchString(text):
		m := plutoCarried.FindStringSubmatch(text)
		ev := g.event(e, logs.Carried, t)
		ev.Children, ev.In, ev.Out = g.pairs[g.state], roundBytes(m[1], m[2]), roundBytes(m[3], m[4])
	default:
		g.toldOfPeer(e, text, t)
	}
}

// roundBytes is a number of bytes in units of 1024 and its powers, "Ki" and so on, rounded as pluto rounds it.
func roundBytes(digits, unit string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 32)
	if unit == "" {
		return n
	}
	return n << (10 * (1 + strings.Index("KMGT", unit[:1])))
}

func (g *plutoEvents) toldOfPeer(e entry, text string, t *talk) {
	if m := plutoGaveUp.FindStringSubmatch(text); m != nil {
		ev := g.event(e, logs.GaveUp, t)
		ev.Count, _ = strconv.Atoi(m[1] + m[2])
		return
	}
	if m := plutoRedirect.FindStringSubmatch(text); m != nil {
		g.event(e, logs.Redirected, t).Gateway = m[1] + m[2]
		return
	}
	if strings.HasPrefix(text, "Received Cisco XAUTH status: FAIL") {
		ev := g.event(e, logs.PeerError, t)
		ev.Reason, ev.XAUTH = logs.UserRefused, true
		return
	}
	if m := plutoPeerError.FindStringSubmatch(text); m != nil {
		version := ike.V2
		if strings.Contains(text, "informational payload") {
			version = ike.V1
		}
		g.peerError(e, t, version, m[1])
	}
}
