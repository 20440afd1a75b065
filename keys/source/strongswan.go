package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// strongSwan's charon prints keys at log level 4 of the groups IKE and CHD, as hex dumps:
//
//	Nov 23 08:43:20 15[IKE] <v2|3> SKEYID_d => 20 bytes @ 0x7f7468009b50
//	Nov 23 08:43:20 15[IKE] <v2|3>    0: B9 29 00 C7 DF A4 39 17 0D 69 CC 9A 1F 44 C3 73  .)....9..i...D.s
//	Nov 23 08:43:20 15[IKE] <v2|3>   16: 2E 58 02 11                                      .X..
//
// before it stand the time, perhaps a host and process, the thread and group; <name|id> is the IKE SA. The journal has
// none of that, and in logs shown newest first the rows come in front of their label. This file makes events of lines,
// strongswan_ike.go and strongswan_child.go make secrets of events.
var strongSwanFormat = format{
	name:  "strongSwan log",
	words: charonKeyWords(),
	start: func(o *out) parser {
		p := &strongSwanParser{out: o, log: newCharonLog(o), lastRow: -1}
		p.text = charonText(o.front, p.whole)
		return p
	},
}

type strongSwanParser struct {
	*out
	text   wrapping
	log    *charonLog
	charon int  // lines that are charon's
	agreed bool // a proposal was chosen: keys were made

	// Which way the log runs is seen at the first dump of two rows. Until then, and in a log that shows the newest line first,
	// lines are kept, to be worked at in the order in which they were written.
	order   order
	kept    []charonLine
	bytes   int
	tooMuch bool
	lastRow int // offset of the row in the line before, -1 for none

	open *event // a dump whose rows are being read
	size int
}

type order uint8

const (
	orderUnknown order = iota
	oldestFirst
	newestFirst
)

// A charonLine is one line that matters: a row of a dump, its label, or a message.
type charonLine struct {
	event
	prefixed bool
	size     int // of the dump that the label begins; -1 for other lines
	offset   int // of a row; -1 for other lines
	row      []byte
}

const (
	maxDump      = 64 << 10 // no secret is longer; the dump of a packet may be, and is not wanted
	maxKeptBytes = 256 << 20
	// enoughOfCharon are so many lines that the log is charon's.
	enoughOfCharon = 3
	// maxUndecided bounds the lines that are kept before a dump of two rows: a log that has none among so many has no keys, most likely.
	maxUndecided = 32 << 20
)

// needs is every line while a dump is read, or it is not known which way the log runs, and what looks like charon's until it is known to be.
func (p *strongSwanParser) needs() need {
	switch {
	case p.text.holds, p.open != nil, p.order == newestFirst, p.order == orderUnknown && p.lastRow >= 0:
		return needLine
	case p.order == oldestFirst && p.charon >= enoughOfCharon:
		return needFull
	case p.charon == 0:
		return needLook
	}
	return needLook | needFull
}

// looks reports whether a line is a row, or charon's while that is not known.
func (p *strongSwanParser) looks(text string) bool {
	_, text, prefixed := charonPrefix(text)
	if prefixed && p.charon < enoughOfCharon {
		return true
	}
	_, _, isRow := dumpRow(text)
	return isRow
}

// charonKeyWords are in all lines that matter to strongSwanParser once it knows that the log is charon's: what charonLog wants, what tells that a
// proposal was chosen, and labels with the number of bytes below them.
func charonKeyWords() []string {
	words := slices.Concat([]string{"selected proposal: ", " established ", "=> ESTABLISHED"}, afterChoice, charonWordList)
	for digit := range 10 {
		words = append(words, fmt.Sprint(" => ", digit))
	}
	return words
}

func (p *strongSwanParser) line(l line) error { return p.text.line(l.with(unescaped(l.text))) }

// whole takes a line as charon wrote it.
func (p *strongSwanParser) whole(l line) error {
	c := charonLine{size: -1, offset: -1}
	var text string
	c.event, text, c.prefixed = charonPrefix(l.text)
	c.num = l.num
	if c.prefixed {
		if p.charon++; p.charon == enoughOfCharon {
			p.recognise()
		}
		p.agreed = p.agreed || agreement(text)
	}
	if offset, row, ok := dumpRow(text); ok {
		c.offset, c.row = offset, row
	} else if label, size, ok := dumpLabel(text); ok {
		c.text, c.size = knownLabel(label), size
	} else if c.text = text; !p.log.wants(c.event) {
		c.text = ""
	}
	p.watchOrder(c)
	if c.offset < 0 && c.size < 0 && c.text == "" && !(p.open != nil && c.prefixed) {
		return nil
	}
	if p.order == oldestFirst {
		p.take(c)
		return nil
	}
	p.keep(c)
	return nil
}

// watchOrder looks for two rows of one dump in lines that follow each other.
func (p *strongSwanParser) watchOrder(c charonLine) {
	last := p.lastRow
	p.lastRow = c.offset
	if p.order != orderUnknown || last < 0 || c.offset < 0 {
		return
	}
	switch c.offset {
	case last + 16:
		p.order = oldestFirst
		p.replay()
	case last - 16:
		p.order = newestFirst
	}
}

// keep puts a line aside.
func (p *strongSwanParser) keep(c charonLine) {
	most := maxKeptBytes
	if p.order == orderUnknown {
		most = maxUndecided
	}
	if p.bytes += 128 + len(c.text) + len(c.row); p.bytes <= most {
		p.kept = append(p.kept, c)
		return
	}
	if p.order == orderUnknown {
		p.order = oldestFirst
		p.replay()
		p.take(c)
		return
	}
	p.tooMuch = true
}

