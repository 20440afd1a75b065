package archive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// markFormat is the version of the form of a Mark: 2 with the flows inside SAs.
const markFormat = 2

// A Mark says that a task is done, and what came of it. It is written last: where it is, the output is complete.
type Mark struct {
	Format   int       `json:"mark"`
	Name     string    `json:"name"` // of the task
	File     string    `json:"file"` // of the archive
	Size     int64     `json:"size"` // of the file, in bytes
	Modified time.Time `json:"modified"`
	Index    int       `json:"index"`                  // of the stretch in its file
	Output   string    `json:"output,omitempty"`       // in the same place as the mark; none where the file has nothing of IPsec
	Bytes    int64     `json:"output_bytes,omitempty"` // 0 in older marks
	SHA256   string    `json:"sha256,omitempty"`       // of the output
	Keys     string    `json:"keys"`                   // digest of the keys that were given
	Complete bool      `json:"complete"`               // everything was decrypted
	// Waiting are IKE fragments of messages that have not come together, where all else is decrypted: the rest of them may be in the next file. Before
	// counts those, of the files before it, of messages that come together here, Opened those of them that are decrypted one by one.
	Waiting int `json:"waiting,omitempty"`
	Before  int `json:"before,omitempty"`
	Opened  int `json:"opened,omitempty"`

	First   time.Time       `json:"first"`
	Last    time.Time       `json:"last"`
	Decrypt *report.Decrypt `json:"decrypt"`
	SAs     []SA            `json:"sas"`
	// Unknown are flows that were not decrypted.
	Unknown     []report.UnknownSA `json:"unknown"`
	UnknownMore int                `json:"unknown_more,omitempty"`
	Warnings    []report.Problem   `json:"warnings,omitempty"`
}

// An SA is what a task has of one SA.
type SA struct {
	report.TrafficSA
	Print string `json:"print,omitempty"` // of its keys
	Runs  Runs   `json:"runs"`            // its sequence numbers, as they came
	More  uint64 `json:"more,omitempty"`  // packets that Runs leaves out: there are too many
	// Pieces are the Runs with their places, where packets of other files come between those of this one; none where they are too many.
	Pieces []Piece `json:"pieces,omitempty"`

	Inner []Inner `json:"flows,omitempty"` // what was inside its packets
}

// A Piece is a run, and where it is (traffic.Piece): first number, how many, 1 for packets that the capture has again; the first and the last frame in
// the stretch, their times in nanoseconds since 1970.
type Piece [7]int64

// An Inner is a flow of packets inside an SA (traffic.InnerFlow).
type Inner struct {
	Src      netip.Addr `json:"src,omitzero"`
	Dst      netip.Addr `json:"dst,omitzero"`
	Protocol uint8      `json:"protocol"` // of IP
	SrcPort  uint16     `json:"src_port,omitempty"`
	DstPort  uint16     `json:"dst_port,omitempty"`
	Other    bool       `json:"other,omitempty"` // all that there was no room for
	Packets  int        `json:"packets"`
	Bytes    int64      `json:"bytes"`
	First    time.Time  `json:"first"`
	Last     time.Time  `json:"last"`
}

// Runs are sequence numbers. In JSON each run is [first, packets], of packets that the capture has again [first, packets, 1].
type Runs []esp.Run

// MarshalJSON writes the runs as arrays.
func (r Runs) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, run := range r {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "[%d,%d", run.First, run.N)
		if run.Repeat {
			b = append(b, ",1"...)
		}
		b = append(b, ']')
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Runs) UnmarshalJSON(b []byte) error {
	var list [][]uint64
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	*r = make(Runs, len(list))
	for i, x := range list {
		if len(x) < 2 || len(x) > 3 {
			return errors.New("a run of sequence numbers has two numbers")
		}
		(*r)[i] = esp.Run{First: x[0], N: x[1], Repeat: len(x) == 3}
	}
	return nil
}

// A Seen is what observers of a task's run saw.
type Seen struct {
	Runs  traffic.Runs
	Inner traffic.InnerFlows
}

// runBytes is what a run takes in memory, with the room that a list grows by.
const runBytes = 48

// A stretch has at most so many pieces, which are some 60 bytes of its mark each: by how often other files come between its packets, as merge has those of
// all.
const (
	maxPieces   = 1 << 16
	leastPieces = 1024
	eachBorder  = 16
)

// NewSeen is for a stretch, whose runs of sequence numbers may take so many bytes.
func NewSeen(s *Stretch, memory int64) *Seen {
	borders := s.borders()
	most := min(maxPieces, leastPieces+eachBorder*len(borders))
	return &Seen{Runs: traffic.Runs{Max: int(max(1, memory/runBytes)), Pieces: traffic.Pieces{Borders: borders, Max: most}}}
}

// Frame takes one packet in.
func (x *Seen) Frame(f *ikedecode.Frame) {
	x.Runs.Frame(f)
	x.Inner.Frame(f)
}

