package source

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// keyLogFormat reads our own format (secret.ParseLine).
var keyLogFormat = format{
	name:  "key log",
	typed: true,
	looks: func(text string) bool { // a word in capitals begins it
		end := runEnd(text, 0, func(c byte) bool { return isCapital(c) || c == '_' })
		return end == len(text) || text[end] == ' ' || text[end] == '\t'
	},
	start: func(o *out) parser {
		return &keyLogParser{out: o, groups: map[string]int{}, pairs: akaPairs{out: o}}
	},
}

type keyLogParser struct {
	*out
	groups  map[string]int
	pairs   akaPairs
	entries int            // lines that are entries
	own     int            // those, and mistakes
	wrong   []*SyntaxError // mistakes: those of a key log, or lines of another text that begin as one of ours does
	unsure  []*SyntaxError // lines with the shape of the format, of a kind that is not known
	foreign []int          // the first lines of another text
}

// needs is every line until enough of another text was seen to tell of.
func (p *keyLogParser) needs() need {
	if len(p.foreign) < mostForeign {
		return needLine
	}
	return needLook
}

func (p *keyLogParser) line(l line) error {
	e, ok, err := secret.ParseLine(l.text)
	if ok || err != nil {
		p.own++
	}
	if ok && err == nil || errors.Is(err, secret.ErrRedacted) {
		p.entries++
	}
	switch {
	case errors.Is(err, secret.ErrUnknownKind):
		p.unsure = p.mistake(p.unsure, l.num, err)
	case errors.Is(err, secret.ErrRedacted):
		p.redacted(l.num, "value")
	case err != nil:
		p.wrong = p.mistake(p.wrong, l.num, err)
	case !ok:
		if text := strings.TrimSpace(l.text); text != "" && text[0] != '#' {
			if len(p.foreign) < mostForeign {
				p.foreign = append(p.foreign, l.num)
			}
		}
	case e.SA != nil:
		p.sa(*e.SA, l.num)
	default:
		switch {
		case e.Group != "":
			e.Secret.Group = p.group(e.Group)
		case e.Secret.Kind.IsAKA():
			e.Secret.Group = p.pairs.group(e.Secret.Kind)
		}
		p.secret(e.Secret, l.num, e.Secret.Kind.String())
	}
	return nil
}

// mostForeign bounds the lines of another text that are told of.
const mostForeign = 20

// mistake keeps a mistake; there may be many.
func (p *keyLogParser) mistake(list []*SyntaxError, num int, err error) []*SyntaxError {
	const most = 1000
	if len(list) < most {
		list = append(list, &SyntaxError{File: p.file, Line: num, Reason: err.Error()})
	}
	return list
}

func (p *keyLogParser) group(key string) int {
	if p.groups[key] == 0 {
		p.groups[key] = p.newGroup()
	}
	return p.groups[key]
}

// isKeyLog reports whether the file is a key log: most of its lines are of that format. One that begins as ours do in another text is no mistake.
func (p *keyLogParser) isKeyLog() bool {
	mine, other := p.entries+len(p.wrong)+len(p.unsure), p.front.texts-p.own
	if p.entries == 0 {
		return mine > 0 && other == 0 && !p.others()
	}
	return mine > other
}

func (p *keyLogParser) end() error {
	mistakes := slices.Concat(p.wrong, p.unsure)
	slices.SortFunc(mistakes, func(a, b *SyntaxError) int { return cmp.Compare(a.Line, b.Line) })
	if p.isKeyLog() {
		if !p.others() {
			for _, num := range p.foreign {
				p.warn(num, "no line of a key log: line ignored")
			}
		}
		for i, err := range mistakes {
			if i > 0 { // the first is returned below
				p.warn(err.Line, "%s: line ignored", err.Reason)
			}
		}
		if len(mistakes) > 0 {
			return mistakes[0]
		}
		return nil
	}
	if p.entries > 0 {
		for _, err := range p.wrong {
			p.warn(err.Line, "%s: line ignored", err.Reason)
		}
	}
	return nil
}
