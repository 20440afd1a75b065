package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A line is one line of text, cleaned of what terminals, loggers and editors add to it.
type line struct {
	num  int // in the file, from 1
	text string
}

// lines reads a file line by line. It undoes compression, UTF-16, byte order marks, CR, NUL and ANSI colours, and splits
// what a logger put into one line: rsyslog's #012 and the messages of JSON logs.
type lines struct {
	r       *bufio.Reader
	block   []byte // read at once
	rest    string // of the blocks that were read
	done    func()
	maxLine int
	returns bool // a carriage return alone ends a line
	utf16   int  // 0: bytes; 1: little-endian; 2: big-endian
	num     int
	queue   []line
	export  bool // these are entries of the journal, a field a line
	message bool // the next line is a message behind its length
	kind    binaryMeter
}

func newLines(r io.Reader, maxLine int, left *int64) (*lines, error) {
	if maxLine <= 0 {
		maxLine = defaultMaxLine
	}
	l := &lines{maxLine: maxLine}
	plain, done, err := unpack(bufio.NewReader(r))
	if err != nil {
		return nil, err
	}
	l.done = done
	l.r = bufio.NewReaderSize(&limitReader{r: plain, left: left}, blockSize)
	l.block = make([]byte, blockSize)
	l.detectEncoding()
	return l, nil
}

const blockSize = 64 << 10

func (l *lines) close() { l.done() }

// size is the most bytes of a file.
func (o Options) size() int64 {
	if o.MaxSize <= 0 {
		return defaultMaxSize
	}
	return o.MaxSize
}

// detectEncoding looks for a byte order mark, or for the zero bytes of UTF-16 text without one.
func (l *lines) detectEncoding() {
	l.r.Peek(64)
	b, _ := l.r.Peek(l.r.Buffered())
	l.returns = bytes.IndexByte(b, '\n') < 0 && bytes.Count(b, []byte{'\r'}) > 1
	b = b[:min(len(b), 64)]
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		l.r.Discard(3)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		l.r.Discard(2)
		l.utf16 = 1
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		l.r.Discard(2)
		l.utf16 = 2
	default:
		l.utf16 = guessUTF16(b)
	}
}

// guessUTF16 takes text for UTF-16 where nearly every second byte is zero.
func guessUTF16(b []byte) int {
	var zeros [2]int
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(b) / 2
	switch {
	case half < 2:
		return 0
	case zeros[1] > half*3/4 && zeros[0] == 0:
		return 1
	case zeros[0] > half*3/4 && zeros[1] == 0:
		return 2
	}
	return 0
}

// sample returns the first lines of the file, which next returns again, and whether those are all.
func (l *lines) sample() (first []line, whole bool, err error) {
	for size := 0; len(first) < sampleLines && size < sampleBytes; {
		next, err := l.next()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			whole = true
			break
		}
		if err != nil {
			return nil, false, err
		}
		first = append(first, next)
		size += len(next.text)
	}
	l.queue = append(slices.Clip(first), l.queue...)
	return first, whole, nil
}

// next returns the next line, or io.EOF.
func (l *lines) next() (line, error) {
	for len(l.queue) == 0 {
		raw, err := l.raw()
		if err != nil {
			return line{}, err
		}
		l.num++
		if plain, ok := l.plain(raw); ok {
			return line{l.num, plain}, nil
		}
		if raw, err = l.journal(raw); err != nil {
			continue
		}
		text := clean(raw)
		if strings.TrimSpace(text) == "" && strings.ContainsAny(raw, "-") {
			continue // the prompt of a pager alone
		}
		l.queue = expand(line{l.num, text[composeLen(text):]}, l.queue)
	}
	first := l.queue[0]
	l.queue = l.queue[1:]
	return first, nil
}

