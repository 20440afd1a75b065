package alg

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha512"
	"hash"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	//lint:ignore SA1019 RFC 2857 asks for it
	"golang.org/x/crypto/ripemd160"
)

// A MAC is one integrity algorithm of ESP and AH.
type MAC struct {
	Name       string   // as reports print it: "HMAC-SHA1-96"
	KeyLog     string   // in the key log: "hmac-sha1-96"
	IKEv2      uint16   // IANA transform ID, 0: none
	AuthAttr   uint16   // IKEv1 phase 2 Authentication Algorithm attribute value (RFC 2407, section 4.5), 0: none
	AH         uint8    // IKEv1 AH transform ID (RFC 2407, section 4.4.3), 0: none
	XFRM       string   // Linux: "hmac(sha1)"; rows that differ in truncation share it
	XFRMShort  string   // its older name: "sha1"
	Setkey     []string // the first is what every setkey takes
	StrongSwan string
	Libreswan  string
	// Wireshark is column 7 of esp_sa. WiresharkChecked is false where Wireshark can only step over the ICV; "" where it
	// can't do that either.
	Wireshark        string
	WiresharkChecked bool
	WiresharkIKEv2   string // column 8 of ikev2_decryption_table
	KeyLen           int    // bytes of KEYMAT
	ICVLen           int    // bytes in the packet: the front of the output
	IVLen            int    // bytes of IV before the ICV; what New makes is then an IVSetter
	// New makes the MAC under a key. It is not safe for concurrent use; Reset makes it ready for the next packet.
	New func(key []byte) hash.Hash
	// NewHMACKey sets up the key of an HMAC that the processor has instructions for; nil for most rows, and it gives nil on most
	// processors.
	NewHMACKey func(key []byte) *HMACKey
}

// An IVSetter is a MAC that needs another IV for each packet: AES-GMAC.
type IVSetter interface {
	hash.Hash
	// SetIV sets the IV, as long as the row says, for the Sum to come.
	SetIV(iv []byte)
}

const (
	any64  = "ANY 64 bit authentication [no checking]"
	any96  = "ANY 96 bit authentication [no checking]"
	any128 = "ANY 128 bit authentication [no checking]"
	any192 = "ANY 192 bit authentication [no checking]"
	any256 = "ANY 256 bit authentication [no checking]"
)

