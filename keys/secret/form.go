package secret

import (
	"bytes"
	"encoding/hex"
	"slices"
	"unicode/utf8"
)

// A Form is a way in which two pre-shared keys differ that were meant to be the same. The zero value: in none of these.
type Form uint8

// The forms, the likeliest first.
const (
	TrailingBlank   Form = iota + 1 // a blank or tab at the end of one
	TrailingNewline                 // a line end at the end of one
	LeadingBlank                    // a blank or tab before one
	Quotes                          // quotation marks around one
	Hex                             // one is the hex digits of the other, with 0x or without
	Encoding                        // Latin-1 and UTF-8
	Case                            // upper and lower case
)

// FormOf tells how two keys differ.
func FormOf(a, b []byte) Form {
	for _, pair := range [][2][]byte{{a, b}, {b, a}} {
		for f, v := range Forms(pair[0]) {
			if bytes.Equal(v, pair[1]) {
				return f
			}
		}
	}
	if !bytes.Equal(a, b) && bytes.EqualFold(a, b) {
		return Case
	}
	return 0
}

// Forms are a key in the other forms that it may have on the peer, each with what differs.
func Forms(key []byte) func(yield func(Form, []byte) bool) {
	join := func(parts ...string) []byte {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	k := string(key)
	return func(yield func(Form, []byte) bool) {
		list := []struct {
			form  Form
			value []byte
		}{
			{TrailingBlank, join(k, " ")}, {TrailingBlank, join(k, "\t")}, {TrailingBlank, bytes.TrimRight(key, " \t")},
			{TrailingNewline, join(k, "\n")}, {TrailingNewline, join(k, "\r\n")}, {TrailingNewline, join(k, "\r")}, {TrailingNewline, bytes.TrimRight(key, "\r\n")},
			{LeadingBlank, join(" ", k)}, {LeadingBlank, join("\t", k)}, {LeadingBlank, bytes.TrimLeft(key, " \t")},
			{Quotes, join(`"`, k, `"`)}, {Quotes, join("'", k, "'")}, {Quotes, unquoted(key)},
			{Hex, join(hex.EncodeToString(key))}, {Hex, join("0x", hex.EncodeToString(key))}, {Hex, bytes.ToUpper(join(hex.EncodeToString(key)))},
			{Hex, fromHex(key)}, {Hex, join("0x", k)}, {Hex, bytes.TrimPrefix(key, []byte("0x"))},
			{Encoding, toUTF8(key)}, {Encoding, toLatin1(key)},
			{Case, bytes.ToLower(key)}, {Case, bytes.ToUpper(key)},
		}
		for _, x := range list {
			if len(x.value) > 0 && !bytes.Equal(x.value, key) && !yield(x.form, x.value) {
				return
			}
		}
	}
}

func unquoted(key []byte) []byte {
	n := len(key)
	if n > 2 && key[0] == key[n-1] && (key[0] == '"' || key[0] == '\'') {
		return key[1 : n-1]
	}
	return nil
}

func fromHex(key []byte) []byte {
	b, err := hex.DecodeString(string(bytes.TrimPrefix(key, []byte("0x"))))
	if err != nil {
		return nil
	}
	return b
}

// toUTF8 takes each byte for a character of Latin-1.
func toUTF8(key []byte) (b []byte) {
	for _, c := range key {
		b = utf8.AppendRune(b, rune(c))
	}
	return b
}

// toLatin1 is the reverse; nil where a character is not in Latin-1.
func toLatin1(key []byte) (b []byte) {
	if !utf8.Valid(key) || slices.ContainsFunc([]rune(string(key)), func(r rune) bool { return r > 0xff }) {
		return nil
	}
	for _, r := range string(key) {
		b = append(b, byte(r))
	}
	return b
}
