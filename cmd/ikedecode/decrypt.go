package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/text"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const decryptHelp = `Write a decrypted copy of the capture.

usage: ikedecode decrypt CAPTURE... [secrets] -w OUT
       ikedecode decrypt CAPTURE... [secrets] --certs DIR | --log FILE [-w OUT]

Every packet appears once, in order, with its time and link-layer header: an IKE message decrypted
in place, with its encryption flag cleared; an ESP or AH packet replaced by the packet inside;
everything else unchanged. In pcapng every decrypted packet has a comment with its SA and frame.
Standard error says what was not decrypted.

    -w, --write OUT     pcapng, or pcap if the name ends in .pcap; - for standard output. Mode 0600;
                        the file appears when it is complete
        --only WHAT     ike: IKE messages only; inner: packets from inside ESP and AH only; opened:
                        decrypted packets only
        --split-by WHAT
                        sa: one file for each IPsec SA, named OUT with addresses and SPI; OUT has the
                        rest. child: one for each Child SA, both directions in it. peer: one for each
                        pair of hosts, with its IKE messages
        --link HOW      keep: keep the link-layer headers (default); raw: write bare IP packets
                        (LINKTYPE_RAW)
        --no-comments   write no comments on packets: the file is smaller, and takes less time
        --embed-keys    write the capture as it is, not decrypted, with the keys of ESP that it
                        verifies in a secrets block of pcapng: ikedecode and Wireshark 5 then need
                        no keys for ESP; IKE stays encrypted. The counts are those of a decryption
        --certs DIR     write each certificate and CRL of the negotiations to a PEM file in DIR,
                        mode 0600. DIR is created if missing; existing files are not changed.
                        Without -w nothing else is written
        --log FILE      write a JSON record for each packet, one a line: frame, SA, sequence number,
                        result, and addresses, ports and length of the packet inside, as docs/json.md
                        describes it; - for standard output. Mode 0600. Needs no -w
        --esp-null HOW  find ESP with NULL encryption by its content, without keys, and decode it
                        unverified. auto: where no SA is known (default); off: never; force: also
                        where the known keys are wrong

With a filter only the selected packets are written, logged and counted, but keys come from the whole
capture. --peer and --sa select packets of IKE, ESP, AH and IPComp, their fragments and keepalives,
and ICMP errors about them. With --live, an identity or SPI selects packets only after the message
that has it.

` + liveHelp + filterHelp + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode decrypt -k gwa.log -w plain.pcapng wire.pcap
`

type decryptOptions struct {
	captureOptions
	filterOptions
	out   string
	only  string
	split string
	link  string
	plain bool
	certs string
	log   string
	embed bool
}

func newDecrypt(a *app) *cobra.Command {
	o := &decryptOptions{}
	cmd := &cobra.Command{
		Use: "decrypt CAPTURE... [secrets] -w OUT", Short: "Write a decrypted copy of the capture", Long: decryptHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			o.captures = args
			return a.fail("decrypt", &o.outputOptions, args, a.runDecrypt(o))
		},
	}
	o.captureOptions.flags(cmd)
	o.filterOptions.flags(cmd)
	o.liveFlag(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.out, "write", "w", "", "output")
	f.StringVar(&o.only, "only", "", "ike, inner or opened")
	f.StringVar(&o.split, "split-by", "", "sa, child or peer")
	f.StringVar(&o.link, "link", "keep", "keep or raw")
	f.BoolVar(&o.plain, "no-comments", false, "no comments on packets")
	f.BoolVar(&o.embed, "embed-keys", false, "the capture as it is, with the keys")
	f.StringVar(&o.certs, "certs", "", "directory for certificates")
	f.StringVar(&o.log, "log", "", "a record for each packet")
	f.StringVar(&o.espNull, "esp-null", "auto", "auto, off or force")
	return cmd
}

