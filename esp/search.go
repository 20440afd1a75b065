package esp

import "net/netip"

// A search yields the SAs that may decrypt a packet, the likeliest first: the one that matched the flow before; those with SPI and
// destination; those with the SPI; those with its bytes in reverse order, as a dump of memory has it; those that name no SPI.
type search struct {
	t        *Table
	s        *Scratch
	key      looseKey
	src, dst netip.Addr
	stage    stage
	list     []*SA
	rank, i  int
	one      *SA // of stageHint and stageFound
	hint     *SA
	tried    int
}

type stage uint8

const (
	stageStart stage = iota
	stageHint
	stageFound
	stageExact
	stageLoose
	stageTurned
	stageAny
	stageDone
)

// next returns the next SA, nil at the end.
func (q *search) next() *SA {
	for q.tried < maxTrial && q.stage < stageDone {
		sa := q.step()
		if sa == nil {
			q.advance()
			continue
		}
		if sa == q.hint && q.stage > stageHint {
			continue
		}
		q.tried++
		return sa
	}
	return nil
}

// step returns the next SA of the stage in hand.
func (q *search) step() *SA {
	if sa := q.one; sa != nil {
		q.one = nil
		return sa
	}
	for ; q.rank < ranks && len(q.list) > 0; q.rank, q.i = q.rank+1, 0 {
		for q.i < len(q.list) {
			sa := q.list[q.i]
			q.i++
			if sa.rank(q.src, q.dst) == q.rank && q.stands(sa) {
				return sa
			}
		}
	}
	return nil
}

// stands reports whether it is sa's turn in the stage in hand: with its destination first, without later.
func (q *search) stands(sa *SA) bool {
	switch exact := q.dst.IsValid() && sa.Dst == q.dst; q.stage {
	case stageExact:
		return exact
	case stageLoose:
		return !exact
	}
	return true
}

// advance goes to the next stage.
func (q *search) advance() {
	q.list, q.rank, q.i = nil, 0, 0
	q.stage++
	switch q.stage {
	case stageHint:
		k := flowKey{q.key, q.src, q.dst}
		switch {
		case q.hint != nil: // an ICV has verified it
		case q.s.last != nil && q.s.lastKey == k:
			q.hint = q.s.last
		case len(q.s.flows) > 0:
			q.hint = q.s.flows[k]
		}
		q.one = q.hint
	case stageFound:
		if q.t.hasFound.Load() {
			q.one = q.t.learned(exactKey{q.key, q.dst})
		}
	case stageExact:
		q.list = q.t.withSPI(q.key, q.dst, false)
	case stageLoose:
		q.list = q.t.of(q.key, false)
	case stageTurned:
		if q.tried == 0 { // nothing has the SPI itself
			q.list = q.t.withTurned(q.key)
		}
	case stageAny:
		q.list = q.t.any[q.key.proto()]
	}
	q.list = q.list[:min(len(q.list), maxScan)]
}

// loose reports whether the SA in hand was found without its addresses or SPI.
func (q *search) loose() bool {
	return q.stage == stageAny || q.stage == stageLoose && q.rank%addressRanks >= rankHalf
}
