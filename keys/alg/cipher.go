package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"fmt"
	"slices"
	"strings"

	//lint:ignore SA1019 old gateways use it
	"golang.org/x/crypto/blowfish"
	"golang.org/x/crypto/chacha20poly1305"

	//lint:ignore SA1019 old gateways use it
	"golang.org/x/crypto/twofish"
)

// A Cipher is one encryption algorithm, in each number space that negotiates it and by each name that prints it.
type Cipher struct {
	Name       string   // as reports print it: "AES-CBC", "3DES-CBC", "AES-GCM-16", "NULL"
	KeyLog     string   // in the key log: "aes-cbc", "3des-cbc", "aes-gcm-16", "null"
	IKEv2      uint16   // IANA transform ID, 0: none
	Phase1     uint16   // IKEv1 phase 1 attribute value (RFC 2409, appendix A), 0: none
	ESP        uint8    // IKEv1 ESP transform ID (RFC 2407, section 4.4.4), 0: none
	XFRM       string   // Linux: "cbc(aes)"; rows that differ in ICV length share it
	XFRMShort  string   // its older name: "aes"
	Setkey     []string // the first is for writing
	StrongSwan string
	Libreswan  string
	Wireshark  string // column 5 of esp_sa; "" where Wireshark can't express it
	// WiresharkIKEv2 is column 5 of ikev2_decryption_table, with %d for the key bits where they are part of it.
	WiresharkIKEv2 string
	// TCPDump is the -E name, with %d for the key bits; "" where tcpdump can't decrypt it. tcpdump takes "-cbc" off and asks
	// OpenSSL for the rest, so "aes128-cbc" works where "aes-128-cbc", the name in full, does not (tcpdump 4.99).
	TCPDump    string
	ToolBits   []int // the key lengths that Wireshark's esp_sa and tcpdump take, where they do not take all
	KeyBits    []int // allowed lengths without salt; the first is the default where no key length is negotiated
	Phase1Bits int   // default in phase 1 where it differs from KeyBits[0]
	SaltLen    int   // bytes of KEYMAT after the key
	IVLen      int   // explicit IV in the packet; 0 with NewAEAD: the sequence number is the IV (RFC 8750)
	ICVLen     int   // of an AEAD; 0 for the rest
	BlockLen   int   // alignment; 1 for stream modes, 4 at least in ESP
	AEAD       bool
	// NewBlock makes the block cipher of a CBC row (also what phase 1 uses); nil for the rest.
	NewBlock func(key []byte) (cipher.Block, error)
	// NewWide makes a faster decrypter of a CBC row; it gives nil where the processor cannot do it. Nil for most rows.
	NewWide func(key []byte) (Decrypter, error)
	// NewStream makes the decrypter of a row that is neither CBC nor AEAD, its key with the salt; nil for the rest.
	NewStream func(key []byte) (Decrypter, error)
	// NewAEAD makes the AEAD of a combined-mode row, its nonce salt|IV; nil for the rest. Its key is without the salt. The
	// AEAD is safe for concurrent use.
	NewAEAD func(key []byte) (cipher.AEAD, error)
	// NewUnchecked makes the decrypter of a combined-mode row that leaves the ICV alone, for packets that lack it; nil for the
	// rest. Its key is with the salt, its IV has 8 bytes also where it is not sent.
	NewUnchecked func(key []byte) (Decrypter, error)
	// ComputeSalt computes, and proves, the salt of a key without it from one packet; nil for rows whose packets do not allow that.
	ComputeSalt func(key []byte, p Sealed) (salt []byte, ok bool)
	// NewSaltScan makes what goes through all salts of a key without it, for the rows that have a salt and no ComputeSalt.
	NewSaltScan func(key []byte, q SaltQuery) (saltScan, error)
}

var (
	aesBits      = []int{128, 192, 256}
	blowfishBits = upTo(448, 128) // RFC 2451, section 2.2: 40 to 448, default 128
)

// upTo lists every whole number of bytes from 40 to most bits, the default first.
func upTo(most, def int) []int {
	bits := []int{def}
	for b := 40; b <= most; b += 8 {
		if b != def {
			bits = append(bits, b)
		}
	}
	return bits
}

