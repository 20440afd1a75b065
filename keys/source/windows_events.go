package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What Windows says of IKE: the trace of IKEEXT, which has the peer, a code, and whose failure it is, and the event 20227 of RasClient, which has a code alone.
//
//	[0]0368.03A4::11/25/2026-10:00:00.496 [ikeext] 3038|192.0.2.2|  Failure error code:0x000035e9
//	[0]0368.03A4::11/25/2026-10:00:00.496 [ikeext] 3038|192.0.2.2|  Failure point: Remote
//	CoId={B4000371-A67F-452F-AA4C-3125AA9CFC78}: The user SYSTEM dialed a connection named to-hq that has failed. The error code returned on failure is 809.
type windowsEvents struct {
	*daemonLog
	failure entry // the line with the code of a failure, whose point the next lines tell
	coID    int   // the line that an event begins in
}

func newWindowsEvents(p *daemonLog) grammar { return &windowsEvents{daemonLog: p} }

var (
	windowsMark  = pattern(`\[ikeext\] \d+\|[0-9a-fA-F.:]+\||\bCoId=\{[0-9A-F-]{36}\}: `)
	windowsTrace = pattern(`\[ikeext\] \d+\|([0-9a-fA-F.:]+)\|\s*(.*?)\s*$`)
	windowsDial  = pattern(`The error code returned on failure is (\d+)\.?\s*$`)
)

func (g *windowsEvents) take(e entry) {
	if m := windowsTrace.FindStringSubmatch(e.text); m != nil {
		e.text = m[2]
		g.trace(e, &talk{remote: logs.Peer{Addr: addrPort(m[1], "0")}})
		return
	}
	if strings.Contains(e.text, "CoId={") {
		g.coID = e.num
	}
	const lines = 3 // that a list of events breaks one into
	m := windowsDial.FindStringSubmatch(e.text)
	if m == nil || g.coID == 0 || e.num-g.coID > lines {
		return
	}
	t := &talk{role: ike.Initiator}
	switch m[1] {
	case "809", "13805":
		g.event(e, logs.GaveUp, t)
	case "13868":
		g.rejected(e, t, &boxReason{reason: logs.NoProposal, unsure: true})
	case "13801":
		g.rejected(e, t, &boxReason{reason: logs.InvalidCertificate, unsure: true})
	}
}

// trace takes a line of IKEEXT's trace. A failure of the remote host is an error that it sent.
func (g *windowsEvents) trace(e entry, t *talk) {
	const failure = "Failure error code:0x0000"
	if strings.HasPrefix(e.text, failure) {
		g.failure = e
		return
	}
	point, ok := strings.CutPrefix(e.text, "Failure point: ")
	if !ok {
		return
	}
	e = g.failure
	g.failure = entry{}
	switch code := strings.ToLower(strings.TrimPrefix(e.text, failure)); {
	case code == "35ed":
		g.event(e, logs.GaveUp, t)
	case code == "35e9" && point == "Remote":
		g.peerError(e, t, ike.V2, "AUTHENTICATION_FAILED")
	case code == "362c" && point == "Remote":
		g.peerError(e, t, ike.V2, "NO_PROPOSAL_CHOSEN")
	}
}
