package source

import (
	"cmp"
	"encoding/hex"
	"strconv"
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
	reHexDump = pattern(`(?:^|[\s"])[0-9a-f]{8}  ((?:[0-9a-f]{2} {1,2}){1,16}) *\|`)
)

var ikev2Kinds = map[string]secret.Kind{"DIFFIE-HELLMAN KEY": secret.DHSecret, "SKEYSEED": secret.SKEYSEED, "SK_D": secret.SKd, "SK_AI": secret.SKai, "SK_AR": secret.SKar,
	"SK_EI": secret.SKei, "SK_ER": secret.SKer, "SK_PI": secret.SKpi, "SK_PR": secret.SKpr}

// ikev2Words are in the lines that count.
func ikev2Words() []string {
	words := []string{"SKEYSEED", "DIFFIE-HELLMAN KEY", "Initiator's SPI: ", "Responder's  SPI: "}
	for name := range strings.FieldsSeq(camelNames) {
		words = append(words, name+`"`, name+"=", name+":", name+" =")
	}
	for _, front := range []string{"SK_", "Sk_", "sk_", "sK_", "SK-", "sk-", "SK(", "SK_{"} {
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
	where secret.Where         // the IKE SA of the keys to come, where it is named
}

// names takes the SPIs of the IKE SA of the keys below, which free5gc prints before them; false: there are none in the line.
func (p *ikev2Names) names(text string) bool {
	side := &p.where.Initiator
	_, spi, ok := strings.Cut(text, "Initiator's SPI: ")
	if !ok {
		side = &p.where.Responder
		if _, spi, ok = strings.Cut(text, "Responder's  SPI: "); !ok {
			return false
		}
	} else {
		p.group, p.where = 0, secret.Where{}
	}
	*side, _ = ikeSPI(trimBlanks(spi))
	return true
}

func (p *ikev2Names) needs() need { return p.rows.needs() }

func (p *ikev2Names) line(l line) error {
	if p.rows.num != 0 {
		if p.rows.goesOn(l.text) {
			return nil
		}
		p.value()
	}
	text := trimBlanks(l.text)
	if reFortiGroups.MatchString(text) && p.recognisedAs(fortiGateFormat.name) { // whose reader knows the IKE SA, and puts together what a window broke
		return nil
	}
	name, value, ok := ikev2Named(text)
	if !ok && !p.names(text) {
		p.pairs(l.num, text)
	}
	if !ok {
		return nil
	}
	text = value
	if lex.IsRedacted(text) {
		p.redacted(l.num, name)
		return nil
	}
	if digits := strings.TrimPrefix(text, "0x"); digits != "" && !lex.IsHex(digits) {
		p.pairs(l.num, trimBlanks(l.text))
		return nil
	}
	p.rows.groups = p.dumpRow
	p.rows.begin(l.num, ikev2Label(name), 0)
	p.rows.program = programOf(l.text)
	if value, err := lex.ParseHex(text); err == nil && len(value) > 0 {
		p.rows.value = value
		p.value()
	}
	return nil
}

// pairs takes names with a sign and a value behind each, as scripts and JSON have them: several in a line, a value in quotation marks or not.
//
//	SK_ei = 8ee4a696...          "sk_ei": "8ee4a696...",          SK_ei (128 bits): b'8ee4a696...'          "skEi": "juSm...=="          SK_ei:[142 228 166 ...]
//	--sk-ei 8ee4a696...          | SK_ei | `8ee4a696...` |        SK_{ei} = 8ee4a696...                     uint8_t sk_ei[16] = {0x8e, 0xe4, ...};
func (p *ikev2Names) pairs(num int, text string) {
	for at := 0; at < len(text); at++ {
		if at > 0 && isWordByte(text[at-1]) {
			continue
		}
		n := cmp.Or(ikev2NameLen(text[at:]), camelNameLen(text[at:]))
		if n == 0 {
			continue
		}
		if value := ikev2PairValue(text[at+n:], strings.HasSuffix(text[:at], "--")); len(value) > 0 {
			p.rows.begin(num, ikev2Label(text[at:at+n]), 0)
			p.rows.value = value
			p.value()
		}
		at += n - 1
	}
}

// camelNameLen is the length of the name of a key without an underscore at the front of a text, "skEi"; 0: there is none.
func camelNameLen(s string) int {
	const shortest, longest = len("skD"), len("skEi")
	if len(s) < shortest || s[0]|0x20 != 's' || s[1]|0x20 != 'k' {
		return 0
	}
	n := runEnd(s[:min(len(s), longest+1)], 0, isWordByte)
	if n < shortest || n > longest || !strings.Contains(camelNames, " "+s[:n]+" ") {
		return 0
	}
	return n
}

// camelNames are names as variables and JSON have them.
const camelNames = " skD skAi skAr skEi skEr skPi skPr SkD SkAi SkAr SkEi SkEr SkPi SkPr SKD SKAI SKAR SKEI SKER SKPI SKPR skd skai skar skei sker skpi skpr SKd SKai SKar SKei SKer SKpi SKpr "

// ikev2PairValue is the value behind a sign, or behind blanks where the name is an option of a command: hex digits, or bytes as programs print them; nil
// where there is none, or what follows is more than that.
func ikev2PairValue(text string, option bool) []byte {
	blank := strings.HasPrefix(text, "\t") || option && strings.HasPrefix(text, " ")
	text = strings.TrimLeft(text, "\"'`*$ \t")
	if size, rest, ok := strings.Cut(text, ")"); ok && strings.HasPrefix(size, "(") && len(size) < len("(1024 bytes") {
		text = strings.TrimLeft(rest, " \t")
	}
	if size, rest, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(size, "[") && len(size) < len("[1024") { // of an array
		text = strings.TrimLeft(rest, " \t")
	}
	rest := strings.TrimLeft(text, ":=->|")
	if len(rest) == len(text) && !blank {
		return nil
	}
	rest = strings.TrimLeft(rest, "` \t")
	if value, n := bytesLiteral(rest); n > 0 {
		return value
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		inside, _, closed := strings.Cut(rest[1:], rest[:1])
		if value, ok := base64Key(inside); ok && closed && !lex.IsHex(inside) {
			return value
		}
	}
	rest = strings.TrimPrefix(strings.TrimLeft(rest, "\"'"), "0x")
	end := runEnd(rest, 0, lex.IsHexDigit)
	if end < len(rest) && strings.IndexByte("\"'`|, \t;}])", rest[end]) < 0 {
		return nil
	}
	value, _ := hex.DecodeString(rest[:end])
	return value
}

// ikev2Named is the name of a key in a line and its value, "" where that stands below it. Behind the value, one word or words in brackets, nothing stands
// but the end of a quotation: other programs print such names amid text.
func ikev2Named(text string) (name, value string, ok bool) {
	for at := range len(text) {
		if at > 0 && text[at-1] != '"' && text[at-1] != '.' && !isBlank(text[at-1]) {
			continue
		}
		n := ikev2NameLen(text[at:])
		if n == 0 || at+n < len(text) && isWordByte(text[at+n]) {
			continue
		}
		rest, spaced := strings.CutPrefix(withoutSize(text[at+n:]), " :")
		if !spaced {
			rest = strings.TrimPrefix(rest, ":")
		}
		if rest = strings.TrimLeft(rest, " "); isCountedKey(rest) {
			return "", "", false
		}
		if value, ok = ikev2Value(rest); ok {
			return text[at : at+n], value, true
		}
	}
	return "", "", false
}

// isCountedKey reports whether a key stands behind the number of its bytes, 16:8E:E4:..., as FortiOS has it.
func isCountedKey(text string) bool {
	count, rest, _ := strings.Cut(text, ":")
	b, ok := lex.HexGroups(strings.NewReplacer(":", " ", "-", " ").Replace(rest))
	n, err := strconv.Atoi(count)
	return ok && err == nil && n == len(b)
}

// withoutSize is a text without the size in brackets at its front: "(16 bytes):".
func withoutSize(text string) string {
	size, rest, ok := strings.Cut(text, ")")
	if size, isSize := strings.CutPrefix(size, " ("); ok && isSize && rest == ":" && (strings.HasSuffix(size, " bytes") || strings.HasSuffix(size, " bits")) {
		return rest
	}
	return text
}

// ikev2NameLen is the length of the name of a key at the front of a text; 0: there is none.
func ikev2NameLen(s string) int {
	for _, name := range []string{"DIFFIE-HELLMAN KEY", "SKEYSEED"} {
		if strings.HasPrefix(s, name) {
			return len(name)
		}
	}
	const front = len("SK_")
	if len(s) <= front || s[0]|0x20 != 's' || s[1]|0x20 != 'k' {
		return 0
	}
	at, closing := front, ""
	switch {
	case strings.HasPrefix(s[2:], "_{"):
		at, closing = front+1, "}"
	case s[2] == '(':
		closing = ")"
	case s[2] != '_' && s[2] != '-':
		return 0
	}
	n := ikev2ShortLen(s[at:])
	if n == 0 || !strings.HasPrefix(s[at+n:], closing) {
		return 0
	}
	return at + n + len(closing)
}

// ikev2ShortLen is the length of "d", or of "ei" and its like, at the front of a text; 0: there is none.
func ikev2ShortLen(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] | 0x20 {
	case 'd':
		return 1
	case 'a', 'e', 'p':
		side := 1
		if side < len(s) && s[side] == '_' {
			side++
		}
		if side < len(s) && (s[side]|0x20 == 'i' || s[side]|0x20 == 'r') {
			return side + 1
		}
	}
	return 0
}

