package report

import (
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// An Outcome is how an exchange ended.
type Outcome struct {
	Code    negotiation.Code `json:"code"`
	Text    string           `json:"text"`
	Frame   int              `json:"frame,omitempty"`          // that shows it
	Deleted []int            `json:"deleted_frames,omitempty"` // in which what it established was deleted
	Notify  string           `json:"notify,omitempty"`         // the error that ended it: "NO-PROPOSAL-CHOSEN"
	From    string           `json:"notify_sender,omitempty"`  // "initiator" or "responder" of the IKE SA
	lists   bool             // Text has the notifications and deletions of the message, which is all there is of the exchange
}

func newOutcome(o *negotiation.Outcome) Outcome {
	return Outcome{Code: o.Code, Text: words.Outcome(o), Frame: o.Frame, Deleted: o.Deleted, Notify: words.ErrorOf(o), From: o.From.String(), lists: o.Note}
}

func side(initiator bool) string { return ike.SideOf(initiator).String() }
