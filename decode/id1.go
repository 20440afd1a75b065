package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
)

// IDType is the type of an identification (RFC 2407, section 4.6.2.1).
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

// Identification types of IKEv2 that IKEv1 does not have or calls by another name (RFC 7296, section 3.5; RFC 4595;
// RFC 7619).
const (
	IDRFC822Addr IDType = 3
	IDFCName     IDType = 12
	IDNull       IDType = 13
)

var idTypeNames = map[IDType]string{
	0: "none", IDIPv4Addr: "ID_IPV4_ADDR", IDFQDN: "ID_FQDN", IDUserFQDN: "ID_USER_FQDN",
	IDIPv4Subnet: "ID_IPV4_ADDR_SUBNET", IDIPv6Addr: "ID_IPV6_ADDR", IDIPv6Subnet: "ID_IPV6_ADDR_SUBNET",
	IDIPv4Range: "ID_IPV4_ADDR_RANGE", IDIPv6Range: "ID_IPV6_ADDR_RANGE", IDDERASN1DN: "ID_DER_ASN1_DN",
	IDDERASN1GN: "ID_DER_ASN1_GN", IDKeyID: "ID_KEY_ID", IDList: "ID_LIST",
}

// String is the type's name, such as "ID_FQDN", or "ID type 99".
func (t IDType) String() string { return nameOf(idTypeNames, t, "ID type") }

// idAddrLen has the length of the data of the types that are made of addresses.
var idAddrLen = map[IDType]int{
	IDIPv4Addr: 4, IDIPv6Addr: 16, IDIPv4Subnet: 8, IDIPv6Subnet: 32, IDIPv4Range: 8, IDIPv6Range: 32,
}

// ID1 is an Identification payload (RFC 2407, section 4.6.2): of a peer in phase 1, of the traffic in phase 2.
type ID1 struct {
	Type     IDType
	Protocol uint8  // IP protocol, 0: any
	Port     uint16 // 0: any
	Data     []byte
}

func parseID1(c *cursor) Body {
	id := &ID1{
		Type:     IDType(c.uint8("ID type")),
		Protocol: c.uint8("protocol ID"),
		Port:     c.uint16("port"),
	}
	off := c.off
	id.Data = c.rest()
	want, isAddr := idAddrLen[id.Type]
	switch {
	case isAddr && len(id.Data) < want:
		c.failAt(off, id.Type.String()+" data", ErrTruncated)
	case isAddr && len(id.Data) > want:
		c.note(off+want, "%d bytes left over in %v data", len(id.Data)-want, id.Type)
	}
	return id
}

// Append implements Body.
func (id *ID1) Append(dst []byte) []byte {
	dst = append(dst, byte(id.Type), id.Protocol)
	dst = binary.BigEndian.AppendUint16(dst, id.Port)
	return append(dst, id.Data...)
}

// Value is the identity: "192.0.2.1", "10.1.0.0/24", "10.1.0.1-10.1.0.9", "gwa.example.org", "user@example.org",
// "C=CH, CN=gwa", or hex as 0x… for what has no text form.
func (id *ID1) Value() string {
	switch id.Type {
	case IDIPv4Addr, IDIPv6Addr:
		if from, _, ok := id.Range(); ok {
			return from.String()
		}
	case IDIPv4Subnet, IDIPv6Subnet:
		if addr, mask, ok := id.pair(); ok {
			return subnetString(addr, mask)
		}
	case IDIPv4Range, IDIPv6Range:
		if from, to, ok := id.pair(); ok {
			return from.String() + "-" + to.String()
		}
	case IDFQDN, IDUserFQDN:
		return printable(string(id.Data))
	case IDDERASN1DN:
		if dn, err := dnString(id.Data); err == nil {
			return dn
		}
	case IDDERASN1GN:
		if gn, ok := generalNameString(id.Data); ok {
			return gn
		}
	case IDKeyID:
		return keyIDString(id.Data)
	}
	return hexValue(id.Data)
}

// String is Value, followed by protocol and port where they are not both any: "10.1.0.0/24 udp/1701", "10.1.0.1 tcp".
func (id *ID1) String() string {
	if id.Protocol == 0 && id.Port == 0 {
		return id.Value()
	}
	return id.Value() + " " + ProtocolPort(id.Protocol, id.Port)
}

// Range is the first and the last address that an address, a subnet with a proper mask or a range covers.
func (id *ID1) Range() (from, to netip.Addr, ok bool) {
	switch id.Type {
	case IDIPv4Addr, IDIPv6Addr:
		n := idAddrLen[id.Type]
		if len(id.Data) < n {
			return from, to, false
		}
		from = addrFrom(id.Data[:n])
		return from, from, true
	case IDIPv4Range, IDIPv6Range:
		return id.pair()
	case IDIPv4Subnet, IDIPv6Subnet:
		addr, mask, ok := id.pair()
		if !ok {
			return from, to, false
		}
		bits, ok := prefixBits(mask)
		if !ok {
			return from, to, false
		}
		prefix := netip.PrefixFrom(addr, bits).Masked()
		return prefix.Addr(), lastAddr(prefix), true
	}
	return from, to, false
}

// pair splits data that is two addresses.
func (id *ID1) pair() (a, b netip.Addr, ok bool) {
	n := idAddrLen[id.Type]
	if n == 0 || len(id.Data) < n {
		return a, b, false
	}
	return addrFrom(id.Data[:n/2]), addrFrom(id.Data[n/2 : n]), true
}

// subnetString is "10.1.0.0/24", or "10.1.0.0/255.0.255.0" for a mask with holes.
func subnetString(addr, mask netip.Addr) string {
	if bits, ok := prefixBits(mask); ok {
		return addr.String() + "/" + strconv.Itoa(bits)
	}
	return addr.String() + "/" + mask.String()
}

// prefixBits is the number of leading ones of a mask that has no others.
func prefixBits(mask netip.Addr) (int, bool) {
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

// lastAddr is the last address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return addrFrom(b)
}

// keyIDString shows a key ID as text where it is text and not empty, and in hex else.
func keyIDString(b []byte) string {
	if s := string(b); s != "" && printable(s) == s {
		return s
	}
	return hexValue(b)
}

var ipProtocolNames = map[uint8]string{
	1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 41: "ipv6", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp",
	89: "ospf", 115: "l2tp", 132: "sctp",
}

// ProtocolPort names an IP protocol and port of a traffic selector: "udp/1701", "tcp", "protocol 99", "port 500".
func ProtocolPort(protocol uint8, port uint16) string {
	if protocol == 0 {
		return fmt.Sprintf("port %d", port)
	}
	name := nameOf(ipProtocolNames, protocol, "protocol")
	if port == 0 {
		return name
	}
	return fmt.Sprintf("%s/%d", name, port)
}
