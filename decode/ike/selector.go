package ike

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// SelectorKind tells what a traffic selector is made of.
type SelectorKind uint8

// The kinds of selectors.
const (
	SelectorRange    SelectorKind = iota // addresses, with a protocol and ports
	SelectorIdentity                     // of IKEv1: an identity that is not a range of addresses
	SelectorLabel                        // of IKEv2: a security label (RFC 9478)
	SelectorOther                        // of IKEv2: of another type, such as TS_FC_ADDR_RANGE
	SelectorDynamic                      // of a configuration: the host's own address, whatever it is
)

// A Selector is one traffic selector: RFC 7296, section 3.13.1, and what an identity says in phase 2 of IKEv1.
type Selector struct {
	Kind     SelectorKind
	Type     uint8 // traffic selector type, or identification type; of a range not used
	Protocol uint8 // IP protocol, 0: any
	// StartPort and EndPort: 0 and 65535 for any, 65535 and 0 for opaque. For ICMP the type is in the high byte, the code in the
	// low one.
	StartPort, EndPort uint16
	From, To           netip.Addr // of a range
	Data               []byte     // of the other kinds
}

const anyEndPort = 0xffff

// Host is the selector of a host with all its traffic.
func Host(a netip.Addr) Selector { return Selector{From: a, To: a, EndPort: anyEndPort} }

// Network is the selector of a network with all its traffic.
func Network(p netip.Prefix) Selector {
	p = p.Masked()
	return Selector{From: p.Addr(), To: lastAddr(p), EndPort: anyEndPort}
}

// IsRange reports whether the selector is a range of addresses, as all but a few are.
func (s Selector) IsRange() bool { return s.Kind == SelectorRange && s.From.IsValid() }

// AnyPort reports whether all ports are meant.
func (s Selector) AnyPort() bool { return s.StartPort == 0 && s.EndPort == anyEndPort }

// OpaquePort reports whether packets are meant whose ports cannot be seen, such as fragments.
func (s Selector) OpaquePort() bool { return s.StartPort == anyEndPort && s.EndPort == 0 }