// Where rows share a number or a name, the first one is what it means by default.
var macs = []*MAC{
	{Name: "NONE", KeyLog: "none", XFRM: "digest_null", Setkey: []string{"null"}, StrongSwan: "NONE", Libreswan: "NONE",
		Wireshark: "NULL", WiresharkChecked: true, WiresharkIKEv2: "NONE [RFC4306]",
		New: func([]byte) hash.Hash { return noMAC{} }},
	{Name: "HMAC-MD5-96", KeyLog: "hmac-md5-96", IKEv2: 1, AuthAttr: 1, AH: 2,
		XFRM: "hmac(md5)", XFRMShort: "md5", Setkey: []string{"hmac-md5"}, StrongSwan: "HMAC_MD5_96", Libreswan: "HMAC_MD5_96",
		Wireshark: "HMAC-MD5-96 [RFC2403]", WiresharkChecked: true, WiresharkIKEv2: "HMAC_MD5_96 [RFC2403]",
		KeyLen: 16, ICVLen: 12, New: hmacOf(md5.New)},
	{Name: "HMAC-SHA1-96", KeyLog: "hmac-sha1-96", IKEv2: 2, AuthAttr: 2, AH: 3,
		XFRM: "hmac(sha1)", XFRMShort: "sha1", Setkey: []string{"hmac-sha1"}, StrongSwan: "HMAC_SHA1_96", Libreswan: "HMAC_SHA1_96",
		Wireshark: "HMAC-SHA-1-96 [RFC2404]", WiresharkChecked: true, WiresharkIKEv2: "HMAC_SHA1_96 [RFC2404]",
		KeyLen: 20, ICVLen: 12, New: hmacSHA1, NewHMACKey: hmacKeySHA1},
	{Name: "HMAC-SHA2-256-128", KeyLog: "hmac-sha2-256-128", IKEv2: 12, AuthAttr: 5, AH: 5,
		XFRM: "hmac(sha256)", XFRMShort: "sha256", Setkey: []string{"hmac-sha2-256", "hmac-sha256"}, StrongSwan: "HMAC_SHA2_256_128", Libreswan: "HMAC_SHA2_256_128",
		Wireshark: "HMAC-SHA-256-128 [RFC4868]", WiresharkChecked: true, WiresharkIKEv2: "HMAC_SHA2_256_128 [RFC4868]",
		KeyLen: 32, ICVLen: 16, New: hmacSHA256, NewHMACKey: hmacKeySHA256},
	// The truncation of draft-ietf-ipsec-ciph-sha-256-00, which old Linux kernels and some phones send under the numbers of
	// the row above.
	{Name: "HMAC-SHA2-256-96", KeyLog: "hmac-sha2-256-96", IKEv2: 1026, // strongSwan's private number
		XFRM: "hmac(sha256)", XFRMShort: "sha256", StrongSwan: "HMAC_SHA2_256_96", Libreswan: "HMAC_SHA2_256_TRUNCBUG",
		Wireshark: "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", WiresharkChecked: true, WiresharkIKEv2: "HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]",
		KeyLen: 32, ICVLen: 12, New: hmacSHA256, NewHMACKey: hmacKeySHA256},
	{Name: "HMAC-SHA2-384-192", KeyLog: "hmac-sha2-384-192", IKEv2: 13, AuthAttr: 6, AH: 6,
		XFRM: "hmac(sha384)", XFRMShort: "sha384", Setkey: []string{"hmac-sha2-384", "hmac-sha384"}, StrongSwan: "HMAC_SHA2_384_192", Libreswan: "HMAC_SHA2_384_192",
		Wireshark: "HMAC-SHA-384-192 [RFC4868]", WiresharkChecked: true, WiresharkIKEv2: "HMAC_SHA2_384_192 [RFC4868]",
		KeyLen: 48, ICVLen: 24, New: hmacOf(sha512.New384)},
	{Name: "HMAC-SHA2-512-256", KeyLog: "hmac-sha2-512-256", IKEv2: 14, AuthAttr: 7, AH: 7,
		XFRM: "hmac(sha512)", XFRMShort: "sha512", Setkey: []string{"hmac-sha2-512", "hmac-sha512"}, StrongSwan: "HMAC_SHA2_512_256", Libreswan: "HMAC_SHA2_512_256",
		Wireshark: "HMAC-SHA-512-256 [RFC4868]", WiresharkChecked: true, WiresharkIKEv2: "HMAC_SHA2_512_256 [RFC4868]",
		KeyLen: 64, ICVLen: 32, New: hmacOf(sha512.New)},
	{Name: "HMAC-RIPEMD-160-96", KeyLog: "hmac-ripemd-160-96", AuthAttr: 8, AH: 8,
		XFRM: "hmac(rmd160)", XFRMShort: "rmd160", Setkey: []string{"hmac-ripemd160"},
		Wireshark: "MAC-RIPEMD-160-96 [RFC2857]", WiresharkChecked: true,
		KeyLen: 20, ICVLen: 12, New: hmacOf(ripemd160.New)},
	{Name: "AES-XCBC-96", KeyLog: "aes-xcbc-96", IKEv2: 5, AuthAttr: 9, AH: 9,
		XFRM: "xcbc(aes)", Setkey: []string{"aes-xcbc-mac"}, StrongSwan: "AES_XCBC_96", Libreswan: "AES_XCBC_96",
		Wireshark: any96, WiresharkIKEv2: "ANY 96-bits of Authentication [No Checking]",
		KeyLen: 16, ICVLen: 12, New: newXCBC},
	{Name: "AES-CMAC-96", KeyLog: "aes-cmac-96", IKEv2: 8,
		XFRM: "cmac(aes)", StrongSwan: "AES_CMAC_96", Libreswan: "AES_CMAC_96",
		Wireshark: any96, WiresharkIKEv2: "ANY 96-bits of Authentication [No Checking]",
		KeyLen: 16, ICVLen: 12, New: newCMAC},
	{Name: "HMAC-MD5-128", KeyLog: "hmac-md5-128", IKEv2: 6,
		XFRM: "hmac(md5)", XFRMShort: "md5", StrongSwan: "HMAC_MD5_128",
		Wireshark: any128, WiresharkIKEv2: "HMAC_MD5_128 [RFC4595]",
		KeyLen: 16, ICVLen: 16, New: hmacOf(md5.New)},
	{Name: "HMAC-SHA1-160", KeyLog: "hmac-sha1-160", IKEv2: 7,
		XFRM: "hmac(sha1)", XFRMShort: "sha1", StrongSwan: "HMAC_SHA1_160",
		WiresharkIKEv2: "HMAC_SHA1_160 [RFC4595]",
		KeyLen:         20, ICVLen: 20, New: hmacSHA1, NewHMACKey: hmacKeySHA1},
	// Private numbers of strongSwan, which offers them to its like, and to others with accept_private_algs.
	{Name: "HMAC-SHA1-128", KeyLog: "hmac-sha1-128", IKEv2: 1025,
		XFRM: "hmac(sha1)", XFRMShort: "sha1", StrongSwan: "HMAC_SHA1_128",
		Wireshark: any128, WiresharkIKEv2: "ANY 128-bits of Authentication [No Checking]",
		KeyLen: 20, ICVLen: 16, New: hmacSHA1, NewHMACKey: hmacKeySHA1},
	{Name: "HMAC-SHA2-256-256", KeyLog: "hmac-sha2-256-256", IKEv2: 1027,
		XFRM: "hmac(sha256)", XFRMShort: "sha256", StrongSwan: "HMAC_SHA2_256_256",
		Wireshark: any256, WiresharkIKEv2: "ANY 256-bits of Authentication [No Checking]",
		KeyLen: 32, ICVLen: 32, New: hmacSHA256, NewHMACKey: hmacKeySHA256},
	{Name: "HMAC-SHA2-384-384", KeyLog: "hmac-sha2-384-384", IKEv2: 1028,
		XFRM: "hmac(sha384)", XFRMShort: "sha384", StrongSwan: "HMAC_SHA2_384_384",
		KeyLen: 48, ICVLen: 48, New: hmacOf(sha512.New384)},
	{Name: "HMAC-SHA2-512-512", KeyLog: "hmac-sha2-512-512", IKEv2: 1029,
		XFRM: "hmac(sha512)", XFRMShort: "sha512", StrongSwan: "HMAC_SHA2_512_512",
		KeyLen: 64, ICVLen: 64, New: hmacOf(sha512.New)},
	// The kernel of Linux leaves it whole where it is not told otherwise; network cards and others cut it.
	{Name: "HMAC-SM3", KeyLog: "hmac-sm3", AuthAttr: 20, // as GM/T 0022 numbers the hash
		XFRM: "hmac(sm3)", XFRMShort: "sm3",
		Wireshark: any256,
		KeyLen:    32, ICVLen: 32, New: hmacOf(sm3.New)},
	// Of AH alone: in ESP it is the cipher NULL-AES-GMAC. The salt is at the end of the key (RFC 4543, sections 4 and 5.4).
	{Name: "AES-128-GMAC", KeyLog: "aes-128-gmac", IKEv2: 9, AuthAttr: 11, AH: 11,
		StrongSwan: "AES_128_GMAC",
		KeyLen:     20, ICVLen: 16, IVLen: 8, New: gmacOf(16)},
	{Name: "AES-192-GMAC", KeyLog: "aes-192-gmac", IKEv2: 10, AuthAttr: 12, AH: 12,
		StrongSwan: "AES_192_GMAC",
		KeyLen:     28, ICVLen: 16, IVLen: 8, New: gmacOf(24)},
	{Name: "AES-256-GMAC", KeyLog: "aes-256-gmac", IKEv2: 11, AuthAttr: 13, AH: 13,
		StrongSwan: "AES_256_GMAC",
		KeyLen:     36, ICVLen: 16, IVLen: 8, New: gmacOf(32)},
}

