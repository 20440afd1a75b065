package report

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
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
	if !code.Info().StopsIKE || established(sa) {
		return nil
	}
	for _, o := range d.byHosts()[hostsOf(sa)] {
		if o.SA != sa && o.SA.Start().After(sa.End()) && established(o.SA) {
			return &diagnose.Success{Version: o.SA.Version, SPIs: [2]decode.SPI{o.SA.Initiator, o.SA.Responder}, Frame: o.SA.Messages[0].Frame}
		}
	}
	return nil
}