// plain is a line without its end, where there is nothing else to undo, as in nearly all: ok.
func (l *lines) plain(raw string) (text string, ok bool) {
	if l.export || raw == "" || raw[0] == '_' {
		return "", false
	}
	end := len(raw)
	for end > 0 && (raw[end-1] == '\n' || raw[end-1] == '\r') {
		end--
	}
	text = raw[:end]
	var marks uint8
	for i := range len(text) {
		marks |= lineMarks[text[i]]
	}
	if marks == 0 {
		return text, true
	}
	if marks&markFront != 0 && jsonStart(text) >= 0 {
		return "", false
	}
	if marks&(markControl|markBOM) != 0 || marks&markBar != 0 && composeLen(text) > 0 {
		return "", false
	}
	if front := runEnd(text, 0, isBlank); marks&markFront != 0 && front < end && lineMarks[text[front]]&markFront != 0 {
		return "", false
	}
	return text, marks&markPacked == 0 || !strings.Contains(text, "#012") && !strings.Contains(text, `\n`)
}

// Bytes that a line has which may not be as its program wrote it.
const (
	markControl uint8 = 1 << iota
	markBOM           // the first byte of a byte order mark, or of another character
	markBar           // of docker compose
	markFront         // at its front, of JSON or the prompt of a pager
	markPacked        // of several lines in one
)

var lineMarks = func() (marks [256]uint8) {
	for c := range ' ' {
		marks[c] = markControl
	}
	marks['\t'] = 0
	marks[0x7f], marks[0xef], marks['|'], marks['#'], marks['\\'] = markControl, markBOM, markBar, markPacked, markPacked
	marks['-'], marks['{'], marks['['] = markFront, markFront, markFront
	return marks
}()

// errField says that a line holds another field of an entry than its message.
var errField = errors.New("not the message")

// journal takes the message out of what "journalctl -o export" writes, where all other fields have lines, too; a message of several
// lines stands behind its length in 8 bytes.
func (l *lines) journal(raw string) (string, error) {
	l.export = l.export || strings.HasPrefix(raw, "__CURSOR=")
	const lengthLen = 8
	switch message, ok := strings.CutPrefix(raw, "MESSAGE="); {
	case !l.export:
	case l.message:
		l.message = false
		return raw[min(lengthLen, len(raw)):], nil
	case ok:
		return message, nil
	case strings.TrimRight(raw, "\n") == "MESSAGE":
		l.message = true
		return "", errField
	case strings.TrimSpace(raw) == "" || reJournalField.MatchString(raw):
		return "", errField
	}
	return raw, nil
}

var reJournalField = regexp.MustCompile(`^_{0,2}[A-Z][A-Z0-9_]*(?:=|$)`)

// raw reads up to a newline; what exceeds maxLine is dropped. The text is a part of a larger one: whoever keeps it makes a copy.
func (l *lines) raw() (string, error) {
	if l.utf16 != 0 {
		return l.rawUTF16()
	}
	for {
		if end := strings.IndexByte(l.rest, '\n'); end >= 0 {
			text := l.rest[:min(end+1, l.maxLine)]
			l.rest = l.rest[end+1:]
			return text, nil
		}
		if len(l.rest) > l.maxLine { // no line break yet
			text := l.rest[:l.maxLine]
			return text, l.skip()
		}
		if err := l.more(); err == io.EOF && l.rest != "" {
			text := l.rest[:min(len(l.rest), l.maxLine)]
			l.rest = ""
			return text, nil
		} else if err != nil {
			return "", err
		}
	}
}

// more reads a block.
func (l *lines) more() error {
	n, err := l.r.Read(l.block)
	if n > 0 {
		for i := 0; l.returns && i < n; i++ {
			if l.block[i] == '\r' {
				l.block[i] = '\n'
			}
		}
		l.kind.see(l.block[:n])
		l.rest += string(l.block[:n])
		return nil
	}
	return err
}

