package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// Commands are a Store that is read and written by commands of the shell, each of which has the name of an object, At and all, as $1: the name is never
// a part of the command.
type Commands struct {
	At   string // what names of objects start with, before a slash
	List string // prints the objects below $1, which is At: a line each, its size in bytes, a blank, its name without At
	Get  string // writes the object to standard output; fails where there is none
	Put  string // makes the object of standard input
}

// A CommandStore is the Store of Commands.
type CommandStore struct{ Commands }

func (c CommandStore) full(name string) string {
	if name == "" {
		return c.At
	}
	return strings.TrimRight(c.At, "/") + "/" + name
}

// A command is one that runs, or is going to.
type command struct {
	*exec.Cmd
	what   string // in errors: the object
	errors tail
	end    context.CancelFunc
}

// A tail keeps the last of what is written to it.
type tail struct{ b []byte }

func (t *tail) Write(b []byte) (int, error) {
	const most = 1 << 10
	t.b = append(t.b, b...)
	t.b = t.b[max(0, len(t.b)-most):]
	return len(b), nil
}

// line is the last line that says something.
func (t *tail) line() string {
	lines := bytes.Split(bytes.TrimSpace(t.b), []byte("\n"))
	return string(bytes.TrimSpace(lines[len(lines)-1]))
}

// private is run before each command: the files that it makes are for their owner alone, as those of this program, unless it says otherwise.
const private = "umask 077\n"

// command is a command for an object. Secrets in this program's environment are not for it.
func (c CommandStore) command(ctx context.Context, text, name string) *command {
	ctx, end := context.WithCancel(ctx)
	x := &command{Cmd: exec.CommandContext(ctx, shell, "-c", private+text, "sh", c.full(name)), what: c.full(name), end: end}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "IKEDECODE_") {
			x.Env = append(x.Env, v)
		}
	}
	x.Stderr, x.WaitDelay = &x.errors, 5*time.Second
	x.alone()
	return x
}

// fail is an error of a command, with what it said.
func (x *command) fail(err error) error {
	if err == nil {
		return nil
	}
	if line := x.errors.line(); line != "" {
		err = fmt.Errorf("%w: %s", err, line)
	}
	return &fs.PathError{Op: "run", Path: x.what, Err: err}
}

// run runs the command to its end.
func (x *command) run() error {
	defer x.end()
	return x.fail(x.Run())
}

// List lists the objects.
func (c CommandStore) List(ctx context.Context) (list []Object, err error) {
	var out bytes.Buffer
	x := c.command(ctx, c.Commands.List, "")
	x.Stdout = &out
	if err := x.run(); err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	lines := bufio.NewScanner(&out)
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" {
			continue
		}
		size, name, ok := strings.Cut(strings.TrimLeft(line, " "), " ")
		if at := strings.IndexByte(line, '\t'); at >= 0 && (!ok || at < len(size)) {
			size, name, ok = line[:at], line[at+1:], true
		}
		n, err := strconv.ParseInt(strings.TrimSpace(size), 10, 64)
		if err != nil || n < 0 || !ok {
			return nil, fmt.Errorf("--list: %q must be a size in bytes, a blank and a name", line)
		}
		name = strings.TrimPrefix(name, "./")
		if base := path.Base(name); !strings.HasPrefix(base, ".") && !strings.HasSuffix(base, ".part") && !strings.HasSuffix(name, "/") {
			list = append(list, Object{Name: name, Size: n})
		}
	}
	return list, lines.Err()
}

// A commandReader is what a command writes. Its end is an error where the command fails.
type commandReader struct {
	io.Reader
	command *command
	out     io.ReadCloser
	end     error // of the command; nil: it was not waited for
}

func (r *commandReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if err == io.EOF && r.command != nil {
		if err := r.command.fail(r.command.Wait()); err != nil {
			r.end = err
		}
		r.command.end()
		r.command = nil
	}
	if err == io.EOF {
		err = cmp.Or(r.end, io.EOF)
	}
	return n, err
}

