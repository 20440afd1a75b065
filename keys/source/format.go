package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A format is one kind of text that holds keys. Adding one means adding a file with its parser, and a row of formats.
type format struct {
	name  string        // as [Format] names it
	log   bool          // it reads what a log says apart from keys
	typed bool          // a person writes it, and may choose a key of zeros; elsewhere that is a hidden one
	lacks []secret.Lack // what it never prints
	// keyless says why it may list SAs without keys, or what to do then.
	keyless string
	start   func(*out) parser

	// Without one of these words a line means nothing to the parser, unless it has begun something that such lines go on with ([needy]): then
	// the parser is not given it. They are of three bytes or more. A format that has none of what follows is given each line.
	words  []string
	folded []string // in capitals or not
	starts []string // at the front of the line, blanks before them aside
	// looks tells whether a line without any of the words may mean something all the same, by its text without blanks around it. It is asked for each
	// line, and cheap.
	looks func(text string) bool

	number int // in the table, from 1
}

// filtered reports whether the format tells which lines it wants.
func (f *format) filtered() bool {
	return len(f.words)+len(f.folded)+len(f.starts) > 0 || f.looks != nil
}

// bit stands for the format among all.
func (f *format) bit() uint64 { return 1 << (f.number - 1) }

// numbered gives formats their numbers.
func numbered(list []format) []format {
	for i := range list {
		list[i].number = i + 1
	}
	return list
}

// A parser is given the lines of a file that may mean something to it, in order, and picks what belongs to its source. It tells out what it
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
	// MaxMemory is about how many bytes may be kept of a file, with all that is in it: what comes behind is not read, and a warning says so. 0: there
	// is no bound.
	MaxMemory int64
	Unread    bool // look for what may be a key and is in no form that is known (Bag.Unread)

	unfiltered bool // give each line to all parsers, in tests
	inTurn     bool // one stage after the other also in a large file, in tests
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

	Unread []secret.Unread // lines that may have keys, where Options.Unread is set
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
	name       string // of the source in this file; "": that of the format
	groups     *int
	front      *front // of the line that every parser is at
	extent     *extent
	count      int
	ike, sas   int // of count: values of IKE SAs but pre-shared keys, and keys of IPsec SAs
	bare, gone lineCount
	recognised bool
	dropped    bool // events, beyond maxEvents of a kind
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

// recognisedAs reports whether the source of a name was recognised.
func (o *out) recognisedAs(name string) bool {
	return slices.ContainsFunc(o.all, func(other *out) bool { return other.recognised && other.src.name == name })
}

// newGroup returns the number of a new group of values that belong together.
func (o *out) newGroup() int {
	*o.groups++
	return *o.groups
}

// zeroKey are so many bytes that no key is zeros by chance.
const zeroKey = 8

// hides reports whether a program printed zeros for a key that it does not show.
func (o *out) hides(key []byte) bool {
	return !o.src.typed && len(key) >= zeroKey && len(bytes.Trim(key, "\x00")) == 0
}

// secret adds s and returns its place in the bag, for a binding that is learned later; -1 where its program hides it, or where it is cut off.
func (o *out) secret(s secret.Secret, line int, label string) int {
	o.recognised = true
	if !s.Kind.Public() && o.hides(s.Value) {
		o.redacted(line, label)
		return -1
	}
	if err := secret.CheckLen(s.Kind, len(s.Value)); err != nil {
		o.warn(line, "%s: %v", nameOf(label), err)
		return -1
	}
	if !s.Kind.Public() {
		o.count++
	}
	if s.Kind != secret.PSK && s.Kind != secret.PPK && !s.Kind.Public() && !s.Kind.IsAKA() {
		o.ike++
	}
	s.Origin = secret.Origin{File: o.file, Line: line, Label: label}
	if n := len(o.bag.Secrets); n == cap(o.bag.Secrets) {
		o.bag.Secrets = slices.Grow(o.bag.Secrets, o.extent.room(n)) // append alone takes a large list in many small steps
	}
	o.bag.Secrets = append(o.bag.Secrets, s)
	return len(o.bag.Secrets) - 1
}

// nameOf is a label as warnings call what it stands before.
func nameOf(label string) string { return lex.Clip(strings.TrimRight(label, ": ")) }

// sa adds an SA.
func (o *out) sa(p esp.Params, line int) {
	o.recognised = true
	o.count++
	o.sas++
	p.Source = esp.Source{Name: o.file, Line: line}
	if n := len(o.bag.SAs); n == cap(o.bag.SAs) {
		o.bag.SAs = slices.Grow(o.bag.SAs, o.extent.room(n))
	}
	o.bag.SAs = append(o.bag.SAs, p)
}

// A lineCount counts something in a file, with the line of the first.
type lineCount struct{ n, line int }

func (c *lineCount) add(line int) {
	if c.n++; c.n == 1 {
		c.line = line
	}
}

// keyless notes an SA that the source lists without its keys.
func (o *out) keyless(line int) {
	o.recognised = true
	o.bare.add(line)
}

// keylessAlone notes SAs without keys, where the source has no others.
func (o *out) keylessAlone(list lineCount) {
	if list.n > 0 && o.count == 0 && o.gone.n == 0 {
		o.recognised, o.bare = true, list
	}
}

// redacted notes a value that was taken out of the file; what names it.
func (o *out) redacted(line int, what string) {
	o.recognised = true
	o.gone.add(line)
	if o.extent.cut {
		o.warn(line, "%s: cut off, or %v", what, secret.ErrRedacted)
		return
	}
	o.warn(line, "%s: %v", what, secret.ErrRedacted)
}

func (o *out) redactedSA(line int, spi uint32) {
	o.redacted(line, fmt.Sprintf("SA 0x%08x: keys", spi))
}

// unread notes a value that could not be read: it is redacted, or no value.
func (o *out) unread(line int, what string, err error) {
	if errors.Is(err, secret.ErrRedacted) {
		o.redacted(line, what)
		return
	}
	o.warn(line, "%s: %v", what, err)
}

// summary is the source as it was recognised in the file. It warns of SAs that are listed without keys: where none has any the reader is told
// what to do.
func (o *out) summary() secret.Format {
	f := secret.Format{File: o.file, Name: cmp.Or(o.name, o.src.name), Count: o.count, Log: o.src.log, Keyless: o.bare.n, Redacted: o.gone.n}
	for _, l := range o.src.lacks {
		if o.count > 0 && !o.has(l.Of) {
			f.Lacks = append(f.Lacks, l)
		}
	}
	keyless := o.src.keyless
	if keyless == "" {
		keyless = "print them with their keys"
	}
	if o.bare.n > 0 {
		o.warn(o.bare.line, "%s without keys: %s", plural(o.bare.n, "SA", "SAs"), keyless)
	}
	if o.gone.n > 0 && o.count == 0 && !o.extent.cut { // that lines were cut off is said of the file
		f.Advice = "print it again without redaction"
		if o.src.keyless != "" {
			f.Advice = o.src.keyless
			o.warn(o.gone.line, "all keys are redacted: %s", f.Advice)
		}
	}
	if o.bare.n > 0 && o.count == 0 {
		f.Advice = keyless
	}
	return f
}

// has reports whether the file has values of some kind, from this source or from another.
func (o *out) has(what secret.Layer) bool {
	return slices.ContainsFunc(o.all, func(o *out) bool {
		switch what {
		case secret.IKEKeys, secret.Phase1Keys:
			return o.ike > 0
		case secret.IPsecKeys:
			return o.sas > 0
		}
		return false
	})
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
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
