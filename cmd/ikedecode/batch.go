package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/archive"
	"github.com/ikedecode/ikedecode/report/archive/s3"
)

const batchHelp = `Decrypt an archive of captures file by file, with one key log.

usage: ikedecode batch ARCHIVE [secrets] -w OUT

ARCHIVE and OUT are directories, or s3://BUCKET/PREFIX of an object store: then AWS_ENDPOINT_URL names its
server, and AWS_ACCESS_KEY_ID and so on give access, as for other programs.

Each capture below ARCHIVE becomes NAME.pcapng below OUT, with its
packets decrypted as decrypt does it, and then a mark, NAME.json, which says what came of it. What has
a mark is left alone: a run that was ended goes on where it was, and several, on as many machines as
see both directories, share the work. What was not decrypted is done again when there are other
keys. Captures in which nothing is of IPsec get a mark alone.

The keys of a tunnel are to be in the key log, for its IKE messages may be in another file: export
keylog ARCHIVE writes one, with a manifest that says what is in which file.

    -w, --write OUT     directory, or s3://BUCKET/PREFIX. Mode of all files: 0600
        --workers N     files that are decrypted at once; default: the number of CPUs
        --index I       do a share alone: number I, from 0,
        --of N          of so many. All shares have about as many bytes
        --look-back D   how much of the end of the file before it is read for a file, for fragments and
                        TCP streams that go on: 2s (default), 500ms, 0
        --part-size N   files beyond that, unpacked, are decrypted in parts of about as many bytes: 4G (default)
        --max-memory SIZE
                        most memory of all workers together, which share it evenly: 128M or more for each (default 1G for each)
        --manifest F    what is in the files of the archive. Default: the key log's name with
                        .manifest, where there is one; what it lacks is read. It is kept in OUT
        --dry-run       print the names of the files that are to be decrypted, largest first

` + storesHelp + `
        --put CMD       makes object $1, of OUT, from standard input

Exit code 3 says that something was not decrypted, or that a file is truncated or cannot be read; 1 that a task failed,
which may be tried again. The others are done all the same. merge adds the marks up.

` + secretsHelp + outputHelp + `example:
    ikedecode batch -k gwa.log -w plain archive
`

type batchOptions struct {
	storeOptions
	secretOptions
	outputOptions
	memoryLimit
	in       string
	out      string
	workers  int
	index    int
	of       int
	lookBack time.Duration
	partSize sizeFlag
	manifest string
	dryRun   bool
}

func newBatch(a *app) *cobra.Command {
	o := &batchOptions{partSize: defaultPart}
	cmd := &cobra.Command{
		Use: "batch ARCHIVE [secrets] -w OUT", Short: "Decrypt an archive file by file", Long: batchHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.in = args[0]
			}
			return a.fail("batch", &o.outputOptions, args, a.runBatch(o, len(args)))
		},
	}
	o.secretOptions.flags(cmd)
	o.outputOptions.flags(cmd)
	o.memoryLimit.flags(cmd)
	o.storeOptions.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.put, "put", "", "command that writes an object")
	f.StringVarP(&o.out, "write", "w", "", "directory")
	f.IntVar(&o.workers, "workers", 0, "files at once")
	f.IntVar(&o.index, "index", 0, "number of the share")
	f.IntVar(&o.of, "of", 1, "number of shares")
	f.DurationVar(&o.lookBack, "look-back", defaultLookBack, "of the file before")
	f.Var(&o.partSize, "part-size", "bytes of a part")
	f.StringVar(&o.manifest, "manifest", "", "what is in the files")
	f.BoolVar(&o.dryRun, "dry-run", false, "print the names alone")
	f.BoolVar(&o.closedOK, "closed-ok", false, "exit code 0 instead of 3")
	return cmd
}

