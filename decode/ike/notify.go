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
	UseBEETMode                    // a private number of strongSwan
)

// meaningNumbers are the numbers that a meaning has in IKEv1 and in IKEv2; 0 where the version has none.
var meaningNumbers = [...][2]uint16{
	UnsupportedPayload: {1, 1}, InvalidIKESPI: {4, 4}, InvalidVersion: {5, 5}, InvalidSyntax: {16, 7}, InvalidMessageID: {9, 9},
	InvalidSPI: {11, 11}, NoProposalChosen: {14, 14}, InvalidKE: {17, 17}, InvalidID: {18, 0}, InvalidHash: {23, 0},
	AuthenticationFailed: {24, 24}, SinglePairRequired: {0, 34}, NoAdditionalSAs: {0, 35}, InternalAddressFailed: {0, 36},
	FailedCPRequired: {0, 37}, TSUnacceptable: {0, 38}, InvalidSelectors: {0, 39}, TemporaryFailure: {0, 43}, ChildSANotFound: {0, 44},
	InitialContact: {24578, 16384}, ResponderLifetime: {24576, 0}, ReplayStatus: {24577, 0}, RUThere: {36136, 0}, RUThereAck: {36137, 0},
	IPCompSupported: {0, 16387}, NATDetectionSource: {0, 16388}, NATDetectionDest: {0, 16389}, Cookie: {0, 16390},
	UseTransportMode: {0, 16391}, RekeySA: {0, 16393}, MOBIKESupported: {0, 16396}, AdditionalIP4: {0, 16397}, AdditionalIP6: {0, 16398},
	NoAdditionalAddresses: {0, 16399}, UpdateSAAddresses: {0, 16400}, Cookie2: {0, 16401}, Redirect: {40501, 16407},
	TicketOpaque: {0, 16413}, FragmentationSupported: {0, 16430}, AdditionalKeyExchange: {0, 16441}, UseBEETMode: {0, 40961},
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
var announcements = map[uint16]bool{
	16387: true, // IPCOMP_SUPPORTED
	16392: true, // HTTP_CERT_LOOKUP_SUPPORTED
	16394: true, // ESP_TFC_PADDING_NOT_SUPPORTED
	16395: true, // NON_FIRST_FRAGMENTS_ALSO
	16396: true, // MOBIKE_SUPPORTED
	16404: true, // MULTIPLE_AUTH_SUPPORTED
	16406: true, // REDIRECT_SUPPORTED
	16416: true, // ROHC_SUPPORTED
	16417: true, // EAP_ONLY_AUTHENTICATION
	16418: true, // CHILDLESS_IKEV2_SUPPORTED
	16420: true, // IKEV2_MESSAGE_ID_SYNC_SUPPORTED
	16421: true, // IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED
	16427: true, // ERX_SUPPORTED
	16430: true, // IKEV2_FRAGMENTATION_SUPPORTED
	16431: true, // SIGNATURE_HASH_ALGORITHMS
	16432: true, // CLONE_IKE_SA_SUPPORTED
	16438: true, // INTERMEDIATE_EXCHANGE_SUPPORTED
}

// Announces reports whether the type only says what its sender can do: MOBIKE_SUPPORTED, SIGNATURE_HASH_ALGORITHMS.
func (t NotifyType) Announces() bool { return t.Version == V2 && announcements[t.Number] }

// String is the type's name in the words of its RFC, or "notify 16500"; "" for no type at all.
func (t NotifyType) String() string {
	if t.IsZero() {
		return ""
	}
	return NameOf(notifyNames[min(t.Version, V2)], t.Number, "notify")
}

// notifyTypes are the types by their names, with underscores for hyphens: daemons write those of IKEv1 so, too.
var notifyTypes = func() (types [3]map[string]uint16) {
	for v, names := range notifyNames {
		types[v] = make(map[string]uint16, len(names))
		for n, name := range names {
			types[v][plainNotify(name)] = n
		}
	}
	return types
}()

func plainNotify(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

// ParseNotifyType finds the type of a version by its name, with hyphens or underscores: "NO-PROPOSAL-CHOSEN".
func ParseNotifyType(v Version, name string) (NotifyType, bool) {
	n, ok := notifyTypes[min(v, V2)][plainNotify(name)]
	return NotifyType{v, n}, ok
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
