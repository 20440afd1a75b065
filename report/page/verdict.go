package page

import (
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
	Facts    []fact
}

// newVerdict takes the gravest finding as the answer.
func newVerdict(s *ikedecode.Session, d *report.Diagnosis, complete bool) verdict {
	v := verdict{Class: "plain", Word: "Nothing to report", Headline: "Nothing wrong was found, but no working tunnel either."}
	counts := make(map[report.Severity]int)
	for _, f := range d.Findings {
		counts[f.Severity]++
	}
	lead := func(class, word string, want report.Severity) {
		for _, f := range d.Findings {
			if f.Severity == want {
				v.Class, v.Word, v.Headline, v.Hint = class, word, sentence(f.Text), sentence(f.Hint)
				if leads(&f) { // which has no place among the findings
					for _, d := range f.Details {
						v.Headline += " " + sentence(d)
					}
				}
				return
			}
		}
	}
	healthy := d.Verdict == report.VerdictHealthy
	warned := "Warning"
	if d.Verdict == report.VerdictUnknown {
		warned = "Unknown"
	}
	switch {
	case healthy && counts[report.SeverityWarning] > 0: // of a weakness, or the tunnel would not be called healthy
		lead("warn", "Healthy, but weak", report.SeverityNote)
		counts[report.SeverityNote]--
	case counts[report.SeverityProblem] > 0:
		lead("bad", "Problem", report.SeverityProblem)
		counts[report.SeverityProblem]--
	case counts[report.SeverityWarning] > 0:
		lead("warn", warned, report.SeverityWarning)
		counts[report.SeverityWarning]--
	case healthy:
		lead("good", "Healthy", report.SeverityNote)
		counts[report.SeverityNote]--
	case len(d.Findings) > 0:
		lead("plain", "Unknown", report.SeverityNote)
		counts[report.SeverityNote]--
	}
	v.More = moreText(counts)
	v.Facts = countFacts(s, complete)
	return v
}

// leads reports whether f says no more than the verdict.
func leads(f *report.Finding) bool {
	return f.Code == diagnose.CodeHealthy || f.Code == diagnose.CodeUnproven
}

func moreText(counts map[report.Severity]int) string {
	var parts []string
	for _, k := range []report.Severity{report.SeverityProblem, report.SeverityWarning, report.SeverityNote} {
		if n := counts[k]; n > 0 {
			parts = append(parts, plural(n, "more "+string(k)))
		}
	}
	return strings.Join(parts, ", ")
}

func countFacts(s *ikedecode.Session, complete bool) []fact {
	c := s.Counts
	list := []fact{
		{Name: "Packets", Value: grouping(int64(c.Packets))},
		{Name: "IKE messages", Value: opened(c.IKE, c.IKEOpened, c.IKEClosed), Bad: c.IKEClosed > 0},
		{Name: "ESP and AH packets", Value: opened(c.ESP, c.Opened, c.ESP-c.Opened), Bad: c.ESP > c.Opened},
	}
	if !s.First.IsZero() {
		list = append(list, fact{Name: "From", Value: s.First.UTC().Format("2006-01-02 15:04:05 MST")}, fact{Name: "Duration", Value: duration(s.Last.Sub(s.First))})
	}
	state := "none"
	if !complete {
		state = "see the findings"
	}
	return append(list, fact{Name: "Not decrypted", Value: state, Bad: !complete})
}

func opened(all, open, closed int) string {
	text := grouping(int64(all))
	if open > 0 {
		text += ", " + grouping(int64(open)) + " decrypted"
	}
	if closed > 0 {
		text += ", " + grouping(int64(closed)) + " not decrypted"
	}
	return text
}
