package capture

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
)

// A Remote is a capture that is no file here: an object in a store.
type Remote struct {
	Path string // its name in messages, and of Source.Files
	Size int64  // bytes, compressed as it is
	// Open reads it from an offset on, in bytes; up to another one, if that is not 0.
	Open func(ctx context.Context, from, to int64) (io.ReadCloser, error)
}

// A remote is what an input reads that is no file here.
type remote struct {
	Remote
	ctx  context.Context
	head []byte // its first bytes, which several look at
}

// readHead reads the first bytes, again where that fails.
func (r *remote) readHead() (err error) {
	if r.Size <= 0 {
		return nil
	}
	for range remoteTries {
		if err = r.readHeadOnce(); err == nil || r.ctx.Err() != nil || errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return err
}

func (r *remote) readHeadOnce() error {
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
