package ikedecode

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A messageIndex finds the messages of IKE SAs by the frames in which they, and their repeats, are.
type messageIndex struct {
	byFrame   []inFrame           // in order of frames
	fragments map[int][]*Fragment // by frame
}

// An inFrame is a message in one of the frames that it, or a repeat of it, came in.
type inFrame struct {
	frame   int
	message *ikesa.Message
}

func newMessageIndex(sas []*ikesa.SA) (x messageIndex) {
	x.indexFragments(sas)
	for _, sa := range sas {
		for _, m := range sa.Messages {
			x.byFrame = append(x.byFrame, inFrame{m.Frame, m})
			for _, r := range m.Repeats {
				x.byFrame = append(x.byFrame, inFrame{r.Frame, m})
			}
		}
	}
	slices.SortStableFunc(x.byFrame, func(a, b inFrame) int { return cmp.Compare(a.frame, b.frame) })
	return x
}

// find finds the message, or the fragment, that a datagram holds, and reports whether there is any.
func (x *messageIndex) find(it *Item) bool {
	d := it.Datagram
	at, _ := slices.BinarySearchFunc(x.byFrame, d.Frame, func(f inFrame, frame int) int { return cmp.Compare(f.frame, frame) })
	for ; at < len(x.byFrame) && x.byFrame[at].frame == d.Frame; at++ {
		m := x.byFrame[at].message
		if bytes.HasPrefix(d.Payload, m.Raw) || (m.Fragments > 0 && m.Frame == d.Frame) {
			it.IKE, it.Repeat = m, m.Frame != d.Frame
			break
		}
	}
	it.Fragment = x.fragment(it)
	return it.IKE != nil || it.Fragment != nil
}

// closed is how many messages, and fragments of messages that never came together, were not decrypted.
func (x *messageIndex) closed() (n int) {
	for _, f := range x.byFrame {
		if f.message.State == ikesa.Closed && f.frame == f.message.Frame {
			n++
		}
	}
	for _, list := range x.fragments {
		for _, f := range list {
			if !f.Complete {
				n++
			}
		}
	}
	return n
}
