package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// What the solvers say in types, in words.

// sourceText says where a policy is from: "chosen in frame 2".
func sourceText(s ikesa.Source) string {
	switch s.Kind {
	case ikesa.Chosen:
		return fmt.Sprintf("chosen in frame %d", s.Frame)
	case ikesa.Offered:
		return fmt.Sprintf("offered in frame %d", s.Frame)
	case ikesa.Trial:
		return "found by trial"
	case ikesa.Inherited:
		return "of the SA that was resumed"
	}
	return ""
}
