package ike

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// IDType is the type of an identification (RFC 2407, section 4.6.2.1; RFC 7296, section 3.5).
type IDType uint8

// Identification types. Those that both versions have share their numbers.
const (
	IDAny        IDType = 0 // of no wire format: "%any" in a configuration
	IDIPv4       IDType = 1
	IDFQDN       IDType = 2
	IDUserFQDN   IDType = 3 // ID_RFC822_ADDR, in IKEv2's terms
	IDIPv4Subnet IDType = 4
	IDIPv6       IDType = 5
	IDIPv6Subnet IDType = 6
	IDIPv4Range  IDType = 7
	IDIPv6Range  IDType = 8
	IDDN         IDType = 9
	IDGN         IDType = 10
	IDKeyID      IDType = 11
	IDList       IDType = 12 // of IKEv1 (RFC 3554); ID_FC_NAME in IKEv2 (RFC 4595)
	IDNull       IDType = 13 // of IKEv2 (RFC 7619)
)

var idTypeNames = [3]map[IDType]string{
	V1: {0: "none", IDIPv4: "ID_IPV4_ADDR", IDFQDN: "ID_FQDN", IDUserFQDN: "ID_USER_FQDN",
		IDIPv4Subnet: "ID_IPV4_ADDR_SUBNET", IDIPv6: "ID_IPV6_ADDR", IDIPv6Subnet: "ID_IPV6_ADDR_SUBNET",
		IDIPv4Range: "ID_IPV4_ADDR_RANGE", IDIPv6Range: "ID_IPV6_ADDR_RANGE", IDDN: "ID_DER_ASN1_DN",
		IDGN: "ID_DER_ASN1_GN", IDKeyID: "ID_KEY_ID", IDList: "ID_LIST"},
	V2: {0: "none", IDIPv4: "ID_IPV4_ADDR", IDFQDN: "ID_FQDN", IDUserFQDN: "ID_RFC822_ADDR", IDIPv6: "ID_IPV6_ADDR",
		IDDN: "ID_DER_ASN1_DN", IDGN: "ID_DER_ASN1_GN", IDKeyID: "ID_KEY_ID", IDList: "ID_FC_NAME",
		IDNull: "ID_NULL"},
}

// Name is the name that the type has in a version, such as "ID_FQDN", or "ID type 99".
func (t IDType) Name(v Version) string { return NameOf(idTypeNames[min(v, V2)], t, "ID type") }

// An Identity is who a peer says that it is, or, in phase 2 of IKEv1, what traffic it means.
type Identity struct {
	Version  Version
	Type     IDType
	Protocol uint8  // IP protocol, of IKEv1; 0: any
	Port     uint16 // of IKEv1; 0: any
	Data     []byte
}

// ParseIdentity reads an identity as daemons write it: "192.0.2.1", "%any", "gwa.example.org", "@gwa.example.org",
// "user@example.org", "C=CH, CN=gwa". What is nothing else is a domain name.
func ParseIdentity(s string) Identity {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Is4() {
			return Identity{Type: IDIPv4, Data: a.AsSlice()}
		}
		return Identity{Type: IDIPv6, Data: a.WithZone("").AsSlice()}
	}
	if s == "" || s == "*" || strings.HasPrefix(s, "%any") {
		return Identity{Type: IDAny}
	}
	if strings.Contains(s, "=") {
		if der, err := ParseDN(s); err == nil {
			return Identity{Type: IDDN, Data: der}
		}
	}
	if name, ok := strings.CutPrefix(s, "@"); ok {
		return Identity{Type: IDFQDN, Data: []byte(name)}
	}
	if strings.Contains(s, "@") {
		return Identity{Type: IDUserFQDN, Data: []byte(s)}
	}
	return Identity{Type: IDFQDN, Data: []byte(s)}
}

// TypeName is the name of the type in the identity's version.
func (id Identity) TypeName() string { return id.Type.Name(id.Version) }

// Value is the identity: "192.0.2.1", "10.1.0.0/24", "10.1.0.1-10.1.0.9", "gwa.example.org", "user@example.org",
// "C=CH, CN=gwa", "%any" for ID_NULL, or hex as 0x… for what has no text form.
func (id Identity) Value() string {
	switch id.Type {
	case IDAny:
		if len(id.Data) == 0 && id.Version == 0 {
			return "%any"
		}
	case IDIPv4, IDIPv6:
		if from, _, ok := id.Range(); ok {
			return from.String()
		}
	case IDFQDN, IDUserFQDN:
		return Printable(string(id.Data))
	case IDDN:
		if dn, err := DN(id.Data); err == nil {
			return dn
		}
	case IDGN:
		if gn, ok := GeneralName(id.Data); ok {
			return gn
		}
	case IDKeyID:
		return TextOrHex(id.Data)
	}
	if id.Version == V2 {
		return id.value2()
	}
	return id.value1()
}

