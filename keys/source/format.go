package source

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A format is one kind of text that holds keys. Adding one means adding a file with its parser, and a row of formats.
type format struct {
	name string // as [Format] names it
	log  bool   // it reads what a log says apart from keys
	// anyText is set where nearly any text may look like it
	anyText bool
	start   func(*out) parser
}

// A parser is given every line of a file, in order, and picks what belongs to its source. It tells out what it
// recognises and finds. An error is for formats that a user writes, where a typing error must not pass in silence; programs' logs only
// give warnings.
type parser interface {
	line(l line) error
	end() error
}

// Options bound what reading may cost. The zero value means the defaults.
type Options struct {
	MaxSize int64 // bytes of a file after decompression, of an archive at each depth of those in it; 0: 1 GiB
	MaxLine int   // bytes of one line; what is longer is cut; 0: 1 MiB
}

const (
	defaultMaxSize = 1 << 30
	defaultMaxLine = 1 << 20
)

// ErrTooLarge is the error for a file that is larger than Options.MaxSize.
var ErrTooLarge = errors.New("key file too large")

// A FormatError says that no source found anything in a file.
type FormatError struct {
	File   string
	Empty  bool   // there is nothing in it but blank lines and comments
	What   string // what it is, where that is known: "Cisco's show crypto ipsec sa"
	Advice string // and where keys are instead
}

func (e *FormatError) Error() string {
	switch {
	case e.Empty:
		return e.File + ": no keys found: it is empty"
	case e.What != "":
		return fmt.Sprintf("%s: no keys found: this is %s", e.File, e.What)
	}
	return e.File + ": no keys found: the format is not known"
}

// Hint is where keys are instead; "" where the file is not known.
func (e *FormatError) Hint() string { return e.Advice }

// A SyntaxError is a mistake in a format that leaves no room for one: the key log, a Wireshark table, a PSK file.
type SyntaxError struct {
	File   string
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// An out takes what one parser finds.
type out struct {
	bag        *secret.Bag
	file       string
	src        *format
	groups     *int
	front      *front // of the line that every parser is at
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
	if n := len(o.bag.Secrets); n == cap(o.bag.Secrets) {
		o.bag.Secrets = slices.Grow(o.bag.Secrets, max(n, 16)) // append alone takes a large list in many small steps
	}
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
