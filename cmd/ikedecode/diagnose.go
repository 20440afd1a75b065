package main

import (
	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const diagnoseHelp = `Say what went wrong, in which frame, and what to change.

usage: ikedecode diagnose CAPTURE... [secrets]

Problems come first, then warnings, then notes about the capture. In brackets stands a code for
programs. A healthy tunnel is told in one line. Where the capture shows what both sides want, it
stands side by side, what differs marked with "!"; then come a hint, the options of some products
to change it with, and the RFC.

Much can be told without secrets; with them more. strongSwan's log also says what its side is
configured for and why it refused, which is the other half of a mismatch: give the log of the side
that refuses, with or without keys in it.

` + filterHelp + secretsHelp + outputHelp + `example:
    ikedecode diagnose -k gwa.log wire.pcap
`

func newDiagnose(a *app) *cobra.Command {
	return newReport(a, "diagnose CAPTURE... [secrets]", "Say what went wrong, and what to change", diagnoseHelp, a.runDiagnose)
}

func (a *app) runDiagnose(o *reportOptions) error {
	w := &traffic.Watch{}
	an, scope, err := a.scoped(o, w)
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
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.Diagnosis(p, d.Diagnosis) })
}
