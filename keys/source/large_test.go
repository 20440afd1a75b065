package source

import (
	"strings"
	"testing"
	"time"
)

// Of a log that has its newest lines first no more is kept than a bound, the newest, and what was dropped is said.
func TestLargeLogBackwards(t *testing.T) {
	var taken []int
	c := chronology{take: func(l line) { taken = append(taken, l.num) }, follows: func(string, string) int { return 0 }}
	start := time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC)
	filler := strings.Repeat("x", 1<<16)
	lines := 2*maxBackwards/len(filler) + 1
	for i := range lines {
		c.line(line{num: i + 1, text: start.Add(-time.Duration(i)*time.Second).Format("Jan _2 15:04:05 ") + filler})
	}
	if c.bytes > maxBackwards+2*len(filler) || c.dropped < lines/3 {
		t.Errorf("%d bytes kept, %d of %d lines dropped", c.bytes, c.dropped, lines)
	}
	dropped := c.dropped
	c.end()
	if len(taken)+dropped != lines || taken[0] != len(taken) || taken[len(taken)-1] != 1 {
		t.Errorf("%d lines taken and %d dropped of %d, from %d to %d", len(taken), dropped, lines, taken[0], taken[len(taken)-1])
	}
	o := &out{bag: newReading("f", nil, nil, &extent{}).bag, file: "f"}
	o.tellDropped(dropped)
	if len(o.bag.Warnings) != 1 || !strings.Contains(o.bag.Warnings[0].Text, "oldest lines") {
		t.Errorf("%v", o.bag.Warnings)
	}
}

// A log of charon in which no key is keeps few of its lines until its end, however long it is.
func TestLargeLogWithoutKeys(t *testing.T) {
	p := &strongSwanParser{out: &out{bag: newReading("f", nil, nil, &extent{}).bag}, lastRow: -1}
	p.log = newCharonLog(p.out)
	most, text := 0, "parsed "+strings.Repeat("x", 1<<15)
	for i := range 3 * maxUndecided / len(text) {
		if err := p.whole(line{num: i + 1, text: "07[IKE] <1> " + text}); err != nil {
			t.Fatal(err)
		}
		if most = max(most, p.bytes); most > maxUndecided {
			t.Fatalf("%d bytes kept at line %d", most, i)
		}
	}
}

// Cheap looks pass all that the expressions behind them match.
func TestCheapLooks(t *testing.T) {
	for _, word := range []string{"SK_ai", "sk_d", "SKer", "skdi", "SKEYID", "skeyid_a", "SKEYSEED", "KEYMAT", "psk", "Dh-Secret", "shared-secret", "eNcKeY", "key", "aes key", "enc", "AUTH",
		"encr", "Integ", "cipher", "Authenticator", "hexadecimal"} {
		if lastKeyWord("x: "+word) == "" {
			t.Errorf("%s is no word for a key", word)
		}
		if text := word + ": REDACTED"; reGone.MatchString(text) && (!mayBeKeyWord.in(text) || lineWords.find(text)&keyBit == 0) {
			t.Errorf("%s is passed over", text)
		}
	}
	for _, text := range []string{"<<Keys hidden>>", "enc: <key is hidden>", "[not shown ...]", "a < b <key was removed>"} {
		if rePlaceholder.MatchString(text) && !hasPhrase(text) {
			t.Errorf("%s is passed over", text)
		}
	}
	if hasPhrase("07[IKE] <v2|3>    0: B9 29 00 C7  .)....9.") {
		t.Error("a row of a dump has a phrase in brackets")
	}
}

// countedLines is a parser that counts.
type countedLines struct{ n int }

func (c *countedLines) line(line) error { c.n++; return nil }
func (c *countedLines) end() error      { return nil }

// Of many blank lines no parser sees more than a few.
func TestManyBlankLines(t *testing.T) {
	c := &countedLines{}
	r := newReading("f", []format{{name: "counted", start: func(*out) parser { return c }}}, nil, &extent{})
	for i, text := range append(make([]string, 1000), "text", "", "text") {
		if err := r.line(line{num: i + 1, text: text}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if c.n != 5 {
		t.Errorf("%d lines, want 5", c.n)
	}
}
