package page

import (
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// A verdict is the answer in one sentence, with its evidence.
type verdict struct {
	Class    string // "good", "bad", "warn", "plain"
	Word     string // "Healthy"
	Headline string
	More     string // what else was found
	Hint     string
	Where    []tunnelLink // that the headline is about, where the capture has several tunnels
	Facts    []fact
	finding  int // that it takes the headline from; -1: none
}

// newVerdict takes the gravest finding as the answer.
func newVerdict(d *report.Diagnosis) verdict {
	v := verdict{Class: "plain", Word: "Nothing to report", Headline: "Nothing wrong was found, but no working tunnel either.", finding: -1}
	if len(d.Findings) == 0 {
		return v
	}
	counts := make(map[report.Severity]int)
	worst := 0
	for i := range d.Findings {
		f := &d.Findings[i]
		if counts[f.Severity]++; f.Severity.Rank() < d.Findings[worst].Severity.Rank() {
			worst = i
		}
	}
	j := judge(d.Verdict, d.Findings[worst].Severity)
	v.Class, v.Word = j.class, j.word
	lead := j.lead
	if j.word == weakWord {
		lead = report.SeverityNote // it says that the tunnels came up, too
	}
	if i := slices.IndexFunc(d.Findings, func(f report.Finding) bool { return f.Severity == lead }); i >= 0 {
		f := &d.Findings[i]
		v.Headline, v.Hint, v.finding = sentence(f.Text), sentence(f.Hint), i
		if leads(f) { // which has no place among the findings
			counts[lead]--
			for _, d := range f.Details {
				v.Headline += " " + sentence(d)
			}
		}
	}
	v.More = countText(counts)
	return v
}

// leads reports whether f says no more than the verdict.
func leads(f *report.Finding) bool {
	return f.Code == diagnose.CodeHealthy || f.Code == diagnose.CodeUnproven
}

// countText says how many findings there are: "7 problems, 51 notes".
func countText(counts map[report.Severity]int) string {
	var parts []string
	for _, k := range []report.Severity{report.SeverityProblem, report.SeverityWarning, report.SeverityNote} {
		if n := counts[k]; n > 0 {
			parts = append(parts, plural(n, string(k)))
		}
	}
	return strings.Join(parts, ", ")
}

func countFacts(s *ikedecode.Session, t *report.Timeline) []fact {
	c, m := s.Counts, messageCounts{}
	for i := range t.SAs {
		m.add(&t.SAs[i])
	}
	list := []fact{
		{Name: "Packets", Value: number(c.Packets)},
		{Name: "IKE messages", Value: opened(m.all, m.opened, m.closed), Bad: m.closed > 0},
		{Name: "ESP and AH packets", Value: opened(c.ESP, c.Opened, c.ESP-c.Opened), Bad: c.ESP > c.Opened},
	}
	if c.IKE != m.all { // with retransmissions and fragments
		list = slices.Insert(list, 2, fact{Name: "IKE datagrams", Value: number(c.IKE)})
	}
	if !s.First.IsZero() {
		list = append(list, fact{Name: "From", Value: s.First.UTC().Format("2006-01-02 15:04:05 MST")}, fact{Name: "Duration", Value: duration(s.Last.Sub(s.First))})
	}
	state := "none"
	if !s.Complete() {
		state = "see the findings"
	}
	return append(list, fact{Name: "Not decrypted", Value: state, Bad: !s.Complete()})
}

func opened(all, open, closed int) string {
	text := number(all)
	if open == all && all > 0 {
		return text + ", all decrypted"
	}
	if open > 0 {
		text += ", " + number(open) + " decrypted"
	}
	if closed > 0 {
		text += ", " + number(closed) + " not decrypted"
	}
	return text
}

// A fact is a name with a value.
type fact struct {
	Name, Value string
	Links       []frameLink // instead of Value
	Bad         bool
}
