package source

import "github.com/ikedecode/ikedecode/keys/internal/lex"

// A hexRows is a dump below its label, or on its line: rows of hex groups, until there are as many bytes as the label says, or to the first
// line that is no row.
type hexRows struct {
	num    int // line of the label; 0: none is read
	label  string
	want   int // bytes; 0: not known
	value  []byte
	groups func(text string) ([]byte, bool) // how a row looks; nil: groups of whole bytes and nothing else
}

// maxRows bounds a dump: no secret is larger than the shared secret of a large hybrid exchange.
const maxRows = 16 << 10

// begin starts a dump.
func (r *hexRows) begin(num int, label string, want int) {
	r.num, r.label, r.want, r.value = num, label, want, nil
}

// row takes a line; false: the dump has ended before it, or none is read.
func (r *hexRows) row(text string) bool {
	if r.num == 0 || r.full() || len(r.value) >= maxRows {
		return false
	}
	groups := r.groups
	if groups == nil {
		groups = lex.HexGroups
	}
	b, ok := groups(text)
	if !ok {
		return false
	}
	r.value = append(r.value, b...)
	return true
}

// full reports whether all that the label announced is there.
func (r *hexRows) full() bool { return r.want > 0 && len(r.value) >= r.want }

// take ends the dump: what it has, and whether that is all that was announced.
func (r *hexRows) take() (label string, value []byte, num int, ok bool) {
	label, value, num, ok = r.label, r.value, r.num, r.num != 0 && len(r.value) > 0 && (r.want == 0 || len(r.value) == r.want)
	r.num, r.value = 0, nil
	return label, value, num, ok
}
