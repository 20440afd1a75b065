package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// frame puts a message into a frame of RFC 9329.
func frame(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b)+2)), b...)
}

// A tcpSide sends one direction of a connection.
type tcpSide struct {
	src, dst uint16
	seq      uint32
	v6       bool
	back     bool
}

func (s *tcpSide) packet(flags uint8, ack uint32, data []byte) []byte {
	seg := tcp(s.src, s.dst, s.seq, ack, flags, data)
	s.seq += uint32(len(data))
	if flags&ip.SYN != 0 {
		s.seq++
	}
	packet, a, b := ip4(ip.ProtoTCP, seg), 12, 16
	if s.v6 {
		packet, a, b = ip6(ip.ProtoTCP, seg), 8, 24
	}
	if s.back {
		n := b - a
		src := bytes.Clone(packet[a:b])
		copy(packet[a:b], packet[b:b+n])
		copy(packet[b:], src)
	}
	return packet
}

func (s *tcpSide) data(data []byte) []byte { return s.packet(ip.ACK, 0, data) }

// A message is what comes out of a stream.
type message struct {
	kind Kind
	data []byte
}

// streamMessages is a conversation's one direction, long enough to be cut in many ways.
func streamMessages() (stream []byte, messages []message) {
	add := func(k Kind, b []byte) {
		messages = append(messages, message{k, b})
		if k == IKE {
			b = marked(b)
		}
		stream = append(stream, frame(b)...)
	}
	add(IKE, ike2(300))
	add(IKE, ike2(1200))
	for i := range uint32(10) {
		add(ESP, esp(0xc0ffee, i+1, 100+int(i)*40))
	}
	add(Keepalive, []byte{0xff})
	add(IKE, ike2(80))
	add(ESP, esp(0xc0ffee, 11, 1400))
	add(ESP, esp(0xc0ffee, 12, 64))
	return stream, messages
}

func checkMessages(t *testing.T, got []Datagram, want []message) {
	t.Helper()
	var all []Datagram
	for _, d := range got {
		if d.Kind != Other {
			all = append(all, d)
		}
	}
	if len(all) != len(want) {
		t.Fatalf("got %d messages, want %d", len(all), len(want))
	}
	for i, d := range all {
		if d.Kind != want[i].kind || !bytes.Equal(d.Payload, want[i].data) || !d.TCP || d.UDP || d.Marker != (d.Kind == IKE) {
			t.Errorf("message %d: %v of %d bytes, want %v of %d", i, d.Kind, len(d.Payload), want[i].kind, len(want[i].data))
		}
		if d.Frames != nil && (!slices.IsSorted(d.Frames) || d.Frames[len(d.Frames)-1] != d.Frame) {
			t.Errorf("message %d: frame %d of %v", i, d.Frame, d.Frames)
		}
		checkMadeUp(t, &d)
	}
}

// checkMadeUp reads the packet that stands for a message: it holds the same in UDP.
func checkMadeUp(t *testing.T, d *Datagram) {
	t.Helper()
	got := NewSplitter(SplitOptions{}).Split(pkt(1, 0, d.IP))[0]
	if got.Kind != d.Kind || !bytes.Equal(got.Payload, d.Payload) || got.HeaderLen != d.HeaderLen || got.Marker != d.Marker {
		t.Errorf("made up packet holds %v of %d bytes, header of %d", got.Kind, len(got.Payload), got.HeaderLen)
	}
	if got.Src.Port() != PortNATT && got.Dst.Port() != PortNATT {
		t.Errorf("made up packet goes from %v to %v", got.Src, got.Dst)
	}
	if same := d.WithPayload(d.Payload); !bytes.Equal(same, d.IP) {
		t.Error("made up packet changes when it is rewritten")
	}
}

// TestTCP sends a stream in segments of all sorts.
func TestTCP(t *testing.T) {
	stream, want := streamMessages()
	for _, port := range []uint16{4500, 443} {
		for _, v6 := range []bool{false, true} {
			for _, size := range []int{1, 2, 7, 300, 1400, len(stream)} {
				if size < len(streamPrefix) && port != 4500 {
					continue // there the prefix is what tells, in one piece
				}
				t.Run(fmt.Sprintf("port %d, IPv6 %v, segments of %d", port, v6, size), func(t *testing.T) {
					side := tcpSide{src: 50000, dst: port, seq: 0xfffffff0, v6: v6}
					packets := [][]byte{side.packet(ip.SYN, 0, nil)}
					for chunk := range slices.Chunk(cat(streamPrefix, stream), size) {
						packets = append(packets, side.data(chunk))
					}
					s := NewSplitter(SplitOptions{})
					all := feed(s, packets...)
					checkMessages(t, append(all, s.Flush()...), want)
					if s.IncompleteCount() != 0 {
						t.Error(s.Incomplete())
					}
				})
			}
		}
	}
}

