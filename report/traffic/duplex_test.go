package traffic

import (
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// What the snap length cut is as long as its IP header says.
func TestSentLength(t *testing.T) {
	packet := make([]byte, 96)
	copy(packet, []byte{0x45, 0, 0x01, 0x2c, 0, 0, 0, 0, 64, 50, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}) // of 300 bytes
	for _, c := range []struct {
		cut  bool
		want int
	}{{true, 280}, {false, 76}} {
		if n := sentLength(&capture.Datagram{IP: packet, Payload: packet[20:], Cut: c.cut}); n != c.want {
			t.Errorf("cut: %v: %d bytes, want %d", c.cut, n, c.want)
		}
	}
}
