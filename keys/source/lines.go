package source

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
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
	done    func()
	maxLine int
	utf16   int // 0: bytes; 1: little-endian; 2: big-endian
	num     int
	queue   []line
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
	l.r = bufio.NewReaderSize(&limitReader{r: plain, left: left}, 64<<10)
	l.detectEncoding()
	return l, nil
}

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
	b, _ := l.r.Peek(64)
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

// sample returns the first lines of the file, which next returns again.
func (l *lines) sample() ([]line, error) {
	var first []line
	for size := 0; len(first) < sampleLines && size < sampleBytes; {
		next, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		first = append(first, next)
		size += len(next.text)
	}
	l.queue = append(slices.Clip(first), l.queue...)
	return first, nil
}

// next returns the next line, or io.EOF.
func (l *lines) next() (line, error) {
	for len(l.queue) == 0 {
		raw, err := l.raw()
		if err != nil {
			return line{}, err
		}
		l.num++
		text := clean(raw)
		l.queue = expand(line{l.num, text[composeLen(text):]}, l.queue)
	}
	first := l.queue[0]
	l.queue = l.queue[1:]
	return first, nil
}

// raw reads up to a newline; what exceeds maxLine is dropped.
func (l *lines) raw() (string, error) {
	if l.utf16 != 0 {
		return l.rawUTF16()
	}
	var buf []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if room := l.maxLine - len(buf); room > 0 {
			buf = append(buf, part[:min(room, len(part))]...)
		}
		switch {
		case err == bufio.ErrBufferFull:
		case err == io.EOF && (len(buf) > 0 || len(part) > 0):
			return string(buf), nil
		case err != nil:
			return "", err
		default:
			return string(buf), nil
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

// clean takes off the line break, and takes out NUL, CR and ANSI escape sequences.
func clean(s string) string {
	s = strings.TrimRight(s, "\r\n")
	if strings.IndexFunc(s, func(r rune) bool { return r == 0 || r == '\r' || r == 0x1b || r == '\uFEFF' }) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 0x1b:
			i += escapeLen(s[i:]) - 1
		case s[i] == 0 || s[i] == '\r':
		case strings.HasPrefix(s[i:], "\uFEFF"):
			i += len("\uFEFF") - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// composeLen is the length of what docker compose puts before a line: the name of the container, with its number or before a time, and a bar.
func composeLen(s string) int {
	name, rest, _ := strings.Cut(s, " ")
	message, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "| ")
	if !ok || name == "" {
		return 0
	}
	const front = 32
	at := strings.LastIndexAny(name, "-_")
	if numbered := at > 0 && at < len(name)-1 && isDigit(name[at+1]) && isDigit(name[len(name)-1]); !numbered && !hasClock(message[:min(len(message), front)]) {
		return 0
	}
	return len(s) - len(message)
}

// escapeLen is the length of the escape sequence at the front of s: ESC [ parameters letter, else ESC and one byte.
func escapeLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	if s[1] != '[' {
		return 2
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
	}
	return len(s)
}

// expand appends to dst the lines that a logger packed into l. All keep l's number.
func expand(l line, dst []line) []line {
	if strings.HasPrefix(strings.TrimLeft(l.text, " \t"), "{") {
		if text, ok := fromJSON(l.text); ok {
			l.text = text
		}
	}
	if !strings.Contains(l.text, "#012") && !strings.Contains(l.text, "\n") {
		return append(dst, l)
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(l.text, "#012", "\n"), "\n") {
		dst = append(dst, line{l.num, part})
	}
	return dst
}

// fromJSON gives the message of one JSON log record as the text log would show it: strongSwan's own JSON log has the
// thread, group and IKE SA in fields, journalctl -o json has the message in MESSAGE, there as text or as a list of bytes.
func fromJSON(text string) (string, bool) {
	var rec struct {
		Thread  json.Number     `json:"thread"`
		Group   string          `json:"group"`
		ID      json.Number     `json:"ikesa-uniqueid"`
		Name    string          `json:"ikesa-name"`
		Msg     string          `json:"msg"`
		Journal json.RawMessage `json:"MESSAGE"`
		// charon-systemd's fields in the journal; encoding/json takes THREAD and GROUP for the two above.
		JournalID   json.Number `json:"IKE_SA_UNIQUE_ID"`
		JournalName string      `json:"IKE_SA_NAME"`
	}
	if err := json.Unmarshal([]byte(text), &rec); err != nil {
		return "", false
	}
	if len(rec.Journal) > 0 {
		rec.Msg, _ = journalMessage(rec.Journal)
		rec.ID, rec.Name = rec.JournalID, rec.JournalName
	}
	if rec.Msg == "" || rec.Group == "" || rec.Thread == "" {
		return rec.Msg, rec.Msg != ""
	}
	prefix := fmt.Sprintf("%02s[%s] ", rec.Thread.String(), rec.Group)
	switch {
	case rec.Name != "" && rec.ID != "":
		prefix += fmt.Sprintf("<%s|%s> ", rec.Name, rec.ID)
	case rec.ID != "":
		prefix += fmt.Sprintf("<%s> ", rec.ID)
	}
	return prefix + rec.Msg, true
}

func journalMessage(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var nums []uint16
	if json.Unmarshal(raw, &nums) != nil {
		return "", false
	}
	b := make([]byte, len(nums))
	for i, n := range nums {
		b[i] = byte(n)
	}
	return string(b), true
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
