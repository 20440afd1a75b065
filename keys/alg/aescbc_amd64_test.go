package alg

import (
	"encoding/hex"
	"testing"
)

// FIPS 197, appendix A: the last round keys of the expansion examples.
func TestAESExpandFIPS197(t *testing.T) {
	for _, c := range []struct{ key, last string }{
		{"2b7e151628aed2a6abf7158809cf4f3c", "d014f9a8c9ee2589e13f0cc8b6630ca6"},
		{"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "e98ba06f448c773c8ecc720401002202"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "fe4890d1e6188d0b046df344706c631e"},
	} {
		key, err := hex.DecodeString(c.key)
		if err != nil {
			t.Fatal(err)
		}
		rounds := len(key)/4 + 6
		last := aesExpand(key, rounds)[rounds]
		if got := hex.EncodeToString(last[:]); got != c.last {
			t.Errorf("key of %d bytes: last round key %s, want %s", len(key), got, c.last)
		}
	}
}
