package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/internal/testfile"
)

var everyForm = flag.Bool("everyform", false, "read each file of TestFilterChangesNothing in every form, whole: some minutes")

// The words of all formats are found in one pass as they are found one by one.
func TestLineFilter(t *testing.T) {
	for _, text := range []string{"", "ike 0: comes", "xx iike2,debug", `"t" #1: initiating`, "IKEv2:(SA ID = 1): spi=0x1", "no words", "  set peer 192.0.2.1", "x set peer", "end", "ends", "ck=00", "Ck:", "back: x",
		"a... ", "a...", "... key", "ip-xxx", "n/a", "an/a n/A N/A", "\tinclude x", ": psk", ":PSK", " pSk 1", "07[IKE] SKEYID => 20 bytes @ 0x7f7468009b50", "add_sa() x", "x add_sa()", "=>0x", "\u00a0next"} {
		found := lineWords.find(text)
		for _, f := range formats {
			want := slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(text, w) }) ||
				slices.ContainsFunc(f.folded, func(w string) bool { return strings.Contains(strings.ToLower("\n"+text), strings.ToLower(w)) }) ||
				slices.ContainsFunc(f.starts, func(w string) bool { return strings.HasPrefix(strings.TrimSpace(text), w) })
			if got := found&f.bit() != 0; got != want {
				t.Errorf("%q, %s: %v, want %v", text, f.name, got, want)
			}
		}
		if got, want := found&goneBit != 0, goneSet.in(text); got != want {
			t.Errorf("%q, taken out: %v, want %v", text, got, want)
		}
	}
}

// all is everything that is read of a file, with or without the filter of lines.
func all(data []byte, unfiltered bool) string {
	var s strings.Builder
	bag, err := Options{Unread: true, unfiltered: unfiltered}.ReadFrom("f", bytes.NewReader(data))
	fmt.Fprintln(&s, "error", err)
	var unknown *FormatError
	if errors.As(err, &unknown) {
		fmt.Fprintf(&s, "%+v\n", *unknown)
	}
	if bag == nil {
		return s.String()
	}
	s.WriteString(describe(bag))
	for _, x := range bag.Secrets {
		fmt.Fprintf(&s, "secret %+v\n", x)
	}
	for _, x := range bag.SAs {
		fmt.Fprintf(&s, "SA %s %v %v %v\n", describeSA(x), x.Source, x.Derived, x.Kernel)
	}
	for _, x := range bag.Events {
		text, err := json.Marshal(x)
		fmt.Fprintf(&s, "event %s %v\n", text, err)
	}
	fmt.Fprintf(&s, "formats %+v\nwarnings %+v\nunread %+v\n", bag.Formats, bag.Warnings, bag.Unread)
	return s.String()
}

// sameUnfiltered fails where the filter of lines changes what is read of a file.
func sameUnfiltered(t *testing.T, name string, data []byte) {
	t.Helper()
	got, want := all(data, false), all(data, true)
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	t.Errorf("%s: with the filter\n%.300s\nwithout\n%.300s", name, strings.Join(g[i:min(i+1, len(g))], ""), strings.Join(w[i:min(i+1, len(w))], ""))
}

// filterForms are ways in which a file may come, beyond manglers.
var filterForms = []struct {
	name string
	make func(text string) string
}{
	{"plain", func(text string) string { return text }},
	{"syslog", manglers["syslog"]},
	{"charon's syslog", linesWith(func(i int, l string) string {
		return fmt.Sprintf("Nov 25 10:%02d:%02d gw1 charon[812]: %s", i/60%60, i%60, l)
	})},
	{"pluto's journal", linesWith(func(i int, l string) string {
		return fmt.Sprintf("2026-11-25T10:%02d:%02d+0100 gw1 pluto[812]: %s", i/60%60, i%60, l)
	})},
	{"racoon's RFC 5424", linesWith(func(i int, l string) string {
		return fmt.Sprintf("<30>1 2026-11-25T10:%02d:%02dZ gw1 racoon 812 - - %s", i/60%60, i%60, l)
	})},
	{"CRLF", manglers["CRLF"]},
	{"UTF-16", manglers["UTF-16"]},
	{"gzip", gzipped},
	{"broken at 80", manglers["broken at 80"]},
	{"broken at 132", func(text string) string { return wrapped(text, 132) }},
	{"newest first", reverseLines},
	{"without its start", func(text string) string { return text[len(text)/3:] }},
	{"without every seventh line", func(text string) string {
		n := 0
		lines := slices.DeleteFunc(strings.SplitAfter(text, "\n"), func(string) bool { n++; return n%7 == 3 })
		return strings.Join(lines, "")
	}},
	{"twice", func(text string) string { return text + text }},
	{"after another log", func(text string) string { return foreignLog + fortiGateLog + text }},
	{"escaped for a web page", manglers["escaped for a web page"]},
}

// What no parser is given changes nothing: secrets, SAs, events, notes, lines and their numbers.
func TestFilterChangesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("reads each log twice")
	}
	const enough = 6 << 10
	seen := make(map[string]bool)
	n := 0
	roots := []string{"../../testdata"}
	for _, name := range []string{"key-sources", "captures", "cases", "diagnosis"} {
		roots = append(roots, testfile.Beside(t, name)...)
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || d.Name() == "README" || slices.Contains([]string{".pcap", ".pcapng", ".json"}, filepath.Ext(path)) {
				return nil
			}
			text := textOf(t, path)
			if seen[text] || text == "" {
				return nil
			}
			seen[text] = true
			n++
			if *everyForm {
				t.Logf("file %d: %s", n, path)
				for _, form := range filterForms {
					sameUnfiltered(t, path+", "+form.name, []byte(form.make(text)))
				}
				for name, mangle := range manglers {
					sameUnfiltered(t, path+", "+name, []byte(mangle(text[:min(len(text), enough)])))
				}
				return nil
			}
			const every = 3
			if n%every != 0 {
				return nil
			}
			form := filterForms[n/every%len(filterForms)]
			text = text[:min(len(text), enough)]
			sameUnfiltered(t, path+", "+form.name, []byte(form.make(text)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range hostile {
		sameUnfiltered(t, name, []byte(text(enough)))
	}
}

// textOf is a file's text, "" where it has none.
func textOf(t *testing.T, path string) string {
	t.Helper()
	data := testfile.Read(t, path)
	if isBinary(data[:min(len(data), headBytes)]) {
		return ""
	}
	return string(data)
}

func FuzzFilter(f *testing.F) {
	for _, text := range hostile {
		f.Add([]byte(text(1000)))
	}
	f.Add([]byte(foreignLog + fortiGateLog))
	for _, seeds := range [][]string{{keyLogSample, strongSwanPlain, racoonSample, ike2Log("request")}, printedBy("FortiGate debug", "RouterOS", "iked", "isakmpd", "vpnc", "Openswan", "VPP", "Scapy", "6WIND", "setkey.conf", "ipsecctl")} {
		for _, s := range seeds {
			f.Add([]byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		sameUnfiltered(t, "fuzz", data)
	})
}
