package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What OpenBSD's iked says apart from keys. A message that comes or goes is told with the initiator's SPI and its size, which makes the
// log easy to bind; what follows is about it, whether it has the SPI before it or not:
//
//	spi=0x1d034ba18b0595f2: recv IKE_SA_INIT req 0 peer 192.0.2.1:500 local 192.0.2.2:500, 464 bytes, policy 't'
//	spi=0x1d034ba18b0595f2: ikev2_ike_auth_recv: no proposal chosen
//
// Before OpenBSD 6.6 lines had no SPI; the peer's address tells one IKE SA from another:
//
//	ikev2_recv: IKE_AUTH request from initiator 192.0.2.1:500 to 192.0.2.2:500 policy 't' id 1, 800 bytes
//	ikev2_msg_send: IKE_AUTH response from 192.0.2.2:500 to 192.0.2.1:500 msgid 1, 720 bytes
//	sa_state: VALID -> ESTABLISHED from 192.0.2.1:500 to 192.0.2.2:500 policy 't'
type ikedEvents struct {
	*daemonLog
	now   *talk
	talks talkList    // by SPI
	auth  logs.Method // of the peer, while it is verified

	policies map[string]ikedPolicy // by name
	inPolicy string                // the name of that of the last message
	lists    offerLists            // the proposals that are being listed
	listedAt entry                 // their first line
	listedOf *talk
}

func newIkedEvents(p *daemonLog) grammar { return &ikedEvents{daemonLog: p} }

var (
	ikedSPI     = behind(`^spi=0x([0-9a-f]{16}): (.*)$`, "spi=0x")
	ikedMessage = behind(`^(recv|send|retransmit \d+) ([A-Z_]+) (req|res) (\d+) peer (\S+) local (\S+?),? (\d+) bytes`, "recv ", "send ", "retransmit ")
	ikedV1      = behind(`^ikev1_recv: header ispi 0x([0-9a-f]{16}) rspi 0x([0-9a-f]{16}) .*\bexchange (\d+) .*\bmsgid (\d+) length (\d+)`, "ikev1_recv: header ")
	ikedOldRecv = behind(`^ikev2_recv: ([A-Z_]+) (request|response) from \w+ (\S+) to (\S+) policy '[^']*' id (\d+), (\d+) bytes`, "ikev2_recv: ")
	ikedOldSend = behind(`^ikev2_msg_send: ([A-Z_]+) (request|response) from (\S+) to (\S+) msgid (\d+), (\d+) bytes`, "ikev2_msg_send: ")
	ikedOldUp   = behind(`^sa_state: \w+ -> ESTABLISHED from (\S+) to (\S+) policy `, "sa_state: ")
	ikedHeader  = having(`ispi 0x([0-9a-f]{16}) rspi 0x([0-9a-f]{16})`, "ispi 0x")
	ikedUp      = behind(`^established peer (\S+?)\[(?:\w+/)?(.*?)\] local (\S+?)\[(?:\w+/)?(.*?)\]`, "established peer ")
	ikedChildUp = having(`loaded SPIs: 0x([0-9a-f]{8}), 0x([0-9a-f]{8})`, "loaded SPIs: ")
	ikedMethod  = behind(`^method (\S+)`, "method ")
	ikedTypedID = behind(`^id (?:\w+/)?(\S+) length`, "id ")
)

var ikedStems = withOpenSSL([]stem{
	{start: "no proposal chosen", reason: logs.NoProposal},
	{start: "failed to negotiate IKE SA", reason: logs.NoProposal, late: true},
	{start: "want dh ", then: "KE has ", reason: logs.GroupRefused},
	{start: "unexpected auth method ", reason: logs.AuthMethod, detail: pattern(`method (\S+), was expecting (\S+)`),
		fill: func(e *logs.Event, m []string) { e.Used, e.Required = ikedAuth(m[1]), ikedAuth(m[2]) }},
	{start: "no pre-shared key found", reason: logs.PSKMissing},
	{start: "policy mismatch", reason: logs.NoPeer},
	{start: "no compatible policy found", reason: logs.NoPeer},
	{start: "No matching Policy found", reason: logs.NoPeer},
	{start: "localid mismatch", reason: logs.NoPeer},
	{start: "IKEv1 not supported", reason: logs.NoVersion},
	{start: "authentication failed for ", reason: logs.NoTrustedKey, late: true},
	{start: "peer certificate is invalid", reason: logs.NoTrustedKey, late: true}, // or none came
	{then: "found cert with matching ID but without matching key", reason: logs.NoPrivateKey, own: true},
	{start: "no valid local certificate found", reason: logs.NoCertificate, own: true},
	{start: "unsupported integrity algorithm ", reason: logs.KernelRefused, own: true, detail: ikedWhole, fill: fillErrnoText},
	{start: "unsupported encryption algorithm ", reason: logs.KernelRefused, own: true, detail: ikedWhole, fill: fillErrnoText},
	{start: "kernel has no support for", reason: logs.KernelRefused, own: true, detail: ikedWhole, fill: fillErrnoText},
	{start: "no reply from PF_KEY", reason: logs.KernelRefused, own: true, detail: ikedWhole, fill: fillErrnoText},
	{start: "failed to load CHILD SA", reason: logs.KernelRefused, own: true, late: true},
	{start: "integrity check failed", reason: logs.Unreadable},
	{start: "decryption failed", reason: logs.Unreadable},
	{start: "unknown user '", reason: logs.NoUserKey, detail: quotedName, fill: func(e *logs.Event, m []string) { e.User = m[1] }},
	{start: "'", then: "' authentication failed", reason: logs.UserRefused, detail: quotedName, fill: func(e *logs.Event, m []string) { e.User = m[1] }},
	{start: "addrpool", then: " error", reason: logs.NoAddress},
})

