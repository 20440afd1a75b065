package esp

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// sessions returns the recorded sessions whose SA keys are there.
func sessions(t testing.TB) []string {
	t.Helper()
	dir := sharedSession(t, "")
	list, err := filepath.Glob(filepath.Join(dir, "*", "gwb.xfrm"))
	if err != nil || len(list) == 0 {
		t.Skipf("no session with gwb.xfrm in %s", dir)
	}
	for i := range list {
		list[i] = filepath.Dir(list[i])
	}
	return list
}

// TestSessions opens every ESP and AH packet of every session that has its keys, and compares what comes out with what was
// seen in the clear behind the gateway, where that was recorded; in transport mode its TCP holds a page.
func TestSessions(t *testing.T) {
	for _, dir := range sessions(t) {
		for _, wire := range []string{"wire.pcap", "wire-behind-nat.pcap"} {
			path := filepath.Join(dir, wire)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			t.Run(filepath.Base(dir)+"/"+wire, func(t *testing.T) { testSession(t, dir, path) })
		}
	}
}

func testSession(t *testing.T, dir, wire string) {
	table := newTable(t, readXFRM(t, filepath.Join(dir, "gwb.xfrm"))...)
	want := map[string]int{}
	clear := filepath.Join(dir, "clear.pcap")
	_, err := os.Stat(clear)
	recorded := err == nil
	transport := !recorded && isTransport(t, filepath.Join(dir, "gwb.xfrm")) // IPComp in tunnel mode has ESP in transport mode
	if recorded {
		packets, _ := readIP(t, clear)
		for _, pkt := range packets {
			want[hop(pkt)]++
		}
	}
	var s Scratch
	var page []byte
	asked := false
	packets := readPackets(t, wire)
	for _, pkt := range packets {
		o, err := table.Open(pkt, &s)
		if err != nil {
			t.Errorf("frame %d: %v", pkt.Frame, err)
			continue
		}
		if !o.Verified && o.SA.Checked() {
			t.Errorf("frame %d: not verified", pkt.Frame)
		}
		if o.Inner != nil {
			t.Errorf("frame %d: inner layer: %v", pkt.Frame, o.Inner)
		}
		if transport {
			const tcp = 6
			asked = asked || o.NextHeader == tcp
			page = append(page, o.Payload...)
			continue
		}
		if o.IP == nil {
			t.Errorf("frame %d: no inner packet, next header %d", pkt.Frame, o.NextHeader)
			continue
		}
		if want[hop(o.IP)]--; recorded && want[hop(o.IP)] < 0 {
			t.Errorf("frame %d: a packet that was not seen in the clear: %x", pkt.Frame, o.IP)
		}
	}
	for pkt, n := range want {
		if n > 0 {
			t.Errorf("%d times missing: %x", n, pkt)
		}
	}
	if asked && !bytes.Contains(page, []byte("The quick brown fox")) {
		t.Error("page not found")
	}
	checkStats(t, table, len(packets))
}

// isTransport reports whether the SAs of a dump of `ip xfrm state` are in transport mode.
func isTransport(t *testing.T, dump string) bool {
	t.Helper()
	text, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(text, []byte("mode transport"))
}

// checkStats compares the sum over all SAs with the capture.
func checkStats(t *testing.T, table *Table, packets int) {
	t.Helper()
	sum := Stats{}
	for _, sa := range table.SAs() {
		st := sa.Stats()
		if sa.Protocol == IPComp {
			continue
		}
		sum.Packets += st.Packets
		sum.Opened += st.Opened
		sum.Duplicates += st.Duplicates
		if st.Opened > 0 && !st.Proven {
			t.Errorf("%v: opened %d packets, not proven", sa.Params, st.Opened)
		}
	}
	if sum.Packets != packets || sum.Opened != packets || sum.Duplicates != 0 {
		t.Errorf("statistics: %d packets, %d opened, %d duplicates; want %d, %d, 0", sum.Packets, sum.Opened, sum.Duplicates, packets, packets)
	}
}