func (o *decryptOptions) check(a *app) error {
	if err := o.captureOptions.check(); err != nil {
		return err
	}
	if o.out == "" && o.certs == "" && o.log == "" {
		return &usageError{fmt.Errorf("no output file"), "add -w OUT, or -w - for standard output"}
	}
	for _, f := range []struct {
		flag, value string
		allowed     []string
	}{
		{"--only", o.only, []string{"ike", "inner", "opened"}},
		{"--split-by", o.split, []string{"sa", "child", "peer"}},
		{"--link", o.link, []string{"keep", "raw"}},
		{"--esp-null", o.espNull, []string{"auto", "off", "force"}},
	} {
		if f.value == "" {
			continue // was not given
		}
		if err := oneOf(f.flag, f.value, f.allowed...); err != nil {
			return err
		}
	}
	if info, err := os.Stat(o.certs); err == nil && !info.IsDir() {
		return &usageError{err: fmt.Errorf("--certs: %q is not a directory", o.certs)}
	}
	if o.out == "" && (o.only != "" || o.split != "" || o.link != "keep" || o.plain || o.embed) {
		return &usageError{fmt.Errorf("--only, --split-by, --link, --no-comments and --embed-keys need an output file"), "add -w OUT"}
	}
	if err := o.checkLog(); err != nil {
		return err
	}
	filter, err := o.filter()
	if err != nil {
		return err
	}
	if o.embed {
		if err := o.checkEmbed(filter.Active(), a.out); err != nil {
			return err
		}
	}
	if o.out == "-" {
		switch {
		case isTerminal(a.out):
			return &usageError{fmt.Errorf("cannot write a capture to a terminal"), "add -w FILE, or redirect standard output"}
		case o.json:
			return usagef("--json and -w - both need standard output")
		case o.split != "":
			return usagef("--split-by needs a file name, not -w -")
		}
	}
	if o.out == "" {
		return nil
	}
	return o.checkOutput(o.out)
}

// checkEmbed finds what --embed-keys cannot be combined with.
func (o *decryptOptions) checkEmbed(filtered bool, stdout io.Writer) error {
	switch {
	case filtered:
		return usagef("--embed-keys writes all packets as they are, not with --peer, --sa, --since or --until")
	case o.live:
		return usagef("--embed-keys needs a capture that is complete: it cannot be combined with --live")
	case o.only != "" || o.split != "" || o.link != "keep" || o.plain:
		return usagef("--embed-keys writes all packets as they are, not with --only, --split-by, --link or --no-comments")
	}
	return checkEmbedding("-w", o.out, stdout)
}

// checkLog finds what --log cannot be combined with.
func (o *decryptOptions) checkLog() error {
	switch {
	case o.log == "":
		return nil
	case o.log == "-" && (o.out == "-" || o.json):
		return usagef("--log - and another output both need standard output")
	case o.embed:
		return usagef("--embed-keys decrypts nothing, not with --log")
	}
	if o.log != "-" && onePath(o.log, o.out) {
		return &usageError{fmt.Errorf("%s: --log and -w are the same file", o.log), "write to another file"}
	}
	return checkOutput(o.log, o.inputs())
}

func (a *app) runDecrypt(o *decryptOptions) error {
	if err := o.check(a); err != nil {
		return err
	}
	o.needKeys, o.once = o.out != "" || o.log != "", o.onceDoes()
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return err
	}
	defer an.close()
	scope, err := o.scope(an)
	if err != nil {
		return err
	}
	switch {
	case o.out == "" && o.log == "":
		return a.extractCertificates(o, an, scope)
	case o.embed:
		return a.embedKeys(o, an)
	}
	out, err := a.startOutput(o, an)
	if err != nil {
		return err
	}
	defer func() { out.abort() }()
	chosen, err := a.writeDecrypted(an, scope, out)
	if errors.Is(err, ikedecode.ErrTwoPasses) {
		if err := an.again(); err != nil {
			return err
		}
		if !out.resume(an.Session) {
			next, err := a.startOutput(o, an)
			if err != nil {
				return err
			}
			out.abort()
			out = next
		}
		chosen, err = a.writeDecrypted(an, scope, out)
	}
	if err != nil {
		return err
	}
	return a.presentDecrypt(o, chosen, out, out.selection)
}

