package secret

import "testing"

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
		source string
		want   Origin
	}{
		{"gwa.log:709", Origin{File: "gwa.log", Line: 709}},
		{"c:dump.tgz:x:7", Origin{File: "c:dump.tgz:x", Line: 7}},
		{"decryption secrets block, line 1", Origin{Label: "decryption secrets block, line 1"}},
		{"", Origin{}},
	} {
		if got := OriginOf(c.source); got != c.want {
			t.Errorf("%s: %+v", c.source, got)
		}
	}
}
