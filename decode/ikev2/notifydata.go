package ikev2

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// uint32Data is data that is a number of 4 bytes.
func (n *Notify) uint32Data(t NotifyType) (uint32, bool) {
	if n.Type != t || len(n.Data) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(n.Data), true
}

// CriticalType is the payload type that UNSUPPORTED_CRITICAL_PAYLOAD names.
func (n *Notify) CriticalType() (decode.PayloadType, bool) {
	if n.Type != NotifyUnsupportedCritical || len(n.Data) != 1 {
		return 0, false
	}
	return decode.PayloadType(n.Data[0]), true
}

// Group is the key exchange method that INVALID_KE_PAYLOAD asks for (RFC 7296, section 1.3).
func (n *Notify) Group() (decode.Group, bool) {
	if n.Type != NotifyInvalidKE || len(n.Data) != 2 {
		return 0, false
	}
	return decode.Group(binary.BigEndian.Uint16(n.Data)), true
}

// WindowSize is the number of requests that SET_WINDOW_SIZE allows to be under way at a time.
func (n *Notify) WindowSize() (uint32, bool) { return n.uint32Data(NotifySetWindowSize) }

// AuthLifetime is the number of seconds after which AUTH_LIFETIME requires a new authentication (RFC 4478).
func (n *Notify) AuthLifetime() (seconds uint32, ok bool) { return n.uint32Data(NotifyAuthLifetime) }

// IPComp are CPI and transform of IPCOMP_SUPPORTED (RFC 7296, section 3.10.1).
func (n *Notify) IPComp() (cpi uint16, transform uint8, ok bool) {
	if n.Type != NotifyIPCompSupported || len(n.Data) != 3 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(n.Data), n.Data[2], true
}

// NATHash is the hash of NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP: SHA-1 of SPIs, address and port
// (RFC 7296, section 2.23).
func (n *Notify) NATHash() ([]byte, bool) {
	isNAT := n.Type == NotifyNATDetectionSource || n.Type == NotifyNATDetectionDest
	return n.Data, isNAT && len(n.Data) == sha1Len
}

// Addr is the address of ADDITIONAL_IP4_ADDRESS and ADDITIONAL_IP6_ADDRESS (RFC 4555, section 3.6).
func (n *Notify) Addr() (netip.Addr, bool) {
	is4 := n.Type == NotifyAdditionalIP4 && len(n.Data) == 4
	is6 := n.Type == NotifyAdditionalIP6 && len(n.Data) == 16
	if !is4 && !is6 {
		return netip.Addr{}, false
	}
	return wire.Addr(n.Data), true
}

// Gateway is the gateway of REDIRECT and REDIRECTED_FROM, an address or a name, and the nonce that the first has in an
// answer to IKE_SA_INIT (RFC 5685, section 9).
func (n *Notify) Gateway() (gateway string, nonce []byte, ok bool) {
	if n.Type != NotifyRedirect && n.Type != NotifyRedirectedFrom {
		return "", nil, false
	}
	const ipv4, ipv6, fqdn = 1, 2, 3
	c := wire.NewCursor(n.Data)
	typ := c.Uint8("gateway identity type")
	size := int(c.Uint8("gateway identity length"))
	id := c.Take("gateway identity", size)
	nonce = c.Rest()
	switch {
	case c.Err() != nil:
		return "", nil, false
	case typ == ipv4 && size == 4, typ == ipv6 && size == 16:
		return wire.Addr(id).String(), nonce, true
	case typ == fqdn:
		return ike.Printable(string(id)), nonce, true
	}
	return ike.Hex(id), nonce, true
}

// Ticket is the ticket of session resumption, and in TICKET_LT_OPAQUE the seconds that it is good for (RFC 5723,
// section 7).
func (n *Notify) Ticket() (ticket []byte, lifetime uint32, ok bool) {
	switch {
	case n.Type == NotifyTicketOpaque:
		return n.Data, 0, true
	case n.Type == NotifyTicketLTOpaque && len(n.Data) >= 4:
		return n.Data[4:], binary.BigEndian.Uint32(n.Data), true
	}
	return nil, 0, false
}

