package main

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const exportHelp = `Write the keys that the capture verifies, in a format that other programs read.

usage: ikedecode export FORMAT CAPTURE... [secrets] -o PATH
       ikedecode export keylog ARCHIVE [secrets] -o PATH

    wireshark   a Wireshark profile: a directory with its tables of ESP SAs and IKE keys, and
                preferences
    esp-sa      only the ESP SA table of Wireshark
    ikev1       only the IKEv1 table of Wireshark
    ikev2       only the IKEv2 table of Wireshark
    dsb         the capture, in pcapng, with the keys of ESP in a secrets block: Wireshark 5 and
                ikedecode decrypt ESP without a key file; IKE stays encrypted. decrypt with
                embed-keys writes the same file
    tcpdump     a file for tcpdump -E "file NAME"
    xfrm        ip xfrm state commands
    setkey      commands for setkey -f, of ipsec-tools and the BSDs
    keylog      a key log with all keys, for ikedecode -k. For an ARCHIVE, a directory or s3://BUCKET/PREFIX as
                in batch, also a manifest, PATH.manifest: what is in which file

    -o, --output PATH   file or, for wireshark, directory; - for standard output. Mode 0600, a
                        directory 0700
        --for VERSION   Wireshark version, for wireshark and esp-sa: 4.0; 4.4, with extended sequence
                        numbers; or 5, with ChaCha20-Poly1305, too (default). Older versions read
                        what 5 does, unless a row needs what is new in it
        --with-psk      also write the pre-shared keys, which outlive the IKE SAs, to the key log

` + storesHelp + `

With a filter only the selected SAs are written; dsb writes all packets in any case.

Keys that nothing in the capture verifies are left out, unless --no-verify is given. Standard error
says what a format cannot express. Where no key is left to write, nothing is written: exit code 1.

` + filterHelp + secretsHelp + captureHelp + outputHelp + `example:
    ikedecode export wireshark -k gwa.log -o profile wire.pcap
    WIRESHARK_CONFIG_DIR=profile wireshark wire.pcap
`

type exportOptions struct {
	captureOptions
	filterOptions
	storeOptions
	format  string
	out     string
	version string
	withPSK bool
}

// A tableWriter writes one file of a format.
type tableWriter func(io.Writer, *report.Material, export.Wireshark) (export.Result, error)

// sasOnly is a tableWriter of a format that holds SAs alone.
func sasOnly(write func(io.Writer, []esp.Params) (export.Result, error)) tableWriter {
	return func(w io.Writer, m *report.Material, _ export.Wireshark) (export.Result, error) {
		return write(w, m.Bag.SAs)
	}
}

// tables are the formats of one file.
var tables = map[string]tableWriter{
	"esp-sa": func(w io.Writer, m *report.Material, version export.Wireshark) (export.Result, error) {
		return export.WriteESPSA(w, m.Bag.SAs, version)
	},
	"ikev1": func(w io.Writer, m *report.Material, _ export.Wireshark) (export.Result, error) {
		return export.Result{}, export.WriteIKEv1Table(w, m.IKEv1)
	},
	"ikev2": func(w io.Writer, m *report.Material, _ export.Wireshark) (export.Result, error) {
		return export.Result{}, export.WriteIKEv2Table(w, m.IKEv2)
	},
	"dsb":     sasOnly(export.WriteESPS),
	"tcpdump": sasOnly(export.WriteTCPDump),
	"xfrm":    sasOnly(export.WriteXFRM),
	"setkey":  sasOnly(export.WriteSetkey),
	"keylog": func(w io.Writer, m *report.Material, _ export.Wireshark) (export.Result, error) {
		return export.Result{SAs: len(m.Bag.SAs)}, secret.WriteKeyLog(w, m.Bag)
	},
}

// profileFiles are the tables of a Wireshark profile, by file name.
var profileFiles = []struct{ name, table string }{
	{"esp_sa", "esp-sa"}, {"ikev1_decryption_table", "ikev1"}, {"ikev2_decryption_table", "ikev2"},
}

// profilePreferences make Wireshark use esp_sa.
const profilePreferences = `# Preferences for captures with IPsec: ESP is decrypted by the esp_sa table beside this file.
esp.enable_encryption_decode: TRUE
esp.enable_authentication_check: TRUE
`

var exportFormats = []string{"wireshark", "esp-sa", "ikev1", "ikev2", "dsb", "tcpdump", "xfrm", "setkey", "keylog"}

