package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/rows"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/words"
)

// An analysis is a session with its source and progress, between the first pass and the end.
type analysis struct {
	*ikedecode.Session
	app      *app
	source   *capture.Source
	progress *progress
	live     *liveRun                           // nil: the capture is complete
	twice    func() (*ikedecode.Session, error) // the first pass, where it was left out; nil: it was not
}

// analyze reads the secrets and runs the first pass. Close ends it.
func (a *app) analyze(o *captureOptions) (*analysis, error) {
	o.limitMemory()
	if o.live {
		return a.analyzeLive(o)
	}
	var bag *secret.Bag
	var odd error
	err := untilDone(a.ctx, func() (err error) {
		bag, odd, err = o.bag(a.streams, o.keyOptions())
		return err
	})
	if err != nil {
		return nil, err
	}
	a.warnAll(o.exposed.take())
	return a.analyzeBag(o, bag, odd)
}

// untilDone runs fn, but does not wait for it when ctx ends: it may read a pipe that nobody writes to. What fn sets is then not to be used.
func untilDone(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	select {
	case err := <-done:
		return cmp.Or(ctx.Err(), err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// analyzeBag runs the first pass with secrets; odd is what is wrong with them, for a command that needs keys.
func (a *app) analyzeBag(o *captureOptions, bag *secret.Bag, odd error) (*analysis, error) {
	if o.jobs > 0 {
		runtime.GOMAXPROCS(o.jobs)
	}
	o.limitMemory()
	given := len(bag.SAs)
	p := newProgress(a.err, o.quiet)
	spool := capture.Options{Stdin: a.stdin, MaxSpool: int64(o.maxSpool), Spooling: p.spooling}
	open := func() (*capture.Source, error) { return capture.OpenContext(a.ctx, o.captures, spool) }
	if o.remote != nil {
		open = func() (*capture.Source, error) { return capture.OpenRemote(a.ctx, o.remote, o.captures[0], spool) }
	}
	src, err := open()
	if err != nil {
		p.clear()
		return nil, err
	}
	if err := o.opened(src); err != nil {
		src.Close()
		return nil, err
	}
	opt := ikedecode.Options{MaxMemory: int64(o.memory), Shown: o.shown, NoVerify: o.noVerify, SearchSalt: o.searchSalt, ESPNull: ikedecode.NullMode(o.espNull), Progress: p.update,
		SaltProgress: p.salts, Watch: o.watch}
	if o.sampled {
		opt.Samples = ikedecode.FewSamples
	}
	if o.once {
		if s, ok := ikedecode.OnePass(a.ctx, src, bag, opt); ok {
			twice := func() (*ikedecode.Session, error) { return ikedecode.Analyze(a.ctx, src, bag, opt) }
			return &analysis{Session: s, app: a, source: src, progress: p, twice: twice}, nil
		}
	}
	s, err := ikedecode.Analyze(a.ctx, src, bag, opt)
	if err == nil && o.needKeys && len(s.Bag.SAs) == given { // else the capture itself has keys
		err = odd
	}
	if err != nil {
		p.clear()
		src.Close()
		return nil, err
	}
	return &analysis{Session: s, app: a, source: src, progress: p}, nil
}

// run runs the second pass.
func (an *analysis) run(fn func(*ikedecode.Frame) error) error { return an.runRender(nil, fn) }

// again runs the first pass after all, when the second has ended with ErrTwoPasses.
func (an *analysis) again() (err error) {
	an.Session, err = an.twice()
	an.twice = nil
	return err
}

// runRender runs the second pass with work that several goroutines do (ikedecode.RunRender).
func (an *analysis) runRender(render func(*ikedecode.Frame), fn func(*ikedecode.Frame) error) error {
	if an.live != nil {
		return an.live.run(an.Session, render, fn)
	}
	return an.ran(an.Session.RunRender(an.app.ctx, render, fn))
}

// runSamples stands for run where what a key log needs will do (ikedecode.RunSamples).
func (an *analysis) runSamples(fn func(*ikedecode.Frame) error) error {
	return an.ran(an.Session.RunSamples(an.app.ctx, fn))
}

// ran ends a pass.
func (an *analysis) ran(err error) error {
	an.progress.clear()
	if err == nil {
		err = an.app.ctx.Err() // a signal in the last moment: nothing is written then, either
	}
	return err
}

func (an *analysis) close() {
	an.progress.clear()
	if an.live != nil {
		an.live.close()
	}
	an.source.Close()
}

// document starts the document of a command with what every one of them says.
func (an *analysis) document(name string, o *captureOptions) *report.Document {
	d := &report.Document{Report: name, Captures: o.captures, Complete: an.Complete()}
	if !d.Complete {
		d.ExitCode = exitIncomplete
	}
	if p, ok := an.notShown(o); ok && (name != "decrypt" && name != "export" && name != "keys") {
		d.Complete, d.ExitCode = false, exitIncomplete
		if name != "timeline" && name != "diagnose" { // which say so themselves
			d.Warnings = append(d.Warnings, p)
		}
	}
	if p, ok := an.notDecrypted(o); ok {
		d.Warnings = append(d.Warnings, p)
	}
	d.Warnings = append(d.Warnings, an.unmatchedKeys()...)
	d.Warnings = append(d.Warnings, keyWarnings(an.Bag)...)
	for _, p := range an.Problems {
		d.Warnings = append(d.Warnings, problem(p))
	}
	for _, n := range an.source.Ignored() {
		d.Warnings = append(d.Warnings, problem(ignored(n)))
	}
	d.Warnings = append(d.Warnings, an.skewWarnings()...)
	d.Warnings = append(d.Warnings, cutWarnings(an.Cuts)...)
	return d
}

// skewWarnings tell of captures whose times are not those that the files have.
func (an *analysis) skewWarnings() (list []report.Problem) {
	files := an.source.Files()
	for _, k := range an.source.Skews() {
		ahead := "ahead of"
		if k.Ahead < 0 {
			ahead = "behind"
		}
		list = append(list, problem(fmt.Sprintf("%s: its clock is %s %s that of the captures before it, which have the same packets; its times are corrected by that",
			files[k.File], words.Duration(k.Ahead.Abs()), ahead)))
	}
	return list
}

// mostWarnings bounds the warnings of one kind.
const mostWarnings = 20

// keyWarnings tell of lines of key files that were ignored.
func keyWarnings(bag *secret.Bag) (list []report.Problem) {
	for i, w := range bag.Warnings {
		if i == mostWarnings {
			return append(list, problem(fmt.Sprintf("%d more lines of key files ignored", len(bag.Warnings)-i)))
		}
		list = append(list, problem(w.String()))
	}
	return list
}

// cutWarnings tell of captures that cannot be read, or not to their end.
func cutWarnings(cuts []capture.Cut) (list []report.Problem) {
	for i, c := range cuts {
		switch {
		case i == mostWarnings:
			return append(list, problem(words.Count(len(cuts)-i, "more file")+" truncated, damaged or not read"))
		case c.Unread:
			list = append(list, problemOf(c))
		default:
			list = append(list, problem(c.Error()+"; everything before was read", "copy the capture again, or capture again"))
		}
	}
	return list
}

// ignored says which files in a directory are no captures.
func ignored(n capture.Ignored) string {
	names := make([]string, len(n.Files))
	for i, path := range n.Files {
		names[i] = filepath.Base(path)
	}
	if more := n.Count - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	if n.Count == 1 {
		return fmt.Sprintf("%s: 1 file ignored that is not a capture: %s", n.Named, names[0])
	}
	return fmt.Sprintf("%s: %d files ignored that are not captures: %s", n.Named, n.Count, listOf(names, "and"))
}

func problemOf(err error) report.Problem {
	if hint := hintOf(err); hint != "" {
		return problem(err.Error(), hint)
	}
	return problem(err.Error())
}

func problem(text string, hints ...string) report.Problem {
	return report.Problem{Text: text, Hints: hints}
}

// gaps are what was not decrypted of the IKE SAs, with what would help.
func (an *analysis) gaps() (list []report.Problem) {
	reading := report.Read(an.Session)
	for i, sa := range an.SAs {
		for _, g := range reading.Gaps(i) {
			p := problem(fmt.Sprintf("IKE SA %v:%v: %s", sa.Initiator, sa.Responder, g.Text))
			if g.Hint != "" {
				p.Hints = []string{g.Hint}
			}
			list = append(list, p)
		}
	}
	if n := an.unsearched(); n > 0 {
		p := problem(words.Count(n, "ESP key") + " without salt")
		p.Hints = []string{"add --search-salt; the search takes up to some minutes a key"}
		list = append(list, p)
	}
	return list
}

// unsearched is how many keys with packets lack a salt that a search may find.
func (an *analysis) unsearched() (n int) {
	for _, sa := range an.Table.Used() {
		if sa.NoSalt && !sa.SaltTried && sa.Cipher.ComputeSalt == nil && sa.Stats().Packets > 0 {
			n++
		}
	}
	return n
}

// present prints a document as JSON or as text, and its warnings, and sets the exit code.
func (a *app) present(o *outputOptions, d *report.Document, show func(*text.Printer) error) error {
	a.conclude(o, d)
	switch {
	case o.json:
		return d.Write(a.out)
	case o.rows():
		return rows.NewWriter(a.out, rows.Format(o.format), rows.Kind(d.Report)).Document(d)
	}
	if show == nil {
		return nil
	}
	out := bufio.NewWriter(a.out)
	err := show(text.NewPrinter(out, text.Options{Color: wantColor(o.color, a.out), Width: a.columns}))
	if failed := out.Flush(); err == nil {
		err = failed
	}
	return err
}

// conclude prints the warnings of a document and sets the exit code.
func (a *app) conclude(o *outputOptions, d *report.Document) {
	a.warnAll(d.Warnings)
	if o.closedOK && d.ExitCode == exitIncomplete {
		d.ExitCode = exitDone
	}
	a.code = d.ExitCode
}

// fail turns an error of a command into a JSON document too, where one was asked for.
func (a *app) fail(name string, o *outputOptions, captures []string, err error) error {
	if err == nil {
		return nil
	}
	a.told = true
	var warnings []report.Problem
	if e := (*emptyError)(nil); errors.As(err, &e) {
		warnings = e.warnings
	}
	a.warnAll(warnings)
	if out, ok := a.out.(*stdout); ok && out.err != nil || !o.json && o.format != formatNDJSON {
		return err
	}
	d := &report.Document{Report: name, Captures: captures, ExitCode: exitCode(err), Error: &report.Problem{Text: errorText(err)}, Warnings: warnings}
	if hint := hintOf(err); hint != "" {
		d.Error.Hints = []string{hint}
	}
	write := d.Write
	if !o.json {
		write = func(w io.Writer) error { return rows.NewWriter(w, rows.NDJSON, rows.Kind(name)).Document(d) }
	}
	if werr := write(a.out); werr != nil {
		fmt.Fprintf(a.err, "ikedecode: error: %v\n", werr)
	}
	return err
}
