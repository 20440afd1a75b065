package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// saltlessTunnel writes a capture of ESP packets, and a key log with their key, which lacks its salt. That is a small number, so that a search
// comes to it soon.
func saltlessTunnel(t *testing.T, cipher string) (wire, keys, whole string) {
	t.Helper()
	dir := t.TempDir()
	wire, keys = filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "keys.log")
	c := alg.CipherByKeyLog(cipher)
	key, salt := bytes.Repeat([]byte{0x5a, 0x13}, c.KeyBits[0]/16), []byte{0, 0, 3, 9}
	aead, err := c.NewAEAD(key)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.Create(wire, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		inner := ipPacket(17, 0, 7, 0, 9, 0, 12, 0, 0, 'p', 'i', 'n', byte('0'+n))
		esp := binary.BigEndian.AppendUint32([]byte{0xc0, 0xff, 0xee, 1}, uint32(n))
		iv := []byte{0, 0, 0, 0, 0, 0, 0, byte(n)}
		sealed := aead.Seal(append(bytes.Clone(esp), iv...), append(bytes.Clone(salt), iv...), append(inner, 1, 2, 2, 4), esp)
		if p := rawFrame(n, ipPacket(50, sealed...)); w.Write(p, p.Data, "") != nil {
			t.Fatal("not written")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	line := fmt.Sprintf("ESP_SA 192.0.2.1>192.0.2.2:0xc0ffee01 %s:0x%x", cipher, key)
	if err := os.WriteFile(keys, []byte(line+" tunnel\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return wire, keys, fmt.Sprintf("%s:0x%x%x", cipher, key, salt)
}

// A salt that takes long to find is searched on request; what is exported has it.
func TestSearchSalt(t *testing.T) {
	if testing.Short() {
		t.Skip("searches salts, which takes long with the race detector")
	}
	for _, cipher := range []string{"aes-gcm-8", "aes-gcm-12", "chacha20-poly1305"} {
		wire, keys, whole := saltlessTunnel(t, cipher)
		ikedecode := func(code int, args ...string) string {
			var out, errs bytes.Buffer
			if got := run(args, nil, &out, &errs); got != code {
				t.Errorf("%s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, &errs)
			}
			if args[0] == "decrypt" {
				return errs.String()
			}
			return out.String()
		}
		for _, c := range []struct {
			want string
			code int
			args []string
		}{
			{"without its salt", exitDone, []string{"keys", keys}},
			{"the key lacks its salt", exitIncomplete, []string{"sas", "-k", keys, wire}},
			{"hint: add --search-salt", exitIncomplete, []string{"decrypt", "-k", keys, "-w", filepath.Join(t.TempDir(), "plain.pcapng"), wire}},
			{"[need-salt]", exitIncomplete, []string{"diagnose", "-k", keys, wire}},
			{"the salt is recovered from frame 1, which proves it", exitDone, []string{"sas", "--search-salt", "-k", keys, wire}},
			{whole, exitDone, []string{"export", "keylog", "--search-salt", "-k", keys, wire, "-o", "-"}},
			{strings.TrimPrefix(whole, cipher+":"), exitDone, []string{"export", "esp-sa", "--search-salt", "-k", keys, wire, "-o", "-"}},
		} {
			out := ikedecode(c.code, c.args...)
			if !strings.Contains(out, c.want) {
				t.Errorf("%s, %s: no %q in\n%s", cipher, strings.Join(c.args, " "), c.want, out)
			}
			if c.args[0] == "diagnose" && (strings.Contains(out, "[healthy]") || strings.Contains(out, "wrong-esp-key")) {
				t.Errorf("%s: %s", cipher, out)
			}
		}
	}
}
