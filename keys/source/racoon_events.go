package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What racoon says apart from keys, and RouterOS, whose IKE is made of it. racoon works at one message at a time, and names the hosts
// of an IKE SA when it begins:
//
//	2026-11-25 10:00:00: INFO: respond new phase 1 negotiation: 192.0.2.2[500]<=>192.0.2.1[500]
//	2026-11-25 10:00:00: ERROR: rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = AES-CBC:3DES-CBC
type racoonEvents struct {
	*daemonLog
	now   *talk    // that was worked at last
	peers talkList // by the address of the peer
}

func newRacoonEvents(p *daemonLog) grammar { return &racoonEvents{daemonLog: p} }

var (
	// racoonLevel is what racoon and its kin put before a message: a level, and perhaps the peer before or behind it.
	racoonLevel = pattern(`^(?:\S*\[[^\]]*\]:? )*(?:INFO|NOTIFY|WARNING|ERROR|DEBUG2?): +(?:\[([0-9a-fA-F.:]+)\](?:\[\d+\])? )?(?:(?:INFO|NOTIFY|WARNING|ERROR|DEBUG2?): )?(.*)$`)
	racoonPeer  = pattern(`\[([0-9a-fA-F.:]+)\] (?:INFO|NOTIFY|WARNING|ERROR|DEBUG2?): `)
	routerTopic = pattern(`(?:^|[\s:])(?:ipsec|ike2?)(?:,[!\w]+)+:? +|^ipsec `)
	routerPeer  = pattern(`^([0-9a-fA-F]+[.:][0-9a-fA-F.:]*[0-9a-fA-F]) (.*)$`)

	racoonBegins  = behind(`^(respond|initiate) new phase 1 (?:negotiation|\([^)]*\)): (\S+?)<=>(\S+)`, "respond new ", "initiate new ")
	routerBegins  = behind(`^new ike2 SA \(([IR])\): (?:\S+ )?(\S+?\])-(\S+?\])(?: spi:([0-9a-f]{16}):([0-9a-f]{16}))?`, "new ike2 SA ")
	racoonMode    = behind(`^begin (Identity Protection|Aggressive) mode`, "begin ")
	racoonPhase2  = behind(`^(?:respond|initiate) new phase 2 `, "respond new ", "initiate new ")
	racoonUp      = behind(`^ISAKMP-SA (established|deleted|expired) (\S+?\])-(\S+?\]) spi:([0-9a-f]{16}):([0-9a-f]{16})`, "ISAKMP-SA ")
	racoonIndex   = pattern(`\b([0-9a-f]{16}):([0-9a-f]{16})\b`)
	racoonChild   = behind(`^IPsec-SA established: .*\(0x([0-9a-f]{1,8})\)`, "IPsec-SA established: ")
	racoonNotify  = behind(`^(?:notification |fatal |got (?:fatal )?error: )([A-Z][A-Z_-]+)(?: received in| notify|$|\s)`, "notification ", "fatal ", "got ")
	racoonTimeUp  = behind(`^phase[12] negotiation failed due to time up`, "phase")
	racoonRetries = behind(`^(?:the packet is retransmitted|resend phase[12] packet|phase1 packet resent|ike2 retransmit|dpd: retransmit)`, "the packet is ", "resend phase", "phase1 packet ", "ike2 retransmit", "dpd: retransmit")
)

