package main

import (
	"bufio"
	"cmp"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/text"
)

const keysHelp = `Show which secrets files have. The values are masked.

usage: ikedecode keys FILE... [CAPTURE...] [secrets] [--show-secrets]

For each secret: its kind, file, member of an archive, and line. Also listed: what a
source never prints, what is redacted, and lines that seem to have a key in an unknown
form.

With a capture among the files: which SA uses each secret, and what proves it, such as
a HASH, an ICV, a public value, the payload chain or inner headers. An ICV proves only
the authentication key.

        --show-secrets  print the values; take care who can see the screen

` + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode keys gwa.log
    ikedecode keys gwa.log wire.pcap
`

type keysOptions struct {
	captureOptions
	show bool
}

func newKeys(a *app) *cobra.Command {
	o := &keysOptions{}
	cmd := &cobra.Command{
		Use: "keys FILE... [CAPTURE...] [--show-secrets]", Short: "Show which secrets files have", Long: keysHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.fail("keys", &o.outputOptions, nil, a.runKeys(o, args))
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&o.show, "show-secrets", false, "print the values")
	return cmd
}

func (a *app) runKeys(o *keysOptions, args []string) error {
	var files, captures []string
	if err := untilDone(a.ctx, func() error {
		files, captures = a.tellCaptures(args)
		return nil
	}); err != nil {
		return err
	}
	o.keys, o.captures = append(files, o.keys...), captures
	if len(args) == 0 && len(o.keyFiles()) == 0 {
		return usagef("no file given")
	}
	if err := o.checkStdin(); err != nil {
		return err
	}
	if err := cmp.Or(o.checkMemory(), o.outputOptions.check()); err != nil {
		return err
	}
	o.limitMemory()
	var bag *secret.Bag
	var failed error
	err := untilDone(a.ctx, func() (err error) {
		bag, failed, err = o.keysBag(a.streams)
		return err
	})
	if err != nil {
		return err
	}
	a.warnAll(o.exposed.take())
	if len(captures) > 0 {
		return a.keysOf(o, bag)
	}
	d := &report.Document{Report: "keys", Complete: true, Keys: report.NewKeys(bag, o.show, o.keyFiles()...)}
	if failed != nil && len(bag.Formats)+len(bag.Secrets) == 0 {
		if len(bag.Unread) == 0 {
			return failed
		}
		d.ExitCode = exitFailed
	}
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.Keys(p, d.Keys) })
}

// tellCaptures tells captures from files with secrets by their content.
func (a *app) tellCaptures(args []string) (files, captures []string) {
	for _, path := range args {
		isCapture := false
		if path == "-" {
			in := bufio.NewReader(a.in)
			head, _ := in.Peek(4)
			a.in, isCapture = in, capture.IsCaptureHead(head)
		} else {
			isCapture = capture.IsCapture(path)
		}
		if isCapture {
			captures = append(captures, path)
		} else {
			files = append(files, path)
		}
	}
	return files, captures
}

// keysBag collects the secrets of files and flags, with what looks like a key and is not understood. A file of which nothing is known does not
// end the list of the others: failed is the error of the first.
func (o *keysOptions) keysBag(in streams) (bag *secret.Bag, failed, err error) {
	bag = &secret.Bag{}
	bound := o.keyOptions()
	bound.Unread = true
	bound.Each(slices.Values(o.keyFiles()), bag, in.readKeys, func(path string, b *secret.Bag, e error) bool {
		var format *source.FormatError
		switch {
		case errors.As(e, &format):
			if failed == nil {
				failed = e
			}
			b = &secret.Bag{Warnings: []secret.Warning{passedOver(path, e)}, Unread: format.Unread}
		case e != nil:
			err = e
			return false
		}
		o.exposed.note(path, b)
		bag.Merge(b)
		return true
	})
	if err != nil {
		return nil, nil, err
	}
	values := &secret.Bag{}
	if err := o.addFlags(values, in); err != nil {
		return nil, nil, err
	}
	bag.Merge(values)
	return bag, failed, nil
}

// keysOf lists the secrets with what the captures say of them.
func (a *app) keysOf(o *keysOptions, bag *secret.Bag) error {
	an, err := a.analyzeBag(&o.captureOptions, bag, nil)
	if err != nil {
		return err
	}
	defer an.close()
	if err := an.run(nil); err != nil {
		return err
	}
	keys := report.Read(an.Session).Keys(o.show, o.keyFiles()...)
	an.Bag.Warnings = nil // they are in keys
	d := an.document("keys", &o.captureOptions)
	d.Keys = keys
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.Keys(p, d.Keys) })
}
