// Package source reads secrets from every kind of file that prints them: logs of IKE daemons, dumps of SAs, tables of Wireshark and
// tcpdump, lists of pre-shared keys, key logs.
//
// A file is recognised by its content, never by its name, and one file may mix several formats: each is a row of the table in this file
// and a file of its own, named after the product. A line is offered to those that may want it: by words in it, which each states.
package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// formats lists every one, in the order in which [Format]s are reported.
var formats = numbered(append([]format{
	keyLogFormat,
	strongSwanFormat,
	racoonFormat,
	libreswanFormat,
	xfrmFormat,
	setkeyFormat,
	wiresharkESPFormat,
	wiresharkIKEv1Format,
	wiresharkIKEv2Format,
	tcpdumpFormat,
	fortiGateFormat,
	mikrotikFormat,
	openBSDFormat,
	ikedFormat,
	isakmpdFormat,
	vpncFormat,
	openswanFormat,
	vppFormat,
	vppSAFormat,
	sixWINDFormat,
	ikev2NamesFormat,
	free5gcFormat,
	scapyFormat,
	globalProtectFormat,
	setkeyConfFormat,
	manualFormat,
	ipdecapFormat,
	ikedecryptFormat,
	swanctlConfFormat,
	ipsecSecretsFormat,
	charonEventFormat,
	akaFormat,
}, daemonFormats()...))

// lineWords finds the words of all formats in a line.
var lineWords = newWordFinder(lineWordsOf(formats))

// ReadFile reads the secrets of one file, or of all that are in an archive (tar, zip) or a folder; formats are recognised by content. What is
// compressed with gzip, zstd, bzip2 or xz is decompressed.
func ReadFile(path string) (*secret.Bag, error) { return Options{}.ReadFile(path) }

// Read reads the secrets of a file that is in memory; name is what origins and errors call it.
func Read(name string, data []byte) (*secret.Bag, error) {
	return Options{}.ReadFrom(name, bytes.NewReader(data))
}

// ReadFile is [ReadFile] with bounds.
func (o Options) ReadFile(path string) (*secret.Bag, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return o.readFolder(path)
	}
	v := o.visit()
	if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
		v.whole = st.Size()
	}
	return v.readAny(path, f, 0)
}

// ReadFrom reads the secrets of a stream, line by line: its memory does not grow with what is not a secret. Where the error is a
// [SyntaxError], the first of the file, the bag has what its other lines hold, and a warning for each that was passed over.
func (o Options) ReadFrom(name string, r io.Reader) (*secret.Bag, error) {
	return o.visit().readAny(name, r, 0)
}

