package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
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

// A failing is a store that cannot be read for a while.
type failing struct {
	Store
	fails bool
}

func (s *failing) Fetch(ctx context.Context, part capture.Part) (capture.Part, func(), error) {
	if s.fails {
		return part, nil, errors.New("the server is too busy")
	}
	return s.Store.Fetch(ctx, part)
}

// What could not be read is read the next time, though the file is the same: the server was away, or permissions were missing.
func TestUpdateAgain(t *testing.T) {
	dir := t.TempDir()
	cut(t, dir, "v1-main-psk-nat", 2)
	store, m := &failing{Store: Dir(dir), fails: true}, &Manifest{}
	for _, unread := range []int{2, 0} {
		if _, err := m.Update(context.Background(), store, usual); err != nil || len(m.Files) != 2 {
			t.Fatal(len(m.Files), err)
		}
		got := 0
		for _, f := range m.Files {
			if f.Unread() {
				got++
			}
		}
		if got != unread {
			t.Errorf("%d files not read, not %d: %s", got, unread, m.Files[0].Cut)
		}
		store.fails = false
	}
}

// A listing is a store with other names.
type listing struct {
	Store
	list []Object
}

func (s listing) List(context.Context) ([]Object, error) { return s.list, nil }

// A name that a manifest cannot hold is named for what it is.
func TestUpdateName(t *testing.T) {
	m := &Manifest{}
	if _, err := m.Update(context.Background(), listing{Dir(t.TempDir()), []Object{{Name: "b\xfcro.pcap", Size: 1}, {Name: "../x.pcap", Size: 1}}}, usual); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range m.Files {
		got = append(got, f.Name+": "+f.Cut)
	}
	if want := []string{"../x.pcap: " + errOutside.Error(), "b\ufffdro.pcap: " + errNotUTF8.Error()}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// A directory that cannot be listed, here for its long path, is named as not read: the rest of the archive is.
func TestUpdateUnlisted(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.MkdirAll(strings.Repeat(strings.Repeat("d", 250)+"/", 17), 0o755); err != nil { // longer than PATH_MAX
		t.Fatal(err)
	}
	wire, err := os.ReadFile("../../testdata/pcaps/v2-psk-aes128-sha256/wire.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile("x.pcap", wire, 0o600); err != nil {
		t.Fatal(err)
	}
	objects, err := Dir(dir).List(context.Background())
	if err != nil || len(objects) != 2 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	m := &Manifest{}
	if _, err := m.Update(context.Background(), Dir(dir), usual); err != nil || len(m.Files) != 2 {
		t.Fatalf("%d files, %v", len(m.Files), err)
	}
	if d, x := m.Files[0], m.Files[1]; !d.Unread() || x.Name != "x.pcap" || x.Unread() {
		t.Errorf("%+v, %+v", d, x)
	}
}
