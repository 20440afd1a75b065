package diagnose

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What logs and later attempts say of a finding about an IKE SA.

// addSA adds a finding about an IKE SA, with what logs and later attempts say of it.
func (d *diagnosis) addSA(sa *ikesa.SA, f Finding) {
	f.Subject = subjectOf(sa)
	if f.Severity == Problem {
		f.Later = d.laterSuccess(sa, f.Code)
	}
	if f, ok := d.byLog(sa, f); ok {
		d.add(f)
	}
}

// noteSA adds a note about an IKE SA.
func (d *diagnosis) noteSA(sa *ikesa.SA, code Code, from Side, facts Facts, frames []int) {
	d.add(Finding{Code: code, Severity: Noteworthy, Grade: Wire, Subject: subjectOf(sa), From: from, Facts: facts, Frames: frames})
}

// laterSuccess is another attempt between the same hosts that went through after one that failed; nil: none.
func (d *diagnosis) laterSuccess(sa *ikesa.SA, code Code) *Success {
	if !code.Info().StopsIKE || sa.Established {
		return nil
	}
	l := d.Family().WentThrough(sa)
	if l.Kind == negotiation.NoLineage {
		return nil
	}
	return &Success{Version: l.SA.Version, SPIs: [2]decode.SPI{l.SA.Initiator, l.SA.Responder}, Frame: l.Frame}
}
