package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// The policy allows the script and the style that stand in the page by their hashes, and nothing else; there are no others.
func TestPolicy(t *testing.T) {
	page := string(withKeys(t, filepath.Join(pcaps, "v1-main-psk-nat")).page(t, false))
	m := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no policy")
	}
	hash := func(open, end string) string {
		_, rest, ok := strings.Cut(page, open)
		body, _, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("no %s", open)
		}
		sum := sha256.Sum256([]byte(body))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := "default-src 'none'; style-src " + hash("<style>", "</style>") + "; script-src " + hash("<script>", "</script>") + "; img-src data:; base-uri 'none'; form-action 'none'"
	if got := html.UnescapeString(m[1]); got != want {
		t.Errorf("policy %s\nwant   %s", got, want)
	}
	for _, bad := range []*regexp.Regexp{
		regexp.MustCompile(`(?i)\son[a-z]+\s*=`), regexp.MustCompile(`(?i)\sstyle\s*=`), regexp.MustCompile(`(?i)javascript:`),
		regexp.MustCompile(`(?i)(src|href|action)\s*=\s*"?(https?:)?//`), regexp.MustCompile(`(?i)unsafe-inline`), regexp.MustCompile(`(?i)@import|url\(`),
	} {
		// The page's own script is checked by its hash; it has comparisons that look like attributes.
		without := regexp.MustCompile(`(?s)<script>.*</script>`).ReplaceAllString(page, "")
		if s := bad.FindString(without); s != "" {
			t.Errorf("%q is in the page", s)
		}
	}
	js, err := assets.ReadFile("assets/page.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(", "XMLHttpRequest", "localStorage"} {
		if bytes.Contains(js, []byte(word)) {
			t.Errorf("the script uses %s", word)
		}
	}
}

// The data of the page is JSON and holds what the ladder shows.
func TestData(t *testing.T) {
	r := withKeys(t, filepath.Join(pcaps, "v1-main-psk-nat"))
	page := string(r.page(t, false))
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	body, _, _ := strings.Cut(rest, "</script>")
	var data struct {
		Rows  [][]json.RawMessage
		Nodes [][]int
	}
	if err := json.Unmarshal([]byte(body), &data); err != nil {
		t.Fatal(err)
	}
	messages := 0
	for _, sa := range report.NewTimeline(r.Session).SAs {
		for _, x := range sa.Exchanges {
			messages += len(x.Messages)
		}
	}
	if len(data.Rows) != messages || messages == 0 || len(data.Nodes) == 0 {
		t.Errorf("%d rows and %d nodes, want %d rows", len(data.Rows), len(data.Nodes), messages)
	}
}

// Every recorded session gives a page, with and without keys, and the same one each time.
func TestEverySession(t *testing.T) {
	if testing.Short() {
		t.Skip("every recorded session: the race detector makes it slow")
	}
	for _, dir := range recorded(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			without := analyzed(t, filepath.Join(dir, "wire.pcap"))
			with := withKeys(t, dir)
			for _, r := range []*run{without, with} {
				if page := r.page(t, false); !bytes.Equal(page, r.page(t, false)) {
					t.Error("two pages of one session differ")
				}
				checkCounts(t, r)
			}
		})
	}
}

// Malformed captures give a page, too.
func TestMalformedCaptures(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "hostile")
	files, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Skipf("no captures in %s", dir)
	}
	for _, path := range files {
		if page := analyzed(t, path).page(t, true); !bytes.HasSuffix(bytes.TrimSpace(page), []byte("</html>")) {
			t.Errorf("%s: the page ends early", path)
		}
	}
}

// The verdict is the gravest finding, and a healthy tunnel is said to be one.
func TestVerdict(t *testing.T) {
	for _, c := range []struct{ session, class, text string }{
		{"v1-main-psk-nat", "good", "The tunnel between 192.0.2.1 and 192.0.2.2 came up and carried traffic both ways. 1 IKE SA and 1 IPsec SA pair."},
		{"v1-main-psk-aes128-sha1", "warn", "but it uses weak algorithms"},
		{"fail-psk-mismatch", "bad", "pre-shared key"},
		{"fail-phase1-proposal", "bad", "proposal"},
		{"fail-no-answer", "bad", "No response from"},
	} {
		dir := filepath.Join(pcaps, c.session)
		r := withKeys(t, dir)
		v := newVerdict(report.Diagnose(r.Session, r.watch))
		if v.Class != c.class || !strings.Contains(v.Headline, c.text) {
			t.Errorf("%s: %s, %q", c.session, v.Class, v.Headline)
		}
	}
}