func (o *batchOptions) check(n int) error {
	switch {
	case n != 1:
		return usagef("batch takes one directory")
	case o.out == "" && !o.dryRun:
		return &usageError{fmt.Errorf("no output directory"), "add -w OUT"}
	case o.workers < 0:
		return usagef("--workers: \"%d\" must be 0 or more", o.workers)
	case o.of < 1 || o.index < 0 || o.index >= o.of:
		return usagef("--index %d --of %d: the index must be from 0 to %d", o.index, o.of, o.of-1)
	case o.lookBack < 0:
		return usagef("--look-back: %v must be 0 or more", o.lookBack)
	}
	if err := o.outputOptions.check(); err != nil {
		return err
	}
	if err := o.storeOptions.check(); err != nil {
		return err
	}
	if within(o.out, o.in) {
		return withHint(fmt.Errorf("%s: lies in the archive", o.out), "write to a directory beside it")
	}
	if o.away(o.in) {
		return nil
	}
	info, err := os.Stat(o.in)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return withHint(fmt.Errorf("%s: is not a directory", o.in), "decrypt is for single captures")
	}
	return nil
}

// within reports whether a directory is another one, or below it.
func within(dir, parent string) bool {
	switch {
	case dir == "":
		return false
	case s3.IsURL(dir) && s3.IsURL(parent):
		return strings.HasPrefix(strings.TrimRight(dir, "/")+"/", strings.TrimRight(parent, "/")+"/")
	case s3.IsURL(dir) || s3.IsURL(parent):
		return false
	}
	a, errA := filepath.Abs(dir)
	b, errB := filepath.Abs(parent)
	if errA != nil || errB != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && (rel == "." || !strings.HasPrefix(rel, ".."))
}

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

// A batchSum is what came of the tasks.
type batchSum struct {
	mu       sync.Mutex
	tasks    int
	before   int // done before
	passed   int // have nothing to decrypt
	packets  int
	opened   int
	closed   int
	unread   int // nothing of them can be read
	failed   int
	complete bool
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
	b := &batch{app: a, opt: o, in: in, out: out, bag: bag, digest: archive.Digest(bag), bar: newBatchBar(a.err, o.quiet)}
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
	if len(bag.Secrets)+len(bag.SAs) == 0 && !o.dryRun {
		a.warn(problem("no keys given: only what is not encrypted is decoded", "export keylog "+o.in+" writes a key log; give it with -k"))
	}
	return bag, nil
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
		if errors.Is(err, fs.ErrNotExist) && (i > 0 || b.opt.manifest == "") {
			continue
		}
		return m, err
	}
	return &archive.Manifest{}, nil
}

// What a batch takes where nothing else is asked for.
const (
	defaultLookBack = 2 * time.Second
	defaultPart     = 4 << 30 // bytes
)

// do does a task. What is wrong with its file ends no other.
func (b *batch) do(t *archive.Task) error {
	ctx := b.app.ctx
	mark, err := archive.Done(ctx, b.out, t)
	if err != nil {
		return err
	}
	known := mark != nil && (mark.Complete || mark.Keys == b.digest) && b.has(mark)
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
		b.app.warn(problem(err.Error()))
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) { // so it is for the others
			return err
		}
	}
	return nil
}

// has reports whether the output of a mark is there.
func (b *batch) has(m *archive.Mark) bool {
	if m.Output == "" {
		return true
	}
	return b.out.Has(b.app.ctx, path.Join(path.Dir(m.Name), m.Output))
}

// add counts a task.
func (s *batchSum) add(m *archive.Mark, known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks++
	switch {
	case err != nil:
		s.failed++
		s.complete = false
		return
	case known:
		s.before++
	case m.Output == "":
		s.passed++
	}
	s.complete = s.complete && m.Complete
	if d := m.Decrypt; d != nil {
		s.packets += d.Packets
		s.opened += d.Opened + d.IKEOpened
		s.closed += d.ESP - d.Opened + d.IKEClosed
	}
}

// decrypt decrypts the part of a file that a task is.
func (b *batch) decrypt(t *archive.Task) (*archive.Mark, error) {
	a := b.app
	src, done, err := b.open(t)
	if err != nil {
		return nil, err
	}
	defer done()
	memory := b.memory()
	runs := memory / 16 // for sequence numbers
	bag, shared := t.Keys(b.bag)
	run := &batchRun{batch: b, task: t, source: src, seen: archive.NewSeen(runs), bag: bag}
	opt := ikedecode.Options{MaxMemory: memory - runs, SharedBag: shared, NoVerify: b.opt.noVerify, SearchSalt: b.opt.searchSalt}
	s, once := ikedecode.OnePass(a.ctx, src, run.bag, opt)
	if once {
		mark, err := run.write(s)
		if !errors.Is(err, ikedecode.ErrTwoPasses) {
			return mark, err
		}
		run.seen = archive.NewSeen(runs)
	}
	if s, err = ikedecode.Analyze(a.ctx, src, run.bag, opt); err != nil {
		return nil, err
	}
	return run.write(s)
}

