package words

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Jumps over numbers are gaps where nothing fills them later.
func TestGaps(t *testing.T) {
	for reordered, want := range map[bool]string{
		false: "3 gaps, the largest of 2 packets",
		true:  "3 gaps, some of them filled later by packets out of order",
	} {
		got := Of(&diagnose.Finding{Code: diagnose.CodeESPLoss, Severity: diagnose.Noteworthy, Facts: diagnose.Loss{Gaps: 3, Largest: 2, Reordered: reordered}})
		if !slices.Equal(got.Details, []string{want}) || got.Hint != "" {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}