// Prefix is the range of addresses as a prefix; false where it is none.
func (s Selector) Prefix() (netip.Prefix, bool) {
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

// Equal reports whether both mean the same traffic, however they are written: 10.1.0.0/24 and 10.1.0.0-10.1.0.255.
func (s Selector) Equal(o Selector) bool {
	return s.Kind == o.Kind && s.From == o.From && s.To == o.To && s.Protocol == o.Protocol && s.StartPort == o.StartPort &&
		s.EndPort == o.EndPort && (s.Kind == SelectorRange || s.Type == o.Type) && bytes.Equal(s.Data, o.Data)
}

// A SelectorKey is a selector as a key of maps: two are the same if their selectors are Equal.
type SelectorKey struct {
	kind       SelectorKind
	typ        uint8
	protocol   uint8
	start, end uint16
	from, to   netip.Addr
	data       string
}

// Key is the selector as a key of maps.
func (s Selector) Key() SelectorKey {
	k := SelectorKey{s.Kind, s.Type, s.Protocol, s.StartPort, s.EndPort, s.From, s.To, string(s.Data)}
	if s.Kind == SelectorRange {
		k.typ = 0
	}
	return k
}

// Covers reports whether all that o means is meant by s, too.
func (s Selector) Covers(o Selector) bool {
	if !s.IsRange() || !o.IsRange() {
		return s.Equal(o)
	}
	return s.From.BitLen() == o.From.BitLen() && s.From.Compare(o.From) <= 0 && o.To.Compare(s.To) <= 0 &&
		(s.Protocol == 0 || s.Protocol == o.Protocol) && s.coversPorts(o)
}

func (s Selector) coversPorts(o Selector) bool {
	switch {
	case s.AnyPort():
		return true
	case s.OpaquePort() || o.OpaquePort():
		return s.OpaquePort() && o.OpaquePort()
	}
	return s.StartPort <= o.StartPort && o.EndPort <= s.EndPort
}

// Contains reports whether an address is in the range.
func (s Selector) Contains(a netip.Addr) bool {
	return s.IsRange() && a.BitLen() == s.From.BitLen() && s.From.Compare(a) <= 0 && a.Compare(s.To) <= 0
}

// Common is what both have of addresses, with all protocols and ports; false for nothing.
func (s Selector) Common(o Selector) (Selector, bool) {
	if !s.IsRange() || !o.IsRange() || s.From.BitLen() != o.From.BitLen() {
		return Selector{}, false
	}
	c := Selector{From: s.From, To: s.To, EndPort: anyEndPort}
	if o.From.Compare(c.From) > 0 {
		c.From = o.From
	}
	if o.To.Compare(c.To) < 0 {
		c.To = o.To
	}
	return c, c.From.Compare(c.To) <= 0
}

// Addrs is the range of addresses: "10.1.0.0/24", "10.1.0.1", "10.1.0.1-10.1.0.9"; of the other kinds the identity, or what they are
// and their data.
func (s Selector) Addrs() string {
	switch s.Kind {
	case SelectorIdentity:
		return Identity{Version: V1, Type: IDType(s.Type), Data: s.Data}.Value()
	case SelectorLabel:
		return "label " + TextOrHex(s.Data)
	case SelectorOther:
		return strings.TrimSpace(TSType(s.Type).String() + " " + Hex(s.Data))
	case SelectorDynamic:
		return "dynamic"
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
func (s Selector) String() string {
	if s.Kind == SelectorLabel || s.Kind == SelectorOther {
		return s.Addrs()
	}
	ports := s.ports()
	switch {
	case s.Protocol == 0 && ports == "":
		return s.Addrs()
	case s.Protocol == 0:
		return s.Addrs() + " port " + ports
	case ports == "":
		return s.Addrs() + " " + IPProtocolName(s.Protocol)
	}
	return s.Addrs() + " " + IPProtocolName(s.Protocol) + "/" + ports
}

// ports is the range of ports, "" for any.
func (s Selector) ports() string {
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

// TSType is a traffic selector type of IKEv2 (RFC 7296, section 3.13.1).
type TSType uint8

// Traffic selector types.
const (
	TSIPv4Range TSType = 7
	TSIPv6Range TSType = 8
	TSFCRange   TSType = 9  // Fibre Channel (RFC 4595)
	TSSecLabel  TSType = 10 // security label (RFC 9478)
)

var tsTypeNames = map[TSType]string{
	TSIPv4Range: "TS_IPV4_ADDR_RANGE", TSIPv6Range: "TS_IPV6_ADDR_RANGE", TSFCRange: "TS_FC_ADDR_RANGE", TSSecLabel: "TS_SECLABEL",
}

// String is the type's name, such as "TS_IPV4_ADDR_RANGE", or "traffic selector type 99".
func (t TSType) String() string { return NameOf(tsTypeNames, t, "traffic selector type") }

// Selectors are the selectors of one peer, any of which may match.
type Selectors []Selector

// A SelectorsKey is a list of selectors as a key of maps: two are the same if their lists are Equal one by one. The zero value stands for
// an empty list.
type SelectorsKey struct {
	number int
	last   SelectorKey
	before any // the SelectorsKey of all but the last
}

// Key is the list as a key of maps.
func (s Selectors) Key() (k SelectorsKey) {
	for i, x := range s {
		k = SelectorsKey{i + 1, x.Key(), k}
	}
	return k
}

// Equal reports whether both mean the same traffic, in whatever order.
func (s Selectors) Equal(o Selectors) bool { return s.Covers(o) && o.Covers(s) }

// Covers reports whether each of o is covered by one of s. A range that only several of s cover together is not found out.
func (s Selectors) Covers(o Selectors) bool {
	return !slices.ContainsFunc(o, func(x Selector) bool {
		return !slices.ContainsFunc(s, func(y Selector) bool { return y.Covers(x) })
	})
}

// Common are the addresses that both lists have, each range once.
func (s Selectors) Common(o Selectors) (list Selectors) {
	for _, x := range s {
		for _, y := range o {
			if c, ok := x.Common(y); ok && !slices.ContainsFunc(list, c.Equal) {
				list = append(list, c)
			}
		}
	}
	return list
}

// String lists the selectors: "10.1.0.0/24, 10.3.0.1 udp/1701".
func (s Selectors) String() string {
	parts := make([]string, 0, len(s))
	for _, x := range s {
		parts = append(parts, x.String())
	}
	return strings.Join(parts, ", ")
}
