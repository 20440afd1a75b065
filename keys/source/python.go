package source

import (
	"strings"
)

// pythonVars are the variables of a script in Python, as far as it sets them to text in one line.
type pythonVars map[string]string

// pythonSet is the variable that a line sets, and the text behind the sign.
func pythonSet(text string) (name, value string, ok bool) {
	n := runEnd(text, 0, isWordByte)
	rest, ok := strings.CutPrefix(strings.TrimLeft(text[n:], " "), "=")
	if n == 0 || !ok || strings.HasPrefix(rest, "=") || '0' <= text[0] && text[0] <= '9' {
		return "", "", false
	}
	return text[:n], strings.TrimSpace(rest), true
}

// isPythonSet reports whether a line sets a variable to a number, a text or what a function makes of one: a cheap look.
func isPythonSet(text string) bool {
	_, value, ok := pythonSet(text)
	return ok && value != "" && (value[len(value)-1] == ')' || value[len(value)-1] == ']' || strings.ContainsAny(value, `'"`) || '0' <= value[0] && value[0] <= '9')
}

func (v *pythonVars) note(text string) {
	name, value, ok := pythonSet(strings.TrimSpace(text))
	if at := strings.Index(value, " #"); at >= 0 && !strings.ContainsAny(value[at:], `'"`) {
		value = strings.TrimSpace(value[:at])
	}
	if !ok || len(*v) >= maxVars || len(value) > maxVarText {
		return
	}
	if *v == nil {
		*v = pythonVars{}
	}
	if value = v.expand(value); len(value) <= maxVarText {
		(*v)[name] = value
	}
}

// expand puts the values of variables in the place of those that are arguments, or the value of one.
func (v pythonVars) expand(text string) string {
	if len(v) == 0 {
		return text
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		n := runEnd(text, at, isWordByte)
		if n == at {
			b.WriteByte(text[at])
			at++
			continue
		}
		value, known := v[text[at:n]]
		before, after := strings.TrimRight(text[:at], " \t\n"), strings.TrimLeft(text[n:], " \t\n")
		alone := before == "" || strings.HasSuffix(before, "=") || strings.HasSuffix(before, "(") || strings.HasSuffix(before, ",")
		if alone = alone && (after == "" || after[0] == ',' || after[0] == ')'); known && alone && b.Len() < maxExpanded {
			b.WriteString(value)
		} else {
			b.WriteString(text[at:n])
		}
		at = n
	}
	return b.String()
}

// scapyParameters are those of Scapy's SecurityAssociation by place (scapy/layers/ipsec.py).
var scapyParameters = []string{"proto", "spi", "seq_num", "crypt_algo", "crypt_key", "crypt_icv_size", "auth_algo", "auth_key", "tunnel_header", "nat_t_header", "esn_en", "esn"}

// scapyNamed is the text of a call, where arguments have their names: some scripts give them by place.
func scapyNamed(text string) string {
	args := pythonArgs(text)
	for i, a := range args {
		if _, _, named := pythonSet(strings.TrimSpace(a)); !named && i > 0 && i < len(scapyParameters) {
			args[i] = " " + scapyParameters[i] + "=" + strings.TrimSpace(a)
		}
	}
	return strings.Join(args, ",")
}

// pythonArgs cuts the text of a call at the commas between its arguments.
func pythonArgs(text string) (args []string) {
	var scan pythonScan
	begin := 0
	for at := scan.find(text, 0, ","); at < len(text); at = scan.find(text, at+1, ",") {
		if scan.depth == 0 {
			args, begin = append(args, text[begin:at]), at+1
		}
	}
	return append(args, text[begin:])
}

// A pythonScan goes over a text in Python, in which strings do not count: they end with their line, but behind a backslash.
type pythonScan struct {
	depth int  // of brackets that are open
	quote byte // of the string at hand; 0: none
}

// find is the place of the first byte from a place on that is one of marks and in no string; behind the text: there is none. It is more than the length
// of the text where a backslash is the last byte of a string.
func (s *pythonScan) find(text string, from int, marks string) int {
	for ; from < len(text); from++ {
		switch c := text[from]; {
		case s.quote != 0 && c == '\\':
			from++
			continue
		case s.quote != 0:
			if c == s.quote {
				s.quote = 0
			}
			continue
		case c == '\'' || c == '"':
			s.quote = c
		case c == '(' || c == '[' || c == '{':
			s.depth++
		case c == ')' || c == ']' || c == '}':
			s.depth--
		}
		if strings.IndexByte(marks, text[from]) >= 0 {
			return from
		}
	}
	return from
}

// endLine ends the string at hand, unless it goes on.
func (s *pythonScan) endLine(goesOn bool) {
	if !goesOn {
		s.quote = 0
	}
}
