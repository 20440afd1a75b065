package capture

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// OpenLive opens captures that are read once, as they come: a pipe to its end, a file for as long as something writes it, several files one
// after the other, in that order; those of a directory or pattern by their first packets, and then those that come later, by a name of their own or by
// that of an earlier one: a ring. Of such a Source Reader can be called once; Read returns each packet as soon as it is there, and io.EOF
// when ctx is done, after what had come by then. Errors are an *InputError.
func OpenLive(ctx context.Context, paths []string, opt Options) (*Source, error) {
	if len(paths) == 0 {
		return nil, errors.New("no capture given")
	}
	s := &Source{cuts: map[int]Cut{}, readers: map[*Reader]bool{}, scanned: true, live: &live{ctx: ctx, stdin: opt.Stdin},
		spool: newSpool(opt)}
	for _, named := range paths {
		found, err := find(named)
		if err != nil {
			return nil, err
		}
		s.unread = append(s.unread, found.unread...)
		if found.listed {
			s.live.lists = append(s.live.lists, named)
		}
		for _, path := range found.files {
			in := liveInput(path, named)
			if path != "-" {
				if _, err := os.Stat(path); err != nil {
					return nil, in.fail(cause(err), "")
				}
			}
			if !found.listed || s.live.isCapture(path) {
				s.inputs = append(s.inputs, in)
			}
		}
	}
	if len(s.inputs) == 0 {
		return nil, &InputError{paths[0], errors.New("no capture in it"), ""}
	}
	rank(s.inputs)
	slices.SortStableFunc(s.inputs, func(a, b *input) int { return cmp.Compare(a.rank, b.rank) })
	inOrder(s.inputs)
	for _, in := range s.inputs {
		s.live.known.Store(in.path, &mark{})
	}
	return s, nil
}

// inOrder sorts inputs that stand beside each other in one list by their first packets, those without one to the end: the names of a ring do not tell
// which file is the oldest.
func inOrder(inputs []*input) {
	for from := 0; from < len(inputs); {
		to := from + 1
		for to < len(inputs) && inputs[to].named == inputs[from].named {
			to++
		}
		run := inputs[from:to]
		if len(run) > 1 {
			for _, in := range run {
				in.first = firstTime(in.path)
			}
			slices.SortStableFunc(run, func(a, b *input) int {
				if a.first.IsZero() || b.first.IsZero() {
					return cmp.Compare(b.first.Unix(), a.first.Unix()) // zero is the earliest of times
				}
				return a.first.Compare(b.first)
			})
		}
		from = to
	}
}

// firstTime is the time of the first packet of a file; zero where there is none yet.
func firstTime(path string) time.Time {
	in := &input{diskFile: diskFile{path: path}, named: path, files: &openFiles{}}
	defer in.close()
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || in.open(context.Background(), nil) != nil || in.sniff() != nil {
		return time.Time{}
	}
	in.findFirst()
	return in.first
}

func liveInput(path, named string) *input {
	return &input{diskFile: diskFile{path: path}, named: named}
}

// later lists the captures that have come to be in the directories, or to match the patterns, that the user gave: a program that writes a ring
// of files has started the next one, or an old one anew.
func (l *live) later() (list []*input) {
	for _, named := range l.lists {
		found, err := find(named)
		if err != nil {
			continue
		}
		for _, path := range found.files {
			if m, known := l.known.Load(path); known && !m.(*mark).renewed(path) || !known && !l.isCapture(path) {
				continue
			}
			list = append(list, liveInput(path, named))
		}
	}
	return list
}

// isCapture reports whether a file in a list is a capture, by its name or its content.
func (l *live) isCapture(path string) bool {
	if IsCaptureName(path) {
		return true
	}
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	k := keyOf(info)
	if seen, ok := l.others.Load(path); ok && seen == k {
		return false
	}
	if IsCapture(path) {
		return true
	}
	l.others.Store(path, k)
	return false
}

// A live is what a Source has that is read as it comes.
type live struct {
	ctx    context.Context
	stdin  io.Reader
	lists  []string // directories and patterns
	known  sync.Map // a *mark of each input, by path
	others sync.Map // a fileKey of each file in a list that is no capture, by path
	next   int      // of the inputs
	idle   func()   // before a wait, and now and then during one
	blocks int      // bytes of secrets blocks that were read
}

// OnIdle sets what is called whenever all that has come was read, and some times a second until more comes. It is for a Source of OpenLive, by
// the goroutine that reads.
func (s *Source) OnIdle(f func()) { s.live.idle = f }

// Live reports whether the source is read once, as it comes.
func (s *Source) Live() bool { return s.live != nil }

// openLive starts to read the next input, if there is one. What is no capture at all is an error.
func (r *Reader) openLive() error {
	h, err := r.src.live.open(r)
	if h != nil {
		r.heads = headHeap{h}
		r.started = 1
	}
	return err
}

