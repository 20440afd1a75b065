package source

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// After each so many bytes of a file the views that found no more than the lines as they are end, and after so many steps those that found
// nothing, the unlikely ones at once: what was copied by hand is smaller.
const (
	stepBytes  = 1 << 20
	triedSteps = 8
	triedBytes = triedSteps * stepBytes
)

// An extent tells how far a file was read.
type extent struct {
	size int64 // of the file in bytes; 0: not known
	read int64 // bytes so far
	cut  bool  // its long lines were cut off
}

// room is for how many to make room where there was room for n, and all was taken: as many as the rest of a large file may hold, if it goes
// on as it began.
func (e *extent) room(n int) int {
	const most = 1 << 21
	more := max(n, 16)
	if e.read > triedBytes+triedBytes/4 && e.read < e.size {
		more = min(int(float64(n)*float64(e.size-e.read)/float64(e.read)*1.05), most)
	}
	return max(more, n/4)
}

// A reading is one pass of all parsers over the lines of a file, as they are or as a view shows them.
type reading struct {
	view *view // nil: as they are
	name string
	outs []*out // of all parsers
	keys *panel // the parsers that read keys
	logs *panel // those that read what else a log says: until the end they add nothing to the bag, and ask nothing of the others; nil: there are none
	bag  *secret.Bag
}

func newReading(name string, from []format, v *view, e *extent) *reading {
	if v != nil && (v.stamped || v.width > 0 && !v.packed || v.filled > 0 || v.oneLine) { // events need the time, and logs undo broken lines of their own
		from = withoutLogs(from)
	}
	r := &reading{view: v, name: name, bag: &secret.Bag{}, outs: make([]*out, len(from))}
	groups, logs := 0, len(from)
	for i := range from {
		r.outs[i] = &out{bag: r.bag, file: name, src: &from[i], groups: &groups, all: r.outs, extent: e}
		if from[i].log {
			logs = min(logs, i) // they are the last ones
		}
	}
	r.keys = newPanel(r.outs[:logs], 0)
	if logs < len(from) {
		r.logs = newPanel(r.outs[logs:], logs)
	}
	return r
}

// withoutLogs are the formats that read keys.
func withoutLogs(from []format) []format {
	if len(from) == len(formats) && len(from) > 0 && &from[0] == &formats[0] {
		return keyFormats()
	}
	return slices.DeleteFunc(slices.Clone(from), func(f format) bool { return f.log })
}

// keyFormats are those of formats that read keys: many readings of one file have them.
var keyFormats = sync.OnceValue(func() []format {
	return slices.DeleteFunc(slices.Clone(formats), func(f format) bool { return f.log })
})

// setUnfiltered gives each line to all parsers, or not.
func (r *reading) setUnfiltered(unfiltered bool) {
	if r.keys.unfiltered = unfiltered; r.logs != nil {
		r.logs.unfiltered = unfiltered
	}
}

// line gives a line, in which words of some formats were found, to all parsers.
func (r *reading) line(l line, found uint64) error {
	if r.view != nil {
		return r.view.line(l, r.shown)
	}
	return r.take(l, found)
}

// shown takes a line of the view.
func (r *reading) shown(l line) error { return r.take(l, lineWords.find(unescaped(l.text))) }

func (r *reading) take(l line, found uint64) error {
	if err := r.keys.line(l, found); err != nil || r.logs == nil {
		return err
	}
	return r.logs.line(l, found)
}

func (r *reading) end() error {
	if r.view != nil {
		if err := r.view.flush(r.shown); err != nil {
			return err
		}
	}
	if err := r.keys.end(); err != nil {
		return err
	}
	if r.logs != nil {
		if err := r.logs.end(); err != nil {
			return err
		}
	}
	for _, s := range r.bag.DropCut() {
		r.outs[0].warn(s.Origin.Line, "%s: %d bytes, most likely cut off: others of this key exchange are longer", nameOf(s.Origin.Label), len(s.Value))
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

// bound is how many secrets are of an IKE SA that is known.
func (r *reading) bound() (n int) {
	for _, s := range r.bag.Secrets {
		n += btoi(!s.Where.IsZero())
	}
	return n
}

// found is how many secrets and SAs were found so far.
func (r *reading) found() int { return len(r.bag.Secrets) + len(r.bag.SAs) }

// foundAt reports whether the last secret or SA is one of a line.
func (r *reading) foundAt(num int) bool {
	secrets, sas := r.bag.Secrets, r.bag.SAs
	return len(secrets) > 0 && secrets[len(secrets)-1].Origin.Line == num || len(sas) > 0 && sas[len(sas)-1].Source.Line == num
}

// size is how much was found: the bytes of all secrets, and of the keys of SAs, those of one SA once where there are several ways to cut them, and of
// one secret once where several sources read it from its line.
func (r *reading) size() (n int) {
	for i, s := range r.bag.Secrets {
		if before := r.bag.Secrets[max(i-1, 0)]; i > 0 && before.Kind == s.Kind && before.Origin.Line == s.Origin.Line && bytes.Equal(before.Value, s.Value) {
			continue
		}
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
	case r.keys.m.first != nil:
		return r.bag, r.keys.m.first
	case len(r.bag.Formats) == 0:
		e := &FormatError{File: r.name, Empty: r.keys.empty, Unread: r.bag.Unread}
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
