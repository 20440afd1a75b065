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

	"github.com/ikedecode/ikedecode/keys/secret"
)

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
		return nil, fmt.Errorf("%s: is a directory", path)
	}
	return o.ReadFrom(path, f)
}

// ReadFrom reads the secrets of a stream, line by line: its memory does not grow with what is not a secret.
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
