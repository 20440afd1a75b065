package text

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
	"github.com/ikedecode/ikedecode/report/internal/reporttest"
)

func timelineText(t *testing.T, width int, timeline *report.Timeline, v report.TimelineView) string {
	t.Helper()
	return textOf(t, width, func(p *Printer) error { return Timeline(p, timeline, v) })
}

func ladderText(t *testing.T, width int, timeline *report.Timeline, v report.TimelineView) string {
	t.Helper()
	return textOf(t, width, func(p *Printer) error { return Ladder(p, timeline, v) })
}

func TestTimeline2Golden(t *testing.T) {
	for _, name := range []string{
		"v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-rsa-certs-frag", "v2-eap-nat-esn", "v2-mlkem", "v2-libreswan-cbc",
		"fail-v2-auth", "fail-v2-ts",
	} {
		t.Run(name, func(t *testing.T) {
			dir := reporttest.Session(t, name)
			s, _ := reporttest.Analyzed(t, dir, filepath.Join(dir, "gwa.log"))
			timeline := report.NewTimeline(s)
			for i := range timeline.SAs {
				timeline.SAs[i].Proofs = nil // they are the business of keys/ikesa, as are checks of AUTH
				for _, x := range timeline.SAs[i].Exchanges {
					for k := range x.Messages {
						x.Messages[k].Hash = nil
					}
				}
			}
			reporttest.Golden(t, name+".timeline", timelineText(t, 100, timeline, report.TimelineView{}))
		})
	}
}

// Ladders of sessions that show most of what they can show.
func TestLadderGolden(t *testing.T) {
	for _, name := range []string{
		"v1-main-psk-multi-proposals", "v1-xauth-modecfg", "v2-mlkem", "fail-phase1-proposal", "v1-main-psk-nat", "fail-no-answer",
	} {
		t.Run(name, func(t *testing.T) {
			dir := reporttest.Session(t, name)
			s, _ := reporttest.Analyzed(t, dir, filepath.Join(dir, "gwa.log"))
			timeline := report.NewTimeline(s)
			for i := range timeline.SAs {
				timeline.SAs[i].Proofs = nil // they are the business of keys/ikesa
			}
			reporttest.Golden(t, name+".ladder", ladderText(t, 100, timeline, report.TimelineView{}))
		})
	}
}

// lateTimeline is hostile, and has the longest numbers and times.
func lateTimeline() *report.Timeline {
	late := reporttest.HostileTimeline()
	for i := range late.SAs {
		for k := range late.SAs[i].Exchanges[0].Messages {
			m := &late.SAs[i].Exchanges[0].Messages[k]
			m.Frame, m.Offset, m.Delta = math.MaxInt>>26, 98765432109.5, -98765432109.5
			m.Time = time.Date(2100, 1, 1+k, 23, 59, 59, 0, time.UTC)
		}
	}
	return late
}

// No line of text is longer than the terminal, in no view of any session, and not where packets hold the longest and the worst.
// Elsewhere no record is broken.
func TestViewsFitTheTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	all := reporttest.Timelines(t)
	all["late"] = lateTimeline()
	for name, timeline := range all {
		for i, width := range append(widths, 0) {
			v := report.TimelineView{Times: []string{report.TimesRelative, report.TimesAbsolute, report.TimesDelta}[i%3], Verbose: i%2 == 1}
			text, ladder := timelineText(t, width, timeline, v), ladderText(t, width, timeline, v)
			name := fmt.Sprint(name, " ", width, v)
			checkWidth(t, name, text, width)
			checkWidth(t, name, ladder, width)
			if !utf8.ValidString(text + ladder) {
				t.Errorf("%s: not UTF-8", name)
			}
			if width > 0 {
				checkLadder(t, name, ladder, width)
				continue
			}
			for _, s := range timeline.SAs {
				for _, x := range s.Exchanges {
					checkWhole(t, name, text, x.Title()+", by the "+string(x.StartedBy)+": "+x.Outcome.Text)
					for k := range x.Messages {
						for _, r := range x.Details(k, v.Verbose, s.Said()) {
							checkWhole(t, name, text, r.Text)
						}
						for _, r := range x.Facts(k) {
							checkWhole(t, name, ladder, r.Text)
						}
					}
				}
			}
		}
	}
}

// checkLadder wants both lines of each ladder in the same columns from its first message to its end.
func checkLadder(t *testing.T, name, text string, width int) {
	t.Helper()
	left, begun, ladders := 0, false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if head, _, ok := strings.Cut(line, " time  "); ok && strings.HasSuffix(strings.TrimRight(head, " "), "frame") {
			left, begun = len(head)+len(" time  "), false
			continue
		}
		inside := left > 0 && len(line) > left && columns.Width(line) == width && line[left] == '|' && line[len(line)-1] == '|'
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
	timeline := reporttest.HostileTimeline()
	var b strings.Builder
	if err := Ladder(NewPrinter(&b, Options{Color: true, Width: 100}), timeline, report.TimelineView{}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, code := range sgr {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	if text = strings.ReplaceAll(text, "\x1b[0m", ""); text != ladderText(t, 100, timeline, report.TimelineView{}) {
		t.Error("without its codes the coloured ladder differs")
	}
	if !strings.Contains(b.String(), "\x1b["+sgr[bad]+"m") {
		t.Error("nothing is red")
	}
}

// A message that was sent again has one line that tells how often and until when.
func TestResentIsFolded(t *testing.T) {
	s, _ := reporttest.Analyzed(t, reporttest.Session(t, "fail-no-answer"))
	timeline := report.NewTimeline(s)
	ladder := ladderText(t, 100, timeline, report.TimelineView{})
	for _, text := range []string{ladder, timelineText(t, 100, timeline, report.TimelineView{})} {
		if strings.Count(text, "retransmitted twice until +11.2 s") != 1 {
			t.Errorf("what was resent is not told:\n%s", text)
		}
	}
	if strings.Count(ladder, "VID") != 1 || !strings.Contains(ladder, "-x|") {
		t.Errorf("one arrow that ends in x:\n%s", ladder)
	}
}

// A ladder goes by time: where exchanges overlap, it says which one goes on. A new day is told where times are absolute.
func TestStepsInOrderOfTime(t *testing.T) {
	message := func(frame int, at time.Time) report.Message {
		return report.Message{Frame: frame, Sender: "initiator", Time: at, State: "clear"}
	}
	night := time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)
	timeline := &report.Timeline{SAs: []report.TimelineSA{{Exchanges: []report.Exchange{
		{Type: "first", StartedBy: "initiator", Messages: []report.Message{message(1, night), message(3, night.Add(2*time.Second))}},
		{Type: "second", StartedBy: "initiator", Messages: []report.Message{message(2, night.Add(time.Second)), message(4, night.Add(3*time.Second))}},
	}}}}
	text := ladderText(t, 100, timeline, report.TimelineView{Times: report.TimesAbsolute})
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
	delta := timelineText(t, 100, timeline, report.TimelineView{Times: report.TimesDelta})
	if strings.Count(delta, "+1.000000") != 3 {
		t.Errorf("each message comes a second after the one before in the IKE SA:\n%s", delta)
	}
}
