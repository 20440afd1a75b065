package main

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/ikedecode/ikedecode/report/archive"
)

// manifestSuffix is what the manifest of an archive has behind the name of its key log.
const manifestSuffix = ".manifest"

// An archiveExport is the export of a key log of an archive, which gets a manifest beside it.
type archiveExport struct {
	in      archive.Store
	name    string // of the archive, as it was given
	out     string // the manifest
	opt     archive.UpdateOptions
	objects map[string]archive.Object // before the pass, by name
	watch   *archive.Watch
}

// archiveOf is the archive that a key log is made of; nil where it is no archive, or there is no place for a manifest.
func (a *app) archiveOf(o *exportOptions) (*archiveExport, error) {
	if o.format != "keylog" || o.out == "-" || len(o.captures) != 1 {
		return nil, nil
	}
	if info, err := os.Stat(o.captures[0]); err != nil || !info.IsDir() {
		return nil, nil
	}
	x := &archiveExport{in: archive.Dir(o.captures[0]), name: o.captures[0], out: o.out + manifestSuffix, objects: make(map[string]archive.Object)}
	x.opt = archive.UpdateOptions{Workers: runtime.GOMAXPROCS(0), LookBack: defaultLookBack, Stretch: defaultPart}
	list, err := x.in.List(a.ctx)
	if err != nil {
		return nil, err
	}
	for _, obj := range list {
		x.objects[obj.Name] = obj
	}
	x.watch = archive.NewWatch(x.opt)
	o.watch = x.watch.Packet
	return x, nil
}

// object is what was listed of a file of the pass; without a name where it was not.
func (x *archiveExport) object(path string) archive.Object {
	rel, err := filepath.Rel(x.name, path)
	if err != nil {
		return archive.Object{}
	}
	return x.objects[filepath.ToSlash(rel)]
}

// write writes what is in which file beside the key log: what the pass has seen, and what is missing there.
func (x *archiveExport) write(a *app, o *exportOptions, an *analysis) error {
	store, name := archive.Dir(filepath.Dir(x.out)), filepath.Base(x.out)
	m, err := archive.ReadManifest(a.ctx, store, name)
	if err != nil {
		m = &archive.Manifest{}
	}
	paths := an.source.Files()
	objects := make([]archive.Object, len(paths))
	for i, path := range paths {
		objects[i] = x.object(path)
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
