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
	charonEventFormat,
	boxFormat,
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

// runsBackwards reports whether the times of some lines fall, most of which have one: a dump has times of its own in some.
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
	return down > up && down > 1 && 2*stamped >= texts
}
