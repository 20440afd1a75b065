package keys

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// TestRFC7634 is the sample of RFC 7634, appendix B: an INFORMATIONAL request under ChaCha20-Poly1305.
func TestRFC7634(t *testing.T) {
	key := unhex(t, `808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3`)
	message := unhex(t, `c0c1c2c3c4c5c6c7 d0d1d2d3d4d5d6d7 2e202500 00000009 00000045 29000029 1011121314151617
		6103 94701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2`)
	o, err := NewSKOpener(alg.CipherByIKEv2(28), nil, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.OpenSK(message)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "payloads", got.Payloads, unhex(t, "0000000c 00004001 0000000a"))
	if got.First != ikev2.PayloadNotify || len(got.Padding) != 0 || !got.Verified {
		t.Errorf("%+v", got)
	}
}

// A skSuite is a way to protect messages, by transform IDs, sealed with the library or with what other vectors have proved.
type skSuite struct{ encr, bits, integ uint16 }

var skSuites = func() []skSuite {
	var all []skSuite
	for _, c := range alg.Ciphers() {
		switch {
		case c.IKEv2 == 0, c.AEAD && c.IVLen == 0:
		case c.AEAD:
			all = append(all, skSuite{encr: c.IKEv2, bits: uint16(c.KeyBits[0])})
		default:
			all = append(all, skSuite{c.IKEv2, uint16(c.KeyBits[0]), 12})
		}
	}
	for _, m := range alg.MACs() {
		if m.IKEv2 != 0 && m.IVLen == 0 {
			all = append(all, skSuite{12, 256, m.IKEv2})
		}
	}
	return all
}()

func (s skSuite) String() string {
	name := alg.CipherByIKEv2(s.encr).Name
	if s.integ != 0 {
		name += " with " + alg.MACByIKEv2(s.integ).Name
	}
	return name
}

func (s skSuite) keys(t testing.TB) (encr, integ []byte) {
	t.Helper()
	l, err := IKEv2LengthsOf(alg.CipherByIKEv2(s.encr), s.bits, alg.MACByIKEv2(s.integ))
	if err != nil {
		t.Fatal(err)
	}
	k := SKEYSEED{ikev2PRF(t, 5), []byte(s.String())}.Keys(nil, nil, decode.SPI{1}, decode.SPI{2}, l)
	return k.EI, k.AI
}

