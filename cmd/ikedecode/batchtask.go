package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/archive"
)

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
	run := &batchRun{batch: b, task: t, source: src, seen: archive.NewSeen(t.Stretch, runs), bag: bag}
	opt := ikedecode.Options{MaxMemory: memory - runs, SharedBag: shared, NoVerify: b.opt.noVerify, SearchSalt: b.opt.searchSalt}
	s, once := ikedecode.OnePass(a.ctx, src, run.bag, opt)
	if once {
		mark, err := run.write(s)
		if !errors.Is(err, ikedecode.ErrTwoPasses) {
			return mark, err
		}
		run.seen = archive.NewSeen(t.Stretch, runs)
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
	kept := false
	defer func() {
		if !kept {
			drop()
		}
	}()
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
	if mark.SHA256, mark.Bytes, err = digestOf(a.ctx, at); err != nil {
		return nil, err
	}
	kept = true // or keep has removed it
	if err := keep(); err != nil {
		return nil, err
	}
	return mark, nil
}

// digestOf is the SHA-256 of a file, and its size in bytes.
func digestOf(ctx context.Context, name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, ctx.Err()
}
