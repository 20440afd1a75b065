package esp

import (
	"fmt"
	"hash/maphash"
	"net/netip"

	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// Protocol is the IP protocol of an SA: ESP 50, AH 51, IPComp 108.
type Protocol uint8

// The protocols that an SA can be of.
const (
	ESP    Protocol = ip.ProtoESP
	AH     Protocol = ip.ProtoAH
	IPComp Protocol = ip.ProtoIPComp
)

// String names p as reports do; an unknown one shows its number.
func (p Protocol) String() string {
	switch p {
	case ESP:
		return "ESP"
	case AH:
		return "AH"
	case IPComp:
		return "IPComp"
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// IPComp transform identifiers (RFC 2407, section 4.4.5; RFC 7296, section 3.3.2).
const (
	CompressOUI     = 1
	CompressDeflate = 2
	CompressLZS     = 3
	CompressLZJH    = 4
)

// Params are what one SA was negotiated with, or what a key source says of it.
//
// A key source may list a million: fields stand in an order that leaves no gaps, and what few SAs have is behind a pointer.
type Params struct {
	Src, Dst  netip.Addr // invalid: any; a preference only, since NAT may sit between the source and the capture
	Cipher    *alg.Cipher
	CipherKey []byte   // with salt, but for NoSalt
	MAC       *alg.MAC // nil: none (or AEAD)
	MACKey    []byte
	Inner     *Inner // of BEET; nil: not known
	TCP       *Ports // of the TCP connection that it goes in (RFC 9329), from Src to Dst; nil: none, or not known
	ICVLen    int    // bytes; 0: the MAC's own; else the truncation the source names
	SaltFrame int    // the frame that gave the salt, and proves it, where the source left it out; 0: it did not
	Source    Source // who says so
	SPI       uint32 // the CPI for IPComp
	SeqHigh   uint32 // with ESN: the high half of the first number that was seen, for who decrypts the same packets
	Protocol  Protocol
	IPCompAlg uint8 // 2 deflate, 3 LZS; 0: not known, taken as deflate
	AnySPI    bool  // the source names no SPI: Wireshark rows with '*', tcpdump -E without SPI@address
	NoCheck   bool  // ICV is there (ICVLen) but its key is not known (tcpdump -E, Wireshark's ANY n bit)
	ESN       bool  // extended sequence numbers (RFC 4303, section 2.2.1)
	Tunnel    bool
	Transport bool // none of the three: not known
	BEET      bool // bound end-to-end tunnel: on the wire as transport mode, but for other addresses inside
	UDP       bool
	NoSalt    bool // the source leaves out the salt that belongs to CipherKey: see SaltFinder
	SaltTried bool // with NoSalt: packets of the SA refute every salt, so that the key is wrong
	Kernel    bool // the source is a kernel's table: packets with an ICV of another length are dropped
	Derived   bool // the keys come from one key schedule: the ICV proves the encryption key, too
	Supposed  bool // what the keys were derived from may be no key at all: until a packet proves them it is as if there were none
}

// Inner are the addresses inside a BEET SA. An invalid one is not known.
type Inner struct{ Src, Dst netip.Addr }

// Ports are those of a TCP connection.
type Ports struct{ Src, Dst uint16 }

// A Source is where an SA was found: a line of a file, or what it was derived from.
type Source struct {
	Name string // of the file, "gwa.log", or all that there is to say: "Quick Mode 0xca5490c3"
	Line int    // 0: none
}

// String is "gwa.log:723", or the name alone.
func (s Source) String() string {
	if s.Line == 0 {
		return s.Name
	}
	return fmt.Sprintf("%s:%d", s.Name, s.Line)
}

// SetCipher sets the encryption algorithm, which may be nil, and its key, and notes where that is without its salt.
func (p *Params) SetCipher(c *alg.Cipher, key []byte) {
	p.Cipher, p.CipherKey, p.NoSalt = c, key, c != nil && c.LacksSalt(key)
}

// KeyBits is the length of the encryption key without its salt.
func (p *Params) KeyBits() int {
	n := len(p.CipherKey)
	if !p.NoSalt {
		n -= p.Cipher.SaltLen
	}
	return 8 * n
}

// String names the SA and its algorithms, never its keys.
func (p Params) String() string {
	s := fmt.Sprintf("%v %s>%s", p.Protocol, addrName(p.Src), addrName(p.Dst))
	if p.AnySPI {
		s += ":any"
	} else {
		s += fmt.Sprintf(":0x%08x", p.SPI)
	}
	if p.Cipher != nil {
		s += " " + p.Cipher.Name
	}
	if p.MAC != nil {
		s += " " + p.MAC.Name
	}
	return s
}

// GoString is String, so that %#v prints no keys either.
func (p Params) GoString() string { return p.String() }

func addrName(a netip.Addr) string {
	if !a.IsValid() {
		return "any"
	}
	return a.String()
}

// normal brings p to the form that the table compares and indexes: wildcards as such, mapped addresses as IPv4, an empty
// MAC or cipher as none. It is p itself where that has it.
func (p *Params) normal() *Params {
	if p.isNormal() {
		return p
	}
	q := *p
	p = &q
	p.Src, p.Dst = normalAddr(p.Src), normalAddr(p.Dst)
	if p.Inner != nil {
		p.Inner = &Inner{normalAddr(p.Inner.Src), normalAddr(p.Inner.Dst)}
	}
	if p.SPI == 0 && p.Protocol != IPComp {
		p.AnySPI = true // 0 is never on the wire (RFC 4303, section 2.1)
	}
	if p.AnySPI {
		p.SPI = 0
	}
	if p.MAC != nil && p.MAC.Null() {
		p.MAC, p.MACKey = nil, nil
	}
	return p
}

func (p *Params) isNormal() bool {
	switch {
	case p.Src != normalAddr(p.Src), p.Dst != normalAddr(p.Dst), p.Inner != nil, p.MAC != nil && p.MAC.Null():
		return false
	case p.AnySPI:
		return p.SPI == 0
	}
	return p.SPI != 0 || p.Protocol == IPComp
}

var anyIPv4 = netip.IPv4Unspecified()

// normalAddr makes the unspecified address a wildcard and unmaps an IPv4-mapped one.
func normalAddr(a netip.Addr) netip.Addr {
	if a.Is4() && a != anyIPv4 {
		return a
	}
	a = a.Unmap().WithZone("")
	if a.IsValid() && a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}

// sum hashes what SAs that are the same agree on, the addresses aside, which may be wildcards.
func (p *Params) sum(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, struct {
		proto    Protocol
		spi      uint32
		cipher   *alg.Cipher
		mac      *alg.MAC
		icv      int
		noCheck  bool
		esn      bool
		compress uint8
	}{p.Protocol, p.SPI, p.Cipher, p.MAC, p.ICVLen, p.NoCheck, p.ESN, p.IPCompAlg})
	h.Write(p.CipherKey)
	h.Write(p.MACKey)
	return h.Sum64()
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }
