package report

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/esp"
)

// Add adds what another capture has of an SA; Place has set the frames of both. What sequence numbers tell does not add up: SetSequence sets it. It
// reports whether all that o has came after what t had.
func (t *TrafficSA) Add(o *TrafficSA) (after bool) {
	if o.Packets == 0 {
		return true
	}
	after = t.Packets == 0 || t.end().before(o.start())
	if t.Packets == 0 || o.start().before(t.start()) {
		t.FirstFrame, t.First, t.FirstFile = o.FirstFrame, o.First, o.FirstFile
	}
	if t.Packets == 0 || t.end().before(o.end()) {
		t.LastFrame, t.Last, t.LastFile = o.LastFrame, o.Last, o.LastFile
	}
	t.Packets += o.Packets
	t.Bytes += o.Bytes
	t.Opened += o.Opened
	t.OpenedBytes += o.OpenedBytes
	t.ICVFailures += o.ICVFailures
	t.Undeciphered += o.Undeciphered
	t.Malformed += o.Malformed
	t.Dummies += o.Dummies
	t.Cut += o.Cut
	t.CutOpened += o.CutOpened
	t.InnerMore += o.InnerMore
	for _, in := range o.Inner {
		i := slices.IndexFunc(t.Inner, func(x InnerTraffic) bool {
			return x.NextHeader == in.NextHeader && x.Protocol == in.Protocol && x.Name == in.Name
		})
		if i < 0 && len(t.Inner) >= esp.MaxInner {
			t.InnerMore += in.Packets
			continue
		}
		if i < 0 {
			t.Inner = append(slices.Clip(t.Inner), in)
			continue
		}
		t.Inner = slices.Clone(t.Inner)
		t.Inner[i].Packets += in.Packets
		t.Inner[i].Bytes += in.Bytes
	}
	switch {
	case t.Proved:
	case o.Proved:
		t.Proved, t.Proof, t.Encryption, t.Integrity, t.ESN, t.Candidates, t.KeyFault = true, o.Proof, o.Encryption, o.Integrity, o.ESN, 0, ""
	case t.KeyFault == "":
		t.KeyFault, t.Candidates = o.KeyFault, o.Candidates
	}
	if t.SaltFrame == 0 {
		t.SaltFrame, t.NoSalt = o.SaltFrame, o.NoSalt
	}
	if o.IPTFS != nil {
		t.IPTFS = t.IPTFS.plus(o.IPTFS)
	}
	t.Null = t.Null.plus(o.Null)
	return after
}

// plus is the sum of what AGGFRAG payloads held; x may be nil.
func (x *IPTFS) plus(o *IPTFS) *IPTFS {
	if x == nil {
		return o
	}
	frames := slices.Concat(x.Frames, o.Frames)
	return &IPTFS{
		Payloads: x.Payloads + o.Payloads, PaddingOnly: x.PaddingOnly + o.PaddingOnly, Congestion: x.Congestion + o.Congestion, Packets: x.Packets + o.Packets,
		Split: x.Split + o.Split, Incomplete: x.Incomplete + o.Incomplete, Malformed: x.Malformed + o.Malformed, Frames: frames[:min(len(frames), esp.MaxAggregateFrames)],
	}
}

// SetSequence sets what the sequence numbers of the packets tell.
func (t *TrafficSA) SetSequence(st *esp.Stats) {
	t.MinSeq, t.MaxSeq, t.Lost, t.Gaps, t.LargestGap = st.MinSeq, st.MaxSeq, st.Lost, st.Gaps, st.LargestGap
	t.Duplicates, t.Repeats, t.Replays = st.Duplicates, st.Repeats, st.Replays
	t.Reordered, t.MaxReorder, t.Late = st.Reordered, st.MaxReorder, lateCounts(st)
}

