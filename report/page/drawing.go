package page

import (
	"unicode/utf8"
)

// The measures of a drawing, in pixels of its own.
const (
	charWide   = 7.6 // of a line at 13 px, about
	lineHigh   = 18
	boxPad     = 12
	iconHigh   = 16 // of the word above the lines of a box: "gateway"
	boxLeast   = 104
	linkLeast  = 46
	tallWide   = 340
	tallLink   = 30
	drawMargin = 6
)

// An svg is shapes and lines with their places.
type svg struct {
	Width, Height int
	Boxes         []svgBox
	Lines         []svgLine
}

// A svgBox is a box with lines of text.
type svgBox struct {
	Class      string // the kind of the shape
	Word       string // what it is
	X, Y, W, H int
	R          int // of the corners
	Texts      []svgText
}

type svgLine struct {
	Class          string
	X1, Y1, X2, Y2 int
	Texts          []svgText
}

// A svgText is a line of text, centred at X, or starting there.
type svgText struct {
	X, Y  int
	Text  string
	Start bool
}

var boxWords = map[string]string{"net": "subnet", "asked": "requested", "gateway": "gateway", "nat": "translation"}

// word says what a shape is.
func (s shape) word() string {
	if s.kind == "net" && s.hosts {
		return "address"
	}
	return boxWords[s.kind]
}

// corner is the radius of a box's corners: the shapes differ, not just their colours.
func corner(kind string, high int) int {
	switch kind {
	case "net", "asked":
		return high / 2
	case "nat":
		return 0
	}
	return 8
}

func boxSize(s shape) (w, h int) {
	w, h = textWide(s.lines)+2*boxPad, iconHigh+len(s.lines)*lineHigh+boxPad
	if corner(s.kind, h) == h/2 {
		w += boxPad
	}
	return max(w, boxLeast), h
}

func textWide(lines []string) (w int) {
	for _, l := range lines {
		w = max(w, int(charWide*float64(utf8.RuneCountInString(l))))
	}
	return w
}

func newBox(s shape, x, y, w, h int) svgBox {
	b := svgBox{Class: s.kind, Word: s.word(), X: x, Y: y, W: w, H: h, R: corner(s.kind, h)}
	b.R = min(b.R, 26)
	for i, l := range s.lines {
		b.Texts = append(b.Texts, svgText{X: x + w/2, Y: y + iconHigh + boxPad/2 + (i+1)*lineHigh - 6, Text: l})
	}
	return b
}

// layWide lays shapes out from left to right.
func layWide(shapes []shape, links []link) (d svg) {
	above := 0
	for _, s := range shapes {
		_, h := boxSize(s)
		d.Height = max(d.Height, h)
	}
	for _, l := range links {
		above = max(above, len(l.lines)*lineHigh)
	}
	d.Height = max(d.Height, 2*above+8) + 2*drawMargin
	x, middle := drawMargin, d.Height/2
	for i, s := range shapes {
		w, h := boxSize(s)
		d.Boxes = append(d.Boxes, newBox(s, x, middle-h/2, w, h))
		x += w
		if i == len(links) {
			break
		}
		l := links[i]
		long := max(linkLeast, textWide(l.lines)+2*boxPad)
		line := svgLine{Class: l.kind, X1: x, Y1: middle, X2: x + long, Y2: middle}
		for j, t := range l.lines {
			line.Texts = append(line.Texts, svgText{X: x + long/2, Y: middle - 8 - (len(l.lines)-1-j)*lineHigh, Text: t})
		}
		d.Lines = append(d.Lines, line)
		x += long
	}
	d.Width = x + drawMargin
	return d
}

// layTall lays shapes out from the top down.
func layTall(shapes []shape, links []link) (d svg) {
	d.Width = tallWide
	for _, s := range shapes {
		w, _ := boxSize(s)
		d.Width = max(d.Width, w+2*drawMargin)
	}
	y, middle := drawMargin, d.Width/2
	for i, s := range shapes {
		w, h := boxSize(s)
		d.Boxes = append(d.Boxes, newBox(s, middle-w/2, y, w, h))
		y += h
		if i == len(links) {
			break
		}
		l := links[i]
		long := tallLink + len(l.lines)*lineHigh
		line := svgLine{Class: l.kind, X1: middle, Y1: y, X2: middle, Y2: y + long}
		for j, t := range l.lines {
			line.Texts = append(line.Texts, svgText{X: middle + 12, Y: y + tallLink/2 + (j+1)*lineHigh - 5, Text: t, Start: true})
		}
		d.Lines = append(d.Lines, line)
		y += long
	}
	d.Height = y + drawMargin
	return d
}

// Middle is where a box's lines are centred.
func (b svgBox) Middle() int { return b.X + b.W/2 }

// WordY is the line of the word that says what a box is.
func (b svgBox) WordY() int { return b.Y + iconHigh + 1 }

// A shape is a thing in a drawing.
type shape struct {
	kind  string // "net", "asked", "gateway", "nat"
	lines []string
	hosts bool // of "net": single addresses
}

// A link is what connects a shape with the next one.
type link struct {
	kind  string // "lan", "path"
	lines []string
}
