package archive

import (
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// keysIn reads a key log.
func keysIn(t *testing.T, name, text string) *secret.Bag {
	t.Helper()
	bag, err := source.Read(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return bag
}

const someKeys = `SKEYID_E 2266ebd83f8d2de7:acd7b7b99a9bc61a 0x00112233445566778899aabbccddeeff
ESP_SA 192.0.2.1>192.0.2.2:0xc8f396ba aes-cbc:0x00112233445566778899aabbccddeeff hmac-sha1-96:0x00112233445566778899aabbccddeeff00112233
`

// What is not decrypted is done again with other keys, be it one letter of a pre-shared key or an algorithm, and with another use of them; the place
// of the key log changes nothing.
func TestDigest(t *testing.T) {
	digest := func(name, text, use string) string {
		t.Helper()
		d, err := Digest(keysIn(t, name, text), use)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := digest("keys.log", someKeys, "")
	if got := digest("/elsewhere/other.log", "# the same\n"+someKeys, ""); got != want {
		t.Error("the same keys in another file are others")
	}
	if digest("keys.log", someKeys, "no-verify") == want {
		t.Error("another use is the same")
	}
	seen := map[string]string{want: "the keys themselves"}
	for _, change := range [][2]string{
		{"0x00112233445566778899aabbccddeeff\nESP", "0x00112233445566778899aabbccddeefe\nESP"},
		{"2266ebd8", "2266ebd9"}, {"hmac-sha1-96", "hmac-sha1-160"}, {"0xc8f396ba", "0xc8f396bb"}, {"00112233\n", "00112233 esn\n"},
	} {
		text := strings.Replace(someKeys, change[0], change[1], 1)
		d := digest("keys.log", text, "")
		if other, ok := seen[d]; ok {
			t.Errorf("%s for %s: the digest is that of %s", change[1], change[0], other)
		}
		seen[d] = change[1]
	}
	const note = "the box says 0xc8f396ba, 00112233445566778899aabbccddeeff\n"
	if digest("note", note, "") == digest("note", strings.Replace(note, "eff", "efe", 1), "") {
		t.Error("one digit of what may be a key is of no matter")
	}
	if digest("psk", `PSK * "secret"`, "") == digest("psk", `PSK * "secreT"`, "") {
		t.Error("one letter of a pre-shared key is of no matter")
	}
}

// Marks name the files of keys without the directories that these lie in.
func TestRelocate(t *testing.T) {
	for _, c := range []struct{ given, name, want string }{
		{"/keys/keys.log", "/keys/keys.log", "keys.log"},
		{"./keys.log", "./keys.log", "keys.log"},
		{"/mnt/logs/", "/mnt/logs/gate/gwa.log", "logs/gate/gwa.log"},
		{"/mnt/all.zip", "/mnt/all.zip:gwa.log", "all.zip:gwa.log"},
		{"/mnt/log", "/mnt/logs/gwa.log", "/mnt/logs/gwa.log"},
	} {
		bag := keysIn(t, c.name, someKeys)
		bag.SAs = append(bag.SAs, esp.Params{Source: esp.Source{Name: c.name}}) // derived from what is called so
		bag.Guesses = []esp.Guess{{Source: esp.Source{Name: c.name, Line: 1}}}
		Relocate(bag, []string{"/none", c.given})
		if got := bag.SAs[0].Source.Name; got != c.want || bag.SAs[1].Source.Name != c.name {
			t.Errorf("%s of %s: the SAs are of %s and %s", c.name, c.given, got, bag.SAs[1].Source.Name)
		}
		if got := bag.Guesses[0].Source.Name; got != c.want {
			t.Errorf("%s of %s: the guess is of %s", c.name, c.given, got)
		}
		for _, s := range bag.Secrets {
			if s.Origin.File != c.want {
				t.Errorf("%s of %s: %v is of %s", c.name, c.given, s.Kind, s.Origin.File)
			}
		}
	}
}
