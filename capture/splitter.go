package capture

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A Splitter turns packets into datagrams. It learns IKE peers and their ports. It is for one pass, by one goroutine.
type Splitter struct {
	// KnownSPI, if set, says whether an ESP SA with that SPI and destination is known: ESP in UDP on any port.
	KnownSPI func(spi uint32, dst netip.Addr) bool

	// KnownTCP, if set, says whether a TCP connection is known to carry IPsec (RFC 9329), on whatever ports and though its start is not in the capture.
	KnownTCP func(src, dst netip.AddrPort) bool

	// Skip, if set, is asked for each packet that is not a fragment, by the protocol and payload of IP, of the innermost IP packet: true
	// leaves it out.
	Skip func(proto uint8, payload []byte) bool

	fragments  *defragmenter
	streams    *tcpStreams
	repeats    *repeats
	peers      peers
	incomplete []Incomplete
	lost       int
	wrappings  []wrappingRoom // not used yet
	wrapped    int            // how many were used
	vxlan      *around        // of the last packet that plainVXLAN took
	carried    [encapsulations]int
	unread     unreadCounts
	panics     int
}

// SplitOptions bound what a Splitter keeps. Zero means the default.
type SplitOptions struct {
	MaxFragmentBytes int           // memory for reassembly of IP, and as much again for TCP; 16 MiB
	FragmentTimeout  time.Duration // in capture time; 30 s
	RepeatWindow     time.Duration // in capture time, in which the same packet again is a Repeat; 20 ms
	TwoPlaces        bool          // another file has it within a second: see Source.TwoPlaces
}

// maxIncomplete bounds the list of what stayed incomplete; more is only counted.
const maxIncomplete = 1000

func NewSplitter(opt SplitOptions) *Splitter {
	s := &Splitter{repeats: newRepeats(opt), peers: peers{}, unread: unreadCounts{}}
	s.fragments = newDefragmenter(opt.MaxFragmentBytes, opt.FragmentTimeout, s.lose)
	s.streams = newTCPStreams(opt.MaxFragmentBytes, s.lose)
	return s
}

// Split returns the datagrams that p completes: none for a fragment that waits, several for a TCP segment.
// A packet that is no IP at all gives one Datagram of kind Other with IP nil.
func (s *Splitter) Split(p *Packet) []Datagram {
	return s.AppendSplit(nil, p)
}

// Datagrams are those of the packets of a Batch. Their buffers are used again.
type Datagrams struct {
	List      []Datagram
	Counts    []int // how many each packet completes
	wrappings []wrappingRoom
}

// SplitBatch splits the packets of b. What the Datagrams had is gone.
func (s *Splitter) SplitBatch(ds *Datagrams, b *Batch) {
	ds.List, ds.Counts = ds.List[:0], ds.Counts[:0]
	s.wrappings, s.wrapped = ds.wrappings, 0
	for i := range b.Packets {
		had := len(ds.List)
		ds.List = s.AppendSplit(ds.List, &b.Packets[i])
		ds.Counts = append(ds.Counts, len(ds.List)-had)
	}
	if s.wrapped > len(ds.wrappings) {
		ds.wrappings = make([]wrappingRoom, s.wrapped+s.wrapped/4)
	}
	s.wrappings = nil
}

// AppendSplit is Split that appends to dst, for passes that use one slice again and again. The datagrams are slices of
// p.Data unless they were reassembled; nothing else of p is kept.
func (s *Splitter) AppendSplit(dst []Datagram, p *Packet) []Datagram {
	n := len(dst)
	dst = append(dst, Datagram{Frame: p.Number, Time: p.Time})
	d := &dst[n]
	at := etherHeaderLen
	if !plainEthernet(p.Link, p.Data) {
		if at = s.findIP(p); at < 0 {
			return dst
		}
	}
	pk, ok := s.plainVXLAN(d, p.Data[at:])
	if !ok {
		if pk, ok = parseIP(p.Data[at:], p.OrigLen-len(p.Data)); !ok {
			return dst
		}
	}
	copies, elsewhere, done := s.resolve(d, &pk, p)
	if done {
		return dst[:n]
	}
	d.Repeat, d.Elsewhere = copies > 0, elsewhere
	d.IP, d.HeaderLen, d.Cut = pk.b, pk.Len, pk.missing > 0
	d.Src, d.Dst = netip.AddrPortFrom(pk.Src, 0), netip.AddrPortFrom(pk.Dst, 0)
	if pk.Proto == ip.ProtoTCP {
		s.streams.known = s.KnownTCP
		return s.streams.split(dst[:n], *d, &pk)
	}
	s.splitProto(d, &pk)
	return dst
}

// findIP is where in a frame the IP packet is, -1 if there is none. What is not read is counted.
func (s *Splitter) findIP(p *Packet) int {
	h := parseLink(p.Link, p.Data)
	if h.unread {
		s.unread.add(unreadKey{p.Link, h.in}, p.Number)
	}
	if h.panicked {
		s.panics++
	}
	return h.ip
}

