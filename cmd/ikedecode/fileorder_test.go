package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// againstOrder is how many dependencies between the files of a package there are for each that goes against their order.
const againstOrder = 8

// In every package the files have an order in which they use what is below them: at most one dependency in eight goes up.
func TestFilesPointDown(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles every package")
	}
	list := exec.Command("go", "list", "-pgo=off", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,Module", "./...")
	list.Dir = filepath.Join("..", "..")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	export := make(map[string]string)
	var ours []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		export[p.ImportPath] = p.Export
		if p.Module.Main {
			ours = append(ours, p)
		}
	}
	fset := token.NewFileSet()
	imp := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(export[path]) })
	for _, p := range ours {
		uses := p.fileUses(t, fset, imp)
		if up := upwards(uses); len(up)*againstOrder > len(uses) {
			t.Errorf("%s: %d of %d dependencies between its files go against their order, more than one in %d: %v",
				p.ImportPath, len(up), len(uses), againstOrder, up)
		}
	}
}

// A listed package is as go list prints it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Module                  struct{ Main bool }
}

// A fileUse says that a file uses a function, a method, a type, a constant or a variable of another one of its package.
type fileUse struct{ user, used string }

func (u fileUse) String() string { return u.user + " uses " + u.used }

func (p *listed) fileUses(t *testing.T, fset *token.FileSet, imp types.Importer) (list []fileUse) {
	t.Helper()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := types.Info{Uses: make(map[*ast.Ident]types.Object)}
	conf := types.Config{Importer: imp}
	pkg, err := conf.Check(p.ImportPath, fset, files, &info)
	if err != nil {
		t.Fatalf("%s: %v", p.ImportPath, err)
	}
	for id, obj := range info.Uses {
		method := false
		if f, ok := obj.(*types.Func); ok {
			method = f.Signature().Recv() != nil
		}
		if obj.Pkg() != pkg || !method && obj.Parent() != pkg.Scope() {
			continue
		}
		u := fileUse{filepath.Base(fset.Position(id.Pos()).Filename), filepath.Base(fset.Position(obj.Pos()).Filename)}
		if u.user != u.used && !slices.Contains(list, u) {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b fileUse) int {
		return cmp.Or(strings.Compare(a.user, b.user), strings.Compare(a.used, b.used))
	})
	return list
}

// upwards are the uses that go up in the best order of the files that is found by moving one file at a time.
func upwards(uses []fileUse) (up []fileUse) {
	var order []string
	for _, u := range uses {
		for _, f := range []string{u.user, u.used} {
			if !slices.Contains(order, f) {
				order = append(order, f)
			}
		}
	}
	wrong := func(order []string) (list []fileUse) {
		at := make(map[string]int, len(order))
		for i, f := range order {
			at[f] = i
		}
		for _, u := range uses {
			if at[u.user] > at[u.used] {
				list = append(list, u)
			}
		}
		return list
	}
	up = wrong(order)
	for better := true; better; {
		better = false
		for _, f := range slices.Clone(order) {
			rest := slices.DeleteFunc(slices.Clone(order), func(x string) bool { return x == f })
			for i := range len(order) {
				if next := slices.Insert(slices.Clone(rest), i, f); len(wrong(next)) < len(up) {
					order, up, better = next, wrong(next), true
				}
			}
		}
	}
	return up
}

// A circle of three files has one use that goes up, whatever the order.
func TestUpwards(t *testing.T) {
	for _, c := range []struct {
		uses []fileUse
		want int
	}{
		{[]fileUse{{"b.go", "a.go"}, {"c.go", "a.go"}, {"c.go", "b.go"}}, 0},
		{[]fileUse{{"a.go", "b.go"}, {"b.go", "c.go"}, {"c.go", "a.go"}}, 1},
		{[]fileUse{{"a.go", "b.go"}, {"b.go", "a.go"}, {"c.go", "d.go"}, {"d.go", "c.go"}}, 2},
	} {
		if got := upwards(c.uses); len(got) != c.want {
			t.Errorf("%v: %v, want %d", c.uses, fmt.Sprint(got), c.want)
		}
	}
}
