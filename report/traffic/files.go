package traffic

import (
	"sort"

	"github.com/ikedecode/ikedecode"
)

// maxFileRuns bounds what Files keeps, in runs of frames.
const maxFileRuns = 1 << 16

// Files know which capture file a frame came from.
type Files struct {
	runs  []fileRun
	until int  // the last frame that is known
	full  bool // of later ones nothing is kept
}

// A fileRun is frames of one file, from the first one on.
type fileRun struct{ first, file int }

// Frame takes one packet in.
func (f *Files) Frame(x *ikedecode.Frame) {
	p := x.Packet
	if f.full {
		return
	}
	if n := len(f.runs); n == 0 || f.runs[n-1].file != p.File {
		if f.full = n == maxFileRuns; f.full {
			return
		}
		f.runs = append(f.runs, fileRun{p.Number, p.File})
	}
	f.until = p.Number
}

// Of is the index of the file that a frame came from; ok is false where that is not known: captures that alternate packet by packet take
// more room than there is.
func (f *Files) Of(frame int) (file int, ok bool) {
	i := sort.Search(len(f.runs), func(i int) bool { return f.runs[i].first > frame })
	if i == 0 || frame > f.until {
		return 0, false
	}
	return f.runs[i-1].file, true
}
