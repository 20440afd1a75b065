package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
		t.Skip("mermaid is not there; npm ci in report/testdata/mermaid installs it")
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

// recordedTimelines are those of allTimelines, made once.
var recordedTimelines map[string]*Timeline

// allTimelines are the timelines of all recorded sessions, with and without keys, and two that are made up: the hostile one,
// and one of nothing.
func allTimelines(t *testing.T) map[string]*Timeline {
	t.Helper()
	if recordedTimelines == nil {
		recordedTimelines = readTimelines(t)
	}
	all := maps.Clone(recordedTimelines)
	all["hostile"] = hostileTimeline()
	all["empty"] = &Timeline{}
	return all
}

func readTimelines(t *testing.T) map[string]*Timeline {
	more, _ := filepath.Glob(filepath.Join(recorded2, "*"))
	all := make(map[string]*Timeline)
	for _, dir := range append(sessions(t, ""), more...) {
		pcap := filepath.Join(dir, "wire.pcap")
		if _, err := os.Stat(pcap); err != nil {
			continue
		}
		keys, _ := filepath.Glob(filepath.Join(dir, "gwa.log*"))
		for _, name := range []string{filepath.Base(dir), filepath.Base(dir) + "-closed"} {
			if all[name] != nil {
				continue
			}
			files := keys
			if strings.HasSuffix(name, "-closed") {
				files = nil
			}
			s, _ := analyzed(t, pcap, files...)
			all[name] = NewTimeline(s)
		}
	}
	return all
}

// renderAll writes timelines in a format, whose name check.mjs knows as well.
func renderAll(t *testing.T, all map[string]*Timeline, format string) (list []rendered) {
	t.Helper()
	for name, timeline := range all {
		list = append(list, rendered{name, format, textOf(t, timeline.Show(TimelineView{Format: format}))})
	}
	return list
}

// Of every session mermaid reads a sequence diagram that has an arrow for each message, dotted where it stayed closed, and
// the same participants and texts.
func TestMermaidReadsAllSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	all := allTimelines(t)
	for _, r := range readings(t, renderAll(t, all, FormatMermaid)) {
		t.Run(r.Name, func(t *testing.T) {
			if r.Error != "" || r.Type != "sequence" {
				t.Fatalf("%s %s", r.Type, r.Error)
			}
			checkDiagram(t, all[r.Name], &r)
		})
	}
}

func checkDiagram(t *testing.T, timeline *Timeline, r *reading) {
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
		for k, st := range s.steps() {
			if len(arrows) == 0 {
				t.Fatal("arrows are missing")
			}
			checkArrow(t, hosts, s, st, arrows[0])
			arrows = arrows[1:]
			if opens(s.steps(), k) {
				rects--
			}
		}
	}
	if len(arrows) > 0 || rects != 0 {
		t.Errorf("%d arrows and %d frames too many", len(arrows), rects)
	}
}

// checkArrow compares an arrow with its message.
func checkArrow(t *testing.T, hosts map[string]string, s *TimelineSA, st step, got drawn) {
	t.Helper()
	lines := strings.Split(got.Text, "<br/>")
	if want := fmt.Sprintf("frame %d, %.6f", st.message.Frame, st.message.Offset); lines[0] != want {
		t.Errorf("arrow %q, want %q", lines[0], want)
	}
	if dotted := got.Type == drawnDotted || got.Type == drawnDottedCross; dotted != (st.message.State == "closed") {
		t.Errorf("frame %d is %s, type of arrow %d", st.message.Frame, st.message.State, got.Type)
	}
	text := unwrapped(got.Text)
	for _, want := range append([]string{st.message.label()}, detailTexts(st.exchange.facts(st.index))...) {
		if !strings.Contains(text, unwrapped(Escape(clip(want, longest)))) {
			t.Errorf("frame %d: %q lacks %q", st.message.Frame, text, want)
		}
	}
	from, to := hosts[hostOf(s.InitiatorAddr)], hosts[hostOf(s.ResponderAddr)]
	if st.message.Sender == "responder" {
		from, to = to, from
	}
	if from != to && (got.From != from || got.To != to) { // one host on both sides is two participants
		t.Errorf("frame %d of the %s goes from %s to %s", st.message.Frame, st.message.Sender, got.From, got.To)
	}
	if got.From == got.To {
		t.Errorf("frame %d goes to its sender", st.message.Frame)
	}
}

func detailTexts(facts []detail) (list []string) {
	for _, f := range facts {
		list = append(list, f.text)
	}
	return list
}

// unwrapped takes line breaks and blanks out of a text, so that texts can be compared that are broken at other places.
func unwrapped(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "<br/>", ""), " ", "")
}

