package main

import (
	"math"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A size is told as it was given.
func TestSizeText(t *testing.T) {
	for _, text := range []string{"128M", "1G", "3T", "1000", "1536K"} {
		var s sizeFlag
		if err := s.Set(text); err != nil {
			t.Fatal(err)
		}
		if got := sizeText(int64(s)); got != text {
			t.Errorf("%s is told as %s", text, got)
		}
	}
}

// The mark of a file says how many SAs it does not list.
func TestNotListed(t *testing.T) {
	o := &memoryLimit{ikedecode.LeastMaxMemory}
	s := &ikedecode.Session{Table: esp.NewTable()}
	if p, ok := o.notListed("a.pcap", s); ok {
		t.Errorf("%v of all that are listed", p)
	}
	s.Evicted = 3
	const want = "a.pcap: 3 IKE SAs decrypted, but not listed: too many for --max-memory 128M"
	if p, ok := o.notListed("a.pcap", s); !ok || p.Text != want {
		t.Errorf("%q, want %q", p.Text, want)
	}
}

// The workers of batch and what their secrets take stay within one limit, whatever there are of both.
func TestBatchMemory(t *testing.T) {
	bag := &secret.Bag{}
	for range 100_000 {
		bag.Secrets = append(bag.Secrets, secret.Secret{Kind: secret.PSK, Value: make([]byte, 32)})
	}
	for _, c := range []struct {
		limit   sizeFlag
		workers int
		want    int64 // of a worker, without secrets
	}{
		{0, 1, 1 << 30}, {0, 4, 1 << 30}, {1 << 30, 8, 128 << 20}, {256 << 20, 1, 256 << 20}, {math.MaxInt64, 1, math.MaxInt64},
	} {
		o := &batchOptions{workers: c.workers, memoryLimit: memoryLimit{c.limit}}
		if err := o.checkMemoryOf(c.workers); err != nil {
			t.Fatal(err)
		}
		if got := (&batch{opt: o, bag: &secret.Bag{}}).memory(); got != c.want {
			t.Errorf("%d for %d workers: %d bytes each, want %d", c.limit, c.workers, got, c.want)
		}
		with := (&batch{opt: o, bag: bag}).memory()
		if taken := bag.Memory(); with >= c.want || with < c.want/2 || taken < int64(o.memory)/2 && with*int64(c.workers)+taken > int64(o.memory) {
			t.Errorf("%d for %d workers: %d bytes each beside %d of secrets", c.limit, c.workers, with, taken)
		}
	}
	o := &batchOptions{memoryLimit: memoryLimit{ikedecode.LeastMaxMemory}}
	if o.checkMemoryOf(2) == nil {
		t.Error("two workers have the least memory of one")
	}
}
