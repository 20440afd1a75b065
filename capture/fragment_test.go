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

// fragments4 cuts an IPv4 packet into fragments with size bytes each (a multiple of 8).
func fragments4(packet []byte, size int, id uint16) [][]byte {
	hdr := int(packet[0]&15) * 4
	var out [][]byte
	for off := 0; off < len(packet)-hdr; off += size {
		end := min(off+size, len(packet)-hdr)
		f := cat(packet[:hdr], packet[hdr+off:hdr+end])
		binary.BigEndian.PutUint16(f[4:], id)
		field := uint16(off / 8)
		if end < len(packet)-hdr {
			field |= 0x2000
		}
		binary.BigEndian.PutUint16(f[6:], field)
		ip.SetLength(f, hdr, len(f))
		out = append(out, f)
	}
	return out
}

// fragments6 does so for an IPv6 packet without extension headers.
func fragments6(packet []byte, size int, id uint32) [][]byte {
	var out [][]byte
	body := packet[ip.IPv6Len:]
	for off := 0; off < len(body); off += size {
		end := min(off+size, len(body))
		h := make([]byte, 8)
		h[0] = packet[6]
		field := uint16(off)
		if end < len(body) {
			field |= 1
		}
		binary.BigEndian.PutUint16(h[2:], field)
		binary.BigEndian.PutUint32(h[4:], id)
		f := cat(packet[:ip.IPv6Len], h, body[off:end])
		f[6] = ip.ProtoFragment
		ip.SetLength(f, ip.IPv6Len, len(f))
		out = append(out, f)
	}
	return out
}

// feed splits IP packets one after the other, 100 ms apart.
func feed(s *Splitter, packets ...[]byte) []Datagram {
	var all []Datagram
	for i, packet := range packets {
		all = append(all, s.Split(pkt(i+1, time.Duration(i)*100*time.Millisecond, packet))...)
	}
	return all
}

func TestFragments(t *testing.T) {
	msg := ike(2000)
	v4 := ip4(ip.ProtoUDP, udp(500, 500, msg))
	withOptions := ip4(ip.ProtoUDP, udp(500, 500, msg), 1, 1, 1, 0)
	v6 := checksummed(ip6(ip.ProtoUDP, udp(500, 500, msg)), ip.IPv6Len)
	for name, c := range map[string]struct {
		whole []byte
		parts [][]byte
	}{
		"IPv4":              {v4, fragments4(v4, 800, 7)},
		"IPv4 with options": {withOptions, fragments4(withOptions, 800, 7)},
		"IPv4, many":        {v4, fragments4(v4, 8, 7)},
		"IPv6":              {v6, fragments6(v6, 800, 7)},
		"IPv6, many":        {v6, fragments6(v6, 8, 7)},
	} {
		c.whole = bytes.Clone(c.whole)
		if c.whole[0]>>4 == 4 {
			binary.BigEndian.PutUint16(c.whole[4:], 7)
			ip.SetLength(c.whole, int(c.whole[0]&15)*4, len(c.whole))
		}
		reversed := slices.Clone(c.parts)
		slices.Reverse(reversed)
		shuffled := slices.Clone(c.parts)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		twice := append(slices.Clone(reversed[:len(reversed)-1]), reversed...)
		for order, parts := range map[string][][]byte{"in order": c.parts, "last first": reversed, "shuffled": shuffled, "twice": twice} {
			t.Run(name+" "+order, func(t *testing.T) {
				s := NewSplitter(SplitOptions{FragmentTimeout: time.Hour})
				all := feed(s, parts...)
				if len(all) != 1 {
					t.Fatalf("%d datagrams", len(all))
				}
				d := all[0]
				if d.Kind != IKE || !bytes.Equal(d.Payload, msg) || d.Frame != len(parts) || len(d.Frames) != len(parts) || d.Repeat {
					t.Errorf("got %v, frames %v", d.Kind, d.Frames)
				}
				if !bytes.Equal(d.IP, c.whole) {
					t.Errorf("packet:\n got %x\nwant %x", d.IP[:60], c.whole[:60])
				}
				if s.Flush(); s.IncompleteCount() != 0 || s.fragments.bytes != 0 {
					t.Errorf("incomplete: %v, %d bytes left", s.Incomplete(), s.fragments.bytes)
				}
			})
		}
	}
}

