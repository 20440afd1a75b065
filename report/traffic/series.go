package traffic

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// The bounds of all series: some megabytes, however long the capture is and however many SAs it has.
const (
	maxBuckets  = 120                    // of one series; they double their width when time goes on
	firstWidth  = 100 * time.Millisecond // of a bucket at first
	maxSeries   = 2048                   // SAs and closed flows; the first ones that the capture shows
	maxGaps     = 64                     // jumps over sequence numbers of one SA that late packets may still fill
	maxEvents   = 16                     // frames of one SA that are kept as evidence of loss and ICV failures
	longestTime = 1 << 62                // of a series, in nanoseconds
)

// A Bucket is the traffic of an SA in one stretch of time.
type Bucket struct {
	Packets     int
	Bytes       int64 // of the packets, from the SPI or header to the end; of inner layers those of the content
	Lost        int64 // sequence numbers that no decrypted packet had, jumped over in this time
	ICVFailures int
}

// IsEmpty reports whether there is nothing in b.
func (b *Bucket) IsEmpty() bool { return *b == Bucket{} }

// A Series is the traffic of one SA, or of one flow that is not decrypted, over time. Buckets are of one width, the first at Start.
type Series struct {
	Start   time.Time
	Width   time.Duration
	Buckets []Bucket
	Events  []int // frames with ICV failures, and those that came after a loss; the first ones
	// Of the first packet: where it went, and in what.
	Src, Dst netip.AddrPort
	UDP, TCP bool
	Protocol esp.Protocol
	Outer    int       // packets of which it is the outermost layer
	End      time.Time // of the last packet

	top, least uint64 // sequence numbers of decrypted packets
	any        bool
	gaps       []gap
}

// A gap is a run of sequence numbers that were jumped over.
type gap struct {
	from, to uint64 // both are missing
	at       time.Time
	missing  int64
}

// Rates keep a Series for each SA that is in a list, and for each flow that was not decrypted.
type Rates struct {
	Dropped int // packets of SAs beyond the bound, or in no list

	sas    map[*esp.SA]*Series
	flows  map[Flow]*Series
	order  []*Series
	opened map[*esp.SA]int // packets of which it is the outermost layer
}

// All are the series in the order in which their first packets came.
func (w *Rates) All() []*Series { return w.order }

// Of is the series of some SAs as one: of the candidates for one SA only one decrypts packets, but others may count what failed. nil where
// there is none.
func (w *Rates) Of(sas []*esp.SA) *Series {
	var out *Series
	for _, sa := range sas {
		switch s := w.sas[sa]; {
		case s == nil || s.Width == 0:
		case out == nil:
			out = s.clone()
		default:
			out.join(s)
		}
	}
	return out
}

// OfClosed is the series of a flow that was not decrypted; nil where there is none.
func (w *Rates) OfClosed(f Flow) *Series { return w.flows[f] }

// Opened counts the decrypted packets whose outermost layer is one of some SAs: each packet counts for one SA, however many are in it.
func (w *Rates) Opened(sas []*esp.SA) (n int) {
	for _, sa := range sas {
		n += w.opened[sa]
	}
	return n
}

// Frame takes one packet in.
func (w *Rates) Frame(f *ikedecode.Frame) {
	for i := range f.Items {
		it := &f.Items[i]
		switch flow, ok := FlowOf(it); {
		case !ok:
		case it.Opened != nil:
			w.decrypted(it)
		default:
			w.closed(it, flow)
		}
	}
}

// decrypted counts a packet for the SA of each of its layers.
func (w *Rates) decrypted(it *ikedecode.Item) {
	d := it.Datagram
	if w.opened == nil {
		w.opened = make(map[*esp.SA]int)
	}
	if sa := it.Opened.Layers[0].SA; sa != nil && !sa.Passing() {
		w.opened[sa]++
	}
	for i := range it.Opened.Layers {
		l := &it.Opened.Layers[i]
		s := w.ofSA(l.SA)
		if s == nil {
			continue
		}
		n := len(d.Payload)
		if i > 0 {
			n = len(it.Opened.Payload)
		}
		s.count(d, n)
		if i == 0 {
			s.Outer++
		}
		if l.Protocol != esp.IPComp && l.Notes&esp.NoteDuplicate == 0 {
			s.sequence(l.Seq, d.Time, d.Frame)
		}
	}
}

// closed counts a packet that was not decrypted: for the SA that matches it best, and for its flow where nothing decrypted.
func (w *Rates) closed(it *ikedecode.Item, f Flow) {
	d := it.Datagram
	sa := it.Closest()
	s := w.ofSA(sa)
	if sa == nil {
		s = w.ofFlow(f)
	}
	if s == nil {
		return
	}
	b := s.count(d, len(d.Payload))
	s.Outer++
	if errors.Is(it.Err, esp.ErrICV) {
		b.ICVFailures++
		s.event(d.Frame)
	}
}

