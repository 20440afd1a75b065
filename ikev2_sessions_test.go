package ikedecode_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// recorded is the folder of a session: of this repository, or shared beside it.
func recorded(t *testing.T, name string) string {
	t.Helper()
	if dir := filepath.Join(pcaps, name); exists(dir) {
		return dir
	}
	return shared(t, "captures", name)
}

// sessionsV2 lists the recorded IKEv2 sessions that came up: those of this repository, and those shared beside it.
func sessionsV2(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(pcaps, "v2-*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no IKEv2 sessions: %v", err)
	}
	for _, dir := range testfile.Beside(t, "captures/v2-*") {
		if !exists(filepath.Join(pcaps, filepath.Base(dir))) {
			dirs = append(dirs, dir)
		}
	}
	return some(dirs)
}

// secretsFile is a file of a session, compressed or not; "" where there is none.
func secretsFile(dir, name string) string {
	for _, suffix := range []string{"", ".gz"} {
		if path := filepath.Join(dir, name) + suffix; exists(path) {
			return path
		}
	}
	return ""
}

// logBag reads a daemon's log.
func logBag(t *testing.T, dir, name string) *secret.Bag {
	t.Helper()
	path := secretsFile(dir, name)
	if path == "" {
		t.Fatalf("%s has no %s", dir, name)
	}
	return readBag(t, path)
}

func wire(dir string) string { return filepath.Join(dir, "wire.pcap") }

// Every IKEv2 session opens as a whole from a daemon's log: by all of its values, by SK_* alone, and by the DH secrets alone.
func TestIKEv2Sessions(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		full := logBag(t, dir, "gwa.log")
		want := clearTruth(t, dir)
		for name, bag := range map[string]*secret.Bag{
			"everything": full,
			"SK values":  only(full, secret.SKd, secret.SKei, secret.SKer, secret.SKai, secret.SKar, secret.ChildDHSecret, secret.PPK),
			"DH secrets": unbound(only(full, secret.DHSecret, secret.ChildDHSecret, secret.PPK)),
		} {
			t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
				r := analyze(t, bag, wire(dir))
				checkOpened(t, r)
				checkTraffic(t, r, want)
			})
		}
	}
}

// The log of the responder alone opens all, too.
func TestResponderLog2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		if secretsFile(dir, "gwb.log") == "" {
			dir = filepath.Join("..", "shared", "captures", filepath.Base(dir))
		}
		if secretsFile(dir, "gwb.log") == "" {
			continue
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := analyze(t, logBag(t, dir, "gwb.log"), wire(dir))
			checkOpened(t, r)
			checkTraffic(t, r, clearTruth(t, dir))
		})
	}
}

// The kernel's SAs of either side open the traffic, and nothing of IKE.
func TestKernelState2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		for _, name := range []string{"gwa.xfrm", "gwb.xfrm"} {
			path := secretsFile(dir, name)
			if path == "" {
				continue
			}
			t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
				r := analyze(t, readBag(t, path), wire(dir))
				checkTraffic(t, r, clearTruth(t, dir))
				if r.Counts.IKEOpened > 0 || r.Counts.IKEClosed == 0 {
					t.Errorf("messages opened without their keys: %+v", r.Counts)
				}
			})
		}
	}
}

// Wireshark's tables as the daemon's plugin writes them open the messages and the traffic. Such a table has one row for each set
// of keys, so that both of an SA with IKE_INTERMEDIATE are in it.
func TestDaemonsWiresharkTables2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		tables := filepath.Join(dir, "gwa.wireshark")
		if !exists(filepath.Join(tables, "ikev2_decryption_table")) {
			continue
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r, all := analyzeTables(t, dir, filepath.Join(tables, "ikev2_decryption_table"), filepath.Join(tables, "esp_sa"))
			checkOpened(t, r)
			if all {
				checkTraffic(t, r, clearTruth(t, dir))
			}
		})
	}
}

// The tables that are written for Wireshark, read back, open the messages and the traffic. A table that is written has the last
// set of an SA's keys alone: of an SA with IKE_INTERMEDIATE that one stays closed.
func TestWrittenWiresharkTables2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			first := analyze(t, logBag(t, dir, "gwa.log"), wire(dir))
			ike, esp := writeTables(t, first)
			r, all := analyzeTables(t, dir, ike, esp)
			if all {
				checkTraffic(t, r, clearTruth(t, dir))
			}
			for _, sa := range r.SAs {
				for _, m := range sa.Messages {
					intermediate := m.Message.Exchange == ikev2.ExchangeIntermediate
					if (m.State == ikesa.Closed) != intermediate {
						t.Errorf("frame %d, %v, is %v", m.Frame, m.Message.Exchange, m.State)
					}
				}
			}
		})
	}
}

