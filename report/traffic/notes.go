package traffic

import (
	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
)

// maxNoted bounds the SAs with a note, each counted for each of its notes.
const maxNoted = 4096

// Notes counts what is odd in the packets of each SA that decrypted packets and passed the check.
type Notes struct {
	at     map[noteKey]*Noted
	byNote map[esp.Note][]*Noted
}

type noteKey struct {
	sa   *esp.SA
	note esp.Note
}

// A Noted is the packets of an SA that have a note.
type Noted struct {
	SA                   *esp.SA
	Packets, First, Last int // frames
}

// Of are the SAs with a note, in the order in which their first packets with it came.
func (w *Notes) Of(note esp.Note) []*Noted { return w.byNote[note] }

func (w *Notes) item(it *ikedecode.Item) {
	o := it.Opened
	if o == nil || o.SA == nil || !o.Verified {
		return
	}
	for rest := o.Notes; rest != 0; rest &= rest - 1 {
		n := w.noted(o.SA, rest&-rest, it.Datagram.Frame)
		n.Packets++
		n.Last = it.Datagram.Frame
	}
}

func (w *Notes) noted(sa *esp.SA, note esp.Note, frame int) *Noted {
	k := noteKey{sa, note}
	n := w.at[k]
	if n == nil {
		if w.at == nil {
			w.at, w.byNote = make(map[noteKey]*Noted), make(map[esp.Note][]*Noted)
		}
		n = &Noted{SA: sa, First: frame}
		if len(w.at) < maxNoted {
			w.at[k] = n
			w.byNote[note] = append(w.byNote[note], n)
		}
	}
	return n
}
