package source

import (
	"strings"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// line undoes what was done to a line. What it gives is good until the next call.
func (v *view) line(l line, take func(line) error) error {
	text, ok := v.undo(l.text)
	for ok {
		part, rest, more := strings.Cut(text, "\n")
		if part, ok = v.withoutPrefixes(part); ok {
			if err := v.part(l.with(withoutFence(part)), take); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		text, ok = rest, true
	}
	return nil
}

// withoutPrefixes takes off what stands before a line; false: it is of somebody who answered.
func (v *view) withoutPrefixes(text string) (string, bool) {
	for i, p := range v.prefixes {
		rest, ok := p(text)
		if !ok && v.answered == i+1 {
			return "", false
		}
		text = rest
	}
	return text, true
}

// part takes a line without the text before it.
func (v *view) part(l line, take func(line) error) error {
	blank := strings.TrimSpace(l.text) == ""
	switch {
	case v.paged && isPageFoot(l.text):
		v.foot, v.blank = true, false
		return nil
	case v.paged && blank: // those around the foot of a page are not the text's
		v.blank = !v.foot
		return nil
	case v.paged && v.blank && !v.foot:
		if err := v.flush(take); err != nil {
			return err
		}
		if err := take(l.with("")); err != nil {
			return err
		}
	case v.spaced && blank && !v.blank:
		v.blank = true
		return nil
	}
	v.foot, v.blank = false, false
	switch {
	case v.spelled:
		return v.spell(l, take)
	case v.filled > 0:
		return v.fill(l, take)
	case v.refilled:
		return v.refill(l)
	case v.folded > 0:
		return v.unfold(l, take)
	case v.width == 0:
		return take(l)
	}
	// A mark alone stands between the parts of a configuration.
	if v.num != 0 && (v.held.Len() >= mostWhole || startAlike(v.held.String(), l.text) || l.text == "#" || l.text == "!" || isCounted(v.held.String(), l.text) || v.packed && loggerEnd(l.text) >= 0) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	columns := v.columnsOf(l)
	full := columns <= v.width && columns >= v.width-v.slack
	if full && v.goesOn {
		l.text = strings.TrimSuffix(l.text, `\`)
	}
	if full && v.slack > 0 {
		l.text += strings.Repeat(" ", v.width-columns)
	}
	if v.num == 0 && !full {
		return take(l)
	}
	if v.num == 0 {
		v.num = l.num
	}
	v.held.add(l.text)
	if full {
		return nil
	}
	return v.flush(take)
}

// columnsOf is how wide a line is; where a logger put several in one, up to the end of this one.
func (v *view) columnsOf(l line) int {
	columns := utf8.RuneCountInString(l.text)
	if !v.packed {
		return columns
	}
	if l.num == v.at {
		columns += v.wide + len(packedBreak)
	}
	v.at, v.wide = l.num, columns
	return columns
}

// spell puts the groups of numbers together, and a line to the one before it where that ends in a part of a number.
func (v *view) spell(l line, take func(line) error) error {
	rest, ok := goesOn(l.text)
	if v.num != 0 && (!ok || v.held.Len() >= mostWhole || isCounted(v.held.String(), rest)) {
		v.held.add(v.cut)
		if err := v.flush(take); err != nil {
			return err
		}
	}
	begins := v.num == 0
	if begins {
		rest = joinHex(l.text)
	}
	text, broken := brokenHex(rest)
	switch {
	case begins && !broken:
		return take(l.with(rest))
	case begins:
		v.num = l.num
	}
	if broken {
		v.held.add(text)
		v.cut = rest[len(text):]
		return nil
	}
	v.held.add(rest)
	return v.flush(take)
}

// fill puts a line to the one before it, where its first word did not fit on that.
func (v *view) fill(l line, take func(line) error) error {
	word := firstWord(l.text)
	indented := l.text != "" && (l.text[0] == ' ' || l.text[0] == '\t')
	if v.num != 0 && (isDumpRow(v.row) && !lex.IsHex(word) || loggerEnd(l.text) >= 0) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	quoted := strings.Count(v.held.String(), `"`)%2 == 1
	if v.num != 0 && !quoted && (v.starts[startOf(l.text)] || !v.longer && v.last > v.filled || word == "" || indented || v.last+1+utf8.RuneCountInString(word) <= v.filled || v.held.Len() >= mostWhole) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	if v.num == 0 {
		v.num = l.num
		const most = 1000
		if f := startOf(l.text); f != "" && len(v.starts) < most {
			v.starts[strings.Clone(f)] = true // it is kept longer than the line
		}
	} else {
		v.held.add(" ")
	}
	v.held.add(l.text)
	v.last, v.row = utf8.RuneCountInString(l.text), l.text
	return nil
}

// refill puts all lines into one, of which flush makes several again: they are no more than the sample.
func (v *view) refill(l line) error {
	if v.num == 0 {
		v.num = l.num
	} else {
		v.held.add(" ")
	}
	v.held.add(strings.TrimSpace(l.text))
	return nil
}

// unfold puts a line to the one before it, where that was broken at a blank.
func (v *view) unfold(l line, take func(line) error) error {
	if v.num != 0 && (!isFold(v.row, l.text, v.folded) || v.held.Len() >= mostWhole) {
		if err := v.flush(take); err != nil {
			return err
		}
	}
	if v.num == 0 {
		v.num = l.num
	}
	v.held.add(l.text)
	v.row = l.owned().text
	return nil
}

// startOf is how a line begins that may begin like another; "" where that says nothing.
func startOf(text string) string {
	const letters = 3
	text = strings.TrimSpace(text)
	if text = text[:min(len(text), letters)]; len(text) < letters || lex.IsHex(strings.TrimPrefix(text, "0x")) {
		return ""
	}
	return text
}

// isDumpRow reports whether a line is groups of hex and nothing else.
func isDumpRow(text string) bool {
	_, ok := lex.HexGroups(text)
	return ok && strings.Contains(strings.TrimSpace(text), " ")
}

// startAlike reports whether two lines are indented alike and begin with the same word: then the second is no rest of the first.
func startAlike(a, b string) bool {
	indent := depthOf(a)
	if depthOf(b) != indent {
		return false
	}
	word, _, ok := strings.Cut(a[indent:], " ")
	const letters = 2
	return ok && len(word) >= letters && strings.HasPrefix(b[indent:], word+" ") && !lex.IsHex(word)
}

// flush hands on a line that the file ends with.
func (v *view) flush(take func(line) error) error {
	if v.num == 0 {
		return nil
	}
	num, text, more := v.num, v.held.String(), true
	v.num = 0
	v.held = joined{}
	if v.refilled {
		for part := range strings.SplitSeq(statements(text), "\n") {
			if err := take(line{num: num, text: respaced(part)}); err != nil {
				return err
			}
		}
		return nil
	}
	for v.packed && more { // the window may have broken the mark
		var first string
		if first, text, more = strings.Cut(text, packedBreak); more {
			if err := take(line{num: num, text: first}); err != nil {
				return err
			}
		} else {
			text = first
		}
	}
	return take(line{num: num, text: text})
}

// A joined is a text that is put together of several; one alone is not copied.
type joined struct {
	first string
	all   strings.Builder // where there are more
}

func (j *joined) add(s string) {
	if j.Len() == 0 {
		j.first = s
		return
	}
	if j.all.Len() == 0 {
		j.all.WriteString(j.first)
	}
	j.all.WriteString(s)
}

func (j *joined) Len() int { return max(len(j.first), j.all.Len()) }

func (j *joined) String() string {
	if j.all.Len() > 0 {
		return j.all.String()
	}
	return j.first
}
