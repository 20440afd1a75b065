package decode

// Payload types of IKEv1 (RFC 2408, section 3.1).
const (
	PayloadSA         PayloadType = 1
	PayloadProposal   PayloadType = 2
	PayloadTransform  PayloadType = 3
	PayloadKE         PayloadType = 4
	PayloadID         PayloadType = 5
	PayloadCert       PayloadType = 6
	PayloadCertReq    PayloadType = 7
	PayloadHash       PayloadType = 8
	PayloadSig        PayloadType = 9
	PayloadNonce      PayloadType = 10
	PayloadNotify     PayloadType = 11
	PayloadDelete     PayloadType = 12
	PayloadVendorID   PayloadType = 13
	PayloadAttributes PayloadType = 14
	// 15 and 16 are GDOI's SA KEK and SA TEK payloads, and were NAT-D and NAT-OA in draft-ietf-ipsec-nat-t-ike-04 to 08.
	PayloadNATDDraft4  PayloadType = 15
	PayloadNATOADraft5 PayloadType = 16
	PayloadKD          PayloadType = 17 // GDOI key download (RFC 6407)
	PayloadSEQ         PayloadType = 18 // GDOI sequence number
	PayloadPOP         PayloadType = 19 // GDOI proof of possession
	PayloadNATD        PayloadType = 20
	PayloadNATOA       PayloadType = 21
	PayloadGAP         PayloadType = 22  // GDOI group associated policy
	PayloadNATDDraft   PayloadType = 130 // draft-ietf-ipsec-nat-t-ike-00 to 03
	PayloadNATOADraft  PayloadType = 131
	PayloadFragment    PayloadType = 132
	// AuthIP ([MS-AIPS], section 2.2.3).
	PayloadGSSAPI PayloadType = 129
	PayloadCrypto PayloadType = 133
	PayloadGSSID  PayloadType = 134
	PayloadAuthIP PayloadType = 135
)

// Exchange types of IKEv1 (RFC 2408, section 3.1; RFC 2409, appendix A).
const (
	ExchangeBase          ExchangeType = 1
	ExchangeMain          ExchangeType = 2 // Identity Protection
	ExchangeAuthOnly      ExchangeType = 3
	ExchangeAggressive    ExchangeType = 4
	ExchangeInformational ExchangeType = 5
	ExchangeTransaction   ExchangeType = 6 // Mode Config and XAUTH
	ExchangeQuick         ExchangeType = 32
	ExchangeNewGroup      ExchangeType = 33
	// AuthIP, whose messages are ISAKMP, too ([MS-AIPS], section 2.2.1).
	ExchangeAuthIPMain     ExchangeType = 243
	ExchangeAuthIPQuick    ExchangeType = 244
	ExchangeAuthIPExtended ExchangeType = 245
	ExchangeAuthIPNotify   ExchangeType = 246
)

// DOIs (RFC 2408, section 3.4; RFC 2407; RFC 6407).
const (
	DOIISAKMP uint32 = 0
	DOIIPsec  uint32 = 1
	DOIGDOI   uint32 = 2
)

// Flags of IKEv1 (RFC 2408, section 3.1).
const (
	FlagEncryption Flags = 1 << iota // the body is encrypted
	FlagCommit
	FlagAuthOnly
)
