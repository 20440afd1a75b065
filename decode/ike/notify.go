package ike

import "strings"

// A NotifyType is a notify message type: RFC 2408, section 3.14.1; RFC 7296, section 3.10.1. The numbers of the versions differ where
// their meaning is one, and are one where their meaning differs: [NotifyType.Is] knows which.
type NotifyType struct {
	Version Version
	Number  uint16
}

// Meaning is what a notification says, by whichever version.
type Meaning uint8

// The meanings that decide something. Where IKEv1 has the same, it is named.
const (
	NoMeaning              Meaning = iota
	UnsupportedPayload             // UNSUPPORTED_CRITICAL_PAYLOAD; INVALID-PAYLOAD-TYPE
	InvalidIKESPI                  // INVALID_IKE_SPI; INVALID-COOKIE
	InvalidVersion                 // INVALID_MAJOR_VERSION, in both
	InvalidSyntax                  // INVALID_SYNTAX; PAYLOAD-MALFORMED
	InvalidMessageID               // in both
	InvalidSPI                     // in both
	NoProposalChosen               // in both
	InvalidKE                      // INVALID_KE_PAYLOAD, which names the group to use; INVALID-KEY-INFORMATION
	InvalidID                      // INVALID-ID-INFORMATION, of IKEv1 alone: an identity, or selectors
	InvalidHash                    // INVALID-HASH-INFORMATION, of IKEv1 alone
	AuthenticationFailed           // in both
	SinglePairRequired             // of IKEv2, as those that follow
	NoAdditionalSAs                //
	InternalAddressFailed          // INTERNAL_ADDRESS_FAILURE
	FailedCPRequired               //
	TSUnacceptable                 //
	InvalidSelectors               //
	TemporaryFailure               //
	ChildSANotFound                //
	InitialContact                 // in both
	ResponderLifetime              // of IKEv1
	ReplayStatus                   // of IKEv1
	RUThere                        // of IKEv1 (RFC 3706)
	RUThereAck                     //
	IPCompSupported                // of IKEv2, as those that follow
	NATDetectionSource             //
	NATDetectionDest               //
	Cookie                         //
	UseTransportMode               //
	RekeySA                        //
	MOBIKESupported                // RFC 4555
	AdditionalIP4                  //
	AdditionalIP6                  //
	NoAdditionalAddresses          //
	UpdateSAAddresses              //
	Cookie2                        //
	Redirect                       // RFC 5685; Cisco's UNITY-LOAD-BALANCE
	TicketOpaque                   // RFC 5723
	FragmentationSupported         // RFC 7383
	AdditionalKeyExchange          // RFC 9370
	TSMaxQueue                     // RFC 9611
	SAResourceInfo                 //
	UseBEETMode                    // a private number of strongSwan
	UseAGGFRAG                     // RFC 9347
)

// meaningNames are the names that a meaning has in IKEv1 and in IKEv2; "" where the version has none.
var meaningNames = [...][2]string{
	UnsupportedPayload:     {"INVALID-PAYLOAD-TYPE", "UNSUPPORTED_CRITICAL_PAYLOAD"},
	InvalidIKESPI:          {"INVALID-COOKIE", "INVALID_IKE_SPI"},
	InvalidVersion:         {"INVALID-MAJOR-VERSION", "INVALID_MAJOR_VERSION"},
	InvalidSyntax:          {"PAYLOAD-MALFORMED", "INVALID_SYNTAX"},
	InvalidMessageID:       {"INVALID-MESSAGE-ID", "INVALID_MESSAGE_ID"},
	InvalidSPI:             {"INVALID-SPI", "INVALID_SPI"},
	NoProposalChosen:       {"NO-PROPOSAL-CHOSEN", "NO_PROPOSAL_CHOSEN"},
	InvalidKE:              {"INVALID-KEY-INFORMATION", "INVALID_KE_PAYLOAD"},
	InvalidID:              {"INVALID-ID-INFORMATION", ""},
	InvalidHash:            {"INVALID-HASH-INFORMATION", ""},
	AuthenticationFailed:   {"AUTHENTICATION-FAILED", "AUTHENTICATION_FAILED"},
	SinglePairRequired:     {"", "SINGLE_PAIR_REQUIRED"},
	NoAdditionalSAs:        {"", "NO_ADDITIONAL_SAS"},
	InternalAddressFailed:  {"", "INTERNAL_ADDRESS_FAILURE"},
	FailedCPRequired:       {"", "FAILED_CP_REQUIRED"},
	TSUnacceptable:         {"", "TS_UNACCEPTABLE"},
	InvalidSelectors:       {"", "INVALID_SELECTORS"},
	TemporaryFailure:       {"", "TEMPORARY_FAILURE"},
	ChildSANotFound:        {"", "CHILD_SA_NOT_FOUND"},
	InitialContact:         {"INITIAL-CONTACT", "INITIAL_CONTACT"},
	ResponderLifetime:      {"RESPONDER-LIFETIME", ""},
	ReplayStatus:           {"REPLAY-STATUS", ""},
	RUThere:                {"R-U-THERE", ""},
	RUThereAck:             {"R-U-THERE-ACK", ""},
	IPCompSupported:        {"", "IPCOMP_SUPPORTED"},
	NATDetectionSource:     {"", "NAT_DETECTION_SOURCE_IP"},
	NATDetectionDest:       {"", "NAT_DETECTION_DESTINATION_IP"},
	Cookie:                 {"", "COOKIE"},
	UseTransportMode:       {"", "USE_TRANSPORT_MODE"},
	RekeySA:                {"", "REKEY_SA"},
	MOBIKESupported:        {"", "MOBIKE_SUPPORTED"},
	AdditionalIP4:          {"", "ADDITIONAL_IP4_ADDRESS"},
	AdditionalIP6:          {"", "ADDITIONAL_IP6_ADDRESS"},
	NoAdditionalAddresses:  {"", "NO_ADDITIONAL_ADDRESSES"},
	UpdateSAAddresses:      {"", "UPDATE_SA_ADDRESSES"},
	Cookie2:                {"", "COOKIE2"},
	Redirect:               {"UNITY-LOAD-BALANCE", "REDIRECT"},
	TicketOpaque:           {"", "TICKET_OPAQUE"},
	FragmentationSupported: {"", "IKEV2_FRAGMENTATION_SUPPORTED"},
	AdditionalKeyExchange:  {"", "ADDITIONAL_KEY_EXCHANGE"},
	TSMaxQueue:             {"", "TS_MAX_QUEUE"},
	SAResourceInfo:         {"", "SA_RESOURCE_INFO"},
	UseBEETMode:            {"", "USE_BEET_MODE"},
	UseAGGFRAG:             {"", "USE_AGGFRAG"},
}

