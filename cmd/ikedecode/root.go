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

usage: ikedecode COMMAND CAPTURE... [secrets]

commands:
    decrypt     write the capture with all opened that can be: -w OUT
    timeline    who negotiated what, when, how it ended
    sas         the IKE SAs and the ESP/AH SAs, their traffic
    diagnose    what went wrong, where, and what to change
    export      the keys for other programs: FORMAT is wireshark, esp-sa, ikev1, ikev2, tcpdump, xfrm or keylog
    report      one HTML page with all of it: -o report.html
    keys        which secrets a file holds, masked
    completion  completion for bash, zsh, fish or powershell
    version     version, commit and Go; so does --version
    help        the help of a command, as COMMAND --help

A CAPTURE is pcap or pcapng, compressed with gzip or zstd or not, - for standard input. Several are merged by time.

` + secretsHelp + outputHelp + `exit codes:
    0  done
    1  failed
    2  wrong usage
    3  done, but something that could have been opened stayed closed

example:
    ikedecode decrypt -k gwa.log -w plain.pcapng wire.pcap
`

const secretsHelp = `secrets:
    -k, --keys FILE     any file that holds secrets: a daemon's debug log, ip xfrm state, setkey -D, Wireshark's tables, a key log;
                        recognised by content. Repeatable
        --psk SECRET    pre-shared key: text, or 0x and hex. Repeatable: each is tried
        --psk-file FILE
                        one [PEER] SECRET a line; ipsec.secrets and racoon's psk.txt are accepted. Repeatable
        --dh-secret HEX
                        the shared secret g^xy
        --dh-private HEX
                        either side's private value
        --skeyid HEX, --skeyid-d HEX, --skeyid-a HEX, --skeyid-e HEX
                        SKEYID material
        --eap-msk HEX   the key that an EAP method made, with which AUTH is checked
        --no-verify     use a key though nothing in the capture proves it

Which SA a value belongs to is found out. ICOOKIE[:RCOOKIE]=HEX binds it to one; @FILE as a value reads it from a file. The environment
variable IKEDECODE_PSK gives a pre-shared key without showing it in the list of processes.

`

const outputHelp = `output:
        --json          one JSON document on standard output, described in docs/json.md
        --color WHEN    auto, always or never; NO_COLOR is obeyed
    -q, --quiet         no progress, warnings or hints; errors and decrypt's counts remain
    -j, --jobs N        use at most N processors

`

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
	quiet bool // nothing on standard error but errors and what decrypt came to
	told  bool // a command has seen to the error: it is in a JSON document if it is to be in one
	code  int
}

// run runs the program and returns its exit code.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	return runWith(args, streams{in, out, errw, terminalWidth(out)})
}

func runWith(args []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if s.in != nil {
		s.in = &cancelledReader{ctx: ctx, r: s.in}
	}
	a := &app{streams: s, ctx: ctx}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	cmd, err := root.ExecuteC()
	if err != nil {
		a.code = exitCode(err)
		a.complain(cmd, err)
		if !a.told && wantsJSON(args) {
			a.printError(cmd, err)
		}
	}
	return a.code
}

// endingSignals are the signals that end a run, which then leaves no unfinished file behind. What was ignored when the program
// started stays so: nohup does that, and a shell for what it runs in the background.
func endingSignals() []os.Signal {
	list := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// wantsJSON looks for --json in a command line that may be wrong.
func wantsJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--json", "--json=true":
			return true
		case "--":
			return false
		}
	}
	return false
}

// printError prints the document of a command line that no command took. Its report is the name of the command, or empty.
func (a *app) printError(cmd *cobra.Command, err error) {
	name := ""
	if cmd.HasParent() {
		name = cmd.Name()
	}
	a.fail(name, &outputOptions{json: true}, nil, err)
}

func newRoot(a *app) *cobra.Command {
	version := false
	root := &cobra.Command{
		Use:           "ikedecode",
		Short:         "Open captured IPsec traffic with the keys that you have",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			a.quiet, _ = cmd.Flags().GetBool("quiet") // false for commands that have no such flag
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return a.printVersion()
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print version, commit and Go")
	root.SetHelpFunc(printHelp)
	root.SetHelpCommand(newHelp())
	root.SetFlagErrorFunc(badFlag)
	root.AddCommand(newDecrypt(a), newTimeline(a), newSAs(a), newDiagnose(a), newExport(a), newPage(a), newKeys(a), newCompletion(a), newVersion(a))
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

// say tells how a run went on standard error.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, "ikedecode: %s\n", report.Escape(fmt.Sprintf(format, args...)))
	}
}

// count tells what decrypt came to on standard error, with -q too: programs read it there.
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

func oneLine(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "; ") }

func usageLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "ikedecode COMMAND ..."
	}
	return "ikedecode " + cmd.Use
}
