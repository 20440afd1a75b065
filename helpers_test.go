package ikedecode_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

const pcaps = "testdata/pcaps"

// sessionsV1 lists the recorded IKEv1 sessions that came up. IKEDECODE_SESSIONS names a folder of other ones, laid out
// alike, to try the tests on.
func sessionsV1(t *testing.T) []string {
	t.Helper()
	pattern := filepath.Join(pcaps, "v1-*")
	if dir := os.Getenv("IKEDECODE_SESSIONS"); dir != "" {
		pattern = filepath.Join(dir, "*")
	}
	dirs, err := filepath.Glob(pattern)
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no sessions in %s: %v", pcaps, err)
	}
	return some(dirs)
}

// some keeps every twelfth of a list with -short, which is how the race detector runs: what races in one session does so in many.
func some[T any](list []T) []T {
	if !testing.Short() {
		return list
	}
	var kept []T
	for i := 0; i < len(list); i += 12 {
		kept = append(kept, list[i])
	}
	return kept
}

// readPackets reads a whole capture.
func readPackets(t testing.TB, paths ...string) []*capture.Packet {
	t.Helper()
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	var out []*capture.Packet
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

// writePackets writes packets as a pcap file, in the order given, a microsecond apart where time would run backwards.
func writePackets(t testing.TB, ps []*capture.Packet) string {
	t.Helper()
	var list []*capture.Packet
	last := ps[0].Time
	for _, p := range ps {
		q := *p
		if q.Time.Before(last) {
			q.Time = last.Add(1000)
		}
		last = q.Time
		list = append(list, &q)
	}
	return writeAsTimed(t, list)
}

// writeAsTimed writes packets as a pcap file, in the order and with the times given.
func writeAsTimed(t testing.TB, ps []*capture.Packet) string {
	t.Helper()
	var b bytes.Buffer
	le := binary.LittleEndian
	h := make([]byte, 24)
	le.PutUint32(h, 0xa1b23c4d)
	le.PutUint16(h[4:], 2)
	le.PutUint16(h[6:], 4)
	le.PutUint32(h[16:], 262144)
	le.PutUint32(h[20:], uint32(ps[0].Link))
	b.Write(h)
	for _, p := range ps {
		rec := make([]byte, 16)
		le.PutUint32(rec, uint32(p.Time.Unix()))
		le.PutUint32(rec[4:], uint32(p.Time.Nanosecond()))
		le.PutUint32(rec[8:], uint32(len(p.Data)))
		le.PutUint32(rec[12:], uint32(p.OrigLen))
		b.Write(rec)
		b.Write(p.Data)
	}
	path := filepath.Join(t.TempDir(), "edited.pcap")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readBag reads files of secrets into one bag.
func readBag(t testing.TB, paths ...string) *secret.Bag {
	t.Helper()
	bag := &secret.Bag{}
	for _, p := range paths {
		b, err := source.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(b)
	}
	return bag
}

// only keeps the secrets of some kinds.
func only(bag *secret.Bag, kinds ...secret.Kind) *secret.Bag {
	out := &secret.Bag{}
	for _, s := range bag.Secrets {
		if slices.Contains(kinds, s.Kind) {
			out.Secrets = append(out.Secrets, s)
		}
	}
	return out
}

// scenarioPSK reads the pre-shared key that a session was configured with.
func scenarioPSK(t *testing.T, dir string) secret.Secret {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "scenario.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), `"psk": "`)
	if !ok {
		return secret.Secret{Kind: secret.PSK, Value: []byte("none")}
	}
	psk, _, _ := strings.Cut(rest, `"`)
	return secret.Secret{Kind: secret.PSK, Value: []byte(psk), Origin: secret.Origin{Label: "PSK"}}
}

// A run is an analysed capture with all that came out of its tunnels.
type run struct {
	*ikedecode.Session
	inner   [][]byte // inner IP packets
	payload []byte   // all that transport mode carried
}

// analyze runs both passes over a capture.
func analyze(t testing.TB, bag *secret.Bag, paths ...string) *run {
	t.Helper()
	src, err := capture.Open(paths, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Session: s}
	err = s.Run(context.Background(), func(f *ikedecode.Frame) error {
		for _, it := range f.Items {
			if it.Opened == nil {
				continue
			}
			if it.Opened.IP != nil {
				r.inner = append(r.inner, bytes.Clone(it.Opened.IP))
			} else {
				r.payload = append(r.payload, it.Opened.Payload...)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unrouted is a packet without what a router changes, as a map key.
func unrouted(ip []byte) string {
	if len(ip) < 20 {
		return string(ip)
	}
	if ip[0]>>4 == 4 {
		n := min(int(binary.BigEndian.Uint16(ip[2:])), len(ip))
		return string(ip[2:8]) + string(ip[9:10]) + string(ip[12:n])
	}
	n := min(40+int(binary.BigEndian.Uint16(ip[4:])), len(ip))
	return string(ip[4:7]) + string(ip[8:n])
}

// compare counts the packets of want that are missing in got, and those that are too many.
func compare(got, want [][]byte) (missing, extra int) {
	count := make(map[string]int)
	for _, p := range want {
		count[unrouted(p)]++
	}
	for _, p := range got {
		count[unrouted(p)]--
	}
	for _, n := range count {
		if n > 0 {
			missing += n
		} else {
			extra -= n
		}
	}
	return missing, extra
}

// clearTruth reads the packets that crossed the tunnel, nil where the session has no such file.
func clearTruth(t *testing.T, dir string) [][]byte {
	t.Helper()
	path := filepath.Join(dir, "clear.pcap")
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	var out [][]byte
	for _, p := range readPackets(t, path) {
		out = append(out, p.Data[14:])
	}
	return out
}
