package words

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Number is a count, with commas from 1,000 on. Frames, ports, sequence numbers and lifetimes have none.
func Number[T int | uint64](n T) string {
	s := strconv.FormatUint(uint64(max(n, 0)), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is "1 packet", "12,048 packets".
func Count[T int | uint64](n T, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Number(n) + " " + noun
}

// Times is "once", "twice", "3 times".
func Times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return Count(n, "time")
}

// Duration is "14 ms", "11.2 s", "4 min 10 s", "3 h 5 min".
func Duration(d time.Duration) string {
	const minutesFrom = 2 * time.Minute
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < minutesFrom:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// Side is "initiator" or "responder"; "peer" where it is not known.
func Side(s diagnose.Side) string {
	switch s {
	case diagnose.Initiator:
		return "initiator"
	case diagnose.Responder:
		return "responder"
	}
	return "peer"
}

// peer names a side of the IKE SA that a finding is about: by its address, or by its role where the address does not tell.
func peer(f *diagnose.Finding, s diagnose.Side) string {
	if a := address(&f.Subject, s); a.IsValid() && f.Subject.Initiator != f.Subject.Responder {
		return a.String()
	}
	return "the " + Side(s)
}

// role is a side with its address: "the responder 192.0.2.2"; the address alone where the role is a guess.
func role(f *diagnose.Finding, s diagnose.Side) string {
	if a := address(&f.Subject, s); a.IsValid() {
		if f.Subject.Guessed && f.Subject.Initiator != f.Subject.Responder {
			return a.String()
		}
		return "the " + Side(s) + " " + a.String()
	}
	return "the " + Side(s)
}

func address(s *diagnose.Subject, side diagnose.Side) netip.Addr {
	switch side {
	case diagnose.Initiator:
		return s.Initiator
	case diagnose.Responder:
		return s.Responder
	}
	return netip.Addr{}
}

// IKESA names an IKE SA by its SPIs, the initiator's first.
func IKESA(spis [2]decode.SPI) string {
	if spis[1] == (decode.SPI{}) {
		return fmt.Sprintf("IKE SA %v", spis[0])
	}
	return fmt.Sprintf("IKE SA %v:%v", spis[0], spis[1])
}

// Subject names the IKE SA that a finding is about by its peers, then by the initiator's SPI.
func Subject(s diagnose.Subject) string {
	if !s.Initiator.IsValid() || !s.Responder.IsValid() {
		return IKESA(s.SPIs)
	}
	if s.Guessed {
		return fmt.Sprintf("IKE SA between %v and %v, SPI %v", s.Initiator, s.Responder, s.SPIs[0])
	}
	return fmt.Sprintf("IKE SA %v > %v, SPI %v", s.Initiator, s.Responder, s.SPIs[0])
}

// Enumerate is "a", "a and b", "a, b and c".
func Enumerate(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// Frames is "frame 4", "frames 4 and 9", of a run "frames 5 to 10", and of many the first six and how many more there are.
func Frames(frames []int) string {
	const most, shortestRun = 6, 3
	n := len(frames)
	switch {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("frame %d", frames[0])
	case n >= shortestRun && frames[n-1]-frames[0] == n-1 && slices.IsSorted(frames):
		return FrameRange(frames[0], frames[n-1])
	case n > most:
		return fmt.Sprintf("frames %s and %s more", Numbers(frames[:most]), Number(n-most))
	}
	return fmt.Sprintf("frames %s and %d", Numbers(frames[:n-1]), frames[n-1])
}

// Numbers lists numbers with commas between them.
func Numbers[T int | uint16](list []T) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.Itoa(int(n))
	}
	return strings.Join(parts, ", ")
}

// FrameRange is "frames 4 to 9"; "" without a first frame.
func FrameRange(first, last int) string {
	switch {
	case first == 0:
		return ""
	case first == last:
		return fmt.Sprintf("frame %d", first)
	}
	return fmt.Sprintf("frames %d to %d", first, last)
}

// FrameRangeOf is FrameRange of frames in files, which are "" where they are frames of the whole: "frame 3 of a.pcap to frame 7 of b.pcap".
func FrameRangeOf(first int, firstFile string, last int, lastFile string) string {
	of := func(frame int, file string) string {
		if file == "" {
			return fmt.Sprintf("frame %d", frame)
		}
		return fmt.Sprintf("frame %d of %s", frame, file)
	}
	switch {
	case firstFile != lastFile:
		return of(first, firstFile) + " to " + of(last, lastFile)
	case firstFile != "":
		return FrameRange(first, last) + " of " + firstFile
	}
	return FrameRange(first, last)
}

// protocols are IP protocol numbers as reports print them.
var protocols = map[uint8]string{
	0: "hop-by-hop options", 1: "ICMP", 2: "IGMP", 4: "IPv4", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "routing header", 44: "IPv6 fragment", 47: "GRE",
	50: "ESP", 51: "AH", 58: "ICMPv6", 59: "dummy", 60: "destination options", 89: "OSPF", 94: "BEET", 103: "PIM", 108: "IPComp", 112: "VRRP",
	115: "L2TP", 132: "SCTP", 136: "UDP-Lite", 137: "MPLS", 143: "Ethernet", 144: "AGGFRAG",
}

// IPProtocol names an IP protocol: "TCP", "protocol 200".
func IPProtocol(n uint8) string {
	if name, ok := protocols[n]; ok {
		return name
	}
	return fmt.Sprintf("protocol %d", n)
}

// Longest is how many characters of a value texts show, because hostile values are long. JSON has the whole value.
const Longest = 400

// longestHint and longestIdentity are how many characters a hint has at most, and of it an identity.
const longestHint, longestIdentity = 120, 64

// hint adds to what to do the less important parts that leave it short enough.
func hint(do string, more ...string) string {
	for _, s := range more {
		if utf8.RuneCountInString(do+s) <= longestHint {
			do += s
		}
	}
	return do
}

// Clip shortens s to n characters, the last three of them dots.
func Clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-3]) + "..."
}
