package page

import (
	"errors"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
)

// The bounds of a collector: some megabytes, however long the capture is and however many SAs it has.
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
	Lost        int64 // sequence numbers that no opened packet had, jumped over in this time
	ICVFailures int
}

// empty reports whether there is nothing to show in b.
func (b *Bucket) empty() bool { return *b == Bucket{} }

// A Series is the traffic of one SA, or of one closed flow, over time. Buckets are of one width, the first at Start.
type Series struct {
	Start   time.Time
	Width   time.Duration
	Buckets []Bucket
	Events  []int // frames with ICV failures, and those that came after a loss; the first ones
	// Of the first packet: where it went, and in what.
	Src, Dst netip.AddrPort
	UDP, TCP bool
	proto    esp.Protocol
	outer    int // packets of which it is the outermost layer

	last       time.Time
	top, least uint64 // sequence numbers of opened packets
	any        bool
	gaps       []gap
}

// A gap is a run of sequence numbers that were jumped over.
type gap struct {
	from, to uint64 // both are missing
	at       time.Time
	missing  int64
}

// A Collector takes the second pass of a session in and keeps a Series for each SA. The zero value is ready.
type Collector struct {
	sas     map[*esp.SA]*Series
	flows   map[flowKey]*Series
	order   []*Series // as their first packets came
	dropped int       // packets of SAs beyond the bound
}

// A flowKey names a flow that stayed closed, as ikedecode.UnknownSPI does.
type flowKey struct {
	proto    esp.Protocol
	spi      uint32
	src, dst netip.Addr
}

var protocolOf = map[capture.Kind]esp.Protocol{capture.ESP: esp.ESP, capture.AH: esp.AH, capture.IPComp: esp.IPComp}

// Frame takes one packet in. It is called in the order of the capture.
func (c *Collector) Frame(f *ikedecode.Frame) {
	for i := range f.Items {
		it := &f.Items[i]
		proto, ok := protocolOf[it.Datagram.Kind]
		switch {
		case !ok:
		case it.Opened != nil:
			c.opened(it)
		default:
			c.closed(it, proto)
		}
	}
}

// opened counts a packet for the SA of each of its layers.
func (c *Collector) opened(it *ikedecode.Item) {
	d := it.Datagram
	for i := range it.Opened.Layers {
		l := &it.Opened.Layers[i]
		s := c.ofSA(l.SA)
		if s == nil {
			continue
		}
		n := len(d.Payload)
		if i > 0 {
			n = len(it.Opened.Payload)
		}
		s.count(d, n)
		if i == 0 {
			s.outer++
		}
		if l.Protocol != esp.IPComp && l.Notes&esp.NoteDuplicate == 0 {
			s.sequence(l.Seq, d.Time, d.Frame)
		}
	}
}

// closed counts a packet that stayed closed: for the SA that fits it best, and for its flow where nothing opened.
func (c *Collector) closed(it *ikedecode.Item, proto esp.Protocol) {
	d := it.Datagram
	sa := it.Closest()
	s := c.ofSA(sa)
	if sa == nil {
		s = c.ofFlow(flowKey{proto, it.SPI(), d.Src.Addr(), d.Dst.Addr()})
	}
	if s == nil {
		return
	}
	b := s.count(d, len(d.Payload))
	s.outer++
	if errors.Is(it.Err, esp.ErrICV) {
		b.ICVFailures++
		s.event(d.Frame)
	}
}

func (c *Collector) ofSA(sa *esp.SA) *Series {
	if sa == nil {
		return nil
	}
	s := c.sas[sa]
	if s == nil {
		if s = c.newSeries(sa.Protocol); s == nil {
			return nil
		}
		if c.sas == nil {
			c.sas = make(map[*esp.SA]*Series)
		}
		c.sas[sa] = s
	}
	return s
}

func (c *Collector) ofFlow(k flowKey) *Series {
	s := c.flows[k]
	if s == nil {
		if s = c.newSeries(k.proto); s == nil {
			return nil
		}
		if c.flows == nil {
			c.flows = make(map[flowKey]*Series)
		}
		c.flows[k] = s
	}
	return s
}

// newSeries is an empty series, nil where there are too many.
func (c *Collector) newSeries(proto esp.Protocol) *Series {
	if len(c.order) >= maxSeries {
		c.dropped++
		return nil
	}
	s := &Series{proto: proto}
	c.order = append(c.order, s)
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
		s.Start, s.Width, s.last = t, firstWidth, t
	}
	if t.After(s.last) {
		s.last = t
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

// sequence takes the number of an opened packet in, of none that was there before. Numbers that it jumps over are missing
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
		if !s.Buckets[i].empty() {
			n++
		}
	}
	return n
}

// sum is all buckets together.
func (s *Series) sum() (total Bucket) {
	for i := range s.Buckets {
		total.add(&s.Buckets[i])
	}
	return total
}

// merged is the series of several SAs as one: of the candidates for one SA only one opens packets, but others may count what
// failed. nil where there is none.
func merged(list []*Series) *Series {
	var out *Series
	for _, s := range list {
		switch {
		case s == nil || s.Width == 0:
		case out == nil:
			c := *s
			c.Buckets = append([]Bucket(nil), s.Buckets...)
			out = &c
		default:
			out.join(s)
		}
	}
	return out
}

// join adds the buckets of o.
func (s *Series) join(o *Series) {
	if o.Start.Before(s.Start) {
		c := *o
		c.Buckets = append([]Bucket(nil), o.Buckets...)
		c.join(s)
		*s = c
		return
	}
	for i := range o.Buckets {
		s.at(o.Start.Add(time.Duration(i) * o.Width)).add(&o.Buckets[i])
	}
	s.Events = append(s.Events, o.Events...)
}
