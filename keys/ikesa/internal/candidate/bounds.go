package candidate

import (
	"slices"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// EnoughBits is the evidence, in bits, that makes a key accepted without a HASH: with every policy, candidate and IV
// that may be tried for one SA (some 10,000) the chance of a wrong key stays below one in 10^8.
const EnoughBits = 40

// EnoughBitsBound is that of a key whose source ties it to the SA by its cookies: some 100 combinations of algorithms are left.
const EnoughBitsBound = 28

// MaxKeys bounds the keys that are kept for one direction of a child until the traffic decides.
const MaxKeys = 1024

// KeyBits are the key lengths worth a trial: of ciphers that take any number of bytes, the usual ones.
func KeyBits(c *alg.Cipher) []int {
	if len(c.KeyBits) <= 3 {
		return c.KeyBits
	}
	bits := []int{c.KeyBits[0]}
	for _, b := range []int{c.Phase1Bits, 128, 192, 256} {
		if b != 0 && !slices.Contains(bits, b) && slices.Contains(c.KeyBits, b) {
			bits = append(bits, b)
		}
	}
	return bits
}
