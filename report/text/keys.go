package text

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/words"
)

// Keys writes what files of secrets hold, a line for each. No value is broken: they are there to be copied.
func Keys(p *Printer, k *report.Keys) error {
	for _, f := range k.Formats {
		p.line(0, 2, plain(fmt.Sprintf("%s: %s, %s", f.File, f.Format, words.Count(f.Count, "value"))))
	}
	if len(k.Secrets) > 0 {
		p.blank()
	}
	for _, e := range k.Secrets {
		p.line(0, 4, styled(bold, fmt.Sprintf("%-13s", e.Kind)), plain(" "+e.Where+"  "), span{text: e.Value, whole: true}, styled(dim, "  "+e.Origin))
	}
	for _, w := range k.Warnings {
		p.line(0, 2, styled(caution, "warning: "), plain(w))
	}
	return p.Err()
}
