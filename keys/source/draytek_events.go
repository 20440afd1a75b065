package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What a Vigor says of IKEv1, in its syslog. Messages have their exchange type and message ID, and no hosts; what went wrong has the peer:
//
//	2026-11-25 10:00:00	IKE <==, Next Payload=ISAKMP_NEXT_HASH, Exchange Type = 0x20, Message ID = 0xb09025e0
//	2026-11-25 10:00:00	[IPSEC/IKE][Local][34:-][@192.0.2.1] smalformed payload: probable authentication (preshared secret) failure:
type drayTekEvents struct {
	*daemonLog
	talks talkList // by the address of the peer
	now   *talk
}

func newDrayTekEvents(p *daemonLog) grammar { return &drayTekEvents{daemonLog: p, now: &talk{}} }

var (
	drayTekMark    = pattern(`^IKE (?:<==|==>), Next Payload=ISAKMP_NEXT_|^\[IPSEC/IKE\]\[|^Responding to Main Mode from [0-9a-fA-F.:]+\s*$`)
	drayTekMessage = pattern(`^IKE (<==|==>), Next Payload=\w+, Exchange Type = 0x([0-9a-f]{1,2}), Message ID = 0x([0-9a-f]{1,8})`)
	drayTekPeer    = pattern(`^\[IPSEC/IKE\]\[.*?\]\[@([0-9a-fA-F.:]+)\] (.*)$|^(Responding to Main Mode) from ([0-9a-fA-F.:]+)\s*$|ISAKMP SA (established)\. Dynamic client dial-in from ([0-9a-fA-F.:]+)`)
)

var drayTekStems = withOpenSSL([]stem{
	{then: "probable authentication (preshared secret) failure", reason: logs.PSKLikely},
	// It is said of proposals, of networks and of a peer's ID alike.
	{start: "Parse dial-in phase2 SA proposals failed", reason: logs.NoProposal, unsure: true},
})

func (g *drayTekEvents) take(e entry) {
	if m := drayTekMessage.FindStringSubmatch(e.text); m != nil {
		g.message(e, m[1] == "<==", logs.Message{Exchange: uint8(hex32(m[2])), Version: ike.V1, ID: hex32(m[3])})
		return
	}
	if m := drayTekPeer.FindStringSubmatch(e.text); m != nil {
		g.about(m[1] + m[4] + m[6])
		switch {
		case m[3] != "":
			g.now.role = ike.Responder
			g.event(e, logs.Started, g.now)
		case m[5] != "":
			g.event(e, logs.Up, g.now)
		}
		if m[1] != "" {
			e.text = m[2]
		}
	}
	g.refused(drayTekStems, e, e.text, g.now)
}

// message takes a message. One of a Main Mode begins with the first of another peer, whom the next line names.
func (g *drayTekEvents) message(e entry, came bool, m logs.Message) {
	if came && m.ID == 0 && strings.Contains(e.text, "ISAKMP_NEXT_SA") {
		g.now = &talk{}
	}
	kind := logs.Sent
	if came {
		kind, g.now.message = logs.Received, m
	}
	g.event(e, kind, g.now).Message = m
}

// about makes the IKE SA with a peer the one that is worked at. The first message of an IKE SA is told of before its peer is.
func (g *drayTekEvents) about(peer string) {
	if a := addrPort(peer, "0"); !g.now.remote.Addr.IsValid() && g.now.message.Exchange != 0 {
		g.now.remote.Addr = a
		g.talks.add(g.now, peer)
	} else if g.now.remote.Addr != a {
		g.now = g.talks.of(peer)
		g.now.remote.Addr = a
	}
}
