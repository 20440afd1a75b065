package report

import (
	"strings"
	"testing"
)

func TestComparison(t *testing.T) {
	rows := []Compared{{Name: "DH group", Initiator: "MODP-1024", Responder: "none", Differs: true}, {Name: "hash", Initiator: "SHA1", Responder: "SHA1", Differs: false}}
	want := "            initiator  responder\n! DH group  MODP-1024  none\n  hash      SHA1       SHA1"
	if got := strings.Join(comparison(rows), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	rows[0].Initiator = strings.Repeat("x", 90)
	got := comparison(rows)
	if len(got) != 6 || got[0] != "! DH group" || got[2] != "    responder  none" {
		t.Errorf("what is too wide is to stand below each other: %q", got)
	}
	if comparison(nil) != nil {
		t.Error("no values make no lines")
	}
}
