// Package text writes the reports for people. On a terminal lines are broken at its width; elsewhere a record is a line, however
// long, so that grep finds it whole.
//
// There is one layout: a record is a line of styled pieces, indented, with what does not fit on it below (Printer.line); a grid is
// records in columns (grid); the tables of SAs are those of tablewriter (table).
package text

import (
	"io"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
)

// The bounds of the width of a terminal, in columns: in less nothing stands side by side, and longer lines are hard to read.
const (
	MinWidth = 60
	MaxWidth = 200
)

// A style is the look of a piece of text; it never carries a fact that the text does not say.
type style uint8

const (
	none style = iota
	bold
	dim
	good
	caution
	bad
)

var sgr = [...]string{bold: "1", dim: "2", good: "32", caution: "33", bad: "31;1"}

// toneStyles are the looks of tones.
var toneStyles = map[report.Tone]style{report.ToneDim: dim, report.ToneGood: good, report.ToneCaution: caution, report.ToneBad: bad}

// Options say what text is written to.
type Options struct {
	Color bool
	// Width is that of the terminal in columns, taken as MinWidth or MaxWidth where it is beyond them. 0: it is no terminal, and
	// no record is broken.
	Width int
}

// A Printer writes records as lines of text: escaped, broken at its width, coloured if asked. The first write error sticks.
type Printer struct {
	w     io.Writer
	color bool
	width int // 0: lines are not broken
	err   error
}

// NewPrinter returns a printer to w.
func NewPrinter(w io.Writer, o Options) *Printer {
	p := &Printer{w: w, color: o.Color}
	if o.Width > 0 {
		p.width = min(max(o.Width, MinWidth), MaxWidth)
	}
	return p
}

// Err is the first error of writing.
func (p *Printer) Err() error { return p.err }

// A span is text of one style.
type span struct {
	style style
	text  string
	whole bool // it is not broken: it is there to be copied
}

func plain(text string) span           { return span{text: text} }
func styled(s style, text string) span { return span{style: s, text: text} }

func (p *Printer) blank() { p.write("\n") }

// fits reports whether a line has room for so many columns.
func (p *Printer) fits(columns int) bool { return p.width == 0 || columns <= p.width }

// line writes a record: the first line indented by indent columns and what does not fit on it by hang columns. Spaces inside the
// first line are kept as they are, so that columns stay in line; a line breaks at a space.
func (p *Printer) line(indent, hang int, spans ...span) {
	if p.width > 0 {
		hang = min(hang, p.width/2) // or there is no room for text
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", indent))
	col, start, spaces := indent, true, ""
	for _, s := range spans {
		for _, word := range s.words() {
			trimmed := strings.TrimLeft(word, " ")
			if trimmed == "" { // whether they are printed depends on the word that follows, in the next span
				spaces += word
				continue
			}
			word, spaces = spaces+word, ""
			n := columns.Width(word)
			if !start && !p.fits(col+n) {
				b.WriteString("\n" + strings.Repeat(" ", hang))
				word, n = trimmed, columns.Width(trimmed)
				col = hang
			}
			for !s.whole && !p.fits(col+n) { // a word longer than a line
				head, tail := columns.Cut(word, p.width-col)
				if tail == "" {
					break
				}
				p.span(&b, s.style, head)
				b.WriteString("\n" + strings.Repeat(" ", hang))
				word, n, col = tail, columns.Width(tail), hang
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

func (p *Printer) span(b *strings.Builder, look style, text string) {
	if !p.color || look == none || text == "" {
		b.WriteString(text)
		return
	}
	b.WriteString("\x1b[" + sgr[look] + "m" + text + "\x1b[0m")
}

func (p *Printer) write(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

func (p *Printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// words are the parts of a span between which a line may break.
func (s span) words() []string {
	text := report.Escape(s.text)
	if s.whole {
		return []string{text}
	}
	return split(text)
}

// split cuts s before each run of spaces: "a  bc d" gives "a", "  bc", " d".
func split(s string) []string {
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
