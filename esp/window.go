package esp

const (
	windowWords = 16
	windowBits  = 64 * windowWords
)

// A window remembers which of the last sequence numbers were seen, as the replay window of RFC 4303, section 3.4.3, but never
// rejects one: what falls out on the left counts as new.
type window struct {
	top  uint64 // highest number seen
	any  bool
	bits [windowWords]uint64 // bit n%windowBits stands for n, top-windowBits < n <= top
}

// seen marks seq and reports whether it was marked.
func (w *window) seen(seq uint64) bool {
	if !w.any || seq > w.top {
		w.advance(seq)
	} else if w.top-seq >= windowBits {
		return false
	}
	word, bit := &w.bits[seq/64%windowWords], uint64(1)<<(seq%64)
	was := *word&bit != 0
	*word |= bit
	return was
}

// advance makes seq the highest number and forgets those that leave the window.
func (w *window) advance(seq uint64) {
	if !w.any || seq-w.top >= windowBits {
		w.bits = [windowWords]uint64{}
	} else {
		for n := w.top + 1; n <= seq; n++ {
			w.bits[n/64%windowWords] &^= 1 << (n % 64)
		}
	}
	w.top, w.any = seq, true
}