// TestTCPOrder disturbs the order of segments, sends them again, and in other sizes.
func TestTCPOrder(t *testing.T) {
	stream, want := streamMessages()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		side := tcpSide{src: 50000, dst: 4500, seq: 1000}
		packets := [][]byte{side.packet(ip.SYN, 0, nil)}
		data := cat(streamPrefix, stream)
		var segments [][]byte
		for off := 0; off < len(data); {
			end := min(off+1+r.IntN(500), len(data))
			from := max(off-r.IntN(100), 0) // overlaps
			side.seq = 1001 + uint32(from)
			segments = append(segments, side.data(data[from:end]))
			off = end
		}
		segments = append(segments, segments...) // all twice
		for i := range segments {                // moved by a few places
			j := min(i+r.IntN(5), len(segments)-1)
			segments[i], segments[j] = segments[j], segments[i]
		}
		s := NewSplitter(SplitOptions{})
		var all []Datagram
		for i, packet := range append(packets, segments...) {
			all = append(all, s.Split(pkt(i+1, time.Duration(i)*time.Millisecond, packet))...)
		}
		checkMessages(t, append(all, s.Flush()...), want)
		if s.IncompleteCount() != 0 {
			t.Error(s.Incomplete())
		}
	}
}

// TestTCPMidStream begins to capture somewhere in the stream.
func TestTCPMidStream(t *testing.T) {
	stream, messages := streamMessages()
	ends := frameEnds(stream)
	for _, start := range []int{0, 1, 100, ends[0], ends[0] + 5, ends[2], ends[2] + 3, ends[5] + 50, ends[9]} {
		for _, size := range []int{64, 536, 1400} {
			t.Run(fmt.Sprint(start, " ", size), func(t *testing.T) {
				side := tcpSide{src: 50000, dst: 4500, seq: 77}
				var packets [][]byte
				for chunk := range slices.Chunk(stream[start:], size) {
					packets = append(packets, side.data(chunk))
				}
				s := NewSplitter(SplitOptions{})
				all := feed(s, packets...)
				first := 0
				for first < len(ends) && ends[first] < start {
					first++
				}
				if start > 0 {
					first++
				}
				checkMessages(t, append(all, s.Flush()...), messages[first:])
				lost := slices.Contains(ends, start) || start == 0
				if n := s.IncompleteCount(); n > 1 || n == 0 != lost {
					t.Errorf("incomplete: %v", s.Incomplete())
				}
			})
		}
	}
}

// frameEnds are the offsets at which frames end.
func frameEnds(stream []byte) (ends []int) {
	for off := 0; off < len(stream); {
		off += int(binary.BigEndian.Uint16(stream[off:]))
		ends = append(ends, off)
	}
	return ends
}

// TestTCPHole drops a segment that never comes again: only the messages in it are lost.
func TestTCPHole(t *testing.T) {
	stream, messages := streamMessages()
	data := cat(streamPrefix, stream)
	const size = 200
	ends := frameEnds(stream)
	for drop := 1; drop < len(data)/size; drop++ {
		t.Run(fmt.Sprint(drop), func(t *testing.T) {
			side := tcpSide{src: 50000, dst: 4500, seq: 1000}
			packets := [][]byte{side.packet(ip.SYN, 0, nil)}
			i := 0
			for chunk := range slices.Chunk(data, size) {
				if packet := side.data(chunk); i != drop {
					packets = append(packets, packet)
				}
				i++
			}
			from, to := drop*size-6, drop*size-6+size
			var want []message
			start, known := 0, true
			for i, end := range ends {
				touched := start < to && end > from
				if touched && start+2 > from { // its length is in the hole: the next one may take a while to be found
					known = false
				}
				if !touched && (known || end <= from) {
					want = append(want, messages[i])
				}
				start = end
			}
			s := NewSplitter(SplitOptions{})
			all := append(feed(s, packets...), s.Flush()...)
			if known {
				checkMessages(t, all, want)
			} else if n := countMessages(all); n < len(want)+3 && n < len(messages)-4 {
				t.Errorf("got %d messages of %d", n, len(messages))
			}
			if s.IncompleteCount() == 0 {
				t.Error("nothing is said to be incomplete")
			}
		})
	}
}

