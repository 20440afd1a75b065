package esp

import (
	"encoding/binary"
	"net/netip"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// Decrypting a packet has a part that may be done at any time and in any order, the cryptography, and one that must be done in the
// order of the capture: sequence numbers, statistics, what is learned of an SA. Prepare does the first for many packets: by
// several goroutines at once also where all packets are of one SA, and two HMACs at a time. Open takes up what it finds there
// if it comes to need just that, and does it itself otherwise; so what comes out is the same with and without Prepare.

// Prepare does the cryptography of packets ahead of their turn with Open. Their plaintexts are appended to plain, which is
// returned; the packets keep slices of it. Goroutines may do so at once, for different packets, each with a Scratch of its own.
func (t *Table) Prepare(pkts []*Packet, plain []byte, s *Scratch) []byte {
	s.begin(t)
	plain = reserve(plain, pkts)
	for _, p := range pkts {
		p.ahead = prepared{}
		if p.Proto != ESP || p.Cut || len(p.Payload) < espHeader {
			continue
		}
		if sa := s.route(t, p); sa != nil && sa.core.check {
			plain = s.prepare(sa, p, plain)
		}
	}
	plain = s.unpark(plain)
	return plain
}

// reserve makes room for the plaintexts of pkts, so that plain does not move while they are added.
func reserve(plain []byte, pkts []*Packet) []byte {
	n := 0
	for _, p := range pkts {
		n += len(p.Payload)
	}
	if cap(plain)-len(plain) < n {
		grown := make([]byte, len(plain), len(plain)+n+n/4)
		copy(grown, plain)
		return grown
	}
	return plain
}

// prepare tries the ICV length and the sequence number that are likeliest now.
func (s *Scratch) prepare(sa *SA, p *Packet, plain []byte) []byte {
	c := sa.core
	e, err := s.engine(c)
	if err != nil {
		return plain
	}
	body, icv := p.Payload, c.icvs[int(sa.icv.Load())%len(c.icvs)]
	from, to := espHeader+c.ivLen, len(body)-icv
	if to-from < 2 || (to-from)%c.block != 0 {
		return plain
	}
	lo := binary.BigEndian.Uint32(body[4:])
	n, _ := sa.number(lo, 0)
	p.ahead = prepared{sa: sa, core: c, n: n, icv: int32(icv)}
	switch {
	case e.aead != nil:
		at := len(plain)
		if out, err := s.unseal(c, e.aead, plain, body, body[from:], body[espHeader:from], n); err == nil {
			p.ahead.fits, p.ahead.data = true, out[at:len(out):len(out)]
			plain = out
		}
	case e.hmac != nil:
		plain = s.park(parked{p, e.hmac}, plain)
	default:
		o := opener{engine: e, core: c, sa: sa, s: s}
		e.mac.Reset()
		e.mac.Write(body[:to])
		p.ahead.fits = o.matches(body[to:], n)
		plain = s.decrypt(p, plain)
	}
	return plain
}

// park computes the HMAC of p together with that of a packet that waits, or lets it wait.
func (s *Scratch) park(p parked, plain []byte) []byte {
	lot := &s.parked[min(len(p.pkt.Payload)/64, parkedLots-1)]
	if lot.pkt == nil {
		*lot = p
		return plain
	}
	q := *lot
	*lot = parked{}
	return s.pair(q, p, plain)
}

// unpark does those that still wait.
func (s *Scratch) unpark(plain []byte) []byte {
	var one parked
	for i := range s.parked {
		q := s.parked[i]
		if q.pkt == nil {
			continue
		}
		s.parked[i] = parked{}
		if one.pkt == nil {
			one = q
			continue
		}
		plain = s.pair(one, q, plain)
		one = parked{}
	}
	if one.pkt != nil {
		m, icv := one.message(s.small[:0])
		s.sum = s.hmac.Sum(one.key, m, s.sum[:0])
		one.pkt.ahead.fits = equalICV(icv, s.sum)
		plain = s.decrypt(one.pkt, plain)
	}
	return plain
}

// pair does two packets at once.
func (s *Scratch) pair(p, q parked, plain []byte) []byte {
	m, icvP := p.message(s.small[:0])
	n, icvQ := q.message(s.small[8:8])
	s.sum, s.sum2 = s.hmac.SumPair(p.key, q.key, m, n, s.sum[:0], s.sum2[:0])
	p.pkt.ahead.fits, q.pkt.ahead.fits = equalICV(icvP, s.sum), equalICV(icvQ, s.sum2)
	return s.decrypt(q.pkt, s.decrypt(p.pkt, plain))
}

// message is what the ICV is over, and the ICV. small has room for the high half of the sequence number.
func (p *parked) message(small []byte) (m alg.Message, icv []byte) {
	a, body := &p.pkt.ahead, p.pkt.Payload
	to := len(body) - int(a.icv)
	m.Data = body[:to]
	if a.n.extended {
		m.Suffix = binary.BigEndian.AppendUint32(small, a.n.hi)
	}
	return m, body[to:]
}

// decrypt appends the plaintext of a packet whose ICV is correct.
func (s *Scratch) decrypt(p *Packet, plain []byte) []byte {
	a := &p.ahead
	if !a.fits {
		return plain
	}
	from, to := espHeader+a.core.ivLen, len(p.Payload)-int(a.icv)
	ct := p.Payload[from:to]
	if a.core.null {
		a.data = ct
		return plain
	}
	e, err := s.engine(a.core)
	if err != nil {
		*a = prepared{}
		return plain
	}
	at := len(plain)
	out := plain[at : at+len(ct) : at+len(ct)]
	if err := e.dec.Decrypt(out, p.Payload[espHeader:from], ct); err != nil {
		*a = prepared{}
		return plain
	}
	a.data = out
	return plain[:at+len(ct)]
}

const (
	routeSlots = 256        // flows whose SA is remembered
	spread     = 0x9e3779b1 // odd, of no pattern: SPIs that a daemon counts up do not meet
)

// route is the SA to prepare a packet with: of those with its SPI and destination, or its SPI alone, the one whose addresses fit
// best. It depends on nothing but the table.
func (s *Scratch) route(t *Table, p *Packet) *SA {
	if s.routes == nil {
		s.routes = make([]route, routeSlots)
	}
	spi := binary.BigEndian.Uint32(p.Payload)
	r := &s.routes[(spi*spread)>>24%routeSlots]
	if r.spi == spi && r.sa != nil && r.src == p.Src && r.dst == p.Dst {
		return r.sa
	}
	src, dst := normalAddr(p.Src), normalAddr(p.Dst)
	key := keyOf(ESP, spi)
	sa := best(t.withSPI(key, dst, true), src, dst)
	if sa == nil {
		sa = best(t.of(key, true), src, dst)
	}
	*r = route{spi, p.Src, p.Dst, sa}
	return sa
}

func best(list []*SA, src, dst netip.Addr) (found *SA) {
	rank := ranks
	for _, sa := range list[:min(len(list), maxScan)] {
		if r := sa.rank(src, dst); r < rank {
			found, rank = sa, r
		}
	}
	return found
}
