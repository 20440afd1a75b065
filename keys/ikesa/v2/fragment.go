package v2

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// joinFragments puts the plaintexts of fragmented messages together: the last fragment seen gets the payloads. Of a message that
// lacks some, the first fragment gets the payloads in front of the hole. It may be called again when more is open.
func (s *solver) joinFragments() {
	s.holes = nil
	sets := make(map[fragmentKey][]*ikesa.Message)
	var order []fragmentKey
	for _, m := range s.sa.Messages {
		if m.State != ikesa.Opened || m.Plain == nil || fragment(m) == nil {
			continue
		}
		k := fragmentKey{m.Message.Exchange, m.MessageID, m.FromInitiator, m.Flags&ikev2.FlagResponse != 0}
		if sets[k] == nil {
			order = append(order, k)
		}
		sets[k] = append(sets[k], m)
	}
	for _, k := range order {
		if slices.ContainsFunc(sets[k], func(m *ikesa.Message) bool { return m.Joined > 0 }) {
			continue // by an earlier call
		}
		if missing, total := joinSet(sets[k]); len(missing) > 0 {
			s.holes = append(s.holes, hole{k, missing, total})
		}
	}
}

// joinSet joins the fragments of one message, which are in order of time, and returns the numbers of those that are missing.
func joinSet(ms []*ikesa.Message) (missing []uint16, total uint16) {
	parts := make(map[uint16]*ikesa.Message)
	for _, m := range ms {
		f := fragment(m)
		if f.Total > total {
			total, parts = f.Total, make(map[uint16]*ikesa.Message) // a sender may start again with smaller fragments
		}
		if f.Total == total && parts[f.Number] == nil {
			parts[f.Number] = m
		}
	}
	var plain []byte
	var last *ikesa.Message
	for n := 1; n <= int(total) && len(missing) < ikesa.MaxMissing; n++ {
		m := parts[uint16(n)]
		if m == nil {
			missing = append(missing, uint16(n))
			continue
		}
		if len(missing) == 0 {
			plain = append(plain, m.Plain...)
		}
		if last == nil || m.Frame > last.Frame {
			last = m
		}
	}
	if parts[1] == nil {
		return missing, total
	}
	if len(missing) > 0 {
		last = parts[1]
	}
	first, _ := decode.Find(parts[1].Message.Payloads, ikev2.PayloadSKF)
	inner, _, err := ikev2.Grammar.ParsePayloads(first.Next, plain)
	front := before(parts[1].Message.Payloads, ikev2.PayloadSKF)
	if len(missing) > 0 {
		// The payload that the hole cuts does not parse, and what is in front of it is all that there is.
		inner = slices.DeleteFunc(inner, func(p decode.Payload) bool { return p.Err != nil })
		last.Read(slices.Concat(front, inner))
		return missing, total
	}
	last.Joined, last.PayErr = int(total), err
	last.Plain, last.First = plain, first.Next
	last.Read(slices.Concat(front, inner))
	return nil, total
}

// lostFragments tells of the messages that lack fragments.
func (s *solver) lostFragments() {
	for _, h := range s.holes {
		g := ikesa.Gap{Code: ikesa.GapLost, Cause: ikesa.CauseFragments, Exchange: h.x, MessageID: h.id, Total: h.total}
		copy(g.Missing[:], h.missing)
		s.sa.AddGap(g)
	}
}