// TestFragmentsInterleaved puts several datagrams of one pair of hosts together at once.
// TestFragmentsMisfit has fragments that cannot be of the datagram: behind its end, or a last one that ends before another does.
func TestFragmentsMisfit(t *testing.T) {
	part := func(off, n int, more byte) []byte {
		f := ip4(ip.ProtoUDP, make([]byte, n))
		f[6], f[7] = more, byte(off/8)
		ip.SetLength(f, 20, len(f))
		return f
	}
	first, last := part(0, 32, 0x20), part(32, 32, 0)
	for name, in := range map[string][][]byte{
		"behind the end":    {last, part(128, 8, 0x20), first},
		"an earlier end":    {part(32, 16, 0x20), part(8, 8, 0), part(48, 16, 0), first},
		"nothing of either": {first, last},
	} {
		if ds := feed(NewSplitter(SplitOptions{}), in...); len(ds) != 1 || len(ds[0].IP) != 20+64 {
			t.Errorf("%s: %d datagrams", name, len(ds))
		}
	}
}

// TestFragmentsLongest has the longest payload that an IP packet can have, and one that is a byte longer, which no host may make of its
// fragments ("ping of death").
func TestFragmentsLongest(t *testing.T) {
	for _, n := range []int{65535, 65536} {
		var fragments [][]byte
		for off := 0; off < n; off += 32768 {
			f := ip4(ip.ProtoUDP, make([]byte, min(32768, n-off)))
			f[6], f[7] = byte(off/8>>8), byte(off/8)
			if off+32768 < n {
				f[6] |= 0x20
			}
			ip.SetLength(f, 20, len(f))
			fragments = append(fragments, f)
		}
		s := NewSplitter(SplitOptions{})
		ds := feed(s, fragments...)
		s.Flush()
		if whole := n == 65535; whole != (len(ds) == 1) || whole && len(ds[0].IP) != 20+n || whole == (s.IncompleteCount() > 0) {
			t.Errorf("%d bytes: %d datagrams, %d incomplete", n, len(ds), s.IncompleteCount())
		}
	}
}

func TestFragmentsInterleaved(t *testing.T) {
	var packets [][]byte
	for id := range uint16(5) {
		packets = append(packets, fragments4(ip4(ip.ProtoESP, esp(0x1001, uint32(id), 1000)), 400, id)...)
	}
	slices.SortStableFunc(packets, func(a, b []byte) int {
		return int(binary.BigEndian.Uint16(a[6:])&0x1fff) - int(binary.BigEndian.Uint16(b[6:])&0x1fff)
	})
	s := NewSplitter(SplitOptions{})
	all := feed(s, packets...)
	if len(all) != 5 {
		t.Fatalf("%d datagrams", len(all))
	}
	for i, d := range all {
		if d.Kind != ESP || !bytes.Equal(d.Payload, esp(0x1001, uint32(i), 1000)) {
			t.Errorf("datagram %d: %v", i, d.Kind)
		}
	}
}

// TestFragmentsMirrored shows every packet twice: pairwise, and the whole datagram again.
func TestFragmentsMirrored(t *testing.T) {
	parts := fragments4(ip4(ip.ProtoESP, esp(0x1001, 1, 1000)), 400, 7)
	for name, order := range map[string][]int{"each": {0, 0, 1, 1, 2, 2}, "all": {0, 1, 2, 0, 1, 2}, "one": {0, 1, 1, 2}} {
		t.Run(name, func(t *testing.T) {
			s := NewSplitter(SplitOptions{})
			var all []Datagram
			for i, n := range order {
				all = append(all, s.Split(pkt(i+1, time.Duration(i)*time.Millisecond, parts[n]))...)
			}
			s.Flush()
			want := len(order) / 3
			if len(all) != want || all[0].Repeat || want == 2 && !all[1].Repeat || s.IncompleteCount() != 0 {
				t.Errorf("got %d datagrams, incomplete %v", len(all), s.Incomplete())
			}
		})
	}
}

