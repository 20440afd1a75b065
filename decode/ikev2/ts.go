package ikev2

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/render"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// TSType is a traffic selector type (RFC 7296, section 3.13.1).
type TSType uint8

// Traffic selector types.
const (
	TSIPv4Range TSType = 7
	TSIPv6Range TSType = 8
	TSFCRange   TSType = 9  // Fibre Channel (RFC 4595)
	TSSecLabel  TSType = 10 // security label (RFC 9478)
)

var tsTypeNames = map[TSType]string{
	TSIPv4Range: "TS_IPV4_ADDR_RANGE", TSIPv6Range: "TS_IPV6_ADDR_RANGE", TSFCRange: "TS_FC_ADDR_RANGE",
	TSSecLabel: "TS_SECLABEL",
}

// String is the type's name, such as "TS_IPV4_ADDR_RANGE", or "traffic selector type 99".
func (t TSType) String() string { return render.Name(tsTypeNames, t, "traffic selector type") }

// addrLen is the length of one address of a range, 0 for the types that have none.
func (t TSType) addrLen() int {
	switch t {
	case TSIPv4Range:
		return 4
	case TSIPv6Range:
		return 16
	}
	return 0
}

// TS is a Traffic Selector payload, TSi or TSr (RFC 7296, section 3.13).
type TS struct {
	Reserved  uint32 // 3 bytes, zero
	Selectors []TrafficSelector
	Spare     []byte // what follows the last selector: nothing
}

// A Selector is a traffic selector (RFC 7296, section 3.13.1): a range of addresses with a protocol and a range of ports,
// or what another type has.
type TrafficSelector struct {
	Type TSType
	// Protocol is the IP protocol, 0: any. Other types than the IP ranges have a reserved byte here.
	Protocol uint8
	// StartPort and EndPort: 0 and 65535 for any, 65535 and 0 for opaque. For ICMP the type is in the high byte, the code
	// in the low one.
	StartPort, EndPort uint16
	From, To           netip.Addr
	// Data is the body of other types than the IP ranges, after the length: of TS_SECLABEL the label.
	Data  []byte
	Spare []byte // what follows the addresses: nothing
}

func parseTS(c *wire.Cursor) decode.Body {
	ts := &TS{}
	count := int(c.Uint8("number of traffic selectors"))
	ts.Reserved = c.Reserved("reserved bytes of the TS payload", 3)
	for i := 0; i < count && c.Err() == nil; i++ {
		if s := parseTrafficSelector(c); c.Err() == nil {
			ts.Selectors = append(ts.Selectors, s)
		}
	}
	ts.Spare = c.Spare("TS payload")
	return ts
}

func parseTrafficSelector(c *wire.Cursor) TrafficSelector {
	s := TrafficSelector{Type: TSType(c.Uint8("traffic selector type")), Protocol: c.Uint8("IP protocol")}
	n := c.Length("selector")
	s.Spare = c.Within("traffic selector", n-wire.PayloadHeaderLen, func(c *wire.Cursor) {
		size := s.Type.addrLen()
		if size == 0 {
			s.Data = c.Rest()
			return
		}
		s.StartPort, s.EndPort = c.Uint16("start port"), c.Uint16("end port")
		s.From = wire.Addr(c.Take("starting address", size))
		s.To = wire.Addr(c.Take("ending address", size))
	})
	return s
}

// Append implements Body.
func (ts *TS) Append(dst []byte) []byte {
	dst = append(dst, byte(len(ts.Selectors)), byte(ts.Reserved>>16), byte(ts.Reserved>>8), byte(ts.Reserved))
	for _, s := range ts.Selectors {
		dst = s.append(dst)
	}
	return append(dst, ts.Spare...)
}

func (s TrafficSelector) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, byte(s.Type), s.Protocol, 0, 0)
	if s.Type.addrLen() > 0 {
		dst = binary.BigEndian.AppendUint16(dst, s.StartPort)
		dst = binary.BigEndian.AppendUint16(dst, s.EndPort)
		dst = append(dst, s.From.AsSlice()...)
		dst = append(dst, s.To.AsSlice()...)
	}
	dst = append(dst, s.Data...)
	dst = append(dst, s.Spare...)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start))
	return dst
}

