package diagnose

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/report/traffic"
)

// A hearing is what the traffic inside an SA tells of whether it arrives.
type hearing struct {
	c      *traffic.Content
	back   *traffic.Way       // from the receiver; nil: nothing came
	lost   []*traffic.Segment // that were sent several times without an answer, in order of time
	unread []*traffic.Segment // sent at least once, likewise
}

// hearings are those of all SAs with traffic that asks for an answer.
func (d *diagnosis) hearings() (list []hearing) {
	all := d.watch.Inside.Waiting()
	for _, c := range d.watch.Inside.Contents() {
		h := hearing{c: c, back: d.watch.Duplex.Way(c.Dst, c.Src)}
		for _, waiting := range all[c.SA] {
			h.unread = append(h.unread, waiting...)
		}
		byTime := func(a, b *traffic.Segment) int { return cmp.Compare(a.Frames[0], b.Frames[0]) }
		slices.SortFunc(h.unread, byTime)
		for _, s := range h.unread {
			if s.Sent >= resentOnce {
				h.lost = append(h.lost, s)
			}
		}
		list = append(list, h)
	}
	return list
}

// goesOn reports whether the receiver sent something after t, and nothing that was not decrypted: that may be the answer.
func (h *hearing) goesOn(t time.Time) bool {
	return h.back != nil && h.back.Last.Time.After(t) && !h.unreadSince(t)
}

// unreadSince reports whether the receiver sent something after t that was not decrypted.
func (h *hearing) unreadSince(t time.Time) bool { return h.back != nil && h.back.Closed.Time.After(t) }

// deaf reports whether nothing that an SA carried was ever answered though the other side sends, too.
func (h *hearing) deaf() bool {
	n, sent := len(h.unread), 0
	for _, s := range h.unread {
		sent += s.Sent
	}
	return h.c.Answered == 0 && n >= hardAsks && sent >= usualAsks && h.unread[n-1].Last.Time.Sub(h.unread[0].First.Time) >= usualFor && h.goesOn(h.unread[0].First.Time)
}

// fallenDeaf are the packets in an SA, from t on, that ask hosts that answered before and get no answer. What is larger than all that arrived
// is a matter of the path MTU.
func (d *diagnosis) fallenDeaf(h *hearing, t time.Time) (list []*traffic.Segment) {
	for _, s := range h.unread {
		if !s.Passed && !s.First.Time.Before(t) && s.Size <= h.c.Largest && d.watch.Inside.Heard(s.Asked()) {
			list = append(list, s)
		}
	}
	return list
}

// hostsDeaf counts the hosts that are asked in a silence, and answered before.
func (d *diagnosis) hostsDeaf(s *traffic.Silence) int {
	hosts := make(map[netip.Addr]bool)
	if h := d.hearingOf(s.Flow); h != nil {
		for _, x := range d.fallenDeaf(h, s.First.Time) {
			hosts[x.Dst] = true
		}
	}
	return len(hosts)
}