// TestFragmentsOverlap has fragments that overlap: the first ones count.
func TestFragmentsOverlap(t *testing.T) {
	packet := ip4(ip.ProtoESP, esp(0x1001, 1, 1000))
	at := func(off, end int, fill byte) []byte {
		f := cat(packet[:20], packet[20+off:20+end])
		if fill != 0 {
			copy(f[20:], bytes.Repeat([]byte{fill}, end-off))
		}
		field := uint16(off / 8)
		if end < 1000 {
			field |= 0x2000
		}
		binary.BigEndian.PutUint16(f[6:], field)
		ip.SetLength(f, 20, len(f))
		return f
	}
	s := NewSplitter(SplitOptions{})
	all := feed(s, at(400, 600, 0), at(0, 304, 0), at(200, 800, 0)[:20+600], at(0, 904, 0xee), at(800, 1000, 0))
	if len(all) != 1 {
		t.Fatalf("%d datagrams, %v", len(all), s.Incomplete())
	}
	want := esp(0x1001, 1, 1000)
	copy(want[800:904], bytes.Repeat([]byte{0xee}, 104))
	if !bytes.Equal(all[0].Payload, want) {
		t.Error("bytes of a later fragment replaced those of an earlier one")
	}
}

func TestFragmentsIncomplete(t *testing.T) {
	parts := fragments4(ip4(ip.ProtoUDP, udp(500, 500, ike(1992))), 800, 7)
	for _, c := range []struct {
		drop, have, want int
	}{{0, 1200, 2000}, {1, 1200, 2000}, {2, 1600, 0}} {
		t.Run(fmt.Sprint(c.drop), func(t *testing.T) {
			s := NewSplitter(SplitOptions{})
			if all := feed(s, slices.Delete(slices.Clone(parts), c.drop, c.drop+1)...); len(all) != 0 {
				t.Fatalf("%d datagrams", len(all))
			}
			s.Flush()
			got := s.Incomplete()
			if len(got) != 1 || got[0].Have != c.have || got[0].Want != c.want || got[0].Protocol != ip.ProtoUDP ||
				got[0].Src != gwA4 || !slices.Equal(got[0].Frames, []int{1, 2}) {
				t.Errorf("got %+v", got)
			}
			front, kind := []int{0, 820, 1620}[c.drop], []Kind{Other, IKE, IKE}[c.drop]
			if len(got[0].Front) != front || got[0].Kind != kind || !got[0].MayBeIPsec() {
				t.Errorf("front of %d bytes holds %v", len(got[0].Front), got[0].Kind)
			}
		})
	}
}

// TestFragmentsTimeout lets a set wait too long: what comes then begins another.
func TestFragmentsTimeout(t *testing.T) {
	parts := fragments4(ip4(ip.ProtoESP, esp(0x1001, 1, 1000)), 504, 7)
	s := NewSplitter(SplitOptions{FragmentTimeout: time.Second})
	s.Split(pkt(1, 0, parts[0]))
	if all := s.Split(pkt(2, 2*time.Second, parts[1])); len(all) != 0 {
		t.Error("a set that had timed out was completed")
	}
	if s.IncompleteCount() != 1 {
		t.Error(s.Incomplete())
	}
	if all := s.Split(pkt(3, 2500*time.Millisecond, parts[0])); len(all) != 1 || !slices.Equal(all[0].Frames, []int{2, 3}) {
		t.Errorf("got %v", all)
	}
}

// TestFragmentsBounded sends fragments that never complete: the oldest go, the memory stays.
func TestFragmentsBounded(t *testing.T) {
	const limit = 64 << 10
	s := NewSplitter(SplitOptions{MaxFragmentBytes: limit})
	for i := range 5000 {
		s.Split(pkt(i+1, time.Duration(i)*time.Microsecond, fragments4(ip4(ip.ProtoESP, esp(0x1001, 1, 1000)), 504, uint16(i))[0]))
		if s.fragments.bytes > limit {
			t.Fatalf("%d bytes held", s.fragments.bytes)
		}
	}
	if n := s.IncompleteCount(); n < 4800 || len(s.Incomplete()) != maxIncomplete {
		t.Errorf("%d given up, %d named", n, len(s.Incomplete()))
	}
	last := fragments4(ip4(ip.ProtoESP, esp(0x1001, 1, 1000)), 504, 4999)[1]
	if all := s.Split(pkt(5001, time.Second, last)); len(all) != 1 {
		t.Error("the newest set was given up")
	}
}

