package ikedecode

import (
	"bytes"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// indexFragments finds the IKE fragments by the frames in which they, and their repeats, are.
func (x *messageIndex) indexFragments(sas []*ikesa.SA) {
	x.fragments = make(map[int][]*Fragment)
	for _, sa := range sas {
		if sa.Conversation == nil {
			continue
		}
		for _, p := range sa.Parts() {
			f := &Fragment{Message: p.Message, Number: p.Number, Total: p.Total}
			if p.Whole != nil {
				f.Whole, f.Complete = p.Whole.Frame, true
			} else {
				f.Whole, f.Complete = clearWhole(sa, p)
			}
			x.addFragment(f)
		}
		x.indexFragments2(sa)
	}
}

// clearWhole is the frame with the message that p is a part of where the capture was made after decryption: the message takes the
// place of the fragment that completed it, unencrypted and with the same length. ok is false where there is none.
func clearWhole(sa *ikesa.SA, p exchange.Part) (frame int, ok bool) {
	if p.Inner == nil {
		return 0, false
	}
	for _, m := range sa.Messages {
		h := m.Header
		if m.State == ikesa.Clear && m.Frame > p.Frame && m.Src.Addr() == p.Src.Addr() && h.Exchange == p.Inner.Exchange &&
			h.MessageID == p.Inner.MessageID && h.Length == p.Inner.Length {
			return m.Frame, true
		}
	}
	return 0, false
}

// A fragmentKey names a message of IKEv2 in fragments.
type fragmentKey struct {
	exchange decode.ExchangeType
	id       uint32
	flags    decode.Flags
}

func fragmentKeyOf(m *ikesa.Message) fragmentKey {
	return fragmentKey{m.Message.Exchange, m.MessageID, m.Flags & (ikev2.FlagInitiator | ikev2.FlagResponse)}
}

func (x *messageIndex) indexFragments2(sa *ikesa.SA) {
	whole := make(map[fragmentKey]int)
	for _, m := range sa.Messages {
		if m.Joined > 0 {
			whole[fragmentKeyOf(m)] = m.Frame
		}
	}
	for _, m := range sa.Messages {
		p, ok := decode.Find(m.Message.Payloads, ikev2.PayloadSKF)
		if !ok || m.Joined > 0 {
			continue
		}
		if skf, ok := p.Body.(*ikev2.SKF); ok {
			frame, ok := whole[fragmentKeyOf(m)]
			x.addFragment(&Fragment{Message: m.Message, Number: int(skf.Number), Total: int(skf.Total), Whole: frame, Complete: ok})
		}
	}
}

func (x *messageIndex) addFragment(f *Fragment) {
	x.fragments[f.Message.Frame] = append(x.fragments[f.Message.Frame], f)
	for _, r := range f.Message.Repeats {
		x.fragments[r.Frame] = append(x.fragments[r.Frame], f)
	}
}

// fragment finds the fragment that a datagram is; nil where it is none, or has the whole message.
func (x *messageIndex) fragment(it *Item) *Fragment {
	d := it.Datagram
	if it.IKE != nil && it.IKE.Fragments > 0 && it.IKE.Frame == d.Frame {
		return nil
	}
	for _, f := range x.fragments[d.Frame] {
		if bytes.HasPrefix(d.Payload, f.Message.Raw) {
			return f
		}
	}
	return nil
}

// PartsBefore counts, of the packets in front of the part that the source was opened for (capture.OpenPart), the IKE fragments of messages that come
// together in the part, and those of them that are decrypted one by one (RFC 7383).
func (s *Session) PartsBefore() (parts, opened int) {
	for frame, list := range s.messages.fragments {
		for _, f := range list {
			if frame > 0 || !f.Complete || f.Whole <= 0 {
				continue
			}
			if parts++; f.Message.Major() == 2 {
				opened++
			}
		}
	}
	return parts, opened
}
