package source

import (
	"errors"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// keyLogFormat reads our own format (secret.ParseLine).
var keyLogFormat = format{
	name:   "key log",
	labels: []string{"key log lines (PSK, SKEYID_D, ESP_SA, ...)"},
	start:  func(o *out) parser { return &keyLogParser{out: o, groups: map[string]int{}} },
}

type keyLogParser struct {
	*out
	groups map[string]int
	// unsure is the first line that has the shape of the format but a kind that is not known.
	unsure error
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
		return p.syntax(l.num, "%v", err)
	case !ok:
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
	if p.unsure != nil && (p.recognised || !p.others()) {
		return p.unsure
	}
	return nil
}
