package report

import (
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// A responder of IKEv2 sends nothing by itself: an answer that came twice answers two requests, or was duplicated.
func TestAnswersSentAgain(t *testing.T) {
	const plain = "v2-psk-aes128-sha256"
	again := func(frames ...int) func([]*capture.Packet) []*capture.Packet {
		return func(ps []*capture.Packet) (out []*capture.Packet) {
			for _, p := range ps {
				if out = append(out, p); p.Number > frames[len(frames)-1] {
					continue
				}
				p.Time = p.Time.Add(-time.Minute)
				if p.Number < frames[len(frames)-1] {
					continue
				}
				for i, n := range frames {
					copied := *ps[n-1]
					copied.Time = p.Time.Add(time.Duration(i+1) * time.Second)
					out = append(out, &copied)
				}
			}
			return out
		}
	}
	for name, c := range map[string]struct {
		session string
		change  func([]*capture.Packet) []*capture.Packet
		want    string
	}{
		"another COOKIE":         {"path-cookie", func(ps []*capture.Packet) []*capture.Packet { return ps }, "frame 4 of 192.0.2.2 in IKE_SA_INIT: retransmitted once in 11 ms, also in response to frame 5"},
		"the answer alone":       {plain, again(2), "frame 2 of 192.0.2.2 in IKE_SA_INIT: captured twice, but its request once: duplicated by the network or the capture"},
		"the request and answer": {plain, again(1, 2), "frame 2 of 192.0.2.2 in IKE_SA_INIT: retransmitted once in 2.0 s, because its request was retransmitted"},
	} {
		t.Run(name, func(t *testing.T) {
			s, w := analyzed(t, edited(t, c.session, c.change))
			d := Diagnose(s, w)
			list := withCode(d, "retransmissions")
			if len(list) != 1 || !strings.Contains(strings.Join(list[0].Details, "\n")+"\n", c.want+"\n") {
				t.Errorf("%+v", list)
			}
		})
	}
}

// A capture without times does not tell copies from retransmissions: nothing is a copy because it comes at the same time.
func TestResentWithoutTimes(t *testing.T) {
	s, w := analyzed(t, edited(t, "v2-psk-aes128-sha256", func(ps []*capture.Packet) (out []*capture.Packet) {
		for _, p := range ps {
			p.Time = time.Unix(0, 0)
			if out = append(out, p); p.Number == 1 {
				again := *p
				out = append(out, &again)
			}
		}
		return out
	}))
	d := Diagnose(s, w)
	if got := withCode(d, "mirrored"); len(got) != 0 {
		t.Errorf("copies: %+v", got)
	}
	list := withCode(d, "retransmissions")
	if want := "frame 1 of 192.0.2.1 in IKE_SA_INIT: retransmitted once, response in frame 3"; len(list) != 1 || !strings.Contains(strings.Join(list[0].Details, "\n"), want) {
		t.Errorf("%+v", list)
	}
	if text := textOf(t, NewTimeline(s)); strings.Contains(text, "+0.0 s") || !strings.Contains(text, "retransmitted once: frame 2") {
		t.Errorf("timeline: %s", text)
	}
}
