package source

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// What vpnc says apart from keys. It is always the initiator. With debugging each message is dumped, field by field; the time stands on a
// line of its own behind the step that was begun:
//
//	S4.3 AM packet_1
//	 [2026-11-25 21:25:17]
//	 sending: ========================>
//	   i_cookie: c6b35285 40aedce4
//	   exchange_type: 04 (ISAKMP_EXCHANGE_AGGRESSIVE)
//	vpnc: response was invalid [1]:  (ISAKMP_N_INVALID_EXCHANGE_TYPE)(7)
type vpncEvents struct {
	*daemonLog
	now     talk
	clock   foundStamp
	message logs.Message // that is being dumped
	comes   bool
	begun   bool  // the message was not told yet
	kind    entry // the line of it that says what it is
}

func newVPNCEvents(p *daemonLog) grammar {
	return &vpncEvents{daemonLog: p, now: talk{group: logs.Group{ID: 1}, role: ike.Initiator}}
}

var (
	vpncField  = pattern(`^\s*(i_cookie|r_cookie|exchange_type|message_id|len|n\.type): ([0-9a-f ]+?)(?: \(ISAKMP_(?:N|EXCHANGE)_(\w+)\))?\s*$`)
	vpncSays   = pattern(`^\S*vpnc: (.*)$`)
	vpncReason = pattern(`\(ISAKMP_N_(\w+)\)\(\d+\)`)
)

var vpncStems = stemsOf([]stem{
	{start: "hash comparison failed", reason: logs.PSKMismatch},
	{then: "check group password", reason: logs.PSKMismatch, late: true},
	{then: "failed to verify against CA list", reason: logs.NoIssuer},
	{then: "hash-value, which was decrypted from the received signature", reason: logs.InvalidSignature},
})

// vpncWords are in what vpnc prints: its name, or the number of a step and of a part of it.
func vpncWords() []string {
	words := []string{"vpnc"}
	for digit := range "0123456789" {
		words = append(words, fmt.Sprintf("S4.%d", digit))
	}
	for c := range 256 {
		if isWordByte(byte(c)) && !isDigit(byte(c)) {
			words = append(words, "S4 "+string(byte(c)))
		}
	}
	return words
}

func (g *vpncEvents) take(e entry) {
	if trimmed := strings.TrimSpace(e.text); trimmed == "" && !e.time.IsZero() {
		g.clock = e.time
		return
	}
	if e.time.IsZero() {
		e.time = g.clock
	}
	text := strings.TrimSpace(e.text)
	switch {
	case strings.HasPrefix(text, "vpnc version"):
		g.run++
		g.now = talk{group: logs.Group{ID: 1}, role: ike.Initiator}
		return
	case strings.HasPrefix(text, "sending: ="), strings.HasPrefix(text, "receiving: <"):
		g.message, g.comes, g.begun = logs.Message{Version: ike.V1}, strings.HasPrefix(text, "receiving"), true
		return
	}
	if m := vpncField.FindStringSubmatch(e.text); m != nil {
		g.field(e, m)
		return
	}
	e.text = text
	if m := vpncSays.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if ev := g.refused(vpncStems, e, text, &g.now); ev == nil {
		g.told(e, text)
	} else if ev.Reason == logs.PSKMismatch {
		vpncAt(ev, aggressive)
	}
}

// vpncAt gives an event the exchange that vpnc is at then, where no message was dumped.
func vpncAt(ev *logs.Event, exchange uint8) {
	if ev.Message == (logs.Message{}) {
		ev.Message = logs.Message{Version: ike.V1, Exchange: exchange, NoID: exchange != aggressive}
	}
}

// field takes a field of the message that is dumped. Its length is the last one of the header.
func (g *vpncEvents) field(e entry, m []string) {
	switch m[1] {
	case "i_cookie":
		g.now.setSPIs(m[2], "")
	case "r_cookie":
		g.now.setSPIs("", m[2])
	case "exchange_type":
		g.message.Exchange, g.kind = uint8(hex32(m[2])), e
	case "message_id": // as vpnc has it in memory, which is the reverse on nearly every machine
		g.message.ID = bits.ReverseBytes32(hex32(m[2]))
	case "len":
		if !g.begun {
			return
		}
		g.begun, g.message.Size = false, int(hex32(m[2])&0xffffff)
		kind := logs.Sent
		if g.comes {
			kind, g.now.message = logs.Received, g.message
		}
		e = g.kind
		e.text = strings.TrimSpace(e.text)
		g.event(e, kind, &g.now).Message = g.message
	case "n.type":
		if e.text = strings.TrimSpace(e.text); g.comes {
			g.peerError(e, &g.now, ike.V1, m[3])
		}
	}
}

func (g *vpncEvents) told(e entry, text string) {
	switch {
	case strings.HasPrefix(text, "no response from target"):
		g.event(e, logs.GaveUp, &g.now)
	case strings.Contains(text, "dead peer detected"), strings.Contains(text, "connection terminated by dead peer detection"):
		g.event(e, logs.GaveUp, &g.now)
	case strings.HasPrefix(text, "authentication unsuccessful"), strings.HasPrefix(text, "xauth SET response rejected"):
		ev := g.event(e, logs.PeerError, &g.now)
		ev.Reason, ev.XAUTH = logs.UserRefused, true
		vpncAt(ev, transaction)
	case strings.HasPrefix(text, "connection terminated by peer"):
		g.event(e, logs.Deleted, &g.now)
	case strings.Contains(text, " rejected"):
		if m := vpncReason.FindStringSubmatch(text); m != nil {
			g.peerError(e, &g.now, ike.V1, m[1])
		}
	}
}
