package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
)

// An export without a key says so and leaves nothing behind, in every format; so does one whose keys the format has no words for.
func TestExportOfNothing(t *testing.T) {
	wire := filepath.Join(pcaps, "v2-psk-aes128-sha256", "wire.pcap")
	for _, format := range exportFormats {
		for _, args := range [][]string{{wire}, {"--psk", "not this one", wire}} {
			var out, errs bytes.Buffer
			dir := t.TempDir()
			path := filepath.Join(dir, "out")
			code := run(append([]string{"export", format, "-o", path}, args...), strings.NewReader(""), &out, &errs)
			if code != exitFailed || !strings.Contains(errs.String(), "error: nothing to export") || !strings.Contains(errs.String(), "hint: ") {
				t.Errorf("%s: exit code %d: %s", format, code, &errs)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%s leaves %v", format, left)
			}
		}
	}
	for _, c := range []struct{ command, session, says string }{
		{"export esp-sa -o", "v1-ah-tunnel", "esp-sa holds none of the verified keys"},
		{"export esp-sa --for 4.0 -o", "v1-ah-tunnel", "esp-sa holds none of the verified keys"},
		{"export esp-sa --for 4.4 -o", "fail-v2-ts", "esp-sa holds none of the verified keys"}, // IKE alone
		{"export esp-sa --for 4.4 -o", "v2-rsa-certs-frag", "Wireshark 4.4 knows none of the algorithms"},
		{"export tcpdump -o", "v1-ah-tunnel", "tcpdump holds none of the verified keys"},
		{"export ikev1 -o", "v2-psk-aes128-sha256", "ikev1 holds none of the verified keys"},
		{"export ikev2 -o", "v1-ah-tunnel", "ikev2 holds none of the verified keys"},
		{"export dsb -o", "fail-v2-ts", "a secrets block holds none of the verified keys"},
		{"decrypt --embed-keys -w", "fail-v2-ts", "a secrets block holds none of the verified keys"},
	} {
		var out, errs bytes.Buffer
		path := filepath.Join(t.TempDir(), "out")
		dir := filepath.Join(pcaps, c.session)
		args := append(strings.Fields(c.command), path, "--json", "-k", filepath.Join(dir, "gwa.log"), filepath.Join(dir, "wire.pcap"))
		code := run(args, strings.NewReader(""), &out, &errs)
		if code != exitFailed || !strings.Contains(errs.String(), c.says) || !strings.Contains(out.String(), c.says) || exists(path) {
			t.Errorf("%s: exit code %d: %s%s", c.command, code, &errs, &out)
		}
	}
}

// The profile for each version, given back with -k, decrypts what the log of the daemon did.
func TestProfileTakenBack(t *testing.T) {
	for _, name := range []string{"v1-main-psk-aes128-sha1", "v2-psk-gcm-x25519-pfs-rekey", "v2-eap-nat-esn", "v1-transport", "v1-ipcomp"} {
		dir := filepath.Join(pcaps, name)
		wire, tmp := filepath.Join(dir, "wire.pcap"), t.TempDir()
		want := filepath.Join(tmp, "want.pcap")
		runDone(t, "decrypt", "-q", "-k", filepath.Join(dir, "gwa.log"), "-w", want, wire)
		for _, version := range []string{"4.0", "4.4", "5"} {
			profile, got := filepath.Join(tmp, version), filepath.Join(tmp, version+".pcap")
			runDone(t, "export", "wireshark", "-q", "--for", version, "-k", filepath.Join(dir, "gwa.log"), "-o", profile, wire)
			if _, said := runDone(t, "decrypt", "-k", profile, "-w", got, wire); strings.Contains(said, "warning") {
				t.Errorf("%s for %s: %s", name, version, said)
			}
			sameFile(t, name+" for "+version, got, want)
		}
	}
}

func sameFile(t *testing.T, what, got, want string) {
	t.Helper()
	a, err1 := os.ReadFile(got)
	b, err2 := os.ReadFile(want)
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("%s: %v, %v, or the packets differ", what, err1, err2)
	}
}

