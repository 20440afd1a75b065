package esp

import (
	"encoding/binary"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// An ICV proves the key that it is made with, and that the bytes under it are those that were sent; nothing else. With a combined mode
// (AES-GCM) that is the one key there is, its salt included. Where a MAC stands beside a cipher, the encryption key is proved by what
// it decrypts: pad length, padding, next header, inner header and lengths. That evidence is counted in bits over the first packets, as
// for NULL encryption; once it is enough, no packet is weighed any more.

const (
	provedBits  = 40  // of evidence prove an encryption key whose ICVs are correct
	refutedBits = -30 // below that nothing is counted: a key that starts badly can still be proved
	oddBits     = -20 // of a packet that cannot have been encrypted so: a pad length beyond its data, no whole blocks
	brokenBits  = 16  // less for an inner header that its protocol does not allow
	authTrials  = 16  // packets with a wrong ICV whose content is weighed all the same
)

// A KeyFault says which of the keys of an SA its packets refute.
type KeyFault uint8

// The faults.
const (
	NoKeyFault        KeyFault = iota
	WrongCipherKey             // the ICVs are correct, but what the encryption key decrypts is no packet
	SwappedKeys                // the encryption key is given as authentication key, and the other way round
	KeysOfOther                // the keys are those of an SA beside it in the file that gave them
	WrongMACKey                // the encryption key is correct, but no ICV matches
	WrongMACAlgorithm          // likewise, and ICVs are of another length than the integrity algorithm makes them
	WrongICVLength             // likewise, and with ICVs of that length the integrity key matches, or that of a combined mode is one key
)

// Err says it as the reason why packets are not decrypted; nil for NoKeyFault. All but that for WrongCipherKey are ErrICV.
func (f KeyFault) Err() error {
	return [...]error{nil, ErrCipherKey, errSwapped, errOfOther, errMACKey, errMACAlgorithm, errICVLength}[f]
}

// A doubt is what packets say for and against the keys of an SA until they are proved.
type doubt struct {
	score  int   // bits for the encryption key, where ICVs are correct
	past   facts // of packets before
	odd    int   // packets that are no whole blocks
	failed int   // packets with a wrong ICV
	auth   []authScore
	fault  KeyFault
	placed bool   // misplaced has looked
	of     uint32 // SPI of the other SA, where fault is KeysOfOther
	icv    int    // bytes on the wire, where fault is about the ICV
}

// doubts is the doubt about the keys.
func (t *traffic) doubts() *doubt {
	if t.doubt == nil {
		t.doubt = new(doubt)
	}
	return t.doubt
}

// An authScore is what speaks for the content of packets with a wrong ICV, if the ICV has so many bytes.
type authScore struct {
	icv  int
	bits int
	hard bool
	past facts
}

// doubtful reports whether the encryption key of sa is still to be proved where an ICV is correct. One that a key schedule gave together
// with the integrity key is as sure as that: the packets of negotiated SAs, which may carry what no rule knows, are not weighed.
func (sa *SA) doubtful() bool { return sa.core.apart && !sa.Derived && !sa.sure.Load() }

// CipherProved reports whether what proves the keys of sa proves the encryption key, too: an ICV made with it, a key schedule that gave both, or
// what it decrypts.
func (sa *SA) CipherProved() bool { return !sa.doubtful() }

// Weighed reports whether the content of packets has proved the encryption key.
func (sa *SA) Weighed() bool { return sa.sure.Load() }

// KeyFault is what packets say against the keys of sa, with the bytes of the ICV on the wire where it is about that.
func (sa *SA) KeyFault() (fault KeyFault, icv int) {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	if sa.traffic == nil || sa.traffic.doubt == nil {
		return NoKeyFault, 0
	}
	return sa.traffic.doubt.fault, sa.traffic.doubt.icv
}

// KeysOf is the SPI of the SA whose keys sa was given, where its fault is KeysOfOther.
func (sa *SA) KeysOf() uint32 {
	sa.mu.Lock()
	defer sa.mu.Unlock()
	if sa.traffic == nil || sa.traffic.doubt == nil {
		return 0
	}
	return sa.traffic.doubt.of
}

// proves weighs a plaintext whose ICV is correct, and reports whether the encryption key can have made it.
func (o *opener) proves(pt []byte) bool {
	sa := o.sa
	sa.mu.Lock()
	defer sa.mu.Unlock()
	d := sa.seen().doubts()
	j := judge{src: o.layer.Src, dst: o.layer.Dst, past: &d.past}
	j.weighKeyed(pt)
	good := j.bits > 0 && d.score+j.bits > 0
	if good || j.bits == 0 {
		d.past = j.now
	}
	if !o.repeat {
		d.score = max(d.score+j.bits, refutedBits)
	}
	switch {
	case d.score >= provedBits:
		sa.sure.Store(true)
		d.fault = NoKeyFault
		if d.failed == 0 {
			sa.traffic.doubt = nil // nothing asks for it any more
		}
	case d.score > 0:
		d.fault = NoKeyFault
	case !good:
		sa.traffic.proven, d.fault = false, WrongCipherKey
	}
	return good
}

// unlike says why a packet of no whole blocks is not decrypted: where its ICV is correct, the cipher is another one.
func (o *opener) unlike(body []byte, to int, lo uint32) error {
	sa := o.sa
	if !sa.doubtful() {
		return errBlocks
	}
	sa.mu.Lock()
	d := sa.seen().doubts()
	d.odd++
	enough := d.odd > authTrials
	sa.mu.Unlock()
	if enough || o.setUp() != nil || !o.verify(body[:to], body[to:], lo) {
		return errBlocks
	}
	sa.mu.Lock()
	d.score = max(d.score+oddBits, refutedBits)
	d.fault = WrongCipherKey
	sa.mu.Unlock()
	return ErrCipherKey
}

// icvLengths are those that ICVs may have on the wire, the usual ones first (RFC 2404, RFC 4868).
var icvLengths = [...]int{12, 16, 24, 32, 20, 8, 0}

// unverified decrypts a packet whose ICV matches none of sa's, as far as its content shows that the encryption key is correct. It looks
// at the first packets of an SA alone, or at all where the table has NoVerify.
func (w *walk) unverified(sa *SA, l *Layer, body []byte) ([]byte, bool) {
	c := sa.core
	from := espHeader + c.ivLen
	if !c.apart && (c.cipher == nil || !c.cipher.AEAD || c.ivLen == 0) || w.pkt.Cut || len(body) < from {
		return nil, false
	}
	sa.mu.Lock()
	defer sa.mu.Unlock()
	if sa.seen().proven && !w.t.NoVerify {
		return nil, false
	}
	d := sa.traffic.doubts()
	if d.failed >= authTrials && (d.fault < WrongMACKey || !w.t.NoVerify) {
		return nil, false
	}
	pt, e, ok := w.plain(c, body, from)
	if !ok {
		return nil, false
	}
	if d.failed < authTrials {
		d.failed++
		w.weighUnverified(d, l, pt, len(body)-from, c.block)
		if d.fault == NoKeyFault {
			w.judgeICV(d, sa, e, body)
		}
	}
	n := len(body) - from - d.icv
	if d.fault < WrongMACKey || !w.t.NoVerify || n < 2 || n > len(pt) {
		return nil, false
	}
	data, next, regular, err := trimPadding(pt[:n:n])
	if err != nil || plausible(next, data, l.Src, l.Dst) == implausible {
		return nil, false
	}
	*l = Layer{SA: sa, Protocol: ESP, SPI: l.SPI, Seq: uint64(binary.BigEndian.Uint32(body[4:])), Src: l.Src, Dst: l.Dst, Next: next, Notes: NoteICV}
	if !regular {
		l.Notes |= NotePadding
	}
	return data, true
}

// plain decrypts all whole blocks behind the IV, those of the ICV among them.
func (w *walk) plain(c *core, body []byte, from int) (pt []byte, e *engine, ok bool) {
	e, err := w.s.engine(c)
	if err != nil {
		return nil, nil, false
	}
	ct := body[from : from+(len(body)-from)/c.block*c.block]
	if c.null {
		return ct, e, true
	}
	dec := e.dec
	if e.aead != nil {
		if dec, err = w.s.unchecked(c); err != nil {
			return nil, nil, false
		}
	}
	pt = w.s.buffer(w.s.count, len(ct))
	return pt, e, dec.Decrypt(pt, body[espHeader:from], ct) == nil
}

// weighUnverified weighs a plaintext under each length that the ICV behind it may have; have are the bytes of both.
func (w *walk) weighUnverified(d *doubt, l *Layer, pt []byte, have, block int) {
	if d.auth == nil {
		d.auth = make([]authScore, len(icvLengths))
		for i, n := range icvLengths {
			d.auth[i].icv = n
		}
	}
	for i := range d.auth {
		a := &d.auth[i]
		n := have - a.icv
		if n < 2 || n%block != 0 {
			a.bits = max(a.bits+oddBits, refutedBits)
			continue
		}
		j := judge{src: l.Src, dst: l.Dst, past: &a.past}
		j.weighKeyed(pt[:n])
		if a.bits = max(a.bits+j.bits, refutedBits); j.bits > 0 {
			a.past, a.hard = j.now, a.hard || j.hard
		}
	}
}

// judgeICV decides what is wrong with the ICVs, once the content of packets is surely what was sent.
func (w *walk) judgeICV(d *doubt, sa *SA, e *engine, body []byte) {
	best, second := 0, refutedBits
	for i := range d.auth {
		if d.auth[i].bits > d.auth[best].bits {
			best = i
		}
	}
	for i := range d.auth {
		if i != best {
			second = max(second, d.auth[i].bits)
		}
	}
	if a := &d.auth[best]; a.bits < provedBits || a.bits-second < leadBits || !a.hard {
		return
	}
	d.icv = d.auth[best].icv
	to := len(body) - d.icv
	own := false
	for _, n := range sa.core.icvs {
		own = own || n == d.icv
	}
	switch {
	case own && e.aead != nil: // altered on the path, or of a sequence number that was not found
	case own:
		d.fault = WrongMACKey
	case e.aead != nil: // a combined mode has one key
		d.fault = WrongICVLength
	case d.icv > 0 && w.s.matches(e, body[:to], body[to:]):
		d.fault = WrongICVLength
	default:
		d.fault = WrongMACAlgorithm
	}
}

// matches reports whether an ICV of any length is that of data.
func (s *Scratch) matches(e *engine, data, icv []byte) bool {
	if e.hmac != nil {
		s.sum = s.hmac.Sum(e.hmac, alg.Message{Data: data}, s.sum[:0])
		return equalICV(icv, s.sum)
	}
	e.mac.Reset()
	e.mac.Write(data)
	s.sum = e.mac.Sum(s.sum[:0])
	return equalICV(icv, s.sum)
}