func countMessages(all []Datagram) int {
	return len(all) - countKinds(all)[Other]
}

// TestTCPHoleAcknowledged goes on soon when the receiver has acknowledged what was not captured.
func TestTCPHoleAcknowledged(t *testing.T) {
	side := tcpSide{src: 50000, dst: 4500, seq: 1000}
	back := tcpSide{src: 4500, dst: 50000, seq: 9000, back: true}
	s := NewSplitter(SplitOptions{})
	at := time.Duration(0)
	next := func(packet []byte) []Datagram {
		at += 150 * time.Millisecond
		return s.Split(pkt(int(at), at, packet))
	}
	next(side.packet(ip.SYN, 0, nil))
	next(back.packet(ip.SYN|ip.ACK, side.seq, nil))
	next(side.data(cat(streamPrefix, frame(marked(ike2(100))))))
	side.data(frame(esp(0x1001, 1, 100))) // lost
	if ds := next(side.data(frame(esp(0x1001, 2, 100)))); len(ds) != 0 {
		t.Fatal("came out before the hole was given up")
	}
	next(back.packet(ip.ACK, side.seq, nil))
	if ds := next(back.packet(ip.ACK, side.seq, nil)); countMessages(ds) != 1 {
		t.Errorf("got %v", ds)
	}
}

// TestTCPResponder reads the responder's direction, which has no prefix.
func TestTCPResponder(t *testing.T) {
	for _, port := range []uint16{4500, 443} {
		side := tcpSide{src: 50000, dst: port, seq: 1000}
		back := tcpSide{src: port, dst: 50000, seq: 9000, back: true}
		s := NewSplitter(SplitOptions{})
		all := feed(s,
			side.packet(ip.SYN, 0, nil), back.packet(ip.SYN|ip.ACK, 1001, nil),
			side.data(streamPrefix), side.data(frame(marked(ike2(100)))),
			back.data(cat(frame(marked(ike2(120))), frame(esp(0x1001, 1, 60))[:10])),
			back.data(frame(esp(0x1001, 1, 60))[10:]),
			back.packet(ip.ACK, side.seq, nil))
		checkMessages(t, all, []message{{IKE, ike2(100)}, {IKE, ike2(120)}, {ESP, esp(0x1001, 1, 60)}})
		if all[0].Kind != Other || all[0].IP == nil {
			t.Error("the SYN did not come out for itself")
		}
		last := all[len(all)-2]
		if want := netipPort(port); last.Src.Port() != want || !slices.Equal(last.Frames, []int{5, 6}) {
			t.Errorf("from %v, frames %v", last.Src, last.Frames)
		}
	}
}

// TestTCPWrapped has a stream that a mirror wraps: its messages stay in that.
func TestTCPWrapped(t *testing.T) {
	vxlan := func(b []byte) []byte { return inUDP(50000, 4789, []byte{8, 0, 0, 0, 0, 0, 42, 0}, framed(b)) }
	s := NewSplitter(SplitOptions{})
	client := tcpSide{src: 40000, dst: 4500, seq: 1}
	stream, _ := streamMessages()
	p := ether(1, 0, vxlan(client.data(stream)))
	ds := s.Split(p)
	if len(ds) < 2 {
		t.Fatalf("%d datagrams", len(ds))
	}
	for i := range ds {
		d := &ds[i]
		got, err := d.Relink(p, d.IP)
		if want := framed(vxlan(d.IP)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("message %d: %v, %x, not %x", i, err, got, want)
		}
	}
}

func netipPort(p uint16) uint16 { return p }

