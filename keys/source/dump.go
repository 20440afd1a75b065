package source

import "strings"

// dumpRow reads one row of a strongSwan hex dump: a decimal offset, ": ", up to 16 upper-case bytes, two spaces and the
// same as ASCII (memory.c of libstrongswan):
//
//	16: 5B 86 9B 23 5B A3 E0 54 10 B0 D0 E4 77 03 32 1B  [..#[..T....w.2.
//
// The ASCII column can hold hex digits too, so no more than 16 bytes are taken, and none after the two spaces.
func dumpRow(text string) (offset int, row []byte, ok bool) {
	s := trimFront(text)
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		offset = offset*10 + int(s[i]-'0')
		if i++; i > 7 {
			return 0, nil, false
		}
	}
	s, isRow := strings.CutPrefix(s[i:], ": ")
	if i == 0 || !isRow || offset%16 != 0 {
		return 0, nil, false
	}
	for len(row) < 16 && len(s) >= 2 {
		hi, lo := upperNibble(s[0]), upperNibble(s[1])
		if hi < 0 || lo < 0 || len(s) > 2 && s[2] != ' ' {
			return 0, nil, false
		}
		row = append(row, byte(hi<<4|lo))
		if s = s[min(3, len(s)):]; s == "" || s[0] == ' ' {
			break
		}
	}
	return offset, row, len(row) > 0
}

// upperNibble is the value of an upper-case hex digit, -1 for anything else. Lower case is taken too: some viewers
// change it.
func upperNibble(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// dumpLabel splits "LABEL => N bytes @ 0xPTR", the first line of a strongSwan dump. Some people leave out where it is in memory.
func dumpLabel(text string) (label string, size int, ok bool) {
	i := strings.Index(text, " => ")
	if i < 0 {
		return "", 0, false
	}
	rest := text[i+4:]
	j := 0
	for j < len(rest) && '0' <= rest[j] && rest[j] <= '9' {
		size = size*10 + int(rest[j]-'0')
		if j++; j > 7 {
			return "", 0, false
		}
	}
	unit, at, _ := strings.Cut(rest[j:], " @")
	unit = trimBlanks(unit)
	return text[:i], size, j > 0 && (unit == " bytes" || unit == " byte") && (at == "" || at[0] == ' ')
}
