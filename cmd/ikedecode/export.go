package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

const exportHelp = `Write the keys that the capture verifies, in a format that other programs read.

usage: ikedecode export FORMAT CAPTURE... [secrets] -o PATH

    wireshark   a Wireshark profile: a directory with its tables of ESP SAs and IKE keys, and
                preferences
    esp-sa      only the ESP SA table of Wireshark
    ikev1       only the IKEv1 table of Wireshark
    ikev2       only the IKEv2 table of Wireshark
    tcpdump     a file for tcpdump -E "file NAME"
    xfrm        ip xfrm state commands
    keylog      a key log with all keys, for ikedecode -k

    -o, --output PATH   file or, for wireshark, directory; - for standard output. Mode 0600, a
                        directory 0700
        --with-psk      a key log with the pre-shared keys, too, which outlive the IKE SAs

Keys that nothing in the capture verifies are left out, unless --no-verify is given. Standard error
says what a format cannot express.

` + secretsHelp + outputHelp + `example:
    ikedecode export wireshark -k gwa.log -o profile wire.pcap
    WIRESHARK_CONFIG_DIR=profile wireshark wire.pcap
`

type exportOptions struct {
	captureOptions
	format  string
	out     string
	withPSK bool
}

// A tableWriter writes one file of a format.
type tableWriter func(io.Writer, *report.Material) ([]export.Unexpressed, error)

// tables are the formats of one file.
var tables = map[string]tableWriter{
	"esp-sa": func(w io.Writer, m *report.Material) ([]export.Unexpressed, error) {
		return export.WriteESPSA(w, m.Bag.SAs)
	},
	"ikev1": func(w io.Writer, m *report.Material) ([]export.Unexpressed, error) {
		return nil, export.WriteIKEv1Table(w, m.IKEv1)
	},
	"ikev2": func(w io.Writer, m *report.Material) ([]export.Unexpressed, error) {
		return nil, export.WriteIKEv2Table(w, m.IKEv2)
	},
	"tcpdump": func(w io.Writer, m *report.Material) ([]export.Unexpressed, error) {
		return export.WriteTCPDump(w, m.Bag.SAs)
	},
	"xfrm": func(w io.Writer, m *report.Material) ([]export.Unexpressed, error) {
		return export.WriteXFRM(w, m.Bag.SAs)
	},
	"keylog": func(w io.Writer, m *report.Material) ([]export.Unexpressed, error) {
		return nil, secret.WriteKeyLog(w, m.Bag)
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

var exportFormats = []string{"wireshark", "esp-sa", "ikev1", "ikev2", "tcpdump", "xfrm", "keylog"}

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
	o.flags(cmd)
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "file or directory")
	cmd.Flags().BoolVar(&o.withPSK, "with-psk", false, "the pre-shared keys, too")
	return cmd
}

func (o *exportOptions) check() error {
	if o.format == "" {
		return usagef("no FORMAT: it must be %s", listOf(exportFormats, "or"))
	}
	if err := oneOf("FORMAT", o.format, exportFormats...); err != nil {
		return err
	}
	if err := o.captureOptions.check(); err != nil {
		return err
	}
	switch {
	case o.out == "":
		return &usageError{fmt.Errorf("no output file"), "add -o PATH, or -o - for standard output"}
	case o.out == "-" && o.format == "wireshark":
		return usagef("-o: a profile needs a directory, not -")
	case o.out == "-" && o.json:
		return usagef("--json and -o - both need standard output")
	}
	if o.format != "wireshark" {
		return checkOutput(o.out, o.inputs())
	}
	for _, f := range profileFiles {
		if err := checkInputs(filepath.Join(o.out, f.name), o.inputs()); err != nil {
			return err
		}
	}
	return checkProfile(o.out)
}

// checkProfile refuses a folder with preferences of the user's own, which an export would replace.
func checkProfile(dir string) error {
	have, err := os.ReadFile(filepath.Join(dir, "preferences"))
	first, _, _ := strings.Cut(profilePreferences, "\n")
	if err != nil || strings.HasPrefix(string(have), first) {
		return nil
	}
	return withHint(fmt.Errorf("%s: already a Wireshark profile", dir), "use a new directory; its tables can be copied into this one")
}

