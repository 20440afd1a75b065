package report

import (
	"strings"
	"unicode/utf8"
)

// comparisonWidth is the widest table of values that fits the page, indented as it is.
const comparisonWidth = Width - 8

// comparison writes the values of a finding side by side, or below each other where they are too long for that.
func comparison(values []Compared) (lines []string) {
	if len(values) == 0 {
		return nil
	}
	name, initiator, responder := 0, len("initiator"), len("responder")
	for _, v := range values {
		name, initiator, responder = max(name, columnsOf(v.Name)), max(initiator, columnsOf(v.Initiator)), max(responder, columnsOf(v.Responder))
	}
	pad := func(s string, n int) string { return s + strings.Repeat(" ", max(0, n-columnsOf(s))) }
	wide := 2+name+2+initiator+2+responder > comparisonWidth
	if !wide {
		lines = append(lines, "  "+pad("", name)+"  "+pad("initiator", initiator)+"  responder")
	}
	for _, v := range values {
		mark := "  "
		if v.Differs {
			mark = "! "
		}
		if wide {
			lines = append(lines, mark+v.Name, "    initiator  "+v.Initiator, "    responder  "+v.Responder)
			continue
		}
		lines = append(lines, mark+pad(v.Name, name)+"  "+pad(v.Initiator, initiator)+"  "+v.Responder)
	}
	return lines
}

// columnsOf is the number of columns that s takes when it is printed.
func columnsOf(s string) int { return utf8.RuneCountInString(Escape(s)) }