// NewMark is the mark of a task that was run, as far as the session tells, and seen.
func NewMark(t *Task, s *ikedecode.Session, seen *Seen, d *report.Decrypt) *Mark {
	m := markOf(t)
	m.Decrypt, m.Complete = d, s.Complete()
	m.fragments(s)
	sas := report.NewSAs(s)
	groups := report.Read(s).Groups()
	for i, row := range sas.SAs {
		if row.Packets == 0 {
			continue
		}
		sa := SA{TrafficSA: row, Print: printOf(groups[i])}
		sa.setRuns(&seen.Runs, groups[i])
		sa.Inner = innerOf(&seen.Inner, groups[i])
		m.SAs = append(m.SAs, sa)
	}
	m.Unknown = append(m.Unknown, sas.Unknown...)
	for i, u := range s.Unknown {
		if s.IMSOf(u.SPI, u.Dst) != nil {
			m.Unknown[i].Negotiated = "" // it names frames of this file: the manifest has those of the whole
		}
	}
	m.UnknownMore = sas.UnknownMore
	return m
}

// fragments counts the IKE fragments of messages that reach over the ends of a file, as Mark has them.
func (m *Mark) fragments(s *ikedecode.Session) {
	rest := *s // without them
	rest.Counts.IKEClosed -= rest.Counts.IKEParts
	if rest.Complete() {
		m.Waiting = s.Counts.IKEParts
	}
	m.Before, m.Opened = s.PartsBefore()
}

// setRuns takes those of the SA of a group that decrypts.
func (x *SA) setRuns(r *traffic.Runs, group []*esp.SA) {
	for _, sa := range group {
		if x.Runs, x.More = r.Of(sa); x.Runs == nil {
			continue
		}
		for _, p := range r.PiecesOf(sa) {
			repeat := int64(0)
			if p.Run.Repeat {
				repeat = 1
			}
			x.Pieces = append(x.Pieces, Piece{int64(p.Run.First), int64(p.Run.N), repeat, int64(p.First), int64(p.Last), p.FirstAt, p.LastAt})
		}
		return
	}
}

// innerOf are the flows inside the SAs of a group, of which as a rule one decrypts.
func innerOf(w *traffic.InnerFlows, group []*esp.SA) (list []Inner) {
	for _, sa := range group {
		for _, f := range w.Of(sa) {
			list = append(list, Inner{f.Src, f.Dst, f.Protocol, f.SrcPort, f.DstPort, f.Other, f.Packets, f.Bytes, f.First.UTC(), f.Last.UTC()})
		}
	}
	return list
}

// markOf is the mark of a task with nothing in it.
func markOf(t *Task) *Mark {
	return &Mark{
		Format: markFormat, Name: t.Name(), File: t.File.Name, Size: t.File.Size, Modified: t.File.Modified, Index: t.Index,
		First: t.Stretch.First, Last: t.Stretch.Last, SAs: []SA{}, Unknown: []report.UnknownSA{},
	}
}

// Passed is the mark of a task in which there is nothing to decrypt, and which has no output.
func Passed(t *Task) *Mark {
	m := markOf(t)
	m.Complete, m.Decrypt = true, &report.Decrypt{Outputs: []string{}, Closed: []report.ClosedBy{}, Packets: t.Stretch.Packets}
	return m
}

// markName is the name of a mark.
func markName(task string) string { return task + ".json" }

// Write writes the mark.
func (m *Mark) Write(ctx context.Context, s Store) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.Write(ctx, markName(m.Name), append(b, '\n'))
}

// Done is the mark of a task, where it is one of the same file; nil where there is none. What is no mark is none.
func Done(ctx context.Context, s Store, t *Task) (*Mark, error) {
	m, err := readMark(ctx, s, markName(t.Name()))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil || m == nil:
		return nil, err
	case m.File != t.File.Name || m.Size != t.File.Size || !m.Modified.Equal(t.File.Modified) || m.Index != t.Index:
		return nil, nil
	}
	return m, nil
}

// Whole reports whether the output of a mark is there, as long as it was.
func (m *Mark) Whole(ctx context.Context, s Store) bool {
	if m.Output == "" {
		return true
	}
	size, ok := s.Size(ctx, path.Join(path.Dir(m.Name), m.Output))
	return ok && (size < 0 || m.Bytes == 0 || size == m.Bytes)
}

// readMark reads a mark; nil for what is none.
func readMark(ctx context.Context, s Store, name string) (*Mark, error) {
	b, err := s.Read(ctx, name)
	if err != nil {
		return nil, err
	}
	m := &Mark{}
	if json.Unmarshal(b, m) != nil || m.Format != markFormat || m.Decrypt == nil {
		return nil, nil
	}
	return m, nil
}

// Marks are all marks in a store, in the order of their first packets.
func Marks(ctx context.Context, s Store) (list []*Mark, err error) {
	objects, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if !strings.HasSuffix(o.Name, ".json") {
			continue
		}
		m, err := readMark(ctx, s, o.Name)
		if err != nil {
			return nil, err
		}
		if m != nil && markName(m.Name) == o.Name {
			list = append(list, m)
		}
	}
	sortMarks(list)
	return list, nil
}

// sortMarks sorts by the first packet; the stretches of a file as they are in it.
func sortMarks(list []*Mark) {
	slices.SortStableFunc(list, func(a, b *Mark) int {
		if a.File == b.File {
			return cmp.Compare(a.Index, b.Index)
		}
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.File, b.File))
	})
}
