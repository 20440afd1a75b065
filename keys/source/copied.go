package source

import (
	"slices"
	"strings"
)

// What people copy from mails, terminals, loggers and web pages has a column of other text before each line, is broken at the width of a window,
// or escaped. Where the first lines of a file look like that, it is read once as it is and once with that undone, at the same time; the
// reading that finds more values counts.

// A view hands on the lines of a file with something undone.
type view struct {
	record   record   // takes the text out of each line; nil: lines are the text
	prefixes []prefix // taken off in this order
	answered int      // lines without that prefix, counted from 1, are of people who answer a mail between its lines; 0: none are
	stamped  bool     // one of them is the front of a logger, without which no event of a daemon has a time
	counted  bool     // one of them is the number of the line
	web      bool     // escapes and tags of web pages, and what word processors make of quotation marks, dashes and blanks
	entities bool     // there are escapes of web pages
	escaped  bool     // line breaks and tabs as in a string of a program: \n, \t
	visible  bool     // control characters as cat -A shows them
	respaced bool     // several blanks became one, or a tab
	spelled  bool     // numbers are in groups, or broken
	boxed    bool     // lines end at the border of a table
	markdown bool     // with the escapes of Markdown
	cellMark string   // stands between the words of a line; "": they are no cells
	marked   bool     // with marks of trackers and chats, also around keys
	cells    bool     // each line is a cell of CSV, in quotation marks
	padded   bool     // blanks fill each line up to the width of the window
	oneLine  bool     // line breaks were replaced by blanks
	lower    bool     // all was put in capitals
	paged    bool     // the foot of a page stands between lines
	spaced   bool     // every other line is blank
	width    int      // of the window that broke lines; 0: none
	goesOn   bool     // it marked those that it broke with a backslash at their end
	packed   bool     // it broke lines in each of which a logger put several
	wide     int      // columns of the line at hand, as far as it was handed on
	at       int      // its number
	slack    int      // of a line that was broken at blanks, as many as those that filled it
	filled   int      // columns up to which a mail program filled lines with words; 0: none did
	longer   bool     // what is behind a word that is longer than that goes on, too
	folded   int      // columns at which fold, or a mail program, broke lines at blanks, which they still end with; 0: none did
	refilled bool     // words were put on other lines, whatever line they were of
	num      int      // line of what is held; 0: nothing is
	held     joined
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
	first := copied{sample, whole}
	v := view{web: isWeb(sample), entities: hasEntities(sample), visible: isVisible(sample), boxed: isBoxed(sample), cells: isCells(sample), padded: isPadded(sample), lower: isUpper(sample)}
	list = v.behindPrefixes(first)
	also := func(w view) { list = append(list, w.withPrefixes(first)...) }
	w := v
	if w.escaped = isEscaped(sample); w.escaped {
		also(w)
	}
	w = v
	if w.respaced = isRespaced(sample); w.respaced {
		also(w)
	}
	w = v
	if w.markdown = isMarkdown(sample); w.markdown {
		also(w)
	}
	w = v
	if w.cellMark = v.markOfWords(sample); w.cellMark != "" {
		also(w)
	}
	w = v
	if w.marked = isMarked(sample); w.marked {
		also(w)
	}
	for _, r := range recordsOf(sample, whole) {
		w := v
		w.record, w.cells = r, false
		also(w)
	}
	if width := packedWidth(sample); width > 0 {
		w := v.copy(width)
		w.packed = true
		list = append(list, w)
	}
	if whole && isOneLine(sample) {
		w := v
		w.oneLine = true
		list = append(list, w.copy(0))
	}
	return list
}

// A copied is the first lines of a file.
type copied struct {
	lines []line
	whole bool // there are no more
}

// withPrefixes are the view of a text, and those of it behind prefixes.
func (v view) withPrefixes(first copied) (list []*view) {
	list = v.behindPrefixes(first)
	if v.undone() && !list[0].spaced && !list[0].paged {
		return list // the first one is the view itself
	}
	return append([]*view{v.copy(0)}, list...)
}

// undone reports whether behindPrefixes lists the view itself.
func (v *view) undone() bool {
	return v.web || v.visible || v.boxed || v.markdown || v.marked || v.cellMark != "" || v.cells || v.padded || v.spaced || v.paged || v.lower || len(v.prefixes) > 0
}

// behindPrefixes are the views of a text with what is known of it undone; those that put more lines together, or leave some out, come last.
func (v view) behindPrefixes(first copied) (list []*view) {
	var late []*view
	text := make([]string, 0, len(first.lines))
	for _, l := range first.lines {
		if s, ok := v.undo(l.text); ok {
			for part := range strings.SplitSeq(s, "\n") {
				text = append(text, part)
			}
		}
	}
	for {
		v.spaced, v.paged = isSpaced(text), slices.ContainsFunc(text, isPageFoot)
		if v.undone() {
			list = append(list, v.copy(0))
		}
		if width := widthOf(text); width > 0 {
			w := v.copy(width)
			w.goesOn = isMarkedAt(text, width)
			list = append(list, w)
			if v.padded {
				const blanks = 4
				w := v.copy(width)
				w.slack = blanks
				list = append(list, w)
			}
		}
		if hasSpelledHex(text) {
			w := v.copy(0)
			w.spelled = true
			list = append(list, w)
		}
		if columns := filledTo(text); first.whole && columns > 0 {
			for _, longer := range []bool{false, true} {
				w := v.copy(0)
				w.filled, w.longer, w.starts = columns, longer, make(map[string]bool)
				list = append(list, w)
			}
			if isRefilled(text, columns) {
				w := v.copy(0)
				w.refilled, w.respaced = true, true
				late = append(late, w)
			}
		}
		if columns := foldedAt(text); columns > 0 {
			w := v.copy(0)
			w.folded = columns
			late = append(late, w)
		}
		if len(v.prefixes) == 3 {
			return append(list, late...)
		}
		p, kind := prefixOf(text)
		if p == nil {
			return append(append(list, v.columns(text)...), late...)
		}
		v.prefixes = append(v.prefixes, p)
		if kind == quotedPrefix && isAnswered(text, p) {
			w := v.copy(0)
			w.answered = len(v.prefixes)
			late = append(late, w)
		}
		v.stamped, v.counted = v.stamped || kind == stampedPrefix, v.counted || kind == countedPrefix
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
	w.held = joined{}
	return &w
}
