package secret

import (
	"errors"
	"fmt"
	"slices"
)

// Lengths in bytes that values of IKE have. What has another one lost a part on its way: a line was cut off, or a row of a dump is missing.
var (
	// Of a pseudo-random function: MD5 and AES, SHA-1, Tiger, SHA2-256, SHA2-384, SHA2-512.
	prfLens = []int{16, 20, 24, 32, 48, 64}
	// Of an encryption key, with its salt in a counter or combined mode. Blowfish and CAST take more lengths than those.
	cipherLens = []int{8, 16, 19, 20, 24, 27, 28, 32, 35, 36, 40, 48, 56}
	blockLens  = []int{8, 16, 24, 32, 40, 48, 56} // of IKEv1, which has no such modes
	// Of a DH secret of the MODP groups, and of the longest curve with both coordinates. Other curves and KEMs have shorter ones.
	modpLens = []int{96, 128, 132, 192, 256, 384, 512, 768, 1024}
)

// zerosOff are the leading bytes that a DH secret lacks which lost its zeros; it may as well have one more, as a number with a sign.
const zerosOff = 3

// fewBytes are fewer than a copy leaves of a key: they are made up, as in manuals.
const fewBytes = 8

// CheckLen returns why a value cannot be of its kind, nil if it can. The length of a password or a nonce tells nothing, and that of a DH secret only
// where it is a long one; but only what is text may be empty.
func CheckLen(k Kind, n int) error {
	if n == 0 && k != PSK && k != XAUTHPassword {
		return errors.New("no value")
	}
	var lens []int
	switch k {
	case SKEYID, SKEYIDd, SKEYIDa, SKEYIDe, SKEYSEED, SKd, SKai, SKar, SKpi, SKpr:
		lens = prfLens
	case SKei, SKer:
		lens = cipherLens
	case EncKey:
		lens = blockLens
	case DHSecret, QMDHSecret:
		of := slices.IndexFunc(modpLens, func(size int) bool { return n <= size+1 })
		if n <= modpLens[0]+1 || of >= 0 && n >= modpLens[of]-zerosOff {
			return nil
		}
		return fmt.Errorf("%d bytes, the copy lacks a row or has one twice: no DH group has such a secret", n)
	}
	if n < fewBytes || lens == nil || slices.Contains(lens, n) {
		return nil
	}
	return fmt.Errorf("%d bytes, most likely cut off by a copy: no such key is that long", n)
}

// alike are kinds whose values are of one length in one key schedule (RFC 2409, section 5; RFC 7296, section 2.14).
var alike = [][]Kind{{SKEYID, SKEYIDd, SKEYIDa, SKEYIDe}, {SKEYSEED, SKd, SKpi, SKpr}, {SKai, SKar}, {SKei, SKer}}

// DropCut takes out values that are shorter than others of their key schedule have to be, and returns them: a part of each is missing.
func (b *Bag) DropCut() (cut []Secret) {
	type family struct{ group, kinds int }
	longest, twice := map[family]int{}, map[int]bool{}
	kinds := map[int]map[Kind]bool{}
	familyOf := func(s Secret) family {
		return family{s.Group, slices.IndexFunc(alike, func(kinds []Kind) bool { return slices.Contains(kinds, s.Kind) })}
	}
	for _, s := range b.Secrets {
		f := familyOf(s)
		if s.Group == 0 || f.kinds < 0 {
			continue
		}
		if kinds[s.Group] == nil {
			kinds[s.Group] = map[Kind]bool{}
		}
		twice[s.Group] = twice[s.Group] || kinds[s.Group][s.Kind] // it has several key schedules
		kinds[s.Group][s.Kind] = true
		longest[f] = max(longest[f], len(s.Value))
	}
	b.Secrets = slices.DeleteFunc(b.Secrets, func(s Secret) bool {
		f := familyOf(s)
		short := s.Group != 0 && f.kinds >= 0 && longest[f] >= fewBytes && !twice[s.Group] && len(s.Value) < longest[f]
		if short {
			cut = append(cut, s)
		}
		return short
	})
	return cut
}
