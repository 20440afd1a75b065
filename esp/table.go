package esp

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math/bits"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
)

// A Table holds SAs and finds the one that decrypts a packet, at a cost that does not depend on how many there are. Fill it
// first: Add must not run while Open does. Open may run in several goroutines, each with a Scratch of its own.
type Table struct {
	NullDetector *NullDetector // finds ESP without encryption where no SA is known; nil: none. Set before Open
	// NoVerify lets packets be decrypted whose ICV is wrong, where the content of the SA's packets has proved the encryption key. Set
	// before Open.
	NoVerify bool
	// MaxSAs bounds the SAs with packets that are listed, of those that AddGiven gave, and those that are learned; 0: there is no bound. Set before
	// Open.
	MaxSAs int
	// MaxPassing is how many of the SPIs beyond that have their SAs in memory at once; 0: 4096.
	MaxPassing int

	sas      []*SA
	loose    map[looseKey][]*SA // by SPI: NAT may have changed the addresses
	exact    map[exactKey][]*SA // by SPI and destination, where many SAs have the SPI
	any      map[Protocol][]*SA // SAs that name no SPI
	alike    map[uint64][]*SA   // by a hash of all but the addresses, where many SAs have the SPI or none
	given    given              // SAs that are made when they are asked for
	passing  passing            // SAs that have no room
	added    int                // SAs that were added or given
	trial    bool               // of one SA, to see whether its keys fit: see misplaced
	seed     maphash.Seed
	wide     *atomic.Int64     // see newBudget
	waiting  *atomic.Int64     // see newWaiting
	hasFound atomic.Bool       // found is not empty
	found    sync.Map          // exactKey → *SA learned from one that names no SPI, or another
	nLock    sync.Mutex        // guards learn, nulls and bares
	learn    []*SA             // in the order they were proven
	nulls    map[flowKey][]*SA // made by NullDetector
	bares    map[flowKey]*SA   // see bare
}

// maxLearned bounds the SAs that a source without SPIs can make: what a capture claims must not fill the memory.
const maxLearned = 1 << 16

// learnedAll reports whether there is no room for another learned SA.
func (t *Table) learnedAll() bool {
	return len(t.learn) >= maxLearned || t.MaxSAs > 0 && len(t.learn) >= t.MaxSAs
}

// NewTable returns an empty table.
func NewTable() *Table {
	return &Table{
		exact: make(map[exactKey][]*SA),
		loose: make(map[looseKey][]*SA),
		any:   make(map[Protocol][]*SA),
		alike: make(map[uint64][]*SA),
		seed:  maphash.MakeSeed(),
		wide:  newBudget(),

		waiting: newWaiting(),
	}
}

// Add puts an SA into the table. If one that says the same is there, it is returned with p.Source among its Sources(). An
// algorithm that is not supported, a key of the wrong length and the like give a *ParamError.
func (t *Table) Add(p Params) (*SA, error) {
	q := p.normal()
	q.CipherKey, q.MACKey = clone(q.CipherKey), clone(q.MACKey)
	c, err := coreOf(q)
	if err != nil {
		return nil, err
	}
	t.added++
	return t.add(q, c, t.added), nil
}

// coreOf checks p and makes what its packets are decrypted with.
func coreOf(p *Params) (*core, error) {
	if err := checkProtocol(p); err != nil {
		return nil, err
	}
	c, fact, err := newCore(p)
	if err != nil {
		return nil, &ParamError{p.Protocol, p.SPI, p.Source, fact, err}
	}
	return c, nil
}

// add puts in an SA, or what it says to one that is there. p is normal, and kept.
func (t *Table) add(p *Params, c *core, place int) *SA {
	if p.AnySPI {
		return t.addAny(p, c, place)
	}
	key := keyOf(p.Protocol, p.SPI)
	list := t.of(key, false)
	if sa := t.duplicate(list, p); sa != nil {
		late := !sa.Dst.IsValid() && p.Dst.IsValid()
		sa.merge(p)
		if late {
			t.index(sa, len(list))
		}
		return sa
	}
	if len(list) > 0 && len(t.loose[key]) == 0 {
		t.takeOver(key)
	}
	sa := t.make(p, c, place)
	list = append(list, sa)
	t.loose[key] = list
	switch n := len(list); {
	case n == fewAlike+1:
		for _, sa := range list {
			t.index(sa, n)
			t.remember(sa)
		}
	case n > fewAlike:
		t.index(sa, n)
		t.remember(sa)
	}
	return sa
}

// addAny is add for an SA that names no SPI.
func (t *Table) addAny(p *Params, c *core, place int) *SA {
	if sa := t.sameAs(p); sa != nil {
		sa.merge(p)
		return sa
	}
	sa := t.make(p, c, place)
	t.remember(sa)
	t.any[p.Protocol] = append(t.any[p.Protocol], sa)
	return sa
}

func (t *Table) make(p *Params, c *core, place int) *SA {
	sa := &SA{Params: p, core: c, budget: t.wide, place: place}
	t.sas = append(t.sas, sa)
	return sa
}

// remember enters an SA by all that it says but its addresses.
func (t *Table) remember(sa *SA) {
	sum := sa.sum(t.seed)
	t.alike[sum] = append(t.alike[sum], sa)
}

