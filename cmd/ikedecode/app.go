package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
)

// streams are where a run reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	columns  int // of the terminal that out is; 0: it is none
}

// An app is one run of the program.
type app struct {
	streams
	ctx   context.Context
	stdin io.Reader // as it is: in ends with ctx
	quiet bool      // nothing on standard error but errors and the counts of decrypt
	told  bool      // a command has handled the error: it is in the JSON document, if one was asked for
	code  int
}

// complain prints the error, the hint, and after wrong usage the usage line.
func (a *app) complain(cmd *cobra.Command, err error) {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	fmt.Fprintf(a.err, "ikedecode: error: %s\n", report.Escape(oneLine(errorText(err))))
	if hint := hintOf(err); hint != "" {
		a.hint(hint)
	}
	var usage *usageError
	if errors.As(err, &usage) && cmd != nil {
		if use := usageLine(cmd); use != "" {
			fmt.Fprintf(a.err, "ikedecode: usage: %s\n", use)
		}
		a.hint(fmt.Sprintf("run %s --help for details", cmd.CommandPath()))
	}
}

func (a *app) hint(text string) {
	fmt.Fprintf(a.err, "ikedecode: hint: %s\n", report.Escape(oneLine(text)))
}

// say reports progress of a run on standard error.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, "ikedecode: %s\n", report.Escape(fmt.Sprintf(format, args...)))
	}
}

// count prints the counts of decrypt on standard error, also with -q: programs read them there.
func (a *app) count(line string) { fmt.Fprintf(a.err, "ikedecode: %s\n", report.Escape(line)) }

func (a *app) warn(p report.Problem) {
	if a.quiet {
		return
	}
	fmt.Fprintf(a.err, "ikedecode: warning: %s\n", report.Escape(oneLine(p.Text)))
	for _, h := range p.Hints {
		a.hint(h)
	}
}

func (a *app) warnAll(list []report.Problem) {
	for _, p := range list {
		a.warn(p)
	}
}

func oneLine(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "; ") }

func usageLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "ikedecode COMMAND ..."
	}
	return "ikedecode " + cmd.Use
}
