package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// A packet that asks for no answer is looked at without an allocation.
func TestInsideAllocatesNothing(t *testing.T) {
	udp := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10, 0x13, 0x88, 0x13, 0x89, 0, 8, 0, 0}
	sa := &esp.SA{Params: &esp.Params{}}
	it := &ikedecode.Item{Datagram: &capture.Datagram{Kind: capture.ESP, IP: make([]byte, 100), Frames: []int{1}}, Opened: &esp.Opened{SA: sa, IP: udp}}
	var w Inside
	if n := testing.AllocsPerRun(100, func() { w.item(it) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
