package esp

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/alg"
)

const ahHeader = 12 // next header, length, reserved, SPI, sequence number

var zeros [maxICV]byte

// ahLength is the length of an AH header as it claims; body has at least its fixed part.
func ahLength(body []byte) int { return (int(body[1]) + 2) * 4 }

// ahWith checks body with an ICV of so many bytes. The rest of the ICV field is padding, which the ICV covers.
func (o *opener) ahWith(body []byte, icv int) ([]byte, error) {
	n := ahLength(body)
	if n < ahHeader+o.core.macIV()+icv {
		return nil, errAHLength
	}
	lo := binary.BigEndian.Uint32(body[8:])
	try := func(num number) bool { return o.ahFits(body, icv, num) }
	for i := 0; ; i++ {
		num, ok := o.sa.number(lo, i)
		if !ok {
			break
		}
		if try(num) {
			o.fits(num, i)
			return body[n:], nil
		}
	}
	if o.wide(lo, try) {
		return body[n:], nil
	}
	return nil, ErrICV
}

// ahFits reports whether the ICV matches with a sequence number. AES-GMAC has its IV at the front of the ICV field (RFC 4543,
// section 4); whether the IV counts as zero with the ICV, as RFC 4302 has it of the field, or as it is, the ICV tells.
func (o *opener) ahFits(body []byte, icv int, num number) bool {
	at := ahHeader + o.core.macIV()
	if o.core.macIV() == 0 {
		return o.ahSum(body, zeros[:0], at, icv, num)
	}
	iv := body[ahHeader:at]
	o.mac.(alg.IVSetter).SetIV(iv)
	return o.ahSum(body, zeros[:len(iv)], at, icv, num) || o.ahSum(body, iv, at, icv, num)
}

func (o *opener) ahSum(body, iv []byte, at, icv int, num number) bool {
	o.mac.Reset()
	o.mac.Write(o.s.header)
	o.mac.Write(body[:ahHeader])
	o.mac.Write(iv)
	o.mac.Write(zeros[:icv])
	o.mac.Write(body[at+icv:])
	return o.matches(body[at:at+icv], num)
}

// covered appends the IP header of c as the ICV of AH covers it (RFC 4302, section 3.3.3.1): mutable fields zero, predictable
// ones as at the destination. n is the length of what follows, the AH header included.
func covered(out []byte, c *carrier, n int) ([]byte, bool) {
	if len(c.header) == 0 {
		return out, false
	}
	out = append(out, c.header...)
	if ip.Version(out) == 4 {
		out[ip.ProtoAt(out)] = uint8(AH)
		ip.SetLength(out, len(out), len(out)+n)
		return out, coverIPv4(out)
	}
	return coverIPv6(out, c.field, n)
}

func coverIPv4(h []byte) bool {
	h[1] = 0                                 // DSCP and ECN
	h[6], h[7] = 0, 0                        // flags, fragment offset
	h[8] = 0                                 // TTL
	h[10], h[11] = 0, 0                      // checksum
	return coverOptions(h[20:], h[16:20:20]) // and the destination, where a source route leads on
}

// IPv4 options whose handling RFC 4302, appendix A1, names.
const (
	optEnd         = 0
	optNOP         = 1
	optLooseRoute  = 131
	optStrictRoute = 137
)

// coverOptions zeroes mutable IPv4 options whole; where one is a source route, dst gets its last address.
func coverOptions(opts, dst []byte) bool {
	for len(opts) > 0 {
		if opts[0] == optEnd {
			return true
		}
		if opts[0] == optNOP {
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 || int(opts[1]) < 2 || int(opts[1]) > len(opts) {
			return false
		}
		opt := opts[:opts[1]]
		opts = opts[opts[1]:]
		if opt[0] == optLooseRoute || opt[0] == optStrictRoute {
			if n := len(opt); n >= 7 && int(opt[2]) < n {
				copy(dst, opt[n-4:])
			}
		}
		if !immutable(opt[0]) {
			clear(opt)
		}
	}
	return true
}

// immutable reports whether an IPv4 option stays as it is on the path: security, extended security, commercial security,
// router alert, sender directed multi-destination delivery.
func immutable(opt byte) bool {
	switch opt {
	case 130, 133, 134, 148, 149:
		return true
	}
	return false
}

// coverIPv6 does the same for an IPv6 header and the extension headers before AH. A fragment header is left out: AH comes
// before fragmentation.
func coverIPv6(h []byte, field, n int) ([]byte, bool) {
	if len(h) < 40 {
		return h, false
	}
	binary.BigEndian.PutUint32(h, 6<<28) // traffic class and flow label
	h[7] = 0                             // hop limit
	h[field] = uint8(AH)
	at, last := 40, 6
	for next := h[last]; next != uint8(AH); next = h[last] {
		if !ip.IsExtension(next) || len(h) < at+8 {
			return h, false
		}
		if next == ip.ProtoFragment {
			h[last] = h[at]
			h = append(h[:at], h[at+8:]...)
			continue
		}
		end := at + ip.ExtensionLen(next, h[at+1])
		if end > len(h) {
			return h, false
		}
		if next == ip.ProtoRouting {
			coverRouting(h[at:end], h[24:40])
		} else if !coverExtension(h[at+2 : end]) {
			return h, false
		}
		last, at = at, end
	}
	binary.BigEndian.PutUint16(h[4:], uint16(len(h)-40+n))
	return h, at == len(h)
}

// coverExtension zeroes the data of mutable hop-by-hop and destination options (RFC 8200, section 4.2: third bit of the type).
func coverExtension(opts []byte) bool {
	for len(opts) > 0 {
		if opts[0] == 0 { // Pad1
			opts = opts[1:]
			continue
		}
		if len(opts) < 2 || int(opts[1])+2 > len(opts) {
			return false
		}
		end := int(opts[1]) + 2
		if opts[0]&0x20 != 0 {
			clear(opts[2:end])
		}
		opts = opts[end:]
	}
	return true
}

// coverRouting turns a routing header of type 0 or 2 into what arrives at the destination: each hop swaps the destination
// with the next address and counts down (RFC 2460, section 4.4; RFC 6275, section 6.4).
func coverRouting(h, dst []byte) {
	if h[2] != 0 && h[2] != 2 {
		return
	}
	count := (len(h) - 8) / 16
	for left := int(h[3]); left > 0 && left <= count; left-- {
		addr := h[8+16*(count-left):][:16]
		for i := range addr {
			addr[i], dst[i] = dst[i], addr[i]
		}
		h[3]--
	}
}
