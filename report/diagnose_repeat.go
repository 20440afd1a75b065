package report

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// More says how many findings f stands for besides itself.
func (f *Finding) More() string {
	if f.Alike == 0 {
		return ""
	}
	return "; seen " + count(f.Alike, "more time")
}

// laterSuccess is another attempt between the same hosts that went through after one that failed; nil: none.
func (d *diagnosis) laterSuccess(sa *ikesa.SA, code diagnose.Code) *diagnose.Success {
	if !code.Info().StopsIKE || sa.Established {
		return nil
	}
	l := d.Family().WentThrough(sa)
	if l.Kind == negotiation.NoLineage {
		return nil
	}
	return &diagnose.Success{Version: l.SA.Version, SPIs: [2]decode.SPI{l.SA.Initiator, l.SA.Responder}, Frame: l.Frame}
}
