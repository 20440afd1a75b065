package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// An exportFile is a file of an export, before it is written.
type exportFile struct {
	path string
	text []byte
}

// render makes the files of the export, and notes in r what they hold and what not.
func (o *exportOptions) render(m *report.Material, r *report.ExportResult) (files []exportFile, err error) {
	add := func(table, path string) error {
		var b bytes.Buffer
		res, err := tables[table](&b, m, export.Wireshark(o.version))
		files = append(files, exportFile{path, b.Bytes()})
		r.SAs += res.SAs
		if res.Since != "" && string(res.Since) != o.version {
			r.Since = string(res.Since)
		}
		r.Left = append(r.Left, sentences(res.Left)...)
		r.Notes = append(r.Notes, sentences(res.Notes)...)
		switch table {
		case "ikev1":
			r.IKE += len(m.IKEv1)
			r.Left = append(r.Left, m.LeftIKEv1...)
		case "ikev2":
			r.IKE += len(m.IKEv2)
			r.Left = append(r.Left, m.LeftIKEv2...)
		case "keylog":
			for _, s := range m.Bag.Secrets {
				if !s.Kind.Public() {
					r.IKE++
				}
			}
		}
		return err
	}
	if o.format != "wireshark" {
		err = add(o.format, o.out)
	}
	for _, f := range profileFiles {
		if err == nil && o.format == "wireshark" {
			err = add(f.table, filepath.Join(o.out, f.name))
		}
	}
	if o.format == "wireshark" {
		files = append(files, exportFile{filepath.Join(o.out, "preferences"), []byte(profilePreferences)})
	}
	r.Left = append(r.Left, m.Left...)
	return files, err
}

// sentences are what is said of SAs, each SA a sentence: of many with the same reason the first ones, and how many more there are.
func sentences(list []export.Unexpressed) (texts []string) {
	const most = 10
	count := make(map[string]int)
	for _, u := range list {
		if count[u.Reason]++; count[u.Reason] <= most {
			texts = append(texts, u.String())
		}
	}
	for _, u := range list {
		if n := count[u.Reason] - most; n > 0 {
			texts = append(texts, fmt.Sprintf("%s more: %s", words.Count(n, "SA"), u.Reason))
			count[u.Reason] = 0
		}
	}
	return texts
}

func (a *app) writeExport(o *exportOptions, an *analysis, files []exportFile, r *report.ExportResult) (err error) {
	switch {
	case o.format == "dsb":
		r.Files = append(r.Files, o.out)
		_, err := a.writeEmbedded(an, o.out, o.inputs(), files[0].text)
		return err
	case o.out == "-":
		r.Files = append(r.Files, o.out)
		_, err := a.out.Write(files[0].text)
		return err
	case o.format == "wireshark":
		made := !exists(o.out)
		if err := os.MkdirAll(o.out, 0o700); err != nil {
			return err
		}
		defer func() {
			if made && err != nil {
				os.Remove(o.out)
			}
		}()
	}
	if err := writeFiles(a.ctx, files...); err != nil {
		return err
	}
	for _, f := range files {
		r.Files = append(r.Files, f.path)
	}
	return nil
}

func (a *app) tellExport(o *exportOptions, r *report.ExportResult) {
	if a.quiet {
		return
	}
	var what []string
	if r.IKE > 0 || o.format == "ikev1" || o.format == "ikev2" {
		what = append(what, words.Count(r.IKE, "IKE key"))
	}
	if r.SAs > 0 || len(what) == 0 {
		what = append(what, words.Count(r.SAs, "SA"))
	}
	to := strings.Join(r.Files, ", ")
	if o.out == "-" {
		to = "standard output"
	}
	version := ""
	if o.version != "" {
		version = ", for Wireshark " + o.version
	}
	if r.Since != "" {
		version += "; " + r.Since + " reads it as well"
	}
	a.say("%s: %s, written to %s%s", o.format, strings.Join(what, " and "), to, version)
	first := "CAPTURE"
	if len(o.captures) > 0 {
		first = shellWord(o.captures[0])
	}
	switch {
	case o.format == "wireshark":
		a.hint(fmt.Sprintf("WIRESHARK_CONFIG_DIR=%s wireshark %s; or copy the directory into profiles of the Wireshark configuration directory and select it with -C", shellWord(o.out), first))
	case o.out == "-":
	case o.format == "tcpdump":
		a.hint(fmt.Sprintf("tcpdump%s -n -r %s -E %s", tcpdumpUser(os.Geteuid()), first, shellWord("file "+o.out)))
	case o.format == "setkey":
		a.hint(fmt.Sprintf("setkey -f %s", shellWord(o.out)))
	}
}

// tcpdumpUser is the option that root needs: tcpdump then becomes another user before it opens the file, which that one may not read.
func tcpdumpUser(uid int) string {
	if uid == 0 {
		return " -Z root"
	}
	return ""
}

// shellWord is a word as a shell takes it: in quotation marks where it has more than letters, digits and what is usual in file names.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./_-+=:,@%", r)
	}
	switch {
	case s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0:
		return s
	case strings.IndexFunc(s, func(r rune) bool { return !plain(r) && r != ' ' }) < 0:
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
