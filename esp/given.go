package esp

import (
	"slices"
	"sync"
)

// A key source may list a million SAs of which a capture has a few. Those stay in the list as they are, with a number each to find them by,
// and become SAs when a packet has their SPI.

// given are the SAs of a list. Goroutines that prepare packets look into it at once.
type given struct {
	list  []Params
	index []uint64 // sorted: protocol, SPI and place in list
	first int      // the place in the table of the first of list

	mu     sync.RWMutex
	made   map[looseKey][]*SA
	unmade int // SAs for which makeAll had no room
}

// maxGiven is how many places in a list an index has room for.
const (
	placeBits = 24
	maxGiven  = 1 << placeBits
)

func indexOf(p *Params, i int) uint64 { return uint64(keyOf(p.Protocol, p.SPI))<<placeBits | uint64(i) }

func keyAt(x uint64) looseKey { return looseKey(x >> placeBits) }

// AddGiven is Add for all SAs of a list but those that skip tells; nil: none. The table keeps the list, which must not change. The errors are
// those of Add.
func (t *Table) AddGiven(list []Params, skip func(*Params) bool) (errs []error) {
	first := t.added
	t.added += len(list)
	g := &t.given
	lazy := g.list == nil && len(list) <= maxGiven
	for i := range list {
		p := &list[i]
		if skip != nil && skip(p) {
			continue
		}
		q := p.normal()
		c, err := coreOf(q)
		switch {
		case err != nil:
			errs = append(errs, err)
		case !lazy || q.AnySPI || len(t.loose[keyOf(q.Protocol, q.SPI)]) > 0:
			t.add(q, c, first+i+1)
		default:
			g.index = append(g.index, indexOf(p, i))
		}
	}
	if lazy {
		g.list, g.first, g.made = list, first, make(map[looseKey][]*SA)
		slices.Sort(g.index)
		t.addCrowds()
	}
	return errs
}

// addCrowds adds the SAs of an SPI that has many, which Add finds by their destinations.
func (t *Table) addCrowds() {
	g := &t.given
	var crowds [][]uint64
	rest := g.index[:0]
	for index := g.index; len(index) > 0; {
		run := runOf(index)
		index = index[len(run):]
		if len(run) > fewAlike {
			crowds = append(crowds, slices.Clone(run))
		} else {
			rest = append(rest, run...)
		}
	}
	g.index = rest
	for _, run := range crowds {
		for _, x := range run {
			p, c, place := g.at(x)
			t.add(p, c, place)
		}
	}
}

// runOf is the front of index that has one key.
func runOf(index []uint64) []uint64 {
	n := 1
	for n < len(index) && keyAt(index[n]) == keyAt(index[0]) {
		n++
	}
	return index[:n]
}

// at is an SA of the list in its normal form, what its packets are decrypted with, and its place in the table.
func (g *given) at(x uint64) (*Params, *core, int) {
	i := int(x & (maxGiven - 1))
	p := g.list[i].normal()
	c, _ := coreOf(p) // AddGiven has checked it
	return p, c, g.first + i + 1
}

// run is the part of index that has a key, and where it is.
func (g *given) run(key looseKey) (run []uint64, at int) {
	i, _ := slices.BinarySearch(g.index, uint64(key)<<placeBits)
	if i == len(g.index) || keyAt(g.index[i]) != key {
		return nil, 0
	}
	return runOf(g.index[i:]), i
}

func (g *given) has(key looseKey) bool {
	run, _ := g.run(key)
	return run != nil
}

// of are the SAs of a protocol and an SPI, made where they were given alone. Ahead of their turn packets come in any order: then those are not made
// that the bound may concern.
func (t *Table) of(key looseKey, ahead bool) []*SA {
	list := t.loose[key]
	if len(list) > 0 || len(t.given.index) == 0 {
		return t.withPassing(list, key)
	}
	g := &t.given
	g.mu.RLock()
	list = g.made[key]
	full, half := t.MaxSAs > 0 && len(g.made) >= t.MaxSAs, t.MaxSAs > 0 && len(g.made) >= t.MaxSAs/2
	g.mu.RUnlock()
	if list != nil {
		return t.withPassing(list, key)
	}
	run, at := g.run(key)
	switch {
	case run == nil:
		return t.withPassing(nil, key)
	case full:
		return t.pass(key, run, at)
	case half && ahead:
		return nil
	}
	g.mu.Lock()
	list = t.makeRun(run)
	g.mu.Unlock()
	return t.withPassing(list, key)
}

// withPassing adds to a list the SAs of its SPI that pass.
func (t *Table) withPassing(list []*SA, key looseKey) []*SA {
	if len(t.passing.refs) == 0 {
		return list
	}
	return append(slices.Clip(list), t.pass(key, nil, 0)...)
}

// makeRun makes the SAs of a key. The lock is held.
func (t *Table) makeRun(run []uint64) []*SA {
	g, key := &t.given, keyAt(run[0])
	if list := g.made[key]; list != nil {
		return list
	}
	var list []*SA
	for _, x := range run {
		p, c, place := g.at(x)
		if sa := sameIn(list, p); sa != nil {
			sa.merge(p)
			continue
		}
		list = append(list, &SA{Params: p, core: c, budget: t.wide, place: place})
	}
	g.made[key] = list
	return list
}

// makeAll makes those SAs that are not made yet, as many as there may be.
func (t *Table) makeAll() {
	g := &t.given
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unmade = 0
	for index := g.index; len(index) > 0; {
		run := runOf(index)
		index = index[len(run):]
		switch key := keyAt(run[0]); {
		case len(t.loose[key]) > 0 || g.made[key] != nil:
		case t.MaxSAs > 0 && len(g.made) >= t.MaxSAs:
			g.unmade += len(run)
		default:
			t.makeRun(run)
		}
	}
}

// takeOver makes the given SAs of a key those of the table: one was added to them.
func (t *Table) takeOver(key looseKey) {
	g := &t.given
	g.mu.Lock()
	defer g.mu.Unlock()
	t.sas = append(t.sas, g.made[key]...)
	delete(g.made, key)
}
