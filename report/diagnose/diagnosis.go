package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A diagnosis is the work on one.
type diagnosis struct {
	*negotiation.Reading
	watch    *traffic.Watch
	found    []Finding
	stances  map[stanceKey][]stance // what each side is known to offer and to take; nil until asked for
	policies map[policyKey][]policy // the networks that each side has, likewise
	ids      *ids                   // who is who, likewise
	started  map[[2]netip.Addr][]modeStart
}

func newDiagnosis(r *negotiation.Reading, w *traffic.Watch) *diagnosis {
	if w == nil {
		w = &traffic.Watch{}
	}
	return &diagnosis{Reading: r, watch: w}
}

// add adds a finding that a rule made whole.
func (d *diagnosis) add(f Finding) { d.found = append(d.found, f) }

// addSA adds a finding about an IKE SA, with what logs and later attempts say of it.
func (d *diagnosis) addSA(sa *ikesa.SA, f Finding) {
	f.Subject = subjectOf(sa)
	if f.Severity == Problem {
		f.Logs, f.Later = d.reasons(sa, f.Frames), d.laterSuccess(sa, f.Code)
	}
	d.add(f)
}

// noteSA adds a note about an IKE SA.
func (d *diagnosis) noteSA(sa *ikesa.SA, code Code, from Side, facts Facts, frames []int) {
	d.add(Finding{Code: code, Severity: Noteworthy, Grade: Wire, Subject: subjectOf(sa), From: from, Facts: facts, Frames: frames})
}

// subjectOf is an IKE SA as what a finding is about.
func subjectOf(sa *ikesa.SA) Subject {
	return Subject{Version: sa.Version, SPIs: [2]decode.SPI{sa.Initiator, sa.Responder},
		Initiator: sa.InitiatorAddr.Addr(), Responder: sa.ResponderAddr.Addr()}
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
