package page

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
)

// together analyses several recorded sessions as one, with all that their gateways logged.
func together(t *testing.T, dirs ...string) *run {
	t.Helper()
	bag := &secret.Bag{}
	var paths []string
	for _, dir := range dirs {
		paths = append(paths, filepath.Join(dir, "wire.pcap"))
		for _, name := range []string{"gwa.log", "gwb.log", "gwb.xfrm"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				continue
			}
			b, err := source.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			bag.Merge(b)
		}
	}
	return analyzedWith(t, bag, paths...)
}

// mixed are sessions of which some fail, as one.
func mixed(t *testing.T) *run {
	t.Helper()
	var dirs []string
	for _, name := range []string{"v1-main-psk-nat", "fail-psk-mismatch", "v1-two-children", "fail-phase1-proposal", "v1-ipcomp", "fail-no-answer"} {
		dirs = append(dirs, filepath.Join(pcaps, name))
	}
	return together(t, dirs...)
}

// shown is the count that a text begins with: 1,234 of "1,234, all decrypted".
func shown(text string) (n int) {
	head, _, _ := strings.Cut(text, " ")
	n, _ = strconv.Atoi(strings.ReplaceAll(head, ",", ""))
	return n
}

// sumOf adds the counts in a column up, without those of packets that are counted in another row.
func sumOf(t *table, column string) (n int) {
	i := slices.Index(t.Head, column)
	for _, r := range t.Rows {
		if !strings.Contains(r.Cells[i], "inside") {
			n += shown(r.Cells[i])
		}
	}
	return n
}

// checkCounts wants the same counts in the verdict, the index, the ladder, the tables and the lists of findings.
func checkCounts(t *testing.T, r *run) {
	t.Helper()
	v, l := newView(r.input(false))
	facts := make(map[string]int)
	for _, f := range v.Verdict.Facts {
		facts[f.Name] = shown(f.Value)
	}
	messages, packets := facts["IKE messages"], facts["ESP and AH packets"]-r.UnknownMore
	for what, n := range map[string]int{"index": sumOf(v.Tunnels, "IKE messages"), "ladder": l.Left + len(l.Rows), "table of IKE SAs": sumOf(v.IKE, "Messages"), "pages": v.Ladder.Total + l.Left} {
		if n != messages {
			t.Errorf("%d IKE messages above, %d in the %s", messages, n, what)
		}
	}
	for what, n := range map[string]int{"index": sumOf(v.Tunnels, "ESP and AH packets"), "table of SAs": sumOf(v.ESP, "Packets")} {
		if n != packets {
			t.Errorf("%d ESP and AH packets above, %d in the %s", packets, n, what)
		}
	}
	findings := 0
	for _, part := range strings.Split(v.Counts, ", ") {
		findings += shown(part)
	}
	if n := len(v.Findings) + len(v.Notes) + v.More; n != findings {
		t.Errorf("%d findings are said, %d are there", findings, n)
	}
	if n := shown(v.Summary); n != len(v.Tunnels.Rows) {
		t.Errorf("%q and %d rows", v.Summary, len(v.Tunnels.Rows))
	}
	if len(v.Tunnels.Rows) > 0 && v.Tunnels.Rows[0].Class != v.Verdict.Class {
		t.Errorf("the verdict is %s, the worst tunnel is %v", v.Verdict.Class, v.Tunnels.Rows[0].Cells)
	}
}

// Counts agree above and below; of every recorded session TestEverySession wants that.
func TestCountsAgree(t *testing.T) {
	t.Run("several", func(t *testing.T) { checkCounts(t, mixed(t)) })
	t.Run("damaged", func(t *testing.T) {
		checkCounts(t, analyzed(t, damaged(t), filepath.Join(pcaps, damagedSession, "gwa.log")))
	})
	t.Run("hostile", func(t *testing.T) { checkCounts(t, analyzed(t, hostile(t))) })
}