var ikedWhole = pattern(`^(.+)$`)

// ikedAuth reads iked's names for ways to authenticate.
func ikedAuth(s string) (m logs.Method) {
	switch {
	case strings.HasPrefix(s, "SHARED_KEY"):
		m.Kind = ike.AuthPSK
	case strings.HasPrefix(s, "RSA"), strings.HasPrefix(s, "ECDSA"), strings.HasPrefix(s, "SIG"), strings.HasPrefix(s, "DSS"):
		m.Kind = ike.AuthSignature
	case strings.HasPrefix(s, "EAP"):
		m.EAP = true
	}
	return m
}

func (g *ikedEvents) take(e entry) {
	text := e.text
	if g.policy(e) {
		return
	}
	if m := ikedSPI.FindStringSubmatch(text); m != nil {
		g.now, text = g.talks.of(m[1]), m[2]
		g.now.setSPIs(m[1], "")
	}
	if m := ikedMessage.FindStringSubmatch(text); m != nil && g.now != nil {
		g.endOffer()
		if m := ikedInPolicy.FindStringSubmatch(text); m != nil {
			g.inPolicy = m[1]
		}
		g.message(e, m)
		return
	}
	if m := ikedV1.FindStringSubmatch(text); m != nil {
		g.messageV1(e, m)
		return
	}
	if g.older(e, text) {
		return
	}
	name := ""
	if front, rest, ok := strings.Cut(text, ": "); ok && front != "" && isSmall(front[0]) && runEnd(front, 0, isFunctionByte) == len(front) {
		name, text = front, rest
	}
	if g.now != nil {
		g.says(e, name, text, g.now)
	} else if s := stemOf(ikedStems, text); s != nil && s.reason == logs.NoVersion {
		g.refused(ikedStems, e, text, nil)
	}
}

// isFunctionByte reports whether a byte is of the name of a function of iked's.
func isFunctionByte(c byte) bool { return isSmall(c) || isDigit(c) || c == '_' }

func (g *ikedEvents) message(e entry, m []string) {
	t := g.now
	msg := logs.Message{Exchange: charonExchanges[m[2]], Version: ike.V2, ID: decimal32(m[4]), Response: m[3] == "res"}
	msg.Size, _ = strconv.Atoi(m[7])
	t.remote.Addr, t.local.Addr = hostPort(m[5]), ikedLocal(m[6])
	sent := m[1] != "recv"
	if m[2] == "IKE_SA_INIT" {
		t.role = ike.SideOf(sent != msg.Response)
	}
	kind := logs.Sent
	if !sent {
		kind, t.message, g.auth = logs.Received, msg, logs.Method{}
	}
	if strings.HasPrefix(m[1], "retransmit") {
		ev := g.event(e, logs.Resent, t)
		ev.Message = msg
		ev.Count, _ = strconv.Atoi(strings.TrimPrefix(m[1], "retransmit "))
		return
	}
	g.event(e, kind, t).Message = msg
}

// older takes a line about a message, or about an IKE SA, as iked wrote it before lines had an SPI.
func (g *ikedEvents) older(e entry, text string) bool {
	if m := ikedOldUp.FindStringSubmatch(text); m != nil {
		g.at(m[1], m[2])
		g.event(e, logs.Up, g.now)
		return true
	}
	way, peer, local := "recv", 3, 4
	m := ikedOldRecv.FindStringSubmatch(text)
	if m == nil {
		way, peer, local = "send", 4, 3
		if m = ikedOldSend.FindStringSubmatch(text); m == nil {
			return false
		}
	}
	if m[1] == "IKE_SA_INIT" && m[2] == "request" {
		g.talks.add(&talk{}, hostPort(m[peer]).Addr().String())
	}
	g.at(m[peer], m[local])
	g.message(e, []string{"", way, m[1], m[2][:3], m[5], m[peer], m[local], m[6]})
	return true
}

