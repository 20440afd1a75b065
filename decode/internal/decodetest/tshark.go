package decodetest

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TShark is what TShark shows of IKE messages: for each the values of fields, nil where the filter leaves it out. All of them
// stand in one capture, each between addresses of its own, as TShark takes longer to start than to read one. The test is
// skipped where it is not installed.
func TShark(t testing.TB, messages []Datagram, filter string, fields ...string) [][]string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil || testing.Short() {
		t.Skip("no tshark, or -short")
	}
	file := filepath.Join(t.TempDir(), "messages.pcap")
	if err := os.WriteFile(file, captureOf(messages), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]string, len(messages))
	for _, line := range strings.Split(strings.TrimRight(string(out), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if n, err := strconv.Atoi(f[0]); err == nil && len(f) == len(fields)+1 && n <= len(messages) {
			values[n-1] = f[1:]
		}
	}
	return values
}

// captureOf is a pcap file of raw IP with a UDP datagram for each message.
func captureOf(messages []Datagram) []byte {
	const (
		rawIP = 101
		most  = 1 << 18 // bytes of a packet
	)
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint32(b, 2|4<<16) // the format's version
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, most)
	b = le.AppendUint32(b, rawIP)
	for i, m := range messages {
		udp := 8 + len(m.Data)
		b = le.AppendUint32(b, uint32(i)) // seconds
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(20+udp))
		b = le.AppendUint32(b, uint32(20+udp))
		b = append(b, 0x45, 0)
		b = be.AppendUint16(b, uint16(20+udp))
		b = append(b, 0, 0, 0, 0, 64, 17, 0, 0)
		b = be.AppendUint32(b, 10<<24|uint32(2*i))
		b = be.AppendUint32(b, 10<<24|uint32(2*i+1))
		b = append(b, 500>>8, 500&0xff, 500>>8, 500&0xff)
		b = be.AppendUint16(b, uint16(udp))
		b = append(b, 0, 0) // no checksum
		b = append(b, m.Data...)
	}
	return b
}
