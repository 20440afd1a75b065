package source

import (
	"errors"
	"regexp"
	"strings"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// swanctl.conf has pre-shared keys in its section secrets; a value is text, in quotes or not, or 0x and hex, or 0s and base64:
//
//	secrets {
//	  ike-1 {
//	    id-a = gwa.example.org
//	    secret = "correct horse"
//	  }
//	}
var swanctlConfFormat = format{
	name:  "swanctl.conf",
	lacks: pskAlone,
	start: func(o *out) parser { return &swanctlConf{out: o} },
}

var (
	reSwanctlOpen = regexp.MustCompile(`^([\w.:-]+)(?: : [\w., -]+)? ?\{$`)
	reSwanctlSet  = regexp.MustCompile(`^(secret|id[\w-]*) ?= ?(.*)$`)
)

type swanctlConf struct {
	*out
	open  []string // the sections that are open
	ids   []string
	value string // of secret = ...
	num   int
}

func (p *swanctlConf) line(l line) error {
	text := strings.TrimSpace(l.text)
	switch {
	case text == "" || text[0] == '#':
	case strings.HasSuffix(text, "{"):
		m := reSwanctlOpen.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
		const deepest = 64
		if m == nil || len(p.open) >= deepest {
			p.open = nil // not this kind of file
			return nil
		}
		p.open = append(p.open, m[1])
		p.ids, p.value = nil, ""
	case text == "}":
		err := p.finish()
		p.open = p.open[:max(0, len(p.open)-1)]
		return err
	case p.inSecret():
		if m := reSwanctlSet.FindStringSubmatch(text); m != nil {
			if m[1] == "secret" {
				p.value, p.num = strings.TrimSpace(m[2]), l.num
			} else if len(p.ids) < maxIDs {
				p.ids = append(p.ids, strings.Trim(strings.TrimSpace(m[2]), `"`))
			}
		}
	}
	return nil
}

// inSecret reports whether a section with a pre-shared key, or with one against quantum computers (RFC 8784), is open.
func (p *swanctlConf) inSecret() bool {
	n := len(p.open)
	return n >= 2 && p.open[n-2] == "secrets" && (isSection(p.open[n-1], "ike") || isSection(p.open[n-1], "ppk"))
}

// isSection reports whether a section is one of a kind: "ike", "ike-1", "ike1".
func isSection(name, kind string) bool { return strings.HasPrefix(name, kind) }

func (p *swanctlConf) finish() error {
	if !p.inSecret() || p.value == "" {
		return nil
	}
	text := p.value
	p.value = ""
	value, err := secretsValue(text)
	if errors.Is(err, secret.ErrRedacted) {
		p.redacted(p.num, "secret")
		return nil
	}
	if err != nil {
		return p.syntax(p.num, "secret: %v", err)
	}
	kind := secret.PSK
	if isSection(p.open[len(p.open)-1], "ppk") {
		kind = secret.PPK
	}
	if len(p.ids) == 0 || kind == secret.PPK {
		p.ids = []string{""}
	}
	for _, id := range p.ids {
		p.out.secret(secret.Secret{Kind: kind, Where: secret.Where{Peer: peerName(id)}, Value: value}, p.num, "secret")
	}
	return nil
}

func (p *swanctlConf) end() error { return nil }