// String lists the selectors: "10.1.0.0/24, 10.3.0.1 udp/1701".
func (ts *TS) String() string {
	parts := make([]string, 0, len(ts.Selectors))
	for _, s := range ts.Selectors {
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}

// Prefix is the range of addresses as a prefix; false where it is none.
func (s TrafficSelector) Prefix() (netip.Prefix, bool) {
	from, to := s.From.AsSlice(), s.To.AsSlice()
	if len(from) == 0 || len(from) != len(to) {
		return netip.Prefix{}, false
	}
	bits := 0
	for bits < len(from)*8 && bitAt(from, bits) == bitAt(to, bits) {
		bits++
	}
	for i := bits; i < len(from)*8; i++ {
		if bitAt(from, i) != 0 || bitAt(to, i) != 1 {
			return netip.Prefix{}, false
		}
	}
	return netip.PrefixFrom(s.From, bits), true
}

// bitAt is bit i of b, counted from the highest of the first byte.
func bitAt(b []byte, i int) byte { return b[i/8] >> (7 - i%8) & 1 }

// AnyPort reports whether all ports are meant.
func (s TrafficSelector) AnyPort() bool { return s.StartPort == 0 && s.EndPort == 0xffff }

// OpaquePort reports whether packets are meant whose ports cannot be seen, such as fragments.
func (s TrafficSelector) OpaquePort() bool { return s.StartPort == 0xffff && s.EndPort == 0 }

// Addrs is the range of addresses: "10.1.0.0/24", "10.1.0.1", "10.1.0.1-10.1.0.9", or the name of the type and its data
// for other types.
func (s TrafficSelector) Addrs() string {
	if s.Type == TSSecLabel {
		return "label " + render.PrintableOrHex(s.Data)
	}
	if s.Type.addrLen() == 0 {
		return strings.TrimSpace(s.Type.String() + " " + render.Hex(s.Data))
	}
	prefix, ok := s.Prefix()
	switch {
	case !ok:
		return s.From.String() + "-" + s.To.String()
	case prefix.IsSingleIP():
		return s.From.String()
	}
	return prefix.String()
}

// String is Addrs, followed by protocol and ports where not any are meant: "10.1.0.0/24 udp/1701", "10.1.0.1 tcp/80-443",
// "10.1.0.1 icmp/8(0)", "10.1.0.1 udp/opaque".
func (s TrafficSelector) String() string {
	if s.Type.addrLen() == 0 {
		return s.Addrs()
	}
	ports := s.ports()
	switch {
	case s.Protocol == 0 && ports == "":
		return s.Addrs()
	case s.Protocol == 0:
		return s.Addrs() + " port " + ports
	case ports == "":
		return s.Addrs() + " " + decode.IPProtocolName(s.Protocol)
	}
	return s.Addrs() + " " + decode.IPProtocolName(s.Protocol) + "/" + ports
}

// ports is the range of ports, "" for any.
func (s TrafficSelector) ports() string {
	const icmp, icmp6 = 1, 58
	switch {
	case s.AnyPort():
		return ""
	case s.OpaquePort():
		return "opaque"
	case (s.Protocol == icmp || s.Protocol == icmp6) && s.StartPort>>8 == s.EndPort>>8:
		return icmpString(s.StartPort, s.EndPort)
	case s.StartPort == s.EndPort:
		return fmt.Sprint(s.StartPort)
	}
	return fmt.Sprintf("%d-%d", s.StartPort, s.EndPort)
}

// icmpString is one ICMP type with its codes: "8", "3(1)", "3(0-4)".
func icmpString(start, end uint16) string {
	typ, from, to := start>>8, start&0xff, end&0xff
	switch {
	case from == 0 && to == 0xff:
		return fmt.Sprint(typ)
	case from == to:
		return fmt.Sprintf("%d(%d)", typ, from)
	}
	return fmt.Sprintf("%d(%d-%d)", typ, from, to)
}
