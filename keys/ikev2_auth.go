package keys

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// SignedOctets is what one peer's AUTH payload signs (RFC 7296, section 2.15): its own first message (IKE_SA_INIT or
// IKE_SESSION_RESUME, the one that was answered) from the header on, the peer's nonce, and prf(SK_p, IDx'), where id is
// the body of its ID payload, generic header taken off. skp is SK_pi for the initiator, SK_pr for the responder. intAuth is nil
// without IKE_INTERMEDIATE exchanges, else IntAuthOctets (RFC 9242, section 3.3.2):
//
//	octets = message | nonce | prf(SK_p, IDx') [ | IntAuth ]
func SignedOctets(prf alg.PRF, skp, message, nonce, id, intAuth []byte) []byte {
	return bytes.Join([][]byte{message, nonce, prf.Sum(skp, id), intAuth}, nil)
}

// SharedKeyAuth is the AUTH data of a shared key (RFC 7296, section 2.15). secret is the pre-shared key; the MSK after EAP; SK_pi
// or SK_pr after EAP without MSK (section 2.16) and for NULL authentication (RFC 7619, section 2.1):
//
//	AUTH = prf(prf(secret, "Key Pad for IKEv2"), octets)
func SharedKeyAuth(prf alg.PRF, secret, octets []byte) []byte {
	return prf.Sum(prf.Sum(secret, []byte("Key Pad for IKEv2")), octets)
}

// ResumptionAuth is the AUTH data after IKE_SESSION_RESUME, where message is the side's own message of that exchange
// (RFC 5723):
//
//	AUTH = prf(SK_px, message)
func ResumptionAuth(prf alg.PRF, skp, message []byte) []byte {
	return prf.Sum(skp, message)
}

// IntAuthA is IntAuth_*A of one peer's message of an IKE_INTERMEDIATE exchange (RFC 9242, section 3.3.2): the message up to the
// generic header of its SK payload, both lengths as if the inner bytes of plaintext were not encrypted. Of a fragmented message
// sk is the first fragment's; it is then made to look as if there had been none.
func IntAuthA(sk SK, inner int) []byte {
	a := append([]byte(nil), sk.message[:sk.Offset+genericLen]...)
	a[sk.typeAt] = byte(ikev2.PayloadSK)
	binary.BigEndian.PutUint32(a[lengthAt:], uint32(len(a)+inner))
	binary.BigEndian.PutUint16(a[sk.Offset+2:], uint16(genericLen+inner))
	return a
}

// IntAuth is IntAuth_i(n) or IntAuth_r(n), where previous is that of the side's message before, nil for the first, and p the
// decrypted payloads (RFC 9242, section 3.3.2). skp is SK_pi or SK_pr of the generation that protects the message, so that it is
// another after each additional key exchange:
//
//	IntAuth(n) = prf(SK_p, IntAuth(n-1) | A | P)
func IntAuth(prf alg.PRF, skp, previous, a, p []byte) []byte {
	return prf.Sum(skp, previous, a, p)
}

// IntAuthOctets is the end of the signed octets after IKE_INTERMEDIATE exchanges: the last IntAuth of each side, and the
// message ID of the first IKE_AUTH request (RFC 9242, section 3.3.2):
//
//	IntAuth = IntAuth_iN | IntAuth_rN | IKE_AUTH_MID
func IntAuthOctets(i, r []byte, mid uint32) []byte {
	return bytes.Join([][]byte{i, r, be32(mid)}, nil)
}

// NATDetectionHash is the data of NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP (RFC 7296, section 2.23), ip in 4 or
// 16 bytes, the SPIs as in the header of the message that has it:
//
//	hash = SHA-1(SPIi | SPIr | IP | Port)
func NATDetectionHash(i, r decode.SPI, ip []byte, port uint16) []byte {
	h := sha1.New()
	for _, part := range [][]byte{i[:], r[:], ip, binary.BigEndian.AppendUint16(nil, port)} {
		h.Write(part)
	}
	return h.Sum(nil)
}
