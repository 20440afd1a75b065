package capture

import (
	"hash/maphash"
	"io"
	"net/netip"
	"slices"
	"time"
)

// Files that were captured at two places of one path have the same packets, each by the clock of its own machine. What both have of IKE, ESP and AH
// tells how far the clocks are apart.
const (
	maxPlaces     = 8 // more files are those of a ring
	maxSightings  = 4096
	maxSampled    = 8 << 20 // bytes of a file
	sightedBytes  = 64      // of a message or packet: a snap length may have cut the rest
	tolerableSkew = maxLatency / 2
	fewShared     = 3               // do not tell the clock
	soonest       = time.Second / 2 // that a message is sent again
)

// A Skew is how far the clock of a file is ahead of that of the file before it that has the same packets. The file's packets have the time of that clock.
type Skew struct {
	File  int // of Source.Files
	Ahead time.Duration
}

// A sighting is a message, or a packet of ESP or AH, in a file.
type sighting struct {
	sum  uint64 // of its first bytes
	turn uint64 // of its sender: which is over when the sender takes the next one; the pieces of a message have one turn, as the Quick Modes of an IKE SA
	by   sender
	once bool  // is never sent again
	time int64 // nanoseconds since 1970
}

type sender struct {
	addr     netip.Addr
	spi      [8]byte // of IKE the initiator's
	responds bool    // in IKEv2: a host may send a request again, and a response, at one time
}

// setClocks puts the times of each file on the clock of one before it that has the same packets, and reports whether there are such. What was found in a
// directory or by a pattern is left as it is: those are the files of one ring, or of an archive, which is read a file at a time elsewhere.
func setClocks(inputs []*input) (places bool) {
	if len(inputs) < 2 || len(inputs) > maxPlaces {
		return false
	}
	seed := maphash.MakeSeed()
	known := make(map[uint64]int64)
	for _, in := range inputs {
		if in.pipe != nil || in.remote != nil || in.named != in.path {
			continue
		}
		list := in.sightings(seed)
		if apart, ok := compare(known, list); ok && apart.longest() > DefaultRepeatWindow {
			places = true
			if skew := apart.middle(); skew.Abs() > tolerableSkew {
				in.skew, in.first = skew, in.first.Add(-skew)
			}
		}
		for _, g := range list {
			if _, had := known[g.sum]; !had {
				known[g.sum] = g.time - int64(in.skew)
			}
		}
	}
	return places
}

// sightings are those in the front of a file, the first one of each.
func (in *input) sightings(seed maphash.Seed) (list []sighting) {
	rc, err := in.reader()
	if err != nil {
		return nil
	}
	defer rc.Close()
	f, err := in.framer(io.LimitReader(rc, maxSampled), streamBuffer, nil)
	if err != nil {
		return nil
	}
	split, had := NewSplitter(SplitOptions{}), make(map[uint64]bool)
	var p Packet
	var ds []Datagram
	for len(list) < maxSightings && f.next(&p) == nil {
		ds = split.AppendSplit(ds[:0], &p)
		for i := range ds {
			if g, ok := sightingOf(seed, &ds[i]); ok && !had[g.sum] {
				had[g.sum] = true
				list = append(list, g)
			}
		}
	}
	return list
}

func sightingOf(seed maphash.Seed, d *Datagram) (g sighting, ok bool) {
	at := d.Time.UnixNano()
	b := d.Payload[:min(len(d.Payload), sightedBytes)]
	if at == 0 || len(b) < ikeHeaderLen {
		return g, false
	}
	g = sighting{sum: maphash.Bytes(seed, b), by: sender{addr: d.Src.Addr()}, time: at}
	switch d.Kind {
	case ESP:
		copy(g.by.spi[:4], b)
		g.turn, g.once = g.sum, true
	case AH:
		copy(g.by.spi[:], b) // the second half is the SPI
		g.turn, g.once = g.sum, true
	case IKE:
		const exchange, id, response = 18, 20, 0x20 // RFC 7296, section 3.1
		copy(g.by.spi[:], b)
		turn := [8]byte{b[exchange-2], b[exchange], b[exchange+1], 0, b[id], b[id+1], b[id+2], b[id+3]}
		switch version := b[exchange-1] >> 4; {
		case version > 1:
			g.by.responds = b[exchange+1]&response != 0
		case [4]byte(turn[4:]) != [4]byte{}:
			turn = [8]byte{}
		}
		g.turn = maphash.Bytes(seed, turn[:])
	default:
		return g, false
	}
	return g, true
}

// apart are the times by which one file has packets later than another, from the shortest to the longest. Latency makes those of both directions differ.
type apart []int64

func (a apart) middle() time.Duration { return time.Duration(a[0] + (a[len(a)-1]-a[0])/2) }

func (a apart) longest() time.Duration {
	return max(time.Duration(a[0]).Abs(), time.Duration(a[len(a)-1]).Abs())
}

// compare tells by how much list is later than what is known. Messages that were sent again, as a file may have them that follows on another one, do not make
// two places: nobody sends a message again at once, nor after the next one. ok is false where files do not share enough to say so.
func compare(known map[uint64]int64, list []sighting) (all apart, ok bool) {
	for _, g := range list {
		if t, had := known[g.sum]; had {
			all = append(all, g.time-t)
		}
	}
	n := len(all)
	if n < fewShared {
		return nil, false
	}
	slices.Sort(all)
	median := all[n/2]
	agree := func(by int64) bool { return time.Duration(by-median).Abs() <= maxLatency/2 }
	two := false
	last := make(map[sender]sighting)
	for _, g := range list {
		t, had := known[g.sum]
		if !had || !agree(g.time-t) {
			continue
		}
		before, had := last[g.by]
		if last[g.by] = g; had && before.turn != g.turn {
			gap, later := time.Duration(g.time-before.time).Abs(), time.Duration(median).Abs()
			two = two || g.once || later < soonest || gap < later
		}
	}
	all = slices.DeleteFunc(all, func(by int64) bool { return !agree(by) })
	return all, two && len(all)*4 >= n*3
}
