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
	"os"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// formats lists every one, in the order in which [Format]s are reported; those that read logs for what they say apart from keys are the last ones.
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
	vppAPIFormat,
	kernelStructFormat,
	sixWINDFormat,
	ikev2NamesFormat,
	free5gcFormat,
	scapyFormat,
	globalProtectFormat,
	setkeyConfFormat,
	manualFormat,
	secgwFormat,
	klipsFormat,
	ipseckeyFormat,
	ikeadmFormat,
	ciliumFormat,
	goNetlinkFormat,
	openConnectFormat,
	namedSAFormat,
	ipdecapFormat,
	ikedecryptFormat,
	swanctlConfFormat,
	ipsecSecretsFormat,
	akaFormat,
	charonEventFormat,
	boxFormat,
}, daemonFormats()...))

// lineWords finds the words of all formats in a line.
var lineWords = newWordFinder(lineWordsOf(formats))

// ReadFile reads the secrets of one file, or of all that are in an archive (tar, zip) or a folder; formats are recognised by content. What is
// compressed with gzip, zstd, bzip2 or xz is decompressed.
func ReadFile(path string) (*secret.Bag, error) { return Options{}.ReadFile(path) }

// Read reads the secrets of a file that is in memory; name is what origins and errors call it.
func Read(name string, data []byte) (*secret.Bag, error) {
	v := Options{}.visit()
	v.fileSize = int64(len(data))
	return v.readAny(name, bytes.NewReader(data), 0)
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
		v.fileSize = st.Size()
	}
	return v.readAny(path, f, 0)
}

// ReadFrom reads the secrets of a stream, line by line: its memory does not grow with what is not a secret. Where the error is a
// [SyntaxError], the first of the file, the bag has what its other lines hold, and a warning for each that was passed over.
func (o Options) ReadFrom(name string, r io.Reader) (*secret.Bag, error) {
	return o.visit().readAny(name, r, 0)
}

// A pass reads one file from its first line to its last, in several ways at once: as it is, and with what was done to a copy undone.
type pass struct {
	*visit
	name     string
	lines    *lines
	sample   []line // the first lines
	whole    bool   // sample is all there is
	readings []*reading
	extent   *extent
	left     *int64 // bytes that may yet be read
	from     int64  // *left behind the sample
	tried    int    // bytes since the last step (dropPoor)
	steps    int
	look     *hunt // for keys in forms that are not known
	cutOff   bool  // the compressed data is
	cut      int   // the line behind which nothing is read; 0: none
}

func (v *visit) readFrom(name string, r io.Reader, depth int, from []format) (*secret.Bag, error) {
	p := &pass{visit: v, name: name, look: &hunt{file: name, values: v.Unread}}
	var err error
	if p.lines, err = newLines(r, v.MaxLine, &v.left[depth]); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer p.lines.close()
	if p.sample, p.whole, err = p.lines.sample(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.left, p.from = &v.left[depth], v.left[depth]
	order := orderOf(p.sample, p.whole)
	backwards := order == surelyBackward || runsBackwards(p.sample)
	all := p.sample // lines, where they may have to be read again
	if backwards && !p.whole {
		all = p.lines.all(v.mostReversed())
	}
	p.extent = &extent{size: v.fileSize, cut: p.lines.margin > 0}
	p.readings = []*reading{newReading(name, from, nil, p.extent)}
	for _, v := range viewsOf(p.sample, p.whole) {
		p.readings = append(p.readings, newReading(name, from, v, p.extent))
	}
	for _, r := range p.readings {
		r.setUnfiltered(v.unfiltered)
	}
	if err := p.readLines(); err != nil {
		return nil, err
	}
	v.keep(p.readings)
	best, most, err := p.best()
	if err != nil {
		return nil, err
	}
	if len(all) > 0 && (p.whole && most == 0 && order != firstFirst || backwards || p.whole && order == lastFirst) {
		r, n, err := v.readReversed(name, all, from, p.extent)
		if err != nil {
			return nil, err
		}
		if n > most || backwards && n > most/2 || n > 0 && n == most && order == lastFirst { // forwards, rows of another dump may look like those of a longer one
			best = r
		}
	}
	return p.result(best)
}

// hiddenBytes stand for a key that was taken out.
const hiddenBytes = 32

// best is the reading that finds most, and how much that is; where none has a key, the one that knows most of those that were taken out, or what
// the text is.
func (p *pass) best() (best *reading, most int, err error) {
	best = p.readings[0]
	for _, r := range p.readings {
		if err := r.end(); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", p.name, err)
		}
		if len(p.readings) == 1 && !p.whole { // there is nothing to compare
			break
		}
		n := r.size()
		if n > 0 {
			n += hiddenBytes * r.redacted() // a view that loses the lines of hidden keys may find SAs without encryption instead
		}
		if r.view != nil && r.view.paged {
			n += n / 2 // a dump that a page cuts in two, printed twice and cut elsewhere, counts twice as it is
		}
		if p.beats(r, best, n<<btoi(r.withoutNumbers(best)), most<<btoi(best.withoutNumbers(r))) {
			best, most = r, n
		}
	}
	if most > 0 {
		return best, most, nil
	}
	for _, r := range p.readings[1:] {
		if r.redacted() > best.redacted() || r.recognised() && len(r.bag.Warnings) > 0 && (!best.recognised() || best.bare() > 0 && r.bare() == 0) {
			best = r
		}
	}
	return best, 0, nil
}

