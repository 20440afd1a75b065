package decode

import (
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// ParseWith parses one message by the grammar of its version. It returns what it could decode together with the first error; the
// message is nil only where b is shorter than a header. Bytes of b past the length that the header claims are left out, with
// a note; where b is shorter than that, what is there is parsed, with a note.
func ParseWith(g *Grammar, b []byte) (*Message, error) {
	c := wire.NewCursor(b)
	h := parseHeader(&c)
	if c.Err() != nil {
		return nil, c.Err()
	}
	m := &Message{Header: h}
	m.Raw = limitToLength(&c, h, b)
	body := m.Raw[HeaderLen:]
	encrypted, notes := g.header(h, body)
	m.Notes = append(c.Notes(), notes...)
	err := c.Err()
	if err != nil {
		m.Notes = append(m.Notes, Note{Offset: wire.LengthOffset, Text: err.Error()})
	}
	if encrypted {
		m.Encrypted = body
		return m, err
	}
	var chainErr error
	m.Payloads, m.Trailer, notes, chainErr = g.parseChain(h.NextPayload, body, HeaderLen)
	m.Notes = append(m.Notes, notes...)
	if len(m.Trailer) > 0 {
		off := len(m.Raw) - len(m.Trailer)
		m.Notes = append(m.Notes, wire.NoteAt(off, "%d bytes after the last payload", len(m.Trailer)))
	}
	if err == nil {
		err = chainErr
	}
	return m, err
}

// limitToLength returns the part of b that the length field covers, and notes where they differ.
func limitToLength(c *wire.Cursor, h Header, b []byte) []byte {
	switch n := int64(h.Length); {
	case n < HeaderLen:
		c.FailAt(wire.LengthOffset, "length", fmt.Errorf("%w: %d", ErrLength, n))
	case n > int64(len(b)):
		c.Note(len(b), "message truncated: %d bytes of %d", len(b), n)
	case n < int64(len(b)):
		c.Note(int(n), "%d bytes after the end of the message", int64(len(b))-n)
		return b[:n:n]
	}
	return b
}

// header tells whether the body is encrypted as a whole, and what is odd in the header.
func (g *Grammar) header(h Header, body []byte) (encrypted bool, notes []Note) {
	if odd := h.Flags &^ g.Flags; odd != 0 {
		notes = append(notes, wire.NoteAt(wire.FlagsOffset, "flags not defined for IKEv%d: %#02x", h.Major(), uint8(odd)))
	}
	if g.Header == nil {
		return false, notes
	}
	encrypted, more := g.Header(h, body)
	return encrypted, append(notes, more...)
}

// ParsePayloads parses a chain of payloads that starts with type first at the front of b, e.g. a decrypted body. It returns
// the payloads and what follows the last one (the padding). The error is the first one that stopped the chain or was found
// inside a payload (*SyntaxError); payloads holds all that could be parsed. Offsets count as if b followed a header.
func (g *Grammar) ParsePayloads(first PayloadType, b []byte) (payloads []Payload, rest []byte, err error) {
	payloads, rest, _, err = g.parseChain(first, b, HeaderLen)
	return payloads, rest, err
}

// parseChain parses payloads until one says that none follows, or one's length makes it impossible to go on.
func (g *Grammar) parseChain(first PayloadType, b []byte, off int) (ps []Payload, rest []byte, notes []Note, err error) {
	if n := g.CountPayloads(first, b); n > 0 {
		ps = make([]Payload, 0, n)
	}
	var c, in wire.Cursor // one of each for the chain: parsers make them escape
	for next := first; next != PayloadNone; {
		c = wire.CursorAt(b, off)
		p := g.parsePayload(&c, &in, next)
		if c.Err() != nil {
			if err == nil {
				err = c.Err()
			}
			notes = append(notes, Note{Offset: off, Text: c.Err().Error()})
			break
		}
		if p.Err != nil {
			if err == nil {
				err = p.Err
			}
			notes = append(notes, wire.NoteAt(off, "%v payload: %v", p.Type, p.Err))
		}
		notes = append(notes, p.Notes...)
		ps = append(ps, p)
		b, off, next = c.Left(), c.Offset(), p.Next
		if g.Last[p.Type] {
			break
		}
	}
	return ps, b, notes, err
}

// CountPayloads is how many payloads a chain that starts with type first has, as far as their lengths lead inside b.
func (g *Grammar) CountPayloads(first PayloadType, b []byte) (n int) {
	for next := first; next != PayloadNone && len(b) >= wire.PayloadHeaderLen; {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if size < wire.PayloadHeaderLen || size > len(b) {
			break
		}
		n++
		if g.Last[next] {
			break
		}
		next, b = PayloadType(b[0]), b[size:]
	}
	return n
}

// parsePayload parses one payload, its body with in. An error in c is one of the generic header; one in the body is in the payload.
func (g *Grammar) parsePayload(c, in *wire.Cursor, t PayloadType) Payload {
	raw, start := c.Left(), c.Offset()
	p := Payload{Type: t, Next: PayloadType(c.Uint8("next payload"))}
	p.Reserved = c.Uint8("reserved")
	p.Critical = p.Reserved&g.reservedBits()&criticalBit != 0
	lengthOff := c.Offset()
	n := int(c.Uint16("payload length"))
	if c.Err() == nil && n < wire.PayloadHeaderLen {
		c.FailAt(lengthOff, t.String()+" payload length", fmt.Errorf("%w: %d", ErrLength, n))
	}
	if n-wire.PayloadHeaderLen > c.Len() {
		c.FailAt(c.Offset(), t.String()+" payload", ErrTruncated)
	}
	body := c.Take("", n-wire.PayloadHeaderLen)
	if c.Err() != nil {
		return p
	}
	p.Raw = raw[:n:n]
	*in = wire.CursorAt(body, c.Offset()-len(body))
	if p.Reserved&^g.reservedBits() != 0 {
		in.Note(start+1, "reserved byte of the %v payload is %#02x, not zero", t, p.Reserved)
	}
	p.Body = g.Parse(t, in)
	p.Err, p.Notes = in.Err(), in.Notes()
	return p
}

// Append appends the message as it goes on the wire, from its parsed parts. For a message that Parse took without
// error these are the bytes of Raw. A Length of 0 is replaced by the real one.
func (m *Message) Append(dst []byte) []byte {
	start := len(dst)
	dst = m.Header.Append(dst)
	if m.Encrypted != nil {
		dst = append(dst, m.Encrypted...)
	} else {
		dst = AppendPayloads(dst, m.Payloads)
		dst = append(dst, m.Trailer...)
	}
	if m.Length == 0 {
		binary.BigEndian.PutUint32(dst[start+wire.LengthOffset:], uint32(len(dst)-start))
	}
	return dst
}

// AppendPayloads appends a chain of payloads, each with the next payload field it has.
func AppendPayloads(dst []byte, payloads []Payload) []byte {
	for _, p := range payloads {
		dst = p.Append(dst)
	}
	return dst
}

// Append appends the payload with its generic header. One that could not be parsed goes out as it came.
func (p Payload) Append(dst []byte) []byte {
	if p.Err != nil || p.Body == nil {
		return append(dst, p.Raw...)
	}
	start := len(dst)
	reserved := p.Reserved
	if p.Critical {
		reserved |= criticalBit
	}
	dst = append(dst, byte(p.Next), reserved, 0, 0)
	dst = p.Body.Append(dst)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}
