package traffic

import (
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	maxPairs     = 4096 // of hosts, each direction
	maxLengths   = 64   // of a direction that are told apart
	maxSeen      = 64   // flows of one SPI that are looked through
	maxRecent    = 32   // packets of a direction that may still be answered
	maxSilences  = 16   // of a direction that are over
	oneMoment    = 100 * time.Millisecond
	answerWithin = time.Second // of a packet what comes back is taken for its answer
	oftenSilent  = 5           // moments of a silence of one SA of several that is long
)

// Duplex follows the packets of ESP and AH between two hosts in both directions, decrypted or not: who goes on when the other falls
// silent.
type Duplex struct {
	ways    map[wayKey]*Way
	order   []*Way // of hosts
	flows   []Flow
	known   map[Flow]bool                   // the same
	seen    map[spiKey][]Flow               // the same, by SPI: the first maxSeen of each
	tunnels map[spiKey]int                  // numbers of the tunnels between hosts with several
	homes   map[[2]netip.Addr][2]netip.Addr // where what goes between two hosts began: source and destination
	moves   []Move
	latest  [2]*Way // of the last packet: that of the hosts, that of the tunnel
	// elsewhere are the hosts of the second place of a capture from both sides of a NAT, in either order.
	elsewhere map[[2]netip.Addr]bool
}

type wayKey struct {
	src, dst netip.Addr
	tunnel   int // 0: all packets
}

type spiKey struct {
	protocol esp.Protocol
	spi      uint32
}

// A Way is the packets from one host to another, or those of a tunnel between them; what goes on between other hosts, because an SA moved, belongs to
// the way where it began.
type Way struct {
	Src, Dst netip.Addr
	Tunnel   bool // it is a part of those
	Packets  int
	First    time.Time
	Last     esp.Point
	Closed   esp.Point // the last packet that was not decrypted; frame 0: none
	Now      Silence   // since the last packet of the other host
	Over     []Silence // longer ones that a packet of an SA not seen before ended, or those of one SA of several, not decrypted; the first of them
	// Slowest is the longest time after a first packet of a silence that something came back.
	Slowest time.Duration
	// Backoff tells that packets of one length came at twice the distance each time, as TCP retransmits (RFC 6298, section 5.5): several
	// times, or at the end.
	Backoff bool

	back    *Way
	parts   []*Way       // by tunnel
	loose   bool         // packets of some flow belong to no tunnel that is known
	spis    map[Flow]int // the frame of the first packet
	lengths map[int]*answers
	recent  []sentPacket
	settled sentPacket    // the last packet that nothing answered in time
	step    time.Duration // between the last two packets, where they are equally long and nothing was sent between
	steps   int           // how often in a row it doubled
	often   bool
	length  int // of the last packet
	run     int // packets of one flow up to the last one, in its silence
}

// answers counts the packets of a length, and, but for the last ones, those that a packet of the other host followed soon.
type answers struct{ all, sent, answered, held int }

type sentPacket struct {
	esp.Point
	flow          Flow
	run           int // packets of that flow alone in the silence up to this one
	length        int
	ask           Ask
	usual, moment bool
	fresh         bool
}

// A Silence is the time in which a host sends and nothing comes back.
type Silence struct {
	Since       esp.Point // the last packet that came back; frame 0: none did
	Until       esp.Point // the packet that came back next; frame 0: none did
	Resumed     bool      // the SA of that packet was seen before, and all packets of the silence are of one SA
	First, Last esp.Point // of what was sent since
	Flow        Flow      // of the last of that
	Packets     int
	Usual       int       // of them, of lengths that were nearly always answered before
	Moments     int       // in which they were sent: what comes at once counts once
	Fresh       int       // of them, in SAs that had no packet before
	Decrypted   int       // of them, those that the capture has again decrypted, after them: the other host decrypts them
	Asks        [asks]int // of them, by what they ask for
}

// An Ask is what a packet asks of the other host.
type Ask uint8

// The kinds of packets.
const (
	AskUnknown Ask = iota // not decrypted, or of a protocol that is not looked into
	AskNothing            // decrypted: nothing need come back
	AskEcho               // an echo request
	AskQuery              // a request of a service over UDP, such as DNS
	AskControl            // a control message of L2TP
	AskSYN                // a SYN, or a SYN/ACK
	AskACK                // data of TCP
	AskAgain              // data of TCP that was retransmitted
	asks                  // how many kinds there are
)

