package markup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/reporttest"
	"github.com/ikedecode/ikedecode/report/words"
)

// A rendered is text for mermaid or for a reader of Markdown.
type rendered struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "mermaid", "markdown"
	Text string `json:"text"`
}

// A reading is what mermaid, or marked, makes of a text.
type reading struct {
	Name         string `json:"name"`
	Error        string `json:"error"`
	Type         string `json:"type"`
	Participants []struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	} `json:"participants"`
	Messages []drawn `json:"messages"`

	Kinds  []string `json:"kinds"`
	HTML   []string `json:"html"`
	Tables []struct {
		Head []string   `json:"head"`
		Rows [][]string `json:"rows"`
	} `json:"tables"`
}

// A drawn is a message, a note or a frame of a diagram.
type drawn struct {
	From string `json:"from"`
	To   string `json:"to"`
	Type int    `json:"type"`
	Text string `json:"text"`
}

// Mermaid's numbers for what is drawn.
const (
	drawnSolidCross  = 3
	drawnDottedCross = 4
	drawnSolid       = 0
	drawnDotted      = 1
	drawnNote        = 2
	drawnRect        = 22
	drawnRectEnd     = 23
)

func (d *drawn) isArrow() bool {
	switch d.Type {
	case drawnSolid, drawnDotted, drawnSolidCross, drawnDottedCross:
		return true
	}
	return false
}

// readings has the texts read by mermaid and marked; where they are not installed the test is skipped.
func readings(t *testing.T, list []rendered) []reading {
	t.Helper()
	dir := filepath.Join("testdata", "mermaid")
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "node_modules", "mermaid"))
	}
	if err != nil {
		if os.Getenv("IKEDECODE_REQUIRE_MERMAID") != "" {
			t.Fatalf("mermaid is not there: %v", err)
		}
		t.Skip("mermaid is not there; npm ci in report/markup/testdata/mermaid installs it")
	}
	in, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(node, "check.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("node: %v\n%s", err, &errs)
	}
	var result []reading
	if err := json.Unmarshal(out.Bytes(), &result); err != nil || len(result) != len(list) {
		t.Fatalf("%d readings of %d texts: %v", len(result), len(list), err)
	}
	return result
}

// renderAll writes timelines in a format, whose name check.mjs knows as well.
func renderAll(t *testing.T, all map[string]*report.Timeline, format string, render renderer) (list []rendered) {
	t.Helper()
	for name, timeline := range all {
		list = append(list, rendered{name, format, textOf(t, render, timeline, report.TimelineView{})})
	}
	return list
}

// A renderer is Mermaid or Markdown.
type renderer func(io.Writer, *report.Timeline, report.TimelineView) error

func textOf(t *testing.T, render renderer, timeline *report.Timeline, v report.TimelineView) string {
	t.Helper()
	var b strings.Builder
	if err := render(&b, timeline, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Of every session mermaid reads a sequence diagram that has an arrow for each message, dotted where it stayed closed, and
// the same participants and texts.
func TestMermaidReadsAllSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	all := reporttest.Timelines(t)
	for _, r := range readings(t, renderAll(t, all, "mermaid", Mermaid)) {
		t.Run(r.Name, func(t *testing.T) {
			if r.Error != "" || r.Type != "sequence" {
				t.Fatalf("%s %s", r.Type, r.Error)
			}
			checkDiagram(t, all[r.Name], &r)
		})
	}
}

func checkDiagram(t *testing.T, timeline *report.Timeline, r *reading) {
	hosts := make(map[string]string) // participants by their addresses
	for _, p := range r.Participants {
		host, _, _ := strings.Cut(p.Text, "<br/>")
		hosts[host] = p.ID
	}
	var arrows []drawn
	rects, open := 0, 0
	for _, m := range r.Messages {
		switch {
		case m.isArrow():
			arrows = append(arrows, m)
			if open != 1 {
				t.Errorf("%s is in %d frames", m.Text, open)
			}
		case m.Type == drawnRect:
			rects, open = rects+1, open+1
		case m.Type == drawnRectEnd:
			open--
		case m.Type != drawnNote:
			t.Errorf("type %d: %s", m.Type, m.Text)
		}
	}
	for i := range timeline.SAs {
		s := &timeline.SAs[i]
		for _, st := range s.Steps() {
			if len(arrows) == 0 {
				t.Fatal("arrows are missing")
			}
			checkArrow(t, hosts, s, st, arrows[0])
			arrows = arrows[1:]
			if st.Opens {
				rects--
			}
		}
	}
	if len(arrows) > 0 || rects != 0 {
		t.Errorf("%d arrows and %d frames too many", len(arrows), rects)
	}
}

// checkArrow compares an arrow with its message.
func checkArrow(t *testing.T, hosts map[string]string, s *report.TimelineSA, st report.Step, got drawn) {
	t.Helper()
	lines := strings.Split(got.Text, "<br/>")
	if want := fmt.Sprintf("frame %d, %.6f", st.Message.Frame, st.Message.Offset); lines[0] != want {
		t.Errorf("arrow %q, want %q", lines[0], want)
	}
	if dotted := got.Type == drawnDotted || got.Type == drawnDottedCross; dotted != (st.Message.State == "closed") {
		t.Errorf("frame %d is %s, type of arrow %d", st.Message.Frame, st.Message.State, got.Type)
	}
	text := unwrapped(got.Text)
	for _, want := range append([]string{st.Message.Label()}, detailTexts(st.Exchange.Facts(st.Index))...) {
		if !strings.Contains(text, unwrapped(report.Escape(words.Clip(want, words.Longest)))) {
			t.Errorf("frame %d: %q lacks %q", st.Message.Frame, text, want)
		}
	}
	from, to := hosts[report.HostOf(s.InitiatorAddr)], hosts[report.HostOf(s.ResponderAddr)]
	if st.Message.Sender == "responder" {
		from, to = to, from
	}
	if from != to && (got.From != from || got.To != to) { // one host on both sides is two participants
		t.Errorf("frame %d of the %s goes from %s to %s", st.Message.Frame, st.Message.Sender, got.From, got.To)
	}
	if got.From == got.To {
		t.Errorf("frame %d goes to its sender", st.Message.Frame)
	}
}

func detailTexts(facts []report.Remark) (list []string) {
	for _, f := range facts {
		list = append(list, f.Text)
	}
	return list
}

// unwrapped takes line breaks and blanks out of a text, so that texts can be compared that are broken at other places.
func unwrapped(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "<br/>", ""), " ", "")
}

