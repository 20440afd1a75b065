package diagnose

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What logs and later attempts say of a finding about an IKE SA.

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

// events are those of one kind.
func (d *diagnosis) events(kind logs.Kind) (list []*logs.Event) {
	if d.Session.Bag == nil {
		return nil
	}
	for i := range d.Session.Bag.Events {
		if e := &d.Session.Bag.Events[i]; e.Kind == kind {
			list = append(list, e)
		}
	}
	return list
}

// Reasons of logs are looked for around the frames of a finding, at most so many.
const (
	reasonBefore = time.Second // for a log has no fractions
	reasonAfter  = 2 * time.Second
	maxReasons   = 4
)

// refusals are the events of logs that say why, from the time of a finding; the hour is left out, for the time zone is not known.
func (d *diagnosis) refusals(sa *ikesa.SA, frames []int) (near []*logs.Event) {
	events := d.events(logs.Refused)
	if len(events) == 0 {
		return nil
	}
	var times []time.Time
	for _, m := range sa.Messages {
		if slices.Contains(frames, m.Frame) {
			times = append(times, m.Time.Add(-reasonBefore))
		}
	}
	for _, e := range events {
		if len(near) < maxReasons && slices.ContainsFunc(times, func(t time.Time) bool {
			late, ok := e.Time.AfterInHour(t)
			return ok && late <= reasonBefore+reasonAfter
		}) {
			near = append(near, e)
		}
	}
	return near
}

// reasons are the lines of logs that say why, from the time of a finding.
func (d *diagnosis) reasons(sa *ikesa.SA, frames []int) (lines []LogLine) {
	for _, e := range d.refusals(sa, frames) {
		lines = append(lines, LogLine{At: e.Where(), Text: e.Text})
	}
	return lines
}

// reasonAt is where a log gives a reason at the time of a finding; "" where none does.
func (d *diagnosis) reasonAt(sa *ikesa.SA, frames []int, why logs.Reason) string {
	for _, e := range d.refusals(sa, frames) {
		if e.Reason == why {
			return e.Where()
		}
	}
	return ""
}
