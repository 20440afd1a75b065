package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report/archive/s3"
)

const batchHelp = `Decrypt an archive of captures file by file, with one key log.

usage: ikedecode batch ARCHIVE [secrets] -w OUT

ARCHIVE and OUT are directories, or s3://BUCKET/PREFIX of an object store: then AWS_ENDPOINT_URL names its
server, and AWS_ACCESS_KEY_ID and so on give access, as for other programs.

Each capture below ARCHIVE becomes NAME.pcapng below OUT, decrypted as by decrypt, and then gets a mark,
NAME.json, with the result. Files with a mark are skipped: a run that was stopped continues where it
was, and several runs, on all machines that see both directories, share the work. Files that were not
decrypted completely are done again when the keys change. Captures without IPsec get only a mark.

The key log needs the keys of all tunnels, since the IKE messages of a tunnel may be in another file.
To make one, with a manifest that says what is in which file, run export keylog ARCHIVE.

    -w, --write OUT     directory, or s3://BUCKET/PREFIX. Mode of all files: 0600
        --workers N     files decrypted at the same time; default: the number of CPUs
        --index I       do only share I, counted from 0,
        --of N          of N shares of about the same size
        --look-back D   how much of the end of the previous file to read as well, for fragments and TCP
                        streams that cross files: 2s (default), 500ms, 0
        --part-size N   decrypt larger files, unpacked, in parts of about this size: 4G (default)
        --max-memory SIZE
                        memory of all workers together, shared evenly: at least 128M for each (default 1G for each)
        --manifest F    what is in which file. Default: the name of the key log with .manifest, if that
                        exists. Files that it does not list are read; the result is kept in OUT
        --dry-run       print the names of the files to decrypt, largest first

` + storesHelp + `
        --put CMD       writes standard input to object $1, in OUT

Exit code 3: not everything was decrypted, or a file is truncated or cannot be read. Exit code 1: a task failed and may
be tried again. The others are done in either case. merge adds up the marks.

` + secretsHelp + outputHelp + `example:
    ikedecode batch -k gwa.log -w plain archive
`

type batchOptions struct {
	storeOptions
	secretOptions
	outputOptions
	memoryLimit
	in       string
	out      string
	workers  int
	index    int
	of       int
	lookBack time.Duration
	partSize sizeFlag
	manifest string
	dryRun   bool
}

func newBatch(a *app) *cobra.Command {
	o := &batchOptions{partSize: defaultPart}
	cmd := &cobra.Command{
		Use: "batch ARCHIVE [secrets] -w OUT", Short: "Decrypt an archive file by file", Long: batchHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.in = args[0]
			}
			return a.fail("batch", &o.outputOptions, args, a.runBatch(o, len(args)))
		},
	}
	o.secretOptions.flags(cmd)
	o.outputOptions.flags(cmd)
	o.memoryLimit.flags(cmd)
	o.storeOptions.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.put, "put", "", "command that writes an object")
	f.StringVarP(&o.out, "write", "w", "", "directory")
	f.IntVar(&o.workers, "workers", 0, "files at once")
	f.IntVar(&o.index, "index", 0, "number of the share")
	f.IntVar(&o.of, "of", 1, "number of shares")
	f.DurationVar(&o.lookBack, "look-back", defaultLookBack, "of the file before")
	f.Var(&o.partSize, "part-size", "bytes of a part")
	f.StringVar(&o.manifest, "manifest", "", "what is in the files")
	f.BoolVar(&o.dryRun, "dry-run", false, "print the names alone")
	f.BoolVar(&o.closedOK, "closed-ok", false, "exit code 0 instead of 3")
	return cmd
}

func (o *batchOptions) check(n int) error {
	switch {
	case n != 1:
		return usagef("batch takes one directory")
	case o.out == "" && !o.dryRun:
		return &usageError{fmt.Errorf("no output directory"), "add -w OUT"}
	case o.workers < 0:
		return usagef("--workers: \"%d\" must be 0 or more", o.workers)
	case o.of < 1 || o.index < 0 || o.index >= o.of:
		return usagef("--index %d --of %d: the index must be from 0 to %d", o.index, o.of, o.of-1)
	case o.lookBack < 0:
		return usagef("--look-back: %v must be 0 or more", o.lookBack)
	}
	if err := o.outputOptions.check(); err != nil {
		return err
	}
	if err := o.storeOptions.check(); err != nil {
		return err
	}
	if within(o.out, o.in) {
		return withHint(fmt.Errorf("-w: %q is in the archive", o.out), "write to a directory outside of it")
	}
	if o.away(o.in) {
		return nil
	}
	info, err := os.Stat(o.in)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return withHint(fmt.Errorf("%s: not a directory", o.in), "use decrypt for single captures")
	}
	return nil
}

// within reports whether a directory is another one, or below it.
func within(dir, parent string) bool {
	switch {
	case dir == "":
		return false
	case s3.IsURL(dir) && s3.IsURL(parent):
		return strings.HasPrefix(strings.TrimRight(dir, "/")+"/", strings.TrimRight(parent, "/")+"/")
	case s3.IsURL(dir) || s3.IsURL(parent):
		return false
	}
	a, errA := filepath.Abs(dir)
	b, errB := filepath.Abs(parent)
	if errA != nil || errB != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel)
}

// What a batch takes where nothing else is asked for.
const (
	defaultLookBack = 2 * time.Second
	defaultPart     = 4 << 30 // bytes
)
