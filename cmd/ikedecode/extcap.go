package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

const extcapHelp = `Be an interface of Wireshark: capture, and show the packets decrypted.

usage: ikedecode extcap --extcap-interfaces
       ikedecode extcap --extcap-interface ikedecode --extcap-config
       ikedecode extcap --extcap-interface ikedecode --capture --fifo PATH [options]

Wireshark and tshark call it so, if a link to ikedecode is in their extcap directory: Help, About,
Folders names it. In the list of interfaces it is "IPsec decrypted by ikedecode"; its dialog asks for
the interface to capture, or a capture file, and for the keys. Packets come as they are captured.
dumpcap captures, or tcpdump where there is no dumpcap.

        --interface IF  capture this interface
        --file FILE     read this capture, and what is added to it
        --keys FILE     file with secrets, as -k takes; followed as it grows
        --more-keys FILE
                        one more
        --psk SECRET    pre-shared key
        --show WHAT     all: every packet (default); opened: decrypted packets only
        --extcap-capture-filter FILTER
                        what to capture, as tcpdump takes it

        --max-memory SIZE
                        most memory, as with decrypt

protocol:
        --extcap-interfaces
                        list the interfaces
        --extcap-dlts   list the link types
        --extcap-config
                        list the options of the dialog
        --extcap-version VERSION
                        of Wireshark
        --extcap-interface NAME
                        about which interface: ikedecode
        --extcap-reload-option NAME
                        whose values to list again
        --capture       capture, and write to --fifo
        --fifo PATH     where Wireshark reads

example:
    ikedecode extcap --extcap-interfaces
`

const extcapName = "ikedecode"

// extcapOptions are what Wireshark passes (doc/extcap.adoc of its sources).
type extcapOptions struct {
	memoryLimit
	interfaces, dlts, config, capture bool

	name, version, reload, filter, fifo string
	device, file, psk, show             string
	keys                                [2]string
}

func newExtcap(a *app) *cobra.Command {
	o := &extcapOptions{}
	cmd := &cobra.Command{
		Use: "extcap", Short: "Be an interface of Wireshark", Long: extcapHelp, Args: cobra.ArbitraryArgs,
		// A later Wireshark may pass more.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE:               func(*cobra.Command, []string) error { return a.runExtcap(o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.interfaces, "extcap-interfaces", false, "list interfaces")
	f.BoolVar(&o.dlts, "extcap-dlts", false, "list link types")
	f.BoolVar(&o.config, "extcap-config", false, "list options")
	f.BoolVar(&o.capture, "capture", false, "capture")
	o.memoryLimit.flags(cmd)
	f.StringVar(&o.name, "extcap-interface", "", "interface")
	f.StringVar(&o.version, "extcap-version", "", "version of Wireshark")
	f.StringVar(&o.reload, "extcap-reload-option", "", "option whose values to list")
	f.StringVar(&o.filter, "extcap-capture-filter", "", "capture filter")
	f.StringVar(&o.fifo, "fifo", "", "output")
	f.StringVar(&o.device, "interface", "", "interface to capture")
	f.StringVar(&o.file, "file", "", "capture file")
	f.StringVar(&o.keys[0], "keys", "", "file with secrets")
	f.StringVar(&o.keys[1], "more-keys", "", "another file with secrets")
	f.StringVar(&o.psk, "psk", "", "pre-shared key")
	f.StringVar(&o.show, "show", "all", "all or opened")
	return cmd
}

// isExtcap reports whether a command line is one of Wireshark's, which runs the programs in its extcap directory without the name of a command.
func isExtcap(args []string) bool {
	return len(args) > 0 && (strings.HasPrefix(args[0], "--extcap-") || args[0] == "--capture")
}

func (a *app) runExtcap(o *extcapOptions) error {
	if err := oneOf("--show", o.show, flagValues["show"]...); err != nil {
		return err
	}
	switch {
	case o.interfaces:
		return a.print("extcap {version=" + extcapVersion() + "}{help=https://github.com/ikedecode/ikedecode}\n" +
			"interface {value=" + extcapName + "}{display=IPsec decrypted by ikedecode}\n")
	case o.name == "" && !o.dlts && !o.config && !o.capture:
		return &usageError{errors.New("it is Wireshark that calls extcap"), "link ikedecode into the extcap directory that Help, About, Folders names"}
	case o.name != extcapName:
		return usagef("--extcap-interface: %q must be %s", o.name, extcapName)
	case o.dlts: // what comes is pcapng, which names the link type of each interface itself
		return a.print("dlt {number=1}{name=EN10MB}{display=Ethernet, or what the capture has}\n")
	case o.reload != "":
		return a.print(deviceValues(a.ctx))
	case o.config:
		return a.print(extcapConfig(a.ctx))
	case o.capture:
		return a.extcapCapture(o)
	case o.filter != "":
		return a.checkCaptureFilter(o)
	}
	return usagef("nothing to do: neither --extcap-dlts, --extcap-config nor --capture")
}

func (a *app) print(text string) error {
	_, err := io.WriteString(a.out, text)
	return err
}

// extcapVersion is the version without what Wireshark takes for syntax.
func extcapVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "0"
	}
	return plainValue(strings.Trim(info.Main.Version, "()"))
}

// plainValue is a value without the characters of the protocol.
func plainValue(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '{' || r == '}' || r < ' ' {
			return '_'
		}
		return r
	}, s)
}