var racoonStems = withOpenSSL([]stem{
	{start: "exchange ", then: " not allowed in any applicable rmconf", reason: logs.ExchangeRefused, detail: pattern(`^exchange (Identity Protection|Aggressive) `), fill: fillRacoonMode},
	{then: "not allowed in any applicable rmconf", reason: logs.NoConnection},
	{start: "couldn't find configuration", reason: logs.NoConnection},
	{start: "couldn't find any suitable rmconf", reason: logs.NoConnection},
	{start: "no IKEv", then: " peer config for ", reason: logs.NoConnection},
	{start: "not acceptable ", then: " mode", reason: logs.NoConnection},
	{start: "identity not found for ", then: "peer", reason: logs.NoPeer, detail: pattern(`peer: (?:\w+: ?)?(.+)$`), fill: fillCame},
	{start: "initiator can't find identity for peer", reason: logs.NoPeer, own: true},
	{start: "reply notify: TS_UNACCEPTABLE", reason: logs.NoTraffic, late: true},
	{start: "reply notify: NO_PROPOSAL_CHOSEN", reason: logs.NoProposal, late: true},
	{start: "couldn't find the pskey", reason: logs.PSKMissing},
	{start: "rejected authmethod", reason: logs.AuthMethod, tried: true, detail: pattern(` = (.+):(.+)$`), fill: fillRacoonMethods},
	{start: "rejected ", then: ": DB(", reason: logs.NoProposal, tried: true, compares: true},
	{start: "rejected ", then: ": DB (", reason: logs.NoProposal, tried: true, compares: true},
	{start: "no suitable proposal found", reason: logs.NoProposal, late: true},
	{start: "failed to get valid proposal", reason: logs.NoProposal, late: true},
	{start: "no proposal chosen", reason: logs.NoProposal, late: true},
	{start: "no suitable transform found", reason: logs.NoProposal},
	{start: "proposal check failed", reason: logs.NoProposal, late: true},
	{start: "pfs group mismatched", reason: logs.PFSRequired},
	{start: "pfs_group mismatched", reason: logs.PFSRequired},
	{start: "encmode mismatched", reason: logs.ModeRefused},
	{start: "authtype mismatched", reason: logs.NoProposal, compares: true},
	{start: "trns_id mismatched", reason: logs.NoProposal, compares: true},
	{start: "key length mismatched", reason: logs.NoProposal, compares: true},
	{start: "failed to get sainfo", reason: logs.NoTraffic},
	{start: "no policy found: ", reason: logs.NoTraffic},
	{start: "no compatible transform found", reason: logs.NoProposal},
	{start: "no suitable policy found", reason: logs.NoProposal, late: true}, // for these proposals
	{start: "no template matches", reason: logs.NoTraffic},
	{start: "policy not found", reason: logs.NoTraffic},
	{start: "mismatched IDc", reason: logs.NoTraffic},
	{then: "possible cause: wrong password", reason: logs.PSKLikely},
	{then: "the length in the isakmp header is too big", reason: logs.Unreadable},
	{start: "invalid length of payload", reason: logs.Unreadable},
	{start: "HASH mismatched", reason: logs.InvalidHash},
	{start: "HASH(", then: " mismatch", reason: logs.InvalidHash},
	{start: "Expecting IP address type in main mode", reason: logs.IdentityMismatch},
	{start: "No ID match", reason: logs.IdentityMismatch},
	{start: "invalid ID payload", reason: logs.IdentityMismatch, late: true},
	{start: "ID value mismatched", reason: logs.IdentityMismatch},
	{start: "ID mismatched with", reason: logs.CertificateName},
	{start: "ID type mismatched", reason: logs.CertificateName},
	{start: "ID mismatched", reason: logs.IdentityMismatch},
	{start: "can't verify peer's certificate", reason: logs.NoIssuer},
	{start: "the peer's certificate is not verified", reason: logs.InvalidCertificate, late: true},
	{start: "no peer's CERT", reason: logs.NoCertificate},
	{start: "Invalid SIG", reason: logs.InvalidSignature},
	{start: "failed to get private key", reason: logs.NoPrivateKey, own: true},
	{start: "login failed for user", reason: logs.UserRefused, detail: pattern(`user "(.*)"`), fill: fillUserXAUTH},
	{start: "No password was found for login", reason: logs.NoUserKey, own: true, detail: pattern(`login (\S+)`), fill: fillUserXAUTH},
	{start: "pfkey update failed", reason: logs.KernelRefused, own: true},
	{start: "pfkey UPDATE failed", reason: logs.KernelRefused, own: true, detail: pattern(`failed: (.+)$`), fill: fillErrnoText},
	{start: "pfkey add failed", reason: logs.KernelRefused, own: true},
	{start: "pfkey ADD failed", reason: logs.KernelRefused, own: true, detail: pattern(`failed: (.+)$`), fill: fillErrnoText},
	{start: "pfkey GETSPI failed", reason: logs.KernelRefused, own: true, detail: pattern(`failed: (.+)$`), fill: fillErrnoText},
	{start: "sendfromto failed", reason: logs.NotSent, own: true},
	{start: "phase", then: " negotiation failed due to send error", reason: logs.NotSent, own: true, late: true},
	{start: "Port pool depleted", reason: logs.NoAddress},
	{start: "can't acquire address", reason: logs.NoAddress},
})

