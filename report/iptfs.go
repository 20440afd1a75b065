package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/words"
)

// IPTFS is what the AGGFRAG payloads of an SA held (RFC 9347).
type IPTFS struct {
	Payloads    int `json:"payloads"`
	PaddingOnly int `json:"padding_only"`       // of them
	Congestion  int `json:"congestion_control"` // of them: with the header for it
	Packets     int `json:"inner_packets"`
	Split       int `json:"split"` // of them: over several payloads
	// Incomplete are inner packets of which parts are missing.
	Incomplete int   `json:"incomplete"`
	Malformed  int   `json:"malformed"`        // payloads
	Frames     []int `json:"frames,omitempty"` // the first ones with parts of the incomplete, and with the malformed
}

func newIPTFS(a *esp.AggregateStats) *IPTFS {
	if a == nil {
		return nil
	}
	return &IPTFS{Payloads: a.Payloads, PaddingOnly: a.PaddingOnly, Congestion: a.Congestion, Packets: a.Packets, Split: a.Split, Incomplete: a.Incomplete,
		Malformed: a.Malformed, Frames: a.Frames}
}

// String is "14 inner packets in 12 AGGFRAG payloads, 6 of them over several payloads, 1 payload of padding alone"; "" for nil.
func (x *IPTFS) String() string {
	if x == nil {
		return ""
	}
	s := count(x.Packets, "inner packet") + " in " + count(x.Payloads, "AGGFRAG payload")
	for _, part := range []struct {
		n            int
		thing, about string
	}{
		{x.Split, "", "of them over several payloads"}, {x.PaddingOnly, "payload", "of padding alone"},
		{x.Congestion, "payload", "with congestion control"}, {x.Incomplete, "inner packet", "incomplete"}, {x.Malformed, "payload", "malformed"},
	} {
		switch {
		case part.n == 0:
		case part.thing == "":
			s += fmt.Sprintf(", %s %s", words.Number(part.n), part.about)
		default:
			s += fmt.Sprintf(", %s %s", count(part.n, part.thing), part.about)
		}
	}
	return s
}