func (v *visit) readFrom(name string, r io.Reader, depth int, from []format) (*secret.Bag, error) {
	lines, err := newLines(r, v.MaxLine, &v.left[depth])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer lines.close()
	sample, whole, err := lines.sample()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e := &extent{size: v.whole, from: v.left[depth], left: &v.left[depth]}
	readings := []*reading{newReading(name, from, nil, e)}
	for _, v := range viewsOf(sample, whole) {
		readings = append(readings, newReading(name, from, v, e))
	}
	for _, r := range readings {
		r.unfiltered = v.unfiltered
	}
	look := &hunt{file: name, values: v.Unread}
	cutOff := false
	cut := 0 // the line behind which nothing is read
	for size, steps := 0, 0; ; {
		l, err := lines.next()
		if err == io.EOF {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) { // what came before it counts
			cutOff = true
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if lines.kind.hopeless() && !slices.ContainsFunc(readings, (*reading).recognised) {
			return nil, &FormatError{File: name, What: "binary data", Advice: binaryAdvice}
		}
		if size += len(l.text); size > stepBytes && len(readings) > 1 && steps < triedSteps {
			size, steps = 0, steps+1
			plain := readings[0].size()
			readings = slices.DeleteFunc(readings, func(r *reading) bool {
				return r != readings[0] && (plain > 0 && r.size() <= plain || r.found() == 0 && (steps == triedSteps || r.view.unlikely()))
			})
		}
		found := lineWords.find(unescaped(l.text))
		if (found&goneBit != 0 || v.unfiltered) && hasPhrase(l.text) {
			l.text = oneWord(l.text)
			found = lineWords.find(unescaped(l.text))
		}
		read := false
		for _, r := range readings {
			if err := r.line(l, found); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			read = read || r.foundAt(l.num)
		}
		if v.unfiltered {
			found = goneBit | keyBit
		}
		look.line(l, read, found)
		if v.full(readings) {
			cut = l.num
			break
		}
	}
	v.keep(readings)
	best, most := readings[0], 0
	for _, r := range readings {
		if err := r.end(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(readings) == 1 && !whole { // there is nothing to compare
			break
		}
		n := r.size()
		if r.view != nil && r.view.paged {
			n += n / 2 // a dump that a page cuts in two, printed twice and cut elsewhere, counts twice as it is
		}
		// Characters that no program prints, in an SPI or a name, are undone also where no key has one.
		if n > most || n > 0 && best == readings[0] && r.view != nil && r.view.web && (n == most || r.view.entities && r.found() >= best.found()) {
			best, most = r, n
		}
	}
	if most == 0 { // no keys in any way: the one that knows most of those that were taken out, or what the text is
		for _, r := range readings[1:] {
			if r.redacted() > best.redacted() || r.recognised() && len(r.bag.Warnings) > 0 && (!best.recognised() || best.bare() > 0 && r.bare() == 0) {
				best = r
			}
		}
	}
	if backwards := runsBackwards(sample); whole && (most == 0 || backwards) {
		r, n, err := v.readReversed(name, sample, from, e)
		if err != nil {
			return nil, err
		}
		if n > most || backwards && n > most/2 { // forwards, rows of another dump may look like those of a longer one
			best = r
		}
	}
	if cutOff && len(best.bag.Formats) == 0 {
		return nil, errCutOff(name)
	} else if cutOff {
		best.bag.Warnings = append(best.bag.Warnings, secret.Warning{File: name, Text: "read as far as the compressed data goes, which is cut off: copy the file again"})
	}
	if cut > 0 {
		best.bag.Warnings = append(best.bag.Warnings, secret.Warning{File: name, Line: cut, Text: "not read from here on: too much for the memory limit"})
	}
	best.keepEvents(readings[0])
	bag, err := best.result(sample, look)
	if e := (*FormatError)(nil); errors.As(err, &e) && e.What == "" && !e.Empty && lines.kind.binary() {
		e.What, e.Advice = "binary data", binaryAdvice
	}
	return bag, err
}

// readReversed reads the lines of a file from its last to its first, as web interfaces show logs. It returns the reading that finds most, and
// how much that is.
func (v *visit) readReversed(name string, sample []line, from []format, e *extent) (best *reading, most int, err error) {
	lines := slices.Clone(sample)
	slices.Reverse(lines)
	readings := []*reading{newReading(name, from, &view{}, e)}
	for _, v := range viewsOf(lines, true) {
		readings = append(readings, newReading(name, from, v, e))
	}
	for _, r := range readings {
		r.unfiltered = v.unfiltered
		for _, l := range lines {
			if err := r.line(l, lineWords.find(unescaped(l.text))); err != nil {
				return nil, 0, fmt.Errorf("%s: %w", name, err)
			}
		}
		if err := r.end(); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", name, err)
		}
		if n := r.size(); n > most {
			best, most = r, n
		}
	}
	return best, most, nil
}

// runsBackwards reports whether the times of some lines fall.
func runsBackwards(sample []line) bool {
	up, down := 0, 0
	var last logs.Stamp
	for _, l := range sample {
		stamp := stampOf(l.text)
		switch {
		case stamp.IsZero() || last.IsZero() || stamp.Dated != last.Dated:
		case stamp.Clock.After(last.Clock):
			up++
		case stamp.Clock.Before(last.Clock):
			down++
		}
		if !stamp.IsZero() {
			last = stamp
		}
	}
	return down > up && down > 1
}

// After each so many bytes of a file the views that found no more than the lines as they are end, and after so many steps those that found
// nothing, the unlikely ones at once: what was copied by hand is smaller.
const (
	stepBytes  = 1 << 20
	triedSteps = 8
	triedBytes = triedSteps * stepBytes
)

// An extent tells how far a file was read.
type extent struct {
	size int64  // of the file in bytes; 0: not known
	from int64  // *left before the first byte
	left *int64 // as in a limitReader
}

// room is for how many to make room where there was room for n, and all was taken: as many as the rest of a large file may hold, if it goes
// on as it began.
func (e *extent) room(n int) int {
	const most = 1 << 21
	more := max(n, 16)
	if read := e.from - *e.left; read > triedBytes+triedBytes/4 && read < e.size {
		more = min(int(float64(n)*float64(e.size-read)/float64(read)*1.05), most)
	}
	return max(more, n/4)
}

// A reading is one pass of all parsers over the lines of a file, as they are or as a view shows them.
type reading struct {
	view    *view // nil: as they are
	name    string
	from    []format
	parsers []parser
	outs    []*out
	bag     *secret.Bag
	m       mistakes
	empty   bool // all lines are blank or comments
	blanks  int  // in front of the next line

	front      *front
	needs      []needy // of the parsers; nil: no line but those with words, or those of its looks
	looks      []func(text string) bool
	place      [64]int // of a parser, by the bit of its format
	all        uint64  // the bits of the parsers
	each       uint64  // of those that want each line
	full       uint64  // of those that want lines that a terminal may have broken
	looking    uint64  // of those that look at a line
	unfiltered bool
}

func newReading(name string, from []format, v *view, e *extent) *reading {
	if v != nil {
		from = slices.DeleteFunc(slices.Clone(from), func(f format) bool {
			return (v.stamped || v.width > 0 || v.filled > 0 || v.oneLine) && f.log // events need the time, and logs undo broken lines of their own
		})
	}
	r := &reading{view: v, name: name, from: from, bag: &secret.Bag{}, empty: true, outs: make([]*out, len(from)), parsers: make([]parser, len(from)),
		needs: make([]needy, len(from)), looks: make([]func(string) bool, len(from)), front: &front{}}
	groups := 0
	for i := range from {
		r.outs[i] = &out{bag: r.bag, file: name, src: &from[i], groups: &groups, front: r.front, all: r.outs, extent: e}
		r.parsers[i] = from[i].start(r.outs[i])
		r.needs[i], _ = r.parsers[i].(needy)
		r.looks[i] = from[i].looks
		if l, ok := r.parsers[i].(looker); ok {
			r.looks[i] = l.looks
		}
		bit := from[i].number - 1
		if bit < 0 { // it is not in the table
			bit = i
		}
		r.place[bit], r.all = i, r.all|1<<bit
		r.renew(bit)
	}
	return r
}

// line takes a line, in which words of some formats were found.
func (r *reading) line(l line, found uint64) error {
	if r.view != nil {
		return r.view.line(l, func(l line) error { return r.take(l, lineWords.find(unescaped(l.text))) })
	}
	return r.take(l, found)
}

// take gives a line to the parsers that it may mean something to.
func (r *reading) take(l line, found uint64) error {
	text := strings.TrimSpace(l.text)
	if text != "" && text[0] != '#' {
		r.empty = false
	}
	const most = 2 // blank lines that may mean something
	if text != "" {
		r.blanks = 0
	} else if r.blanks++; r.blanks > most {
		return nil
	}
	r.front.next(l.text, text)
	wanted := r.wanted(text, found)
	if wanted != 0 {
		l.text = strings.Clone(l.text) // a parser may keep it, and it is a part of a block
	}
	for ; wanted != 0; wanted &= wanted - 1 {
		bit := bits.TrailingZeros64(wanted)
		i := r.place[bit]
		if err := r.m.note(r.outs[i], r.parsers[i].line(l)); err != nil {
			return err
		}
		r.renew(bit)
	}
	return nil
}

func (r *reading) end() error {
	if r.view != nil {
		if err := r.view.flush(func(l line) error { return r.take(l, lineWords.find(unescaped(l.text))) }); err != nil {
			return err
		}
	}
	for i, p := range r.parsers {
		if err := r.m.note(r.outs[i], p.end()); err != nil {
			return err
		}
		if r.outs[i].recognised {
			r.bag.Formats = append(r.bag.Formats, r.outs[i].summary())
		}
	}
	r.bag.Unique()
	return nil
}

// redacted is how many SAs and secrets had their keys taken out.
func (r *reading) redacted() (n int) {
	for _, o := range r.outs {
		n += o.gone.n
	}
	return n
}

// bare is how many SAs are listed without keys.
func (r *reading) bare() (n int) {
	for _, o := range r.outs {
		n += o.bare.n
	}
	return n
}

// recognised reports whether a line so far is of a source.
func (r *reading) recognised() bool {
	return slices.ContainsFunc(r.outs, func(o *out) bool { return o.recognised })
}

// found is how many secrets and SAs were found so far.
func (r *reading) found() int { return len(r.bag.Secrets) + len(r.bag.SAs) }

// foundAt reports whether the last secret or SA is one of a line.
func (r *reading) foundAt(num int) bool {
	secrets, sas := r.bag.Secrets, r.bag.SAs
	return len(secrets) > 0 && secrets[len(secrets)-1].Origin.Line == num || len(sas) > 0 && sas[len(sas)-1].Source.Line == num
}

// size is how much was found: the bytes of all secrets, and of the keys of SAs, those of one SA once where there are several ways to cut them.
func (r *reading) size() (n int) {
	for _, s := range r.bag.Secrets {
		n += len(s.Value)
	}
	keys := make(map[uint32]int, len(r.bag.SAs))
	for _, sa := range r.bag.SAs {
		if sa.MAC != nil && len(sa.MACKey) != sa.MAC.KeyLen {
			continue // HMAC takes a key with anything behind it
		}
		if k := len(sa.CipherKey) + len(sa.MACKey); k > keys[sa.SPI] {
			n += k - keys[sa.SPI]
			keys[sa.SPI] = k
		}
	}
	return n
}

// keepEvents takes over what the lines as they are tell apart from keys.
func (r *reading) keepEvents(plain *reading) {
	if r == plain || len(r.bag.Events) > 0 {
		return
	}
	r.bag.Events = plain.bag.Events
	for _, f := range plain.bag.Formats {
		if f.Log {
			r.bag.Formats = append(r.bag.Formats, f)
		}
	}
}

func (r *reading) result(sample []line, look *hunt) (*secret.Bag, error) {
	look.warn(r.bag)
	r.bag.Unread = look.unread(r.bag)
	if f := r.bag.Formats; len(f) > 0 && r.found() == 0 && len(r.bag.Warnings) == 0 && !f[0].Log {
		r.bag.Warnings = append(r.bag.Warnings, secret.Warning{File: r.name, Text: "no keys found: this is " + f[0].Name + " without any"})
	}
	switch {
	case r.m.first != nil:
		return r.bag, r.m.first
	case len(r.bag.Formats) == 0:
		e := &FormatError{File: r.name, Empty: r.empty, Unread: r.bag.Unread}
		switch k := noKeysIn(sample); {
		case k != nil:
			e.What, e.Advice = k.name, k.advice
		case len(look.gone) > 0:
			e.What, e.Advice = "text with its keys redacted", "print it again without redaction"
		}
		return nil, e
	}
	return r.bag, nil
}

// mistakes are the syntax errors of a file. Each ends one line for one parser, not the reading.
type mistakes struct{ first *SyntaxError }

// note keeps a syntax error, and warns of its line; any other error is returned.
func (m *mistakes) note(o *out, err error) error {
	if err == nil {
		return nil
	}
	var s *SyntaxError
	if !errors.As(err, &s) {
		return err
	}
	if m.first == nil {
		m.first = s
	}
	o.warn(s.Line, "%s: line ignored", s.Reason)
	return nil
}
