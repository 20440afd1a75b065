package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// secretOptions are the secrets of the command line.
type secretOptions struct {
	keys     []string
	psk      []string
	pskFiles []string
	hex      map[secret.Kind]*[]string
	noVerify bool

	searchSalt bool
	later      func(path string) bool // whether a file is read as it comes; nil: none is
	exposed    exposedFiles
}

// envPSK is the environment variable that gives a pre-shared key without showing it in the list of processes.
const envPSK = "IKEDECODE_PSK"

// envKeyLog is the environment variable that names a file with secrets for every command.
const envKeyLog = "IKEDECODE_KEYLOG"

// hexFlags are the flags of secrets with a hex value.
var hexFlags = []struct {
	kind secret.Kind
	name string
}{
	{secret.DHSecret, "dh-secret"}, {secret.DHPrivate, "dh-private"}, {secret.SKEYID, "skeyid"}, {secret.SKEYIDd, "skeyid-d"},
	{secret.SKEYIDa, "skeyid-a"}, {secret.SKEYIDe, "skeyid-e"}, {secret.EAPMSK, "eap-msk"},
}

// A flagError is a secret on the command line, or in the environment, that cannot be read. It never holds the value.
type flagError struct {
	flag string // "--dh-secret"
	err  error
}

func (e *flagError) Error() string { return e.flag + ": " + e.err.Error() }
func (e *flagError) Unwrap() error { return e.err }

func (o *secretOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.keys, "keys", "k", nil, "file with secrets")
	f.StringArrayVar(&o.psk, "psk", nil, "pre-shared key")
	f.StringArrayVar(&o.pskFiles, "psk-file", nil, "file of pre-shared keys")
	f.BoolVar(&o.noVerify, "no-verify", false, "use keys that nothing verifies")
	f.BoolVar(&o.searchSalt, "search-salt", false, "search the salts that keys lack")
	o.hex = make(map[secret.Kind]*[]string)
	for _, h := range hexFlags {
		o.hex[h.kind] = f.StringArray(h.name, nil, "hex value")
	}
}

// bag collects the secrets of all flags, files and the environment. A file that holds nothing of use does not end a command that goes on
// without it: odd is what is wrong with the first of them, where nothing else that was given has a key.
func (o *secretOptions) bag(in streams, bound source.Options) (bag *secret.Bag, odd, err error) {
	bag = &secret.Bag{}
	sound := false // something has keys
	paths := slices.DeleteFunc(slices.Clone(o.keyFiles()), func(path string) bool {
		followed := o.later != nil && o.later(path)
		sound = sound || followed
		return followed
	})
	bound.Each(slices.Values(paths), bag, in.readKeys, func(path string, b *secret.Bag, e error) bool {
		if errors.As(e, new(*fs.PathError)) {
			err = e
			return false
		}
		o.exposed.note(path, b)
		wrong := oddity(b, e)
		if odd == nil {
			odd = wrong
		}
		if b == nil {
			b = &secret.Bag{Warnings: []secret.Warning{passedOver(path, e)}}
		}
		sound = sound || wrong == nil && len(b.Secrets)+len(b.SAs) > 0
		bag.Merge(b)
		return true
	})
	if err != nil {
		return nil, nil, err
	}
	values := &secret.Bag{}
	if err := o.addFlags(values, in); err != nil {
		return nil, nil, err
	}
	if sound || len(values.Secrets)+len(values.SAs) > 0 {
		odd = nil
	}
	bag.Merge(values)
	return bag, odd, nil
}

// keyFiles are the files of -k and of the environment.
func (o *secretOptions) keyFiles() []string {
	if path := os.Getenv(envKeyLog); path != "" {
		return append(slices.Clip(o.keys), path)
	}
	return o.keys
}

// addFlags adds the secrets of all flags but -k, and of the environment.
func (o *secretOptions) addFlags(bag *secret.Bag, in streams) error {
	for _, path := range o.pskFiles {
		b, err := readPSKs(path, in)
		if err != nil {
			return err
		}
		o.exposed.note(path, b)
		bag.Merge(b)
	}
	return o.addValues(bag)
}

