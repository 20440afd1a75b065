package capture

import (
	"hash/maphash"
	"net/netip"
	"time"
)

// againCopy is the copy (setKey) for fragments that come again after their datagram was complete: a network duplicated them, or
// somebody sends them anew. A set of them that stays incomplete tells nothing.
const againCopy = 255

// maxKnown bounds the fragments of complete datagrams that are remembered: 16 bytes each, and as much for the map.
const maxKnown = 1 << 14

// A known is a fragment of a datagram that was completed.
type known struct {
	hash uint64
	time int64 // of completion, nanoseconds since 1970
}

// A fragmentMemory remembers the fragments of datagrams that were completed, by a keyed hash so that no input can make two look
// the same. A key (setKey) would not do: IPv4 uses an identification again before the timeout on a fast link.
type fragmentMemory struct {
	seed    maphash.Seed
	timeout int64 // nanoseconds
	times   map[uint64]int64
	ring    []known
	next    int // the oldest of a full ring
}

func newFragmentMemory(timeout time.Duration) *fragmentMemory {
	return &fragmentMemory{seed: maphash.MakeSeed(), timeout: int64(timeout), times: make(map[uint64]int64)}
}

// hash is that of a fragment: of the datagram that it is a part of, its place in there and its bytes.
func (m *fragmentMemory) hash(pk *ipPacket) uint64 {
	var proto uint8
	if pk.Version == 4 {
		proto = pk.Proto
	}
	return maphash.Comparable(m.seed, struct {
		src, dst netip.Addr
		id       uint32
		proto    uint8
		off      int
		more     bool
		data     uint64
	}{pk.Src, pk.Dst, pk.ID, proto, pk.FragOff, pk.More, maphash.Bytes(m.seed, pk.b[pk.Len:])})
}

// add takes in the fragments of a datagram that is complete now; the oldest ones make room.
func (m *fragmentMemory) add(hashes []uint64, now time.Time) {
	for _, h := range hashes {
		k := known{h, now.UnixNano()}
		m.times[h] = k.time
		if len(m.ring) < maxKnown {
			m.ring = append(m.ring, k)
			continue
		}
		if old := m.ring[m.next]; m.times[old.hash] == old.time {
			delete(m.times, old.hash)
		}
		m.ring[m.next] = k
		m.next = (m.next + 1) % maxKnown
	}
}

// seen reports whether a fragment was part of a datagram that was completed within the timeout.
func (m *fragmentMemory) seen(hash uint64, now time.Time) bool {
	t, ok := m.times[hash]
	return ok && now.UnixNano()-t <= m.timeout
}
