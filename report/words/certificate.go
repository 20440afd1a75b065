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

// CertificateFindings says why the peer may reject a certificate.
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
		add("none of its names is the identity %s", c.ID.Value())
	case negotiation.MatchCN:
		add("only its common name is the identity %s: the standards require it in subjectAltName", c.ID.Value())
	}
	if c.Chain == negotiation.ChainBroken {
		add("the certificate of its issuer in the capture has a different key")
	}
	if c.CannotSign() {
		add("its key usage does not allow signatures")
	}
	for _, w := range CertificateWeaknesses(c) {
		add("weak %s", w)
	}
	if odd := c.X509().Odd; odd != "" {
		add("strict parsers reject it: %s", odd)
	}
	return list
}

// objection says why the peer may reject a certificate.
func objection(f *diagnose.Finding, o *negotiation.Objection) string {
	c := o.Certificate
	issuer, other := c.X509().IssuerName(), peer(f, c.From.Other())
	switch o.Kind {
	case negotiation.Expired:
		return fmt.Sprintf("it expired on %s, %s before it was sent", day(c.X509().NotAfter), days(o.By))
	case negotiation.NotYetValid:
		return fmt.Sprintf("it is not valid before %s, %s after it was sent", day(c.X509().NotBefore), days(o.By))
	case negotiation.WrongIssuer:
		return fmt.Sprintf("the certificate of its issuer %s in the capture has a different key", issuer)
	case negotiation.SelfSigned:
		return "it is self-signed"
	case negotiation.OtherIssuer:
		return fmt.Sprintf("its issuer is %s, the one of %s has the issuer %s", issuer, other, cert.DistinguishedName(o.Name))
	case negotiation.NotAskedFor:
		return fmt.Sprintf("its issuer is %s, but %s requests one of %s", issuer, other, cert.DistinguishedName(o.Name))
	case negotiation.NotNamed:
		return fmt.Sprintf("it lacks the identity %s %v", c.ID.TypeName(), c.ID)
	case negotiation.OnlyInCommon:
		return fmt.Sprintf("it has the identity %s %v as common name only, not as subjectAltName", c.ID.TypeName(), c.ID)
	}
	return ""
}

func certificateTaken(f *diagnose.Finding, x *diagnose.CertificateTaken) Text {
	c := x.Objection.Certificate.X509()
	owner := peer(f, f.From)
	t := Text{Headline: fmt.Sprintf("the certificate of %s was accepted, although %s", owner, objection(f, x.Objection)),
		Details: []string{"certificate " + c.SubjectName()}, Hint: fmt.Sprintf("replace it on %s; a peer that checks validity rejects it", owner)}
	if x.Objection.Kind == negotiation.ExpiresSoon {
		t.Headline = fmt.Sprintf("the certificate of %s expires on %s, %s after it was sent", owner, day(c.NotAfter), days(x.Objection.By))
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
