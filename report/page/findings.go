package page

import (
	"fmt"
	"html"

	"github.com/ikedecode/ikedecode/report"
)

// The bounds of the findings.
const (
	maxFindings    = 150
	maxFindingHTML = 1_500_000 // bytes
	maxDetails     = 30        // lines of one finding
	maxFrameLinks  = 12
)

// A finding is one of the diagnosis, ready to be shown.
type finding struct {
	Class   string // "problem", "warning", "note"
	Code    string
	Text    string
	Alike   string // how often it was found beside this
	Frames  []frameLink
	Spans   bool // Frames are the first and the last
	More    int  // frames that are not listed
	Details []string
	Values  []report.Compared
	Hint    string
	Options []report.Option
	RFC     string
	IKE     string
}

// A frameLink is a frame number with where the page shows it; Href is "" where it does not.
type frameLink struct {
	Frame int
	Href  string
}

// A linker knows where frames are shown.
type linker struct {
	ladder *ladder
	sas    map[int]string // frames of note of each SA with a card
}

func newLinker(l *ladder, list []*card) *linker {
	k := &linker{ladder: l, sas: make(map[int]string)}
	add := func(frame int, id string) {
		if _, ok := k.sas[frame]; !ok && frame != 0 {
			k.sas[frame] = "#" + id
		}
	}
	for _, c := range list {
		if c.Plot == nil {
			continue
		}
		add(c.first, c.ID)
		add(c.last, c.ID)
		for _, f := range c.series.Events {
			add(f, c.ID)
		}
	}
	return k
}

func (k *linker) link(frame int) frameLink {
	if i, ok := k.ladder.byFrame[frame]; ok {
		return frameLink{frame, fmt.Sprintf("#m%d", i)}
	}
	return frameLink{frame, k.sas[frame]}
}

func (k *linker) links(frames []int) (list []frameLink, more int) {
	for i, f := range frames {
		if i == maxFrameLinks {
			return list, len(frames) - maxFrameLinks
		}
		list = append(list, k.link(f))
	}
	return list, 0
}

// findings are those of a diagnosis, and how many more there are.
func findings(d *report.Diagnosis, k *linker) (list []finding, more int) {
	room := maxFindingHTML
	for i := range d.Findings {
		if len(list) == maxFindings || room < 0 {
			return list, len(d.Findings) - i
		}
		if i == 0 && leads(&d.Findings[i]) {
			continue // that is the verdict
		}
		f := newFinding(&d.Findings[i], k)
		room -= f.htmlLen()
		list = append(list, f)
	}
	return list, 0
}

func newFinding(f *report.Finding, k *linker) finding {
	r := finding{Class: string(f.Severity), Code: string(f.Code), Text: sentence(f.Text), Spans: f.Spans(),
		Hint: sentence(f.Hint), RFC: clean(f.RFC, 100), IKE: clean(f.IKE, 60)}
	if f.Alike > 0 {
		r.Alike = "The same " + plural(f.Alike, "more time") + "."
	}
	r.Frames, r.More = k.links(f.Frames)
	for i, line := range f.Details {
		if i == maxDetails {
			r.Details = append(r.Details, fmt.Sprintf("and %d more lines", len(f.Details)-maxDetails))
			break
		}
		r.Details = append(r.Details, clean(line, longestLine))
	}
	for i, v := range f.Values {
		if i < maxDetails {
			r.Values = append(r.Values, report.Compared{Name: clean(v.Name, 80), Initiator: clean(v.Initiator, longestLine), Responder: clean(v.Responder, longestLine), Differs: v.Differs})
		}
	}
	for i, o := range f.Options {
		if i < maxDetails {
			r.Options = append(r.Options, report.Option{Product: clean(o.Product, 60), Name: clean(o.Name, 200)})
		}
	}
	return r
}

// htmlLen is about how much room a finding takes.
func (f *finding) htmlLen() int {
	n := 600 + len(html.EscapeString(f.Text)) + len(html.EscapeString(f.Hint))
	for _, d := range f.Details {
		n += 20 + len(html.EscapeString(d))
	}
	for _, v := range f.Values {
		n += 60 + len(html.EscapeString(v.Initiator)) + len(html.EscapeString(v.Responder))
	}
	return n
}
