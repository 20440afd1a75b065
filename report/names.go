package report

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/report/words"
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
	return &Identity{Type: id.Type.String(), Value: id.Value(), Protocol: id.Protocol, Port: id.Port, Text: id.String()}
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

// longest is how much of a value is shown.
const longest = words.Longest

// Phrases that all reports share.

func count(n int, noun string) string { return words.Count(n, noun) }
func frameList(frames []int) string   { return words.Frames(frames) }
func clip(s string, n int) string     { return words.Clip(s, n) }

func nonEmpty(parts ...string) (all []string) {
	for _, s := range parts {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}
