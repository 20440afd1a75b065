package report

import (
	"slices"
	"testing"
	"time"
)

// Addresses and ports that change are told where they change, and only there.
func TestMoves(t *testing.T) {
	at := func(sender, src, dst string, second int) Message {
		return Message{Sender: Role(sender), Src: src, Dst: dst, Time: time.Unix(int64(second), 0)}
	}
	s := TimelineSA{Exchanges: []Exchange{
		{Messages: []Message{
			at("initiator", "10.0.0.1:500", "10.0.0.2:500", 1), at("responder", "10.0.0.2:500", "10.0.0.1:500", 2),
			at("initiator", "10.0.0.9:4500", "10.0.0.2:4500", 7),
		}},
		{Messages: []Message{
			at("initiator", "10.0.0.1:4500", "10.0.0.2:4500", 3), at("responder", "10.0.0.2:4500", "10.0.0.1:4500", 4),
			at("responder", "10.0.0.3:4500", "10.0.0.1:4500", 5), at("initiator", "10.0.0.1:1024", "10.0.0.3:4500", 6),
		}},
	}}
	s.noteMoves()
	var got []string
	for _, st := range s.Steps() {
		got = append(got, st.Message.Moved)
	}
	want := []string{
		"", "", "both peers move from port 500 to 4500", "", "the responder moves from 10.0.0.2:4500 to 10.0.0.3:4500",
		"the initiator moves from port 4500 to 1024",
		"the initiator moves from 10.0.0.1:1024 to 10.0.0.9:4500, the responder from 10.0.0.3:4500 to 10.0.0.2:4500",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}