// memory is a worker's share of what the secrets leave, which all workers have in common.
func (b *batch) memory() int64 {
	return max(int64(b.opt.memory)-b.bag.Memory(), int64(b.opt.memory)/2) / int64(b.opt.workers)
}

// open opens the part, with the ends of files that go before it.
func (b *batch) open(t *archive.Task) (src *capture.Source, done func(), err error) {
	var fetched []func()
	done = func() {
		if src != nil {
			src.Close()
		}
		for _, f := range fetched {
			f()
		}
	}
	fetch := func(part capture.Part) (capture.Part, error) {
		local, gone, err := b.in.Fetch(b.app.ctx, part)
		if err == nil {
			fetched = append(fetched, gone)
		}
		return local, err
	}
	var before []capture.Part
	for _, tail := range t.Before {
		part, err := fetch(tail.Part())
		if err != nil {
			done()
			return nil, nil, err
		}
		before = append(before, part)
	}
	part, err := fetch(t.Part())
	if err == nil {
		src, err = capture.OpenPart(b.app.ctx, part, before, capture.Options{})
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return src, done, nil
}

// A batchRun is a task that is being done.
type batchRun struct {
	*batch
	task   *archive.Task
	source *capture.Source
	seen   *archive.Seen
	bag    *secret.Bag
}

// write runs the pass that decrypts.
func (r *batchRun) write(s *ikedecode.Session) (*archive.Mark, error) {
	a, name := r.app, r.task.Name()
	file := path.Base(name) + ".pcapng"
	at, keep, drop, err := r.out.Create(a.ctx, path.Join(path.Dir(name), file))
	if err != nil {
		return nil, err
	}
	o := &decryptOptions{out: at, link: "keep"}
	o.captures = r.source.Files()
	blocks, _ := s.SecretBlocks()
	var names []string // not those of temporary files: who does a task again is to write the same
	for _, tail := range r.task.Before {
		names = append(names, tail.File.Name)
	}
	out, err := newOutput(a, o, blocks, append(names, r.task.File.Name)...)
	if err != nil {
		return nil, err
	}
	defer out.abort()
	out.announce(s)
	s.KeepOpened() // for the layers of what is not decrypted ahead
	err = s.RunRender(a.ctx, out.render, func(f *ikedecode.Frame) error {
		r.seen.Frame(f)
		return out.frame(f)
	})
	if err != nil {
		return nil, err
	}
	out.describe(s)
	if err := out.close(); err != nil {
		return nil, err
	}
	mark := archive.NewMark(r.task, s, r.seen, report.NewDecrypt(s, []string{file}, out.written))
	mark.Output, mark.Keys = file, r.digest
	for i := range s.Cuts {
		s.Cuts[i].Path = r.task.File.Name
	}
	mark.Warnings = append(cutWarnings(s.Cuts), out.warnings()...)
	if p, ok := r.opt.notListed(r.task.File.Name, s); ok {
		mark.Warnings = append(mark.Warnings, p)
	}
	if mark.SHA256, err = digestOf(a.ctx, at); err == nil {
		err = keep()
	}
	if err != nil {
		drop()
		return nil, err
	}
	return mark, nil
}

// digestOf is the SHA-256 of a file.
func digestOf(ctx context.Context, name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), ctx.Err()
}

// present says what came of it all.
func (b *batch) present() error {
	s, a := &b.sum, b.app
	parts := []string{plural(s.tasks, "file")}
	for _, p := range []struct {
		n    int
		text string
	}{{s.before, "%d done before"}, {s.passed, "%d without IPsec"}, {s.unread, "%d not read"}, {s.failed, "%d failed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf(p.text, p.n))
		}
	}
	a.count(fmt.Sprintf("%s; %s, %d decrypted, %d not decrypted", strings.Join(parts, ", "), plural(s.packets, "packet"), s.opened, s.closed))
	switch {
	case s.failed > 0:
		a.code = exitFailed
	case !s.complete && !b.opt.closedOK:
		a.code = exitIncomplete
	}
	return nil
}
