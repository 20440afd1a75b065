// Package source reads secrets from every kind of file that prints them: logs of IKE daemons, dumps of SAs, tables of Wireshark and
// tcpdump, lists of pre-shared keys, key logs.
//
// A file is recognised by its content, never by its name, and one file may mix several formats: each is a row of the table in this file
// and a file of its own, named after the product, and every line is offered to all of them.
package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A format is one kind of text that holds keys. Adding one means adding a file with its parser, and a row here.
type format struct {
	name   string   // as [Format] names it
	labels []string // what it looks for, for the message about an unknown file
	start  func(*out) parser
}

// A parser is given every line of a file, in order, and picks what belongs to its source. It tells out what it
// recognises and finds. An error ends the reading: it is for formats that a user writes, where a typing error must not
// pass in silence; programs' logs only give warnings.
type parser interface {
	line(l line) error
	end() error
}

// formats lists every one, in the order in which [Format]s are reported.
var formats = []format{
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
	ipsecSecretsFormat,
	pskListFormat,
	charonEventFormat,
}

// Options bound what reading may cost. The zero value means the defaults.
type Options struct {
	MaxSize int64 // bytes of a file after decompression; 0: 1 GiB
	MaxLine int   // bytes of one line; what is longer is cut; 0: 1 MiB
}

const (
	defaultMaxSize = 1 << 30
	defaultMaxLine = 1 << 20
)

// ErrTooLarge is the error for a file that is larger than Options.MaxSize.
var ErrTooLarge = errors.New("file of secrets is too large")

// A FormatError says that no source found anything in a file.
type FormatError struct {
	File   string
	Labels []string // what was looked for
	Empty  bool     // there is nothing in it but blank lines and comments
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: no key material recognised; looked for %s", e.File, strings.Join(e.Labels, ", "))
}

// A SyntaxError is a mistake in a format that leaves no room for one: the key log, a Wireshark table, a PSK file.
type SyntaxError struct {
	File   string
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// ReadFile reads the secrets of one file; its format is recognised by content. A file compressed with gzip or zstd is
// decompressed.
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
		return nil, fmt.Errorf("%s: is a directory, not a file of secrets", path)
	}
	return o.ReadFrom(path, f)
}

// ReadFrom reads the secrets of a stream, line by line: its memory does not grow with what is no secret.
func (o Options) ReadFrom(name string, r io.Reader) (*secret.Bag, error) {
	return o.readFrom(name, r, formats)
}

func (o Options) readFrom(name string, r io.Reader, from []format) (*secret.Bag, error) {
	lines, err := newLines(r, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer lines.close()
	bag := &secret.Bag{}
	outs := make([]*out, len(from))
	parsers := make([]parser, len(from))
	groups := 0
	for i := range from {
		outs[i] = &out{bag: bag, file: name, src: &from[i], groups: &groups, all: outs}
		parsers[i] = from[i].start(outs[i])
	}
	empty, err := feed(lines, parsers)
	if err != nil {
		return nil, named(name, err)
	}
	for i, p := range parsers {
		if err := p.end(); err != nil {
			return nil, named(name, err)
		}
		if outs[i].recognised {
			bag.Formats = append(bag.Formats, secret.Format{File: name, Name: from[i].name, Count: outs[i].count})
		}
	}
	if len(bag.Formats) == 0 {
		return nil, &FormatError{File: name, Labels: labels(from), Empty: empty}
	}
	merged := &secret.Bag{}
	merged.Merge(bag)
	return merged, nil
}

// feed gives every line to every parser, and reports whether all are blank or comments.
func feed(lines *lines, parsers []parser) (empty bool, err error) {
	empty = true
	for {
		l, err := lines.next()
		if err == io.EOF {
			return empty, nil
		}
		if err != nil {
			return false, err
		}
		if text := strings.TrimSpace(l.text); text != "" && text[0] != '#' {
			empty = false
		}
		for _, p := range parsers {
			if err := p.line(l); err != nil {
				return false, err
			}
		}
	}
}

func named(name string, err error) error {
	var s *SyntaxError
	if errors.As(err, &s) {
		return s
	}
	return fmt.Errorf("%s: %w", name, err)
}

func labels(from []format) []string {
	var all []string
	for _, s := range from {
		all = append(all, s.labels...)
	}
	return all
}

// An out takes what one parser finds.
type out struct {
	bag        *secret.Bag
	file       string
	src        *format
	groups     *int
	count      int
	recognised bool
	all        []*out
}

// recognise says that the file holds this source, with or without keys.
func (o *out) recognise() { o.recognised = true }

// others reports whether a source other than this one was recognised.
func (o *out) others() bool {
	for _, other := range o.all {
		if other != o && other.recognised {
			return true
		}
	}
	return false
}

// newGroup returns the number of a new group of values that belong together.
func (o *out) newGroup() int {
	*o.groups++
	return *o.groups
}

// secret adds s and returns its place in the bag, for a binding that is learned later.
func (o *out) secret(s secret.Secret, line int, label string) int {
	o.recognised = true
	o.count++
	s.Origin = secret.Origin{File: o.file, Line: line, Label: label}
	o.bag.Secrets = append(o.bag.Secrets, s)
	return len(o.bag.Secrets) - 1
}

// sa adds an SA.
func (o *out) sa(p esp.Params, line int) {
	o.recognised = true
	o.count++
	p.Source = fmt.Sprintf("%s:%d", o.file, line)
	o.bag.SAs = append(o.bag.SAs, p)
}

// warn notes something that could have been a key. A file full of them is not repeated without end.
func (o *out) warn(line int, format string, args ...any) {
	const most = 1000
	if len(o.bag.Warnings) < most {
		o.bag.Warnings = append(o.bag.Warnings, secret.Warning{File: o.file, Line: line, Text: fmt.Sprintf(format, args...)})
	}
}

// syntax makes the error of a strict format.
func (o *out) syntax(line int, format string, args ...any) error {
	return &SyntaxError{File: o.file, Line: line, Reason: fmt.Sprintf(format, args...)}
}
