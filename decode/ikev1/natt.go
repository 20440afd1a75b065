package ikev1

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// NATD is a NAT-D payload (RFC 3947, section 3.2): HASH(CKY-I | CKY-R | IP | Port) of one end of the path.
type NATD struct{ Data []byte }

func parseNATD(c *wire.Cursor) decode.Body { return &NATD{Data: c.Rest()} }

// Append implements Body.
func (n *NATD) Append(dst []byte) []byte { return append(dst, n.Data...) }

// parseNATDDraft4 parses a payload of type 15: NAT-D in draft-ietf-ipsec-nat-t-ike-04 to 08 if it is as long as a
// hash, and else GDOI's SA KEK payload.
func parseNATDDraft4(c *wire.Cursor) decode.Body {
	switch c.Len() {
	case 16, 20, 32, 48, 64:
		return parseNATD(c)
	}
	return decode.ParseUnknown(c)
}

// NATOA is a NAT-OA payload (RFC 3947, section 5.2): an original address, as it was before any NAT.
type NATOA struct {
	Type     ike.IDType // ID_IPV4_ADDR or ID_IPV6_ADDR
	Reserved uint32     // 3 bytes, zero
	Addr     netip.Addr
	Spare    []byte // what follows the address: nothing
}

func parseNATOA(c *wire.Cursor) decode.Body {
	n := &NATOA{}
	off := c.Offset()
	n.Type = ike.IDType(c.Uint8("NAT-OA ID type"))
	n.Reserved = c.Reserved("reserved bytes of NAT-OA", 3)
	switch n.Type {
	case ike.IDIPv4:
		n.Addr = wire.Addr(c.Take("IPv4 address", 4))
	case ike.IDIPv6:
		n.Addr = wire.Addr(c.Take("IPv6 address", 16))
	default:
		c.FailAt(off, "NAT-OA ID type", wire.ErrValue)
	}
	n.Spare = c.Spare("NAT-OA payload")
	return n
}

// parseNATOADraft5 parses a payload of type 16: NAT-OA in draft-ietf-ipsec-nat-t-ike-05 to 08 if it has that shape,
// and else GDOI's SA TEK payload.
func parseNATOADraft5(c *wire.Cursor) decode.Body {
	isV4 := c.Len() == 8 && ike.IDType(c.Left()[0]) == ike.IDIPv4
	isV6 := c.Len() == 20 && ike.IDType(c.Left()[0]) == ike.IDIPv6
	if isV4 || isV6 {
		return parseNATOA(c)
	}
	return decode.ParseUnknown(c)
}

// Append implements Body.
func (n *NATOA) Append(dst []byte) []byte {
	dst = append(dst, byte(n.Type), byte(n.Reserved>>16), byte(n.Reserved>>8), byte(n.Reserved))
	dst = append(dst, n.Addr.AsSlice()...)
	return append(dst, n.Spare...)
}
