package ikev1

import (
	"github.com/ikedecode/ikedecode/decode"
)

// Payload types of IKEv1 (RFC 2408, section 3.1).
const (
	PayloadSA         decode.PayloadType = 1
	PayloadProposal   decode.PayloadType = 2
	PayloadTransform  decode.PayloadType = 3
	PayloadKE         decode.PayloadType = 4
	PayloadID         decode.PayloadType = 5
	PayloadCert       decode.PayloadType = 6
	PayloadCertReq    decode.PayloadType = 7
	PayloadHash       decode.PayloadType = 8
	PayloadSig        decode.PayloadType = 9
	PayloadNonce      decode.PayloadType = 10
	PayloadNotify     decode.PayloadType = 11
	PayloadDelete     decode.PayloadType = 12
	PayloadVendorID   decode.PayloadType = 13
	PayloadAttributes decode.PayloadType = 14
	// 15 and 16 are GDOI's SA KEK and SA TEK payloads, and were NAT-D and NAT-OA in draft-ietf-ipsec-nat-t-ike-04 to 08.
	PayloadNATDDraft4  decode.PayloadType = 15
	PayloadNATOADraft5 decode.PayloadType = 16
	PayloadKD          decode.PayloadType = 17 // GDOI key download (RFC 6407)
	PayloadSEQ         decode.PayloadType = 18 // GDOI sequence number
	PayloadPOP         decode.PayloadType = 19 // GDOI proof of possession
	PayloadNATD        decode.PayloadType = 20
	PayloadNATOA       decode.PayloadType = 21
	PayloadGAP         decode.PayloadType = 22  // GDOI group associated policy
	PayloadNATDDraft   decode.PayloadType = 130 // draft-ietf-ipsec-nat-t-ike-00 to 03
	PayloadNATOADraft  decode.PayloadType = 131
	PayloadFragment    decode.PayloadType = 132
	// AuthIP ([MS-AIPS], section 2.2.3).
	PayloadGSSAPI decode.PayloadType = 129
	PayloadCrypto decode.PayloadType = 133
	PayloadGSSID  decode.PayloadType = 134
	PayloadAuthIP decode.PayloadType = 135
)

// Exchange types of IKEv1 (RFC 2408, section 3.1; RFC 2409, appendix A).
const (
	ExchangeBase          decode.ExchangeType = 1
	ExchangeMain          decode.ExchangeType = 2 // Identity Protection
	ExchangeAuthOnly      decode.ExchangeType = 3
	ExchangeAggressive    decode.ExchangeType = 4
	ExchangeInformational decode.ExchangeType = 5
	ExchangeTransaction   decode.ExchangeType = 6 // Mode Config and XAUTH
	ExchangeQuick         decode.ExchangeType = 32
	ExchangeNewGroup      decode.ExchangeType = 33
	// AuthIP, whose messages are ISAKMP, too ([MS-AIPS], section 2.2.1).
	ExchangeAuthIPMain     decode.ExchangeType = 243
	ExchangeAuthIPQuick    decode.ExchangeType = 244
	ExchangeAuthIPExtended decode.ExchangeType = 245
	ExchangeAuthIPNotify   decode.ExchangeType = 246
)

// DOIs (RFC 2408, section 3.4; RFC 2407; RFC 6407).
const (
	DOIISAKMP uint32 = 0
	DOIIPsec  uint32 = 1
	DOIGDOI   uint32 = 2
)

// Flags of IKEv1 (RFC 2408, section 3.1).
const (
	FlagEncryption decode.Flags = 1 << iota // the body is encrypted
	FlagCommit
	FlagAuthOnly
)