// The index has a line for each tunnel, the worst first: the peers, the verdict, what was found, and the capture; it leads to the tunnel.
func TestIndex(t *testing.T) {
	v, _ := newView(mixed(t).input(false))
	var got []string
	for _, r := range v.Tunnels.Rows {
		got = append(got, strings.Join([]string{r.Class, r.Cells[0], r.Cells[1], r.Cells[2], r.Cells[3], r.Cells[4], r.Cells[5]}, " | "))
		if !strings.HasPrefix(r.Link, "#ike-") {
			t.Errorf("%v leads to %q", r.Cells, r.Link)
		}
	}
	const peers = "192.0.2.1 → 192.0.2.2"
	want := []string{
		"bad | " + peers + " | Problem | 192.0.2.2 sent NO-PROPOSAL-CHOSEN, although it accepted the same proposal in frame 55. | 2 | – | fail-phase1-proposal",
		"warn | " + peers + " | Warning | The pre-shared keys differ: 192.0.2.2 could not decrypt message 5 of Main Mode; a later attempt succeeded. | 8, 1 decrypted, 3 not decrypted | – | fail-psk-mismatch",
		"warn | " + peers + " | Warning | No response from 192.0.2.2:500 to 192.0.2.1:500; a later attempt succeeded. | 1 | – | fail-no-answer",
		"good | " + peers + " | Healthy | IKEv1, 1 IPsec SA pair; gwa.example.org, gwb.example.org | 11, 7 decrypted | 38, all decrypted | v1-ipcomp",
		"good | " + peers + " | Healthy | IKEv1, 2 IPsec SA pairs; gwa.example.org, gwb.example.org | 15, 11 decrypted | 32, all decrypted | v1-two-children",
		"good | " + peers + " | Healthy | IKEv1, 1 IPsec SA pair; gwa.example.org, gwb.example.org | 19, 15 decrypted | 88, all decrypted | v1-main-psk-nat",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the index:\n%s", strings.Join(got, "\n"))
	}
	if v.Summary != "6 tunnels: 1 with a problem, 2 with a warning, 3 healthy" {
		t.Errorf("the summary: %s", v.Summary)
	}
}

// The directions of a Child SA are in one card, with IPComp, whose packets are inside those of ESP and count once.
func TestCards(t *testing.T) {
	r := withKeys(t, filepath.Join(pcaps, "v1-ipcomp"))
	v, _ := newView(r.input(false))
	if len(v.Cards) != 1 || len(v.Cards[0].Directions) != 4 || v.Cards[0].Packets != plural(r.Counts.ESP, "packet") {
		t.Errorf("%d cards: %+v", len(v.Cards), v.Cards[0])
	}
	// Without keys two flows are the directions of one tunnel, since there are no others between the hosts.
	r = analyzed(t, filepath.Join(pcaps, "v1-main-psk-nat", "wire.pcap"))
	if v, _ := newView(r.input(false)); len(v.Cards) != 1 || len(v.Cards[0].Directions) != 2 {
		t.Errorf("%d cards without keys", len(v.Cards))
	}
}

// One attempt after another that fails in the same way is one line; an IKE SA with the one that replaces it is one, too.
func TestIndexFolds(t *testing.T) {
	path, _ := manyExchanges(t, 120)
	v, _ := newView(analyzed(t, path).input(false))
	if n := len(v.Tunnels.Rows); n != 1 || !strings.HasPrefix(v.Tunnels.Rows[0].Cells[2], "120 attempts: ") || v.Tunnels.Rows[0].Cells[3] != "240" {
		t.Errorf("%d lines: %v", n, v.Tunnels.Rows[0].Cells)
	}
	for _, name := range []string{"v1-reauth-rekey", "v2-psk-gcm-x25519-pfs-rekey"} {
		r := withKeys(t, shared(t, name))
		if v, _ := newView(r.input(false)); len(r.SAs) < 2 || len(v.Tunnels.Rows) != 1 {
			t.Errorf("%s: %d lines for %d IKE SAs", name, len(v.Tunnels.Rows), len(r.SAs))
		}
	}
}

