package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// A Source is one or several captures, merged by time, that can be read more than once (a pipe is spooled).
type Source struct {
	inputs  []*input
	files   openFiles
	before  int                  // packets of inputs that come before the others, about
	known   map[fileKey][]*input // those that are files
	unread  []Cut                // files of a list that could not be read at all
	ignored []Ignored
	spool   *spool

	mu      sync.Mutex
	closed  bool
	cuts    map[int]Cut // by input
	readers map[*Reader]bool
	secrets []SecretBlock
	beyond  int  // secrets blocks that are not in secrets, which is bounded
	scanned bool // secrets is complete
	live    *live
	scratch *Scratch // nil: nobody has asked for it
	places  bool     // see TwoPlaces
}

// A Cut is a capture file that ends inside a record, or turns to garbage there; or one that was found in a directory, or by a pattern, and
// cannot be read at all.
type Cut struct {
	Path   string
	Offset int64 // where the unreadable record starts
	Err    error
	Unread bool // nothing of it was read
	hint   string
	// Compression is gzip or zstd where Offset counts unpacked bytes, else empty.
	Compression string
}

// Error makes a Cut an error that reads as one sentence.
func (c Cut) Error() string {
	if c.Unread {
		return fmt.Sprintf("%s: not read: %v", c.Path, c.Err)
	}
	unpacked := ""
	if c.Compression != "" {
		unpacked = fmt.Sprintf(" (of the data in the %s file)", c.Compression)
	}
	return fmt.Sprintf("%s: truncated or damaged at byte %d%s: %v", c.Path, c.Offset, unpacked, c.Err)
}

func (c Cut) Unwrap() error { return c.Err }

// Hint says what the user can do about it; "" if nothing is known.
func (c Cut) Hint() string { return c.hint }

// unreadFile is the Cut of a file that cannot be read.
func unreadFile(path string, err error) Cut {
	hint := ""
	if e := (*InputError)(nil); errors.As(err, &e) {
		err, hint = e.Err, e.hint
	}
	return Cut{Path: path, Err: cause(err), Unread: true, hint: hint}
}

// Open is [OpenContext] without an end.
func Open(paths []string, opt Options) (*Source, error) {
	return OpenContext(context.Background(), paths, opt)
}

// OpenContext opens captures: files; "-", which is standard input; directories, whose captures are taken wherever in them they are; patterns
// (path/filepath.Match), which are for files that are not there by that name. Errors are an *InputError, which names the file and what is
// wrong. What a directory or pattern has beside captures is [Source.Ignored]; a capture there that cannot be read is one of [Source.Cuts].
//
// A pipe is copied to a temporary file while it is read: a pass waits for what has not come yet. ctx ends that. What ends the copying before the
// pipe is the error of every pass.
func OpenContext(ctx context.Context, paths []string, opt Options) (*Source, error) {
	if len(paths) == 0 {
		return nil, errors.New("no capture given")
	}
	sp := newSpool(opt)
	s := &Source{known: map[fileKey][]*input{}, cuts: map[int]Cut{}, readers: map[*Reader]bool{}, spool: sp}
	stdin := false
	for _, path := range paths {
		err := error(nil)
		if path == "-" && stdin {
			err = &InputError{"standard input", errors.New("given twice"), ""}
		}
		stdin = stdin || path == "-"
		if err == nil {
			err = s.add(ctx, path, sp)
		}
		if err != nil {
			s.Close()
			return nil, err
		}
	}
	if rank(s.inputs); len(s.inputs) > 1 {
		for _, in := range s.inputs {
			if err := ctx.Err(); err != nil {
				s.Close()
				return nil, err
			}
			in.findFirst()
		}
		s.places = setClocks(s.inputs)
	}
	return s, nil
}

// add opens what the user named.
func (s *Source) add(ctx context.Context, named string, sp *spool) error {
	found, err := find(named)
	if err != nil {
		return err
	}
	s.unread = append(s.unread, found.unread...)
	none := Ignored{Named: named}
	taken := false
	for _, path := range found.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if path != "-" && s.taken(path, found.listed) {
			taken = true
			continue
		}
		in, err := openInput(ctx, path, named, &s.files, sp)
		switch {
		case err == nil:
			s.inputs, taken = append(s.inputs, in), true
			if in.info != nil {
				k := keyOf(in.info)
				s.known[k] = append(s.known[k], in)
			}
		case !found.listed:
			return err
		case in.foreign || IsCaptureName(path):
			s.unread = append(s.unread, unreadFile(path, err))
		default:
			if none.Count++; len(none.Files) < maxIgnored {
				none.Files = append(none.Files, path)
			}
		}
	}
	if none.Count > 0 {
		s.ignored = append(s.ignored, none)
	}
	if taken {
		return nil
	}
	if len(s.unread) > 0 {
		c := s.unread[len(s.unread)-1]
		return &InputError{c.Path, c.Err, c.hint}
	}
	return &InputError{named, errNoCapture, "captures are pcap or pcapng, plain or compressed with gzip or zstd"}
}

var errNoCapture = errors.New("no capture in it")

// taken reports whether a file is an input by another name, where it, or that one, was not named but found.
func (s *Source) taken(path string, listed bool) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	return slices.ContainsFunc(s.known[keyOf(info)], func(in *input) bool {
		return (listed || in.named != in.path) && os.SameFile(info, in.info)
	})
}

// A fileKey is the same for names of one file, and seldom for those of two.
type fileKey struct {
	size     int64
	modified time.Time
}

func keyOf(info os.FileInfo) fileKey { return fileKey{info.Size(), info.ModTime()} }

