package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
)

// cut writes a recorded session as so many files below a directory: gate/wire.pcap0 and on.
func cut(t *testing.T, dir, session string, files int) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(pcaps, session, "wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	const header, record = 24, 16
	var list [][]byte
	for at := header; at < len(b); {
		n := record + int(binary.LittleEndian.Uint32(b[at+8:]))
		list = append(list, b[at:at+n])
		at += n
	}
	if err := os.MkdirAll(filepath.Join(dir, "gate"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		part := append(bytes.Clone(b[:header]), bytes.Join(list[i*len(list)/files:(i+1)*len(list)/files], nil)...)
		if err := os.WriteFile(filepath.Join(dir, "gate", fmt.Sprintf("wire.pcap%d", i)), part, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func jsonOf(t *testing.T, x any) string {
	t.Helper()
	b, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var usual = UpdateOptions{Workers: 2, LookBack: 2 * time.Second, Stretch: 4 << 30}

// A manifest says what is in the files; of those that it knows, only what is new or has changed is read again.
func TestUpdate(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	cut(t, dir, "v1-main-psk-nat", 3)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("notes.txt", "of no interest")
	write("broken.pcap", "not what its name says")
	read := 0
	opt := usual
	opt.Workers, opt.Progress = 1, func(n int64) { read += int(n) }
	m := &Manifest{}
	other, err := m.Update(ctx, Dir(dir), opt)
	if err != nil || !slices.Equal(other, []string{"notes.txt"}) {
		t.Fatal(other, err)
	}
	names := func() (list []string) {
		for _, f := range m.Files {
			list = append(list, f.Name)
		}
		return list
	}
	if got := names(); !slices.Equal(got, []string{"broken.pcap", "gate/wire.pcap0", "gate/wire.pcap1", "gate/wire.pcap2"}) || !m.Files[0].Unread() {
		t.Fatal(got)
	}
	s := m.Files[1].Stretches[0]
	if s.IKE == 0 || s.IPsec != 0 && len(s.SPIs) == 0 || len(s.Hosts) != 1 || len(s.IKESAs) != 1 || s.Packets == 0 || s.First.After(s.Last) {
		t.Errorf("%+v", s)
	}
	if read = 0; jsonOf(t, m.Files[1]) == jsonOf(t, m.Files[2]) {
		t.Error("two files are the same")
	}
	before := jsonOf(t, m)
	if _, err := m.Update(ctx, Dir(dir), opt); err != nil || jsonOf(t, m) != before || read != 0 {
		t.Errorf("again: %d bytes read: %v", read, err)
	}
	cut(t, dir, "v1-main-psk-nat", 2) // 0 and 1 change, 2 stays
	if err := os.Remove(filepath.Join(dir, "broken.pcap")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Update(ctx, Dir(dir), opt); err != nil || len(m.Files) != 3 || m.Files[0].Stretches[0].Packets <= s.Packets || read == 0 {
		t.Errorf("after a change: %v, %d bytes read: %v", names(), read, err)
	}
}

// What a pass over all files tells of each is what a look at it alone tells.
func TestWatch(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	cut(t, dir, "v2-psk-gcm-x25519-pfs-rekey", 5)
	opt := usual
	opt.Stretch = 4000
	want := &Manifest{}
	if _, err := want.Update(ctx, Dir(dir), opt); err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open([]string{dir}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := Dir(dir).List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w, split := NewWatch(opt), capture.NewSplitter(capture.SplitOptions{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		w.Packet(p, split.Split(p), false)
	}
	inOrder := make([]Object, len(src.Files()))
	for i, path := range src.Files() {
		at := slices.IndexFunc(objects, func(o Object) bool { return filepath.Join(dir, filepath.FromSlash(o.Name)) == path })
		inOrder[i] = objects[at]
	}
	got, read := &Manifest{}, false
	w.Into(got, inOrder, func(int) string { return "" })
	opt.Progress = func(int64) { read = true }
	if _, err := got.Update(ctx, Dir(dir), opt); err != nil || read {
		t.Fatalf("read again: %v, %v", read, err)
	}
	numbered := got.Numbered
	for _, f := range got.Files { // one after the other
		for i := range f.Stretches {
			x := &f.Stretches[i]
			if first, ok := x.Numbers.of(1); !ok || len(x.Numbers) > 2 || x.Numbers[len(x.Numbers)-1] != (Numbered{x.Packets, first + x.Packets - 1}) {
				t.Errorf("%s, stretch %d of %d packets: %v", f.Name, i, x.Packets, x.Numbers)
			}
			numbered -= x.Packets
			x.Numbers = nil
		}
	}
	if got.Numbered = 0; numbered != 0 {
		t.Errorf("%d packets more were numbered than there are", numbered)
	}
	if a, b := jsonOf(t, got), jsonOf(t, want); a != b || len(got.Files) != 5 || len(got.Files[0].Stretches) < 2 {
		t.Error(difference(a, b))
	}
}

// A manifest comes back as it was written; what is none is an error, what is not there another.
func TestReadManifest(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	cut(t, dir, "v1-main-psk-nat", 2)
	m := &Manifest{}
	if _, err := m.Update(ctx, Dir(dir), usual); err != nil {
		t.Fatal(err)
	}
	store := Dir(t.TempDir())
	if err := m.Write(ctx, store, "m.json"); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadManifest(ctx, store, "m.json"); err != nil || jsonOf(t, got) != jsonOf(t, m) {
		t.Error(err)
	}
	if _, err := ReadManifest(ctx, store, "none.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, text := range []string{"", "{", "{}", `{"manifest": 99}`} {
		if err := store.Write(ctx, "m.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManifest(ctx, store, "m.json"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
