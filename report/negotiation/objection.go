package negotiation

import (
	"slices"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// An Objection is what a side may have against the certificate with which its peer authenticates.
type Objection struct {
	Kind        ObjectionKind
	Certificate *Certificate
	By          time.Duration // of the first five: how far the time when it was sent is from the end or the start of its validity
	Name        []byte        // distinguished name in DER: with IssuerExpired, IssuerNotYetValid, OtherIssuer and NotAskedFor
	Client      Client        // with NoServerAuth and ValidTooLong: whose rule it is
}

// An ObjectionKind says what is wrong with a certificate.
type ObjectionKind uint8

// What may be wrong.
const (
	Expired           ObjectionKind = iota + 1
	NotYetValid                     // it is valid only later
	ExpiresSoon                     // it is valid, for a short time
	IssuerExpired                   // the certificate of Name, an issuer above it, which was sent too, has expired
	IssuerNotYetValid               // likewise
	WrongIssuer                     // the certificate of its issuer in the capture has another key
	SelfSigned                      // and nobody asks for it
	OtherIssuer                     // it is not from Name, who issued the peer's own
	NotAskedFor                     // neither it nor an issuer above it that was sent is from Name or another one whom the peer asks for
	NotNamed                        // it does not hold the sender's identity
	OnlyInCommon                    // it holds the sender's identity in its common name alone
	NoServerAuth                    // its extended key usage does not have serverAuth
	ValidTooLong                    // it is valid for more than 825 days
)

// expiresSoon is how long before its end a certificate is worth a note.
const expiresSoon = 14 * 24 * time.Hour

// Objection is what the peer of a side may have against its certificate; nil where nothing is seen, or no certificate.
func (x *Certificates) Objection(sa *ikesa.SA, prover ike.Side) *Objection {
	c := x.Own(sa, prover)
	if c == nil {
		return nil
	}
	if o := OutOfTime(c); o != nil && o.Kind != ExpiresSoon {
		return o
	}
	if o := x.issuerOutOfTime(c); o != nil {
		return o
	}
	if o := x.toIssuer(sa, c); o != nil {
		return o
	}
	switch c.Match {
	case MatchNone:
		return &Objection{Kind: NotNamed, Certificate: c}
	case MatchCN:
		return &Objection{Kind: OnlyInCommon, Certificate: c}
	}
	if prover == ike.Responder {
		return x.ClientObjection(sa)
	}
	return nil
}

// ClientObjection is what a client with rules of its own has against the certificate of the responder; nil: nothing, or it has no such rules.
func (x *Certificates) ClientObjection(sa *ikesa.SA) *Objection {
	client, c := ClientOf(sa), x.Own(sa, ike.Responder)
	switch {
	case c == nil || client == OtherClient:
	case !c.X509().ServerAuth() && (client == Windows || issuedByRules(c)):
		return &Objection{Kind: NoServerAuth, Certificate: c, Client: client}
	case client == Apple && issuedByRules(c) && c.X509().NotAfter.Sub(c.X509().NotBefore) > longestForApple:
		return &Objection{Kind: ValidTooLong, Certificate: c, Client: client}
	}
	return nil
}

// Apple's rules for the certificates of servers are about those that are valid from July 2019 on.
const longestForApple = 825 * 24 * time.Hour

var appleRulesSince = time.Date(2019, time.July, 1, 0, 0, 0, 0, time.UTC)

func issuedByRules(c *Certificate) bool { return c.X509().NotBefore.After(appleRulesSince) }

// issuerOutOfTime is the objection to an issuer above c whose certificate was not valid when c was sent.
func (x *Certificates) issuerOutOfTime(c *Certificate) *Objection {
	if x.undated || clockUnset(c.Sent) {
		return nil
	}
	for _, sum := range c.Issuers {
		by := x.bySum[sum].cert
		switch {
		case !by.NotAfter.IsZero() && c.Sent.After(by.NotAfter):
			return &Objection{Kind: IssuerExpired, Certificate: c, Name: by.Subject, By: c.Sent.Sub(by.NotAfter)}
		case !by.NotBefore.IsZero() && c.Sent.Before(by.NotBefore):
			return &Objection{Kind: IssuerNotYetValid, Certificate: c, Name: by.Subject, By: by.NotBefore.Sub(c.Sent)}
		}
	}
	return nil
}

// OutOfTime is the objection to a certificate that was not valid when it was sent, or that was for a short time; nil to others.
func OutOfTime(c *Certificate) *Objection {
	start, end := c.X509().NotBefore, c.X509().NotAfter
	switch {
	case c.Validity == ValidityExpired:
		return &Objection{Kind: Expired, Certificate: c, By: c.Sent.Sub(end)}
	case c.Validity == ValidityNotYet:
		return &Objection{Kind: NotYetValid, Certificate: c, By: start.Sub(c.Sent)}
	case !end.IsZero() && end.Sub(c.Sent) < expiresSoon:
		return &Objection{Kind: ExpiresSoon, Certificate: c, By: end.Sub(c.Sent)}
	}
	return nil
}

// toIssuer says whether nothing in the capture leads from a certificate to an authority that the peer is known to trust: one that
// it requests, or that has issued its own certificate.
func (x *Certificates) toIssuer(sa *ikesa.SA, c *Certificate) *Objection {
	if c.Chain == ChainBroken {
		return &Objection{Kind: WrongIssuer, Certificate: c}
	}
	issuers := []string{nameKey(c.X509().Issuer)}
	for _, sum := range c.Issuers {
		issuers = append(issuers, nameKey(x.bySum[sum].cert.Issuer))
	}
	asked, named := x.asked(sa, c.From.Other()), true
	for i := range asked {
		a := &asked[i]
		if a.named() && slices.Contains(issuers, nameKey(a.Name)) || a.Sum != nil && slices.Contains(c.Issuers, *a.Sum) {
			return nil
		}
		named = named && a.named()
	}
	other := x.Own(sa, c.From.Other())
	switch {
	case other != nil && slices.Contains(issuers, nameKey(other.X509().Issuer)):
		return nil
	case c.Chain == ChainSelfSigned:
		return &Objection{Kind: SelfSigned, Certificate: c}
	case other != nil:
		return &Objection{Kind: OtherIssuer, Certificate: c, Name: other.X509().Issuer}
	case len(asked) > 0 && named:
		return &Objection{Kind: NotAskedFor, Certificate: c, Name: asked[0].Name}
	}
	return nil
}

// asked are the CAs that a side names in its CERTREQ payloads.
func (x *Certificates) asked(sa *ikesa.SA, side ike.Side) (list []Authority) {
	const most = 256
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if ike.SideOf(m.FromInitiator) == side && len(list) < most {
				list = append(list, x.Authorities(p.Body)...)
			}
		}
	}
	return list
}
