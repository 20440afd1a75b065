package decode_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

func FuzzParse(f *testing.F) {
	for _, d := range decodetest.Bodies(f, decodetest.BodiesIKEv1) {
		f.Add(message(d.First, 0, d.Body...))
	}
	for _, d := range decodetest.Bodies(f, decodetest.BodiesIKEv2) {
		f.Add(decodetest.Message(d.First, d.Body...))
	}
	f.Add(message(ikev1.PayloadHash, ikev1.FlagEncryption, make([]byte, 16)...))
	for _, file := range decodetest.Captures(f, "*/wire.pcap") {
		for _, d := range decodetest.Messages(f, file) {
			f.Add(d.Data)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := exchange.Parse(b)
		if m == nil {
			if err == nil || len(b) >= decode.HeaderLen {
				t.Fatalf("no message of %d bytes, error %v", len(b), err)
			}
			return
		}
		decodetest.CheckWhole(t, m, b)
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
