package report

import (
	"slices"

	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Diagnose makes the diagnosis of what the filter selects, after Run; complete says whether all of that could be decrypted. w may
// be nil. The findings are those of the whole capture, for one SA often explains another, and of them those stay that are about
// a selected IKE SA or have a selected packet among their frames.
func (sc *Scope) Diagnose(w *traffic.Watch) (d *Diagnosis, complete bool) {
	all := sc.reading().Diagnose(w)
	if !sc.filter.Active() {
		return all, false
	}
	sas := sc.SAs()
	sel := &FindingSelection{Selected: sas.Selection.Selected}
	d = &Diagnosis{Findings: []Finding{}, Selection: sel}
	sc.addFragments()
	var found []diagnose.Finding
	for _, f := range all.Findings {
		if !sc.fitsFinding(&f, sel.empty) {
			sel.LeftOutFindings++
			continue
		}
		d.Findings = append(d.Findings, f)
		found = append(found, diagnose.Finding{Code: f.Code, Severity: f.Severity})
	}
	for _, x := range all.doubts {
		if sc.fitsHosts(x.Hosts[0], x.Hosts[1]) {
			d.doubts = append(d.doubts, x)
		}
	}
	d.judge(diagnose.Judge(found, d.doubts))
	if sel.empty && d.Healthy {
		d.judge(VerdictUnknown)
	}
	return d, sc.Complete(sas)
}

// addFragments puts fragments without the rest into the scope: they never became a packet, but have hosts.
func (sc *Scope) addFragments() {
	for _, set := range sc.session.Incomplete {
		if sc.fitsHosts(set.Src, set.Dst) {
			sc.fits.add(set.Frames...)
		}
	}
}

// ofCapture are the classes of findings about the capture as a whole.
var ofCapture = []diagnose.Class{diagnose.Sight, diagnose.Unseen}

// fitsFinding reports whether a finding stays. Where nothing was selected only those about the capture do.
func (sc *Scope) fitsFinding(f *Finding, empty bool) bool {
	switch {
	case f.IKE == "" && slices.Contains(ofCapture, f.Code.Info().Class):
		return true
	case f.IKE == "" && len(f.Frames) == 0:
		return !empty
	case len(f.Frames) == 0:
		return sc.wanted[f.IKE] && sc.hasExchange(f.IKE)
	}
	return (sc.wanted[f.IKE] || sc.fits.hasOne(f.Frames)) && sc.fitsFrames(f)
}

// hasExchange reports whether an exchange of the IKE SA with these cookies is in the selection.
func (sc *Scope) hasExchange(ike string) bool {
	for i, sa := range sc.session.SAs {
		if cookies(sa) == ike && len(sc.keep[i]) > 0 {
			return true
		}
	}
	return false
}

// fitsFrames reports whether a frame of the finding is in the time that is asked for.
func (sc *Scope) fitsFrames(f *Finding) bool {
	if f.span && len(f.Frames) == 2 {
		return sc.inTime.hasBetween(f.Frames[0], f.Frames[1])
	}
	return sc.inTime.hasOne(f.Frames)
}
