package text

import (
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/words"
)

var severityStyles = map[report.Severity]style{
	report.SeverityProblem: bad, report.SeverityWarning: caution, report.SeverityNote: dim,
}

// Diagnosis writes a diagnosis: for each finding its headline, the evidence, a comparison of both peers, the hint, the settings of each
// product, and the RFC.
func Diagnosis(p *Printer, d *report.Diagnosis) error {
	if d.Selection != nil {
		selection(p, d.Selection.Text(), d.Selection.Hint)
	}
	if len(d.Findings) == 0 {
		p.line(0, 2, plain("nothing to report"))
	}
	for i := range d.Findings {
		if i > 0 && d.Findings[i].Severity != report.SeverityNote {
			p.blank()
		}
		finding(p, &d.Findings[i])
	}
	return p.Err()
}

func finding(p *Printer, f *report.Finding) {
	look, word := severityStyles[f.Severity], string(f.Severity)
	switch f.Code {
	case diagnose.CodeHealthy:
		look, word = good, "ok"
	case diagnose.CodeUnproven:
		look, word = none, string(report.VerdictUnknown)
	}
	where := words.Frames(f.Frames)
	if f.Spans() {
		where = words.FrameRange(f.Frames[0], f.Frames[1])
	}
	if where != "" {
		where = " (" + where + ")"
	}
	p.line(0, 2, styled(look, word+": "), plain(f.Text+f.More()+where+" ["+string(f.Code)+"]"))
	for _, detail := range f.Details {
		p.line(4, 6, plain(detail))
	}
	comparison(f).write(p, 6)
	if f.Hint != "" {
		p.line(2, 4, styled(caution, "hint: "), plain(f.Hint))
	}
	for _, o := range f.Options {
		p.line(2, 4, styled(dim, "settings: "+o.Product+"  "), plain(o.Name))
	}
	if f.RFC != "" && f.Severity != report.SeverityNote {
		p.line(2, 4, styled(dim, "see "+f.RFC))
	}
}

// comparison shows the values of both peers side by side: those that differ first, marked with an exclamation mark.
func comparison(f *report.Finding) (g grid) {
	if len(f.Values) == 0 {
		return nil
	}
	g = append(g, []cell{nil, nil, text(f.Peer(true)), text(f.Peer(false))})
	for _, differs := range []bool{true, false} {
		mark := ""
		if differs {
			mark = "!"
		}
		for _, v := range f.Values {
			if v.Differs == differs {
				g = append(g, []cell{text(mark), text(v.Name), text(v.Initiator), text(v.Responder)})
			}
		}
	}
	return g
}
