package source

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Windows break lines of JSON, YAML's writers fold strings: both within quotation marks, where JSON has no line break and YAML marks it with a backslash.
//
//	{"host": "gw1", "stdout": "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xcf127
//	d15 reqid 1 mode tunnel\n"}
//
//	stdout: "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xcf127d15\
//	  \ reqid 1 mode tunnel\n"

// A stringScan tells where a text in JSON or YAML is.
type stringScan struct {
	open    bool // in a string
	escaped bool // behind a backslash in it
	depth   int  // brackets that are open
}

func (s *stringScan) read(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case s.escaped:
			s.escaped = false
		case s.open && c == '\\':
			s.escaped = true
		case c == '"':
			s.open = !s.open
		case s.open:
		case c == '{' || c == '[':
			s.depth++
		case c == '}' || c == ']':
			s.depth--
		}
	}
}

// A breaking is how the lines of a file were broken.
type breaking struct {
	width  int  // of the window; 0: none did
	folded bool // by a writer of YAML
}

// reJSONFront is how JSON begins, or the answer of a program that has some.
var reJSONFront = pattern(`^\{\s*(?:"|$)|^\[\s*(?:["{\[]|$)|=> \{`)

// breakingOf tells by its front how a file was broken: each line within a string ends at the width of the window, or with a backslash.
func breakingOf(front []byte) (b breaking) {
	if end := bytes.LastIndexByte(front, '\n'); end >= 0 {
		front = front[:end]
	}
	if bytes.IndexByte(front, '"') < 0 {
		return breaking{}
	}
	lines := strings.Split(strings.ReplaceAll(string(front), "\r", ""), "\n")
	begins := strings.TrimSpace(lines[0])
	json := reJSONFront.MatchString(begins)
	for _, text := range lines {
		b.width = max(b.width, utf8.RuneCountInString(text))
	}
	const trimmed = 2 // blanks at the end of a line that were taken off
	opened, folded := 0, 0
	var scan stringScan
	for _, text := range lines {
		if !scan.open {
			scan = stringScan{}
		}
		scan.read(text)
		switch {
		case !scan.open:
		case scan.escaped && !json:
			scan.escaped = false
			folded++
		case utf8.RuneCountInString(text) < b.width-trimmed:
			return breaking{}
		default:
			opened++
		}
	}
	switch {
	case folded > 0 && opened == 0:
		return breaking{folded: true}
	case json && opened > 0 && leastWidth <= b.width && b.width <= mostWidth:
		return breaking{width: b.width}
	}
	return breaking{}
}

// whole returns a line as it was before it was broken, and how many lines of the file that is.
func (l *lines) whole() (text string, n int, err error) {
	if text, err = l.raw(); err != nil || l.broken == (breaking{}) {
		return text, 1, err
	}
	var scan stringScan
	var b strings.Builder
	for n = 1; ; n++ {
		part := strings.TrimRight(text, "\r\n")
		columns := utf8.RuneCountInString(part)
		scan.read(part)
		if scan.escaped && l.broken.folded {
			scan.escaped = false
			part = part[:len(part)-1]
		} else if l.broken.folded || !scan.open && (scan.depth <= 0 || columns < l.broken.width) {
			b.WriteString(part)
			return b.String(), n, nil
		} else if columns < l.broken.width {
			part += strings.Repeat(" ", l.broken.width-columns)
		}
		b.WriteString(part)
		if b.Len() >= l.maxLine {
			return b.String(), n, nil
		}
		if text, err = l.raw(); err != nil {
			return b.String(), n, nil
		}
		if l.broken.folded {
			text = strings.TrimLeft(text, " ")
		}
	}
}