func newExport(a *app) *cobra.Command {
	o := &exportOptions{captureOptions: captureOptions{needKeys: true}}
	cmd := &cobra.Command{
		Use: "export FORMAT CAPTURE... [secrets] -o PATH", Short: "Write the keys for other programs", Long: exportHelp,
		ValidArgsFunction: completeExport,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.format, o.captures = args[0], args[1:]
			}
			return a.fail("export", &o.outputOptions, o.captures, a.runExport(o))
		},
	}
	o.captureOptions.flags(cmd)
	o.filterOptions.flags(cmd)
	o.storeOptions.flags(cmd)
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "file or directory")
	cmd.Flags().StringVar(&o.version, "for", "", "version of Wireshark")
	cmd.Flags().BoolVar(&o.withPSK, "with-psk", false, "the pre-shared keys, too")
	return cmd
}

func (a *app) runExport(o *exportOptions) error {
	if err := o.check(a); err != nil {
		return err
	}
	o.sampled = o.samplesDo()
	arc, err := a.archiveOf(o)
	if err != nil {
		return err
	}
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return err
	}
	defer an.close()
	flows, scope, err := a.runFlows(an, &o.filterOptions, o.sampled)
	if err != nil {
		return err
	}
	an, sel := an.choose(scope)
	m := report.Collect(an.Session, flows, o.noVerify)
	if scope != nil {
		scope.Restrict(m)
	}
	all := len(m.Bag.Secrets) + len(m.Bag.SAs)
	if !o.withPSK {
		withoutPSK(m)
	}
	r := &report.ExportResult{Format: o.format, For: o.version, Files: []string{}, Left: []string{}}
	files, err := o.render(m, r)
	if err != nil {
		return err
	}
	d := an.document("export", &o.captureOptions)
	d.Export, r.Selection = r, sel
	d.Warnings = append(d.Warnings, an.gaps()...)
	for _, text := range slices.Concat(r.Left, r.Notes) {
		d.Warnings = append(d.Warnings, problem(text))
	}
	if arc != nil { // also where there is no key
		if err := arc.write(a, o, an); err != nil {
			return err
		}
	}
	if sel.Nothing() {
		return &emptyError{"nothing to export: " + sel.Text(), sel.Hint, d.Warnings}
	}
	if r.IKE+r.SAs == 0 {
		return nothingToExport(o, m, all, d.Warnings)
	}
	if err := a.writeExport(o, an, files, r); err != nil {
		return err
	}
	a.tellExport(o, r)
	return a.present(&o.outputOptions, d, nil)
}

// samplesDo reports whether some packets of each flow tell what is to be written. Which packets a selection takes, and which keys decrypt one that
// nothing verifies, each tells for itself.
func (o *exportOptions) samplesDo() bool {
	f, err := o.filter()
	return o.format == "keylog" && err == nil && !f.Active() && !o.noVerify
}

// withoutPSK takes the pre-shared keys out: who is to read one conversation does not need what opens the next.
func withoutPSK(m *report.Material) {
	m.Bag.Secrets = slices.DeleteFunc(m.Bag.Secrets, func(s secret.Secret) bool { return s.Kind == secret.PSK || s.Kind == secret.PPK })
}

// runFlows runs the second pass for an export of what a filter selects, or what stands for it.
func (a *app) runFlows(an *analysis, o *filterOptions, sampled bool) (flows *traffic.Flows, scope *report.Scope, err error) {
	flows = &traffic.Flows{}
	observers := []traffic.Observer{flows}
	if scope, err = o.scope(an); err != nil {
		return nil, nil, err
	}
	if scope != nil {
		observers = append(observers, scope)
	}
	if sampled {
		return flows, nil, an.runSamples(traffic.Shown(flows))
	}
	return flows, scope, an.run(traffic.Shown(observers...))
}

// An emptyError is for an export without a key to write, of which the warnings may tell why.
type emptyError struct {
	text, hint string
	warnings   []report.Problem
}

func (e *emptyError) Error() string { return e.text }
func (e *emptyError) Hint() string  { return e.hint }

// nothingToExport is the error for an export without a key to write, where all are how many there were for any format.
func nothingToExport(o *exportOptions, m *report.Material, all int, warnings []report.Problem) error {
	e := &emptyError{"nothing to export: the capture verifies no key", "give keys with -k; --no-verify also writes keys that nothing verifies", warnings}
	holder := o.format
	if holder == "dsb" { // --embed-keys has no format
		holder = "a secrets block"
	}
	switch {
	case all > 0 && o.format == "keylog":
		e.text, e.hint = "nothing to export: only pre-shared keys", "add --with-psk to write them"
	case all > 0 && o.version != "" && newestHolds(m):
		e.text, e.hint = "nothing to export: Wireshark "+o.version+" knows none of the algorithms", "use --for 5, or export keylog: it holds all keys"
	case all > 0:
		e.text, e.hint = "nothing to export: "+holder+" holds none of the verified keys", "use export keylog: it holds all keys"
	}
	return e
}

// newestHolds reports whether the newest form of esp_sa has words for an SA.
func newestHolds(m *report.Material) bool {
	res, err := export.WriteESPSA(io.Discard, m.Bag.SAs, export.Wireshark5)
	return err == nil && res.SAs > 0
}
