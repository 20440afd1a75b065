package secret

import (
	"testing"

	"github.com/ikedecode/ikedecode/esp"
)

func TestOriginIn(t *testing.T) {
	paths := []string{"dump.tgz", "logs/", "gwa.log"}
	for _, c := range []struct{ name, file, member string }{
		{"dump.tgz:var/log/charon.log", "dump.tgz", "var/log/charon.log"},
		{"dump.tgz:inner.zip:charon.log", "dump.tgz", "inner.zip:charon.log"},
		{"logs/a/charon.log", "logs/", "a/charon.log"},
		{"gwa.log", "gwa.log", ""},
		{"gwa.log2", "gwa.log2", ""},
		{"", "", ""},
	} {
		if file, member := (Origin{File: c.name}).In(paths); file != c.file || member != c.member {
			t.Errorf("%s: %q and %q", c.name, file, member)
		}
	}
	for _, c := range []struct {
		source esp.Source
		want   Origin
	}{
		{esp.Source{Name: "gwa.log", Line: 709}, Origin{File: "gwa.log", Line: 709}},
		{esp.Source{Name: "decryption secrets block, line 1"}, Origin{Label: "decryption secrets block, line 1"}},
		{esp.Source{}, Origin{}},
	} {
		if got := OriginOf(c.source); got != c.want {
			t.Errorf("%s: %+v", c.source, got)
		}
	}
}
