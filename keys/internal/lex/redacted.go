package lex

import "strings"

// IsRedacted reports whether text stands in the place of a value that was taken out: a word for that (REDACTED, <hidden>, <<Keys hidden>>, n/a),
// one character again and again (****, xxxxxxxx, 0xXX:XX), an ellipsis, a value with part of its digits so (0x4f3a****, 4f3a...), or
// what libreswan's tests print (0xENCAUTHKEY). Zeros and other digits are none: people type such keys, and a program that prints zeros for a key
// is known by its output.
func IsRedacted(text string) bool {
	const longest = 512
	t := strings.Trim(strings.TrimSpace(text), `"'`)
	if t == "" || len(t) > longest {
		return len(t) > longest && strings.Contains(t, "****")
	}
	if strings.HasPrefix(t, "<<") || strings.Contains(t, "SECRET-DATA") || strings.Contains(t, "***") || strings.HasPrefix(t, "**") {
		return true
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(t, "0x"), "0X")
	return isMasked(bare) || isPlaceholder(bare, bare != t)
}

// maskRunes are what people and programs put in the place of each digit.
const maskRunes = "xX*#?.\u2022\u25cf\u2026\u2588_"

// isMasked reports whether s is mask characters, alone or beside hex digits, in groups or not. Beside digits there are at least three of one kind,
// or an ellipsis.
func isMasked(s string) bool {
	masks, digits, run := 0, 0, 0
	var last rune
	enough := false
	for _, r := range s {
		switch {
		case strings.ContainsRune(" :-,\t", r):
		case strings.ContainsRune(maskRunes, r):
			masks++
			if run++; r != last {
				run = 1
			}
			enough = enough || run >= 3 || r == '\u2026'
		case r < 0x80 && IsHexDigit(byte(r)):
			digits++
			run = 0
		default:
			return false
		}
		last = r
	}
	return enough || digits == 0 && masks >= 2
}

// redactedWords say that a value was taken out; placeWords may stand beside them.
var (
	redactedWords = map[string]bool{"redacted": true, "hidden": true, "removed": true, "masked": true, "omitted": true, "censored": true, "sanitized": true, "sanitised": true,
		"scrubbed": true, "stripped": true, "suppressed": true, "concealed": true, "obscured": true, "obfuscated": true, "anonymized": true, "anonymised": true, "withheld": true, "snipped": true, "snip": true, "undisclosed": true}
	placeWords = map[string]bool{"key": true, "keys": true, "secret": true, "secrets": true, "value": true, "password": true, "psk": true, "preshared": true, "pre": true, "shared": true,
		"was": true, "is": true, "are": true, "by": true, "for": true, "security": true, "privacy": true, "reasons": true, "auth": true, "enc": true, "here": true, "data": true, "hex": true, "your": true, "the": true}
	pluto = map[string]bool{"ENCAUTHKEY": true, "ENCKEY": true, "AUTHKEY": true, "HASHKEY": true, "KEY": true}
)

// isPlaceholder reports whether s is words that stand for a value. Brackets around a word that is no value by itself, as in <secret>, make it one.
func isPlaceholder(s string, hex bool) bool {
	if hex && pluto[s] {
		return true
	}
	bracketed := len(s) > 2 && s[0] == '<' && s[len(s)-1] == '>' || len(s) > 4 && strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}")
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !('a' <= r && r <= 'z') })
	switch joined := strings.Join(words, " "); {
	case len(words) == 0:
		return false
	case (joined == "n a" || joined == "not available" || joined == "not shown" || joined == "not displayed" || joined == "not printed") && !strings.ContainsAny(s, "0123456789"):
		return joined != "n a" || strings.EqualFold(strings.Trim(s, "<>[](){}"), "n/a")
	}
	said := false
	for _, w := range words {
		w = repeated(w)
		if !redactedWords[w] && !placeWords[w] {
			return false
		}
		said = said || redactedWords[w]
	}
	return (said || bracketed) && !strings.ContainsAny(s, "0123456789")
}

// repeated is the word that s is again and again, as often as the value was long, or s.
func repeated(s string) string {
	const shortest = 4
	for n := shortest; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

// RedactedWords is how many words at the front of a list stand in the place of one value that was taken out: 3 for "[key was redacted]"; 0 where
// none does.
func RedactedWords(words []Field) int {
	const most = 6
	text := ""
	for i, w := range words[:min(most, len(words))] {
		text = strings.TrimSpace(text + " " + w.Text)
		open := text[:min(1, len(text))]
		closer := map[string]string{"<": ">", "[": "]", "(": ")", "{": "}", "*": "*"}[open]
		switch {
		case IsRedacted(text):
			if open == "<" && !strings.HasSuffix(text, ">") { // "<<Keys" of "<<Keys hidden>>"
				continue
			}
			return i + 1
		case closer == "" || i > 0 && strings.HasSuffix(text, closer):
			return 0
		}
	}
	if strings.HasPrefix(text, "<<") {
		return 1
	}
	return 0
}
