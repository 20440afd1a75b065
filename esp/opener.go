package esp

import (
	"crypto/subtle"
	"encoding/binary"
)

// An opener tries one SA on one layer.
type opener struct {
	*engine // nil where ahead may make it unnecessary: see setUp
	ahead   *prepared
	core    *core
	sa      *SA
	s       *Scratch
	layer   *Layer
	strict  bool
	repeat  bool // the capture has the packet twice
	depth   int
	taken   bool // what Prepare has made was taken
	fresh   bool // when the packet came, nothing was known of the sequence number; another goroutine may find it out meanwhile
}

// suffix is the high half of the sequence number, which is not sent, but under the ICV (RFC 4303, section 2.2.1).
func (o *opener) suffix(n number) []byte {
	if !n.extended {
		return nil
	}
	return binary.BigEndian.AppendUint32(o.s.small[:0], n.hi)
}

// matches ends the MAC with the high half of the sequence number and compares.
func (o *opener) matches(icv []byte, n number) bool {
	if n.extended {
		o.mac.Write(o.suffix(n))
	}
	o.s.sum = o.mac.Sum(o.s.sum[:0])
	return equalICV(icv, o.s.sum)
}

func equalICV(icv, sum []byte) bool {
	return len(icv) <= len(sum) && subtle.ConstantTimeCompare(sum[:len(icv)], icv) == 1
}

// fits notes the sequence number that an ICV verified.
func (o *opener) fits(n number, trial int) {
	l := o.layer
	l.Seq, l.Extended, l.Verified = n.seq(), n.extended, true
	if trial > 0 && n.hi > 0 {
		l.Notes |= NoteHighHalf
	}
	if n.extended != o.core.esn {
		l.Notes |= NoteESN
	}
}

// wide searches the high half of a packet for which number had none that matches: the capture starts in the middle of the SA's
// life. It costs as much as decrypting many packets, so it is done for few, and not for ever if the key is wrong.
func (o *opener) wide(lo uint32, try func(number) bool) bool {
	sa := o.sa
	if !o.fresh || sa.budget == nil {
		return false
	}
	sa.wideLock.Lock() // who comes while another goroutine searches waits for what it finds
	defer sa.wideLock.Unlock()
	if sa.top.Load() != 0 {
		return o.again(lo, try)
	}
	limit := uint32(guessHalves)
	if o.core.esn {
		limit = wideHalves
	}
	if sa.wideTried >= wideTrials*len(o.core.icvs) || sa.budget.Load() < int64(limit) {
		return false
	}
	sa.wideTried++
	first := uint32(1)
	if o.core.esn {
		first = firstHalves
	}
	for hi := first; hi < limit; hi++ {
		if n := (number{hi, lo, true}); try(n) {
			o.fits(n, 1)
			sa.reached(o.layer)
			return true
		}
	}
	sa.budget.Add(-int64(limit))
	return false
}

// again tries what number has by now.
func (o *opener) again(lo uint32, try func(number) bool) bool {
	for i := 0; ; i++ {
		n, ok := o.sa.number(lo, i)
		if !ok {
			return false
		}
		if try(n) {
			o.fits(n, i)
			return true
		}
	}
}

// prepared is what Prepare has found for the sequence number that is tried first. Where it is another by now, or the ICV did
// not fit, nothing is ready.
func (o *opener) prepared(icv int, lo uint32) (data []byte, ok bool) {
	a := o.ahead
	if a == nil || !a.fits || int(a.icv) != icv {
		return nil, false
	}
	if n, _ := o.sa.number(lo, 0); n != a.n {
		return nil, false
	}
	o.fits(a.n, 0)
	o.taken = true
	return a.data, true
}

// setUp readies the engine, unless it is.
func (o *opener) setUp() error {
	if o.engine != nil {
		return nil
	}
	e, err := o.s.engine(o.core)
	if err != nil {
		return err
	}
	o.engine = e
	return nil
}
