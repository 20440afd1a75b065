package report

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/words"
)

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

func modeName(p *esp.Params) string {
	switch {
	case p.Tunnel:
		return "tunnel"
	case p.Transport:
		return "transport"
	}
	return ""
}
