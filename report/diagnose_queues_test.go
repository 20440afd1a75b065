package report

import (
	"cmp"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
)

// byQueues is a change of a capture: the packets come as several queues deliver them, each what it has at once and now and then, with the times when they were
// sent. queue is that of a packet.
func byQueues(every time.Duration, queue func(*capture.Packet) int) func([]*capture.Packet) []*capture.Packet {
	return func(ps []*capture.Packet) []*capture.Packet {
		delivered := make(map[*capture.Packet]time.Time)
		for _, p := range ps {
			ahead := time.Duration(queue(p)) * every / 3
			delivered[p] = p.Time.Add(ahead).Truncate(every).Add(every - ahead)
		}
		slices.SortStableFunc(ps, func(a, b *capture.Packet) int { return delivered[a].Compare(delivered[b]) })
		return ps
	}
}

// Packets out of order in the file by less than a second show what they show in order.
func TestDiagnoseQueues(t *testing.T) {
	const every = 950 * time.Millisecond
	rnd := rand.New(rand.NewPCG(3, 4))
	queues := map[string]func(*capture.Packet) int{
		"one for each sender": func(p *capture.Packet) int { return int(p.Data[min(ethernet+15, len(p.Data)-1)]) % 3 },
		"any":                 func(*capture.Packet) int { return rnd.IntN(3) },
	}
	codes := func(s *ikedecode.Session) (list []string) {
		for _, f := range Diagnose(s, watched(t, s)).Findings {
			if f.Severity != SeverityNote {
				list = append(list, string(f.Code))
			}
		}
		slices.SortFunc(list, cmp.Compare)
		return slices.Compact(list)
	}
	for _, session := range []string{"diag-v2-rekeyed-often", "diag-reauth-loss", "diag-v2-bypass", "diag-v2-sas-lost", "diag-esp-return-dropped",
		"diag-port-silent", "diag-v2-routing-loop", "diag-v2-peer-restarted", "esp-aes-esn-mid", "path-mtu-tcp"} {
		dir := filepath.Join(pcaps, session)
		files := matching(dir, "gwa.log*", "keys.txt", "gwa.xfrm")
		bag := bagOf(t, files[:min(1, len(files))]...)
		want := codes(solved(t, filepath.Join(dir, "wire.pcap"), bag, ikedecode.Options{}))
		for name, queue := range queues {
			s := solved(t, edited(t, session, byQueues(every, queue)), bag, ikedecode.Options{})
			if s.Late == 0 || s.Late > ikedecode.MostLate {
				t.Errorf("%s, %s: packets are late by %v", session, name, s.Late)
			}
			if got := codes(s); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, in order %q", session, name, got, want)
			}
		}
	}
}
