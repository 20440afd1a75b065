package source

import (
	"math/bits"
	"strings"
)

// A panel is parsers that are given lines of a file together: each those that may mean something to it.
type panel struct {
	parsers []parser
	outs    []*out
	m       mistakes
	empty   bool // all lines are blank or comments
	blanks  int  // in front of the next line

	front      *front
	needs      []needy // of the parsers; nil: no line but those with words, or those of its looks
	looks      []func(text string) bool
	place      [64]int // of a parser, by the bit of its format
	all        uint64  // the bits of the parsers
	each       uint64  // of those that want each line
	full       uint64  // of those that want lines that a terminal may have broken
	looking    uint64  // of those that look at a line
	unfiltered bool
}

// newPanel starts the parsers of some formats; first is the place of their first one among all, which stands for the number of one that has none.
func newPanel(outs []*out, first int) *panel {
	p := &panel{empty: true, outs: outs, parsers: make([]parser, len(outs)), needs: make([]needy, len(outs)), looks: make([]func(string) bool, len(outs)), front: &front{}}
	for i, o := range outs {
		o.front = p.front
		p.parsers[i] = o.src.start(o)
		p.needs[i], _ = p.parsers[i].(needy)
		p.looks[i] = o.src.looks
		if l, ok := p.parsers[i].(looker); ok {
			p.looks[i] = l.looks
		}
		bit := o.src.number - 1
		if bit < 0 { // it is not in the table
			bit = first + i
		}
		p.place[bit], p.all = i, p.all|1<<bit
		p.renew(bit)
	}
	return p
}

// line gives a line, in which words of some formats were found, to the parsers that it may mean something to.
func (p *panel) line(l line, found uint64) error {
	text := strings.TrimSpace(l.text)
	if text != "" && text[0] != '#' {
		p.empty = false
	}
	const most = 2 // blank lines that may mean something
	if text != "" {
		p.blanks = 0
	} else if p.blanks++; p.blanks > most {
		return nil
	}
	p.front.next(l.text, text)
	wanted := p.wanted(text, found)
	if wanted != 0 {
		l = l.owned()
	}
	for ; wanted != 0; wanted &= wanted - 1 {
		bit := bits.TrailingZeros64(wanted)
		i := p.place[bit]
		if err := p.m.note(p.outs[i], p.parsers[i].line(l)); err != nil {
			return err
		}
		p.renew(bit)
	}
	return nil
}

// wanted are the bits of the parsers that a line may mean something to, by the words that were found in it.
func (p *panel) wanted(text string, found uint64) uint64 {
	text = unescaped(text)
	if p.unfiltered {
		return p.all
	}
	wanted := found | p.each
	if p.front.full {
		wanted |= p.full
	}
	wanted &= p.all
	if text == "" {
		return wanted
	}
	for looking := p.looking &^ wanted; looking != 0; looking &= looking - 1 {
		bit := bits.TrailingZeros64(looking)
		if p.looks[p.place[bit]](text) {
			wanted |= 1 << bit
		}
	}
	return wanted
}

// renew asks a parser what the next line must have.
func (p *panel) renew(bit int) {
	i := p.place[bit]
	need := needLook
	if p.needs[i] != nil {
		need = p.needs[i].needs()
	}
	if !p.outs[i].src.filtered() {
		need = needLine
	}
	set := func(bits *uint64, on bool) { *bits = *bits&^(1<<bit) | uint64(btoi(on))<<bit }
	set(&p.each, need&needLine != 0)
	set(&p.full, need&needFull != 0)
	set(&p.looking, need&needLook != 0 && p.looks[i] != nil)
}

// end ends the parsers, and notes what each recognised.
func (p *panel) end() error {
	for i, q := range p.parsers {
		o := p.outs[i]
		if err := p.m.note(o, q.end()); err != nil {
			return err
		}
		if o.recognised {
			o.bag.Formats = append(o.bag.Formats, o.summary())
		}
	}
	return nil
}