// at makes the IKE SA with a peer the one that is worked at.
func (g *ikedEvents) at(peer, local string) {
	g.now = g.talks.of(hostPort(peer).Addr().String())
	g.now.remote.Addr, g.now.local.Addr = hostPort(peer), ikedLocal(local)
}

// ikedLocal is the address of this side, which iked may not know yet when it sends the first message.
func ikedLocal(s string) netip.AddrPort {
	if a := hostPort(s); !a.Addr().IsUnspecified() {
		return a
	}
	return netip.AddrPort{}
}

// messageV1 takes what iked tells of a message of IKEv1, which it only ever rejects: the header, with no SPI before it.
func (g *ikedEvents) messageV1(e entry, m []string) {
	g.now = g.talks.of(m[1])
	g.now.setSPIs(m[1], m[2])
	g.now.message = logs.Message{Exchange: uint8(decimal32(m[3])), Version: ike.V1, ID: decimal32(m[4])}
	g.now.message.Size, _ = strconv.Atoi(m[5])
	g.event(e, logs.Received, g.now)
}

// says takes a message of a function of iked's.
func (g *ikedEvents) says(e entry, name, text string, t *talk) {
	if g.offered(e, name, text, t) {
		return
	}
	if m := ikedHeader.FindStringSubmatch(text); m != nil {
		if spi := spi64(m[1]); spi == t.spis[0] && t.spis[1].IsZero() {
			t.spis[1] = spi64(m[2])
		}
		return
	}
	switch name {
	case "ikev2_pld_id":
		if m := ikedTypedID.FindStringSubmatch(text); m != nil && t.remote.Identity == nil {
			t.remote.Identity = identity(m[1])
		}
		return
	case "ikev2_pld_auth":
		if m := ikedMethod.FindStringSubmatch(text); m != nil {
			g.auth = ikedAuth(m[1])
		}
		return
	case "ikev2_msg_authverify":
		if m := ikedMethod.FindStringSubmatch(text); m != nil {
			g.auth = ikedAuth(m[1])
		}
	}
	if strings.HasPrefix(text, "ikev2_msg_authverify failed") || name == "ikev2_msg_authverify" && strings.HasPrefix(text, "authentication failed") {
		if g.justRefused(e, t) {
			return
		}
		ev := g.event(e, logs.Refused, t)
		if ev.Reason, ev.Used = logs.InvalidSignature, g.auth; g.auth.Kind == ike.AuthPSK || g.auth.IsZero() {
			ev.Reason = logs.PSKMismatch
		}
		return
	}
	if !g.fromPeer(e, name, text, t) && g.refused(ikedStems, e, text, t) == nil {
		g.told(e, name, text, t)
	}
}

// fromPeer takes what iked says when it gives something up for an error that the peer sent, in words that it has for its own reasons, too.
func (g *ikedEvents) fromPeer(e entry, name, text string, t *talk) bool {
	notify := ""
	switch {
	case name == "ikev2_init_recv" && (strings.HasPrefix(text, "failed to negotiate IKE SA") || strings.HasPrefix(text, "CREATE_CHILD_SA failed")),
		name == "sa_free" && t.role == ike.Initiator && strings.HasPrefix(text, "no proposal chosen"):
		notify = "NO_PROPOSAL_CHOSEN"
	case name == "sa_free" && strings.HasPrefix(text, "authentication failed notification from peer"):
		notify = "AUTHENTICATION_FAILED"
	default:
		return false
	}
	if n := len(g.events); n == 0 || g.events[n-1].Kind != logs.PeerError || g.daemonLog.talks[n-1] != t {
		g.peerError(e, t, ike.V2, notify)
	}
	return true
}

func (g *ikedEvents) told(e entry, name, text string, t *talk) {
	if m := ikedUp.FindStringSubmatch(text); m != nil {
		ev := g.event(e, logs.Up, t)
		ev.Remote.Identity, ev.Local.Identity = identity(m[2]), identity(m[4])
		return
	}
	if m := ikedChildUp.FindStringSubmatch(text); m != nil {
		g.event(e, logs.ChildUp, t).Children = childSPIs(m[1:]...)
		return
	}
	switch {
	case strings.HasPrefix(text, "received delete"):
		g.event(e, logs.Deleted, t)
		return
	case strings.HasPrefix(text, "retransmit limit reached"), strings.HasPrefix(text, "retransmission limit reached"):
		g.event(e, logs.GaveUp, t)
		return
	case strings.HasPrefix(text, "authentication successful"), strings.HasSuffix(text, "authentication successful"):
		g.event(e, logs.Authenticated, t).Used = g.auth
		return
	}
	word, _, _ := strings.Cut(text, ",")
	if word != "" && isCapital(word[0]) && name != "ikev2_pld_notify" && name != "ikev2_add_error" {
		g.peerError(e, t, ike.V2, word)
	}
}
