package diagnose

import "testing"

// The verdict follows the gravest finding and, without a fault, from what was not seen.
func TestJudge(t *testing.T) {
	doubt := []Doubt{{Why: LacksReply}}
	for _, c := range []struct {
		name   string
		list   []Finding
		doubts []Doubt
		want   Verdict
	}{
		{"nothing", nil, nil, VerdictHealthy},
		{"not enough", nil, doubt, VerdictUnknown},
		{"a fault", []Finding{{Code: CodeESPLoss, Severity: Warning}}, doubt, VerdictProblem},
		{"a note of a fault", []Finding{{Code: CodeESPLoss, Severity: Noteworthy}}, nil, VerdictHealthy},
		{"a weakness", []Finding{{Code: CodeWeakDH, Severity: Warning}}, nil, VerdictHealthy},
		{"a secret is missing", []Finding{{Code: CodeNoKey, Severity: Warning}}, nil, VerdictUnknown},
		{"a secret is wrong", []Finding{{Code: CodeWrongESPKey, Severity: Problem}}, nil, VerdictProblem},
		{"the capture ends early", []Finding{{Code: CodeCaptureCut, Severity: Warning}}, nil, VerdictUnknown},
		{"captured twice", []Finding{{Code: CodeMirrored, Severity: Noteworthy}}, nil, VerdictHealthy},
	} {
		if got := Judge(c.list, c.doubts); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
