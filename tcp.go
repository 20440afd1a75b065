package ikedecode

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/capture"
)

// splitter is a new one for a pass over the capture, which knows whether it is of two places, and the TCP connections that the key log names.
func (s *Session) splitter() *capture.Splitter {
	opt := s.opt.Split
	opt.TwoPlaces = s.Source.TwoPlaces()
	split := capture.NewSplitter(opt)
	known := make(map[[2]netip.AddrPort]bool)
	for i := range s.Bag.SAs {
		if p := &s.Bag.SAs[i]; p.TCP != nil {
			src, dst := netip.AddrPortFrom(p.Src, p.TCP.Src), netip.AddrPortFrom(p.Dst, p.TCP.Dst)
			known[[2]netip.AddrPort{src, dst}], known[[2]netip.AddrPort{dst, src}] = true, true
		}
	}
	if len(known) > 0 {
		split.KnownTCP = func(src, dst netip.AddrPort) bool { return known[[2]netip.AddrPort{src, dst}] }
	}
	return split
}
