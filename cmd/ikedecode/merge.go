package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/archive"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/words"
)

const mergeHelp = `Add up what batch has done.

usage: ikedecode merge OUT

OUT is the directory, or s3://BUCKET/PREFIX, that batch wrote. The result is what sas prints for the whole
archive: each SA once, with loss, gaps and replays across files.

` + formatHelp + `        --parquet DIR   also write sas.parquet and flows.parquet, for DuckDB, ClickHouse or Spark: the SAs, and
                        the packets and bytes inside each by addresses, protocol and ports. Mode 0600
        --csv DIR       also write sas.csv and flows.csv

` + storesHelp + `

` + outputHelp + `Exit code 3: files are left to do, or not everything was decrypted.

example:
    ikedecode merge plain
`

type mergeOptions struct {
	outputOptions
	storeOptions
	dir     string
	parquet string // directory for tables; empty: none
	csv     string
}

func newMerge(a *app) *cobra.Command {
	o := &mergeOptions{}
	cmd := &cobra.Command{
		Use: "merge OUT", Short: "Add up what batch has done", Long: mergeHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.dir = args[0]
			}
			return a.fail("merge", &o.outputOptions, args, a.runMerge(o, len(args)))
		},
	}
	o.outputOptions.flags(cmd)
	o.storeOptions.flags(cmd)
	cmd.Flags().StringVar(&o.format, "format", formatText, "text, csv or ndjson")
	cmd.Flags().StringVar(&o.parquet, "parquet", "", "directory for tables in Parquet")
	cmd.Flags().StringVar(&o.csv, "csv", "", "directory for tables in CSV")
	cmd.Flags().BoolVar(&o.closedOK, "closed-ok", false, "exit code 0 instead of 3")
	return cmd
}

func (a *app) runMerge(o *mergeOptions, n int) error {
	if n != 1 {
		return usagef("merge takes one directory")
	}
	if err := o.checkFormat("merge"); err != nil {
		return err
	}
	if err := o.outputOptions.check(); err != nil {
		return err
	}
	if err := o.storeOptions.check(); err != nil {
		return err
	}
	if info, err := os.Stat(o.dir); !o.away(o.dir) && (err != nil || !info.IsDir()) {
		return withHint(fmt.Errorf("%s: not a directory", o.dir), "give the directory that batch wrote")
	}
	out, err := o.archive(o.dir)
	if err != nil {
		return err
	}
	marks, err := archive.Marks(a.ctx, out)
	if err != nil {
		return err
	}
	if len(marks) == 0 {
		return withHint(fmt.Errorf("%s: no marks of batch in it", o.dir), "run batch -w %s first", o.dir)
	}
	m, err := archive.ReadManifest(a.ctx, out, manifestIn)
	if errors.Is(err, archive.ErrNotManifest) {
		return withHint(err, "run batch again: it writes a new one")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s := archive.Merge(marks, m)
	if err := a.writeTables(o, s); err != nil {
		return err
	}
	d := &report.Document{Report: "sas", Captures: []string{o.dir}, Complete: s.Complete, SAs: s.SAs}
	if !s.Complete {
		d.ExitCode = exitIncomplete
	}
	d.Warnings = append(d.Warnings, mergeWarnings(s, m == nil)...)
	c := s.Counts
	files := words.Count(s.Tasks+len(s.Unread), "file")
	if n := len(s.Unread); n > 0 {
		files += fmt.Sprintf(", %s not read", words.Number(n))
	}
	a.count(fmt.Sprintf("%s; %s; IKE: %s, %s decrypted, %s not decrypted; ESP and AH: %s, %s decrypted, %s not decrypted",
		files, words.Count(s.Packets, "packet"), words.Count(c.IKE, "message"), words.Number(c.IKEOpened), words.Number(c.IKEClosed),
		words.Count(c.ESP, "packet"), words.Number(c.Opened), words.Number(c.ESP-c.Opened)))
	return a.present(&o.outputOptions, d, func(p *text.Printer) error { return text.SAs(p, d.SAs) })
}

func mergeWarnings(s *archive.Sum, noManifest bool) (list []report.Problem) {
	if n := len(s.Missing); n > 0 {
		list = append(list, problem(fmt.Sprintf("%s not done yet: %s", words.Count(n, "file"), listOf(s.Missing[:min(n, 3)], "and")), "run batch again"))
	}
	if n := len(s.Unread); n > 0 {
		list = append(list, problem(fmt.Sprintf("%s not read: %s", words.Count(n, "file"), listOf(s.Unread[:min(n, 3)], "and")), "copy the capture again, or capture again"))
	}
	list = append(list, s.Warnings[:min(len(s.Warnings), mostWarnings)]...)
	if n := len(s.Warnings) - mostWarnings; n > 0 {
		list = append(list, problem(words.Count(n, "more warning")+" in the marks"))
	}
	if noManifest {
		list = append(list, problem(manifestIn+" is missing: not known whether all files are done"))
	}
	if s.Approximate > 0 {
		list = append(list, problem(words.Count(s.Approximate, "SA")+" with packets in too much disorder: loss and replays are those of a part of them"))
	}
	return append(list, orderWarnings(s)...)
}

// orderWarnings say what is not known of the order of the packets of several files.
func orderWarnings(s *archive.Sum) (list []report.Problem) {
	const hint = "run export keylog and batch again: what they read then has its order"
	if s.Mixed > 0 {
		p := problem(words.Count(s.Mixed, "SA") + " in files that overlap in time: the order of packets across files is not known; packets in several files count as captured twice, and out of order is counted in each file")
		if !s.Unnumbered {
			p.Hints = append(p.Hints, "run batch to another directory: marks have the order since export keylog read all files, unless there are too many packets")
		}
		list = append(list, p)
	}
	if s.ByFile > 0 {
		p := problem("frames of " + words.Count(s.ByFile, "SA") + " are those of a file: the files overlap in time, and the order of their packets is not known")
		if s.Unnumbered {
			p.Hints = append(p.Hints, hint)
		}
		list = append(list, p)
	}
	if s.Changed {
		list = append(list, problem("the files are not those that export keylog has read: frames of IKE SAs are those of then", hint))
	}
	return list
}
