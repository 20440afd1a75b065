package traffic

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
)

// What GRE and IP carry is found, in tunnel and in transport mode, to a depth.
func TestCarriage(t *testing.T) {
	v4 := func(proto byte, content ...byte) []byte {
		return append([]byte{0x45, 0, 0, byte(20 + len(content)), 0, 1, 0, 0, 64, proto, 0, 0, 10, 1, 0, 10, 10, 2, 0, 10}, content...)
	}
	gre := func(flags byte, packet []byte) []byte {
		h := []byte{flags, 0, 8, 0}
		for bit := byte(0x80); bit > 0; bit >>= 1 {
			if flags&bit != 0 {
				h = append(h, 0, 0, 0, 9)
			}
		}
		return append(h, packet...)
	}
	ping := v4(1, 8, 0, 0, 0, 0, 0, 0, 0)
	for _, c := range []struct {
		name string
		in   esp.Opened
		want []byte
	}{
		{"plain", esp.Opened{IP: ping}, ping},
		{"GRE in transport mode", esp.Opened{NextHeader: 47, Payload: gre(0, ping)}, ping},
		{"with key and sequence number", esp.Opened{NextHeader: 47, Payload: gre(0x30, ping)}, ping},
		{"with checksum, in tunnel mode", esp.Opened{IP: v4(47, gre(0x80, ping)...)}, ping},
		{"IP in GRE in IP", esp.Opened{IP: v4(4, v4(47, gre(0, ping)...)...)}, ping},
		{"with routes", esp.Opened{IP: v4(47, gre(0x40, ping)...)}, v4(47, gre(0x40, ping)...)},
		{"cut", esp.Opened{IP: v4(47, 0x20, 0, 8, 0, 0)}, v4(47, 0x20, 0, 8, 0, 0)},
		{"UDP in transport mode", esp.Opened{NextHeader: 17, Payload: make([]byte, 20)}, nil},
	} {
		var got carriage
		if got.read(&c.in); !bytes.Equal(got.packet, c.want) {
			t.Errorf("%s: %x, want %x", c.name, got.packet, c.want)
		}
	}
	deep := ping
	for range 5 {
		deep = v4(4, deep...)
	}
	var got carriage
	if got.read(&esp.Opened{IP: deep}); len(got.packet) != len(deep)-20*maxCarried {
		t.Errorf("%d bytes of %d", len(got.packet), len(deep))
	}
}

func carriageOf(it *ikedecode.Item) *carriage {
	var c carriage
	if it.Opened != nil {
		c.read(it.Opened)
	}
	return &c
}

func (w *Inside) take(it *ikedecode.Item) Ask { return w.item(it, carriageOf(it)) }

func (w *Loops) take(it *ikedecode.Item) { w.item(it, carriageOf(it)) }

func (w *Sums) take(it *ikedecode.Item) { w.item(it, carriageOf(it)) }
