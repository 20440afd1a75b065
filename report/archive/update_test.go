package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Of a manifest that was made with another part size the files are read again that it cuts elsewhere, and no others.
func TestUpdatePartSize(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	wire, err := os.ReadFile("../../testdata/pcaps/v2-psk-aes128-sha256/wire.pcap")
	if err != nil {
		t.Fatal(err)
	}
	const header = 24
	large := slices.Concat(wire[:header], bytes.Repeat(wire[header:], 100))
	for i := header; i < len(large); i += 16 + int(binary.LittleEndian.Uint32(large[i+8:])) {
		binary.LittleEndian.PutUint32(large[i:], uint32(1_700_000_000+i/100_000))
	}
	for name, b := range map[string][]byte{"small.pcap": wire, "large.pcap": large} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := &Manifest{}
	update := func(size int64) (read int64, parts int) {
		t.Helper()
		_, err := m.Update(ctx, Dir(dir), UpdateOptions{Workers: 1, LookBack: time.Second, Stretch: size, Progress: func(n int64) { read += n }})
		if err != nil || len(m.Files) != 2 || m.Files[0].Name != "large.pcap" {
			t.Fatalf("%d files: %v", len(m.Files), err)
		}
		return read, len(m.Files[0].Stretches)
	}
	all, one := int64(len(large)), 1
	for _, c := range []struct {
		size, read int64
		parts      int
	}{
		{0, all + int64(len(wire)), one}, {0, 0, one}, {4 << 30, 0, one}, {500_000, all, 4}, {500_000, 0, 4}, {800_000, all, 3}, {100_000, all, 17}, {4 << 30, all, one}, {0, 0, one},
	} {
		if read, parts := update(c.size); read != c.read || parts != c.parts {
			t.Errorf("in parts of %d: %d bytes read, %d parts; not %d and %d", c.size, read, parts, c.read, c.parts)
		}
	}
}