// Hashes are the hash algorithms of SIGNATURE_HASH_ALGORITHMS (RFC 7427, section 4).
func (n *Notify) Hashes() ([]cert.HashAlgorithm, bool) {
	if n.Type != NotifySignatureHashes || len(n.Data)%2 != 0 {
		return nil, false
	}
	var hashes []cert.HashAlgorithm
	for b := n.Data; len(b) > 0; b = b[2:] {
		hashes = append(hashes, cert.HashAlgorithm(binary.BigEndian.Uint16(b)))
	}
	return hashes, true
}

// Types of the identity of a post-quantum preshared key (RFC 8784, section 5.1).
const (
	PPKOpaque uint8 = 1
	PPKFixed  uint8 = 2
)

// ppkConfirmationLen is the length of a PPK Confirmation (RFC 9867).
const ppkConfirmationLen = 8

// PPKIdentity is the identity of a post-quantum preshared key in PPK_IDENTITY (RFC 8784, section 5.1) and PPK_IDENTITY_KEY
// (RFC 9867), and the latter's confirmation: the first 8 bytes of prf(PPK, Ni | Nr | SPIi | SPIr).
func (n *Notify) PPKIdentity() (typ uint8, id, confirmation []byte, ok bool) {
	b := n.Data
	switch {
	case n.Type == NotifyPPKIdentityKey && len(b) >= 1+ppkConfirmationLen:
		b, confirmation = b[:len(b)-ppkConfirmationLen], b[len(b)-ppkConfirmationLen:]
	case n.Type == NotifyPPKIdentity && len(b) >= 1:
	default:
		return 0, nil, nil, false
	}
	return b[0], b[1:], confirmation, true
}

// MessageIDSync is the data of IKEV2_MESSAGE_ID_SYNC (RFC 6311, section 8.3).
type MessageIDSync struct {
	Nonce        uint32
	ExpectedSend uint32 // message ID of the sender's next request
	ExpectedRecv uint32 // message ID of the peer's next request
}

// MessageIDSync is the data of IKEV2_MESSAGE_ID_SYNC.
func (n *Notify) MessageIDSync() (s MessageIDSync, ok bool) {
	if n.Type != NotifyMessageIDSync || len(n.Data) != 12 {
		return s, false
	}
	return MessageIDSync{
		Nonce:        binary.BigEndian.Uint32(n.Data),
		ExpectedSend: binary.BigEndian.Uint32(n.Data[4:]),
		ExpectedRecv: binary.BigEndian.Uint32(n.Data[8:]),
	}, true
}

// An AuthAnnouncement is one method of SUPPORTED_AUTH_METHODS (RFC 9593, section 3.2).
type AuthAnnouncement struct {
	Method AuthMethod
	// Link is the number of the CA in CERTREQ that the method goes with, from 1; 0: any.
	Link      uint8
	Algorithm []byte // AlgorithmIdentifier, of digital signatures
}

// AuthMethods are the methods that SUPPORTED_AUTH_METHODS announces.
func (n *Notify) AuthMethods() ([]AuthAnnouncement, bool) {
	if n.Type != NotifySupportedAuthMethods {
		return nil, false
	}
	const header = 2 // length, which counts itself, and method
	c := wire.NewCursor(n.Data)
	var as []AuthAnnouncement
	for c.Err() == nil && c.Len() > 0 {
		size := int(c.Uint8("announcement length"))
		a := AuthAnnouncement{Method: AuthMethod(c.Uint8("authentication method"))}
		rest := c.Take("announcement", size-header)
		if len(rest) > 0 {
			a.Link, a.Algorithm = rest[0], rest[1:]
		}
		as = append(as, a)
	}
	return as, c.Err() == nil
}

func showHexData(n *Notify) string { return ike.Hex(n.Data) }

// showUint32 renders a number of 4 bytes with a unit.
func showUint32(unit string) func(*Notify) string {
	return func(n *Notify) string {
		if v, ok := n.uint32Data(n.Type); ok {
			return fmt.Sprint(v) + unit
		}
		return ""
	}
}

