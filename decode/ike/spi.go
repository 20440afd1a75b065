package ike

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// An SPI identifies one side of an IKE SA: the cookie of IKEv1 (RFC 2408, section 3.1), the IKE SPI of IKEv2. 8 bytes in wire
// order.
type SPI [8]byte

// IsZero reports whether the SPI is all zeros, as the responder's is in the first message.
func (s SPI) IsZero() bool { return s == SPI{} }

// String is the SPI in hex: "6f1c02a47e91d350".
func (s SPI) String() string { return hex.EncodeToString(s[:]) }

// A ChildSPI identifies one direction of ESP or AH to its receiver, or of IPComp, where it is the CPI.
type ChildSPI uint32

// ParseChildSPI reads an SPI of ESP or AH, of 4 bytes, or a CPI, which some send in 4 bytes and others in 2; false for any other
// length.
func ParseChildSPI(b []byte) (ChildSPI, bool) {
	switch len(b) {
	case 2:
		return ChildSPI(binary.BigEndian.Uint16(b)), true
	case 4:
		return ChildSPI(binary.BigEndian.Uint32(b)), true
	}
	return 0, false
}

// String is the SPI in hex, as reports print it: "0xc0ffee01".
func (s ChildSPI) String() string { return fmt.Sprintf("0x%08x", uint32(s)) }

// A Protocol is what a proposal, a Notify or a Delete payload is about: RFC 2407, section 4.4.1; RFC 7296, section 3.3.1.
type Protocol uint8

// The protocols. IPComp has a number in IKEv1 alone.
const (
	NoProtocol Protocol = 0
	IKE        Protocol = 1 // ISAKMP, in IKEv1's terms
	AH         Protocol = 2
	ESP        Protocol = 3
	IPComp     Protocol = 4
)

var protocolNames = [3]map[Protocol]string{
	V1: {NoProtocol: "none", IKE: "ISAKMP", AH: "AH", ESP: "ESP", IPComp: "IPComp", 5: "GIGABEAM_RADIO"}, // RFC 4705
	// RFC 4595; RFC 9838
	V2: {NoProtocol: "none", IKE: "IKE", AH: "AH", ESP: "ESP", 4: "FC_ESP_HEADER", 5: "FC_CT_AUTHENTICATION", 6: "GIKE_UPDATE"},
}

// Name is the name that the protocol has in a version: "ISAKMP" or "IKE", "ESP", "protocol 9".
func (p Protocol) Name(v Version) string { return NameOf(protocolNames[min(v, V2)], p, "protocol") }
