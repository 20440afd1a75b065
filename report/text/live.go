package text

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A LiveTimeline writes the messages of a timeline one by one, as they come: a line for the IKE SA and one for the exchange where they are
// others than before, the message with its details, and the outcome of its exchange once there is one.
type LiveTimeline struct {
	p    *Printer
	view report.TimelineView
	sa   string
	at   string // the exchange
	told map[string]string
}

// NewLiveTimeline returns a timeline that is written to p.
func NewLiveTimeline(p *Printer, v report.TimelineView) *LiveTimeline {
	return &LiveTimeline{p: p, view: v, told: make(map[string]string)}
}

// maxTold bounds the exchanges whose outcome is remembered.
const maxTold = 10_000

// Message writes the message in a frame. s is its IKE SA as it is known now.
func (t *LiveTimeline) Message(s *report.TimelineSA, frame int) error {
	x, i := s.Find(frame)
	if x == nil {
		return t.p.Err()
	}
	t.head(s)
	at := t.sa + " " + x.Title() + string(x.StartedBy)
	if at != t.at {
		t.p.line(2, 4, styled(bold, x.Title()), plain(", by the "+string(x.StartedBy)))
		t.at = at
	}
	said, clock := s.Said(), s.Clock(t.view)
	message(t.p, &x.Messages[i], t.view, clock)
	for _, r := range x.Details(i, t.view.Verbose, said) {
		remark(t.p, &r)
	}
	t.outcome(at, x)
	return t.p.Err()
}

// head writes the name of an IKE SA, where it is not that of the last message.
func (t *LiveTimeline) head(s *report.TimelineSA) {
	name := s.Name()
	if name == t.sa {
		return
	}
	if begun, _ := strings.CutSuffix(t.sa, ike.SPI{}.String()); t.sa != "" && !(len(begun) < len(t.sa) && strings.HasPrefix(name, begun)) {
		t.p.blank()
		t.at = ""
	}
	t.p.line(0, 2, styled(bold, name), plain(fmt.Sprintf(", IKEv%d, %s", s.Version, s.From(t.view))))
	t.at = strings.Replace(t.at, t.sa, name, 1)
	t.sa = name
}

// outcome writes how an exchange ended, once: that a response is still to come is no outcome.
func (t *LiveTimeline) outcome(at string, x *report.Exchange) {
	switch x.Outcome.Code {
	case negotiation.Established, negotiation.Done, negotiation.Failed:
	default:
		return
	}
	if t.told[at] == x.Outcome.Text {
		return
	}
	if len(t.told) >= maxTold {
		clear(t.told)
	}
	t.told[at] = x.Outcome.Text
	t.p.line(4, 6, styled(toneStyles[x.Outcome.Tone()], x.Outcome.Text))
	if x.Child != nil {
		for _, r := range x.Child.Remarks(nil) {
			t.p.line(6, 8, styled(toneStyles[r.Tone], r.Text))
		}
	}
}

// End writes what there is to say of the capture as a whole.
func (t *LiveTimeline) End(all *report.Timeline) error {
	if t.sa != "" {
		t.p.blank()
	}
	timelineHead(t.p, all, t.view)
	return t.p.Err()
}
