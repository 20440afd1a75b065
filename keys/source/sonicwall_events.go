package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What SonicOS says of IKE: a record of names and values for syslog, and a row of the list in its web interface, which people copy and export.
//
//	id=firewall sn=0017C5000000 time="2026-11-25 10:00:00 UTC" fw=192.0.2.2 pri=4 c=16 m=402 msg="IKE Responder: IKE proposal does not match" src=192.0.2.1:500:X1 dst=192.0.2.2:500:X1
//	3	11/25/2026 10:00:00.592	Warning	VPN IKE	IKE Responder: Proposed IKE ID mismatch	192.0.2.1, 500	192.0.2.2, 500	VPN Policy: to-hq
type sonicWallEvents struct{ *daemonLog }

func newSonicWallEvents(p *daemonLog) grammar { return &sonicWallEvents{p} }

const (
	sonicMessage = `(?:IKE|IKEv2|IPsec|Received) `
	sonicAddr    = `([0-9a-fA-F]{1,4}[.:][0-9a-fA-Fx.:]+)(?:,? (\d{1,5}))?(?: \([^)]*\))?`
)

var (
	sonicRecord = pattern(`\bsn=\S+ .*\bmsg="` + sonicMessage)
	sonicRow    = pattern(`(?:^|\s)(` + sonicMessage + `[^\t]*?)\s+` + sonicAddr + `\s+` + sonicAddr + `(?:\s+(.*?))?\s*$`)
	sonicMark   = pattern(sonicRecord.expr + `|` + sonicRow.expr)
	sonicNotify = having(`Received notify\b\W+(?:.*\b)?([A-Z]{2,}_[A-Z_]+)`, "Received notify")
)

var sonicStems = withOpenSSL([]stem{
	{then: "Proposed IKE ID mismatch", reason: logs.IdentityMismatch},
	{then: "IPsec proposal does not match", reason: logs.NoProposal},
	{then: "IKE proposal does not match", reason: logs.NoProposal},
})

func (g *sonicWallEvents) take(e entry) {
	t := &talk{}
	switch {
	case strings.Contains(e.text, ` msg="`):
		f := fortiFields(e.text)
		e.text = strings.TrimSpace(f["msg"] + " " + f["note"])
		g.hosts(e.text, t, boxAddr(f["src"]), boxAddr(f["dst"]), f["fw"])
	default:
		m := sonicRow.FindStringSubmatch(e.text)
		if m == nil {
			return
		}
		e.text = strings.TrimSpace(m[1] + " " + m[6])
		g.hosts(e.text, t, boxAddr(m[2]), boxAddr(m[4]), "")
	}
	switch {
	case strings.HasPrefix(e.text, "IKEv2"):
		t.message.Version = ike.V2
	case strings.Contains(e.text, "IPsec proposal does not match (Phase 2)"):
		t.message = logs.Message{Exchange: quickMode, Version: ike.V1}
	}
	if g.refused(sonicStems, e, e.text, t) != nil {
		return
	}
	if m := sonicNotify.FindStringSubmatch(e.text); m != nil {
		g.peerError(e, t, ike.V1, m[1])
		return
	}
	switch {
	case strings.Contains(e.text, "Remote party timeout - Retransmitting"):
		g.event(e, logs.Resent, t)
	case strings.Contains(e.text, "No response - remote party timeout"), strings.Contains(e.text, "negotiation aborted due to timeout"):
		g.event(e, logs.GaveUp, t)
	case strings.Contains(e.text, "ode complete (Phase 1)"):
		g.event(e, logs.Up, t)
	case strings.Contains(e.text, "negotiation complete"):
		g.event(e, logs.ChildUp, t)
	case strings.Contains(e.text, "ode request (Phase 1)"):
		g.event(e, logs.Started, t)
	}
}

// hosts tells which of the hosts of a record is the box: the one that it gives as its own, else the source of what it sent.
func (g *sonicWallEvents) hosts(text string, t *talk, src, dst, own string) {
	sent := strings.Contains(text, "emote party timeout") || strings.Contains(text, "negotiation aborted") || strings.Contains(text, " Send ")
	if own == src || sent && own != dst {
		src, dst = dst, src
	}
	t.remote.Addr, t.local.Addr = addrPort(src, "0"), addrPort(dst, "0")
	switch {
	case strings.Contains(text, "Responder: "):
		t.role = ike.Responder
	case strings.Contains(text, "Initiator: "):
		t.role = ike.Initiator
	}
}