// analyzeTables runs a session with Wireshark's tables. all tells whether esp_sa has the SAs: it has no words for ChaCha20-Poly1305.
func analyzeTables(t *testing.T, dir, ike, esp string) (r *run, all bool) {
	t.Helper()
	bag, none := readBag(t, ike), (*source.FormatError)(nil)
	switch sas, err := source.ReadFile(esp); {
	case err == nil:
		bag.Merge(sas)
		all = true
	case !errors.As(err, &none) || filepath.Base(dir) != "v2-rsa-certs-frag":
		t.Fatal(err)
	}
	return analyze(t, bag, wire(dir)), all
}

// writeTables writes ikev2_decryption_table and esp_sa from what a run has found.
func writeTables(t *testing.T, r *run) (ike, esp string) {
	t.Helper()
	var rows []export.IKEv2Row
	for _, sa := range r.SAs {
		g := sa.Generations[len(sa.Generations)-1]
		rows = append(rows, export.IKEv2Row{Initiator: sa.Initiator, Responder: sa.Responder, EI: g.EI, ER: g.ER, AI: g.AI, AR: g.AR,
			Cipher: sa.Policy.Cipher, MAC: sa.Policy.Integ})
	}
	dir := t.TempDir()
	ike, esp = filepath.Join(dir, "ikev2_decryption_table"), filepath.Join(dir, "esp_sa")
	write := func(path string, f func(*os.File) error) {
		out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		if err := f(out); err != nil {
			t.Fatal(err)
		}
	}
	write(ike, func(f *os.File) error { return export.WriteIKEv2Table(f, rows) })
	write(esp, func(f *os.File) error {
		_, err := export.WriteESPSA(f, r.KeyLog(false).SAs, export.Wireshark5)
		return err
	})
	return ike, esp
}

// The key log opens the session again: as a whole, the messages by its IKE keys alone, and the traffic by its ESP keys alone when
// the capture has no IKE message.
func TestKeyLogRoundTrip2(t *testing.T) {
	for _, dir := range sessionsV2(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			want := clearTruth(t, dir)
			log := readBag(t, exportKeyLog(t, analyze(t, logBag(t, dir, "gwa.log"), wire(dir))))
			r := analyze(t, log, wire(dir))
			checkOpened(t, r)
			checkTraffic(t, r, want)
			checkOpened(t, analyze(t, &secret.Bag{Secrets: log.Secrets}, wire(dir)))
			rest := slices.DeleteFunc(readPackets(t, wire(dir)), isIKE)
			checkTraffic(t, analyze(t, &secret.Bag{SAs: log.SAs}, writePackets(t, rest)), want)
		})
	}
}

// A capture that begins after an IKE SA was rekeyed has nothing that ties the new SA to the old one: its keys are found by what they
// open.
func TestStartsAfterRekey(t *testing.T) {
	for _, name := range []string{"v2-ss5-rekey", "v2-psk-gcm-x25519-pfs-rekey"} {
		dir := recorded(t, name)
		ps := readPackets(t, wire(dir))
		first := ikeOf(ps[0]).Initiator
		begin := slices.IndexFunc(ps, func(p *capture.Packet) bool {
			m := ikeOf(p)
			return m != nil && m.Initiator != first
		})
		if begin < 0 {
			t.Fatalf("%s: no second IKE SA", name)
		}
		for _, log := range []string{"gwa.log", "gwb.log"} {
			if secretsFile(dir, log) == "" {
				continue
			}
			t.Run(name+"/"+log, func(t *testing.T) {
				bag := logBag(t, dir, log)
				r := analyze(t, bag, writePackets(t, ps[begin:]))
				if len(r.SAs) != 1 || len(r.SAs[0].Messages) < 4 {
					t.Fatalf("%d SAs", len(r.SAs))
				}
				checkOpened(t, r)
				if n := r.Counts.NoSA + r.Counts.BadICV + r.Counts.Malformed; n > 0 || r.Counts.Opened == 0 {
					t.Errorf("traffic: %+v", r.Counts)
				}
			})
		}
	}
}

