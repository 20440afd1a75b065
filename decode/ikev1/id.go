package ikev1

import (
	"encoding/binary"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// idAddrLen has the length of the data of the types that are made of addresses.
var idAddrLen = map[decode.IDType]int{
	decode.IDIPv4Addr: 4, decode.IDIPv6Addr: 16, decode.IDIPv4Subnet: 8, decode.IDIPv6Subnet: 32, decode.IDIPv4Range: 8, decode.IDIPv6Range: 32,
}

// ID is an Identification payload (RFC 2407, section 4.6.2): of a peer in phase 1, of the traffic in phase 2.
type ID struct {
	Type     decode.IDType
	Protocol uint8  // IP protocol, 0: any
	Port     uint16 // 0: any
	Data     []byte
}

func parseID(c *wire.Cursor) decode.Body {
	id := &ID{
		Type:     decode.IDType(c.Uint8("ID type")),
		Protocol: c.Uint8("protocol ID"),
		Port:     c.Uint16("port"),
	}
	off := c.Offset()
	id.Data = c.Rest()
	want, isAddr := idAddrLen[id.Type]
	switch {
	case isAddr && len(id.Data) < want:
		c.FailAt(off, id.Type.String()+" data", wire.ErrTruncated)
	case isAddr && len(id.Data) > want:
		c.Note(off+want, "%d bytes left over in %v data", len(id.Data)-want, id.Type)
	}
	return id
}

// Append implements Body.
func (id *ID) Append(dst []byte) []byte {
	dst = append(dst, byte(id.Type), id.Protocol)
	dst = binary.BigEndian.AppendUint16(dst, id.Port)
	return append(dst, id.Data...)
}

// Value is the identity: "192.0.2.1", "10.1.0.0/24", "10.1.0.1-10.1.0.9", "gwa.example.org", "user@example.org",
// "C=CH, CN=gwa", or hex as 0x… for what has no text form.
func (id *ID) Value() string {
	switch id.Type {
	case decode.IDIPv4Subnet, decode.IDIPv6Subnet:
		if addr, mask, ok := id.pair(); ok {
			return decode.SubnetString(addr, mask)
		}
	case decode.IDIPv4Range, decode.IDIPv6Range:
		if from, to, ok := id.pair(); ok {
			return from.String() + "-" + to.String()
		}
	}
	return decode.IdentityValue(id.Type, id.Data)
}

// String is Value, followed by protocol and port where they are not both any: "10.1.0.0/24 udp/1701", "10.1.0.1 tcp".
func (id *ID) String() string {
	if id.Protocol == 0 && id.Port == 0 {
		return id.Value()
	}
	return id.Value() + " " + decode.ProtocolPort(id.Protocol, id.Port)
}

// Range is the first and the last address that an address, a subnet with a proper mask or a range covers.
func (id *ID) Range() (from, to netip.Addr, ok bool) {
	switch id.Type {
	case decode.IDIPv4Addr, decode.IDIPv6Addr:
		n := idAddrLen[id.Type]
		if len(id.Data) < n {
			return from, to, false
		}
		from = wire.Addr(id.Data[:n])
		return from, from, true
	case decode.IDIPv4Range, decode.IDIPv6Range:
		return id.pair()
	case decode.IDIPv4Subnet, decode.IDIPv6Subnet:
		addr, mask, ok := id.pair()
		if !ok {
			return from, to, false
		}
		bits, ok := decode.PrefixBits(mask)
		if !ok {
			return from, to, false
		}
		prefix := netip.PrefixFrom(addr, bits).Masked()
		return prefix.Addr(), decode.LastAddr(prefix), true
	}
	return from, to, false
}

// pair splits data that is two addresses.
func (id *ID) pair() (a, b netip.Addr, ok bool) {
	n := idAddrLen[id.Type]
	if n == 0 || len(id.Data) < n {
		return a, b, false
	}
	return wire.Addr(id.Data[:n/2]), wire.Addr(id.Data[n/2 : n]), true
}