// Findings link to the rows of the ladder that have their frames.
func TestFrameLinks(t *testing.T) {
	r := withKeys(t, filepath.Join(pcaps, "fail-phase1-proposal"))
	n := r.naming()
	l := newLadder(r.Session, n)
	n.link(l, nil)
	list, _ := n.findings(newLinker(l, nil), -1)
	links := 0
	for _, f := range list {
		for _, k := range f.Frames {
			i, ok := l.byFrame[k.Frame]
			if !ok || l.Rows[i].Frame != k.Frame || k.Href == "" {
				t.Errorf("frame %d leads to %q", k.Frame, k.Href)
			}
			links++
		}
	}
	if links == 0 {
		t.Error("no links")
	}
	damage := analyzed(t, damaged(t), filepath.Join(pcaps, damagedSession, "gwa.log"))
	if page := string(damage.page(t, false)); !regexp.MustCompile(`<p class="frames">[^\n]*href="#esp-0x[0-9a-f]+"`).MatchString(page) {
		t.Error("no finding leads to an SA")
	}
}

// The topology has the NAT between the gateways and the subnets of the selectors.
func TestTopology(t *testing.T) {
	for _, c := range []struct {
		session string
		want    string // kinds and lines of the shapes
	}{
		{"v1-main-psk-aes128-sha1", "net 10.1.0.0/24 | gateway 192.0.2.1 gwa.example.org | gateway 192.0.2.2 gwb.example.org | net 10.2.0.0/24"},
		{"v1-main-psk-nat", "net 10.1.0.0/24 | gateway gateway behind NAT gwa.example.org | nat NAT 192.0.2.1 | gateway 192.0.2.2 gwb.example.org | net 10.2.0.0/24"},
		{"v1-two-children", "net 10.1.0.0/24 fd01::/64 | gateway 192.0.2.1 gwa.example.org | gateway 192.0.2.2 gwb.example.org | net 10.2.0.0/24 fd02::/64"},
		{"fail-no-answer", "gateway 192.0.2.1 | gateway 192.0.2.2"},
	} {
		r := withKeys(t, filepath.Join(pcaps, c.session))
		pairs, more := topology(negotiation.Read(r.Session), r.series)
		if len(pairs) != 1 || more != 0 {
			t.Errorf("%s: %d pairs and %d more", c.session, len(pairs), more)
			continue
		}
		shapes, links := pairs[0].chain()
		var parts []string
		for _, s := range shapes {
			parts = append(parts, s.kind+" "+strings.Join(s.lines, " "))
		}
		if got := strings.Join(parts, " | "); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.session, got, c.want)
		}
		if len(links) != len(shapes)-1 {
			t.Errorf("%s: %d links for %d shapes", c.session, len(links), len(shapes))
		}
	}
	t.Run("inside of the NAT", func(t *testing.T) {
		dir := filepath.Join(pcaps, "v1-main-psk-nat")
		path := filepath.Join(dir, "wire-behind-nat.pcap")
		r := analyzed(t, path, filepath.Join(dir, "gwa.log"))
		pairs, _ := topology(negotiation.Read(r.Session), r.series)
		if g := pairs[0].Left; g.Addr != "172.16.9.2" || !g.BehindNAT || !g.Inside {
			t.Errorf("the gateway behind NAT: %+v", g)
		}
	})
	t.Run("a packet counts once, whatever is inside it", func(t *testing.T) {
		r := withKeys(t, filepath.Join(pcaps, "v1-ipcomp"))
		pairs, _ := topology(negotiation.Read(r.Session), r.series)
		if want := fmt.Sprintf("IPComp inside: %d packets", r.Counts.ESP); !strings.Contains(pairs[0].words(), want) {
			t.Errorf("%s, want %s", pairs[0].words(), want)
		}
	})
	t.Run("IKEv2", func(t *testing.T) {
		r := withKeys(t, shared(t, "v2-eap-nat-esn"))
		pairs, _ := topology(negotiation.Read(r.Session), r.series)
		if g := pairs[0].Left; !g.BehindNAT || g.Inside || pairs[0].Right.BehindNAT || len(g.Nets) == 0 || !strings.Contains(pairs[0].words(), "ESP in UDP 4500") {
			t.Errorf("the gateways: %+v, %s", pairs[0], pairs[0].words())
		}
	})
}

// A selector is called an address where it is of one alone.
func TestWordOfNets(t *testing.T) {
	at := netip.MustParseAddr
	for _, c := range []struct{ from, to, word string }{
		{"192.0.2.10", "192.0.2.10", "address"}, {"192.0.2.1", "192.0.2.2", "subnet"}, {"192.0.2.0", "192.0.2.255", "subnet"},
	} {
		g := newGateway(&negotiation.Gateway{Addr: at("192.0.2.1"), Nets: ike.Selectors{{EndPort: 65535, From: at(c.from), To: at(c.to)}}})
		if s := g.behind(); len(s.lines) != 1 || s.word() != c.word {
			t.Errorf("%s to %s: %s %q", c.from, c.to, s.word(), s.lines)
		}
	}
}
