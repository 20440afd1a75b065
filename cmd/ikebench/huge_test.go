package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/archive"
	observe "github.com/ikedecode/ikedecode/report/traffic"
)

// underBound runs both passes with little memory, and returns the most that was in use, in bytes, beside what was before. All observers of
// the commands see what is decrypted.
func underBound(t *testing.T, ctx context.Context, pcap string, bag *secret.Bag, bound int64) (*ikedecode.Session, int64) {
	t.Helper()
	src, err := capture.Open([]string{pcap}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	var peak int64
	look := func() {
		var m runtime.MemStats
		runtime.GC() // meanwhile the other goroutines come to wait for this one: what they allocate counts as in use until the next
		runtime.GC()
		runtime.ReadMemStats(&m)
		peak = max(peak, int64(m.HeapAlloc))
	}
	look()
	before := peak
	passed := 0
	s, err := ikedecode.Analyze(ctx, src, bag, ikedecode.Options{MaxMemory: bound, Progress: func(int, int) {
		if passed++; passed%4 == 0 {
			look()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	look()
	watch := &observe.Watch{}
	watch.Expect(s.SAs)
	observers := []observe.Observer{archive.NewSeen(&archive.Stretch{}, bound/16), watch, &observe.Rates{}, &observe.Flows{}}
	if err := s.Run(ctx, observe.Shown(observers...)); err != nil {
		t.Fatal(err)
	}
	look()
	runtime.KeepAlive(observers)
	return s, peak - before
}

// asked counts how often a run asks whether it was stopped.
type asked struct {
	context.Context
	times atomic.Int64
}

func (a *asked) Err() error {
	a.times.Add(1)
	return a.Context.Err()
}

// TestHuge is the short form of -huge: with memory for few of the IKE SAs everything is decrypted, and how many are not shown is known.
func TestHuge(t *testing.T) {
	const n, bound = 4000, 64 << 20
	dir := t.TempDir()
	pcap, log := filepath.Join(dir, "huge.pcap"), filepath.Join(dir, "huge.keylog")
	want, err := makeHuge(pcap, log, n)
	if err != nil {
		t.Fatal(err)
	}
	bag, err := source.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &asked{Context: t.Context()}
	s, peak := underBound(t, ctx, pcap, bag, bound)
	if n := ctx.times.Load(); n < int64(want.ike) {
		t.Errorf("asked %d times whether to stop", n)
	}
	c := s.Counts
	if c.IKE != want.messages || c.IKEClosed != 0 || c.ESP != want.packets || c.Opened != want.packets || !s.Complete() {
		t.Errorf("%+v of %+v", c, want)
	}
	ike, ipsec := s.NotShown()
	if s.Lost != 0 || ike < n/2 || ike+len(s.SAs) != n || ipsec != 2*ike {
		t.Errorf("%d IKE SAs shown, %d IKE SAs and %d IPsec SAs not, %d lost", len(s.SAs), ike, ipsec, s.Lost)
	}
	if peak > bound*4/5 {
		t.Errorf("%d bytes in use, of %d", peak, int64(bound))
	}
	secrets := make(map[secret.Kind]int)
	for _, x := range s.Secrets(false) {
		secrets[x.Kind]++
	}
	if secrets[secret.SKei]+secrets[secret.SKEYIDe]+s.LeftOut != n || s.LeftOut == 0 || s.LeftOut > n*3/4 {
		t.Errorf("the key log has %v of %d IKE SAs, and leaves out %d", secrets, n, s.LeftOut)
	}
}

// TestHostileMemory holds the bound against what attackers send: what is not shown is counted.
func TestHostileMemory(t *testing.T) {
	const bound = 64 << 20
	for name, fill := range map[string]func(w *wire){
		"made-up cookies": func(w *wire) {
			l := w.between(0)
			l.message(false, [2]uint64{1}, v1, mainMode, 0, 0, []payload{sa1()})
			for i := range 20_000 {
				l.message(true, [2]uint64{1, cookie(2, i)}, v1, mainMode, 0, 0, []payload{sa1()})
			}
		},
		"made-up initiators": func(w *wire) {
			for i := range 20_000 {
				w.between(i).message(false, [2]uint64{cookie(1, i)}, v2, saInit, initiator, 0, []payload{sa2(), w.nonce2()})
			}
		},
		"messages of one IKE SA": func(w *wire) {
			l, spis := w.between(0), [2]uint64{cookie(1, 0), cookie(2, 0)}
			l.begin2(spis, true)
			for i := range 20_000 {
				l.message(i%2 == 1, spis, v2, info2, byte(initiator*(1-i%2)|response*(i%2)), uint32(i/2+2), []payload{w.sealed2(0, 64)})
			}
		},
		"NULL encryption, a flow each": func(w *wire) {
			inner := make([]byte, 64)
			innerPacket(inner, 1)
			for i := range 20_000 {
				for seq := range uint32(3) {
					w.esp(host(10, i), host(11, i), uint32(0x10000+i), seq+1, append(append([]byte{}, inner...), 1, 2, 2, 4))
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire()
			fill(w)
			pcap := filepath.Join(t.TempDir(), "wire.pcap")
			if err := os.WriteFile(pcap, w.pcap.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			w = nil
			s, peak := underBound(t, t.Context(), pcap, nil, bound)
			if peak > bound*3/4 {
				t.Errorf("%d bytes in use, of %d", peak, int64(bound))
			}
			if s.Counts.IKEBad > 0 || s.Counts.IKE+s.Counts.ESP < 20_000 {
				t.Errorf("%+v", s.Counts)
			}
			if ike, _ := s.NotShown(); ike == 0 && s.Counts.IKE > 0 {
				t.Errorf("%d IKE SAs, none is left out", len(s.SAs))
			}
		})
	}
}
