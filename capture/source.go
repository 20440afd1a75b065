package capture

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// A Source is one or several captures, merged by time, that can be read more than once (a pipe is spooled).
type Source struct {
	inputs []*input

	mu      sync.Mutex
	cuts    map[int]Cut // by input
	readers map[*Reader]bool
	secrets []SecretBlock
	beyond  int  // secrets blocks that are not in secrets, which is bounded
	scanned bool // secrets is complete
}

// A Cut is a capture file that ends inside a record, or turns to garbage there.
type Cut struct {
	Path   string
	Offset int64 // where the unreadable record starts
	Err    error
	// Compression is gzip or zstd where Offset counts unpacked bytes, else empty.
	Compression string
}

// Error makes a Cut an error that reads as one sentence.
func (c Cut) Error() string {
	unpacked := ""
	if c.Compression != "" {
		unpacked = fmt.Sprintf(" (of the data in the %s file)", c.Compression)
	}
	return fmt.Sprintf("%s: truncated or damaged at byte %d%s: %v", c.Path, c.Offset, unpacked, c.Err)
}

func (c Cut) Unwrap() error { return c.Err }

// Open opens captures; "-" is standard input. Errors are an *InputError, which names the file and what is wrong.
func Open(paths []string, opt Options) (*Source, error) {
	if len(paths) == 0 {
		return nil, errors.New("no capture given")
	}
	s := &Source{cuts: map[int]Cut{}, readers: map[*Reader]bool{}}
	stdin := false
	for _, path := range paths {
		if path == "-" && stdin {
			s.Close()
			return nil, &InputError{"standard input", errors.New("given twice"), ""}
		}
		stdin = stdin || path == "-"
		in, err := openInput(path, opt)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.inputs = append(s.inputs, in)
	}
	return s, nil
}

// Files are the names of the inputs, in the order of Packet.File.
func (s *Source) Files() []string {
	names := make([]string, len(s.inputs))
	for i, in := range s.inputs {
		names[i] = in.name()
	}
	return names
}

// Size is the bytes that a pass reads from disk, all inputs together (compressed as they are).
func (s *Source) Size() int64 {
	var n int64
	for _, in := range s.inputs {
		n += in.size
	}
	return n
}

// Close ends all passes, closes the files and removes temporary ones.
func (s *Source) Close() error {
	s.mu.Lock()
	open := make([]*Reader, 0, len(s.readers))
	for r := range s.readers {
		open = append(open, r)
	}
	s.mu.Unlock()
	for _, r := range open {
		r.Close()
	}
	var errs []error
	for _, in := range s.inputs {
		errs = append(errs, in.close())
	}
	return errors.Join(errs...)
}

// Cuts are the inputs that ended inside a record, in the order of the inputs (complete after the first full pass).
func (s *Source) Cuts() []Cut {
	s.mu.Lock()
	defer s.mu.Unlock()
	var cuts []Cut
	for i := range s.inputs {
		if c, ok := s.cuts[i]; ok {
			cuts = append(cuts, c)
		}
	}
	return cuts
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

// SecretESP is the type of a Decryption Secrets Block that holds IPsec keys ("ESPS").
const SecretESP = 0x45535053

// A SecretBlock is the content of a Decryption Secrets Block of a pcapng file. It is key material.
type SecretBlock struct {
	Path string
	Type uint32 // SecretESP, or of a protocol that is not read here: TLS, SSH, WireGuard, ZigBee
	Data []byte
}

// String names the block without what is in it.
func (b SecretBlock) String() string {
	return fmt.Sprintf("decryption secrets block of %d bytes in %s", len(b.Data), b.Path)
}

// GoString is String: %#v must not print keys either.
func (b SecretBlock) GoString() string { return b.String() }

// SecretBlocks returns the Decryption Secrets Blocks, of all types, wherever in a pcapng file they are, and how many are left out because
// those of their file are larger than MaxSecrets together. The first call reads the pcapng inputs through.
func (s *Source) SecretBlocks() (blocks []SecretBlock, beyond int) {
	s.mu.Lock()
	done := s.scanned
	s.mu.Unlock()
	if !done {
		var found []SecretBlock
		for _, in := range s.inputs {
			if in.ng {
				list, more := in.secretBlocks()
				found, beyond = append(found, list...), beyond+more
			}
		}
		s.mu.Lock()
		s.secrets, s.beyond, s.scanned = found, beyond, true
		s.mu.Unlock()
	}
	return s.secrets, s.beyond
}

// secretBlocks reads the input for its secrets. Where it cannot be read is for the passes to say.
func (in *input) secretBlocks() (found []SecretBlock, beyond int) {
	r, err := in.reader(new(atomic.Int64))
	if err != nil {
		return nil, 0
	}
	defer r.Close()
	total := 0
	f, err := in.framer(r, func(typ uint32, data []byte, whole bool) {
		if !whole || total+len(data) > MaxSecrets {
			beyond++
			return
		}
		total += len(data)
		found = append(found, SecretBlock{in.name(), typ, data})
	})
	for p := new(Packet); err == nil; {
		err = f.next(p)
	}
	return found, beyond
}

var _ io.Closer = (*Source)(nil)
