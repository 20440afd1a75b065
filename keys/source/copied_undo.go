package source

import (
	"html"
	"strings"
)

// undo takes away escapes and tags of web pages, no-break spaces and typographic quotation marks, escapes of programs, and what else was put
// around the text of a line, which may turn out to be several.
func (v *view) undo(s string) (string, bool) {
	if v.record != nil {
		var ok bool
		if s, ok = v.record(s); !ok {
			return "", false
		}
	}
	if v.visible {
		s = withoutVisible(s)
	}
	if v.boxed {
		s = withoutBorder(s)
	}
	if v.markdown {
		s = withoutMarkdown(s)
	}
	if v.marked {
		s = withoutMarks(s)
	}
	if v.web {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "_x000D_", ""), "_x000A_", "")
		if mayHaveTag(s) {
			s = reCellEnd.ReplaceAllString(reBreakTag.ReplaceAllString(s, "\n"), "\t")
			s = reTag.ReplaceAllString(reLineNumber.ReplaceAllString(s, "$1\t"), "")
		}
		s = plainText.Replace(unescapedTwice(s))
		s = strings.TrimSuffix(s, "\n")
	}
	if v.escaped {
		if m := reStringLiteral.FindStringSubmatch(s); m != nil {
			s = m[1]
		}
		s = strings.TrimSuffix(unescapeJSON(s), "\n")
	}
	if v.cells {
		if cell, ok := csvCell(s); ok {
			s = cell
		}
	}
	if v.cellMark != "" {
		lines := strings.Split(s, "\n")
		for i := range lines {
			lines[i], _ = wordsOfCells(lines[i], v.cellMark)
		}
		s = strings.Join(lines, "\n")
	}
	if v.padded {
		s = strings.TrimRight(s, " ")
	}
	if v.respaced {
		s = respaced(s)
	}
	if v.oneLine {
		s = statements(s)
	}
	if v.lower {
		s = strings.ToLower(s)
	}
	return s, true
}

var plainText = strings.NewReplacer(append(fullWidthPairs(), "\u00a0", " ", "\u2002", " ", "\u2003", " ", "\u2009", " ", "\u202f", " ", "\u2007", " ", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\u00ad", "", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n",
	"\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u00ab", `"`, "\u00bb", `"`, "\u2018", "'", "\u2019", "'", "\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-",
	"\u2212", "-", "\u2026", "...", "\u00d7", "x", "\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi", "\ufb04", "ffl")...)

// Characters of full width are as wide as those of Chinese, Japanese and Korean, between which they stand in manuals and in what an input method writes.
const firstFullWidth, lastFullWidth, wideBlank = '\uff01', '\uff5e', "\u3000"

// fullWidthPairs are those characters, each with the one of ASCII that it stands for.
func fullWidthPairs() (pairs []string) {
	for wide := firstFullWidth; wide <= lastFullWidth; wide++ {
		pairs = append(pairs, string(wide), string(wide-firstFullWidth+'!'))
	}
	return append(pairs, wideBlank, " ")
}

func isFullWidth(r rune) bool { return firstFullWidth <= r && r <= lastFullWidth }

// notTyped are the characters that plainText replaces.
const notTyped = "\u00a0\u2002\u2003\u2009\u202f\u2007\u200b\u200c\u200d\u2060\u00ad\u2028\u2029\u0085\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u2010\u2011\u2012\u2013\u2014\u2212\u2026\u00d7\ufb00\ufb01\ufb02\ufb03\ufb04"

