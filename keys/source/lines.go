package source

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/logs"
)

// A line is one line of text, cleaned of what terminals, loggers and editors add to it.
type line struct {
	num  int // in the file, from 1
	text string
	at   string // the time that a logger has for it elsewhere than in the text, as JSON does; "": none
	from string // the container or file that it is of, where several are in one text; "": not said
	own  bool   // its text is not a part of a block, which it would keep in memory
}

// owned is the line with a text of its own, for parsers that keep it.
func (l line) owned() line {
	if !l.own {
		l.text, l.own = strings.Clone(l.text), true
	}
	return l
}

// with is the line with another text.
func (l line) with(text string) line {
	l.text = text
	return l
}

// stamp is when the line was written, as far as it or its logger says so.
func (l line) stamp() logs.Stamp {
	if stamp := stampOf(l.text); !stamp.IsZero() || l.at == "" {
		return stamp
	}
	return stampOf(l.at)
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
	joined  int // lines of the file that were put to the last one
	broken  breaking
	docker  bool                // its entries are Docker's
	cut     map[string]*cutLine // by stream
	queue   []line
	back    []line // the few that were looked at ahead, which come before those
	export  bool   // these are entries of the journal, a field a line
	message bool   // the next line is a message behind its length
	file    string // that tail or head shows the lines of
	kind    binaryMeter
	twice   twice
	numbers lineNumbers
	beside  int  // the column in which another version of the text begins; 0: none does
	margin  int  // where long lines were cut off; 0: nowhere
	split   bool // a window broke lines within groups of digits
	cutAt   int  // the first of them that lost digits; 0: none did
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
	if front, _ := l.r.Peek(l.r.Buffered()); l.utf16 == 0 {
		l.broken, l.docker = breakingOf(front), isDocker(front)
	}
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

// sample returns the first lines of the file, which next returns again, and whether those are all.
func (l *lines) sample() (first []line, whole bool, err error) {
	for size := 0; len(first) < sampleLines && size < sampleBytes; {
		next, err := l.each()
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
	first = l.numbers.detect(l.twice.detect(first))
	if l.beside = besideColumn(first); l.beside > 0 {
		for i := range first {
			first[i] = first[i].with(leftOf(first[i].text, l.beside))
		}
	}
	l.margin, l.split = marginOf(first)
	for i := range first {
		first[i] = l.markCut(first[i])
	}
	l.unread(first)
	return first, whole, nil
}

// mostReversed is how many bytes of text may be kept to be read from its end: an export of a web interface or of a search has thousands of lines.
func (o Options) mostReversed() int {
	const most, share = 16 << 20, 8
	if o.MaxMemory > 0 {
		return int(min(most, o.MaxMemory/share))
	}
	return most
}

// all returns every line from the next on, which next returns again; none where they are more than so many bytes, or cannot all be read.
func (l *lines) all(most int) (list []line) {
	size := 0
	for size <= most {
		next, err := l.each()
		if err != nil {
			l.unread(list)
			if err == io.EOF {
				return list
			}
			return nil // the next that reads on says so
		}
		list = append(list, next)
		size += len(next.text)
	}
	l.unread(list)
	return nil
}

// unread puts lines before those that come next.
func (l *lines) unread(list []line) {
	l.queue = slices.Concat(list, l.back, l.queue)
	l.back = nil
}

// next returns the next line, or io.EOF. Of lines that a logger wrote twice it returns one.
func (l *lines) next() (line, error) {
	for {
		next, err := l.each()
		switch {
		case err != nil:
			return next, err
		case l.twice.again(next.text), l.numbers.drops(next.text), isRepeatNote(next.text):
			continue
		case l.beside > 0:
			next = l.markCut(next.with(leftOf(next.text, l.beside)))
		case strings.HasSuffix(next.text, "\t"): // which no program prints there
			next.text = trimBlanks(next.text)
		}
		return next, nil
	}
}

// one returns the next line of the file.
func (l *lines) one() (line, error) {
	if len(l.back) > 0 {
		next := l.back[0]
		l.back = l.back[1:]
		return next, nil
	}
	for len(l.queue) == 0 {
		raw, parts, err := l.whole()
		if err != nil {
			return line{}, err
		}
		l.num += l.joined + 1
		l.joined = parts - 1
		raw, num, ok := l.uncut(raw, l.num)
		if !ok {
			continue
		}
		if plain, ok := l.plain(raw); ok {
			if name, ok := followedFile(plain); ok {
				l.file = name
				continue
			}
			return l.markCut(line{num: num, text: plain, from: l.file}), nil
		}
		if raw, err = l.journal(raw); err != nil {
			continue
		}
		text := clean(raw)
		if strings.TrimSpace(text) == "" && strings.ContainsAny(raw, "-") {
			continue // the prompt of a pager alone
		}
		n := composeLen(text)
		container, _, _ := strings.Cut(text[:n], " ")
		l.queue = expand(line{num: num, text: text[n:], from: l.file + container}, l.queue)
	}
	first := l.queue[0]
	l.queue = l.queue[1:]
	return first, nil
}

// followedFile is the name of the file whose lines tail and head show from here on, where they show several: ==> gwa.log <==
func followedFile(text string) (name string, ok bool) {
	if !strings.HasPrefix(text, "==> ") {
		return "", false
	}
	return strings.CutSuffix(text[len("==> "):], " <==")
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
		return text, !hasTail(text)
	}
	if marks&markFront != 0 && jsonStart(text) >= 0 {
		return "", false
	}
	if marks&(markControl|markBOM) != 0 || marks&markBar != 0 && composeLen(text) > 0 || hasTail(text) {
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
	markFront         // at its front, of JSON, the prompt of a pager or a fence
	markPacked        // of several lines in one
)

var lineMarks = func() (marks [256]uint8) {
	for c := range ' ' {
		marks[c] = markControl
	}
	marks['\t'] = 0
	marks[0x7f], marks[0xef], marks['|'], marks['#'], marks['\\'] = markControl, markBOM, markBar, markPacked, markPacked
	marks['-'], marks['{'], marks['['], marks['`'] = markFront, markFront, markFront, markFront
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

var reJournalField = pattern(`^_{0,2}[A-Z][A-Z0-9_]*(?:=|$)`)