// Hard is how many packets of s are known to ask for an answer.
func (s *Silence) Hard() int {
	return s.Asks[AskEcho] + s.Asks[AskQuery] + s.Asks[AskControl] + s.Asks[AskSYN] + s.Asks[AskACK] + s.Asks[AskAgain]
}

// Lasted is the time from the first to the last packet of s.
func (s *Silence) Lasted() time.Duration { return s.Last.Time.Sub(s.First.Time) }

// Ways are all directions between hosts with packets, in the order of their first ones.
func (w *Duplex) Ways() []*Way { return w.order }

// Way is the packets from one host to another; nil: there are none.
func (w *Duplex) Way(src, dst netip.Addr) *Way {
	src, dst = w.Home(src, dst)
	return w.ways[wayKey{src, dst, 0}]
}

// Parts are the ways of the tunnels between two hosts, where each flow between them is known to be of one of several; else none.
func (w *Way) Parts() []*Way {
	if w.loose || w.back != nil && w.back.loose {
		return nil
	}
	return w.parts
}

// Flows are all flows, in the order of their first packets.
func (w *Duplex) Flows() []Flow { return w.flows }

// Usual is the length that most packets have, and how many do.
func (w *Way) Usual() (length, packets int) {
	for n, a := range w.lengths {
		if a.all > packets || a.all == packets && n < length {
			length, packets = n, a.all
		}
	}
	return length, packets
}

// FlowsSince is how many flows began in a silence.
func (w *Way) FlowsSince(s *Silence) (n int) {
	for _, first := range w.spis {
		if first >= s.First.Frame && first <= s.Last.Frame {
			n++
		}
	}
	return n
}

// Back is the opposite direction; nil: it has no packets.
func (w *Way) Back() *Way { return w.back }

// Seen is a flow with the addresses that its packets have in the capture: an SA may be for any, and be given as a host behind NAT has it.
func (w *Duplex) Seen(f Flow) Flow {
	list := w.seen[spiKey{f.Protocol, f.SPI}]
	if w.known[f] {
		return f
	}
	for _, full := range list {
		src, dst := f.Src == full.Src, f.Dst == full.Dst
		if src || dst || !f.Src.IsValid() && !f.Dst.IsValid() || len(list) == 1 {
			return full // where one address is known, NAT may have changed the other; where the SPI is of one flow, both
		}
	}
	return f
}

// Alike are the flows of an SA, wherever from and to: NAT and MOBIKE change one address or both.
func (w *Duplex) Alike(f Flow) []Flow { return w.seen[spiKey{f.Protocol, f.SPI}] }

func (w *Duplex) item(it *ikedecode.Item, ask Ask, numbers *Numbers) {
	f, ok := FlowOf(it)
	d := it.Datagram
	if !ok || f.Protocol == esp.IPComp || d.Repeat || f.Dst.IsMulticast() {
		return
	}
	way := w.wayOf(f, numbers, d.Frame)
	if way == nil {
		return
	}
	k := spiKey{f.Protocol, f.SPI}
	if way.spis[f] == 0 && len(way.spis) < maxLengths {
		if w.seen == nil {
			w.seen, w.known = make(map[spiKey][]Flow), make(map[Flow]bool)
		}
		if len(w.seen[k]) < maxSeen {
			w.seen[k] = append(w.seen[k], f)
		}
		w.known[f], w.flows = true, append(w.flows, f)
	}
	way.packet(f, it, ask)
	w.latest = [2]*Way{way}
	n := w.tunnels[k]
	if n == 0 {
		way.loose = true
		return
	}
	part := w.of(wayKey{way.Src, way.Dst, n})
	if part == nil {
		way.loose = true
		return
	}
	if part.Packets == 0 {
		way.parts = append(way.parts, part)
	}
	part.packet(f, it, ask)
	w.latest[1] = part
}

func (w *Duplex) of(k wayKey) *Way {
	if way := w.ways[k]; way != nil || len(w.ways) >= maxPairs {
		return way
	}
	if w.ways == nil {
		w.ways = make(map[wayKey]*Way)
	}
	way := &Way{Src: k.src, Dst: k.dst, Tunnel: k.tunnel != 0, spis: make(map[Flow]int), lengths: make(map[int]*answers)}
	if way.back = w.ways[wayKey{k.dst, k.src, k.tunnel}]; way.back != nil {
		way.back.back = way
	}
	w.ways[k] = way
	if k.tunnel == 0 {
		w.order = append(w.order, way)
	}
	return way
}

