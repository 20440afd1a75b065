// Package reporttest has what tests of the renderers share: recorded sessions, golden files, and a timeline full of hostile text.
package reporttest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/traffic"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Pcaps has the recorded sessions of the repository, as the packages that are two folders below its root see it; more has those that
// are not in it.
const (
	Pcaps = "../../testdata/pcaps"
	more  = "../../../shared/captures"
)

// Session is the folder of a recorded session; where it is not there the test is skipped.
func Session(t *testing.T, name string) string {
	t.Helper()
	for _, root := range []string{Pcaps, more} {
		if dir := filepath.Join(root, name); exists(filepath.Join(dir, "wire.pcap")) {
			return dir
		}
	}
	t.Skipf("%s is not there", name)
	return ""
}

// Sessions are the folders of all recorded sessions that are there.
func Sessions(t *testing.T) (dirs []string) {
	t.Helper()
	for _, root := range []string{Pcaps, more} {
		list, _ := filepath.Glob(filepath.Join(root, "*", "wire.pcap"))
		for _, path := range list {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	if len(dirs) == 0 {
		t.Fatalf("no sessions in %s", Pcaps)
	}
	return dirs
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Keys are the secrets of a session.
func Keys(dir string) []string {
	list, _ := filepath.Glob(filepath.Join(dir, "gwa.log*"))
	return list
}

// Analyzed runs both passes over the capture of a session with the secrets of some files.
func Analyzed(t *testing.T, dir string, keyFiles ...string) (*ikedecode.Session, *traffic.Watch) {
	t.Helper()
	bag := &secret.Bag{}
	for _, f := range keyFiles {
		b, err := source.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bag.Merge(b)
	}
	src, err := capture.Open([]string{filepath.Join(dir, "wire.pcap")}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s, err := ikedecode.Analyze(context.Background(), src, bag, ikedecode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &traffic.Watch{}
	w.Expect(s.SAs)
	if err := s.Run(context.Background(), traffic.Shown(w)); err != nil {
		t.Fatal(err)
	}
	return s, w
}

// Golden compares got with a file under testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			missing := "(end)"
			if i < len(w) {
				missing = w[i]
			}
			return "got:  " + g[i] + "\nwant: " + missing
		}
	}
	return "want has more lines"
}

// Timelines are those of all sessions, with and without keys by "NAME" and "NAME-closed", and two that are made up: the hostile one
// and one of nothing.
func Timelines(t *testing.T) map[string]*report.Timeline {
	t.Helper()
	all := map[string]*report.Timeline{"hostile": HostileTimeline(), "empty": {}}
	for _, dir := range Sessions(t) {
		name := filepath.Base(dir)
		if all[name] != nil {
			continue
		}
		s, _ := Analyzed(t, dir, Keys(dir)...)
		closed, _ := Analyzed(t, dir)
		all[name], all[name+"-closed"] = report.NewTimeline(s), report.NewTimeline(closed)
	}
	return all
}
