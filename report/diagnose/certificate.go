package diagnose

import (
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about certificates that the peer rejects.

// certProblem turns the finding about a rejected proof into one about the certificate, where something is wrong with it.
func (d *diagnosis) certProblem(r *refusedProof, f *Finding, facts *RefusedProof) bool {
	o := d.Certificates().Objection(r.s.SA, ike.SideOf(r.prover))
	if o == nil {
		return false
	}
	f.Code, f.Compared = CodeCertificateProblem, certRows(o.Certificate, d.Certificates().Own(r.s.SA, o.Certificate.From.Other()))
	f.Frames = Frames(append(f.Frames, o.Certificate.Frames[0])...)
	facts.Why, facts.Objection = ProofCertificate, o
	if o.Client != negotiation.OtherClient {
		f.Grade = Likely
	}
	return true
}

// beforeEAP is for an initiator that gave up before it said anything to EAP, as said tells; zero: without a word. What it read first is how the
// responder authenticates.
func (d *diagnosis) beforeEAP(r *refusedProof) Finding {
	f, facts := r.facts(d)
	if own := d.Certificates().Own(r.s.SA, Responder); f.Code == CodeAuthFailed && own != nil {
		f.Code, f.Grade, f.Compared = CodeCertificateProblem, Likely, certRows(own, nil)
		facts.Why, facts.Certificate = ProofBeforeEAP, own
	}
	facts.Client = negotiation.ClientOf(r.s.SA)
	f.Facts = facts
	return f
}

// gaveUp finds an initiator that got the certificate of the responder and the first request of EAP and says nothing more: it does not ask
// again, and the capture goes on.
func (d *diagnosis) gaveUp(s *negotiation.Story, x *ikesa.Exchange) (f Finding, ok bool) {
	last := x.Messages[len(x.Messages)-1]
	if rounds(x) > 1 || !last.IsResponse() || !negotiation.EAPFollows(last) || d.Certificates().Own(s.SA, Responder) == nil ||
		d.Session.Last.Sub(last.Time) < retriesWithin || slices.ContainsFunc(x.Messages, func(m *ikesa.Message) bool { return m != last && sentAfter(m, last) }) {
		return f, false
	}
	f = d.beforeEAP(&refusedProof{s: s, x: x, frames: []int{x.Messages[0].Frame, last.Frame}})
	f.Grade = min(f.Grade, Likely)
	return f, f.Code == CodeCertificateProblem
}

// certRows compares the certificates of both peers.
func certRows(c, other *negotiation.Certificate) []Compared {
	row := func(name string, value func(*negotiation.Certificate) string) Compared {
		r := Compared{Name: name, Initiator: value(c), Responder: "not in the capture"}
		if other != nil {
			r.Responder = value(other)
		}
		if c.From == ike.Responder {
			r.Initiator, r.Responder = r.Responder, r.Initiator
		}
		return r
	}
	rows := []Compared{
		row("certificate", func(c *negotiation.Certificate) string { return c.X509().SubjectName() }),
		row("issuer", func(c *negotiation.Certificate) string { return c.X509().IssuerName() }),
		row("valid", func(c *negotiation.Certificate) string {
			return dateOf(c.X509().NotBefore) + " to " + dateOf(c.X509().NotAfter)
		}),
		row("names", func(c *negotiation.Certificate) string { return altNames(c.X509()) }),
	}
	rows[2].Differs = c.Validity == negotiation.ValidityExpired || c.Validity == negotiation.ValidityNotYet
	if other != nil {
		rows[1].Differs = rows[1].Initiator != rows[1].Responder
		rows[2].Differs = rows[2].Differs || c.Validity != other.Validity
	}
	return rows
}

func altNames(c *cert.Certificate) string {
	var names []string
	for _, n := range c.AltNames {
		names = append(names, n.String())
	}
	return strings.Join(names, ", ")
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format(time.DateOnly)
}

// leftAtOnce reports whether the initiator of an IKE SA that came up used it for nothing: after the last response of IKE_AUTH it sent nothing but
// Informationals, though the capture goes on.
func (d *diagnosis) leftAtOnce(sa *ikesa.SA) bool {
	var auth *ikesa.Message
	for _, m := range sa.Messages {
		switch t := negotiation.TypeOf(m); {
		case t == ikev2.ExchangeAuth && m.IsResponse():
			auth = m
		case t == ikev2.ExchangeCreateChild:
			return false
		}
	}
	return auth != nil && d.Session.Last.Sub(auth.Time) >= retriesWithin && d.lastESP(sa, sa.InitiatorAddr.Addr()) == 0
}

// relied reports whether the peer of the owner of a certificate went on after it came, but for an Informational, which may reject it.
func (d *diagnosis) relied(sa *ikesa.SA, c *negotiation.Certificate) bool {
	peer := sa.InitiatorAddr.Addr()
	if c.From == Initiator {
		peer = sa.ResponderAddr.Addr()
	}
	return d.lastESP(sa, peer) > 0 || slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		t := negotiation.TypeOf(m)
		return SideOf(m.FromInitiator) != c.From && m.Frame > c.Frames[0] && t != ikev2.ExchangeInformational && t != ikev1.ExchangeInformational
	})
}

// certificates finds, where the tunnel came up all the same, certificates that are expired or not yet valid, or will soon expire.
func (d *diagnosis) certificates() {
	for _, s := range d.Stories() {
		if !s.SA.Established {
			continue
		}
		for _, c := range d.Certificates().Of(s.SA) {
			if !c.EndEntity || c.X509() == nil {
				continue
			}
			if o := d.Certificates().ClientObjection(s.SA); o != nil && o.Certificate == c && d.leftAtOnce(s.SA) {
				d.addSA(s.SA, Finding{Code: CodeCertificateProblem, Severity: Problem, Grade: Likely, From: Initiator, Compared: certRows(c, nil),
					Frames: c.Frames[:1], Facts: RefusedProof{Prover: Responder, Why: ProofCertificate, Objection: o}})
				continue
			}
			o := negotiation.OutOfTime(c)
			if o == nil {
				continue
			}
			taken := CertificateTaken{Objection: o, Unknown: !d.relied(s.SA, c)}
			if taken.Unknown && d.rejectsByLog(s.SA, c.From.Other()) {
				d.addSA(s.SA, Finding{Code: CodeCertificateProblem, Severity: Problem, Grade: Wire, From: c.From.Other(), Compared: certRows(c, d.Certificates().Own(s.SA, c.From.Other())),
					Frames: c.Frames[:1], Facts: RefusedProof{Prover: c.From, Why: ProofCertificate, Objection: o}})
				continue
			}
			severity := Warning
			if o.Kind == negotiation.ExpiresSoon {
				severity = Noteworthy
			}
			d.addSA(s.SA, Finding{Code: CodeCertificateProblem, Severity: severity, Grade: Wire, From: c.From,
				Frames: c.Frames[:1], Facts: taken})
		}
	}
}

// rejectsByLog reports whether a log of a side of an IKE SA says that it rejects the certificate of the other one.
func (d *diagnosis) rejectsByLog(sa *ikesa.SA, side Side) bool {
	return slices.ContainsFunc(d.logbook().events[sa], func(e *entry) bool {
		return e.Kind == logs.Refused && e.side == side && e.grade == Log && e.Reason.OfCertificate()
	})
}