// Place sets the frames of an SA of one file of an archive to those of the whole, which number tells where they are known. Else they stay frames of the
// file; those that there is only a list of, and that of the salt, are left out.
func (t *TrafficSA) Place(file string, number func(frame int) (int, bool)) {
	if t.Packets > 0 {
		t.FirstFrame, t.FirstFile = place(t.FirstFrame, file, number)
		t.LastFrame, t.LastFile = place(t.LastFrame, file, number)
	}
	if t.SaltFrame > 0 {
		frame, ok := number(t.SaltFrame)
		if !ok {
			frame = 0
		}
		t.SaltFrame = frame
	}
	t.Deleted = placeAll(t.Deleted, number)
	if t.IPTFS != nil {
		x := *t.IPTFS
		x.Frames = placeAll(x.Frames, number)
		t.IPTFS = &x
	}
}

// placeAll are the numbers in the whole of frames, those that are known.
func placeAll(frames []int, number func(int) (int, bool)) (list []int) {
	for _, frame := range frames {
		if n, ok := number(frame); ok {
			list = append(list, n)
		}
	}
	return list
}

// Place is likewise for a flow.
func (u *UnknownSA) Place(file string, number func(frame int) (int, bool)) {
	u.FirstFrame, u.FirstFile = place(u.FirstFrame, file, number)
	u.LastFrame, u.LastFile = place(u.LastFrame, file, number)
}

// place is the number of a frame in the whole, or the frame and its file.
func place(frame int, file string, number func(int) (int, bool)) (int, string) {
	if n, ok := number(frame); ok {
		return n, ""
	}
	return frame, file
}

// A spot is a packet of an archive: a frame of the whole, or where file is set of that.
type spot struct {
	frame int
	file  string
	time  time.Time
}

func (t *TrafficSA) start() spot { return spot{t.FirstFrame, t.FirstFile, *t.First} }
func (t *TrafficSA) end() spot   { return spot{t.LastFrame, t.LastFile, *t.Last} }
func (u *UnknownSA) start() spot { return spot{u.FirstFrame, u.FirstFile, u.First} }
func (u *UnknownSA) end() spot   { return spot{u.LastFrame, u.LastFile, u.Last} }

// before reports whether a packet came before another one.
func (a spot) before(b spot) bool {
	if a.file == b.file {
		return a.frame < b.frame
	}
	return a.time.Before(b.time)
}

// SetOrigin sets the offsets of times from that of the first packet of all captures.
func (t *TrafficSA) SetOrigin(start time.Time) {
	if t.First == nil || t.Last == nil {
		return
	}
	first, last := t.First.Sub(start).Seconds(), t.Last.Sub(start).Seconds()
	t.FirstOffset, t.LastOffset = &first, &last
}

// Add adds what another capture has of a flow; Place has set the frames of both.
func (u *UnknownSA) Add(o *UnknownSA) {
	if u.Packets == 0 || o.start().before(u.start()) {
		u.FirstFrame, u.First, u.FirstFile = o.FirstFrame, o.First, o.FirstFile
	}
	if u.Packets == 0 || u.end().before(o.end()) {
		u.LastFrame, u.Last, u.LastFile = o.LastFrame, o.Last, o.LastFile
	}
	u.Packets += o.Packets
	u.Null = u.Null.plus(o.Null)
}

// WithoutTraffic is the SA as it was negotiated, given or found by its content: what Add adds the traffic of captures to.
func (t *TrafficSA) WithoutTraffic() TrafficSA {
	return TrafficSA{
		Protocol: t.Protocol, SPI: t.SPI, Src: t.Src, Dst: t.Dst, Encryption: t.Encryption, Integrity: t.Integrity, ESN: t.ESN, Mode: t.Mode, UDP: t.UDP,
		Sources: t.Sources, IKE: t.IKE, Selectors: t.Selectors, PFS: t.PFS, RekeyedFrom: t.RekeyedFrom, Queue: t.Queue, Deleted: t.Deleted,
		IPTFSMode: t.IPTFSMode, Proof: "none", Candidates: t.Candidates, NullOnly: t.NullOnly, Bare: t.Bare, Null: t.Null,
	}
}
