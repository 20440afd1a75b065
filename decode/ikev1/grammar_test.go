package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
)

func TestWalkChain(t *testing.T) {
	tests := []struct {
		name  string
		first decode.PayloadType
		body  []byte
		end   int
		ok    bool
	}{
		{"nothing", decode.PayloadNone, nil, 0, true},
		{"one", PayloadHash, []byte{0, 0, 0, 5, 9}, 5, true},
		{"two and padding", PayloadHash, []byte{byte(PayloadNonce), 0, 0, 5, 9, 0, 0, 0, 4, 0, 0}, 9, true},
		{"empty", PayloadHash, nil, 0, false},
		{"short header", PayloadHash, []byte{0, 0, 0}, 0, false},
		{"length 3", PayloadHash, []byte{0, 0, 0, 3, 9}, 0, false},
		{"length past the end", PayloadHash, []byte{0, 0, 0, 6, 9}, 0, false},
		{"reserved byte", PayloadHash, []byte{0, 1, 0, 5, 9}, 0, false},
		{"unknown type", PayloadHash, []byte{200, 0, 0, 5, 9, 0, 0, 0, 4}, 5, false},
		{"unknown first type", 200, []byte{0, 0, 0, 4}, 0, false},
		{"proposal", PayloadProposal, []byte{0, 0, 0, 4}, 0, false},
	}
	for _, tt := range tests {
		if end, ok := Grammar.WalkChain(tt.first, tt.body); end != tt.end || ok != tt.ok {
			t.Errorf("%s: got %d, %v", tt.name, end, ok)
		}
	}
}

func TestWalkChainAllocatesNothing(t *testing.T) {
	b := []byte{byte(PayloadNonce), 0, 0, 5, 9, 0, 0, 0, 4, 0, 0}
	if n := testing.AllocsPerRun(100, func() { Grammar.WalkChain(PayloadHash, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
