package decode

import (
	"encoding/binary"
	"fmt"
)

// lengthOffset is where the header's length field is.
const lengthOffset = 24

// payloadHeaderLen is the length of the generic payload header (RFC 2408, section 3.2).
const payloadHeaderLen = 4

// A bodyParser reads the body of a payload, all that follows the generic header. It leaves its error and its notes in
// the cursor, and returns a body, never nil, that holds what came before the error.
type bodyParser func(c *cursor) Body

// bodyParsers has a row for each payload that is taken apart, by major version and payload type. The others become
// *Unknown.
var bodyParsers = [3][256]bodyParser{
	1: {
		PayloadSA:          parseSA1,
		PayloadKE:          parseKE1,
		PayloadID:          parseID1,
		PayloadCert:        parseCert1,
		PayloadCertReq:     parseCertReq1,
		PayloadHash:        parseHash1,
		PayloadSig:         parseSig1,
		PayloadNonce:       parseNonce1,
		PayloadNotify:      parseNotify1,
		PayloadDelete:      parseDelete1,
		PayloadVendorID:    parseVendorID,
		PayloadAttributes:  parseAttributes1,
		PayloadNATDDraft4:  parseNATDDraft4,
		PayloadNATOADraft:  parseNATOA1,
		PayloadNATOADraft5: parseNATOADraft5,
		PayloadNATD:        parseNATD1,
		PayloadNATOA:       parseNATOA1,
		PayloadNATDDraft:   parseNATD1,
		PayloadFragment:    parseFragment1,
	},
	2: {
		Payload2SA:      parseSA2,
		Payload2KE:      parseKE2,
		Payload2IDi:     parseID2,
		Payload2IDr:     parseID2,
		Payload2Cert:    parseCert2,
		Payload2CertReq: parseCertReq2,
		Payload2Auth:    parseAuth2,
		Payload2Nonce:   parseNonce2,
		Payload2Notify:  parseNotify2,
		Payload2Delete:  parseDelete2,
		Payload2Vendor:  parseVendorID,
		Payload2TSi:     parseTS2,
		Payload2TSr:     parseTS2,
		Payload2SK:      parseSK2,
		Payload2CP:      parseCP2,
		Payload2EAP:     parseEAP2,
		Payload2IDg:     parseID2,
		Payload2SKF:     parseSKF2,
	},
}

// parserFor returns the row for t, or the parser of *Unknown.
func parserFor(major int, t PayloadType) bodyParser {
	if major >= 0 && major < len(bodyParsers) && bodyParsers[major][t] != nil {
		return bodyParsers[major][t]
	}
	return parseUnknown
}

// Parse parses one message. It returns what it could decode together with the first error; the message is nil only
// where b is shorter than a header. Bytes of b past the length that the header claims are left out, with a note; where
// b is shorter than that, what is there is parsed, with a note.
func Parse(b []byte) (*Message, error) {
	c := cursor{buf: b}
	h := parseHeader(&c)
	if c.err != nil {
		return nil, c.err
	}
	m := &Message{Header: h}
	m.Raw = limitToLength(&c, h, b)
	body := m.Raw[HeaderLen:]
	m.Notes = append(c.notes, headerNotes(h, m.Raw)...)
	if c.err != nil {
		m.Notes = append(m.Notes, Note{lengthOffset, c.err.Error()})
	}
	if m.isEncrypted(body) {
		m.Encrypted = body
		return m, c.err
	}
	var notes []Note
	var err error
	m.Payloads, m.Trailer, notes, err = parseChain(h.Major(), h.NextPayload, body, HeaderLen)
	m.Notes = append(m.Notes, notes...)
	if len(m.Trailer) > 0 {
		off := len(m.Raw) - len(m.Trailer)
		m.Notes = append(m.Notes, Note{off, fmt.Sprintf("%d bytes after the last payload", len(m.Trailer))})
	}
	if c.err == nil {
		c.err = err
	}
	return m, c.err
}

// limitToLength returns the part of b that the length field covers, and notes where they differ.
func limitToLength(c *cursor, h Header, b []byte) []byte {
	switch n := int64(h.Length); {
	case n < HeaderLen:
		c.failAt(lengthOffset, "length", fmt.Errorf("%w: %d", ErrLength, n))
	case n > int64(len(b)):
		c.note(len(b), "message cut short: %d bytes of %d", len(b), n)
	case n < int64(len(b)):
		c.note(int(n), "%d bytes after the end of the message", int64(len(b))-n)
		return b[:n:n]
	}
	return b
}

// cipherBlock divides the length of every encrypted IKEv1 body: all ciphers have blocks of 8 or 16 bytes.
const cipherBlock = 8

