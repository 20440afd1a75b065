package main

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ikedecode/ikedecode"

// order lists the packages from the bottom up: each may import those above it in the list. A package that is internal to another
// goes with that one.
var order = []string{
	"internal/ip", "internal/testfile", "capture", "keys/alg", "decode/ike", "keys/logs", "decode/internal", "decode/sip", "decode/cert", "decode", "decode/ikev1", "decode/ikev2",
	"decode/exchange", "keys", "esp", "keys/internal", "keys/secret", "keys/source", "keys/export", "keys/ikesa", "keys/ikesa/internal", "keys/ikesa/v1",
	"keys/ikesa/v2", "keys/ikesa/solve", ".", "report/traffic", "report/negotiation",
	"report/diagnose", "report/words", "report", "report/internal", "report/text", "report/markup", "report/rows", "report/page", "report/archive", "report/archive/s3", "cmd/ikedecode", "cmd/ikebench", "cmd/ikefuzz",
}

// homes are the places where a dependency may be imported, with blanks between.
var homes = map[string]string{
	"github.com/google/gopacket":           "capture internal/ip",
	"github.com/spf13/cobra":               "cmd/ikedecode",
	"github.com/clipperhouse/displaywidth": "report/internal/columns",
	"github.com/olekukonko/tablewriter":    "report/text",
	"golang.org/x/crypto":                  "keys/alg",
	"github.com/cloudflare/circl":          "keys", // curves and ML-KEM for keys/alg, Ed448 for signatures
	"github.com/ProtonMail/go-crypto":      "keys/alg",
	"github.com/emmansun/gmsm":             "keys/alg",
	"github.com/minio/minio-go":            "report/archive/s3",
	"github.com/parquet-go/parquet-go":     "report/archive",
	"github.com/rogpeppe/go-internal":      "cmd/ikedecode",
	"github.com/schollz/progressbar":       "cmd/ikedecode",
	"github.com/klauspost/compress/s2":     "none",
	"github.com/klauspost/compress/flate":  "none",
}

// Data flows one way: imports point down, and each dependency has one home.
func TestImportsPointDown(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && ownModule(root, path) {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(rel))
		if strings.HasSuffix(f.Name.Name, "_test") {
			pkg = "" // tests from outside may use all that there is
		}
		for _, s := range f.Imports {
			checkImport(t, rel, pkg, strings.Trim(s.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// place is where a package is in the order; those internal to another have one place together, and Go sees to who imports them.
func place(pkg string) int {
	if outer, _, ok := strings.Cut(pkg, "/internal/"); ok {
		pkg = outer + "/internal"
	}
	return slices.Index(order, pkg)
}

func checkImport(t *testing.T, file, pkg, imp string) {
	t.Helper()
	if own, ok := strings.CutPrefix(imp, module); ok {
		own = cmp.Or(strings.TrimPrefix(own, "/"), ".")
		from, to := place(pkg), place(own)
		if pkg != "" && from < 0 || to < 0 {
			t.Errorf("%s: %s or %s is not in the order of packages", file, pkg, own)
		} else if pkg != "" && to >= from && own != pkg && !strings.Contains(pkg, "/internal/") {
			t.Errorf("%s: %s imports %s, which is above it", file, pkg, own)
		}
		return
	}
	for dep, home := range homes {
		lives := func(home string) bool { return strings.HasPrefix(file, home) }
		if strings.HasPrefix(imp, dep) && !slices.ContainsFunc(strings.Fields(home), lives) {
			t.Errorf("%s imports %s, whose place is %s", file, dep, home)
		}
	}
}
