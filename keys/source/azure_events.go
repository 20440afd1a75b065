package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// What IKEDiagnosticLog of an Azure VPN gateway says, as the portal shows it, in JSON, or in a table. Each line has both hosts:
//
//	SESSION_ID :{ae2e57d3-6d4c-4cc9-a5d5-ca3b5d5d5d5d} Remote 192.0.2.1:500: Local 192.0.2.2:500: [SEND] Sending Notify Message - Policy Mismatch
type azureEvents struct{ *daemonLog }

func newAzureEvents(p *daemonLog) grammar { return &azureEvents{p} }

var (
	azureHosts = pattern(`\bRemote ([0-9a-fA-F.:]+):(\d+): Local ([0-9a-fA-F.:]+):(\d+): ([^"]*)`)
	// The keys of gateways are pre-shared, but for those with certificates, which the words do not tell.
	azureStems = stemsOf([]stem{
		{then: "Sending Notify Message - Authentication failed", reason: logs.PSKMismatch, unsure: true},
		{then: "Sending Notify Message - Policy Mismatch", reason: logs.NoProposal},
		{then: "IKE authentication credentials are unacceptable", reason: logs.PSKMismatch, unsure: true},
		{then: "Failed to verify signature", reason: logs.PSKMismatch, unsure: true},
		{then: "Policy match error", reason: logs.NoProposal},
	})
)

func (g *azureEvents) take(e entry) {
	m := azureHosts.FindStringSubmatch(e.text)
	if m == nil {
		return
	}
	t := &talk{remote: logs.Peer{Addr: addrPort(m[1], m[2])}, local: logs.Peer{Addr: addrPort(m[3], m[4])}}
	if e.text = strings.TrimSpace(m[5]); g.refused(azureStems, e, e.text, t) == nil && strings.Contains(e.text, "Negotiation timed out") {
		g.event(e, logs.GaveUp, t)
	}
}
