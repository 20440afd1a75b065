package decode

import (
	"encoding/binary"
	"net/netip"
)

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
	off := c.Offset()
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
	case IDIPv4Subnet, IDIPv6Subnet:
		if addr, mask, ok := id.pair(); ok {
			return subnetString(addr, mask)
		}
	case IDIPv4Range, IDIPv6Range:
		if from, to, ok := id.pair(); ok {
			return from.String() + "-" + to.String()
		}
	}
	return IdentityValue(id.Type, id.Data)
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
