package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

var fragmentVectors = []decodetest.Vector{
	{Name: "first fragment", Type: PayloadFragment, Hex: "0001 01 00 aabb",
		Want: &Fragment{ID: 1, Number: 1, Data: []byte{0xaa, 0xbb}}},
	{Name: "last fragment", Type: PayloadFragment, Hex: "1234 03 01 cc",
		Want: &Fragment{ID: 0x1234, Number: 3, Flags: 1, Last: true, Data: []byte{0xcc}}},
	{Name: "unknown flags", Type: PayloadFragment, Hex: "1234 03 81 cc",
		Want: &Fragment{ID: 0x1234, Number: 3, Flags: 0x81, Last: true, Data: []byte{0xcc}}},
	{Name: "number 0", Type: PayloadFragment, Hex: "1234 00 00 cc",
		Want: &Fragment{ID: 0x1234, Data: []byte{0xcc}}, Notes: 1},
}

func TestFragment(t *testing.T) { decodetest.TestVectors(t, Grammar, fragmentVectors) }