// Files are the names of the inputs, in the order of Packet.File.
func (s *Source) Files() []string {
	names := make([]string, len(s.inputs))
	for i, in := range s.inputs {
		names[i] = in.name()
	}
	return names
}

// Named is what the user named for each of Files: itself, or the directory or pattern that it was found by.
func (s *Source) Named() []string {
	names := make([]string, len(s.inputs))
	for i, in := range s.inputs {
		names[i] = in.named
	}
	return names
}

// Skews are the files whose clocks differ from those of others by more than a packet is on its way.
func (s *Source) Skews() (list []Skew) {
	for i, in := range s.inputs {
		if in.skew != 0 {
			list = append(list, Skew{i, in.skew})
		}
	}
	return list
}

// TwoPlaces reports whether files have the same packets, further apart in time than DefaultRepeatWindow: they were captured at two places.
func (s *Source) TwoPlaces() bool { return s.places }

// Ignored are the files in directories, and of patterns, that are no captures.
func (s *Source) Ignored() []Ignored { return s.ignored }

// Size is the bytes that a pass reads from disk, all inputs together (compressed as they are); of pipes those that have come.
func (s *Source) Size() int64 {
	var n int64
	for _, in := range s.inputs {
		if n += in.size; in.pipe != nil {
			size, _ := in.pipe.has(-1, nil)
			n += size
		}
	}
	return n
}

// Close ends all passes, closes the files and removes temporary ones.
func (s *Source) Close() error {
	s.mu.Lock()
	s.closed = true
	open := make([]*Reader, 0, len(s.readers))
	for r := range s.readers {
		open = append(open, r)
	}
	s.mu.Unlock()
	for _, r := range open {
		r.Close()
	}
	errs := []error{s.scratch.close()}
	s.files.close()
	for _, in := range s.inputs {
		errs = append(errs, in.close())
	}
	return errors.Join(errs...)
}

// Cuts are the inputs that ended inside a record, in the order of the inputs (complete after the first full pass), then what could not be
// read at all.
func (s *Source) Cuts() []Cut {
	s.mu.Lock()
	defer s.mu.Unlock()
	var cuts []Cut
	for i, in := range s.inputs {
		if c, ok := s.cuts[i]; ok && !in.before { // else it is of another part
			cuts = append(cuts, c)
		}
	}
	return append(cuts, s.unread...)
}

// addCut notes that input i cannot be read on.
func (s *Source) addCut(i int, err error) {
	in := s.inputs[i]
	c := Cut{Path: in.name(), Err: err}
	if ce := (*cutError)(nil); errors.As(err, &ce) {
		c.Offset, c.Err = ce.Offset, ce.Err
	}
	if in.compression != nil {
		c.Compression = in.compression.name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cuts[i] = c
}

// SecretBlocks returns the Decryption Secrets Blocks, of all types, wherever in a pcapng file they are, and how many are left out because
// those of their file are larger than MaxSecrets together. Before the end of the first pass a call reads the pcapng inputs through.
func (s *Source) SecretBlocks() (blocks []SecretBlock, beyond int) {
	all, beyond := s.Secrets()
	return slices.DeleteFunc(slices.Clone(all), func(b SecretBlock) bool { return b.Frame > 0 }), beyond
}

// Secrets are SecretBlocks and what packets have of the kind.
func (s *Source) Secrets() (blocks []SecretBlock, beyond int) {
	s.mu.Lock()
	done := s.scanned
	s.mu.Unlock()
	if !done {
		var found []SecretBlock
		for _, in := range s.inputs {
			if in.ng || in.netlink {
				list, more := in.secretBlocks(false)
				found, beyond = append(found, list...), beyond+more
			}
		}
		s.mu.Lock()
		s.secrets, s.beyond, s.scanned = found, beyond, true
		s.mu.Unlock()
	}
	return s.secrets, s.beyond
}

// FrontSecretBlocks is SecretBlocks without what is behind the first packet of each file, and need not wait for the rest of a pipe.
func (s *Source) FrontSecretBlocks() (blocks []SecretBlock, beyond int) {
	for _, in := range s.inputs {
		if in.ng {
			list, more := in.secretBlocks(true)
			blocks, beyond = append(blocks, list...), beyond+more
		}
	}
	return blocks, beyond
}

// passed takes the blocks, by input, that a pass has met, which has come to its end.
func (s *Source) passed(met map[int]*secretList) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scanned || s.live != nil {
		return
	}
	for i, in := range s.inputs {
		l := met[i]
		if in.empty && in.ng { // no pass reads it
			l = &secretList{}
			l.found, l.beyond = in.secretBlocks(false)
		}
		if l != nil {
			s.secrets, s.beyond = append(s.secrets, l.found...), s.beyond+l.beyond
		}
	}
	s.scanned = true
}

// secretBlocks reads the input for its secrets, or its front. Where it cannot be read is for the passes to say.
func (in *input) secretBlocks(front bool) (found []SecretBlock, beyond int) {
	r, err := in.reader()
	if err != nil {
		return nil, 0
	}
	defer r.Close()
	l := in.secretsIn(r, front)
	return l.found, l.beyond
}

// secretsIn is secretBlocks of the input as a stream.
func (in *input) secretsIn(r io.Reader, front bool) (l secretList) {
	buffer := streamBuffer
	if front {
		buffer = shortHead
	}
	f, err := in.framer(r, buffer, func(typ uint32, data []byte, whole bool) { l.add(SecretBlock{in.name(), typ, data, 0}, whole) })
	p := new(Packet)
	for frame := 1; err == nil; frame++ {
		if err = f.next(p); front {
			break
		}
		if m := xfrmMessages(p); err == nil && m != nil {
			l.add(in.toldBy(frame, m), true)
		}
	}
	return l
}

var _ io.Closer = (*Source)(nil)
