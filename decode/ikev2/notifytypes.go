package ikev2

import "github.com/ikedecode/ikedecode/decode/ike"

// NotifyType is a notify message type of IKEv2 (RFC 7296, section 3.10.1).
type NotifyType uint16

// Notify message types: errors.
const (
	NotifyUnsupportedCritical  NotifyType = 1
	NotifyInvalidIKESPI        NotifyType = 4
	NotifyInvalidMessageID     NotifyType = 9
	NotifyInvalidSPI           NotifyType = 11
	NotifyNoProposalChosen     NotifyType = 14
	NotifyInvalidKE            NotifyType = 17
	NotifyAuthenticationFailed NotifyType = 24
	NotifyTSUnacceptable       NotifyType = 38
	NotifyTemporaryFailure     NotifyType = 43
	NotifyTSMaxQueue           NotifyType = 48 // RFC 9611
)

// Notify message types: status.
const (
	NotifyInitialContact        NotifyType = 16384
	NotifySetWindowSize         NotifyType = 16385
	NotifyIPCompSupported       NotifyType = 16387
	NotifyNATDetectionSource    NotifyType = 16388
	NotifyNATDetectionDest      NotifyType = 16389
	NotifyCookie                NotifyType = 16390
	NotifyUseTransportMode      NotifyType = 16391
	NotifyRekeySA               NotifyType = 16393
	NotifyNonFirstFragmentsAlso NotifyType = 16395
	NotifyMOBIKESupported       NotifyType = 16396 // RFC 4555
	NotifyAdditionalIP4         NotifyType = 16397
	NotifyAdditionalIP6         NotifyType = 16398
	NotifyNoAdditionalAddresses NotifyType = 16399
	NotifyUpdateSAAddresses     NotifyType = 16400
	NotifyCookie2               NotifyType = 16401
	NotifyAuthLifetime          NotifyType = 16403 // RFC 4478
	NotifyAnotherAuthFollows    NotifyType = 16405 // RFC 4739
	NotifyRedirectSupported     NotifyType = 16406 // RFC 5685
	NotifyRedirect              NotifyType = 16407
	NotifyRedirectedFrom        NotifyType = 16408
	NotifyTicketLTOpaque        NotifyType = 16409 // RFC 5723
	NotifyTicketOpaque          NotifyType = 16413
	NotifyROHCSupported         NotifyType = 16416 // RFC 5857
	NotifyMessageIDSync         NotifyType = 16422
	NotifyReplayCounterSync     NotifyType = 16423
	NotifySecurePasswordMethods NotifyType = 16424 // RFC 6467
	NotifyFragmentation         NotifyType = 16430 // IKEV2_FRAGMENTATION_SUPPORTED (RFC 7383)
	NotifySignatureHashes       NotifyType = 16431 // RFC 7427
	NotifyPuzzle                NotifyType = 16434 // RFC 8019
	NotifyUsePPK                NotifyType = 16435 // RFC 8784
	NotifyPPKIdentity           NotifyType = 16436
	NotifyAdditionalKeyExchange NotifyType = 16441 // RFC 9370
	NotifyUseAGGFRAG            NotifyType = 16442 // RFC 9347
	NotifySupportedAuthMethods  NotifyType = 16443 // RFC 9593
	NotifySAResourceInfo        NotifyType = 16444 // RFC 9611
	NotifyUsePPKInt             NotifyType = 16445 // RFC 9867
	NotifyPPKIdentityKey        NotifyType = 16446
)

// String is the type's name in the RFC's terms, or "notify 50000".
func (t NotifyType) String() string {
	return ike.NotifyType{Version: ike.V2, Number: uint16(t)}.String()
}

// IsError reports whether the type is one of the errors, 1 to 16383.
func (t NotifyType) IsError() bool { return t > 0 && t < 16384 }
