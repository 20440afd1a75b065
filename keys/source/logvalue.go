package source

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// Values as the logs of daemons print them.

// hostPort reads an address with a port behind it in any of the ways of logs: "192.0.2.1:500", "192.0.2.1[500]", "[2001:db8::1]:500",
// "2001:db8::1[500]", "192.0.2.1". A colon behind an IPv6 address without brackets belongs to the address.
func hostPort(s string) netip.AddrPort {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(a.Addr().WithZone(""), a.Port())
	}
	addr, port := s, "0"
	if i := strings.IndexByte(s, '['); i > 0 && strings.HasSuffix(s, "]") {
		addr, port = s[:i], s[i+1:len(s)-1]
	}
	return addrPort(strings.Trim(addr, "[]"), port)
}

func addrPort(addr, port string) netip.AddrPort {
	a, _ := netip.ParseAddr(addr)
	n, _ := strconv.ParseUint(port, 10, 16)
	if !a.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.WithZone(""), uint16(n))
}

// spi64 reads an SPI of IKE in hex digits, with or without blanks.
func spi64(digits string) (spi ike.SPI) {
	digits = strings.ReplaceAll(strings.TrimPrefix(digits, "0x"), " ", "")
	if len(digits) != 2*len(spi) {
		return spi
	}
	for i := range spi {
		spi[i] = byte(upperNibble(digits[2*i])<<4 | upperNibble(digits[2*i+1]))
	}
	return spi
}

// hex32 reads hex digits, with or without blanks.
func hex32(s string) uint32 {
	n, _ := strconv.ParseUint(strings.ReplaceAll(s, " ", ""), 16, 32)
	return uint32(n)
}

func decimal32(s string) uint32 {
	n, _ := strconv.ParseUint(s, 10, 32)
	return uint32(n)
}

func identity(s string) *ike.Identity {
	id := ike.ParseIdentity(s)
	return &id
}

// Exchange types of which no daemon's name is looked up (RFC 7296, section 3.1).
const (
	typeSAInit  = 34
	typeIKEAuth = 35
	typeChild   = 36 // CREATE_CHILD_SA
)

// versionOf is the version of IKE that an exchange type belongs to.
func versionOf(exchange uint8) ike.Version {
	if exchange < typeSAInit {
		return ike.V1
	}
	return ike.V2
}

// childSPIs reads the SPIs of ESP or AH, in hex digits.
func childSPIs(digits ...string) (list []ike.ChildSPI) {
	for _, d := range digits {
		list = append(list, ike.ChildSPI(hex32(d)))
	}
	return list
}

// trafficOf is between the networks of both sides; nil where one of them was not read.
func trafficOf(local, remote ike.Selectors) *logs.Traffic {
	if local == nil || remote == nil {
		return nil
	}
	return &logs.Traffic{Local: local, Remote: remote}
}

// networkOf reads "10.2.0.0/24"; nil where it is none.
func networkOf(s string) ike.Selectors {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil
	}
	return ike.Selectors{ike.Network(p)}
}

// rangeOf reads a network by its first and its last address; nil where it is none.
func rangeOf(first, last string) ike.Selectors {
	from, err1 := netip.ParseAddr(first)
	to, err2 := netip.ParseAddr(last)
	if err1 != nil || err2 != nil {
		return nil
	}
	return ike.Selectors{{From: from, To: to, EndPort: 0xffff}}
}

// maskOf reads a network by its address and mask; nil where it is none.
func maskOf(addr, mask string) ike.Selectors {
	a, err1 := netip.ParseAddr(addr)
	m, err2 := netip.ParseAddr(mask)
	if err1 != nil || err2 != nil || a.BitLen() != m.BitLen() {
		return nil
	}
	return networkOf(ike.Subnet(a, m))
}
