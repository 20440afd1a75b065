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
	case negotiation.IssuerExpired:
		return fmt.Sprintf("that of its issuer %s expired %s before it was sent", cert.DistinguishedName(o.Name), days(o.By))
	case negotiation.IssuerNotYetValid:
		return fmt.Sprintf("that of its issuer %s is valid only from %s after it was sent", cert.DistinguishedName(o.Name), days(o.By))
	case negotiation.WrongIssuer:
		return fmt.Sprintf("the certificate of its issuer %s in the capture has a different key", issuer)
	case negotiation.SelfSigned:
		return "it is self-signed"
	case negotiation.OtherIssuer:
		return fmt.Sprintf("its issuer is %s, the one of %s has the issuer %s", issuer, other, cert.DistinguishedName(o.Name))
	case negotiation.NotAskedFor:
		return fmt.Sprintf("its issuer is %s, but %s requests one of %s", issuer, other, cert.DistinguishedName(o.Name))
	case negotiation.NoServerAuth:
		return "its extended key usage lacks serverAuth"
	case negotiation.ValidTooLong:
		return "it is valid for more than 825 days"
	case negotiation.NotNamed:
		return fmt.Sprintf("it lacks the identity %s %v", c.ID.TypeName(), c.ID)
	case negotiation.OnlyInCommon:
		return fmt.Sprintf("it has the identity %s %v as common name only, not as subjectAltName", c.ID.TypeName(), c.ID)
	}
	return ""
}

// certificateHint says what to change about a certificate that a peer rejected.
func certificateHint(k negotiation.ObjectionKind, refuser, prover string) string {
	switch k {
	case negotiation.WrongIssuer, negotiation.SelfSigned, negotiation.OtherIssuer, negotiation.NotAskedFor:
		return hint(fmt.Sprintf("on %s trust the CA of this certificate, or send its intermediate CAs from %s", refuser, prover), ", or use another certificate")
	case negotiation.NoServerAuth, negotiation.ValidTooLong:
		return fmt.Sprintf("on %s use a certificate with serverAuth and its name in subjectAltName, for at most 825 days", prover)
	}
	return fmt.Sprintf("on %s use a valid certificate with its identity as subjectAltName, of an issuer that %s trusts", prover, refuser)
}

// clientRules is what a client demands of a server's certificate; nil for clients without rules of their own.
func clientRules(client negotiation.Client, who string) []string {
	switch client {
	case negotiation.Windows:
		return []string{who + " is a Windows client, error 13801 there: it requires serverAuth, the name that the user connects to, and a trusted CA"}
	case negotiation.Apple:
		return []string{who + " is an Apple client: it requires serverAuth, the remote identifier in subjectAltName, and at most 825 days"}
	}
	return nil
}

func certificateTaken(f *diagnose.Finding, x *diagnose.CertificateTaken) Text {
	c := x.Objection.Certificate.X509()
	owner := peer(f, f.From)
	t := Text{Headline: fmt.Sprintf("the certificate of %s was accepted, although %s", owner, objection(f, x.Objection)),
		Details: []string{"certificate " + c.SubjectName()}, Hint: fmt.Sprintf("replace it on %s; a peer that checks validity rejects it", owner)}
	if x.Unknown {
		t.Headline = fmt.Sprintf("the certificate of %s: %s; cannot tell: accepted or rejected", owner, objection(f, x.Objection))
	}
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
