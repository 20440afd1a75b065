package ikev2

import (
	"encoding/binary"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// addrLen is the length of one address of a range, 0 for the types that have none.
func addrLen(t ike.TSType) int {
	switch t {
	case ike.TSIPv4Range:
		return 4
	case ike.TSIPv6Range:
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
	Type ike.TSType
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
	s := TrafficSelector{Type: ike.TSType(c.Uint8("traffic selector type")), Protocol: c.Uint8("IP protocol")}
	n := c.Length("selector")
	s.Spare = c.Within("traffic selector", n-wire.PayloadHeaderLen, func(c *wire.Cursor) {
		size := addrLen(s.Type)
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
	if addrLen(s.Type) > 0 {
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
func (ts *TS) String() string { return ts.Neutral().String() }

// Neutral are the selectors as values of both versions.
func (ts *TS) Neutral() ike.Selectors {
	list := make(ike.Selectors, len(ts.Selectors))
	for i, s := range ts.Selectors {
		list[i] = s.Neutral()
	}
	return list
}

// Neutral is the selector as a value of both versions.
func (s TrafficSelector) Neutral() ike.Selector {
	n := ike.Selector{Type: uint8(s.Type), Protocol: s.Protocol, StartPort: s.StartPort, EndPort: s.EndPort, From: s.From, To: s.To, Data: s.Data}
	switch {
	case s.Type == ike.TSSecLabel:
		n.Kind = ike.SelectorLabel
	case addrLen(s.Type) == 0:
		n.Kind = ike.SelectorOther
	}
	return n
}
