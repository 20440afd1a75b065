package text

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/internal/columns"
	"github.com/ikedecode/ikedecode/report/internal/reporttest"
	"github.com/ikedecode/ikedecode/report/words"
)

// widths are those of terminals that every report is tried with.
var widths = []int{60, 80, 120, 200}

func textOf(t *testing.T, width int, write func(*Printer) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(NewPrinter(&b, Options{Width: width})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkWidth wants lines of at most width columns, and nothing in them that a terminal obeys. Of width 0 they are as long as they are.
func checkWidth(t *testing.T, name, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if n := columns.Width(line); width > 0 && n > width {
			t.Errorf("%s: %d columns of %d: %s", name, n, width, line)
		}
		if strings.TrimRight(line, " ") != line || report.Escape(line) != line {
			t.Errorf("%s: spaces at the end, or characters that a terminal obeys: %q", name, line)
		}
	}
}

// checkWhole wants a record on one line of text.
func checkWhole(t *testing.T, name, text, record string) {
	t.Helper()
	want := strings.TrimRight(report.Escape(record), " ")
	if !strings.Contains(text, want) {
		t.Errorf("%s: no line has %q", name, want)
	}
}

// Reports of sessions that show most of what reports can show.
func TestGolden(t *testing.T) {
	for _, g := range []struct{ name, keys string }{
		{"v1-main-psk-multi-proposals", "gwa.log"},
		{"v1-main-psk-multi-proposals", ""},
		{"v1-xauth-modecfg", "gwa.log"},
		{"v1-reauth-rekey", "gwa.log"},
		{"v1-main-rsa-certs-frag", "gwa.log"},
		{"fail-phase2-ts", "gwa.log"},
		{"v1-main-psk-3des-md5-espnull", ""},
	} {
		dir, name, keys := reporttest.Session(t, g.name), g.name, []string(nil)
		if g.keys == "" {
			name += "-closed"
		} else {
			keys = []string{filepath.Join(dir, g.keys)}
		}
		t.Run(name, func(t *testing.T) {
			s, w := reporttest.Analyzed(t, dir, keys...)
			reporttest.Golden(t, name+".timeline", timelineText(t, 100, report.NewTimeline(s), report.TimelineView{}))
			reporttest.Golden(t, name+".sas", textOf(t, 100, func(p *Printer) error { return SAs(p, report.NewSAs(s)) }))
			reporttest.Golden(t, name+".diagnose", textOf(t, 100, func(p *Printer) error { return Diagnosis(p, report.Diagnose(s, w)) }))
		})
	}
}

// Every report of every session fits the terminal and is the same each time. Elsewhere a finding's headline is one line, each thing
// that it rests on another, and an SA is one line.
func TestReportsFitTheTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	for _, dir := range reporttest.Sessions(t) {
		for _, keys := range [][]string{nil, reporttest.Keys(dir)} {
			s, w := reporttest.Analyzed(t, dir, keys...)
			sas, diagnosis := report.NewSAs(s), report.Diagnose(s, w)
			name := filepath.Base(dir)
			writeSAs := func(p *Printer) error { return SAs(p, sas) }
			writeDiagnosis := func(p *Printer) error { return Diagnosis(p, diagnosis) }
			for _, width := range append(widths, 0) {
				for _, write := range []func(*Printer) error{writeSAs, writeDiagnosis} {
					text := textOf(t, width, write)
					checkWidth(t, name, text, width)
					if again := textOf(t, width, write); again != text {
						t.Errorf("%s: the second time it reads differently", name)
					}
				}
			}
			checkFindingsWhole(t, name, textOf(t, 0, writeDiagnosis), diagnosis)
			checkSAsWhole(t, name, textOf(t, 0, writeSAs), sas)
		}
	}
}

func checkFindingsWhole(t *testing.T, name, text string, d *report.Diagnosis) {
	t.Helper()
	lines := 0
	for _, f := range d.Findings {
		checkWhole(t, name, text, f.Text+f.More())
		lines++
		if f.Hint != "" {
			checkWhole(t, name, text, "  hint: "+f.Hint)
			lines++
		}
		for _, detail := range f.Details {
			checkWhole(t, name, text, "    "+detail)
			lines++
		}
		for _, o := range f.Options {
			checkWhole(t, name, text, "  settings: "+o.Product+"  "+o.Name)
			lines++
		}
		if len(f.Values) > 0 {
			lines += 1 + len(f.Values)
		}
		if f.RFC != "" && f.Severity != report.SeverityNote {
			lines++
		}
	}
	if got := len(slices.DeleteFunc(strings.Split(text, "\n"), func(s string) bool { return s == "" })); got != lines {
		t.Errorf("%s: %d lines for %d records:\n%s", name, got, lines, text)
	}
}

func checkSAsWhole(t *testing.T, name, text string, r *report.SAs) {
	t.Helper()
	for i := range r.SAs {
		sa := &r.SAs[i]
		if !sa.Shown() {
			continue
		}
		i := strings.Index(text, sa.Protocol+" "+sa.SPI)
		if i < 0 {
			t.Fatalf("%s: no %s", name, sa.SPI)
		}
		line, _, _ := strings.Cut(text[i:], "\n")
		for _, want := range []string{sa.Src, sa.Dst, sa.Encryption, sa.Selectors, words.FrameRange(sa.FirstFrame, sa.LastFrame)} {
			if sa.Packets > 0 && !strings.Contains(line, want) {
				t.Errorf("%s: %q is not in the line of %s: %s", name, want, sa.SPI, line)
			}
		}
	}
}