var ciphers = []*Cipher{
	{Name: "NULL", KeyLog: "null", IKEv2: 11, ESP: 11,
		XFRM: "ecb(cipher_null)", XFRMShort: "cipher_null", Setkey: []string{"null"}, StrongSwan: "NULL", Libreswan: "NULL",
		Wireshark: "NULL", WiresharkIKEv2: "NULL [RFC2410]",
		KeyBits: []int{0}, BlockLen: 1, NewStream: newNull},
	{Name: "DES-CBC", KeyLog: "des-cbc", IKEv2: 2, Phase1: 1, ESP: 2,
		XFRM: "cbc(des)", XFRMShort: "des", Setkey: []string{"des-cbc"}, StrongSwan: "DES_CBC", Libreswan: "DES_CBC",
		Wireshark: "DES-CBC [RFC2405]", TCPDump: "des-cbc",
		KeyBits: []int{64}, IVLen: 8, BlockLen: 8, NewBlock: des.NewCipher},
	{Name: "3DES-CBC", KeyLog: "3des-cbc", IKEv2: 3, Phase1: 5, ESP: 3,
		XFRM: "cbc(des3_ede)", XFRMShort: "des3_ede", Setkey: []string{"3des-cbc"}, StrongSwan: "3DES_CBC", Libreswan: "3DES_CBC",
		Wireshark: "TripleDES-CBC [RFC2451]", WiresharkIKEv2: "3DES [RFC2451]", TCPDump: "3des-cbc",
		KeyBits: []int{192}, IVLen: 8, BlockLen: 8, NewBlock: des.NewTripleDESCipher},
	{Name: "AES-CBC", KeyLog: "aes-cbc", IKEv2: 12, Phase1: 7, ESP: 12,
		XFRM: "cbc(aes)", XFRMShort: "aes", Setkey: []string{"aes-cbc", "rijndael-cbc"}, StrongSwan: "AES_CBC", Libreswan: "AES_CBC",
		Wireshark: "AES-CBC [RFC3602]", WiresharkIKEv2: "AES-CBC-%d [RFC3602]", TCPDump: "aes%d-cbc",
		KeyBits: aesBits, IVLen: 16, BlockLen: 16, NewBlock: aes.NewCipher, NewWide: newWideCBC},
	{Name: "Blowfish-CBC", KeyLog: "blowfish-cbc", IKEv2: 7, Phase1: 3, ESP: 7,
		XFRM: "cbc(blowfish)", XFRMShort: "blowfish", Setkey: []string{"blowfish-cbc"}, StrongSwan: "BLOWFISH_CBC", Libreswan: "BLOWFISH_CBC",
		Wireshark: "BLOWFISH-CBC [RFC2451]", TCPDump: "blowfish-cbc",
		KeyBits: blowfishBits, Phase1Bits: 448, ToolBits: []int{128}, IVLen: 8, BlockLen: 8, NewBlock: func(k []byte) (cipher.Block, error) { return blowfish.NewCipher(k) }},
	{Name: "CAST-128-CBC", KeyLog: "cast-128-cbc", IKEv2: 6, Phase1: 6, ESP: 6,
		XFRM: "cbc(cast5)", XFRMShort: "cast5", Setkey: []string{"cast128-cbc"}, StrongSwan: "CAST_CBC", Libreswan: "CAST_CBC",
		Wireshark: "CAST5-CBC [RFC2144]", TCPDump: "cast-cbc",
		KeyBits: upTo(128, 128), ToolBits: []int{128}, IVLen: 8, BlockLen: 8, NewBlock: newCAST},
	{Name: "Camellia-CBC", KeyLog: "camellia-cbc", IKEv2: 23, Phase1: 8, ESP: 22,
		XFRM: "cbc(camellia)", XFRMShort: "camellia", Setkey: []string{"camellia-cbc"}, StrongSwan: "CAMELLIA_CBC", Libreswan: "CAMELLIA_CBC",
		TCPDump: "camellia%d-cbc",
		KeyBits: aesBits, IVLen: 16, BlockLen: 16, NewBlock: newCamellia},
	{Name: "Twofish-CBC", KeyLog: "twofish-cbc", IKEv2: 1027, Phase1: 65005, ESP: 253, // numbers of the private range, as FreeS/WAN and its heirs use them
		XFRM: "cbc(twofish)", XFRMShort: "twofish", Setkey: []string{"twofish-cbc"}, StrongSwan: "TWOFISH_CBC", Libreswan: "TWOFISH_CBC",
		Wireshark: "TWOFISH-CBC",
		KeyBits:   aesBits, ToolBits: []int{128, 256}, IVLen: 16, BlockLen: 16, NewBlock: func(k []byte) (cipher.Block, error) { return twofish.NewCipher(k) }},
	{Name: "Serpent-CBC", KeyLog: "serpent-cbc", IKEv2: 1026, Phase1: 65004, ESP: 252, // the same
		XFRM: "cbc(serpent)", XFRMShort: "serpent", StrongSwan: "SERPENT_CBC", Libreswan: "SERPENT_CBC",
		KeyBits: aesBits, IVLen: 16, BlockLen: 16, NewBlock: newSerpent},
	{Name: "SEED-CBC", KeyLog: "seed-cbc", ESP: 21,
		TCPDump: "seed-cbc",
		KeyBits: []int{128}, IVLen: 16, BlockLen: 16, NewBlock: newSEED},
	{Name: "SM4-CBC", KeyLog: "sm4-cbc", Phase1: 129, ESP: 129, // GM/T 0022, not IANA's
		XFRM: "cbc(sm4)", XFRMShort: "sm4", TCPDump: "sm4-cbc",
		KeyBits: []int{128}, IVLen: 16, BlockLen: 16, NewBlock: newSM4},
	{Name: "AES-CTR", KeyLog: "aes-ctr", IKEv2: 13, ESP: 13,
		XFRM: "rfc3686(ctr(aes))", Setkey: []string{"aes-ctr"}, StrongSwan: "AES_CTR", Libreswan: "AES_CTR",
		Wireshark: "AES-CTR [RFC3686]", WiresharkIKEv2: "AES-CTR-%d [RFC5930]",
		KeyBits: aesBits, SaltLen: 4, IVLen: 8, BlockLen: 1, NewStream: newAESCTR, NewSaltScan: ctrScan},
	{Name: "Camellia-CTR", KeyLog: "camellia-ctr", IKEv2: 24,
		StrongSwan: "CAMELLIA_CTR", Libreswan: "CAMELLIA_CTR",
		KeyBits: aesBits, SaltLen: 4, IVLen: 8, BlockLen: 1, NewStream: newCamelliaCTR, NewSaltScan: camelliaCTRScan},
	{Name: "Camellia-CCM-8", KeyLog: "camellia-ccm-8", IKEv2: 25,
		StrongSwan: "CAMELLIA_CCM_8", Libreswan: "CAMELLIA_CCM_8",
		KeyBits: aesBits, SaltLen: 3, IVLen: 8, ICVLen: 8, BlockLen: 1, AEAD: true, NewAEAD: newCamelliaCCM8, NewUnchecked: newCamelliaCCMUnchecked, NewSaltScan: camelliaCCMScan(8)},
	{Name: "Camellia-CCM-12", KeyLog: "camellia-ccm-12", IKEv2: 26,
		StrongSwan: "CAMELLIA_CCM_12", Libreswan: "CAMELLIA_CCM_12",
		KeyBits: aesBits, SaltLen: 3, IVLen: 8, ICVLen: 12, BlockLen: 1, AEAD: true, NewAEAD: newCamelliaCCM12, NewUnchecked: newCamelliaCCMUnchecked, NewSaltScan: camelliaCCMScan(12)},
	{Name: "Camellia-CCM-16", KeyLog: "camellia-ccm-16", IKEv2: 27,
		StrongSwan: "CAMELLIA_CCM_16", Libreswan: "CAMELLIA_CCM_16",
		KeyBits: aesBits, SaltLen: 3, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newCamelliaCCM16, NewUnchecked: newCamelliaCCMUnchecked, NewSaltScan: camelliaCCMScan(16)},
	{Name: "AES-CCM-8", KeyLog: "aes-ccm-8", IKEv2: 14, ESP: 14,
		XFRM: "rfc4309(ccm(aes))", StrongSwan: "AES_CCM_8", Libreswan: "AES_CCM_8",
		WiresharkIKEv2: "AES-CCM-%d with 8 octet ICV [RFC5282]",
		KeyBits:        aesBits, SaltLen: 3, IVLen: 8, ICVLen: 8, BlockLen: 1, AEAD: true, NewAEAD: newCCM8, NewUnchecked: newCCMUnchecked, NewSaltScan: ccmScan(8)},
	{Name: "AES-CCM-12", KeyLog: "aes-ccm-12", IKEv2: 15, ESP: 15,
		XFRM: "rfc4309(ccm(aes))", StrongSwan: "AES_CCM_12", Libreswan: "AES_CCM_12",
		WiresharkIKEv2: "AES-CCM-%d with 12 octet ICV [RFC5282]",
		KeyBits:        aesBits, SaltLen: 3, IVLen: 8, ICVLen: 12, BlockLen: 1, AEAD: true, NewAEAD: newCCM12, NewUnchecked: newCCMUnchecked, NewSaltScan: ccmScan(12)},
	{Name: "AES-CCM-16", KeyLog: "aes-ccm-16", IKEv2: 16, ESP: 16,
		XFRM: "rfc4309(ccm(aes))", StrongSwan: "AES_CCM_16", Libreswan: "AES_CCM_16",
		WiresharkIKEv2: "AES-CCM-%d with 16 octet ICV [RFC5282]",
		KeyBits:        aesBits, SaltLen: 3, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newCCM16, NewUnchecked: newCCMUnchecked, NewSaltScan: ccmScan(16)},
	{Name: "AES-GCM-8", KeyLog: "aes-gcm-8", IKEv2: 18, ESP: 18,
		XFRM: "rfc4106(gcm(aes))", StrongSwan: "AES_GCM_8", Libreswan: "AES_GCM_8",
		Wireshark: "AES-GCM with 8 octet ICV [RFC4106]", WiresharkIKEv2: "AES-GCM-%d with 8 octet ICV [RFC5282]",
		KeyBits: aesBits, SaltLen: 4, IVLen: 8, ICVLen: 8, BlockLen: 1, AEAD: true, NewAEAD: newGCM8, NewUnchecked: newGCMUnchecked, NewSaltScan: gcmScan(8)},
	{Name: "AES-GCM-12", KeyLog: "aes-gcm-12", IKEv2: 19, ESP: 19,
		XFRM: "rfc4106(gcm(aes))", StrongSwan: "AES_GCM_12", Libreswan: "AES_GCM_12",
		Wireshark: "AES-GCM with 12 octet ICV [RFC4106]", WiresharkIKEv2: "AES-GCM-%d with 12 octet ICV [RFC5282]",
		KeyBits: aesBits, SaltLen: 4, IVLen: 8, ICVLen: 12, BlockLen: 1, AEAD: true, NewAEAD: newGCM12, NewUnchecked: newGCMUnchecked, NewSaltScan: gcmScan(12)},
	{Name: "AES-GCM-16", KeyLog: "aes-gcm-16", IKEv2: 20, ESP: 20,
		XFRM: "rfc4106(gcm(aes))", Setkey: []string{"aes-gcm-16"}, StrongSwan: "AES_GCM_16", Libreswan: "AES_GCM_16",
		Wireshark: "AES-GCM with 16 octet ICV [RFC4106]", WiresharkIKEv2: "AES-GCM-%d with 16 octet ICV [RFC5282]",
		KeyBits: aesBits, SaltLen: 4, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newGCM16, NewUnchecked: newGCMUnchecked, ComputeSalt: gcmSalt},
	{Name: "NULL-AES-GMAC", KeyLog: "null-aes-gmac", IKEv2: 21, ESP: 23,
		XFRM: "rfc4543(gcm(aes))", StrongSwan: "NULL_AES_GMAC", Libreswan: "NULL_AUTH_AES_GMAC",
		KeyBits: aesBits, SaltLen: 4, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newGMAC, NewUnchecked: newGMACUnchecked, ComputeSalt: gmacSalt},
	// RFC 8998 has the modes; no number of IKE is theirs.
	{Name: "SM4-GCM-16", KeyLog: "sm4-gcm-16",
		XFRM:    "rfc4106(gcm(sm4))",
		KeyBits: []int{128}, SaltLen: 4, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newSM4GCM, NewUnchecked: newSM4GCMUnchecked, ComputeSalt: sm4GCMSalt},
	{Name: "SM4-CCM-16", KeyLog: "sm4-ccm-16",
		XFRM:    "rfc4309(ccm(sm4))",
		KeyBits: []int{128}, SaltLen: 3, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newSM4CCM, NewUnchecked: newSM4CCMUnchecked, NewSaltScan: sm4CCMScan(16)},
	{Name: "ChaCha20-Poly1305", KeyLog: "chacha20-poly1305", IKEv2: 28,
		XFRM: "rfc7539esp(chacha20,poly1305)", Setkey: []string{"chacha20-poly1305"}, StrongSwan: "CHACHA20_POLY1305", Libreswan: "CHACHA20_POLY1305",
		Wireshark: "ChaCha20 with Poly1305 [RFC7634]",
		KeyBits:   []int{256}, SaltLen: 4, IVLen: 8, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: chacha20poly1305.New, NewUnchecked: newChaChaUnchecked, NewSaltScan: newChaChaScan},
	// RFC 8750: the IV is not sent, it is the sequence number.
	{Name: "AES-CCM-8-IIV", KeyLog: "aes-ccm-8-iiv", IKEv2: 29,
		KeyBits: aesBits, SaltLen: 3, ICVLen: 8, BlockLen: 1, AEAD: true, NewAEAD: newCCM8, NewUnchecked: newCCMUnchecked, NewSaltScan: ccmScan(8)},
	{Name: "AES-GCM-16-IIV", KeyLog: "aes-gcm-16-iiv", IKEv2: 30,
		Wireshark: "AES-GCM with IIV and 16 octet ICV [RFC4106 & RFC8750]",
		KeyBits:   aesBits, SaltLen: 4, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: newGCM16, NewUnchecked: newGCMUnchecked, ComputeSalt: gcmSalt},
	{Name: "ChaCha20-Poly1305-IIV", KeyLog: "chacha20-poly1305-iiv", IKEv2: 31,
		Wireshark: "ChaCha20 with Poly1305 and IIV [RFC7634 & RFC8750]",
		KeyBits:   []int{256}, SaltLen: 4, ICVLen: 16, BlockLen: 1, AEAD: true, NewAEAD: chacha20poly1305.New, NewUnchecked: newChaChaUnchecked, NewSaltScan: newChaChaScan},
}

