package report_test

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/text"
)

func init() {
	report.Rendered = func(model any) (string, error) {
		var b strings.Builder
		p := text.NewPrinter(&b, text.Options{})
		var err error
		switch m := model.(type) {
		case *report.Timeline:
			err = text.Timeline(p, m, report.TimelineView{})
		case *report.SAs:
			err = text.SAs(p, m)
		case *report.Diagnosis:
			err = text.Diagnosis(p, m)
		default:
			err = fmt.Errorf("no text for %T", model)
		}
		return b.String(), err
	}
}
