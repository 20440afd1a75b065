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

Each capture below ARCHIVE becomes NAME.pcapng below OUT, with its
packets decrypted as decrypt does it, and then a mark, NAME.json, which says what came of it. What has
a mark is left alone: a run that was ended goes on where it was, and several, on as many machines as
see both directories, share the work. What was not decrypted is done again when there are other
keys. Captures in which nothing is of IPsec get a mark alone.

The keys of a tunnel are to be in the key log, for its IKE messages may be in another file: export
keylog ARCHIVE writes one, with a manifest that says what is in which file.

    -w, --write OUT     directory, or s3://BUCKET/PREFIX. Mode of all files: 0600
        --workers N     files that are decrypted at once; default: the number of CPUs
        --index I       do a share alone: number I, from 0,
        --of N          of so many. All shares have about as many bytes
        --look-back D   how much of the end of the file before it is read for a file, for fragments and
                        TCP streams that go on: 2s (default), 500ms, 0
        --part-size N   files beyond that, unpacked, are decrypted in parts of about as many bytes: 4G (default)
        --max-memory SIZE
                        most memory of all workers together, which share it evenly: 128M or more for each (default 1G for each)
        --manifest F    what is in the files of the archive. Default: the key log's name with
                        .manifest, where there is one; what it lacks is read. It is kept in OUT
        --dry-run       print the names of the files that are to be decrypted, largest first

` + storesHelp + `
        --put CMD       makes object $1, of OUT, from standard input

Exit code 3 says that something was not decrypted, or that a file is truncated or cannot be read; 1 that a task failed,
which may be tried again. The others are done all the same. merge adds the marks up.

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
		return withHint(fmt.Errorf("%s: lies in the archive", o.out), "write to a directory beside it")
	}
	if o.away(o.in) {
		return nil
	}
	info, err := os.Stat(o.in)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return withHint(fmt.Errorf("%s: is not a directory", o.in), "decrypt is for single captures")
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
	return err == nil && (rel == "." || !strings.HasPrefix(rel, ".."))
}

// What a batch takes where nothing else is asked for.
const (
	defaultLookBack = 2 * time.Second
	defaultPart     = 4 << 30 // bytes
)
