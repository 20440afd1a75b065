// Package lex splits and parses the text in which people and programs write keys: fields, quotes, hex.
package lex

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A field is one column of a line; a quoted one may hold spaces.
type Field struct {
	Text   string
	Quoted bool
}

// ErrOpenQuote is the error for a field without its closing quotation mark.
var ErrOpenQuote = errors.New("missing closing quotation mark")

// Fields splits at white space. Double quotes hold a field together, with \" and \\ inside; an unquoted field that
// starts with # begins a comment.
func Fields(s string) ([]Field, error) {
	var fields []Field
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == '#' {
			return fields, nil
		}
		if s[0] == '"' {
			text, n := Unquote(s)
			if n == 0 {
				return fields, ErrOpenQuote
			}
			fields = append(fields, Field{text, true})
			s = s[n:]
			continue
		}
		end := strings.IndexAny(s, " \t")
		if end < 0 {
			end = len(s)
		}
		fields = append(fields, Field{s[:end], false})
		s = s[end:]
	}
}

// Unquote reads the quoted text at the front of s and returns how many bytes it took, 0 if it is not closed.
func Unquote(s string) (string, int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

// Quote puts s in double quotes as Fields reads them.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Printable reports whether s is text that survives a line of the key log as it is.
func Printable(s string) bool {
	if !utf8.ValidString(s) || strings.Contains(s, "#012") {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || r == '\uFEFF' {
			return false
		}
	}
	return true
}

// Word returns the i-th word, "" if there are fewer.
func Word(w []Field, i int) string {
	if i >= len(w) {
		return ""
	}
	return w[i].Text
}

// ShellWords splits a line at white space, single and double quotes holding words together.
func ShellWords(s string) []Field {
	var words []Field
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return words
		}
		if s[0] == '\'' || s[0] == '"' {
			if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
				words = append(words, Field{s[1 : 1+end], true})
				s = s[end+2:]
				continue
			}
		}
		end := strings.IndexAny(s, " \t")
		if end < 0 {
			end = len(s)
		}
		words = append(words, Field{s[:end], false})
		s = s[end:]
	}
}