// decrypted takes in that the capture has the packet of a frame again, decrypted, right after it.
func (w *Duplex) decrypted(of int) {
	for _, way := range w.latest {
		if way != nil && of != 0 && way.Last.Frame == of && way.Now.Packets > 0 {
			way.Now.Decrypted++
		}
	}
}

// packet takes a packet of the way in, which answers those of the way back.
func (w *Way) packet(f Flow, it *ikedecode.Item, ask Ask) {
	d := it.Datagram
	isNew := w.spis[f] == 0
	if isNew && len(w.spis) < maxLengths {
		w.spis[f] = d.Frame
	}
	w.Packets++
	if it.Opened == nil {
		w.Closed = esp.Point{Frame: d.Frame, Time: d.Time}
	}
	if w.back != nil {
		w.back.answered(d, isNew)
	}
	w.send(d, f, ask, w.Now.Packets == 0 && isNew || w.Now.Packets > 0 && w.spis[f] >= w.Now.First.Frame)
}

// send takes a packet of the way in; fresh tells that its SA had none before the silence.
func (w *Way) send(d *capture.Datagram, f Flow, ask Ask, fresh bool) {
	n, p := sentLength(d), esp.Point{Frame: d.Frame, Time: d.Time}
	a := w.lengths[n]
	if a == nil && len(w.lengths) < maxLengths {
		a = &answers{}
		w.lengths[n] = a
	}
	if a != nil {
		a.all++
	}
	if w.Packets == 1 {
		w.First = d.Time
	}
	w.backoff(n, d.Time)
	s := &w.Now
	one := sentPacket{Point: p, flow: f, length: n, ask: ask, fresh: fresh, usual: a != nil && a.answered > 1 && a.answered*10 >= a.sent*9,
		moment: s.Packets == 0 || d.Time.Sub(s.Last.Time) >= oneMoment}
	if s.Packets == 0 {
		s.First = p
	}
	s.Last, w.Last = p, p
	if one.run = 1; s.Packets > 0 && s.Flow == f {
		one.run = w.run + 1
	}
	w.run = one.run
	s.Flow = f
	s.add(&one, 1)
	w.expire(d.Time)
	if len(w.recent) < maxRecent {
		w.recent = append(w.recent, one)
	}
}

// sentLength is the length of a payload as it was sent: what the snap length cut has any length.
func sentLength(d *capture.Datagram) int {
	n := len(d.Payload)
	if !d.Cut {
		return n
	}
	if h, ok := ip.Parse(d.IP); ok {
		n += max(h.Total-len(d.IP), 0)
	}
	return n
}

// add counts a packet n times.
func (s *Silence) add(p *sentPacket, n int) {
	s.Packets += n
	s.Asks[p.ask] += n
	if p.usual {
		s.Usual += n
	}
	if p.moment {
		s.Moments += n
	}
	if p.fresh {
		s.Fresh += n
	}
}

// backoff follows packets of one length that come at twice the distance each time.
func (w *Way) backoff(n int, t time.Time) {
	const shortest, long, slack, often = 200 * time.Millisecond, time.Second, 5, 2
	step, twice := t.Sub(w.Last.Time), 2*w.step
	switch {
	case n != w.length || step < shortest:
		w.step, w.steps = 0, 0
	case w.step > 0 && step > twice-twice/slack && step < twice+twice/slack:
		w.step = step
		w.steps++
	default:
		w.step, w.steps = step, 0
	}
	w.length = n
	w.often = w.often || w.steps >= often
	w.Backoff = w.often || w.steps > 0 && w.step > long
}

// expire holds back the packets that nothing answered in time. They count when something comes back at last: until then all may be lost.
func (w *Way) expire(now time.Time) {
	for len(w.recent) > 0 && now.Sub(w.recent[0].Time) > answerWithin {
		if a := w.lengths[w.recent[0].length]; a != nil {
			a.held++
		}
		w.settled = w.recent[0]
		w.recent = w.recent[1:]
	}
}

