package cert

import (
	"crypto"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"github.com/ikedecode/ikedecode/decode/ike"
)

// HashAlgorithm is a hash algorithm of IKEv2's registry (RFC 7427, section 7; RFC 8420; RFC 9385).
type HashAlgorithm uint16

// Hash algorithms.
const (
	HashSHA1        HashAlgorithm = 1
	HashSHA256      HashAlgorithm = 2
	HashSHA384      HashAlgorithm = 3
	HashSHA512      HashAlgorithm = 4
	HashIdentity    HashAlgorithm = 5 // the signature takes the message itself, as EdDSA does
	HashStreebog256 HashAlgorithm = 6
	HashStreebog512 HashAlgorithm = 7
)

var hashAlgorithmNames = map[HashAlgorithm]string{
	0: "none", HashSHA1: "SHA1", HashSHA256: "SHA2-256", HashSHA384: "SHA2-384", HashSHA512: "SHA2-512",
	HashIdentity: "identity", HashStreebog256: "STREEBOG-256", HashStreebog512: "STREEBOG-512",
}

// String is the hash's name, such as "SHA2-256", or "hash 99".
func (h HashAlgorithm) String() string { return ike.NameOf(hashAlgorithmNames, h, "hash") }

// SignatureAlgorithm is the AlgorithmIdentifier of a digital signature (RFC 7427, section 3).
type SignatureAlgorithm struct {
	DER  []byte // the AlgorithmIdentifier as it came
	OID  string // "1.2.840.113549.1.1.10"
	Name string // "RSASSA-PSS", or the OID where it is not known
	// Hash is the hash of the signed data, 0 where it is not known. For RSASSA-PSS it comes from the parameters.
	Hash HashAlgorithm
	// Scheme and Digest are what a check of the signature needs: how the hash is signed, and which hash, of those that Go's library has;
	// 0 where there is none. IKEv2 has no numbers for some of the hashes.
	Scheme Scheme
	Digest crypto.Hash
	// MGFHash and SaltLen, in bytes, are parameters of RSASSA-PSS (RFC 4055, section 3.1).
	MGFHash   HashAlgorithm
	MGFDigest crypto.Hash
	SaltLen   int
}

// A Scheme is a way to sign that there is a check for.
type Scheme uint8

// The schemes.
const (
	OtherScheme Scheme = iota
	RSAPKCS1           // RFC 8017, section 8.2
	RSAPSS             // RFC 8017, section 8.1
	ECDSA
	Ed25519 // RFC 8032; RFC 8420
	Ed448
)

// String is the scheme: "RSASSA-PSS"; "" for another one.
func (s Scheme) String() string {
	return [...]string{"", "RSA PKCS#1 v1.5", "RSASSA-PSS", "ECDSA", "Ed25519", "Ed448"}[min(s, Ed448)]
}

const oidPSS = "1.2.840.113549.1.1.10"

