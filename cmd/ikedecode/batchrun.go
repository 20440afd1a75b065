package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/archive"
)

// A batch is a run of the command.
type batch struct {
	app    *app
	opt    *batchOptions
	in     archive.Store
	out    archive.Store
	bag    *secret.Bag
	digest string
	sum    batchSum
	bar    *batchBar
}

// manifestIn is the name of the manifest in the output directory.
const manifestIn = "manifest.json"

func (a *app) runBatch(o *batchOptions, n int) error {
	if err := o.check(n); err != nil {
		return err
	}
	if o.jobs > 0 {
		runtime.GOMAXPROCS(o.jobs)
	}
	if o.workers == 0 {
		o.workers = runtime.GOMAXPROCS(0)
	}
	if err := o.checkMemoryOf(o.workers); err != nil {
		return err
	}
	o.limitMemory()
	bag, err := a.batchKeys(o)
	if err != nil {
		return err
	}
	in, err := o.archive(o.in)
	if err != nil {
		return err
	}
	out, err := o.output(o.out)
	if err != nil {
		return err
	}
	digest, err := archive.Digest(bag, o.use())
	if err != nil {
		return err
	}
	b := &batch{app: a, opt: o, in: in, out: out, bag: bag, digest: digest, bar: newBatchBar(a.err, o.quiet)}
	b.sum.complete = true
	m, err := b.prepare()
	if err != nil {
		return err
	}
	tasks := archive.Share(m.Tasks(), o.index, o.of)
	if o.index == 0 {
		b.unread(m)
	}
	if o.dryRun {
		for _, t := range tasks {
			fmt.Fprintln(a.out, report.Escape(t.Name()))
		}
		return nil
	}
	b.bar.begin("decrypting", total(tasks))
	err = archive.Each(a.ctx, o.workers, tasks, b.do)
	b.bar.clear()
	if err != nil {
		return err
	}
	return b.present()
}

// batchKeys reads the secrets.
func (a *app) batchKeys(o *batchOptions) (bag *secret.Bag, err error) {
	var odd error
	err = untilDone(a.ctx, func() (err error) {
		bag, odd, err = o.bag(a.streams, o.keyOptions())
		return err
	})
	if err == nil {
		err = odd
	}
	if err != nil {
		return nil, err
	}
	a.warnAll(o.exposed.take())
	a.warnAll(keyWarnings(bag))
	if len(bag.Secrets)+len(bag.SAs)+len(bag.Guesses)+len(bag.Numbers) == 0 && !o.dryRun {
		a.warn(problem("no keys given: only what is not encrypted is decoded", "export keylog "+o.in+" writes a key log; give it with -k"))
	}
	archive.Relocate(bag, slices.Concat(o.keyFiles(), o.pskFiles))
	return bag, nil
}

// use is how the keys are used, as far as more may be decrypted in another way.
func (o *batchOptions) use() string {
	return fmt.Sprintf("no-verify %v, search-salt %v, look-back %v", o.noVerify, o.searchSalt, o.lookBack)
}

// unread tells of files that cannot be read at all.
func (b *batch) unread(m *archive.Manifest) {
	for _, f := range m.Files {
		if f.Unread() {
			b.app.warn(problem(f.Name + ": not read: " + f.Cut))
			b.sum.tasks, b.sum.unread, b.sum.complete = b.sum.tasks+1, b.sum.unread+1, false
		}
	}
}

func total(tasks []*archive.Task) (bytes int64) {
	for _, t := range tasks {
		bytes += t.Stretch.Bytes
	}
	return bytes
}

// prepare makes the manifest.
func (b *batch) prepare() (*archive.Manifest, error) {
	ctx, o := b.app.ctx, b.opt
	m, err := b.known()
	if err != nil {
		return nil, err
	}
	b.bar.begin("reading what is in the files", 0)
	other, err := m.Update(ctx, b.in, archive.UpdateOptions{
		Workers: o.workers, LookBack: o.lookBack, Stretch: int64(o.partSize), Progress: b.bar.add,
	})
	b.bar.clear()
	if err != nil {
		return nil, err
	}
	if len(other) > 0 {
		b.app.warn(problem(ignored(capture.Ignored{Named: o.in, Files: other[:min(len(other), 3)], Count: len(other)})))
	}
	if len(m.Files) == 0 {
		return nil, withHint(fmt.Errorf("%s: no capture in it", o.in), "captures are pcap or pcapng, plain or compressed with gzip or zstd")
	}
	if o.dryRun {
		return m, nil
	}
	return m, m.Write(ctx, b.out, manifestIn)
}

// known is the manifest that there is.
func (b *batch) known() (*archive.Manifest, error) {
	type place struct {
		store archive.Store
		name  string
	}
	named := func(file string) place { return place{archive.Dir(filepath.Dir(file)), filepath.Base(file)} }
	var places []place
	if b.opt.manifest != "" {
		places = append(places, named(b.opt.manifest))
	}
	for _, k := range b.opt.keyFiles() {
		if k != "-" {
			places = append(places, named(k+manifestSuffix))
		}
	}
	if b.opt.out != "" {
		places = append(places, place{b.out, manifestIn})
	}
	for i, p := range places {
		m, err := archive.ReadManifest(b.app.ctx, p.store, p.name)
		switch named := i == 0 && b.opt.manifest != ""; {
		case err == nil:
			return m, nil
		case errors.Is(err, fs.ErrNotExist) && !named:
		case p.store == b.out && errors.Is(err, archive.ErrNotManifest):
			b.app.warn(problem(err.Error() + "; writing a new one"))
		case errors.Is(err, archive.ErrNotManifest):
			return nil, withHint(err, "run export keylog again, or remove it")
		default:
			return nil, err
		}
	}
	return &archive.Manifest{}, nil
}

// do does a task. What is wrong with its file ends no other.
func (b *batch) do(t *archive.Task) error {
	ctx := b.app.ctx
	mark, err := archive.Done(ctx, b.out, t)
	if err != nil {
		return err
	}
	known := mark != nil && (mark.Complete || mark.Keys == b.digest) && mark.Whole(ctx, b.out)
	switch {
	case known:
	case t.Stretch.Quiet() && t.File.Cut == "":
		mark = archive.Passed(t)
		mark.Keys = b.digest
		err = mark.Write(ctx, b.out)
	default:
		if mark, err = b.decrypt(t); err == nil {
			err = mark.Write(ctx, b.out)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b.bar.add(t.Stretch.Bytes)
	b.sum.add(mark, known, err)
	if mark != nil && err == nil && len(mark.Warnings) > 0 {
		b.bar.clear()
		b.app.warnAll(mark.Warnings)
	}
	if err != nil {
		b.bar.clear()
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) { // so it is for the others
			return err
		}
		b.app.warn(problem(err.Error()))
	}
	return nil
}
