package esp

const (
	windowWords = 16
	windowBits  = 64 * windowWords
)

// A window remembers which of the last sequence numbers were seen, as the replay window of RFC 4303, section 3.4.3, but never
// rejects one: what falls out on the left counts as new.
type window struct {
	top    uint64 // highest number seen
	bottom uint64 // the lowest, as long as all from there on were seen
	any    bool
	bits   *windowMask // nil as long as all from bottom to top were seen: most SAs lose nothing
}

// A windowMask has bit n%windowBits for n, top-windowBits < n <= top.
type windowMask [windowWords]uint64

func (m *windowMask) set(n uint64) { m[n/64%windowWords] |= 1 << (n % 64) }

func (m *windowMask) clear(n uint64) { m[n/64%windowWords] &^= 1 << (n % 64) }

func (m *windowMask) has(n uint64) bool { return m[n/64%windowWords]&(1<<(n%64)) != 0 }

// seen marks seq and reports whether it was marked.
func (w *window) seen(seq uint64) bool {
	switch {
	case !w.any:
		w.top, w.bottom, w.any = seq, seq, true
		return false
	case w.bits == nil && seq == w.top+1 && seq != 0:
		w.top = seq
		return false
	case seq <= w.top && w.top-seq >= windowBits:
		return false
	case w.bits == nil && seq >= w.bottom && seq <= w.top:
		return true
	}
	w.spread()
	if seq > w.top {
		w.advance(seq)
	}
	was := w.bits.has(seq)
	w.bits.set(seq)
	return was
}

// spread makes the bits, when a number leaves a gap.
func (w *window) spread() {
	if w.bits != nil {
		return
	}
	w.bits = new(windowMask)
	for back := range min(w.top-w.bottom+1, windowBits) {
		w.bits.set(w.top - back)
	}
}

// advance makes seq the highest number and forgets those that leave the window.
func (w *window) advance(seq uint64) {
	if seq-w.top >= windowBits {
		*w.bits = windowMask{}
	} else {
		for n := range seq - w.top {
			w.bits.clear(w.top + 1 + n)
		}
	}
	w.top = seq
}
