package source

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A hunt looks at all lines of a file for what no source reads: values that are redacted behind a word such as "key", and, where it is asked
// for, long runs of hex digits behind one.
type hunt struct {
	file   string
	values bool // look for hex, too
	found  []suspect
	more   int // beyond the bound
	gone   []suspect
	label  string // that the line before ended with
}

// A suspect is a line with what may be a key.
type suspect struct {
	num   int
	near  string
	value []byte
}

const (
	maxSuspects  = 100
	leastKey     = 16   // bytes of hex that may be a key
	mostKey      = 1024 // or a shared secret
	mostAuthHex  = 64   // bytes behind "auth" and "enc", which stand before packets, too
	windowBefore = 48   // characters in front of a value that are searched for a word
)

var (
	// keyWord is a word that a key may stand behind.
	keyWord = pattern(`(?i)(?:^|[^a-z])(sk_[a-z0-9]{1,3}|sk[deap][ir]?|skeyid(?:_[a-z0-9]{1,3})?|skeyseed|keymat|psk|dh[-_ ]secret|[a-z_-]{0,16}secret|(?:[a-z0-9]{1,16}[-_. ]?)?key|enc|auth|encr|integ|cipher|authenticator|hexadecimal)(?:$|[^a-z])`)
	// noKeyWord is one that says that what follows is something else.
	noKeyWord = pattern(`(?i)public|pubkey|finger|thumb|(?:^|[^s])keyid|key id|subject|authority|cert|nonce|cookie|signature|digest|modulus|serial|vendor|ssh-|sha256:|md5:|key size|key exchange (?:data|payload)|ke payload|hash|calculated|provided|loaded key`)
	// labelEnd is what a label ends with whose value stands below it.
	labelEnd  = pattern(`(?i)(?: computed)?(?: with \d+ bytes| \(size 0?x?[0-9a-f]+\))?[:=]?\s*$`)
	reUUID    = pattern(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	reSPIPair = pattern(`^[0-9a-fA-F]{16}[: -]{1,2}[0-9a-fA-F]{16}$`)
	// reGone is a word, and what stands between it and its value.
	reGone = pattern(`(?i)(?:^|[^a-z])(sk_?[deap][ir]?|skeyid(?:_[dae])?|skeyseed|keymat|psk|[a-z-]{0,12}secret|(?:[a-z0-9]{1,16}[-_ ]?)?key|cipher|authenticator|hexadecimal)["']?(?: (?:inbound|outbound|esp|ah|simple|hexadecimal|secret))*(?: *(?:[:=]|=>) *| +)(?:\d+:|[ir]:)?(.+)$`)
)

// goneWords are in lines with a value that was taken out: a cheap look.
var (
	goneWords = []string{"***", "xxx", "XXX", "edacted", "EDACTED", "idden", "IDDEN", "emoved", "EMOVED", "asked>", "mitted", "...", "n/a", "N/A", "<key", "SECRET-DATA"}
	goneSet   = newWordSet(goneWords...)
	// mayBeKeyWords are in all that reGone and keyWord match, in capitals or not.
	mayBeKeyWords = []string{"sk_", "skd", "ske", "ska", "skp", "psk", "key", "secret", "enc", "auth", "integ", "cipher", "hexadecimal"}
)

// line looks at a line, of which read says that a source took a value from it: that is not searched for others. found has goneBit and keyBit where it
// has such words.
func (h *hunt) line(l line, read bool, found uint64) {
	if found&goneBit != 0 && found&keyBit != 0 {
		h.redaction(l)
	}
	if !h.values {
		return
	}
	if read {
		h.label = ""
		return
	}
	if h.label == "" && found&keyBit == 0 { // a value would stand alone
		return
	}
	label := h.label
	h.label = ""
	from, to, value := hexRun(l.text)
	if value == nil {
		h.label = labelOf(l.text)
		return
	}
	before := l.text[max(0, from-windowBefore):from]
	near := ""
	switch m := lastKeyWord(before); {
	case m == "" && label == "" || noKeyWord.MatchString(l.text[:from]):
	case m != "":
		near = m
	case label != "" && 2*(to-from) > len(strings.TrimSpace(l.text)):
		near = label
	}
	if near == "" || (near == "auth" || near == "enc") && len(value) > mostAuthHex {
		return
	}
	if len(h.found) >= maxSuspects {
		h.more++
		return
	}
	h.found = append(h.found, suspect{l.num, near, value})
}

// labelOf is the word for a key that a line ends with; "" where it ends with none. The label of charon's dumps is known or is none of a key.
func labelOf(text string) string {
	text = trimBlanks(text)
	if text == "" || strings.IndexByte(":=)", text[len(text)-1]) < 0 && !strings.HasSuffix(text, "bytes") && !strings.HasSuffix(text, "computed") {
		return "" // most lines: a cheap look
	}
	if strings.Contains(text, " => ") || !mayBeKeyWord.in(text) || noKeyWord.MatchString(text) {
		return ""
	}
	end := labelEnd.FindStringIndex(text)
	if end == nil || end[0] == len(text) {
		return ""
	}
	before := text[max(0, end[0]-windowBefore):end[0]]
	word := lastKeyWord(before)
	if word == "" || !strings.HasSuffix(strings.ToLower(before), word) {
		return ""
	}
	return word
}

// mayBeKeyWord finds mayBeKeyWords.
var mayBeKeyWord = func() *wordFinder {
	var words []findWord
	for _, w := range mayBeKeyWords {
		words = append(words, findWord{text: w, bit: 1, fold: true})
	}
	return newWordFinder(words)
}()

func lastKeyWord(text string) string {
	if !mayBeKeyWord.in(text) {
		return ""
	}
	m := keyWord.FindAllStringSubmatch(text, -1)
	if len(m) == 0 {
		return ""
	}
	return nearWord(m[len(m)-1][1])
}

// nearWord is a word for a key as it is shown: without hex digits before it, which may be the end of another key.
func nearWord(text string) string {
	text = strings.Clone(strings.ToLower(strings.TrimSpace(text))) // it is kept longer than the line
	const surely = 8
	if front, ok := strings.CutSuffix(text, "key"); ok {
		if front = strings.TrimRight(front, "-_. "); len(front) >= surely && lex.IsHex(front) {
			return "key"
		}
	}
	return text
}

// hexRun is the longest run of hex digits of a line, in groups or not, from byte to byte, with its value; nil where it is too short or long, or is
// something else: an address, a UUID, decimal digits.
func hexRun(text string) (from, to int, value []byte) {
	if !hasHex(text) {
		return 0, 0, nil
	}
	digits := 0
	for i := 0; i < len(text); {
		if !lex.IsHexDigit(text[i]) || i > 0 && isWordByte(text[i-1]) && !strings.HasSuffix(text[:i], "0x") {
			i++
			continue
		}
		end, n := groupsEnd(text, i)
		if n > digits && !isOther(text[i:end]) {
			from, to, digits = i, end, n
		}
		i = max(end, i+1)
	}
	if digits < 2*leastKey || digits > 2*mostKey || digits%2 != 0 {
		return 0, 0, nil
	}
	run := text[from:to]
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 && lex.IsHexDigit(byte(r)) {
			return r
		}
		return -1
	}, run)
	if strings.Trim(plain, "0123456789") == "" || strings.Trim(plain, "abcdefABCDEF") == "" {
		return 0, 0, nil
	}
	value, err := hex.DecodeString(plain)
	if err != nil {
		return 0, 0, nil
	}
	return from, to, value
}

