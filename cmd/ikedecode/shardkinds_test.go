package main

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// A tcpTunnel sends the messages of a session in a TCP connection from port 50000 of its initiator (RFC 9329).
type tcpTunnel struct {
	port uint16                // of the responder
	room int                   // bytes of a segment; 0: one frame, whatever its length
	out  [][]byte              // Ethernet frames
	from netip.Addr            // the initiator
	next map[netip.Addr]uint32 // sequence numbers
	held map[netip.Addr][]byte // bytes that wait for a full segment
}

// message sends one message, without the length before it.
func (x *tcpTunnel) message(src, dst netip.Addr, b []byte) {
	if x.next == nil {
		x.from, x.next, x.held = src, make(map[netip.Addr]uint32), make(map[netip.Addr][]byte)
		x.held[src] = []byte("IKETCP")
	}
	b = append(binary.BigEndian.AppendUint16(x.held[src], uint16(len(b)+2)), b...)
	for x.room > 0 && len(b) > x.room {
		x.segment(src, dst, b[:x.room])
		b = b[x.room:]
	}
	if x.held[src] = nil; x.room > 0 && x.next[src]%3 != 0 { // now and then the rest waits for the next message
		x.held[src] = append([]byte(nil), b...)
		return
	}
	x.segment(src, dst, b)
}

func (x *tcpTunnel) segment(src, dst netip.Addr, data []byte) {
	a, b := uint16(50000), x.port
	if src != x.from {
		a, b = b, a
	}
	h := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, a), b)
	h = append(binary.BigEndian.AppendUint32(h, x.next[src]), 0, 0, 0, 0, 5<<4, 0x10, 0xff, 0xff, 0, 0, 0, 0)
	x.next[src] += uint32(len(data))
	x.out = append(x.out, onEthernet(src, dst, 6, append(h, data...)))
}

// overTCP are the IKE messages and ESP packets of a capture in TCP.
func overTCP(t *testing.T, wire string, x *tcpTunnel) *sharded {
	t.Helper()
	split := capture.NewSplitter(capture.SplitOptions{})
	for _, p := range readFrames(t, wire) {
		for _, d := range split.AppendSplit(nil, p) {
			switch d.Kind {
			case capture.IKE:
				x.message(d.Src.Addr(), d.Dst.Addr(), append(make([]byte, 4), d.Payload...))
			case capture.ESP:
				x.message(d.Src.Addr(), d.Dst.Addr(), d.Payload)
			}
		}
	}
	return shardedFrames(x.out)
}

func shardedFrames(frames [][]byte) *sharded {
	b := pcapOf(1, frames)
	c := &sharded{header: b[:24]}
	for b = b[24:]; len(b) > 0; {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		c.list, b = append(c.list, b[:n]), b[n:]
	}
	return c
}

// TestShardsInTCP cuts tunnels in TCP: a part begins in the middle of a connection, and of a message.
func TestShardsInTCP(t *testing.T) {
	for name, x := range map[string]*tcpTunnel{
		"4500": {port: 4500}, "4500 in segments": {port: 4500, room: 500}, "443": {port: 443}, "443 in segments": {port: 443, room: 500},
	} {
		t.Run(name, func(t *testing.T) {
			var n tally
			dir := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey")
			c := overTCP(t, filepath.Join(dir, "wire.pcap"), x)
			c.bag = sessionSecrets(t, dir)
			step := 17
			if *everyCut {
				step = 1
			}
			whole := c.cut(t, step, step, &n)
			if got := whole.session.Counts; got.Opened < 50 || got.Opened != got.ESP || got.IKEOpened < 10 {
				t.Errorf("%+v", got)
			}
			t.Logf("%+v of %d packets", n, len(c.list))
		})
	}
}

// TestShardsWithoutKeys cuts tunnels with NULL encryption, which are decoded without a key: the key log says which SAs they are, so that a part with few
// packets needs no evidence.
func TestShardsWithoutKeys(t *testing.T) {
	for _, name := range []string{"v1-main-psk-3des-md5-espnull", "esp-null-noauth", "v1-ah-tunnel"} {
		t.Run(name, func(t *testing.T) {
			var n tally
			c := new(sharded)
			c.header, c.list = records(t, filepath.Join(pcaps, name, "wire.pcap"))
			whole := c.cut(t, 1, 1, &n)
			if got := whole.session.Counts; got.Opened < 20 {
				t.Errorf("%+v", got)
			}
			t.Logf("%+v of %d packets", n, len(c.list))
		})
	}
}

// TestShardsOfCases cuts what sessions have none of: IMS-AKA, AGGFRAG payloads, AES-GMAC without a key.
func TestShardsOfCases(t *testing.T) {
	for wire, keys := range map[string]string{"cases/ims-aka-md5-aes/wire.pcap": "aka.keylog", "cases/aggfrag/wire.pcap": "agg.keylog", "captures/esp-gmac-null/wire.pcap": ""} {
		t.Run(wire, func(t *testing.T) {
			path := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(wire))
			if _, err := os.Stat(path); err != nil {
				t.Skipf("%s is not there", path)
			}
			var n tally
			c := new(sharded)
			c.header, c.list = records(t, path)
			if keys != "" {
				c.bag = readSecrets(t, filepath.Join(filepath.Dir(path), keys))
			}
			whole := c.cut(t, 1, 1, &n)
			if got := whole.session.Counts; got.Opened < 6 {
				t.Errorf("%+v", got)
			}
			t.Logf("%+v of %d packets", n, len(c.list))
		})
	}
}

// TestShardsESN cuts an SA with extended sequence numbers where the low half begins again: a part that begins behind it finds the high half.
func TestShardsESN(t *testing.T) {
	for _, high := range []uint64{0, 200, 100_000} {
		var n tally
		x := &iptfs{src: netip.MustParseAddr("192.0.2.1"), dst: netip.MustParseAddr("192.0.2.2"), esn: true, key: make([]byte, 20), spi: 0x1001, seq: high<<32 + 0xffff_fff0, room: 400}
		var frames [][]byte
		for range 32 {
			frames = append(frames, x.frame(t, make([]byte, 64)))
		}
		c := shardedFrames(frames)
		bag, err := source.Read("keys.log", []byte(x.keyLine()+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		c.bag = bag
		step := 1
		if high > 1000 && !*everyCut { // each part searches
			step = 10
		}
		whole := c.cut(t, step, step, &n)
		if got := whole.session.Counts; got.Opened != 32 {
			t.Errorf("%+v", got)
		}
		t.Logf("%+v of %d packets", n, len(c.list))
	}
}

func readSecrets(t *testing.T, path string) *secret.Bag {
	t.Helper()
	bag, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bag
}
