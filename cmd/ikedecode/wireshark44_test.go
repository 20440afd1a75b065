package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A wireshark44Job is a capture to read with a profile, which may be empty.
type wireshark44Job struct {
	Capture string `json:"capture"`
	Profile string `json:"profile,omitempty"`
}

// A wireshark44Reading is what Wireshark 4.4 makes of a capture.
type wireshark44Reading struct {
	Code     int      `json:"code"`
	Messages []string `json:"messages"`
	Frames   []struct {
		Protocol string   `json:"protocol"`
		Labels   []string `json:"labels"`
	} `json:"frames"`
}

// wireshark44 has captures read by Wireshark 4.4; where it is not installed the test is skipped.
func wireshark44(t *testing.T, jobs []wireshark44Job) []wireshark44Reading {
	t.Helper()
	dir := filepath.Join("testdata", "wireshark44")
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "node_modules", "@goodtools", "wiregasm"))
	}
	if err != nil {
		if os.Getenv("IKEDECODE_REQUIRE_WIRESHARK44") != "" {
			t.Fatalf("Wireshark 4.4 is not there: %v", err)
		}
		t.Skip("Wireshark 4.4 is not there; npm ci in cmd/ikedecode/testdata/wireshark44 installs it")
	}
	for i := range jobs {
		if jobs[i].Capture, err = filepath.Abs(jobs[i].Capture); err != nil {
			t.Fatal(err)
		}
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(node, "dissect.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("node: %v\n%s", err, &errs)
	}
	var readings []wireshark44Reading
	if err := json.Unmarshal(out.Bytes(), &readings); err != nil || len(readings) != len(jobs) {
		t.Fatalf("%d readings of %d captures: %v", len(readings), len(jobs), err)
	}
	return readings
}

// Wireshark 4.4 decrypts what the profile for it has, with every ICV correct, extended sequence numbers included, and has nothing to complain of.
func TestWireshark44Profile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program")
	}
	sessions := []struct{ name, key string }{
		{"v1-main-psk-aes128-sha1", "gwa.log"}, {"v1-main-psk-3des-md5-espnull", "gwa.log"}, {"v1-transport", "gwa.log"}, {"v1-main-psk-nat", "gwa.log"},
		{"v2-psk-gcm-x25519-pfs-rekey", "gwa.log"}, {"v2-eap-nat-esn", "gwa.log"}, {"esp-aes-esn-mid", "gwb.xfrm"},
	}
	var jobs []wireshark44Job
	for _, s := range sessions {
		dir, profile := filepath.Join(pcaps, s.name), filepath.Join(t.TempDir(), "profile")
		wire := filepath.Join(dir, "wire.pcap")
		runDone(t, "export", "wireshark", "-q", "--for", "4.4", "-k", filepath.Join(dir, s.key), "-o", profile, wire)
		jobs = append(jobs, wireshark44Job{wire, profile})
	}
	for i, r := range wireshark44(t, jobs) {
		name := sessions[i].name
		if r.Code != 0 || len(r.Frames) == 0 {
			t.Errorf("%s: not read, code %d", name, r.Code)
		}
		for _, m := range r.Messages {
			if !strings.Contains(m, " INFO] ") {
				t.Errorf("%s: it says %s", name, m)
			}
		}
		packets := 0
		for n, f := range r.Frames {
			text := "\n" + strings.Join(f.Labels, "\n")
			packet := strings.Contains(text, "\nESP SPI: ")
			_, inside, encrypted := strings.Cut(text, "\nEncrypted Data (")
			if packet {
				packets++
			}
			switch {
			case packet && (f.Protocol == "ESP" || !strings.Contains(text, "\nESP Pad Length: ")):
				t.Errorf("%s: frame %d is not decrypted", name, n+1)
			case packet && !strings.Contains(text, "[correct]"):
				t.Errorf("%s: frame %d: ICV not correct", name, n+1)
			case encrypted && !strings.Contains(inside, "\nDecrypted Data (") && !strings.Contains(inside, "\nPayload: "):
				t.Errorf("%s: frame %d: the message of IKE is not decrypted", name, n+1)
			}
		}
		if packets == 0 {
			t.Errorf("%s: no ESP packet", name)
		}
	}
}

// The capture with keys is one that Wireshark 4.4 reads though it does not know that kind of secrets.
func TestWireshark44Embedded(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program")
	}
	dir, keyed := filepath.Join(pcaps, "v1-main-psk-aes128-sha1"), filepath.Join(t.TempDir(), "keyed.pcapng")
	runDone(t, "export", "dsb", "-q", "-k", filepath.Join(dir, "gwa.log"), "-o", keyed, filepath.Join(dir, "wire.pcap"))
	r := wireshark44(t, []wireshark44Job{{Capture: keyed}})[0]
	if r.Code != 0 || len(r.Frames) != 56 {
		t.Errorf("code %d, %d frames", r.Code, len(r.Frames))
	}
	for _, m := range r.Messages {
		if !strings.Contains(m, " INFO] ") {
			t.Errorf("it says %s", m)
		}
	}
}
