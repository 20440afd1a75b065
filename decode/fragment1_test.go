package decode

import "testing"

var fragment1Vectors = []bodyVector{
	{name: "first fragment", typ: PayloadFragment, hex: "0001 01 00 aabb",
		want: &Fragment1{ID: 1, Number: 1, Data: []byte{0xaa, 0xbb}}},
	{name: "last fragment", typ: PayloadFragment, hex: "1234 03 01 cc",
		want: &Fragment1{ID: 0x1234, Number: 3, Flags: 1, Last: true, Data: []byte{0xcc}}},
	{name: "unknown flags", typ: PayloadFragment, hex: "1234 03 81 cc",
		want: &Fragment1{ID: 0x1234, Number: 3, Flags: 0x81, Last: true, Data: []byte{0xcc}}},
	{name: "number 0", typ: PayloadFragment, hex: "1234 00 00 cc",
		want: &Fragment1{ID: 0x1234, Data: []byte{0xcc}}, notes: 1},
}

func TestFragment1(t *testing.T) { testVectors(t, fragment1Vectors) }
