package ikev2

import (
	"github.com/ikedecode/ikedecode/decode/internal/render"
)

// NotifyType is a notify message type of IKEv2 (RFC 7296, section 3.10.1).
type NotifyType uint16

// Notify message types: errors.
const (
	NotifyUnsupportedCritical    NotifyType = 1
	NotifyInvalidIKESPI          NotifyType = 4
	NotifyInvalidMajorVersion    NotifyType = 5
	NotifyInvalidSyntax          NotifyType = 7
	NotifyInvalidMessageID       NotifyType = 9
	NotifyInvalidSPI             NotifyType = 11
	NotifyNoProposalChosen       NotifyType = 14
	NotifyInvalidKE              NotifyType = 17
	NotifyAuthenticationFailed   NotifyType = 24
	NotifySinglePairRequired     NotifyType = 34
	NotifyNoAdditionalSAs        NotifyType = 35
	NotifyInternalAddressFailure NotifyType = 36
	NotifyFailedCPRequired       NotifyType = 37
	NotifyTSUnacceptable         NotifyType = 38
	NotifyInvalidSelectors       NotifyType = 39
	NotifyUnacceptableAddresses  NotifyType = 40 // RFC 4555
	NotifyUnexpectedNATDetected  NotifyType = 41 // RFC 4555
	NotifyUseAssignedHoA         NotifyType = 42 // RFC 5026
	NotifyTemporaryFailure       NotifyType = 43
	NotifyChildSANotFound        NotifyType = 44
	NotifyInvalidGroupID         NotifyType = 45 // RFC 9838
	NotifyAuthorizationFailed    NotifyType = 46 // RFC 9838
	NotifyStateNotFound          NotifyType = 47 // RFC 9370
	NotifyTSMaxQueue             NotifyType = 48 // RFC 9611
	NotifyRegistrationFailed     NotifyType = 49 // RFC 9838
)

