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
	By          time.Duration // of the first three: how far the time when it was sent is from the end or the start of its validity
	Name        []byte        // distinguished name in DER: with OtherIssuer and NotAskedFor
}

// An ObjectionKind says what is wrong with a certificate.
type ObjectionKind uint8

// What may be wrong.
const (
	Expired      ObjectionKind = iota + 1
	NotYetValid                // it is valid only later
	ExpiresSoon                // it is valid, for a short time
	WrongIssuer                // the certificate of its issuer in the capture has another key
	SelfSigned                 // and nobody asks for it
	OtherIssuer                // it is not from Name, who issued the peer's own
	NotAskedFor                // it is not from Name, the only one whom the peer asks for
	NotNamed                   // it does not hold the sender's identity
	OnlyInCommon               // it holds the sender's identity in its common name alone
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
	if o := x.toIssuer(sa, c); o != nil {
		return o
	}
	switch c.Match {
	case MatchNone:
		return &Objection{Kind: NotNamed, Certificate: c}
	case MatchCN:
		return &Objection{Kind: OnlyInCommon, Certificate: c}
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
	issuer := nameKey(c.X509().Issuer)
	asked := x.asked(sa, c.From.Other())
	for i := range asked {
		a := &asked[i]
		if a.named() && nameKey(a.Name) == issuer || a.Sum != nil && slices.Contains(c.Issuers, *a.Sum) {
			return nil
		}
	}
	other := x.Own(sa, c.From.Other())
	switch {
	case other != nil && nameKey(other.X509().Issuer) == issuer:
		return nil
	case c.Chain == ChainSelfSigned:
		return &Objection{Kind: SelfSigned, Certificate: c}
	case other != nil:
		return &Objection{Kind: OtherIssuer, Certificate: c, Name: other.X509().Issuer}
	case len(asked) == 1 && asked[0].named():
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
