package alg

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// A Hash is a hash algorithm of IKEv1's phase 1; the PRF is its HMAC unless another is negotiated.
type Hash struct {
	Name string           // as reports print it: "SHA1", "SHA2-256"
	ID   uint16           // phase 1 hash attribute value (RFC 2409, appendix A)
	PRF  uint16           // IKEv2 transform ID of its HMAC, 0: none
	Size int              // bytes of output
	New  func() hash.Hash // makes a fresh one
}

var hashes = []*Hash{
	{Name: "MD5", ID: 1, PRF: 1, Size: md5.Size, New: md5.New},
	{Name: "SHA1", ID: 2, PRF: 2, Size: sha1.Size, New: sha1.New},
	{Name: "SHA2-256", ID: 4, PRF: 5, Size: sha256.Size, New: sha256.New},
	{Name: "SHA2-384", ID: 5, PRF: 6, Size: sha512.Size384, New: sha512.New384},
	{Name: "SHA2-512", ID: 6, PRF: 7, Size: sha512.Size, New: sha512.New},
	{Name: "SM3", ID: 20, Size: sm3.Size, New: sm3.New}, // GM/T 0022, not IANA's
}

// Hashes lists the supported hash algorithms.
func Hashes() []*Hash { return append([]*Hash(nil), hashes...) }

// HashByID finds a hash by its phase 1 attribute value; nil where it is not supported.
func HashByID(id uint16) *Hash {
	return find(hashes, func(h *Hash) bool { return h.ID == id })
}

// Sum hashes the parts one after another.
func (h *Hash) Sum(parts ...[]byte) []byte {
	d := h.New()
	for _, p := range parts {
		d.Write(p)
	}
	return d.Sum(nil)
}

// find returns the first row that matches, nil where none does.
func find[T any](rows []*T, fits func(*T) bool) *T {
	for _, r := range rows {
		if fits(r) {
			return r
		}
	}
	return nil
}
