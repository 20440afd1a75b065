package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// A natdDump follows the dumps of what NAT detection hashes are computed over, which begin with both SPIs and then have an address and a port
// (RFC 3947, section 3.2; RFC 7296, section 2.23):
//
//	natd_chunk => 22 bytes @ 0x5c035a10
//	   0: DE 1F C0 FC BD 22 16 09 00 00 00 00 00 00 00 00  ....."..........
type natdDump struct {
	next bool // the line before was the label
	open bool // likewise, in the order in which charon wrote
}

const natdLabel = "natd_chunk => "

// wants reports whether a line is the label of such a dump, or the first row below it.
func (n *natdDump) wants(text string) bool {
	label, below := strings.HasPrefix(text, natdLabel), n.next
	n.next = label
	return label || below && natdRow(text) != nil
}

// natdRow is the first row of such a dump; nil: it is none.
func natdRow(text string) []byte {
	if offset, row, ok := dumpRow(text); ok && offset == 0 && len(row) == 16 {
		return row
	}
	return nil
}

// natDetection takes the lines of a dump for NAT detection; false where it is another line. In a log that has its newest line first a row stands above
// its label, where none is read.
func (p *charonEvents) natDetection(t *charonThread, prefix event, text string) bool {
	open := p.natd.open
	if p.natd.open = strings.HasPrefix(text, natdLabel) && !p.order.reversed; p.natd.open {
		return true
	}
	row := natdRow(text)
	if row == nil {
		return false
	}
	id := prefix.id
	if id < 0 {
		id = t.group.ID
	}
	if open {
		p.nameSPIs(id, [2]ike.SPI{ike.SPI(row[:8]), ike.SPI(row[8:])})
	}
	return true
}

// runSPIs are the SPIs of an IKE SA by charon's number for it, which stays where an IKE SA starts anew with others.
type runSPIs struct {
	first, now [2]ike.SPI
}

// nameSPIs notes the SPIs of an IKE SA.
func (p *charonEvents) nameSPIs(id int, spis [2]ike.SPI) {
	known, ok := p.spis[id]
	if !ok && len(p.spis) >= maxTalks || id == 0 {
		return
	}
	if ok && spis[0] == known.now[0] && spis[1].IsZero() {
		return
	}
	if !ok || spis[0] == known.first[0] {
		known.first = spis
	}
	known.now = spis
	p.spis[id] = known
}
