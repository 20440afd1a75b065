package source

import (
	"slices"
	"strings"
	"unicode/utf8"
)

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
var rePageFoot = pattern(`(?i)\b(?:page|seite) \d{1,4}(?: ?(?:of|/|von) ?\d{1,4})?\s*$|^\s*\d{1,4} ?(?:/|of) ?\d{1,4}\s*$`)

func isPageFoot(text string) bool {
	const longest, most = 120, 4
	text = strings.TrimRight(text, " ")
	before := len(text)
	for before > 0 && isDigit(text[before-1]) {
		before--
	}
	digits := len(text) - before
	return len(text) <= longest && 0 < digits && digits <= most && before > 0 && strings.IndexByte(" /fFnN", text[before-1]) >= 0 && rePageFoot.MatchString(text)
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

// foldedAt is how many columns the longest line has of a text that fold, or a mail program by format=flowed (RFC 3676), broke at blanks; 0: none did.
func foldedAt(text []string) int {
	const few = 2
	columns, folds := 0, 0
	for _, s := range text {
		columns = max(columns, utf8.RuneCountInString(s))
	}
	for i := 1; i < len(text); i++ {
		folds += btoi(isFold(text[i-1], text[i], columns))
	}
	if columns < leastWidth || columns > mostWidth || folds < few {
		return 0
	}
	return columns
}

// isFold reports whether a line goes on in the next one: it ends with a blank, and the first word of that one did not fit.
func isFold(text, next string, columns int) bool {
	word, _, _ := strings.Cut(next, " ")
	return strings.HasSuffix(text, " ") && word != "" && utf8.RuneCountInString(text)+utf8.RuneCountInString(word) > columns
}

// isRefilled reports whether most lines end where the first word of the next one did not fit any more, as fmt and word processors leave them.
func isRefilled(text []string, columns int) bool {
	const least, goal = 3, 8 // fmt fills nearly so many eighths
	pairs, full := 0, 0
	for i := 1; i < len(text); i++ {
		word := firstWord(text[i])
		if word == "" || strings.TrimSpace(text[i-1]) == "" {
			continue
		}
		pairs++
		full += btoi((utf8.RuneCountInString(text[i-1])+1+utf8.RuneCountInString(word))*goal > columns*(goal-1))
	}
	return full >= least && full*2 >= pairs
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

// isMarkedAt reports whether the lines that fill a window end with a backslash, as an editor shows that they go on. Where a person breaks a line so, it
// stands behind a blank.
func isMarkedAt(text []string, width int) bool {
	full, blanks := 0, 0
	for _, s := range text {
		if utf8.RuneCountInString(s) != width {
			continue
		}
		if !strings.HasSuffix(s, `\`) {
			return false
		}
		full++
		blanks += btoi(strings.HasSuffix(s, ` \`))
	}
	return full > 0 && blanks < full
}

// packedWidth is the width of the window that broke lines in each of which a logger put several; 0: none did.
func packedWidth(sample []line) int {
	var columns []int
	several := false
	for i, l := range sample {
		if n := utf8.RuneCountInString(l.text); i > 0 && sample[i-1].num == l.num {
			columns[len(columns)-1] += len(packedBreak) + n
			several = true
		} else {
			columns = append(columns, n)
		}
	}
	if !several {
		return 0
	}
	width := slices.Max(columns)
	full := len(slices.DeleteFunc(columns, func(n int) bool { return n < width }))
	if full < 2 || width < leastWidth || width > mostWidth {
		return 0
	}
	return width
}
