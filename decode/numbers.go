package decode

import (
	"github.com/ikedecode/ikedecode/decode/ike"
)

// Wire numbers; each has a String that shows unknown values too ("notify 16500").
type (
	// PayloadType is a next payload value. IKEv1 and IKEv2 share the number space.
	PayloadType uint8
	// ExchangeType is an exchange type. IKEv1 and IKEv2 share the number space.
	ExchangeType uint8
)

// PayloadNone says that no payload follows.
const PayloadNone PayloadType = 0

// Types whose number has two meanings.
const (
	natdOrSAK  PayloadType = 15 // NAT-D of draft-ietf-ipsec-nat-t-ike-04 to 08, or SA KEK of GDOI
	natoaOrSAT PayloadType = 16 // NAT-OA of the same drafts, or SA TEK of GDOI
)

// payloadNames has the names that both versions give: their numbers do not overlap.
var payloadNames = map[PayloadType]string{
	0: "none", 1: "SA", 2: "P", 3: "T", 4: "KE",
	5: "ID", 6: "CERT", 7: "CERTREQ", 8: "HASH", 9: "SIG",
	10: "NONCE", 11: "N", 12: "D", 13: "VID", 14: "ATTR",
	15: "NAT-D/SAK", 16: "NAT-OA/SAT", 17: "KD", 18: "SEQ",
	19: "POP", 20: "NAT-D", 21: "NAT-OA", 22: "GAP",
	130: "NAT-D", 131: "NAT-OA", 132: "FRAGMENT",
	129: "GSS-API", 133: "CRYPTO", 134: "GSS-ID", 135: "AUTH",

	33: "SA", 34: "KE", 35: "IDi", 36: "IDr", 37: "CERT",
	38: "CERTREQ", 39: "AUTH", 40: "NONCE", 41: "N", 42: "D",
	43: "V", 44: "TSi", 45: "TSr", 46: "SK", 47: "CP", 48: "EAP",
	49: "GSPM", 50: "IDg", 51: "GSA", 52: "KD", 53: "SKF", 54: "PS",
}

// String is the payload's name in the notation of RFC 2409 and RFC 7296, such as "SA", or "payload 200".
func (t PayloadType) String() string { return ike.NameOf(payloadNames, t, "payload") }

// exchangeNames has the names that both versions give: their numbers do not overlap.
var exchangeNames = map[ExchangeType]string{
	0: "none", 1: "Base", 2: "Main Mode", 3: "Authentication Only",
	4: "Aggressive Mode", 5: "Informational", 6: "Transaction",
	32: "Quick Mode", 33: "New Group Mode",

	34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA",
	37: "INFORMATIONAL", 38: "IKE_SESSION_RESUME", 39: "GSA_AUTH",
	40: "GSA_REGISTRATION", 41: "GSA_REKEY",
	42: "GSA_INBAND_REKEY", 43: "IKE_INTERMEDIATE",
	44: "IKE_FOLLOWUP_KE",

	243: "AuthIP Main Mode", 244: "AuthIP Quick Mode",
	245: "AuthIP Extended Mode", 246: "AuthIP Notify",
}

// String is the exchange's name, such as "Main Mode" or "IKE_AUTH", or "exchange 99".
func (t ExchangeType) String() string { return ike.NameOf(exchangeNames, t, "exchange") }
