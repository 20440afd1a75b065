package main

import (
	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
)

const timelineHelp = `Show who negotiated what, when, and how it ended: a block for each exchange, a line for each message.

usage: ikedecode timeline CAPTURE... [secrets]

A line has the frame number, the seconds since the first packet of the capture, the seconds since the message before,
the direction (I is the initiator of the IKE SA, R its responder), and the payloads; * marks what was encrypted and is
opened. Below it stands what was proposed, with * before what the other side chose, identities, notifications and the
rest. Without secrets all that is visible is shown.

` + secretsHelp + outputHelp + `example:
    ikedecode timeline -k gwa.log wire.pcap
`

// reportOptions are the options of the commands that only report.
type reportOptions struct {
	captureOptions
}

// newReport makes the command of a report.
func newReport(a *app, use, short, help string, run func(*reportOptions) error) *cobra.Command {
	o := &reportOptions{}
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

func newTimeline(a *app) *cobra.Command {
	return newReport(a, "timeline CAPTURE... [secrets]", "Show who negotiated what, when, and how it ended", timelineHelp, a.runTimeline)
}

func (a *app) runTimeline(o *reportOptions) error {
	an, err := a.analyzed(o, nil)
	if err != nil {
		return err
	}
	defer an.close()
	d := an.document("timeline", &o.captureOptions)
	d.Timeline = report.NewTimeline(an.Session)
	return a.present(&o.outputOptions, d, d.Timeline.Text)
}

// analyzed runs both passes; w, if set, sees the packets of the second.
func (a *app) analyzed(o *reportOptions, w *report.Watch) (*analysis, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return nil, err
	}
	if err := an.run(w.Func()); err != nil {
		an.close()
		return nil, err
	}
	return an, nil
}
