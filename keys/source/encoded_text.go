package source

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// charBytes are those of a row of od -c: an offset in octal or none, and four columns for each, a character, an escape or three octal digits.
//
//	0000000   s   r   c       1   9   2  \n 303
func charBytes(line string) (b []byte, ok bool) {
	const offset, cell, most = 7, 4, 16
	isOctal := func(c byte) bool { return '0' <= c && c <= '7' }
	if n := runEnd(line, 0, isOctal); n == offset {
		if line = line[n:]; line == "" { // the size
			return nil, true
		}
	}
	for len(line)%cell != 0 { // blanks at the end were taken off
		line += " "
	}
	for ; line != "" && len(b) < most; line = line[cell:] {
		front, c := line[:cell-1], line[cell-1]
		octal, err := strconv.ParseUint(line[1:cell], 8, 8)
		switch {
		case front == "   ":
			b = append(b, c)
		case front == `  \` && strings.IndexByte("0abfnrtv", c) >= 0:
			b = append(b, pythonEscapes(`\`+string(c))...)
		case line[0] == ' ' && isOctal(line[1]) && err == nil:
			b = append(b, byte(octal))
		default:
			return nil, false
		}
	}
	return b, line == "" && len(b) > 0
}

// arrayBytes are those of a line of an array in C, as xxd -i prints it.
//
//	unsigned char keys_txt[] = {
//	  0x73, 0x72, 0x63,
func arrayBytes(line string) (b []byte, ok bool) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "unsigned ") || strings.HasPrefix(line, "const ") || strings.HasPrefix(line, "static ") || line == "};" {
		return nil, true
	}
	for number := range strings.SplitSeq(strings.TrimSuffix(line, ","), ",") {
		digits, ok := strings.CutPrefix(strings.TrimSpace(number), "0x")
		n, err := strconv.ParseUint(digits, 16, 8)
		if !ok || err != nil || len(digits) != 2 {
			return nil, false
		}
		b = append(b, byte(n))
	}
	return b, true
}

// percentEncoded is a text that is escaped for an address of the web, or the fields of a form.
//
//	text=src%20192.0.2.1%20dst%20192.0.2.2%0A&lang=text
func percentEncoded(text []byte) []byte {
	const few = 8
	s := strings.TrimSpace(string(text))
	if strings.Count(s, "%") < few && !strings.Contains(s, "%0A") || strings.ContainsAny(s, " \t\"") {
		return nil
	}
	if at := strings.LastIndexByte(s, '%'); at+2 >= len(s) { // the front of a file may end in one
		s = s[:at]
	}
	unescape := url.QueryUnescape
	if strings.Contains(s, "%20") {
		unescape = url.PathUnescape // a plus is one
	}
	var b strings.Builder
	for field := range strings.SplitSeq(s, "&") {
		if name, value, ok := strings.Cut(field, "="); ok && !strings.Contains(name, "%") {
			field = value
		}
		plain, err := unescape(field)
		if err != nil {
			return nil
		}
		b.WriteString(strings.TrimSuffix(plain, "\n") + "\n")
	}
	return []byte(b.String())
}

// sedLines is a text as sed -n l shows it: each line ends in $, a long one goes on behind a backslash, and what cannot be seen is escaped.
func sedLines(text []byte) []byte {
	var b strings.Builder
	escaped, ended := false, false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		part, broken := strings.CutSuffix(line, `\`)
		if broken && strings.HasSuffix(part, `\`) {
			return nil
		}
		if !broken {
			whole, ends := strings.CutSuffix(line, "$")
			if !ends {
				return nil
			}
			part, ended = whole+"\n", true
		}
		if strings.Contains(part, `\n`) { // sed shows no line break so
			return nil
		}
		escaped = escaped || broken || strings.Contains(part, `\t`)
		b.Write(pythonEscapes(part))
	}
	if !escaped || !ended {
		return nil
	}
	return []byte(b.String())
}

// terminalRecord is what a program wrote to a terminal, as asciinema records it: behind a line of settings, a list for each piece.
//
//	[0.012, "o", "src 192.0.2.1 dst 192.0.2.2\r\n"]
func terminalRecord(text []byte) []byte {
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	if !bytes.HasPrefix(head, []byte("{")) || !bytes.Contains(head, []byte(`"version"`)) {
		return nil
	}
	var b strings.Builder
	for line := range bytes.Lines(rest) {
		var event []any
		if json.Unmarshal(line, &event) != nil || len(event) != 3 {
			return nil
		}
		if piece, ok := event[2].(string); ok && event[1] == "o" {
			b.WriteString(piece)
		}
	}
	return []byte(b.String())
}

// countedMessages are the messages of syslog over TCP without line breaks, each behind its length (RFC 6587, section 3.4.1).
func countedMessages(text []byte) (b []byte) {
	for len(text) > 0 {
		count, rest, ok := bytes.Cut(text[:min(len(text), 8)], []byte(" "))
		n, err := strconv.Atoi(string(count))
		if !ok || err != nil || n <= 0 {
			break
		}
		if len(rest) == 0 || rest[0] != '<' {
			return nil
		}
		message := text[len(count)+1:]
		n = min(n, len(message))
		b = append(append(b, message[:n]...), '\n')
		if text = message[n:]; len(text) > 0 && !isDigit(text[0]) {
			return nil
		}
	}
	return b
}

// withInnerText is a text with each value in base64 that stands for text replaced by that: a Secret of Kubernetes, a file as Ansible reads it.
func withInnerText(text []byte) []byte {
	const least = 64 // characters
	if longestBase64(text) < least {
		return nil
	}
	var b, held strings.Builder // held: lines of base64 alone
	inner := false
	flush := func() {
		if s := held.String(); s != "" {
			held.Reset()
			plain, ok := base64Text(s)
			inner = inner || ok
			b.WriteString(plain + "\n")
		}
	}
	for line := range strings.Lines(string(text)) {
		s := strings.TrimSpace(line)
		if s != "" && len(s)%4 == 0 && runEnd(s, 0, isBase64) >= len(s)-2 {
			held.WriteString(s)
			continue
		}
		flush()
		for s := strings.TrimRight(line, "\r\n"); ; {
			at := runEnd(s, 0, func(c byte) bool { return !isBase64(c) })
			end := runEnd(s, at, isBase64)
			b.WriteString(s[:at])
			if at == len(s) {
				break
			}
			value := s[at:end]
			if len(value) >= least {
				padded := runEnd(s, end, func(c byte) bool { return c == '=' })
				if plain, ok := base64Text(s[at:padded]); ok {
					value, end, inner = "\n"+plain, padded, true
				}
			}
			b.WriteString(value)
			s = s[end:]
		}
		b.WriteByte('\n')
	}
	if flush(); !inner {
		return nil
	}
	return []byte(b.String())
}

// base64Text is the text that a value stands for; false: it stands for none.
func base64Text(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s[:len(s)/4*4]) // the front of a file may end in it
	if err != nil || len(b) < leastEncoded || !isContent(b[:min(len(b), encodedHead)]) {
		return s, false
	}
	return string(b), true
}

func isBase64(c byte) bool {
	return lex.IsHexDigit(c) || 'g' <= c|0x20 && c|0x20 <= 'z' || c == '+' || c == '/'
}

// longestBase64 is the most characters of base64 in a row.
func longestBase64(text []byte) (most int) {
	n := 0
	for _, c := range text {
		if n++; !isBase64(c) {
			n = 0
		}
		most = max(most, n)
	}
	return most
}