var (
	// reBreakTag are the tags that end a line, reTag those that are left out.
	reBreakTag = pattern(`(?i)(?:<br ?/?>|</(?:p|div|li|s)>|(?:</t[dh]>)?</tr>)`)
	reTag      = pattern(`(?i)</?(?:pre|p|div|span|o:p|mark|code|tt|samp|kbd|b|i|u|s|objs|em|strong|font|a|ul|ol|li|table|tbody|tr|td|blockquote|html|head|body|style|meta|` +
		`response|result|output|rpc-reply|entry|log|line|message|msg|data|text|string|value)(?: [^<>]*)?>|<\?xml [^<>]*>|<!\[CDATA\[|\]\]>|\[/?(?:code|quote|pre|noparse|spoiler)(?:=[^\[\]]*)?\]`)
	// reCellEnd is the end of a cell of a table, such as that with the number of a line.
	reCellEnd = pattern(`(?i)</t[dh]>`)
	// reLineNumber is the number of a line in an element of its own.
	reLineNumber = pattern(`(?im)^((?:<[^<>]*>)*\d{1,6})</(?:span|a|b)>`)
	// reStringLiteral is a string of a program, perhaps as the value of a name.
	reStringLiteral = pattern(`^[\s\[{(]*(?:(?:["'][^"'\\]{1,60}["'] ?:|(?:- )?[A-Za-z][\w.-]{0,60}(?: ?=|:)) ?)?b?["'](.*?)["'][\s,;\]})]*$`)
	// reStatement is what begins a line in the output of many products.
	reStatement = pattern(`\s+((?:src [0-9A-Fa-f.:]+ dst |proto (?:esp|ah|comp) |replay-window |auth-trunc |auth [a-z]+\(|enc [a-z]+\(|aead |encap type |anti-replay |sel src |` +
		`[EA]: [a-z\d]|seq=|` +
		`(?:dec|enc): *spi=|ah=|name=\S+ ver=|SA: +ref=|id/spi: |SK_[a-z]{1,2} ?:|key: |proposal: |(?:esp|ah) (?:tunnel|transport) from |(?:auth|enc)key 0x|` +
		`"IPv[46]",|[0-9a-f]{16},[0-9a-f]{16},|SecurityAssociation\(|add [0-9A-Fa-f.:]+ |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\| |` +
		`"[^"]{1,60}"(?:\[\d+\])? #\d+: |\d{6}\.\d{6} [A-Z]|(?:spi=0x[0-9a-f]{1,16}: )?ikev2_\w+: |SK_[a-z] +(?:i:)?[0-9a-f]{8}|r:[0-9a-f]{16}|encr:|\[\d+\] sa \d+ |(?:crypto|integrity) alg |tunnel src |salt 0x|` +
		`\d+: [0-9A-Fa-f.:]+ - [0-9A-Fa-f.:]+ vr\d|key (?:enc|auth):|digest length|(?:AES|3?DES)-[A-Z]+ HMAC-|sa_packets=|spi: |enc: +[a-z]|auth: +[a-z]|(?:local|remote)-gateway: |` +
		`\[\d{4}-\d\d-\d\d |ikev2 [IR] 0x|0x[0-9a-f]{1,8}@|IPSec [A-Z][a-z]+ |IPSec SPI|\[(?:UE|N3IWF):|(?:Encryption|Integrity) Algorithm: |=====|PPK: |message-id |` +
		`(?:rx|tx)\.key_|(?:remote|local) -> |iip |spi\(i\) |child sa |set |sa (?:spi|encryption|authentication)|crypto |ike \d+:|ike V=))`)
)

var (
	// reTwoLines is what has a line of its own, before the next: the direction of an SA in FortiOS' details, the addresses of setkey.
	reTwoLines = pattern(`(?:^|\s)((?:in|out)bound|[0-9A-Fa-f.:]+(?:\[\d+\])? [0-9A-Fa-f.:]+(?:\[\d+\])?)\s+(spi: |(?:esp|esp-udp|ah|ipcomp) mode=)`)
	// reLabelEnd is a label that the rows of a dump follow on lines of their own.
	reLabelEnd = pattern(`(with \d+ bytes|key_(?:cry|md):|keymat|KEYMAT:|SPI:|computed:|computed\.)[ \t]+`)
)

// statements breaks a text before what begins a line in the output of products, and behind the labels of dumps.
func statements(s string) string {
	s = reStatement.ReplaceAllString(reTwoLines.ReplaceAllString(s, "\n$1\n$2"), "\n$1")
	return reLabelEnd.ReplaceAllString(s, "$1\n")
}

// unescapedTwice undoes the escapes of HTML, of text that was escaped again as well.
func unescapedTwice(s string) string {
	for range 2 {
		if strings.IndexByte(s, '&') < 0 {
			break
		}
		s = html.UnescapeString(s)
	}
	return s
}

// markdownAt reports whether Markdown escapes the byte behind a place, or need not.
func markdownAt(s string, at int) bool {
	return s[at] == '\\' && at+1 < len(s) && '!' <= s[at+1] && s[at+1] <= '~' && (!isWordByte(s[at+1]) || s[at+1] == '_')
}

func withoutMarkdown(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	text := make([]byte, 0, len(s))
	for at := 0; at < len(s); at++ {
		if markdownAt(s, at) {
			at++
		}
		text = append(text, s[at])
	}
	return string(text)
}

// reByteEscape is a byte in a string of a program.
var reByteEscape = having(`\\x[0-9a-fA-F]{2}`, `\x`)

// isMarkdown reports whether some text has escapes of Markdown, and none of strings.
func isMarkdown(sample []line) bool {
	const few = 3
	n := 0
	for _, l := range sample {
		if reByteEscape.MatchString(l.text) {
			return false
		}
		ofLine := 0
		for at := strings.IndexByte(l.text, '\\'); at >= 0 && at < len(l.text) && ofLine < few; at++ {
			if markdownAt(l.text, at) {
				at++
				ofLine++
			}
		}
		if n += ofLine; n >= few {
			return true
		}
	}
	return false
}

// visibleControls are control characters as cat -A and editors show them, and escape sequences that lost their first character.
var visibleControls = strings.NewReplacer("^[", "\x1b", "^I", "\t", "^M", "", "^H", "\b", "^@", "", "\u241b", "\x1b", "\\e[", "\x1b[", "\\033[", "\x1b[", "\\x1b[", "\x1b[", "#033[", "\x1b[")

