package ikev1

import "github.com/ikedecode/ikedecode/decode/ike"

// NotifyType is a notify message type of IKEv1 (RFC 2408, section 3.14.1).
type NotifyType uint16

// Notify message types that have a meaning of their own here.
const (
	NotifyInvalidPayloadType     NotifyType = 1
	NotifyInvalidProtocolID      NotifyType = 10
	NotifyInvalidSPI             NotifyType = 11
	NotifyInvalidTransformID     NotifyType = 12
	NotifyAttributesNotSupported NotifyType = 13
	NotifyNoProposalChosen       NotifyType = 14
	NotifyBadProposalSyntax      NotifyType = 15
	NotifyPayloadMalformed       NotifyType = 16
	NotifyInvalidKeyInfo         NotifyType = 17
	NotifyInvalidIDInfo          NotifyType = 18
	NotifyInvalidCertEncoding    NotifyType = 19
	NotifyInvalidCertificate     NotifyType = 20
	NotifyCertTypeUnsupported    NotifyType = 21
	NotifyInvalidCertAuthority   NotifyType = 22
	NotifyInvalidHashInfo        NotifyType = 23
	NotifyAuthenticationFailed   NotifyType = 24
	NotifyInvalidSignature       NotifyType = 25
	NotifyUnequalPayloadLengths  NotifyType = 30
	NotifyResponderLifetime      NotifyType = 24576
	NotifyReplayStatus           NotifyType = 24577
	NotifyInitialContact         NotifyType = 24578
	NotifyRUThere                NotifyType = 36136 // RFC 3706
	NotifyRUThereAck             NotifyType = 36137
	NotifyUnityLoadBalance       NotifyType = 40501
)

// String is the type's name in the RFC's terms, or "notify 16500".
func (t NotifyType) String() string {
	return ike.NotifyType{Version: ike.V1, Number: uint16(t)}.String()
}

// IsError reports whether the type is one of the errors, 1 to 16383.
func (t NotifyType) IsError() bool { return t > 0 && t < 16384 }
