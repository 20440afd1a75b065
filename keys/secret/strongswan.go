package secret

import (
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
var strongSwanSource = source{
	name:   "strongSwan log",
	labels: []string{"strongSwan's log at level 4 (SKEYID_d => 20 bytes, encryption initiator key => ...)"},
	start: func(o *out) parser {
		return &strongSwanParser{out: o, log: newCharonLog(o)}
	},
}

// An event is one message of charon that matters.
type event struct {
	num    int    // line
	thread int    // -1: not known
	id     int    // unique ID of the IKE SA, -1: not known
	group  string // "IKE", "CHD", ...; "" where not known
	text   string // the message, or a dump's label
	dump   []byte // nil: no dump
}

type strongSwanParser struct {
	*out
	log *charonLog

	open     *event // a dump whose rows are being read
	size     int
	charon   int // lines that are charon's
	lastDump int // line of the last row
	// rows that came without a label above them: a log that shows the newest line first
	loose      []looseRow
	reversed   bool
	oriented   bool // a dump was read to its end: the direction is known
	queued     []event
	queueBytes int
}

type looseRow struct {
	num, offset int
	row         []byte
}

const (
	maxDump       = 64 << 10 // no secret is longer; the dump of a packet may be, and is not wanted
	maxQueueBytes = 64 << 20
)

func (p *strongSwanParser) line(l line) error {
	e, text, prefixed := charonPrefix(l.text)
	e.num = l.num
	if prefixed {
		if p.charon++; p.charon == 3 {
			p.recognise()
		}
	}
	if offset, row, ok := dumpRow(text); ok {
		p.row(l.num, offset, row)
		return nil
	}
	if p.open != nil && prefixed {
		p.broken()
	}
	if label, size, ok := dumpLabel(text); ok {
		p.label(e, label, size)
		return nil
	}
	if len(p.loose) > 0 && prefixed {
		p.loose = p.loose[:0]
	}
	if e.text = text; p.log.wants(e) {
		p.emit(e)
	}
	return nil
}

// row takes one row of a dump.
func (p *strongSwanParser) row(num, offset int, row []byte) {
	if p.open != nil && offset == len(p.open.dump) {
		p.open.dump = append(p.open.dump, row...)
		p.complete()
		return
	}
	p.broken()
	if len(p.loose) > 0 && p.loose[len(p.loose)-1].offset != offset+16 || len(p.loose) >= maxDump/16 {
		p.loose = p.loose[:0]
	}
	p.loose = append(p.loose, looseRow{num, offset, row})
}

// label begins a dump, or, in a log turned around, ends it.
func (p *strongSwanParser) label(e event, label string, size int) {
	e.text = knownLabel(label)
	if e.text == "" || size > maxDump {
		p.loose = p.loose[:0]
		return
	}
	p.recognise()
	if size == 0 {
		e.dump = []byte{}
		p.emit(e)
		return
	}
	if dump := p.takeLoose(size); dump != nil {
		p.turn()
		e.dump = dump
		p.emit(e)
		return
	}
	e.dump = make([]byte, 0, size)
	p.open, p.size = &e, size
}

// takeLoose joins the loose rows to a dump of size bytes, nil if they are not one.
func (p *strongSwanParser) takeLoose(size int) []byte {
	rows := p.loose
	p.loose = nil
	if len(rows) == 0 || rows[len(rows)-1].offset != 0 || p.oriented && !p.reversed {
		return nil
	}
	var dump []byte
	for i := len(rows) - 1; i >= 0; i-- {
		dump = append(dump, rows[i].row...)
	}
	if len(dump) != size {
		return nil
	}
	return dump
}

// turn notes that the log shows the newest line first.
func (p *strongSwanParser) turn() {
	if !p.oriented {
		p.oriented, p.reversed = true, true
	}
}

// complete ends the open dump where all its bytes are there.
func (p *strongSwanParser) complete() {
	if len(p.open.dump) < p.size {
		return
	}
	e := *p.open
	p.open = nil
	if len(e.dump) > p.size {
		p.warn(e.num, "dump of %q is longer than it says", e.text)
		return
	}
	if !p.oriented {
		p.oriented = true
		p.flush()
	}
	p.emit(e)
}

// broken drops a dump that is not complete.
func (p *strongSwanParser) broken() {
	if p.open == nil {
		return
	}
	if p.oriented && !p.reversed || len(p.open.dump) > 0 {
		p.warn(p.open.num, "dump of %q is not complete: %d of %d bytes", p.open.text, len(p.open.dump), p.size)
	}
	p.open = nil
}

// emit hands an event on. Until the direction of the log is known, and in one that is turned around, events are kept: what
// a key belongs to is said in lines before it.
func (p *strongSwanParser) emit(e event) {
	if p.oriented && !p.reversed {
		p.log.event(e)
		return
	}
	if p.queueBytes += 96 + len(e.text) + len(e.dump); p.queueBytes > maxQueueBytes {
		if !p.reversed {
			p.flush() // no key in all this: nothing to order
		}
		return
	}
	p.queued = append(p.queued, e)
}

func (p *strongSwanParser) flush() {
	for i := range p.queued {
		if p.reversed {
			i = len(p.queued) - 1 - i
		}
		p.log.event(p.queued[i])
	}
	p.queued, p.queueBytes = nil, 0
}

func (p *strongSwanParser) end() error {
	p.broken()
	p.flush()
	p.log.end()
	if p.recognised && p.count == 0 {
		p.warn(1, "strongSwan log without keys: its level must be 4 for the groups ike and chd")
	}
	return nil
}

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
		e.id, text = ikeTag(text)
		return e, text, true
	}
	return e, s, false
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
func ikeTag(s string) (id int, rest string) {
	if !strings.HasPrefix(s, "<") {
		return -1, s
	}
	end := strings.Index(s, "> ")
	if end < 0 {
		return -1, s
	}
	tag := s[1:end]
	n, err := strconv.Atoi(tag[strings.LastIndexByte(tag, '|')+1:])
	if err != nil {
		return -1, s
	}
	return n, s[end+2:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