// Ciphers lists the supported encryption algorithms.
func Ciphers() []*Cipher { return slices.Clone(ciphers) }

// Null reports whether the row leaves the payload readable: NULL, and NULL with AES-GMAC.
func (c *Cipher) Null() bool { return strings.HasPrefix(c.Name, "NULL") }

// NewDecrypter makes the decrypter of a row that is not an AEAD, from key | salt as KEYMAT has them.
func (c *Cipher) NewDecrypter(key []byte) (Decrypter, error) {
	switch {
	case c.NewStream != nil:
		return c.NewStream(key)
	case c.NewWide != nil:
		if d, err := c.NewWide(key); d != nil || err != nil {
			return d, err
		}
		fallthrough
	case c.NewBlock != nil:
		b, err := c.NewBlock(key)
		if err != nil {
			return nil, err
		}
		return NewCBC(b), nil
	}
	return nil, fmt.Errorf("%s is a combined mode", c.Name)
}

// fixed reports whether the key has one length only, so that a key length attribute says nothing.
func (c *Cipher) fixed() bool { return len(c.KeyBits) == 1 }

// CipherKeyLen is the length of a cipher's ESP key in bytes, salt excluded, where bits is the negotiated Key Length attribute
// or 0. A cipher with one length only ignores the attribute, as gateways do that send 192 with 3DES.
func CipherKeyLen(c *Cipher, bits uint16) (int, error) {
	return c.keyLen(bits, c.KeyBits[0])
}

