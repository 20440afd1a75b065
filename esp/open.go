package esp

import (
	"encoding/binary"
	"fmt"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// Open decrypts a packet with the SAs of t: it finds the SA, checks the ICV, decrypts, checks the padding, and goes on with what is
// inside: ESP, AH or IPComp in transport mode, an inner IP packet, and what that carries. The error is about the outermost
// layer; it satisfies errors.Is with one of the package's sentinels, and Opened.SA is then the SA that matches best, if any.
func (t *Table) Open(pkt *Packet, s *Scratch) (Opened, error) {
	err := t.OpenInto(&s.opened, pkt, s)
	return s.opened, err
}

// OpenInto is Open into an Opened that stays where it is: Layers may be a slice of it.
func (t *Table) OpenInto(o *Opened, pkt *Packet, s *Scratch) error {
	s.begin(t)
	if s.quick(o, pkt) {
		return nil
	}
	w := walk{t: t, s: s, pkt: pkt, c: outerCarrier(pkt)}
	if err := w.layer(pkt.Proto, pkt.Payload); err != nil {
		*o = Opened{SA: w.best}
		return err
	}
	w.result(o, w.descend())
	return nil
}

var errDepth = fmt.Errorf("%w: more than %d layers", ErrMalformed, maxDepth)

// descend decrypts what the outermost layer held as far as it can, and says why it stopped if there was another layer.
func (w *walk) descend() error {
	for {
		proto, body := Protocol(w.next), w.data
		switch w.next {
		case ip.ProtoNoNext:
			w.dummy = true
			return nil
		case ip.ProtoIPv4, ip.ProtoIPv6:
			proto, body = w.tunnel()
		case ip.ProtoAGGFRAG:
			w.aggregate()
			return nil
		case uint8(ESP), uint8(AH), uint8(IPComp):
		default:
			return nil
		}
		if body == nil {
			return nil
		}
		if w.s.count >= maxDepth {
			return errDepth
		}
		if err := w.layer(proto, body); err != nil {
			return err
		}
		w.ahead = false
	}
}

// finish puts the content of a layer in transport mode back behind the header of the inner packet that it was in, or, in BEET
// mode, behind the header that the SA stands for.
func (w *walk) finish() {
	if !w.c.opened || w.next == ip.ProtoIPv4 || w.next == ip.ProtoIPv6 || w.dummy {
		return
	}
	if sa := w.last().SA; sa != nil && sa.BEET {
		if p := w.beet(sa); p != nil {
			w.s.out, w.ip, w.ahead = p, p, false
			return
		}
	}
	if !w.c.inner {
		return
	}
	if p := w.c.rebuild(w.s.out, w.next, w.data); p != nil {
		w.s.out, w.ip, w.ahead = p, p, false
	}
}

func (w *walk) result(o *Opened, inner error) {
	w.finish()
	s := w.s
	*o = Opened{
		SA: s.layers[0].SA, Layers: s.layers[:s.count:s.count], NextHeader: w.next, Payload: w.data, IP: w.ip,
		Dummy: w.dummy, Aggregate: w.agg, Seq: s.layers[0].Seq, Inner: inner, Verified: true,
		Ahead: w.ahead,
	}
	if s.count == 1 {
		o.only[0] = s.layers[0]
		o.Layers = o.only[:]
	}
	checked := false
	for i := range o.Layers {
		l := &o.Layers[i]
		o.Notes |= l.Notes
		if l.Protocol != IPComp {
			checked = true
			o.Verified = o.Verified && l.Verified
		}
	}
	o.Verified = o.Verified && checked
	o.Cut = o.Notes&NoteCut != 0
}

// mostMisses is how many packets keys that are only supposed are tried on: there may be a thousand for one SA.
const mostMisses = 256

// layer decrypts the ESP, AH or IPComp header that body starts with.
func (w *walk) layer(proto Protocol, body []byte) error {
	w.best = nil
	if proto == IPComp {
		return w.ipcomp(body)
	}
	spi, err := spiOf(proto, body)
	if err != nil {
		if w.pkt.Cut {
			return ErrCut
		}
		return err
	}
	l := &w.s.layers[w.s.count]
	q := search{t: w.t, s: w.s, key: keyOf(proto, spi), src: w.c.src, dst: w.c.dst}
	if a := &w.pkt.ahead; w.s.count == 0 && a.fits {
		q.hint = a.sa
	}
	for sa := q.next(); sa != nil; sa = q.next() {
		if sa.misses.Load() >= mostMisses {
			continue
		}
		*l = Layer{SA: sa, Protocol: proto, SPI: spi, Src: w.c.src, Dst: w.c.dst}
		data, e := w.with(sa, l, body, q.loose())
		if e == nil {
			w.took(sa, &q, l, data, len(body))
			return nil
		}
		if sa.Supposed && !sa.Proven() {
			sa.misses.Add(1)
			continue
		}
		if q.stage == stageTurned {
			continue // that it is such an SPI was a guess
		}
		if w.best == nil || e == ErrCipherKey && err != e {
			w.best, err = sa, e
		}
	}
	if proto == ESP && (err == ErrICV || err == errBlocks) {
		if data, ok := w.unverified(w.best, l, body); ok {
			w.took(w.best, &q, l, data, len(body))
			return nil
		}
	}
	if proto == ESP && (err == ErrICV || err == errBlocks) {
		w.misplaced(w.best, body)
	}
	if proto == AH && (w.best == nil || w.best.AnySPI) {
		return w.bareAH(spi, body)
	}
	if proto == ESP && w.mayBeNull() && w.null(body) {
		return nil
	}
	if w.best == nil {
		return ErrNoSA
	}
	w.best.saw(w.pkt, len(body))
	w.best.failed(err)
	return err
}

// mayBeNull reports whether a packet that no SA decrypted may be tried for NULL encryption: no SA has its SPI, or force is on.
func (w *walk) mayBeNull() bool {
	d := w.t.NullDetector
	return d != nil && (w.best == nil || w.best.AnySPI || d.opt.Force)
}

// with tries to decrypt body with sa. strict is for an SA without an ICV that is not named by addresses and SPI.
func (w *walk) with(sa *SA, l *Layer, body []byte, strict bool) ([]byte, error) {
	if w.pkt.Cut {
		return w.cut(sa, l, body)
	}
	if sa.core.noSalt {
		return nil, sa.core.lacks()
	}
	o := opener{sa: sa, core: sa.core, s: w.s, layer: l, strict: strict, repeat: w.pkt.Repeat, depth: w.s.count, fresh: sa.top.Load() == 0}
	if o.depth == 0 && w.pkt.ahead.core == sa.core {
		o.ahead = &w.pkt.ahead
	} else if err := o.setUp(); err != nil {
		return nil, err
	}
	if l.Protocol == AH {
		return o.ah(&w.c, body)
	}
	if len(w.pkt.WESP) > 0 && w.s.count == 0 {
		return w.wrapped(&o, body)
	}
	data, err := o.esp(body)
	w.ahead = o.taken
	return data, err
}

// wrapped decrypts wrapped ESP. Its ICV covers the header around, too (RFC 5840, section 2), but some senders take ESP as it is and put the
// header before it: both are tried, and a high half of the sequence number is searched only where neither fits.
func (w *walk) wrapped(o *opener, body []byte) (data []byte, err error) {
	search := o.fresh
	for _, o.fresh = range [...]bool{false, true} {
		if o.fresh && !search {
			break
		}
		for _, w.s.wesp = range [...][]byte{nil, w.pkt.WESP} {
			if data, err = o.esp(body); err != ErrICV {
				w.s.wesp, w.ahead = nil, o.taken
				return data, err
			}
		}
	}
	w.s.wesp = nil
	return nil, err
}

// took enters a layer that sa decrypted.
func (w *walk) took(sa *SA, q *search, l *Layer, data []byte, n int) {
	if sa.AnySPI || q.stage == stageTurned {
		sa = w.t.fromAny(sa, &w.c, q.key.spi())
		l.SA = sa
	}
	w.s.remember(flowKey{q.key, w.c.src, w.c.dst}, sa, q.tried > 1)
	if !sa.AnySPI && sa.addresses(w.c.src, w.c.dst) >= rankHalf {
		l.Notes |= NoteAddresses
	}
	if sa.opened(l, data, w.pkt, n) {
		l.Notes |= NoteDuplicate
	}
	w.enter(l, data)
}

// spiOf reads the SPI of an ESP or AH packet.
func spiOf(proto Protocol, body []byte) (uint32, error) {
	switch {
	case proto == ESP && len(body) >= 8:
		return binary.BigEndian.Uint32(body), nil
	case proto == AH && len(body) >= 12:
		return binary.BigEndian.Uint32(body[4:]), nil
	case proto != ESP && proto != AH:
		return 0, errProtocol
	}
	return 0, errShort
}
