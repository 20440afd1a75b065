package capture

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// step is the n-th message of an exchange of IKEv2, of either side.
func step(id uint32, response bool) []byte {
	b := ike2(80)
	b[18] = 35 // IKE_AUTH
	if response {
		b[19] = 0x20
	}
	binary.BigEndian.PutUint32(b[20:], id)
	return b
}

// fromPeer swaps the addresses of an IPv4 packet.
func fromPeer(packet []byte) []byte {
	p := slices.Clone(packet)
	copy(p[12:16], packet[16:20])
	copy(p[16:20], packet[12:16])
	return p
}

// There are two places where files have the same packets at other times, but for a message that was sent again; a clock that differs is corrected.
func TestTwoPlaces(t *testing.T) {
	at := func(ms int, packet []byte) *Packet { return pkt(0, time.Duration(ms)*time.Millisecond, packet) }
	request := func(id uint32) []byte { return ip4(17, udp(500, 500, step(id, false))) }
	response := func(id uint32) []byte { return fromPeer(ip4(17, udp(500, 500, step(id, true)))) }
	esps := func(ms int) (list []*Packet) {
		for i := range 4 {
			list = append(list, at(ms+10*i, ip4(50, esp(0x1234, uint32(i+1), 60))))
		}
		return list
	}
	session := []*Packet{at(0, request(0)), at(10, response(0)), at(20, request(1)), at(30, response(1))}
	later := func(ps []*Packet, there, back time.Duration) (list []*Packet) {
		for i, p := range ps {
			q := *p
			if q.Time = p.Time.Add(there); i%2 == 1 {
				q.Time = p.Time.Add(back)
			}
			list = append(list, &q)
		}
		return list
	}
	var started []*Packet
	for i := range 3 {
		b := step(0, false)
		b[0] = byte(i)
		started = append(started, at(i, ip4(17, udp(500, 500, b))))
	}
	peers := fromPeer(ip4(17, udp(500, 500, step(0, false))))
	natted := later(session, 5*time.Second, 5*time.Second)
	for _, p := range natted {
		p.Data = slices.Clone(p.Data)
		p.Data[15]++ // of the source address
	}
	for _, c := range []struct {
		name          string
		first, second []*Packet
		places        bool
		skew          time.Duration
	}{
		{"one clock", session, later(session, 100*time.Microsecond, -100*time.Microsecond), false, 0},
		{"far away", session, later(session, 80*time.Millisecond, -80*time.Millisecond), true, 0},
		{"ahead", session, later(session, 3*time.Second, 3*time.Second), true, 3 * time.Second},
		{"ahead and far away", session, later(session, 3100*time.Millisecond, 2900*time.Millisecond), true, 3 * time.Second},
		{"behind by years", session, later(session, -200000*time.Hour, -200000*time.Hour), true, -200000 * time.Hour},
		{"behind a NAT", session, natted, true, 5 * time.Second},
		{"ESP alone", esps(0), later(esps(0), 2*time.Second, 2*time.Second), true, 2 * time.Second},
		{"of the second one a part", session, append(later(session[1:], time.Minute, time.Minute), esps(70000)...), true, time.Minute},
		{"an exchange retransmitted in the next file", session, []*Packet{at(4020, request(1)), at(4030, response(1)), at(4040, request(2))}, false, 0},
		{"a request and a response retransmitted in the next file", append(slices.Clip(session), at(40, peers)), []*Packet{at(4030, response(1)), at(4040, peers), at(4050, request(2))}, false, 0},
		{"requests retransmitted in the other file", []*Packet{at(0, request(0)), at(4010, response(0)), at(8000, request(1)), at(12010, response(1)), at(16000, request(2))},
			[]*Packet{at(4000, request(0)), at(12000, request(1)), at(20000, request(2))}, false, 0},
		{"one request retransmitted", session[:3], []*Packet{at(2020, request(1)), at(6020, request(1)), at(6030, response(1))}, false, 0},
		{"first messages of three retransmitted in the next file", started, later(started, 4*time.Second, 4*time.Second), false, 0},
		{"other packets", session, esps(50), false, 0},
	} {
		a := fileOf(t, "a.pcap", pcapOf(binary.LittleEndian, magicMicro, LinkRaw, c.first...))
		b := fileOf(t, "b.pcap", pcapOf(binary.LittleEndian, magicMicro, LinkRaw, c.second...))
		src, err := Open([]string{a, b}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var skew time.Duration
		for _, k := range src.Skews() {
			if k.File != 1 {
				t.Errorf("%s: skew of file %d", c.name, k.File)
			}
			skew = k.Ahead
		}
		if src.TwoPlaces() != c.places || skew != c.skew {
			t.Errorf("%s: two places %v, skew %v; want %v, %v", c.name, src.TwoPlaces(), skew, c.places, c.skew)
		}
		for _, p := range drain(t, src) {
			if p.File == 1 && !p.Time.Equal(c.second[p.FileFrame-1].Time.Add(-c.skew)) {
				t.Errorf("%s: frame %d of the second file at %v", c.name, p.FileFrame, p.Time)
			}
		}
		src.Close()
	}
}

// The files of a directory are of one ring, or an archive: they are read alike whether the others are there or not.
func TestTwoPlacesFound(t *testing.T) {
	at := func(ms int) (list []*Packet) {
		for i := range 4 {
			list = append(list, pkt(0, time.Duration(ms)*time.Millisecond, ip4(50, esp(0x1234, uint32(i+1), 60))))
		}
		return list
	}
	a, b := pcapOf(binary.LittleEndian, magicMicro, LinkRaw, at(0)...), pcapOf(binary.LittleEndian, magicMicro, LinkRaw, at(5000)...)
	dir := tree(t, map[string][]byte{"a.pcap": a, "b.pcap": b})
	for _, name := range []string{dir, filepath.Join(dir, "*.pcap")} {
		src, err := Open([]string{name}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if src.TwoPlaces() {
			t.Errorf("%s: two places", name)
		}
		src.Close()
	}
	src, err := Open([]string{filepath.Join(dir, "a.pcap"), filepath.Join(dir, "b.pcap")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if !src.TwoPlaces() {
		t.Error("given by name: one place")
	}
}

// Of two places, what another file has within a second is the same packet; what its own file has again so much later was sent again.
func TestRepeatElsewhere(t *testing.T) {
	packet := ip4(17, udp(500, 500, ike(100)))
	for _, c := range []struct {
		places            bool
		file              int
		after             time.Duration
		repeat, elsewhere bool
	}{
		{true, 0, time.Millisecond, true, false}, {true, 1, time.Millisecond, true, true}, {true, 0, 300 * time.Millisecond, false, false},
		{true, 1, 300 * time.Millisecond, true, true}, {true, 1, 2 * time.Second, false, false}, {false, 1, 300 * time.Millisecond, false, false},
	} {
		s := NewSplitter(SplitOptions{TwoPlaces: c.places})
		s.Split(pkt(1, 0, packet))
		p := pkt(2, c.after, packet)
		p.File = c.file
		if d := s.Split(p)[0]; d.Repeat != c.repeat || d.Elsewhere != c.elsewhere {
			t.Errorf("%+v: repeat %v, elsewhere %v", c, d.Repeat, d.Elsewhere)
		}
	}
}
