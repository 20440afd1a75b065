//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// weekFiles is how many files a week has that are rotated every five minutes.
const weekFiles = 7 * 24 * 12

// dealtFiles is how many files are read at once that overlap: more than may be open.
const dealtFiles = 300

// TestWeek decrypts a week of rotated files, and one dealt out so that all files overlap, with 256 file descriptors, to the bytes that the whole
// capture in one file gives.
func TestWeek(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell to set a limit with")
	}
	if testing.Short() {
		t.Skip("thousands of files")
	}
	session := filepath.Join(pcaps, "v2-psk-gcm-x25519-pfs-rekey")
	header, records := longSession(t, filepath.Join(session, "wire.pcap"), 2*weekFiles)
	dir := t.TempDir()
	whole := filepath.Join(dir, "one", "wire") // the directories have the same name: it is that of the interface
	putFile(t, whole, append(bytes.Clone(header), bytes.Join(records, nil)...))
	days, dealt := filepath.Join(dir, "days", "wire"), filepath.Join(dir, "dealt", "wire")
	for i := range weekFiles {
		from, to := i*len(records)/weekFiles, (i+1)*len(records)/weekFiles
		putFile(t, filepath.Join(days, fmt.Sprintf("day-%d", i*7/weekFiles), fmt.Sprintf("wire.pcap%d", i)), packed(t, i, header, records[from:to]))
	}
	for i := range dealtFiles {
		var every [][]byte
		for k := i; k < len(records); k += dealtFiles {
			every = append(every, records[k])
		}
		putFile(t, filepath.Join(dealt, fmt.Sprintf("wire.pcap%d", i)), packed(t, i, header, every))
	}
	putFile(t, filepath.Join(days, "gwa.log"), []byte("this is no capture\n"))
	putFile(t, filepath.Join(days, ".wire.pcap9.swp"), []byte("hidden"))
	putFile(t, filepath.Join(days, "wire.pcap3000.part"), []byte("not there yet"))
	key := filepath.Join(ownCopy(t, session), "gwa.log")
	want, _ := decryptedWith(t, key, whole)
	for _, c := range []struct{ name, capture, warning string }{
		{"rotated", days, days + ": 1 file ignored that is not a capture: gwa.log"},
		{"overlapping", dealt, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, said := decryptedWith(t, key, c.capture)
			if !bytes.Equal(got, want) {
				t.Errorf("the output differs from that of one file: %d bytes, want %d", len(got), len(want))
			}
			if !strings.Contains(said, c.warning) || c.warning == "" && strings.Contains(said, "warning") {
				t.Errorf("it said %s", said)
			}
		})
	}
}

// longSession is a recorded session as often, one after the other, as it takes for so many packets: the file header and the records.
func longSession(t *testing.T, path string, packets int) (header []byte, records [][]byte) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const fileHeader, recordHeader = 24, 16
	for turn := uint32(0); len(records) < packets; turn++ {
		for at := fileHeader; at < len(file); {
			r := bytes.Clone(file[at : at+recordHeader+int(binary.LittleEndian.Uint32(file[at+8:]))])
			binary.LittleEndian.PutUint32(r, binary.LittleEndian.Uint32(r)+turn*3600)
			records, at = append(records, r), at+len(r)
		}
	}
	return file[:fileHeader], records
}

// packed is a capture file, some of them compressed with gzip, some with zstd.
func packed(t *testing.T, i int, header []byte, records [][]byte) []byte {
	t.Helper()
	file := append(bytes.Clone(header), bytes.Join(records, nil)...)
	switch i % 50 {
	case 1:
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(file)
		w.Close()
		return b.Bytes()
	case 2:
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(file, nil)
	}
	return file
}

// decryptedWith runs decrypt in a process that may have 256 files open.
func decryptedWith(t *testing.T, key, capture string) (output []byte, said string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.pcapng")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 256 && exec "$0" "$@"`, self, "decrypt", "-k", key, "-w", out, capture)
	cmd.Env = append(os.Environ(), runProgram+"=1")
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", capture, err, text)
	}
	if output, err = os.ReadFile(out); err != nil {
		t.Fatal(err)
	}
	return output, string(text)
}
