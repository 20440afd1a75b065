package exchange

import (
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

// What comes to the ports of IKE is no message of one where its header says what no IKE message can.
func TestNotIKE(t *testing.T) {
	overwritten := make([]byte, 256) // a payload that was anonymised
	dns := make([]byte, 512)         // a response from port 53 to a client on port 500, which names nothing but compressed names
	for i := range dns {
		dns[i] = []byte{0x01, 0xfb, 0x03}[i%3]
	}
	odd := decode.Header{Initiator: spiI, Version: 0x30, Length: decode.HeaderLen}        // a version to come
	nobody := decode.Header{Version: 0x10, Exchange: ikev1.ExchangeMain, Length: 1 << 12} // a zero SPI alone, and cut
	for name, c := range map[string]struct {
		b    []byte
		want int // conversations
	}{
		"zeros":                 {overwritten, 0},
		"a length of megabytes": {dns, 0},
		"version 3":             {odd.Append(nil), 1},
		"no initiator's SPI":    {nobody.Append(nil), 1},
	} {
		tr := NewTracker(Options{})
		err := tr.Add(&capture.Datagram{Frame: 1, Src: hostA, Dst: hostB, Kind: capture.IKE, Payload: c.b})
		if got := len(tr.Conversations()); got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d conversations, error %v; want %d", name, got, err, c.want)
		}
	}
}