// hasHex reports whether a line has so many digits with nothing but separators between as a key has: a cheap look.
func hasHex(text string) bool {
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case lex.IsHexDigit(c):
			if digits++; digits == 2*leastKey {
				return true
			}
		case c != ' ' && c != ':' && c != '-' && c != 'x':
			digits = 0
		}
	}
	return false
}

// isOther reports whether a run of hex digits is an address, a UUID or the SPIs of an IKE SA.
func isOther(run string) bool {
	_, err := netip.ParseAddr(run)
	return err == nil || reUUID.MatchString(run) || reSPIPair.MatchString(run)
}

func isWordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
}

// groupsEnd is where groups of hex digits end that begin at i, and how many digits they have. A group that goes on in letters is none.
func groupsEnd(text string, i int) (end, digits int) {
	for end = i; i < len(text); {
		j := i
		for j < len(text) && lex.IsHexDigit(text[j]) {
			j++
		}
		if j-i < 2 || j < len(text) && isWordByte(text[j]) {
			return end, digits
		}
		digits += j - i
		end = j
		for k := 0; j < len(text) && k < 2 && strings.IndexByte(" :-", text[j]) >= 0; k++ {
			j++
		}
		if i = j; j == end {
			return end, digits
		}
	}
	return end, digits
}

// rePlaceholder is words in brackets.
var rePlaceholder = pattern(`<<[^<>]{1,40}>>|<[^<> ]{1,20}(?: [^<> ]{1,20}){1,5}>|\[[^\[\] ]{1,20}(?: [^\[\] ]{1,20}){1,5}\]`)

