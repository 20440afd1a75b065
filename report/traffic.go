package report

import (
	"cmp"
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

// innerTraffic is what was carried, in the order in which it came.
func innerTraffic(list []esp.Traffic) []InnerTraffic {
	var out []InnerTraffic
	for _, t := range list {
		name := words.IPProtocol(t.Protocol)
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

// MostCarried is what the SA carried, the most frequent first.
func (t *TrafficSA) MostCarried() []InnerTraffic {
	list := slices.Clone(t.Inner)
	slices.SortStableFunc(list, func(a, b InnerTraffic) int { return cmp.Compare(b.Packets, a.Packets) })
	return list
}
