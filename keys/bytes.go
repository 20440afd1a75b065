package keys

import "encoding/binary"

// join is a followed by b, in a slice of its own.
func join(a, b []byte) []byte {
	return append(append(make([]byte, 0, len(a)+len(b)), a...), b...)
}

// be32 is a message ID as the wire has it.
func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

// cut is the first n bytes of b; all of it where there are fewer, as with a block longer than the hash (no cipher has one).
func cut(b []byte, n int) []byte {
	n = max(0, min(n, len(b)))
	return b[:n:n]
}
