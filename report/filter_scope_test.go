package report

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// scoped runs both passes over a recorded session with a filter, and with the keys of gwa where log is set.
func scoped(t *testing.T, name string, log bool, words string) (*Scope, *traffic.Watch) {
	t.Helper()
	dir := filepath.Join(pcaps, name)
	var files []string
	switch {
	case log && strings.HasPrefix(name, "path-"):
		files = []string{filepath.Join(dir, "keys.txt")}
	case log:
		files = []string{filepath.Join(dir, "gwa.log")}
	}
	s := solved(t, filepath.Join(dir, "wire.pcap"), bagOf(t, files...), ikedecode.Options{})
	sc, w := filterOf(t, strings.Fields(words)...).Scope(s), &traffic.Watch{}
	if err := s.Run(context.Background(), traffic.Shown(w, sc)); err != nil {
		t.Fatal(err)
	}
	return sc, w
}

// shownSPIs are the SPIs of a report, those of closed flows in brackets, and the number of IKE SAs.
func shownSPIs(r *SAs) string {
	list := []string{fmt.Sprint(len(r.IKE))}
	for _, t := range r.SAs {
		list = append(list, t.SPI[2:6])
	}
	for _, u := range r.Unknown {
		list = append(list, "("+u.SPI[2:6]+")")
	}
	return strings.Join(list, " ")
}

// The session: phase 1 and two Quick Modes in frames 1 to 12; the first one's SAs in frames 13 to 38, of which none was seen
// from second 3.55 on, the second one's in 39 to 44, Deletes in 45 to 47 at second 3.78.
func TestFilterSAs(t *testing.T) {
	const all = "1 c89d cc2d cef3 c8fd"
	for _, c := range []struct{ words, open, closed string }{
		{"", all, "1 (c89d) (cc2d) (cef3) (c8fd)"},
		{"--peer 192.0.2.1", all, "1 (c89d) (cc2d) (cef3) (c8fd)"},
		{"--peer 192.0.2.0/30 --peer 10.0.0.1", all, "1 (c89d) (cc2d) (cef3) (c8fd)"},
		{"--peer gwb", all, "0"},
		{"--peer 10.1.0.10", "0", "0"},
		{"--sa f488", all, "1"},
		{"--sa 9bc7", all, "1"},
		{"--sa f489", "0", "0"},
		{"--sa 0xcef3d116", "1 cef3 c8fd", "0 (cef3)"}, // the other direction is known from the Quick Mode
		{"--sa 0xcef3d116 --sa 0xcc2da592", all, "0 (cc2d) (cef3)"},
		{"--sa 0xcef3d117", "0", "0"},
		{"--since 3.7", "1", "1"},
		{"--since 3.5 --until 3.6", "1 cef3 c8fd", "0 (cef3) (c8fd)"},
		{"--until 0.01", "1", "1"},
		{"--since 9", "0", "0"},
		{"--sa 0xcef3d116 --until 1", "1", "0"},
	} {
		for _, log := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s log=%v", c.words, log), func(t *testing.T) {
				want := c.closed
				if log {
					want = c.open
				}
				sc, _ := scoped(t, "v1-two-children", log, c.words)
				r := sc.SAs()
				if got := shownSPIs(r); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				text := textOf(t, r)
				if want == "0" && (!strings.Contains(text, "nothing matches "+c.words) || !strings.Contains(r.Selection.Hint, "IKE SA f488da190c08044c")) {
					t.Errorf("no hint: %s", text)
				}
				if r.Selection != nil && len(r.SAs)+len(r.Unknown)+r.Selection.LeftOutFlows != 4 {
					t.Errorf("%+v with %d and %d flows", r.Selection, len(r.SAs), len(r.Unknown))
				}
				if r.Selection != nil && sc.Complete(r) != (log || want == "0") {
					t.Errorf("complete: %v", sc.Complete(r))
				}
			})
		}
	}
}

// SAs without a packet, or inside of another, are selected as well: by when they were negotiated, and by their packets.
func TestFilterSAsIdleAndInside(t *testing.T) {
	for _, c := range []struct{ name, words, with, without string }{
		{"diag-v2-cert-expired", "--sa 54c5", "0xc3512486 0xc29a3d6a", ""},
		{"diag-v2-cert-expired", "--sa 0xc29a3d6a", "0xc3512486 0xc29a3d6a", ""},
		{"diag-v2-cert-expired", "--peer 192.0.2.2 --until 60", "0xc3512486 0xc29a3d6a", ""},
		{"diag-v2-cert-expired", "--peer 192.0.2.2 --since 60", "", "0xc3512486 0xc29a3d6a"},
		{"v1-ipcomp", "--sa 0x92fc", "CPI 0x92fc,CPI 0x11cb", ""},
		{"v1-ipcomp", "--since 1000", "", "CPI 0x92fc,CPI 0x11cb"},
		{"v1-ah-tunnel", "--sa 0xcba0cdd7", "0xcba0cdd7 0xcc1b73bf", ""},
	} {
		t.Run(c.name+" "+c.words, func(t *testing.T) {
			sc, _ := scoped(t, c.name, true, c.words)
			r, whole := sc.SAs(), NewSAs(sc.session)
			has := func(r *SAs, spi string) bool {
				return slices.ContainsFunc(r.SAs, func(t TrafficSA) bool { return t.SPI == spi })
			}
			for _, spi := range splitSPIs(c.with) {
				if !has(r, spi) {
					t.Errorf("%s is left out", spi)
				}
			}
			for _, spi := range splitSPIs(c.without) {
				if has(r, spi) || !has(whole, spi) {
					t.Errorf("%s stays, or never was", spi)
				}
			}
		})
	}
}

