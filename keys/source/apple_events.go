package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What the IKEv2 client of macOS and iOS says of a gateway that authenticates in another way than the profile has it, which it tells the gateway nothing of:
//
//	[IKE_AUTH R resp1 1D034BA18B0595F2-BF9E2A2F95AE9F83] Initiator packet authentication method
//	    Payload Type = Auth
//	    Authentication Protocol = ECDSA256
//	    Authentication Data = 64:{length = 64, bytes = 0x0011 } does not match proposal RSASignature
type appleEvents struct {
	*daemonLog
	begun int // the line that a message begins in
	talk  *talk
}

func newAppleEvents(p *daemonLog) grammar { return &appleEvents{daemonLog: p} }

const appleWrong = "does not match proposal "

var (
	appleMark = pattern(`\bIKEv2Session\[\d+, |\[IKE_AUTH R resp\d+ \S+\] Initiator packet authentication method\s*$`)
	appleHead = pattern(`\[IKE_AUTH R resp(\d+) ([0-9A-Fa-f#]+)-([0-9A-Fa-f#]+)\] Initiator packet authentication method\s*$`)
)

func (g *appleEvents) take(e entry) {
	if m := appleHead.FindStringSubmatch(e.text); m != nil {
		g.begun, g.talk = e.num, &talk{role: ike.Initiator, message: logs.Message{Exchange: typeIKEAuth, Version: ike.V2, ID: decimal32(m[1]), Response: true}}
		g.talk.setSPIs(m[2], m[3])
		return
	}
	const lines = 6 // of a message
	if g.talk != nil && e.num-g.begun <= lines && strings.Contains(e.text, appleWrong) {
		e.text = strings.TrimSpace(e.text)
		g.event(e, logs.Refused, g.talk).Reason = logs.AuthMethod
		g.talk = nil
	}
}
