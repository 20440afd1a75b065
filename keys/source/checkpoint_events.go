package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What a Check Point gateway logs of IKE, which its manager hands on as a record of names and values, or as a row of a table:
//
//	[action:"Reject"; origin:"192.0.2.2"; cookiei:"ec39c6c9c5d3669c"; dst:"192.0.2.2"; ike::"Main Mode Failed to match proposal: Transform: AES-256, SHA256,
//	Pre-shared secret, Group 2 (1024 bit); Reason: Wrong value for: Hash Algorithm"; peer_gateway:"192.0.2.1"; scheme::"IKE"; src:"192.0.2.1"; ]
//	%CHKPNT-6-031070: reject,192.0.2.2,inbound,daemon,192.0.2.1, , ... ,IKE,Quick Mode Failed to match proposal: Transform: 3DES  SHA1  Tunnel; Reason: ...
type checkPointEvents struct {
	*daemonLog
	talks talkList // by the cookie of the initiator
}

func newCheckPointEvents(p *daemonLog) grammar { return &checkPointEvents{daemonLog: p} }

var (
	checkPointMark    = pattern(`\bike::?"|%CHKPNT-\d-\d+: .*,IKE,`)
	checkPointMessage = pattern(`((Main Mode|Quick Mode|Aggressive Mode|Informational Exchange) (?:Failed to match proposal: [^"]*?; Reason: [^",;]+|Received Delete IKE-SA[^"]*|completion[^"]*))`)
	checkPointField   = pattern(`\b(origin|src|dst|peer_gateway|cookiei|cookier|msgid)::?"([^"]*)"`)
	checkPointWrong   = pattern(`Reason: Wrong value for: ([^",;]+)`)
	checkPointReject  = pattern(`%CHKPNT-\d-\d+: (?:reject|drop),([0-9a-fA-F.:]+),\w*,\w*,([0-9a-fA-F.:]+),`)
)

func (g *checkPointEvents) take(e entry) {
	m := checkPointMessage.FindStringSubmatch(e.text)
	if m == nil {
		return
	}
	t := g.talk(e.text)
	t.message = logs.Message{Version: ike.V1, Exchange: checkPointExchanges[m[2]], ID: t.message.ID}
	e.text = strings.TrimSpace(m[1])
	switch wrong := checkPointWrong.FindStringSubmatch(e.text); {
	case wrong != nil && strings.HasPrefix(wrong[1], "Authentication Method"):
		g.event(e, logs.Refused, t).Reason = logs.AuthMethod
	case wrong != nil:
		g.event(e, logs.Refused, t).Reason = logs.NoProposal
	case strings.Contains(e.text, " Received Delete IKE-SA"):
		g.event(e, logs.Deleted, t)
	case strings.HasPrefix(e.text, "Main Mode completion"):
		g.event(e, logs.Up, t)
	}
}

var checkPointExchanges = map[string]uint8{"Main Mode": mainMode, "Aggressive Mode": aggressive, "Quick Mode": quickMode, "Informational Exchange": 5}

// talk is the IKE SA that a record names by its cookies, else one of its own.
func (g *checkPointEvents) talk(text string) *talk {
	f := make(map[string]string)
	for _, m := range checkPointField.FindAllStringSubmatch(text, -1) {
		f[m[1]] = m[2]
	}
	t := &talk{}
	if f["cookiei"] != "" {
		t = g.talks.of(f["cookiei"])
		t.setSPIs(f["cookiei"], f["cookier"])
	}
	if m := checkPointReject.FindStringSubmatch(text); m != nil {
		f["origin"], f["peer_gateway"] = m[1], m[2]
	}
	t.local.Addr, t.remote.Addr = addrPort(f["origin"], "0"), addrPort(f["peer_gateway"], "0")
	t.message.ID = hex32(f["msgid"])
	return t
}
