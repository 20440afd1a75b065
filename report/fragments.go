package report

import (
	"fmt"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Messages of IKEv2 that came in fragments (RFC 7383), and what was outside of their encrypted part.

// outside counts the payloads in front of the encrypted one.
func outside(m *ikesa.Message) (n int) {
	for _, p := range m.Message.Payloads {
		if p.Type == ikev2.PayloadSK || p.Type == ikev2.PayloadSKF {
			return n
		}
		n++
	}
	return n
}

// foldIn makes r, the description of m, that of all fragments in group.
func (r *Message) foldIn(group []*ikesa.Message, m *ikesa.Message) {
	var have []int
	total := 0
	r.Frames, r.Repeats = nil, nil
	for _, part := range group {
		f := negotiation.FragmentOf(part)
		total = max(total, int(f.Total))
		have = append(have, int(f.Number))
		r.Frames = append(r.Frames, part.Frame)
		r.Sent = max(r.Sent, part.Sent())
		for _, rep := range part.Repeats {
			r.Repeats = append(r.Repeats, Repeat{rep.Frame, rep.Time.UTC(), rep.Mirror})
		}
	}
	r.Fragments = len(group)
	if m.Joined > 0 {
		return
	}
	r.State = StateClosed
	if missing := missingOf(have, total); len(missing) > 0 {
		r.Why = fmt.Sprintf("missing fragments, of %d: %s", total, clip(words.Numbers(missing), 60))
	} else if r.Why == "" {
		r.Why = "not all of its fragments decrypt"
	}
}

// missingOf are the numbers from 1 to total that are not in have.
func missingOf(have []int, total int) (list []int) {
	const most = 32
	for n := 1; n <= total && len(list) < most; n++ {
		if !slices.Contains(have, n) {
			list = append(list, n)
		}
	}
	return list
}
