package source

import (
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// Trackers, wikis and chats mark text, and people mark the keys in it.
//
//	{{src 192.0.2.1 dst 192.0.2.2}}
//	auth-trunc hmac(sha1) **0x7ebcefceb8bbe88b834575b804332c75** 96
//	{code}enc cbc(aes) {color:red}0x7ebcefceb8bbe88b834575b804332c75{color}

var (
	// reMarkup are the marks of Jira and Confluence for a block of text or a part of it.
	reMarkup = having(`\{\{|\}\}(?:\\\\)?|\{(?:code|noformat|color|panel|quote)(?::[^{}]{0,80})?\}`, "{{", "}}", "{code", "{noformat", "{color", "{panel", "{quote")
	// reMarkedHex is a number in hex with the marks of Markdown or brackets around it.
	reMarkedHex = pattern("(?:\\*{1,3}|_{2}|`{1,3}|~~|\\[|<)((?:0[xX])?[0-9a-fA-F]{16,})(?:\\*{1,3}|_{2}|`{1,3}|~~|\\]|>)")
)

// mayBeMarked is a cheap look for what they have.
func mayBeMarked(s string) bool { return strings.ContainsAny(s, "{*_`~[<") }

// mayBeMarkedHex is a cheap look for a mark with what may be a number behind it: logs are full of [IKE] and ctx_1.
func mayBeMarkedHex(s string) bool {
	const fewest = 16 // digits
	for i := 0; i+fewest < len(s); i++ {
		switch s[i] {
		case '*', '_', '`', '~', '[', '<':
			if lex.IsHexDigit(s[i+1]) && lex.IsHexDigit(s[i+fewest-1]) {
				return true
			}
		}
	}
	return false
}

func withoutMarks(s string) string {
	if !mayBeMarked(s) {
		return s
	}
	s = reMarkup.ReplaceAllString(s, "")
	if !mayBeMarkedHex(s) {
		return s
	}
	return reMarkedHex.ReplaceAllString(s, "$1")
}

// isMarked reports whether some text has such marks.
func isMarked(sample []line) bool {
	return slices.ContainsFunc(sample, func(l line) bool { return mayBeMarked(l.text) && withoutMarks(l.text) != l.text })
}
