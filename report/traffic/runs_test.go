package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// Runs are bounded for each SA, and for all together but for a few of each; what is left out is counted.
func TestRunsBounded(t *testing.T) {
	const sas, packets, all = 20, 2 * maxRuns, maxRuns + 1000
	r := Runs{Max: all}
	kept := 0
	for i := range sas {
		sa := &esp.SA{}
		for seq := range uint64(packets) {
			r.add(sa, 2*seq, &capture.Datagram{})
		}
		list, more := r.Of(sa)
		kept += len(list)
		want := leastRuns
		switch i {
		case 0:
			want = maxRuns
		case 1:
			want = all - maxRuns
		}
		if len(list) != want || int(more) != packets-want {
			t.Errorf("SA %d: %d runs, and %d packets without", i, len(list), more)
		}
	}
	if kept > all+sas*leastRuns {
		t.Errorf("%d runs", kept)
	}
	inOrder := &esp.SA{}
	for seq := range uint64(packets) {
		r.add(inOrder, seq, &capture.Datagram{})
	}
	if list, more := r.Of(inOrder); len(list) != 1 || more != 0 {
		t.Errorf("in order: %d runs, and %d packets without", len(list), more)
	}
}
