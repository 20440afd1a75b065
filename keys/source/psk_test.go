package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

func TestIpsecSecrets(t *testing.T) {
	b := mustRead(t, `# /etc/ipsec.secrets
include /etc/ipsec.d/*.secrets
gwa.example.org gwb.example.org : PSK "correct horse"
192.0.2.1 %any : PSK 0x73656b726974
192.0.2.2 : PSK 0×6d61
192.0.2.3 : PSK 10×6
@left @right : PSK 'single'
: PSK 0sc2Vrcml0
2001:db8::1 : PSK "six"
: RSA gw.key "pass"
carol : XAUTH "secret"
carol : EAP "secret"
`)
	check(t, b,
		"PSK gwa.example.org 636f727265637420686f727365 g0",
		"PSK gwb.example.org 636f727265637420686f727365 g0",
		"PSK 192.0.2.1 73656b726974 g0",
		"PSK - 73656b726974 g0",
		"PSK 192.0.2.2 6d61 g0",
		"PSK 192.0.2.3 3130c39736 g0",
		"PSK left 73696e676c65 g0",
		"PSK right 73696e676c65 g0",
		"PSK 2001:db8::1 736978 g0",
	)
	_, err := Read("ipsec.secrets", []byte(": PSK \"good\"\n: PSK 0x7g\n"))
	var s *SyntaxError
	if !errors.As(err, &s) || s.Line != 2 {
		t.Errorf("bad hex: %v", err)
	}
	b = mustRead(t, ": PSK \"x\"\ninclude other\n")
	if len(b.Warnings) != 1 {
		t.Errorf("include: %v", b.Warnings)
	}
}

func TestPSKFiles(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"psk.txt", "# racoon\n192.0.2.1\tsekrit word\n10.0.0.0/8 0x0102\n", []string{"PSK 192.0.2.1 73656b72697420776f7264 g0", "PSK 10.0.0.0/8 0102 g0"}},
		{"psk.txt by name", "gwb.example.org sekrit\nfoo@example.org 0x0102\n", []string{"PSK gwb.example.org 73656b726974 g0", "PSK foo@example.org 0102 g0"}},
		{"plain", "sekrit\ngwb.example.org sekrit\n\"C=CH, CN=x\" \"two words\"\n\"only words\"\n* any\n", []string{
			"PSK - 73656b726974 g0", "PSK gwb.example.org 73656b726974 g0", `PSK "C=CH, CN=x" 74776f20776f726473 g0`,
			"PSK - 6f6e6c7920776f726473 g0", "PSK - 616e79 g0"}},
		{"ipsec.secrets", "a b : PSK \"x\"\n", []string{"PSK a 78 g0", "PSK b 78 g0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "psk")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := ReadPSKFile(path)
			if err != nil {
				t.Fatal(err)
			}
			check(t, b, c.want...)
		})
	}
	for _, text := range []string{"hello world\n", "192.0.2.1 a\nhello\n", "", "192.0.2.1 sekrit\n"} {
		_, err := Read("x", []byte(text))
		var f *FormatError
		if !errors.As(err, &f) || !strings.Contains(err.Error(), "no keys found") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadPSK("x", []byte("a 0x0g\n")); err == nil || !strings.Contains(err.Error(), "x:1:") {
		t.Errorf("bad hex: %v", err)
	}
}

func TestFlags(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "value")
	if err := os.WriteFile(file, []byte("0x73656b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, want string }{
		{"sekrit", "PSK - 73656b726974 g0"},
		{"0x0102", "PSK - 0102 g0"},
		{"@" + file, "PSK - 73656b g0"},
	} {
		s, err := ParsePSK(c.in, secret.Origin{Label: "flag"})
		if err != nil {
			t.Fatal(err)
		}
		check(t, &secret.Bag{Secrets: []secret.Secret{s}}, c.want)
	}
	for _, c := range []struct{ in, want string }{
		{"9bc6", "DH_SECRET - 9bc6 g0"},
		{"0x9B:C6 00-01", "DH_SECRET - 9bc60001 g0"},
		{"38db764f3d5447ca=9bc6", "DH_SECRET 38db764f3d5447ca 9bc6 g0"},
		{"38db764f3d5447ca:90ab12cd34ef5678=0x9bc6", "DH_SECRET 38db764f3d5447ca:90ab12cd34ef5678 9bc6 g0"},
		{"38db764f3d5447ca=@" + file, "DH_SECRET 38db764f3d5447ca 73656b g0"},
	} {
		s, err := ParseValue(secret.DHSecret, c.in, secret.Origin{Label: "flag"})
		if err != nil {
			t.Fatal(err)
		}
		check(t, &secret.Bag{Secrets: []secret.Secret{s}}, c.want)
		if s.Origin.String() != "flag" {
			t.Errorf("origin %v", s.Origin)
		}
	}
	for _, in := range []string{"", "0x", "123", "12g4", "38db=12", "38db764f3d5447ca=", "@" + dir + "/none", "****"} {
		if _, err := ParseValue(secret.SKEYIDd, in, secret.Origin{}); err == nil {
			t.Errorf("%q is taken for a value", in)
		}
	}
	for _, in := range []string{"", "0x0", "@" + dir + "/none"} {
		if _, err := ParsePSK(in, secret.Origin{}); err == nil {
			t.Errorf("%q is taken for a PSK", in)
		}
	}
}
