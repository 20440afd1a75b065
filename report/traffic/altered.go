package traffic

// A beside is the flow that packets with an SPI of their own most likely belong to: its SPI differs in one bit, and their sequence numbers are
// near its last one, but missing there.
type beside struct {
	flow    Flow
	counter *Counter
	fits    int // packets
	numbers []uint32
}

const (
	bitsOfSPI      = 32
	nearNumbers    = 64 // sequence numbers from the last one
	leastBeside    = 3  // packets of the flow that is altered
	timesAltered   = 2  // as many packets as there are altered ones, at the least
	maxAlteredSame = 64 // packets with the same altered SPI
)

// besideOf finds the flow that a packet may belong to whose SPI is seen for the first time.
func (w *Numbers) besideOf(f Flow, number uint32) (b beside) {
	for bit := range bitsOfSPI {
		g := f
		g.SPI ^= 1 << bit
		if c := w.counters[g]; c != nil && c.lacks(number) && (b.counter == nil || c.Packets > b.counter.Packets) {
			b.flow, b.counter = g, c
		}
	}
	return b
}

// lacks reports whether a sequence number would go on with those of c, and is not among them.
func (c *Counter) lacks(number uint32) bool {
	if c.Packets < leastBeside || number <= c.course.low || apart(number, c.course.last) > nearNumbers {
		return false // what counts from the beginning is an SA of its own
	}
	_, had := c.seen.of(number)
	return !had
}

// packet takes a packet with the SPI of its own in.
func (b *beside) packet(number uint32) {
	if b.counter != nil && len(b.numbers) < maxAlteredSame && b.counter.lacks(number) {
		b.fits++
		b.numbers = append(b.numbers, number)
	}
}

// AlteredFrom is the flow that the packets of f were sent on before one bit of their SPI was altered, as far as can be seen, and their sequence
// numbers.
func (w *Numbers) AlteredFrom(f Flow) (from Flow, numbers []uint32, ok bool) {
	c := w.counters[f]
	if c == nil || c.beside.counter == nil {
		return from, nil, false
	}
	b := &c.beside
	for _, n := range b.numbers {
		if _, had := b.counter.seen.of(n); had {
			return from, nil, false // it came with its own SPI as well
		}
	}
	return b.flow, b.numbers, b.fits == c.Packets && c.Packets*timesAltered <= b.counter.Packets
}
