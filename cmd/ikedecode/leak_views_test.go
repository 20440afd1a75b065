package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A leakView is one way to look at an output.
type leakView struct {
	name string
	of   func(output []byte) []byte
	// write writes some bytes of a secret as they are in the view.
	write func(part []byte) []byte
	n     int   // how many bytes of a secret are looked for
	words []int // the bytes of a secret are also turned round, in words of so many; 0: all of them
}

const (
	leakLen       = 8 // bytes of a secret that are looked for
	leakBase64Len = 6 // of which base64 makes eight letters, wherever they begin
)

var leakViews = []leakView{
	{"bytes", asIs, asIs, leakLen, nil},
	{"UTF-16", asIs, wide, leakLen, nil},
	{"escapes", unescapedView, asIs, leakLen, nil},
	{"decimal numbers", decimalView, decimals, leakLen, nil},
	{"base64", base64View, func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }, leakBase64Len, nil},
	{"hex digits", hexView, func(b []byte) []byte { return []byte(hex.EncodeToString(b)) }, leakLen, []int{2, 4, 8, 0}},
}

func asIs(b []byte) []byte { return b }

func wide(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, c, 0)
	}
	return out
}

// turned has the bytes of each word in reverse; 0: of all. What is no whole word is left out.
func turned(b []byte, word int) []byte {
	if word == 0 {
		word = max(len(b), 1)
	}
	b = bytes.Clone(b[:len(b)/word*word])
	for c := b; len(c) > 0; c = c[word:] {
		slices.Reverse(c[:word])
	}
	return b
}

// hexView has the digits of hex alone, in lower case, without what programs write between them; anything else is a bar.
func hexView(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		next := byte(0)
		if i+1 < len(b) {
			next = b[i+1] | 0x20
		}
		switch c := b[i] | 0x20; {
		case b[i] == '0' && next == 'x', b[i] == '\\' && next == 'x':
			i++
		case b[i] == '\\' && next == 'u' && bytes.HasPrefix(b[i+2:], []byte("00")):
			i += 3
		case '0' <= b[i] && b[i] <= '9', 'a' <= c && c <= 'f':
			out = append(out, c)
		case strings.IndexByte(" \t\r\n:-.,;_%\"'()[]{}", b[i]) >= 0:
		case len(out) > 0 && out[len(out)-1] != '|':
			out = append(out, '|')
		}
	}
	return out
}

// decimalView has decimal numbers with one blank between and around them; anything else but what stands in lists is a bar.
func decimalView(b []byte) []byte {
	out := make([]byte, 1, len(b)+2)
	out[0] = ' '
	for _, c := range b {
		switch last := out[len(out)-1]; {
		case '0' <= c && c <= '9':
			out = append(out, c)
		case strings.IndexByte(" \t\r\n,;[](){}", c) >= 0:
			if last != ' ' {
				out = append(out, ' ')
			}
		case last != '|':
			out = append(out, '|')
		}
	}
	return append(out, ' ')
}

func decimals(b []byte) []byte {
	out := []byte{' '}
	for _, c := range b {
		out = append(strconv.AppendUint(out, uint64(c), 10), ' ')
	}
	return out
}

// base64View is without line breaks, and in the alphabet of RFC 4648, section 4.
func base64View(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		switch c {
		case '\n', '\r':
		case '-':
			out = append(out, '+')
		case '_':
			out = append(out, '/')
		default:
			out = append(out, c)
		}
	}
	return out
}

var htmlNumber = regexp.MustCompile(`&#[0-9]{1,3};`)

// unescapedView has the bytes that the escapes of C, Go, JSON, HTML and URLs stand for.
func unescapedView(b []byte) []byte {
	if bytes.IndexByte(b, '&') >= 0 {
		b = htmlNumber.ReplaceAllFunc(b, func(m []byte) []byte {
			if n, err := strconv.ParseUint(string(m[2:len(m)-1]), 10, 8); err == nil {
				return []byte{byte(n)}
			}
			return m
		})
		b = []byte(html.UnescapeString(string(b)))
	}
	out := make([]byte, 0, len(b))
	number := func(at, digits, base int) (byte, bool) {
		if at+digits > len(b) {
			return 0, false
		}
		n, err := strconv.ParseUint(string(b[at:at+digits]), base, 16)
		return byte(n), err == nil && n <= 0xff
	}
	for i := 0; i < len(b); i++ {
		if b[i] == '%' {
			if c, ok := number(i+1, 2, 16); ok {
				out = append(out, c)
				i += 2
				continue
			}
		}
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		for _, form := range []struct {
			letter             byte // 0: none
			skip, digits, base int
		}{{'x', 1, 2, 16}, {'u', 1, 4, 16}, {0, 0, 3, 8}} {
			if form.letter != 0 && b[i] != form.letter {
				continue
			}
			if c, ok := number(i+form.skip, form.digits, form.base); ok {
				out = append(out, c)
				i += form.skip + form.digits
				break
			}
		}
		if i < len(b) && b[i-1] == '\\' { // a letter stands for itself, or for a control character
			c := b[i]
			if at := strings.IndexByte("abfnrtv", c); at >= 0 {
				c = "\a\b\f\n\r\t\v"[at]
			}
			out = append(out, c)
		} else {
			i--
		}
	}
	return out
}
