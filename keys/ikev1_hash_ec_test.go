package keys

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// Of an elliptic curve, g^xi and g^xr in HASH_I and HASH_R are both coordinates, as the KE payload has them (RFC 5903, section 7). The
// sums are made here by Go's library, from the formula alone.
func TestHashOfCurves(t *testing.T) {
	i, r := decode.SPI{1, 2, 3}, decode.SPI{4, 5, 6}
	key, sai, id := []byte("SKEYID"), []byte("SA body"), []byte("ID body")
	for _, k := range alg.KeyExchanges() {
		g := alg.GroupByID(k.ID)
		if g == nil {
			continue
		}
		gxi, gxr := make([]byte, g.PublicLen), make([]byte, g.PublicLen)
		for n := range gxi {
			gxi[n], gxr[n] = byte(n), byte(n+7)
		}
		sum := func(parts ...[]byte) []byte {
			h := hmac.New(sha1.New, key)
			h.Write(bytes.Join(parts, nil))
			return h.Sum(nil)
		}
		s := SKEYID{PRF: alg.HMAC(alg.HashByID(2)), Key: key}
		if got, want := s.HashI(gxi, gxr, i, r, sai, id), sum(gxi, gxr, i[:], r[:], sai, id); !bytes.Equal(got, want) {
			t.Errorf("%s: HASH_I is %x, want %x", g.Name, got, want)
		}
		if got, want := s.HashR(gxr, gxi, r, i, sai, id), sum(gxr, gxi, r[:], i[:], sai, id); !bytes.Equal(got, want) {
			t.Errorf("%s: HASH_R is %x, want %x", g.Name, got, want)
		}
	}
}
