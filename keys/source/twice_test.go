package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A log in which a syslog daemon wrote each line twice has the secrets and events of the log, wherever it begins.
func TestTwice(t *testing.T) {
	for _, path := range []string{"v2-psk-aes128-sha256/gwa.log", "v1-racoon-dh-private/gwb.log", "v1-two-children/gwa.log"} {
		b, err := os.ReadFile(filepath.Join("../../testdata/pcaps", path))
		if err != nil {
			t.Fatal(err)
		}
		once := strings.SplitAfter(string(b), "\n")
		var doubled strings.Builder
		for i, line := range once {
			if i > 0 { // whose copy is in the file before
				doubled.WriteString(line)
			}
			doubled.WriteString(line)
		}
		want, err := Read("log", b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read("log", []byte(doubled.String()))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Secrets) != len(want.Secrets) || len(got.SAs) != len(want.SAs) || len(got.Events) != len(want.Events) {
			t.Errorf("%s: %d secrets, %d SAs and %d events, want %d, %d and %d", path,
				len(got.Secrets), len(got.SAs), len(got.Events), len(want.Secrets), len(want.SAs), len(want.Events))
		}
	}
}

// Lines that are twice in a row now and then stay.
func TestNotTwice(t *testing.T) {
	var tw twice
	var list []line
	for i := range 40 {
		list = append(list, line{num: i + 1, text: strings.Repeat("a", 1+i*2/3)})
	}
	if got := tw.detect(list); len(got) != len(list) || tw.is {
		t.Errorf("%d of %d lines", len(got), len(list))
	}
}
