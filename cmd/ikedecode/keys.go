package main

import (
	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/text"
)

const keysHelp = `Show which secrets files have. The values are masked.

usage: ikedecode keys FILE... [--show-secrets]

        --show-secrets  print the values; take care who can see the screen

` + outputHelp + `example:
    ikedecode keys gwa.log
`

type keysOptions struct {
	outputOptions
	files []string
	show  bool
}

func newKeys(a *app) *cobra.Command {
	o := &keysOptions{}
	cmd := &cobra.Command{
		Use: "keys FILE... [--show-secrets]", Short: "Show which secrets files have", Long: keysHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.files = args
			return a.fail("keys", &o.outputOptions, nil, a.runKeys(o))
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&o.show, "show-secrets", false, "print the values")
	return cmd
}

func (a *app) runKeys(o *keysOptions) error {
	if len(o.files) == 0 {
		return usagef("no file given")
	}
	if err := o.check(); err != nil {
		return err
	}
	bag := &secret.Bag{}
	for _, path := range o.files {
		b, err := readKeys(path, a.streams)
		if err != nil {
			return err
		}
		bag.Merge(b)
	}
	d := &report.Document{Report: "keys", Complete: true, Keys: report.NewKeys(bag, o.show)}
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.Keys(p, d.Keys) })
}