// Phase1KeyLen is the length of Ka in bytes for a negotiated Key Length attribute or 0 (RFC 2409, appendix B: Blowfish then
// has 56 bytes).
func Phase1KeyLen(c *Cipher, bits uint16) (int, error) {
	if c.Phase1Bits != 0 {
		return c.keyLen(bits, c.Phase1Bits)
	}
	return c.keyLen(bits, c.KeyBits[0])
}

func (c *Cipher) keyLen(bits uint16, def int) (int, error) {
	if bits == 0 || c.fixed() {
		return def / 8, nil
	}
	if !slices.Contains(c.KeyBits, int(bits)) {
		return 0, fmt.Errorf("%s with a key of %d bits: %w", c.Name, bits, ErrKeyLength)
	}
	return int(bits) / 8, nil
}

// KeyBitsOf is the key length in bits of a KEYMAT key (salt included), or an error where the cipher has no such length.
func (c *Cipher) KeyBitsOf(key []byte) (int, error) {
	bits := (len(key) - c.SaltLen) * 8
	if !slices.Contains(c.KeyBits, bits) {
		return 0, fmt.Errorf("%s with a key of %d bytes: %w", c.Name, len(key), ErrKeyLength)
	}
	return bits, nil
}

// TCPDumpName is the -E name for a key length in bits, salt excluded; "" where tcpdump can't decrypt that.
func (c *Cipher) TCPDumpName(bits int) string {
	if !c.inTools(bits) {
		return ""
	}
	return withBits(c.TCPDump, bits)
}

// WiresharkName is the esp_sa string for a key length in bits, salt excluded; "" where Wireshark can't decrypt that.
func (c *Cipher) WiresharkName(bits int) string {
	if !c.inTools(bits) {
		return ""
	}
	return c.Wireshark
}

func (c *Cipher) inTools(bits int) bool {
	return len(c.ToolBits) == 0 || slices.Contains(c.ToolBits, bits)
}

// WiresharkIKEv2Name is the ikev2_decryption_table string for a key length in bits, salt excluded; "" where there is none.
func (c *Cipher) WiresharkIKEv2Name(bits int) string { return withBits(c.WiresharkIKEv2, bits) }

func withBits(format string, bits int) string {
	if strings.Contains(format, "%d") {
		return fmt.Sprintf(format, bits)
	}
	return format
}