// The table fits the page with the longest addresses and large numbers.
func TestSAsFitThePage(t *testing.T) {
	const a, b = "2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"
	const large = math.MaxInt >> 22 // twelve digits where an int has 64 bits
	sa := report.TrafficSA{
		Protocol: "ESP", SPI: "0xc0ffee01", Src: a, Dst: b, Encryption: "AES-GCM-16-256", Mode: "transport", ESN: true, UDP: true,
		Sources: []string{"Quick Mode 0xbd8000d8"}, Proved: true, Proof: "padding and content", Packets: large, Bytes: 1 << 50,
		Opened: large, ICVFailures: 1 << 20, Malformed: 1 << 20, Dummies: 1 << 20, MinSeq: 1 << 62, MaxSeq: 1<<63 - 1, Lost: 1 << 61,
		Gaps: 1 << 30, Replays: 1 << 30, Repeats: 1 << 30, Reordered: 1 << 30, MaxReorder: 1 << 40, Late: []report.LateCount{{Window: 1024, Packets: 1 << 30}},
		Cut: 1 << 30, CutOpened: 1 << 20, FirstFrame: large, LastFrame: 2 * large,
		Inner: []report.InnerTraffic{{Name: "IPv6 TCP", Packets: large}, {Name: "IPv6 protocol 200", Packets: large}}, InnerMore: 1 << 30,
	}
	r := &report.SAs{SAs: []report.TrafficSA{sa}}
	for _, width := range widths {
		checkWidth(t, "sas", textOf(t, width, func(p *Printer) error { return SAs(p, r) }), width)
	}

}

// One SA with thousands of selectors makes the table no wider than reports show of any value.
func TestLongSelectors(t *testing.T) {
	sa := report.TrafficSA{Protocol: "ESP", SPI: "0xc0ffee01", Src: "192.0.2.1", Dst: "192.0.2.2", Packets: 1, Selectors: strings.Repeat("10.1.0.0/24\x1b, ", 2000)}
	r := &report.SAs{SAs: []report.TrafficSA{sa, {Protocol: "ESP", SPI: "0xc0ffee02", Src: "192.0.2.1", Dst: "192.0.2.2", Packets: 1}}}
	for _, width := range append(widths, 0) {
		text := textOf(t, width, func(p *Printer) error { return SAs(p, r) })
		checkWidth(t, "sas", text, width)
		if len(text) > 5000 {
			t.Errorf("%d columns: %d characters", width, len(text))
		}
	}
}

// Values of both sides stand beside each other, in as many lines as they need.
func TestComparison(t *testing.T) {
	rows := []report.Compared{{Name: "DH group", Initiator: "MODP-1024", Responder: "none", Differs: true}, {Name: "hash", Initiator: "SHA1", Responder: "SHA1"}}
	write := func(p *Printer) error {
		comparison(&report.Finding{Values: rows}).write(p, 4)
		return p.Err()
	}
	want := "                 initiator  responder\n    !  DH group  MODP-1024  none\n       hash      SHA1       SHA1\n"
	if got := textOf(t, 80, write); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	rows[0].Initiator = "東京 " + strings.Repeat("word ", 20)
	for _, width := range widths {
		text := textOf(t, width, write)
		checkWidth(t, "comparison", text, width)
		if strings.Count(text, "word") != 20 || strings.Count(text, "none") != 1 {
			t.Errorf("%d columns:\n%s", width, text)
		}
	}
	if text := textOf(t, 0, write); strings.Count(text, "\n") != 3 {
		t.Errorf("a row is to be one line:\n%s", text)
	}
}

// A terminal that is very narrow or very wide is taken for one that is less so.
func TestWidthIsBounded(t *testing.T) {
	write := func(p *Printer) error {
		p.line(0, 2, plain(strings.Repeat("word ", 100)))
		return p.Err()
	}
	for width, want := range map[int]int{1: 59, 59: 59, 80: 79, 1000: 199} {
		first, _, _ := strings.Cut(textOf(t, width, write), "\n")
		if len(first) != want {
			t.Errorf("%d columns: %d, want %d", width, len(first), want)
		}
	}
}

// Values of keys are there to be copied: they are not broken, whatever the terminal.
func TestKeysStayWhole(t *testing.T) {
	value := "0x" + strings.Repeat("c0ffee", 60)
	k := &report.Keys{Shown: true, Secrets: report.KeyListOf(report.KeyEntry{Kind: "SKEYID_E", Where: "0011223344556677:8899aabbccddeeff", Value: value, Origin: "gwa.log:12"})}
	for _, width := range append(widths, 0) {
		text := textOf(t, width, func(p *Printer) error { return Keys(p, k) })
		if !strings.Contains(text, value) || width == 0 && strings.Count(strings.TrimSpace(text), "\n") != 0 {
			t.Errorf("%d columns: %s", width, text)
		}
	}
}