func (w *Rates) ofSA(sa *esp.SA) *Series {
	switch {
	case sa == nil:
		return nil
	case sa.Passing():
		w.Dropped++
		return nil
	}
	if w.sas == nil {
		w.sas = make(map[*esp.SA]*Series)
	}
	return series(w, w.sas, sa, sa.Protocol)
}

func (w *Rates) ofFlow(f Flow) *Series {
	if w.flows == nil {
		w.flows = make(map[Flow]*Series)
	}
	return series(w, w.flows, f, f.Protocol)
}

// series is that of k in at, which gets one if it has none; nil where there are too many.
func series[K comparable](w *Rates, at map[K]*Series, k K, proto esp.Protocol) *Series {
	s := at[k]
	switch {
	case s != nil:
	case len(w.order) >= maxSeries:
		w.Dropped++
	default:
		s = &Series{Protocol: proto}
		at[k] = s
		w.order = append(w.order, s)
	}
	return s
}

// count adds a packet of n bytes to its bucket.
func (s *Series) count(d *capture.Datagram, n int) *Bucket {
	if s.Width == 0 {
		s.Src, s.Dst, s.UDP, s.TCP = d.Src, d.Dst, d.UDP, d.TCP
	}
	b := s.at(d.Time)
	b.Packets++
	b.Bytes += int64(n)
	return b
}

// at is the bucket of a time. Times before the first one, as in badly merged captures, count in the first bucket.
func (s *Series) at(t time.Time) *Bucket {
	if s.Width == 0 {
		s.Start, s.Width, s.End = t, firstWidth, t
	}
	if t.After(s.End) {
		s.End = t
	}
	since := max(0, t.Sub(s.Start))
	for since/s.Width >= maxBuckets && s.Width < longestTime {
		s.double()
	}
	i := int(min(since/s.Width, maxBuckets-1))
	for len(s.Buckets) <= i {
		s.Buckets = append(s.Buckets, Bucket{})
	}
	return &s.Buckets[i]
}

// double joins each two buckets.
func (s *Series) double() {
	half := (len(s.Buckets) + 1) / 2
	for i := range half {
		b := s.Buckets[2*i]
		if 2*i+1 < len(s.Buckets) {
			b.add(&s.Buckets[2*i+1])
		}
		s.Buckets[i] = b
	}
	s.Buckets = s.Buckets[:half]
	s.Width *= 2
}

func (b *Bucket) add(o *Bucket) {
	b.Packets += o.Packets
	b.Bytes += o.Bytes
	b.Lost += o.Lost
	b.ICVFailures += o.ICVFailures
}

// sequence takes the number of a decrypted packet in, of none that was there before. Numbers that it jumps over are missing
// until a late packet has them.
func (s *Series) sequence(seq uint64, t time.Time, frame int) {
	switch {
	case !s.any:
		s.any, s.top, s.least = true, seq, seq
	case seq > s.top:
		if seq-s.top > 1 {
			s.jump(gap{from: s.top + 1, to: seq - 1, at: t})
			s.event(frame)
		}
		s.top = seq
	case seq < s.least:
		if s.least-seq > 1 {
			s.jump(gap{from: seq + 1, to: s.least - 1, at: t})
		}
		s.least = seq
	default:
		s.fill(seq)
	}
}

// jump notes a gap. An older one that does not fit any more stays counted as lost.
func (s *Series) jump(g gap) {
	g.missing = int64(min(g.to-g.from+1, 1<<62))
	s.at(g.at).Lost += g.missing
	if len(s.gaps) == maxGaps {
		s.gaps = append(s.gaps[:0], s.gaps[1:]...)
	}
	s.gaps = append(s.gaps, g)
}

// fill takes a late packet's number out of the gap that it belongs to.
func (s *Series) fill(seq uint64) {
	for i := range s.gaps {
		g := &s.gaps[i]
		if seq >= g.from && seq <= g.to && g.missing > 0 {
			g.missing--
			s.at(g.at).Lost--
			return
		}
	}
}

func (s *Series) event(frame int) {
	if len(s.Events) < maxEvents {
		s.Events = append(s.Events, frame)
	}
}

// Nonempty counts the buckets that have something in them.
func (s *Series) Nonempty() (n int) {
	for i := range s.Buckets {
		if !s.Buckets[i].IsEmpty() {
			n++
		}
	}
	return n
}

// Sum is all buckets together.
func (s *Series) Sum() (total Bucket) {
	for i := range s.Buckets {
		total.add(&s.Buckets[i])
	}
	return total
}

func (s *Series) clone() *Series {
	c := *s
	c.Buckets, c.Events = slices.Clone(s.Buckets), slices.Clone(s.Events)
	return &c
}

// join adds the buckets of o.
func (s *Series) join(o *Series) {
	if o.Start.Before(s.Start) {
		c := o.clone()
		c.join(s)
		*s = *c
		return
	}
	for i := range o.Buckets {
		s.at(o.Start.Add(time.Duration(i) * o.Width)).add(&o.Buckets[i])
	}
	s.Events = append(s.Events, o.Events...)
}
