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

const rootHelp = `ikedecode decrypts captured IPsec traffic with the keys you have, and shows what was negotiated.

usage: ikedecode COMMAND CAPTURE... [secrets]

commands:
    decrypt     write a decrypted copy of the capture: -w OUT
    timeline    who negotiated what, when, and how it ended
    sas         the IKE SAs and IPsec SAs with their traffic
    diagnose    what went wrong, in which frame, and what to change
    export      write the keys for other programs: FORMAT is wireshark, esp-sa, ikev1, ikev2, tcpdump, xfrm or keylog
    report      write everything to one HTML page: -o report.html
    keys        show which secrets a file has, masked
    completion  print the completion script for bash, zsh, fish or powershell
    version     print version, commit and Go version, as --version does
    help        show the help of a command, as COMMAND --help does

A CAPTURE is a pcap or pcapng file, plain or compressed with gzip or zstd; - is standard input. Several captures are merged by time.

` + secretsHelp + outputHelp + `exit codes:
    0  done
    1  failed
    2  wrong usage
    3  done, but not everything was decrypted

example:
    ikedecode decrypt -k gwa.log -w plain.pcapng wire.pcap
`

const secretsHelp = `secrets:
    -k, --keys FILE     a file with secrets, recognised by its content: the debug log of a daemon, ip xfrm state, setkey -D,
                        Wireshark tables, a key log. May be repeated
        --psk SECRET    pre-shared key: text, or 0x and hex. May be repeated; each is tried
        --psk-file FILE
                        one [PEER] SECRET a line; also ipsec.secrets and psk.txt of racoon. May be repeated
        --dh-secret HEX
                        DH shared secret g^xy
        --dh-private HEX
                        DH private value of either peer
        --skeyid HEX, --skeyid-d HEX, --skeyid-a HEX, --skeyid-e HEX
                        SKEYID material
        --eap-msk HEX   the MSK of an EAP method, to verify AUTH
        --no-verify     use keys that nothing in the capture verifies

ikedecode works out which SA a value belongs to. ICOOKIE[:RCOOKIE]=HEX binds it to one IKE SA; @FILE reads the value from a file. The
environment variable IKEDECODE_PSK keeps a pre-shared key out of the process list.

`

const outputHelp = `output:
        --json          one JSON document on standard output, described in docs/json.md
        --color WHEN    auto, always or never; honours NO_COLOR
    -q, --quiet         no progress, warnings or hints; only errors and the counts of decrypt
    -j, --jobs N        use at most N CPUs

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
	quiet bool // nothing on standard error but errors and the counts of decrypt
	told  bool // a command has handled the error: it is in the JSON document, if one was asked for
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
		Short:         "Decrypt captured IPsec traffic with the keys you have",
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
	root.Flags().BoolVar(&version, "version", false, "print version, commit and Go version")
	root.SetHelpFunc(printHelp)
	root.SetHelpCommand(newHelp())
	root.SetFlagErrorFunc(badFlag)
	root.AddCommand(newDecrypt(a), newTimeline(a), newSAs(a), newDiagnose(a), newExport(a), newPage(a), newKeys(a), newCompletion(a), newVersion(a))
	for _, cmd := range root.Commands() {
		complete(cmd)
	}
	return root
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

func oneLine(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "; ") }

func usageLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "ikedecode COMMAND ..."
	}
	return "ikedecode " + cmd.Use
}
