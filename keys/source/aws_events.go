package source

import (
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What the tunnel log of AWS' Site-to-Site VPN says, a record of JSON a message. It names neither hosts nor SPIs:
//
//	{"event_timestamp":1795600800,"details":"AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0123456789abcdef0", ...}
type awsEvents struct {
	*daemonLog
	now talk
}

func newAWSEvents(p *daemonLog) grammar { return &awsEvents{daemonLog: p} }

var (
	awsStems = stemsOf([]stem{
		{then: "AWS tunnel detected a pre-shared key mismatch", reason: logs.PSKMismatch},
		{then: "AWS tunnel payload decryption was unsuccessful due to invalid Pre-shared Key", reason: logs.PSKLikely},
		{then: "No Proposal Match Found", reason: logs.NoProposal},
	})
	awsNotify = having(`\b([A-Z][A-Z_]+): received from (?:initiator|responder)`, ": received from ")
	awsTimed  = having(`DPD timed out after (\d+) retransmits`, "DPD timed out after ")
)

func (g *awsEvents) take(e entry) {
	if g.refused(awsStems, e, e.text, &g.now) != nil {
		return
	}
	if m := awsNotify.FindStringSubmatch(e.text); m != nil {
		g.peerError(e, &g.now, ike.V2, m[1])
		return
	}
	switch m := awsTimed.FindStringSubmatch(e.text); {
	case m != nil:
		g.event(e, logs.GaveUp, &g.now).Count, _ = strconv.Atoi(m[1])
	case strings.Contains(e.text, "Declaring peer dead"), strings.Contains(e.text, "AWS tunnel Timeout: deleting un-established Phase 1"):
		g.event(e, logs.GaveUp, &g.now)
	case strings.Contains(e.text, "AWS tunnel received DELETE for"):
		g.event(e, logs.Deleted, &g.now)
	}
}
