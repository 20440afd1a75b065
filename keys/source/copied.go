package source

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// What people copy from mails, terminals, loggers and web pages has a column of other text before each line, is broken at the width of a window,
// or escaped. Where the first lines of a file look like that, it is read once as it is and once with that undone, at the same time; the
// reading that finds more values counts.

// A view hands on the lines of a file with something undone.
type view struct {
	prefixes []prefix // taken off in this order
	stamped  bool     // one of them is the front of a logger, without which no event of a daemon has a time
	web      bool     // escapes of web pages, and what word processors make of quotation marks and blanks
	spaced   bool     // every other line is blank
	width    int      // of the window that broke lines; 0: none
	num      int      // line of what is held; 0: nothing is
	held     strings.Builder
	blank    bool // the line before was
}

// A prefix is a kind of text before each line.
type prefix func(text string) (rest string, ok bool)

// Bounds of what is looked at to tell how a file was copied.
const (
	sampleLines = 400
	sampleBytes = 64 << 10
)

// viewsOf are the ways in which a file may have been copied, by its first lines; none: as it was written. Text may stand behind several
// columns, the last of which may be its own, so that each number of them is a way of its own; and lines may be broken or not.
func viewsOf(sample []line) (list []*view) {
	v := view{web: isWeb(sample)}
	text := make([]string, 0, len(sample))
	for _, l := range sample {
		text = append(text, v.undo(l.text))
	}
	for {
		v.spaced = isSpaced(text)
		if v.web || v.spaced || len(v.prefixes) > 0 {
			list = append(list, v.copy(0))
		}
		if width := widthOf(text); width > 0 {
			list = append(list, v.copy(width))
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

func (v *view) copy(width int) *view {
	return &view{prefixes: slices.Clone(v.prefixes), stamped: v.stamped, web: v.web, spaced: v.spaced, width: width}
}

// line undoes what was done to a line. What it gives is good until the next call.
func (v *view) line(l line, take func(line) error) error {
	l.text = v.undo(l.text)
	for _, p := range v.prefixes {
		l.text, _ = p(l.text)
	}
	if v.spaced && strings.TrimSpace(l.text) == "" {
		if v.blank = !v.blank; v.blank {
			return nil
		}
	} else {
		v.blank = false
	}
	if v.width == 0 {
		return take(l)
	}
	if v.num != 0 && (v.held.Len() >= mostWhole || startAlike(v.held.String(), l.text)) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	full := utf8.RuneCountInString(l.text) == v.width
	if v.num == 0 {
		v.num = l.num
	}
	v.held.WriteString(l.text)
	if full {
		return nil
	}
	return v.flush(take)
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

// undo takes away escapes of web pages and loggers, no-break spaces and typographic quotation marks.
func (v *view) undo(s string) string {
	if !v.web {
		return s
	}
	return plainText.Replace(html.UnescapeString(s))
}

var plainText = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u200b", "", "\u00ad", "",
	"\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u00ab", `"`, "\u00bb", `"`, "\u2018", "'", "\u2019", "'", "\u2013", "-", "\u2014", "-", "\u2026", "...")

// isWeb reports whether some text comes from a web page or a word processor.
func isWeb(sample []line) bool {
	for _, l := range sample {
		if strings.ContainsAny(l.text, "\u00a0\u202f\u201c\u201d\u201e\u2018\u2019\u200b\u00ad") || unescaped(l.text) != l.text || strings.Contains(l.text, "&nbsp;") || strings.Contains(l.text, "&amp;") {
			return true
		}
	}
	return false
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

// prefixOf finds the prefix that nearly all lines of a text have; nil: none.
func prefixOf(text []string) (p prefix, stamped bool) {
	for _, re := range decorations {
		if p := matching(re); nearlyAll(text, p) {
			return p, false
		}
	}
	if p := matching(reNumbered); nearlyAll(text, p) && isRising(text) {
		return p, false
	}
	if p := matching(reStamped); nearlyAll(text, p) {
		return func(s string) (string, bool) {
			s, ok := p(s)
			return strings.ReplaceAll(s, "#011", "\t"), ok // a tab, as rsyslog writes it
		}, true
	}
	return nil, false
}

var (
	// decorations are quotation marks of mails, the added lines of a patch, and the columns of docker compose.
	decorations = []*regexp.Regexp{regexp.MustCompile(`^> ?`), regexp.MustCompile(`^\+ ?`), regexp.MustCompile(`^[\w./-]+ +\| `), regexp.MustCompile(`^│ ?`)}
	// reNumbered is what grep -n, cat -n and nl put before a line, grep with the name of the file too.
	reNumbered = regexp.MustCompile(`^(?:[^\s:]*[^\s:\d][^\s:]*:)?\s*(\d{1,9})(?:[:|\t]|-|  | )`)
	// reStamped is the front of a logger: the time, and perhaps host, program and process.
	reStamped = regexp.MustCompile(`^(?:<\d{1,3}>(?:1 )?)?(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?: [\w.-]+ [\w./-]+(?:\[\d+\])?:)?(?: std(?:out|err) [FP])?:? ?`)
)

// matching is the prefix that matches a pattern.
func matching(re *regexp.Regexp) prefix {
	return func(s string) (string, bool) {
		n := re.FindStringIndex(s)
		if n == nil {
			return s, false
		}
		return s[n[1]:], true
	}
}

// nearlyAll reports whether nine of ten lines that are not blank have a prefix; a line of a blank prefix alone counts.
func nearlyAll(text []string, p prefix) bool {
	lines, with := 0, 0
	for _, s := range text {
		if strings.TrimSpace(s) == "" {
			continue
		}
		lines++
		if _, ok := p(s); ok {
			with++
		} else if _, ok := p(s + " "); ok { // an editor took the blank off
			with++
		}
	}
	return lines > 0 && with*10 >= lines*9
}

// isRising reports whether the numbers before the lines rise from each to the next.
func isRising(text []string) bool {
	last := -1
	for _, s := range text {
		m := reNumbered.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n <= last {
			return false
		}
		last = n
	}
	return true
}

// columns are the ways to take off what all lines have in common at their front: up to each of its first blanks, since the text itself may have
// something in common, too.
func (v *view) columns(text []string) (list []*view) {
	const most = 3
	column := commonColumn(text)
	for i := 0; i < len(column) && len(list) < 2*most; i++ {
		if column[i] != ' ' || i+1 < len(column) && column[i+1] == ' ' {
			continue
		}
		front := column[:i+1]
		w := v.copy(0)
		w.prefixes = append(w.prefixes, func(s string) (string, bool) { return strings.CutPrefix(s, front) })
		list = append(list, w)
		rest := make([]string, len(text))
		for j, s := range text {
			rest[j] = strings.TrimPrefix(s, front)
		}
		if width := widthOf(rest); width > 0 {
			list = append(list, w.copy(width))
		}
	}
	return list
}

// commonColumn is the text that all lines have in common at their front.
func commonColumn(text []string) string {
	column, lines := "", 0
	for _, s := range text {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if lines++; lines == 1 {
			column = s
			continue
		}
		n := 0
		for n < len(column) && n < len(s) && column[n] == s[n] {
			n++
		}
		column = column[:n]
	}
	if lines < 2 {
		return ""
	}
	return column
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
