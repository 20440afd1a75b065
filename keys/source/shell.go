package source

import "strings"

// shellVars are the variables of a shell script, as far as it sets them to words.
type shellVars map[string]string

const (
	maxVars     = 1000
	maxVarText  = 300
	maxExpanded = 4096 // bytes of a command with the values of its variables
)

// isShellSet reports whether a line sets variables, each to one word, or several in quotation marks: a cheap look.
func isShellSet(text string) bool {
	if _, _, ok := shellSet(strings.TrimSpace(text)); !ok { // nor does its first part
		return false
	}
	switch {
	case isOneShellSet(text):
		return true
	case !strings.Contains(text, "; "):
		return false
	}
	for part := range strings.SplitSeq(text, "; ") {
		if !isOneShellSet(strings.TrimSpace(part)) {
			return false
		}
	}
	return true
}

func isOneShellSet(text string) bool {
	_, value, ok := shellSet(text)
	quoted := len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0]
	return ok && (quoted || !strings.ContainsAny(value, " \t(")) && !strings.Contains(value, "$(") && !strings.Contains(value, "`")
}

// shellSet is the name of the variable that a text sets, and the rest of it.
func shellSet(text string) (name, rest string, ok bool) {
	for _, word := range []string{"export ", "local ", "readonly "} {
		text = strings.TrimPrefix(text, word)
	}
	n := runEnd(text, 0, isWordByte)
	if n == 0 || n == len(text) || text[n] != '=' || '0' <= text[0] && text[0] <= '9' {
		return "", "", false
	}
	rest, _, _ = strings.Cut(text[n+1:], " #")
	return text[:n], strings.TrimRight(rest, " ;\t"), true
}

// note keeps the variables that a line sets.
func (v *shellVars) note(text string) {
	text = strings.TrimSpace(text)
	if !isOneShellSet(text) && isShellSet(text) {
		for part := range strings.SplitSeq(text, "; ") {
			v.note(part)
		}
		return
	}
	name, value, _ := shellSet(text)
	if !isOneShellSet(text) || len(*v) >= maxVars || len(value) > maxVarText {
		return
	}
	if *v == nil {
		*v = shellVars{}
	}
	if value = v.expand(strings.Trim(value, `"'`)); len(value) <= maxVarText { // those of variables in it, too
		(*v)[name] = value
	}
}

// expand puts the values of variables in the place of $NAME and ${NAME}; one that is not known stays.
func (v shellVars) expand(text string) string {
	if len(v) == 0 || strings.IndexByte(text, '$') < 0 {
		return text
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		open := strings.TrimPrefix(after, "{")
		n := runEnd(open, 0, isWordByte)
		value, known := v[open[:n]]
		braced := len(open) < len(after)
		if !known || braced && !strings.HasPrefix(open[n:], "}") || b.Len()+len(value) > maxExpanded {
			b.WriteByte('$')
			text = after
			continue
		}
		b.WriteString(value)
		text = open[n:]
		if braced {
			text = text[1:]
		}
	}
}
