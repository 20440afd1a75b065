package decode

// NotifyType2 is a notify message type of IKEv2 (RFC 7296, section 3.10.1).
type NotifyType2 uint16

// Notify message types: errors.
const (
	Notify2UnsupportedCritical    NotifyType2 = 1
	Notify2InvalidIKESPI          NotifyType2 = 4
	Notify2InvalidMajorVersion    NotifyType2 = 5
	Notify2InvalidSyntax          NotifyType2 = 7
	Notify2InvalidMessageID       NotifyType2 = 9
	Notify2InvalidSPI             NotifyType2 = 11
	Notify2NoProposalChosen       NotifyType2 = 14
	Notify2InvalidKE              NotifyType2 = 17
	Notify2AuthenticationFailed   NotifyType2 = 24
	Notify2SinglePairRequired     NotifyType2 = 34
	Notify2NoAdditionalSAs        NotifyType2 = 35
	Notify2InternalAddressFailure NotifyType2 = 36
	Notify2FailedCPRequired       NotifyType2 = 37
	Notify2TSUnacceptable         NotifyType2 = 38
	Notify2InvalidSelectors       NotifyType2 = 39
	Notify2UnacceptableAddresses  NotifyType2 = 40 // RFC 4555
	Notify2UnexpectedNATDetected  NotifyType2 = 41 // RFC 4555
	Notify2UseAssignedHoA         NotifyType2 = 42 // RFC 5026
	Notify2TemporaryFailure       NotifyType2 = 43
	Notify2ChildSANotFound        NotifyType2 = 44
	Notify2InvalidGroupID         NotifyType2 = 45 // RFC 9838
	Notify2AuthorizationFailed    NotifyType2 = 46 // RFC 9838
	Notify2StateNotFound          NotifyType2 = 47 // RFC 9370
	Notify2TSMaxQueue             NotifyType2 = 48 // RFC 9611
	Notify2RegistrationFailed     NotifyType2 = 49 // RFC 9838
)

// Notify message types: status.
const (
	Notify2InitialContact         NotifyType2 = 16384
	Notify2SetWindowSize          NotifyType2 = 16385
	Notify2AdditionalTSPossible   NotifyType2 = 16386
	Notify2IPCompSupported        NotifyType2 = 16387
	Notify2NATDetectionSource     NotifyType2 = 16388
	Notify2NATDetectionDest       NotifyType2 = 16389
	Notify2Cookie                 NotifyType2 = 16390
	Notify2UseTransportMode       NotifyType2 = 16391
	Notify2HTTPCertLookup         NotifyType2 = 16392
	Notify2RekeySA                NotifyType2 = 16393
	Notify2ESPTFCPaddingNot       NotifyType2 = 16394
	Notify2NonFirstFragmentsAlso  NotifyType2 = 16395
	Notify2MOBIKESupported        NotifyType2 = 16396 // RFC 4555
	Notify2AdditionalIP4          NotifyType2 = 16397
	Notify2AdditionalIP6          NotifyType2 = 16398
	Notify2NoAdditionalAddresses  NotifyType2 = 16399
	Notify2UpdateSAAddresses      NotifyType2 = 16400
	Notify2Cookie2                NotifyType2 = 16401
	Notify2NoNATsAllowed          NotifyType2 = 16402
	Notify2AuthLifetime           NotifyType2 = 16403 // RFC 4478
	Notify2MultipleAuthSupported  NotifyType2 = 16404 // RFC 4739
	Notify2AnotherAuthFollows     NotifyType2 = 16405
	Notify2RedirectSupported      NotifyType2 = 16406 // RFC 5685
	Notify2Redirect               NotifyType2 = 16407
	Notify2RedirectedFrom         NotifyType2 = 16408
	Notify2TicketLTOpaque         NotifyType2 = 16409 // RFC 5723
	Notify2TicketRequest          NotifyType2 = 16410
	Notify2TicketAck              NotifyType2 = 16411
	Notify2TicketNack             NotifyType2 = 16412
	Notify2TicketOpaque           NotifyType2 = 16413
	Notify2LinkID                 NotifyType2 = 16414 // RFC 5739
	Notify2UseWESPMode            NotifyType2 = 16415 // RFC 5840
	Notify2ROHCSupported          NotifyType2 = 16416 // RFC 5857
	Notify2EAPOnlyAuthentication  NotifyType2 = 16417 // RFC 5998
	Notify2ChildlessSupported     NotifyType2 = 16418 // RFC 6023
	Notify2QuickCrashDetection    NotifyType2 = 16419 // RFC 6290
	Notify2MessageIDSyncSupported NotifyType2 = 16420 // RFC 6311
	Notify2ReplaySyncSupported    NotifyType2 = 16421
	Notify2MessageIDSync          NotifyType2 = 16422
	Notify2ReplayCounterSync      NotifyType2 = 16423
	Notify2SecurePasswordMethods  NotifyType2 = 16424 // RFC 6467
	Notify2PSKPersist             NotifyType2 = 16425 // RFC 6631
	Notify2PSKConfirm             NotifyType2 = 16426
	Notify2ERXSupported           NotifyType2 = 16427 // RFC 6867
	Notify2IFOMCapability         NotifyType2 = 16428 // 3GPP TS 24.303
	Notify2GroupSender            NotifyType2 = 16429 // RFC 9838
	Notify2FragmentationSupported NotifyType2 = 16430 // RFC 7383
	Notify2SignatureHashes        NotifyType2 = 16431 // RFC 7427
	Notify2CloneIKESASupported    NotifyType2 = 16432 // RFC 7791
	Notify2CloneIKESA             NotifyType2 = 16433
	Notify2Puzzle                 NotifyType2 = 16434 // RFC 8019
	Notify2UsePPK                 NotifyType2 = 16435 // RFC 8784
	Notify2PPKIdentity            NotifyType2 = 16436
	Notify2NoPPKAuth              NotifyType2 = 16437
	Notify2IntermediateSupported  NotifyType2 = 16438 // RFC 9242
	Notify2IP4Allowed             NotifyType2 = 16439 // RFC 8983
	Notify2IP6Allowed             NotifyType2 = 16440
	Notify2AdditionalKeyExchange  NotifyType2 = 16441 // RFC 9370
	Notify2UseAGGFRAG             NotifyType2 = 16442 // RFC 9347
	Notify2SupportedAuthMethods   NotifyType2 = 16443 // RFC 9593
	Notify2SAResourceInfo         NotifyType2 = 16444 // RFC 9611
	Notify2UsePPKInt              NotifyType2 = 16445 // RFC 9867
	Notify2PPKIdentityKey         NotifyType2 = 16446
	Notify2FullTranscriptAuth     NotifyType2 = 16447 // draft-ietf-ipsecme-ikev2-downgrade-prevention
	Notify2UseBEETMode            NotifyType2 = 40961 // a private number of strongSwan
)