// resolve goes from the packet of a frame to the one that counts: put together from its fragments, and taken out of what carries it. copies
// is how often it was seen just before, elsewhere that another file had it first. It is done where that one waits for more fragments, or is skipped.
func (s *Splitter) resolve(d *Datagram, pk *ipPacket, p *Packet) (copies int, elsewhere, done bool) {
	for whole := false; ; whole = true {
		deeper := s.unwrap(d, pk)
		if whole && !deeper {
			return copies, elsewhere, false
		}
		if s.Skip != nil && !pk.Fragment && s.Skip(pk.Proto, pk.payload()) {
			return 0, false, true
		}
		copies, elsewhere = s.repeats.seen(pk, p.Time, p.File)
		if !pk.Fragment {
			return copies, elsewhere, false
		}
		packet, frames := s.fragments.add(pk, p, copies)
		if packet == nil {
			return 0, false, true
		}
		d.Frames = frames
		s.rewrap(d, packet)
		var ok bool
		if *pk, ok = parseIP(packet, 0); !ok {
			return 0, false, true
		}
	}
}

// splitProto finds out what an IP packet holds.
func (s *Splitter) splitProto(d *Datagram, pk *ipPacket) {
	payload := pk.payload()
	switch pk.Proto {
	case ip.ProtoUDP:
		s.splitUDP(d, pk)
	case ip.ProtoESP:
		d.set(ESP, payload)
	case protoWESP:
		s.splitWESP(d, payload)
	case ip.ProtoAH:
		d.set(AH, payload)
	case ip.ProtoIPComp:
		d.set(IPComp, payload)
	case ip.ProtoICMP, ip.ProtoICMPv6:
		if m, ok := ip.ParseICMP(payload); ok && (pk.Proto == ip.ProtoICMPv6) == (pk.Version == 6) && m.IsError(pk.Version) {
			d.set(ICMPError, payload)
		}
	}
}

// Flush ends all that waits; Incomplete names it. The datagrams returned are those of TCP streams that waited for a lost
// segment before them.
func (s *Splitter) Flush() []Datagram {
	s.fragments.flush()
	return s.streams.flush(nil)
}

// Incomplete are fragment sets (and TCP streams) that stayed incomplete, the first thousand of them.
func (s *Splitter) Incomplete() []Incomplete { return slices.Clone(s.incomplete) }

// IncompleteCount is the number of them all.
func (s *Splitter) IncompleteCount() int { return s.lost }

// Unread are the packets that are not looked into, by why, the most first.
func (s *Splitter) Unread() []Unread { return s.unread.list() }

// LaterFragments reports whether a fragment of IP came that is not the first of its datagram. A filter by port lets none through.
func (s *Splitter) LaterFragments() bool { return s.fragments.later }

// UnreadCount is how many packets Unread counts, all together.
func (s *Splitter) UnreadCount() (n int) {
	for _, u := range s.unread {
		n += u.Packets
	}
	return n
}

// Carried counts the packets that were taken out of others, by encapsulation.
func (s *Splitter) Carried() map[Encapsulation]int {
	m := make(map[Encapsulation]int)
	for e, n := range s.carried {
		if n > 0 {
			m[Encapsulation(e)] = n
		}
	}
	return m
}

// DecoderPanics is how many of them made gopacket's decoder panic.
func (s *Splitter) DecoderPanics() int { return s.panics }

func (s *Splitter) lose(i Incomplete) {
	s.lost++
	if len(s.incomplete) >= maxIncomplete {
		return
	}
	if pk, ok := parseIP(i.Front, 0); ok {
		pk = pk.innermost()
		d := Datagram{IP: pk.b}
		s.splitProto(&d, &pk)
		i.Kind = d.Kind
	}
	s.incomplete = append(s.incomplete, i)
}

// splitUDP finds out what a UDP datagram holds (RFC 3948, 2).
func (s *Splitter) splitUDP(d *Datagram, pk *ipPacket) {
	udp := pk.payload()
	h, ok := ip.ParseUDP(udp)
	if !ok {
		return
	}
	d.UDP = true
	d.Src, d.Dst = netip.AddrPortFrom(pk.Src, h.Src), netip.AddrPortFrom(pk.Dst, h.Dst)
	payload, size := udp[ip.UDPLen:], h.Length-ip.UDPLen
	switch {
	case size == -ip.UDPLen: // longer than the field can say
		size = len(payload) + pk.missing
	case size < 0:
		return
	case size > len(payload):
		d.Cut = true
	default:
		payload = payload[:size]
		d.Cut = false // what the snap length took was behind it
	}
	switch {
	case h.Src == PortNATT || h.Dst == PortNATT:
		d.splitNATT(payload, size)
	case h.Src == PortIKE || h.Dst == PortIKE:
		d.splitPort500(payload, size)
	default:
		s.splitOther(d, payload, size)
	}
	if d.Kind == IKE {
		d.Hops = ip.HopLimit(pk.b)
	}
}

// splitOther looks for IPsec on the other ports: IKE by its header, ESP where an IKE peer uses the same ports, or where
// its SPI is known.
func (s *Splitter) splitOther(d *Datagram, payload []byte, size int) {
	switch {
	case hasMarker(payload) && ikeFits(payload[markerLen:], size-markerLen):
		d.setMarked(payload)
		d.OddPort = true
		s.peers.learn(d.Src, d.Dst)
	case ikeFits(payload, size):
		d.set(IKE, payload)
		d.OddPort = true
	case s.peers.known(d.Src, d.Dst):
		d.splitNATT(payload, size)
		d.OddPort = d.Kind == IKE
	case len(payload) >= 8 && s.KnownSPI != nil:
		if spi := binary.BigEndian.Uint32(payload); spi >= firstSPI && s.KnownSPI(spi, d.Dst.Addr()) {
			d.set(ESP, payload)
		}
	}
}
