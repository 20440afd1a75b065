package words

import "github.com/ikedecode/ikedecode/report/diagnose"

// templates has a row for each code.
var templates = map[diagnose.Code]template{
	diagnose.CodeOneWayIKE:     oneWayIKE,
	diagnose.CodeWeakAlgorithm: weak,
	diagnose.CodeWeakDH:        weak,
}
