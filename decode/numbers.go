package decode

import "fmt"

// Wire numbers; each has a String that shows unknown values too ("notify 16500").
type (
	// PayloadType is a next payload value. IKEv1 and IKEv2 share the number space.
	PayloadType uint8
	// ExchangeType is an exchange type. IKEv1 and IKEv2 share the number space.
	ExchangeType uint8
	// ProtocolID is a security protocol (RFC 2407, section 4.4.1).
	ProtocolID uint8
)

// Payload types of IKEv1 (RFC 2408, section 3.1).
const (
	PayloadNone       PayloadType = 0
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

// Payload types of IKEv2 (RFC 7296, section 3.2, and later ones).
const (
	Payload2SA      PayloadType = 33
	Payload2KE      PayloadType = 34
	Payload2IDi     PayloadType = 35
	Payload2IDr     PayloadType = 36
	Payload2Cert    PayloadType = 37
	Payload2CertReq PayloadType = 38
	Payload2Auth    PayloadType = 39
	Payload2Nonce   PayloadType = 40
	Payload2Notify  PayloadType = 41
	Payload2Delete  PayloadType = 42
	Payload2Vendor  PayloadType = 43
	Payload2TSi     PayloadType = 44
	Payload2TSr     PayloadType = 45
	Payload2SK      PayloadType = 46
	Payload2CP      PayloadType = 47
	Payload2EAP     PayloadType = 48
	Payload2GSPM    PayloadType = 49 // RFC 6467
	Payload2IDg     PayloadType = 50 // RFC 9838
	Payload2GSA     PayloadType = 51
	Payload2KD      PayloadType = 52
	Payload2SKF     PayloadType = 53 // RFC 7383
	Payload2PS      PayloadType = 54 // RFC 8019
)

var payloadNames = map[PayloadType]string{
	PayloadNone: "none", PayloadSA: "SA", PayloadProposal: "P", PayloadTransform: "T", PayloadKE: "KE",
	PayloadID: "ID", PayloadCert: "CERT", PayloadCertReq: "CERTREQ", PayloadHash: "HASH", PayloadSig: "SIG",
	PayloadNonce: "NONCE", PayloadNotify: "N", PayloadDelete: "D", PayloadVendorID: "VID", PayloadAttributes: "ATTR",
	PayloadNATDDraft4: "NAT-D/SAK", PayloadNATOADraft5: "NAT-OA/SAT", PayloadKD: "KD", PayloadSEQ: "SEQ",
	PayloadPOP: "POP", PayloadNATD: "NAT-D", PayloadNATOA: "NAT-OA", PayloadGAP: "GAP",
	PayloadNATDDraft: "NAT-D", PayloadNATOADraft: "NAT-OA", PayloadFragment: "FRAGMENT",
	PayloadGSSAPI: "GSS-API", PayloadCrypto: "CRYPTO", PayloadGSSID: "GSS-ID", PayloadAuthIP: "AUTH",

	Payload2SA: "SA", Payload2KE: "KE", Payload2IDi: "IDi", Payload2IDr: "IDr", Payload2Cert: "CERT",
	Payload2CertReq: "CERTREQ", Payload2Auth: "AUTH", Payload2Nonce: "NONCE", Payload2Notify: "N", Payload2Delete: "D",
	Payload2Vendor: "V", Payload2TSi: "TSi", Payload2TSr: "TSr", Payload2SK: "SK", Payload2CP: "CP", Payload2EAP: "EAP",
	Payload2GSPM: "GSPM", Payload2IDg: "IDg", Payload2GSA: "GSA", Payload2KD: "KD", Payload2SKF: "SKF", Payload2PS: "PS",
}

// String is the payload's name in the notation of RFC 2409 and RFC 7296, such as "SA", or "payload 200".
func (t PayloadType) String() string { return nameOf(payloadNames, t, "payload") }

// knownPayload1 has the payload types that can follow one another in an IKEv1 message.
var knownPayload1 = [256]bool{
	PayloadSA: true, PayloadKE: true, PayloadID: true, PayloadCert: true, PayloadCertReq: true, PayloadHash: true,
	PayloadSig: true, PayloadNonce: true, PayloadNotify: true, PayloadDelete: true, PayloadVendorID: true,
	PayloadAttributes: true, PayloadNATDDraft4: true, PayloadNATOADraft5: true, PayloadKD: true, PayloadSEQ: true,
	PayloadPOP: true, PayloadNATD: true, PayloadNATOA: true, PayloadGAP: true, PayloadNATDDraft: true,
	PayloadNATOADraft: true, PayloadFragment: true,
}

// knownPayload2 has the payload types that can follow one another inside an IKEv2 message or its encrypted payload; the
// encrypted ones themselves are not among them.
var knownPayload2 = [256]bool{
	Payload2SA: true, Payload2KE: true, Payload2IDi: true, Payload2IDr: true, Payload2Cert: true, Payload2CertReq: true,
	Payload2Auth: true, Payload2Nonce: true, Payload2Notify: true, Payload2Delete: true, Payload2Vendor: true,
	Payload2TSi: true, Payload2TSr: true, Payload2CP: true, Payload2EAP: true, Payload2GSPM: true, Payload2IDg: true,
	Payload2GSA: true, Payload2KD: true, Payload2PS: true,
}

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

// Exchange types of IKEv2 (RFC 7296, section 3.1, and later ones).
const (
	ExchangeSAInit          ExchangeType = 34
	ExchangeAuth            ExchangeType = 35
	ExchangeCreateChild     ExchangeType = 36
	ExchangeInformational2  ExchangeType = 37
	ExchangeSessionResume   ExchangeType = 38 // RFC 5723
	ExchangeGSAAuth         ExchangeType = 39 // RFC 9838
	ExchangeGSARegistration ExchangeType = 40
	ExchangeGSARekey        ExchangeType = 41
	ExchangeGSAInbandRekey  ExchangeType = 42
	ExchangeIntermediate    ExchangeType = 43 // RFC 9242
	ExchangeFollowupKE      ExchangeType = 44 // RFC 9370
)

var exchangeNames = map[ExchangeType]string{
	0: "none", ExchangeBase: "Base", ExchangeMain: "Main Mode", ExchangeAuthOnly: "Authentication Only",
	ExchangeAggressive: "Aggressive Mode", ExchangeInformational: "Informational", ExchangeTransaction: "Transaction",
	ExchangeQuick: "Quick Mode", ExchangeNewGroup: "New Group Mode",

	ExchangeSAInit: "IKE_SA_INIT", ExchangeAuth: "IKE_AUTH", ExchangeCreateChild: "CREATE_CHILD_SA",
	ExchangeInformational2: "INFORMATIONAL", ExchangeSessionResume: "IKE_SESSION_RESUME", ExchangeGSAAuth: "GSA_AUTH",
	ExchangeGSARegistration: "GSA_REGISTRATION", ExchangeGSARekey: "GSA_REKEY",
	ExchangeGSAInbandRekey: "GSA_INBAND_REKEY", ExchangeIntermediate: "IKE_INTERMEDIATE",
	ExchangeFollowupKE: "IKE_FOLLOWUP_KE",

	ExchangeAuthIPMain: "AuthIP Main Mode", ExchangeAuthIPQuick: "AuthIP Quick Mode",
	ExchangeAuthIPExtended: "AuthIP Extended Mode", ExchangeAuthIPNotify: "AuthIP Notify",
}

// String is the exchange's name, such as "Main Mode" or "IKE_AUTH", or "exchange 99".
func (t ExchangeType) String() string { return nameOf(exchangeNames, t, "exchange") }

// Protocol IDs (RFC 2407, section 4.4.1).
const (
	ProtocolISAKMP ProtocolID = 1
	ProtocolAH     ProtocolID = 2
	ProtocolESP    ProtocolID = 3
	ProtocolIPComp ProtocolID = 4
)

// Protocol IDs of IKEv2 (RFC 7296, section 3.3.1; RFC 4595; RFC 9838). AH and ESP are those of IKEv1.
const (
	ProtocolIKE        ProtocolID = 1
	ProtocolFCESP      ProtocolID = 4 // Fibre Channel ESP header
	ProtocolFCCTAuth   ProtocolID = 5 // Fibre Channel CT authentication
	ProtocolGIKEUpdate ProtocolID = 6
)

var protocolNames = map[ProtocolID]string{
	0: "none", ProtocolISAKMP: "ISAKMP", ProtocolAH: "AH", ProtocolESP: "ESP", ProtocolIPComp: "IPComp",
	5: "GIGABEAM_RADIO", // RFC 4705
}

var protocolNames2 = map[ProtocolID]string{
	0: "none", ProtocolIKE: "IKE", ProtocolAH: "AH", ProtocolESP: "ESP", ProtocolFCESP: "FC_ESP_HEADER",
	ProtocolFCCTAuth: "FC_CT_AUTHENTICATION", ProtocolGIKEUpdate: "GIKE_UPDATE",
}

// Name2 is the name that the protocol has in IKEv2, such as "IKE", or "protocol 9".
func (p ProtocolID) Name2() string { return nameOf(protocolNames2, p, "protocol") }

// String is the name that the protocol has in IKEv1, or "protocol 9".
func (p ProtocolID) String() string { return nameOf(protocolNames, p, "protocol") }

// DOIs (RFC 2408, section 3.4; RFC 2407; RFC 6407).
const (
	DOIISAKMP uint32 = 0
	DOIIPsec  uint32 = 1
	DOIGDOI   uint32 = 2
)

// nameOf is the name of v, or kind and number where it has none.
func nameOf[T ~uint8 | ~uint16](names map[T]string, v T, kind string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return fmt.Sprintf("%s %d", kind, uint64(v))
}
