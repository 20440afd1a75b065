package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/export"
)

func (o *exportOptions) check(a *app) error {
	if o.format == "" {
		return usagef("no FORMAT: it must be %s", listOf(exportFormats, "or"))
	}
	if err := oneOf("FORMAT", o.format, exportFormats...); err != nil {
		return err
	}
	if err := o.captureOptions.check(); err != nil {
		return err
	}
	if err := o.checkVersion(); err != nil {
		return err
	}
	if err := o.storeOptions.check(); err != nil {
		return err
	}
	if _, err := o.filter(); err != nil {
		return err
	}
	switch {
	case (o.format != "keylog" || len(o.captures) > 1) && slices.ContainsFunc(o.captures, o.away):
		return usagef("s3://BUCKET/PREFIX and --list are for export keylog, and nothing beside it")
	case o.withPSK && o.format != "keylog":
		return usagef("--with-psk is for keylog: no other format holds pre-shared keys")
	case o.out == "":
		return &usageError{fmt.Errorf("no output file"), "add -o PATH, or -o - for standard output"}
	case o.out == "-" && o.format == "wireshark":
		return usagef("-o: a profile needs a directory, not -")
	case o.out == "-" && o.json:
		return usagef("--json and -o - both need standard output")
	}
	if o.format == "dsb" {
		if err := checkEmbedding("-o", o.out, a.out); err != nil {
			return err
		}
	}
	if o.format != "wireshark" {
		return o.checkOutput(o.out)
	}
	for _, f := range profileFiles {
		if err := checkInputs(filepath.Join(o.out, f.name), o.inputs()); err != nil {
			return err
		}
	}
	return checkProfile(o.out)
}

// checkVersion fills in --for.
func (o *exportOptions) checkVersion() error {
	versions := export.WiresharkVersions()
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = string(v)
	}
	switch tables := o.format == "wireshark" || o.format == "esp-sa"; {
	case o.version == "" && tables:
		o.version = names[len(names)-1]
		return nil
	case o.version == "":
		return nil
	case !tables:
		return usagef("--for is for wireshark and esp-sa")
	case !slices.Contains(names, o.version):
		err := fmt.Errorf("--for: %q must be %s", o.version, listOf(names, "or"))
		return &usageError{err, "take the newest of them that is not newer than your Wireshark"}
	}
	return nil
}

// checkProfile refuses what is no folder, and a folder with preferences of the user's own, which an export would replace.
func checkProfile(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return withHint(fmt.Errorf("%s: not a directory", dir), "a profile is a directory: give a new name")
	}
	have, err := os.ReadFile(filepath.Join(dir, "preferences"))
	first, _, _ := strings.Cut(profilePreferences, "\n")
	if err != nil || strings.HasPrefix(string(have), first) {
		return nil
	}
	return withHint(fmt.Errorf("%s: already a Wireshark profile", dir), "use a new directory; its tables can be copied into this one")
}
