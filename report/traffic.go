package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/words"
)

// A LateCount is how many packets came too late for a replay window of some size: a receiver with it drops them.
type LateCount struct {
	Window  uint64 `json:"window"` // packets
	Packets int    `json:"packets"`
}

// An InnerTraffic is one kind of content of an SA.
type InnerTraffic struct {
	NextHeader uint8  `json:"next_header"`
	Protocol   uint8  `json:"protocol"` // of the IP packet inside in tunnel mode, else the next header
	Name       string `json:"name"`     // "TCP", "IPv6 TCP" in tunnel mode over IPv6, "protocol 200"
	Packets    int    `json:"packets"`
	Bytes      int64  `json:"bytes"`
}

// innerNames are protocol numbers of the content as reports print them.
var innerNames = map[uint8]string{
	0: "hop-by-hop options", 1: "ICMP", 2: "IGMP", 4: "IPv4", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "routing header", 44: "IPv6 fragment", 47: "GRE",
	50: "ESP", 51: "AH", 58: "ICMPv6", 59: "dummy", 60: "destination options", 89: "OSPF", 94: "BEET", 103: "PIM", 108: "IPComp", 112: "VRRP",
	115: "L2TP", 132: "SCTP", 136: "UDP-Lite", 137: "MPLS", 143: "Ethernet", 144: "AGGFRAG",
}

func protocolName(n uint8) string {
	if name, ok := innerNames[n]; ok {
		return name
	}
	return fmt.Sprintf("protocol %d", n)
}

// innerTraffic is what was carried, in the order in which it came.
func innerTraffic(list []esp.Traffic) []InnerTraffic {
	var out []InnerTraffic
	for _, t := range list {
		name := protocolName(t.Protocol)
		if t.Next == 41 && t.Protocol != 41 && t.Protocol != 58 {
			name = "IPv6 " + name
		}
		out = append(out, InnerTraffic{t.Next, t.Protocol, name, t.Packets, t.Bytes})
	}
	return out
}

// lateCounts are the windows for which packets came too late.
func lateCounts(st *esp.Stats) []LateCount {
	var out []LateCount
	for i, n := range st.Late {
		if n > 0 {
			out = append(out, LateCount{esp.Windows[i], n})
		}
	}
	return out
}

// missing is how many packets of st were lost: those of its sequence numbers that neither an opened packet had nor one that
// stayed closed may have had.
func missing(st *esp.Stats) uint64 {
	closed := uint64(st.Packets - st.Opened)
	if st.Lost <= closed {
		return 0
	}
	return st.Lost - closed
}

// numbersOf is how many sequence numbers st goes over.
func numbersOf(st *esp.Stats) uint64 { return st.MaxSeq - st.MinSeq + 1 }

// sequenceLines say what the sequence numbers tell, where that is anything but one after another.
func (t *TrafficSA) sequenceLines() (lines []string) {
	if t.Opened > 0 && t.MaxSeq > 0 {
		to := "-"
		if t.MaxSeq > math.MaxUint32 {
			to = " to " // long enough to be folded
		}
		lines = append(lines, fmt.Sprintf("sequence %d%s%d", t.MinSeq, to, t.MaxSeq))
	}
	if t.Lost > 0 {
		line := fmt.Sprintf("%d missing (%s)", t.Lost, words.Percent(t.Lost, t.MaxSeq-t.MinSeq+1))
		if t.Gaps > 1 && t.Reordered == 0 { // else some jumps were filled later
			line += fmt.Sprintf(" in %s", count(t.Gaps, "gap"))
		}
		lines = append(lines, line)
	}
	if t.Reordered > 0 {
		lines = append(lines, fmt.Sprintf("%d reordered, by up to %d", t.Reordered, t.MaxReorder))
	}
	if n := len(t.Late); n > 0 {
		late := t.Late[n-1] // of the largest window
		lines = append(lines, fmt.Sprintf("%d too late for a window of %d", late.Packets, late.Window))
	}
	return lines
}

// counts lists numbers that are not zero: "2 replayed, 1 dummy".
func counts(parts ...any) string {
	var list []string
	for i := 0; i+1 < len(parts); i += 2 {
		if n := parts[i].(int); n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, parts[i+1]))
		}
	}
	return join(list, ", ")
}

// innerLine is "inside: TCP 20, UDP 3", the most frequent first.
func (t *TrafficSA) innerLine() string {
	const most = 4
	list := mostFirst(t.Inner)
	var parts []string
	rest := t.InnerMore
	for i, in := range list {
		if i >= most {
			rest += in.Packets
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %d", in.Name, in.Packets))
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("others %d", rest))
	}
	if len(parts) == 0 {
		return ""
	}
	return "inside: " + join(parts, ", ")
}

func mostFirst(list []InnerTraffic) []InnerTraffic {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b InnerTraffic) int { return cmp.Compare(b.Packets, a.Packets) })
	return list
}
