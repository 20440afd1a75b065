package alg

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"sync"
)

// sm4 is the block cipher of GB/T 32907-2016.
type sm4 struct {
	rk [32]uint32
}

// newSM4 takes a key of 16 bytes.
func newSM4(key []byte) (cipher.Block, error) {
	if len(key) != 16 {
		return nil, fmt.Errorf("SM4 with a key of %d bytes: %w", len(key), ErrKeyLength)
	}
	var k [4]uint32
	for i, fk := range [4]uint32{0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc} {
		k[i] = binary.BigEndian.Uint32(key[4*i:]) ^ fk
	}
	c, t := new(sm4), sm4Tables()
	for i := range c.rk {
		var ck uint32
		for j := range 4 {
			ck = ck<<8 | uint32(4*i+j)*7&0xff
		}
		b := t.substitute(k[1] ^ k[2] ^ k[3] ^ ck)
		c.rk[i] = k[0] ^ b ^ bits.RotateLeft32(b, 13) ^ bits.RotateLeft32(b, 23)
		k = [4]uint32{k[1], k[2], k[3], c.rk[i]}
	}
	return c, nil
}

func (c *sm4) BlockSize() int { return 16 }

// Encrypt and Decrypt panic with a short slice, as the library's ciphers do.
func (c *sm4) Encrypt(dst, src []byte) { c.crypt(dst, src, 0, 1) }
func (c *sm4) Decrypt(dst, src []byte) { c.crypt(dst, src, 31, -1) }

func (c *sm4) crypt(dst, src []byte, first, step int) {
	_, _ = src[15], dst[15]
	be := binary.BigEndian
	x0, x1, x2, x3 := be.Uint32(src), be.Uint32(src[4:]), be.Uint32(src[8:]), be.Uint32(src[12:])
	t := sm4Tables()
	for i := first; i >= 0 && i < 32; i += step {
		x0, x1, x2, x3 = x1, x2, x3, x0^t.mix(x1^x2^x3^c.rk[i])
	}
	be.PutUint32(dst, x3)
	be.PutUint32(dst[4:], x2)
	be.PutUint32(dst[8:], x1)
	be.PutUint32(dst[12:], x0)
}

// sm4Box is the S-box, and the S-box with the linear transformation L after it.
type sm4Box struct {
	s [256]byte
	l [256]uint32 // of a byte in the highest place
}

func (t *sm4Box) substitute(x uint32) uint32 {
	return uint32(t.s[x>>24])<<24 | uint32(t.s[x>>16&0xff])<<16 | uint32(t.s[x>>8&0xff])<<8 | uint32(t.s[x&0xff])
}

func (t *sm4Box) mix(x uint32) uint32 {
	return t.l[x>>24] ^ bits.RotateLeft32(t.l[x>>16&0xff], -8) ^ bits.RotateLeft32(t.l[x>>8&0xff], -16) ^ bits.RotateLeft32(t.l[x&0xff], -24)
}

var sm4Tables = sync.OnceValue(func() *sm4Box {
	var t sm4Box
	if _, err := hex.Decode(t.s[:], []byte(sm4Hex)); err != nil {
		panic(err) // a constant
	}
	for i, s := range t.s {
		b := uint32(s) << 24
		t.l[i] = b ^ bits.RotateLeft32(b, 2) ^ bits.RotateLeft32(b, 10) ^ bits.RotateLeft32(b, 18) ^ bits.RotateLeft32(b, 24)
	}
	return &t
})

// sm4Hex is the S-box, section 6.2 (a).
const sm4Hex = "" +
	"d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa441326498606999c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6" +
	"4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d351e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e" +
	"eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e31df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51" +
	"8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b08969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"
