package shares

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/passert"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"
)

func TestMain(m *testing.M) { ptest.Main(m) }

// Shares in a pipeline, by the runner prism, write the bytes of one process.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	bin, in, keys := build(t, dir), filepath.Join(dir, "archive"), filepath.Join(dir, "keys.log")
	const session, files = "../../../testdata/pcaps/v2-psk-aes128-sha256", 6
	cut(t, filepath.Join(session, "wire.pcap"), in, files)
	run(t, bin, "export", "keylog", in, "-q", "-k", filepath.Join(session, "gwa.log"), "-o", keys)
	want := filepath.Join(dir, "want")
	run(t, bin, "batch", in, "-k", keys, "-w", want, "-q")
	a := Archive{Binary: bin, In: in, Out: filepath.Join(dir, "plain"), Keys: keys, Of: 3}
	p, s := beam.NewPipelineWithRoot()
	passert.EqualsList(s, Run(s, a), []Result{{0, true}, {1, true}, {2, true}})
	ptest.RunAndValidate(t, p)
	names := func(dir string) (list []string) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				list = append(list, strings.TrimPrefix(path, dir))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	got := names(a.Out)
	if !slices.Equal(got, names(want)) || len(got) < files+1 {
		t.Fatalf("files %q, not %q", got, names(want))
	}
	for _, name := range got {
		if !bytes.Equal(read(t, a.Out+name), read(t, want+name)) {
			t.Errorf("%s differs", name)
		}
	}
}

// A share with packets that have no key is told; one that cannot be done fails the pipeline.
func TestRunFails(t *testing.T) {
	dir := t.TempDir()
	bin, in, keys := build(t, dir), filepath.Join(dir, "archive"), filepath.Join(dir, "keys.log")
	cut(t, "../../../testdata/pcaps/v2-psk-aes128-sha256/wire.pcap", in, 1)
	a := Archive{Binary: bin, In: in, Out: filepath.Join(dir, "plain"), Keys: keys, Of: 1}
	p, s := beam.NewPipelineWithRoot()
	Run(s, a)
	if err := ptest.Run(p); err == nil || !strings.Contains(err.Error(), "keys.log") {
		t.Errorf("without the key log: %v", err)
	}
	if err := os.WriteFile(keys, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, s = beam.NewPipelineWithRoot()
	passert.EqualsList(s, Run(s, a), []Result{{0, false}})
	ptest.RunAndValidate(t, p)
}

func build(t *testing.T, dir string) string {
	t.Helper()
	bin := filepath.Join(dir, "ikedecode")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/ikedecode")
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

func run(t *testing.T, bin string, args ...string) {
	t.Helper()
	if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cut cuts a little-endian pcap file into so many.
func cut(t *testing.T, path, dir string, files int) {
	t.Helper()
	data := read(t, path)
	var records [][]byte
	for at := 24; at < len(data); {
		n := 16 + int(binary.LittleEndian.Uint32(data[at+8:]))
		records = append(records, data[at:at+n])
		at += n
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		part := bytes.Join(records[i*len(records)/files:(i+1)*len(records)/files], nil)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("wire.pcap%d", i)), slices.Concat(data[:24], part), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
