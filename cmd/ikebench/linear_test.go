package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/source"
)

// What is made of kinds whose keys are given decrypts as a whole: the work that is counted is that of real sessions.
func TestKindsDecrypt(t *testing.T) {
	for _, k := range kindsKeyed {
		t.Run(k.name, func(t *testing.T) {
			w := newWire()
			k.fill(w, 3)
			path := filepath.Join(t.TempDir(), "wire.pcap")
			if err := os.WriteFile(path, w.pcap.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			bag, err := source.Read("keys.log", w.keys.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			src, err := capture.Open([]string{path}, capture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Run(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			if c := s.Counts; !s.Complete() || c.IKEOpened == 0 || c.Opened != c.ESP || c.IKEBad > 0 {
				t.Errorf("not all decrypted: %+v", c)
			}
			for _, sa := range s.SAs {
				if !sa.Established || len(sa.Children) == 0 {
					t.Errorf("%v: established %v, %d Child SAs", sa.Initiator, sa.Established, len(sa.Children))
				}
			}
		})
	}
}
