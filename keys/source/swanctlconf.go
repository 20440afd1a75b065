package source

import (
	"errors"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
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
	typed: true,
	words: []string{"secrets"},
	lacks: pskAlone,
	start: func(o *out) parser { return &swanctlConf{out: o} },
}

var (
	reSwanctlName = pattern(`^([\w.:-]+)(?: : [\w., -]+)?$`)
	// reSwanctlCoded is a value in quotes, in hex or in Base64.
	reSwanctlCoded = pattern(`^(?:"|0[sSxX\x{d7}])`)
	reSwanctlSet   = pattern(`^(secret|id[\w-]*) ?= ?(.*)$`)
)

type swanctlConf struct {
	*out
	open  []string // the sections that are open
	ids   []string
	value string // of secret = ...
	num   int
}

// needs is every line in a section.
func (p *swanctlConf) needs() need {
	if len(p.open) > 0 {
		return needLine
	}
	return needLook
}

func (p *swanctlConf) line(l line) error {
	rest := strings.TrimSpace(l.text)
	for rest != "" && rest[0] != '#' {
		end := settingEnd(rest)
		text := strings.TrimSpace(rest[:end])
		if rest = strings.TrimSpace(rest[end:]); rest == "" || rest[0] == '#' {
			p.setting(l.num, text)
			return nil
		}
		mark := rest[0]
		rest = strings.TrimSpace(rest[1:])
		if mark == '{' {
			p.begin(text)
			continue
		}
		p.setting(l.num, text)
		if mark == '}' {
			err := p.finish()
			p.open, p.ids = p.open[:max(0, len(p.open)-1)], nil
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// settingEnd is where the text up to a brace, a comment or the end of the line ends; those in quotes do not count.
func settingEnd(text string) int {
	quoted := false
	for i := range len(text) {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '{', '}', '#':
			if !quoted {
				return i
			}
		}
	}
	return len(text)
}

// begin opens a section.
func (p *swanctlConf) begin(text string) {
	const deepest, longest = 64, 200
	var m []string
	if len(text) <= longest {
		m = reSwanctlName.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
	}
	if m == nil || len(p.open) >= deepest {
		p.open = nil // not this kind of file
		return
	}
	p.open = append(p.open, m[1])
	p.ids, p.value = nil, ""
}

// setting takes NAME = VALUE.
func (p *swanctlConf) setting(num int, text string) {
	if !p.inSecret() {
		return
	}
	if m := reSwanctlSet.FindStringSubmatch(text); m != nil {
		if m[1] == "secret" {
			p.value, p.num = strings.TrimSpace(m[2]), num
		} else if len(p.ids) < maxIDs {
			p.ids = append(p.ids, strings.Trim(strings.TrimSpace(m[2]), `"`))
		}
	}
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
	if errors.Is(err, lex.ErrRedacted) {
		p.redacted(p.num, "secret")
		return nil
	}
	if !reSwanctlCoded.MatchString(text) {
		value, err = []byte(text), nil // words without quotes are one value, unlike in ipsec.secrets
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
