package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// wordings are phrases that texts for people avoid, and what they say instead. One word for one thing, the one of RFC 4301, 4303 and 7296.
var wordings = []struct{ avoid, say string }{
	{`stay(s|ed)? closed`, "not decrypted"},
	{`not opened`, "not decrypted"},
	{`traffic SA`, "IPsec SA"},
	{`IKEv[12] SA `, "IKE SA"},
	{`IKE conversation`, "IKE SA"},
	{`sent again|asks again|resent`, "retransmitted"},
	{`seen twice`, "captured twice"},
	{`another (one|key|pre-shared key)`, "different"},
	{`both sides|other side|either side`, "peer"},
	{`(without|no) an? ?answer|does not answer|nobody answers|no answer`, "no response"},
	{`refuses|does not accept|accepts none`, "rejected"},
	{`that (was|were) given`, "given"},
	{`in the clear`, "unencrypted"},
	{`cut short|cut by the snap length`, "truncated"},
	{`\bfolders?\b`, "directory"},
	{`on the way\b`, "on the path"},
	{`takes its place`, "replaced, reauthenticated"},
	{`material recognised`, "no keys found"},
	{`most likely[.;)]|, most likely$`, "most likely because …"},
	{`is no (folder|number|SPI|address)\b`, "not a, must be"},
	{`\bcan't\b|doesn't`, "cannot, does not"},
	{`[0-9dvs] %( |$|\))`, "a percent sign without a blank"},
	{`evidence\)`, "no bits of evidence"},
	{`out of its time`, "expired, not yet valid"},
}

// speakers are the directories whose strings reach people.
var speakers = []string{
	"", "capture", "cmd/ikedecode", "esp", "keys/export", "keys/secret", "keys/source", "report", "report/diagnose", "report/markup", "report/page", "report/text",
	"report/words",
}

// quoted are the strings of others, looked for as they are.
var quoted = regexp.MustCompile(`keys/source/.*_(events|offer|ike|child)\.go|keys/source/(racoon|libreswan|strongswan|setkey|xfrm|formats?|read)[a-z_]*\.go`)

// Texts for people use the field's words.
func TestWordsOfTheField(t *testing.T) {
	root := filepath.Join("..", "..")
	rules := make([]*regexp.Regexp, len(wordings))
	for i, w := range wordings {
		rules[i] = regexp.MustCompile(w.avoid)
	}
	check := func(place, text string) {
		for i, rule := range rules {
			if found := rule.FindString(text); found != "" {
				t.Errorf("%s: %q says %q: say %s", place, text, found, wordings[i].say)
			}
		}
	}
	for _, dir := range speakers {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			name := dir + "/" + filepath.Base(file)
			if strings.HasSuffix(file, "_test.go") || quoted.MatchString(name) {
				continue
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(text, " ") {
						check(set.Position(lit.Pos()).String(), text)
					}
				}
				return true
			})
		}
	}
	for _, file := range []string{"README.md", "docs/getting-keys.md", "docs/json.md", "docs/ikedecode.1", "SECURITY.md"} {
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			check(file+":"+strconv.Itoa(i+1), line)
		}
	}
}
