package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// captures2 has recorded sessions of IKEv2 that are not in the repository.
const captures2 = "../../../shared/captures"

// recorded2 is the folder of a recorded session of IKEv2: of the repository, or shared beside it.
func recorded2(t *testing.T, name string) string {
	t.Helper()
	for _, root := range []string{pcaps, captures2} {
		if dir := filepath.Join(root, name); isDir(dir) {
			return dir
		}
	}
	t.Skipf("%s is not there", name)
	return ""
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// tshark opens every encrypted IKEv2 message with the exported table, their ICVs right, but for those under the first of two
// sets of keys, of which the table holds the last one.
func TestWiresharkIKEv2Table(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	needTshark(t)
	const intermediate = "43"
	for _, name := range []string{
		"v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey", "v2-rsa-certs-frag", "v2-eap-nat-esn", "v2-mlkem", "v2-libreswan-cbc",
	} {
		t.Run(name, func(t *testing.T) {
			dir, config := recorded2(t, name), t.TempDir()
			wire := filepath.Join(dir, "wire.pcap")
			_, said := runDone(t, "export", "ikev2", "-k", filepath.Join(dir, "gwa.log"), "-o", filepath.Join(config, "ikev2_decryption_table"), wire)
			twoKeys := name == "v2-mlkem"
			if strings.Contains(said, "has one set of keys per IKE SA") != twoKeys {
				t.Errorf("it says: %s", said)
			}
			opened := 0
			for _, row := range tshark(t, config, "-r", wire, "-Y", "isakmp.exchangetype > 34", "-T", "fields", "-e", "frame.number",
				"-e", "isakmp.exchangetype", "-e", "isakmp.enc.decrypted", "-e", "_ws.expert.message") {
				if len(row) < 4 || row[2] == "" {
					t.Errorf("stays closed: %q", row)
					continue
				}
				right := !strings.Contains(row[3], "incorrect") && !strings.Contains(row[3], "Malformed")
				if right == (twoKeys && row[1] == intermediate) {
					t.Errorf("frame %s, exchange %s: %s", row[0], row[1], row[3])
				}
				opened++
			}
			if opened == 0 {
				t.Error("no message")
			}
		})
	}
}

// Without a key nothing is written, and the exit code says so.
func TestExportIKEv2Closed(t *testing.T) {
	wire := filepath.Join(recorded2(t, "v2-psk-aes128-sha256"), "wire.pcap")
	var out, errs bytes.Buffer
	path := filepath.Join(t.TempDir(), "table")
	if code := run([]string{"export", "ikev2", "-o", path, wire}, strings.NewReader(""), &out, &errs); code != exitFailed {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	if exists(path) {
		t.Error("a file is left behind")
	}
}
