package source

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// What people copy from mails, terminals, loggers and web pages has a column of other text before each line, is broken at the width of a window,
// or escaped. Where the first lines of a file look like that, it is read once as it is and once with that undone, at the same time; the
// reading that finds more values counts.

// A view hands on the lines of a file with something undone.
type view struct {
	record   record   // takes the text out of each line; nil: lines are the text
	prefixes []prefix // taken off in this order
	stamped  bool     // one of them is the front of a logger, without which no event of a daemon has a time
	web      bool     // escapes and tags of web pages, and what word processors make of quotation marks, dashes and blanks
	entities bool     // there are escapes of web pages
	escaped  bool     // line breaks and tabs as in a string of a program: \n, \t
	visible  bool     // control characters as cat -A shows them
	respaced bool     // several blanks became one, or a tab
	spelled  bool     // numbers are in groups, or broken
	boxed    bool     // lines end at the border of a table
	markdown bool     // with the escapes of Markdown
	cells    bool     // each line is a cell of CSV, in quotation marks
	padded   bool     // blanks fill each line up to the width of the window
	oneLine  bool     // line breaks were replaced by blanks
	paged    bool     // the foot of a page stands between lines
	spaced   bool     // every other line is blank
	width    int      // of the window that broke lines; 0: none
	slack    int      // of a line that was broken at blanks, as many as those that filled it
	filled   int      // columns up to which a mail program filled lines with words; 0: none did
	longer   bool     // what is behind a word that is longer than that goes on, too
	num      int      // line of what is held; 0: nothing is
	held     strings.Builder
	cut      string          // what stands behind held in its line, where that is a number that the next one may go on with
	last     int             // columns of the last line of held
	row      string          // that line
	starts   map[string]bool // how the lines before began
	blank    bool            // the line before was
	foot     bool            // it was the foot of a page, or a blank line behind that
}

// A prefix is a kind of text before each line.
type prefix func(text string) (rest string, ok bool)

// Bounds of what is looked at to tell how a file was copied.
const (
	sampleLines = 1000
	sampleBytes = 64 << 10
)

// viewsOf are the ways in which a file may have been copied, by its first lines; none: as it was written. Text may stand behind several
// columns, the last of which may be its own, so that each number of them is a way of its own; and lines may be broken or not. whole is set
// where there are no more lines: then more is tried.
func viewsOf(sample []line, whole bool) (list []*view) {
	v := view{web: isWeb(sample), entities: hasEntities(sample), visible: isVisible(sample), boxed: isBoxed(sample), cells: isCells(sample), padded: isPadded(sample)}
	list = v.behindPrefixes(sample, whole)
	if isEscaped(sample) {
		w := v
		w.escaped = true
		list = append(list, w.copy(0))
		list = append(list, w.behindPrefixes(sample, whole)...)
	}
	if isRespaced(sample) {
		w := v
		w.respaced = true
		list = append(list, w.copy(0))
		list = append(list, w.behindPrefixes(sample, whole)...)
	}
	if isMarkdown(sample) {
		w := v
		w.markdown = true
		list = append(list, w.copy(0))
		list = append(list, w.behindPrefixes(sample, whole)...)
	}
	for _, r := range recordsOf(sample) {
		w := v
		w.record, w.cells = r, false
		list = append(list, w.copy(0))
		list = append(list, w.behindPrefixes(sample, whole)...)
	}
	if whole && isOneLine(sample) {
		w := v
		w.oneLine = true
		list = append(list, w.copy(0))
	}
	return list
}

// behindPrefixes are the views of a text with what is known of it undone.
func (v view) behindPrefixes(sample []line, whole bool) (list []*view) {
	text, spelled := make([]string, 0, len(sample)), hasSpelledHex(sample)
	for _, l := range sample {
		if s, ok := v.undo(l.text); ok {
			text = append(text, strings.Split(s, "\n")...)
		}
	}
	for {
		v.spaced, v.paged = isSpaced(text), slices.ContainsFunc(text, isPageFoot)
		if v.web || v.visible || v.boxed || v.markdown || v.cells || v.padded || v.spaced || v.paged || len(v.prefixes) > 0 {
			list = append(list, v.copy(0))
		}
		if width := widthOf(text); width > 0 {
			list = append(list, v.copy(width))
			if v.padded {
				const blanks = 4
				w := v.copy(width)
				w.slack = blanks
				list = append(list, w)
			}
		}
		if spelled {
			w := v.copy(0)
			w.spelled = true
			list = append(list, w)
		}
		if columns := filledTo(text); whole && columns > 0 {
			for _, longer := range []bool{false, true} {
				w := v.copy(0)
				w.filled, w.longer, w.starts = columns, longer, make(map[string]bool)
				list = append(list, w)
			}
		}
		if len(v.prefixes) == 3 {
			return list
		}
		p, stamped := prefixOf(text)
		if p == nil {
			return append(list, v.columns(text)...)
		}
		v.prefixes, v.stamped = append(v.prefixes, p), v.stamped || stamped
		for i := range text {
			text[i], _ = p(text[i])
		}
	}
}

