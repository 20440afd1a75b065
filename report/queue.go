package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// A Queue is the place of a Child SA among those with the same traffic selectors at once: each is for a CPU or another resource (RFC 9611).
type Queue struct {
	Number int  `json:"number"` // from 1
	Of     int  `json:"of"`
	Likely bool `json:"likely,omitempty"` // no peer says so, but their traffic
	// InitiatorResource and ResponderResource are what the peers of the negotiation bind it to, in their own words.
	InitiatorResource string `json:"initiator_resource,omitempty"`
	ResponderResource string `json:"responder_resource,omitempty"`
}

// newQueue describes the place of a Child SA; nil where it has none.
func newQueue(q *negotiation.Queue) *Queue {
	if q == nil {
		return nil
	}
	return &Queue{q.Number, q.Count, !q.Sure(), words.Resource(q.Resources[0]), words.Resource(q.Resources[1])}
}

// Text is "queue 3 of 4", with the resource that each peer names.
func (q *Queue) Text() string {
	s := fmt.Sprintf("queue %d of %d", q.Number, q.Of)
	if q.Likely {
		s += ", most likely for a CPU each"
	}
	if q.InitiatorResource != "" {
		s += ", initiator's resource " + q.InitiatorResource
	}
	if q.ResponderResource != "" {
		s += ", responder's resource " + q.ResponderResource
	}
	return s
}

// nameQueues says of the children of an IKE SA which of several at once they are.
func (x *Reading) nameQueues(t *TimelineSA, story *negotiation.Story) {
	i := 0
	for _, e := range story.Exchanges() {
		if len(e.Messages) == 0 {
			continue
		}
		if r := &t.Exchanges[i]; e.Child != nil && r.Child != nil {
			r.Child.Queue = newQueue(x.Queue(e.Child))
		}
		i++
	}
}
