package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report"
)

const rootHelp = `ikedecode opens captured IPsec traffic with the keys that you have, and tells what was negotiated.

usage:
    ikedecode decrypt  CAPTURE... [secrets] -w OUT    write the capture with all opened that can be
    ikedecode timeline CAPTURE... [secrets]           who negotiated what, when, how it ended
    ikedecode sas      CAPTURE... [secrets]           the IKE SAs and the ESP/AH SAs, their traffic
    ikedecode diagnose CAPTURE... [secrets]           what went wrong, where, and what to change
    ikedecode export   FORMAT CAPTURE... [secrets] -o PATH
                       the keys for other programs: wireshark, esp-sa, ikev1, ikev2, tcpdump, xfrm,
                       keylog
    ikedecode report   CAPTURE... [secrets] -o report.html   one HTML page with all of it
    ikedecode keys     FILE...                        which secrets a file holds, masked
    ikedecode completion SHELL                        completion for bash, zsh, fish or powershell

A CAPTURE is pcap or pcapng, compressed with gzip or zstd or not, - for standard input. Several
are merged by time.

` + secretsHelp + outputHelp + `exit codes:
    0  done                 1  failed
    2  wrong usage          3  done, but something that could have been opened stayed closed

example:
    ikedecode decrypt -k gwa.log -w plain.pcapng wire.pcap
`

const secretsHelp = `secrets:
    -k, --keys FILE     any file that holds secrets: a daemon's debug log, ip xfrm state, setkey
                        -D, Wireshark's tables, a key log; recognised by content. Repeatable
        --psk SECRET    pre-shared key: text, or 0x and hex. Repeatable: each is tried
        --psk-file FILE one [PEER] SECRET a line; ipsec.secrets and racoon's psk.txt are accepted.
                        Repeatable
        --dh-secret HEX     the shared secret g^xy
        --dh-private HEX    either side's private value
        --skeyid HEX, --skeyid-d HEX, --skeyid-a HEX, --skeyid-e HEX
                        SKEYID material
        --eap-msk HEX   the key that an EAP method made, with which AUTH is checked
        --no-verify     use a key though nothing in the capture proves it
    Which SA a value belongs to is found out. ICOOKIE[:RCOOKIE]=HEX binds it to one; @FILE as a
    value reads it from a file. The environment variable IKEDECODE_PSK gives a pre-shared key
    without showing it in the list of processes.

`

const outputHelp = `output:
        --json          one JSON document on standard output, described in docs/json.md
        --color WHEN    auto, always or never; NO_COLOR is obeyed
    -q, --quiet         no progress
    -j, --jobs N        use at most N processors

`

// streams are where a run reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// An app is one run of the program.
type app struct {
	streams
	ctx  context.Context
	code int
}

// run runs the program and returns its exit code.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{streams: streams{in, out, errw}, ctx: ctx}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	cmd, err := root.ExecuteC()
	if err != nil {
		a.code = exitCode(err)
		a.complain(cmd, err)
	}
	return a.code
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "ikedecode",
		Short:         "Open captured IPsec traffic with the keys that you have",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetHelpTemplate("{{.Long}}")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err: err} })
	root.AddCommand(newDecrypt(a), newTimeline(a), newSAs(a), newDiagnose(a), newExport(a), newPage(a), newKeys(a))
	for _, cmd := range root.Commands() {
		complete(cmd)
	}
	return root
}

// complain says what went wrong: the error, what to do, and after a wrong command line how a right one looks.
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
		a.hint(fmt.Sprintf("%s --help tells more", cmd.CommandPath()))
	}
}

func (a *app) hint(text string) {
	fmt.Fprintf(a.err, "ikedecode: hint: %s\n", report.Escape(oneLine(text)))
}

func (a *app) warn(p report.Problem) {
	fmt.Fprintf(a.err, "ikedecode: warning: %s\n", report.Escape(oneLine(p.Text)))
	for _, h := range p.Hints {
		a.hint(h)
	}
}

func oneLine(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "; ") }

func usageLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "ikedecode COMMAND ..."
	}
	return "ikedecode " + cmd.Use
}
