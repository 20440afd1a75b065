package diagnose

import (
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
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
	return true
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
			o := negotiation.OutOfTime(c)
			if o == nil {
				continue
			}
			severity := Warning
			if o.Kind == negotiation.ExpiresSoon {
				severity = Noteworthy
			}
			d.addSA(s.SA, Finding{Code: CodeCertificateProblem, Severity: severity, Grade: Wire, From: c.From,
				Frames: c.Frames[:1], Facts: CertificateTaken{Objection: o}})
		}
	}
}
