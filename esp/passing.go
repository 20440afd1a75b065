package esp

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// A capture may have millions of SAs with packets, more than memory has room for. What goes over a table's bound passes: such an SA is made when a
// packet has its SPI, decrypts what comes, and is forgotten when others need its room. It is in no list and its statistics go with it.

// Passing reports whether sa is in no list of the table's: there are too many.
func (sa *SA) Passing() bool { return sa.passing }

// Refs name SAs that can be made when they are needed, by numbers of whoever makes them.
type Refs struct{ index []uint64 }

// maxRef is the highest number of a Ref.
const maxRef = maxGiven - 1

// Add adds an SA. It reports whether the number is one that Refs can have.
func (r *Refs) Add(proto Protocol, spi uint32, number int) bool {
	if number < 0 || number > maxRef {
		return false
	}
	r.index = append(r.index, uint64(keyOf(proto, spi))<<placeBits|uint64(number))
	return true
}

// Len is the number of SAs.
func (r *Refs) Len() int { return len(r.index) }

// passing are the SAs that are made and forgotten.
type passing struct {
	refs []uint64 // sorted: protocol, SPI, number
	from func(number int) []Params

	mu     sync.Mutex
	made   map[looseKey][]*SA
	proved bitset // of refs: packets have verified the keys
	listed bitset // of the index of given: a packet came when the table was full
}

// maxPassing is how many SPIs have their SAs in memory at once, where Table.MaxPassing does not say it.
const maxPassing = 4096

// AddRefs puts SAs in that make makes the Params of: all those of one number, whatever their SPIs. It may be called by several goroutines, one at a
// time. It is for one list, before Open.
func (t *Table) AddRefs(r *Refs, make func(number int) []Params) {
	slices.Sort(r.index)
	t.passing.refs, t.passing.from = slices.Clip(slices.Compact(r.index)), make
}

// Unlisted is the number of SAs that SAs and Used leave out for want of room: those of refs, and of given ones those with packets beyond MaxSAs. idle
// is how many given ones without packets SAs has left out.
func (t *Table) Unlisted() (n, idle int) {
	t.given.mu.RLock()
	idle = t.given.unmade
	t.given.mu.RUnlock()
	p := &t.passing
	p.mu.Lock()
	defer p.mu.Unlock()
	n = len(p.refs) + p.listed.count()
	return n, max(0, idle-p.listed.count())
}

// Verified reports whether packets have verified the keys of an SA of a number.
func (t *Table) Verified(proto Protocol, spi uint32, number int) bool {
	p := &t.passing
	p.mu.Lock()
	defer p.mu.Unlock()
	key := keyOf(proto, spi)
	p.note(key)
	at, ok := slices.BinarySearch(p.refs, uint64(key)<<placeBits|uint64(number))
	return ok && p.proved.has(at)
}

// run is where in refs a key is.
func (p *passing) run(key looseKey) (from, to int) {
	from, _ = slices.BinarySearch(p.refs, uint64(key)<<placeBits)
	to = from
	for to < len(p.refs) && keyAt(p.refs[to]) == key {
		to++
	}
	return from, to
}

// pass are the SAs of a key that pass: those of refs and, where the table is full, of given, whose index has them from a place on.
func (t *Table) pass(key looseKey, given []uint64, place int) []*SA {
	p := &t.passing
	from, to := p.run(key)
	if from == to && given == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if list := p.made[key]; list != nil {
		return list
	}
	if p.made == nil {
		p.made = make(map[looseKey][]*SA)
	}
	if len(p.made) >= cmp.Or(t.MaxPassing, maxPassing) {
		for k := range p.made {
			p.note(k)
		}
		clear(p.made)
	}
	var list []*SA
	for i, x := range given {
		params, c, _ := t.given.at(x)
		list = t.appendPassing(list, params, c, -1)
		p.listed.set(place + i)
	}
	for at := from; at < to; at++ {
		for _, params := range p.from(int(p.refs[at] & maxRef)) {
			if keyOf(params.Protocol, params.SPI) != key {
				continue
			}
			q := params.normal()
			q.CipherKey, q.MACKey = clone(q.CipherKey), clone(q.MACKey)
			if c, err := coreOf(q); err == nil {
				list = t.appendPassing(list, q, c, at)
			}
		}
	}
	p.made[key] = list
	return list
}

func (t *Table) appendPassing(list []*SA, p *Params, c *core, ref int) []*SA {
	if len(list) >= maxScan || sameIn(list, p) != nil {
		return list
	}
	return append(list, &SA{Params: p, core: c, budget: t.wide, passing: true, place: ref})
}

// note keeps what packets have verified of the SAs of a key. The lock is held.
func (p *passing) note(key looseKey) {
	for _, sa := range p.made[key] {
		if sa.place >= 0 && sa.Proven() {
			p.proved.set(sa.place)
		}
	}
}

// A bitset grows with what is set.
type bitset []uint64

func (b *bitset) set(i int) {
	for len(*b) <= i/64 {
		*b = append(*b, 0)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b bitset) has(i int) bool { return i/64 < len(b) && b[i/64]>>(i%64)&1 != 0 }

func (b bitset) count() (n int) {
	for _, x := range b {
		n += bits.OnesCount64(x)
	}
	return n
}
