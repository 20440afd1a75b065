package esp

import (
	"bytes"
	"errors"
	"testing"
)

// Keys that are only supposed are those of an SA once a packet proves them. Until then it has no key, and after some packets they are tried no more.
func TestSupposedKeys(t *testing.T) {
	p := Params{Protocol: ESP, SPI: 0x1000, Src: hostA, Dst: hostB, Cipher: cipherRow(t, "AES-CBC"), CipherKey: bytes.Repeat([]byte{7}, 16),
		MAC: macRow(t, "HMAC-SHA1-96"), MACKey: bytes.Repeat([]byte{9}, 20), Supposed: true}
	other := p
	other.MACKey = bytes.Repeat([]byte{8}, 20)
	packet := func(p Params, seq int) *Packet {
		return packetOf(p, seal(t, p, uint64(seq), 4, ipv4(hostA, hostB, 17, udp(7, 8, []byte("supposed")))))
	}
	var s Scratch
	open := func(table *Table, pkt *Packet) error {
		_, err := table.Open(pkt, &s)
		return err
	}
	for _, c := range []struct {
		wrong   int // packets of other keys before those of p
		decrypt bool
	}{{0, true}, {mostMisses - 1, true}, {mostMisses, false}} {
		table := newTable(t, p)
		for i := range c.wrong {
			if err := open(table, packet(other, i+1)); !errors.Is(err, ErrNoSA) {
				t.Fatalf("packet %d: %v", i+1, err)
			}
		}
		if err := open(table, packet(p, c.wrong+1)); (err == nil) != c.decrypt || !c.decrypt && !errors.Is(err, ErrNoSA) {
			t.Errorf("after %d packets: %v", c.wrong, err)
		}
		if err := open(table, packet(other, c.wrong+2)); c.decrypt && !errors.Is(err, ErrICV) {
			t.Errorf("proved, then a wrong packet: %v", err)
		}
	}
}
