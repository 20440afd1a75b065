package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/capture"
)

// captureOptions are what all commands that read captures share.
type captureOptions struct {
	secretOptions
	outputOptions
	memoryLimit
	captures []string // as they were named
	files    []string // of them, when they are open
	outputs  []string // that are going to be written
	maxSpool sizeFlag
	espNull  string  // a ikedecode.NullMode; empty: auto
	needKeys bool    // the command is of no use without a key
	live     bool    // one pass, as the packets come
	once     bool    // one pass will do where the keys decrypt all
	sampled  bool    // what a key log needs will do: the second pass is RunSamples
	shown    float64 // of ikedecode.Options

	remote []capture.Remote                                // of the archive that captures names, where it is not here
	watch  func(*capture.Packet, []capture.Datagram, bool) // of ikedecode.Options; may be nil
}

func (o *captureOptions) flags(cmd *cobra.Command) {
	o.secretOptions.flags(cmd)
	o.outputOptions.flags(cmd)
	cmd.Flags().Var(&o.maxSpool, "max-spool", "most in temporary files")
	o.memoryLimit.flags(cmd)
	cmd.Flags().BoolVar(&o.closedOK, "closed-ok", false, "exit code 0 instead of 3")
}

// A sizeFlag is a number of bytes: 500M, 40G.
type sizeFlag int64

func (s *sizeFlag) String() string { return strconv.FormatInt(int64(*s), 10) }

func (s *sizeFlag) Type() string { return "size" }

// Set takes digits, and a letter for what they count.
func (s *sizeFlag) Set(text string) error {
	const units = "KMGT"
	number, shift := text, 0
	if n := len(text) - 1; n > 0 {
		if at := strings.IndexByte(units, text[n]&^0x20); at >= 0 {
			number, shift = text[:n], 10*(at+1)
		}
	}
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil || v <= 0 || v > math.MaxInt64>>shift {
		return fmt.Errorf("%q must be a number of bytes, as 500M or 40G", text)
	}
	*s = sizeFlag(v << shift)
	return nil
}

// check finds conflicts before any work is done.
func (o *captureOptions) check() error {
	if len(o.captures) == 0 {
		return usagef("no capture given")
	}
	if err := o.checkStdin(); err != nil {
		return err
	}
	if err := o.checkLive(); err != nil {
		return err
	}
	if err := o.checkMemory(); err != nil {
		return err
	}
	return o.outputOptions.check()
}

// checkStdin refuses to read standard input twice.
func (o *captureOptions) checkStdin() error {
	stdin := 0
	for _, path := range slices.Concat(o.captures, o.keys, o.pskFiles) {
		if path == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return usagef("standard input can be given only once")
	}
	return nil
}

// checkOutput finds out whether an output can be written, before the work.
func (o *captureOptions) checkOutput(path string) error {
	o.outputs = append(o.outputs, path)
	return checkOutput(path, o.inputs())
}

// opened notes the files that captures are read from. Where they were found in a directory, or by a pattern, an output may be one of them.
func (o *captureOptions) opened(src *capture.Source) error {
	o.files = src.Files()
	for _, out := range o.outputs {
		info, err := os.Stat(out)
		if err != nil {
			continue
		}
		for i, named := range src.Named() {
			if other, err := os.Stat(o.files[i]); err == nil && os.SameFile(info, other) {
				return &usageError{fmt.Errorf("%s: output and input are the same file: it is one of the captures of %s", out, named),
					"move or remove it, or write to another directory"}
			}
		}
	}
	return nil
}

// inputs are all files that are read: none of them may be written over.
func (o *captureOptions) inputs() []string {
	list := slices.Concat(o.captures, o.files, o.keys)
	list = append(list, o.pskFiles...)
	for _, v := range append([]string{os.Getenv(envPSK)}, o.psk...) {
		if path, ok := strings.CutPrefix(v, "@"); ok {
			list = append(list, path)
		}
	}
	for _, h := range hexFlags {
		if o.hex[h.kind] == nil {
			continue
		}
		for _, v := range *o.hex[h.kind] {
			if path, ok := atFile(v); ok {
				list = append(list, path)
			}
		}
	}
	return list
}

// checkOutput refuses to write over an input, and into a folder that is not there: that is better known before the work than after it.
func checkOutput(path string, inputs []string) error {
	if path == "-" {
		return nil
	}
	if dir := filepath.Dir(path); !exists(dir) {
		return withHint(&fs.PathError{Op: "write", Path: path, Err: syscall.ENOENT}, "create the directory %s first", dir)
	}
	return checkInputs(path, inputs)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// checkInputs refuses to write over an input.
func checkInputs(path string, inputs []string) error {
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

// onePath reports whether two names are those of one file, which need not be there yet.
func onePath(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	if errA == nil && errB == nil && absA == absB {
		return b != ""
	}
	return checkInputs(a, []string{b}) != nil
}
