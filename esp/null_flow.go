package esp

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/ikedecode/ikedecode/internal/ip"
)

// A nullScore is the evidence for one geometry.
type nullScore struct {
	score     int // bits, kept between minScore and maxScore
	bits      int // the same without bounds
	fits      int32
	misfits   int32
	lengths   int32
	checksums int32
	paddings  int32
	hard      int32 // matches with something that is rare in random bytes
	tunnel    bool
	transport bool
}

// A nullFlow is what is known of the packets of one SPI between two hosts.
type nullFlow struct {
	used atomic.Bool // since the hand of the clock passed it

	mu       sync.Mutex
	key      flowKey
	order    int  // in which flows were first seen
	udp      bool // of the first packet
	fixed    bool // judged in a pass before: verdict and past stay as they are
	verdict  NullVerdict
	best     int8   // index in geometries
	accepted uint16 // geometries by which the flow is, or was, NULL, as bits
	packets  int
	repeats  int
	reopened int
	first    Point
	last     Point
	scores   [len(geometries)]nullScore
	past     facts
	pastOf   int8       // the geometry that past belongs to
	recent   [16]uint64 // hashes of packets that counted as evidence
	at       uint8      // in recent
	sa       *SA        // made for saOf
	saOf     int8
}

// sample is how many packets of a flow that is surely encrypted, or surely not, stand for one another.
const sample = 8

// observe weighs a packet and sets the verdict anew.
func (f *nullFlow) observe(seed maphash.Seed, pkt *Packet, body []byte) {
	if f.packets == 0 {
		f.first, f.udp = Point{pkt.Frame, pkt.Time}, pkt.UDP
	}
	f.last = Point{pkt.Frame, pkt.Time}
	f.packets++
	j := judge{src: f.key.src, dst: f.key.dst, udp: pkt.UDP, wire: wireLength(pkt)}
	switch {
	case f.scores[f.best].score == minScore && f.packets%sample != 0:
		return
	case f.scores[f.best].score == maxScore && f.verdict == NullEncrypted:
		if f.weigh(&j, int(f.best), body); !j.misfit && j.bits > 0 {
			f.scores[f.best].add(&j)
			f.scores[f.best].score = maxScore
			f.past, f.pastOf = j.now, f.best
			return
		}
	}
	f.all(seed, &j, body)
	f.judge()
}

// all weighs a packet under all geometries.
func (f *nullFlow) all(seed maphash.Seed, j *judge, body []byte) {
	best, at, bits, hashed := facts{}, -1, 0, false
	for i := range geometries {
		f.weigh(j, i, body)
		if j.bits > 0 && !hashed {
			if hashed = true; f.repeated(maphash.Bytes(seed, body)) {
				f.repeats++
				return
			}
		}
		f.scores[i].add(j)
		if !j.misfit && j.bits > bits {
			best, at, bits = j.now, i, j.bits
		}
	}
	if at >= 0 && (int(f.pastOf) == at || f.scores[at].score >= f.scores[f.pastOf].score) {
		f.past, f.pastOf = best, int8(at)
	}
}

// weigh judges a packet under one geometry.
func (f *nullFlow) weigh(j *judge, i int, body []byte) {
	j.past = &noFacts
	if int(f.pastOf) == i {
		j.past = &f.past
	}
	if j.wire > 0 {
		j.weighCut(body, j.wire, geometries[i])
		return
	}
	j.weigh(body, geometries[i])
}

// wireLength is the length of the ESP packet in a packet that the capture has cut, by the outer IP header; 0 if that is not
// known, or nothing is cut.
func wireLength(pkt *Packet) int {
	if !pkt.Cut || pkt.HeaderLen <= 0 || pkt.HeaderLen > len(pkt.IP) {
		return 0
	}
	h, ok := ip.ParseWhole(pkt.IP)
	if !ok {
		return 0
	}
	n := h.Total - pkt.HeaderLen
	if pkt.UDP {
		n -= 8
	}
	return max(n, 0)
}

// repeated reports whether a packet with the same bytes came before: a mirror port, or a replay, shows the same
// luck again and again.
func (f *nullFlow) repeated(h uint64) bool {
	for _, r := range f.recent {
		if r == h {
			return true
		}
	}
	f.recent[f.at%uint8(len(f.recent))] = h
	f.at++
	return false
}