// Of very many tunnels with a problem each is said to have one, though the findings are bounded.
func TestIndexOfManyProblems(t *testing.T) {
	c := newCapturer()
	const pairs = 600
	for i := range pairs {
		from, to := byte(1+i/200), byte(10+i%200)
		c.udp(from, to, message(0x5000_0000_0000_0000+uint64(i), 0, 0x10, 2, 0, 0, chunk{13, []byte("a vendor")}))
	}
	c.at = c.at.Add(time.Minute)
	c.ip(17, 1, 2, []byte{0, 53, 0, 53, 0, 8, 0, 0}) // nobody can say that the answers came after the end of the capture
	v, _ := newView(analyzed(t, c.write(t, "pairs.pcap")).input(false))
	bad := 0
	for _, r := range v.Tunnels.Rows {
		if r.Class == "bad" {
			bad++
		}
	}
	if len(v.Tunnels.Rows) != pairs || bad != pairs || v.Summary != "600 tunnels: 600 with a problem" {
		t.Errorf("%d of %d tunnels have a problem: %s", bad, len(v.Tunnels.Rows), v.Summary)
	}
}

// A link to an SA is made of its SPI: it is the same whatever else is in the capture, and stands once in the page.
func TestFragments(t *testing.T) {
	one := string(withKeys(t, filepath.Join(pcaps, "v1-main-psk-nat")).page(t, false))
	all := string(mixed(t).page(t, false))
	found := regexp.MustCompile(` id="((?:ike|esp|ah|ipcomp)-[^"]*[0-9a-f])"`).FindAllStringSubmatch(one, -1)
	if len(found) < 3 {
		t.Fatalf("%d SAs have a fragment: %v", len(found), found)
	}
	for _, m := range found {
		for what, page := range map[string]string{"alone": one, "with others": all} {
			if n := strings.Count(page, ` id="`+m[1]+`"`); n != 1 {
				t.Errorf("%s: %s is there %d times", what, m[1], n)
			}
		}
		if !strings.Contains(one, `href="#`+m[1]+`"`) {
			t.Errorf("nothing leads to %s", m[1])
		}
	}
	x := make(ids)
	if a, b := x.sa("ESP", "0x00000100"), x.sa("ESP", "0x00000100"); a != "esp-0x00000100" || b != "esp-0x00000100-2" {
		t.Errorf("two SAs with one SPI: %s and %s", a, b)
	}
}

// The title is what differs in the names of the captures.
func TestCaptureNames(t *testing.T) {
	for _, c := range []struct {
		paths, want string
	}{
		{"/home/me/x/wire.pcap", "wire.pcap"},
		{"-", "standard input"},
		{"../captures/v1-ah-tunnel/wire.pcap ../captures/v1-ipcomp/wire.pcap", "v1-ah-tunnel v1-ipcomp"},
		{"gwa.pcap gwb.pcap", "gwa gwb"},
		{"/var/cap/gwa.pcap /var/cap/gwb.pcapng", "gwa.pcap gwb.pcapng"},
		{"a/north/1.pcap b/north/1.pcap", "a b"},
		{"a/n/1.pcap a/s/1.pcap b/n/1.pcap", "a/n a/s b/n"},
		{"wire.pcap0 wire.pcap1", "wire.pcap0 wire.pcap1"},
		{"x/wire.pcap wire.pcap", "x/wire wire"},
		{"a/wire.pcap a/wire.pcap", "a a"},
	} {
		if got := strings.Join(captureNames(strings.Fields(c.paths)), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.paths, got, c.want)
		}
	}
}

// Words and SPIs are not broken inside: a line may end behind what joins the parts of a long word.
func TestPieces(t *testing.T) {
	for text, want := range map[string]string{
		"established, deleted in frame 7":                           "established, deleted in frame 7",
		"IKE SA 38db764f3d5447ca:bae238c60a99624e":                  "IKE SA 38db764f3d5447ca:|bae238c60a99624e",
		"2001:db8:0:1:2:3:4:5":                                      "2001:db8:0:1:2:3:4:5",
		"2001:db8:1234:5678:9abc:def0:1:2 x":                        "2001:|db8:|1234:|5678:|9abc:|def0:|1:|2 x",
		"unbroken0123456789012345678901234567890123456789 and more": "<unbroken0123456789012345678901234567890123456789> and more",
	} {
		got := ""
		for _, p := range pieces(text) {
			if p.Long {
				p.Text = "<" + p.Text + ">"
			}
			if got += p.Text; p.Break {
				got += "|"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
