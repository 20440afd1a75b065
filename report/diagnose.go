package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
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
	Code     string   `json:"code"` // stable, as listed in docs/json.md
	Severity Severity `json:"severity"`
	Text     string   `json:"text"` // one sentence
	Frames   []int    `json:"frames,omitempty"`
	Details  []string `json:"details,omitempty"` // what was offered, for instance
	Hint     string   `json:"hint,omitempty"`
	span     bool     // Frames are the first and the last of many
	IKE      string   `json:"ike_sa,omitempty"` // cookies

	Values  []Compared `json:"values,omitempty"`  // of both sides
	Options []Option   `json:"options,omitempty"` // where to change it
	RFC     string     `json:"rfc,omitempty"`
	Alike   int        `json:"alike,omitempty"` // how many more of the same it stands for
}

// Severity says how bad a finding is.
type Severity string

// The severities: a problem keeps the tunnel or the reading of it from working, a warning may, a note does not.
const (
	SeverityProblem Severity = "problem"
	SeverityWarning Severity = "warning"
	SeverityNote    Severity = "note"
)

var severityOrder = map[Severity]int{SeverityProblem: 0, SeverityWarning: 1, SeverityNote: 2}

// A diagnosis is the work on one.
type diagnosis struct {
	session  *ikedecode.Session
	watch    *Watch
	stories  []*story
	findings []*Finding
	stances  map[stanceKey][]stance // what each side is known to offer and to take; nil until asked for
	policies map[policyKey][]policy // the networks that each side has, likewise
	ids      *ids                   // who is who, likewise
	certs    *Certificates          // likewise
	started  map[[2]netip.Addr][]modeStart
	between  map[[2]netip.Addr][]*story
	firsts   map[repeatKey]*Finding // what later findings of the same cause add to
	told     map[int]bool           // the frames of the first indexed findings
	indexed  int
	perCode  map[string]*tally // findings about IKE SAs
	used     []flowFacts       // the SAs with packets; nil until asked for
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

// Diagnose makes the diagnosis of s after Run. w may be nil.
func Diagnose(s *ikedecode.Session, w *Watch) *Diagnosis {
	if w == nil {
		w = &Watch{}
	}
	d := &diagnosis{session: s, watch: w, stories: storiesOf(s)}
	for _, rule := range rules {
		rule(d)
	}
	d.addMore()
	d.blame()
	slices.SortStableFunc(d.findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(severityOrder[a.Severity], severityOrder[b.Severity]), cmp.Compare(silence(a.Code), silence(b.Code)))
	})
	r := &Diagnosis{Findings: []Finding{}, Healthy: true}
	for _, f := range d.findings {
		if f.Severity != SeverityNote && !weaknesses[f.Code] {
			r.Healthy = false
		}
	}
	if r.Healthy {
		if f, ok := d.health(); ok {
			r.Findings = append(r.Findings, f)
		}
	}
	for _, f := range d.findings {
		r.Findings = append(r.Findings, *f)
	}
	if c := s.Counts; c.IKE+c.ESP == 0 {
		r.Healthy = false
		r.Findings = append(r.Findings, d.noIPsec())
	}
	return r
}

// noIPsec is for a capture without any IPsec.
func (d *diagnosis) noIPsec() Finding {
	f := Finding{Code: "no-ipsec", Severity: SeverityNote,
		Text: fmt.Sprintf("no IKE message and no ESP or AH packet in %s", count(d.session.Counts.Packets, "packet")),
		Hint: "capture outside the tunnel, where UDP 500 and 4500 and ESP pass; not the inner interface"}
	if text := d.watch.encap.text(); text != "" {
		f.Text += "; " + text + ", and what is inside is not looked into"
		f.Hint = "take the outer headers off first (editcap -C cuts bytes off the front of each packet), or mirror without them"
	}
	return f
}

// silence is 1 for a code that says no more than that nothing came: what explains it stands before it.
func silence(code string) int {
	switch code {
	case "no-response", "phase1-stopped", "phase2-no-response":
		return 1
	}
	return 0
}

// blame makes a lost fragment the problem where the IKE SA that it is of went no further.
func (d *diagnosis) blame() {
	stopped := make(map[string]bool)
	for _, f := range d.findings {
		if silence(f.Code) == 1 && f.IKE != "" {
			stopped[f.IKE] = true
		}
	}
	for _, f := range d.findings {
		if f.Code == "fragment-lost" && f.Severity == SeverityWarning && stopped[f.IKE] {
			f.Severity = SeverityProblem
		}
	}
}

// add adds a finding and returns where it stands: others of the same cause may add to it.
func (d *diagnosis) add(f Finding) *Finding {
	f.complete(0)
	d.findings = append(d.findings, &f)
	return &f
}