// value2 is for the types that IKEv2 alone has.
func (id Identity) value2() string {
	if id.Type == IDNull && len(id.Data) == 0 {
		return "%any"
	}
	return Hex(id.Data)
}

// value1 is for the types that IKEv1 alone has.
func (id Identity) value1() string {
	a, b, ok := id.pair()
	switch id.Type {
	case IDIPv4Subnet, IDIPv6Subnet:
		if ok {
			return Subnet(a, b)
		}
	case IDIPv4Range, IDIPv6Range:
		if ok {
			return a.String() + "-" + b.String()
		}
	}
	return Hex(id.Data)
}

// String is Value, followed by protocol and port where they are not both any: "10.1.0.0/24 udp/1701", "10.1.0.1 tcp".
func (id Identity) String() string {
	if id.Protocol == 0 && id.Port == 0 {
		return id.Value()
	}
	return id.Value() + " " + ProtocolPort(id.Protocol, id.Port)
}

// idAddrLen has the length of the data of the types that are made of addresses.
var idAddrLen = map[IDType]int{
	IDIPv4: 4, IDIPv6: 16, IDIPv4Subnet: 8, IDIPv6Subnet: 32, IDIPv4Range: 8, IDIPv6Range: 32,
}

// AddrLen is the length in bytes of the data of a type that is made of addresses; false for the others. IKEv2 has no subnets and
// ranges here.
func (t IDType) AddrLen(v Version) (int, bool) {
	if v == V2 && t != IDIPv4 && t != IDIPv6 {
		return 0, false
	}
	n, ok := idAddrLen[t]
	return n, ok
}

// Range is the first and the last address that an address, a subnet with a proper mask or a range covers.
func (id Identity) Range() (from, to netip.Addr, ok bool) {
	switch id.Type {
	case IDIPv4, IDIPv6:
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
func (id Identity) pair() (a, b netip.Addr, ok bool) {
	n := idAddrLen[id.Type]
	if n == 0 || len(id.Data) < n {
		return a, b, false
	}
	return addrFrom(id.Data[:n/2]), addrFrom(id.Data[n/2 : n]), true
}

// Equal reports whether both are the same identity, by whichever version and with whatever protocol and port they were sent:
// domain names and mail addresses without regard to case, distinguished names by their attributes, all else by its bytes.
func (id Identity) Equal(o Identity) bool { return id.Type == o.Type && id.matches(o, false) }

// Covers reports whether o is one of the identities that id, of a configuration, stands for: the same one, or one that its
// wildcard takes: "%any", "*.example.org", "*@example.org", "C=CH, CN=*".
func (id Identity) Covers(o Identity) bool {
	return id.isAny() || id.Type == o.Type && id.matches(o, true)
}

// isAny reports whether the identity is "%any", as a configuration writes it.
func (id Identity) isAny() bool { return id.Version == 0 && id.Type == IDAny && len(id.Data) == 0 }

func (id Identity) matches(o Identity, wildcards bool) bool {
	switch id.Type {
	case IDFQDN, IDUserFQDN:
		if tail, ok := bytes.CutPrefix(id.Data, []byte("*")); ok && wildcards {
			n := len(o.Data) - len(tail)
			return n > 0 && bytes.EqualFold(tail, o.Data[n:])
		}
		return bytes.EqualFold(id.Data, o.Data)
	case IDDN:
		return bytes.Equal(id.Data, o.Data) || matchDN(id.Data, o.Data, wildcards)
	}
	return bytes.Equal(id.Data, o.Data)
}

// Selector is the traffic that an identity of phase 2 means (RFC 2407, section 4.6.2). What is not a range of addresses keeps its
// bytes.
func (id Identity) Selector() Selector {
	s := Selector{Protocol: id.Protocol, StartPort: id.Port, EndPort: id.Port}
	if id.Port == 0 {
		s.EndPort = anyEndPort
	}
	var ok bool
	if s.From, s.To, ok = id.Range(); !ok {
		s.Kind, s.Type, s.Data = SelectorIdentity, uint8(id.Type), id.Data
	}
	return s
}

// Subnet is an address with a mask: "10.1.0.0/24", or "10.1.0.0/255.0.255.0" for a mask with holes.
func Subnet(addr, mask netip.Addr) string {
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

var ipProtocolNames = map[uint8]string{
	1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 17: "udp", 41: "ipv6", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp",
	89: "ospf", 115: "l2tp", 132: "sctp",
}

// IPProtocolName is the name of an IP protocol: "tcp", or "protocol 99".
func IPProtocolName(protocol uint8) string { return NameOf(ipProtocolNames, protocol, "protocol") }

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