// replay works at the lines that were kept.
func (p *strongSwanParser) replay() {
	if p.order == newestFirst {
		slices.Reverse(p.kept)
	}
	for _, c := range p.kept {
		p.take(c)
	}
	p.kept, p.bytes = nil, 0
}

// take works at one line, in the order in which charon wrote them.
func (p *strongSwanParser) take(c charonLine) {
	switch {
	case c.offset >= 0:
		p.row(c)
		return
	case p.open != nil && (c.prefixed || c.size >= 0):
		p.broken()
	}
	if c.size >= 0 {
		p.label(c)
	} else if c.text != "" {
		p.log.event(c.event)
	}
}

// label begins a dump.
func (p *strongSwanParser) label(c charonLine) {
	if c.text == "" || c.size > maxDump {
		return
	}
	p.recognise()
	e := c.event
	e.dump = make([]byte, 0, c.size)
	if c.size == 0 {
		p.log.event(e)
		return
	}
	p.open, p.size = &e, c.size
}

// row takes one row of a dump.
func (p *strongSwanParser) row(c charonLine) {
	if p.open == nil {
		return
	}
	if c.offset != len(p.open.dump) || len(p.open.dump)+len(c.row) > p.size {
		p.broken()
		return
	}
	p.open.dump = append(p.open.dump, c.row...)
	if len(p.open.dump) == p.size {
		e := *p.open
		p.open = nil
		p.log.event(e)
	}
}

// broken drops a dump that is not complete.
func (p *strongSwanParser) broken() {
	if p.open != nil {
		p.warn(p.open.num, "dump of %q is incomplete: %d of %d bytes", p.open.text, len(p.open.dump), p.size)
		p.open = nil
	}
}

func (p *strongSwanParser) end() error {
	if err := p.text.flush(); err != nil {
		return err
	}
	if p.order == orderUnknown {
		p.order = oldestFirst
		// Dumps of one row each: their labels stand above or below them.
		if n := len(p.kept); n > 1 && p.kept[0].offset == 0 && p.kept[n-1].size > 0 {
			p.order = newestFirst
		}
	}
	p.replay()
	p.broken()
	p.log.end()
	if p.tooMuch {
		p.warn(1, "the newest line comes first and the log is too large to reverse: its older part was not read")
	}
	switch {
	case !p.recognised || p.count > 0:
	case p.agreed:
		p.warn(1, "no keys in this log: set ike and chd to 4, then start the tunnel")
	default:
		p.warn(1, "no keys in this log: no negotiation got that far; set ike and chd to 4, then start the tunnel")
	}
	return nil
}

// agreement reports whether a message is one that charon writes, at its usual level, when a proposal was chosen or an SA is there. Before 5.7 it
// names the proposal at a higher level alone; an exchange that is encrypted, or follows the choice, tells as much.
func agreement(text string) bool {
	return strings.HasPrefix(text, "selected proposal: ") || strings.Contains(text, " established ") || strings.HasSuffix(text, "=> ESTABLISHED") ||
		hasAny(text, afterChoice)
}

// afterChoice is in messages of exchanges after the choice of a proposal.
var afterChoice = []string{" IKE_AUTH request ", " IKE_AUTH response ", " CREATE_CHILD_SA request ", " QUICK_MODE request ", " IKE_SA_INIT response 0 [ SA ", " ID_PROT response 0 [ KE "}

// charonPrefix finds "NN[GRP] " or "NN[GRPn] " anywhere in a line and cuts everything before it, and a <name|id> after it.
// Without one the text is the whole line, less what syslog puts before a message.
func charonPrefix(s string) (e event, text string, found bool) {
	e = event{thread: -1, id: -1}
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '[')
		if j < 0 {
			break
		}
		at := i + j
		i = at + 1
		group, n := groupName(s[i:])
		if n == 0 || at < 2 || !isDigit(s[at-1]) {
			continue
		}
		start := at
		for start > 0 && isDigit(s[start-1]) {
			start--
		}
		e.thread, _ = strconv.Atoi(s[start:at])
		e.group = group
		text = s[i+n:]
		e.id, e.connection, text = ikeTag(text)
		return e, text, true
	}
	return e, s, false
}

// charonText joins the lines of charon that were wrapped.
func charonText(f *front, take func(line) error) wrapping {
	prefixed := func(text string) bool {
		_, _, ok := charonPrefix(text)
		return ok
	}
	return wrapping{front: f, take: take, begins: prefixed, rest: func(text string) bool {
		_, _, isRow := dumpRow(text)
		_, _, isLabel := dumpLabel(text)
		return !prefixed(text) && !isRow && !isLabel && !hasStamp(text)
	}}
}

// groupName reads "GRP] " or "GRP1] " and returns how many bytes it took.
func groupName(s string) (string, int) {
	if len(s) < 5 {
		return "", 0
	}
	for i := range 3 {
		if s[i] < 'A' || s[i] > 'Z' {
			return "", 0
		}
	}
	n := 3
	if isDigit(s[n]) {
		n++
	}
	if !strings.HasPrefix(s[n:], "] ") {
		return "", 0
	}
	return s[:3], n + 2
}

// ikeTag reads "<name|id> " or "<id> " at the front of a message.
func ikeTag(s string) (id int, name, rest string) {
	if !strings.HasPrefix(s, "<") {
		return -1, "", s
	}
	end := strings.Index(s, "> ")
	if end < 0 {
		return -1, "", s
	}
	tag := s[1:end]
	bar := strings.LastIndexByte(tag, '|')
	n, err := strconv.Atoi(tag[bar+1:])
	if err != nil {
		return -1, "", s
	}
	return n, tag[:max(bar, 0)], s[end+2:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
