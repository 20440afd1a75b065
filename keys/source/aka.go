package source

import (
	"encoding/hex"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// CK and IK of IMS-AKA stand behind their names in what tools for USIMs print, in logs of HSS, S-CSCF and P-CSCF and in dumps of Diameter, with
// nothing around them that all have:
//
//	IK:	10 11 12 ...                                          osmo-auc-gen
//	CK:	b'a0b1...'                                            osmo-sim-auth
//	WWW-Authenticate=Digest realm="...", ck="a0b1...", ik="1011..."      Kamailio
//	{'rand': '...', 'ck': 'a0b1...', 'ik': '1011...'}          PyHSS
//	Confidentiality-Key: a0b1...                               tshark
var akaFormat = format{
	name:   "CK and IK of IMS-AKA",
	typed:  true,
	folded: akaWords(),
	start:  func(o *out) parser { return &aka{out: o, pairs: akaPairs{out: o}} },
}

type aka struct {
	*out
	pairs akaPairs
}

var (
	akaNames = []struct {
		name string
		kind secret.Kind
	}{{"ck", secret.AKACK}, {"ik", secret.AKAIK}, {"confidentiality-key", secret.AKACK}, {"integrity-key", secret.AKAIK}}
)

// akaWords are names as they stand before a key: what comes before and behind one is no part of a word.
func akaWords() []string {
	words := []string{"confidentiality-key", "integrity-key"}
	for c := range 256 {
		if isWordByte(byte(c)) || c == '-' {
			continue
		}
		for _, behind := range " \t:=>\"'" {
			for _, name := range []string{"ck", "ik"} {
				words = append(words, string([]byte{byte(c)})+name+string(behind))
			}
		}
	}
	return words
}

func (p *aka) line(l line) error {
	for at := 0; at < len(l.text); at++ {
		if at > 0 && (isWordByte(l.text[at-1]) || l.text[at-1] == '-') {
			continue
		}
		for _, n := range akaNames {
			if len(l.text)-at <= len(n.name) || !strings.EqualFold(l.text[at:at+len(n.name)], n.name) {
				continue
			}
			if value, ok := akaValue(l.text[at+len(n.name):]); ok {
				p.secret(secret.Secret{Kind: n.kind, Value: value, Group: p.pairs.group(n.kind)}, l.num, l.text[at:at+len(n.name)])
			}
		}
	}
	return nil
}

func (p *aka) end() error { return nil }

// akaValue reads the key behind a name: a separator, perhaps a quotation mark or 0x, and just 32 hex digits, in groups or not.
func akaValue(text string) (value []byte, ok bool) {
	text = strings.TrimLeft(text, `"'`) // of the name
	rest := strings.TrimLeft(text, " \t:=>")
	if len(rest) == len(text) {
		return nil, false
	}
	rest = strings.TrimPrefix(rest, "b'")
	rest = strings.TrimPrefix(strings.TrimLeft(rest, `"'`), "0x")
	var digits [2 * secret.AKAKeyLen]byte
	n := 0
	for n < len(digits) && rest != "" {
		c := rest[0]
		switch {
		case lex.IsHexDigit(c):
			digits[n] = c
			n++
		case n%2 != 0 || c != ' ' && c != ':' && c != '-':
			return nil, false
		}
		rest = rest[1:]
	}
	if rest != "" && isWordByte(rest[0]) {
		return nil, false
	}
	value = make([]byte, secret.AKAKeyLen)
	if _, err := hex.Decode(value, digits[:n]); err != nil || n < len(digits) {
		return nil, false
	}
	return value, true
}

// akaPairs gives CK and IK that stand next to each other one group.
type akaPairs struct {
	*out
	kind secret.Kind // of the last one
	last int         // its group; 0: it has its pair
}

func (p *akaPairs) group(kind secret.Kind) int {
	if p.last != 0 && kind != p.kind {
		group := p.last
		p.last = 0
		return group
	}
	p.kind, p.last = kind, p.newGroup()
	return p.last
}
