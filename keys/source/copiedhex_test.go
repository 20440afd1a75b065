package source

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/secret"
)

// reLongHex is a key as most products print it.
var reLongHex = regexp.MustCompile(`\b(0x)?([0-9a-fA-F]{32,})\b`)

// inGroups writes keys in groups of so many digits.
func inGroups(size int, mark string) func(prefix, digits string) string {
	return func(prefix, digits string) string {
		var groups []string
		for ; len(digits) > size; digits = digits[size:] {
			groups = append(groups, digits[:size])
		}
		return prefix + strings.Join(append(groups, digits), mark)
	}
}

// spellings are ways in which people and tools write a key.
var spellings = map[string]func(prefix, digits string) string{
	"upper case":        func(prefix, digits string) string { return prefix + strings.ToUpper(digits) },
	"bytes with colons": inGroups(2, ":"),
	"bytes with dashes": inGroups(2, "-"),
	"bytes with blanks": inGroups(2, " "),
	"groups of 4":       inGroups(4, " "),
	"groups of 8":       inGroups(8, " "),
	"over two lines":    func(prefix, digits string) string { return prefix + digits[:20] + "\n" + digits[20:] },
	"indented rest":     func(prefix, digits string) string { return prefix + digits[:20] + "\n        " + digits[20:] },
	"with a backslash":  func(prefix, digits string) string { return prefix + digits[:20] + "\\\n" + digits[20:] },
	"groups with dots":  inGroups(4, "."),
	"full width": func(prefix, digits string) string {
		return prefix + strings.Map(func(r rune) rune { return r - '!' + firstFullWidth }, digits)
	},
	"0x and a blank": func(prefix, digits string) string { return strings.Replace(prefix, "0x", "0x ", 1) + digits },
	"h at the end":   func(prefix, digits string) string { return digits + "h" },
	"0x and 0X":      func(prefix, digits string) string { return strings.ToUpper(prefix) + digits },
}

// otherwiseSpelled are products whose own spelling leaves no room for another: groups there mean something else.
var otherwiseSpelled = map[string]bool{
	"libreswan-v2-gcm-no-salt": true, "libreswan-v2-sha512-cut": true, // integ:0xKEY encr:0xKEY
	"fortigate-debug-ike-v1": true, "fortigate-debug-ike-v2": true, // LEN:KEY
	"openbsd-ipsec-conf-manual": true,                          // KEY:KEY
	"ikedecrypt-xml":            true,                          // elements
	"charon-json":               true, "journalctl-json": true, // strings
}

// A key means the same in whatever way its digits are written.
func TestSpelledKeys(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "key-sources")
	samples, _ := filepath.Glob(filepath.Join(root, "*", "[!Rw]*[!p]"))
	if len(samples) == 0 {
		t.Skip("no " + root)
	}
	for _, path := range samples {
		sample := filepath.Base(filepath.Dir(path))
		data, err := os.ReadFile(path)
		if name := filepath.Base(path); err != nil || otherwiseSpelled[sample] || len(data) > 1<<17 || name == "PEER.log" || name == "truth.xfrm" || !reLongHex.Match(data) {
			continue
		}
		plain, err := Read("test", data)
		if err != nil {
			continue // dh.txt, and what needs other files
		}
		var want []string // the keys that are printed in this way
		for v := range valuesOf(plain) {
			want = append(want, v)
		}
		for how, spell := range spellings {
			text := reLongHex.ReplaceAllStringFunc(string(data), func(s string) string {
				m := reLongHex.FindStringSubmatch(s)
				return spell(m[1], m[2])
			})
			b, err := Read("test", []byte(text))
			if b == nil {
				b = &secret.Bag{}
			}
			got, missing := valuesOf(b), 0
			for _, v := range want {
				if !got[v] {
					missing++
				}
			}
			if missing > 0 {
				t.Errorf("%s, %s: %d of %d missing: %v", sample, how, missing, len(want), err)
			}
		}
	}
}