// addSA adds a finding about an IKE SA. It returns nil where there are enough of its code, and that of the same cause which it added to.
func (d *diagnosis) addSA(sa *ikesa.SA, f Finding) *Finding {
	f.IKE = sa.Initiator.String() + ":" + sa.Responder.String()
	f.complete(sa.Version)
	k, folds := repeatKeyOf(sa, &f)
	if folds {
		if first := d.firsts[k]; first != nil {
			d.repeat(first, &f)
			return first
		}
	}
	if d.tooMany(&f) {
		return nil
	}
	if f.Severity == SeverityProblem {
		f.Details = append(f.Details, d.reasons(sa, &f)...)
		f.Details = append(f.Details, d.laterSuccess(sa, &f)...)
	}
	added := d.add(f)
	if folds {
		if d.firsts == nil {
			d.firsts = make(map[repeatKey]*Finding)
		}
		d.firsts[k] = added
	}
	return added
}

// health is the one line about a capture in which nothing is wrong.
func (d *diagnosis) health() (Finding, bool) {
	c, s := d.session.Counts, d.session
	up, quick, children, version2 := 0, 0, 0, false
	for _, sa := range s.SAs {
		if established(sa) {
			up++
			version2 = version2 || sa.Version == 2
		}
		for _, ch := range sa.Children {
			switch {
			case ch.Complete && ch.Version == 2:
				children++
			case ch.Complete:
				quick++
			}
		}
	}
	if up == 0 && c.Opened == 0 {
		return Finding{}, false
	}
	icv := "every ICV right"
	if c.Unverified > 0 {
		icv = fmt.Sprintf("%d of them without an ICV to check", c.Unverified)
	}
	var parts []string
	if up > 0 {
		parts = append(parts, count(up, "IKE SA")+" established")
	}
	given := d.givenSAs()
	none := up > 0 && quick+children+given == 0
	if quick > 0 || none && !version2 {
		parts = append(parts, count(quick, "Quick Mode"))
	}
	if children > 0 || none && version2 {
		parts = append(parts, count(children, "Child SA"))
	}
	if given > 0 {
		parts = append(parts, count(given, "ESP or AH SA")+" from the keys given")
	}
	switch {
	case c.Opened > 0:
		parts = append(parts, "all "+count(c.Opened, "ESP or AH packet")+" opened", icv)
	case c.ESP == 0:
		parts = append(parts, "no ESP or AH packet in the capture")
	}
	return Finding{Code: "healthy", Severity: SeverityNote, Text: "the tunnel is healthy" + d.butWeak() + ": " + join(parts, ", ")}, true
}

// givenSAs counts the SAs with packets that nothing in the capture negotiates: their keys were given.
func (d *diagnosis) givenSAs() (n int) {
	for _, f := range d.flows() {
		if f.ref.child == nil && f.st.Opened > 0 && f.sa.Protocol != esp.IPComp {
			n++
		}
	}
	return n
}

// Text writes the diagnosis for people.
func (r *Diagnosis) Text(p *Printer) error {
	if r.Selection != nil {
		r.Selection.write(p, r.Selection.text())
	}
	if len(r.Findings) == 0 {
		p.text(0, "nothing to report")
	}
	styles := map[Severity]Style{SeverityProblem: Bad, SeverityWarning: Caution, SeverityNote: Dim}
	for i, f := range r.Findings {
		if i > 0 && f.Severity != SeverityNote {
			p.blank()
		}
		style := styles[f.Severity]
		if f.Code == "healthy" {
			style = Good
		}
		word := string(f.Severity)
		if f.Code == "healthy" {
			word = "ok"
		}
		where := ""
		switch {
		case f.span && len(f.Frames) == 2:
			where = " (" + frameRange(f.Frames[0], f.Frames[1]) + ")"
		case len(f.Frames) > 0:
			where = " (" + frameList(f.Frames) + ")"
		}
		p.line(0, 2, styled(style, word+": "), plain(f.Text+f.more()+where+" ["+f.Code+"]"))
		for _, line := range comparison(f.Values) {
			p.line(4, 6, plain(line))
		}
		for _, detail := range f.Details {
			p.line(4, 6, plain(detail))
		}
		if f.Hint != "" {
			p.line(2, 4, styled(Caution, "hint: "), plain(f.Hint))
		}
		for _, o := range f.Options {
			p.line(2, 4, styled(Dim, o.Product+": "), plain(o.Name))
		}
		if f.RFC != "" && f.Severity != SeverityNote {
			p.line(2, 4, styled(Dim, "see "+f.RFC))
		}
	}
	return p.Err()
}
