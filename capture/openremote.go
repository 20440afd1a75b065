package capture

import (
	"context"
	"errors"
	"io/fs"
	"slices"
)

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
