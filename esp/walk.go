package esp

// A walk goes from the outermost layer of a packet to the innermost.
type walk struct {
	t     *Table
	s     *Scratch
	pkt   *Packet
	c     carrier
	best  *SA   // that failed on the layer in hand
	next  uint8 // protocol of what the last layer held
	data  []byte
	ip    []byte // innermost IP packet
	agg   *Aggregate
	dummy bool
	ahead bool // data is what Prepare has made, or a part of it
}

func (w *walk) last() *Layer { return &w.s.layers[w.s.count-1] }

// enter makes data the content in hand.
func (w *walk) enter(l *Layer, data []byte) {
	w.next, w.data = l.Next, data
	w.c.opened, w.c.length = true, 0
	w.s.count++
}

// closed counts a packet of sa that is not decrypted.
func (w *walk) closed(sa *SA, n int, err error) error {
	w.best = sa
	if sa != nil {
		sa.saw(w.pkt, n)
		sa.failed(err)
	}
	return err
}

func (w *walk) short() error {
	if w.pkt.Cut {
		return ErrCut
	}
	return errShort
}