// fillRacoonMethods takes what this side wants and what the peer offers.
func fillRacoonMethods(e *logs.Event, m []string) {
	e.Required, e.Used = racoonMethod(m[1]), racoonMethod(m[2])
}

// fillRacoonMode takes the exchange that is not allowed.
func fillRacoonMode(e *logs.Event, m []string) { e.Message = racoonExchange(m[1]) }

// racoonExchange is the exchange of phase 1 by its name.
func racoonExchange(name string) logs.Message {
	if name == "Aggressive" {
		return logs.Message{Version: ike.V1, Exchange: aggressive}
	}
	return logs.Message{Version: ike.V1, Exchange: mainMode}
}

func racoonMethod(s string) (m logs.Method) {
	s = strings.ToLower(s)
	switch {
	case strings.Contains(s, "signature"), strings.Contains(s, "rsa"):
		m.Kind = ike.AuthSignature
	case strings.Contains(s, "pre-shared"), strings.Contains(s, "psk"):
		m.Kind = ike.AuthPSK
	}
	m.XAUTH = strings.Contains(s, "xauth") || strings.Contains(s, "hybrid")
	return m
}

// racoonSays takes what stands before a message off it: the level, and perhaps the peer.
func racoonSays(text string) (peer, message string, ok bool) {
	_, rest, leveled := cutLevel(text)
	if !leveled && !strings.Contains(text, "[") {
		return "", "", false
	}
	// Most messages have the level at their front, and nothing else.
	if message = strings.TrimLeft(rest, " "); leveled && len(message) < len(rest) && !strings.HasPrefix(message, "[") {
		if _, more, ok := cutLevel(message); ok && strings.HasPrefix(more, " ") {
			message = more[1:]
		}
		return "", message, true
	}
	m := racoonLevel.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// racoonLevels are the levels of messages.
var racoonLevels = []string{"INFO:", "NOTIFY:", "WARNING:", "ERROR:", "DEBUG2:", "DEBUG:"}

// cutLevel takes the level off a text that begins with one.
func cutLevel(text string) (level, rest string, ok bool) {
	for _, level := range racoonLevels {
		if rest, ok := strings.CutPrefix(text, level); ok {
			return level, rest, true
		}
	}
	return "", text, false
}

func (g *racoonEvents) take(e entry) {
	peer, text := "", ""
	var at []int
	if g.daemon.id == logs.MikroTik {
		at = routerTopic.FindStringIndex(e.text)
	}
	if g.daemon.id == logs.Meraki {
		text = e.text
	} else if at != nil {
		text = e.text[at[1]:]
		if m := routerPeer.FindStringSubmatch(text); m != nil {
			peer, text = m[1], m[2]
		}
	} else if by, rest, ok := racoonSays(e.text); ok {
		if strings.Contains(e.text, "WARNING: ") && strings.Contains(rest, ") at depth:") {
			return // what OpenSSL finds in a certificate, and racoon puts up with
		}
		if peer, text = by, rest; peer == "" && strings.Contains(e.text, "] ") {
			if m := racoonPeer.FindStringSubmatch(e.text); m != nil {
				peer = m[1]
			}
		}
		if rest, isFunc := cutFunction(text); isFunc {
			text = rest
		}
	} else if text = e.text; e.process != "racoon" || g.apple(e, text) {
		return
	}
	e.text = text
	g.message(e, peer, text)
}

// about makes the talk with a peer the one that is worked at; with none named it stays the same.
func (g *racoonEvents) about(peer string) *talk {
	if t := g.peers.byKey[peer]; t != nil {
		g.now = t
	} else if peer != "" || g.now == nil {
		g.begin(ike.NoSide, "", peer)
	}
	return g.now
}

// begin begins a new IKE SA.
func (g *racoonEvents) begin(role ike.Side, local, remote string) *talk {
	t := &talk{role: role, local: logs.Peer{Addr: hostPort(local)}, remote: logs.Peer{Addr: hostPort(remote)}}
	name := ""
	if t.remote.Addr.IsValid() {
		name = t.remote.Addr.Addr().String()
	}
	g.now = g.peers.add(t, name)
	return t
}

func (g *racoonEvents) message(e entry, peer, text string) {
	if m := racoonBegins.FindStringSubmatch(text); m != nil {
		g.event(e, logs.Started, g.begin(ike.SideOf(m[1] == "initiate"), m[2], m[3]))
		return
	}
	if m := routerBegins.FindStringSubmatch(text); m != nil {
		t := g.begin(ike.SideOf(m[1] == "I"), m[2], m[3])
		t.setSPIs(m[4], m[5])
		g.event(e, logs.Started, t)
		return
	}
	t := g.about(peer)
	if g.exchange(t, text) {
		return
	}
	if m := racoonUp.FindStringSubmatch(text); m != nil {
		if t = g.about(hostPort(m[3]).Addr().String()); !t.spis[0].IsZero() && t.spis[0] != spi64(m[4]) {
			t = g.begin(t.role, m[2], m[3])
		}
		t.setSPIs(m[4], m[5])
		t.local.Addr, t.remote.Addr = hostPort(m[2]), hostPort(m[3])
		kind := logs.Deleted
		if m[1] == "established" {
			kind = logs.Up
			g.took(t)
			t.message = logs.Message{}
		}
		g.event(e, kind, t)
		return
	}
	if t.spis[0].IsZero() && mayHaveSPIs(text) {
		if m := racoonIndex.FindStringSubmatch(text); m != nil {
			t.setSPIs(m[1], m[2])
		}
	}
	if g.refused(racoonStems, e, text, t) == nil {
		g.told(e, text, t)
	}
}

// exchange takes the lines that say which exchange begins: what is rejected after them is a message of it.
func (g *racoonEvents) exchange(t *talk, text string) bool {
	m := racoonMode.FindStringSubmatch(text)
	switch {
	case m != nil:
		t.message = racoonExchange(m[1])
	case racoonPhase2.MatchString(text):
		t.message = logs.Message{Version: ike.V1, Exchange: quickMode}
	default:
		return false
	}
	return true
}

// mayHaveSPIs is a cheap look for what racoonIndex matches.
func mayHaveSPIs(text string) bool {
	const digits = 16
	for at := digits; at+digits < len(text); at++ {
		if text[at] == ':' && runEnd(text[at-digits:at], 0, lex.IsHexDigit) == digits && runEnd(text, at+1, lex.IsHexDigit) == at+1+digits {
			return true
		}
	}
	return false
}

func (g *racoonEvents) told(e entry, text string, t *talk) {
	switch {
	case racoonTimeUp.MatchString(text):
		g.event(e, logs.GaveUp, t)
		return
	case racoonRetries.MatchString(text):
		g.event(e, logs.Resent, t)
		return
	case strings.HasPrefix(text, "killing ike2 SA"):
		g.event(e, logs.Deleted, t)
		return
	case strings.HasPrefix(text, "peer authorized"):
		g.took(t)
		g.event(e, logs.Up, t)
		return
	}
	if m := racoonChild.FindStringSubmatch(text); m != nil {
		g.took(t)
		g.event(e, logs.ChildUp, t).Children = childSPIs(m[1])
		return
	}
	if m := racoonNotify.FindStringSubmatch(text); m != nil {
		version := ike.V1
		if strings.HasPrefix(text, "got ") {
			version = ike.V2
		}
		g.peerError(e, t, version, m[1])
	}
}