// TestFragmentsHostile has sets that cannot be.
func TestFragmentsHostile(t *testing.T) {
	packet := ip4(ip.ProtoESP, esp(0x1001, 1, 1000))
	f := func(off int, more bool, n int) []byte {
		b := bytes.Clone(packet[:20+n])
		field := uint16(off / 8)
		if more {
			field |= 0x2000
		}
		binary.BigEndian.PutUint16(b[6:], field)
		ip.SetLength(b, 20, len(b))
		return b
	}
	for name, parts := range map[string][][]byte{
		"longer than 65535":      {f(0, true, 1000), f(65528, false, 1000)},
		"two ends":               {f(800, false, 200), f(400, false, 104), f(0, true, 400)},
		"beyond the end":         {f(800, false, 200), f(2000, true, 200), f(0, true, 400)},
		"end before what is had": {f(800, true, 200), f(400, false, 104), f(0, true, 400)},
		"empty":                  {f(0, true, 0), f(0, false, 0)[:20]},
	} {
		s := NewSplitter(SplitOptions{})
		for _, d := range feed(s, parts...) {
			if d.Kind == ESP && name != "empty" {
				t.Errorf("%s: %d bytes came out", name, len(d.IP))
			}
		}
		s.Flush()
	}
}

// TestFragmentCut has a fragment that the snap length cut.
func TestFragmentCut(t *testing.T) {
	parts := fragments4(ip4(ip.ProtoESP, esp(0x1001, 1, 1000)), 504, 7)
	s := NewSplitter(SplitOptions{})
	for i, f := range parts {
		p := pkt(i+1, 0, f)
		p.Data = f[:200]
		if ds := s.Split(p); len(ds) != 0 {
			t.Error("completed")
		}
	}
	if s.Flush(); s.IncompleteCount() != 1 || !s.Incomplete()[0].Cut {
		t.Error(s.Incomplete())
	}
}

// A fragment that comes again after its datagram was complete makes no incomplete set; a whole datagram that comes again comes
// again. The same identification with other bytes is another datagram.
func TestFragmentsAgain(t *testing.T) {
	first := fragments4(ip4(ip.ProtoESP, esp(0x1001, 1, 1000)), 800, 7)
	other := fragments4(ip4(ip.ProtoESP, esp(0x1001, 2, 1000)), 800, 7)
	v6 := fragments6(ip6(ip.ProtoESP, esp(0x1001, 3, 1000)), 800, 9)
	for name, c := range map[string]struct {
		packets           [][]byte
		whole, incomplete int
	}{
		"the first again":                   {[][]byte{first[0], first[1], first[0]}, 1, 0},
		"the last again, twice":             {[][]byte{first[0], first[1], first[1], first[1]}, 1, 0},
		"the first again, IPv6":             {[][]byte{v6[0], v6[1], v6[0]}, 1, 0},
		"both again":                        {[][]byte{first[0], first[1], first[0], first[1]}, 2, 0},
		"another datagram":                  {[][]byte{first[0], first[1], first[0], other[0], other[1]}, 2, 0},
		"half of another datagram":          {[][]byte{first[0], first[1], other[0]}, 1, 1},
		"half of another one, then a first": {[][]byte{first[0], first[1], first[0], other[1]}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSplitter(SplitOptions{})
			whole := feed(s, c.packets...)
			s.Flush()
			if len(whole) != c.whole || s.IncompleteCount() != c.incomplete || s.fragments.bytes != 0 {
				t.Errorf("%d whole, %v incomplete, %d bytes left", len(whole), s.Incomplete(), s.fragments.bytes)
			}
		})
	}
}

// What is remembered of complete datagrams is bounded, and forgotten after the timeout.
func TestFragmentMemory(t *testing.T) {
	m := newFragmentMemory(time.Second)
	start := time.Unix(1000, 0)
	for i := range uint64(3 * maxKnown) {
		m.add([]uint64{i, i % 5}, start)
	}
	if len(m.ring) != maxKnown || len(m.times) > maxKnown {
		t.Errorf("%d fragments in the ring, %d in the map", len(m.ring), len(m.times))
	}
	const last = 3*maxKnown - 1
	if !m.seen(last, start.Add(time.Second)) || m.seen(last, start.Add(2*time.Second)) || m.seen(100, start) {
		t.Error("the last one is forgotten too early or too late, or the first one never")
	}
}
