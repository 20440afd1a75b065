package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const pcaps = "../../testdata/pcaps"

// needTshark skips a test where tshark is missing, unless IKEDECODE_REQUIRE_TSHARK says that it must be there.
func needTshark(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err == nil {
		return path
	}
	if os.Getenv("IKEDECODE_REQUIRE_TSHARK") != "" {
		t.Fatal("tshark is not there")
	}
	t.Skip("tshark is not there: the Wireshark profile is not tried")
	return ""
}

// runDone runs the program and wants the exit code done.
func runDone(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(args, strings.NewReader(""), &out, &errs); code != exitDone {
		t.Fatalf("ikedecode %s: exit code %d\n%s", strings.Join(args, " "), code, &errs)
	}
	return out.String(), errs.String()
}

// tshark runs tshark with a configuration folder and wants no word of complaint.
func tshark(t *testing.T, config string, args ...string) [][]string {
	t.Helper()
	cmd := exec.Command(needTshark(t), args...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+config)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark: %v\n%s", err, &errs)
	}
	for line := range strings.Lines(errs.String()) {
		if !strings.HasPrefix(line, "Running as user") {
			t.Errorf("tshark says: %s", line)
		}
	}
	var rows [][]string
	for line := range strings.Lines(out.String()) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

var (
	encryptedESP = regexp.MustCompile(`(^|:)esp($|:)`)
	openedESP    = regexp.MustCompile(`(^|:)esp:(ip|ipv6|ipcomp|tcp|udp|icmp|icmpv6)`)
)

// Every session that Wireshark can express opens in tshark with the exported profile: all ESP packets, and all IKE
// messages that are encrypted. (IKEv1 sessions of AH have no ESP; tshark shows what AH carries without a key.)
func TestWiresharkProfile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	needTshark(t)
	dirs, _ := filepath.Glob(filepath.Join(pcaps, "v1-*"))
	if len(dirs) == 0 {
		t.Fatal("no sessions")
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			wire, config := filepath.Join(dir, "wire.pcap"), t.TempDir()
			profile := filepath.Join(config, "profiles", "ipsec")
			if err := os.MkdirAll(filepath.Dir(profile), 0o700); err != nil {
				t.Fatal(err)
			}
			runDone(t, "export", "wireshark", "-q", "-k", filepath.Join(dir, "gwa.log"), "-o", profile, wire)
			fields := []string{"-r", wire, "-T", "fields", "-e", "frame.number", "-e", "frame.protocols", "-e", "isakmp.flag_e",
				"-e", "isakmp.typepayload", "-e", "isakmp.notify.msgtype", "-e", "http.response.code"}
			asFolder := tshark(t, profile, fields...)
			checkOpened(t, asFolder)
			if filepath.Base(dir) == "v1-transport" {
				if !anyRow(asFolder, 5, "200") {
					t.Error("tshark shows no HTTP response")
				}
				checkOpened(t, tshark(t, config, append([]string{"-C", "ipsec"}, fields...)...))
			}
		})
	}
}

func checkOpened(t *testing.T, rows [][]string) {
	t.Helper()
	ike := 0
	for _, row := range rows {
		if len(row) < 6 {
			t.Fatalf("row %q", row)
		}
		if encryptedESP.MatchString(row[1]) && !openedESP.MatchString(row[1]) {
			t.Errorf("frame %s stays closed: %s", row[0], row[1])
		}
		if row[2] == "1" || row[2] == "True" {
			ike++
			if row[3] == "" {
				t.Errorf("frame %s: the IKE message stays closed", row[0])
			}
		}
	}
	if ike == 0 {
		t.Error("no encrypted IKE message was seen")
	}
}

func anyRow(rows [][]string, column int, value string) bool {
	for _, row := range rows {
		if row[column] == value {
			return true
		}
	}
	return false
}

// What decrypt writes reads in tshark without a key: as many packets, none of them ESP, AH or encrypted IKE.
func TestDecryptedInWireshark(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program for each session")
	}
	needTshark(t)
	dirs, _ := filepath.Glob(filepath.Join(pcaps, "v1-*"))
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			wire, config := filepath.Join(dir, "wire.pcap"), t.TempDir()
			plain := filepath.Join(config, "plain.pcapng")
			runDone(t, "decrypt", "-q", "-k", filepath.Join(dir, "gwa.log"), "-w", plain, wire)
			fields := []string{"-T", "fields", "-e", "frame.number", "-e", "frame.protocols", "-e", "isakmp.flag_e", "-e",
				"_ws.malformed", "-e", "frame.comment", "-e", "http.response.code", "-e", "frame.time_epoch"}
			before := tshark(t, config, append([]string{"-r", wire}, fields...)...)
			after := tshark(t, config, append([]string{"-r", plain}, fields...)...)
			if len(before) != len(after) {
				t.Fatalf("%d packets, want %d", len(after), len(before))
			}
			for i, row := range after {
				switch {
				case row[6] != before[i][6]:
					t.Errorf("frame %s: time %s, want %s", row[0], row[6], before[i][6])
				case encryptedESP.MatchString(row[1]) || strings.Contains(row[1], ":ah"):
					t.Errorf("frame %s is still %s", row[0], row[1])
				case row[2] == "1" || row[2] == "True" || row[3] != "":
					t.Errorf("frame %s: encrypted %q, malformed %q", row[0], row[2], row[3])
				case encryptedESP.MatchString(before[i][1]) && !strings.Contains(row[4], "0x"):
					t.Errorf("frame %s: comment %q names no SPI", row[0], row[4])
				}
			}
			if filepath.Base(dir) == "v1-transport" && !anyRow(after, 5, "200") {
				t.Error("the HTTP response is not there")
			}
		})
	}
}

// For 4.0, which has no extended sequence numbers, tshark decrypts what has them and complains of nothing.
func TestWireshark40ESN(t *testing.T) {
	if testing.Short() {
		t.Skip("runs another program")
	}
	dir, profile := filepath.Join(pcaps, "v2-eap-nat-esn"), filepath.Join(t.TempDir(), "profile")
	wire := filepath.Join(dir, "wire.pcap")
	runDone(t, "export", "wireshark", "-q", "--for", "4.0", "-k", filepath.Join(dir, "gwa.log"), "-o", profile, wire)
	packets := 0
	for _, row := range tshark(t, profile, "-r", wire, "-T", "fields", "-e", "frame.number", "-e", "frame.protocols") {
		if encryptedESP.MatchString(row[1]) {
			packets++
			if !openedESP.MatchString(row[1]) {
				t.Errorf("frame %s is not decrypted: %s", row[0], row[1])
			}
		}
	}
	if packets != 26 {
		t.Errorf("%d packets of ESP", packets)
	}
}
