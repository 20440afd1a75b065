package report

import (
	"encoding/hex"
	"time"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// A Certificate is one thing that CERT payloads of one peer hold: a certificate, or what replaces it. Of an IKE SA it is listed
// once, however often it was sent.
type Certificate struct {
	Kind     string `json:"kind"`     // one of the Cert* constants
	Encoding string `json:"encoding"` // of the payload: "X.509 certificate - signature"
	Sender   string `json:"sender"`   // "initiator" or "responder" of the IKE SA
	Frames   []int  `json:"frames"`
	SHA256   string `json:"sha256"` // fingerprint: of the certificate, CRL or key, or of the payload's data
	// EndEntity: it is the sender's own, the one that authenticates it. See negotiation.Certificates.Of for how that is told.
	EndEntity bool `json:"end_entity,omitempty"`

	Subject     string     `json:"subject,omitempty"`
	Issuer      string     `json:"issuer,omitempty"` // of a CRL, too
	Serial      string     `json:"serial,omitempty"` // hex
	NotBefore   *time.Time `json:"not_before,omitempty"`
	NotAfter    *time.Time `json:"not_after,omitempty"`
	SAN         []string   `json:"san,omitempty"` // "DNS:gwa.example.org", "IP:192.0.2.1"
	KeyUsage    []string   `json:"key_usage,omitempty"`
	ExtKeyUsage []string   `json:"extended_key_usage,omitempty"`
	PublicKey   string     `json:"public_key,omitempty"` // "RSA 2048"; of a raw public key, too
	Signature   string     `json:"signature_algorithm,omitempty"`
	CA          bool       `json:"is_ca,omitempty"`

	Validity   negotiation.Validity `json:"validity,omitempty"` // when it was sent
	Chain      negotiation.Chain    `json:"chain,omitempty"`
	IssuerSums []string             `json:"issuers,omitempty"`          // fingerprints of the certificates above it, the nearest one first
	Unchecked  bool                 `json:"issuer_unchecked,omitempty"` // the issuer goes by its name, the signature could not be checked
	IDMatch    negotiation.Match    `json:"id_match,omitempty"`         // of EndEntity; "" where there is nothing to compare
	// Authenticated: the sender's AUTH payload, or SIG payload of IKEv1, was made with its key.
	Authenticated bool     `json:"authenticated,omitempty"`
	Weak          []string `json:"weak,omitempty"`     // what is weak about key and signature
	Findings      []string `json:"findings,omitempty"` // what may make the peer reject it, sentences
	Odd           string   `json:"odd,omitempty"`      // why a strict reader rejects it
	Error         string   `json:"error,omitempty"`    // why it can't be read

	// Of a CRL: when it was issued and when the next one will be, and how many certificates it lists.
	ThisUpdate *time.Time `json:"this_update,omitempty"`
	NextUpdate *time.Time `json:"next_update,omitempty"`
	Revoked    int        `json:"revoked,omitempty"`
	// Of "hash and URL": where the certificate, or bundle, is to be had, and its SHA-1 hash in hex.
	URL  string `json:"url,omitempty"`
	SHA1 string `json:"sha1,omitempty"`
}

// Kinds of what CERT payloads hold.
const (
	CertKindX509    = "certificate"
	CertKindCRL     = "CRL"
	CertKindKey     = "public key"
	CertKindURL     = "hash and URL"
	CertKindUnknown = "unknown"
)

// An Authority is one that a CERTREQ payload asks for: by name in IKEv1, by the SHA-1 hash of its key in IKEv2.
type Authority struct {
	Name   string `json:"name,omitempty"` // of IKEv2 only where the capture has its certificate
	SHA1   string `json:"sha1,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // fingerprint of its certificate, where the capture has it
}

// newCertificates describes what the CERT payloads of an IKE SA hold.
func newCertificates(list []*negotiation.Certificate) (all []*Certificate) {
	for _, c := range list {
		all = append(all, newCertificate(c))
	}
	return all
}

func newCertificate(c *negotiation.Certificate) *Certificate {
	r := &Certificate{Kind: CertKindUnknown, Encoding: c.Encoding.String(), Sender: c.From.String(), Frames: c.Frames, SHA256: c.Sum.String(),
		EndEntity: c.EndEntity, Validity: c.Validity, Chain: c.Chain, Unchecked: c.Unchecked, IDMatch: c.Match, Authenticated: c.Authenticated}
	for _, sum := range c.Issuers {
		r.IssuerSums = append(r.IssuerSums, sum.String())
	}
	switch x := c.Content; {
	case x.Err != nil:
		r.Error = x.Err.Error()
	case x.Certificate != nil:
		r.Kind = CertKindX509
		r.describe(x.Certificate)
	case x.CRL != nil:
		r.Kind, r.Revoked = CertKindCRL, x.CRL.Revoked
		r.Issuer = cert.DistinguishedName(x.CRL.Issuer)
		r.ThisUpdate, r.NextUpdate = timeOrNil(x.CRL.ThisUpdate), timeOrNil(x.CRL.NextUpdate)
	case x.Key != nil:
		r.Kind, r.PublicKey = CertKindKey, x.Key.String()
	case x.URL != "":
		r.Kind, r.URL, r.SHA1 = CertKindURL, x.URL, hex.EncodeToString(x.Hash)
	}
	r.Weak, r.Findings = words.CertificateWeaknesses(c), words.CertificateFindings(c)
	return r
}

func (r *Certificate) describe(c *cert.Certificate) {
	r.Subject, r.Issuer, r.Serial = c.SubjectName(), c.IssuerName(), c.SerialNumber()
	r.NotBefore, r.NotAfter = timeOrNil(c.NotBefore), timeOrNil(c.NotAfter)
	for _, n := range c.AltNames {
		r.SAN = append(r.SAN, n.String())
	}
	r.KeyUsage, r.ExtKeyUsage = c.KeyUsage.Names(), c.ExtKeyUsageNames()
	r.PublicKey, r.Signature, r.CA, r.Odd = c.Key.String(), c.SignatureName(), c.CA, c.Odd
}

// timeOrNil is t in UTC, nil where it is not known.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// newAuthorities describes what a CERTREQ payload asks for.
func newAuthorities(list []negotiation.Authority) (all []Authority) {
	for _, a := range list {
		r := Authority{SHA1: hex.EncodeToString(a.KeyHash)}
		if a.Name != nil {
			r.Name = cert.DistinguishedName(a.Name)
		}
		if a.Sum != nil {
			r.SHA256 = a.Sum.String()
		}
		all = append(all, r)
	}
	return all
}

// addCertificates puts the certificates of an IKE SA into t and its CERT payloads, and the authorities into its CERTREQ payloads.
func (t *TimelineSA) addCertificates(certs *negotiation.Certificates, sa *ikesa.SA) {
	models := make(map[*negotiation.Certificate]*Certificate)
	for _, c := range certs.Of(sa) {
		models[c] = newCertificate(c)
		t.Certificates = append(t.Certificates, models[c])
	}
	for i := range t.Exchanges {
		for k := range t.Exchanges[i].Messages {
			m := &t.Exchanges[i].Messages[k]
			for n := range m.Payloads {
				p := &m.Payloads[n]
				p.Authorities = newAuthorities(certs.Authorities(p.body))
				for _, c := range certs.In(sa, ike.SideOf(m.Sender == RoleInitiator), p.body) {
					p.Certificates = append(p.Certificates, models[c])
				}
			}
		}
	}
}
