//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A filter selects of a capture that is read as it comes what it selects of a complete one.
func TestFilterLive(t *testing.T) {
	for session, filters := range map[string][][]string{
		"v2-psk-gcm-x25519-pfs-rekey": {nil, {"--peer", "192.0.2.1"}, {"--peer", "203.0.113.7"}, {"--peer", "gwb"}, {"--since", "5", "--until", "20"}, {"--until", "10"}},
		"v1-two-children":             {{"--peer", "192.0.2.2"}, {"--since", "2"}, {"--peer", "nobody"}},
		"fail-v2-auth":                {{"--peer", "192.0.2.1"}, {"--since", "3600"}},
	} {
		dir := filepath.Join(pcaps, session)
		wire, err := os.ReadFile(filepath.Join(dir, "wire.pcap"))
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, []string{"--sa", spiIn(t, dir)})
		for _, filter := range filters {
			for _, command := range []string{"sas", "diagnose"} {
				made := func(more ...string) (string, int) {
					var out, errs bytes.Buffer
					args := append([]string{command, "--json", "-k", filepath.Join(dir, "gwa.log"), "-"}, filter...)
					code := run(append(args, more...), bytes.NewReader(wire), &out, &errs)
					if code != exitDone && code != exitIncomplete {
						t.Fatalf("%s %s %v: exit code %d: %s", session, command, filter, code, &errs)
					}
					lines := strings.Split(strings.ReplaceAll(out.String(), ",\n", "\n"), "\n")
					slices.Sort(lines) // the sources of an SA come in the order in which they were known
					return strings.Join(lines, "\n"), code
				}
				want, wantCode := made()
				got, code := made("--live")
				if got != want || code != wantCode {
					t.Errorf("%s %s %v: exit code %d, want %d\n%s\nwant\n%s", session, command, filter, code, wantCode, firstDifference(got, want), firstDifference(want, got))
				}
			}
		}
	}
}

// spiIn is the SPI of the last ESP packet of a session, or the cookie of its IKE SA where there is none.
func spiIn(t *testing.T, dir string) string {
	t.Helper()
	_, list := records(t, filepath.Join(dir, "wire.pcap"))
	const record, esp, isakmp = 16, 14 + 20, 14 + 20 + 8
	if packets := espPackets(list); len(packets) > 0 {
		last := packets[len(packets)-1]
		return fmt.Sprintf("0x%x", last[record+esp:record+esp+4])
	}
	return fmt.Sprintf("%x", list[0][record+isakmp:record+isakmp+8])
}

// firstDifference is a text from shortly before where it differs from another one.
func firstDifference(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[max(0, n-200):min(len(a), n+300)]
}
