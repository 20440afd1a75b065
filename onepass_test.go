package ikedecode_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// espOnly writes the ESP packets of a recorded session that are no fragments to a file, and with them the frames that more tells.
func espOnly(t *testing.T, wire string, more func(i int, frame []byte) bool) string {
	t.Helper()
	b, err := os.ReadFile(wire)
	if err != nil {
		t.Fatal(err)
	}
	const etherIPv4, protoESP = 14, 50
	out, b := b[:24:24], b[24:]
	for i := 0; len(b) > 0; i++ {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		f := b[16:n]
		fragment := binary.BigEndian.Uint16(f[etherIPv4+6:])&0x3fff > 0
		if f[etherIPv4+9] == protoESP && !fragment || more(i, f) {
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	path := filepath.Join(t.TempDir(), "esp.pcap")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Where the keys that are given decrypt every packet one pass does, and counts what two count. The first packet that may need more ends it.
func TestOnePass(t *testing.T) {
	const dir = "testdata/pcaps/v2-psk-aes128-sha256/"
	bag := func(from string) *secret.Bag {
		b, err := source.ReadFile(dir + from)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one := func(path string, b *secret.Bag) (*ikedecode.Session, error) {
		src, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { src.Close() })
		s, ok := ikedecode.OnePass(context.Background(), src, b, ikedecode.Options{})
		if !ok {
			t.Fatal("one pass is not tried")
		}
		return s, s.Run(context.Background(), nil)
	}
	none := func(int, []byte) bool { return false }
	path := espOnly(t, dir+"wire.pcap", none)
	s, err := one(path, bag("gwa.xfrm"))
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	two, err := ikedecode.Analyze(context.Background(), src, bag("gwa.xfrm"), ikedecode.Options{})
	if err == nil {
		err = two.Run(context.Background(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.Counts != two.Counts || s.Counts.Opened != 45 || !s.First.Equal(two.First) || !s.Last.Equal(two.Last) {
		t.Errorf("one pass: %+v, two: %+v", s.Counts, two.Counts)
	}
	half := &secret.Bag{SAs: bag("gwa.xfrm").SAs[:1]}
	for name, c := range map[string]struct {
		path string
		bag  *secret.Bag
	}{
		"an IKE message":  {espOnly(t, dir+"wire.pcap", func(i int, _ []byte) bool { return i == 50 }), bag("gwa.xfrm")},
		"a flow of no SA": {path, half},
	} {
		if _, err := one(c.path, c.bag); !errors.Is(err, ikedecode.ErrTwoPasses) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One pass says of an SA without encryption what two say: its packets are weighed as they are decrypted.
func TestOnePassNull(t *testing.T) {
	const dir = "testdata/pcaps/v1-main-psk-3des-md5-espnull/"
	path := espOnly(t, dir+"wire.pcap", func(int, []byte) bool { return false })
	var flows [2][]esp.NullFlow
	for i := range flows {
		src, err := capture.Open([]string{path}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		bag, err := source.ReadFile(dir + "gwb.xfrm")
		if err != nil {
			t.Fatal(err)
		}
		s, once := ikedecode.OnePass(context.Background(), src, bag, ikedecode.Options{})
		if i == 1 {
			s, err = ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
		}
		if !once || err != nil {
			t.Fatal(once, err)
		}
		if err := s.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		flows[i] = s.NullFlows()
	}
	if len(flows[0]) == 0 || len(flows[0]) != len(flows[1]) {
		t.Fatalf("%d flows in one pass, %d in two", len(flows[0]), len(flows[1]))
	}
	for i, two := range flows[1] {
		if one := flows[0][i]; one.Verdict != two.Verdict || one.Verdict != esp.NullEncrypted || one.Bits != two.Bits || one.NullCounts != two.NullCounts || one.Proof == nil {
			t.Errorf("%s; in two passes %s", one.Evidence(), two.Evidence())
		}
	}
}
