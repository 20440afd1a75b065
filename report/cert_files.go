package report

import (
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A CertificateFile is a certificate or CRL as it is written to a file.
type CertificateFile struct {
	Name   string // "ike-38db764f3d5447ca-initiator-1-gwa.example.org.pem"
	SHA256 string // of the DER inside
	PEM    []byte
}

// MaxCertificateFiles bounds the files that are made of one capture.
const MaxCertificateFiles = 10000

// CertificateFiles are the certificates and CRLs of all IKE SAs, each once, however often and by whomever it was sent. Names have the
// initiator's cookie, or SPI, the sender, a number and the common name, of which only letters, digits, dots and dashes are kept.
func CertificateFiles(sas []*ikesa.SA) (files []CertificateFile, more int) {
	certs := negotiation.NewCertificates(sas)
	seen := make(map[negotiation.Fingerprint]bool)
	taken := make(map[string]bool)
	for _, sa := range sas {
		number := make(map[ike.Side]int)
		for _, c := range certs.Sent(sa) {
			kind, about := pemOf(c.Content)
			if kind == "" || seen[c.Sum] {
				continue
			}
			seen[c.Sum] = true
			if len(files) >= MaxCertificateFiles {
				more++
				continue
			}
			number[c.From]++
			f := CertificateFile{SHA256: c.Sum.String(), PEM: pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: c.Content.Raw})}
			f.Name = fmt.Sprintf("ike-%v-%v-%d%s.pem", sa.Initiator, c.From, number[c.From], about)
			if taken[f.Name] { // another SA with the same cookie
				f.Name = f.OtherName()
			}
			taken[f.Name] = true
			files = append(files, f)
		}
	}
	return files, more
}

// OtherName is a name with the fingerprint, for where Name is that of something else.
func (f *CertificateFile) OtherName() string {
	return strings.TrimSuffix(f.Name, ".pem") + "-" + f.SHA256[:16] + ".pem"
}

// pemOf is the PEM type of what there is a file for, and what its name says; "" for the rest.
func pemOf(c *cert.Content) (kind, about string) {
	switch {
	case c.Certificate != nil:
		return "CERTIFICATE", fileNamePart(cert.CommonName(c.Certificate.Subject))
	case c.CRL != nil:
		return "X509 CRL", "-crl" + fileNamePart(cert.CommonName(c.CRL.Issuer))
	}
	return "", ""
}

// fileNamePart makes a common name, which a stranger wrote, safe as a part of a file name: "-gwa.example.org", or "" where nothing of
// it is left.
func fileNamePart(name string) string {
	const longest = 40
	var b strings.Builder
	for _, r := range name {
		if b.Len() == longest {
			break
		}
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.' && !strings.HasSuffix(b.String(), "."):
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	s := strings.Trim(b.String(), "._-")
	if s == "" {
		return ""
	}
	return "-" + s
}