// Nothing that a stranger writes gets into a diagram as it is: but for line breaks that are ours it is letters, digits,
// harmless signs and character codes.
func TestMermaidEscapes(t *testing.T) {
	const harmless = " .,:-_/()[]+=*|!?'"
	for _, text := range reporttest.HostileTexts {
		got := mermaidText(text)
		for rest := got; rest != ""; {
			if code, after, ok := strings.Cut(rest, ";"); ok && code != "" && code[0] == '#' && strings.Trim(code[1:], "0123456789") == "" {
				rest = after
				continue
			}
			if r := rune(rest[0]); !isAlphanumeric(r) && !strings.ContainsRune(harmless, r) {
				t.Fatalf("%q becomes %q: %q", text, got, r)
			}
			rest = rest[1:]
		}
	}
	text := textOf(t, Mermaid, reporttest.HostileTimeline(), report.TimelineView{})
	for line := range strings.Lines(text) {
		body := strings.ReplaceAll(strings.TrimSpace(line), "<br/>", "")
		word, _, _ := strings.Cut(body, " ")
		switch {
		case word == "participant", word == "Note", word == "rect", word == "end" && body == "end", word == "sequenceDiagram":
		case strings.HasPrefix(word, "p") && strings.Contains(word, ">>p"), strings.Contains(word, "-xp"):
		default:
			t.Errorf("a line of its own: %s", body)
		}
	}
}

// Every table of the Markdown of every session has the cells that it should have, and nothing in them is a link, code, an
// image or HTML.
func TestMarkdownReadsAllSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	all := reporttest.Timelines(t)
	for _, r := range readings(t, renderAll(t, all, "markdown", Markdown)) {
		t.Run(r.Name, func(t *testing.T) {
			if r.Error != "" {
				t.Fatal(r.Error)
			}
			for _, kind := range r.Kinds {
				switch kind {
				case "heading", "paragraph", "text", "space", "table", "list", "list_item", "escape", "br", "strong", "html":
				default:
					t.Errorf("there is a %s", kind)
				}
			}
			for _, html := range r.HTML {
				if html != "<br>" && html != "<!-- -->" {
					t.Errorf("there is HTML: %s", html)
				}
			}
			checkTables(t, all[r.Name], &r)
		})
	}
}

// checkTables counts the tables of exchanges and their rows.
func checkTables(t *testing.T, timeline *report.Timeline, r *reading) {
	var want, got []int
	for i := range timeline.SAs {
		for k := range timeline.SAs[i].Exchanges {
			want = append(want, len(timeline.SAs[i].Exchanges[k].Messages))
		}
	}
	for _, table := range r.Tables {
		if table.Head[0] == "frame" {
			got = append(got, len(table.Rows))
		}
		for _, row := range table.Rows {
			if len(row) != len(table.Head) {
				t.Errorf("%d cells under %d: %q", len(row), len(table.Head), row)
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rows of the tables of exchanges: %d, want %d", got, want)
	}
}

// A cell of a table ends where it should, whatever is in it: what GitHub takes for the end of a cell is a | with no odd
// number of \ in front of it.
func TestMarkdownEscapes(t *testing.T) {
	for _, text := range reporttest.HostileTexts {
		got := markdownText(text)
		if strings.ContainsAny(strings.ReplaceAll(got, "<!-- -->", ""), "\n\r<>") {
			t.Errorf("%q becomes %q", text, got)
		}
		escaped := false
		for _, r := range got {
			if strings.ContainsRune("|`*[]~", r) && !escaped {
				t.Errorf("%q becomes %q: %q is bare", text, got, r)
			}
			escaped = r == '\\' && !escaped
		}
	}
}

// Diagrams and tables of sessions that show most of what they can show.
func TestGolden(t *testing.T) {
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
			reporttest.Golden(t, name+".mermaid", textOf(t, Mermaid, timeline, report.TimelineView{Times: report.TimesDelta}))
			reporttest.Golden(t, name+".markdown", textOf(t, Markdown, timeline, report.TimelineView{Times: report.TimesAbsolute}))
		})
	}
}

// A message that was sent again is told once, with how often and until when.
func TestResentIsFolded(t *testing.T) {
	s, _ := reporttest.Analyzed(t, reporttest.Session(t, "fail-no-answer"))
	for name, render := range map[string]renderer{"mermaid": Mermaid, "markdown": Markdown} {
		text := textOf(t, render, report.NewTimeline(s), report.TimelineView{})
		if strings.Count(text, "retransmitted twice until +11.2 s") != 1 {
			t.Errorf("%s does not tell of what was resent:\n%s", name, text)
		}
	}
}
