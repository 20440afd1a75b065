package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"path/filepath"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

//go:embed assets
var assets embed.FS

// An Input is what a page is made from: a session after its second pass, which Watch and Series saw.
type Input struct {
	Session  *ikedecode.Session
	Watch    *traffic.Watch
	Series   *traffic.Rates
	Captures []string
	// Warnings are what the run has to say beside the reports: files that were cut, lines of key files that were not used.
	Warnings []report.Problem
	// ShowSecrets puts the values of keys into the key schedule.
	ShowSecrets bool
}

// A view is what the template gets.
type view struct {
	CSP   string
	CSS   template.CSS
	JS    template.JS
	Data  template.JS
	Title string

	Captures []string
	Verdict  verdict
	Findings []finding
	More     int // findings
	Warnings []report.Problem
	MoreRuns int // warnings

	Drawings  []drawing
	MorePairs int

	Ladder      ladderView
	LadderNotes []string
	Blank       rowView // for the script to copy
	BlankGroup  group
	BlankPart   part

	IKE, ESP   *table
	Cards      []*card
	PlainCards int // SAs with no plot
	Dropped    int // packets that no plot counts

	Schedules     []schedule
	MoreSchedules int
	Secrets       bool
}

// Make writes the page of a session into memory. What it says of the page lacks the name of the output.
func Make(in Input) ([]byte, *report.Page, error) {
	if in.Series == nil {
		in.Series = &traffic.Rates{}
	}
	v, l := newView(in)
	data, err := v.pageData(l)
	if err != nil {
		return nil, nil, err
	}
	v.Data = data
	t, err := template.New("page.html").ParseFS(assets, "assets/page.html")
	if err != nil {
		return nil, nil, fmt.Errorf("the page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return nil, nil, fmt.Errorf("the page's template: %w", err)
	}
	facts := &report.Page{Bytes: b.Len(), Messages: len(l.Rows), SAs: len(v.Cards), Secrets: in.ShowSecrets, Left: l.Left, Truncated: l.Undecoded}
	return b.Bytes(), facts, nil
}

func newView(in Input) (*view, *ladder) {
	s := in.Session
	read := report.Read(s)
	timeline, sas, diagnosis := read.Timeline(), read.SAs(), read.Diagnose(in.Watch)
	l := newLadder(s, timeline)
	list := cards(read, s, sas, in.Series, s.First)
	v := &view{
		Verdict: newVerdict(s, diagnosis, s.Complete()), IKE: ikeTable(sas), ESP: saTable(list), Secrets: in.ShowSecrets,
		Ladder: l.first(), LadderNotes: ladderNotes(l, timeline), Dropped: in.Series.Dropped,
	}
	v.name(in.Captures)
	k := newLinker(l, list)
	v.Findings, v.More = findings(diagnosis, k)
	v.warn(in.Warnings)
	pairs, more := topology(read.Reading, in.Series)
	v.MorePairs = more
	for _, p := range pairs {
		v.Drawings = append(v.Drawings, p.draw())
	}
	for _, c := range list {
		if c.Plot == nil {
			v.PlainCards++
			continue
		}
		if len(c.deleted) > 0 {
			links, _ := k.links(c.deleted)
			c.Facts = append(c.Facts, fact{Name: "Deleted in", Links: links})
		}
		v.Cards = append(v.Cards, c)
	}
	v.Schedules, v.MoreSchedules = schedules(s, in.ShowSecrets)
	v.cleanSchedules()
	return v, l
}

// name puts the captures into the title.
func (v *view) name(captures []string) {
	const most = 5
	for i, c := range captures {
		if i == most {
			v.Captures = append(v.Captures, fmt.Sprintf("and %d more", len(captures)-most))
			break
		}
		if c == "-" {
			c = "standard input"
		}
		v.Captures = append(v.Captures, clean(filepath.Base(c), 200)) // the page is for others: where it lay is not for them
	}
	v.Title = strings.Join(v.Captures, ", ") + " – ikedecode report"
}

func (v *view) warn(list []report.Problem) {
	const most = 30
	for i, w := range list {
		if i == most {
			v.MoreRuns = len(list) - most
			return
		}
		p := report.Problem{Text: clean(w.Text, longestLine)}
		for _, h := range w.Hints {
			p.Hints = append(p.Hints, clean(h, longestLine))
		}
		v.Warnings = append(v.Warnings, p)
	}
}

// cleanSchedules makes the names of key files fit for the page.
func (v *view) cleanSchedules() {
	for i := range v.Schedules {
		for j := range v.Schedules[i].Steps {
			st := &v.Schedules[i].Steps[j]
			for _, list := range [][]value{st.In, st.Out} {
				for k := range list {
					list[k].From = clean(list[k].From, longestCell)
				}
			}
		}
	}
}

func ladderNotes(l *ladder, t *report.Timeline) (notes []string) {
	for _, n := range t.Notes {
		notes = append(notes, clean(n, longestLine))
	}
	if l.Left > 0 {
		notes = append(notes, fmt.Sprintf("%s more messages are left out to limit the size of the page. ikedecode timeline shows them.", grouping(int64(l.Left))))
	}
	if l.Undecoded > 0 {
		notes = append(notes, fmt.Sprintf("The payloads of the last %s messages are left out to limit the size of the page. ikedecode timeline shows them.", grouping(int64(l.Undecoded))))
	}
	return notes
}

// pageData is what the script reads. encoding/json writes <, >, & and the line separators of JavaScript as \uNNNN, so that
// nothing in it ends the script element or opens a comment.
func (v *view) pageData(l *ladder) (template.JS, error) {
	data := l.data()
	room := 4 << 20
	tables := make(map[string][][]string)
	for _, t := range []*table{v.IKE, v.ESP} {
		if rows := t.data(&room); rows != nil {
			tables[t.ID] = rows
		}
	}
	data["tables"], data["perTable"] = tables, rowsPerTable
	b, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("the page's data: %w", err)
	}
	css, js, err := style()
	if err != nil {
		return "", err
	}
	v.CSS, v.JS = template.CSS(css), template.JS(js)
	v.CSP = policy(css, js)
	return template.JS(b), nil
}

// style are the page's own style and script.
func style() (css, js string, err error) {
	c, err := assets.ReadFile("assets/page.css")
	if err != nil {
		return "", "", fmt.Errorf("the page's style: %w", err)
	}
	j, err := assets.ReadFile("assets/page.js")
	if err != nil {
		return "", "", fmt.Errorf("the page's script: %w", err)
	}
	return string(c), string(j), nil
}

// policy is the content security policy: the page's own style and script by their hashes, and nothing else.
func policy(css, js string) string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(css) + "; script-src " + hash(js) + "; img-src data:; base-uri 'none'; form-action 'none'"
}
