package v1

import (
	"bytes"
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// readClear takes an unencrypted message as decrypted.
func (r *result) readClear() {
	r.plain = r.msg.Raw[decode.HeaderLen:]
	r.end = len(r.plain) - len(r.msg.Trailer)
	r.payloads, r.opened = r.msg.Message.Payloads, true
}

// parse reads the payloads of what was decrypted.
func (r *result) parse() {
	r.payloads, _, r.err = ikev1.Grammar.ParsePayloads(r.msg.NextPayload, r.plain)
}

// weigh tells whether plain is a chain of payloads with padding, and how many bits of evidence it is for the key.
func (o *opening) weigh(r *result, plain []byte) (bits, end int, ok bool) {
	first := r.msg.NextPayload
	if first == decode.PayloadNone {
		return 0, 0, false
	}
	end, ok = ikev1.Grammar.WalkChain(first, plain)
	if !ok {
		// Of a message that was cut the front may do: two headers in a row.
		if !r.short || end < 8 {
			return 0, end, false
		}
		return 12, end, true
	}
	if len(plain)-end > maxPad || end == 0 {
		return 0, end, false
	}
	return o.evidence(first, plain[:end]) + padBits(plain[end:], o.size), end, true
}

// maxPad is the most padding that is accepted: a byte's worth, as some peers pad by a random number of blocks.
const maxPad = 255

// evidence counts the bits of a chain: a zero and a known type in each header, a HASH of exactly the right length.
func (o *opening) evidence(first decode.PayloadType, chain []byte) int {
	bits := 0
	for next, at := first, 0; next != decode.PayloadNone && at+4 <= len(chain); {
		n := int(binary.BigEndian.Uint16(chain[at+2:]))
		bits += 11
		if next == ikev1.PayloadHash && n == 4+o.p.Hash.New().Size() {
			bits += 12
		}
		next, at = decode.PayloadType(chain[at]), at+max(n, 4)
	}
	return bits
}

// enoughBits is the evidence, in bits, that makes the key accepted without a HASH. A source that ties SKEYID_e or Ka to the cookies of the SA leaves
// little to try: a message of one HASH does, where a part of a capture has no other.
func (o *opening) enoughBits() int {
	if used := o.k.keys.Used; len(used) > 0 && !used[0].Where.Initiator.IsZero() && (used[0].Kind == secret.EncKey || used[0].Kind == secret.SKEYIDe) {
		return candidate.EnoughBitsBound
	}
	return candidate.EnoughBits
}

// padBits counts the evidence of the padding: its length below a block, and bytes that are zero as most peers send.
func padBits(pad []byte, size int) int {
	bits := 0
	if len(pad) < size {
		bits = 8
	}
	if len(pad) > 0 && len(bytes.TrimLeft(pad, "\x00")) == 0 {
		bits += min(8*len(pad), 24)
	}
	return bits
}