// unlikely reports whether a large file does not look so: a logger writes one column of its own, and breaks no lines.
func (v *view) unlikely() bool {
	return v.spelled || v.respaced || len(v.prefixes) > 1 || v.width > 0 || v.padded || v.paged
}

func (v *view) copy(width int) *view {
	w := *v
	w.prefixes, w.width = slices.Clone(v.prefixes), width
	w.held = strings.Builder{}
	return &w
}

// line undoes what was done to a line. What it gives is good until the next call.
func (v *view) line(l line, take func(line) error) error {
	text, ok := v.undo(l.text)
	for ok {
		part, rest, more := strings.Cut(text, "\n")
		for _, p := range v.prefixes {
			part, _ = p(part)
		}
		if err := v.part(line{l.num, part}, take); err != nil {
			return err
		}
		if !more {
			return nil
		}
		text = rest
	}
	return nil
}

// part takes a line without the text before it.
func (v *view) part(l line, take func(line) error) error {
	blank := strings.TrimSpace(l.text) == ""
	switch {
	case v.paged && isPageFoot(l.text):
		v.foot, v.blank = true, false
		return nil
	case v.paged && blank: // those around the foot of a page are not the text's
		v.blank = !v.foot
		return nil
	case v.paged && v.blank && !v.foot:
		if err := v.flush(take); err != nil {
			return err
		}
		if err := take(line{l.num, ""}); err != nil {
			return err
		}
	case v.spaced && blank && !v.blank:
		v.blank = true
		return nil
	}
	v.foot, v.blank = false, false
	switch {
	case v.spelled:
		return v.spell(l, take)
	case v.filled > 0:
		return v.fill(l, take)
	case v.width == 0:
		return take(l)
	}
	if v.num != 0 && (v.held.Len() >= mostWhole || startAlike(v.held.String(), l.text)) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	columns := utf8.RuneCountInString(l.text)
	full := columns <= v.width && columns >= v.width-v.slack
	if full && v.slack > 0 {
		l.text += strings.Repeat(" ", v.width-columns)
	}
	if v.num == 0 {
		v.num = l.num
	}
	v.held.WriteString(l.text)
	if full {
		return nil
	}
	return v.flush(take)
}

// spell puts the groups of numbers together, and a line to the one before it where that ends in a part of a number.
func (v *view) spell(l line, take func(line) error) error {
	rest, ok := goesOn(l.text)
	if v.num != 0 && (!ok || v.held.Len() >= mostWhole) {
		v.held.WriteString(v.cut)
		if err := v.flush(take); err != nil {
			return err
		}
	}
	if v.num == 0 {
		rest = joinHex(l.text)
		v.num = l.num
	}
	text, broken := brokenHex(rest)
	if broken {
		v.held.WriteString(text)
		v.cut = rest[len(text):]
		return nil
	}
	v.held.WriteString(rest)
	return v.flush(take)
}

// fill puts a line to the one before it, where its first word did not fit on that.
func (v *view) fill(l line, take func(line) error) error {
	word := firstWord(l.text)
	indented := l.text != "" && (l.text[0] == ' ' || l.text[0] == '\t')
	if v.num != 0 && (isDumpRow(v.row) && !lex.IsHex(word) || loggerEnd(l.text) >= 0) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	quoted := strings.Count(v.held.String(), `"`)%2 == 1
	if v.num != 0 && !quoted && (v.starts[startOf(l.text)] || !v.longer && v.last > v.filled || word == "" || indented || v.last+1+utf8.RuneCountInString(word) <= v.filled || v.held.Len() >= mostWhole) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	if v.num == 0 {
		v.num = l.num
		const most = 1000
		if f := startOf(l.text); f != "" && len(v.starts) < most {
			v.starts[strings.Clone(f)] = true // it is kept longer than the line
		}
	} else {
		v.held.WriteByte(' ')
	}
	v.held.WriteString(l.text)
	v.last, v.row = utf8.RuneCountInString(l.text), l.text
	return nil
}

