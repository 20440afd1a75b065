package main

import (
	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
)

const diagnoseHelp = `Say what went wrong, in which frame, and what to change.

usage: ikedecode diagnose CAPTURE... [secrets]

Problems come first, then warnings, then notes about the capture. In brackets stands a code for programs. A healthy
tunnel is told in one line. Much can be told without secrets; with them more.

` + secretsHelp + outputHelp + `example:
    ikedecode diagnose -k gwa.log wire.pcap
`

func newDiagnose(a *app) *cobra.Command {
	return newReport(a, "diagnose CAPTURE... [secrets]", "Say what went wrong, and what to change", diagnoseHelp, a.runDiagnose)
}

func (a *app) runDiagnose(o *reportOptions) error {
	w := &report.Watch{}
	an, err := a.analyzed(o, w)
	if err != nil {
		return err
	}
	defer an.close()
	d := an.document("diagnose", &o.captureOptions)
	d.Diagnosis = report.Diagnose(an.Session, w)
	return a.present(&o.outputOptions, d, d.Diagnosis.Text)
}
