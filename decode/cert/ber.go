package cert

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Certificates of real gateways break DER here and there, and PKCS #7 comes in BER. This reader takes both: lengths need not be
// minimal, and may be indefinite (X.690, section 8.1.3). encoding/asn1 takes neither.

// Classes and tags of values that certificates have.
const (
	berUniversal = 0
	berContext   = 2

	berBoolean     = 1
	berInteger     = 2
	berBitString   = 3
	berOctetString = 4
	berOID         = 6
	berSequence    = 16
	berSet         = 17
	berUTCTime     = 23
	berGeneralTime = 24
)

// maxBERDepth bounds values of indefinite length inside one another.
const maxBERDepth = 8

// A berValue is one value: identifier, length, contents.
type berValue struct {
	class, tag int
	compound   bool
	body       []byte // the contents; of an indefinite length without the end-of-contents bytes
	full       []byte // all of it
}

func (v berValue) is(class, tag int) bool { return v.class == class && v.tag == tag }

// readBER reads the value that b starts with.
func readBER(b []byte) (v berValue, rest []byte, ok bool) { return readBERWithin(b, maxBERDepth) }

func readBERWithin(b []byte, depth int) (v berValue, rest []byte, ok bool) {
	at, ok := v.identifier(b)
	if !ok || at >= len(b) {
		return v, nil, false
	}
	n := int(b[at])
	at++
	switch {
	case n == 0x80:
		return v.indefinite(b, at, depth)
	case n > 0x80:
		if n, at, ok = longLength(b, at, n&0x7f); !ok {
			return v, nil, false
		}
	}
	if n > len(b)-at {
		return v, nil, false
	}
	v.body, v.full = b[at:at+n:at+n], b[:at+n:at+n]
	return v, b[at+n:], true
}

// identifier reads class and tag, and returns where the length is.
func (v *berValue) identifier(b []byte) (at int, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	v.class, v.compound, v.tag = int(b[0]>>6), b[0]&0x20 != 0, int(b[0]&0x1f)
	if v.tag != 0x1f {
		return 1, true
	}
	v.tag = 0
	for at = 1; at < len(b) && at <= 4; at++ {
		v.tag = v.tag<<7 | int(b[at]&0x7f)
		if b[at]&0x80 == 0 {
			return at + 1, true
		}
	}
	return 0, false
}

// longLength reads a length of n bytes.
func longLength(b []byte, at, n int) (length, end int, ok bool) {
	if n > len(b)-at {
		return 0, 0, false
	}
	for _, x := range b[at : at+n] {
		if length > len(b) { // too long already; and no overflow
			return 0, 0, false
		}
		length = length<<8 | int(x)
	}
	return length, at + n, true
}

// indefinite reads contents up to the two zero bytes that end them.
func (v berValue) indefinite(b []byte, at, depth int) (berValue, []byte, bool) {
	if depth == 0 || !v.compound {
		return v, nil, false
	}
	for rest := b[at:]; len(rest) >= 2; {
		if rest[0] == 0 && rest[1] == 0 {
			end := len(b) - len(rest)
			v.body, v.full = b[at:end:end], b[:end+2:end+2]
			return v, rest[2:], true
		}
		_, next, ok := readBERWithin(rest, depth-1)
		if !ok {
			return v, nil, false
		}
		rest = next
	}
	return v, nil, false
}

// A berList reads the values of a compound one, front to back. The first failure sticks; later reads give zero values.
type berList struct {
	buf []byte
	bad bool
}

func (v berValue) list() *berList { return &berList{buf: v.body, bad: !v.compound} }

func (l *berList) more() bool { return !l.bad && len(l.buf) > 0 }

// next reads the next value.
func (l *berList) next() berValue {
	if l.bad {
		return berValue{}
	}
	v, rest, ok := readBER(l.buf)
	if !ok {
		l.bad = true
		return berValue{}
	}
	l.buf = rest
	return v
}

// want reads the next value, which must be of a class and a tag.
func (l *berList) want(class, tag int) berValue {
	v := l.next()
	if !v.is(class, tag) {
		l.bad = true
		return berValue{}
	}
	return v
}

// optional reads the next value if it is of a class and a tag.
func (l *berList) optional(class, tag int) (v berValue, there bool) {
	if l.bad {
		return v, false
	}
	v, rest, ok := readBER(l.buf)
	if !ok || !v.is(class, tag) {
		return berValue{}, false
	}
	l.buf = rest
	return v, true
}

// bits are the bytes of a BIT STRING, whose first one counts unused bits.
func (v berValue) bits() []byte {
	if !v.is(berUniversal, berBitString) || len(v.body) == 0 {
		return nil
	}
	return v.body[1:]
}

// oidText is an object identifier's dotted form; what is none, or longer than any in use, comes out in hex.
func oidText(b []byte) string {
	const longest = 40
	if len(b) == 0 || len(b) > longest || b[len(b)-1]&0x80 != 0 {
		return "OID 0x" + hex.EncodeToString(b[:min(len(b), longest)])
	}
	var arcs []string
	n := uint64(0)
	for _, x := range b {
		if n > 1<<56 {
			return "OID 0x" + hex.EncodeToString(b)
		}
		n = n<<7 | uint64(x&0x7f)
		if x&0x80 != 0 {
			continue
		}
		if arcs == nil {
			first := min(n/40, 2)
			arcs = append(arcs, fmt.Sprint(first))
			n -= 40 * first
		}
		arcs = append(arcs, strconv.FormatUint(n, 10))
		n = 0
	}
	return strings.Join(arcs, ".")
}
