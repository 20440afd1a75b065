package source

import (
	"regexp"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Implementations of IKEv2 for tests and for mobile networks print its keys by the names of RFC 7296, a value on the line of each:
//
//	SK_EI 8ee4a696dd3ce8708a54b7edb2dd7962                                                        SWu-IKEv2
//	IKE_SA: 112124cc538ac351. Generated sk_ei: 8ee4a696dd3ce8708a54b7edb2dd7962                   pyikev2
//	SK_ei: 8ee4a696dd3ce8708a54b7edb2dd7962                                                       free5gc
//	sk_e_i:\n8ee4a696 dd3ce870 8a54b7ed b2dd7962                                                  racoon2
//	SK_ei:\n00000000  8e e4 a6 96 dd 3c e8 70  8a 54 b7 ed b2 dd 79 62  |.....<.p.T....yb|        free5gc, older
//
// Which IKE SA they are of is printed by few, and not in the same order by all: the messages tell.
var ikev2NamesFormat = format{
	name:  "IKEv2 keys by name",
	words: ikev2Words(),
	start: func(o *out) parser { return &ikev2Names{out: o} },
}

var (
	reIKEv2Name = regexp.MustCompile(`(?:^|[\s".])(DIFFIE-HELLMAN KEY|SKEYSEED|[Ss][Kk]_(?:[AaEePp]_?[IiRr]|[Dd]))(?: ?:|:?) *(\S*?|<[^>]*>|\[[^\]]*\])(?:"?$|" )`)
	reHexDump   = regexp.MustCompile(`(?:^|[\s"])[0-9a-f]{8}  ((?:[0-9a-f]{2} {1,2}){1,16}) *\|`)
)

var ikev2Kinds = map[string]secret.Kind{"DIFFIE-HELLMAN KEY": secret.DHSecret, "SKEYSEED": secret.SKEYSEED, "SK_D": secret.SKd, "SK_AI": secret.SKai, "SK_AR": secret.SKar,
	"SK_EI": secret.SKei, "SK_ER": secret.SKer, "SK_PI": secret.SKpi, "SK_PR": secret.SKpr}

// ikev2Words are in the lines that count.
func ikev2Words() []string {
	words := []string{"SKEYSEED", "DIFFIE-HELLMAN KEY"}
	for _, front := range []string{"SK_", "Sk_", "sk_", "sK_"} {
		for _, key := range "AaDdEePp" {
			words = append(words, front+string(key))
		}
	}
	return words
}

type ikev2Names struct {
	*out
	rows  hexRows
	group int
	seen  map[secret.Kind]bool // in the group
}

// needs is every line of a dump.
func (p *ikev2Names) needs() need {
	if p.rows.num != 0 {
		return needLine
	}
	return needLook
}

func (p *ikev2Names) line(l line) error {
	if p.rows.num != 0 {
		if p.rows.row(l.text) {
			return nil
		}
		p.value()
	}
	text := trimBlanks(l.text)
	if !mayBeNamed(text) {
		return nil
	}
	m := reIKEv2Name.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	if lex.IsRedacted(m[2]) {
		p.redacted(l.num, m[1])
		return nil
	}
	if digits := strings.TrimPrefix(m[2], "0x"); digits != "" && !lex.IsHex(digits) {
		return nil
	}
	p.rows.groups = hexDumpRow
	p.rows.begin(l.num, ikev2Label(m[1]), 0)
	if value, err := lex.ParseHex(m[2]); err == nil && len(value) > 0 {
		p.rows.value = value
		p.value()
	}
	return nil
}

// mayBeNamed is a cheap look for what reIKEv2Name matches: the value, in brackets or one word, ends the line or a quotation. Other programs print
// SK_ei amid text.
func mayBeNamed(text string) bool {
	for at := range len(text) {
		if at > 0 && strings.IndexByte(" \t\".\r\n\f", text[at-1]) < 0 {
			continue
		}
		end := at
		switch text[at] {
		case 'D':
			end = at + nameEnd(text[at:], "DIFFIE-HELLMAN KEY")
		case 'S', 's':
			if end = at + nameEnd(text[at:], "SKEYSEED"); end == at && at+3 < len(text) && text[at+1]|0x20 == 'k' && text[at+2] == '_' {
				end = at + 3
			}
		}
		if end == at {
			continue
		}
		end = runEnd(text, end, isWordByte)
		rest := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(text[end:], " "), ":"), " ")
		if rest == "" || rest[0] == '<' || rest[0] == '[' {
			return true
		}
		if word := runEnd(rest, 0, func(c byte) bool { return !isBlank(c) }); word == len(rest) || word > 0 && rest[word-1] == '"' {
			return true
		}
	}
	return false
}

// nameEnd is the length of a name at the front of a text; 0 where it is not there.
func nameEnd(text, name string) int {
	if strings.HasPrefix(text, name) {
		return len(name)
	}
	return 0
}

// ikev2Label is the name of a key as ikev2Kinds has it: racoon2 calls SK_ei sk_e_i.
func ikev2Label(name string) string {
	name = strings.ToUpper(name)
	if front, side, ok := strings.Cut(strings.TrimPrefix(name, "SK_"), "_"); ok {
		return "SK_" + front + side
	}
	return name
}

// hexDumpRow reads a row of Go's hex.Dump, a logger's prefix before it, or one of groups alone.
func hexDumpRow(text string) ([]byte, bool) {
	m := reHexDump.FindStringSubmatch(text)
	if m == nil {
		_, b, ok := hexWords(text)
		return b, ok && strings.Contains(strings.TrimSpace(text), " ")
	}
	return lex.HexGroups(m[1])
}

// value takes the key that was read. A kind that the group has begins the next IKE SA.
func (p *ikev2Names) value() {
	label, value, num, ok := p.rows.take()
	kind := ikev2Kinds[label]
	const shortest = 8
	if !ok || kind == 0 || len(value) < shortest || p.taken(kind, num) {
		return
	}
	if p.group == 0 || p.seen[kind] {
		p.group, p.seen = p.newGroup(), map[secret.Kind]bool{}
	}
	p.seen[kind] = true
	p.secret(secret.Secret{Kind: kind, Value: value, Group: p.group}, num, label)
}

// taken reports whether a source that tells the IKE SA has read the key of a line: VPP's, which comes before this one.
func (p *ikev2Names) taken(kind secret.Kind, num int) bool {
	n := len(p.bag.Secrets)
	return n > 0 && p.bag.Secrets[n-1].Kind == kind && p.bag.Secrets[n-1].Origin.Line == num
}

func (p *ikev2Names) end() error {
	if p.rows.num != 0 {
		p.value()
	}
	return nil
}