// TestTCPOther has connections that are no IPsec: each packet comes out as it is.
func TestTCPOther(t *testing.T) {
	side := tcpSide{src: 50000, dst: 443, seq: 1000}
	tls := append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, make([]byte, 500)...)
	s := NewSplitter(SplitOptions{})
	for _, d := range feed(s, side.packet(ip.SYN, 0, nil), side.data(tls), side.data(tls)) {
		if d.Kind != Other || d.IP == nil || d.Dst.Port() != 443 {
			t.Errorf("got %v", d)
		}
	}
	if len(s.streams.streams) != 0 {
		t.Error("the connection is followed")
	}
	side = tcpSide{src: 50000, dst: 4500, seq: 1000} // TLS on 4500: searched for a while, then left alone
	r := rand.NewChaCha8([32]byte{1})
	var all []Datagram
	var packets [][]byte
	packets = append(packets, side.packet(ip.SYN, 0, nil))
	for range 600 {
		data := make([]byte, 1400)
		r.Read(data)
		packets = append(packets, side.data(data))
	}
	all = feed(s, packets...)
	if n := countMessages(all); n != 0 {
		t.Errorf("%d messages found in noise", n)
	}
	if len(all) < 200 || s.streams.bytes > 64<<10 {
		t.Errorf("%d packets came out, %d bytes held", len(all), s.streams.bytes)
	}
}

// TestTCPBounded opens many streams that wait for something.
func TestTCPBounded(t *testing.T) {
	const limit = 256 << 10
	s := NewSplitter(SplitOptions{MaxFragmentBytes: limit})
	for i := range 3000 {
		side := tcpSide{src: uint16(i), dst: 4500, seq: 1000}
		s.Split(pkt(2*i+1, time.Duration(i)*time.Millisecond, side.packet(ip.SYN, 0, nil)))
		side.seq += 5000 // never to be filled
		s.Split(pkt(2*i+2, time.Duration(i)*time.Millisecond, side.data(make([]byte, 1000))))
		if s.streams.bytes > limit {
			t.Fatalf("%d bytes held", s.streams.bytes)
		}
	}
	if s.Flush(); s.streams.bytes != 0 || s.streams.odd != 0 || len(s.streams.streams) != 0 {
		t.Errorf("%d bytes left", s.streams.bytes)
	}
}

// TestTCPNewConnection uses the same ports twice.
func TestTCPNewConnection(t *testing.T) {
	s := NewSplitter(SplitOptions{})
	one := tcpSide{src: 50000, dst: 4500, seq: 1000}
	two := tcpSide{src: 50000, dst: 4500, seq: 0x80000000}
	data := cat(streamPrefix, frame(marked(ike2(100))))
	all := feed(s, one.packet(ip.SYN, 0, nil), one.data(data), two.packet(ip.SYN, 0, nil), two.data(data))
	checkMessages(t, all, []message{{IKE, ike2(100)}, {IKE, ike2(100)}})
	three := tcpSide{src: 50000, dst: 4500, seq: 0x10000000} // its SYN was not captured
	checkMessages(t, feed(s, three.data(data)), []message{{IKE, ike2(100)}})
}

// TestTCPSmallSegments searches a long stream that comes byte by byte: the work must stay in proportion.
func TestTCPSmallSegments(t *testing.T) {
	side := tcpSide{src: 50000, dst: 4500, seq: 1}
	r := rand.NewChaCha8([32]byte{2})
	s := NewSplitter(SplitOptions{})
	start := time.Now()
	for i := range 50000 {
		b := make([]byte, 1)
		r.Read(b)
		s.Split(pkt(i+1, 0, side.data(b)))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzTCP(f *testing.F) {
	stream, _ := streamMessages()
	f.Add(cat(streamPrefix, stream), uint64(1), true)
	f.Add(stream, uint64(2), false)
	f.Add(stream[100:], uint64(3), false)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64, syn bool) {
		s := NewSplitter(SplitOptions{MaxFragmentBytes: 64 << 10})
		r := rand.New(rand.NewPCG(seed, 0))
		side := tcpSide{src: 50000, dst: 4500, seq: uint32(seed)}
		n := 0
		split := func(packet []byte) {
			n++
			for _, d := range s.Split(pkt(n, time.Duration(n)*time.Second/4, packet)) {
				checkDatagram(t, nil, &d)
			}
		}
		if syn {
			split(side.packet(ip.SYN, 0, nil))
		}
		first := side.seq
		for range 30 {
			from := r.IntN(len(data) + 1)
			side.seq = first + uint32(from)
			split(side.data(data[from:min(len(data), from+r.IntN(1400))]))
		}
		for _, d := range s.Flush() {
			checkDatagram(t, nil, &d)
		}
		if s.streams.bytes != 0 {
			t.Errorf("%d bytes left", s.streams.bytes)
		}
	})
}
