package alg

import (
	"crypto/aes"
	"crypto/cipher"
	"hash"
)

// cbcMAC is AES-CMAC (RFC 4493) and AES-XCBC-MAC (RFC 3566), which differ only in where their keys come from: the last block
// gets k2 if it is whole and k3 with a padding of 10... if it is not.
type cbcMAC struct {
	k1     cipher.Block
	k2, k3 [16]byte
	x      [16]byte // chaining value
	buf    [16]byte // the last block is held back until it is known to be the last
	n      int
}

func (m *cbcMAC) Size() int      { return 16 }
func (m *cbcMAC) BlockSize() int { return 16 }
func (m *cbcMAC) Reset()         { m.x, m.n = [16]byte{}, 0 }

func (m *cbcMAC) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if m.n == 16 {
			xor16(&m.x, &m.buf)
			m.k1.Encrypt(m.x[:], m.x[:])
			m.n = 0
		}
		c := copy(m.buf[m.n:], p)
		m.n, p = m.n+c, p[c:]
	}
	return total, nil
}

func (m *cbcMAC) Sum(b []byte) []byte {
	saved := m.x
	if m.n == 16 {
		xor16(&m.x, &m.k2)
	} else {
		m.buf[m.n] = 0x80
		clear(m.buf[m.n+1:])
		xor16(&m.x, &m.k3)
	}
	xor16(&m.x, &m.buf)
	m.k1.Encrypt(m.x[:], m.x[:])
	b = append(b, m.x[:]...)
	m.x = saved // Sum does not change the state; what lies past buf[:n] is not part of it
	return b
}

func xor16(dst, src *[16]byte) {
	for i := range dst {
		dst[i] ^= src[i]
	}
}

// newXCBC is AES-XCBC-MAC with a key of 16 bytes (RFC 3566, section 4): K1, K2 and K3 are the encryptions of 01.., 02.., 03...
func newXCBC(key []byte) hash.Hash {
	b := aes128(key)
	k := func(fill byte) (k [16]byte) {
		for i := range k {
			k[i] = fill
		}
		b.Encrypt(k[:], k[:])
		return k
	}
	k1 := k(1)
	return &cbcMAC{k1: aes128(k1[:]), k2: k(2), k3: k(3)}
}

// newCMAC is AES-CMAC with a key of 16 bytes (RFC 4493, section 2.3): K1 and K2 are the encryption of 0 doubled and doubled
// again.
func newCMAC(key []byte) hash.Hash {
	m := &cbcMAC{k1: aes128(key)}
	m.k1.Encrypt(m.k2[:], m.k2[:])
	m.k2 = double(m.k2)
	m.k3 = double(m.k2)
	return m
}

// double multiplies by x in GF(2^128) as CMAC writes it: the first bit of the first byte is the highest.
func double(b [16]byte) [16]byte {
	carry := b[0] >> 7
	for i := range 15 {
		b[i] = b[i]<<1 | b[i+1]>>7
	}
	b[15] = b[15]<<1 ^ carry*0x87
	return b
}

// aes128 fits a key to 16 bytes. A MAC's key has that length by its row; one that has not, from a damaged key file, gives a
// MAC that fits nothing rather than a panic.
func aes128(key []byte) cipher.Block {
	var k [16]byte
	copy(k[:], key)
	b, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // 16 bytes always do
	}
	return b
}

// aesXCBCPRF is AES-XCBC-PRF-128 (RFC 4434, section 2): a key shorter than 16 bytes is padded with zeros, a longer one is
// hashed with XCBC under a key of zeros.
var aesXCBCPRF = PRF{Name: "AES-XCBC-128", IKEv2: 4, Size: 16, Sum: func(key []byte, parts ...[]byte) []byte {
	return sum128(newXCBC, key, parts)
}}

// aesCMACPRF is AES-CMAC-PRF-128 (RFC 4615, section 3). Unlike XCBC's, every key that is not 16 bytes long is hashed.
var aesCMACPRF = PRF{Name: "AES-CMAC-128", IKEv2: 8, Size: 16, Sum: func(key []byte, parts ...[]byte) []byte {
	if len(key) < 16 {
		key = sum128(newCMAC, make([]byte, 16), [][]byte{key})
	}
	return sum128(newCMAC, key, parts)
}}

func sum128(mac func([]byte) hash.Hash, key []byte, parts [][]byte) []byte {
	if len(key) > 16 {
		key = sum128(mac, make([]byte, 16), [][]byte{key})
	}
	m := mac(key)
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}
