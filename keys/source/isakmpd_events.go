package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What OpenBSD's isakmpd says apart from keys: "Default" are its errors, the other classes debugging, with a level behind them.
//
//	101112.123456 Exch 10 exchange_finalize: icookie 9fe41f8cf3dc4bdf rcookie 90b96fdb3a3b0b2a
//	101112.123456 Default dropped message from 192.0.2.1 port 500 due to notification type NO_PROPOSAL_CHOSEN
type isakmpdEvents struct {
	*daemonLog
	now   *talk
	talks talkList // by the initiator's cookie
}

func newIsakmpdEvents(p *daemonLog) grammar { return &isakmpdEvents{daemonLog: p, now: &talk{}} }

var (
	isakmpdClass  = pattern(`^(?:\d{6}\.\d{6} )?(?:Default|[A-Z][A-Za-z ]{3} \d\d) (.*?)(?: \[priv\])?$`)
	isakmpdCookie = pattern(`icookie ([0-9a-f]{16}) rcookie ([0-9a-f]{16})`)
	isakmpdFrom   = pattern(`(?:from|peer|to|with) ([0-9a-fA-F.:]+)(?: port (\d+)|:(\d+))?`)
	isakmpdType   = pattern(`notification type ([A-Z_]+)`)
	isakmpdGotIt  = pattern(`^(?:ipsec_)?handle_leftover_payload|got (?:error )?notif\w* ([A-Z_]+)|notification \(([A-Z_]+)\)`)
)

var isakmpdStems = withOpenSSL([]stem{
	{then: "no compatible proposal found", reason: logs.NoProposal},
	{then: "negotiation failed", only: "proposal", reason: logs.NoProposal, late: true},
	{then: "got AES", only: "expected", reason: logs.NoProposal},
	{then: "attribute value", only: "not in", reason: logs.NoProposal},
	{then: "got ", only: ", expected ", reason: logs.NoProposal},
	{then: "no pre-shared key found", reason: logs.PSKMissing},
	{then: "no key found for peer", reason: logs.PSKMissing},
	{then: "HASH_", only: "did not match", reason: logs.InvalidHash},
	{then: "hash does not match", reason: logs.InvalidHash},
	{then: "due to notification type PAYLOAD_MALFORMED", reason: logs.Unreadable},
	{then: "due to notification type INVALID_PAYLOAD_TYPE", reason: logs.Unreadable},
	{then: "due to notification type INVALID_ID_INFORMATION", reason: logs.NoTraffic},
	{then: "due to notification type NO_PROPOSAL_CHOSEN", reason: logs.NoProposal, late: true},
	{then: "peer proposed invalid phase 2 IDs", reason: logs.NoTraffic},
	{then: "expected IDs", reason: logs.NoTraffic},
	{then: "phase-1 peer", only: "has unexpected ID", reason: logs.IdentityMismatch},
	{then: "received remote ID other than expected", reason: logs.IdentityMismatch, detail: pattern(`other than expected (\S+)`), fill: fillWantedOnly},
	{then: "no suitable certificate", reason: logs.NoCertificate},
	{then: "rsa_sig_decode_hash: no CERT", reason: logs.NoCertificate},
	{then: "x509_cert_validate", only: "unable to get", reason: logs.NoIssuer},
	{then: "pf_key_v2", only: "failed", reason: logs.KernelRefused, own: true, detail: pattern(`failed: (.+)$`), fill: fillErrnoText},
	{then: "no ISAKMP configuration for", reason: logs.NoConnection},
	{then: "peer \"Default\" not found", reason: logs.NoConnection},
	{then: "no section for", reason: logs.NoConnection},
})

func fillWantedOnly(e *logs.Event, m []string) { e.Wanted = identity(m[1]) }

func (g *isakmpdEvents) take(e entry) {
	m := isakmpdClass.FindStringSubmatch(e.text)
	text := e.text
	switch {
	case m != nil:
		text = m[1]
	case e.process != "isakmpd":
		return
	}
	if m := isakmpdCookie.FindStringSubmatch(text); m != nil {
		g.now = g.talks.of(m[1])
		g.now.setSPIs(m[1], m[2])
	}
	about := g.now
	if m := isakmpdFrom.FindStringSubmatch(text); m != nil {
		if a := addrPort(m[1], m[2]+m[3]); a.IsValid() && a.Port() == 0 || a.IsValid() && !about.remote.Addr.IsValid() {
			about.remote.Addr = a
		}
	}
	e.text = text
	if g.refused(isakmpdStems, e, text, about) != nil {
		return
	}
	switch {
	case strings.Contains(text, "giving up on exchange"):
		g.event(e, logs.GaveUp, about)
	case strings.Contains(text, "exchange_establish_p1") && strings.Contains(text, "initiator"):
		about.role = ike.Initiator
	case strings.Contains(text, "phase 1 done"):
		g.event(e, logs.Up, about)
	default:
		g.toldOfPeer(e, text, about)
	}
}

func (g *isakmpdEvents) toldOfPeer(e entry, text string, t *talk) {
	name := ""
	if m := isakmpdType.FindStringSubmatch(text); m != nil && !strings.Contains(text, "due to") {
		name = m[1]
	} else if m := isakmpdGotIt.FindStringSubmatch(text); m != nil {
		name = m[1] + m[2]
	}
	g.peerError(e, t, ike.V1, name)
}