func hmacOf(h func() hash.Hash) func([]byte) hash.Hash {
	return func(key []byte) hash.Hash { return hmac.New(h, key) }
}

// TakesKey reports whether a key of n bytes may be one of m: HMAC takes any length (RFC 2104, section 3), and so do kernels, whatever
// IKE would make it; the modes of AES have one.
func (m *MAC) TakesKey(n int) bool {
	return n == m.KeyLen || n > 0 && strings.HasPrefix(m.KeyLog, "hmac-")
}

// MACs lists the supported integrity algorithms.
func MACs() []*MAC { return slices.Clone(macs) }

// Null reports whether the row stands for no integrity protection.
func (m *MAC) Null() bool { return m.ICVLen == 0 }

// noMAC is the MAC of no output.
type noMAC struct{}

func (noMAC) Write(p []byte) (int, error) { return len(p), nil }
func (noMAC) Sum(b []byte) []byte         { return b }
func (noMAC) Reset()                      {}
func (noMAC) Size() int                   { return 0 }
func (noMAC) BlockSize() int              { return 1 }

// WiresharkAnyMAC is the esp_sa string that steps over an ICV of so many bytes without checking it; "" where there is none.
func WiresharkAnyMAC(icvLen int) string {
	return map[int]string{0: "NULL", 8: any64, 12: any96, 16: any128, 24: any192, 32: any256}[icvLen]
}

// ICVLenByWiresharkAny is the inverse of WiresharkAnyMAC for the strings without checking.
func ICVLenByWiresharkAny(name string) (int, bool) {
	n, ok := map[string]int{any64: 8, any96: 12, any128: 16, any192: 24, any256: 32}[name]
	return n, ok
}
