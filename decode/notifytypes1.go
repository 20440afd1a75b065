package decode

// NotifyType1 is a notify message type of IKEv1 (RFC 2408, section 3.14.1).
type NotifyType1 uint16

// Notify message types that have a meaning of their own here.
const (
	NotifyInvalidCookie        NotifyType1 = 4
	NotifyInvalidSPI           NotifyType1 = 11
	NotifyNoProposalChosen     NotifyType1 = 14
	NotifyPayloadMalformed     NotifyType1 = 16
	NotifyInvalidKeyInfo       NotifyType1 = 17
	NotifyInvalidIDInfo        NotifyType1 = 18
	NotifyInvalidHashInfo      NotifyType1 = 23
	NotifyAuthenticationFailed NotifyType1 = 24
	NotifyConnected            NotifyType1 = 16384
	NotifyResponderLifetime    NotifyType1 = 24576
	NotifyReplayStatus         NotifyType1 = 24577
	NotifyInitialContact       NotifyType1 = 24578
	NotifyRUThere              NotifyType1 = 36136 // RFC 3706
	NotifyRUThereAck           NotifyType1 = 36137
	NotifyUnityLoadBalance     NotifyType1 = 40501
)

var notifyNames1 = map[NotifyType1]string{
	// Errors (RFC 2408, section 3.14.1).
	1: "INVALID-PAYLOAD-TYPE", 2: "DOI-NOT-SUPPORTED", 3: "SITUATION-NOT-SUPPORTED", NotifyInvalidCookie: "INVALID-COOKIE",
	5: "INVALID-MAJOR-VERSION", 6: "INVALID-MINOR-VERSION", 7: "INVALID-EXCHANGE-TYPE", 8: "INVALID-FLAGS",
	9: "INVALID-MESSAGE-ID", 10: "INVALID-PROTOCOL-ID", NotifyInvalidSPI: "INVALID-SPI", 12: "INVALID-TRANSFORM-ID",
	13: "ATTRIBUTES-NOT-SUPPORTED", NotifyNoProposalChosen: "NO-PROPOSAL-CHOSEN", 15: "BAD-PROPOSAL-SYNTAX",
	NotifyPayloadMalformed: "PAYLOAD-MALFORMED", NotifyInvalidKeyInfo: "INVALID-KEY-INFORMATION",
	NotifyInvalidIDInfo: "INVALID-ID-INFORMATION", 19: "INVALID-CERT-ENCODING", 20: "INVALID-CERTIFICATE",
	21: "CERT-TYPE-UNSUPPORTED", 22: "INVALID-CERT-AUTHORITY", NotifyInvalidHashInfo: "INVALID-HASH-INFORMATION",
	NotifyAuthenticationFailed: "AUTHENTICATION-FAILED", 25: "INVALID-SIGNATURE", 26: "ADDRESS-NOTIFICATION",
	27: "NOTIFY-SA-LIFETIME", 28: "CERTIFICATE-UNAVAILABLE", 29: "UNSUPPORTED-EXCHANGE-TYPE",
	30: "UNEQUAL-PAYLOAD-LENGTHS",
	// Status (RFC 2408, section 3.14.1; RFC 2407, section 4.6.3).
	NotifyConnected: "CONNECTED", NotifyResponderLifetime: "RESPONDER-LIFETIME", NotifyReplayStatus: "REPLAY-STATUS",
	NotifyInitialContact: "INITIAL-CONTACT", NotifyRUThere: "R-U-THERE", NotifyRUThereAck: "R-U-THERE-ACK",
	// Private: of Cisco, ...
	30000: "CISCO-HELLO", 30002: "CISCO-WWTEBR", 30003: "CISCO-SHUT-UP", 32768: "IOS-KEEP-ALIVE-REQ",
	32769: "IOS-KEEP-ALIVE-ACK", 40500: "UNITY-HEARTBEAT", NotifyUnityLoadBalance: "UNITY-LOAD-BALANCE",
	40502: "UNITY-40502", 40503: "UNITY-GROUP-HASH",
	// ... and of Microsoft ([MS-IKEE], section 2.2.6).
	40003: "MS-NOTIFY-STATUS", 40004: "MS-NOTIFY-DOS-COOKIE", 40005: "MS-EXCHANGE-INFO",
}

// String is the type's name in the RFC's words, or "notify 16500".
func (t NotifyType1) String() string { return nameOf(notifyNames1, t, "notify") }

// IsError reports whether the type is one of the errors, 1 to 16383.
func (t NotifyType1) IsError() bool { return t > 0 && t < 16384 }
