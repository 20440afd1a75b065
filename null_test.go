package ikedecode_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

const nullSession = "v1-main-psk-3des-md5-espnull"

// analyzeNull runs both passes with a mode.
func analyzeNull(t *testing.T, mode ikedecode.NullMode, bag *secret.Bag, path string) (s *ikedecode.Session, inner [][]byte) {
	t.Helper()
	src, err := capture.Open([]string{path}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err = ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{ESPNull: mode})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Run(context.Background(), func(f *ikedecode.Frame) error {
		for _, it := range f.Items {
			if it.Opened != nil && it.Opened.IP != nil {
				inner = append(inner, bytes.Clone(it.Opened.IP))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, inner
}

// NULL encryption opens without any key, from the first packet on, to what was seen in the clear.
func TestNullWithoutKeys(t *testing.T) {
	for _, name := range []string{nullSession, "esp-null-noauth", "esp-gmac-null"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(pcaps, name)
			if name != nullSession {
				dir = shared(t, "captures", name)
			}
			s, inner := analyzeNull(t, "", nil, filepath.Join(dir, "wire.pcap"))
			if missing, extra := compare(inner, clearTruth(t, dir)); missing+extra > 0 {
				t.Errorf("%d packets missing, %d too many", missing, extra)
			}
			if c := s.Counts; c.Opened != c.ESP || c.Unverified != c.Opened || len(s.Unknown) > 0 {
				t.Errorf("counts %+v", c)
			}
			flows := s.NullFlows()
			if len(flows) != 2 {
				t.Fatalf("%d flows", len(flows))
			}
			for _, f := range flows {
				if f.Verdict != esp.NullEncrypted || f.SA == nil || f.SA.Stats().Opened != f.Packets || f.Proof != nil {
					t.Errorf("%s: SA %v", f.Evidence(), f.SA)
				}
			}
		})
	}
}

// With keys the verdict is proved, with off nothing is looked for.
func TestNullModes(t *testing.T) {
	dir := filepath.Join(pcaps, nullSession)
	wire := filepath.Join(dir, "wire.pcap")
	bag := readBag(t, filepath.Join(dir, "gwb.xfrm"))
	s, _ := analyzeNull(t, ikedecode.NullAuto, bag, wire)
	if s.Counts.Unverified > 0 {
		t.Errorf("counts %+v", s.Counts)
	}
	for _, f := range s.NullFlows() {
		if f.Verdict != esp.NullEncrypted || f.Proof == nil || f.SA != nil {
			t.Errorf("with keys: %s", f.Evidence())
		}
	}
	s, inner := analyzeNull(t, ikedecode.NullOff, nil, wire)
	if len(inner) > 0 || s.NullFlows() != nil || s.Counts.NoSA != s.Counts.ESP {
		t.Errorf("off: %d opened, counts %+v", len(inner), s.Counts)
	}
	for i := range bag.SAs {
		bag.SAs[i].MACKey = bytes.Repeat([]byte{1}, len(bag.SAs[i].MACKey))
	}
	if s, inner = analyzeNull(t, ikedecode.NullAuto, bag, wire); len(inner) > 0 || s.Counts.BadICV != s.Counts.ESP {
		t.Errorf("auto, wrong keys: %d opened, counts %+v", len(inner), s.Counts)
	}
	s, inner = analyzeNull(t, ikedecode.NullForce, bag, wire)
	if missing, extra := compare(inner, clearTruth(t, dir)); missing+extra > 0 || s.Counts.Unverified != s.Counts.ESP {
		t.Errorf("force, wrong keys: %d missing, %d too many, counts %+v", missing, extra, s.Counts)
	}
}

// Nothing that is encrypted opens without keys, nor is it said to be NULL, not even with force and keys of another session.
func TestNullNotEncrypted(t *testing.T) {
	dir := shared(t, "captures")
	files, err := filepath.Glob(filepath.Join(dir, "*", "wire*.pcap"))
	if err != nil || len(files) == 0 {
		t.Skipf("no captures in %s", dir)
	}
	other := readBag(t, filepath.Join(pcaps, nullSession, "gwb.xfrm"))
	for _, file := range files {
		switch filepath.Base(filepath.Dir(file)) {
		case nullSession, "esp-null-noauth", "esp-gmac-null":
			continue
		}
		for mode, bag := range map[ikedecode.NullMode]*secret.Bag{ikedecode.NullAuto: nil, ikedecode.NullForce: other} {
			s, _ := analyzeNull(t, mode, bag, file)
			for _, f := range s.NullFlows() {
				if f.Verdict == esp.NullEncrypted {
					t.Errorf("%s: %s", file, f.Evidence())
				}
			}
			for _, sa := range s.Table.SAs() {
				if sa.Guessed() {
					t.Errorf("%s: %v", file, sa.Params)
				}
			}
		}
	}
}