// withoutNumbers reports whether a reading takes numbers of lines off that another one leaves: before rows of hex they make longer keys of them, and of equal
// ones several.
func (r *reading) withoutNumbers(other *reading) bool {
	return r.view != nil && r.view.counted && (other.view == nil || len(other.view.prefixes) == 0 && other.view.record == nil)
}

// beats reports whether a reading, of which n is the size, tells more than the best one so far, of which it is most.
func (p *pass) beats(r, best *reading, n, most int) bool {
	plain := best == p.readings[0]
	switch {
	case n > most:
		return true
	case n == 0:
		return false
	case n == most && r.bound() > best.bound() && len(r.bag.SAs) >= len(best.bag.SAs):
		return true
	case !plain || r.view == nil:
		return false
	case n == most && p.lines.split && r.view.width > 0: // as it is, the rest of a group that a window broke is one of its own
		return true
	}
	// Characters that no program prints, in an SPI or a name, are undone also where no key has one.
	return r.view.web && (n == most || r.view.entities && r.found() >= best.found())
}

// result is what the best reading has, and why nothing more was read.
func (p *pass) result(best *reading) (*secret.Bag, error) {
	if p.cutOff && len(best.bag.Formats) == 0 {
		return nil, errCutOff(p.name)
	}
	warn := func(line int, text string) {
		best.bag.Warnings = append(best.bag.Warnings, secret.Warning{File: p.name, Line: line, Text: text})
	}
	if p.cutOff {
		warn(0, "read as far as the compressed data goes, which is cut off: copy the file again")
	}
	if p.lines.cutAt > 0 { // before what it says of each key
		text := fmt.Sprintf("lines are cut off behind column %d, also within keys, which are not used: print them wider, or to a file", p.lines.margin)
		best.bag.Warnings = slices.Insert(best.bag.Warnings, 0, secret.Warning{File: p.name, Line: p.lines.cutAt, Text: text})
	}
	if p.cut > 0 {
		warn(p.cut, "not read from here on: too much for the memory limit")
		best.bag.Cut = true
	}
	best.keepEvents(p.readings[0])
	bag, err := best.result(p.sample, p.look)
	if e := (*FormatError)(nil); errors.As(err, &e) && e.What == "" && !e.Empty {
		if p.lines.kind.binary() {
			e.What, e.Advice = "binary data", binaryAdvice
		} else if guess := p.guess(len(e.Unread) > 0); guess != nil {
			return guess, nil
		}
	}
	if err == nil && best.redacted() == 0 && (best.found() == 0 || len(bag.Warnings) > 0) {
		p.addGuesses(bag)
	}
	return bag, err
}

// readReversed reads the lines of a file from its last to its first, as web interfaces show logs. It returns the reading that finds most, and
// how much that is.
func (v *visit) readReversed(name string, sample []line, from []format, e *extent) (best *reading, most int, err error) {
	lines := slices.Clone(sample)
	first := btoi(len(lines) > 0 && areColumnNames(lines[0].text))
	slices.Reverse(lines[first:])
	readings := []*reading{newReading(name, from, &view{}, e)}
	for _, v := range viewsOf(lines[:min(len(lines), sampleLines)], len(lines) <= sampleLines) {
		readings = append(readings, newReading(name, from, v, e))
	}
	for _, r := range readings {
		r.setUnfiltered(v.unfiltered)
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

// runsBackwards reports whether the times of some lines fall, most of which have one: a dump has times of its own in some, and where programs have
// other zones, they fall as often as they rise.
func runsBackwards(sample []line) bool {
	up, down, stamped, texts := 0, 0, 0, 0
	var last logs.Stamp
	for _, l := range sample {
		stamp := stampOf(l.text)
		texts += btoi(strings.TrimSpace(l.text) != "")
		stamped += btoi(!stamp.IsZero())
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
	const often = 3
	return down > often*up && down > 1 && 2*stamped >= texts
}
