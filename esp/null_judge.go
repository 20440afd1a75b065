package esp

import (
	"math/bits"
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// weigh judges the plaintext that body has under g.
func (j *judge) weigh(body []byte, g geometry) {
	from, to := espHeader+g.iv, len(body)-g.icv
	if to-from < 2 {
		j.fail()
		return
	}
	pt := body[from:to]
	n := len(pt) - 2
	pad, next := int(pt[n]), pt[n+1]
	if pad > n || pad >= 16 && nextBits[next] == -5 && next != j.past.next {
		j.fail() // what becomes of most random bytes, without further ado
		return
	}
	j.bits, j.misfit, j.hard = 0, false, false
	j.lengths, j.checksums, j.paddings = 0, 0, 0
	j.now = facts{known: true, delta: j.past.delta, next: next}
	j.nextHeader(next)
	j.padding(pt[n-pad : n])
	if j.bits <= misfitBits {
		j.fail()
		return
	}
	j.content(next, pt[:n-pad])
	if j.bits <= misfitBits {
		j.fail()
	}
	if !j.hard {
		j.bits = min(j.bits, softBits)
	}
}

// weighKeyed judges a plaintext that a key has made, trailer included. Padding that is neither 1, 2, 3, … nor zeros, an inner header with
// a wrong checksum, or a protocol that no rule knows refutes nothing alone.
func (j *judge) weighKeyed(pt []byte) {
	j.bits, j.misfit, j.hard, j.keyed = 0, false, false, true
	j.now = facts{known: true, delta: j.past.delta}
	n := len(pt) - 2
	if n < 0 || int(pt[n]) > n {
		j.bits, j.misfit = oddBits, true
		return
	}
	pad, next := int(pt[n]), pt[n+1]
	j.now.next = next
	j.nextHeader(next)
	j.padding(pt[n-pad : n])
	trailer, hard := j.bits, j.hard
	if j.content(next, pt[:n-pad]); j.misfit || j.bits <= misfitBits {
		j.bits, j.hard = trailer-brokenBits, hard
	}
	if !j.hard {
		j.bits = min(j.bits, softBits)
	}
	j.misfit = j.bits < 0
}

// weighCut judges a packet whose end the capture lacks; wire is the length that it had from the SPI on. Of a tunnel the front
// says enough: the inner length, with trailer and ICV, must come to that of the whole.
func (j *judge) weighCut(body []byte, wire int, g geometry) {
	from := espHeader + g.iv
	j.bits, j.misfit, j.hard = 0, false, false
	j.lengths, j.checksums, j.paddings = 0, 0, 0
	j.now = facts{known: true, delta: j.past.delta, tunnelled: true}
	if len(body) < from {
		j.fail()
		return
	}
	data := body[from:]
	h, ok := ip.ParseWhole(data)
	if !ok || !h.Intact(data) {
		j.fail()
		return
	}
	j.now.next, j.now.src, j.now.dst = ip.ProtoIPv4, h.Src, h.Dst
	if h.Version == 6 {
		j.now.next = ip.ProtoIPv6
		j.add(3)
	} else {
		j.fits(22) // version and checksum
		j.checksums++
	}
	switch pad := wire - from - h.Total - 2 - g.icv; {
	case pad < 0:
		j.fail()
		return
	case pad < 4:
		j.fits(13)
		j.lengths++
	case pad < 16:
		j.fits(9)
		j.lengths++
	default:
		j.add(-4)
	}
	// Addresses known from before would be a lead for the geometry that had it already: there is no trailer to tell them apart.
	j.add(firstAddress(h.Src) + firstAddress(h.Dst))
	if j.bits <= misfitBits {
		j.fail()
	}
	if !j.hard {
		j.bits = min(j.bits, softBits)
	}
}

func (j *judge) nextHeader(next uint8) {
	switch {
	case j.past.known && j.past.next == next:
		j.add(7)
	default:
		j.add(int(nextBits[next]))
	}
}

// padding weighs pad length and padding. NULL needs none but to end at a multiple of 4 (RFC 4303, section 2.4).
func (j *judge) padding(pad []byte) {
	switch n := len(pad); {
	case n < 4:
		j.add(5)
	case n < 8:
		j.add(3)
	case n < 16:
		j.add(1)
	default:
		j.add(-5)
	}
	j.now.style = styleOf(pad)
	if j.now.style == padNone {
		j.now.style = j.past.style
		return
	}
	weight := min(8*len(pad), 40) // further bytes say the same again
	switch prior := j.past.style == j.now.style; {
	case j.now.style == padRandom && prior:
		j.add(-1)
	case j.now.style == padRandom:
		j.add(-6)
	case j.now.style == padZero && !prior:
		j.add(weight - 5)
	default:
		j.add(weight - 1)
	}
	if j.now.style == padRandom {
		return
	}
	j.paddings++
	j.hard = j.hard || len(pad) > 1
}

func styleOf(pad []byte) padStyle {
	if len(pad) == 0 {
		return padNone
	}
	count, zero := true, true
	for i, b := range pad {
		count = count && int(b) == i+1
		zero = zero && b == 0
	}
	switch {
	case count:
		return padCount
	case zero:
		return padZero
	}
	return padRandom
}

// content weighs what is between ESP header and trailer.
func (j *judge) content(next uint8, data []byte) {
	switch next {
	case ip.ProtoIPv4:
		j.now.tunnelled = true
		j.ipv4(data)
	case ip.ProtoIPv6:
		j.now.tunnelled = true
		j.ipv6(data)
	case ip.ProtoNoNext:
	default:
		j.transport(next, data, j.src, j.dst)
	}
}

func (j *judge) ipv4(data []byte) {
	h, ok := ip.ParseWhole(data)
	if ok && h.Version == 6 && j.keyed {
		j.ipv6(data) // some senders have 4 in front of any inner packet
		return
	}
	if !ok || h.Version != 4 {
		j.fail()
		return
	}
	if h.Base == ip.IPv4Len {
		j.add(8)
	} else {
		j.add(-1)
	}
	fits, intact := j.length(ip.Claimed(data), len(data)), h.Intact(data)
	if !fits && !intact || !j.keyed && !(fits && intact) {
		j.fail()
		return
	}
	if intact {
		j.fits(15)
		j.checksums++
	}
	if !fits || !intact {
		j.add(-8)
	}
	j.inner(&h, data[:min(h.Total, len(data))])
}

func (j *judge) ipv6(data []byte) {
	h, ok := ip.ParseWhole(data)
	if !ok || h.Version != 6 {
		j.fail()
		return
	}
	j.add(4)
	if !j.length(ip.Claimed(data), len(data)) {
		j.fail()
		return
	}
	j.inner(&h, data[:min(h.Total, len(data))])
}

// length weighs the total length that an inner packet claims. Beyond its end may be TFC padding (RFC 4303, section 2.7); 0 is
// what a packet has that a network card was to cut into segments.
func (j *judge) length(claimed, have int) bool {
	switch {
	case claimed == have:
		j.fits(15)
		j.lengths++
	case claimed == 0:
		j.add(6)
	case claimed > have:
		return false
	default:
		j.add(12 - bits.Len(uint(have)))
	}
	return true
}

// inner weighs addresses and payload of an inner packet.
func (j *judge) inner(h *ip.Header, packet []byte) {
	j.now.src, j.now.dst = h.Src, h.Dst
	j.address(h.Src, j.past.src)
	j.address(h.Dst, j.past.dst)
	if h.Src.IsMulticast() {
		j.add(-8)
	}
	if h.Fragment {
		return
	}
	if nextBits[h.Proto] > -5 {
		j.add(2)
	} else {
		j.add(-3)
	}
	delta := j.now.delta
	j.now.delta = 0 // nobody between the gateways changes an inner packet
	j.transport(h.Proto, packet[h.Len:], h.Src, h.Dst)
	j.now.delta = delta
}

// address weighs an inner address by the one before it: the same, or of the same /24, /16 or /64.
func (j *judge) address(a, before netip.Addr) {
	switch {
	case !before.IsValid():
		j.add(firstAddress(a))
	case a == before:
		j.add(10)
	case !a.Is4() || !before.Is4():
		j.add(near6(a, before))
	default:
		x, y := a.As4(), before.As4()
		switch {
		case [3]byte(x[:3]) == [3]byte(y[:3]):
			j.add(8)
		case [2]byte(x[:2]) == [2]byte(y[:2]):
			j.add(5)
		default:
			j.add(-3)
		}
	}
}

func near6(a, b netip.Addr) int {
	x, y := a.As16(), b.As16()
	if [8]byte(x[:8]) == [8]byte(y[:8]) {
		return 10
	}
	return max(firstAddress(a)-1, -3)
}

// firstAddress weighs an address with no other to compare: IPv6 uses few of its prefixes.
func firstAddress(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	b := a.As16()
	if b[0]>>5 == 1 || b[0]&0xfe == 0xfc || b[0] == 0xff || b[0] == 0xfe && b[1]>>6 == 2 || a.IsUnspecified() {
		return 2
	}
	return -6
}