// Groups of a number are put together where they can be no other.
func TestJoinHex(t *testing.T) {
	const key = "60cb194a87950d72b95068fa46c9d6f1"
	for text, want := range map[string]string{
		"key 60:cb:19:4a:87:95:0d:72:b9:50:68:fa:46:c9:d6:f1":                      "key " + key,
		"enc cbc(aes) 0x60cb194a 87950d72 b95068fa 46c9d6f1":                       "enc cbc(aes) 0x" + key,
		"aead rfc4106(gcm(aes)) 0x60cb194a 87950d72 b95068fa 46c9d6f1 0a0b0c0d 96": "aead rfc4106(gcm(aes)) 0x" + key + "0a0b0c0d 96",
		"0X" + strings.ToUpper(key):                                                "0x" + strings.ToUpper(key),
		`key=b"\x60\xcb\x19\x4a\x87\x95\x0d\x72"`:                                  `key=b"0x60cb194a87950d72"`,
		"[0x60, 0xcb, 0x19, 0x4a, 0x87, 0x95, 0xd, 0]":                             "[0x60, 0xcb, 0x19, 0x4a, 0x87, 0x95, 0xd, 0]",
		"at 08:43:20 from 192.0.2.1":                                               "at 08:43:20 from 192.0.2.1",
		"link 02:00:5e:00:53:01":                                                   "link 02:00:5e:00:53:01",
		"src 2001:db8::1 dst 2001:db8::2":                                          "src 2001:db8::1 dst 2001:db8::2",
		"of 2026-11-23":                                                            "of 2026-11-23",
	} {
		if got := joinHex(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// A long line of what is no array after all takes no longer than others.
func TestJoinHexLong(t *testing.T) {
	text := strings.Repeat("0x60, ", defaultMaxLine/6) + "0x6g"
	if got := joinHex(text); !strings.HasSuffix(got, "0x6g") {
		t.Errorf("%d bytes became %d", len(text), len(got))
	}
}

// A key that a window broke before a group is one key, of the IKE SA that the list has before it, also in a mail.
func TestFortiGateBrokenBeforeGroup(t *testing.T) {
	const list = "  id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  direction: initiator\n  status: established 110-110s ago = 70ms\n  proposal: aes256gcm\n" +
		"  SK_ei: 0001020304050607-08090a0b0c0d0e0f-1011121314151617-18191a1b1c1d1e1f\n-20212223\n  SK_er: 2021222324252627-28292a2b2c2d2e2f-3031323334353637-38393a3b3c3d3e3f\n-40414243\n  SK_ai: \n"
	want := []string{"SK_EI 4a8f4a7e2a4bd8c1:1f4f7f1c0e4d8a55 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223 g1",
		"SK_ER 4a8f4a7e2a4bd8c1:1f4f7f1c0e4d8a55 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40414243 g1"}
	check(t, mustRead(t, list), want...)
	check(t, mustRead(t, quotedMail(quotedMail(list))), want...)
}

// A group that lacks most of its digits has not lost zeros: the key is cut off, and is no key filled up with them.
func TestCutGroups(t *testing.T) {
	const gateway = "  id/spi: 47 4a8f4a7e2a4bd8c1/1f4f7f1c0e4d8a55\n  direction: initiator\n"
	for key, want := range map[string]string{
		"0001020304050607-08090a0b0c0d0e0f-1011121314151617-18191a1b1c1d1e1f": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"1020304050607-8090a0b0c0d0e0f-1011121314151617-18191a1b1c1d1e1f":     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"0001020304050607-08090a0b0c0d0e0f-1011121314151617-18191":            "",
		"0001020304050607-08090a0b0c0d0e0f-1011":                              "",
		"0001020304050607-08090a0b-1011121314151617-18191a1b1c1d1e1f":         "",
	} {
		b, err := Read("test", []byte(gateway+"  key: "+key+"\n  lifetime/rekey: 86400/85084\n"))
		if err != nil {
			b = &secret.Bag{}
		}
		got := ""
		for _, s := range b.Secrets {
			got += fmt.Sprintf("%x", s.Value)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