// Notify message types: status.
const (
	NotifyInitialContact         NotifyType = 16384
	NotifySetWindowSize          NotifyType = 16385
	NotifyAdditionalTSPossible   NotifyType = 16386
	NotifyIPCompSupported        NotifyType = 16387
	NotifyNATDetectionSource     NotifyType = 16388
	NotifyNATDetectionDest       NotifyType = 16389
	NotifyCookie                 NotifyType = 16390
	NotifyUseTransportMode       NotifyType = 16391
	NotifyHTTPCertLookup         NotifyType = 16392
	NotifyRekeySA                NotifyType = 16393
	NotifyESPTFCPaddingNot       NotifyType = 16394
	NotifyNonFirstFragmentsAlso  NotifyType = 16395
	NotifyMOBIKESupported        NotifyType = 16396 // RFC 4555
	NotifyAdditionalIP4          NotifyType = 16397
	NotifyAdditionalIP6          NotifyType = 16398
	NotifyNoAdditionalAddresses  NotifyType = 16399
	NotifyUpdateSAAddresses      NotifyType = 16400
	NotifyCookie2                NotifyType = 16401
	NotifyNoNATsAllowed          NotifyType = 16402
	NotifyAuthLifetime           NotifyType = 16403 // RFC 4478
	NotifyMultipleAuthSupported  NotifyType = 16404 // RFC 4739
	NotifyAnotherAuthFollows     NotifyType = 16405
	NotifyRedirectSupported      NotifyType = 16406 // RFC 5685
	NotifyRedirect               NotifyType = 16407
	NotifyRedirectedFrom         NotifyType = 16408
	NotifyTicketLTOpaque         NotifyType = 16409 // RFC 5723
	NotifyTicketRequest          NotifyType = 16410
	NotifyTicketAck              NotifyType = 16411
	NotifyTicketNack             NotifyType = 16412
	NotifyTicketOpaque           NotifyType = 16413
	NotifyLinkID                 NotifyType = 16414 // RFC 5739
	NotifyUseWESPMode            NotifyType = 16415 // RFC 5840
	NotifyROHCSupported          NotifyType = 16416 // RFC 5857
	NotifyEAPOnlyAuthentication  NotifyType = 16417 // RFC 5998
	NotifyChildlessSupported     NotifyType = 16418 // RFC 6023
	NotifyQuickCrashDetection    NotifyType = 16419 // RFC 6290
	NotifyMessageIDSyncSupported NotifyType = 16420 // RFC 6311
	NotifyReplaySyncSupported    NotifyType = 16421
	NotifyMessageIDSync          NotifyType = 16422
	NotifyReplayCounterSync      NotifyType = 16423
	NotifySecurePasswordMethods  NotifyType = 16424 // RFC 6467
	NotifyPSKPersist             NotifyType = 16425 // RFC 6631
	NotifyPSKConfirm             NotifyType = 16426
	NotifyERXSupported           NotifyType = 16427 // RFC 6867
	NotifyIFOMCapability         NotifyType = 16428 // 3GPP TS 24.303
	NotifyGroupSender            NotifyType = 16429 // RFC 9838
	NotifyFragmentationSupported NotifyType = 16430 // RFC 7383
	NotifySignatureHashes        NotifyType = 16431 // RFC 7427
	NotifyCloneIKESASupported    NotifyType = 16432 // RFC 7791
	NotifyCloneIKESA             NotifyType = 16433
	NotifyPuzzle                 NotifyType = 16434 // RFC 8019
	NotifyUsePPK                 NotifyType = 16435 // RFC 8784
	NotifyPPKIdentity            NotifyType = 16436
	NotifyNoPPKAuth              NotifyType = 16437
	NotifyIntermediateSupported  NotifyType = 16438 // RFC 9242
	NotifyIP4Allowed             NotifyType = 16439 // RFC 8983
	NotifyIP6Allowed             NotifyType = 16440
	NotifyAdditionalKeyExchange  NotifyType = 16441 // RFC 9370
	NotifyUseAGGFRAG             NotifyType = 16442 // RFC 9347
	NotifySupportedAuthMethods   NotifyType = 16443 // RFC 9593
	NotifySAResourceInfo         NotifyType = 16444 // RFC 9611
	NotifyUsePPKInt              NotifyType = 16445 // RFC 9867
	NotifyPPKIdentityKey         NotifyType = 16446
	NotifyFullTranscriptAuth     NotifyType = 16447 // draft-ietf-ipsecme-ikev2-downgrade-prevention
	NotifyUseBEETMode            NotifyType = 40961 // a private number of strongSwan
)

