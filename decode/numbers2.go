package decode

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

// Protocol IDs of IKEv2 (RFC 7296, section 3.3.1; RFC 4595; RFC 9838). AH and ESP are those of IKEv1.
const (
	ProtocolIKE        ProtocolID = 1
	ProtocolFCESP      ProtocolID = 4 // Fibre Channel ESP header
	ProtocolFCCTAuth   ProtocolID = 5 // Fibre Channel CT authentication
	ProtocolGIKEUpdate ProtocolID = 6
)

var protocolNames2 = map[ProtocolID]string{
	0: "none", ProtocolIKE: "IKE", ProtocolAH: "AH", ProtocolESP: "ESP", ProtocolFCESP: "FC_ESP_HEADER",
	ProtocolFCCTAuth: "FC_CT_AUTHENTICATION", ProtocolGIKEUpdate: "GIKE_UPDATE",
}

// ProtocolName2 is the name that the protocol has in IKEv2, such as "IKE", or "protocol 9".
func ProtocolName2(p ProtocolID) string { return nameOf(protocolNames2, p, "protocol") }

// Flags of IKEv2 (RFC 7296, section 3.1).
const (
	FlagInitiator Flags = 1 << (iota + 3) // from the original initiator of the IKE SA
	FlagVersion                           // the sender can speak a higher version
	FlagResponse
)
