package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What the VPN gateways of Tencent Cloud say: words of strongSwan's behind a tag, and why an IKE SA was not established, with both hosts.
//
//	IKE_NEGO: received NO_PROPOSAL_CHOSEN error notify
//	IKE_SA_ESTABLISH_FAIL:Failed to establish IKE SA for the reason of no matching secret. ike connection: to-hq, my ip: 192.0.2.2, peer ip: 192.0.2.1.
type tencentEvents struct{ *daemonLog }

func newTencentEvents(p *daemonLog) grammar { return &tencentEvents{p} }

var (
	tencentMark   = pattern(`\bIKE_SA_ESTABLISH_FAIL: ?Failed to establish IKE SA for the reason of .* peer ip: |(?:^|\s|_)IKE_NEGO: (?:received [A-Z_]+ error notify|retransmit |invalid )`)
	tencentFail   = pattern(`Failed to establish IKE SA for the reason of (.*?)[.,]? ?ike connection: .*?my ip: ([0-9a-fA-F.:]+), peer ip: ([0-9a-fA-F.:]*[0-9a-fA-F])`)
	tencentNotify = pattern(`IKE_NEGO: received ([A-Z_]+) error notify`)
	tencentIDs    = pattern(`(?:configured ?\[ID_\w+:([^\]]+)\], )?received ?\[ID_\w+:([^\]]+)\]`)
)

var tencentStems = stemsOf([]stem{
	{start: "no matching proposal", reason: logs.NoProposal},
	{start: "no matching secret", reason: logs.PSKMismatch},
	{start: "responder no peer config found by ID payload", reason: logs.NoPeer, detail: tencentIDs, fill: fillTencentIDs},
	{start: "initiator no peer config found by ID payload", reason: logs.IdentityMismatch, detail: tencentIDs, fill: fillTencentIDs},
})

func fillTencentIDs(e *logs.Event, m []string) {
	if e.Came = identity(m[2]); m[1] != "" {
		e.Wanted = identity(m[1])
	}
}

func (g *tencentEvents) take(e entry) {
	if m := tencentFail.FindStringSubmatch(e.text); m != nil {
		t := &talk{local: logs.Peer{Addr: addrPort(m[2], "0")}, remote: logs.Peer{Addr: addrPort(m[3], "0")}}
		e.text = e.text[strings.Index(e.text, "Failed to establish"):]
		if g.refused(tencentStems, e, m[1], t) == nil && strings.HasPrefix(m[1], "peer no response") {
			g.event(e, logs.GaveUp, t)
		}
		return
	}
	_, text, ok := strings.Cut(e.text, "IKE_NEGO: ")
	if !ok {
		return
	}
	m := tencentNotify.FindStringSubmatch(e.text)
	switch e.text = text; {
	case m != nil:
		g.peerError(e, &talk{}, ike.V1, m[1])
	case strings.HasPrefix(text, "retransmit "):
		g.event(e, logs.Resent, &talk{})
	case strings.HasPrefix(text, "invalid ") && strings.HasSuffix(text, ", decryption failed"):
		g.event(e, logs.Refused, &talk{}).Reason = logs.Unreadable
	}
}
