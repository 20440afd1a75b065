package report

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Width is the number of columns that text reports keep to.
const Width = 100

// A Style is the look of a piece of text; it never carries a fact that the text does not say.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Bold
	Dim
	Good
	Caution
	Bad
)

var sgr = [...]string{Bold: "1", Dim: "2", Good: "32", Caution: "33", Bad: "31;1"}

// A Printer writes lines of text: escaped, wrapped at Width, coloured if asked. The first write error sticks.
type Printer struct {
	w     io.Writer
	color bool
	n     int // bytes written
	err   error
}

// NewPrinter returns a printer to w.
func NewPrinter(w io.Writer, color bool) *Printer { return &Printer{w: w, color: color} }

// Err is the first error of writing.
func (p *Printer) Err() error { return p.err }

// Written is the number of bytes that were written.
func (p *Printer) Written() int { return p.n }

// A span is text of one style.
type span struct {
	style Style
	text  string
}

func plain(text string) span             { return span{text: text} }
func styled(s Style, text string) span   { return span{style: s, text: text} }
func (p *Printer) blank()                { p.write("\n") }
func (p *Printer) text(in int, s string) { p.line(in, in+2, plain(s)) }

// line writes the spans, the first line indented by indent columns and what does not fit on it by hang columns.
// Spaces inside the first line are kept as they are, so that columns stay in line; a line breaks at a space.
func (p *Printer) line(indent, hang int, spans ...span) {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", indent))
	col, start, spaces := indent, true, ""
	for _, s := range spans {
		for _, word := range wordsOf(Escape(s.text)) {
			trimmed := strings.TrimLeft(word, " ")
			if trimmed == "" { // whether they are printed depends on the word that follows, in the next span
				spaces += word
				continue
			}
			word, spaces = spaces+word, ""
			n := utf8.RuneCountInString(word)
			if !start && col+n > Width {
				b.WriteString("\n" + strings.Repeat(" ", hang))
				word, n = trimmed, utf8.RuneCountInString(trimmed)
				col = hang
			}
			for col+n > Width && n > 0 { // a word longer than a line
				head, tail := splitAt(word, max(Width-col, 1))
				p.span(&b, s.style, head)
				if tail == "" {
					word, n = "", 0
					break
				}
				b.WriteString("\n" + strings.Repeat(" ", hang))
				word, n, col = tail, utf8.RuneCountInString(tail), hang
			}
			p.span(&b, s.style, word)
			col, start = col+n, false
		}
	}
	if start { // nothing but blanks
		b.Reset()
	}
	p.write(b.String() + "\n")
}

// unwrapped writes the spans on one line, however long.
func (p *Printer) unwrapped(spans ...span) {
	var b strings.Builder
	for _, s := range spans {
		p.span(&b, s.style, Escape(s.text))
	}
	p.write(b.String() + "\n")
}

// splitAt cuts s behind its first n characters.
func splitAt(s string, n int) (head, tail string) {
	for i := range s {
		if n == 0 {
			return s[:i], s[i:]
		}
		n--
	}
	return s, ""
}

func (p *Printer) span(b *strings.Builder, style Style, text string) {
	if !p.color || style == Plain || text == "" {
		b.WriteString(text)
		return
	}
	b.WriteString("\x1b[" + sgr[style] + "m" + text + "\x1b[0m")
}

func (p *Printer) write(s string) {
	if p.err == nil {
		var n int
		n, p.err = io.WriteString(p.w, s)
		p.n += n
	}
}

// words cuts s before each run of spaces: "a  bc d" gives "a", "  bc", " d".
func wordsOf(s string) []string {
	var all []string
	start, inWord := 0, false
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' {
			inWord = true
			continue
		}
		if inWord {
			all = append(all, s[start:i])
			start, inWord = i, false
		}
	}
	if start < len(s) {
		all = append(all, s[start:])
	}
	return all
}

func (p *Printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}
