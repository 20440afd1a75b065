package source

import (
	"slices"
	"strings"
)

// Programs put each line of a text in quotation marks, behind or between other fields.
//
//	INSERT INTO log VALUES (1,'2026-11-23 08:43:20','gw1','line'),(2,'2026-11-23 08:43:20','gw1','line');
//	echo "line" >> keys
//	[0] tail.0: [1795600800.118000000, {"log"=>"line"}]
//	date=2026-11-23 time=08:43:20 devname="gw1" msg="line"

// quotes are the marks; Markdown has the last one.
const quotes = "'\"`"

// quotedRows are the strings of a line, with their marks, those of each row in brackets apart.
func quotedRows(s string) (rows [][]string) {
	var row []string
	shell := strings.HasPrefix(strings.TrimSpace(s), "echo ")
	for at := 0; at < len(s); at++ {
		switch {
		case s[at] == '(' && strings.HasSuffix(strings.ToLower(strings.TrimRight(s[max(0, at-len("values  ")):at], " ")), "values"):
			row = nil // before it is the name of the table
		case s[at] == '(' && strings.HasSuffix(strings.TrimRight(s[max(0, at-len("),  ")):at], " "), "),") && len(row) > 0:
			rows = append(rows, row)
			row = nil
		case strings.IndexByte(quotes, s[at]) >= 0 && (at == 0 || !isWordByte(s[at-1])):
			n := quotedLen(s[at:], shell)
			if n == 0 {
				return append(rows, row)
			}
			row = append(row, s[at:at+n])
			at += n - 1
		}
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows
}

// shellQuote is how a shell has the mark inside such a string.
const shellQuote = `'\''`

// quotedLen is the length of the string at the front of a text, with its marks, of which those inside are doubled or escaped; 0: it does not end. In a
// shell a backslash between single ones is one.
func quotedLen(s string, shell bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] != '`' && (s[0] != '\'' || !shell):
			i++
		case s[i] != s[0]:
		case strings.HasPrefix(s[i:], shellQuote):
			i += len(shellQuote) - 1
		case i+1 < len(s) && s[i+1] == s[0] && i > 1:
			i++
		default:
			return i + 1
		}
	}
	return 0
}

// quotedColumn is which string of a row is the text: the longest in all lines together; -1: few lines have any, or they begin with one, as tables do.
func quotedColumn(sample []line) int {
	const least, most = 3, 8
	var sizes, texts []int
	lines, with := 0, 0
	for _, l := range sample {
		text := strings.TrimSpace(l.text)
		if text == "" {
			continue
		}
		if lines++; text[0] == '"' || text[0] == '\'' || text[0] == '{' {
			return -1
		}
		rows := quotedRows(text)
		if len(rows) > 0 {
			with++
		} else if lines > 2*with+least {
			return -1
		}
		for _, row := range rows[:min(len(rows), sampleLines)] {
			for i, s := range row[:min(len(row), most)] {
				if i == len(sizes) {
					sizes, texts = append(sizes, 0), append(texts, 0)
				}
				sizes[i] += len(s)
				texts[i] += btoi(strings.ContainsAny(s, " ,\t"))
			}
		}
	}
	if len(sizes) == 0 || 2*with+least < lines || with < least && with < lines {
		return -1
	}
	column := slices.Index(sizes, slices.Max(sizes))
	if texts[column] == 0 { // names, or keys
		return -1
	}
	return column
}

// quotedText takes the texts out of a line, one of each row.
func quotedText(column int) record {
	return func(line string) (string, bool) {
		var b strings.Builder
		for i, row := range quotedRows(line) {
			if column < len(row) {
				if i > 0 {
					b.WriteByte('\n')
				}
				b.WriteString(unquoted(row[column]))
			}
		}
		return b.String(), b.Len() > 0
	}
}

// unquoted is what a string stands for.
func unquoted(s string) string {
	mark := s[:1]
	s = strings.ReplaceAll(strings.ReplaceAll(s[1:len(s)-1], shellQuote, "'"), mark+mark, mark)
	if mark == "`" {
		return s
	}
	return strings.TrimSuffix(unescapeJSON(s), "\n")
}

// reNamedValue is a line with a name and a value, as YAML has it, or journalctl -o verbose.
var reNamedValue = pattern(`^\s*(?:- )?([A-Za-z_@][\w.@-]{0,40})(?:: ?|=)(.*)$`)

// namedMessage is the value of a message.
func namedMessage(line string) (string, bool) {
	m := reNamedValue.FindStringSubmatch(line)
	if m == nil || !slices.Contains(messageNames, m[1]) {
		return "", false
	}
	value := m[2]
	if value != "" && (value[0] == '"' || value[0] == '\'') && quotedLen(value, false) == len(value) {
		value = unquoted(value)
	}
	return value, true
}

// hasNamedMessages reports whether the entries of a log have a line for each field, of which one is the message.
func hasNamedMessages(sample []line) bool {
	const few, share = 3, 12
	named, messages, lines := 0, 0, 0
	for _, l := range sample {
		text := strings.TrimSpace(l.text)
		if text == "" || text == "---" {
			continue
		}
		lines++
		if reNamedValue.MatchString(text) || stampOf(text).Dated {
			named++
		} else if lines > named+few+lines/10 {
			return false
		}
		if _, ok := namedMessage(text); ok {
			messages++
		}
	}
	return messages > 0 && messages*share >= lines && 2*messages < lines && named*10 >= lines*9
}
