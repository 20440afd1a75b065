package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// renderHomePrefix renders MIP6_HOME_PREFIX: lifetime, prefix and its length (RFC 5026, section 8.1).
func renderHomePrefix(a Attribute) string {
	const size = 4 + 16 + 1
	if len(a.Value) != size {
		return ike.Hex(a.Value)
	}
	lifetime, addr := binary.BigEndian.Uint32(a.Value), wire.Addr(a.Value[4:20])
	return fmt.Sprintf("%v/%d %d s", addr, a.Value[20], lifetime)
}

// renderHomeAgent renders HOME_AGENT_ADDRESS: an IPv6 address and possibly an IPv4 one (3GPP TS 24.302, section 8.2.4.1).
func renderHomeAgent(a Attribute) string {
	const size = 16 + 4
	if len(a.Value) != size {
		return renderAddr(a)
	}
	return wire.Addr(a.Value[:16]).String() + " " + wire.Addr(a.Value[16:]).String()
}

// renderTrustAnchor renders INTERNAL_DNSSEC_TA in the form of a DS record: key tag, algorithm, digest type, digest
// (RFC 8598, section 4.2).
func renderTrustAnchor(a Attribute) string {
	const header = 4
	v := a.Value
	if len(v) < header {
		return ike.Hex(v)
	}
	return fmt.Sprintf("%d %d %d %x", binary.BigEndian.Uint16(v), v[2], v[3], v[header:])
}

// renderEncDNS renders a resolver of ENCDNS_IP4 or ENCDNS_IP6: priority, addresses, name and service parameters (RFC 9464,
// section 3.1).
func renderEncDNS(a Attribute) string {
	c := wire.NewCursor(a.Value)
	priority := c.Uint16("priority")
	count, nameLen := int(c.Uint8("addresses")), int(c.Uint8("name length"))
	size := 4
	if a.Type == ike.ConfigEncDNSIP6 {
		size = 16
	}
	var addrs []netip.Addr
	for i := 0; i < count && c.Err() == nil; i++ {
		addrs = append(addrs, wire.Addr(c.Take("address", size)))
	}
	name, ok := dnsName(c.Take("name", nameLen))
	params := c.Rest()
	if c.Err() != nil || !ok {
		return ike.Hex(a.Value)
	}
	var parts []string
	if name != "" {
		parts = append(parts, name)
	}
	for _, addr := range addrs {
		parts = append(parts, addr.String())
	}
	parts = append(parts, fmt.Sprintf("priority %d", priority))
	if len(params) > 0 {
		parts = append(parts, ike.Hex(params))
	}
	return strings.Join(parts, " ")
}

// dnsName is a name in DNS wire format without compression: "doh.example.org".
func dnsName(b []byte) (string, bool) {
	var labels []string
	for len(b) > 0 && b[0] != 0 {
		n := int(b[0])
		if n > 63 || n > len(b)-1 {
			return "", false
		}
		labels = append(labels, string(b[1:1+n]))
		b = b[1+n:]
	}
	if len(b) > 1 {
		return "", false
	}
	return ike.Printable(strings.Join(labels, ".")), true
}
