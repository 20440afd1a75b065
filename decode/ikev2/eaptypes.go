package ikev2

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// EAPType is the type of an EAP request or response (IANA's registry of EAP method types).
type EAPType uint8

// EAP types that have a meaning of their own here.
const (
	EAPIdentity     EAPType = 1
	EAPNotification EAPType = 2
	EAPNak          EAPType = 3
	EAPMD5Challenge EAPType = 4
	EAPOTP          EAPType = 5
	EAPGTC          EAPType = 6
	EAPTLS          EAPType = 13
	EAPSIM          EAPType = 18
	EAPTTLS         EAPType = 21
	EAPAKA          EAPType = 23
	EAPPEAP         EAPType = 25
	EAPMSCHAPv2     EAPType = 26
	EAPFAST         EAPType = 43
	EAPAKAPrime     EAPType = 50
	EAPTEAP         EAPType = 55
	EAPExpanded     EAPType = 254
)

var eapTypeNames = map[EAPType]string{
	EAPIdentity: "Identity", EAPNotification: "Notification", EAPNak: "Nak", EAPMD5Challenge: "MD5-Challenge", EAPOTP: "OTP",
	EAPGTC: "GTC", 9: "RSA Public Key Authentication", 10: "DSS Unilateral", 11: "KEA", 12: "KEA-VALIDATE", EAPTLS: "TLS",
	14: "Defender Token", 15: "RSA SecurID", 16: "Arcot Systems", 17: "LEAP", EAPSIM: "SIM", 19: "SRP-SHA1", EAPTTLS: "TTLS",
	22: "Remote Access Service", EAPAKA: "AKA", 24: "3Com Wireless", EAPPEAP: "PEAP", EAPMSCHAPv2: "MSCHAPv2", 27: "MAKE",
	28: "CRYPTOCard", 29: "MSCHAPv2 (Cisco)", 30: "DynamID", 31: "Rob", 32: "POTP", 33: "TLV", 34: "SentriNET",
	35: "Actiontec Wireless", 36: "Cogent Systems Biometrics", 37: "AirFortress", 38: "HTTP Digest", 39: "SecureSuite",
	40: "DeviceConnect", 41: "SPEKE", 42: "MOBAC", EAPFAST: "FAST", 44: "ZoneLabs", 45: "Link", 46: "PAX", 47: "PSK",
	48: "SAKE", 49: "IKEv2", EAPAKAPrime: "AKA'", 51: "GPSK", 52: "pwd", 53: "EKEv1", 54: "PT-EAP", EAPTEAP: "TEAP",
	56: "NOOB", EAPExpanded: "Expanded", 255: "Experimental",
}

// String is the type's name, such as "MSCHAPv2", or "EAP type 99".
func (t EAPType) String() string { return ike.NameOf(eapTypeNames, t, "EAP type") }

// TLS reports whether the method begins with a TLS handshake.
func (t EAPType) TLS() bool {
	switch t {
	case EAPTLS, EAPTTLS, EAPPEAP, EAPFAST, EAPTEAP:
		return true
	}
	return false
}

// expanded returns type and data. Those of an expanded type (RFC 3748, section 5.7) of the IETF's are the ones it stands
// for; of another vendor's there are none.
func (e *EAP) expanded() (EAPType, []byte, bool) {
	if e.Type != EAPExpanded {
		return e.Type, e.Data, true
	}
	const vendorAndType = 3 + 4
	if len(e.Data) < vendorAndType {
		return 0, nil, false
	}
	typ := binary.BigEndian.Uint32(e.Data[3:])
	if [3]byte(e.Data[:3]) != [3]byte{} || typ > 0xff {
		return 0, nil, false
	}
	return EAPType(typ), e.Data[vendorAndType:], true
}

// eapShow renders the data of a type without what authenticates the peer. Types that are not here show nothing.
var eapShow = map[EAPType]func(ike.EAPCode, []byte) string{
	EAPIdentity:     func(_ ike.EAPCode, b []byte) string { return ike.Printable(string(b)) },
	EAPNotification: func(_ ike.EAPCode, b []byte) string { return ike.Printable(string(b)) },
	EAPNak:          showNak,
	EAPMD5Challenge: showSecret,
	EAPOTP:          showSecret,
	EAPGTC:          showSecret,
	EAPTLS:          showTLS,
	EAPTTLS:         showTLS,
	EAPPEAP:         showTLS,
	EAPFAST:         showTLS,
	EAPTEAP:         showTLS,
	EAPSIM:          showSIM,
	EAPAKA:          showSIM,
	EAPAKAPrime:     showSIM,
	EAPMSCHAPv2:     showMSCHAPv2,
}

// showNak lists the types that the peer would rather have.
func showNak(_ ike.EAPCode, b []byte) string {
	names := make([]string, 0, len(b))
	for _, t := range b {
		names = append(names, EAPType(t).String())
	}
	if len(names) == 0 {
		return ""
	}
	return "wants " + strings.Join(names, ", ")
}

// showSecret masks the response; the request's challenge or prompt is of no use without it.
func showSecret(code ike.EAPCode, _ []byte) string {
	if code == ike.EAPResponse {
		return decode.MaskedSecret
	}
	return ""
}

