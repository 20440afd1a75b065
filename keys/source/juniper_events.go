package source

import (
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What kmd and iked of Junos say: one line a failure, with the hosts, and traces with the hosts in front.
//
//	IKE negotiation failed with error: No proposal chosen. IKE Version: 2, VPN: v Gateway: g, Local: 192.0.2.2/500, Remote: 192.0.2.1/500,
//	Local IKE-ID: Not-Available, Remote IKE-ID: Not-Available, VR-ID: 0, Role: Responder
//	[Nov 25 10:00:00][192.0.2.2 <-> 192.0.2.1]  IKE negotiation fail for local:192.0.2.2, remote:192.0.2.1 IKEv2 with status: No proposal chosen
type junosEvents struct {
	*daemonLog
	talks map[[2]netip.Addr]*talk
}

func newJunosEvents(p *daemonLog) grammar {
	return &junosEvents{daemonLog: p, talks: make(map[[2]netip.Addr]*talk)}
}

var (
	junosHosts  = pattern(`(?:^|\[)\[?([0-9a-fA-F.:]+) <-> ([0-9a-fA-F.:]+)\]\s*(.*)$`)
	junosLocal  = pattern(`(?i)\blocal(?: gateway)?(?:[: ]+|=\w+\([^)]*=)([0-9a-fA-F.:]*[0-9a-fA-F])(?:/(\d+))?`)
	junosRemote = pattern(`(?i)\bremote(?: gateway)?(?:[: ]+|=\w+\([^)]*=)([0-9a-fA-F.:]*[0-9a-fA-F])(?:/(\d+))?`)
	junosP1     = pattern(`p1_local=\w+\([^)]*=([0-9a-fA-F.:]+)\) p1_remote=\w+\([^)]*=([0-9a-fA-F.:]+)\)`)
	junosP2     = pattern(`p2_local=\w+\([^)]*=([0-9a-fA-F.:]+/\d+)\) p2_remote=\w+\([^)]*=([0-9a-fA-F.:]+/\d+)\)`)
	junosIDs    = pattern(`Local IKE-ID: ([^,]+), Remote IKE-ID: ([^,]+)`)
	junosRole   = pattern(`Role: (Initiator|Responder)|Phase-[12] \[(initiator|responder)\]`)
	junosError  = pattern(`failed with error: (.+?)\. IKE Version: (\d)|IKEv(\d) with status: (.+?)\s*$|Phase-([12]) \[\w+\] failed(?: with error\((.+?)\))?|with error (?:code )?(?:= )?\(?([A-Z][a-z].+?)\)?$`)
	junosChild  = having(`KMD_PM_SA_ESTABLISHED: .*, SPI: 0x([0-9a-f]{1,8}),`, "KMD_PM_SA_ESTABLISHED: ")
	junosTS     = pattern(`local-ip: \w+\(([0-9a-fA-F.:]+)-([0-9a-fA-F.:]+)\),? .*remote-ip: \w+\(([0-9a-fA-F.:]+)-([0-9a-fA-F.:]+)\)`)
)

// junosReasons are causes by the words of Junos.
var junosReasons = withOpenSSL([]stem{
	{start: "No proposal chosen", reason: logs.NoProposal},
	{start: "TS unacceptable", reason: logs.NoTraffic},
	{then: "raffic-selector mismatch", reason: logs.NoTraffic},
	{then: "raffic selector mismatch", reason: logs.NoTraffic},
	{start: "IKE gateway configuration lookup failed", reason: logs.NoConnection},
	{start: "No matching gateway", reason: logs.NoConnection},
	{then: "IKE-ID validation failed", reason: logs.IdentityMismatch},
	{then: "Peer's IKE-ID", reason: logs.IdentityMismatch},
	{start: "Invalid peer ID", reason: logs.IdentityMismatch},
	{start: "Preshared key authentication failed", reason: logs.PSKMismatch},
	{start: "Pre-shared key authentication failed", reason: logs.PSKMismatch},
	{start: "Authentication failed", reason: logs.PSKLikely},
	{start: "Invalid syntax", reason: logs.PSKLikely},
	{start: "Unexpected payload", reason: logs.PSKLikely},
	{start: "Invalid payload type", reason: logs.PSKLikely},
	{start: "Invalid hash value", reason: logs.InvalidHash},
	{then: "DH group mismatch", reason: logs.GroupRefused},
	{start: "Invalid KE payload", reason: logs.GroupRefused},
	{then: "ertificate", only: "expired", reason: logs.ExpiredCertificate},
	{then: "ertificate", only: "not yet valid", reason: logs.EarlyCertificate},
	{then: "ertificate", only: "revoked", reason: logs.RevokedCertificate},
	{then: "ertificate", only: "not trusted", reason: logs.UntrustedIssuer},
	{then: "ertificate", reason: logs.InvalidCertificate},
	{start: "Invalid signature", reason: logs.InvalidSignature},
	{start: "User authentication failed", reason: logs.UserRefused},
	{then: "address allocation failed", reason: logs.NoAddress},
})

func (g *junosEvents) take(e entry) {
	text := e.text
	var local, remote string
	if m := junosHosts.FindStringSubmatch(text); m != nil {
		local, remote, text = m[1], m[2], m[3]
	}
	e.text = strings.TrimSpace(text)
	m := junosError.FindStringSubmatch(text)
	isTS := strings.Contains(text, "KMD_VPN_TS_MISMATCH") || strings.Contains(text, "raffic-selector mismatch")
	if m == nil && !isTS {
		if strings.Contains(text, "IKE negotiation done") {
			g.event(e, logs.Up, g.talk(local, remote, text))
		} else if m := junosChild.FindStringSubmatch(text); m != nil {
			g.event(e, logs.ChildUp, g.talk(local, remote, text)).Children = childSPIs(m[1])
		}
		return
	}
	t := g.talk(local, remote, text)
	if m == nil {
		ev := g.event(e, logs.Refused, t)
		ev.Reason = logs.NoTraffic
		ev.Asked = junosTraffic(text)
		return
	}
	why := m[1] + m[4] + m[6] + m[7]
	if v := m[2] + m[3]; v != "" {
		t.message.Version = ike.Version(v[0] - '0')
	}
	if strings.Contains(why, "imed out") || strings.Contains(why, "imeout") {
		g.event(e, logs.GaveUp, t)
		return
	}
	if m := junosP2.FindStringSubmatch(text); m != nil {
		t.asked = trafficOf(networkOf(m[1]), networkOf(m[2]))
	}
	g.refused(junosReasons, e, why, t)
}

// talk is the IKE SA between the hosts that a line names.
func (g *junosEvents) talk(local, remote, text string) *talk {
	l, r := hostPort(local), hostPort(remote)
	if m := junosP1.FindStringSubmatch(text); m != nil {
		l, r = hostPort(m[1]), hostPort(m[2])
	} else {
		if m := junosLocal.FindStringSubmatch(text); m != nil && addrPort(m[1], m[2]).IsValid() {
			l = addrPort(m[1], m[2])
		}
		if m := junosRemote.FindStringSubmatch(text); m != nil && addrPort(m[1], m[2]).IsValid() {
			r = addrPort(m[1], m[2])
		}
	}
	key := [2]netip.Addr{l.Addr(), r.Addr()}
	t := g.talks[key]
	if t == nil || !l.IsValid() && !r.IsValid() {
		t = &talk{local: logs.Peer{Addr: l}, remote: logs.Peer{Addr: r}}
		if len(g.talks) < maxThreads {
			g.talks[key] = t
		}
	}
	if m := junosRole.FindStringSubmatch(text); m != nil {
		t.role = ike.SideOf(strings.EqualFold(m[1]+m[2], "initiator"))
	}
	if m := junosIDs.FindStringSubmatch(text); m != nil {
		if m[1] != "Not-Available" {
			t.local.Identity = identity(m[1])
		}
		if m[2] != "Not-Available" {
			t.remote.Identity = identity(m[2])
		}
	}
	return t
}

// junosTraffic reads the selectors that the peer proposed: local-ip: ipv4(10.2.0.0-10.2.0.255), remote-ip: ipv4(10.1.0.0-10.1.0.255).
func junosTraffic(text string) *logs.Traffic {
	m := junosTS.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	return trafficOf(rangeOf(m[1], m[2]), rangeOf(m[3], m[4]))
}