// signatureOIDs are the algorithms of RFC 7427, appendix A, and later ones.
var signatureOIDs = map[string]struct {
	name   string
	hash   HashAlgorithm // of a scheme without a digest
	scheme Scheme
	digest crypto.Hash
}{
	"1.2.840.113549.1.1.5":    {"RSA SHA1", 0, RSAPKCS1, crypto.SHA1},
	"1.2.840.113549.1.1.11":   {"RSA SHA2-256", 0, RSAPKCS1, crypto.SHA256},
	"1.2.840.113549.1.1.12":   {"RSA SHA2-384", 0, RSAPKCS1, crypto.SHA384},
	"1.2.840.113549.1.1.13":   {"RSA SHA2-512", 0, RSAPKCS1, crypto.SHA512},
	oidPSS:                    {"RSASSA-PSS", 0, RSAPSS, 0},
	"1.2.840.10040.4.3":       {"DSA SHA1", HashSHA1, 0, 0},
	"2.16.840.1.101.3.4.3.2":  {"DSA SHA2-256", HashSHA256, 0, 0},
	"1.2.840.10045.4.1":       {"ECDSA SHA1", 0, ECDSA, crypto.SHA1},
	"1.2.840.10045.4.3.2":     {"ECDSA SHA2-256", 0, ECDSA, crypto.SHA256},
	"1.2.840.10045.4.3.3":     {"ECDSA SHA2-384", 0, ECDSA, crypto.SHA384},
	"1.2.840.10045.4.3.4":     {"ECDSA SHA2-512", 0, ECDSA, crypto.SHA512},
	"1.2.840.113549.1.1.2":    {"RSA MD2", 0, 0, 0}, // of certificates only: MD2 to SHA2-224
	"1.2.840.113549.1.1.4":    {"RSA MD5", 0, RSAPKCS1, crypto.MD5},
	"1.3.14.3.2.29":           {"RSA SHA1", 0, RSAPKCS1, crypto.SHA1},
	"1.2.840.113549.1.1.14":   {"RSA SHA2-224", 0, RSAPKCS1, crypto.SHA224},
	"1.2.840.10045.4.3.1":     {"ECDSA SHA2-224", 0, ECDSA, crypto.SHA224},
	"1.3.101.112":             {"Ed25519", HashIdentity, Ed25519, 0},
	"1.3.101.113":             {"Ed448", HashIdentity, Ed448, 0},
	"1.2.643.7.1.1.3.2":       {"GOST3410-2012-256", HashStreebog256, 0, 0},
	"1.2.643.7.1.1.3.3":       {"GOST3410-2012-512", HashStreebog512, 0, 0},
	"2.16.840.1.101.3.4.3.17": {"ML-DSA-44", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.18": {"ML-DSA-65", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.19": {"ML-DSA-87", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.20": {"SLH-DSA-SHA2-128s", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.21": {"SLH-DSA-SHA2-128f", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.22": {"SLH-DSA-SHA2-192s", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.23": {"SLH-DSA-SHA2-192f", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.24": {"SLH-DSA-SHA2-256s", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.25": {"SLH-DSA-SHA2-256f", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.26": {"SLH-DSA-SHAKE-128s", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.27": {"SLH-DSA-SHAKE-128f", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.28": {"SLH-DSA-SHAKE-192s", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.29": {"SLH-DSA-SHAKE-192f", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.30": {"SLH-DSA-SHAKE-256s", HashIdentity, 0, 0},
	"2.16.840.1.101.3.4.3.31": {"SLH-DSA-SHAKE-256f", HashIdentity, 0, 0},
}

// hashOIDs are the hashes that RSASSA-PSS names.
var hashOIDs = map[string]crypto.Hash{
	"1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.4": crypto.SHA224, "2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// hashNumbers are the numbers that IKEv2 has for hashes of Go's library.
var hashNumbers = map[crypto.Hash]HashAlgorithm{
	crypto.SHA1: HashSHA1, crypto.SHA256: HashSHA256, crypto.SHA384: HashSHA384, crypto.SHA512: HashSHA512,
}

// brokenOIDs are the algorithms that sign MD2 or MD5, which have no number in the registry of hashes.
var brokenOIDs = map[string]bool{"1.2.840.113549.1.1.2": true, "1.2.840.113549.1.1.4": true}

// WeakHash reports whether s signs a hash that collisions were found for: MD2, MD5 or SHA-1.
func (s SignatureAlgorithm) WeakHash() bool { return s.Hash == HashSHA1 || brokenOIDs[s.OID] }

// ParseSignatureAlgorithm parses an AlgorithmIdentifier.
func ParseSignatureAlgorithm(der []byte) (SignatureAlgorithm, bool) {
	var id pkix.AlgorithmIdentifier
	rest, err := asn1.Unmarshal(der, &id)
	if err != nil || len(rest) > 0 {
		return SignatureAlgorithm{}, false
	}
	alg := SignatureAlgorithm{DER: der, OID: id.Algorithm.String()}
	known, ok := signatureOIDs[alg.OID]
	alg.Name, alg.Hash, alg.Scheme, alg.Digest = known.name, known.hash, known.scheme, known.digest
	if n, ok := hashNumbers[alg.Digest]; ok {
		alg.Hash = n
	}
	if !ok {
		alg.Name = alg.OID
	}
	if alg.OID == oidPSS {
		return alg, alg.setPSS(id.Parameters.FullBytes)
	}
	return alg, true
}

// pssParameters are RSASSA-PSS-params (RFC 4055, section 3.1); absent ones have defaults.
type pssParameters struct {
	Hash         pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:0"`
	MGF          pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:1"`
	SaltLength   int                      `asn1:"explicit,optional,tag:2,default:20"`
	TrailerField int                      `asn1:"explicit,optional,tag:3,default:1"`
}

func (s *SignatureAlgorithm) setPSS(der []byte) bool {
	s.Digest, s.MGFDigest, s.SaltLen = crypto.SHA1, crypto.SHA1, sha1.Size
	ok := true
	if len(der) > 0 {
		ok = s.readPSS(der)
	}
	s.Hash, s.MGFHash = hashNumbers[s.Digest], hashNumbers[s.MGFDigest]
	return ok
}

func (s *SignatureAlgorithm) readPSS(der []byte) bool {
	var p pssParameters
	rest, err := asn1.Unmarshal(der, &p)
	if err != nil || len(rest) > 0 || p.SaltLength < 0 || p.TrailerField != 1 {
		return false
	}
	if len(p.Hash.Algorithm) > 0 {
		s.Digest = hashOIDs[p.Hash.Algorithm.String()]
	}
	if len(p.MGF.Algorithm) > 0 {
		s.MGFDigest = mgfHash(p.MGF)
	}
	s.SaltLen = p.SaltLength
	return true
}

// mgfHash is the hash that MGF1, the only mask generation function, is used with; 0 where it is not known.
func mgfHash(mgf pkix.AlgorithmIdentifier) crypto.Hash {
	const oidMGF1 = "1.2.840.113549.1.1.8"
	var hash pkix.AlgorithmIdentifier
	_, err := asn1.Unmarshal(mgf.Parameters.FullBytes, &hash)
	if err != nil || mgf.Algorithm.String() != oidMGF1 {
		return 0
	}
	return hashOIDs[hash.Algorithm.String()]
}

// String is the algorithm: "ECDSA SHA2-256", "RSASSA-PSS SHA2-256 salt 32".
func (s SignatureAlgorithm) String() string {
	if s.OID != oidPSS {
		return s.Name
	}
	text := fmt.Sprintf("%s %v salt %d", s.Name, s.Hash, s.SaltLen)
	if s.MGFHash != s.Hash {
		text += " MGF1 " + s.MGFHash.String()
	}
	return text
}