// hostileTexts are what strangers may write where identities, notifications and the like stand.
var hostileTexts = []string{
	"end", "end\nend", "a;b", "a#b", "#35;", "%%{init: {\"theme\":\"dark\"}}%%", "<script>alert(1)</script>", "<br/>x<br>y",
	"a\nparticipant evil as <img src=x onerror=alert(1)>", "p1->>p2: forged", "Note over p1,p2: forged", "$$x^2$$", "`code`",
	"|a|b|", "\\|", "\\", "`|`", "**bold** _it_ ~~no~~", "[link](http://example.org)", "http://example.org/", "www.example.org",
	"@someone", "user@example.org", "![img](x)", "&lt;&amp;&#60;", "# heading", "- item", "1. item", "---", "\x1b[31mred\x07",
	"\u202egnp.exe", "\xff\xfe", "wrap: x", "autonumber", "title x", "accTitle: x", "{}[]()", "\u00ab\ufb02\u00b0\u00b035\u00b6\u00df",
	"<!-- x", "-->", "x\r\ny", "a\u2028b", strings.Repeat("long ", 200), strings.Repeat("x", 3000), "", " ", "$a$", ":smile:",
}

// hostileTimeline has every hostile text at every place that a stranger may fill.
func hostileTimeline() *Timeline {
	timeline := &Timeline{Packets: len(hostileTexts)}
	for i, text := range hostileTexts {
		id := &Identity{Type: "ID_FQDN", Value: text, text: text}
		sa := TimelineSA{IKESA: IKESA{
			Initiator: "0011223344556677", Responder: "8899aabbccddeeff", Version: 1 + i%2, RolesKnown: true,
			InitiatorAddr: fmt.Sprintf("192.0.2.%d", i), ResponderAddr: fmt.Sprintf("[2001:db8::%x]:4500", i+1),
			InitiatorID: id, ResponderID: id, Policy: &Policy{Text: text}, Gaps: []Gap{{Text: text, Hint: text}},
		}}
		proposals := []Proposal{{Number: 1, Protocol: "ESP", SPI: text, Transforms: []Transform{
			{Number: 1, Text: text, Attributes: []TransformAttribute{{"encryption", text}, {"other", text}}, Chosen: true},
			{Number: 2, Text: text, Attributes: []TransformAttribute{{"encryption", text + "2"}, {"group", text}}}}}}
		proposals2 := []Proposal{{Number: 1, Protocol: "ESP", SPI: text, Chosen: true, Transforms: []Transform{
			{Kind: "ENCR", Text: text, Chosen: true}, {Kind: "ENCR", Text: text + "-2"}, {Kind: text, Text: text}}}}
		payloads := []Payload{
			{Type: "SA", Proposals: proposals}, {Type: "SA", Proposals: proposals2, version: 2}, {Type: "IDii", Identity: id, Text: text},
			{Type: "N", Text: text, Notify: &Notify{Type: text, SPI: text, Protocol: "ESP"}},
			{Type: "N", Text: text, Notify: &Notify{Type: text, Error: true}}, {Type: "ATTR", Text: text, Config: &Config{}},
			{Type: "VID", Text: text}, {Type: text, Error: text}, {Type: "D", Text: text, Delete: &Delete{SPIs: []string{text}}},
		}
		sa.Exchanges = []Exchange{{
			Type: "Quick Mode", Purpose: text, StartedBy: "initiator", Outcome: Outcome{Code: OutcomeFailed, Text: text},
			Child: &Child{TSi: []string{text}, TSr: []string{text}, Mode: "tunnel", Algorithms: []string{text}},
			Messages: []Message{
				{Frame: 2*i + 1, Sender: "initiator", Src: "x", Dst: "y", State: "opened", Payloads: payloads, Why: text, Notes: []string{text}},
				{Frame: 2*i + 2, Sender: "responder", Src: "y", Dst: text, State: "closed", Payloads: payloads, Error: text},
			},
		}}
		sa.noteMoves()
		timeline.SAs = append(timeline.SAs, sa)
	}
	timeline.Notes = hostileTexts
	return timeline
}

// Nothing that a stranger writes gets into a diagram as it is: but for line breaks that are ours it is letters, digits,
// harmless signs and character codes.
func TestMermaidEscapes(t *testing.T) {
	const harmless = " .,:-_/()[]+=*|!?'"
	for _, text := range hostileTexts {
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
	text := textOf(t, hostileTimeline().Show(TimelineView{Format: FormatMermaid}))
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
	all := allTimelines(t)
	for _, r := range readings(t, renderAll(t, all, FormatMarkdown)) {
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
func checkTables(t *testing.T, timeline *Timeline, r *reading) {
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
	for _, text := range hostileTexts {
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
