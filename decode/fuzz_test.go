package decode

import (
	"bytes"
	"fmt"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, d := range decryptedBodies(f, bodies1) {
		f.Add(message(d.First, 0, d.Body...))
	}
	for _, d := range decryptedBodies(f, bodies2) {
		f.Add(message2(d.First, d.Body...))
	}
	f.Add(message(PayloadHash, FlagEncryption, make([]byte, 16)...))
	for _, file := range captures(f, "*/wire.pcap") {
		for _, d := range isakmpOf(f, file) {
			f.Add(d.Data)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if m == nil {
			if err == nil || len(b) >= HeaderLen {
				t.Fatalf("no message of %d bytes, error %v", len(b), err)
			}
			return
		}
		checkWhole(t, m, b)
		if got := m.Append(nil); err == nil && !bytes.Equal(got, m.Raw) {
			t.Errorf("became %x", got)
		}
		for _, n := range m.Notes {
			if n.Offset < 0 || n.Offset > len(b) || n.Text == "" {
				t.Errorf("note %+v", n)
			}
		}
		for _, p := range m.Payloads {
			_ = fmt.Sprint(p.Name(), p.Body)
		}
	})
}
