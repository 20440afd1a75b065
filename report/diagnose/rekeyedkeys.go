package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
)

// What the keys of a moment, as `ip xfrm state` gives them, leave of a capture that goes on over a rekeying.

// A period is the time from the first to the last packet of an SA that was decrypted with a key of its own, not with one of an IKE SA.
type period struct{ from, to time.Time }

// decryptedTimes are the periods of SAs by source and destination, in the order of their starts; to is the latest end so far.
type decryptedTimes map[[2]netip.Addr][]period

func (d *diagnosis) decryptedTimes() decryptedTimes {
	times := make(decryptedTimes)
	for _, f := range d.flows() {
		if f.Stats.Opened > 0 && f.Child.SA == nil {
			k := [2]netip.Addr{f.About.Src, f.About.Dst}
			times[k] = append(times[k], period{f.Stats.First.Time, f.Stats.Last.Time})
		}
	}
	for _, list := range times {
		slices.SortFunc(list, func(a, b period) int { return a.from.Compare(b.from) })
		for i := 1; i < len(list); i++ {
			if list[i-1].to.After(list[i].to) {
				list[i].to = list[i-1].to
			}
		}
	}
	return times
}

// rekeyed reports whether a flow that was not decrypted is one of several SAs of its hosts one after another, of which others were. Peers send on an SA
// and on the one that replaces it at once for a moment only.
func (t decryptedTimes) rekeyed(u *ikedecode.UnknownSPI) bool {
	list := t[[2]netip.Addr{u.Src, u.Dst}]
	n, _ := slices.BinarySearchFunc(list, u.End.Add(-stormBoth), func(p period, end time.Time) int { return p.from.Compare(end) })
	return len(list) > 0 && (n == 0 || !list[n-1].to.After(u.Start.Add(stormBoth)))
}
