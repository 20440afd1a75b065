package report

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/esp"
)

// Add adds what another capture has of an SA: one that goes on from that of t, whose frames are numbered on from those of t. What
// sequence numbers tell does not add up: SetSequence sets it.
func (t *TrafficSA) Add(o *TrafficSA) {
	if o.Packets == 0 {
		return
	}
	if t.Packets == 0 {
		t.FirstFrame, t.First = o.FirstFrame, o.First
	}
	t.LastFrame, t.Last = o.LastFrame, o.Last
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
}

// plus is the sum of what AGGFRAG payloads held; x may be nil.
func (x *IPTFS) plus(o *IPTFS) *IPTFS {
	if x == nil {
		return o
	}
	return &IPTFS{
		Payloads: x.Payloads + o.Payloads, PaddingOnly: x.PaddingOnly + o.PaddingOnly, Congestion: x.Congestion + o.Congestion, Packets: x.Packets + o.Packets,
		Split: x.Split + o.Split, Incomplete: x.Incomplete + o.Incomplete, Malformed: x.Malformed + o.Malformed, Frames: slices.Concat(x.Frames, o.Frames),
	}
}

// SetSequence sets what the sequence numbers of the packets tell.
func (t *TrafficSA) SetSequence(st *esp.Stats) {
	t.MinSeq, t.MaxSeq, t.Lost, t.Gaps, t.LargestGap = st.MinSeq, st.MaxSeq, st.Lost, st.Gaps, st.LargestGap
	t.Duplicates, t.Repeats, t.Replays = st.Duplicates, st.Repeats, st.Replays
	t.Reordered, t.MaxReorder, t.Late = st.Reordered, st.MaxReorder, lateCounts(st)
}

// Shift moves the frames of a capture that comes after others.
func (t *TrafficSA) Shift(frames int) {
	if t.Packets > 0 {
		t.FirstFrame += frames
		t.LastFrame += frames
	}
	if t.SaltFrame > 0 {
		t.SaltFrame += frames
	}
	if t.IPTFS != nil {
		x := *t.IPTFS
		x.Frames = slices.Clone(x.Frames)
		for i := range x.Frames {
			x.Frames[i] += frames
		}
		t.IPTFS = &x
	}
}

// SetOrigin sets the offsets of times from that of the first packet of all captures.
func (t *TrafficSA) SetOrigin(start time.Time) {
	if t.First == nil || t.Last == nil {
		return
	}
	first, last := t.First.Sub(start).Seconds(), t.Last.Sub(start).Seconds()
	t.FirstOffset, t.LastOffset = &first, &last
}

// Add adds what another capture, which goes on from that of u, has of a flow; its frames are shifted by so many.
func (u *UnknownSA) Add(o *UnknownSA, frames int) {
	if u.Packets == 0 {
		u.FirstFrame, u.First = o.FirstFrame+frames, o.First
	}
	u.LastFrame, u.Last = o.LastFrame+frames, o.Last
	u.Packets += o.Packets
	u.Null = u.Null.plus(o.Null)
}

// WithoutTraffic is the SA as it was negotiated or given: what Add adds the traffic of captures to.
func (t *TrafficSA) WithoutTraffic() TrafficSA {
	return TrafficSA{
		Protocol: t.Protocol, SPI: t.SPI, Src: t.Src, Dst: t.Dst, Encryption: t.Encryption, Integrity: t.Integrity, ESN: t.ESN, Mode: t.Mode, UDP: t.UDP,
		Sources: t.Sources, IKE: t.IKE, Selectors: t.Selectors, PFS: t.PFS, RekeyedFrom: t.RekeyedFrom, Queue: t.Queue, Deleted: t.Deleted,
		IPTFSMode: t.IPTFSMode, Proof: "none", Candidates: t.Candidates, NullOnly: t.NullOnly, Bare: t.Bare,
	}
}
