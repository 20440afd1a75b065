package capture

import (
	"github.com/ikedecode/ikedecode/internal/ip"
)

// maxNesting bounds the packets that carry one another.
const maxNesting = 8

// A Wrapping is what carries an IP packet that is not the frame's own.
type Wrapping struct {
	packet []byte // the outermost IP packet, with the one inside as it came, or its first fragment's place
	at     int    // of the one inside
	*around
}

// An around is what is around a packet.
type around struct {
	shared bool // with other packets of the tunnel: it does not change
	in     [maxNesting]Encapsulation
	ids    [maxNesting]uint32 // tunnel IDs
	known  uint8              // which of ids there are, as bits
	depth  int
	bare   bool // some of it cannot be written again
	first  [1]level
}

// Encapsulations are those around the packet, the outermost first.
func (w *Wrapping) Encapsulations() []Encapsulation {
	if w == nil {
		return nil
	}
	return w.in[:w.depth]
}

// wrappings are made some at a time: with a mirror every packet has one.
const wrappingsAtOnce = 64

// newWrapping gives d a Wrapping that was made before, of which packet is the outermost.
func (s *Splitter) newWrapping(d *Datagram, packet []byte) *Wrapping {
	if len(s.wrappings) == 0 {
		s.wrappings = make([]wrappingRoom, wrappingsAtOnce)
	}
	room := &s.wrappings[0]
	s.wrappings = s.wrappings[1:]
	s.wrapped++
	d.Wrapping = &room.Wrapping
	*d.Wrapping = Wrapping{packet: packet, around: &room.own}
	return d.Wrapping
}

// A wrappingRoom is a Wrapping with what is around its packet, where no other has the same.
type wrappingRoom struct {
	Wrapping
	own around
}

// wrap notes that d is now the packet at h.ip of pk. It fails where they are too deep inside one another.
func (s *Splitter) wrap(d *Datagram, pk *ipPacket, h *linkHeader) bool {
	w := d.Wrapping
	switch {
	case w == nil:
		w = s.newWrapping(d, pk.b)
		*w.around = around{first: [1]level{levelOf(0, pk, h)}}
	case w.depth == maxNesting:
		return false
	case w.shared:
		deeper := *w.around
		deeper.shared = false
		w.around = &deeper
	}
	w.in[w.depth] = h.in
	id, ok := pk.tunnelID(h.in)
	if w.ids[w.depth] = id; ok {
		w.known |= 1 << w.depth
	}
	w.depth++
	w.at += h.ip
	w.bare = w.bare || h.bare
	return true
}

// rewrap notes that what d's wrapping carries was put together from fragments.
func (s *Splitter) rewrap(d *Datagram, whole []byte) {
	if w := d.Wrapping; w != nil && !w.bare {
		list := w.levels()
		w.packet = append(w.appendHeaders(nil, list, whole), whole...)
	}
}

// unwrap goes from a packet into what it carries, as far as that goes without reassembly, and reports whether it went anywhere. What is
// not read is counted.
func (s *Splitter) unwrap(d *Datagram, pk *ipPacket) (deeper bool) {
	for pk.mayCarry() {
		h := pk.inside()
		if h.ip < 0 {
			if h.unread {
				s.unread.add(unreadKey{in: h.in}, d.Frame)
			}
			break
		}
		in, ok := parseIP(pk.b[h.ip:], pk.missing)
		if !ok || !s.wrap(d, pk, &h) {
			s.unread.add(unreadKey{in: h.in}, d.Frame)
			break
		}
		s.carried[h.in]++
		*pk, deeper = in, true
	}
	return deeper
}

// innermost is what a packet carries, as far as that goes without reassembly.
func (pk *ipPacket) innermost() ipPacket {
	in := *pk
	for range maxNesting {
		if !in.mayCarry() {
			break
		}
		h := in.inside()
		if h.ip < 0 {
			break
		}
		deeper, ok := parseIP(in.b[h.ip:], in.missing)
		if !ok {
			break
		}
		in = deeper
	}
	return in
}

// A level is one of the packets around another one.
type level struct {
	at     int        // in the outermost
	proto  uint8      // of the packet
	base   int        // as ip.Header.Base
	len    int        // as ip.Header.Len
	header linkHeader // behind it
}

func levelOf(at int, pk *ipPacket, h *linkHeader) level {
	return level{at: at, proto: pk.Proto, base: pk.Base, len: pk.Len, header: *h}
}

// levels finds the packets around again; none where one of them cannot be written again.
func (w *Wrapping) levels() (list []level) {
	if w.bare {
		return nil
	}
	if w.depth == 1 && w.at == w.first[0].header.ip {
		return w.first[:]
	}
	at := 0
	for at < w.at {
		pk, ok := parseIP(w.packet[at:], 0)
		if !ok {
			return nil
		}
		h := pk.inside()
		if h.ip <= 0 {
			return nil
		}
		list = append(list, levelOf(at, &pk, &h))
		at += h.ip
	}
	if at > w.at {
		return nil
	}
	return list
}

// size is how many bytes the headers around packet have, by their levels.
func (w *Wrapping) size(list []level, packet []byte) int {
	if len(list) == 0 {
		return 0
	}
	last := &list[len(list)-1]
	return last.at + last.header.end(ipVersionAt(w.packet, w.at) != ip.Version(packet))
}

// appendHeaders appends what carries packet, by its levels, with lengths and checksums that are right for it. That is nothing where what is
// before a packet cannot be written again.
func (w *Wrapping) appendHeaders(dst []byte, list []level, packet []byte) []byte {
	start, n := len(dst), w.size(list, packet)
	if n == 0 {
		return dst
	}
	was, version := ipVersionAt(w.packet, w.at), ip.Version(packet)
	dst = append(dst, w.packet[:n]...)
	total := n + len(packet)
	if w.summed(list) { // checksums are over all of it
		dst = append(dst, packet...)
	}
	out, end := dst[start:], n // of the header that is set
	for i := len(list) - 1; i >= 0; i-- {
		l := &list[i]
		l.header.fit(out[l.at:end], was, version, total-end, LinkRaw)
		l.fit(out[l.at:], total-l.at)
		end, was, version = l.at, 0, 0 // the ones around stay what they are
	}
	return dst[:start+n]
}

// summed reports whether a checksum around covers what is inside.
func (w *Wrapping) summed(list []level) bool {
	for i := range list {
		l := &list[i]
		if l.header.sum > 0 || l.proto == ip.ProtoUDP && ip.HasUDPChecksum(w.packet[l.at:], l.len) {
			return true
		}
	}
	return false
}

// fit sets the lengths and checksums of a packet of so many bytes that carries another one. A checksum of UDP that is not there stays away.
func (l *level) fit(packet []byte, size int) {
	if h := &l.header; h.sum > 0 {
		packet[h.sum], packet[h.sum+1] = 0, 0
		sum := ip.Checksum(packet[h.gre:])
		packet[h.sum], packet[h.sum+1] = byte(sum>>8), byte(sum)
	}
	if l.proto == ip.ProtoUDP {
		ip.SetUDPLength(packet, l.len, size-l.len)
	}
	ip.SetLength(packet, l.base, size)
}