// startOf is how a line begins that may begin like another; "" where that says nothing.
func startOf(text string) string {
	const letters = 3
	text = strings.TrimSpace(text)
	if text = text[:min(len(text), letters)]; len(text) < letters || lex.IsHex(strings.TrimPrefix(text, "0x")) {
		return ""
	}
	return text
}

// isDumpRow reports whether a line is groups of hex and nothing else.
func isDumpRow(text string) bool {
	_, ok := lex.HexGroups(text)
	return ok && strings.Contains(strings.TrimSpace(text), " ")
}

// startAlike reports whether two lines begin with the same word: then the second is no rest of the first.
func startAlike(a, b string) bool {
	word, _, ok := strings.Cut(a, " ")
	const letters = 3
	return ok && len(word) >= letters && strings.HasPrefix(b, word) && strings.HasPrefix(b[len(word):], " ") && !lex.IsHex(word)
}

// flush hands on a line that the file ends with.
func (v *view) flush(take func(line) error) error {
	if v.num == 0 {
		return nil
	}
	l := line{v.num, v.held.String()}
	v.num = 0
	v.held.Reset()
	return take(l)
}

// csvCell takes the text out of a cell in quotation marks, of which those inside are doubled.
func csvCell(s string) (string, bool) {
	s = strings.TrimRight(s, ",; ")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	inside := s[1 : len(s)-1]
	if strings.Contains(strings.ReplaceAll(inside, `""`, ""), `"`) {
		return "", false
	}
	return strings.ReplaceAll(inside, `""`, `"`), true
}

// isCells reports whether nearly every line is a cell of CSV.
func isCells(sample []line) bool {
	lines, cells := 0, 0
	for _, l := range sample {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		lines++
		if _, ok := csvCell(l.text); ok {
			cells++
		}
	}
	return lines > 0 && cells*10 >= lines*9
}

// isPadded reports whether nearly all lines are as long as each other, by blanks at their ends.
func isPadded(sample []line) bool {
	count := make(map[int]int)
	blanks := 0
	for _, l := range sample {
		count[utf8.RuneCountInString(l.text)]++
		if strings.HasSuffix(l.text, " ") {
			blanks++
		}
	}
	most := 0
	for width, n := range count {
		if width >= leastWidth {
			most = max(most, n)
		}
	}
	return len(sample) > 3 && most*10 >= len(sample)*9 && blanks*4 >= len(sample)
}

// isOneLine reports whether a text of few lines has one that several may be joined in.
func isOneLine(sample []line) bool {
	const few, long = 5, 150
	return len(sample) <= few && slices.ContainsFunc(sample, func(l line) bool { return len(l.text) > long })
}

// rePageFoot is a line with the number of a page.
var rePageFoot = regexp.MustCompile(`(?i)\b(?:page|seite) \d{1,4}(?: ?(?:of|/|von) ?\d{1,4})?\s*$|^\s*\d{1,4} ?(?:/|of) ?\d{1,4}\s*$`)

func isPageFoot(text string) bool {
	const longest = 120
	text = strings.TrimRight(text, " ")
	return text != "" && len(text) <= longest && isDigit(text[len(text)-1]) && rePageFoot.MatchString(text)
}

// filledTo is how many columns the longest line of several words has, in a text that a mail program may have filled, or as many as is usual; 0: it has
// not.
func filledTo(text []string) int {
	const least, most = 50, 130
	const usual = 72
	columns, longest := 0, 0
	for _, s := range text {
		n := utf8.RuneCountInString(s)
		if longest = max(longest, n); strings.Contains(strings.TrimSpace(s), " ") {
			columns = max(columns, n)
		}
	}
	switch {
	case longest < least || columns > most:
		return 0
	case columns < least:
		return usual
	}
	return columns
}

// isSpaced reports whether every other line is blank.
func isSpaced(text []string) bool {
	blank := 0
	for i := range text {
		if strings.TrimSpace(text[i]) == "" {
			blank++
		} else if i > 0 && strings.TrimSpace(text[i-1]) != "" {
			return false
		}
	}
	return len(text) > 3 && blank >= len(text)/2-1
}

// widthOf is the width of the window that broke the lines of a text, in characters; 0: none did. No line is wider, and in a long text more than
// one has that width.
func widthOf(text []string) int {
	width, n := 0, 0
	for _, s := range text {
		switch c := utf8.RuneCountInString(s); {
		case c > width:
			width, n = c, 1
		case c == width:
			n++
		}
	}
	if n < 2 && len(text) >= sampleLines || width < leastWidth || width > mostWidth {
		return 0
	}
	return width
}
