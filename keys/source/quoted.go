package source

import "strings"

// messageKeys are what records call the message of a line, where each key stands on a line of its own or in pairs: "MESSAGE" : "…", msg="…".
var messageKeys = []string{`"MESSAGE" : "`, `"MESSAGE": "`, `"message": "`, `"msg": "`, `"log": "`, `msg="`, `message="`}

// withoutQuotes takes the quotation marks off a message of charon that is a field of a table or a record, as of CSV, of JSON with a key a line, or of
// pairs: what stands before it stays, what follows is left out.
func withoutQuotes(s string) string {
	if strings.IndexByte(s, '"') < 0 {
		return s
	}
	at, keyed := -1, false
	for _, key := range messageKeys {
		if i := strings.Index(s, key); i >= 0 && (i == 0 || isBlank(s[i-1])) {
			at, keyed = i+len(key), true
			break
		}
	}
	for i := 0; at < 0 && i+len(`"00[IKE] `) < len(s); i++ { // of the thread and the group
		if _, n := groupName(s[i+len(`"00[`):]); n > 0 && s[i] == '"' && isDigit(s[i+1]) && isDigit(s[i+2]) && s[i+3] == '[' {
			at = i + 1
		}
	}
	if at < 0 {
		return s
	}
	var b strings.Builder
	for i := at; i < len(s); i++ {
		doubled := s[i] == '"' && i+1 < len(s) && s[i+1] == '"'
		escaped := s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\')
		switch {
		case doubled || escaped:
			i++
		case s[i] == '"':
			if keyed && strings.HasSuffix(strings.TrimRight(s[:at-1], " "), ":") {
				return b.String()
			}
			return s[:at-1] + " " + b.String()
		}
		b.WriteByte(s[i])
	}
	return s // its end is not there
}

// withoutTail takes off a line what stands around it where rsyslog had it several times: message repeated 2 times: [ …].
func withoutTail(s string) string {
	if !hasTail(s) {
		return s
	}
	const most = 120
	front, rest, _ := strings.Cut(s, repeatedMark)
	times, message, open := strings.Cut(rest, " times: [ ")
	if open && len(front) <= most && strings.Trim(times, "0123456789") == "" {
		return front + strings.TrimSuffix(message, "]")
	}
	return s
}

// withoutBreak takes the line break of HTML off a line. Dumps keep theirs, by which they are known to come of a page.
func withoutBreak(s string) string {
	if strings.HasSuffix(s, ">") {
		if i := strings.LastIndex(s, "<br"); i >= 0 && strings.Trim(s[i+len("<br"):], " /") == ">" {
			return trimBlanks(s[:i])
		}
	}
	return s
}

const repeatedMark = "message repeated "

// hasTail is a cheap look for what withoutTail takes off.
func hasTail(s string) bool {
	return strings.HasSuffix(s, "]") && strings.Contains(s, repeatedMark)
}
