package report

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

// notCodes are words with hyphens in the rules that are no codes of findings.
var notCodes = map[string]bool{"no-answer": true}

// codeLiteral is what a code looks like; all codes but "healthy", "unsupported", "mirrored" and the like have a hyphen.
var codeLiteral = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)

// emitted are the codes that the rules name, and those of gaps, with the files they are in.
func emitted(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("diagnose*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no rules", err)
	}
	found := make(map[string]string)
	for _, name := range append(files, "null.go", "../keys/ikesa/gap.go", "../keys/ikesa/sa.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && codeLiteral.MatchString(s) && !notCodes[s] && !strings.HasPrefix(s, "draft-") {
					found[s] = name
				}
			}
			return true
		})
	}
	return found
}

// Every code that a rule emits has its row in the table of codes.
func TestEmittedCodesAreInTheTable(t *testing.T) {
	found := emitted(t)
	for _, code := range []string{"phase1-no-proposal", "pfs-mismatch", "need-pfs-secret", "esp-loss"} {
		if found[code] == "" {
			t.Errorf("%s was not found: the search is wrong", code)
		}
	}
	for code, file := range found {
		if codesByName[code] == nil {
			t.Errorf("%s emits %s, which is not in the table of codes", file, code)
		}
	}
}

// Every code of the table is documented, once, with an RFC or a reason why there is none.
func TestCodesAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(b), "\n## diagnose\n")
	if !ok {
		t.Fatal("docs/json.md has no section diagnose")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	listed := make(map[string]int)
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(cells[1], -1) {
				listed[m[1]]++
			}
		}
	}
	seen := make(map[string]bool)
	for _, c := range codes {
		if seen[c.code] {
			t.Errorf("%s is in the table twice", c.code)
		}
		seen[c.code] = true
		if (c.rfc == "") == (c.noRFC == "") {
			t.Errorf("%s: RFC %q, reason for none %q: one of them is wanted", c.code, c.rfc, c.noRFC)
		}
		if listed[c.code] != 1 {
			t.Errorf("docs/json.md lists %s %d times", c.code, listed[c.code])
		}
	}
	for code := range listed {
		if !seen[code] {
			t.Errorf("docs/json.md lists %s, which is not in the table of codes", code)
		}
	}
}

// A problem of the negotiation says where to change it, in the terms of each product.
func TestCodesHaveOptions(t *testing.T) {
	for _, c := range codes {
		for _, o := range c.options {
			if o.Product == "" || o.Name == "" {
				t.Errorf("%s: option %+v", c.code, o)
			}
		}
	}
	for _, code := range []string{"no-response", "phase1-no-proposal", "phase2-no-proposal", "psk-mismatch", "identity-mismatch", "certificate-problem", "ts-mismatch",
		"pfs-mismatch", "mode-mismatch", "lifetime-differs", "xauth-failed", "eap-failed", "dpd-timeout", "rekey-failed"} {
		if c := codesByName[code]; c == nil || len(c.options) != 4 {
			t.Errorf("%s: %d products", code, len(c.options))
		}
	}
}

// The RFC is that of the version of IKE that the finding is about.
func TestRFCOfVersion(t *testing.T) {
	for version, want := range map[int]string{1: "RFC 2409, 5.4", 2: "RFC 7296, 2.15", 0: "RFC 7296, 2.15; RFC 2409, 5.4"} {
		f := Finding{Code: "psk-mismatch", Severity: SeverityProblem}
		f.complete(version)
		if f.RFC != want || len(f.Options) != 4 {
			t.Errorf("version %d: %q with %d options, want %q", version, f.RFC, len(f.Options), want)
		}
	}
	f := Finding{Code: "cookie-challenge", Severity: SeverityNote, RFC: "RFC 1"}
	f.complete(2)
	if f.RFC != "RFC 1" || f.Options != nil {
		t.Errorf("%+v: what a rule sets is to stay, and a note has no options", f)
	}
}

func TestComparison(t *testing.T) {
	rows := []Compared{{"DH group", "MODP-1024", "none", true}, {"hash", "SHA1", "SHA1", false}}
	want := "            initiator  responder\n! DH group  MODP-1024  none\n  hash      SHA1       SHA1"
	if got := strings.Join(comparison(rows), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	rows[0].Initiator = strings.Repeat("x", 90)
	got := comparison(rows)
	if len(got) != 6 || got[0] != "! DH group" || got[2] != "    responder  none" {
		t.Errorf("what is too wide is to stand below each other: %q", got)
	}
	if comparison(nil) != nil {
		t.Error("no values make no lines")
	}
}
