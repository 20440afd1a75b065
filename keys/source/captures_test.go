package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// captures is where the recordings are that are not in the repository.
const captures = "../../../shared/captures"

// recordings lists the recorded sessions, those that have more files where they are shared beside the repository from there.
func recordings(t *testing.T) []string {
	t.Helper()
	own, err := filepath.Glob(filepath.Join(pcaps, "*"))
	if err != nil || len(own) == 0 {
		t.Fatalf("no recordings in %s: %v", pcaps, err)
	}
	var out []string
	seen := map[string]bool{}
	for _, d := range append(testfile.Beside(t, "captures/*"), own...) {
		if st, err := os.Stat(d); err == nil && st.IsDir() && !seen[filepath.Base(d)] {
			seen[filepath.Base(d)] = true
			out = append(out, d)
		}
	}
	if testing.Short() { // the race detector makes them slow
		const every = 5
		n := 0
		out = slices.DeleteFunc(out, func(string) bool { n++; return n%every != 0 })
	}
	return out
}

// keyOf is what every source must agree on about an SA.
func keyOf(p esp.Params) string {
	return fmt.Sprintf("%v %08x %s %x %s %x", p.Protocol, p.SPI, cipherOf(p), p.CipherKey, macOf(p), p.MACKey)
}

func keysOf(sas []esp.Params, keep func(esp.Params) bool) []string {
	set := map[string]bool{}
	for _, p := range sas {
		if keep(p) {
			set[keyOf(p)] = true
		}
	}
	var out []string
	for k := range set {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func read(t *testing.T, path string) *secret.Bag {
	t.Helper()
	b, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range b.Warnings {
		t.Errorf("warning: %v", w)
	}
	return b
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestRecordingsAgree reads every source of every recording: what the daemons log, what the kernel holds and what
// save-keys writes must be the same keys for the same SPI.
func TestRecordingsAgree(t *testing.T) {
	for _, dir := range recordings(t) {
		state := filepath.Join(dir, "gwa.xfrm")
		if !exists(state) {
			state = filepath.Join(dir, "gwb.xfrm")
		}
		if !exists(state) {
			continue // a negotiation that failed has no SAs
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			kernel := read(t, state)
			all := keysOf(kernel.SAs, func(p esp.Params) bool { return true })
			if len(all) == 0 {
				t.Fatal("no SAs in ip xfrm state")
			}
			for _, gw := range []string{"gwa", "gwb"} {
				checkLog(t, filepath.Join(dir, gw+".log"), kernel.SAs)
				checkSubset(t, filepath.Join(dir, gw+".setkey"), kernel.SAs)
				checkTables(t, filepath.Join(dir, gw+".wireshark"), kernel.SAs)
				if p := filepath.Join(dir, gw+".xfrm"); exists(p) {
					other := keysOf(read(t, p).SAs, func(p esp.Params) bool { return true })
					if fmt.Sprint(other) != fmt.Sprint(all) {
						t.Errorf("%s.xfrm: %v, want %v", gw, other, all)
					}
				}
			}
		})
	}
}

// checkLog wants every SA of the kernel in the daemon's log, with its addresses.
func checkLog(t *testing.T, path string, want []esp.Params) {
	t.Helper()
	if !exists(path) {
		return
	}
	b := read(t, path)
	if len(b.Formats) == 0 {
		t.Errorf("%s: no format", path)
	}
	got := map[string]esp.Params{}
	for _, p := range b.SAs {
		got[keyOf(p)] = p
	}
	for _, p := range want {
		q, ok := got[keyOf(p)]
		if !ok {
			t.Errorf("%s: %v is missing", path, p)
			continue
		}
		if !strings.Contains(path, "nat") && (p.Src != q.Src || p.Dst != q.Dst) {
			t.Errorf("%s: %v has other addresses: %v", path, p, q)
		}
		if p.ESN != q.ESN || p.ICVLen != q.ICVLen || p.IPCompAlg != q.IPCompAlg {
			t.Errorf("%s: %v != %v: ESN %t %t", path, p, q, p.ESN, q.ESN)
		}
		if p.UDP != q.UDP {
			t.Errorf("%s: %v: UDP %t, want %t", path, p, q.UDP, p.UDP)
		}
	}
	known := map[string]bool{}
	for _, p := range want {
		known[fmt.Sprint(p.Protocol, p.SPI)] = true
	}
	for _, p := range b.SAs {
		if !known[fmt.Sprint(p.Protocol, p.SPI)] {
			t.Errorf("%s: %v is no SA of the kernel", path, p)
		}
	}
}

func checkSubset(t *testing.T, path string, want []esp.Params) {
	t.Helper()
	if !exists(path) {
		return
	}
	known := map[string]bool{}
	for _, p := range want {
		known[keyOf(p)] = true
	}
	bag, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(bag.Formats) != 1 || bag.Formats[0].Name != "setkey -D" {
		t.Fatalf("%s: formats %v", path, bag.Formats)
	}
	// setkey has no words for AES-GCM: it lists such SAs without their keys, and the reader is told.
	if bare := bag.Formats[0].Keyless > 0; bare != (len(bag.Warnings) == 1) || bare != (len(bag.SAs) == 0) {
		t.Errorf("%s: %v of %d SAs, of which some have no keys: %v", path, bag.Warnings, len(bag.SAs), bare)
	}
	for _, p := range bag.SAs {
		if macOf(p) == "hmac-sha2-256-96" {
			continue // the alternative
		}
		if !known[keyOf(p)] {
			t.Errorf("%s: %v is not in ip xfrm state", path, p)
		}
	}
}

func checkTables(t *testing.T, dir string, want []esp.Params) {
	t.Helper()
	path := filepath.Join(dir, "esp_sa")
	if st, err := os.Stat(path); err != nil || st.Size() == 0 {
		return
	}
	got := keysOf(read(t, path).SAs, func(esp.Params) bool { return true })
	exp := keysOf(want, func(p esp.Params) bool { return p.Protocol == esp.ESP })
	if fmt.Sprint(got) != fmt.Sprint(exp) {
		t.Errorf("%s: %v, want %v", path, got, exp)
	}
}

// TestRecordingsIKE compares the IKE keys of both peers' logs with each other and with save-keys' tables.
func TestRecordingsIKE(t *testing.T) {
	for _, dir := range recordings(t) {
		a, b := filepath.Join(dir, "gwa.log"), filepath.Join(dir, "gwb.log")
		if !exists(a) || !exists(b) || strings.Contains(dir, "fail-") {
			continue
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			bagA, bagB := read(t, a), read(t, b)
			for _, s := range bagA.Secrets {
				// The SPIs of an IKE SA that was rekeyed into being are not in the log.
				rekeyed := strings.Contains(dir, "v2-psk-gcm-x25519-pfs-rekey") && s.Group > 2
				if s.Kind != secret.PSK && s.Where.Initiator.IsZero() && !rekeyed {
					t.Errorf("%v of %v is not bound", s.Kind, s.Origin)
				}
			}
			if strings.Contains(dir, "libreswan") {
				bagA, bagB = bagB, bagA // pluto prints less
			}
			for _, s := range bagA.Secrets {
				if s.Kind != secret.PSK && !s.Kind.Public() && !has(bagB, s) { // each charon prints the IVs that it uses; racoon's are not read
					t.Errorf("%v of %v is not in the other log", s, s.Origin)
				}
			}
			for _, table := range []string{"ikev1_decryption_table", "ikev2_decryption_table"} {
				path := filepath.Join(dir, "gwa.wireshark", table)
				if !exists(path) {
					continue
				}
				for _, s := range read(t, path).Secrets {
					if !has(bagA, s) && !has(bagB, s) {
						t.Errorf("%v of %v is not in the log", s, s.Origin)
					}
				}
			}
		})
	}
}

// has reports whether the bag has the value at a place that agrees.
func has(b *secret.Bag, want secret.Secret) bool {
	for _, s := range b.Secrets {
		if s.Kind == want.Kind && bytes.Equal(s.Value, want.Value) && s.Where.MessageID == want.Where.MessageID &&
			(s.Where.Initiator.IsZero() || s.Where.Initiator == want.Where.Initiator) &&
			(s.Where.Responder.IsZero() || want.Where.Responder.IsZero() || s.Where.Responder == want.Where.Responder) {
			return true
		}
	}
	return false
}
