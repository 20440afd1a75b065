package capture

import "encoding/binary"

// Wrapped ESP (RFC 5840) is ESP behind a header that tells a firewall where the content is, if that is not encrypted.

const (
	protoWESP  = 141
	wespHeader = 4 // next header, header length, trailer length, flags (RFC 5840, section 2)
	wespInUDP  = 2 // stands for the SPI in UDP (section 2.1)
	wespIDLen  = 4
)

// wespLen is the length of the header of wrapped ESP that b starts with, its padding included; 0 where it is none.
func wespLen(b []byte) int {
	const version, padded, reserved = 0xc0, 0x10, 0x0f
	if len(b) < wespHeader || b[3]&(version|reserved) != 0 {
		return 0
	}
	n := wespHeader
	if b[3]&padded != 0 {
		n += 4 // for IPv6, whose headers are multiples of eight bytes
	}
	if len(b) < n+minESP || binary.BigEndian.Uint32(b[n:]) < firstSPI {
		return 0
	}
	return n
}

// setWESP makes d the ESP behind the header of wrapped ESP, if payload starts with one.
func (d *Datagram) setWESP(payload []byte) bool {
	n := wespLen(payload)
	if n == 0 {
		return false
	}
	d.WESP = payload[:n:n]
	d.set(ESP, payload[n:])
	return true
}

// splitWESP is for the IP protocol.
func (s *Splitter) splitWESP(d *Datagram, payload []byte) {
	if !d.setWESP(payload) {
		s.unread.add(unreadKey{in: WESP}, d.Frame)
	}
}
