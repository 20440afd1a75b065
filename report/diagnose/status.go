package diagnose

import (
	"github.com/ikedecode/ikedecode/decode/ike"
)

// What the RFCs say of the algorithms that are negotiated.

// A status is a requirement level (RFC 2119), as RFC 8247 and RFC 8221 give them, or a deprecation (RFC 9395).
type status string

const (
	statusMust       status = "MUST"
	statusShould     status = "SHOULD"
	statusMay        status = "MAY"
	statusShouldNot  status = "SHOULD NOT"
	statusMustNot    status = "MUST NOT"
	statusDeprecated status = "deprecated"
)

// advised reports whether the RFCs advise against s.
func (s status) advised() bool {
	return s != statusShouldNot && s != statusMustNot && s != statusDeprecated
}

// A place is what an algorithm is used for.
type place uint8

const (
	ikeEncryption  place = iota // RFC 8247, section 2.1
	ikePRF                      // section 2.2; of IKEv1 the hash
	ikeIntegrity                // section 2.3
	keyExchange                 // section 2.4, of IKE and PFS alike
	espEncryption               // RFC 8221, section 5
	espIntegrity                // RFC 8221, section 6, of AH as well
	placesOfStatus              // how many there are
)

var placeNames = [placesOfStatus]string{"IKE encryption", "IKE PRF", "IKE integrity", "key exchange", "ESP encryption", "ESP or AH integrity"}

// An algorithmStatus is one row of the RFCs' tables.
type algorithmStatus struct {
	place  place
	name   string // as decode/ike names it, without key length
	status status
	rfc    string
	weak   bool   // known attacks are within reach, whatever the status
	why    string // in a few words, where the RFCs advise against it
}

const (
	rfcIKEEncryption = "RFC 8247, section 2.1"
	rfcIKEPRF        = "RFC 8247, section 2.2"
	rfcIKEIntegrity  = "RFC 8247, section 2.3"
	rfcKeyExchange   = "RFC 8247, section 2.4"
	rfcESPEncryption = "RFC 8221, section 5"
	rfcESPIntegrity  = "RFC 8221, section 6"
	rfcDeprecated    = "RFC 9395, section 7"

	whyDES     = "56-bit keys can be found by brute force"
	whyBlock64 = "64-bit blocks leak content after some gigabytes"
	whyMD5     = "MD5 is broken"
	whyOld     = "it is no longer reviewed or maintained"
	whySmall   = "a group this small can be broken with enough computing power"
	whySeed    = "it has small subgroups, and the origin of its prime is unknown"
)

