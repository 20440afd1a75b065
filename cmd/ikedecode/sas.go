package main

import (
	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report/text"
)

const sasHelp = `Show the IKE SAs, and the IPsec SAs (ESP, AH, IPComp) with their traffic.

usage: ikedecode sas CAPTURE... [secrets]

For an IKE SA: peers, algorithms, identities, known keys and what verifies them. For an
IPsec SA: algorithms, source of the keys, packets and bytes, how many are decrypted, and whether the ICV
verifies them.

Flows that are not decrypted come last, with the reason.

` + formatHelp + `
` + filterHelp + liveHelp + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode sas -k gwa.log wire.pcap
`

func newSAs(a *app) *cobra.Command {
	return newReport(a, &reportOptions{}, "sas CAPTURE... [secrets]", "Show the SAs with their traffic", sasHelp, a.runSAs)
}

func (a *app) runSAs(o *reportOptions) error {
	an, scope, err := a.scoped(o)
	if err != nil {
		return err
	}
	defer an.close()
	d := an.document("sas", &o.captureOptions)
	d.SAs = scope.SAs()
	if d.SAs.Selection != nil && scope.Complete(d.SAs) {
		d.Complete, d.ExitCode = true, exitDone
	}
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.SAs(p, d.SAs) })
}