func (s *nullScore) add(j *judge) {
	s.bits += j.bits
	s.score = max(s.score+j.bits, minScore)
	if j.misfit || j.bits <= 0 {
		s.misfits++
		return
	}
	s.fits++
	if j.hard {
		s.hard++
	}
	s.lengths += int32(j.lengths)
	s.checksums += int32(j.checksums)
	s.paddings += int32(j.paddings)
	s.tunnel = s.tunnel || j.now.tunnelled
	s.transport = s.transport || !j.now.tunnelled && j.now.next != ip.ProtoNoNext
}

// judge sets the verdict by the scores.
func (f *nullFlow) judge() {
	best, second := 0, minScore
	for i := range f.scores {
		if f.scores[i].score > f.scores[best].score {
			best = i
		}
	}
	for i := range f.scores {
		if i != best {
			second = max(second, f.scores[i].score)
		}
	}
	over := max(f.scores[best].score-maxScore, 0)
	for i := range f.scores {
		f.scores[i].score = max(f.scores[i].score-over, minScore) // what one has more than another stays
	}
	score := f.scores[best].score
	second -= over
	was := f.verdict
	switch {
	case score >= nullBits && score-second >= leadBits && f.scores[best].hard > 0:
		f.verdict = NullEncrypted
		f.accepted |= 1 << best
	case was == NullEncrypted && score >= reopenBits && int(f.best) == best:
	case score <= EncryptedBits:
		f.verdict = Encrypted
	default:
		f.verdict = Undecided
	}
	if was == NullEncrypted && f.verdict != was {
		f.reopened++
	}
	f.best = int8(best)
}

// opens returns the geometry by which the flow's verdict lets a packet be decrypted. With fixed verdicts that is any by which the
// flow was NULL at some time: an SPI may be used again.
func (f *nullFlow) opens(pkt *Packet, body []byte) (int, bool) {
	mask := f.accepted
	if !f.fixed {
		mask = 0
		if f.verdict == NullEncrypted {
			mask = 1 << f.best
		}
	}
	j := judge{src: f.key.src, dst: f.key.dst, udp: pkt.UDP, light: true, wire: wireLength(pkt)}
	best, bits := -1, 0
	for i := 0; mask != 0; i, mask = i+1, mask>>1 {
		if mask&1 == 0 {
			continue
		}
		f.weigh(&j, i, body)
		if !j.misfit && j.bits > bits {
			best, bits = i, j.bits
		}
	}
	if best < 0 && j.wire > 0 && f.scores[f.best].transport && f.accepted>>f.best&1 == 1 {
		best = int(f.best) // of transport mode no front can be told from others: the flow's verdict is all there is
	}
	return best, best >= 0
}

// report makes the flow's public form.
func (f *nullFlow) report() NullFlow {
	g, s := geometries[f.best], &f.scores[f.best]
	return NullFlow{
		Src: f.key.src, Dst: f.key.dst, SPI: f.key.spi(), UDP: f.udp, Verdict: f.verdict, Bits: s.bits, ICVLen: g.icv, IVLen: g.iv,
		Tunnel: s.tunnel, Transport: s.transport, Packets: f.packets, Repeats: f.repeats,
		NullCounts: NullCounts{Fits: int(s.fits), Misfits: int(s.misfits), Lengths: int(s.lengths), Checksums: int(s.checksums),
			Paddings: int(s.paddings), Reopened: f.reopened},
		First: f.first, Last: f.last, SA: f.sa,
	}
}

func (f *nullFlow) reset(k flowKey, order int) {
	f.key, f.order = k, order
	f.udp, f.fixed, f.verdict, f.best, f.accepted = false, false, Undecided, 0, 0
	f.packets, f.repeats, f.reopened = 0, 0, 0
	f.first, f.last = Point{}, Point{}
	f.scores, f.past, f.pastOf = [len(geometries)]nullScore{}, facts{}, 0
	f.recent, f.at, f.sa, f.saOf = [16]uint64{}, 0, nil, 0
}
