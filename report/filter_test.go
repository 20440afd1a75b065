package report

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ike"
)

// filterOf makes a filter of the words of a command line.
func filterOf(t *testing.T, words ...string) *Filter {
	t.Helper()
	f := &Filter{}
	for i := 0; i+1 < len(words); i += 2 {
		set := map[string]func(string) error{"--peer": f.AddPeer, "--sa": f.AddSA, "--since": f.SetSince, "--until": f.SetUntil}[words[i]]
		if err := set(words[i+1]); err != nil {
			t.Fatal(err)
		}
		f.Words = append(f.Words, words[i]+" "+words[i+1])
	}
	return f
}

// shownFrames are the frames of the messages that a filter leaves.
func shownFrames(timeline *Timeline) string {
	var frames []int
	for i := range timeline.SAs {
		for k := range timeline.SAs[i].Exchanges {
			for _, m := range timeline.SAs[i].Exchanges[k].Messages {
				frames = append(frames, m.Frame)
			}
		}
	}
	return fmt.Sprint(frames)
}

// What a program selects by values is what a user selects by words.
func TestFilterByValues(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-xauth-modecfg")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	sa := s.SAs[0]
	second := s.First.Add(time.Second)
	for words, set := range map[string]func(*Filter){
		"--peer 192.0.2.0/30":                     func(f *Filter) { f.SelectNetwork(netip.MustParsePrefix("192.0.2.2/30")) },
		"--peer GWB.example":                      func(f *Filter) { f.SelectName("GWB.example") },
		"--peer gwc":                              func(f *Filter) { f.SelectName("gwc") },
		"--sa " + sa.Initiator.String():           func(f *Filter) { f.SelectIKE(sa.Initiator, ike.SPI{}) },
		"--sa " + sa.Initiator.String() + ":ffff": func(f *Filter) { f.SelectIKE(sa.Initiator, ike.SPI{0xff, 0xff}) },
		"--sa 0xc01e840a":                         func(f *Filter) { f.SelectSPI(0xc01e840a) },
		"--since 1":                               func(f *Filter) { f.SelectTime(second, time.Time{}) },
		"--until 1":                               func(f *Filter) { f.SelectTime(time.Time{}, second) },
	} {
		var f Filter
		set(&f)
		want := shownFrames(filterOf(t, strings.Fields(words)...).Timeline(s))
		if got := shownFrames(f.Timeline(s)); got != want || !f.Active() {
			t.Errorf("%s: %s, by values %s", words, want, got)
		}
	}
}

// Each filter leaves the exchanges that it names. The session: phase 1 in frames 1 to 6, XAUTH and Mode Config in 7 to 12,
// a Quick Mode in 13 to 15, Deletes of its SA and of the IKE SA in 42 and 43; it starts at 08:35:32.056940.
func TestFilter(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-xauth-modecfg")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	const all = "[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 42 43]"
	for _, c := range []struct {
		words string
		want  string
	}{
		{"--peer 192.0.2.1", all}, {"--peer 192.0.2.0/30", all}, {"--peer 192.0.2.3", "[]"}, {"--peer 2001:db8::/32", "[]"},
		{"--peer ::ffff:192.0.2.2", all}, {"--peer GWB.example", all}, {"--peer gwc", "[]"}, {"--peer 192.0.2", "[]"},
		{"--peer gwc --peer gwa", all}, {"--peer Alice", all}, {"--peer bob", "[]"},
		{"--sa 29d8d23b58b1122b", all}, {"--sa 29D8:d88a", all}, {"--sa 29d8:d88b", "[]"}, {"--sa :d88a", all}, {"--sa d88a", all},
		{"--sa 29d9", "[]"}, {"--sa 29d9 --sa 29d8", all},
		{"--sa 0xc01e840a", "[13 14 15 42]"}, {"--sa 0xc7f6c766", "[13 14 15 42]"}, {"--sa 0xc7f6c767", "[]"},
		{"--sa 0xc7f6c767 --sa 29d8", all},
		{"--since 0.05", "[13 14 15 42 43]"}, {"--until 0.0321", "[1 2 3 4 5 6 7 8]"}, {"--since 1.7 --until 3", "[]"},
		{"--since 0.0537 --until 1", "[13 14 15]"}, {"--since 4.1", "[]"},
		{"--since 08:35:33", "[13 14 15 42 43]"}, {"--until 08:35:32.0571", "[1 2 3 4 5 6]"}, {"--since 08:35 --until 08:36", all},
		{"--since 2026-11-23T09:35:35+01:00", "[42 43]"}, {"--since 2026-11-23T08:35:35", "[42 43]"}, {"--until 2026-11-22T00:00:00Z", "[]"},
		{"--peer gwa --sa 0xc7f6c766 --since 3", "[42]"}, {"--peer gwc --since 3", "[]"},
	} {
		t.Run(c.words, func(t *testing.T) {
			f := filterOf(t, strings.Fields(c.words)...)
			got := f.Timeline(s)
			if frames := shownFrames(got); frames != c.want {
				t.Errorf("frames %s, want %s", frames, c.want)
			}
			text := textOf(t, got)
			if (c.want == "[]") != strings.Contains(text, "nothing matches "+c.words) {
				t.Errorf("%s", text)
			}
			if c.want == "[]" && !strings.Contains(text, "hint: the capture has IKE SA 29d8d23b58b1122b") {
				t.Errorf("no hint: %s", text)
			}
			if c.want != "[]" && (got.Selection.LeftOutExchanges == 0) != (c.want == all) {
				t.Errorf("%+v", got.Selection)
			}
		})
	}
	if got := (&Filter{}).Timeline(s); got.Selection != nil || shownFrames(got) != all {
		t.Errorf("the zero filter selects %s", shownFrames(got))
	}
}

