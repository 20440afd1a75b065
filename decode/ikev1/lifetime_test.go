package ikev1

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
)

func TestLifetime(t *testing.T) {
	tests := []struct {
		name  string
		attrs []decode.Attribute
		want  ike.Lifetime
	}{
		{"seconds", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Basic(2, 3600)}, ike.Lifetime{Seconds: 3600}},
		{"3 bytes", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Long(2, 1, 0, 0)}, ike.Lifetime{Seconds: 65536}},
		{"kilobytes first", []decode.Attribute{decodetest.Basic(1, 2), decodetest.Basic(2, 9), decodetest.Basic(1, 1), decodetest.Basic(2, 60)}, ike.Lifetime{Seconds: 60, Kilobytes: 9}},
		{"no type", []decode.Attribute{decodetest.Basic(2, 60)}, ike.Lifetime{Seconds: 60}},
		{"unknown type", []decode.Attribute{decodetest.Basic(1, 3), decodetest.Basic(2, 60)}, ike.Lifetime{}},
		{"first counts", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Basic(2, 60), decodetest.Basic(1, 1), decodetest.Basic(2, 90)}, ike.Lifetime{Seconds: 60}},
		{"10 bytes", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Long(2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, ike.Lifetime{Seconds: 1<<64 - 1}},
		{"empty", []decode.Attribute{decodetest.Basic(1, 1), decodetest.Long(2)}, ike.Lifetime{}},
	}
	for _, tt := range tests {
		if got, _, _ := lifetimeOf(tt.attrs, 1, 2); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What does not count is shown all the same.
func TestFurtherLifetimes(t *testing.T) {
	attrs := []decode.Attribute{decodetest.Basic(12, 9000), decodetest.Basic(11, 1), decodetest.Basic(12, 600), decodetest.Basic(11, 2), decodetest.Basic(12, 5),
		decodetest.Basic(12, 7), decodetest.Basic(11, 9), decodetest.Basic(12, 8)}
	s := Transform{Attributes: attrs}.Suite(ike.IKE)
	if got, want := s.Summary(ike.IKE), "9000 s 5 kB (then 600 s, 7 kB)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(s.Other) != 1 || s.Other[0].Type != 12 {
		t.Errorf("of a type that is not known: %v", s.Other)
	}
}
