package source

import "strings"

// Programs print the lines of a command's output as a list: YAML with an item for each, quoted where it has a tab, Python all in one line.
//
//	- src 192.0.2.2 dst 192.0.2.1
//	- "\tproto esp spi 0xc0077ff1 reqid 1 mode tunnel"
//
//	['src 192.0.2.2 dst 192.0.2.1', '\tproto esp spi 0xc0077ff1 reqid 1 mode tunnel']

// reYAMLItem is an item of a list, quoted or not.
var reYAMLItem = pattern(`^\s*- (?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*?))\s*$`)

// yamlItem is the text of an item.
func yamlItem(line string) (string, bool) {
	m := reYAMLItem.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	if m[1] != "" {
		return strings.TrimSuffix(unescapeJSON(m[1]), "\n"), true
	}
	return m[2] + m[3], true
}

// isYAMLList reports whether most lines of some text are items, below a line with a colon.
func isYAMLList(sample []line) bool {
	const few = 2
	items, lines, named := 0, 0, false
	for _, l := range sample {
		text := strings.TrimSpace(l.text)
		lines++
		items += btoi(strings.HasPrefix(text, "- "))
		named = named || items == 0 && strings.HasSuffix(text, ":")
	}
	return named && items >= few && 2*items >= lines
}

// stringList are the strings of a list, a line each.
func stringList(line string) (string, bool) {
	text := trimFront(line)
	at := strings.IndexByte(text, '[')
	if at < 0 {
		return "", false
	}
	var b strings.Builder
	for text = text[at+1:]; ; {
		text = strings.TrimLeft(text, " ,\t")
		if text == "" || text[0] != '\'' && text[0] != '"' {
			break
		}
		end := literalEnd(text)
		if end < 0 {
			break
		}
		b.WriteString(strings.TrimSuffix(unescapeJSON(text[1:end]), "\n"))
		b.WriteByte('\n')
		text = text[end+1:]
	}
	return strings.TrimSuffix(b.String(), "\n"), b.Len() > 0
}

// literalEnd is where the quotation mark at the front of a text is closed; -1: nowhere.
func literalEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i
		}
	}
	return -1
}

// isStringList reports whether a line is a list of several strings, with commas between or, as Go prints it, with blanks.
func isStringList(sample []line) bool {
	for _, l := range sample {
		at := strings.IndexByte(l.text, '[')
		if at < 0 || at+1 == len(l.text) || l.text[at+1] != '\'' && l.text[at+1] != '"' {
			continue
		}
		quote := l.text[at+1 : at+2]
		if list := l.text[at+2:]; strings.Contains(list, quote+", "+quote) || strings.Contains(list, quote+","+quote) || strings.Contains(list, quote+" "+quote) {
			return true
		}
	}
	return false
}