func (s skSuite) opener(t testing.TB) *SKOpener {
	t.Helper()
	encr, integ := s.keys(t)
	o, err := NewSKOpener(alg.CipherByIKEv2(s.encr), alg.MACByIKEv2(s.integ), encr, integ)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// seal makes a message: a header, a Vendor ID in clear if there is one, and the SK payload (or SKF, where fragments is not 0).
func (s skSuite) seal(t testing.TB, vendor string, fragment, fragments uint16, payloads string, pad int) []byte {
	t.Helper()
	c, m := alg.CipherByIKEv2(s.encr), alg.MACByIKEv2(s.integ)
	encr, integ := s.keys(t)
	kind := ikev2.PayloadSK
	if fragments != 0 {
		kind = ikev2.PayloadSKF
	}
	h := decode.Header{Initiator: decode.SPI{1}, Responder: decode.SPI{2}, NextPayload: kind, Version: 0x20, Exchange: 35, MessageID: 7}
	var clear []byte
	if vendor != "" {
		h.NextPayload = ikev2.PayloadVendorID
		clear = append([]byte{byte(kind), 0, 0, byte(4 + len(vendor))}, vendor...)
	}
	plain := append(append([]byte(payloads), make([]byte, pad)...), byte(pad))
	icvLen := c.ICVLen
	if !c.AEAD {
		icvLen = m.ICVLen
	}
	generic := []byte{byte(ikev2.PayloadNotify), 0, 0, 0}
	if fragments != 0 {
		generic = binary.BigEndian.AppendUint16(generic, fragment)
		generic = binary.BigEndian.AppendUint16(generic, fragments)
	}
	iv := bytes.Repeat([]byte{0x5a}, c.IVLen)
	n := len(generic) + len(iv) + len(plain) + icvLen
	binary.BigEndian.PutUint16(generic[2:], uint16(n))
	h.Length = uint32(decode.HeaderLen + len(clear) + n)
	message := append(append(h.Append(nil), clear...), generic...)
	if c.AEAD {
		a, err := c.NewAEAD(encr[:len(encr)-c.SaltLen])
		if err != nil {
			t.Fatal(err)
		}
		nonce := append(bytes.Clone(encr[len(encr)-c.SaltLen:]), iv...)
		return append(append(bytes.Clone(message), iv...), a.Seal(nil, nonce, plain, message)...)
	}
	message = append(message, iv...)
	message = append(message, encrypt(t, c, encr, iv, plain)...)
	mac := m.New(integ)
	mac.Write(message)
	return append(message, mac.Sum(nil)[:m.ICVLen]...)
}

func encrypt(t testing.TB, c *alg.Cipher, key, iv, plain []byte) []byte {
	t.Helper()
	out := make([]byte, len(plain))
	if c.NewBlock == nil { // the others are their own inverse
		d, err := c.NewDecrypter(key)
		if err == nil {
			err = d.Decrypt(out, iv, plain)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	b, err := c.NewBlock(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, plain)
	return out
}

const inside = "\x00\x00\x00\x0c\x00\x00\x40\x01\x00\x00\x00\x0a" // N(SET_WINDOW_SIZE)

// TestSuites opens what each suite of IKEv2 sealed, whole and as a fragment, and finds every bit that was turned over.
func TestSuites(t *testing.T) {
	for _, s := range skSuites {
		t.Run(s.String(), func(t *testing.T) {
			o := s.opener(t)
			for _, vendor := range []string{"", "vendor"} {
				for fragment := range uint16(3) {
					what := fmt.Sprintf("vendor %q, fragment %d", vendor, fragment)
					message := s.seal(t, vendor, fragment, 2*min(fragment, 1), inside, 3)
					checkOpened(t, what, o, message)
				}
			}
		})
	}
}

func checkOpened(t *testing.T, what string, o *SKOpener, message []byte) {
	t.Helper()
	sk, err := FindSK(message)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	before := bytes.Clone(message)
	got, err := o.Open(sk)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	equal(t, what, got.Payloads, []byte(inside))
	if got.First != ikev2.PayloadNotify || len(got.Padding) != 3 || !got.Verified {
		t.Errorf("%s: %+v", what, got)
	}
	equal(t, what+": message", message, before)
	bad := bytes.Clone(message)
	for i := range bad {
		if i == sk.typeAt || i >= sk.Offset+2 && i < sk.body || i >= decode.HeaderLen && i < sk.Offset {
			continue // then it is another payload, or none
		}
		bad[i] ^= 0x10
		if _, err := o.OpenSK(bad); !errors.Is(err, ErrICV) {
			t.Errorf("%s: byte %d damaged: %v", what, i, err)
		}
		bad[i] ^= 0x10
	}
	for n := range message {
		if _, err := o.OpenSK(message[:n]); !errors.Is(err, decode.ErrTruncated) {
			t.Errorf("%s: cut to %d of %d bytes: %v", what, n, len(message), err)
		}
	}
	if _, err := o.OpenSK(append(bytes.Clone(message), "after it"...)); err != nil {
		t.Errorf("%s: with bytes after it: %v", what, err)
	}
}

// TestSealedWithAnother says ErrICV for another SA's keys.
func TestSealedWithAnother(t *testing.T) {
	for _, s := range skSuites {
		encr, integ := s.keys(t)
		if len(integ) > 0 {
			integ[0] ^= 0x80
		} else {
			encr[0] ^= 0x80
		}
		o, err := NewSKOpener(alg.CipherByIKEv2(s.encr), alg.MACByIKEv2(s.integ), encr, integ)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.OpenSK(s.seal(t, "", 0, 0, inside, 3)); !errors.Is(err, ErrICV) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// TestWithoutIntegrityKey is SK_ei alone: the message opens, and what came out is said not to be verified.
func TestWithoutIntegrityKey(t *testing.T) {
	s := skSuite{12, 128, 12}
	encr, _ := s.keys(t)
	o, err := NewSKOpener(alg.CipherByIKEv2(12), alg.MACByIKEv2(12), encr, nil)
	if err != nil {
		t.Fatal(err)
	}
	message := s.seal(t, "", 0, 0, inside, 3)
	message[len(message)-1] ^= 1
	got, err := o.OpenSK(message)
	if err != nil || got.Verified {
		t.Fatalf("verified %v, %v", got.Verified, err)
	}
	equal(t, "payloads", got.Payloads, []byte(inside))
	for n, last := 0, byte(0); n < 256; n, last = n+1, last+1 {
		message[28+4+16-1] = last // the IV decides what the first block, the only one, ends in
		got, err := o.OpenSK(message)
		pad := int(3 ^ 0x5a ^ last)
		if pad > 15 && !errors.Is(err, ErrPadding) || pad <= 15 && len(got.Padding) != pad {
			t.Errorf("padding of %d: %d, %v", pad, len(got.Padding), err)
		}
	}
}

func TestPadding(t *testing.T) {
	s := skSuite{13, 128, 2} // a stream mode: any length
	o := s.opener(t)
	for _, pad := range []int{0, 1, 12, 255} {
		got, err := o.OpenSK(s.seal(t, "", 0, 0, inside, pad))
		if err != nil || len(got.Padding) != pad || string(got.Payloads) != inside {
			t.Errorf("padding of %d: %v", pad, err)
		}
	}
	got, err := o.OpenSK(s.seal(t, "", 0, 0, "", 0))
	if err != nil || len(got.Payloads) != 0 {
		t.Errorf("nothing inside, as in an answer to a liveness check: %v", err)
	}
}

func TestNewSKOpenerErrors(t *testing.T) {
	for _, v := range []struct {
		what        string
		encr, integ uint16
		key, ikey   int
		want        error
	}{
		{"no integrity", 12, 0, 16, 0, ErrSKSuite},
		{"NULL alone", 11, 0, 0, 0, ErrSKSuite},
		{"GMAC of AH", 12, 9, 16, 20, ErrSKSuite},
		{"implicit IV", 30, 0, 20, 0, ErrSKSuite},
		{"AES with 15 bytes", 12, 12, 15, 32, alg.ErrKeyLength},
		{"GCM without its salt", 20, 0, 16, 0, alg.ErrKeyLength},
		{"GCM with nothing", 20, 0, 0, 0, alg.ErrKeyLength},
		{"HMAC with a short key", 12, 12, 16, 31, alg.ErrKeyLength},
	} {
		_, err := NewSKOpener(alg.CipherByIKEv2(v.encr), alg.MACByIKEv2(v.integ), make([]byte, v.key), make([]byte, v.ikey))
		if !errors.Is(err, v.want) {
			t.Errorf("%s: %v, want %v", v.what, err, v.want)
		}
	}
}

func TestFindSKErrors(t *testing.T) {
	s := skSuite{20, 128, 0}
	good := s.seal(t, "vendor", 2, 3, inside, 0)
	sk, err := FindSK(good)
	if err != nil || sk.Type != ikev2.PayloadSKF || sk.Offset != 38 || sk.Fragment != 2 || sk.Fragments != 3 {
		t.Fatalf("%+v, %v", sk, err)
	}
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	for _, v := range []struct {
		what    string
		message []byte
		want    error
	}{
		{"nothing", nil, decode.ErrTruncated},
		{"no payload", change(16, 0), ErrNoSK},
		{"none after the first", change(28, 0), ErrNoSK},
		{"payload of no length", change(30, 0, 0), decode.ErrLength},
		{"payload of 3 bytes", change(30, 0, 3), decode.ErrLength},
		{"payload beyond the end", change(30, 0xff, 0xff), decode.ErrTruncated},
		{"SKF without its numbers", change(40, 0, 7), decode.ErrTruncated},
		{"fragment 0", change(42, 0, 0), ErrFragment},
		{"fragment 4 of 3", change(42, 0, 4), ErrFragment},
		{"fragment 1 of 0", change(42, 0, 1, 0, 0), ErrFragment},
	} {
		if _, err := FindSK(v.message); !errors.Is(err, v.want) {
			t.Errorf("%s: %v, want %v", v.what, err, v.want)
		}
	}
	o := s.opener(t)
	for n := 8; n < 8+8+1+16; n++ { // generic header and numbers, IV, padding length, ICV
		short := change(40, byte(n>>8), byte(n))
		if _, err := o.OpenSK(short); !errors.Is(err, ErrSKLength) {
			t.Errorf("SKF of %d bytes: %v", n, err)
		}
	}
	cbc := skSuite{12, 128, 2}
	message := cbc.seal(t, "", 0, 0, inside, 3)
	binary.BigEndian.PutUint16(message[30:], uint16(len(message)-decode.HeaderLen-1))
	if _, err := cbc.opener(t).OpenSK(message); !errors.Is(err, ErrSKLength) {
		t.Errorf("part of a block: %v", err)
	}
}

// TestIntAuthA is RFC 9242, section 3.3.2: a fragment becomes the message it is a part of.
func TestIntAuthA(t *testing.T) {
	s := skSuite{20, 128, 0}
	for _, vendor := range []string{"", "vendor"} {
		for _, fragments := range []uint16{0, 2} {
			sk, err := FindSK(s.seal(t, vendor, min(fragments, 1), fragments, inside, 0))
			if err != nil {
				t.Fatal(err)
			}
			before := bytes.Clone(sk.message)
			whole := s.seal(t, vendor, 0, 0, inside, 0)
			want := bytes.Clone(whole[:sk.Offset+4])
			binary.BigEndian.PutUint32(want[24:], uint32(len(want)+300))
			binary.BigEndian.PutUint16(want[len(want)-2:], 304)
			equal(t, "A", IntAuthA(sk, 300), want)
			equal(t, "message", sk.message, before)
		}
	}
}

func FuzzOpenSK(f *testing.F) {
	var openers []*SKOpener
	for i, s := range skSuites {
		openers = append(openers, s.opener(f))
		f.Add(uint8(i), s.seal(f, "", 0, 0, inside, 3))
		f.Add(uint8(i), s.seal(f, "vendor", 1, 2, inside, 3))
	}
	encr, _ := skSuite{13, 128, 12}.keys(f)
	unchecked, err := NewSKOpener(alg.CipherByIKEv2(13), alg.MACByIKEv2(12), encr, nil)
	if err != nil {
		f.Fatal(err)
	}
	openers = append(openers, unchecked)
	f.Fuzz(func(t *testing.T, i uint8, message []byte) {
		sk, err := FindSK(message)
		if err != nil {
			return
		}
		before := bytes.Clone(message)
		IntAuthA(sk, 1<<20)
		got, err := openers[int(i)%len(openers)].Open(sk)
		if err == nil && len(got.Payloads)+len(got.Padding) >= len(message) {
			t.Errorf("%d bytes out of %d", len(got.Payloads)+len(got.Padding), len(message))
		}
		if !bytes.Equal(message, before) {
			t.Error("message changed")
		}
	})
}
