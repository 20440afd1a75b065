package source

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// What no source reads may hold keys all the same: notes, tables, arrays of a program, the output of a box that nobody has described. Its SPIs are
// taken, and the numbers in hex beside each that are as long as keys, whatever they are called:
//
//	SA from 192.0.2.1 to 192.0.2.2, SPI 0xc203f085: AES-128-CBC key a811..., HMAC-SHA-256 key 45e0...
//
//	| 0xc203f085 | AES-CBC | `a811...` | SHA-256 | `45e0...` |
//
//	uint8_t enc[] = { 0xa8, 0x11, ... }; /* SPI 0xc203f085 */
//
// Packets tell which is which: a number is a key where it makes the ICV of one, or decrypts it (esp.Guesser).

const (
	guessName     = "unknown format"
	leastGuess    = 16   // bytes of a key that makes ICVs
	guessDES      = 8    // of one that is beside such a key
	mostGuess     = 100  // of an encryption and an authentication key in one number
	mostNumber    = 1024 // of a DH secret
	guessValues   = 8    // numbers beside an SPI
	guessSPIs     = 4    // that stand together, before their keys or behind them
	guessNumbers  = 32   // that may be keys of IKE, in a text
	mostGuesses   = 1000 // in a text
	farthestGuess = 4096 // characters between an SPI and a number
)

var (
	// reGuessSPI is an SPI that the text calls so, or a number that looks like one.
	reGuessSPI = pattern(`(?i)\bspi\b[^0-9a-z\n]{0,6}(?:0x([0-9a-f]{1,8})|([0-9a-f]{6,10}))\b|\b0x([0-9a-f]{7,8})\b`)
	// reGuessValue is a number of some length in hex or Base64: in one piece, in groups, or as the bytes of an array, which may be decimal.
	reGuessValue = pattern(`(?i)(?:\\x[0-9a-f]{2}){8,}|\b[0-9a-z+/]{11,}={1,2}|\b(?:(?:0x[0-9a-f]{1,2}[ \t\n]*,[ \t\n]*){7,}0x[0-9a-f]{1,2}|(?:0x)?[0-9a-f]{16,}|` +
		`[0-9a-f]{2}(?:[ :-][0-9a-f]{2}){7,}|[0-9a-f]{4}(?:[ :-][0-9a-f]{4}){7,}|(?:0x)?[0-9a-f]{8}(?:[ :-](?:0x)?[0-9a-f]{8}){3,}|\d{1,3}(?:(?: |, ?)\d{1,3}){7,})\b`)
)

// A guessToken is an SPI, or several readings of one, or a number of a text.
type guessToken struct {
	at    int // of the text
	spis  []uint32
	value []byte
}

// guesses are the SPIs of a text with the numbers that may be their keys.
func guesses(name string, lines []line) (list []esp.Guess) {
	text := joinedText(lines)
	tokens := append(guessedValues(text, mostGuess), guessedSPIs(text)...)
	slices.SortStableFunc(tokens, func(a, b guessToken) int { return cmp.Compare(a.at, b.at) })
	take := func(spis []uint32, values [][]byte, at int) {
		source := esp.Source{Name: name, Line: lines[strings.Count(text[:at], "\n")].num}
		for _, spi := range spis {
			list = append(list, esp.Guess{SPI: spi, Values: values, Source: source})
		}
	}
	if len(tokens) > 0 && tokens[0].spis == nil { // the text may name an SPI behind its keys
		slices.Reverse(tokens)
		eachGuess(tokens, take)
		slices.Reverse(tokens)
	}
	eachGuess(tokens, take)
	return list[:min(len(list), mostGuesses)]
}

// eachGuess gives the SPIs that stand together, with the values behind them.
func eachGuess(tokens []guessToken, take func(spis []uint32, values [][]byte, at int)) {
	for i := 0; i < len(tokens); {
		first := &tokens[i]
		var spis []uint32
		for ; i < len(tokens) && tokens[i].spis != nil; i++ {
			spis = append(spis, tokens[i].spis...)
		}
		var values [][]byte
		for ; i < len(tokens) && tokens[i].spis == nil; i++ {
			if away := tokens[i].at - first.at; len(values) < guessValues && max(away, -away) <= farthestGuess {
				values = append(values, tokens[i].value)
			}
		}
		slices.Sort(spis)
		long := slices.ContainsFunc(values, func(b []byte) bool { return len(b) >= leastGuess })
		if spis = slices.Compact(spis); long && len(spis) <= 2*guessSPIs {
			take(spis, values, first.at)
		}
	}
}

// reAboutKeys is a word of a text that may be about keys of IKE: not every list of numbers is.
var reAboutKeys = pattern(`(?i)\b(?:ikev?[12]?|isakmp|phase ?1|secret|[a-z_]*keys?)\b`)

