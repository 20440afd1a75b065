package source

import (
	"errors"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// keyLogFormat reads our own format (secret.ParseLine).
var keyLogFormat = format{
	name:  "key log",
	start: func(o *out) parser { return &keyLogParser{out: o, groups: map[string]int{}} },
}

type keyLogParser struct {
	*out
	groups map[string]int
	// unsure is the first line that has the shape of the format but a kind that is not known.
	unsure error
	wrong  []*SyntaxError // mistakes: those of a key log, or lines of another text that begin as one of ours does
	mixed  bool           // the file has lines of another kind
}

func (p *keyLogParser) line(l line) error {
	e, ok, err := secret.ParseLine(l.text)
	switch {
	case errors.Is(err, secret.ErrUnknownKind):
		if p.unsure == nil {
			p.unsure = p.syntax(l.num, "%v", err)
		}
	case errors.Is(err, secret.ErrRedacted):
		p.recognise()
		p.warn(l.num, "%v", err)
	case err != nil:
		const most = 1000
		if len(p.wrong) < most {
			p.wrong = append(p.wrong, &SyntaxError{File: p.file, Line: l.num, Reason: err.Error()})
		}
	case !ok:
		text := strings.TrimSpace(l.text)
		p.mixed = p.mixed || text != "" && text[0] != '#'
	case e.SA != nil:
		p.sa(*e.SA, l.num)
	default:
		if e.Group != "" {
			e.Secret.Group = p.group(e.Group)
		}
		p.secret(e.Secret, l.num, e.Secret.Kind.String())
	}
	return nil
}

func (p *keyLogParser) group(key string) int {
	if p.groups[key] == 0 {
		p.groups[key] = p.newGroup()
	}
	return p.groups[key]
}

func (p *keyLogParser) end() error {
	strict := !p.mixed && (p.recognised || !p.others())
	for i, err := range p.wrong {
		if strict && i == 0 {
			continue // returned below
		}
		if strict || p.recognised {
			p.warn(err.Line, "%s: line ignored", err.Reason)
		}
	}
	if strict && len(p.wrong) > 0 {
		return p.wrong[0]
	}
	if p.unsure != nil && (p.recognised || !p.others()) {
		return p.unsure
	}
	return nil
}