// open starts to read the next input; nil: there is none, or ctx was done before it had anything.
func (l *live) open(r *Reader) (*head, error) {
	s := r.src
	for l.ctx.Err() == nil {
		if l.next == len(s.inputs) {
			more := l.later()
			inOrder(more)
			for _, in := range more {
				l.known.Store(in.path, &mark{})
				s.inputs = append(s.inputs, in)
			}
		}
		if l.next == len(s.inputs) {
			break
		}
		i := l.next
		l.next++
		in := s.inputs[i]
		h, err := l.head(r, i)
		switch {
		case err == nil:
			return h, nil
		case l.ctx.Err() != nil:
			return nil, nil
		case errors.Is(err, errEmpty) && len(s.inputs) > 1:
			s.addCut(i, err)
		case in.named != in.path: // a ring may have lost it
			s.mu.Lock()
			s.unread = append(s.unread, unreadFile(in.path, err))
			s.mu.Unlock()
		case errors.As(err, new(*InputError)):
			return nil, err
		default:
			return nil, in.fail(cause(err), "")
		}
	}
	return nil, nil
}

// head starts to read input i. It waits for its first bytes.
func (l *live) head(r *Reader, i int) (*head, error) {
	in := r.src.inputs[i]
	src, err := l.source(in, i == len(r.src.inputs)-1)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(countingReader{src, &r.read}, streamBuffer)
	first, err := firstOf(buffered)
	if len(first) == 0 && err != io.EOF {
		src.Close()
		return nil, err
	}
	var rc io.Reader = buffered
	if err = in.unpack(first); err == nil && in.compression != nil {
		if rc, err = in.compression.open(buffered); err == nil {
			unpacked := bufio.NewReaderSize(rc, streamBuffer)
			first, _ = firstOf(unpacked)
			rc = unpacked
		}
	}
	if err == nil {
		err = in.recognise(first)
	}
	if err != nil {
		src.Close()
		return nil, err
	}
	take := func(b SecretBlock, whole bool) { l.secret(r.src, b, whole) }
	f, err := in.framer(rc, streamBuffer, func(typ uint32, data []byte, whole bool) { take(SecretBlock{in.name(), typ, data, 0}, whole) })
	if err != nil {
		src.Close()
		return nil, err
	}
	return &head{file: i, framer: f, closer: src, empty: true, secrets: take}, nil
}

// firstOf are the first bytes of a stream: as many as have come by the time that a file header is there.
func firstOf(r *bufio.Reader) ([]byte, error) {
	if first, err := r.Peek(pcapHeaderLen); err != nil {
		return first, err
	}
	return r.Peek(min(r.Buffered(), headLen))
}

// secret keeps a Decryption Secrets Block.
func (l *live) secret(s *Source, b SecretBlock, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !whole || l.blocks+len(b.Data) > MaxSecrets {
		s.beyond++
		return
	}
	l.blocks += len(b.Data)
	s.secrets = append(s.secrets, b)
}

// source is the input as a stream that ends with ctx. The last one, if it is a file, goes on for as long as something writes it.
func (l *live) source(in *input, last bool) (*waiting, error) {
	if in.path == "-" {
		r := l.stdin
		if r == nil {
			r = os.Stdin
		}
		return newWaiting(l, func() (io.Reader, error) { return r, nil }), nil
	}
	info, err := os.Stat(in.path)
	if err != nil {
		return nil, err
	}
	return newWaiting(l, func() (io.Reader, error) { // a FIFO opens when something writes to it
		f, err := os.Open(in.path)
		if err != nil || !info.Mode().IsRegular() {
			return f, err
		}
		m := &marking{l: l, path: in.path, f: f, r: f}
		if last {
			m.r = &growing{ctx: l.ctx, f: f, writing: beingWritten, over: func() bool { return len(l.later()) > 0 }}
		}
		return m, nil
	}), nil
}

// A mark is what a file was when it had been read. One that still is has none of that.
type mark struct {
	info os.FileInfo
	size int64
	head []byte // its first bytes: file header and the time of the first packet, at least
}

const markLen = 256

// renewed reports whether another capture is in the place of the one that was read.
func (m *mark) renewed(path string) bool {
	info, err := os.Stat(path)
	switch {
	case m.info == nil || err != nil || !info.Mode().IsRegular():
		return false
	case !os.SameFile(info, m.info) || info.Size() < m.size:
		return true
	case info.Size() == m.size && info.ModTime().Equal(m.info.ModTime()):
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(m.head))
	n, _ := io.ReadFull(f, head)
	return !bytes.Equal(head[:n], m.head)
}

// A marking notes, when the file that it reads ends, what that was.
type marking struct {
	l    *live
	path string
	f    *os.File
	r    io.Reader // of f
	mark mark
}

func (m *marking) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.mark.size += int64(n)
	m.mark.head = append(m.mark.head, b[:min(n, markLen-len(m.mark.head))]...)
	if err != nil {
		if info, err := m.f.Stat(); err == nil {
			m.mark.info = info
			m.l.known.Store(m.path, &m.mark)
		}
	}
	return n, err
}

// Close closes the file.
func (m *marking) Close() error { return m.f.Close() }
