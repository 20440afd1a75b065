package decode

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/internal/render"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// IDType is the type of an identification (RFC 2407, section 4.6.2.1; RFC 7296, section 3.5). String has the names of IKEv1.
type IDType uint8

// Identification types.
const (
	IDIPv4Addr   IDType = 1
	IDFQDN       IDType = 2
	IDUserFQDN   IDType = 3
	IDIPv4Subnet IDType = 4
	IDIPv6Addr   IDType = 5
	IDIPv6Subnet IDType = 6
	IDIPv4Range  IDType = 7
	IDIPv6Range  IDType = 8
	IDDERASN1DN  IDType = 9
	IDDERASN1GN  IDType = 10
	IDKeyID      IDType = 11
	IDList       IDType = 12 // RFC 3554
)

var idTypeNames = map[IDType]string{
	0: "none", IDIPv4Addr: "ID_IPV4_ADDR", IDFQDN: "ID_FQDN", IDUserFQDN: "ID_USER_FQDN",
	IDIPv4Subnet: "ID_IPV4_ADDR_SUBNET", IDIPv6Addr: "ID_IPV6_ADDR", IDIPv6Subnet: "ID_IPV6_ADDR_SUBNET",
	IDIPv4Range: "ID_IPV4_ADDR_RANGE", IDIPv6Range: "ID_IPV6_ADDR_RANGE", IDDERASN1DN: "ID_DER_ASN1_DN",
	IDDERASN1GN: "ID_DER_ASN1_GN", IDKeyID: "ID_KEY_ID", IDList: "ID_LIST",
}

// String is the type's name, such as "ID_FQDN", or "ID type 99".
func (t IDType) String() string { return render.Name(idTypeNames, t, "ID type") }

// IdentityValue is the identity that data of type t has where both versions have the type: "192.0.2.1",
// "gwa.example.org", "user@example.org", "C=CH, CN=gwa", or hex as 0x… for what has no text form.
func IdentityValue(t IDType, data []byte) string {
	switch t {
	case IDIPv4Addr:
		if len(data) >= 4 {
			return wire.Addr(data[:4]).String()
		}
	case IDIPv6Addr:
		if len(data) >= 16 {
			return wire.Addr(data[:16]).String()
		}
	case IDFQDN, IDUserFQDN:
		return render.Printable(string(data))
	case IDDERASN1DN:
		if dn, err := cert.FormatDN(data); err == nil {
			return dn
		}
	case IDDERASN1GN:
		if gn, ok := cert.FormatGeneralName(data); ok {
			return gn
		}
	case IDKeyID:
		return render.PrintableOrHex(data)
	}
	return render.Hex(data)
}

// SubnetString is "10.1.0.0/24", or "10.1.0.0/255.0.255.0" for a mask with holes.
func SubnetString(addr, mask netip.Addr) string {
	if bits, ok := PrefixBits(mask); ok {
		return addr.String() + "/" + strconv.Itoa(bits)
	}
	return addr.String() + "/" + mask.String()
}

// PrefixBits is the number of leading ones of a mask that has no others.
func PrefixBits(mask netip.Addr) (int, bool) {
	bits, ended := 0, false
	for _, b := range mask.AsSlice() {
		for i := 7; i >= 0; i-- {
			one := b>>i&1 == 1
			if one && ended {
				return 0, false
			}
			if one {
				bits++
			}
			ended = ended || !one
		}
	}
	return bits, true
}

// LastAddr is the last address of a prefix.
func LastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return wire.Addr(b)
}

var ipProtocolNames = map[uint8]string{
	1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 41: "ipv6", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp",
	89: "ospf", 115: "l2tp", 132: "sctp",
}

// IPProtocolName is the name of an IP protocol: "tcp", or "protocol 99".
func IPProtocolName(protocol uint8) string { return render.Name(ipProtocolNames, protocol, "protocol") }

// ProtocolPort names an IP protocol and port of a traffic selector: "udp/1701", "tcp", "protocol 99", "port 500".
func ProtocolPort(protocol uint8, port uint16) string {
	if protocol == 0 {
		return fmt.Sprintf("port %d", port)
	}
	name := IPProtocolName(protocol)
	if port == 0 {
		return name
	}
	return fmt.Sprintf("%s/%d", name, port)
}
