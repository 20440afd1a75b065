package ikedecode_test

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
)

// Who is shown the packets one after the other costs no copy of any: their memory is used again.
func TestShownWithoutCopies(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	bag := readBag(t, filepath.Join(dir, "gwa.xfrm"))
	wire := readPackets(t, filepath.Join(dir, "wire.pcap"))
	allocated := func(times int) (bytes uint64, shown int) {
		var many []*capture.Packet
		for i := range times {
			for _, p := range wire {
				q := *p
				q.Time = q.Time.Add(time.Duration(i) * time.Hour)
				many = append(many, &q)
			}
		}
		src, err := capture.Open([]string{writePackets(t, many)}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err = s.Run(context.Background(), func(f *ikedecode.Frame) error {
			for i := range f.Items {
				if f.Items[i].Opened != nil {
					shown++
				}
			}
			return nil
		})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		return after.TotalAlloc - before.TotalAlloc, shown
	}
	few, n := allocated(50)
	many, m := allocated(150)
	const most = 100
	if per := int(many-few) / (m - n); m < 1000 || per > most {
		t.Errorf("%d packets decrypted: %d bytes allocated for each, more than %d", m, per, most)
	}
}
