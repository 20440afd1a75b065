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
