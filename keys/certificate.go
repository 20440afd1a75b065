package keys

import (
	_ "crypto/md5" // of old certificates
	"fmt"

	"github.com/ikedecode/ikedecode/decode/cert"
)

// VerifyCertificate checks that a certificate was signed with the key of a SubjectPublicKeyInfo. Nothing else is looked at: not the
// names, not the dates, not whether the key may sign. It takes MD5 and SHA-1, which crypto/x509 does not: this says who signed, not
// whom to trust. Errors are ErrSignature, ErrSignatureKey, ErrSignatureFormat and ErrSignatureUnsupported.
func VerifyCertificate(c *cert.Certificate, issuerSPKI []byte) error {
	a, err := parseAlgorithm(c.SignatureAlgorithm)
	if err != nil {
		return err
	}
	if len(c.Signature) == 0 {
		return fmt.Errorf("no signature: %w", ErrSignatureFormat)
	}
	pub, err := ParsePublicKey(issuerSPKI)
	if err != nil {
		return err
	}
	return verify(a, pub, c.TBS, c.Signature)
}
