package report

import (
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
	"github.com/ikedecode/ikedecode/report/words"
)

// A Diagnosis is what went wrong, in which frame, and what to change.
type Diagnosis struct {
	Healthy  bool      `json:"healthy"`
	Findings []Finding `json:"findings"` // problems first
	// Selection is set where a filter left something out.
	Selection *FindingSelection `json:"selection,omitempty"`
}

// A Finding is one fact worth knowing, with its evidence.
type Finding struct {
	Code     diagnose.Code `json:"code"` // stable, as listed in docs/json.md
	Severity Severity      `json:"severity"`
	Text     string        `json:"text"` // one sentence
	Frames   []int         `json:"frames,omitempty"`
	Details  []string      `json:"details,omitempty"` // what was offered, for instance
	Hint     string        `json:"hint,omitempty"`
	span     bool          // Frames are the first and the last of many
	IKE      string        `json:"ike_sa,omitempty"` // cookies

	Values  []Compared `json:"values,omitempty"`  // of both sides
	Options []Option   `json:"options,omitempty"` // where to change it
	RFC     string     `json:"rfc,omitempty"`
	Alike   int        `json:"alike,omitempty"` // how many more of the same it stands for

	peers [2]netip.Addr // the initiator, the responder; not valid without an IKE SA
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

// A Compared is one thing that both sides say, each in its own words.
type Compared = diagnose.Compared

// A diagnosis is the work on one.
type diagnosis struct {
	*negotiation.Reading
	watch    *traffic.Watch
	stories  []*negotiation.Story
	found    []diagnose.Finding
	stances  map[stanceKey][]stance // what each side is known to offer and to take; nil until asked for
	policies map[policyKey][]policy // the networks that each side has, likewise
	ids      *ids                   // who is who, likewise
	started  map[[2]netip.Addr][]modeStart
}

// rules find things, the more fundamental ones first: that is the order of findings of one severity.
var rules = []func(*diagnosis){
	(*diagnosis).cutMessages,
	(*diagnosis).unreachable,
	(*diagnosis).phase1,
	(*diagnosis).identity,
	(*diagnosis).xauth,
	(*diagnosis).phase2,
	(*diagnosis).ikev2,
	(*diagnosis).transportMode,
	(*diagnosis).certificates,
	(*diagnosis).deadPeer,
	(*diagnosis).lostAnswers,
	(*diagnosis).largeUnanswered,
	(*diagnosis).largeInside,
	(*diagnosis).mappings,
	(*diagnosis).collisions,
	(*diagnosis).lifetimes,
	(*diagnosis).addresses,
	(*diagnosis).clock,
	(*diagnosis).cutFiles,
	(*diagnosis).fragments,
	(*diagnosis).damage,
	(*diagnosis).integrity,
	(*diagnosis).traffic,
	(*diagnosis).closedOneWay,
	(*diagnosis).closedLoss,
	(*diagnosis).otherErrors,
	(*diagnosis).deletes,
	(*diagnosis).childDeletes,
	(*diagnosis).secrets,
	(*diagnosis).unknownSPIs,
	(*diagnosis).nullEncryption,
	(*diagnosis).espNull,
	(*diagnosis).strength,
	(*diagnosis).aggressive,
	(*diagnosis).natDetected,
	(*diagnosis).movedAddresses,
	(*diagnosis).quirks,
	(*diagnosis).retransmissions,
	(*diagnosis).circumstances,
	(*diagnosis).oldProtocol,
}

// Diagnose makes the diagnosis of s after Run, for who wants no other report of it. w may be nil.
func Diagnose(s *ikedecode.Session, w *traffic.Watch) *Diagnosis { return Read(s).Diagnose(w) }

// Diagnose makes the diagnosis. w may be nil.
func (x *Reading) Diagnose(w *traffic.Watch) *Diagnosis {
	if w == nil {
		w = &traffic.Watch{}
	}
	d := &diagnosis{Reading: x.Reading, watch: w, stories: x.Stories()}
	for _, rule := range rules {
		rule(d)
	}
	found := diagnose.Resolve(d.found)
	r := &Diagnosis{Findings: []Finding{}, Healthy: diagnose.IsHealthy(found)}
	if r.Healthy {
		if f, ok := d.health(found); ok {
			r.Findings = append(r.Findings, newFinding(&f))
		}
	}
	for i := range found {
		r.Findings = append(r.Findings, newFinding(&found[i]))
	}
	if c := x.Session.Counts; c.IKE+c.ESP == 0 {
		r.Healthy = false
		f := d.noIPsec()
		r.Findings = append(r.Findings, newFinding(&f))
	}
	return r
}

// newFinding puts a finding into words.
func newFinding(f *diagnose.Finding) Finding {
	text := words.Of(f)
	r := Finding{Code: f.Code, Severity: f.Severity, Text: text.Headline, Frames: f.Frames, Details: text.Details, Hint: text.Hint, span: f.Span,
		Values: text.Compared, Options: f.Options(), RFC: f.References(), Alike: f.Alike}
	if f.Subject.IsSA() {
		r.IKE = f.Subject.SPIs[0].String() + ":" + f.Subject.SPIs[1].String()
		r.peers = [2]netip.Addr{f.Subject.Initiator, f.Subject.Responder}
	}
	return r
}

// noIPsec is for a capture without any IPsec.
func (d *diagnosis) noIPsec() diagnose.Finding {
	facts := diagnose.NoIPsecSeen{Packets: d.Session.Counts.Packets, Unread: d.Session.Unread}
	facts.Wrapped, facts.In = d.watch.Wrapped.Most()
	return diagnose.Finding{Code: diagnose.CodeNoIPsec, Severity: SeverityNote, Grade: diagnose.Wire, Facts: facts}
}

// typed adds a finding that a rule made whole.
func (d *diagnosis) typed(f diagnose.Finding) { d.found = append(d.found, f) }

// typedSA adds a finding about an IKE SA, with what logs and later attempts say of it.
func (d *diagnosis) typedSA(sa *ikesa.SA, f diagnose.Finding) {
	f.Subject = subjectOf(sa)
	if f.Severity == SeverityProblem {
		f.Logs, f.Later = d.reasons(sa, f.Frames), d.laterSuccess(sa, f.Code)
	}
	d.typed(f)
}

// noteSA adds a note about an IKE SA.
func (d *diagnosis) noteSA(sa *ikesa.SA, code diagnose.Code, from diagnose.Side, facts diagnose.Facts, frames []int) {
	d.typed(diagnose.Finding{Code: code, Severity: SeverityNote, Grade: diagnose.Wire, Subject: subjectOf(sa), From: from, Facts: facts, Frames: frames})
}

// subjectOf is an IKE SA as what a finding is about.
func subjectOf(sa *ikesa.SA) diagnose.Subject {
	return diagnose.Subject{Version: sa.Version, SPIs: [2]decode.SPI{sa.Initiator, sa.Responder},
		Initiator: sa.InitiatorAddr.Addr(), Responder: sa.ResponderAddr.Addr()}
}

// health is what came up and was decrypted where nothing is wrong.
func (d *diagnosis) health(found []diagnose.Finding) (diagnose.Finding, bool) {
	c := d.Session.Counts
	facts := diagnose.Health{Given: d.givenSAs(), Packets: c.ESP, Decrypted: c.Opened, Unverified: c.Unverified}
	for _, sa := range d.Session.SAs {
		if sa.Established {
			facts.IKESAs++
			facts.IKEv2 = facts.IKEv2 || sa.Version == 2
		}
		for _, ch := range sa.Children {
			switch {
			case ch.Complete && ch.Version == 2:
				facts.ChildSAs++
			case ch.Complete:
				facts.QuickModes++
			}
		}
	}
	facts.Weak = slices.ContainsFunc(found, func(f diagnose.Finding) bool {
		return f.Severity == SeverityWarning && f.Code.Info().Class == diagnose.Weakness
	})
	return diagnose.Finding{Code: diagnose.CodeHealthy, Severity: SeverityNote, Facts: facts}, facts.IKESAs > 0 || c.Opened > 0
}

// givenSAs counts the SAs with packets that nothing in the capture negotiates: their keys were given.
func (d *diagnosis) givenSAs() (n int) {
	for _, f := range d.flows() {
		if f.Child.Child == nil && f.Stats.Opened > 0 && f.SA.Protocol != esp.IPComp {
			n++
		}
	}
	return n
}
