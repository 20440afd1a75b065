package decode

import "net/netip"

// NATD1 is a NAT-D payload (RFC 3947, section 3.2): HASH(CKY-I | CKY-R | IP | Port) of one end of the path.
type NATD1 struct{ Data []byte }

func parseNATD1(c *cursor) Body { return &NATD1{Data: c.rest()} }

// Append implements Body.
func (n *NATD1) Append(dst []byte) []byte { return append(dst, n.Data...) }

// parseNATDDraft4 parses a payload of type 15: NAT-D in draft-ietf-ipsec-nat-t-ike-04 to 08 if it is as long as a
// hash, and else GDOI's SA KEK payload.
func parseNATDDraft4(c *cursor) Body {
	switch c.Len() {
	case 16, 20, 32, 48, 64:
		return parseNATD1(c)
	}
	return ParseUnknown(c)
}

// NATOA1 is a NAT-OA payload (RFC 3947, section 5.2): an original address, as it was before any NAT.
type NATOA1 struct {
	Type     IDType // ID_IPV4_ADDR or ID_IPV6_ADDR
	Reserved uint32 // 3 bytes, zero
	Addr     netip.Addr
	Spare    []byte // what follows the address: nothing
}

func parseNATOA1(c *cursor) Body {
	n := &NATOA1{}
	off := c.Offset()
	n.Type = IDType(c.uint8("NAT-OA ID type"))
	n.Reserved = c.reserved("reserved bytes of NAT-OA", 3)
	switch n.Type {
	case IDIPv4Addr:
		n.Addr = addrFrom(c.take("IPv4 address", 4))
	case IDIPv6Addr:
		n.Addr = addrFrom(c.take("IPv6 address", 16))
	default:
		c.failAt(off, "NAT-OA ID type", ErrValue)
	}
	n.Spare = c.spare("NAT-OA payload")
	return n
}

// parseNATOADraft5 parses a payload of type 16: NAT-OA in draft-ietf-ipsec-nat-t-ike-05 to 08 if it has that shape,
// and else GDOI's SA TEK payload.
func parseNATOADraft5(c *cursor) Body {
	isV4 := c.Len() == 8 && IDType(c.Left()[0]) == IDIPv4Addr
	isV6 := c.Len() == 20 && IDType(c.Left()[0]) == IDIPv6Addr
	if isV4 || isV6 {
		return parseNATOA1(c)
	}
	return ParseUnknown(c)
}

// Append implements Body.
func (n *NATOA1) Append(dst []byte) []byte {
	dst = append(dst, byte(n.Type), byte(n.Reserved>>16), byte(n.Reserved>>8), byte(n.Reserved))
	dst = append(dst, n.Addr.AsSlice()...)
	return append(dst, n.Spare...)
}
