package diagnose

import (
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// An asked is an exchange that asks for a Child SA, or may.
type asked struct {
	sa       *ikesa.SA
	exchange *ikesa.Exchange
}

// An askings is all of them.
type askings struct {
	by      map[*ikesa.Message]asked           // by each of their messages
	retries map[*ikesa.Exchange]*ikesa.Message // see closedRetry
}

// asks finds the exchanges that ask for Child SAs.
func (d *diagnosis) asks() *askings {
	if d.asking != nil {
		return d.asking
	}
	d.asking = &askings{make(map[*ikesa.Message]asked), make(map[*ikesa.Exchange]*ikesa.Message)}
	for _, s := range d.Stories() {
		var list []*ikesa.Exchange
		for _, x := range s.Exchanges() {
			if len(x.Messages) == 0 || !negotiation.AsksForChild(x) {
				continue
			}
			list = append(list, x)
			for _, m := range x.Messages {
				d.asking.by[m] = asked{s.SA, x}
			}
		}
		d.asking.findRetries(s, list)
	}
	return d.asking
}

// findRetries finds for each of the exchanges of an IKE SA that ask for a Child SA what closedRetry is, from the last one back.
func (a *askings) findRetries(s *negotiation.Story, list []*ikesa.Exchange) {
	slices.SortStableFunc(list, func(x, y *ikesa.Exchange) int { return x.Messages[0].Time.Compare(y.Messages[0].Time) })
	next := make(map[bool]*ikesa.Exchange)   // the one behind, by whether the initiator asks
	through := make(map[bool]*ikesa.Message) // the first message of the next one that set up something
	for _, x := range slices.Backward(list) {
		side := x.Messages[0].FromInitiator
		y := next[side]
		switch {
		case x.Type == ikev2.ExchangeAuth:
			a.retries[x] = through[side]
			continue
		case y == nil:
		case wentThrough(s, y):
			a.retries[x] = y.Messages[0]
		case len(y.Messages[0].Raw) == len(x.Messages[0].Raw):
			a.retries[x] = a.retries[y]
		}
		if next[side] = x; wentThrough(s, x) {
			through[side] = x.Messages[0]
		}
	}
	for i := 0; i < len(list); {
		n := windowFrom(s, list[i:])
		for k, x := range list[i : i+n] {
			a.retries[x] = nil
			if behind := i + n + k; behind < len(list) && wentThrough(s, list[behind]) && list[behind].Messages[0].FromInitiator == x.Messages[0].FromInitiator {
				a.retries[x] = list[behind].Messages[0]
			}
		}
		i += max(n, 1)
	}
}

// windowFrom is how many CREATE_CHILD_SA at the start of list one side sent without waiting for the responses to those before, all of which reject; 0: no
// more than one. That takes a window of more than one request (RFC 7296, section 2.3), and the next of them is no retry of the one before: retries come
// behind all, in the same order.
func windowFrom(s *negotiation.Story, list []*ikesa.Exchange) int {
	rejected := func(x *ikesa.Exchange) bool { return x.Type == ikev2.ExchangeCreateChild && rejectedByLength(s.SA, x) }
	for n := 1; ; n++ {
		before := list[n-1]
		if n < len(list) && rejected(before) && rejected(list[n]) && list[n].Messages[0].FromInitiator == before.Messages[0].FromInitiator &&
			list[n].Messages[0].Time.Before(before.Messages[len(before.Messages)-1].Time) {
			continue
		}
		if n > 1 {
			return n
		}
		return 0
	}
}

// closedRetry is the first message of the next CREATE_CHILD_SA or Quick Mode of the side that started x, where it set up something, as far as lengths tell;
// requests as long as that of x that are rejected as well are passed over. nil: there is none.
func (d *diagnosis) closedRetry(x *ikesa.Exchange) *ikesa.Message { return d.asks().retries[x] }

// wentThrough reports whether an exchange that was not decrypted set up something: the response of a CREATE_CHILD_SA is too long for a notification, a Quick
// Mode has its three messages.
func wentThrough(s *negotiation.Story, x *ikesa.Exchange) bool {
	if s.SA.Version == 1 {
		o := s.Outcome(x)
		return o.Code == negotiation.Closed && o.Whole
	}
	last := x.Messages[len(x.Messages)-1]
	return last.IsResponse() && (last.Cut || exceedsError(s.SA, last))
}

// askedIn is the exchange of an IKE SA with some frames that asked for a Child SA and set none up; nil: there is none.
func (d *diagnosis) askedIn(sa *ikesa.SA, frames []int) *ikesa.Exchange {
	for _, n := range frames {
		if a := d.asks().by[d.Message(n)]; a.sa == sa && (a.exchange.Child == nil || !a.exchange.Child.Complete) {
			return a.exchange
		}
	}
	return nil
}
