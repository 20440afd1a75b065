package traffic

// A recent remembers the last sequence numbers of a flow, each with some bytes that no other packet has. The end of a number is its place in
// the table, which is as long as a power of two: numbers that follow one another do not displace each other. It has to grow before it is used.
type recent struct {
	numbers []uint32
	tails   []uint64
	used    []bool
}

// of is what a number came with; ok is false where it is not remembered.
func (r *recent) of(n uint32) (tail uint64, ok bool) {
	at := r.place(n)
	return r.tails[at], r.used[at] && r.numbers[at] == n
}

func (r *recent) add(n uint32, tail uint64) {
	at := r.place(n)
	r.numbers[at], r.tails[at], r.used[at] = n, tail, true
}

func (r *recent) place(n uint32) int { return int(n) & (len(r.numbers) - 1) }

// grow doubles the table, and tells by how many numbers.
func (r *recent) grow() int {
	old := *r
	size := max(2*len(old.numbers), leastRecent)
	r.numbers, r.tails, r.used = make([]uint32, size), make([]uint64, size), make([]bool, size)
	for at, n := range old.numbers {
		if old.used[at] {
			r.add(n, old.tails[at])
		}
	}
	return size - len(old.numbers)
}

// leastRecent is how long a table is at first: most flows are short.
const leastRecent = 8
