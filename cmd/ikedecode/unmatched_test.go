package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of whose key file no SPI is in the capture is told so before anything else; where one key may be of this capture, or all is
// decrypted, nothing is said.
func TestUnmatchedKeys(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const xfrm = "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x0badcafe reqid 1 mode tunnel\n\tenc cbc(aes) 0x000102030405060708090a0b0c0d0e0f\n"
	const ike = "SKEYID_D 0102030405060708:1112131415161718 0x000102030405060708090a0b0c0d0e0f10111213\n"
	const loose = "SKEYID_D - 0x000102030405060708090a0b0c0d0e0f10111213\n"
	esp, keyLog, some := write("sa.txt", xfrm), write("keys.log", ike), write("loose.log", loose+ike)
	wire := filepath.Join(pcaps, "diag-lifetime", "wire.pcap")
	for name, c := range map[string]struct{ keys, want string }{
		"ESP":   {esp, "none of the SPIs of " + esp + " is in the capture: its keys are of another tunnel, or of another time"},
		"IKE":   {keyLog, "none of the IKE SPIs of " + keyLog + " is in the capture: its keys are of another tunnel, or of another time"},
		"loose": {some, ""},
	} {
		var errs bytes.Buffer
		run([]string{"diagnose", wire, "-k", c.keys}, nil, io.Discard, &errs)
		first, _, _ := strings.Cut(errs.String(), "\n")
		if got := strings.TrimPrefix(first, "ikedecode: warning: "); c.want != "" && got != c.want || c.want == "" && strings.Contains(errs.String(), "is in the capture") {
			t.Errorf("%s: %q, want %q", name, errs.String(), c.want)
		}
	}
}
