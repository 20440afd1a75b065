package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/markup"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const timelineHelp = `Show who negotiated what, when, and how it ended: a block for each exchange, a line for each
message.

usage: ikedecode timeline CAPTURE... [secrets]

A line has the frame number, the seconds since the first packet of the capture, the seconds since
the previous message of the exchange, the direction (I: initiator of the IKE SA, R: responder), and
the payloads. * marks a decrypted message, as SK{...} does for IKEv2. Below are the proposals side
by side, * before the chosen one, identities, notifications and the rest. A retransmitted message
has one line. Without secrets the timeline shows what is not encrypted.

view:
        --ladder        arrows between two lines, the initiator on the left, the responder on the
                        right; dotted if not decrypted, with an x at the end if there was no
                        response
        --format FORMAT
                        text, mermaid (a sequence diagram), markdown (tables, as GitHub shows them), csv or
                        ndjson (a row for each message, described in docs/json.md)
        --time WHEN     relative: seconds since the first packet; absolute: date and time in UTC;
                        delta: seconds since the previous message of the IKE SA
        --verbose       one line for each transform; without it, transforms that differ in one
                        attribute share a line

` + filterHelp + liveHelp + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode timeline --ladder --peer 192.0.2.2 --since 60 -k gwa.log wire.pcap
`

// reportOptions are the options of the commands that only report.
type reportOptions struct {
	captureOptions
	filterOptions
	name string // of the command
}

func (o *reportOptions) flags(cmd *cobra.Command) {
	o.captureOptions.flags(cmd)
	o.filterOptions.flags(cmd)
	o.liveFlag(cmd)
	o.name = cmd.Name()
	cmd.Flags().StringVar(&o.format, "format", formatText, listOf(formats[o.name], "or"))
}

// check finds conflicts before any work is done.
func (o *reportOptions) check() error {
	if err := o.checkFormat(o.name); err != nil {
		return err
	}
	return o.captureOptions.check()
}

// newReport makes the command of a report.
func newReport(a *app, o *reportOptions, use, short, help string, run func(*reportOptions) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: help,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.captures = args
			return a.fail(cmd.Name(), &o.outputOptions, args, run(o))
		},
	}
	o.flags(cmd)
	return cmd
}

// timelineOptions are those of the timeline: what to show of it, and how.
type timelineOptions struct {
	reportOptions
	ladder  bool
	time    string
	verbose bool
}

func newTimeline(a *app) *cobra.Command {
	o := &timelineOptions{}
	cmd := &cobra.Command{
		Use: "timeline CAPTURE... [secrets]", Short: "Show who negotiated what, when, and how it ended", Long: timelineHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.captures = args
			return a.fail(cmd.Name(), &o.outputOptions, args, a.runTimeline(o))
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.ladder, "ladder", false, "arrows between the peers")
	f.StringVar(&o.time, "time", report.TimesRelative, "relative, absolute or delta")
	f.BoolVar(&o.verbose, "verbose", false, "one line for each transform")
	return cmd
}

// view checks how the timeline is to be shown.
func (o *timelineOptions) view() (v report.TimelineView, err error) {
	if err := o.checkFormat(o.name); err != nil {
		return v, err
	}
	if err := oneOf("--time", o.time, report.TimesRelative, report.TimesAbsolute, report.TimesDelta); err != nil {
		return v, err
	}
	switch {
	case o.ladder && o.format != formatText:
		return v, usagef("--ladder is text: it cannot be combined with --format %s", o.format)
	case o.json && o.ladder:
		return v, usagef("--json cannot be combined with --ladder: it has everything")
	}
	return report.TimelineView{Times: o.time, Verbose: o.verbose}, nil
}

func (a *app) runTimeline(o *timelineOptions) error {
	v, err := o.view()
	if err != nil {
		return err
	}
	filter, err := o.filter()
	if err != nil {
		return err
	}
	if o.live {
		return a.runLiveTimeline(o, filter, v)
	}
	an, err := a.analyzed(&o.reportOptions, nil)
	if err != nil {
		return err
	}
	defer an.close()
	d := an.document("timeline", &o.captureOptions)
	d.Timeline = filter.Timeline(an.Session)
	if filter.Active() && d.Timeline.Complete() {
		d.Complete, d.ExitCode = true, exitDone
	}
	return a.present(&o.outputOptions, d, func(p *text.Printer) error {
		switch {
		case o.ladder:
			return text.Ladder(p, d.Timeline, v)
		case o.format == formatMermaid:
			return a.mermaid(d.Timeline, v)
		case o.format == formatMarkdown:
			return markup.Markdown(a.out, d.Timeline, v)
		}
		return text.Timeline(p, d.Timeline, v)
	})
}

// mermaid writes a diagram, and warns of one that is larger than mermaid shows unless it is told otherwise.
func (a *app) mermaid(t *report.Timeline, v report.TimelineView) error {
	w := &counter{w: a.out}
	err := markup.Mermaid(w, t, v)
	if w.n > markup.MermaidLimit {
		a.warn(problem(fmt.Sprintf("the diagram has %d characters, mermaid accepts up to %d", w.n, markup.MermaidLimit),
			"select a part with --peer, --sa, --since and --until, or raise mermaid's maxTextSize"))
	}
	return err
}

// A counter counts what is written.
type counter struct {
	w io.Writer
	n int // bytes
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += n
	return n, err
}

// analyzed runs both passes. watch, if set, is asked after the first what is to observe the second.
func (a *app) analyzed(o *reportOptions, watch func(*analysis) []traffic.Observer) (*analysis, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return nil, err
	}
	var observers []traffic.Observer
	if watch != nil {
		observers = watch(an)
	}
	if err := an.run(traffic.Shown(observers...)); err != nil {
		an.close()
		return nil, err
	}
	return an, nil
}

// scoped runs both passes, the second in the sight of the filter and of others.
func (a *app) scoped(o *reportOptions, observers ...traffic.Observer) (*analysis, *report.Scope, error) {
	filter, err := o.filter()
	if err != nil {
		return nil, nil, err
	}
	var scope *report.Scope
	an, err := a.analyzed(o, func(an *analysis) []traffic.Observer {
		if an.live != nil {
			scope = an.liveScope(filter)
		} else {
			scope = filter.Scope(an.Session)
		}
		if filter.Active() {
			observers = append(observers, scope)
		}
		for _, o := range observers {
			if w, ok := o.(*traffic.Watch); ok {
				w.Expect(an.SAs)
			}
		}
		return observers
	})
	if err != nil {
		return nil, nil, err
	}
	return an, scope.Settled(), nil
}
