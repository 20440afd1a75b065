package esp

import (
	"encoding/binary"
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// tunnel steps into an inner IP packet, and returns the layer that it carries, if any.
func (w *walk) tunnel() (proto Protocol, body []byte) {
	l := w.last()
	h, ok := ip.ParseWhole(w.data)
	if ok && h.Total > len(w.data) && l.Notes&NoteCut != 0 {
		w.ip = w.data
		w.c = innerCarrier(&h, w.data)
		return w.t.nested(&h, w.data)
	}
	if !ok || h.Total > len(w.data) {
		l.Notes |= NoteInner
		w.ip = nil
		if h.Version != 0 {
			w.ip = w.data
		}
		return 0, nil
	}
	if (h.Version == 6) != (w.next == ip.ProtoIPv6) {
		l.Notes |= NoteVersion
	}
	if h.Total < len(w.data) {
		l.Notes |= NoteTFC
	}
	w.data = w.data[:h.Total:h.Total]
	w.ip = w.data
	w.c = innerCarrier(&h, w.data)
	return w.t.nested(&h, w.data)
}

// nested says what an inner packet carries that may be decrypted further: its protocol, and the bytes from its header on.
func (t *Table) nested(h *ip.Header, packet []byte) (proto Protocol, body []byte) {
	if h.Fragment {
		return 0, nil
	}
	body = packet[h.Len:]
	switch h.Proto {
	case uint8(ESP), uint8(AH), uint8(IPComp):
		return Protocol(h.Proto), body
	case ip.ProtoUDP:
		return t.nestedUDP(body)
	}
	return 0, nil
}

const portNATT = 4500

// nestedUDP finds ESP in UDP (RFC 3948) inside a tunnel: a known SPI, on the port for it.
func (t *Table) nestedUDP(udp []byte) (proto Protocol, body []byte) {
	h, ok := ip.ParseUDP(udp)
	if !ok || h.Src != portNATT && h.Dst != portNATT || h.Length < ip.UDPLen+espHeader || h.Length > len(udp) {
		return 0, nil
	}
	body = udp[ip.UDPLen:h.Length]
	if !t.Known(binary.BigEndian.Uint32(body), netip.Addr{}) {
		return 0, nil
	}
	return ESP, body
}
