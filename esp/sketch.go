// Package esp opens ESP (RFC 4303), AH (RFC 4302) and IPComp (RFC 3173) packets: SA table, ICV check, decryption,
// padding, inner packet.
package esp

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// Protocol is the IP protocol of an SA: ESP 50, AH 51, IPComp 108.
type Protocol uint8

const (
	ESP    Protocol = 50
	AH     Protocol = 51
	IPComp Protocol = 108
)

// Params are what one SA was negotiated with, or what a key source says of it.
type Params struct {
	Protocol  Protocol
	Src, Dst  netip.Addr // invalid: any
	SPI       uint32     // the CPI for IPComp
	Cipher    *alg.Cipher
	CipherKey []byte   // with salt
	MAC       *alg.MAC // nil: none (or AEAD)
	MACKey    []byte
	ICVLen    int  // 0: the MAC's own; else the truncation the source names
	NoCheck   bool // ICV is there (ICVLen) but its key is not known (tcpdump -E, Wireshark's ANY n bit)
	ESN       bool
	Tunnel    bool
	Transport bool // neither: not known
	UDP       bool
	IPCompAlg uint8  // 2 deflate
	Source    string // who says so: "gwa.log:723", "Quick Mode 0xca5490c3"
}
