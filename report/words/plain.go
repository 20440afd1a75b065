package words

import (
	"fmt"
	"strings"
	"unicode/utf8"

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
		return fmt.Sprintf("frames %s and %d more", Numbers(frames[:most-1]), n-most+1)
	default:
		return fmt.Sprintf("frames %s and %d", Numbers(frames[:n-1]), frames[n-1])
	}
}

// Numbers lists numbers with commas.
func Numbers(list []int) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, ", ")
}

// FrameRange is "frames 4-9", "" where there is no first one.
func FrameRange(first, last int) string {
	switch {
	case first == 0:
		return ""
	case first == last:
		return fmt.Sprintf("frame %d", first)
	}
	return fmt.Sprintf("frames %d-%d", first, last)
}

// Longest is how many characters of a value text shows: hostile ones are long. JSON has all of it.
const Longest = 400

// Clip shortens s to at most n characters, saying that it did.
func Clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-3]) + "..."
}