func (a *app) runExport(o *exportOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	an, err := a.analyze(&o.captureOptions)
	if err != nil {
		return err
	}
	defer an.close()
	flows := &traffic.Flows{}
	if err := an.run(traffic.Shown(flows)); err != nil {
		return err
	}
	m := report.Collect(an.Session, flows, o.noVerify)
	if !o.withPSK { // who is to read one conversation does not need what opens the next
		m.Bag.Secrets = slices.DeleteFunc(m.Bag.Secrets, func(s secret.Secret) bool { return s.Kind == secret.PSK || s.Kind == secret.PPK })
	}
	r := &report.ExportResult{Format: o.format, Files: []string{}, Left: []string{}}
	r.IKE, r.SAs = held(o.format, m)
	if err := a.writeExport(o, m, r); err != nil {
		return err
	}
	d := an.document("export", &o.captureOptions)
	d.Export = r
	d.Warnings = append(d.Warnings, an.gaps()...)
	if len(r.Left) > 0 && r.SAs >= len(r.Left) {
		r.SAs -= len(r.Left) // rows that the format cannot express
	}
	r.Left = append(r.Left, m.Left...)
	if o.format == "wireshark" || o.format == "ikev1" {
		r.Left = append(r.Left, m.LeftIKEv1...)
	}
	if o.format == "wireshark" || o.format == "ikev2" {
		r.Left = append(r.Left, m.LeftIKEv2...)
	}
	for _, text := range r.Left {
		d.Warnings = append(d.Warnings, problem(text))
	}
	a.tellExport(o, m, r)
	return a.present(&o.outputOptions, d, nil)
}

// plural is "1 SA", "2 SAs".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// held is how many IKE keys and SAs a format holds of m.
func held(format string, m *report.Material) (ike, sas int) {
	switch format {
	case "ikev1":
		return len(m.IKEv1), 0
	case "ikev2":
		return len(m.IKEv2), 0
	case "keylog":
		return len(m.Bag.Secrets), len(m.Bag.SAs)
	case "wireshark":
		return len(m.IKEv1) + len(m.IKEv2), len(m.Bag.SAs)
	}
	return 0, len(m.Bag.SAs)
}

func (a *app) writeExport(o *exportOptions, m *report.Material, r *report.ExportResult) error {
	if o.format != "wireshark" {
		text, left, err := render(o.format, m)
		if err != nil {
			return err
		}
		r.Left = append(r.Left, left...)
		r.Files = append(r.Files, o.out)
		if o.out == "-" {
			_, err := a.out.Write(text)
			return err
		}
		return writeFile(o.out, text)
	}
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return err
	}
	for _, f := range profileFiles {
		text, left, err := render(f.table, m)
		if err != nil {
			return err
		}
		r.Left = append(r.Left, left...)
		path := filepath.Join(o.out, f.name)
		if err := writeFile(path, text); err != nil {
			return err
		}
		r.Files = append(r.Files, path)
	}
	path := filepath.Join(o.out, "preferences")
	r.Files = append(r.Files, path)
	return writeFile(path, []byte(profilePreferences))
}

// render makes the text of one table, and tells what it cannot express.
func render(table string, m *report.Material) (text []byte, left []string, err error) {
	var b bytes.Buffer
	un, err := tables[table](&b, m)
	for _, u := range un {
		left = append(left, u.String())
	}
	return b.Bytes(), left, err
}

// writeFile writes a file with keys: mode 0600, whole or not at all.
func writeFile(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("%s: is a directory", path)
		}
		return os.WriteFile(path, data, 0o600) // a pipe or device is written to as it is
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part") // mode 0600
	if err != nil {
		return named(path, err)
	}
	defer os.Remove(f.Name()) // is not there any more after the move
	if _, err := f.Write(data); err != nil {
		f.Close()
		return named(path, err)
	}
	if err := f.Close(); err != nil {
		return named(path, err)
	}
	return named(path, os.Rename(f.Name(), path))
}

// named is an error about the temporary file of path as one about path.
func named(path string, err error) error {
	var p *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &link):
		err = link.Err
	case err == nil:
		return nil
	}
	return &fs.PathError{Op: "write", Path: path, Err: err}
}

func (a *app) tellExport(o *exportOptions, m *report.Material, r *report.ExportResult) {
	if a.quiet {
		return
	}
	var what []string
	if r.IKE > 0 || o.format == "ikev1" || o.format == "ikev2" {
		what = append(what, plural(r.IKE, "IKE key"))
	}
	if r.SAs > 0 || len(what) == 0 {
		what = append(what, plural(r.SAs, "SA"))
	}
	to := strings.Join(r.Files, ", ")
	if o.out == "-" {
		to = "standard output"
	}
	a.say("%s: %s, written to %s", o.format, strings.Join(what, " and "), to)
	first := "CAPTURE"
	if len(o.captures) > 0 {
		first = o.captures[0]
	}
	switch o.format {
	case "wireshark":
		a.hint(fmt.Sprintf("WIRESHARK_CONFIG_DIR=%s wireshark %s; or copy the directory into profiles of the Wireshark configuration directory and select it with -C", o.out, first))
	case "tcpdump":
		if o.out == "-" {
			return
		}
		a.hint(fmt.Sprintf("tcpdump -n -r %s -E \"file %s\"", first, o.out))
	}
}