// oneWord makes one word of words in brackets that stand for a value, as all sources take it, in a text that has some (hasPhrase).
func oneWord(text string) string {
	if !goneSet.in(text) {
		return text
	}
	return rePlaceholder.ReplaceAllStringFunc(text, func(s string) string {
		if lex.IsRedacted(s) {
			return "REDACTED"
		}
		return s
	})
}

// hasPhrase reports whether brackets have several words in them, or stand twice, as rePlaceholder takes them: a cheap look.
func hasPhrase(text string) bool {
	for {
		open := strings.IndexByte(text, '<')
		if square := strings.IndexByte(text, '['); open < 0 || square >= 0 && square < open {
			open = square
		}
		if open < 0 {
			return false
		}
		i := open + 1
		for ; i < len(text) && text[i] != '>' && text[i] != ']'; i++ {
			if text[i] == ' ' || text[i] == '<' && text[i-1] == '<' {
				return true
			}
		}
		text = text[i:]
	}
}

// noAlgorithm is in lines of VPP that have "[redacted]" for a key that there is none of.
const noAlgorithm = " alg none key "

// redaction notes a value that was taken out.
func (h *hunt) redaction(l line) {
	if len(h.gone) >= maxSuspects || !mayBeKeyWord.in(l.text) || !goneSet.in(l.text) || strings.Contains(l.text, noAlgorithm) {
		return
	}
	for _, m := range reGone.FindAllStringSubmatch(l.text, 8) {
		words := lex.ShellWords(strings.TrimRight(m[2], ";,"))
		if lex.RedactedWords(words) > 0 && !strings.EqualFold(m[1], "cipher") || len(words) > 0 && lex.IsRedacted(words[0].Text) {
			h.gone = append(h.gone, suspect{num: l.num, near: nearWord(m[1])})
			return
		}
	}
}

// warn adds the redactions that no source has told of.
func (h *hunt) warn(b *secret.Bag) {
	for _, g := range h.gone {
		if !slices.ContainsFunc(b.Warnings, func(w secret.Warning) bool { return w.Line == g.num }) {
			b.Warnings = append(b.Warnings, secret.Warning{File: h.file, Line: g.num, Text: g.near + ": " + lex.ErrRedacted.Error()})
		}
	}
}

// shared are so many bytes that two values have in common by chance only.
const shared = 8

// unread are the suspects whose value is in no secret of a bag, whole or in part.
func (h *hunt) unread(b *secret.Bag) (list []secret.Unread) {
	windows := make(map[[shared]byte][]int)
	for i, s := range h.found {
		for at := 0; at+shared <= len(s.value); at++ {
			k := [shared]byte(s.value[at:])
			windows[k] = append(windows[k], i)
		}
	}
	known := make([]bool, len(h.found))
	look := func(value []byte) {
		for at := 0; at+shared <= len(value); at++ {
			k := [shared]byte(value[at:])
			if list, ok := windows[k]; ok {
				for _, i := range list {
					known[i] = true
				}
				delete(windows, k) // bytes that repeat are in all of many values
			}
		}
	}
	if len(windows) > 0 && b != nil {
		for i := range b.Secrets {
			look(b.Secrets[i].Value)
		}
		for i := range b.SAs {
			look(b.SAs[i].CipherKey)
			look(b.SAs[i].MACKey)
		}
	}
	for i, s := range h.found {
		if !known[i] {
			list = append(list, secret.Unread{File: h.file, Line: s.num, Near: s.near, Bytes: len(s.value)})
		}
	}
	return list
}