// showTLS shows the flags of EAP-TLS and its kin (RFC 5216, section 3).
func showTLS(_ ike.EAPCode, b []byte) string {
	const more, start = 0x40, 0x20
	switch {
	case len(b) == 0:
		return ""
	case b[0]&start != 0:
		return "start"
	case len(b) == 1:
		return "acknowledgement"
	case b[0]&more != 0:
		return "fragment"
	}
	return "records"
}

var simSubtypes = map[uint8]string{
	1: "AKA-Challenge", 2: "AKA-Authentication-Reject", 4: "AKA-Synchronization-Failure", 5: "AKA-Identity", 10: "SIM-Start",
	11: "SIM-Challenge", 12: "Notification", 13: "Reauthentication", 14: "Client-Error",
}

// showSIM shows the subtype of EAP-SIM and EAP-AKA (RFC 4186, section 11; RFC 4187, section 11).
func showSIM(_ ike.EAPCode, b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return ike.NameOf(simSubtypes, b[0], "subtype")
}

// MSCHAPv2Op is the operation code of an MSCHAPv2 message (draft-kamath-pppext-eap-mschapv2, section 2).
type MSCHAPv2Op uint8

// Operation codes.
const (
	MSCHAPv2Challenge      MSCHAPv2Op = 1
	MSCHAPv2Response       MSCHAPv2Op = 2
	MSCHAPv2Success        MSCHAPv2Op = 3
	MSCHAPv2Failure        MSCHAPv2Op = 4
	MSCHAPv2ChangePassword MSCHAPv2Op = 7
)

var mschapv2OpNames = map[MSCHAPv2Op]string{
	MSCHAPv2Challenge: "Challenge", MSCHAPv2Response: "Response", MSCHAPv2Success: "Success", MSCHAPv2Failure: "Failure",
	MSCHAPv2ChangePassword: "Change-Password",
}

// String is the operation's name, such as "Challenge", or "operation 99".
func (o MSCHAPv2Op) String() string { return ike.NameOf(mschapv2OpNames, o, "operation") }

// MSCHAPv2 is an MSCHAPv2 message (draft-kamath-pppext-eap-mschapv2, section 2). Value holds what a password can be guessed
// from, and is never shown.
type MSCHAPv2 struct {
	Op    MSCHAPv2Op
	ID    uint8
	Value []byte // the challenge (16 bytes), or the response: peer challenge (16), zeros (8), NT response (24), flags (1)
	Name  string // of the sender, of challenge and response
	Text  string // of success and failure: "S=… M=…", "E=691 R=1 C=… V=3 M=…"
}

// MSCHAPv2 takes an MSCHAPv2 message apart; false for other types and where it is truncated. The acknowledgement of success
// and failure has an operation code alone.
func (e *EAP) MSCHAPv2() (MSCHAPv2, bool) {
	if e.Code != ike.EAPRequest && e.Code != ike.EAPResponse {
		return MSCHAPv2{}, false
	}
	typ, data, ok := e.expanded()
	if !ok || typ != EAPMSCHAPv2 {
		return MSCHAPv2{}, false
	}
	return parseMSCHAPv2(data)
}

func parseMSCHAPv2(b []byte) (m MSCHAPv2, ok bool) {
	c := wire.NewCursor(b)
	m.Op = MSCHAPv2Op(c.Uint8("operation"))
	if c.Err() == nil && c.Len() == 0 {
		return m, true
	}
	m.ID = c.Uint8("MS-CHAPv2-ID")
	n := int(c.Uint16("MS-Length"))
	const header = 4
	c.Within("MSCHAPv2 message", n-header, func(c *wire.Cursor) {
		switch m.Op {
		case MSCHAPv2Challenge, MSCHAPv2Response:
			size := int(c.Uint8("value size"))
			m.Value = c.Take("value", size)
			m.Name = string(c.Rest())
		case MSCHAPv2Success, MSCHAPv2Failure:
			m.Text = string(c.Rest())
		default:
			m.Value = c.Rest()
		}
	})
	return m, c.Err() == nil
}

// Error is the code of a failure, such as 691 for a wrong password (RFC 2759, section 6).
func (m MSCHAPv2) Error() (int, bool) {
	if m.Op != MSCHAPv2Failure {
		return 0, false
	}
	for _, f := range strings.Fields(m.Text) {
		if v, ok := strings.CutPrefix(f, "E="); ok {
			n, err := strconv.Atoi(v)
			return n, err == nil
		}
	}
	return 0, false
}

func showMSCHAPv2(_ ike.EAPCode, b []byte) string {
	m, ok := parseMSCHAPv2(b)
	if !ok {
		return ""
	}
	s := m.Op.String()
	if m.Name != "" {
		s += ", name " + ike.Printable(m.Name)
	}
	if code, ok := m.Error(); ok {
		s += fmt.Sprintf(", error %d", code)
	}
	// The rest of the text is the peer's proof, or a new challenge.
	if _, text, ok := strings.Cut(m.Text, "M="); ok && text != "" {
		s += ", " + ike.Printable(strings.TrimRight(text, "\x00"))
	}
	return s
}

// decimal is v as a decimal number.
func decimal(v uint8) string { return strconv.Itoa(int(v)) }
