package ikev1

import (
	"github.com/ikedecode/ikedecode/decode/internal/render"
)

// NotifyType is a notify message type of IKEv1 (RFC 2408, section 3.14.1).
type NotifyType uint16

// Notify message types that have a meaning of their own here.
const (
	NotifyInvalidCookie        NotifyType = 4
	NotifyInvalidSPI           NotifyType = 11
	NotifyNoProposalChosen     NotifyType = 14
	NotifyPayloadMalformed     NotifyType = 16
	NotifyInvalidKeyInfo       NotifyType = 17
	NotifyInvalidIDInfo        NotifyType = 18
	NotifyInvalidHashInfo      NotifyType = 23
	NotifyAuthenticationFailed NotifyType = 24
	NotifyConnected            NotifyType = 16384
	NotifyResponderLifetime    NotifyType = 24576
	NotifyReplayStatus         NotifyType = 24577
	NotifyInitialContact       NotifyType = 24578
	NotifyRUThere              NotifyType = 36136 // RFC 3706
	NotifyRUThereAck           NotifyType = 36137
	NotifyUnityLoadBalance     NotifyType = 40501
)

var notifyNames = map[NotifyType]string{
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
func (t NotifyType) String() string { return render.Name(notifyNames, t, "notify") }

// IsError reports whether the type is one of the errors, 1 to 16383.
func (t NotifyType) IsError() bool { return t > 0 && t < 16384 }
