package traffic

import (
	"net/netip"
)

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