// Of several IKE SAs those that do not fit are counted, and outcomes stay what they are: a Delete that is left out is told.
func TestFilterAmongSeveral(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-reauth-rekey")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	if len(s.SAs) < 2 {
		t.Fatalf("%d IKE SAs", len(s.SAs))
	}
	whole := NewTimeline(s)
	one := filterOf(t, "--sa", whole.SAs[1].Initiator).Timeline(s)
	if len(one.SAs) != 1 || one.SAs[0].Initiator != whole.SAs[1].Initiator || one.Selection.LeftOutSAs != len(s.SAs)-1 {
		t.Errorf("%d IKE SAs, %+v", len(one.SAs), one.Selection)
	}
	a, _ := json.Marshal(one.SAs[0])
	b, _ := json.Marshal(whole.SAs[1])
	if string(a) != string(b) {
		t.Error("a filter changes what is told of what it leaves")
	}
}

// Without a key the SPIs of a Quick Mode are not known, and without an IKE SA there is nothing to name.
func TestFilterHints(t *testing.T) {
	got := filterOf(t, "--peer", "192.0.2.1").Timeline(&ikedecode.Session{})
	if got.Selection.Hint != "the capture has no IKE SA" || !got.Complete() {
		t.Errorf("%+v", got.Selection)
	}
}

func TestFilterMistakes(t *testing.T) {
	f := &Filter{}
	for _, c := range []struct {
		set  func(string) error
		text string
	}{
		{f.AddPeer, ""}, {f.AddSA, ""}, {f.AddSA, ":"}, {f.AddSA, "xyz"}, {f.AddSA, "0x"}, {f.AddSA, "0xg"}, {f.AddSA, "a:b:c"},
		{f.AddSA, "00112233445566778"}, {f.AddSA, "-1"}, {f.SetSince, ""}, {f.SetSince, "-1"}, {f.SetUntil, "25:00:00"}, {f.SetUntil, "NaN"},
		{f.SetUntil, "1e300"}, {f.SetSince, "yesterday"},
	} {
		if err := c.set(c.text); err == nil || strings.Contains(err.Error(), "--") { // the command names the flag
			t.Errorf("%q: %v", c.text, err)
		}
	}
	for _, c := range []struct {
		words string
		never bool
	}{
		{"--since 5 --until 4", true}, {"--since 4 --until 5", false}, {"--since 4 --until 08:00:00", false},
		{"--since 2026-01-02T00:00:00Z --until 2026-01-01T00:00:00Z", true}, {"--since 23:00 --until 01:00", false}, {"--since 5", false},
	} {
		if got := filterOf(t, strings.Fields(c.words)...).Never(); got != c.never {
			t.Errorf("%s: never %v", c.words, got)
		}
	}
}

// A time of the day is the first such time in the capture, which may go over midnight, or the one nearest to its start.
func TestMomentOfTheDay(t *testing.T) {
	first := time.Date(2026, 12, 31, 23, 30, 0, 500e6, time.UTC)
	c := captured{first, first.Add(time.Hour)}
	for text, want := range map[string]string{
		"23:30:00": "2026-12-31T23:30:00Z", "23:45": "2026-12-31T23:45:00Z", "00:15:00": "2027-01-01T00:15:00Z",
		"02:00": "2027-01-01T02:00:00Z", "20:00": "2026-12-31T20:00:00Z", "1.25": "2026-12-31T23:30:01.75Z",
	} {
		m, err := parseMoment(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.in(c).UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	morning := captured{first.Add(time.Hour), first.Add(2 * time.Hour)}
	if m, _ := parseMoment("23:55"); m.in(morning).Format(time.DateOnly) != "2026-12-31" {
		t.Errorf("shortly before midnight is %v", m.in(morning))
	}
}

// Both ends of the time that is asked for belong to it.
func TestFilterEnds(t *testing.T) {
	first := time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)
	c := captured{first, first.Add(time.Hour)}
	f := filterOf(t, "--since", "1", "--until", "2")
	for seconds, want := range map[float64]bool{0.999999999: false, 1: true, 1.5: true, 2: true, 2.000000001: false} {
		if got := f.covers(first.Add(time.Duration(seconds*1e9)), c); got != want {
			t.Errorf("%v s: %v", seconds, got)
		}
	}
}

// The user of EAP is a peer, too, and the identity that the initiator asks for.
func TestFilterUser2(t *testing.T) {
	dir := session2(t, "v2-eap-nat-esn")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	for peer, want := range map[string]int{"alice": 1, "gwb.example": 1, "mallory": 0} {
		if got := filterOf(t, "--peer", peer).Timeline(s); len(got.SAs) != want {
			t.Errorf("%s: %d IKE SAs", peer, len(got.SAs))
		}
	}
}

// Rekeys, complaints and Deletes of a Child SA of IKEv2 belong to it.
func TestFilterChild2(t *testing.T) {
	dir := session2(t, "v2-mlkem")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	got := filterOf(t, "--sa", "0xce3b6f56").Timeline(s)
	var types []string
	for _, x := range got.SAs[0].Exchanges {
		types = append(types, x.Type)
	}
	if want := []string{"IKE_AUTH", "CREATE_CHILD_SA", "INFORMATIONAL"}; !slices.Equal(types, want) {
		t.Errorf("%s, want %s", types, want)
	}
}
