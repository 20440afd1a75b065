package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

//go:embed assets
var assets embed.FS

// An Input is what a page is made from: a session after its second pass, which Watch, Series and Files saw.
type Input struct {
	Session  *ikedecode.Session
	Watch    *traffic.Watch
	Series   *traffic.Rates
	Files    *traffic.Files // nil: nothing says which capture a tunnel is in
	Captures []string
	// Diagnosis is that of Session and Watch; nil: it is made.
	Diagnosis *report.Diagnosis
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
	Tunnels  *table
	Summary  string
	find     []string // what the filter finds each tunnel by

	Findings []finding
	Counts   string // of the findings
	Notes    []finding
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
	t, err := template.New("page.html").Funcs(template.FuncMap{"pieces": pieces, "n": number}).ParseFS(assets, "assets/page.html")
	if err != nil {
		return nil, nil, fmt.Errorf("the page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return nil, nil, fmt.Errorf("the page's template: %w", err)
	}
	facts := &report.Page{Bytes: b.Len(), Messages: len(l.Rows), SAs: len(v.plots()), Secrets: in.ShowSecrets, Left: l.Left, Truncated: l.Undecoded}
	return b.Bytes(), facts, nil
}

func newView(in Input) (*view, *ladder) {
	s := in.Session
	read := report.Read(s)
	n := newNaming(read, &in)
	l := newLadder(s, n)
	list := n.directions(read, in.Series)
	n.link(l, list)
	v := &view{
		Verdict: newVerdict(n.diagnosis), Summary: n.summary(), find: n.findText(list), Cards: cards(list, s.First), Secrets: in.ShowSecrets,
		Ladder: l.first(), LadderNotes: ladderNotes(l, n.timeline), Dropped: in.Series.Dropped,
	}
	v.Verdict.Facts = countFacts(s, n.timeline)
	v.Tunnels, v.IKE, v.ESP = n.index(), n.ikeTable(l), saTable(list)
	v.PlainCards = len(list) - len(v.plots())
	v.name(in.Captures)
	v.addFindings(n, newLinker(l, list))
	v.warn(in.Warnings)
	pairs, more := topology(read.Reading, in.Series)
	v.MorePairs = more
	for _, p := range pairs {
		d := p.draw()
		d.InAll = attribute(n.between(p.Left.Addr, p.Right.Addr))
		v.Drawings = append(v.Drawings, d)
	}
	v.Schedules, v.MoreSchedules = schedules(s, n, in.ShowSecrets)
	v.cleanSchedules()
	return v, l
}

// plots are the directions with plots.
func (v *view) plots() (list []*direction) {
	for _, c := range v.Cards {
		list = append(list, c.Directions...)
	}
	return list
}

// mostNotes is how many notes stand in the page as they are: more are folded together.
const mostNotes = 6

// addFindings adds the findings, and to the SAs the frames in which they were deleted.
func (v *view) addFindings(n *naming, k *linker) {
	skip := v.Verdict.finding
	if skip >= 0 {
		v.Verdict.Where = n.tunnelLinks(skip)
		if !leads(&n.diagnosis.Findings[skip]) {
			skip = -1
		}
	}
	v.Counts = v.Verdict.More
	v.Findings, v.More = n.findings(k, skip)
	notes := slices.IndexFunc(v.Findings, func(f finding) bool { return f.Class == string(report.SeverityNote) })
	if notes >= 0 && len(v.Findings)-notes > mostNotes {
		v.Findings, v.Notes = v.Findings[:notes:notes], v.Findings[notes:]
	}
	for _, d := range v.plots() {
		if len(d.deleted) > 0 {
			links, _ := k.links(d.deleted)
			d.Facts = append(d.Facts, fact{Name: "Deleted in", Links: links})
		}
	}
}

// name puts the captures into the title.
func (v *view) name(captures []string) {
	const most = 5
	names := captureNames(captures)
	v.Captures = names[:min(len(names), most)]
	if len(names) > most {
		v.Captures = append(slices.Clone(v.Captures), fmt.Sprintf("and %s more", number(len(names)-most)))
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
		notes = append(notes, fmt.Sprintf("%s more messages are left out to limit the size of the page. ikedecode timeline shows them.", number(l.Left)))
	}
	if l.Undecoded > 0 {
		notes = append(notes, fmt.Sprintf("The payloads of the last %s messages are left out to limit the size of the page. ikedecode timeline shows them.", number(l.Undecoded)))
	}
	return notes
}

// pageData is what the script reads. encoding/json writes <, >, & and the line separators of JavaScript as \uNNNN, so that
// nothing in it ends the script element or opens a comment.
func (v *view) pageData(l *ladder) (template.JS, error) {
	data := l.data()
	tables, room := make(map[string][]any), maxTableData
	for _, t := range []*table{v.Tunnels, v.IKE, v.ESP} {
		tables[t.ID] = t.data(&room)
	}
	data["tables"], data["perTable"], data["find"] = tables, rowsPerTable, v.find
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