var notifyNames = map[NotifyType]string{
	NotifyUnsupportedCritical: "UNSUPPORTED_CRITICAL_PAYLOAD", NotifyInvalidIKESPI: "INVALID_IKE_SPI",
	NotifyInvalidMajorVersion: "INVALID_MAJOR_VERSION", NotifyInvalidSyntax: "INVALID_SYNTAX",
	NotifyInvalidMessageID: "INVALID_MESSAGE_ID", NotifyInvalidSPI: "INVALID_SPI",
	NotifyNoProposalChosen: "NO_PROPOSAL_CHOSEN", NotifyInvalidKE: "INVALID_KE_PAYLOAD",
	NotifyAuthenticationFailed: "AUTHENTICATION_FAILED", NotifySinglePairRequired: "SINGLE_PAIR_REQUIRED",
	NotifyNoAdditionalSAs: "NO_ADDITIONAL_SAS", NotifyInternalAddressFailure: "INTERNAL_ADDRESS_FAILURE",
	NotifyFailedCPRequired: "FAILED_CP_REQUIRED", NotifyTSUnacceptable: "TS_UNACCEPTABLE",
	NotifyInvalidSelectors: "INVALID_SELECTORS", NotifyUnacceptableAddresses: "UNACCEPTABLE_ADDRESSES",
	NotifyUnexpectedNATDetected: "UNEXPECTED_NAT_DETECTED", NotifyUseAssignedHoA: "USE_ASSIGNED_HoA",
	NotifyTemporaryFailure: "TEMPORARY_FAILURE", NotifyChildSANotFound: "CHILD_SA_NOT_FOUND",
	NotifyInvalidGroupID: "INVALID_GROUP_ID", NotifyAuthorizationFailed: "AUTHORIZATION_FAILED",
	NotifyStateNotFound: "STATE_NOT_FOUND", NotifyTSMaxQueue: "TS_MAX_QUEUE",
	NotifyRegistrationFailed: "REGISTRATION_FAILED",

	NotifyInitialContact: "INITIAL_CONTACT", NotifySetWindowSize: "SET_WINDOW_SIZE",
	NotifyAdditionalTSPossible: "ADDITIONAL_TS_POSSIBLE", NotifyIPCompSupported: "IPCOMP_SUPPORTED",
	NotifyNATDetectionSource: "NAT_DETECTION_SOURCE_IP", NotifyNATDetectionDest: "NAT_DETECTION_DESTINATION_IP",
	NotifyCookie: "COOKIE", NotifyUseTransportMode: "USE_TRANSPORT_MODE",
	NotifyHTTPCertLookup: "HTTP_CERT_LOOKUP_SUPPORTED", NotifyRekeySA: "REKEY_SA",
	NotifyESPTFCPaddingNot: "ESP_TFC_PADDING_NOT_SUPPORTED", NotifyNonFirstFragmentsAlso: "NON_FIRST_FRAGMENTS_ALSO",
	NotifyMOBIKESupported: "MOBIKE_SUPPORTED", NotifyAdditionalIP4: "ADDITIONAL_IP4_ADDRESS",
	NotifyAdditionalIP6: "ADDITIONAL_IP6_ADDRESS", NotifyNoAdditionalAddresses: "NO_ADDITIONAL_ADDRESSES",
	NotifyUpdateSAAddresses: "UPDATE_SA_ADDRESSES", NotifyCookie2: "COOKIE2", NotifyNoNATsAllowed: "NO_NATS_ALLOWED",
	NotifyAuthLifetime: "AUTH_LIFETIME", NotifyMultipleAuthSupported: "MULTIPLE_AUTH_SUPPORTED",
	NotifyAnotherAuthFollows: "ANOTHER_AUTH_FOLLOWS", NotifyRedirectSupported: "REDIRECT_SUPPORTED",
	NotifyRedirect: "REDIRECT", NotifyRedirectedFrom: "REDIRECTED_FROM", NotifyTicketLTOpaque: "TICKET_LT_OPAQUE",
	NotifyTicketRequest: "TICKET_REQUEST", NotifyTicketAck: "TICKET_ACK", NotifyTicketNack: "TICKET_NACK",
	NotifyTicketOpaque: "TICKET_OPAQUE", NotifyLinkID: "LINK_ID", NotifyUseWESPMode: "USE_WESP_MODE",
	NotifyROHCSupported: "ROHC_SUPPORTED", NotifyEAPOnlyAuthentication: "EAP_ONLY_AUTHENTICATION",
	NotifyChildlessSupported: "CHILDLESS_IKEV2_SUPPORTED", NotifyQuickCrashDetection: "QUICK_CRASH_DETECTION",
	NotifyMessageIDSyncSupported: "IKEV2_MESSAGE_ID_SYNC_SUPPORTED",
	NotifyReplaySyncSupported:    "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED",
	NotifyMessageIDSync:          "IKEV2_MESSAGE_ID_SYNC", NotifyReplayCounterSync: "IPSEC_REPLAY_COUNTER_SYNC",
	NotifySecurePasswordMethods: "SECURE_PASSWORD_METHODS", NotifyPSKPersist: "PSK_PERSIST",
	NotifyPSKConfirm: "PSK_CONFIRM", NotifyERXSupported: "ERX_SUPPORTED", NotifyIFOMCapability: "IFOM_CAPABILITY",
	NotifyGroupSender: "GROUP_SENDER", NotifyFragmentationSupported: "IKEV2_FRAGMENTATION_SUPPORTED",
	NotifySignatureHashes: "SIGNATURE_HASH_ALGORITHMS", NotifyCloneIKESASupported: "CLONE_IKE_SA_SUPPORTED",
	NotifyCloneIKESA: "CLONE_IKE_SA", NotifyPuzzle: "PUZZLE", NotifyUsePPK: "USE_PPK",
	NotifyPPKIdentity: "PPK_IDENTITY", NotifyNoPPKAuth: "NO_PPK_AUTH",
	NotifyIntermediateSupported: "INTERMEDIATE_EXCHANGE_SUPPORTED", NotifyIP4Allowed: "IP4_ALLOWED",
	NotifyIP6Allowed: "IP6_ALLOWED", NotifyAdditionalKeyExchange: "ADDITIONAL_KEY_EXCHANGE",
	NotifyUseAGGFRAG: "USE_AGGFRAG", NotifySupportedAuthMethods: "SUPPORTED_AUTH_METHODS",
	NotifySAResourceInfo: "SA_RESOURCE_INFO", NotifyUsePPKInt: "USE_PPK_INT",
	NotifyPPKIdentityKey: "PPK_IDENTITY_KEY", NotifyFullTranscriptAuth: "IKE_SA_INIT_FULL_TRANSCRIPT_AUTH",

	// Private numbers of libreswan and strongSwan, ...
	40960: "NULL_AUTH", NotifyUseBEETMode: "USE_BEET_MODE", 40962: "ME_MEDIATION", 40963: "ME_ENDPOINT",
	40964: "ME_CALLBACK", 40965: "ME_CONNECTID", 40966: "ME_CONNECTKEY", 40967: "ME_CONNECTAUTH", 40968: "ME_RESPONSE",
	40969: "RADIUS_ATTRIBUTE",
	// ... of access to mobile networks, errors (3GPP TS 24.302, section 8.1.2.2; TS 24.502, section 9.2.4.1) ...
	8192: "PDN_CONNECTION_REJECTION", 8193: "MAX_CONNECTION_REACHED", 8241: "SEMANTIC_ERROR_IN_THE_TFT_OPERATION",
	8242: "SYNTACTICAL_ERROR_IN_THE_TFT_OPERATION", 8244: "SEMANTIC_ERRORS_IN_PACKET_FILTERS",
	8245: "SYNTACTICAL_ERRORS_IN_PACKET_FILTERS", 9000: "NON_3GPP_ACCESS_TO_EPC_NOT_ALLOWED", 9001: "USER_UNKNOWN",
	9002: "NO_APN_SUBSCRIPTION", 9003: "AUTHORIZATION_REJECTED", 9006: "ILLEGAL_ME", 10500: "NETWORK_FAILURE",
	11001: "RAT_TYPE_NOT_ALLOWED", 11005: "IMEI_NOT_ACCEPTED", 11011: "PLMN_NOT_ALLOWED",
	11055: "UNAUTHENTICATED_EMERGENCY_NOT_SUPPORTED", 15500: "CONGESTION",
	// ... and status (TS 24.302, section 8.1.2.3; TS 24.502, section 9.2.4.2).
	41041: "BACKOFF_TIMER", 41050: "PDN_TYPE_IPv4_ONLY_ALLOWED", 41051: "PDN_TYPE_IPv6_ONLY_ALLOWED",
	41101: "DEVICE_IDENTITY", 41112: "EMERGENCY_SUPPORT", 41134: "EMERGENCY_CALL_NUMBERS",
	41288: "NBIFOM_GENERIC_CONTAINER", 41304: "P-CSCF_RESELECTION_SUPPORT", 41501: "PTI",
	42011: "IKEV2_MULTIPLE_BEARER_PDN_CONNECTIVITY", 42014: "EPS_QOS", 42015: "EXTENDED_EPS_QOS", 42017: "TFT",
	42020: "MODIFIED_BEARER", 42094: "APN_AMBR", 42095: "EXTENDED_APN_AMBR", 51015: "N1_MODE_CAPABILITY",
	51115: "N1_MODE_INFORMATION", 55501: "5G_QOS_INFO", 55502: "NAS_IP4_ADDRESS", 55503: "NAS_IP6_ADDRESS",
	55504: "UP_IP4_ADDRESS", 55505: "UP_IP6_ADDRESS", 55506: "NAS_TCP_PORT", 55507: "N3GPP_BACKOFF_TIMER",
}

// String is the type's name in the RFC's words, or "notify 50000".
func (t NotifyType) String() string { return render.Name(notifyNames, t, "notify") }

// IsError reports whether the type is one of the errors, 1 to 16383.
func (t NotifyType) IsError() bool { return t > 0 && t < 16384 }