// guess is what may be keys in a text that no source reads; nil: nothing. beside says that some stand beside words for keys.
func (p *pass) guess(beside bool) *secret.Bag {
	b := new(secret.Bag)
	p.addGuesses(b)
	p.addNumbers(b, beside)
	values := make(map[string]bool)
	for _, g := range b.Guesses {
		for _, v := range g.Values {
			values[string(v)] = true
		}
	}
	for _, n := range b.Numbers {
		values[string(n.Value)] = true
	}
	if len(values) == 0 {
		return nil
	}
	b.Formats = []secret.Format{{File: p.name, Name: guessName, Count: len(values)}}
	b.Warnings = []secret.Warning{{File: p.name, Tried: true, Text: guessName + ": its numbers are tried as keys, and used only if a packet or an IKE message proves them"}}
	return b
}

// addNumbers adds to a bag what may be keys of IKE, where the text is about keys.
func (p *pass) addNumbers(b *secret.Bag, about bool) {
	if !p.whole || p.lines.cutAt > 0 {
		return
	}
	text := joinedText(p.sample)
	if !about && !reAboutKeys.MatchString(text) {
		return
	}
	for _, t := range guessedValues(text, mostNumber) {
		if len(b.Numbers) == guessNumbers {
			break
		}
		if len(t.value) >= leastGuess {
			line := p.sample[strings.Count(text[:t.at], "\n")].num
			b.Numbers = append(b.Numbers, secret.Number{Value: t.value, Origin: secret.Origin{File: p.name, Line: line, Label: "a number"}})
		}
	}
}

// joinedText is the text of lines.
func joinedText(lines []line) string {
	var all strings.Builder
	for _, l := range lines {
		all.WriteString(l.text)
		all.WriteByte('\n')
	}
	return all.String()
}

// addGuesses adds to a bag what may be keys of other SPIs than those of its SAs.
func (p *pass) addGuesses(b *secret.Bag) {
	if !p.whole || p.lines.cutAt > 0 {
		return
	}
	for _, g := range guesses(p.name, p.sample) {
		if !slices.ContainsFunc(b.SAs, func(s esp.Params) bool { return s.SPI == g.SPI }) {
			b.Guesses = append(b.Guesses, g)
		}
	}
}

// guessedSPIs are the SPIs of a text. Without 0x eight digits may be decimal or hex.
func guessedSPIs(text string) (list []guessToken) {
	for _, m := range reGuessSPI.FindAllStringSubmatchIndex(text, -1) {
		t := guessToken{at: m[0]}
		for group, bases := range [][]int{1: {16}, 2: {16, 10}, 3: {16}} {
			if len(bases) == 0 || m[2*group] < 0 {
				continue
			}
			for _, base := range bases {
				if spi, err := strconv.ParseUint(text[m[2*group]:m[2*group+1]], base, 32); err == nil && spi > 255 { // those below are reserved (RFC 4303, section 2.1)
					t.spis = append(t.spis, uint32(spi))
				}
			}
		}
		if t.spis != nil {
			list = append(list, t)
		}
	}
	return list
}

// guessedValues are the numbers of a text that are as long as keys, at most so many bytes.
func guessedValues(text string, most int) (list []guessToken) {
	for _, m := range reGuessValue.FindAllStringIndex(text, -1) {
		if b := guessedBytes(text[m[0]:m[1]]); len(b) == guessDES || len(b) >= leastGuess && len(b) <= most {
			list = append(list, guessToken{at: m[0], value: b})
		}
	}
	return list
}

// guessedBytes are those of a number in one of its forms; nil where it has half a byte.
func guessedBytes(number string) []byte {
	if strings.HasSuffix(number, "=") {
		b, _ := base64.StdEncoding.DecodeString(number)
		return b
	}
	words := strings.FieldsFunc(number, func(r rune) bool { return strings.ContainsRune(" \t\n,:-\\", r) })
	if !strings.ContainsAny(number, "xX") && (strings.Contains(number, ",") || slices.ContainsFunc(words, func(s string) bool { return len(s) == 3 })) {
		return decimalBytes(words)
	}
	var digits strings.Builder
	for _, word := range words {
		if at := strings.IndexAny(word, "xX"); at >= 0 {
			if word = word[at+1:]; len(word) == 1 {
				word = "0" + word
			}
		}
		digits.WriteString(word)
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		return nil
	}
	return b
}

// decimalBytes are the bytes of an array in decimal; nil where one is none.
func decimalBytes(words []string) []byte {
	b := make([]byte, len(words))
	for i, word := range words {
		n, err := strconv.ParseUint(word, 10, 8)
		if err != nil {
			return nil
		}
		b[i] = byte(n)
	}
	return b
}