// skip goes on to the next line.
func (l *lines) skip() error {
	for {
		end := strings.IndexByte(l.rest, '\n')
		if end >= 0 {
			l.rest = l.rest[end+1:]
			return nil
		}
		l.rest = ""
		if err := l.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (l *lines) rawUTF16() (string, error) {
	var units []uint16
	for n := 0; ; n++ {
		var b [2]byte
		if _, err := io.ReadFull(l.r, b[:]); err != nil {
			if n > 0 && (err == io.EOF || err == io.ErrUnexpectedEOF) {
				return string(utf16.Decode(units)), nil
			}
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			return "", err
		}
		u := uint16(b[0]) | uint16(b[1])<<8
		if l.utf16 == 2 {
			u = u>>8 | u<<8
		}
		if u == '\n' {
			return string(utf16.Decode(units)), nil
		}
		if 2*len(units) < l.maxLine {
			units = append(units, u)
		}
	}
}

// clean takes off the line break, and takes out NUL, CR, ANSI escape sequences, what backspaces rub out, and the prompt of a pager.
func clean(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if hasControls(s) {
		s = withoutControls(s)
	}
	if strings.HasPrefix(strings.TrimLeft(s, " "), "-") {
		s = rePager.ReplaceAllString(s, "")
	}
	return s
}

// rePager is the prompt that consoles show at the end of a screen, which the next line follows where the prompt is rubbed out.
var rePager = regexp.MustCompile(`^ *-{1,4} ?(?:\(?(?i:more)\b[^)-]*\)?|\[Q quit[^\]]*\]) ?-{0,4}`)

func hasControls(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f || c == 0xef && strings.HasPrefix(s[i:], "\uFEFF") {
			return true
		}
	}
	return false
}

func withoutControls(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x1b:
			i += escapeLen(s[i:]) - 1
		case s[i] == '\b' || s[i] == 0x7f:
			_, n := utf8.DecodeLastRune(b)
			b = b[:len(b)-n]
		case s[i] < ' ' && s[i] != '\t' && s[i] != '\n':
		case strings.HasPrefix(s[i:], "\uFEFF"):
			i += len("\uFEFF") - 1
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// composeLen is the length of what docker compose puts before a line: the name of the container, with its number or before a time, and a bar.
func composeLen(s string) int {
	name, rest, _ := strings.Cut(s, " ")
	message, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "| ")
	if !ok || strings.Trim(name, "0123456789") == "" {
		return 0
	}
	const front = 32
	at := strings.LastIndexAny(name, "-_")
	if numbered := at > 0 && at < len(name)-1 && isDigit(name[at+1]) && isDigit(name[len(name)-1]); !numbered && !hasClock(message[:min(len(message), front)]) {
		return 0
	}
	return len(s) - len(message)
}

// escapeLen is the length of the escape sequence at the front of s: ESC [ parameters letter; ESC ] and the like up to BEL or ESC \, which
// sets the title of a window; else ESC and one byte.
func escapeLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', '_', '^':
		const longest = 1 << 10
		for i := 2; i < min(len(s), longest); i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == 0x1b {
				return min(i+2, len(s))
			}
		}
	case '(', ')':
		return min(3, len(s))
	}
	return 2
}

// expand appends to dst the lines that a logger packed into l. All keep l's number.
func expand(l line, dst []line) []line {
	if at := jsonStart(l.text); at >= 0 {
		if text, ok := fromJSON(l.text[at:], 0); ok {
			l.text = l.text[:at] + text
		}
	} else if strings.Contains(l.text, `\n`) && strings.Contains(l.text, `msg="`) {
		l.text = fromLogfmt(l.text)
	}
	if !strings.Contains(l.text, "#012") && !strings.Contains(l.text, "\n") {
		return append(dst, l)
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(l.text, "#012", "\n"), "\n") {
		dst = append(dst, line{l.num, part})
	}
	return dst
}

// fromLogfmt undoes the escapes in msg="...", in which several lines are packed.
func fromLogfmt(text string) string {
	front, rest, _ := strings.Cut(text, `msg="`)
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return front + `msg="` + "\n" + unescapeJSON(rest[:i])
		}
	}
	return text
}

// unescapeJSON undoes the escapes of a string in JSON, also of one that is cut off.
func unescapeJSON(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		switch i++; s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r', 'b', 'f':
		case 'u':
			if n, err := strconv.ParseUint(s[i+1:min(i+5, len(s))], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 4
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// A limitReader fails, rather than ends, where more is read than allowed: a file cut in silence would look complete.
type limitReader struct {
	r    io.Reader
	left *int64 // which others may share
}

func (l *limitReader) Read(p []byte) (int, error) {
	if *l.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > *l.left+1 {
		p = p[:*l.left+1]
	}
	n, err := l.r.Read(p)
	if *l.left -= int64(n); *l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