// onceDoes reports whether the capture may be read in one pass: should it need two, what is written can be thrown away, or gone on with.
func (o *decryptOptions) onceDoes() bool {
	if filter, err := o.filter(); err != nil || filter.Active() { // a selection may be by what is negotiated later
		return false
	}
	if o.live || o.embed || o.certs != "" || o.log == "-" || !takesPlace(o.log) {
		return false
	}
	if o.out == "-" {
		return o.log == ""
	}
	return takesPlace(o.out)
}

// takesPlace reports whether an output takes the place of a file, or of nothing, when it is complete.
func takesPlace(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() || errors.Is(err, fs.ErrNotExist)
}

// startOutput readies the outputs for the pass that decrypts.
func (a *app) startOutput(o *decryptOptions, an *analysis) (*output, error) {
	blocks, _ := an.SecretBlocks()
	out, err := newOutput(a, o, blocks, an.source.Named()...)
	if err != nil {
		return nil, err
	}
	if out.log, err = newPacketLog(a, o, an.Session); err != nil {
		out.abort()
		return nil, err
	}
	switch {
	case an.live != nil:
		an.live.idle = append(an.live.idle, out.flush)
		an.live.listen(out.log.learn)
	case an.twice != nil && o.out == "-":
		out.streams = true
		an.OnIdle(out.flush)
	}
	if out.main != nil {
		out.announce(an.Session)
	}
	return out, nil
}

// writeDecrypted runs the pass that decrypts. The analysis that it returns is that of the selection.
func (a *app) writeDecrypted(an *analysis, scope *report.Scope, out *output) (*analysis, error) {
	render, frame := out.render, out.frame
	if scope != nil { // which has to see the packets in order, and what is in them
		render, frame = nil, out.selected(scope)
	}
	if err := an.runRender(render, frame); err != nil {
		return nil, err
	}
	if an, out.selection = an.choose(scope.Settled()); out.main != nil {
		out.describe(an.Session)
	}
	return an, out.close()
}

// extractCertificates is a run without an output: certificates alone.
func (a *app) extractCertificates(o *decryptOptions, an *analysis, scope *report.Scope) error {
	fn := func(*ikedecode.Frame) error { return nil }
	if scope != nil {
		fn = traffic.Shown(scope)
	}
	if err := an.run(fn); err != nil {
		return err
	}
	an, sel := an.choose(scope.Settled())
	return a.presentDecrypt(o, an, &output{list: []string{}}, sel)
}

// embedKeys writes the capture as it is, with the keys that its packets verify.
func (a *app) embedKeys(o *decryptOptions, an *analysis) error {
	flows := &traffic.Flows{}
	if err := an.run(traffic.Shown(flows)); err != nil {
		return err
	}
	e := &exportOptions{captureOptions: o.captureOptions, format: "dsb", out: o.out}
	m := report.Collect(an.Session, flows, o.noVerify)
	r := &report.ExportResult{}
	files, err := e.render(m, r)
	if err != nil {
		return err
	}
	out := &output{list: []string{o.out}}
	for _, text := range slices.Concat(r.Left, r.Notes) {
		out.notes = append(out.notes, problem(text))
	}
	if r.SAs == 0 {
		return nothingToExport(e, m, len(m.Bag.Secrets)+len(m.Bag.SAs), append(an.gaps(), out.notes...))
	}
	if out.written, err = a.writeEmbedded(an, o.out, o.inputs(), files[0].text); err != nil {
		return err
	}
	return a.presentDecrypt(o, an, out, nil)
}

func (a *app) presentDecrypt(o *decryptOptions, an *analysis, out *output, sel *report.PacketSelection) error {
	d := an.document("decrypt", &o.captureOptions)
	d.Warnings = append(d.Warnings, an.gaps()...)
	d.Warnings = append(d.Warnings, out.warnings()...)
	d.Warnings = append(d.Warnings, sel.Warnings()...)
	d.Decrypt = report.NewDecrypt(an.Session, out.names(), out.written)
	d.Decrypt.Select(sel)
	if o.certs != "" {
		var err error
		if d.Decrypt.Certificates, err = writeCertificates(o.certs, an.Session); err != nil {
			return err
		}
	}
	for _, line := range text.DecryptLines(d.Decrypt) {
		a.count(line)
	}
	return a.present(&o.outputOptions, d, nil)
}
