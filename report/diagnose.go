package report

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
	"github.com/ikedecode/ikedecode/report/words"
)

// A Diagnosis is what went wrong, in which frame, and what to change.
type Diagnosis struct {
	Verdict  Verdict   `json:"verdict"`
	Healthy  bool      `json:"healthy"`  // the verdict is that
	Findings []Finding `json:"findings"` // problems first
	// Selection is set where a filter left something out.
	Selection *FindingSelection `json:"selection,omitempty"`

	doubts []diagnose.Doubt
}

// A Verdict says whether the tunnels work.
type Verdict = diagnose.Verdict

// The verdicts.
const (
	VerdictHealthy = diagnose.VerdictHealthy
	VerdictProblem = diagnose.VerdictProblem
	VerdictUnknown = diagnose.VerdictUnknown
)

// A Finding is one fact worth knowing, with its evidence.
type Finding struct {
	Code     diagnose.Code `json:"code"` // stable, as listed in docs/json.md
	Severity Severity      `json:"severity"`
	Text     string        `json:"text"` // one sentence
	Frames   []int         `json:"frames,omitempty"`
	Details  []string      `json:"details,omitempty"` // what was offered, for instance
	Hint     string        `json:"hint,omitempty"`
	// Time is that of the first of Frames, and Offset the same in seconds since the first packet of the capture; nil where it is not known.
	Time   *time.Time `json:"time,omitempty"`
	Offset *float64   `json:"offset,omitempty"`
	span   bool       // Frames are the first and the last of many
	IKE    string     `json:"ike_sa,omitempty"` // cookies

	Values  []Compared `json:"values,omitempty"`  // of both peers
	Options []Option   `json:"options,omitempty"` // where to change it
	RFC     string     `json:"rfc,omitempty"`
	Alike   int        `json:"alike,omitempty"` // how many more of the same it stands for

	peers [2]netip.Addr     // the initiator, the responder; not valid without an IKE SA
	also  []string          // further IKE SAs
	worst diagnose.Severity // of what it stands for
	flows []traffic.Flow
	hosts negotiation.Hosts // without an IKE SA: between which it was found; the zero value: not known
}

// Key names the finding among those of a capture that goes on: it stays when more packets of the same come.
func (f *Finding) Key() string {
	key := fmt.Sprintf("%s %s %v", f.Code, f.IKE, f.peers)
	if f.IKE == "" && len(f.Frames) > 0 {
		key += fmt.Sprintf(" %d", f.Frames[0])
	}
	return key
}

// Severity says how bad a finding is.
type Severity = diagnose.Severity

// The severities: a problem keeps the tunnel or the reading of it from working, a warning may, a note does not.
const (
	SeverityProblem = diagnose.Problem
	SeverityWarning = diagnose.Warning
	SeverityNote    = diagnose.Noteworthy
)

// An Option is the setting of one product that a finding is about.
type Option = diagnose.Option

// A Compared is one thing that both peers say, each in its own words.
type Compared = diagnose.Compared

// Diagnose makes the diagnosis of s after Run, for who needs no other report of it. w may be nil.
func Diagnose(s *ikedecode.Session, w *traffic.Watch) *Diagnosis { return Read(s).Diagnose(w) }

// Diagnose makes the diagnosis. w may be nil.
func (x *Reading) Diagnose(w *traffic.Watch) *Diagnosis {
	found := diagnose.Run(x.Reading, w)
	r := &Diagnosis{Findings: []Finding{}, doubts: found.Doubts}
	for i := range found.Findings {
		f := newFinding(&found.Findings[i])
		if w != nil {
			f.date(&w.Times)
		}
		r.Findings = append(r.Findings, f)
	}
	r.judge(found.Verdict)
	return r
}

func (d *Diagnosis) judge(v Verdict) { d.Verdict, d.Healthy = v, v == VerdictHealthy }

// newFinding puts a finding into words.
func newFinding(f *diagnose.Finding) Finding {
	text := words.Of(f)
	r := Finding{Code: f.Code, Severity: f.Severity, Text: text.Headline, Frames: f.Frames, Details: text.Details, Hint: text.Hint, span: f.Span,
		Values: text.Compared, Options: f.Options(), RFC: f.References(), Alike: f.Alike}
	if f.Subject.IsSA() {
		r.IKE = f.Subject.SPIs[0].String() + ":" + f.Subject.SPIs[1].String()
		r.peers = [2]netip.Addr{f.Subject.Initiator, f.Subject.Responder}
	} else if h, ok := f.Hosts(); ok {
		r.hosts = h
	}
	for _, s := range f.Also {
		r.also = append(r.also, s.SPIs[0].String()+":"+s.SPIs[1].String())
	}
	if x, ok := f.Facts.(diagnose.More); ok {
		r.worst = x.Worst
	} else {
		r.worst = f.Severity
	}
	r.flows = f.Flows()
	return r
}

// date gives the finding the time of its first frame.
func (f *Finding) date(t *traffic.Times) {
	if len(f.Frames) == 0 {
		return
	}
	if at, ok := t.Of(f.Frames[0]); ok {
		at = at.UTC()
		offset := at.Sub(t.First()).Seconds()
		f.Time, f.Offset = &at, &offset
	}
}

// More says how many findings f stands for besides itself.
func (f *Finding) More() string {
	if f.Alike == 0 {
		return ""
	}
	return "; seen " + count(f.Alike, "more time")
}
