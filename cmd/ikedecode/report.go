package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/page"
	"github.com/ikedecode/ikedecode/report/traffic"
	"github.com/ikedecode/ikedecode/report/words"
)

const reportHelp = `Write one HTML page: the verdict, an index of the tunnels, findings, topology, messages, SAs with
their traffic over time, and the key schedule.

usage: ikedecode report CAPTURE... [secrets] -o report.html [--show-secrets]

The page is self-contained: no network, no external script. It can be mailed, printed and read
without JavaScript. A filter finds tunnels by address, SPI or word; a link leads to each SA, as
report.html#esp-0xc0ffee01. Each message expands to its payloads; each IPsec SA has a plot of packets
and bytes per second with loss and ICV failures; the key schedule is shown step by step, the values
hidden.

    -o, --output FILE   the page; - for standard output. Mode 0600: it shows inner addresses and
                        identities
        --show-secrets  show the values in the key schedule; take care who gets the page

With a filter the page has only the selected IKE SAs, IPsec SAs and findings. The diagnosis is of the whole capture.

` + filterHelp + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode report -k gwa.log -o report.html wire.pcap
`

// pageShare is the part of a run's memory that a page takes, which is made when the passes are over and lists all that they hold.
const pageShare = 0.25

// pageOptions are the options of the command report.
type pageOptions struct {
	captureOptions
	filterOptions
	out  string
	show bool
}

func newPage(a *app) *cobra.Command {
	o := &pageOptions{}
	cmd := &cobra.Command{
		Use: "report CAPTURE... [secrets] -o report.html", Short: "Write everything to one HTML page", Long: reportHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			o.captures = args
			return a.fail("report", &o.outputOptions, args, a.runPage(o))
		},
	}
	o.captureOptions.flags(cmd)
	o.filterOptions.flags(cmd)
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "the page")
	cmd.Flags().BoolVar(&o.show, "show-secrets", false, "show the values of keys")
	return cmd
}

func (o *pageOptions) check(a *app) error {
	if err := o.captureOptions.check(); err != nil {
		return err
	}
	if _, err := o.filter(); err != nil {
		return err
	}
	switch {
	case o.out == "":
		return &usageError{fmt.Errorf("no output file"), "add -o report.html, or -o - for standard output"}
	case o.out == "-" && o.json:
		return usagef("--json and -o - both need standard output")
	case o.out == "-" && isTerminal(a.out):
		return &usageError{fmt.Errorf("cannot write a page to a terminal"), "add -o report.html, or redirect standard output"}
	}
	return o.checkOutput(o.out)
}

func (a *app) runPage(o *pageOptions) error {
	if err := o.check(a); err != nil {
		return err
	}
	o.shown = pageShare
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return err
	}
	defer an.close()
	watch, series, files := &traffic.Watch{}, &traffic.Rates{}, &traffic.Files{}
	watch.Expect(an.SAs)
	scope, err := o.scope(an)
	if err != nil {
		return err
	}
	plots := traffic.Observer(series)
	if scope != nil {
		plots = onlySelected{scope, series}
	}
	if err := an.run(traffic.Shown(watch, plots, files)); err != nil {
		return err
	}
	an, sel := an.choose(scope)
	d := an.document("report", &o.captureOptions)
	in := page.Input{Session: an.Session, Watch: watch, Series: series, Files: files, Captures: an.Source.Files(), ShowSecrets: o.show}
	in.Warnings = slices.Concat(d.Warnings, an.gaps())
	if sel != nil {
		in.Diagnosis, _ = scope.Diagnose(watch)
		in.Warnings = append(in.Warnings, sel.Notice())
		d.Warnings = append(d.Warnings, sel.Warnings()...)
	}
	html, facts, err := page.Make(in)
	if err != nil {
		return err
	}
	if err := a.writePage(o.out, html); err != nil {
		return err
	}
	facts.Output, facts.Selection = o.out, sel
	d.Page = facts
	a.tellPage(facts)
	return a.present(&o.outputOptions, d, nil)
}

func (a *app) writePage(path string, html []byte) error {
	if path == "-" {
		_, err := a.out.Write(html)
		return err
	}
	return writeFiles(a.ctx, exportFile{path, html})
}

func (a *app) tellPage(p *report.Page) {
	to := p.Output
	if to == "-" {
		to = "standard output"
	}
	if p.Selection != nil && !p.Selection.Nothing() {
		a.say("report: %s", p.Selection.Text())
	}
	a.say("report: %s and %s, written to %s", words.Count(p.Messages, "IKE message"), words.Count(p.SAs, "plot"), to)
	if p.Secrets {
		a.warn(problem("the page contains keys", "do not mail it: whoever has it can read the captured traffic"))
	}
}
