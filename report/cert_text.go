package report

import (
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/report/negotiation"
)

// mostNames bounds the alternative names, and the certificates, that text reports show.
const (
	mostNames        = 8
	mostCertificates = 20
)

// certificateDetails are what a CERT or CERTREQ payload holds, below the payload's own line.
func (r *Payload) certificateDetails() (all []Remark) {
	add := func(tone Tone, text string) {
		if text != "" {
			all = append(all, Remark{Tone: tone, Text: clip(text, longest), Nested: true})
		}
	}
	for i, c := range r.Certificates {
		if i == mostCertificates {
			add(TonePlain, fmt.Sprintf("and %d more", len(r.Certificates)-i))
			break
		}
		for _, s := range c.lines(len(r.Certificates) > 1) {
			add(TonePlain, s)
		}
		if c.Error != "" {
			add(ToneBad, "cannot be read: "+c.Error)
		}
		for _, f := range c.Findings {
			add(ToneCaution, f)
		}
	}
	for _, a := range r.Authorities[:min(len(r.Authorities), mostCertificates)] {
		if a.SHA256 != "" && a.SHA1 != "" {
			add(TonePlain, "0x"+a.SHA1+" is "+nameText(a.Name))
		}
	}
	return all
}

// lines are the certificate, compactly; with its subject where the line above does not have it.
func (c *Certificate) lines(several bool) []string {
	switch c.Kind {
	case CertKindX509:
		subject := ""
		if several {
			subject = "certificate of " + nameText(c.Subject)
		}
		return nonEmpty(subject, c.issuerText(), join([]string{"serial " + clip(c.Serial, 60), c.PublicKey, "signed with " + c.Signature}, "; "),
			join(nonEmpty(c.period(), c.usage()), "; "))
	case CertKindCRL:
		return []string{c.crlText()}
	case CertKindKey:
		return []string{c.PublicKey}
	}
	return nil
}

// nameText is a distinguished name, which may be empty.
func nameText(name string) string {
	if name == "" {
		return "(no name)"
	}
	return clip(name, longest)
}

// issuerText is who issued it and whether the capture has its certificate.
func (c *Certificate) issuerText() string {
	s := "issued by " + nameText(c.Issuer)
	switch c.Chain {
	case negotiation.ChainSelfSigned:
		s = "self-signed"
	case negotiation.ChainComplete:
		s += ", with a chain to a self-signed certificate in the capture"
	case negotiation.ChainOpen:
		if len(c.IssuerSums) == 0 {
			s += ", which is not in the capture"
		} else {
			s += ", and its own issuer is not in the capture"
		}
	}
	if c.Unchecked {
		s += ", signature not verified"
	}
	return s
}

// period is when it is valid.
func (c *Certificate) period() string {
	day := func(t *time.Time) string {
		if t == nil {
			return "?"
		}
		return t.Format(time.DateOnly)
	}
	return "valid " + day(c.NotBefore) + " to " + day(c.NotAfter)
}

// usage is its alternative names and what it may be used for. "for" has the extended key usages.
func (c *Certificate) usage() string {
	var parts []string
	if n := len(c.SAN); n > mostNames {
		parts = append(parts, join(c.SAN[:mostNames], ", ")+fmt.Sprintf(" and %d more", n-mostNames))
	} else if n > 0 {
		parts = append(parts, join(c.SAN, ", "))
	}
	if c.CA {
		parts = append(parts, "CA")
	}
	if len(c.KeyUsage) > 0 {
		parts = append(parts, "key usage "+join(c.KeyUsage, ", "))
	}
	if len(c.ExtKeyUsage) > 0 {
		parts = append(parts, "for "+join(c.ExtKeyUsage[:min(len(c.ExtKeyUsage), mostNames)], ", "))
	}
	return join(parts, "; ")
}

func (c *Certificate) crlText() string {
	s := "CRL of " + nameText(c.Issuer)
	if c.ThisUpdate != nil {
		s += ", from " + c.ThisUpdate.Format(time.DateOnly)
	}
	if c.NextUpdate != nil {
		s += ", next update " + c.NextUpdate.Format(time.DateOnly)
	}
	return s + ", revokes " + count(c.Revoked, "certificate")
}

// Label is what a line about it begins with.
func (c *Certificate) Label() string {
	switch c.Kind {
	case CertKindCRL:
		return "CRL"
	case CertKindKey:
		return "public key"
	}
	return "certificate"
}

// Summary is one line about it.
func (c *Certificate) Summary() string { return clip(c.summary(), longest) }

func (c *Certificate) summary() string {
	who := c.Sender + ": "
	if !c.EndEntity {
		who = "sent by the " + who
	}
	switch c.Kind {
	case CertKindX509:
		return who + join(nonEmpty(nameText(c.Subject)+", "+c.issuerText(), c.PublicKey, c.period(), c.proofText()), "; ")
	case CertKindCRL:
		return who + c.crlText()
	case CertKindKey:
		return who + join(nonEmpty(c.PublicKey, c.proofText()), "; ")
	case CertKindURL:
		return who + c.URL + " SHA1 " + c.SHA1
	}
	if c.Error != "" {
		return who + c.Encoding + ", cannot be read: " + c.Error
	}
	return who + c.Encoding
}

// proofText says how it belongs to its sender.
func (c *Certificate) proofText() string {
	var parts []string
	switch c.IDMatch {
	case negotiation.MatchSubject, negotiation.MatchSAN, negotiation.MatchKeyID:
		parts = append(parts, "its "+string(c.IDMatch)+" matches the identity of the sender")
	}
	if c.Authenticated {
		parts = append(parts, "its key verifies the signature of the sender")
	}
	return join(parts, ", ")
}
