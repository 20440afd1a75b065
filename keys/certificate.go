package keys

import (
	"crypto"
	_ "crypto/md5" // of old certificates
	"fmt"

	"github.com/ikedecode/ikedecode/decode/cert"
)

// certificateAlgorithms are signature algorithms that certificates have, and AUTH payloads must not have.
var certificateAlgorithms = map[string]digitalAlgorithm{
	"RSA MD5":  {name: rsaPKCS1, hash: crypto.MD5},
	"RSA SHA1": {name: rsaPKCS1, hash: crypto.SHA1}, // under the identifier of OIW, too
}

// VerifyCertificate checks that a certificate was signed with the key of a SubjectPublicKeyInfo. Nothing else is looked at: not the
// names, not the dates, not whether the key may sign. It takes MD5 and SHA-1, which crypto/x509 does not: this says who signed, not
// whom to trust. Errors are ErrSignature, ErrSignatureKey, ErrSignatureFormat and ErrSignatureUnsupported.
func VerifyCertificate(c *cert.Certificate, issuerSPKI []byte) error {
	a, ok := certificateAlgorithms[c.SignatureName()]
	if !ok {
		var err error
		if a, err = parseAlgorithm(c.SignatureAlgorithm); err != nil {
			return err
		}
	}
	if len(c.Signature) == 0 {
		return fmt.Errorf("no signature: %w", ErrSignatureFormat)
	}
	pub, err := ParsePublicKey(issuerSPKI)
	if err != nil {
		return err
	}
	return a.verify(pub, c.TBS, c.Signature)
}
