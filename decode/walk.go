package decode

import "encoding/binary"

// maxPadding is the most that is taken for padding after a decrypted chain. A block would do, but RFC 2408 allows more
// and some senders add a random number of blocks up to a byte's worth.
const maxPadding = 255

// WalkChain checks the generic headers of a chain of IKEv1 payloads that starts with type first, without a look into
// the payloads: types known, reserved bytes zero, lengths inside b. It returns the offset behind the last payload. It
// allocates nothing and stops at the first header that is not right, so it can be asked of every candidate key.
func WalkChain(first PayloadType, b []byte) (end int, ok bool) {
	for next := first; next != PayloadNone; {
		if !knownPayload1[next] || len(b)-end < payloadHeaderLen {
			return end, false
		}
		h := b[end : end+payloadHeaderLen]
		n := int(binary.BigEndian.Uint16(h[2:]))
		if h[1] != 0 || n < payloadHeaderLen || n > len(b)-end {
			return end, false
		}
		next, end = PayloadType(h[0]), end+n
	}
	return end, true
}

// Plausible reports whether b, a decrypted body that starts with a payload of type first, looks like a chain of
// payloads followed by no more than padding. It is the cheap half of a proof: one wrong key in some 10,000 passes.
func Plausible(first PayloadType, b []byte) bool {
	end, ok := WalkChain(first, b)
	return ok && first != PayloadNone && len(b)-end <= maxPadding
}

// WalkChain2 is WalkChain for a decrypted body of IKEv2, without its padding: known types, of the reserved bits the
// critical one alone. A body without payloads is right, too: first is PayloadNone and end 0 then.
func WalkChain2(first PayloadType, b []byte) (end int, ok bool) {
	for next := first; next != PayloadNone; {
		if !knownPayload2[next] || len(b)-end < payloadHeaderLen {
			return end, false
		}
		h := b[end : end+payloadHeaderLen]
		n := int(binary.BigEndian.Uint16(h[2:]))
		if h[1]&^criticalBit != 0 || n < payloadHeaderLen || n > len(b)-end {
			return end, false
		}
		next, end = PayloadType(h[0]), end+n
	}
	return end, true
}

// Plausible2 reports whether b, a decrypted body of IKEv2 with its padding and the pad length behind it (RFC 7296, section
// 3.14), is a chain of payloads that ends where the padding begins. It is the cheap half of a proof: of wrong keys one in
// some 10,000 passes, of those for an empty body (first is PayloadNone) one in 256.
func Plausible2(first PayloadType, b []byte) bool {
	body, _, ok := Unpad2(b)
	if !ok {
		return false
	}
	end, ok := WalkChain2(first, body)
	return ok && end == len(body)
}

// Unpad2 takes the padding and its length off a decrypted body of IKEv2; false where the length cannot be.
func Unpad2(b []byte) (body, padding []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	n := len(b) - 1 - int(b[len(b)-1])
	if n < 0 {
		return nil, nil, false
	}
	return b[:n:n], b[n : len(b)-1], true
}
