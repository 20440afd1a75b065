package page

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report"
)

// longestLine is how much is shown of one line of a finding, in characters.
const longestLine = 600

// sentence makes a finding's text one: a capital letter at the front, where a word stands there, and a full stop.
func sentence(s string) string {
	if s = clean(s, longestLine); s == "" {
		return ""
	}
	first, _, _ := strings.Cut(s, " ")
	if first[0] >= 'a' && first[0] <= 'z' && !strings.ContainsAny(first, "0123456789_./:@=-") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// plural is "1 packet", "3 packets".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// clean makes a string that comes out of packets or files fit for the page: visible, and of bounded length.
func clean(s string, most int) string {
	const utf8Max = 4
	cut := 0
	if len(s) > utf8Max*most {
		cut, s = len(s)-utf8Max*most, strings.ToValidUTF8(s[:utf8Max*most], "")
	}
	s = report.Escape(s)
	if r := []rune(s); len(r) > most {
		cut += len(r) - most
		s = string(r[:most])
	}
	if cut > 0 {
		s += fmt.Sprintf("… (%s more)", number(cut))
	}
	return s
}

// jsonLen is how long a string is in JSON, where markup takes six characters for one.
func jsonLen(s string) int {
	j, err := json.Marshal(s)
	if err != nil {
		return 0
	}
	return len(j)
}

// number is a count as the page writes it: "2,000".
func number(n int) string { return grouping(int64(n)) }

// grouping writes a number with commas between each three digits.
func grouping(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