// reLostEscape is a colour, or the rubbing out of the rest of a line, without the escape before it.
var reLostEscape = pattern(`\[\d{1,3}(?:;\d{1,3})*m|\[[mK]`)

func withoutVisible(s string) string {
	if s = visibleControls.Replace(s); hasControls(s) {
		s = withoutControls(s)
	}
	return strings.TrimSuffix(reLostEscape.ReplaceAllString(s, ""), "$")
}

// mayBeVisible is a cheap look for what visibleControls begin with.
func mayBeVisible(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '^' || c == '\\' || c == '#' || c == "\u241b"[0] {
			return true
		}
	}
	return false
}

// isVisible reports whether control characters of some text were made visible.
func isVisible(sample []line) bool {
	lines, ends, tabs := 0, 0, 0
	for _, l := range sample {
		lines++
		tabs += btoi(strings.HasPrefix(l.text, "^I"))
		if strings.HasSuffix(l.text, "$") || strings.HasSuffix(l.text, "^M") {
			ends++
		}
		if mayBeVisible(l.text) && visibleControls.Replace(l.text) != l.text && strings.Contains(visibleControls.Replace(l.text), "\x1b[") || strings.Contains(l.text, "[0m") || strings.Contains(l.text, "[m") {
			return true
		}
	}
	return lines > 0 && (ends*10 >= lines*9 || tabs > 1)
}

// borders are the marks that a table or a window has at the right end of its lines.
const borders = "│┃║|"

// isBoxed reports whether nearly all lines end at the border of a table or a window.
func isBoxed(sample []line) bool {
	lines, ends := 0, 0
	for _, l := range sample {
		if text := strings.TrimRight(l.text, " "); text != "" && !isRule(text) {
			lines++
			if strings.HasSuffix(text, "|") || text != strings.TrimRight(text, borders) {
				ends++
			}
		}
	}
	return lines > 1 && ends*10 >= lines*9
}

// isRule reports whether a line is one that tables draw.
func isRule(text string) bool {
	const least = 3
	text = strings.TrimSpace(text)
	return len(text) >= least && strings.Trim(text, "+-=|:─━┬┼┴├┤┌┐└┘ ") == ""
}

func withoutBorder(s string) string {
	text := strings.TrimRight(s, " ")
	if cut := strings.TrimRight(text, borders); cut != text {
		return strings.TrimRight(cut, " ")
	}
	return s
}

// isUpper reports whether some text is in capitals alone, but for 0x and what is in a hex number.
func isUpper(sample []line) bool {
	const few = 100
	capitals := 0
	for _, l := range sample {
		for i := range len(l.text) {
			switch c := l.text[i]; {
			case 'A' <= c && c <= 'Z':
				capitals++
			case 'g' <= c && c <= 'w' || c == 'y' || c == 'z':
				return false
			}
		}
	}
	return capitals >= few
}

// isWeb reports whether some text comes from a web page or a word processor.
func isWeb(sample []line) bool {
	for _, l := range sample {
		if !isASCII(l.text) && (strings.ContainsAny(l.text, notTyped) || strings.ContainsFunc(l.text, isFullWidth)) || unescaped(l.text) != l.text || strings.Contains(l.text, "&nbsp;") || strings.Contains(l.text, "&amp;") || mayHaveTag(l.text) && (reTag.MatchString(l.text) || reBreakTag.MatchString(l.text)) {
			return true
		}
	}
	return false
}

// isASCII reports whether a text has no characters beyond those of ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mayHaveTag is a cheap look for what reTag and reBreakTag find: logs are full of [IKE] and <name|1>.
func mayHaveTag(s string) bool {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == ':' }
	for i := 0; i+2 < len(s); i++ {
		switch next := s[i+1]; s[i] {
		case '<':
			end := runEnd(s, i+1, letter)
			if strings.IndexByte("/?!", next) >= 0 || end > i+1 && end < len(s) && strings.IndexByte(" />", s[end]) >= 0 {
				return true
			}
		case '[':
			switch strings.ToLower(s[i+1 : i+3]) {
			case "co", "qu", "pr", "no", "sp":
				return true
			}
			if next == '/' {
				return true
			}
		case ']':
			if next == ']' {
				return true
			}
		}
	}
	return false
}

// isEscaped reports whether a line holds several, with their line breaks as \n.
func isEscaped(sample []line) bool {
	n := 0
	for _, l := range sample {
		n += strings.Count(l.text, `\n`) + strings.Count(l.text, `\u00`)
		if text := strings.TrimSpace(l.text); strings.HasSuffix(text, `\n"`) && reStringLiteral.MatchString(text) {
			return true
		}
	}
	return n > 1
}

// hasEntities reports whether some text has escapes of HTML, which no program prints.
func hasEntities(sample []line) bool {
	for _, l := range sample {
		if unescaped(l.text) != l.text {
			return true
		}
	}
	return false
}
