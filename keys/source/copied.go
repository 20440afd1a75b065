package source

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
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
	held     line     // may go on
	holds    bool
	blank    bool // the line before was
}

// A prefix is a kind of text before each line.
type prefix func(text string) (rest string, ok bool)

// Bounds of what is looked at to tell how a file was copied.
const (
	sampleLines = 400
	sampleBytes = 64 << 10
)

// viewsOf are the ways in which a file may have been copied, by its first lines; none: as it was written.
func viewsOf(sample []line) (list []*view) {
	v := view{web: isWeb(sample)}
	text := make([]string, 0, len(sample))
	for _, l := range sample {
		text = append(text, v.undo(l.text))
	}
	for len(v.prefixes) < 3 {
		p, stamped := prefixOf(text)
		if p == nil {
			break
		}
		v.prefixes, v.stamped = append(v.prefixes, p), v.stamped || stamped
		for i := range text {
			text[i], _ = p(text[i])
		}
	}
	v.spaced = isSpaced(text)
	if v.web || v.spaced || len(v.prefixes) > 0 {
		list = append(list, &view{prefixes: v.prefixes, stamped: v.stamped, web: v.web, spaced: v.spaced})
	}
	if v.width = widthOf(text); v.width > 0 {
		list = append(list, &v)
	}
	return list
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
	full := utf8.RuneCountInString(l.text) == v.width
	if v.holds && len(v.held.text) < mostWhole {
		v.held.text += l.text
	} else {
		v.held, v.holds = l, true
	}
	if full {
		return nil
	}
	return v.flush(take)
}

// flush hands on a line that the file ends with.
func (v *view) flush(take func(line) error) error {
	if !v.holds {
		return nil
	}
	v.holds = false
	return take(v.held)
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

// widthOf is the width of the window that broke the lines of a text, in characters; 0: none did. Two lines at least have that width, and none is
// wider.
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
	if n < 2 || width < leastWidth || width > mostWidth {
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
	if column := commonColumn(text); column != "" {
		return func(s string) (string, bool) { return strings.CutPrefix(s, column) }, false
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
	reNumbered = regexp.MustCompile(`^(?:[^\s:]+:)?\s*(\d{1,9})(?:[:|\t]|-|  | )`)
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

// commonColumn is the text that all lines have in common at their front, up to the last blank or mark in it; "": there is none, or too few
// lines to tell.
func commonColumn(text []string) string {
	const fewest = 3
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
	end := strings.LastIndexAny(column, " |:]>")
	if lines < fewest || strings.TrimSpace(column[:end+1]) == "" {
		return ""
	}
	return column[:end+1]
}