// The arguments of the dialog.
const extcapArguments = `arg {number=0}{call=--interface}{display=Capture interface}{tooltip=The interface with the ESP packets, outside of the tunnel}{type=selector}{reload=true}{placeholder=Look again}{group=Capture}
arg {number=1}{call=--file}{display=or capture file}{tooltip=Is read instead, and on as it grows}{type=fileselect}{mustexist=true}{group=Capture}
arg {number=2}{call=--keys}{display=Keys or log}{tooltip=A log of an IKE daemon, ip xfrm state, a key log, ...: recognised by content, followed as it grows}{type=fileselect}{mustexist=false}{group=Keys}
arg {number=3}{call=--more-keys}{display=More keys}{tooltip=One more such file}{type=fileselect}{mustexist=false}{group=Keys}
arg {number=4}{call=--psk}{display=Pre-shared key}{tooltip=Other users can see it in the list of processes; a file as ipsec.secrets above keeps it out of there}{type=password}{group=Keys}
arg {number=5}{call=--show}{display=Show}{type=selector}{default=all}{group=Capture}
arg {number=6}{call=--max-memory}{display=Most memory}{tooltip=128M or more}{type=string}{default=1G}{group=Capture}
value {arg=5}{value=all}{display=every packet}{default=true}
value {arg=5}{value=opened}{display=decrypted packets only}{default=false}
`

func extcapConfig(ctx context.Context) string { return extcapArguments + deviceValues(ctx) }

// deviceValues are the interfaces that can be captured.
func deviceValues(ctx context.Context) string {
	var b strings.Builder
	for i, name := range devices(ctx) {
		fmt.Fprintf(&b, "value {arg=0}{value=%s}{display=%[1]s}{default=%v}\n", plainValue(name), i == 0)
	}
	return b.String()
}

// devices are the names of interfaces: as dumpcap has them, or where it tells none, as the system has them.
func devices(ctx context.Context) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "dumpcap", "-D").Output(); err == nil {
		for line := range strings.Lines(string(out)) {
			_, name, ok := strings.Cut(strings.TrimSpace(line), ". ")
			if name, _, _ = strings.Cut(name, " ("); ok && name != "" {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 {
		return names
	}
	list, _ := net.Interfaces() // none where the system tells none
	for _, i := range list {
		names = append(names, i.Name)
	}
	if runtime.GOOS == "linux" {
		names = append(names, "any")
	}
	return names
}

// capturer is the program that captures, to standard output.
func capturer(ctx context.Context, device, filter string) (*exec.Cmd, error) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"dumpcap", []string{"-q", "-i", device, "-w", "-"}},
		{"tcpdump", []string{"-U", "-s", "0", "-i", device, "-w", "-"}},
	} {
		path, err := exec.LookPath(c.name)
		if err != nil {
			continue
		}
		if c.name == "dumpcap" && filter != "" {
			c.args = append(c.args, "-f", filter)
		} else if filter != "" {
			c.args = append(c.args, "--", filter)
		}
		cmd := exec.CommandContext(ctx, path, c.args...)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it writes what it has
		cmd.WaitDelay = time.Second
		return cmd, nil
	}
	return nil, withHint(errors.New("neither dumpcap nor tcpdump is installed"), "install one of them, or choose a capture file")
}

// checkCaptureFilter prints what is wrong with a filter, which is how Wireshark asks.
func (a *app) checkCaptureFilter(o *extcapOptions) error {
	if path, err := exec.LookPath("tcpdump"); err == nil {
		if out, err := exec.CommandContext(a.ctx, path, "-d", "-y", "EN10MB", "--", o.filter).CombinedOutput(); err != nil {
			return a.print(string(bytes.TrimSpace(out)) + "\n")
		}
	}
	return nil
}

// extcapCapture writes decrypted packets to the FIFO until Wireshark has had enough.
func (a *app) extcapCapture(o *extcapOptions) error {
	switch {
	case o.fifo == "":
		return usagef("--capture needs --fifo")
	case o.file == "" && o.device == "":
		return &usageError{errors.New("neither an interface nor a file"), "choose one in the dialog of the interface"}
	}
	d := &decryptOptions{out: o.fifo, link: "keep"}
	d.espNull, d.memory = "auto", o.memory
	d.live, d.quiet, d.closedOK, d.color = true, true, true, "never"
	d.captures = []string{o.file}
	for _, path := range o.keys {
		if path != "" {
			d.keys = append(d.keys, path)
		}
	}
	if o.psk != "" {
		d.psk = []string{o.psk}
	}
	if o.show != "all" {
		d.only = o.show
	}
	if o.file != "" {
		return a.decryptQuietly(d)
	}
	cmd, err := capturer(a.ctx, o.device, o.filter)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", cmd.Path, err)
	}
	a.stdin, d.captures = bufio.NewReader(out), []string{"-"}
	err = a.decryptQuietly(d)
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	select {
	case failed := <-end:
		if failed != nil && a.ctx.Err() == nil {
			return fmt.Errorf("%s: %s", cmd.Path, lastLine(said.String(), failed))
		}
	case <-time.After(time.Second / 2): // it goes on: Wireshark has had enough
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		<-end
	}
	return err
}

// decryptQuietly decrypts without a word but the error: Wireshark shows what it gets as one. That the pipe was closed is none.
func (a *app) decryptQuietly(d *decryptOptions) error {
	errs := a.err
	a.err = io.Discard
	err := a.runDecrypt(d)
	a.err = errs
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// lastLine is the last line that a program wrote, or why it ended.
func lastLine(text string, err error) string {
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(lines) == 0 {
		return err.Error()
	}
	return lines[len(lines)-1]
}
