package words

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Jumps over numbers are gaps where nothing fills them later.
func TestGaps(t *testing.T) {
	for reordered, want := range map[bool]string{
		false: "3 gaps, the largest over 2 numbers",
		true:  "3 jumps over numbers, some of which packets out of order filled later",
	} {
		got := Of(&diagnose.Finding{Code: diagnose.CodeESPLoss, Severity: diagnose.Noteworthy, Facts: diagnose.Loss{Gaps: 3, Largest: 2, Reordered: reordered}})
		if !slices.Equal(got.Details, []string{want}) || got.Hint != "" {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}
