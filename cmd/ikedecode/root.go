package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/capture"
)

const rootHelp = `ikedecode decrypts captured IPsec traffic with the keys you have, and shows what was negotiated.

usage: ikedecode COMMAND CAPTURE... [secrets]

commands:
    decrypt     write a decrypted copy of the capture: -w OUT
    timeline    who negotiated what, when, and how it ended
    sas         the IKE SAs and IPsec SAs with their traffic
    diagnose    what went wrong, in which frame, and what to change
    export      write the keys for other programs: FORMAT is wireshark, esp-sa, ikev1, ikev2, dsb, tcpdump, xfrm, setkey or keylog
    report      write everything to one HTML page: -o report.html
    keys        show which secrets a file has, masked
    batch       decrypt an archive of captures file by file, on one machine or many: -w OUT
    merge       add up what batch has done
    extcap      be an interface of Wireshark, which then shows the packets decrypted
    completion  print the completion script for bash, zsh, fish or powershell
    version     print version, commit and Go version, as --version does
    help        show the help of a command, as COMMAND --help does

A CAPTURE is a pcap or pcapng file, plain or compressed with gzip or zstd; a directory of them, and of directories; a quoted pattern, as
'day-*/wire.pcap*'; or - for standard input. Several captures are merged by time, thousands as well.

` + secretsHelp + captureHelp + outputHelp + `exit codes:
    0  done
    1  failed
    2  wrong usage
    3  done, but not everything was decrypted; 0 with --closed-ok
    4  diagnose --fail-on found a problem or warning

example:
    ikedecode decrypt -k gwa.log -w plain.pcapng wire.pcap
`

// run runs the program and returns its exit code.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	return runWith(args, streams{in, out, errw, terminalWidth(out)})
}

func runWith(args []string, s streams) int {
	out := openStdout(s.out)
	s.out = out
	end := keepPipeErrors()
	code := runIn(args, s, out)
	end(out.Writer == os.Stdout && errors.Is(out.err, syscall.EPIPE))
	return code
}

func runIn(args []string, s streams, out *stdout) int {
	ctx, stop := endedBySignals()
	defer stop()
	stdin := s.in
	if s.in != nil {
		s.in = capture.Interruptible(ctx, s.in)
	}
	a := &app{streams: s, ctx: ctx, stdin: stdin}
	root := newRoot(a)
	if isExtcap(args) {
		args = append([]string{"extcap"}, args...)
	}
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	cmd, err := root.ExecuteC()
	if err == nil {
		err = out.err
	}
	if err != nil {
		a.code = exitCode(err)
		if !errors.Is(out.err, syscall.EPIPE) || !errors.Is(err, syscall.EPIPE) {
			a.complain(cmd, err)
		}
		if !a.told {
			a.printError(cmd, args, err)
		}
	}
	return a.code
}

// endedBySignals is a context that a signal ends. A second one ends the program at once, as that signal does by itself; what is unfinished and has a name is
// removed then.
func endedBySignals() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	taken := make(chan os.Signal, 2)
	signal.Notify(taken, endingSignals()...)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case s := <-taken:
				if cancel(); n > 0 {
					capture.RemoveUnfinished()
					signal.Reset(s)
					endBy(s)
				}
			}
		}
	}()
	return ctx, func() {
		signal.Stop(taken)
		close(done)
		cancel()
	}
}

// endingSignals are the signals that end a run, which then leaves no unfinished file behind. What was ignored when the program
// started stays so: nohup does that, and a shell for what it runs in the background.
func endingSignals() []os.Signal {
	list := []os.Signal{syscall.SIGTERM, syscall.SIGQUIT}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// errorOutput looks in a command line that may be wrong for how errors are to be written: with --json or --format ndjson for programs.
func errorOutput(args []string) (o outputOptions) {
	for i, arg := range args {
		switch {
		case arg == "--":
			return o
		case arg == "--json" || arg == "--json=true":
			o.json = true
		case arg == "--format" && i+1 < len(args) && args[i+1] == formatNDJSON, arg == "--format="+formatNDJSON:
			o.format = formatNDJSON
		}
	}
	return o
}

// printError prints, for programs, the error of a command line that no command took. Its report is the name of the command, or empty.
func (a *app) printError(cmd *cobra.Command, args []string, err error) {
	name, o := "", errorOutput(args)
	if cmd.HasParent() {
		name = cmd.Name()
	}
	a.fail(name, &o, nil, err)
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
	root.AddCommand(newDecrypt(a), newTimeline(a), newSAs(a), newDiagnose(a), newExport(a), newPage(a), newKeys(a), newBatch(a), newMerge(a), newExtcap(a), newCompletion(a), newVersion(a))
	for _, cmd := range root.Commands() {
		complete(cmd)
	}
	return root
}
