package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Views of sessions that show most of what they can show.
func TestTimelineViews(t *testing.T) {
	for _, name := range []string{
		"v1-main-psk-multi-proposals", "v1-xauth-modecfg", "v2-mlkem", "fail-phase1-proposal", "v1-main-psk-nat", "fail-no-answer",
	} {
		t.Run(name, func(t *testing.T) {
			dir := session2(t, name)
			s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
			timeline := NewTimeline(s)
			for i := range timeline.SAs {
				timeline.SAs[i].Proofs = nil // they are the business of keys/ikesa
			}
			golden(t, name+".ladder", textOf(t, timeline.Show(TimelineView{Format: FormatLadder})))
			golden(t, name+".mermaid", textOf(t, timeline.Show(TimelineView{Format: FormatMermaid, Times: TimesDelta})))
			golden(t, name+".markdown", textOf(t, timeline.Show(TimelineView{Format: FormatMarkdown, Times: TimesAbsolute})))
		})
	}
}

// No line of text is longer than the page, in no view of any session, and not where packets hold the longest and the worst.
func TestViewsFitThePage(t *testing.T) {
	all := allTimelines(t)
	late := hostileTimeline()
	for i := range late.SAs {
		for k := range late.SAs[i].Exchanges[0].Messages {
			m := &late.SAs[i].Exchanges[0].Messages[k]
			m.Frame, m.Offset, m.Delta = 123456789012, 98765432109.5, -98765432109.5
			m.Time = time.Date(2100, 1, 1+k, 23, 59, 59, 0, time.UTC)
		}
	}
	all["late"] = late
	for name, timeline := range all {
		for _, format := range []string{FormatText, FormatLadder} {
			for _, times := range []string{TimesRelative, TimesAbsolute, TimesDelta} {
				for _, verbose := range []bool{false, true} {
					v := TimelineView{format, times, verbose}
					text := textOf(t, timeline.Show(v))
					checkPage(t, fmt.Sprint(name, v), text)
					if !utf8.ValidString(text) {
						t.Errorf("%s %v: not UTF-8", name, v)
					}
					if format == FormatLadder {
						checkLadder(t, name, text)
					}
				}
			}
		}
	}
}

// checkLadder wants both lines of each ladder in the same columns from its first message to its end.
func checkLadder(t *testing.T, name, text string) {
	t.Helper()
	left, begun, ladders := 0, false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if head, _, ok := strings.Cut(line, " time  "); ok && strings.HasSuffix(strings.TrimRight(head, " "), "frame") {
			left, begun = len(head)+len(" time  "), false
			continue
		}
		r := []rune(line)
		inside := left > 0 && len(r) == Width && r[left] == '|' && r[Width-1] == '|'
		switch {
		case inside && !begun:
			begun, ladders = true, ladders+1
		case line == "":
			left, begun = 0, false
		case begun && !inside:
			t.Fatalf("%s: not between two lines: %s", name, line)
		}
	}
	if want := strings.Count(text, " time  "); ladders < want {
		t.Errorf("%s: %d ladders under %d heads", name, ladders, want)
	}
}

// Colour changes the look of a ladder alone.
func TestLadderColor(t *testing.T) {
	timeline := hostileTimeline()
	var b strings.Builder
	if err := timeline.Show(TimelineView{Format: FormatLadder})(NewPrinter(&b, true)); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, code := range sgr {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	if text = strings.ReplaceAll(text, "\x1b[0m", ""); text != textOf(t, timeline.Show(TimelineView{Format: FormatLadder})) {
		t.Error("without its codes the coloured ladder differs")
	}
	if !strings.Contains(b.String(), "\x1b["+sgr[Bad]+"m") {
		t.Error("nothing is red")
	}
}

// A message that was sent again has one line that tells how often and until when.
func TestResentIsFolded(t *testing.T) {
	dir := filepath.Join(pcaps, "fail-no-answer")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"))
	timeline := NewTimeline(s)
	for _, format := range []string{FormatText, FormatLadder, FormatMermaid, FormatMarkdown} {
		text := textOf(t, timeline.Show(TimelineView{Format: format}))
		if strings.Count(text, "resent 2 times until +11.2 s") != 1 {
			t.Errorf("%s does not tell of what was resent:\n%s", format, text)
		}
	}
	ladder := textOf(t, timeline.Show(TimelineView{Format: FormatLadder}))
	if strings.Count(ladder, "VID") != 1 || !strings.Contains(ladder, "-x|") {
		t.Errorf("one arrow that ends in x:\n%s", ladder)
	}
}

// Addresses and ports that change are told where they change, and only there.
func TestMoves(t *testing.T) {
	at := func(sender, src, dst string, second int) Message {
		return Message{Sender: sender, Src: src, Dst: dst, Time: time.Unix(int64(second), 0)}
	}
	s := TimelineSA{Exchanges: []Exchange{
		{Messages: []Message{
			at("initiator", "10.0.0.1:500", "10.0.0.2:500", 1), at("responder", "10.0.0.2:500", "10.0.0.1:500", 2),
			at("initiator", "10.0.0.9:4500", "10.0.0.2:4500", 7),
		}},
		{Messages: []Message{
			at("initiator", "10.0.0.1:4500", "10.0.0.2:4500", 3), at("responder", "10.0.0.2:4500", "10.0.0.1:4500", 4),
			at("responder", "10.0.0.3:4500", "10.0.0.1:4500", 5), at("initiator", "10.0.0.1:1024", "10.0.0.3:4500", 6),
		}},
	}}
	s.noteMoves()
	var got []string
	for _, st := range s.steps() {
		got = append(got, st.message.Moved)
	}
	want := []string{
		"", "", "both sides move from port 500 to 4500", "", "the responder moves from 10.0.0.2:4500 to 10.0.0.3:4500",
		"the initiator moves from port 4500 to 1024",
		"the initiator moves from 10.0.0.1:1024 to 10.0.0.9:4500, the responder from 10.0.0.3:4500 to 10.0.0.2:4500",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// A ladder goes by time: where exchanges overlap, it says which one goes on. A new day is told where times are absolute.
func TestStepsInOrderOfTime(t *testing.T) {
	message := func(frame int, at time.Time) Message {
		return Message{Frame: frame, Sender: "initiator", Time: at, State: "clear"}
	}
	night := time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)
	timeline := &Timeline{SAs: []TimelineSA{{Exchanges: []Exchange{
		{Type: "first", StartedBy: "initiator", Messages: []Message{message(1, night), message(3, night.Add(2*time.Second))}},
		{Type: "second", StartedBy: "initiator", Messages: []Message{message(2, night.Add(time.Second)), message(4, night.Add(3*time.Second))}},
	}}}}
	text := textOf(t, timeline.Show(TimelineView{Format: FormatLadder, Times: TimesAbsolute}))
	last := -1
	for _, want := range []string{
		"first: ", "1 23:59:59.000000", "2026-03-01 UTC", "second: ", "2 00:00:00.000000", "first, continued", "3 00:00:01.000000",
		"second, continued", "4 00:00:02.000000",
	} {
		at := strings.Index(text, want)
		if at <= last {
			t.Fatalf("%q is not where it belongs in\n%s", want, text)
		}
		last = at
	}
	delta := textOf(t, timeline.Show(TimelineView{Times: TimesDelta}))
	if strings.Count(delta, "+1.000000") != 3 {
		t.Errorf("each message comes a second after the one before in the IKE SA:\n%s", delta)
	}
}
