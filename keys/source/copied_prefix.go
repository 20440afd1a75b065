package source

import (
	"slices"
	"strconv"
	"strings"
)

// A prefixKind is what a prefix tells of its lines.
type prefixKind int

const (
	plainPrefix   prefixKind = iota
	stampedPrefix            // it is the front of a logger
	countedPrefix            // it is their numbers
	quotedPrefix             // a mail program put it there
)

// prefixOf finds the prefix that nearly all lines of a text have; nil: none.
func prefixOf(text []string) (p prefix, kind prefixKind) {
	if p := matching(reHalfDay); nearlyAll(text, p) {
		return p, stampedPrefix
	}
	if nearlyAll(text, loggerPrefix) {
		hosts := haveHosts(text)
		return func(s string) (string, bool) {
			end := frontEnd(s, hosts)
			s, ok := s[max(end, 0):], end >= 0
			return strings.ReplaceAll(s, "#011", "\t"), ok // a tab, as rsyslog writes it
		}, stampedPrefix
	}
	for _, re := range stamps {
		if p := matching(re); nearlyAll(text, p) {
			return p, stampedPrefix
		}
	}
	if p := quotation(text); p != nil {
		return p, quotedPrefix
	}
	for _, re := range decorations {
		if p := matching(re); nearlyAll(withoutPatchHeads(text), p) {
			return p, plainPrefix
		}
	}
	if p := matching(reNumbered); nearlyAll(text, p) && (isRising(numbersOf(text)) || isRelative(numbersOf(text))) {
		return p, countedPrefix
	}
	if slices.ContainsFunc(text, func(s string) bool { return strings.HasPrefix(s, "@@ -") }) {
		return patchMark, plainPrefix
	}
	if nearlyAll(withoutPatchHeads(text), patchMark) && slices.ContainsFunc(text, func(s string) bool { return strings.HasPrefix(s, "+") }) {
		return patchMark, plainPrefix
	}
	return nil, plainPrefix
}

func loggerPrefix(s string) (string, bool) {
	end := loggerEnd(s)
	return s[max(end, 0):], end >= 0
}

// haveHosts reports whether a host and a program stand behind the times of a text: in nearly all lines, or in none. Else what looks like them is of the
// text, as in "Encryption key: ".
func haveHosts(text []string) bool {
	lines, with := 0, 0
	for _, s := range text {
		if end := frontEnd(s, false); end >= 0 && strings.TrimSpace(s[end:]) != "" {
			lines++
			with += btoi(loggerEnd(s) > end)
		}
	}
	return with == 0 || with*10 >= lines*9
}

// withoutPatchHeads leaves out the lines that name the files and places of a patch.
func withoutPatchHeads(text []string) (rest []string) {
	for _, s := range text {
		if !rePatchHead.MatchString(s) {
			rest = append(rest, s)
		}
	}
	return rest
}

