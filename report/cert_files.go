package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A CertificateFile is a certificate or CRL as it is written to a file.
type CertificateFile struct {
	Name   string // "ike-38db764f3d5447ca-initiator-1-gwa.example.org.pem"
	SHA256 string // of the DER inside
	PEM    []byte
}

// MaxCertificateFiles bounds the files that are made of one capture.
const MaxCertificateFiles = 10000

// Files are the certificates and CRLs of all IKE SAs, each once, however often and by whomever it was sent. Names have the
// initiator's cookie, or SPI, the sender, a number and the common name, of which only letters, digits, dots and dashes are kept.
func (x *Certificates) Files(sas []*ikesa.SA) (files []CertificateFile, more int) {
	seen := make(map[certSum]bool)
	taken := make(map[string]bool)
	for _, sa := range sas {
		number := make(map[bool]int)
		for _, p := range x.bySA[sa] {
			for i := range p.contents {
				c := &p.contents[i]
				kind, about := pemOf(c)
				sum := sha256.Sum256(c.Raw)
				if kind == "" || seen[sum] {
					continue
				}
				seen[sum] = true
				if len(files) >= MaxCertificateFiles {
					more++
					continue
				}
				from := p.message.FromInitiator
				number[from]++
				f := CertificateFile{SHA256: hex.EncodeToString(sum[:]), PEM: pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: c.Raw})}
				f.Name = fmt.Sprintf("ike-%v-%s-%d%s.pem", sa.Initiator, side(from), number[from], about)
				if taken[f.Name] { // another SA with the same cookie
					f.Name = f.OtherName()
				}
				taken[f.Name] = true
				files = append(files, f)
			}
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
