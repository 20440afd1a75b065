package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// A plutoPacket is what debugging says of a packet: where it came from, and its header.
type plutoPacket struct {
	fresh         bool // the next message is about it
	local, remote netip.AddrPort
	spis          [2]ike.SPI
	message       logs.Message
}

// hasConnection reports whether a line has the end of a name in quotation marks, and what follows that of a connection.
func hasConnection(text string) bool {
	for {
		_, rest, ok := strings.Cut(text, `"`)
		if !ok {
			return false
		}
		if text = rest; strings.HasPrefix(text, "[") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, " #") || strings.HasPrefix(text, ": ") {
			return true
		}
	}
}

// plutoSkips reports whether a line is debugging that no event is made of: there are thousands.
func plutoSkips(s string) bool {
	i := strings.Index(s, "| ")
	return i >= 0 && i < 64 && !strings.Contains(s, "bytes from ") && !strings.Contains(s, " SPI: ") && !strings.Contains(s, "exchange type: ") &&
		!strings.Contains(s, "Message ID: ") && !strings.Contains(s, " cookie:")
}

var (
	plutoReceived = having(`^\*?received (\d+) bytes from (\S+) on \S+ (?:\(?)([^\s()]+)`, "received ")
	plutoHeader   = behind(`^(initiator|responder) (?:SPI|cookie): ?((?:[0-9a-f]{2} *){8})`, "initiator ", "responder ")
	plutoNumber   = behind(`^(exchange type|Message ID): .*\((?:0x)?([0-9a-f]{1,2}(?: [0-9a-f]{2})*)\)$`, "exchange type: ", "Message ID: ")
)

// debug takes a line of debugging. The first header behind a packet that came is its own.
func (p *plutoPacket) debug(text string) {
	if m := plutoReceived.FindStringSubmatch(text); m != nil {
		*p = plutoPacket{fresh: true, remote: hostPort(m[2]), local: hostPort(m[3])}
		p.message.Size, _ = strconv.Atoi(m[1])
		return
	}
	if !p.fresh {
		return
	}
	if m := plutoHeader.FindStringSubmatch(text); m != nil {
		side := 0
		if m[1] == "responder" {
			side = 1
		}
		if p.spis[side].IsZero() {
			p.spis[side] = spi64(m[2])
		}
	} else if m := plutoNumber.FindStringSubmatch(text); m != nil {
		switch n := hex32(m[2]); {
		case m[1] == "exchange type" && p.message.Exchange == 0:
			p.message.Exchange, p.message.Version = uint8(n), versionOf(uint8(n))
		case m[1] == "Message ID" && p.message.ID == 0:
			p.message.ID = n
		}
	}
}

// about makes the packet the one that an IKE SA is at.
func (p *plutoPacket) about(t *talk) {
	if !p.fresh {
		return
	}
	p.fresh = false
	t.local.Addr, t.remote.Addr = p.local, p.remote
	for side := range t.spis {
		if t.spis[side].IsZero() {
			t.spis[side] = p.spis[side]
		}
	}
	p.message.Response = t.role == ike.Initiator
	t.message = p.message
}
