package source

import (
	"slices"
	"strings"
)

// With plutodebug=crypt pluto prints what it takes out of NSS, in whole blocks of AES, the padding behind it:
//
//	| initiator salt extracted len 16 bytes at 0x7f1e3c0058d8; unwrapped
//	|   c4 47 1f 60  00 00 00 00  00 00 00 00  00 00 00 00   .G.`............
//
// where 4.x has "unwrapped:" on a line of its own. Of an IKE SA that are the salts, when its keys are derived, and ai, ei, ar and er before the
// lines that have the keys of its sides: whole, where those lines cut them off.
const (
	plutoExtracted = " extracted len "
	plutoUnwrapped = "unwrapped:"
)

// plutoExtracts are the names of what is taken out of the keys of an IKE SA.
var plutoExtracts = []string{"initiator salt", "responder salt", "ai", "ar"}

// A plutoNSS is what pluto took out of NSS for the lines with keys of IKE SAs to come.
type plutoNSS struct {
	values map[string][]byte
	ahead  map[string]int // how many of each no line has come for yet
	name   string         // of what is being read; "": nothing is
	rows   []byte
}

// line takes a line of what is taken out of NSS.
func (n *plutoNSS) line(text string) {
	n.endValue()
	front, _, _ := strings.Cut(text, plutoExtracted)
	if _, name, ok := strings.Cut(front, "| "); ok && slices.Contains(plutoExtracts, name) {
		n.name = name
	}
}

// endValue keeps what was read.
func (n *plutoNSS) endValue() {
	if n.name != "" && len(n.rows) > 0 {
		if n.values == nil {
			n.values, n.ahead = make(map[string][]byte), make(map[string]int)
		}
		n.values[n.name] = n.rows
		n.ahead[n.name]++
	}
	n.name, n.rows = "", nil
}

// take is the beginning of a value by its name, for one line. It is nil where it is not there, or where those of several IKE SAs are: the keys of one
// that failed are never printed.
func (n *plutoNSS) take(name string, size int) []byte {
	n.endValue()
	v, ahead := n.values[name], n.ahead[name]
	if ahead > 0 {
		n.ahead[name]--
	}
	if ahead != 1 || size == 0 || len(v) < size {
		return nil
	}
	return v[:size]
}
