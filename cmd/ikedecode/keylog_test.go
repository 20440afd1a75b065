package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The key log opens the ESP and AH packets of a capture that has none of the IKE messages: derive once, hand it out.
func TestKeyLogWithoutIKE(t *testing.T) {
	dirs, _ := filepath.Glob(filepath.Join(pcaps, "v1-*"))
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			wire, tmp := filepath.Join(dir, "wire.pcap"), t.TempDir()
			log, traffic, plain := filepath.Join(tmp, "keys.log"), filepath.Join(tmp, "esp.pcap"), filepath.Join(tmp, "plain.pcapng")
			_, said := runDone(t, "export", "keylog", "-q", "-k", filepath.Join(dir, "gwa.log"), "-o", log, wire)
			if strings.Contains(said, "warning") {
				t.Errorf("export says: %s", said)
			}
			withoutIKE(t, wire, traffic)
			_, whole := runDone(t, "decrypt", "-k", log, "-w", plain, wire)
			_, alone := runDone(t, "decrypt", "-k", log, "-w", plain, traffic)
			if got, want := espLine(alone), espLine(whole); got != want || !strings.Contains(got, ", 0 closed") {
				t.Errorf("without IKE: %s, with it: %s", got, want)
			}
			if !strings.Contains(alone, "IKE: 0 messages") {
				t.Errorf("there is IKE: %s", alone)
			}
		})
	}
}

func espLine(said string) string {
	for line := range strings.Lines(said) {
		if strings.Contains(line, "ESP and AH:") {
			return line
		}
	}
	return ""
}

// A key log for others is without the pre-shared key, unless it is asked for; the environment names one for every command.
func TestKeyLogForOthers(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-psk-aes128-sha256")
	wire := filepath.Join(dir, "wire.pcap")
	for _, with := range []bool{false, true} {
		log := filepath.Join(t.TempDir(), "keys.log")
		args := []string{"export", "keylog", "-q", "-k", filepath.Join(dir, "gwa.log"), "-o", log, wire}
		if with {
			args = append(args, "--with-psk")
		}
		runDone(t, args...)
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains("\n"+string(text), "\nPSK "); has != with {
			t.Errorf("--with-psk %v: the key log has a pre-shared key: %v", with, has)
		}
		t.Setenv(envKeyLog, log)
		if out, _ := runDone(t, "sas", wire); strings.Contains(out, "no key") || !strings.Contains(out, "keys.log") {
			t.Errorf("with %s:\n%s", envKeyLog, out)
		}
	}
}

// Output of a product that prints no keys is named, also where the command goes on without it.
func TestOutputWithoutKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sa.txt")
	if err := os.WriteFile(path, []byte("    Crypto map tag: x, local addr 192.0.2.1\n     current outbound spi: 0x1234(4660)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := run([]string{"diagnose", "-k", path, filepath.Join(pcaps, "v2-psk-aes128-sha256", "wire.pcap")}, nil, &out, &errs)
	if said := errs.String(); code != exitIncomplete || !strings.Contains(said, "this is Cisco's show crypto ipsec sa; it prints no keys: take them from the other gateway") {
		t.Error(code, said)
	}
}