// The hint of export tcpdump works as it stands, also for root.
func TestTCPDumpHint(t *testing.T) {
	needTcpdump(t)
	wire, err := filepath.Abs(filepath.Join(pcaps, "v1-main-psk-aes128-sha1", "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "keys of gwa")
	_, said := runDone(t, "export", "tcpdump", "-k", filepath.Join(filepath.Dir(wire), "gwa.log"), "-o", keys, wire)
	_, command, ok := strings.Cut(said, "hint: ")
	if !ok || strings.Contains(command, " -Z root ") != (os.Geteuid() == 0) {
		t.Fatalf("it says %s", said)
	}
	out, err := exec.Command("sh", "-c", command).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ICMP echo request") {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
}

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"wire.pcap": "wire.pcap", "a b": `"a b"`, "it's": `'it'\''s'`, "$HOME x": "'$HOME x'", "": `""`, "/tmp/x_1-2": "/tmp/x_1-2", "a`b": "'a`b'",
	} {
		if got := shellWord(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Secrets blocks of other protocols come through: decrypted, split, and beside the keys of ESP. pcap has no place for them, which is told.
func TestSecretsSurvive(t *testing.T) {
	dir, tmp := filepath.Join(pcaps, "v1-main-psk-aes128-sha1"), t.TempDir()
	secrets := []capture.SecretBlock{
		{Type: 0x544c534b, Data: []byte("CLIENT_RANDOM 00 11\n")}, {Type: 0x57474b4c, Data: []byte("LOCAL_STATIC_PRIVATE_KEY = AA\n")}, {Type: 0x5a4e574b, Data: []byte{1, 2, 3}},
	}
	wire := filepath.Join(tmp, "wire.pcapng")
	w, err := capture.Create(wire, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range secrets {
		w.Secret(b)
	}
	for _, p := range readFrames(t, filepath.Join(dir, "wire.pcap")) {
		if err := w.Write(p, p.Data, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "gwa.log")
	runDone(t, "decrypt", "-q", "-k", key, "-w", filepath.Join(tmp, "plain.pcapng"), wire)
	runDone(t, "decrypt", "-q", "-k", key, "--split-by", "sa", "-w", filepath.Join(tmp, "split.pcapng"), wire)
	runDone(t, "decrypt", "-q", "-k", key, "--embed-keys", "-w", filepath.Join(tmp, "keyed.pcapng"), wire)
	files, _ := filepath.Glob(filepath.Join(tmp, "*.pcapng"))
	if len(files) != 6 { // two SAs
		t.Errorf("%q", files)
	}
	for _, file := range files {
		src, err := capture.Open([]string{file}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		got, _ := src.SecretBlocks()
		want := len(secrets)
		if strings.HasPrefix(filepath.Base(file), "keyed") {
			want++
		}
		if len(got) != want {
			t.Errorf("%s: %d blocks, want %d", filepath.Base(file), len(got), want)
			continue
		}
		for i, b := range secrets {
			if got[i].Type != b.Type || !bytes.Equal(got[i].Data, b.Data) {
				t.Errorf("%s: block %d is %v", filepath.Base(file), i, got[i])
			}
		}
	}
	_, said := runDone(t, "decrypt", "-k", key, "-w", filepath.Join(tmp, "plain.pcap"), wire)
	if !strings.Contains(said, "warning: 3 secrets blocks of the capture left out: pcap has no place for them") {
		t.Errorf("it says %s", said)
	}
}

// What dsb, setkey and the profile for the newest Wireshark hold of a session decrypts the same packets again: of dsb without any other key.
func TestExportRoundTrips(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program for each session")
	}
	for _, c := range []struct {
		name, key string
		not       string // the formats that have no words for it
	}{
		{"v1-ah-tunnel", "gwa.log", "esp-sa"}, {"v1-main-psk-nat", "gwa.log", ""}, {"v1-transport", "gwa.log", ""}, {"v1-main-psk-3des-md5-espnull", "gwa.log", ""},
		{"path-sha256-96", "keys.txt", ""}, {"v2-psk-gcm-x25519-pfs-rekey", "gwa.log", ""}, {"v2-eap-nat-esn", "gwa.log", ""}, {"esp-aes-esn-mid", "gwb.xfrm", ""},
		{"esp-null-noauth", "gwb.xfrm", ""},
		{"esp-aes-ccm16", "gwb.xfrm", "esp-sa setkey"}, {"esp-aes-gcm12-beet", "gwb.xfrm", "setkey"}, {"esp-aes-xcbc", "gwb.xfrm", ""}, {"esp-chacha", "gwb.xfrm", ""},
		{"esp-gmac-null", "gwb.xfrm", "esp-sa setkey"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, tmp := recorded2(t, c.name), t.TempDir()
			wire, want, got := filepath.Join(dir, "wire.pcap"), filepath.Join(tmp, "want.pcap"), filepath.Join(tmp, "got.pcap")
			inner := func(args ...string) {
				t.Helper()
				var out, errs bytes.Buffer // messages of IKE may remain encrypted
				if code := run(append([]string{"decrypt", "-q", "--only", "inner"}, args...), strings.NewReader(""), &out, &errs); code != exitDone && code != exitIncomplete {
					t.Fatalf("exit code %d: %s", code, &errs)
				}
			}
			inner("-k", filepath.Join(dir, c.key), "-w", want, wire)
			for _, format := range []string{"dsb", "setkey", "esp-sa", "xfrm"} {
				if strings.Contains(c.not, format) {
					continue
				}
				path := filepath.Join(tmp, format)
				runDone(t, "export", format, "-q", "-k", filepath.Join(dir, c.key), "-o", path, wire)
				if format == "dsb" {
					inner("-w", got, path)
				} else {
					inner("-k", path, "-w", got, wire)
				}
				if format != "esp-sa" || c.name != "esp-aes-gcm12-beet" { // of whose addresses inside esp_sa has no word
					sameFile(t, format, got, want)
				}
			}
		})
	}
}