// ikev2Value is the value at the front of a text that ends behind it.
func ikev2Value(s string) (value string, ok bool) {
	ends := func(at int) bool { return at == len(s) || s[at] == '"' && (at+1 == len(s) || s[at+1] == ' ') }
	for at := 0; ; at++ {
		if ends(at) {
			return s[:at], true
		}
		if isBlank(s[at]) {
			break
		}
	}
	if close := map[byte]byte{'<': '>', '[': ']'}[s[0]]; close != 0 {
		if at := strings.IndexByte(s, close) + 1; at > 0 && ends(at) {
			return s[:at], true
		}
	}
	return "", false
}

// ikev2Label is the name of a key as ikev2Kinds has it: racoon2 calls SK_ei sk_e_i.
func ikev2Label(name string) string {
	name = strings.ToUpper(name)
	if _, isName := ikev2Kinds[name]; isName || len(name) < len("SKD") {
		return name
	}
	return "SK_" + notInLabel.Replace(strings.TrimPrefix(name, "SK"))
}

// notInLabel drops what stands between the letters of a name: SK-EI, SK(EI), SK_{EI}.
var notInLabel = strings.NewReplacer("_", "", "-", "", "(", "", ")", "", "{", "", "}", "")

// dumpRow reads a row of Go's hex.Dump, a logger's prefix before it, one with an offset, or one of groups alone.
func (p *ikev2Names) dumpRow(text string) ([]byte, bool) {
	if b, ok := offsetRow(text, len(p.rows.value)); ok {
		return b, true
	}
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
		if p.group != 0 { // of another IKE SA than the one named
			p.where = secret.Where{}
		}
		p.group, p.seen = p.newGroup(), map[secret.Kind]bool{}
	}
	p.seen[kind] = true
	p.secret(secret.Secret{Kind: kind, Where: p.where, Value: value, Group: p.group}, num, label)
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
