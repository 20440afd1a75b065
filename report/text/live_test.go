package text

import (
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/report"
)

// A finding is written when it has stood for a while, once, and again when it is gone.
func TestLiveDiagnosis(t *testing.T) {
	var out strings.Builder
	l := NewLiveDiagnosis(NewPrinter(&out, Options{}), 5*time.Second)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	silent := &report.Diagnosis{Findings: []report.Finding{{Code: "no-response", Severity: report.SeverityProblem, Text: "no response", IKE: "a:b", Frames: []int{1}}}}
	more := &report.Diagnosis{Findings: []report.Finding{{Code: "no-response", Severity: report.SeverityProblem, Text: "no response", IKE: "a:b", Frames: []int{1, 2}}}}
	for _, step := range []struct {
		after time.Duration
		found *report.Diagnosis
		want  string
	}{
		{0, silent, ""},
		{4 * time.Second, more, ""},
		{6 * time.Second, more, "problem: no response (frames 1 and 2) [no-response]\n"},
		{9 * time.Second, more, ""},
		{10 * time.Second, &report.Diagnosis{}, "no longer: no response\n"},
		{11 * time.Second, silent, ""},
		{12 * time.Second, &report.Diagnosis{}, ""},
	} {
		out.Reset()
		if err := l.Update(step.found, start.Add(step.after)); err != nil || out.String() != step.want {
			t.Errorf("after %v: %q, want %q (%v)", step.after, &out, step.want, err)
		}
	}
}
