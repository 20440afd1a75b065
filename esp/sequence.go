package esp

import "sync/atomic"

// A number is a sequence number that a packet may have been sent with.
type number struct {
	hi, lo   uint32
	extended bool // of 64 bits: hi is under the ICV though not sent
}

func (n number) seq() uint64 { return uint64(n.hi)<<32 | uint64(n.lo) }

const (
	firstHalves = 16      // high halves tried on each packet of an SA whose place in its life is not known
	wideHalves  = 1 << 17 // tried on the first packets: 2^49 packets, more than any SA lives to see
	guessHalves = 256     // likewise, where no source says that the SA has ESN
	wideTrials  = 3       // how many packets that is done for, since the first may be damaged
	wideBudget  = 1 << 23 // halves tried in vain by all SAs of a table together: ten seconds at worst
)

// number returns the i-th sequence number to try for a packet that shows lo, the likeliest first. Before a packet has verified
// one, what the source says of ESN is not relied on: most key files do not mention it. Afterwards the high half nearest to
// the highest number verified is correct (RFC 4303, appendix A2) unless much was lost, or the sender began anew.
func (sa *SA) number(lo uint32, i int) (n number, ok bool) {
	top := sa.top.Load()
	switch {
	case top == 0 && sa.core.esn:
		return number{uint32(i % firstHalves), lo, i < firstHalves}, i <= firstHalves
	case top == 0:
		return number{0, lo, i == 1}, i <= 1
	case !sa.extended.Load():
		return number{0, lo, false}, i == 0
	}
	hi := nearest(top-1, lo)
	switch i {
	case 0:
	case 1:
		hi++
	case 2:
		hi--
	case 3:
		hi += 2
	default:
		hi = 0
	}
	return number{hi, lo, true}, i <= 4
}

// nearest is the high half that brings lo closest to top.
func nearest(top uint64, lo uint32) uint32 {
	hi, last := uint32(top>>32), uint32(top)
	switch {
	case lo < last && last-lo > 1<<31:
		return hi + 1
	case lo > last && lo-last > 1<<31 && hi > 0:
		return hi - 1
	}
	return hi
}

// newBudget is what the SAs of a table may spend on wide.
func newBudget() *atomic.Int64 {
	b := new(atomic.Int64)
	b.Store(wideBudget)
	return b
}
