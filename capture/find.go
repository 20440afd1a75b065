package capture

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Ignored are the files below a directory, or among those that match a pattern, that are no captures.
type Ignored struct {
	Named string   // the directory or pattern
	Files []string // the first ones
	Count int      // of all
}

// maxIgnored bounds the files that Ignored names.
const maxIgnored = 3

// A finding is what there is under one name that the user gave.
type finding struct {
	files  []string
	listed bool  // they were found in a directory or by a pattern
	unread []Cut // directories that cannot be read
}

// find lists the files of a name: all below a directory, those that match a pattern, else the name itself, whatever it is. Hidden files and
// unfinished ones (.part) are left out. Those of a list are in natural order.
func find(name string) (finding, error) {
	info, err := os.Stat(name)
	switch {
	case name != "-" && err == nil && info.IsDir():
		return findBelow(name)
	case name == "-" || err == nil || !strings.ContainsAny(name, "*?["):
		return finding{files: []string{name}}, nil
	}
	matches, err := filepath.Glob(name)
	if err != nil || len(matches) == 0 {
		return finding{}, &InputError{name, errors.New("no file matches"), "a pattern has *, ? and [0-9]; for a whole tree give its directory"}
	}
	f := finding{listed: true}
	for _, path := range matches {
		switch info, err := os.Stat(path); {
		case passedOver(path) && !passedOver(name):
		case err == nil && info.IsDir():
			below, err := findBelow(path)
			if err != nil {
				below.unread = append(below.unread, unreadFile(path, err))
			}
			f.files, f.unread = append(f.files, below.files...), append(f.unread, below.unread...)
		default:
			f.files = append(f.files, path)
		}
	}
	slices.SortStableFunc(f.files, natural)
	return f, nil
}

// findBelow lists the files below a directory. Links to directories are not followed.
func findBelow(root string) (finding, error) {
	f := finding{listed: true}
	start := root + string(filepath.Separator) // else a link to a directory would be a file
	err := filepath.WalkDir(start, func(path string, d fs.DirEntry, err error) error {
		switch {
		case path == start:
			return err
		case err != nil:
			f.unread = append(f.unread, unreadFile(path, err))
			return nil
		case passedOver(path) && d.IsDir():
			return filepath.SkipDir
		case passedOver(path) || d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			if info, err := os.Stat(path); err != nil || info.IsDir() {
				return nil
			}
		}
		f.files = append(f.files, path)
		return nil
	})
	if err != nil {
		return finding{}, &InputError{root, cause(err), ""}
	}
	slices.SortStableFunc(f.files, natural)
	return f, nil
}

// passedOver reports whether a file is hidden, as are those that a program still writes, or unfinished.
func passedOver(path string) bool {
	name := filepath.Base(path)
	return strings.HasPrefix(name, ".") && name != "." && name != ".." || strings.HasSuffix(name, ".part")
}

// captureName matches the names of captures: wire.pcap, wire.pcap17, wire_00001.pcapng.gz.
var captureName = regexp.MustCompile(`(?i)\.(pcap|pcapng|cap|ntar|dmp)\d*(\.|$)`)

// IsCaptureName reports whether a file is a capture by its name, whatever is in it.
func IsCaptureName(path string) bool { return captureName.MatchString(filepath.Base(path)) }

// rank orders inputs whose packets have the same time: as they were given; but those that were named one after the other, and whose names differ
// in numbers alone, in natural order, for a shell expands wire.pcap* to wire.pcap0, wire.pcap1, wire.pcap10.
func rank(inputs []*input) {
	for from := 0; from < len(inputs); {
		to := from + 1
		for to < len(inputs) && withoutNumbers(inputs[to].path) == withoutNumbers(inputs[from].path) {
			to++
		}
		run := slices.SortedStableFunc(slices.Values(inputs[from:to]), func(a, b *input) int { return natural(a.path, b.path) })
		for i, in := range run {
			in.rank = from + i
		}
		from = to
	}
}

var numbers = regexp.MustCompile(`[0-9]+`)

func withoutNumbers(name string) string { return numbers.ReplaceAllString(name, "0") }

// natural compares names as people do: numbers in them by their value.
func natural(a, b string) int {
	for x, y := a, b; ; {
		switch {
		case x == "" || y == "":
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
		case isDigit(x[0]) && isDigit(y[0]):
			var m, n string
			m, x = leadingNumber(x)
			n, y = leadingNumber(y)
			if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
				return c
			}
		case x[0] != y[0]:
			return cmp.Compare(x[0], y[0])
		default:
			x, y = x[1:], y[1:]
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// leadingNumber cuts the digits that a text starts with, of which zeros in front say nothing.
func leadingNumber(s string) (number, rest string) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return strings.TrimLeft(s[:n], "0"), s[n:]
}
