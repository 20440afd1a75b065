package words

import (
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// CertificateWeaknesses says what is weak about key and signature of a certificate.
func CertificateWeaknesses(c *negotiation.Certificate) (list []string) {
	key := c.Content.Key
	if c.X509() != nil {
		key = &c.X509().Key
	}
	if c.WeakKey {
		list = append(list, "key "+key.String())
	}
	if c.WeakSignature {
		list = append(list, "signature "+c.X509().SignatureName())
	}
	return list
}

// CertificateFindings says what may keep the other side from taking a certificate.
func CertificateFindings(c *negotiation.Certificate) (list []string) {
	if c.X509() == nil {
		return nil
	}
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	switch c.Validity {
	case negotiation.ValidityExpired:
		add("it expired on %s", day(c.X509().NotAfter))
	case negotiation.ValidityNotYet:
		add("it is not valid before %s", day(c.X509().NotBefore))
	}
	switch c.Match {
	case negotiation.MatchNone:
		add("none of its names is the ID %s", c.ID.Value())
	case negotiation.MatchCN:
		add("only its common name is the ID %s: the standards want it in the subjectAltName", c.ID.Value())
	}
	if c.Chain == negotiation.ChainBroken {
		add("the key of its issuer's certificate in the capture did not sign it")
	}
	if c.CannotSign() {
		add("its key usage does not let it sign")
	}
	for _, w := range CertificateWeaknesses(c) {
		add("weak %s", w)
	}
	if odd := c.X509().Odd; odd != "" {
		add("strict readers refuse it: %s", odd)
	}
	return list
}

// objection says what the other side may have against a certificate.
func objection(o *negotiation.Objection) string {
	c := o.Certificate
	issuer, other := c.X509().IssuerName(), Side(c.From.Other())
	switch o.Kind {
	case negotiation.Expired:
		return fmt.Sprintf("it expired on %s, %s before it was sent", day(c.X509().NotAfter), days(o.By))
	case negotiation.NotYetValid:
		return fmt.Sprintf("it is valid from %s on, %s after it was sent", day(c.X509().NotBefore), days(o.By))
	case negotiation.WrongIssuer:
		return fmt.Sprintf("the certificate of its issuer %s in the capture has another key", issuer)
	case negotiation.SelfSigned:
		return "it is self-signed"
	case negotiation.OtherIssuer:
		return fmt.Sprintf("it comes from %s, the %s's own from %s", issuer, other, cert.DistinguishedName(o.Name))
	case negotiation.NotAskedFor:
		return fmt.Sprintf("it comes from %s, and the %s asks for one of %s", issuer, other, cert.DistinguishedName(o.Name))
	case negotiation.NotNamed:
		return fmt.Sprintf("it does not hold the identity %v (%s)", c.ID, c.ID.TypeName())
	case negotiation.OnlyInCommon:
		return fmt.Sprintf("it has the identity %v (%s) as its common name alone, not as a subjectAltName", c.ID, c.ID.TypeName())
	}
	return ""
}

func certificateTaken(f *diagnose.Finding, x *diagnose.CertificateTaken) Text {
	c := x.Objection.Certificate.X509()
	t := Text{Headline: fmt.Sprintf("the %s's certificate %s was taken, though %s", Side(f.From), c.SubjectName(), objection(x.Objection)),
		Hint: "replace it; a peer that checks the time of certificates refuses it"}
	if x.Objection.Kind == negotiation.ExpiresSoon {
		t.Headline = fmt.Sprintf("the %s's certificate %s expires on %s, %s after it was sent", Side(f.From), c.SubjectName(), day(c.NotAfter), days(x.Objection.By))
	}
	return t
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// days is a duration in days, or in hours where it is short.
func days(t time.Duration) string {
	if t < 48*time.Hour {
		return Count(int(t.Hours()), "hour")
	}
	return Count(int(t.Hours()/24), "day")
}