var notifyNames2 = map[NotifyType2]string{
	Notify2UnsupportedCritical: "UNSUPPORTED_CRITICAL_PAYLOAD", Notify2InvalidIKESPI: "INVALID_IKE_SPI",
	Notify2InvalidMajorVersion: "INVALID_MAJOR_VERSION", Notify2InvalidSyntax: "INVALID_SYNTAX",
	Notify2InvalidMessageID: "INVALID_MESSAGE_ID", Notify2InvalidSPI: "INVALID_SPI",
	Notify2NoProposalChosen: "NO_PROPOSAL_CHOSEN", Notify2InvalidKE: "INVALID_KE_PAYLOAD",
	Notify2AuthenticationFailed: "AUTHENTICATION_FAILED", Notify2SinglePairRequired: "SINGLE_PAIR_REQUIRED",
	Notify2NoAdditionalSAs: "NO_ADDITIONAL_SAS", Notify2InternalAddressFailure: "INTERNAL_ADDRESS_FAILURE",
	Notify2FailedCPRequired: "FAILED_CP_REQUIRED", Notify2TSUnacceptable: "TS_UNACCEPTABLE",
	Notify2InvalidSelectors: "INVALID_SELECTORS", Notify2UnacceptableAddresses: "UNACCEPTABLE_ADDRESSES",
	Notify2UnexpectedNATDetected: "UNEXPECTED_NAT_DETECTED", Notify2UseAssignedHoA: "USE_ASSIGNED_HoA",
	Notify2TemporaryFailure: "TEMPORARY_FAILURE", Notify2ChildSANotFound: "CHILD_SA_NOT_FOUND",
	Notify2InvalidGroupID: "INVALID_GROUP_ID", Notify2AuthorizationFailed: "AUTHORIZATION_FAILED",
	Notify2StateNotFound: "STATE_NOT_FOUND", Notify2TSMaxQueue: "TS_MAX_QUEUE",
	Notify2RegistrationFailed: "REGISTRATION_FAILED",

	Notify2InitialContact: "INITIAL_CONTACT", Notify2SetWindowSize: "SET_WINDOW_SIZE",
	Notify2AdditionalTSPossible: "ADDITIONAL_TS_POSSIBLE", Notify2IPCompSupported: "IPCOMP_SUPPORTED",
	Notify2NATDetectionSource: "NAT_DETECTION_SOURCE_IP", Notify2NATDetectionDest: "NAT_DETECTION_DESTINATION_IP",
	Notify2Cookie: "COOKIE", Notify2UseTransportMode: "USE_TRANSPORT_MODE",
	Notify2HTTPCertLookup: "HTTP_CERT_LOOKUP_SUPPORTED", Notify2RekeySA: "REKEY_SA",
	Notify2ESPTFCPaddingNot: "ESP_TFC_PADDING_NOT_SUPPORTED", Notify2NonFirstFragmentsAlso: "NON_FIRST_FRAGMENTS_ALSO",
	Notify2MOBIKESupported: "MOBIKE_SUPPORTED", Notify2AdditionalIP4: "ADDITIONAL_IP4_ADDRESS",
	Notify2AdditionalIP6: "ADDITIONAL_IP6_ADDRESS", Notify2NoAdditionalAddresses: "NO_ADDITIONAL_ADDRESSES",
	Notify2UpdateSAAddresses: "UPDATE_SA_ADDRESSES", Notify2Cookie2: "COOKIE2", Notify2NoNATsAllowed: "NO_NATS_ALLOWED",
	Notify2AuthLifetime: "AUTH_LIFETIME", Notify2MultipleAuthSupported: "MULTIPLE_AUTH_SUPPORTED",
	Notify2AnotherAuthFollows: "ANOTHER_AUTH_FOLLOWS", Notify2RedirectSupported: "REDIRECT_SUPPORTED",
	Notify2Redirect: "REDIRECT", Notify2RedirectedFrom: "REDIRECTED_FROM", Notify2TicketLTOpaque: "TICKET_LT_OPAQUE",
	Notify2TicketRequest: "TICKET_REQUEST", Notify2TicketAck: "TICKET_ACK", Notify2TicketNack: "TICKET_NACK",
	Notify2TicketOpaque: "TICKET_OPAQUE", Notify2LinkID: "LINK_ID", Notify2UseWESPMode: "USE_WESP_MODE",
	Notify2ROHCSupported: "ROHC_SUPPORTED", Notify2EAPOnlyAuthentication: "EAP_ONLY_AUTHENTICATION",
	Notify2ChildlessSupported: "CHILDLESS_IKEV2_SUPPORTED", Notify2QuickCrashDetection: "QUICK_CRASH_DETECTION",
	Notify2MessageIDSyncSupported: "IKEV2_MESSAGE_ID_SYNC_SUPPORTED",
	Notify2ReplaySyncSupported:    "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED",
	Notify2MessageIDSync:          "IKEV2_MESSAGE_ID_SYNC", Notify2ReplayCounterSync: "IPSEC_REPLAY_COUNTER_SYNC",
	Notify2SecurePasswordMethods: "SECURE_PASSWORD_METHODS", Notify2PSKPersist: "PSK_PERSIST",
	Notify2PSKConfirm: "PSK_CONFIRM", Notify2ERXSupported: "ERX_SUPPORTED", Notify2IFOMCapability: "IFOM_CAPABILITY",
	Notify2GroupSender: "GROUP_SENDER", Notify2FragmentationSupported: "IKEV2_FRAGMENTATION_SUPPORTED",
	Notify2SignatureHashes: "SIGNATURE_HASH_ALGORITHMS", Notify2CloneIKESASupported: "CLONE_IKE_SA_SUPPORTED",
	Notify2CloneIKESA: "CLONE_IKE_SA", Notify2Puzzle: "PUZZLE", Notify2UsePPK: "USE_PPK",
	Notify2PPKIdentity: "PPK_IDENTITY", Notify2NoPPKAuth: "NO_PPK_AUTH",
	Notify2IntermediateSupported: "INTERMEDIATE_EXCHANGE_SUPPORTED", Notify2IP4Allowed: "IP4_ALLOWED",
	Notify2IP6Allowed: "IP6_ALLOWED", Notify2AdditionalKeyExchange: "ADDITIONAL_KEY_EXCHANGE",
	Notify2UseAGGFRAG: "USE_AGGFRAG", Notify2SupportedAuthMethods: "SUPPORTED_AUTH_METHODS",
	Notify2SAResourceInfo: "SA_RESOURCE_INFO", Notify2UsePPKInt: "USE_PPK_INT",
	Notify2PPKIdentityKey: "PPK_IDENTITY_KEY", Notify2FullTranscriptAuth: "IKE_SA_INIT_FULL_TRANSCRIPT_AUTH",

	// Private numbers of libreswan and strongSwan, ...
	40960: "NULL_AUTH", Notify2UseBEETMode: "USE_BEET_MODE", 40962: "ME_MEDIATION", 40963: "ME_ENDPOINT",
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
func (t NotifyType2) String() string { return nameOf(notifyNames2, t, "notify") }

// IsError reports whether the type is one of the errors, 1 to 16383.
func (t NotifyType2) IsError() bool { return t > 0 && t < 16384 }
