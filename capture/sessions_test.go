package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// sharedFolder returns a folder of real captures, or skips the test where there is none.
func sharedFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("../shared/%s is missing", name)
	}
	return dir
}

// splitAll reads captures and splits them.
func splitAll(t *testing.T, paths ...string) ([]Datagram, *Splitter, []Cut) {
	t.Helper()
	src, err := Open(paths, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSplitter(SplitOptions{})
	var all []Datagram
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		ds := s.Split(p)
		for i := range ds {
			checkDatagram(t, p, &ds[i])
		}
		all = append(all, ds...)
	}
	return append(all, s.Flush()...), s, src.Cuts()
}

func countKinds(all []Datagram) map[Kind]int {
	kinds := map[Kind]int{}
	for _, d := range all {
		kinds[d.Kind]++
	}
	return kinds
}

// TestSessions reads real sessions. The counts are those that tshark sees.
func TestSessions(t *testing.T) {
	dir := sharedFolder(t, "captures")
	for path, want := range map[string]map[Kind]int{
		"v1-main-psk-aes128-sha1/wire.pcap":        {IKE: 11, ESP: 45},
		"v1-main-psk-3des-md5-espnull/wire.pcap":   {IKE: 11, ESP: 57}, // four of them in fragments
		"v1-main-psk-nat/wire.pcap":                {IKE: 19, ESP: 88, Keepalive: 2},
		"v1-main-psk-nat/wire-behind-nat.pcap":     {IKE: 19, ESP: 88, Keepalive: 2, Other: 27},
		"v1-gateway-capture/wire.pcap":             {IKE: 11, ESP: 45, Other: 35},
		"v1-ah-tunnel/wire.pcap":                   {IKE: 11, AH: 45},
		"v2-eap-nat-esn/wire.pcap":                 {IKE: 14, ESP: 26},
		"fail-no-answer/wire.pcap":                 {IKE: 3},
		"../peers/ikev1-certs.pcap":                nil,
		"v1-main-psk-aes128-sha1/clear.pcap":       {Other: 45},
		"v1-main-psk-multi-proposals/../README.md": nil,
	} {
		t.Run(path, func(t *testing.T) {
			path := filepath.Join(dir, filepath.FromSlash(path))
			if filepath.Ext(path) == ".md" {
				if _, err := Open([]string{path}, Options{}); err == nil {
					t.Error("text was taken for a capture")
				}
				return
			}
			all, s, cuts := splitAll(t, path)
			if got := countKinds(all); want != nil && fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if len(cuts) != 0 || s.IncompleteCount() != 0 && want[Other] == 0 {
				t.Errorf("cuts %v, incomplete %v", cuts, s.Incomplete())
			}
		})
	}
}

// TestSessionCut cuts a real capture at many lengths.
func TestSessionCut(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(sharedFolder(t, "captures"), "v1-main-psk-aes128-sha1", "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := readAll(t, fileOf(t, "x", b))
	for n := 4; n < len(b); n += 97 {
		got, cuts := readAll(t, fileOf(t, "x", b[:n]))
		off := int64(pcapHeaderLen)
		for i, p := range got {
			if !bytes.Equal(p.Data, whole[i].Data) {
				t.Fatalf("length %d: packet %d differs", n, i+1)
			}
			off += pcapRecordLen + int64(len(p.Data))
		}
		if n < pcapHeaderLen {
			off = 0
		}
		if off == int64(n) != (len(cuts) == 0) || len(cuts) == 1 && cuts[0].Offset != off {
			t.Errorf("length %d: cuts %v, records end at %d", n, cuts, off)
		}
	}
}

// TestHostile reads captures that crashed or misled other decoders.
func TestHostile(t *testing.T) {
	dir := sharedFolder(t, "hostile")
	paths, _ := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if len(paths) == 0 {
		t.Fatal("no captures")
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			all, s, cuts := splitAll(t, path)
			if len(all) == 0 && len(cuts) == 0 && s.IncompleteCount() == 0 {
				t.Error("nothing came out")
			}
			t.Log(countKinds(all), cuts, s.Incomplete())
		})
	}
}