// Close ends the command.
func (r *commandReader) Close() error {
	if r.command == nil {
		return nil
	}
	r.command.end()
	err := r.out.Close()
	_ = r.command.Wait() // it was told to end
	r.command = nil
	return err
}

// Open runs Get.
func (c CommandStore) Open(ctx context.Context, name string, from, to int64) (io.ReadCloser, error) {
	x := c.command(ctx, c.Get, name)
	out, err := x.StdoutPipe()
	if err == nil {
		err = x.Start()
	}
	if err != nil {
		x.end()
		return nil, x.fail(err)
	}
	r := &commandReader{Reader: out, command: x, out: out}
	if _, err := io.CopyN(io.Discard, r, from); err != nil {
		r.Close()
		return nil, cmp.Or(ctx.Err(), x.fail(err))
	}
	if to > 0 {
		return struct {
			io.Reader
			io.Closer
		}{io.LimitReader(r, to-from), r}, nil
	}
	return r, nil
}

// Fetch copies an object to a temporary file, or what a part needs of one that is not compressed: Get is ended when that has come.
func (c CommandStore) Fetch(ctx context.Context, part capture.Part) (local capture.Part, done func(), err error) {
	name := part.Path
	f, remove, err := TempFile(name)
	if err != nil {
		return part, nil, err
	}
	r, err := c.Open(ctx, name, 0, 0)
	if err == nil {
		err = copyPart(f, r, &part)
		r.Close()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		remove()
		return part, nil, cmp.Or(ctx.Err(), err)
	}
	part.Path = f.Name()
	return part, remove, nil
}

// copyPart copies what a part needs of its object, which r is, and makes the part one of that.
func copyPart(w io.Writer, r io.Reader, part *capture.Part) error {
	if ext := path.Ext(part.Path); part.From == 0 && part.To == 0 || ext == ".gz" || ext == ".zst" {
		_, err := io.Copy(w, r)
		return err
	}
	from := max(part.From, part.Head)
	_, err := io.CopyN(w, r, part.Head)
	if err == nil {
		_, err = io.CopyN(io.Discard, r, from-part.Head)
	}
	switch {
	case err != nil:
	case part.To == 0:
		_, err = io.Copy(w, r)
	case part.To > from:
		_, err = io.CopyN(w, r, part.To-from)
	}
	part.From, part.To = 0, 0
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Create is a temporary file, which keep gives to Put and removes.
func (c CommandStore) Create(ctx context.Context, name string) (string, func() error, func(), error) {
	return SentFile(name, func(at string) error {
		f, err := os.Open(at)
		if err != nil {
			return err
		}
		defer f.Close()
		return c.put(ctx, name, f)
	})
}

func (c CommandStore) put(ctx context.Context, name string, r io.Reader) error {
	x := c.command(ctx, c.Put, name)
	x.Stdin = r
	return cmp.Or(ctx.Err(), x.run())
}

// Size runs Get for the first byte: the size is not known.
func (c CommandStore) Size(ctx context.Context, name string) (int64, bool) {
	r, err := c.Open(ctx, name, 0, 0)
	if err != nil {
		return 0, false
	}
	defer r.Close()
	_, err = io.ReadFull(r, make([]byte, 1))
	return -1, err == nil
}

// Read runs Get. Where that fails there is no such object.
func (c CommandStore) Read(ctx context.Context, name string) ([]byte, error) {
	r, err := c.Open(ctx, name, 0, 0)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxSmall+1))
	switch run := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &run):
		return nil, &fs.PathError{Op: "open", Path: c.full(name), Err: fs.ErrNotExist}
	case err == nil && len(b) > maxSmall:
		err = &fs.PathError{Op: "read", Path: c.full(name), Err: errors.New("larger than 1 GiB")}
	}
	return b, err
}

// Write runs Put.
func (c CommandStore) Write(ctx context.Context, name string, data []byte) error {
	return c.put(ctx, name, bytes.NewReader(data))
}
