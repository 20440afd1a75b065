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
	return "; the same " + count(f.Alike, "more time")
}

// laterSuccess is another attempt between the same hosts that went through after one that failed; nil: none.
func (d *diagnosis) laterSuccess(sa *ikesa.SA, code diagnose.Code) *diagnose.Success {
	if !code.Info().StopsIKE || established(sa) {
		return nil
	}
	for _, o := range d.byHosts()[hostsOf(sa)] {
		if o.sa != sa && o.sa.Start().After(sa.End()) && established(o.sa) {
			return &diagnose.Success{Version: o.sa.Version, SPIs: [2]decode.SPI{o.sa.Initiator, o.sa.Responder}, Frame: o.sa.Messages[0].Frame}
		}
	}
	return nil
}