func showCritical(n *Notify) string {
	if t, ok := n.CriticalType(); ok {
		return t.String()
	}
	return ""
}

func showGroup(n *Notify) string {
	if g, ok := n.Group(); ok {
		return g.String()
	}
	return ""
}

func showIPComp(n *Notify) string {
	cpi, transform, ok := n.IPComp()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s CPI %04x", ike.IPCompAlg.AlgorithmName(uint16(transform)), cpi)
}

func showAddr(n *Notify) string {
	if a, ok := n.Addr(); ok {
		return a.String()
	}
	return ""
}

func showGateway(n *Notify) string {
	gateway, _, _ := n.Gateway()
	return gateway
}

func showTicket(n *Notify) string {
	if _, lifetime, ok := n.Ticket(); ok {
		return fmt.Sprintf("%d s", lifetime)
	}
	return ""
}

func showHashes(n *Notify) string {
	hashes, _ := n.Hashes()
	names := make([]string, 0, len(hashes))
	for _, h := range hashes {
		names = append(names, h.String())
	}
	return strings.Join(names, ", ")
}

func showPPK(n *Notify) string {
	typ, id, _, ok := n.PPKIdentity()
	if !ok {
		return ""
	}
	if typ == PPKFixed || typ == PPKOpaque {
		return ike.TextOrHex(id)
	}
	return fmt.Sprintf("type %d %s", typ, ike.Hex(id))
}

func showMessageIDSync(n *Notify) string {
	s, ok := n.MessageIDSync()
	if !ok {
		return ""
	}
	return fmt.Sprintf("send %d, receive %d", s.ExpectedSend, s.ExpectedRecv)
}

func showAuthMethods(n *Notify) string {
	as, ok := n.AuthMethods()
	if !ok {
		return ""
	}
	names := make([]string, 0, len(as))
	for _, a := range as {
		name := a.Method.String()
		if alg, ok := cert.ParseSignatureAlgorithm(a.Algorithm); ok {
			name = alg.String()
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

var passwordMethods = map[uint16]string{1: "PACE", 2: "AugPAKE", 3: "Secure PSK Authentication"}

// showPasswordMethods renders a list of secure password methods (RFC 6467, section 3.1).
func showPasswordMethods(n *Notify) string {
	if len(n.Data)%2 != 0 {
		return ""
	}
	var names []string
	for b := n.Data; len(b) > 0; b = b[2:] {
		names = append(names, ike.NameOf(passwordMethods, binary.BigEndian.Uint16(b), "method"))
	}
	return strings.Join(names, ", ")
}

// showPuzzle renders PRF and difficulty (RFC 8019, section 8.1).
func showPuzzle(n *Notify) string {
	if len(n.Data) != 3 {
		return ""
	}
	return fmt.Sprintf("%s difficulty %d", ike.PRFs.AlgorithmName(binary.BigEndian.Uint16(n.Data)), n.Data[2])
}

// showAGGFRAG renders the flags of USE_AGGFRAG (RFC 9347, section 5.1).
func showAGGFRAG(n *Notify) string {
	const congestion, dontFragment = 0x02, 0x01
	var parts []string
	if n.Data[0]&congestion != 0 {
		parts = append(parts, "congestion control")
	}
	if n.Data[0]&dontFragment != 0 {
		parts = append(parts, "no fragments")
	}
	return strings.Join(parts, ", ")
}

// rohcAttributes are those of ROHC_SUPPORTED (RFC 5857, section 3.1).
var rohcAttributes = decode.AttributeSpace{
	1: {Name: "MAX_CID"}, 2: {Name: "ROHC_PROFILE"}, 3: {Name: "ROHC_INTEG", Space: ike.INTEG}, 4: {Name: "ROHC_ICV_LEN"},
	5: {Name: "MRRU"},
}

func showROHC(n *Notify) string {
	c := wire.NewCursor(n.Data)
	var parts []string
	for _, a := range decode.ParseAttributes(&c) {
		parts = append(parts, rohcAttributes.Name(a.Type)+"="+rohcAttributes.Value(a))
	}
	if c.Err() != nil {
		return ""
	}
	return strings.Join(parts, ", ")
}
