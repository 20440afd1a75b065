package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
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

// MostCarried is what the SA carried, the most frequent first.
func (t *TrafficSA) MostCarried() []InnerTraffic {
	list := slices.Clone(t.Inner)
	slices.SortStableFunc(list, func(a, b InnerTraffic) int { return cmp.Compare(b.Packets, a.Packets) })
	return list
}