var rePatchHead = behind(`^(?:--- |\+\+\+ |\*\*\* |\*{15}|@@ |diff |index |\d+(?:,\d+)?[acd]\d+(?:,\d+)?$|\\ No newline)`,
	"--- ", "+++ ", "***", "@@ ", "diff ", "index ", `\ No`, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

// patchMark is what a patch has before each line.
func patchMark(s string) (string, bool) {
	if s == "" || strings.IndexByte("+- ", s[0]) < 0 {
		return s, false
	}
	return s[1:], true
}

// reStamp is the front of a logger whose time is in none of the forms that loggerEnd knows: of Android's logcat, of klog, of a console or a web interface
// in the way of its country, behind the names of a pod and its container, behind the length of a message (RFC 6587, section 3.4.1).
const (
	otherDate  = `(?:\d{1,4}[-/.](?:\d{1,2}|[A-Za-z]{3})[-/.]\d{1,4}|[A-Za-z]{3}/\d\d/\d{4}|\d\d-\d\d|\d{1,2} [A-Z][a-z]{2} \d{4}|\d{4} [A-Z][a-z]{2} [ \d]\d|[A-Z][a-z]{2} [ \d]?\d,? \d{4}|\d{8}|[IWEF]\d{4})`
	otherClock = `\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[AP]M\b)?(?: ?(?:Z\b|[+-]\d\d:?\d\d\b|[A-Z]{3,4}\b))?`
	otherStamp = `(?:` + otherDate + `(?:,? (?:@ )?|[T:-])` + otherClock + `|` + otherClock + `|\d{8}T\d{6}Z?)`
	syslogTag  = ` [\w.-]+ [\w./-]+(?:\[\d+\])?:`
	logcatTag  = `(?: *\d+ +\d+ [VDIWEFS] [^:]{0,60}:| ?[VDIWEF]/[^(]{1,60}\( *\d+\):| *\d+-\d+ +\S+ +\S+ +[VDIWEF] )`
)

var (
	stamps = []*lazyRegexp{pattern(`^ *\[\d{4}-\d\d-\d\d +\d\d:\d\d\.\d\d\] ?(?:  ?)?`), pattern(`^\[?` + otherStamp + `\]?(?:` + syslogTag + `|` + logcatTag + `| +\d+ [\w./-]+:\d+\])?:? ?`), pattern(`^\d{1,5} <\d{1,3}>1? ?`),
		pattern(`^ ?(?:[+-]\d{4} )?` + logcatTag + ` ?`), pattern(`^[a-z][a-z0-9.-]+ [a-z][a-z0-9-]+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) `), pattern(`^\t(?:(?i:trace|debug|info|notice|warn|warning|error)\t)?(?:[\w./-]+:\d+\t)?`)}
	reHalfDay = pattern(`^\[?(?:` + otherDate + `,? )?\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})? ?[AP]M\b\]?(?:` + syslogTag + `)?:? ?`)
	// reQuoted are the quotation marks of a mail, and of one that quotes others.
	reQuoted = []*lazyRegexp{pattern(`^> ?`), pattern(`^> ?> ?`), pattern(`^> ?> ?> ?`), pattern(`^> ?> ?> ?> ?`)}
	// decorations are lines of a patch, items of a list, the columns of docker compose, names of pods, and of files as grep writes them.
	decorations = []*lazyRegexp{pattern(`^\+ ?`), pattern(`^- ?`), pattern(`^< ?`), pattern(`^! ?`), pattern(`^\^?[0-9a-f]{7,40} +(?:\S+ +)?\(?[^()]{0,60}?\d+\) ?`), pattern(`^#\d+ \d+\.\d+ ?`), pattern(`^[*•·‣▪] ?`), pattern(`^[\w./-]+ +\| `), pattern(`^ *[│|] ?`), pattern(`^ *\[\d+\] ?=> ?`),
		pattern(`^\[[A-Za-z][\w./:@-]*\] ?`), pattern(`^[\w./+@-]*[A-Za-z][\w+@-]*[./][\w./+@-]*:`)}
	// reNumbered is what grep -n, cat -n and nl put before a line, grep with the name of the file too.
	reNumbered = pattern(`^(?:(?:[A-Za-z]:)?[^\s:;=,]*?[^\s:;=,\d][^\s:;=,]*?[:-])?\s*(\d{1,9})(?:[:|\t.)]|-|  | )`)
)

// matching is the prefix that matches a pattern.
func matching(re *lazyRegexp) prefix {
	return func(s string) (string, bool) {
		n := re.FindStringIndex(s)
		if n == nil {
			return s, false
		}
		return s[n[1]:], true
	}
}

// quotation is what a mail program puts before the lines that it quotes, as often as nearly all of those have it; nil: too few lines are quoted. People
// answer a mail between its lines.
func quotation(text []string) prefix {
	const share = 5 // of the lines, and 1 in so many is enough
	var quoted []string
	lines := 0
	for _, s := range text {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if lines++; strings.HasPrefix(s, ">") {
			quoted = append(quoted, s)
		}
	}
	if len(quoted)*share < lines {
		return nil
	}
	for _, re := range slices.Backward(reQuoted) {
		if p := matching(re); nearlyAll(quoted, p) {
			return p
		}
	}
	return nil
}

// isAnswered reports whether lines that are not quoted stand between those that are.
func isAnswered(text []string, p prefix) bool {
	between, answers := false, false
	for _, s := range text {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if _, quoted := p(s); quoted && answers {
			return true
		} else if quoted {
			between = true
		} else {
			answers = between
		}
	}
	return false
}

// nearlyAll reports whether nine of ten lines that are not blank have a prefix; a line of a blank prefix alone counts.
func nearlyAll(text []string, p prefix) bool {
	const head, few = 3, 8 // lines of a table's head and foot, where it has rules or that many others have the prefix
	lines, with, rules := 0, 0, 0
	for _, s := range text {
		if isRule(s) {
			rules++
			continue
		}
		if strings.TrimSpace(s) == "" || s == "~" { // which vi shows below the last line
			continue
		}
		lines++
		if _, ok := p(s); ok {
			with++
		} else if _, ok := p(s + " "); ok { // an editor took the blank off
			with++
		} else if lines-with > max(head, len(text)/10) {
			return false // whatever the rest has
		}
	}
	return lines > 0 && (with*10 >= lines*9 || with > lines-with && lines-with <= head && (rules > 0 || with >= few))
}

// numbersOf are the numbers before several lines; nil: they are no numbers of lines.
func numbersOf(text []string) (list []int) {
	for _, s := range text {
		m := reNumbered.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return nil
		}
		list = append(list, n)
	}
	return list
}

// isRising reports whether the numbers before several lines rise from each to the next.
func isRising(numbers []int) bool {
	for i := range numbers[min(1, len(numbers)):] {
		if numbers[i+1] <= numbers[i] {
			return false
		}
	}
	return len(numbers) > 1
}

// isFalling reports whether they fall from each line to the next, by one from most: a blank line shows none.
func isFalling(numbers []int) bool {
	for i := range numbers[min(1, len(numbers)):] {
		if numbers[i+1] >= numbers[i] {
			return false
		}
	}
	return len(numbers) > 1 && numbers[0]-numbers[len(numbers)-1] < 2*len(numbers)
}

// isRelative reports whether they are how far lines are from one among them, as an editor shows them: 2, 1, the number of that line or 0, 1, 2.
func isRelative(numbers []int) bool {
	at := slices.Index(numbers, 1) + 1
	if at < 2 || at >= len(numbers)-1 {
		return false
	}
	rest := numbers[at+1:]
	return isFalling(numbers[:at]) && rest[0] == 1 && (len(rest) == 1 || isRising(rest) && rest[len(rest)-1] == len(rest))
}

// columns are the ways to take off what all lines have in common at their front: up to its first mark, and up to each of its first blanks, since
// the text itself may have something in common, too.
func (v *view) columns(text []string) (list []*view) {
	const most = 4
	column := commonColumn(text)
	mark := strings.IndexAny(column, ":|>#]")
	for i, ends := 0, 0; i < len(column) && ends < most; i++ {
		if i != mark && column[i] != '\t' && (column[i] != ' ' || i+1 < len(column) && column[i+1] == ' ') {
			continue
		}
		ends++
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
