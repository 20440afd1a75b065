package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// secretOptions are the secrets of the command line.
type secretOptions struct {
	keys     []string
	psk      []string
	pskFiles []string
	hex      map[secret.Kind]*[]string
	noVerify bool
}

// hexKinds are the kinds of secrets that have a flag with a hex value.
var hexKinds = []secret.Kind{secret.DHSecret, secret.DHPrivate, secret.SKEYID, secret.SKEYIDd, secret.SKEYIDa, secret.SKEYIDe, secret.EAPMSK}

func (o *secretOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.keys, "keys", "k", nil, "file that holds secrets")
	f.StringArrayVar(&o.psk, "psk", nil, "pre-shared key")
	f.StringArrayVar(&o.pskFiles, "psk-file", nil, "file of pre-shared keys")
	f.BoolVar(&o.noVerify, "no-verify", false, "use a key though nothing proves it")
	o.hex = make(map[secret.Kind]*[]string)
	for _, k := range hexKinds {
		o.hex[k] = f.StringArray(secret.FlagName(k)[2:], nil, "hex value")
	}
}

// bag collects the secrets of all flags, files and the environment.
func (o *secretOptions) bag(in streams) (*secret.Bag, error) {
	bag := &secret.Bag{}
	var useless []*secret.FormatError
	for _, path := range o.keys {
		b, err := readKeys(path, in)
		var format *secret.FormatError
		if errors.As(err, &format) {
			useless = append(useless, format)
			continue
		}
		if err != nil {
			return nil, err
		}
		bag.Merge(b)
	}
	if err := passOver(bag, useless); err != nil {
		return nil, err
	}
	for _, path := range o.pskFiles {
		b, err := secret.ReadPSKFile(path)
		if err != nil {
			return nil, err
		}
		bag.Merge(b)
	}
	for _, text := range o.psk {
		s, err := secret.ParsePSK(text)
		if err != nil {
			return nil, err
		}
		bag.Add(s)
	}
	if text := os.Getenv(secret.EnvPSK); text != "" {
		s, err := secret.ParseEnvPSK(text)
		if err != nil {
			return nil, err
		}
		bag.Add(s)
	}
	for _, k := range hexKinds {
		if o.hex == nil || o.hex[k] == nil {
			continue
		}
		for _, text := range *o.hex[k] {
			s, err := secret.ParseHexFlag(k, text)
			if err != nil {
				return nil, err
			}
			bag.Add(s)
		}
	}
	return bag, nil
}

// passOver warns of files in which no key was found. One that is not empty is an error where no other file has any: it is not the
// file that was meant.
func passOver(bag *secret.Bag, useless []*secret.FormatError) error {
	for _, f := range useless {
		if !f.Empty && len(bag.Formats) == 0 {
			return f
		}
	}
	for _, f := range useless {
		bag.Warnings = append(bag.Warnings, secret.Warning{File: f.File, Text: "no key material recognised: the file is passed over"})
	}
	return nil
}

func readKeys(path string, in streams) (*secret.Bag, error) {
	if path == "-" {
		return secret.Options{}.ReadFrom("standard input", in.in)
	}
	return secret.ReadFile(path)
}

// outputOptions say how a command reports.
type outputOptions struct {
	json  bool
	quiet bool
	color string
	jobs  int
}

func (o *outputOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "print one JSON document")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	f.StringVar(&o.color, "color", "auto", "auto, always or never")
	f.IntVarP(&o.jobs, "jobs", "j", 0, "use at most N processors")
}

func (o *outputOptions) check() error {
	if err := oneOf("--color", o.color, "auto", "always", "never"); err != nil {
		return err
	}
	if o.jobs < 0 {
		return usagef("--jobs: %d is no number of processors", o.jobs)
	}
	return nil
}

// captureOptions are what all commands that read captures share.
type captureOptions struct {
	secretOptions
	outputOptions
	captures []string
	espNull  string // a ikedecode.NullMode; empty: auto
}

func (o *captureOptions) flags(cmd *cobra.Command) {
	o.secretOptions.flags(cmd)
	o.outputOptions.flags(cmd)
}

// check finds conflicts before any work is done.
func (o *captureOptions) check() error {
	if len(o.captures) == 0 {
		return usagef("no capture is named")
	}
	stdin := 0
	for _, list := range [][]string{o.captures, o.keys} {
		for _, path := range list {
			if path == "-" {
				stdin++
			}
		}
	}
	if stdin > 1 {
		return usagef("standard input can be read once only")
	}
	return o.outputOptions.check()
}

// inputs are all files that are read: none of them may be written over. The captures come first.
func (o *captureOptions) inputs() []string {
	list := append([]string(nil), o.captures...)
	list = append(list, o.keys...)
	list = append(list, o.pskFiles...)
	values := append([]string(nil), o.psk...)
	for _, k := range hexKinds {
		if o.hex != nil && o.hex[k] != nil {
			values = append(values, *o.hex[k]...)
		}
	}
	for _, v := range values {
		if path, ok := atFile(v); ok {
			list = append(list, path)
		}
	}
	return list
}

// atFile is the file that a value is to be read from: @FILE, perhaps behind a binding.
func atFile(v string) (string, bool) {
	for i := 0; i < len(v); i++ {
		if v[i] == '@' && (i == 0 || v[i-1] == '=') {
			return v[i+1:], true
		}
	}
	return "", false
}

// checkOutput refuses to write over an input or into a directory.
func checkOutput(path string, inputs []string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // is not there, or opening it says what is wrong
	}
	for _, in := range inputs {
		if other, err := os.Stat(in); err == nil && os.SameFile(info, other) {
			return &usageError{fmt.Errorf("%s: output and input are the same file", path), "write to another file"}
		}
	}
	return nil
}

func oneOf(flag, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return usagef("%s: %q is none of %s", flag, value, listOf(allowed))
}

func listOf(names []string) string {
	s := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			s += " and "
		default:
			s += ", "
		}
		s += n
	}
	return s
}
