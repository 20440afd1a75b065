package report

import (
	"encoding/hex"
	"time"

	"github.com/ikedecode/ikedecode/decode/cert"
)

// A Certificate is one thing that CERT payloads of one side hold: a certificate, or what takes its place. Of an IKE SA it is listed
// once, however often it was sent.
type Certificate struct {
	Kind     string `json:"kind"`     // one of the Cert* constants
	Encoding string `json:"encoding"` // of the payload: "X.509 certificate - signature"
	Sender   string `json:"sender"`   // "initiator" or "responder" of the IKE SA
	Frames   []int  `json:"frames"`
	SHA256   string `json:"sha256"` // fingerprint: of the certificate, CRL or key, or of the payload's data
	// EndEntity: it is the sender's own, the one that proves who it is. See Certificates.Of for how that is told.
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

	Validity   string   `json:"validity,omitempty"`         // when it was sent: one of the Validity* constants
	Chain      string   `json:"chain,omitempty"`            // one of the Chain* constants
	IssuerSums []string `json:"issuers,omitempty"`          // fingerprints of the certificates above it, the nearest one first
	Unchecked  bool     `json:"issuer_unchecked,omitempty"` // the issuer goes by its name, the signature could not be checked
	IDMatch    string   `json:"id_match,omitempty"`         // of EndEntity: one of the Match* constants; "" where there is nothing to compare
	// Authenticated: the sender's AUTH payload, or SIG payload of IKEv1, was made with its key.
	Authenticated bool     `json:"authenticated,omitempty"`
	Weak          []string `json:"weak,omitempty"`     // what is weak about key and signature
	Findings      []string `json:"findings,omitempty"` // what may keep the other side from taking it, sentences
	Odd           string   `json:"odd,omitempty"`      // why a strict reader refuses it
	Error         string   `json:"error,omitempty"`    // why it can't be read

	// Of a CRL: when it was issued and when the next one will be, and how many certificates it lists.
	ThisUpdate *time.Time `json:"this_update,omitempty"`
	NextUpdate *time.Time `json:"next_update,omitempty"`
	Revoked    int        `json:"revoked,omitempty"`
	// Of "hash and URL": where the certificate, or bundle, is to be had, and its SHA-1 hash in hex.
	URL  string `json:"url,omitempty"`
	SHA1 string `json:"sha1,omitempty"`

	id string // what IDMatch compares with
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

// newCertificate describes one content of a CERT payload.
func newCertificate(e cert.Encoding, c *cert.Content) *Certificate {
	r := &Certificate{Kind: CertKindUnknown, Encoding: e.String(), SHA256: fingerprint(c.Raw)}
	switch {
	case c.Err != nil:
		r.Error = c.Err.Error()
	case c.Certificate != nil:
		r.Kind = CertKindX509
		r.describe(c.Certificate)
	case c.CRL != nil:
		r.Kind, r.Revoked = CertKindCRL, c.CRL.Revoked
		r.Issuer = cert.DistinguishedName(c.CRL.Issuer)
		r.ThisUpdate, r.NextUpdate = timeOrNil(c.CRL.ThisUpdate), timeOrNil(c.CRL.NextUpdate)
	case c.Key != nil:
		r.Kind, r.PublicKey, r.Weak = CertKindKey, c.Key.String(), weakKey(c.Key)
	case c.URL != "":
		r.Kind, r.URL, r.SHA1 = CertKindURL, c.URL, hex.EncodeToString(c.Hash)
	}
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
