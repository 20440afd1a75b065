package esp

import (
	"crypto/cipher"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// maxICV bounds the length of an ICV, in bytes.
const maxICV = 64

// A core is what decrypts the packets of an SA: its algorithms with their keys, looked at once. It is shared by an SA that
// names no SPI and those learned from it, and by all goroutines; what has state lives in the engine each Scratch makes.
type core struct {
	cipher  *alg.Cipher
	keySalt []byte // the key and its salt in a row, as KEYMAT has them
	mac     *alg.MAC
	macKey  []byte
	icvs    []int // lengths to try; the first is the SA's own. Cores share them
	ivLen   int
	block   int  // ciphertext is a whole number of these; 1 for stream and combined modes
	null    bool // NULL: the plaintext is there as it is
	check   bool // the ICV can be verified
	apart   bool // by a key that says nothing of the encryption key
	esn     bool
	ah      bool
	noSalt  bool // no packet can be tried: the key has no salt
	refuted bool // nor with any

	shared atomic.Pointer[engine] // for all goroutines, where it has no state; nil before the first packet
}

// lacks says why no packet can be tried.
func (c *core) lacks() error {
	switch {
	case c.refuted:
		return errNoSalt
	case c.noSalt:
		return ErrSalt
	}
	return nil
}

func (c *core) key() []byte { return c.keySalt[:len(c.keySalt)-c.cipher.SaltLen] }

func (c *core) salt() []byte { return c.keySalt[len(c.keySalt)-c.cipher.SaltLen:] }

// macIV is how many bytes of IV stand before the ICV: AES-GMAC.
func (c *core) macIV() int {
	if c.mac == nil {
		return 0
	}
	return c.mac.IVLen
}

// newCore checks p's algorithms and keys. An error is a fact and a sentinel for ParamError.
func newCore(p *Params) (*core, string, error) {
	c := &core{esn: p.ESN, block: 1, ah: p.Protocol == AH}
	if p.Protocol == ESP {
		if fact, err := c.setCipher(p); err != nil {
			return nil, fact, err
		}
	}
	if fact, err := c.setMAC(p); err != nil {
		return nil, fact, err
	}
	c.check = c.check && !c.noSalt
	return c, "", nil
}

func (c *core) setCipher(p *Params) (fact string, err error) {
	row := p.Cipher
	switch {
	case row == nil:
		return "no cipher", ErrUnsupported
	case isNull(row):
		if len(p.CipherKey) > 0 {
			return fmt.Sprintf("%s has no key, got %d bits", row.Name, 8*len(p.CipherKey)), ErrKeyLength
		}
		c.null = true
		return "", nil
	case row.NewAEAD == nil && row.NewBlock == nil && row.NewStream == nil:
		return row.Name + " is known, but not implemented", ErrUnsupported
	}
	keySalt := p.CipherKey
	if p.NoSalt {
		keySalt, c.noSalt, c.refuted = slices.Concat(keySalt, make([]byte, row.SaltLen)), true, p.SaltTried
	}
	n := len(keySalt) - row.SaltLen
	if n <= 0 || !slices.Contains(row.KeyBits, 8*n) {
		return keyFact(row, len(p.CipherKey)), ErrKeyLength
	}
	c.cipher, c.keySalt = row, keySalt
	c.ivLen = row.IVLen
	if row.NewBlock != nil {
		c.block = row.IVLen // a CBC mode's IV is one block
	}
	if !takesKey(c) {
		return row.Name + " does not take the key", ErrKeyLength
	}
	return "", nil
}

// A cipherKeyLen is a cipher and a length of its key.
type cipherKeyLen struct {
	row *alg.Cipher
	n   int
}

// taken are the lengths of keys, in bytes, that ciphers have turned out to take, or not (bool): what they take does not depend on
// more, and setting a key up to see costs too much to be done for each of a hundred thousand SAs.
var taken sync.Map

func takesKey(c *core) bool {
	k := cipherKeyLen{c.cipher, len(c.key())}
	if ok, known := taken.Load(k); known {
		return ok.(bool)
	}
	_, err := c.newEngine()
	taken.Store(k, err == nil)
	return err == nil
}

// sizes are the lengths of the outputs of MACs (int), by row; 0 where no MAC can be made.
var sizes sync.Map

func macSize(p *Params) int {
	if n, known := sizes.Load(p.MAC); known {
		return n.(int)
	}
	n := 0
	if h := p.MAC.New(p.MACKey); h != nil {
		n = h.Size()
	}
	sizes.Store(p.MAC, n)
	return n
}

// keyFact says which key lengths a row takes, the salt named apart.
func keyFact(row *alg.Cipher, n int) string {
	want := make([]string, len(row.KeyBits))
	for i, b := range row.KeyBits {
		want[i] = fmt.Sprint(b)
	}
	s := fmt.Sprintf("%s key of %d bits, not %s", row.Name, 8*n, strings.Join(want, ", "))
	if row.SaltLen > 0 {
		s += fmt.Sprintf(" with %d bits of salt after it", 8*row.SaltLen)
	}
	return s
}

func (c *core) setMAC(p *Params) (fact string, err error) {
	if p.Protocol == ESP && p.Cipher.AEAD {
		c.icvs, c.check = oneICV(p.Cipher.ICVLen), true
		if p.ICVLen != 0 && p.ICVLen != p.Cipher.ICVLen {
			return fmt.Sprintf("ICV of %d bits with %s", 8*p.ICVLen, p.Cipher.Name), ErrUnsupported
		}
		if p.MAC != nil {
			return fmt.Sprintf("%s beside %s, which has its own ICV", p.MAC.Name, p.Cipher.Name), ErrUnsupported
		}
		return "", nil
	}
	if p.MAC == nil || p.NoCheck {
		return c.setUnchecked(p)
	}
	if p.Protocol == ESP && p.MAC.IVLen > 0 {
		return fmt.Sprintf("%s is for AH; in ESP it is the cipher NULL-AES-GMAC", p.MAC.Name), ErrUnsupported
	}
	if !p.MAC.TakesKey(len(p.MACKey)) {
		return fmt.Sprintf("%s key of %d bits, not %d", p.MAC.Name, 8*len(p.MACKey), 8*p.MAC.KeyLen), ErrKeyLength
	}
	c.mac, c.macKey, c.check, c.apart = p.MAC, p.MACKey, true, p.Protocol == ESP
	c.icvs = truncations(p)
	size := macSize(p)
	if size == 0 {
		return p.MAC.Name + " does not take the key", ErrKeyLength
	}
	if n := slices.Max(c.icvs); n > size || n > maxICV {
		return fmt.Sprintf("ICV of %d bits with %s", 8*n, p.MAC.Name), ErrUnsupported
	}
	return "", nil
}

// setUnchecked is for an SA without an ICV, or whose ICV is skipped by its length.
func (c *core) setUnchecked(p *Params) (fact string, err error) {
	n := p.ICVLen
	if n == 0 && p.MAC != nil {
		n = p.MAC.ICVLen
	}
	if n < 0 || n > maxICV {
		return fmt.Sprintf("ICV of %d bytes", n), ErrUnsupported
	}
	if p.Protocol == AH {
		if p.MAC == nil && n == 0 && !p.NoCheck {
			return "AH without an integrity algorithm", ErrMalformed
		}
	}
	c.icvs = oneICV(n)
	return "", nil
}

// The lists of lengths that the ICVs of an SA may have, in bytes.
var (
	lengths = func() (list [maxICV + 1]int) {
		for i := range list {
			list[i] = i
		}
		return list
	}()
	shortSHA2, longSHA2, anySM3 = []int{12, 16}, []int{16, 12}, []int{32, 16, 12}
)

// oneICV is a list of n alone. Lists are shared, for there is one for each of many SAs.
func oneICV(n int) []int {
	if n < 0 || n > maxICV {
		return []int{n}
	}
	return lengths[n : n+1 : n+1]
}

// truncations are the ICV lengths that p's MAC may have on the wire. HMAC-SHA-256 is cut to 128 bits by RFC 4868, but to 96 by
// the draft before it, which old kernels and devices still do whatever they negotiated. No document that is at hand says how HMAC-SM3 is cut.
func truncations(p *Params) []int {
	if p.ICVLen != 0 {
		return oneICV(p.ICVLen)
	}
	switch {
	case p.MAC.XFRM == "hmac(sha256)" && p.MAC.ICVLen == 12:
		return shortSHA2
	case p.MAC.XFRM == "hmac(sha256)" && p.MAC.ICVLen == 16:
		return longSHA2
	case p.MAC.XFRM == "hmac(sm3)":
		return anySM3
	}
	return oneICV(p.MAC.ICVLen)
}

// An engine is a core set up to work. Most have no state and are shared; the others are one goroutine's own.
type engine struct {
	aead cipher.AEAD
	dec  alg.Decrypter
	hmac *alg.HMACKey // instead of mac where it can be had
	mac  hash.Hash
}

func (c *core) newEngine() (*engine, error) {
	e := new(engine)
	var err error
	switch {
	case c.cipher == nil:
	case c.cipher.NewAEAD != nil:
		e.aead, err = c.cipher.NewAEAD(c.key())
	default:
		e.dec, err = c.cipher.NewDecrypter(c.keySalt)
	}
	if err != nil {
		return nil, err
	}
	if c.mac != nil {
		if c.mac.NewHMACKey != nil && !c.ah {
			e.hmac = c.mac.NewHMACKey(c.macKey)
		}
		if e.hmac == nil {
			e.mac = c.mac.New(c.macKey)
			e.mac.Reset() // the library's HMAC keeps its padded key hashed from the first Reset on
		}
	}
	return e, nil
}

// stateless reports whether all goroutines may use e at once.
func (e *engine) stateless() bool {
	return e.mac == nil && (e.dec == nil || alg.Concurrent(e.dec))
}

// isNull reports whether row is the NULL cipher (RFC 2410).
func isNull(row *alg.Cipher) bool { return row.Name == "NULL" }
