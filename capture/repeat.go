package capture

import (
	"hash/maphash"
	"time"

	"github.com/ikedecode/ikedecode/internal/ip"
)

const (
	// DefaultRepeatWindow is how far apart the two sightings of a packet at a mirror port, or on two interfaces of a
	// gateway, may be. Retransmissions come later, by half a second at the least.
	DefaultRepeatWindow = 20 * time.Millisecond
	// maxLatency is the same for two places of one path.
	maxLatency  = time.Second
	repeatSlots = 1 << 11            // of two
	multiplier  = 0x9e3779b97f4a7c15 // odd, of no pattern: keeps the parts of a hash from cancelling out
)

// repeats remembers the packets seen just now, by a keyed hash so that no input can make two look the same.
type repeats struct {
	window    int64 // nanoseconds
	elsewhere int64 // the same for another file
	seed      maphash.Seed
	slots     [][2]repeatSlot // the later sighting first
}

// A repeatSlot is a packet that was seen. Two of them lie in one line of the processor's cache.
type repeatSlot struct {
	hash uint64
	// when is the time, in nanoseconds since 1970, of which the lowest bits count the copies instead, as far as they go; those above them tell
	// the file of the first one.
	when int64
}

const (
	copyBits, fileBits = 8, 8
	maxCopies          = 1<<copyBits - 1
	maxFile            = 1<<fileBits - 1
	notTime            = 1<<(copyBits+fileBits) - 1
)

func (s *repeatSlot) time() int64 { return s.when &^ notTime }

func (s *repeatSlot) file() int { return int(s.when>>copyBits) & maxFile }

// again counts a copy and returns how many there are.
func (s *repeatSlot) again() int {
	n := s.when & maxCopies
	if n < maxCopies {
		s.when++
		n++
	}
	return int(n)
}

func newRepeats(opt SplitOptions) *repeats {
	window := opt.RepeatWindow
	if window <= 0 {
		window = DefaultRepeatWindow
	}
	elsewhere := window
	if opt.TwoPlaces {
		elsewhere = max(window, maxLatency)
	}
	return &repeats{window: int64(window), elsewhere: int64(elsewhere), seed: maphash.MakeSeed(), slots: make([][2]repeatSlot, repeatSlots)}
}

// seen returns how often the packet was seen just before now, and whether another file had it first. Time to live and IPv4 header checksum
// do not count: a router between two taps changes them. Some tools write all times as zero: then a copy may as well be a retransmission.
func (r *repeats) seen(pk *ipPacket, now time.Time, file int) (copies int, elsewhere bool) {
	at := now.UnixNano()
	if at == 0 {
		return 0, false
	}
	hash := r.hash(pk)
	slots := &r.slots[hash%repeatSlots]
	for i := range slots {
		slot := &slots[i]
		if slot.hash != hash {
			continue
		}
		elsewhere, window := slot.file() != file&maxFile, r.window
		if elsewhere {
			window = r.elsewhere
		}
		if age := at - slot.time(); age <= window && age >= -window {
			return slot.again(), elsewhere
		}
	}
	slots[1], slots[0] = slots[0], repeatSlot{hash: hash, when: at&^notTime | int64(file&maxFile)<<copyBits}
	return 0, false
}

// espSample is how much of an ESP or AH packet is looked at on either end: no two have the same SPI, sequence number, IV and
// ICV, so that the rest says nothing new.
const espSample = 64

func (r *repeats) hash(pk *ipPacket) uint64 {
	var b [ip.IPv6Len + 2*espSample]byte
	n := copy(b[:], pk.b[:ip.IPv4Len])
	if pk.Version == 6 {
		n = copy(b[:], pk.b[:ip.IPv6Len])
		b[7] = 0
	} else {
		b[8], b[10], b[11] = 0, 0, 0
	}
	rest := pk.b[n:]
	if len(rest) > 2*espSample && pk.holdsESP() {
		n += copy(b[n:], rest[:espSample])
		n += copy(b[n:], rest[len(rest)-espSample:])
		return maphash.Bytes(r.seed, b[:n])
	}
	return maphash.Bytes(r.seed, b[:n])*multiplier ^ maphash.Bytes(r.seed, rest)
}

// holdsESP reports whether a packet is of ESP or AH, or of ESP in UDP (RFC 3948).
func (pk *ipPacket) holdsESP() bool {
	switch pk.Proto {
	case ip.ProtoESP, ip.ProtoAH:
		return true
	case ip.ProtoUDP:
		if pk.Fragment || len(pk.b) < pk.Len+ip.UDPLen+markerLen {
			return false
		}
		src, dst := ip.Ports(pk.b[pk.Len:])
		return (src == PortNATT || dst == PortNATT) && !hasMarker(pk.b[pk.Len+ip.UDPLen:])
	}
	return false
}
