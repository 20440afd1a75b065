package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// Apple's racoon, of macOS and iOS, has no levels, and words of its own:
//
//	Nov 25 10:00:00 mac racoon[427]: IPSec connecting to server 192.0.2.2
//	Nov 25 10:00:00 mac racoon[427]: IPSec Phase 1 started (Initiated by me).
//	Nov 25 10:00:30 mac racoon[427]: IKEv1 Phase 1: maximum retransmits. (Phase 1 Maximum Retransmits).
var (
	appleServer = behind(`^IPSec connecting to server (\S+)`, "IPSec connecting to server ")
	appleStems  = stemsOf([]stem{
		{start: "IKEv1 Phase", then: " AUTH: failed", reason: logs.PSKLikely},
	})
)

// apple takes a message of Apple's racoon; false where it is none of those.
func (g *racoonEvents) apple(e entry, text string) bool {
	if m := appleServer.FindStringSubmatch(text); m != nil {
		g.begin(ike.Initiator, "", m[1])
		return true
	}
	front, rest, _ := strings.Cut(text, " ")
	if front != "IPSec" && front != "IKE" && front != "IKEv1" {
		return false
	}
	rest = strings.ReplaceAll(rest, "Phase ", "Phase")
	t := g.about("")
	switch {
	case strings.HasPrefix(rest, "Phase1 started"):
		if t.role = ike.SideOf(strings.Contains(rest, "by me")); t.role == ike.Initiator {
			g.event(e, logs.Started, t)
		}
	case strings.HasPrefix(rest, "Phase1 established"):
		g.event(e, logs.Up, t)
	case strings.HasPrefix(rest, "Phase2 established"):
		g.event(e, logs.ChildUp, t)
	case strings.Contains(rest, "(Phase1 Retransmit)"):
		g.event(e, logs.Resent, t)
	case strings.Contains(rest, "Maximum Retransmits"):
		g.event(e, logs.GaveUp, t)
	case strings.HasPrefix(rest, "XAUTH: failed"):
		ev := g.event(e, logs.PeerError, t)
		ev.Reason, ev.XAUTH = logs.UserRefused, true
	default:
		return g.refused(appleStems, e, text, t) != nil
	}
	return true
}