// answered takes a packet of the other host in; isNew says that its SA was not seen before.
func (w *Way) answered(d *capture.Datagram, isNew bool) {
	w.expire(d.Time)
	for _, a := range w.lengths {
		a.sent += a.held
		a.held = 0
	}
	for _, p := range w.recent {
		if a := w.lengths[p.length]; a != nil {
			a.sent++
			a.answered++
		}
	}
	if len(w.Over) < maxSilences && (isNew || len(w.spis) > 1) {
		over := w.Now
		for i := range w.recent { // this answers them
			over.add(&w.recent[i], -1)
		}
		over.Last, over.Flow, over.Until = w.settled.Point, w.settled.flow, esp.Point{Frame: d.Frame, Time: d.Time}
		over.Resumed = !isNew && w.settled.run == over.Packets && over.Hard() == 0 && over.Moments >= oftenSilent
		if over.Packets > 1 && over.Since.Frame != 0 && (isNew || over.Resumed) {
			w.Over = append(w.Over, over)
		}
	}
	if w.Now.Packets > 0 {
		w.Slowest = max(w.Slowest, d.Time.Sub(w.Now.First.Time))
	}
	w.recent = w.recent[:0]
	w.Now = Silence{Since: esp.Point{Frame: d.Frame, Time: d.Time}}
}

// A NAT or MOBIKE moves what goes between two hosts: the same SA goes on between others, of which one is the same.

// A Move is the hosts that an SA goes on between, and those of the way that it belongs to. Its first packet there is in Frame.
type Move struct {
	Flow  Flow
	From  [2]netip.Addr // source and destination before
	Home  [2]netip.Addr // likewise, where it began
	Frame int
}

// nearAfter is how far the sequence numbers of an SA that moved are, at most, from those before: what is lost meanwhile counts, too.
const nearAfter = 1024

// Moves are those of SAs that went on between other hosts, the first of each pair of them.
func (w *Duplex) Moves() []Move { return w.moves }

// Home are the hosts, of a source and a destination that SAs moved to, where those SAs began; of others they are the same.
func (w *Duplex) Home(src, dst netip.Addr) (netip.Addr, netip.Addr) {
	if h, ok := w.homes[[2]netip.Addr{src, dst}]; ok {
		return h[0], h[1]
	}
	return src, dst
}

// wayOf is the way that a packet of f belongs to; nil: there are too many.
func (w *Duplex) wayOf(f Flow, n *Numbers, frame int) *Way {
	pair, back := [2]netip.Addr{f.Src, f.Dst}, [2]netip.Addr{f.Dst, f.Src}
	_, moved := w.homes[pair]
	if !moved && w.ways[wayKey{src: f.Src, dst: f.Dst}] == nil && w.ways[wayKey{src: f.Dst, dst: f.Src}] == nil && len(w.homes) < maxPairs {
		if from, ok := w.movedFrom(f, n); ok {
			src, dst := w.Home(from.Src, from.Dst)
			if w.homes == nil {
				w.homes = make(map[[2]netip.Addr][2]netip.Addr)
			}
			w.homes[pair], w.homes[back] = [2]netip.Addr{src, dst}, [2]netip.Addr{dst, src}
			w.moves = append(w.moves, Move{Flow: f, From: [2]netip.Addr{from.Src, from.Dst}, Home: w.homes[pair], Frame: frame})
		}
	}
	src, dst := w.Home(f.Src, f.Dst)
	return w.of(wayKey{src: src, dst: dst})
}

// movedFrom is the flow that f goes on from: the last of its SA with one host in common and lower sequence numbers. Where one has the same numbers, f is at
// the second place of a capture from both sides of a NAT, and goes on from a flow there.
func (w *Duplex) movedFrom(f Flow, n *Numbers) (from Flow, ok bool) {
	now := n.Of(f)
	if now == nil || w.elsewhere[[2]netip.Addr{f.Src, f.Dst}] {
		return from, false
	}
	var last [2]*Counter // at the first place, the second
	var flows [2]Flow
	copied := false
	for _, g := range w.seen[spiKey{f.Protocol, f.SPI}] {
		c := n.Of(g)
		if c == nil || (g.Src == f.Src) == (g.Dst == f.Dst) {
			continue
		}
		place := 0
		if w.elsewhere[[2]netip.Addr{g.Src, g.Dst}] {
			place = 1
		}
		after := now.Low > c.High && now.Low-c.High <= nearAfter
		copied = copied || !after && place == 0
		if after && (last[place] == nil || c.Last.Frame > last[place].Last.Frame) {
			last[place], flows[place] = c, g
		}
	}
	if last[0] != nil && !copied {
		return flows[0], true
	}
	return flows[1], last[1] != nil
}
