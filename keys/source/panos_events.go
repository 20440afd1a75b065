package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What ikemgr of PAN-OS says, in its own log and in the system log. It is made of racoon, whose words are left in it here and there:
//
//	2026-11-25 10:00:00.123 +0100  [PNTF]: {    1:     }: ====> PHASE-1 NEGOTIATION STARTED AS RESPONDER, MAIN MODE <====
//	====> Initiated SA: 192.0.2.2[500]-192.0.2.1[500] cookie:84222f276c2fa2e9:0000000000000000 <====
//	IKE phase-1 negotiation is failed. no suitable proposal found in peer's SA payload.
type panosEvents struct {
	*daemonLog
	talks talkList // by the initiator's cookie
	now   *talk
	role  ike.Side // of the negotiation that was just begun
}

func newPANOSEvents(p *daemonLog) grammar { return &panosEvents{daemonLog: p, now: &talk{}} }

var (
	panosFront  = pattern(`^(?:[+-]\d{4})?\s*\[\w+\]: (?:\{[^}]*\}: )?(.*)$`)
	panosSA     = pattern(`(Initiated|Established|Failed|Deleted|Expired) SA: (\S+?\])-(\S+?\]) (?:cookie|SPI|message id)[:=]\s?([0-9a-fA-F]{16}):([0-9a-fA-F]{16})`)
	panosRole   = pattern(`(?i) AS (INITIATOR|RESPONDER)`)
	panosPeer   = pattern(`peer IP ([0-9a-fA-F.:]+)(?:\[(\d+)\])?`)
	panosIDs    = pattern(`received local id: (\S+) type .*received remote id: (\S+) type`)
	panosNotify = pattern(`notif(?:ication|y)(?: message| type)?(?: received)?:? ?(?:type )?([A-Z][A-Z_-]+)`)
	panosGone   = having(`IPSec SA delete message sent to peer\. SPI:0x([0-9A-F]{8})`, "IPSec SA delete message ")
	panosPeerID = pattern(`(?i)ID(?: payload)? (?:\(type \w+ )?[\[(](?:\w+:)?([^\])]+)[\])]`)
)

var panosStems = withOpenSSL([]stem{
	{then: "couldn't find configuration for IKE phase-1 request", reason: logs.NoConnection},
	{then: "ouldn't find configuration for IKE", reason: logs.NoConnection},
	{then: "no matching IKE gateway", reason: logs.NoConnection},
	{then: "does not match a configured IKE gateway", reason: logs.IdentityMismatch, detail: panosPeerID, fill: fillCame},
	{then: "does not match any configured peer ID", reason: logs.IdentityMismatch, detail: panosPeerID, fill: fillCame},
	{then: "peer identification", only: "mismatch", reason: logs.IdentityMismatch},
	{then: "likely due to pre-shared key mismatch", reason: logs.PSKLikely},
	{then: "pre-shared key mismatch", reason: logs.PSKLikely},
	{then: "AUTH data mismatch", reason: logs.PSKMismatch},
	{then: "authentication data mismatch", reason: logs.PSKMismatch},
	{then: "proposal doesn't match", reason: logs.NoProposal},
	{then: "no suitable proposal found", reason: logs.NoProposal},
	{then: "was not presented in the IKE proposal", reason: logs.NoProposal},
	{then: "lacks KE payload", reason: logs.PFSRequired},
	{then: "pfs group mismatched", reason: logs.PFSRequired},
	{then: "cannot find matching phase-2 tunnel", reason: logs.NoTraffic},
	{then: "cannot find matching IPSec tunnel", reason: logs.NoTraffic},
	{then: "annot find matching", only: "traffic selector", reason: logs.NoTraffic},
	{then: "certificate verification failed", reason: logs.InvalidCertificate},
	{then: "authentication method", only: "mismatch", reason: logs.AuthMethod},
})

func (g *panosEvents) take(e entry) {
	text := panosRecord(e.text)
	if m := panosFront.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if m := racoonLevel.FindStringSubmatch(text); m != nil {
		text = m[2]
	}
	if m := panosRole.FindStringSubmatch(text); m != nil {
		g.role = ike.SideOf(strings.EqualFold(m[1], "initiator"))
	}
	e.text = strings.TrimSpace(text)
	state := ""
	if m := panosSA.FindStringSubmatch(text); m != nil {
		state = m[1]
		g.about(m)
	}
	t := g.now
	if m := panosPeer.FindStringSubmatch(text); m != nil {
		t = &talk{remote: logs.Peer{Addr: addrPort(m[1], m[2])}, role: ike.Responder}
	}
	if m := panosIDs.FindStringSubmatch(text); m != nil {
		t.asked = trafficOf(networkOf(m[1]), networkOf(m[2]))
	}
	if g.refused(panosStems, e, text, t) != nil || g.refused(racoonStems, e, text, t) != nil {
		return
	}
	upper := strings.ToUpper(text)
	switch {
	case strings.Contains(upper, "DUE TO") && strings.Contains(upper, "TIMEOUT"):
		g.event(e, logs.GaveUp, t)
	case state == "Initiated":
		g.event(e, logs.Started, t)
	case state == "Established":
		g.event(e, logs.Up, t)
	default:
		if m := panosGone.FindStringSubmatch(text); m != nil {
			g.event(e, logs.Deleted, t).Children = childSPIs(m[1])
			return
		}
		if m := panosNotify.FindStringSubmatch(text); m != nil {
			_ = g.peerError(e, t, ike.V1, m[1]) || g.peerError(e, t, ike.V2, m[1])
		}
	}
}

// panosRecord is the message of a record of the system log, which syslog gets as CSV: ...,SYSTEM,vpn,0,...,informational,"IKE phase-1 negotiation is ...",...
// Another line stays as it is.
func panosRecord(text string) string {
	_, rest, ok := strings.Cut(text, ",SYSTEM,vpn,")
	if !ok {
		return text
	}
	if _, quoted, ok := strings.Cut(rest, ",\""); ok {
		message, _, _ := strings.Cut(quoted, "\",")
		return strings.TrimSuffix(message, "\"")
	}
	return rest
}

// about makes the IKE SA that a line names the one that is worked at.
func (g *panosEvents) about(m []string) {
	key := strings.ToLower(m[4])
	t := g.talks.of(key)
	if t.role == ike.NoSide {
		t.role = g.role
	}
	t.setSPIs(key, m[5])
	t.local.Addr, t.remote.Addr = hostPort(m[2]), hostPort(m[3])
	g.now = t
}
