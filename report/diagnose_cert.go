package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Certificates that the other side does not take.

// expiresSoon is how long before its end a certificate is worth a note.
const expiresSoon = 14 * 24 * time.Hour

// endEntityOf is the certificate with which a side proves who it is; nil where it is not known.
func endEntityOf(list []*Certificate, initiator bool) *Certificate {
	for _, c := range list {
		if c.EndEntity && c.Kind == CertKindX509 && c.Sender == side(initiator) {
			return c
		}
	}
	return nil
}

// authoritiesAsked are the authorities that a side names in its CERTREQ payloads.
func (d *diagnosis) authoritiesAsked(sa *ikesa.SA, initiator bool) (list []Authority) {
	const most = 256
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if m.FromInitiator == initiator && len(list) < most {
				list = append(list, d.certs().authorities(p.Body)...)
			}
		}
	}
	return list
}

// certProblem turns the finding about a refused proof into one about the certificate, where something is wrong with it.
func (d *diagnosis) certProblem(r *refusedProof, f *diagnose.Finding, facts *diagnose.RefusedProof) bool {
	list := d.certs().Of(r.s.SA)
	c := endEntityOf(list, r.prover)
	if c == nil {
		return false
	}
	at := messageTime(r.s.SA, c.Frames[0])
	why := validityTrouble(c, at)
	if why == "" {
		why = d.issuerTrouble(r.s.SA, c, endEntityOf(list, !r.prover), r.prover)
	}
	if why == "" {
		why = nameTrouble(r.s.SA, c, r.prover)
	}
	if why == "" {
		return false
	}
	f.Code, f.Compared = diagnose.CodeCertificateProblem, certRows(c, endEntityOf(list, !r.prover), r.prover)
	f.Frames = frames(append(f.Frames, c.Frames[0])...)
	facts.Why, facts.Subject, facts.Trouble = diagnose.ProofCertificate, c.Subject, why
	return true
}

func messageTime(sa *ikesa.SA, frame int) time.Time {
	for _, m := range sa.Messages {
		if m.Frame == frame {
			return m.Time
		}
	}
	return time.Time{}
}

// validityTrouble says whether a certificate was out of its time when it was sent.
func validityTrouble(c *Certificate, at time.Time) string {
	switch c.Validity {
	case ValidityExpired:
		return fmt.Sprintf("it expired on %s, %s before it was sent", c.NotAfter.Format(time.DateOnly), days(at.Sub(*c.NotAfter)))
	case ValidityNotYet:
		return fmt.Sprintf("it is valid from %s on, %s after it was sent", c.NotBefore.Format(time.DateOnly), days(c.NotBefore.Sub(at)))
	}
	return ""
}

// days is a duration in days, or in hours where it is short.
func days(t time.Duration) string {
	if t < 48*time.Hour {
		return count(int(t.Hours()), "hour")
	}
	return count(int(t.Hours()/24), "day")
}

// issuerTrouble says whether nothing in the capture leads from a certificate to an authority that the other side is known to
// trust: one that it asks for, or that has issued its own certificate.
func (d *diagnosis) issuerTrouble(sa *ikesa.SA, c, other *Certificate, prover bool) string {
	if c.Chain == ChainBroken {
		return fmt.Sprintf("the certificate of its issuer %s in the capture has another key", c.Issuer)
	}
	asked := d.authoritiesAsked(sa, !prover)
	for _, a := range asked {
		if a.Name != "" && a.Name == c.Issuer || a.SHA256 != "" && slices.Contains(c.IssuerSums, a.SHA256) {
			return ""
		}
	}
	switch {
	case other != nil && other.Issuer == c.Issuer:
		return ""
	case c.Chain == ChainSelfSigned:
		return "it is self-signed"
	case other != nil:
		return fmt.Sprintf("it comes from %s, the %s's own from %s", c.Issuer, side(!prover), other.Issuer)
	case len(asked) == 1 && asked[0].Name != "":
		return fmt.Sprintf("it comes from %s, and the %s asks for one of %s", c.Issuer, side(!prover), asked[0].Name)
	}
	return ""
}

// nameTrouble says whether a certificate does not hold the identity that its sender gives.
func nameTrouble(sa *ikesa.SA, c *Certificate, prover bool) string {
	switch c.IDMatch {
	case MatchNone:
		return fmt.Sprintf("it does not hold the identity %s", saidID(sa, prover))
	case MatchCN:
		return fmt.Sprintf("it has the identity %s as its common name alone, not as a subjectAltName", saidID(sa, prover))
	}
	return ""
}

// certRows compares the certificates of both sides.
func certRows(c, other *Certificate, prover bool) []Compared {
	row := func(name string, value func(*Certificate) string) Compared {
		r := Compared{Name: name, Initiator: value(c), Responder: "not in the capture"}
		if other != nil {
			r.Responder = value(other)
		}
		if !prover {
			r.Initiator, r.Responder = r.Responder, r.Initiator
		}
		return r
	}
	rows := []Compared{
		row("certificate", func(c *Certificate) string { return c.Subject }),
		row("issuer", func(c *Certificate) string { return c.Issuer }),
		row("valid", func(c *Certificate) string { return dateOf(c.NotBefore) + " to " + dateOf(c.NotAfter) }),
		row("names", func(c *Certificate) string { return join(c.SAN, ", ") }),
	}
	rows[2].Differs = c.Validity == ValidityExpired || c.Validity == ValidityNotYet
	if other != nil {
		rows[1].Differs = c.Issuer != other.Issuer
		rows[2].Differs = rows[2].Differs || c.Validity != other.Validity
	}
	return rows
}

func dateOf(t *time.Time) string {
	if t == nil {
		return "?"
	}
	return t.Format(time.DateOnly)
}

// certificates finds, where a tunnel came up all the same, certificates that are out of their time or will be soon.
func (d *diagnosis) certificates() {
	for _, s := range d.stories {
		if !established(s.SA) {
			continue
		}
		for _, c := range d.certs().Of(s.SA) {
			if !c.EndEntity || c.Kind != CertKindX509 {
				continue
			}
			at := messageTime(s.SA, c.Frames[0])
			from := diagnose.SideOf(c.Sender == side(true))
			f := diagnose.Finding{Code: diagnose.CodeCertificateProblem, Severity: SeverityWarning, Grade: diagnose.Wire, From: from, Frames: c.Frames[:1]}
			switch why := validityTrouble(c, at); {
			case why != "":
				f.Facts = diagnose.CertificateTaken{Subject: c.Subject, Trouble: why}
			case c.NotAfter != nil && c.NotAfter.Sub(at) < expiresSoon:
				f.Severity = SeverityNote
				f.Facts = diagnose.CertificateTaken{Subject: c.Subject, Expires: dateOf(c.NotAfter), After: days(c.NotAfter.Sub(at))}
			default:
				continue
			}
			d.typedSA(s.SA, f)
		}
	}
}