// meaningNumbers are the numbers of those names; 0 where the version has none.
var meaningNumbers = func() (numbers [len(meaningNames)][2]uint16) {
	for m, names := range meaningNames {
		for i, name := range names {
			numbers[m][i] = notifyNumbers[V1+Version(i)][name]
		}
	}
	return numbers
}()

// notifyNumbers are the types by their names.
var notifyNumbers = func() (numbers [3]map[string]uint16) {
	for v, names := range notifyNames {
		numbers[v] = make(map[string]uint16, len(names))
		for n, name := range names {
			numbers[v][name] = n
		}
	}
	return numbers
}()

// NotifyNamed is the notify message type with a name of its RFC; hyphens and underscores are the same, since daemons mix them up.
func NotifyNamed(v Version, name string) (NotifyType, bool) {
	from, to := "_", "-"
	if v == V2 {
		from, to = to, from
	}
	n, ok := notifyNumbers[min(v, V2)][strings.ReplaceAll(name, from, to)]
	return NotifyType{v, n}, ok
}

// Type is the notify message type that has the meaning in a version; false where the version has none.
func (m Meaning) Type(v Version) (NotifyType, bool) {
	if v != V1 && v != V2 {
		return NotifyType{}, false
	}
	n := meaningNumbers[m][v-V1]
	return NotifyType{v, n}, n != 0
}

// Is reports whether the type has the meaning.
func (t NotifyType) Is(m Meaning) bool {
	x, ok := m.Type(t.Version)
	return ok && x == t
}

// IsZero reports whether it is no type at all.
func (t NotifyType) IsZero() bool { return t == NotifyType{} }

// IsError reports whether the type is one of the errors, 1 to 16383 in both versions.
func (t NotifyType) IsError() bool { return t.Number > 0 && t.Number < 16384 }

// announcements are the types of IKEv2 by which a side says what it can do, or would rather not, and asks for nothing.
var announcements = map[string]bool{
	"IPCOMP_SUPPORTED":                    true,
	"HTTP_CERT_LOOKUP_SUPPORTED":          true,
	"ESP_TFC_PADDING_NOT_SUPPORTED":       true,
	"NON_FIRST_FRAGMENTS_ALSO":            true,
	"MOBIKE_SUPPORTED":                    true,
	"MULTIPLE_AUTH_SUPPORTED":             true,
	"REDIRECT_SUPPORTED":                  true,
	"ROHC_SUPPORTED":                      true,
	"EAP_ONLY_AUTHENTICATION":             true,
	"CHILDLESS_IKEV2_SUPPORTED":           true,
	"IKEV2_MESSAGE_ID_SYNC_SUPPORTED":     true,
	"IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED": true,
	"ERX_SUPPORTED":                       true,
	"IKEV2_FRAGMENTATION_SUPPORTED":       true,
	"SIGNATURE_HASH_ALGORITHMS":           true,
	"CLONE_IKE_SA_SUPPORTED":              true,
	"INTERMEDIATE_EXCHANGE_SUPPORTED":     true,
}

// Announces reports whether the type only says what its sender can do: MOBIKE_SUPPORTED, SIGNATURE_HASH_ALGORITHMS.
func (t NotifyType) Announces() bool {
	return t.Version == V2 && announcements[notifyNames[V2][t.Number]]
}

// String is the type's name in the terms of its RFC, or "notify 16500"; "" for no type at all.
func (t NotifyType) String() string {
	if t.IsZero() {
		return ""
	}
	return NameOf(notifyNames[min(t.Version, V2)], t.Number, "notify")
}

// A Notify is a Notify payload: RFC 2408, section 3.14; RFC 7296, section 3.10.
type Notify struct {
	Type     NotifyType
	Protocol Protocol // of the SA that is meant, 0 where none is
	SPI      []byte   // of that SA; of a phase 1 both cookies
	Data     []byte
}

// Is reports whether the notification has the meaning. No notification has none.
func (n *Notify) Is(m Meaning) bool { return n != nil && n.Type.Is(m) }

// IsError reports whether the notification is an error.
func (n *Notify) IsError() bool { return n != nil && n.Type.IsError() }

// Group is the group that INVALID_KE_PAYLOAD asks for (RFC 7296, section 1.3).
func (n *Notify) Group() (uint16, bool) {
	if n == nil || n.Type.Version != V2 || !n.Is(InvalidKE) || len(n.Data) != 2 {
		return 0, false
	}
	return uint16(n.Data[0])<<8 | uint16(n.Data[1]), true
}
