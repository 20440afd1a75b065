package capture

import (
	"context"
	"io"
)

// A Part is a stretch of a capture file. A large file is read in several, at once; and what a file goes on from, such as the first fragments of
// a packet, is in the end of the one before it.
type Part struct {
	Path string
	// Head is how much of the file is in front of its first packet, in bytes: its header, of pcapng with the blocks of section and interfaces. It is
	// read first.
	Head int64
	// From and To are where the stretch starts and ends, in bytes of the unpacked file, each at the start of a record; To 0: at the end.
	// The Head is not a part of it.
	From, To int64
	Packets  int // in it, where it is known: see OpenPart
}

// OpenPart opens a part of a capture file for reading, with the ends of files in front of it, if any. Their packets come first, whatever the times,
// and have numbers up to 0, so that those of the part start at 1. Errors are those of Open.
func OpenPart(ctx context.Context, p Part, before []Part, opt Options) (*Source, error) {
	sp := newSpool(opt)
	s := &Source{known: map[fileKey][]*input{}, cuts: map[int]Cut{}, readers: map[*Reader]bool{}, spool: sp}
	for i, part := range append(before[:len(before):len(before)], p) {
		in, err := openInput(ctx, part.Path, part.Path, &s.files, sp)
		if err != nil {
			s.Close()
			return nil, err
		}
		in.part, in.before, in.rank = part, i < len(before), i
		if in.before {
			s.before += max(part.Packets, 1)
		}
		s.inputs = append(s.inputs, in)
	}
	return s, nil
}

// HasBefore reports whether the source has packets in front of the part that it is opened for.
func (s *Source) HasBefore() bool { return s.before > 0 }

// whole reports whether a Part is nothing but a file as it is.
func (p *Part) whole() bool { return p.From == 0 && p.To == 0 }

// section is the part of a file that is not compressed, of so many bytes.
func (p *Part) section(r io.ReaderAt, size int64) io.Reader {
	if p.whole() {
		return io.NewSectionReader(r, 0, size)
	}
	to := size
	if p.To > 0 {
		to = min(p.To, size)
	}
	from := min(max(p.From, p.Head), to)
	return io.MultiReader(io.NewSectionReader(r, 0, min(p.Head, size)), io.NewSectionReader(r, from, to-from))
}

// limit is the part of what was compressed.
func (p *Part) limit(r io.ReadCloser) io.ReadCloser {
	if p.whole() {
		return r
	}
	return &partReader{ReadCloser: r, part: p}
}

// A partReader leaves out what is between the head of a file and the part.
type partReader struct {
	io.ReadCloser
	part *Part
	at   int64
}

func (r *partReader) Read(b []byte) (int, error) {
	p := r.part
	from := max(p.From, p.Head)
	if r.at >= p.Head && r.at < from {
		n, err := io.CopyN(io.Discard, r.ReadCloser, from-r.at)
		if r.at += n; err != nil {
			return 0, err
		}
	}
	switch {
	case r.at < p.Head:
		b = b[:min(int64(len(b)), p.Head-r.at)]
	case p.To > 0:
		if r.at >= max(p.To, from) {
			return 0, io.EOF
		}
		b = b[:min(int64(len(b)), max(p.To, from)-r.at)]
	}
	n, err := r.ReadCloser.Read(b)
	r.at += int64(n)
	return n, err
}
