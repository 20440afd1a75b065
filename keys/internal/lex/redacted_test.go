package lex

import (
	"errors"
	"testing"
)

func TestIsRedacted(t *testing.T) {
	for _, s := range []string{
		"REDACTED", "redacted", "[REDACTED]", "<redacted>", "(redacted)", "0xREDACTED", "__REDACTED__", "--redacted--", "<<Keys hidden>>", "<hidden>", "<removed>", "[key removed]",
		"****", "***", "**", "0x****", "\"***\"", "'****'", "xxxx", "XXXXXXXX", "0xXXXXXXXX", "xx:xx:xx", "xx-xx", "xxxxxxxx xxxxxxxx", "XX XX XX XX", "????????", "########",
		"0x...", "...", "\u2026", "0x\u2026", "\u2022\u2022\u2022\u2022", "4f3a****", "0x4f3a...", "4f3axxxxxxxxxxxx", "n/a", "N/A", "<n/a>", "not shown", "0xENCAUTHKEY", "0xHASHKEY", "<key>", "<your psk>", "{{secret}}",
		"sanitized", "*** hidden ***", "<secret removed>", "key removed for security reasons",
	} {
		if !IsRedacted(s) {
			t.Errorf("%q is not taken for a redaction", s)
		}
	}
	for _, s := range []string{
		"", "0x", "0x00000000000000000000000000000000", "0x1111", "deadbeef", "0xdeadbeef", "secret", "key", "password", "correct horse", "na", "x", "foxxxy", "hidden treasure", "unhidden", "Xerxes", "a*b", "0xfeed", "-", "--", "<3", "hidden1",
		"mask.me", "12:34:56", "10.0.0.1", "192.0.2.1", "2001:db8::1", "c3:b4:00", "1.2.3.4", "shared", "enc", "....a....z",
	} {
		if IsRedacted(s) {
			t.Errorf("%q is taken for a redaction", s)
		}
	}
	if _, err := ParseHex("0xXXXX"); !errors.Is(err, ErrRedacted) {
		t.Errorf("ParseHex: %v", err)
	}
	if _, err := ParseHex("0x12x4"); err == nil || errors.Is(err, ErrRedacted) {
		t.Errorf("a typing error: %v", err)
	}
}
