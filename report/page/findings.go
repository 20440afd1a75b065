package page

import (
	"fmt"
	"html"
	"strings"

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
	ID      string
	Class   string // "problem", "warning", "note"
	Open    bool   // problems are, the rest is folded
	Tunnels []tunnelLink
	InAll   string // the tunnels that it is about, for the filter
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
	sas    map[int]string // frames of note of each SA with a plot
}

func newLinker(l *ladder, list []*direction) *linker {
	k := &linker{ladder: l, sas: make(map[int]string)}
	add := func(frame int, id string) {
		if _, ok := k.sas[frame]; !ok && frame != 0 {
			k.sas[frame] = "#" + id
		}
	}
	for _, d := range list {
		if d.Plot == nil {
			continue
		}
		add(d.first, d.ID)
		add(d.last, d.ID)
		if d.series == nil {
			continue
		}
		for _, f := range d.series.Events {
			add(f, d.ID)
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

// A tunnelLink leads to a tunnel.
type tunnelLink struct{ Text, Href string }

// maxTunnelLinks bounds the tunnels that a finding names.
const maxTunnelLinks = 3

// findings are those of a diagnosis but number skip, and how many more there are.
func (n *naming) findings(k *linker, skip int) (list []finding, more int) {
	room := maxFindingHTML
	for i := range n.diagnosis.Findings {
		if i == skip {
			continue // that is the verdict
		}
		if len(list) == maxFindings || room < 0 {
			more++
			continue
		}
		f := n.finding(i, k)
		room -= f.htmlLen()
		list = append(list, f)
	}
	return list, more
}

func (n *naming) finding(i int, k *linker) finding {
	f := &n.diagnosis.Findings[i]
	r := finding{ID: fmt.Sprintf("finding-%d", i+1), Class: string(f.Severity), Code: string(f.Code), Text: sentence(f.Text), Open: f.Severity == report.SeverityProblem, Spans: f.Spans(),
		Hint: sentence(f.Hint), RFC: clean(f.RFC, 100), IKE: clean(f.IKE, 60), Tunnels: n.tunnelLinks(i), InAll: attribute(n.ofFinding[i])}
	if f.Alike > 0 {
		r.Alike = "The same " + plural(f.Alike, "more time") + "."
	}
	r.Frames, r.More = k.links(f.Frames)
	for i, line := range f.Details {
		if i == maxDetails {
			r.Details = append(r.Details, fmt.Sprintf("and %s more lines", number(len(f.Details)-maxDetails)))
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

// tunnelLinks lead to the tunnels that finding i is about; none where there is only one.
func (n *naming) tunnelLinks(i int) (list []tunnelLink) {
	if len(n.tunnels) < 2 {
		return nil
	}
	for k, t := range n.ofFinding[i] {
		if k == maxTunnelLinks {
			return append(list, tunnelLink{Text: fmt.Sprintf("and %s more", number(len(n.ofFinding[i])-k))})
		}
		list = append(list, tunnelLink{n.where(t), n.links[t]})
	}
	return list
}

// attribute lists numbers of tunnels for the script. Where there are very many the filter goes by the text alone.
func attribute(tunnels []int) string {
	const most = 200
	var parts []string
	for _, t := range tunnels[:min(len(tunnels), most)] {
		parts = append(parts, fmt.Sprint(t))
	}
	return strings.Join(parts, " ")
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
