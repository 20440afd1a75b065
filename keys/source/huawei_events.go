package source

import "github.com/ikedecode/ikedecode/keys/logs"

// What Huawei's VRP, and the VPN of Huawei Cloud, say of a negotiation that failed: one line, as a log and as an alarm.
//
//	IPSec tunnel negotiation fails. (IfIndex=[207], PolicyName=[], SeqNum=[0], PeerAddress=[192.0.2.1], PeerPort=[500], Reason=[phase1 proposal mismatch])
type huaweiEvents struct{ *daemonLog }

func newHuaweiEvents(p *daemonLog) grammar { return &huaweiEvents{p} }

var (
	huaweiMark   = pattern(`I[Pp][Ss]ec tunnel negotiation fails\. \(`)
	huaweiPeer   = pattern(`\bPeerAddress=\[?([0-9a-fA-F.:]+)`)
	huaweiPort   = pattern(`\bPeerPort=\[?(\d+)`)
	huaweiReason = pattern(`\bReason=\[?([^\],)]+)`)
)

// huaweiReasons are causes as the documents of both list them.
var huaweiReasons = []boxReason{
	{words: "phase1 proposal mismatch", reason: logs.NoProposal},
	{words: "phase2 proposal or pfs mismatch", reason: logs.NoProposal, unsure: true},
	{words: "responder dh mismatch", reason: logs.GroupRefused},
	{words: "initiator dh mismatch", reason: logs.GroupRefused},
	{words: "encapsulation mode mismatch", reason: logs.ModeRefused},
	{words: "exchange mode mismatch", reason: logs.ModeRefused},
	{words: "flow mismatch", reason: logs.NoTraffic},
	{words: "flow or peer mismatch", reason: logs.NoTraffic, unsure: true},
	{words: "version mismatch", reason: logs.NoConnection},
	{words: "peer address mismatch", reason: logs.NoConnection},
	{words: "local address mismatch", reason: logs.NoConnection},
	{words: "config id mismatch", reason: logs.NoPeer},
	{words: "authentication fail", reason: logs.PSKMismatch, unsure: true},
	{words: "ip assigned fail", reason: logs.NoAddress},
	{words: "eap authentication fail", reason: logs.UserRefused},
	{words: "eap authentication timeout", reason: logs.NoRADIUS, unsure: true},
	{words: "xauth authentication fail", reason: logs.UserRefused, xauth: true},
	{words: "malformed payload", reason: logs.Unreadable},
	{words: "malformed message", reason: logs.Unreadable},
	{words: "unsupported version", reason: logs.InvalidFormat},
	{words: "no valid local cert", reason: logs.NoCertificate, own: true},
	{words: "first packet limited", reason: logs.TooBusy},
	{words: "license or specification limited", reason: logs.TooBusy},
	{words: "ipsec tunnel number reaches limitation", reason: logs.TooBusy},
	{words: "dynamic peers number reaches limitation", reason: logs.TooBusy},
}

func (g *huaweiEvents) take(e entry) {
	m := huaweiReason.FindStringSubmatch(e.text)
	if m == nil {
		return
	}
	t := &talk{}
	if peer := huaweiPeer.FindStringSubmatch(e.text); peer != nil {
		port := "0"
		if p := huaweiPort.FindStringSubmatch(e.text); p != nil {
			port = p[1]
		}
		t.remote.Addr = addrPort(peer[1], port)
	}
	if m[1] == "max transmit reached" {
		g.event(e, logs.GaveUp, t)
	} else if r := boxReasonOf(huaweiReasons, m[1]); r != nil {
		g.rejected(e, t, r)
	}
}
