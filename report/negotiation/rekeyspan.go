package negotiation

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Rekeying is an exchange that replaces something, as far as it can be told.
type Rekeying struct {
	Exchange    *ikesa.Exchange
	Start, End  time.Time
	What        Replaced
	OfChild     bool // IKEv2: it names a Child SA by its SPI, whether that is known or not
	ByInitiator bool
}

// A Replaced is what an exchange replaces; zero where it is not decrypted.
type Replaced struct {
	IKE     bool         // the IKE SA
	Child   *ikesa.Child // of IKEv2
	Traffic TrafficKey   // of IKEv1, whose children are known by what they carry
}

// Known reports whether the exchange shows what it replaces.
func (r Replaced) Known() bool { return r != Replaced{} }

// Same reports whether both exchanges replace the same, as far as it can be told.
func (r *Rekeying) Same(o *Rekeying) bool {
	if r.OfChild && o.What.IKE || r.What.IKE && o.OfChild {
		return false
	}
	return r.What == o.What || !r.What.Known() || !o.What.Known()
}

// A TrafficKey is the traffic of a child of IKEv1, whoever started it: of the IKE SA's initiator and of its responder.
type TrafficKey [2]ike.SelectorsKey

// TrafficOf is the traffic of a child of IKEv1.
func TrafficOf(c *ikesa.Child) TrafficKey {
	a, b := c.Asked.Initiator, c.Asked.Responder
	if !c.FromInitiator {
		a, b = b, a
	}
	return TrafficKey{a.Key(), b.Key()}
}

// rekeySpans finds rekeyings by when they were under way.
type rekeySpans struct {
	answered map[rekeyKey]*spans // those with a response
	done     map[rekeyKey]*spans // those that went through
}

// A rekeyKey is what rekeyings have in common: the side that started them, and what they replace, or with any whatever it is.
type rekeyKey struct {
	byInitiator bool
	what        Replaced
	any         bool
}

// spans are some rekeyings in order of their start, each with the latest end of those up to it.
type spans struct {
	list []Rekeying
	ends []time.Time
}

// endingAt is the first one that ends at a time or after; nil: none does. s may be nil.
func (s *spans) endingAt(t time.Time) *Rekeying {
	if s == nil {
		return nil
	}
	i, _ := slices.BinarySearchFunc(s.ends, t, time.Time.Compare)
	if i == len(s.ends) {
		return nil
	}
	return &s.list[i]
}

// add puts the next rekeying behind the others.
func (s *spans) add(r Rekeying) {
	end := r.End
	if n := len(s.ends); n > 0 && s.ends[n-1].After(end) {
		end = s.ends[n-1]
	}
	s.list, s.ends = append(s.list, r), append(s.ends, end)
}
