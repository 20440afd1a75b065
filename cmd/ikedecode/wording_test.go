package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// judges are the directories whose code decides what a report says, but for the renderers below them.
var judges = []string{"report", "report/diagnose", "report/negotiation", "report/traffic"}

// lookers are the functions of package strings by which code looks into a text.
var lookers = []string{
	"Contains", "ContainsAny", "ContainsRune", "ContainsFunc", "HasPrefix", "HasSuffix", "Cut", "CutPrefix", "CutSuffix", "EqualFold",
	"Trim", "TrimPrefix", "TrimSuffix", "TrimLeft", "TrimRight", "Index", "IndexAny", "IndexByte", "LastIndex", "Split", "SplitN", "SplitAfter", "SplitSeq",
	"Fields", "FieldsSeq", "FieldsFunc", "Count",
}

// mayLook are the functions, or the files, that may look into a text all the same, and why.
var mayLook = map[string]string{
	"report/cert_files.go":                       "names of files are made of names of certificates",
	"report/negotiation/certcheck.go:matchText":  "names in certificates are compared regardless of case (RFC 4945, section 3.1.2)",
	"report/negotiation/certificates.go:nameKey": "names of authorities are compared regardless of case and blanks (RFC 5280, section 7.1)",
	"report/diagnose/user.go:mschapError":        "a failure of MSCHAPv2 is text on the wire (RFC 2759, section 6)",
	"report/filter.go":                           "what a user asks for is text",
	"report/proposals.go:cutNumber":              "algorithms that differ in a number at their end stand in one cell: layout",
}

// Nothing looks into a text that was made for people in order to decide something.
func TestWordsDecideNothing(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, dir := range judges {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				checkLooks(t, file, path.Join(dir, filepath.Base(file)))
			}
		}
	}
	for place := range mayLook {
		file, _, _ := strings.Cut(place, ":")
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
			t.Errorf("%s: %v", place, err)
		}
	}
}

// checkLooks reports the calls in a file that look into a text.
func checkLooks(t *testing.T, file, name string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		place := name
		if fn, ok := decl.(*ast.FuncDecl); ok {
			place += ":" + fn.Name.Name
		}
		if mayLook[name] != "" || mayLook[place] != "" {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(lookers, sel.Sel.Name) {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "strings" {
				t.Errorf("%s, line %d: strings.%s looks into a text", place, set.Position(n.Pos()).Line, sel.Sel.Name)
			}
			return true
		})
	}
}
