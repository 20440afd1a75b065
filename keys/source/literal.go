package source

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// Bytes as programs print them:
//
//	b'\x8e\xe4...', b'8ee4...', bytes.fromhex('8ee4...'), bytes([0x8e, 0xe4, ...])      Python
//	[142 228 166 ...], []byte{0x8e, 0xe4, ...}                                         Go
//	[142, 228, 166, ...]                                                               JSON
//	"juSm..."                                                                          base64

// decodedAs is how Python 2 makes bytes of a string in hex or base64.
const decodedAs = `(?:\s*\.decode\(\s*["'](hex|base64)(?:_codec)?["']\s*\))?`

var (
	reStringBytes = pattern(`^((?:[A-Za-z_][A-Za-z_.0-9]*\(\s*)*)([bB]?)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")` + decodedAs)
	reListedBytes = pattern(`^(?:(?:bytes|bytearray)\(\s*|\[\]byte|\[\]uint8)?[\[({]([\s0-9a-fA-FxX,]*)[\])}]`)
)

// leastBytes are those of the shortest key of IPsec: fewer are something else.
const leastBytes = 8

// bytesLiteral is the value at the front of a text, and how many bytes of the text it takes; 0: there is none. Digits alone are not read here.
func bytesLiteral(text string) (value []byte, n int) {
	if m := reStringBytes.FindStringSubmatch(text); m != nil && m[1]+m[2]+m[5] != "" {
		raw := m[3] + m[4]
		value, ok := pythonBytes(m[1]+m[5], raw)
		if digits := strings.TrimPrefix(raw, "0x"); ok && m[1]+m[5] == "" && len(digits) >= 2*leastBytes && len(digits)%2 == 0 && lex.IsHex(digits) {
			value, _ = hex.DecodeString(digits) // hexlify gives bytes, too
		}
		if ok && (len(value) >= leastBytes || len(value) == 0) {
			return value, len(m[0])
		}
		return nil, 0
	}
	if m := reListedBytes.FindStringSubmatch(text); m != nil {
		if value, ok := listedBytes(m[1]); ok && len(value) >= leastBytes {
			return value, len(m[0])
		}
	}
	return nil, 0
}

// listedBytes is the value of a list of numbers, each a byte, with commas or blanks between.
func listedBytes(text string) (value []byte, ok bool) {
	for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		n, err := strconv.ParseUint(number, 0, 8)
		if err != nil {
			return nil, false
		}
		value = append(value, byte(n))
	}
	return value, len(value) > 0
}

// base64Key is the value of a text in base64 that is as long as keys are.
func base64Key(text string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	return b, err == nil && len(b) >= leastBytes
}

// pythonBytes is the value of a string in Python, which may be the argument of a function that reads hex or base64, or makes bytes of it.
func pythonBytes(function, text string) ([]byte, bool) {
	raw := pythonEscapes(text)
	digits := strings.Join(strings.Fields(strings.ReplaceAll(string(raw), ":", "")), "")
	asHex, err := hex.DecodeString(digits)
	makes := strings.TrimRight(function, "( ")
	switch {
	case strings.Contains(function, "hex"): // bytes.fromhex, unhexlify, a2b_hex, hex_bytes, decode_hex
		return asHex, err == nil
	case strings.Contains(function, "64"):
		b, err := base64.StdEncoding.DecodeString(string(raw))
		return b, err == nil
	case makes == "" || makes == "bytes" || makes == "bytearray" || makes == "raw":
		return raw, true
	}
	return asHex, err == nil && len(asHex) >= leastBytes // what a function by another name takes as hex digits
}

// pythonEscapes undoes the escape sequences of a string in Python.
func pythonEscapes(s string) []byte {
	simple := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		if c, ok := simple[s[i]]; ok {
			b = append(b, c)
			continue
		}
		if s[i] == 'x' && i+2 < len(s) {
			if v, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b = append(b, v...)
				i += 2
				continue
			}
		}
		b = append(b, '\\', s[i])
	}
	return b
}
