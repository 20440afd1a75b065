// Package alg holds the tables of algorithms, one row an algorithm, and the primitives that Go's library lacks. A row
// has the numbers of each space that negotiates it, the names by which programs print it, and constructors.
package alg

import (
	"crypto/cipher"
	"hash"
)

// A Cipher is one encryption algorithm.
type Cipher struct {
	Name       string // as reports print it: "AES-CBC", "3DES-CBC", "AES-GCM-16", "NULL"
	KeyLog     string // in the key log: "aes-cbc", "3des-cbc", "aes-gcm-16", "null"
	IKEv2      uint16 // IANA transform ID, 0: none
	Phase1     uint16 // IKEv1 phase 1 attribute value
	ESP        uint8  // IKEv1 ESP transform ID (RFC 2407, section 4.4.4)
	XFRM       string // Linux: "cbc(aes)", "rfc4106(gcm(aes))"
	Setkey     []string
	StrongSwan string
	Wireshark  string // esp_sa column 5; "" where Wireshark can't express it
	TCPDump    string // -E name; %d style by key length is up to the row
	KeyBits    []int  // allowed lengths without salt; the first is the default where no key length is negotiated
	SaltLen    int    // bytes of KEYMAT after the key
	IVLen      int    // explicit IV in the packet
	ICVLen     int    // of an AEAD; 0 for the rest
	BlockLen   int    // alignment; 1 for stream modes, 4 at least in ESP
	AEAD       bool
	// NewBlock makes the block cipher of a CBC row (also what phase 1 uses); nil for the rest.
	NewBlock func(key []byte) (cipher.Block, error)
	// NewAEAD makes the AEAD of a combined-mode row, its nonce salt|IV; nil for the rest.
	NewAEAD func(key []byte) (cipher.AEAD, error)
}

// A MAC is one integrity algorithm of ESP and AH.
type MAC struct {
	Name       string // "HMAC-SHA1-96"
	KeyLog     string // "hmac-sha1-96"
	IKEv2      uint16
	AuthAttr   uint16 // IKEv1 phase 2 Authentication Algorithm attribute value
	AH         uint8  // IKEv1 AH transform ID
	XFRM       string // "hmac(sha1)"
	Setkey     []string
	StrongSwan string
	Wireshark  string
	KeyLen     int
	ICVLen     int
	New        func(key []byte) hash.Hash
}

// A Hash is a hash algorithm of IKEv1's phase 1; the PRF is its HMAC unless another is negotiated.
type Hash struct {
	Name string
	ID   uint16 // phase 1 hash attribute value
	New  func() hash.Hash
}

// A PRF is a pseudo-random function keyed by key.
type PRF struct {
	Name  string
	IKEv2 uint16
	Size  int
	Sum   func(key []byte, parts ...[]byte) []byte
}

// A Group is a Diffie-Hellman group.
type Group struct {
	Name      string
	ID        uint16
	PublicLen int // bytes of the public value in a KE payload
	SharedLen int // bytes of g^xy, leading zeros kept
	// Public computes the public value of a private one (any length, big-endian; little-endian for the X curves).
	Public func(private []byte) ([]byte, error)
	// Shared computes g^xy from one side's private value and the other's public value.
	Shared func(private, peer []byte) ([]byte, error)
}

// Known names every IANA number, support or not.
func CipherByPhase1(id uint16) *Cipher         { panic("sketch") } // nil where not supported
func CipherByESP(id uint8) *Cipher             { panic("sketch") }
func MACByAuthAttr(id uint16) *MAC             { panic("sketch") }
func HashByID(id uint16) *Hash                 { panic("sketch") }
func GroupByID(id uint16) *Group               { panic("sketch") }
func HMAC(h *Hash) PRF                         { panic("sketch") }
func ModPGroup(prime, generator []byte) *Group { panic("sketch") } // New Group Mode
func Ciphers() []*Cipher                       { panic("sketch") }
func MACs() []*MAC                             { panic("sketch") }
func Hashes() []*Hash                          { panic("sketch") }
func Groups() []*Group                         { panic("sketch") }
