package ikedecode_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// sourcesOf lists the files of a session that hold the keys of its traffic.
func sourcesOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := make(map[string][]string)
	for _, name := range []string{"gwa.log", "gwb.log", "gwb.xfrm", "gwb.setkey"} {
		p := filepath.Join(dir, name)
		if !exists(p) || name == "gwb.setkey" && !holdsKeys(t, p) {
			continue
		}
		out[name] = []string{p}
	}
	if p := filepath.Join(dir, "gwa.wireshark", "esp_sa"); exists(p) {
		out["wireshark"] = []string{p, filepath.Join(dir, "gwa.wireshark", "ikev1_decryption_table")}
	}
	return out
}

// holdsKeys reports whether a dump of setkey -D has keys: it prints none for the SAs of combined modes.
func holdsKeys(t *testing.T, path string) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(b, []byte("\tE: ")) || bytes.Contains(b, []byte("\tA: "))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Every session decrypts to exactly what was seen in the clear behind the gateway, from each source that holds its keys.
func TestSessionsEqualClearTraffic(t *testing.T) {
	for _, dir := range sessionsV1(t) {
		want := clearTruth(t, dir)
		for name, files := range sourcesOf(t, dir) {
			t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
				checkSession(t, dir, readBag(t, files...), want, name)
			})
		}
	}
}

func checkSession(t *testing.T, dir string, bag *secret.Bag, want [][]byte, name string) {
	t.Helper()
	if private := only(bag, secret.DHPrivate); len(private.Secrets) > 0 {
		bag = private // the DH private values and the PSK, nothing else
		bag.Add(scenarioPSK(t, dir))
	}
	r := analyze(t, bag, filepath.Join(dir, "wire.pcap"))
	checkTraffic(t, r, want)
	if strings.HasPrefix(name, "gw") && strings.HasSuffix(name, ".log") || name == "wireshark" {
		checkOpened(t, r)
	}
}

// checkTraffic compares what came out of the tunnels with the truth.
func checkTraffic(t *testing.T, r *run, want [][]byte) {
	t.Helper()
	if want == nil {
		if !bytes.Contains(r.payload, []byte("The quick brown fox")) {
			t.Error("the page of the HTTP download is not in the traffic")
		}
	} else if missing, extra := compare(r.inner, want); missing+extra > 0 {
		t.Errorf("%d packets missing, %d extra of %d", missing, extra, len(want))
	}
	if n := r.Counts.NoSA + r.Counts.BadICV + r.Counts.Malformed; n > 0 {
		t.Errorf("%d packets closed: %+v", n, r.Counts)
	}
}

// checkOpened demands that every IKE message is open as a whole.
func checkOpened(t *testing.T, r *run) {
	t.Helper()
	for _, sa := range r.SAs {
		for _, m := range sa.Messages {
			if m.State == ikesa.Closed || m.State == ikesa.Partly {
				t.Errorf("frame %d is %v (%v)", m.Frame, m.State, m.Why)
			}
			if m.PayErr != nil {
				t.Errorf("frame %d: %v", m.Frame, m.PayErr)
			}
			if m.Hash.Done && !m.Hash.OK {
				t.Errorf("frame %d: %s does not fit", m.Frame, m.Hash.Name)
			}
		}
	}
}

// The key log that is exported from a daemon's log opens the same, and the traffic alone when the IKE messages are gone.
func TestKeyLogRoundTrip(t *testing.T) {
	for _, dir := range sessionsV1(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			log := exportKeyLog(t, analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), filepath.Join(dir, "wire.pcap")))
			want := clearTruth(t, dir)
			checkSession(t, dir, readBag(t, log), want, "keylog.log")
			var esp []int
			ps := readPackets(t, filepath.Join(dir, "wire.pcap"))
			rest := ps[:0:0]
			for i, p := range ps {
				if !isIKE(p) {
					esp = append(esp, i)
					rest = append(rest, p)
				}
			}
			if len(esp) == 0 {
				t.Fatal("no traffic")
			}
			checkTraffic(t, analyze(t, readBag(t, log), writePackets(t, rest)), want)
		})
	}
}

// exportKeyLog writes the key log of an analysed capture into a file.
func exportKeyLog(t *testing.T, r *run) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := secret.WriteKeyLog(f, r.KeyLog(false)); err != nil {
		t.Fatal(err)
	}
	return path
}
