package esp

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// quick is Open for the packet that most are: in tunnel mode, its ICV verified by Prepare under what is the likeliest sequence number still, and
// nothing to decrypt in it. It reports false for all others, and has changed nothing then.
func (s *Scratch) quick(o *Opened, pkt *Packet) bool {
	a := &pkt.ahead
	if !a.fits || len(pkt.WESP) > 0 {
		return false
	}
	sa, c := a.sa, a.core
	at := int(sa.icv.Load())
	if c != sa.core || int(a.icv) != c.icvs[at] || sa.doubtful() {
		return false
	}
	if n, _ := sa.number(binary.BigEndian.Uint32(pkt.Payload[4:]), 0); n != a.n {
		return false
	}
	data, next, regular, err := trimPadding(a.data)
	if err != nil {
		return false
	}
	var h ip.Header
	if !h.Read(data) || h.Short || h.Total > len(data) || next != versionProto(h.Version) || mayHoldMore(&h, data[:h.Total]) {
		return false
	}
	src, dst := normalAddr(pkt.Src), normalAddr(pkt.Dst)
	key := keyOf(ESP, binary.BigEndian.Uint32(pkt.Payload))
	notes := Note(0)
	if !regular {
		notes |= NotePadding
	}
	if at != 0 {
		notes |= NoteTruncation
	}
	if a.n.extended != c.esn {
		notes |= NoteESN
	}
	if sa.addresses(src, dst) >= rankHalf {
		notes |= NoteAddresses
	}
	l := &o.only[0]
	*l = Layer{SA: sa, Protocol: ESP, SPI: key.spi(), Seq: a.n.seq(), Extended: a.n.extended, Src: src, Dst: dst, Next: next, Verified: true}
	if sa.decrypted(l, h.Proto, len(data), pkt, len(pkt.Payload)) {
		notes |= NoteDuplicate
	}
	s.remember(flowKey{key, src, dst}, sa, false)
	if h.Total < len(data) {
		notes |= NoteTFC
	}
	l.Notes = notes
	packet := data[:h.Total:h.Total]
	o.SA, o.Layers, o.NextHeader, o.Payload, o.IP = sa, o.only[:], next, packet, packet
	o.Aggregate, o.Ahead, o.Dummy, o.Cut, o.Verified, o.Seq, o.Notes, o.Inner = nil, true, false, false, true, l.Seq, notes, nil
	return true
}

// versionProto is the protocol number of IP in IP.
func versionProto(version int) uint8 {
	if version == 6 {
		return ip.ProtoIPv6
	}
	return ip.ProtoIPv4
}

// mayHoldMore reports whether a packet whose header is h may carry ESP, AH or IPComp: see Table.nested.
func mayHoldMore(h *ip.Header, packet []byte) bool {
	switch h.Proto {
	case uint8(ESP), uint8(AH), uint8(IPComp):
		return true
	case ip.ProtoUDP:
		u, ok := ip.ParseUDP(packet[h.Len:])
		return ok && (u.Src == portNATT || u.Dst == portNATT)
	}
	return false
}