func splitSPIs(list string) []string {
	if strings.Contains(list, ",") {
		return strings.Split(list, ",")
	}
	return strings.Fields(list)
}

// Fragments that never became a packet are of their hosts.
func TestFilterFragments(t *testing.T) {
	for _, words := range []string{"--peer 192.0.2.1", "--sa f488", "--sa 0xcef3d116"} {
		sc, _ := scoped(t, "v1-two-children", false, words)
		gwa, gwb, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
		sc.session.Incomplete = []capture.Incomplete{{Frames: []int{100, 101}, Src: gwb, Dst: gwa}, {Frames: []int{102}, Src: gwb, Dst: other}}
		sc.addFragments()
		if !sc.fits.has(100) || !sc.fits.has(101) || sc.fits.has(102) {
			t.Errorf("%s: frames 100 to 102: %v %v %v", words, sc.fits.has(100), sc.fits.has(101), sc.fits.has(102))
		}
	}
}

// Findings stay where they are about what is selected. The capture's own do always.
func TestFilterFindings(t *testing.T) {
	for _, c := range []struct {
		name, words string
		log         bool
		with        string // codes that stay
		without     string // codes of the whole capture that do not
	}{
		{"v1-two-children", "--sa f488", true, "healthy weak-algorithm weak-dh deleted-by-peer ikev1-deprecated", ""},
		{"v1-two-children", "--since 3.7", true, "healthy deleted-by-peer ikev1-deprecated", "weak-dh weak-algorithm"},
		{"v1-two-children", "--sa 0xcef3d116", false, "healthy no-key ikev1-deprecated", "weak-dh"},
		{"v1-two-children", "--since 0.01 --until 0.05", false, "no-key", "weak-dh"},
		{"v1-two-children", "--peer 192.0.2.9", true, "", "healthy weak-dh ikev1-deprecated"},
		{"path-icmp-port", "--peer 192.0.2.2", false, "icmp-unreachable", ""},
		{"path-icmp-port", "--peer 192.0.2.3", false, "", "icmp-unreachable"},
		{"path-icmp-esp", "--sa 24db", false, "icmp-unreachable", ""},
		{"path-icmp-esp", "--sa 24dc", false, "", "icmp-unreachable"},
		{"path-icmp-esp", "--sa 0xcec59ad4", true, "icmp-unreachable", ""},
		{"v1-gateway-capture", "--peer 192.0.2.9", true, "gateway-capture", "healthy"},
	} {
		t.Run(c.name+" "+c.words, func(t *testing.T) {
			sc, w := scoped(t, c.name, c.log, c.words)
			all := Diagnose(sc.session, w)
			d, complete := sc.Diagnose(w)
			got, whole := codesOf(d), codesOf(all)
			for _, code := range strings.Fields(c.with) {
				if !slices.Contains(got, code) {
					t.Errorf("%s is left out: %v", code, got)
				}
			}
			for _, code := range strings.Fields(c.without) {
				if slices.Contains(got, code) || !slices.Contains(whole, code) {
					t.Errorf("%s: %v of %v", code, got, whole)
				}
			}
			if len(all.Findings) != len(d.Findings)+d.Selection.LeftOutFindings {
				t.Errorf("%d findings, %d and %d left out", len(all.Findings), len(d.Findings), d.Selection.LeftOutFindings)
			}
			empty := strings.HasPrefix(textOf(t, d), "nothing matches")
			bad := slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Severity != SeverityNote && f.Code.Info().Class != diagnose.Weakness })
			if d.Healthy == (empty || bad) || empty && !complete {
				t.Errorf("empty %v, bad %v, healthy %v, complete %v", empty, bad, d.Healthy, complete)
			}
			if !c.log && c.name == "v1-two-children" && complete {
				t.Error("complete although nothing is open")
			}
		})
	}
}

func codesOf(d *Diagnosis) (codes []string) {
	for _, f := range d.Findings {
		codes = append(codes, string(f.Code))
	}
	return codes
}

// A set of frames has what was added, and what lies between.
func TestFrameSet(t *testing.T) {
	var s frameSet
	s.add(3, 64, 200)
	for n := -1; n < 400; n++ {
		if want := n == 3 || n == 64 || n == 200; s.has(n) != want {
			t.Errorf("frame %d: %v", n, s.has(n))
		}
	}
	if s.hasBetween(4, 63) || !s.hasBetween(4, 64) || s.hasBetween(201, math.MaxInt) || !s.hasOne([]int{1, 200}) || s.hasOne(nil) {
		t.Error("ranges")
	}
}
