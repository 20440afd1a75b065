package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/archive"
)

// manifestSuffix is what the manifest of an archive has behind the name of its key log.
const manifestSuffix = ".manifest"

// An archiveExport is the export of a key log of an archive, which gets a manifest beside it.
type archiveExport struct {
	in      archive.Store
	away    bool   // it is no directory here
	name    string // of the archive, as it was given
	out     string // the manifest; empty: none is written
	opt     archive.UpdateOptions
	objects map[string]archive.Object // before the pass, by their paths
	watch   *archive.Watch
}

// archiveOf is the archive that a key log is made of; nil where it is no archive.
func (a *app) archiveOf(o *exportOptions) (*archiveExport, error) {
	if len(o.captures) != 1 {
		return nil, nil
	}
	name := o.captures[0]
	away := o.away(name)
	if info, err := os.Stat(name); !away && (err != nil || !info.IsDir() || o.format != "keylog" || o.out == "-") {
		return nil, nil
	}
	in, err := o.archive(name)
	if err != nil {
		return nil, err
	}
	x := &archiveExport{in: in, away: away, name: name, objects: make(map[string]archive.Object)}
	x.opt = archive.UpdateOptions{Workers: runtime.GOMAXPROCS(0), LookBack: defaultLookBack, Stretch: defaultPart}
	list, err := in.List(a.ctx)
	if err != nil {
		return nil, err
	}
	if away {
		o.remote = []capture.Remote{}
	}
	for _, obj := range list {
		path := x.path(obj)
		x.objects[path] = obj
		if away {
			o.remote = append(o.remote, capture.Remote{Path: path, Size: obj.Size, Open: func(ctx context.Context, from, to int64) (io.ReadCloser, error) {
				return in.Open(ctx, obj.Name, from, to)
			}})
		}
	}
	if o.out != "-" {
		x.out = o.out + manifestSuffix
		x.watch = archive.NewWatch(x.opt)
		o.watch = x.watch.Packet
	}
	return x, nil
}

// path is what an object is called in the pass, and in messages.
func (x *archiveExport) path(obj archive.Object) string {
	if x.away {
		return strings.TrimRight(x.name, "/") + "/" + obj.Name
	}
	return filepath.Join(x.name, filepath.FromSlash(obj.Name))
}

// write writes what is in which file beside the key log: what the pass has seen, and what is missing there.
func (x *archiveExport) write(a *app, o *exportOptions, an *analysis) error {
	if x.out == "" {
		return nil
	}
	store, name := archive.Dir(filepath.Dir(x.out)), filepath.Base(x.out)
	m, err := archive.ReadManifest(a.ctx, store, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.warn(problem(err.Error() + "; writing a new one"))
	}
	if m == nil {
		m = &archive.Manifest{}
	}
	paths := an.source.Files()
	objects := make([]archive.Object, len(paths))
	for i, path := range paths {
		objects[i] = x.objects[path]
	}
	cuts := make(map[string]string)
	for _, c := range an.source.Cuts() {
		cuts[c.Path] = c.Err.Error()
	}
	x.watch.Into(m, objects, func(file int) string { return cuts[paths[file]] })
	bar := newBatchBar(a.err, o.quiet)
	defer bar.clear()
	bar.begin("reading what is in the files", 0)
	x.opt.Progress = bar.add
	if _, err = m.Update(a.ctx, x.in, x.opt); err != nil {
		return err
	}
	m.Negotiated(an.Session)
	return m.Write(a.ctx, store, name)
}