// Both sides begin at once: two IKE SAs, two requests for the same Child SA that cross, and rekeys of an IKE SA that cross.
func TestSimultaneous2(t *testing.T) {
	dir := recorded(t, "v2-simultaneous")
	r := analyze(t, logBag(t, dir, "gwa.log"), wire(dir))
	if len(r.SAs) != 3 || r.SAs[0].InitiatorAddr.Addr() != r.SAs[1].ResponderAddr.Addr() {
		t.Fatalf("%d IKE SAs", len(r.SAs))
	}
	for _, sa := range r.SAs[:2] {
		if !sa.Established || len(sa.Children) == 0 || len(sa.Auth) != 2 || !sa.Auth[0].OK || !sa.Auth[1].OK {
			t.Errorf("%v: established %v, %d children, AUTH %+v", sa.Initiator, sa.Established, len(sa.Children), sa.Auth)
		}
	}
	crossed := 0
	for _, x := range r.SAs[1].Exchanges {
		if x.Type == ikev2.ExchangeCreateChild {
			crossed++
		}
	}
	if crossed != 4 {
		t.Errorf("%d CREATE_CHILD_SA, want 4: two of a child and two of the IKE SA", crossed)
	}
}

// With IKEv1 both sides begin phase 1 at once, and a Quick Mode each in each of the two SAs.
func TestSimultaneous1(t *testing.T) {
	dir := recorded(t, "simultaneous-v1")
	r := analyze(t, logBag(t, dir, "gwa.log"), wire(dir))
	checkOpened(t, r)
	checkTraffic(t, r, clearTruth(t, dir))
	if len(r.SAs) != 2 || r.SAs[0].InitiatorAddr.Addr() != r.SAs[1].ResponderAddr.Addr() {
		t.Fatalf("%d IKE SAs", len(r.SAs))
	}
	for _, sa := range r.SAs {
		byInitiator := 0
		for _, c := range sa.Children {
			if c.FromInitiator {
				byInitiator++
			}
		}
		if !sa.Established || byInitiator == 0 || byInitiator == len(sa.Children) {
			t.Errorf("%v: established %v, %d of %d Quick Modes by the initiator", sa.Initiator, sa.Established, byInitiator, len(sa.Children))
		}
	}
}

// With MOBIKE the initiator moves to another address: its Child SAs go with it, under the same SPIs and keys.
func TestMobike(t *testing.T) {
	dir := recorded(t, "v2-mobike")
	for _, source := range []string{"gwa.log", "gwb.xfrm"} {
		r := analyze(t, logBag(t, dir, source), wire(dir))
		checkTraffic(t, r, clearTruth(t, dir))
		old, moved := 0, 0
		for _, sa := range r.Table.SAs() {
			if !sa.Proven() {
				t.Errorf("%s: SA %#x is not proved", source, sa.SPI)
			}
		}
		for _, p := range readPackets(t, wire(dir)) {
			switch {
			case isIKE(p):
			case strings.Contains(string(p.Data), "\xc0\x00\x02\x03"):
				moved++
			default:
				old++
			}
		}
		if source == "gwa.log" {
			checkMove(t, r)
		}
		if old == 0 || moved == 0 || r.Counts.Opened != old+moved {
			t.Errorf("%s: %d packets before the move, %d after it, %d opened", source, old, moved, r.Counts.Opened)
		}
	}
}

// checkMove wants the one address update of the session, whose COOKIE2 comes back, without NAT before or after it.
func checkMove(t *testing.T, r *run) {
	t.Helper()
	sa := r.SAs[0]
	updates := slices.DeleteFunc(slices.Clone(sa.Paths), func(p ikesa.Path) bool { return !p.Update })
	if len(updates) != 1 || updates[0].Cookie2 != ikesa.Cookie2Returned || updates[0].Initiator.Addr().String() != "192.0.2.3" ||
		updates[0].NAT != (ikesa.NAT{Seen: true}) || sa.NAT != updates[0].NAT {
		t.Errorf("NAT %+v, paths %+v", sa.NAT, sa.Paths)
	}
}

// NAT shows in the hashes of IKE_SA_INIT.
func TestNATDetection2(t *testing.T) {
	for _, name := range []string{"v2-eap-nat-esn", "v2-psk-aes128-sha256"} {
		r := analyze(t, nil, wire(recorded(t, name)))
		if want := (ikesa.NAT{Seen: true, BehindNATInitiator: name == "v2-eap-nat-esn"}); r.SAs[0].NAT != want {
			t.Errorf("%s: %+v", name, r.SAs[0].NAT)
		}
	}
}