// addValues adds the secrets that stand on the command line itself, and in the environment.
func (o *secretOptions) addValues(bag *secret.Bag) error {
	add := func(label string, parse func(secret.Origin) (secret.Secret, error)) error {
		s, err := parse(secret.Origin{Label: label})
		if err != nil {
			return &flagError{label, err}
		}
		bag.Add(s)
		return nil
	}
	psk := func(label, text string) error {
		return add(label, func(from secret.Origin) (secret.Secret, error) { return source.ParsePSK(text, from) })
	}
	for _, text := range o.psk {
		if err := psk("--psk", text); err != nil {
			return err
		}
	}
	if text := os.Getenv(envPSK); text != "" {
		if err := psk(envPSK, text); err != nil {
			return err
		}
	}
	for _, h := range hexFlags {
		if o.hex[h.kind] == nil {
			continue
		}
		for _, text := range *o.hex[h.kind] {
			err := add("--"+h.name, func(from secret.Origin) (secret.Secret, error) { return source.ParseValue(h.kind, text, from) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// oddity is what is wrong with a file that was given for its keys and has none, or a mistake; nil where nothing is. One that is empty
// may be of a negotiation that made no keys.
func oddity(b *secret.Bag, err error) error {
	var format *source.FormatError
	switch {
	case errors.As(err, &format) && format.Empty:
		return nil
	case err != nil:
		return err
	case len(b.Secrets)+len(b.SAs) > 0 || len(b.Warnings) == 0:
		return nil
	}
	for _, f := range b.Formats {
		if !f.Log {
			return nil
		}
	}
	return withHint(errors.New(b.Warnings[0].String()), "give the keys as well; this log serves diagnose, timeline, sas and report")
}

// passedOver is the warning for a file in which nothing was found.
func passedOver(path string, err error) secret.Warning {
	var format *source.FormatError
	switch {
	case errors.As(err, &format) && format.Advice != "":
		return secret.Warning{File: path, Text: fmt.Sprintf("no keys found: this is %s; %s", format.What, format.Advice)}
	case format != nil:
		return secret.Warning{File: path, Text: "no keys found: file ignored"}
	}
	return secret.Warning{File: path, Text: strings.TrimPrefix(err.Error(), path+": ") + ": file ignored"}
}

func readPSKs(path string, in streams) (*secret.Bag, error) {
	if path == "-" {
		return source.ReadPSKFrom("standard input", in.in)
	}
	return source.ReadPSKFile(path)
}

// readKeys reads a file with secrets.
func (in streams) readKeys(o source.Options, path string) (*secret.Bag, error) {
	if path == "-" {
		return o.ReadFrom("standard input", in.in)
	}
	return o.ReadFile(path)
}

// outputOptions say how a command reports.
type outputOptions struct {
	json     bool
	format   string // of a report: text where it is empty
	quiet    bool
	color    string
	jobs     int
	closedOK bool // that not everything was decrypted is no failure
}

func (o *outputOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "one JSON document")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress, warnings or hints; only errors and the counts of decrypt")
	f.StringVar(&o.color, "color", "auto", "auto, always or never")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "use at most N CPUs")
}

func (o *outputOptions) check() error {
	if err := oneOf("--color", o.color, "auto", "always", "never"); err != nil {
		return err
	}
	if o.jobs < 0 {
		return usagef("--jobs: \"%d\" must be 0 or more", o.jobs)
	}
	return nil
}

// atFile is the file that a hex value is to be read from: @FILE, perhaps behind what binds it to an SA.
func atFile(v string) (string, bool) {
	if _, bound, ok := strings.Cut(v, "="); ok && !strings.HasPrefix(v, "@") {
		v = bound
	}
	return strings.CutPrefix(v, "@")
}

func oneOf(flag, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return &usageError{fmt.Errorf("%s: %q must be %s", flag, value, listOf(allowed, "or")), didYouMean(value, allowed)}
}

// listOf is "a, b or c".
func listOf(names []string, last string) string {
	s := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			s += " " + last + " "
		default:
			s += ", "
		}
		s += n
	}
	return s
}
