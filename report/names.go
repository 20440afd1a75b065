package report

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

// What the decoder calls things, in one place.

func phase1Summary(t ikev1.Transform) string { return t.Phase1Summary() }

func transformSummary(t ikev1.Transform, p decode.ProtocolID) string { return t.Summary(p) }

func lifetimeOf(t ikev1.Transform, p decode.ProtocolID) decode.Lifetime {
	if p == decode.ProtocolISAKMP {
		return t.Phase1Lifetime()
	}
	return t.Phase2Lifetime()
}

func newIdentity(id *ikev1.ID) *Identity {
	if id == nil {
		return nil
	}
	return &Identity{Type: id.Type.String(), Value: id.Value(), Protocol: id.Protocol, Port: id.Port, text: id.String()}
}

func join(parts []string, sep string) string { return strings.Join(parts, sep) }

// spiText is an SPI as reports print it: 0x and 8 digits, CPIs 0x and 4; a pair of cookies with a colon.
func spiText(b []byte) string {
	switch len(b) {
	case 0:
		return ""
	case 16:
		return fmt.Sprintf("%x:%x", b[:8], b[8:])
	}
	return fmt.Sprintf("0x%x", b)
}

// spiNumber is an SPI of ESP or AH, or a CPI, which some send in 4 bytes.
func spiNumber(b []byte) (uint32, bool) {
	switch len(b) {
	case 2:
		return uint32(binary.BigEndian.Uint16(b)), true
	case 4:
		return binary.BigEndian.Uint32(b), true
	}
	return 0, false
}

// count is "1 packet", "3 packets".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// frameList is "frame 4", "frames 4, 9 and 12", or with many the first ones and how many more there are.
func frameList(frames []int) string {
	const most = 6
	switch n := len(frames); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("frame %d", frames[0])
	case n > most:
		return fmt.Sprintf("frames %s and %d more", numbers(frames[:most-1]), n-most+1)
	default:
		return fmt.Sprintf("frames %s and %d", numbers(frames[:n-1]), frames[n-1])
	}
}

func numbers(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = fmt.Sprint(n)
	}
	return join(parts, ", ")
}
