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
		if testing.Short() { // with the race detector each takes a second
			filters = filters[:1]
		}
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

// decrypt --live writes what a filter selects: all of it where hosts, a time or an IKE SA are asked for; and of what a name or an SPI selects, the
// packets from where that is known, which is before the traffic.
func TestFilterDecryptLive(t *testing.T) {
	for i, session := range []string{"v2-psk-gcm-x25519-pfs-rekey", "v2-rsa-certs-frag", "v1-two-children", "v1-aggressive-rsa-certs", "diag-v2-cert-expired"} {
		if testing.Short() && i%2 != 0 {
			continue // with the race detector each takes seconds
		}
		dir := filepath.Join(pcaps, session)
		wire := filepath.Join(dir, "wire.pcap")
		_, all := records(t, wire)
		const record, isakmp = 16, 14 + 20 + 8
		cookie := fmt.Sprintf("%x", all[0][record+isakmp:record+isakmp+8])
		for _, filter := range [][]string{
			{"--peer", "192.0.2.1"}, {"--peer", "198.51.100.0/24"}, {"--since", "2", "--until", "20"}, {"--sa", cookie}, {"--peer", "gwb"}, {"--sa", spiIn(t, dir)},
		} {
			made := func(more ...string) (packets [][]byte, said string, code int) {
				out := filepath.Join(t.TempDir(), "out.pcap")
				data, err := os.Open(wire)
				if err != nil {
					t.Fatal(err)
				}
				defer data.Close()
				var errs bytes.Buffer
				args := append([]string{"decrypt", "-k", filepath.Join(dir, "gwa.log"), "-w", out, "-"}, filter...)
				if code = run(append(args, more...), data, &bytes.Buffer{}, &errs); code != exitDone && code != exitIncomplete {
					t.Fatalf("%s %v: exit code %d: %s", session, filter, code, &errs)
				}
				_, packets = records(t, out)
				return packets, strings.ReplaceAll(errs.String(), out, "OUT"), code
			}
			want, wantSaid, wantCode := made()
			got, said, code := made("--live")
			if byName := filter[1] == "gwb" || strings.HasPrefix(filter[1], "0x"); byName {
				if messages := len(all) - len(espPackets(all)); !amongThem(got, want) || len(want)-len(got) > messages {
					t.Errorf("%s %v: %d packets, want those of the complete capture, %d, but for messages of IKE before it is known", session, filter, len(got), len(want))
				}
				continue
			}
			if !slices.EqualFunc(got, want, bytes.Equal) || said != wantSaid || code != wantCode {
				t.Errorf("%s %v: %d packets, want %d; exit code %d, want %d\n%s\nwant\n%s", session, filter, len(got), len(want), code, wantCode, said, wantSaid)
			}
		}
	}
}

// amongThem reports whether all of some packets are in others, in their order, and the last one of them is the last.
func amongThem(some, others [][]byte) bool {
	if len(some) == 0 || !bytes.Equal(some[len(some)-1], others[len(others)-1]) {
		return false
	}
	for _, p := range others {
		if len(some) > 0 && bytes.Equal(p, some[0]) {
			some = some[1:]
		}
	}
	return len(some) == 0
}
