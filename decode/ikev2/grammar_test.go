package ikev2

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
)

// The critical bit is that of the payload, known or not, and survives; one that is set by hand goes out.
func TestCriticalBit(t *testing.T) {
	b := []byte{byte(PayloadVendorID), 0x80, 0, 5, 9, 0, 0, 0, 4}
	ps, rest, err := Grammar.ParsePayloads(200, b)
	if err != nil || len(rest) != 0 || len(ps) != 2 || !ps[0].Critical || ps[1].Critical {
		t.Fatalf("%+v, %x, %v", ps, rest, err)
	}
	if u, ok := ps[0].Body.(*decode.Unknown); !ok || !bytes.Equal(u.Data, []byte{9}) || len(ps[0].Notes) != 0 {
		t.Errorf("unknown payload %+v", ps[0])
	}
	if got := decode.AppendPayloads(nil, ps); !bytes.Equal(got, b) {
		t.Errorf("became %x", got)
	}
	p := decode.Payload{Type: PayloadNonce, Critical: true, Body: &Nonce{}}
	if got := p.Append(nil); !bytes.Equal(got, []byte{0, 0x80, 0, 4}) {
		t.Errorf("became %x", got)
	}
	if ps, _, _ := ikev1.Grammar.ParsePayloads(ikev1.PayloadHash, []byte{0, 0x80, 0, 4}); ps[0].Critical || len(ps[0].Notes) != 1 {
		t.Errorf("IKEv1 has no critical bit: %+v", ps[0])
	}
}

func TestWalkChain(t *testing.T) {
	tests := []struct {
		name  string
		first decode.PayloadType
		body  []byte
		end   int
		ok    bool
	}{
		{"nothing", decode.PayloadNone, nil, 0, true},
		{"one", PayloadNonce, []byte{0, 0, 0, 5, 9}, 5, true},
		{"two and more, critical bit", PayloadSA, []byte{byte(PayloadTSi), 0x80, 0, 5, 9, 0, 0, 0, 4, 7}, 9, true},
		{"empty", PayloadSA, nil, 0, false},
		{"length 3", PayloadSA, []byte{0, 0, 0, 3, 9}, 0, false},
		{"length past the end", PayloadSA, []byte{0, 0, 0, 6, 9}, 0, false},
		{"reserved bits", PayloadSA, []byte{0, 0x81, 0, 5, 9}, 0, false},
		{"of IKEv1", ikev1.PayloadHash, []byte{0, 0, 0, 4}, 0, false},
		{"SK inside SK", PayloadSK, []byte{0, 0, 0, 4}, 0, false},
		{"unknown type", PayloadSA, []byte{55, 0, 0, 4, 0, 0, 0, 4}, 4, false},
	}
	for _, tt := range tests {
		if end, ok := Grammar.WalkChain(tt.first, tt.body); end != tt.end || ok != tt.ok {
			t.Errorf("%s: got %d, %v", tt.name, end, ok)
		}
	}
}
