package capture_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/ikedecode/ikedecode/capture"
)

// remotes are files as Remotes whose streams end with an error after so many bytes; 0: they do not.
func remotes(files map[string][]byte, breaks int) (list []capture.Remote) {
	for name, b := range files {
		list = append(list, capture.Remote{Path: "store://" + name, Size: int64(len(b)), Open: func(_ context.Context, from, to int64) (io.ReadCloser, error) {
			if to == 0 {
				to = int64(len(b))
			}
			r := io.Reader(bytes.NewReader(b[from:min(to, int64(len(b)))]))
			if breaks > 0 && from > 0 {
				r = io.MultiReader(io.LimitReader(r, int64(breaks)), iotest.ErrReader(errors.New("connection reset")))
			}
			return io.NopCloser(r), nil
		}})
	}
	return list
}

// Captures that are streams are read as those that are files, also where a stream breaks off.
func TestOpenRemote(t *testing.T) {
	dir := t.TempDir()
	files := make(map[string][]byte)
	put := func(name string, b []byte) {
		files[name] = b
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, session := range []string{"v1-main-psk-nat", "v2-psk-gcm-x25519-pfs-rekey"} {
		b, err := os.ReadFile(filepath.Join("../testdata/pcaps", session, "wire.pcap"))
		if err != nil {
			t.Fatal(err)
		}
		put([]string{"wire.pcap1", "wire.pcap2"}[i], b)
		if i == 1 {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			w.Write(b)
			w.Close()
			put("wire.pcap3.gz", packed.Bytes())
		}
	}
	asNg(t, filepath.Join(dir, "wire.pcapng"), filepath.Join(dir, "wire.pcap2"))
	ng, err := os.ReadFile(filepath.Join(dir, "wire.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	put("wire.pcapng", ng)
	put("wire.pcap4", files["wire.pcap1"][:500])
	put("notes.txt", []byte("no capture"))
	put("broken.pcap", nil)
	local, err := capture.Open([]string{dir}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	_, want, _ := readAll(t, local)
	for _, breaks := range []int{0, 100, 1 << 20} {
		src, err := capture.OpenRemote(context.Background(), remotes(files, breaks), "store://", capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // two passes
			if _, got, _ := readAll(t, src); !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("breaks after %d bytes: %d packets, of files %d", breaks, len(got), len(want))
			}
		}
		if a, b := len(src.Cuts()), len(local.Cuts()); a != b || b != 2 {
			t.Errorf("%d cuts, of files %d", a, b)
		}
		if list := src.Ignored(); len(list) != 1 || list[0].Count != 1 {
			t.Errorf("ignored: %v", list)
		}
		src.Close()
	}
}

// What a store does not give is an error, and no truncated capture.
func TestOpenRemoteFails(t *testing.T) {
	b, err := os.ReadFile("../testdata/pcaps/v2-psk-gcm-x25519-pfs-rekey/wire.pcap")
	if err != nil {
		t.Fatal(err)
	}
	down := errors.New("no route to host")
	list := remotes(map[string][]byte{"wire.pcap": b}, 0)
	open := list[0].Open
	list[0].Open = func(ctx context.Context, from, to int64) (io.ReadCloser, error) {
		if from > 0 {
			return nil, down
		}
		return open(ctx, from, to)
	}
	src, err := capture.OpenRemote(context.Background(), list, "store://", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Next()
	}
	if in := (*capture.InputError)(nil); !errors.Is(err, down) || !errors.As(err, &in) || in.Path != "store://wire.pcap" || len(src.Cuts()) > 0 {
		t.Error(err, src.Cuts())
	}
	if _, err := capture.OpenRemote(context.Background(), nil, "store://", capture.Options{}); err == nil {
		t.Error("no captures, no error")
	}
}
