package report

import "fmt"

// Selected is what every selection says.
type Selected struct {
	Filter     []string `json:"filter"` // as on the command line
	LeftOutSAs int      `json:"ike_sas_left_out"`
	Hint       string   `json:"hint,omitempty"` // what there is, where nothing was selected

	empty bool
}

// tell says what was selected; leftOut is how many other things were left out, which what names.
func (s *Selected) tell(leftOut int, what string) string {
	words := join(s.Filter, " ")
	switch {
	case s.empty:
		return "nothing matches " + words
	case s.LeftOutSAs+leftOut == 0:
		return "selected by " + words + ": nothing left out"
	}
	return fmt.Sprintf("selected by %s: %s and %s left out", words, count(s.LeftOutSAs, "IKE SA"), count(leftOut, what))
}

// A Selection is what a filter selected of a capture.
type Selection struct {
	Selected
	LeftOutExchanges int `json:"exchanges_left_out"` // of the IKE SAs that are shown
}

// Text says what was selected.
func (s *Selection) Text() string { return s.tell(s.LeftOutExchanges, "exchange") }

// A FindingSelection is what a filter selected of a diagnosis.
type FindingSelection struct {
	Selected
	LeftOutFindings int `json:"findings_left_out"`
}

// Text says what was selected.
func (s *FindingSelection) Text() string { return s.tell(s.LeftOutFindings, "finding") }

// An SASelection is what a filter selected of the SAs.
type SASelection struct {
	Selected
	LeftOutFlows int `json:"flows_left_out"` // SAs of ESP, AH and IPComp, and flows that were not decrypted
}

// Text says what was selected.
func (s *SASelection) Text() string { return s.tell(s.LeftOutFlows, "flow") }
