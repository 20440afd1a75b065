package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// A leak search finds secrets in outputs, whatever the way in which they are written: whole, or any 8 bytes of them in a row. An output is turned into
// some views, in each of which several ways to write are the same; each view is passed over once, whatever the number of secrets is.

// A secretClass is a set of kinds of secrets, for what an output may hold.
type secretClass uint8

const (
	preClass     secretClass = 1 << iota // what outlives a session: pre-shared keys
	userClass                            // passwords of users
	masterClass                          // what keys are derived from
	messageClass                         // the keys of IKE messages
	espClass                             // the keys of ESP and AH
	allClasses   = secretClass(1<<iota) - 1
)

// A plant is a secret to be looked for. Text of fewer than leakLen bytes is found as a whole word only.
type plant struct {
	what  string // for failures, which never print the value
	class secretClass
	value []byte
}

// A leakPattern is a part of a secret, as it is written in a view.
type leakPattern struct {
	text  string
	class secretClass // of all secrets that have this part
	plant *plant      // one of them
}

// A leakSearch looks for secrets.
type leakSearch struct {
	views []leakFinder
	words []plant // short ones, as words
}

// A leakFinder finds the patterns of one view by their first 8 bytes.
type leakFinder struct {
	view     *leakView
	patterns map[uint64][]*leakPattern
	maybe    [1 << 10]uint64 // a bit for each hash of a key of patterns
}

const hashBits = 16

func leakHash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> (64 - hashBits) }

// newLeakSearch readies a search. Parts that tell nothing are left out: those with fewer than four different bytes, those that public has, and text
// that the program says whatever the secrets are.
func newLeakSearch(plants []plant, public [][]byte, said string) *leakSearch {
	s := &leakSearch{}
	known := make(map[string]bool) // parts that are public
	raw := leakFinder{view: &leakViews[0], patterns: make(map[uint64][]*leakPattern)}
	parts := func(value []byte, n int, do func(part []byte)) {
		for i := 0; i+n <= len(value); i++ {
			do(value[i : i+n])
		}
	}
	for i := range plants {
		parts(plants[i].value, leakLen, func(p []byte) { raw.add(p, &plants[i]) })
	}
	for _, b := range public {
		raw.find(b, func(_ int, p *leakPattern) { known[p.text] = true })
	}
	tells := func(part []byte) bool {
		const least = 4 // different bytes
		var seen [256]bool
		n := 0
		for _, c := range part {
			if !seen[c] {
				seen[c] = true
				n++
			}
		}
		return n >= min(least, len(part)) && !known[string(part)] && !(isText(part) && strings.Contains(said, string(part)))
	}
	for i := range leakViews {
		v := &leakViews[i]
		f := leakFinder{view: v, patterns: make(map[uint64][]*leakPattern)}
		for k := range plants {
			p := &plants[k]
			if len(p.value) < leakLen {
				continue
			}
			values := [][]byte{p.value}
			for _, word := range v.words {
				values = append(values, turned(p.value, word))
			}
			for _, value := range values {
				for at := 0; at+leakLen <= len(value); at++ {
					if !tells(value[at : at+leakLen]) {
						continue
					}
					for k := at; k+v.n <= at+leakLen; k++ {
						f.add(v.write(value[k:k+v.n]), p)
					}
				}
			}
		}
		s.views = append(s.views, f)
	}
	for i := range plants {
		if v := plants[i].value; len(v) < leakLen && len(v) > 0 && (!isText(v) || !containsWord([]byte(said), v)) {
			s.words = append(s.words, plants[i])
		}
	}
	return s
}

// add adds a pattern of 8 bytes or more.
func (f *leakFinder) add(text []byte, p *plant) {
	key := binary.LittleEndian.Uint64(text)
	for _, have := range f.patterns[key] {
		if have.text == string(text) {
			have.class |= p.class
			return
		}
	}
	f.patterns[key] = append(f.patterns[key], &leakPattern{string(text), p.class, p})
	h := leakHash(key)
	f.maybe[h/64] |= 1 << (h % 64)
}

