package negotiation

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Exchanges that replace others: rekeyings, and second tries.

// Rekeying tells whether x replaces an SA. One that was not decrypted may: of IKEv2 by its type, of IKEv1 when another Quick Mode
// came before.
func (s *Story) Rekeying(x *ikesa.Exchange) (r Rekeying, ok bool) {
	if len(x.Messages) == 0 {
		return r, false
	}
	first, last := x.Messages[0], x.Messages[len(x.Messages)-1]
	r = Rekeying{Exchange: x, Start: first.Time, End: last.Time, ByInitiator: first.FromInitiator}
	if s.SA.Version == 2 {
		if x.Type != ikev2.ExchangeCreateChild || first.IsResponse() {
			return r, false
		}
		switch p := PurposeOf(x); {
		case p.RekeysIKE:
			r.What.IKE = true
		case p.Rekeys != nil:
			r.What.Child, r.OfChild = s.rekeyedChild(p.Rekeys), true
		case first.State != ikesa.Closed:
			return r, false // a new Child SA
		}
		return r, true
	}
	if x.Type != ikev1.ExchangeQuick || s.EarlierChild(x) == nil {
		return r, false
	}
	if c := x.Child; c != nil && !c.Implied && c.Asked.Known() {
		r.What.Traffic = TrafficOf(c)
	}
	return r, true
}

// ReplacedBy is the exchange, of the peer, that went through and replaced what x is about at the same time; nil: there is
// none.
func (s *Story) ReplacedBy(x *ikesa.Exchange) *ikesa.Exchange {
	r, ok := s.Rekeying(x)
	if !ok || !r.What.Known() {
		return nil
	}
	if o := s.spans().done[rekeyKey{byInitiator: !r.ByInitiator, what: r.What}].endingAt(r.Start); o != nil {
		return o.Exchange
	}
	return nil
}

// Crossed is the exchange, of the peer, that was under way at the same time as x, may replace the same SA, and has a response; nil: there is
// none. Neither of them need be decrypted.
func (s *Story) Crossed(x *ikesa.Exchange) *ikesa.Exchange {
	r, ok := s.Rekeying(x)
	if !ok {
		return nil
	}
	key := rekeyKey{byInitiator: !r.ByInitiator, what: r.What}
	if !r.What.Known() {
		return s.Met(x)
	}
	return s.crossing(x, r, key, rekeyKey{byInitiator: key.byInitiator})
}

// Met is likewise, of whatever SA: a peer that rekeys its IKE SA rejects the rekeying of a Child SA, and the other way about (RFC 7296, section 2.25).
func (s *Story) Met(x *ikesa.Exchange) *ikesa.Exchange {
	r, ok := s.Rekeying(x)
	if !ok {
		return nil
	}
	return s.crossing(x, r, rekeyKey{byInitiator: !r.ByInitiator, any: true})
}

// crossing is the first exchange with one of the keys that was under way at the same time as x.
func (s *Story) crossing(x *ikesa.Exchange, r Rekeying, keys ...rekeyKey) *ikesa.Exchange {
	var first *Rekeying
	for _, k := range keys {
		o := s.spans().answered[k].endingAt(r.Start)
		if o != nil && !o.Start.After(lastSent(x)) && (first == nil || o.Start.Before(first.Start)) {
			first = o
		}
	}
	if first == nil {
		return nil
	}
	return first.Exchange
}

// spans are the rekeyings of the IKE SA.
func (s *Story) spans() *rekeySpans {
	if s.rekeys != nil {
		return s.rekeys
	}
	s.rekeys = &rekeySpans{make(map[rekeyKey]*spans), make(map[rekeyKey]*spans)}
	var list []Rekeying
	for _, x := range s.Exchanges() {
		if r, ok := s.Rekeying(x); ok {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b Rekeying) int { return a.Start.Compare(b.Start) })
	add := func(to map[rekeyKey]*spans, k rekeyKey, r Rekeying) {
		if to[k] == nil {
			to[k] = &spans{}
		}
		to[k].add(r)
	}
	for _, r := range list {
		k := rekeyKey{byInitiator: r.ByInitiator, what: r.What}
		if s.Outcome(r.Exchange).Code == Established {
			add(s.rekeys.done, k, r)
		}
		if !OneSided(r.Exchange) {
			add(s.rekeys.answered, k, r)
			k.what, k.any = Replaced{}, true
			add(s.rekeys.answered, k, r)
		}
	}
	return s.rekeys
}

