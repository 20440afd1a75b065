package source

import (
	"fmt"
	"strings"
	"testing"
)

// Where a window cut the lines of a dump off within a group, no key is made of what is left and the rows below: what is whole is read, and the rest said.
func TestCutAtMargin(t *testing.T) {
	cutTo := func(columns int, text string) string {
		lines := strings.Split(strings.ReplaceAll(text, "\t", "        "), "\n")
		for i, l := range lines {
			lines[i] = l[:min(len(l), columns)]
		}
		return strings.Join(lines, "\n")
	}
	racoon := "15:03:36 ipsec,debug SKEYID_d computed:\n15:03:36 ipsec,debug 00010203 04050607 08090a0b 0c0d0e0f 10111213\n15:03:36 ipsec,debug SKEYID_a computed:\n15:03:36 ipsec,debug 20212223 24252627 28292a2b 2c2d2e2f 30313233\n"
	for name, text := range map[string]string{
		"setkey":   cutTo(53, setkeyPair),
		"RouterOS": cutTo(60, racoon),
	} {
		b, err := Read("test", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := describe(b); strings.Contains(got, "SKEYID") || strings.Contains(got, ":0") || strings.Contains(got, "hmac") || len(b.Warnings) == 0 || !strings.Contains(b.Warnings[0].Text, "lines are cut off behind column") {
			t.Errorf("%s: %s, %v", name, got, b.Warnings)
		}
		for _, w := range b.Warnings {
			if strings.Contains(w.Text, "redacted") && !strings.Contains(w.Text, "cut off, or redacted") {
				t.Errorf("%s: %s", name, w.Text)
			}
		}
	}
}

// A value that has lost its end is said, and not taken for a shorter one.
func TestLengths(t *testing.T) {
	const key = "000102030405060708090a0b0c0d0e0f10111213"
	for name, c := range map[string]struct{ text, warning string }{
		"no such length": {"SK_ai = " + key + "\nSK_ar = " + key[:30] + "\n", "SK_AR: 15 bytes, most likely cut off by a copy"},
		"others longer":  {"SK_ai = " + key + "\nSK_ar = " + key[:32] + "\n", "SK_AR: 16 bytes, most likely cut off: others of this key exchange are longer"},
	} {
		b := mustRead(t, c.text)
		if got := describe(b); !strings.Contains(got, "SK_AI") || strings.Contains(got, "SK_AR") || !strings.Contains(fmt.Sprint(b.Warnings), c.warning) {
			t.Errorf("%s: %s, %v", name, got, b.Warnings)
		}
	}
	whole := "IPSec SPI: 0x00000001\nIPSec Encryption Algorithm: 12\nIPSec Encryption Key: 0x" + key[:32] + "\nIPSec Integrity Algorithm: 2\nIPSec Integrity  Key: 0x" + key[:38] + "\n"
	if got := describe(mustRead(t, whole)); strings.Contains(got, "hmac") || !strings.Contains(got, "aes-cbc") {
		t.Errorf("an authentication key that is too short: %s", got)
	}
	if b := mustRead(t, "add 192.0.2.1 192.0.2.2 esp 0x1 -m tunnel -A hmac-sha1 0x"+key+";\n"); len(b.SAs) > 0 || !strings.Contains(fmt.Sprint(b.Warnings), "no -E") {
		t.Errorf("ESP without -E: %v", b.Warnings)
	}
}
