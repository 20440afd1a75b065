package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What a ZyWALL or Prestige with ZyNOS says of IKEv1. Errors have two exclamation marks before them, and no host; what goes on has the peer:
//
//	2 11/25/2026 10:00:00 Send Main Mode request to <192.0.2.1>
//	3 11/25/2026 10:00:01 !! No proposal chosen
type zyxelEvents struct {
	*daemonLog
	now *talk
}

func newZyxelEvents(p *daemonLog) grammar { return &zyxelEvents{daemonLog: p, now: &talk{}} }

var (
	zyxelMark  = pattern(`(?:^|\s)(?:` + zyxelModes + `|` + zyxelErrors + `)\s*$`)
	zyxelMode  = pattern(`(?:^|\s)(Send|Recv) (Main|Aggressive) Mode request (?:to|from) <?([0-9a-fA-F.:]+)>?\s*$`)
	zyxelError = pattern(`(?:^|\s)(` + zyxelErrors + `)\s*$`)
)

const (
	zyxelModes  = `(?:Send|Recv) (?:Main|Aggressive) Mode request (?:to|from) <?[0-9a-fA-F.:]+>?`
	zyxelErrors = `!! No proposal chosen|!! Verifying (?:Local|Remote) ID failed|!! IKE Packet Retransmit|Phase 1 IKE SA process done`
)

// take reads lines with a time alone: manuals list the same words.
func (g *zyxelEvents) take(e entry) {
	if e.time.IsZero() {
		return
	}
	if m := zyxelMode.FindStringSubmatch(e.text); m != nil {
		g.now = &talk{remote: logs.Peer{Addr: addrPort(m[3], "0")}, role: ike.SideOf(m[1] == "Send")}
		g.now.message = logs.Message{Version: ike.V1, Exchange: map[string]uint8{"Main": mainMode, "Aggressive": aggressive}[m[2]]}
		g.event(e, logs.Started, g.now)
		return
	}
	m := zyxelError.FindStringSubmatch(e.text)
	if m == nil {
		return
	}
	switch e.text = m[1]; {
	case strings.HasPrefix(e.text, "!! No proposal"):
		g.event(e, logs.Refused, g.now).Reason = logs.NoProposal
	case strings.HasPrefix(e.text, "!! Verifying"): // of phase 2, whose identities are the networks
		g.now.message = logs.Message{Version: ike.V1, Exchange: quickMode}
		g.event(e, logs.Refused, g.now).Reason = logs.NoTraffic
	case strings.HasPrefix(e.text, "!! IKE Packet"):
		g.event(e, logs.Resent, g.now)
	default:
		g.event(e, logs.Up, g.now)
		g.now.message = logs.Message{Version: ike.V1, Exchange: quickMode}
	}
}