// statuses are the rows of the tables of RFC 8247 and RFC 8221, and what RFC 9395 deprecates. RFC 8247 speaks of IKEv2; the same
// algorithms are no better in IKEv1.
var statuses = []algorithmStatus{
	{place: ikeEncryption, name: "AES-CBC", status: statusMust, rfc: rfcIKEEncryption},
	{place: ikeEncryption, name: "ChaCha20-Poly1305", status: statusShould, rfc: rfcIKEEncryption},
	{place: ikeEncryption, name: "AES-GCM-16", status: statusShould, rfc: rfcIKEEncryption},
	{place: ikeEncryption, name: "AES-CCM-8", status: statusShould, rfc: rfcIKEEncryption},
	{place: ikeEncryption, name: "3DES-CBC", status: statusMay, rfc: rfcIKEEncryption},
	{place: ikeEncryption, name: "DES-CBC", status: statusMustNot, rfc: rfcIKEEncryption, weak: true, why: whyDES},
	{place: ikeEncryption, name: "RC5-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: ikeEncryption, name: "RC5-R16-B64-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: ikeEncryption, name: "IDEA-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: ikeEncryption, name: "CAST-128-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: ikeEncryption, name: "Blowfish-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},

	{place: ikePRF, name: "HMAC-SHA2-256", status: statusMust, rfc: rfcIKEPRF},
	{place: ikePRF, name: "HMAC-SHA2-512", status: statusShould, rfc: rfcIKEPRF},
	{place: ikePRF, name: "HMAC-SHA1", status: statusMust, rfc: rfcIKEPRF}, // "MUST-": not for ever
	{place: ikePRF, name: "AES-XCBC-128", status: statusShould, rfc: rfcIKEPRF},
	{place: ikePRF, name: "HMAC-MD5", status: statusMustNot, rfc: rfcIKEPRF, weak: true, why: whyMD5},
	{place: ikePRF, name: "HMAC-TIGER", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},

	{place: ikeIntegrity, name: "HMAC-SHA2-256-128", status: statusMust, rfc: rfcIKEIntegrity},
	{place: ikeIntegrity, name: "HMAC-SHA2-512-256", status: statusShould, rfc: rfcIKEIntegrity},
	{place: ikeIntegrity, name: "HMAC-SHA1-96", status: statusMust, rfc: rfcIKEIntegrity}, // "MUST-"
	{place: ikeIntegrity, name: "AES-XCBC-96", status: statusShould, rfc: rfcIKEIntegrity},
	{place: ikeIntegrity, name: "HMAC-MD5-96", status: statusMustNot, rfc: rfcIKEIntegrity, weak: true, why: whyMD5},
	{place: ikeIntegrity, name: "DES-MAC", status: statusMustNot, rfc: rfcIKEIntegrity, weak: true, why: whyDES},
	{place: ikeIntegrity, name: "KPDK-MD5", status: statusMustNot, rfc: rfcIKEIntegrity, weak: true, why: whyMD5},
	{place: ikeIntegrity, name: "HMAC-MD5-128", status: statusDeprecated, rfc: rfcDeprecated, why: whyMD5},
	{place: ikeIntegrity, name: "HMAC-SHA1-160", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},

	{place: keyExchange, name: "MODP-2048", status: statusMust, rfc: rfcKeyExchange},
	{place: keyExchange, name: "ECP-256", status: statusShould, rfc: rfcKeyExchange},
	{place: keyExchange, name: "MODP-1536", status: statusShouldNot, rfc: rfcKeyExchange, why: "its security margin is too small"},
	{place: keyExchange, name: "MODP-1024", status: statusShouldNot, rfc: rfcKeyExchange, weak: true, why: whySmall},
	{place: keyExchange, name: "MODP-768", status: statusMustNot, rfc: rfcKeyExchange, weak: true, why: whySmall},
	{place: keyExchange, name: "MODP-1024-160", status: statusMustNot, rfc: rfcKeyExchange, weak: true, why: whySmall},
	{place: keyExchange, name: "MODP-2048-224", status: statusShouldNot, rfc: rfcKeyExchange, why: whySeed},
	{place: keyExchange, name: "MODP-2048-256", status: statusShouldNot, rfc: rfcKeyExchange, why: whySeed},

	{place: espEncryption, name: "DES-IV64", status: statusMustNot, rfc: rfcESPEncryption, weak: true, why: whyDES},
	{place: espEncryption, name: "DES-CBC", status: statusMustNot, rfc: rfcESPEncryption, weak: true, why: whyDES},
	{place: espEncryption, name: "3DES-CBC", status: statusShouldNot, rfc: rfcESPEncryption, why: whyBlock64},
	{place: espEncryption, name: "Blowfish-CBC", status: statusMustNot, rfc: rfcESPEncryption, weak: true, why: whyBlock64},
	{place: espEncryption, name: "3IDEA", status: statusMustNot, rfc: rfcESPEncryption, weak: true, why: whyBlock64},
	{place: espEncryption, name: "DES-IV32", status: statusMustNot, rfc: rfcESPEncryption, weak: true, why: whyDES},
	{place: espEncryption, name: "NULL", status: statusMust, rfc: rfcESPEncryption},
	{place: espEncryption, name: "AES-CBC", status: statusMust, rfc: rfcESPEncryption},
	{place: espEncryption, name: "AES-CCM-8", status: statusShould, rfc: rfcESPEncryption},
	{place: espEncryption, name: "AES-GCM-16", status: statusMust, rfc: rfcESPEncryption},
	{place: espEncryption, name: "ChaCha20-Poly1305", status: statusShould, rfc: rfcESPEncryption},
	{place: espEncryption, name: "RC5-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: espEncryption, name: "IDEA-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: espEncryption, name: "CAST-128-CBC", status: statusDeprecated, rfc: rfcDeprecated, why: whyBlock64},

	{place: espIntegrity, name: "HMAC-MD5-96", status: statusMustNot, rfc: rfcESPIntegrity, weak: true, why: whyMD5},
	{place: espIntegrity, name: "HMAC-SHA1-96", status: statusMust, rfc: rfcESPIntegrity}, // "MUST-"
	{place: espIntegrity, name: "DES-MAC", status: statusMustNot, rfc: rfcESPIntegrity, weak: true, why: whyDES},
	{place: espIntegrity, name: "KPDK", status: statusMustNot, rfc: rfcESPIntegrity, weak: true, why: whyMD5},
	{place: espIntegrity, name: "KPDK-MD5", status: statusMustNot, rfc: rfcESPIntegrity, weak: true, why: whyMD5},
	{place: espIntegrity, name: "AES-XCBC-96", status: statusShould, rfc: rfcESPIntegrity},
	{place: espIntegrity, name: "AES-128-GMAC", status: statusMay, rfc: rfcESPIntegrity},
	{place: espIntegrity, name: "AES-192-GMAC", status: statusMay, rfc: rfcESPIntegrity},
	{place: espIntegrity, name: "AES-256-GMAC", status: statusMay, rfc: rfcESPIntegrity},
	{place: espIntegrity, name: "HMAC-SHA2-256-128", status: statusMust, rfc: rfcESPIntegrity},
	{place: espIntegrity, name: "HMAC-SHA2-512-256", status: statusShould, rfc: rfcESPIntegrity},
	{place: espIntegrity, name: "HMAC-MD5-128", status: statusDeprecated, rfc: rfcDeprecated, why: whyMD5},
	{place: espIntegrity, name: "HMAC-SHA1-160", status: statusDeprecated, rfc: rfcDeprecated, why: whyOld},
	{place: espIntegrity, name: noIntegrity, status: statusMustNot, rfc: rfcESPIntegrity, weak: true,
		why: "packets can be altered on the path unnoticed, which can also reveal their content"},
}

// noIntegrity stands for an SA that has none: neither a MAC nor a combined mode.
const noIntegrity = "no integrity protection"

// statusOf finds the row of an algorithm; nil where the RFCs say nothing of it, which is to say MAY.
func statusOf(p place, name string) *algorithmStatus {
	for i := range statuses {
		if s := &statuses[i]; s.place == p && s.name == name {
			return s
		}
	}
	return nil
}

// places are the places of algorithms by their number space, in a proposal for an IKE SA and in one for another.
var places = map[bool]map[ike.Space]place{
	true: {ike.Phase1Cipher: ikeEncryption, ike.ENCR: ikeEncryption, ike.Phase1Hash: ikePRF, ike.PRFs: ikePRF, ike.INTEG: ikeIntegrity,
		ike.Group: keyExchange},
	false: {ike.ESPTransform: espEncryption, ike.ENCR: espEncryption, ike.Phase2Auth: espIntegrity, ike.INTEG: espIntegrity, ike.Group: keyExchange},
}