// headerNotes tells what is odd in the header.
func headerNotes(h Header, raw []byte) []Note {
	const versionOffset, flagsOffset = 17, 19
	var c cursor
	major := h.Major()
	if major != 1 && major != 2 {
		c.note(versionOffset, "major version %d is neither 1 nor 2", major)
		return c.notes
	}
	if odd := h.Flags &^ knownFlags[major]; odd != 0 {
		c.note(flagsOffset, "flags that IKEv%d does not have: %#02x", major, uint8(odd))
	}
	n := len(raw) - HeaderLen
	switch {
	case major != 1 || h.Flags&FlagEncryption == 0:
	case isFragment(h, raw[HeaderLen:]):
		c.note(flagsOffset, "encryption flag set on a fragment")
	case n%cipherBlock != 0:
		c.note(HeaderLen, "encrypted body of %d bytes, no multiple of %d", n, cipherBlock)
	}
	return c.notes
}

// isEncrypted reports whether the body is to be decrypted as a whole. A fragment is never encrypted, only what the
// fragments make together is, yet some senders set the flag on it.
func (m *Message) isEncrypted(body []byte) bool {
	return m.Major() != 2 && m.Flags&FlagEncryption != 0 && !isFragment(m.Header, body)
}

// isFragment reports whether body is one Fragment payload and nothing else.
func isFragment(h Header, body []byte) bool {
	return h.NextPayload == PayloadFragment && len(body) >= payloadHeaderLen && body[0] == 0 && body[1] == 0 &&
		int(binary.BigEndian.Uint16(body[2:])) == len(body)
}

// ParsePayloads parses a chain of IKEv1 payloads that starts with type first at the front of b, e.g. a decrypted body.
// It returns the payloads and what follows the last one (the padding). The error is the first one that stopped the
// chain or was found inside a payload (*SyntaxError); payloads holds all that could be parsed. Offsets count as if b
// followed a header.
func ParsePayloads(first PayloadType, b []byte) (payloads []Payload, rest []byte, err error) {
	payloads, rest, _, err = parseChain(1, first, b, HeaderLen)
	return payloads, rest, err
}

// ParsePayloads2 is ParsePayloads for IKEv2.
func ParsePayloads2(first PayloadType, b []byte) (payloads []Payload, rest []byte, err error) {
	payloads, rest, _, err = parseChain(2, first, b, HeaderLen)
	return payloads, rest, err
}

// parseChain parses payloads until one says that none follows, or one's length makes it impossible to go on.
func parseChain(major int, first PayloadType, b []byte, off int) (ps []Payload, rest []byte, notes []Note, err error) {
	for next := first; next != PayloadNone; {
		c := cursor{buf: b, off: off}
		p := parsePayload(&c, major, next)
		if c.err != nil {
			if err == nil {
				err = c.err
			}
			notes = append(notes, Note{off, c.err.Error()})
			break
		}
		if p.Err != nil {
			if err == nil {
				err = p.Err
			}
			notes = append(notes, Note{off, fmt.Sprintf("%v payload: %v", p.Type, p.Err)})
		}
		notes = append(notes, p.Notes...)
		ps = append(ps, p)
		b, off, next = c.buf, c.off, p.Next
		if endsChain(major, p.Type) {
			break
		}
	}
	return ps, b, notes, err
}

// endsChain reports whether t is the last payload whatever its next payload field says: that of SK and SKF names the
// first payload inside (RFC 7296, section 3.14; RFC 7383, section 2.5).
func endsChain(major int, t PayloadType) bool {
	return major == 2 && (t == Payload2SK || t == Payload2SKF)
}

// parsePayload parses one payload. An error in c is one of the generic header; one in the body is in the payload.
func parsePayload(c *cursor, major int, t PayloadType) Payload {
	raw, start := c.buf, c.off
	p := Payload{Type: t, Next: PayloadType(c.uint8("next payload"))}
	p.Reserved = c.uint8("reserved")
	p.Critical = major == 2 && p.Reserved&criticalBit != 0
	lengthOff := c.off
	n := int(c.uint16("payload length"))
	if c.err == nil && n < payloadHeaderLen {
		c.failAt(lengthOff, t.String()+" payload length", fmt.Errorf("%w: %d", ErrLength, n))
	}
	body := c.take(t.String()+" payload", n-payloadHeaderLen)
	if c.err != nil {
		return p
	}
	p.Raw = raw[:n:n]
	in := cursor{buf: body, off: c.off - len(body)}
	if p.Reserved&^reservedMask(major) != 0 {
		in.note(start+1, "reserved byte of the %v payload is %#02x, not zero", t, p.Reserved)
	}
	p.Body = parserFor(major, t)(&in)
	p.Err, p.Notes = in.err, in.notes
	return p
}

// criticalBit is IKEv2's critical flag in the second byte of the generic header (RFC 7296, section 3.2).
const criticalBit = 0x80

// reservedMask has the bits of the generic header's second byte that have a meaning: the critical bit of IKEv2.
func reservedMask(major int) uint8 {
	if major == 2 {
		return criticalBit
	}
	return 0
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
		binary.BigEndian.PutUint32(dst[start+lengthOffset:], uint32(len(dst)-start))
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
