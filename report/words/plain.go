package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Count is "1 packet", "3 packets".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Side is "initiator" or "responder"; "other side" where it is not known.
func Side(s diagnose.Side) string {
	switch s {
	case diagnose.Initiator:
		return "initiator"
	case diagnose.Responder:
		return "responder"
	}
	return "other side"
}

// IKESA is how texts call an IKE SA: by its version and its SPIs, the initiator's first.
func IKESA(version int, spis [2]decode.SPI) string {
	return fmt.Sprintf("IKEv%d SA %v:%v", version, spis[0], spis[1])
}

// Subject is how texts call the IKE SA that a finding is about.
func Subject(s diagnose.Subject) string { return IKESA(s.Version, s.SPIs) }

// Enumerate is "a", "a and b", "a, b and c".
func Enumerate(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// Frames is "frame 4", "frames 4, 9 and 12", or with many the first ones and how many more there are.
func Frames(frames []int) string {
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
	return strings.Join(parts, ", ")
}