// lastSent is when the last message of an exchange was sent, anew or again.
func lastSent(x *ikesa.Exchange) time.Time {
	last := x.Messages[len(x.Messages)-1]
	if n := len(last.Repeats); n > 0 {
		return last.Repeats[n-1].Time
	}
	return last.Time
}

// rekeyedChild is the Child SA that REKEY_SA names by its pair of SPIs: each side names the one that it receives on (RFC 7296,
// section 1.3.3).
func (s *Story) rekeyedChild(n *ikev2.Notify) *ikesa.Child {
	spi, ok := ike.ParseChildSPI(n.SPI)
	if !ok {
		return nil
	}
	if s.bySPI == nil {
		s.bySPI = make(map[uint32]*ikesa.Child)
		for _, c := range slices.Backward(s.SA.Children) { // of two the first
			for _, d := range c.SAs {
				s.bySPI[d.SPI] = c
			}
		}
	}
	return s.bySPI[uint32(spi)]
}

// RekeyedKey is the SA that the REKEY_SA of an exchange names.
func RekeyedKey(x *ikesa.Exchange) (k ChildKey, ok bool) {
	n := PurposeOf(x).Rekeys
	if n == nil {
		return k, false
	}
	proto, child := espProtocols[n.Protocol]
	spi, ok := ike.ParseChildSPI(n.SPI)
	return ChildKey{Protocol: proto, SPI: uint32(spi)}, ok && child
}

// EarlierChild is the last Quick Mode before x for the same selectors that went through; one that was not decrypted may be for any.
func (s *Story) EarlierChild(x *ikesa.Exchange) *ikesa.Exchange {
	if s.earlier == nil {
		s.findEarlier()
	}
	return s.earlier[x]
}

func (s *Story) findEarlier() {
	s.earlier = make(map[*ikesa.Exchange]*ikesa.Exchange)
	const none = -1
	last, closed, all := make(map[TrafficKey]int), none, none // the last one for some traffic, that was not decrypted, and of all
	for i, x := range s.SA.Exchanges {
		if x.Type != ikev1.ExchangeQuick {
			continue
		}
		at, k := all, TrafficKey{}
		if x.Child != nil {
			k, at = TrafficOf(x.Child), closed
			if same, ok := last[k]; ok {
				at = max(same, closed)
			}
		}
		if at != none {
			s.earlier[x] = s.SA.Exchanges[at]
		}
		if o := s.Outcome(x); len(x.Messages) >= 2 && o != nil && (o.Code == Established || o.Code == Closed) {
			if all = i; x.Child != nil {
				last[k] = i
			} else {
				closed = i
			}
		}
	}
}

// TriedAgain reports whether what m rejects may have gone through later: in the same exchange, or of CREATE_CHILD_SA in another one. A response that is
// truncated may have accepted it, and so may one that is missing, where the peer went on after it.
func (s *Story) TriedAgain(x *ikesa.Exchange, m *ikesa.Message) bool {
	if s.Retried && x.Type == ikev2.ExchangeSAInit {
		return true
	}
	for _, y := range s.Exchanges() {
		if y.Type != x.Type {
			if x.Type == ikev2.ExchangeSAInit && y.Type == ikev2.ExchangeAuth {
				return true
			}
			continue
		}
		if y != x && s.wentOnAfter(y, m) {
			return true
		}
		for _, a := range y.Messages {
			if a != m && !a.Time.Before(m.Time) && a.IsResponse() && (a.Offer() != nil || a.Cut) {
				return true
			}
		}
	}
	return false
}

// wentOnAfter reports whether who started x, after m, without a response in the capture had one: it started another exchange (RFC 7296, section 2.3, with
// a window of one, as all have).
func (s *Story) wentOnAfter(x *ikesa.Exchange, m *ikesa.Message) bool {
	first := x.Messages[0]
	if first.IsResponse() || first.Time.Before(m.Time) || slices.ContainsFunc(x.Messages, func(a *ikesa.Message) bool { return a.IsResponse() }) {
		return false
	}
	return slices.ContainsFunc(s.SA.Messages, func(a *ikesa.Message) bool {
		return !a.IsResponse() && a.FromInitiator == first.FromInitiator && a.MessageID > first.MessageID
	})
}

// RekeyedBefore reports whether another IKE SA had replaced this one, of IKEv2, before m.
func (s *Story) RekeyedBefore(m *ikesa.Message) bool {
	for _, x := range s.Exchanges() {
		if _, _, _, ok := NewSPIs(x); ok && !x.Messages[0].Time.After(m.Time) {
			return true
		}
	}
	return false
}