// find finds all patterns in a view.
func (f *leakFinder) find(b []byte, hit func(at int, p *leakPattern)) {
	for i := 0; i+8 <= len(b); i++ {
		key := binary.LittleEndian.Uint64(b[i:])
		if h := leakHash(key); f.maybe[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		for _, p := range f.patterns[key] {
			if len(p.text) <= len(b)-i && string(b[i:i+len(p.text)]) == p.text {
				hit(i, p)
			}
		}
	}
}

// leaks are the secrets in an output that it may not hold, a line for each.
func (s *leakSearch) leaks(output []byte, may secretClass) (list []string) {
	seen := make(map[*plant]bool)
	told := func(p *plant, how string) {
		if !seen[p] {
			seen[p] = true
			list = append(list, p.what+", as "+how)
		}
	}
	for i := range s.views {
		f := &s.views[i]
		f.find(f.view.of(output), func(_ int, p *leakPattern) {
			if p.class&may == 0 {
				told(p.plant, f.view.name)
			}
		})
	}
	return list
}

// wordLeaks are the short secrets in a text.
func (s *leakSearch) wordLeaks(text []byte, may secretClass) (list []string) {
	plain := unescapedView(text)
	for i := range s.words {
		p := &s.words[i]
		if p.class&may != 0 {
			continue
		}
		forms := [][]byte{p.value, wide(p.value)}
		if len(p.value) > 2 {
			forms = append(forms, decimals(p.value))
		}
		if len(p.value) > 3 {
			forms = append(forms, []byte(hex.EncodeToString(p.value)), []byte(strings.ToUpper(hex.EncodeToString(p.value))),
				[]byte("0x"+hex.EncodeToString(p.value)), []byte(base64.StdEncoding.EncodeToString(p.value)))
		}
		if slices.ContainsFunc(forms, func(form []byte) bool {
			return containsWord(text, form) || containsWord(plain, form) || len(p.value) > 2 && bytes.Contains(decimalView(text), decimals(p.value))
		}) {
			list = append(list, p.what+", as a word")
		}
	}
	return list
}

// containsWord reports whether a text has something that no letters or digits stand beside.
func containsWord(text, word []byte) bool {
	for at := 0; ; at++ {
		i := bytes.Index(text[at:], word)
		if i < 0 {
			return false
		}
		at += i
		before, _ := utf8.DecodeLastRune(text[:at])
		after, _ := utf8.DecodeRune(text[at+len(word):])
		if !isWordRune(before) && !isWordRune(after) {
			return true
		}
	}
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isText(b []byte) bool {
	return utf8.Valid(b) && !slices.ContainsFunc([]rune(string(b)), func(r rune) bool { return !unicode.IsPrint(r) })
}

// The search finds a secret, and any 8 bytes of one, in each way in which it may be written, and nothing in what does not have it.
func TestLeakSearch(t *testing.T) {
	key := []byte("\x9b\xc6\x4e\x00\x81\xf2\x0a\x5c\xdd\x31\x77\xa8\x10\xee\x62\x95\xab\x04\xc9\x3f")
	text := []byte("häufig/geübt?")
	s := newLeakSearch([]plant{{"a key", espClass, key}, {"a text", preClass, text}, {"a short one", preClass, []byte("sekrit")}, {"a word", preClass, []byte("left")}}, nil, "turn left")
	h := hex.EncodeToString(key)
	spaced := func(s string, n int, sep string) string {
		var parts []string
		for ; len(s) > n; s = s[n:] {
			parts = append(parts, s[:n])
		}
		return strings.Join(append(parts, s), sep)
	}
	words := func(n int, format string) (out string) {
		for b := key; len(b) >= n; b = b[n:] {
			v := uint64(0)
			for i, c := range b[:n] {
				v |= uint64(c) << (8 * i)
			}
			out += fmt.Sprintf(format, v)
		}
		return out
	}
	octal := ""
	for _, c := range key {
		octal += fmt.Sprintf(`\%03o`, c)
	}
	url, json, html := "", "", ""
	for _, c := range key {
		url += fmt.Sprintf("%%%02X", c)
		json += fmt.Sprintf(`\u%04x`, c)
		html += fmt.Sprintf("&#%d;", c)
	}
	forms := map[string]string{
		"bytes": string(key), "lower": h, "upper": strings.ToUpper(h), "colons": spaced(h, 2, ":"), "dashes": strings.ToUpper(spaced(h, 2, "-")), "blanks": spaced(h, 2, " "),
		"words of 4": spaced(h, 4, " "), "words of 8": "0x" + spaced(h, 8, " 0x"), "wrapped": spaced(h, 10, "\n   "), "C": `"\x` + spaced(h, 2, `\x`) + `"`,
		"array": "{0x" + spaced(h, 2, ", 0x") + "}", "hexdump -x": words(2, "%04x "), "words of 4 bytes turned": words(4, "0x%08x, "), "words of 8 bytes turned": words(8, "%016X"),
		"octal": octal, "Go": fmt.Sprintf("%q", key), "list": fmt.Sprint(key), "Go's syntax": fmt.Sprintf("%#v", key), "URL": url, "JSON": json, "HTML": html,
		"base64": base64.StdEncoding.EncodeToString(key), "second": base64.StdEncoding.EncodeToString(append([]byte{1}, key...)),
		"third": base64.URLEncoding.EncodeToString(append([]byte{1, 2}, key...)), "UTF-16": string(wide(key)), "big number, turned": fmt.Sprintf("%x", turned(key, 0)),
		"a part": h[14:30], "a part of the bytes": string(key[5:13]), "a part of a list": fmt.Sprint(key[7:16]),
	}
	for name, form := range forms {
		if got := s.leaks([]byte("<"+form+">"), 0); len(got) != 1 || !strings.HasPrefix(got[0], "a key, ") {
			t.Errorf("%s: %q", name, got)
		}
		if got := s.leaks([]byte(form), espClass|userClass); got != nil {
			t.Errorf("%s, which is allowed: %q", name, got)
		}
	}
	for _, form := range []string{string(text), strconv.Quote(string(text)), "h&auml;ufig/ge&uuml;bt?", base64.URLEncoding.EncodeToString(text)} {
		if got := s.leaks([]byte("psk: "+form+"\n"), espClass); len(got) != 1 {
			t.Errorf("%q: %q", form, got)
		}
	}
	for form, want := range map[string]int{"psk=sekrit;": 1, "sekrits": 0, "0x73656b726974": 1, "[115 101 107 114 105 116]": 1, "c2Vrcml0": 1, `sek\x72it`: 1, "s\x00e\x00k\x00r\x00i\x00t\x00": 1, "left": 0} {
		if got := s.wordLeaks([]byte(form), espClass); len(got) != want {
			t.Errorf("%q: %q, want %d", form, got, want)
		}
	}
	for _, nothing := range []string{h[:14], spaced(h[:14], 2, ":"), "", strings.Repeat("00", 200), strings.Repeat("the quick brown fox ", 50)} {
		if got := s.leaks([]byte(nothing), 0); got != nil {
			t.Errorf("%q: %q", nothing, got)
		}
	}
}
