package source

import "strings"

// maxCall bounds the text of a command or call over several lines.
const maxCall = 16 << 10

// A backslashed is a command that goes on behind a backslash at the end of a line.
type backslashed struct {
	text strings.Builder
	num  int // line that it begins in
}

// open reports whether a command goes on.
func (j *backslashed) open() bool { return j.text.Len() > 0 }

// add takes a line; whole: text is a command with all its lines.
func (j *backslashed) add(l line) (text string, whole bool) {
	text, more := strings.CutSuffix(trimBlanks(l.text), `\`)
	if !j.open() {
		j.num = l.num
	}
	if more && j.text.Len()+len(text) < maxCall {
		j.text.WriteString(text)
		j.text.WriteByte(' ')
		return "", false
	}
	if j.open() {
		j.text.WriteString(text)
		text = j.text.String()
		j.text.Reset()
	}
	return text, true
}
