package report

import (
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/esp"
)

// What several captures have of an SA adds up whatever their order, and keeps the bounds of one: of kinds of traffic inside, and of frames as evidence.
func TestSAsAddUp(t *testing.T) {
	began := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	part := func(first, last, kind int) *TrafficSA {
		a, b := began.Add(time.Duration(first)*time.Second), began.Add(time.Duration(last)*time.Second)
		p := &TrafficSA{Packets: 2, FirstFrame: first, LastFrame: last, First: &a, Last: &b, IPTFS: &IPTFS{}}
		for i := range esp.MaxInner {
			p.Inner = append(p.Inner, InnerTraffic{Protocol: uint8(kind + i), Packets: 1})
		}
		for i := range esp.MaxAggregateFrames {
			p.IPTFS.Frames = append(p.IPTFS.Frames, first+i)
		}
		return p
	}
	var sum TrafficSA
	if !sum.Add(part(10, 20, 0)) || !sum.Add(part(30, 40, 32)) || sum.Add(part(5, 35, 0)) {
		t.Error("what comes after what is not known")
	}
	if sum.FirstFrame != 5 || sum.LastFrame != 40 || !sum.First.Equal(began.Add(5*time.Second)) || !sum.Last.Equal(began.Add(40*time.Second)) || sum.Packets != 6 {
		t.Errorf("%+v", sum)
	}
	if len(sum.Inner) != esp.MaxInner || sum.InnerMore != 32 || sum.Inner[0].Packets != 2 || len(sum.IPTFS.Frames) != esp.MaxAggregateFrames {
		t.Errorf("%d kinds, %d packets beside, %d frames", len(sum.Inner), sum.InnerMore, len(sum.IPTFS.Frames))
	}
}

// Frames become those of the whole where these are known; else they are named with their file, or left out.
func TestPlaced(t *testing.T) {
	sa := TrafficSA{Packets: 2, FirstFrame: 1, LastFrame: 9, SaltFrame: 9, Deleted: []int{2, 8}, IPTFS: &IPTFS{Frames: []int{1, 9}}}
	sa.Place("wire.pcap1", func(frame int) (int, bool) { return frame + 100, frame < 5 })
	if sa.FirstFrame != 101 || sa.FirstFile != "" || sa.LastFrame != 9 || sa.LastFile != "wire.pcap1" || sa.SaltFrame != 0 || !slices.Equal(sa.Deleted, []int{102}) || !slices.Equal(sa.IPTFS.Frames, []int{101}) {
		t.Errorf("%+v", sa)
	}
	for want, u := range map[string]UnknownSA{
		"frame 7":                                {FirstFrame: 7, LastFrame: 7},
		"frames 3 to 7 of a.pcap":                {FirstFrame: 3, LastFrame: 7, FirstFile: "a.pcap", LastFile: "a.pcap"},
		"frame 3 of a.pcap to frame 7 of b.pcap": {FirstFrame: 3, LastFrame: 7, FirstFile: "a.pcap", LastFile: "b.pcap"},
		"frame 101 to frame 9 of wire.pcap1":     {FirstFrame: sa.FirstFrame, LastFrame: sa.LastFrame, LastFile: sa.LastFile},
	} {
		if got := u.FrameText(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
