package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// Functions that call one another do not make a short script a long one.
func TestShellFunctionsBounded(t *testing.T) {
	var b strings.Builder
	body := func(name, call string, n int) {
		fmt.Fprintf(&b, "%s() {\n%s  ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi $1 mode tunnel enc 'cbc(aes)' 0x%s\n}\n", name, strings.Repeat("  "+call+"\n", n), testEnc)
	}
	const calls = 150
	body("inner", "true", calls)
	body("middle", "inner $1", calls)
	body("outer", "middle $1", calls)
	b.WriteString("outer 0x1001\n")
	taken := 0
	f, vars := shellFuncs{}, shellVars{}
	var take func(l line) error
	take = func(l line) error {
		taken++
		if name := f.call(l.text); name != "" {
			return f.run(name, l, &vars, take)
		}
		return nil
	}
	for text := range strings.Lines(b.String()) {
		l := line{text: strings.TrimRight(text, "\n")}
		if _, read := f.read(l, isXFRMCommand); !read {
			if err := take(l); err != nil {
				t.Fatal(err)
			}
		}
	}
	if most := 2 * maxShellLines; taken > most || taken < maxShellLines {
		t.Errorf("%d lines taken, want up to %d", taken, most)
	}
	bag, err := Read("script", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(bag.Warnings, func(w secret.Warning) bool { return strings.Contains(w.Text, "outer runs more than 400 lines") }) {
		t.Errorf("no warning of what is left out: %v", bag.Warnings)
	}
}
