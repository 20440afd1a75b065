package capture

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
)

// A Remote is a capture that is no file here: an object in a store.
type Remote struct {
	Path string // its name in messages, and of Source.Files
	Size int64  // bytes, compressed as it is
	// Open reads it from an offset on, in bytes; up to another one, if that is not 0.
	Open func(ctx context.Context, from, to int64) (io.ReadCloser, error)
}

// OpenRemote opens captures that are found in one place, whose name is named. Each is read as a stream, once in a pass, after its first bytes. What is no
// capture is Ignored; one that cannot be read is one of Cuts. A stream that ends early is opened again where it ended; where that fails, too, it is the
// error of the pass. ctx ends all reading.
func OpenRemote(ctx context.Context, list []Remote, named string, opt Options) (*Source, error) {
	s := &Source{known: map[fileKey][]*input{}, cuts: map[int]Cut{}, readers: map[*Reader]bool{}, spool: newSpool(opt)}
	none := Ignored{Named: named}
	list = slices.SortedStableFunc(slices.Values(list), func(a, b Remote) int { return natural(a.Path, b.Path) })
	for i := range list {
		in := &input{diskFile: diskFile{path: list[i].Path}, named: named, files: &s.files, size: list[i].Size}
		in.remote = &remote{Remote: list[i], ctx: ctx}
		err := in.remote.readHead()
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since it was listed
		}
		if err != nil {
			s.Close()
			return nil, &InputError{in.path, cause(err), ""}
		}
		switch err := in.sniff(); {
		case err == nil:
			s.inputs = append(s.inputs, in)
		case in.foreign || IsCaptureName(in.path):
			s.unread = append(s.unread, unreadFile(in.path, err))
		default:
			if none.Count++; len(none.Files) < maxIgnored {
				none.Files = append(none.Files, in.path)
			}
		}
	}
	if none.Count > 0 {
		s.ignored = append(s.ignored, none)
	}
	if len(s.inputs) == 0 {
		s.Close()
		return nil, &InputError{named, errNoCapture, "captures are pcap or pcapng, plain or compressed with gzip or zstd"}
	}
	if rank(s.inputs); len(s.inputs) > 1 {
		for _, in := range s.inputs {
			in.findFirst()
		}
	}
	return s, nil
}

// A remote is what an input reads that is no file here.
type remote struct {
	Remote
	ctx  context.Context
	head []byte // its first bytes, which several look at
}

func (r *remote) readHead() error {
	if r.Size <= 0 {
		return nil
	}
	body, err := r.Open(r.ctx, 0, shortHead)
	if err != nil {
		return cmp.Or(r.ctx.Err(), err)
	}
	defer body.Close()
	r.head = make([]byte, min(shortHead, r.Size))
	n, err := io.ReadFull(body, r.head)
	r.head = r.head[:n]
	return cmp.Or(r.ctx.Err(), err)
}

// A remoteReader reads a remote from its front. It opens it when it has to.
type remoteReader struct {
	*remote
	at   int64
	body io.ReadCloser
	err  error // why it cannot be read on; nil at its end
}

// remoteTries is how often a remote is opened anew without a byte read.
const remoteTries = 3

func (r *remoteReader) Read(b []byte) (int, error) {
	if r.at < int64(len(r.head)) {
		n := copy(b, r.head[r.at:])
		r.at += int64(n)
		return n, nil
	}
	if r.at >= r.Size {
		return 0, io.EOF
	}
	if r.err != nil {
		return 0, r.err
	}
	var err error
	for range remoteTries {
		if r.body == nil {
			if r.body, err = r.Open(r.ctx, r.at, 0); err != nil {
				r.body = nil
				if r.ctx.Err() != nil {
					break
				}
				continue
			}
		}
		var n int
		if n, err = r.body.Read(b[:min(int64(len(b)), r.Size-r.at)]); n > 0 || err == nil {
			r.at += int64(n)
			return n, nil
		}
		if r.Close(); errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
	}
	r.err = cmp.Or(r.ctx.Err(), err)
	return 0, r.err
}

// Close ends the stream; Read would open it again.
func (r *remoteReader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}

// A closing closes what it reads from, too.
type closing struct {
	io.ReadCloser
	from io.Closer
}

func (c closing) Close() error { return errors.Join(c.ReadCloser.Close(), c.from.Close()) }
