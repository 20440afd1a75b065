package main

import (
	"github.com/spf13/cobra"

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
