package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/ikedecode/ikedecode/report/archive"
	"github.com/ikedecode/ikedecode/report/archive/s3"
)

const storesHelp = `Other stores are read and written by shell commands. $1 is the name of an object: the archive or OUT as
given, a slash, and the name there.

        --list CMD      prints the objects below $1, one a line: size in bytes, a blank, name without $1/. For
                        the archive, and for OUT in merge
        --get CMD       writes object $1 to standard output; fails if there is none`

// storeOptions are commands that are stores.
type storeOptions struct{ list, get, put string }

func (o *storeOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.list, "list", "", "command that lists objects")
	cmd.Flags().StringVar(&o.get, "get", "", "command that reads an object")
}

func (o *storeOptions) check() error {
	switch writes := o.list != "" || o.put != ""; {
	case writes && o.get == "":
		return &usageError{errors.New("--list and --put need --get"), `add --get CMD, such as --get 'rclone cat "$1"'`}
	case !writes && o.get != "":
		return &usageError{errors.New("--get alone reads nothing"), "add --list CMD, which names the objects to be read"}
	}
	return nil
}

// archive is the store that an archive is which is to be read, OUT of batch by merge too.
func (o *storeOptions) archive(name string) (archive.Store, error) {
	if o.list != "" && !s3.IsURL(name) {
		return archive.CommandStore{Commands: archive.Commands{At: name, List: o.list, Get: o.get}}, nil
	}
	return storeAt(name)
}

// output is the store that is to be written.
func (o *storeOptions) output(name string) (archive.Store, error) {
	if o.put != "" && !s3.IsURL(name) {
		return archive.CommandStore{Commands: archive.Commands{At: name, Get: o.get, Put: o.put}}, nil
	}
	return storeAt(name)
}

// away reports whether an archive that is to be read is no directory here.
func (o *storeOptions) away(name string) bool { return o.list != "" || s3.IsURL(name) }

// storeAt is the store that a directory or s3://BUCKET/PREFIX is.
func storeAt(name string) (archive.Store, error) {
	if s3.IsURL(name) {
		return s3.Open(name)
	}
	return archive.Dir(name), nil
}