// sameAs is the SA that was remembered and says what p says.
func (t *Table) sameAs(p *Params) *SA { return sameIn(t.alike[p.sum(t.seed)], p) }

func sameIn(list []*SA, p *Params) *SA {
	for _, sa := range list {
		if sa.same(p) {
			return sa
		}
	}
	return nil
}

// fewAlike is how many SAs of one SPI are looked through one by one. As a rule there is one.
const fewAlike = 8

// index enters an SA by its destination, if its SPI has many: n of them.
func (t *Table) index(sa *SA, n int) {
	if !sa.Dst.IsValid() || n <= fewAlike {
		return
	}
	at := exactKey{keyOf(sa.Protocol, sa.SPI), sa.Dst}
	t.exact[at] = append(t.exact[at], sa)
}

// withSPI are the SAs of a protocol and an SPI that may have a destination: all those that have it are among them.
func (t *Table) withSPI(key looseKey, dst netip.Addr, ahead bool) []*SA {
	if list := t.of(key, ahead); len(list) <= fewAlike || len(t.loose[key]) == 0 {
		return list
	}
	return t.withPassing(t.exact[exactKey{key, dst}], key)
}

func checkProtocol(p *Params) error {
	fact := ""
	switch {
	case p.Protocol != ESP && p.Protocol != AH && p.Protocol != IPComp:
		fact = "neither ESP, AH nor IPComp"
	case p.Protocol == IPComp && p.SPI > 0xffff:
		fact = "CPI has more than 16 bits"
	case p.Protocol == AH && p.Cipher != nil && !isNull(p.Cipher):
		fact = fmt.Sprintf("AH with %s: it does not encrypt", p.Cipher.Name)
	default:
		return nil
	}
	return &ParamError{p.Protocol, p.SPI, p.Source, fact, ErrMalformed}
}

// duplicate is the SA that says what p says, of those with its SPI.
func (t *Table) duplicate(list []*SA, p *Params) *SA {
	if len(list) <= fewAlike {
		return sameIn(list, p)
	}
	return t.sameAs(p)
}

// SAs returns all SAs in the order they were added, then those learned, in the order of their first packets: several goroutines
// may have learned them.
func (t *Table) SAs() []*SA {
	t.makeAll()
	return t.Used()
}

// Used are those of SAs but for given ones that no packet has come for.
func (t *Table) Used() []*SA {
	t.nLock.Lock()
	defer t.nLock.Unlock()
	sas, learned := t.inOrder(), slices.Clone(t.learn)
	slices.SortStableFunc(learned, func(a, b *SA) int { return cmp.Compare(a.firstFrame(), b.firstFrame()) })
	return append(sas, learned...)
}

// inOrder are the SAs in the order they were added.
func (t *Table) inOrder() []*SA {
	sas := slices.Clone(t.sas)
	t.given.mu.RLock()
	for _, list := range t.given.made {
		sas = append(sas, list...)
	}
	t.given.mu.RUnlock()
	slices.SortFunc(sas, func(a, b *SA) int { return cmp.Compare(a.place, b.place) })
	return sas
}

// Known reports whether the table names an ESP SA with this SPI, which is what capture.Splitter.KnownSPI asks. It goes by the
// SPI alone: NAT may have changed the destination.
func (t *Table) Known(spi uint32, _ netip.Addr) bool { return t.Has(ESP, spi) }

// Has reports whether the table names an SA of a protocol with this SPI.
func (t *Table) Has(proto Protocol, spi uint32) bool {
	key := keyOf(proto, spi)
	if len(t.loose[key]) > 0 || t.given.has(key) {
		return true
	}
	from, to := t.passing.run(key)
	return from < to
}

// learned is the SA that fromAny made for a packet's SPI and destination, nil if there is none.
func (t *Table) learned(key exactKey) *SA {
	if sa, ok := t.found.Load(key); ok {
		return sa.(*SA)
	}
	return nil
}

// withTurned are the SAs that have an SPI with its bytes in reverse order, and whose ICV can show that it is meant: what prints a kernel's memory on a
// little-endian processor has it so.
func (t *Table) withTurned(key looseKey) []*SA {
	other := keyOf(key.proto(), bits.ReverseBytes32(key.spi()))
	if other == key {
		return nil
	}
	list := slices.Clone(t.of(other, false))
	return slices.DeleteFunc(list, func(sa *SA) bool { return !sa.core.check })
}

// fromAny makes an SA for the SPI of a packet that sa, which names none or another, has decrypted; later packets find it at once.
func (t *Table) fromAny(sa *SA, c *carrier, spi uint32) *SA {
	key := exactKey{keyOf(sa.Protocol, spi), c.dst}
	t.nLock.Lock()
	defer t.nLock.Unlock()
	if have, ok := t.found.Load(key); ok && have.(*SA).core == sa.core {
		return have.(*SA)
	}
	if t.learnedAll() {
		return sa
	}
	t.hasFound.Store(true)
	p := *sa.Params
	p.SPI, p.AnySPI, p.Src, p.Dst = spi, false, c.src, c.dst
	made := &SA{Params: &p, others: sa.others, core: sa.core, learned: true, budget: sa.budget}
	made.icv.Store(sa.icv.Load())
	t.found.Store(key, made)
	t.learn = append(t.learn, made)
	return made
}
