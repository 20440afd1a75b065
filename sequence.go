package ikedecode

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/esp"
)

// A Sequence counts the sequence numbers of an ESP flow that was not decrypted: they are unencrypted (RFC 4303, section 2.2). Of what
// comes later than its window of 64 numbers nobody knows whether it came before; it counts as new.
type Sequence struct {
	Low, High uint32
	Numbers   int // different ones, at most
	window    uint64
}

// sequenceWidth is the width of the window, in numbers.
const sequenceWidth = 64

// packet takes the number of a packet in, if it is ESP and long enough to have one.
func (q *Sequence) packet(p *esp.Packet) {
	const end = 8 // of the number, after the SPI
	if p.Proto == esp.ESP && len(p.Payload) >= end {
		q.add(binary.BigEndian.Uint32(p.Payload[4:]))
	}
}

func (q *Sequence) add(n uint32) {
	switch back := q.High - n; {
	case q.Numbers == 0:
		q.Low, q.High, q.window = n, n, 1
	case n > q.High:
		q.window = q.window<<min(n-q.High, sequenceWidth) | 1
		q.High = n
	case back >= sequenceWidth:
	case q.window>>back&1 != 0:
		return
	default:
		q.window |= 1 << back
	}
	q.Low = min(q.Low, n)
	q.Numbers++
}

// Missing is how many numbers between the lowest and the highest one did not come, at least.
func (q *Sequence) Missing() uint64 {
	span := uint64(q.High) - uint64(q.Low) + 1
	if n := uint64(q.Numbers); n < span && n > 0 {
		return span - n
	}
	return 0
}
