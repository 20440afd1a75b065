package main

import (
	"bufio"
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/rows"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const liveHelp = `live:
        --live          read the capture once, as it comes: a pipe, a FIFO, or a file that something still writes. Nothing is
                        copied. Files of -k are read again as they grow, and may be FIFOs or not there yet. Ctrl-C, or the end of
                        the input, ends the capture: what has come is finished and the report is printed

`

func (o *captureOptions) liveFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.live, "live", false, "read the capture as it comes")
}

// checkLive refuses what needs a capture that is complete.
func (o *captureOptions) checkLive() error {
	if o.live && o.searchSalt {
		return usagef("--search-salt needs a capture that is complete: it cannot be combined with --live")
	}
	return nil
}

// A liveRun is one pass over packets as they come.
type liveRun struct {
	ctx     context.Context // ends what was read, not what was asked of it
	opt     ikedecode.LiveOptions
	keys    *source.Follower
	idle    []func() error
	stop    context.CancelCauseFunc // ends the input
	failure error                   // of idle
}

// analyzeLive readies a pass over packets as they come. The first signal ends the input only; a second one ends the program.
func (a *app) analyzeLive(o *captureOptions) (*analysis, error) {
	o.later = source.Followable
	bag, _, err := o.bag(a.streams, o.keyOptions())
	if err != nil {
		return nil, err
	}
	a.warnAll(o.exposed.take())
	for _, path := range o.keyFiles() {
		if source.Missing(path) {
			a.warn(problem(path + ": not there yet: it is read when it is"))
		}
	}
	input, stop := context.WithCancelCause(a.ctx)
	src, err := capture.OpenLive(input, o.captures, capture.Options{Stdin: a.stdin})
	if err != nil {
		stop(nil)
		return nil, err
	}
	l := &liveRun{ctx: context.WithoutCancel(a.ctx), keys: o.keyOptions().Follow(o.keyFiles()), stop: stop}
	l.opt.Keys = func() *secret.Bag {
		b := l.keys.Poll()
		for _, path := range o.keyFiles() {
			o.exposed.note(path, b)
		}
		a.warnAll(o.exposed.take())
		return b
	}
	src.OnIdle(l.onIdle)
	s := ikedecode.NewLive(src, bag, ikedecode.Options{MaxMemory: int64(o.memory), NoVerify: o.noVerify, ESPNull: ikedecode.NullMode(o.espNull)})
	return &analysis{Session: s, app: a, source: src, progress: newProgress(a.err, true), live: l}, nil
}

// onIdle does what is to be done when all that has come is read. Where that fails, nobody wants more of the capture.
func (l *liveRun) onIdle() {
	for _, f := range l.idle {
		if err := f(); err != nil && l.failure == nil {
			l.failure = err
			l.stop(err)
		}
	}
}

func (l *liveRun) run(s *ikedecode.Session, render func(*ikedecode.Frame), fn func(*ikedecode.Frame) error) error {
	if err := s.RunLive(l.ctx, l.opt, render, fn); err != nil {
		return err
	}
	return l.failure
}

// liveScope readies a filter for the pass.
func (an *analysis) liveScope(f *report.Filter) *report.Scope {
	scope := f.Live(an.Session)
	an.live.listen(func(sa *ikesa.SA, _ *ikesa.Message) { scope.Learn(sa) })
	an.live.opt.Late = scope.Late
	return scope
}

// listen has fn told of each message of IKE as it comes, before the packet is rendered, beside those that listen already.
func (l *liveRun) listen(fn func(*ikesa.SA, *ikesa.Message)) {
	before := l.opt.Message
	l.opt.Message = func(sa *ikesa.SA, m *ikesa.Message) {
		if before != nil {
			before(sa, m)
		}
		fn(sa, m)
	}
}

func (l *liveRun) close() {
	l.stop(nil)
	l.keys.Close()
}

// isText reports whether a report is for people.
func (o *outputOptions) isText() bool { return !o.json && !o.rows() }

// output is a printer on standard output, and what hands over what it has.
func (a *app) output(o *outputOptions) (*text.Printer, func() error) {
	out := bufio.NewWriter(a.out)
	return text.NewPrinter(out, text.Options{Color: wantColor(o.color, a.out), Width: a.columns}), out.Flush
}

// runLiveTimeline prints the messages as they come.
func (a *app) runLiveTimeline(o *timelineOptions, filter *report.Filter, v report.TimelineView) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.ladder || o.json || o.format == formatMermaid || o.format == formatMarkdown {
		return usagef("--live prints each message as it comes: as text, or with --format csv or ndjson; not with --ladder or --json")
	}
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return err
	}
	defer an.close()
	out := a.liveMessages(o, v)
	var failed error
	an.live.listen(func(_ *ikesa.SA, m *ikesa.Message) {
		for i, model := 0, filter.Timeline(an.Session); i < len(model.SAs); i++ {
			if err := out.message(&model.SAs[i], m.Frame); err != nil && failed == nil {
				failed = err
			}
		}
	})
	an.live.idle = append(an.live.idle, func() error { return cmp.Or(failed, out.flush()) })
	if err := an.run(nil); err != nil {
		return err
	}
	d := an.document("timeline", &o.captureOptions)
	d.Timeline = filter.Timeline(an.Session)
	if filter.Active() && d.Timeline.Complete() {
		d.Complete, d.ExitCode = true, exitDone
	}
	a.conclude(&o.outputOptions, d)
	return cmp.Or(failed, out.end(d), out.flush())
}

// liveMessages writes messages as they come.
type liveMessages struct {
	message func(*report.TimelineSA, int) error
	end     func(*report.Document) error
	flush   func() error
}

func (a *app) liveMessages(o *timelineOptions, v report.TimelineView) liveMessages {
	if o.rows() {
		w := rows.NewWriter(a.out, rows.Format(o.format), "timeline")
		return liveMessages{func(sa *report.TimelineSA, frame int) error {
			if x, i := sa.Find(frame); x != nil {
				w.Message(&sa.IKESA, x, &x.Messages[i])
			}
			return nil
		}, func(d *report.Document) error {
			w.Run(d)
			return nil
		}, w.Flush}
	}
	p, flush := a.output(&o.outputOptions)
	t := text.NewLiveTimeline(p, v)
	return liveMessages{t.Message, func(d *report.Document) error { return t.End(d.Timeline) }, flush}
}

const (
	// findingStands is how long a finding must stand before it is printed: longer than the first retransmission of common gateways takes.
	findingStands = 5 * time.Second
	diagnoseEvery = time.Second
	// diagnoseShare bounds the time that is spent on diagnosing: one part in so many.
	diagnoseShare = 10
)

// A liveDiagnosis prints findings as they come up.
type liveDiagnosis struct {
	an    *analysis
	watch *traffic.Watch
	scope *report.Scope
	out   *text.LiveDiagnosis
	due   time.Time
	flush func() error
}

// look diagnoses what has come so far, if it is time to.
func (d *liveDiagnosis) look() error {
	now := time.Now()
	if now.Before(d.due) || d.an.First.IsZero() {
		return nil
	}
	var found *report.Diagnosis
	d.an.Snapshot(func() {
		d.watch.Expect(d.an.SAs)
		found, _ = d.scope.Settled().Diagnose(d.watch)
	})
	d.due = time.Now().Add(max(diagnoseEvery, diagnoseShare*time.Since(now)))
	if err := d.out.Update(found, now); err != nil {
		return err
	}
	return d.flush()
}

// runLiveDiagnose prints findings as they come up, and at the end the diagnosis of all.
func (a *app) runLiveDiagnose(o *diagnoseOptions) error {
	filter, err := o.filter()
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return err
	}
	defer an.close()
	watch, scope := &traffic.Watch{}, an.liveScope(filter)
	see := traffic.Shown(watch, scope)
	if o.isText() {
		p, flush := a.output(&o.outputOptions)
		d := &liveDiagnosis{an: an, watch: watch, scope: scope, out: text.NewLiveDiagnosis(p, findingStands), flush: flush}
		an.live.idle = append(an.live.idle, d.look)
	}
	if err := an.run(see); err != nil {
		return err
	}
	d := an.document("diagnose", &o.captureOptions)
	diagnosis, complete := scope.Settled().Diagnose(watch)
	if d.Diagnosis = diagnosis; diagnosis.Selection != nil && complete {
		d.Complete, d.ExitCode = true, exitDone
	}
	if o.fails(d.Diagnosis) {
		d.ExitCode = exitFound
	}
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.FinalDiagnosis(p, d.Diagnosis) })
}
