package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const diagnoseHelp = `Say what went wrong, in which frame, and what to change.

usage: ikedecode diagnose CAPTURE... [secrets]

Problems come first, then warnings, then notes about the capture. The code in brackets is stable,
for scripts. A finding has its evidence, the values of both peers side by side with "!" where they
differ, a hint, the settings of some products, and the RFC.

No secrets are needed; with them diagnose finds more. The log of the peer that rejected a
negotiation gives its configuration and its reason, with or without keys in it.

        --fail-on WHAT  exit code 4 if there is a finding of this severity: problem; or warning, for
                        problems as well. With a filter, among those selected
` + formatHelp + `
` + filterHelp + liveHelp + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode diagnose -k gwa.log wire.pcap
`

func newDiagnose(a *app) *cobra.Command {
	o := &diagnoseOptions{}
	cmd := newReport(a, &o.reportOptions, "diagnose CAPTURE... [secrets]", "Say what went wrong, and what to change", diagnoseHelp,
		func(*reportOptions) error { return a.runDiagnose(o) })
	cmd.Flags().StringVar(&o.failOn, "fail-on", "", "problem or warning")
	return cmd
}

// diagnoseOptions are those of the diagnosis.
type diagnoseOptions struct {
	reportOptions
	failOn string // a report.Severity; "": none
}

// fails reports whether a diagnosis has a finding of the severity that is to be a failure, or of a worse one.
func (o *diagnoseOptions) fails(d *report.Diagnosis) bool {
	return o.failOn != "" && slices.ContainsFunc(d.Findings, func(f report.Finding) bool { return f.Severity.Rank() <= report.Severity(o.failOn).Rank() })
}

func (a *app) runDiagnose(o *diagnoseOptions) error {
	if o.failOn != "" {
		if err := oneOf("--fail-on", o.failOn, flagValues["fail-on"]...); err != nil {
			return err
		}
	}
	if o.live {
		return a.runLiveDiagnose(o)
	}
	w := &traffic.Watch{}
	an, scope, err := a.scoped(&o.reportOptions, w)
	if err != nil {
		return err
	}
	defer an.close()
	d := an.document("diagnose", &o.captureOptions)
	diagnosis, complete := scope.Diagnose(w)
	d.Diagnosis = diagnosis
	if diagnosis.Selection != nil && complete {
		d.Complete, d.ExitCode = true, exitDone
	}
	if o.fails(diagnosis) {
		d.ExitCode = exitFound
	}
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.Diagnosis(p, d.Diagnosis) })
}
