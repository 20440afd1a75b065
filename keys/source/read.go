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
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// formats lists every one, in the order in which [Format]s are reported.
var formats = append([]format{
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
	ikev2NamesFormat,
	scapyFormat,
	globalProtectFormat,
	setkeyConfFormat,
	manualFormat,
	ipdecapFormat,
	ikedecryptFormat,
	swanctlConfFormat,
	ipsecSecretsFormat,
	pskListFormat,
	charonEventFormat,
}, daemonFormats()...)

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
		return nil, &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	return o.ReadFrom(path, f)
}

// ReadFrom reads the secrets of a stream, line by line: its memory does not grow with what is not a secret. Where the error is a
// [SyntaxError], the first of the file, the bag has what its other lines hold, and a warning for each that was passed over.
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
	groups, shared := 0, &front{}
	for i := range from {
		outs[i] = &out{bag: bag, file: name, src: &from[i], groups: &groups, front: shared, all: outs}
		parsers[i] = from[i].start(outs[i])
	}
	var m mistakes
	empty, err := m.feed(lines, parsers, outs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, p := range parsers {
		if err := m.note(outs[i], p.end()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if outs[i].recognised {
			bag.Formats = append(bag.Formats, secret.Format{File: name, Name: from[i].name, Count: outs[i].count, Log: from[i].log})
		}
	}
	merged := &secret.Bag{}
	merged.Merge(bag)
	switch {
	case m.first != nil:
		return merged, m.first
	case len(bag.Formats) == 0:
		return nil, &FormatError{File: name, Labels: labels(from), Empty: empty}
	}
	return merged, nil
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

// feed gives every line to every parser, and reports whether all are blank or comments.
func (m *mistakes) feed(lines *lines, parsers []parser, outs []*out) (empty bool, err error) {
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
		for i, p := range parsers {
			if err := m.note(outs[i], p.line(l)); err != nil {
				return false, err
			}
		}
	}
}
