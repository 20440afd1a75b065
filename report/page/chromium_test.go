package page

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The sizes that the page has to fit: a desktop and a telephone.
var widths = []int{1280, 390}

// fits wants a page that does not scroll sideways.
func (b *browser) fits(t *testing.T, what string) {
	t.Helper()
	var w struct{ Scroll, Client int }
	b.eval("({scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth})", &w)
	if w.Scroll > w.Client {
		t.Errorf("%s: %d pixels wide on a screen of %d; it is %s", what, w.Scroll, w.Client, b.text(`(() => {
			const w = document.documentElement.clientWidth;
			return Array.from(document.body.querySelectorAll("*")).filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest(".vh")).slice(0, 4).map(e => e.tagName + "." + e.getAttribute("class")).join(", ");
		})()`))
	}
}

// contrastScript finds text whose contrast with what is behind it is below 4.5:1 (WCAG 2, 1.4.3).
const contrastScript = `(() => {
	const parse = c => c.match(/[\d.]+/g).map(Number);
	const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = e => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	const bad = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.textContent.trim() || e.closest("script, noscript, title, desc, template") || (e.disabled === true)) continue;
		const style = getComputedStyle(e);
		if (style.visibility === "hidden" || style.display === "none" || e.getClientRects().length === 0) continue;
		let back = behind(e);
		const box = e.namespaceURI.endsWith("svg") && e.previousElementSibling && e.closest(".topology") ? e.parentElement.querySelector("rect") : null;
		if (box) back = parse(getComputedStyle(box).fill);
		const [a, b] = [luminance(parse(e.namespaceURI.endsWith("svg") ? style.fill : style.color)), luminance(back)];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) bad.add(e.tagName + "." + (e.getAttribute("class") || "") + " " + ratio.toFixed(2));
	}
	return Array.from(bad).slice(0, 10).join("; ");
})()`

// brokenScript finds SPIs that are broken over two lines.
const brokenScript = `(() => {
	const bad = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const node = walk.currentNode;
		if (node.parentElement.closest("script, noscript, title, desc, template, .hex, .v") || node.parentElement.getClientRects().length === 0) continue;
		for (const m of node.textContent.matchAll(/\b(0x[0-9a-f]{8}|[0-9a-f]{16})\b/g)) {
			const range = document.createRange();
			range.setStart(node, m.index);
			range.setEnd(node, m.index + m[0].length);
			if (new Set(Array.from(range.getClientRects(), r => Math.round(r.top))).size > 1) bad.add(m[0] + " in " + node.parentElement.localName);
		}
	}
	return Array.from(bad).slice(0, 10).join("; ");
})()`

// The pages of recorded sessions load without a word on the console, fit the screen in both schemes and can be read there.
func TestPagesInChromium(t *testing.T) {
	b := newBrowser(t)
	for _, name := range []string{"v1-main-psk-aes128-sha1", "v1-main-psk-nat", "v1-main-rsa-certs-frag", "v1-two-children", "fail-psk-mismatch", "fail-phase1-proposal", "fail-no-answer"} {
		r := withKeys(t, filepath.Join(pcaps, name))
		checkPage(t, b, name, r)
	}
	checkPage(t, b, "damaged", analyzed(t, damaged(t), filepath.Join(pcaps, damagedSession, "gwa.log")))
	t.Run("IKEv2", func(t *testing.T) {
		for _, name := range []string{"v2-mlkem", "v2-psk-gcm-x25519-pfs-rekey", "v2-eap-nat-esn", "fail-v2-auth", "esp-aes-ccm16"} {
			checkPage(t, b, name, withKeys(t, shared(t, name)))
		}
	})
}

func checkPage(t *testing.T, b *browser, name string, r *run) {
	t.Helper()
	path := r.write(t, true)
	for _, width := range widths {
		for _, scheme := range []string{"light", "dark"} {
			what := fmt.Sprintf("%s, %d pixels, %s", name, width, scheme)
			b.open(path, width, 800, scheme)
			b.fits(t, what)
			b.eval(`document.querySelectorAll("details").forEach(d => { d.open = true; })`, nil)
			b.settle()
			b.fits(t, what+", everything open")
			if bad := b.text(contrastScript); bad != "" {
				t.Errorf("%s: too little contrast: %s", what, bad)
			}
			if bad := b.text(brokenScript); bad != "" {
				t.Errorf("%s: broken inside: %s", what, bad)
			}
			b.quiet()
		}
	}
	checkHeadings(t, b, name)
	checkNames(t, b, name)
}

// checkHeadings wants one first heading and no level left out on the way down.
func checkHeadings(t *testing.T, b *browser, name string) {
	t.Helper()
	var levels []int
	b.eval(`Array.from(document.querySelectorAll("h1, h2, h3, h4, h5, h6"), h => Number(h.tagName[1]))`, &levels)
	for i, n := range levels {
		if (i == 0) != (n == 1) || i > 0 && n > levels[i-1]+1 {
			t.Errorf("%s: heading %d is of level %d: %v", name, i+1, n, levels)
		}
	}
}

// checkNames wants a name for every control and picture that the accessibility tree has, and no identifier twice.
func checkNames(t *testing.T, b *browser, name string) {
	t.Helper()
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value json.RawMessage }
		}
	}
	b.call("Accessibility.getFullAXTree", nil, &tree)
	controls := 0
	for _, n := range tree.Nodes {
		role := strings.Trim(string(n.Role.Value), `"`)
		if n.Ignored || !slices.Contains([]string{"button", "link", "textbox", "DisclosureTriangle", "image", "img", "heading", "region", "navigation"}, role) {
			continue
		}
		controls++
		if name := strings.Trim(string(n.Name.Value), `"`); strings.TrimSpace(name) == "" {
			t.Errorf("%s: a %s has no name", name, role)
		}
	}
	if controls == 0 {
		t.Errorf("%s: the accessibility tree has no controls", name)
	}
	if n := b.number(`(() => { const ids = Array.from(document.querySelectorAll("[id]"), e => e.id); return ids.length - new Set(ids).size; })()`); n != 0 {
		t.Errorf("%s: %d identifiers are there twice", name, n)
	}
}

// A message opens by a click and by the keyboard and shows the tree of its payloads.
func TestLadderInChromium(t *testing.T) {
	b := newBrowser(t)
	r := withKeys(t, filepath.Join(pcaps, "v1-main-psk-aes128-sha1"))
	b.open(r.write(t, false), 1280, 800, "light")
	rows := 0
	for _, x := range r.SAs[0].Exchanges {
		rows += len(x.Messages)
	}
	if n := b.number(`document.querySelectorAll("#rows .msg").length`); n != rows || rows == 0 {
		t.Errorf("%d rows, want %d", n, rows)
	}
	if n := b.number(`document.querySelectorAll("#rows svg.arrow .shaft").length`); n != rows {
		t.Errorf("%d arrows, want %d", n, rows)
	}
	b.click("#m0 > summary")
	if n := b.number(`document.querySelector("#m0").open ? document.querySelectorAll("#m0 .tree .chosen").length : -1`); n < 2 {
		t.Errorf("a click on the first message: %d chosen lines", n)
	}
	if text := b.text(`document.querySelector("#m0 .tree").textContent`); !strings.Contains(text, "AES-CBC-128") || b.number(`Math.round(document.querySelector("#m0 .tree").getBoundingClientRect().height)`) < 50 {
		t.Errorf("its tree: %s", text)
	}
	for selector, want := range map[string]string{"#m0 .said": "offers AES-CBC-128/SHA1/PSK/MODP-1024", "#m1 .said": "accepts it", "#m6 .said": "offers ESP 0x"} {
		if got := b.text(`document.querySelector(%q).textContent`, selector); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q", selector, got, want)
		}
	}
	// 75 pixels a message were too many to see a negotiation as a whole.
	b.eval(`document.querySelector("#m0").open = false`, nil)
	if high := b.number(`document.querySelector(".lanes").offsetHeight`); high > rows*75/2+75 {
		t.Errorf("%d messages are %d pixels high", rows, high)
	}
	b.eval(`document.querySelector("#m0 > summary").focus()`, nil)
	focused := func() string { return b.text(`document.activeElement.closest("[id]").id`) }
	b.press("ArrowDown")
	if got := focused(); got != "m1" {
		t.Errorf("arrow down leads to %s", got)
	}
	for i, key := range []string{"Enter", " "} {
		open := b.number(`Number(document.querySelector("#m1").open)`)
		b.press(key)
		if now := b.number(`Number(document.querySelector("#m1").open)`); now == open {
			t.Errorf("key %d does not change the message", i)
		}
	}
	b.press("End")
	if got := focused(); got != fmt.Sprintf("m%d", rows-1) {
		t.Errorf("End leads to %s", got)
	}
	if outline := b.text(`getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
		t.Error("the focus is not to be seen")
	}
	b.press("Enter")
	b.press("Escape")
	if n := b.number(`Number(document.querySelector("#m%d").open)`, rows-1); n != 0 {
		t.Error("Escape does not close a message")
	}
	b.quiet()
}

// Links of findings open the message of their frame.
func TestFindingLinksInChromium(t *testing.T) {
	b := newBrowser(t)
	r := withKeys(t, filepath.Join(pcaps, "fail-phase1-proposal"))
	b.open(r.write(t, false), 1280, 800, "light")
	frame := b.text(`document.querySelector(".finding .frames a:last-child").textContent`)
	b.click(".finding .frames a:last-child")
	var got struct {
		Frame string
		Open  bool
		Seen  bool
	}
	b.eval(`(() => { const m = document.activeElement.closest(".msg"), r = m.getBoundingClientRect();
		return {frame: m.querySelector("[data-f=frame]").textContent, open: m.open, seen: r.top >= 0 && r.top < innerHeight}; })()`, &got)
	if got.Frame != frame || !got.Open || !got.Seen {
		t.Errorf("the link of frame %s shows %+v", frame, got)
	}
	b.quiet()
}

// A plot has a bar for every bucket with something in it, in both panels, and a mark for each with loss or failures.
func TestPlotInChromium(t *testing.T) {
	b := newBrowser(t)
	for name, r := range map[string]*run{
		"nat":     withKeys(t, filepath.Join(pcaps, "v1-main-psk-nat")),
		"damaged": analyzed(t, damaged(t), filepath.Join(pcaps, damagedSession, "gwa.log")),
		"closed":  analyzed(t, filepath.Join(pcaps, "v1-main-psk-nat", "wire.pcap")),
	} {
		bars, lost, failed := 0, 0, 0
		for _, s := range r.series.All() {
			bars += s.Nonempty()
			for _, x := range s.Buckets {
				lost += min(1, int(x.Lost))
				failed += min(1, x.ICVFailures)
			}
		}
		b.open(r.write(t, false), 1280, 800, "light")
		for selector, want := range map[string]int{
			".plot .area .packets rect": bars, ".plot .area .bytes rect": bars, ".plot .area .marks .lost": lost, ".plot .area .marks .icv": failed,
			".numbers tbody tr": bars,
		} {
			if n := b.number(`document.querySelectorAll(%q).length`, selector); n != want {
				t.Errorf("%s: %d of %s, want %d", name, n, selector, want)
			}
		}
		if n := b.number(`Array.from(document.querySelectorAll(".plot .area .packets rect")).filter(e => { const r = e.getBoundingClientRect(); return r.width >= 1 && r.height >= 1; }).length`); n != bars || bars == 0 {
			t.Errorf("%s: %d of %d bars are to be seen", name, n, bars)
		}
		// Both directions of a card have one scale, with lines of the grid beside the numbers, and times below.
		var scales []string
		b.eval(`Array.from(document.querySelectorAll(".card")).flatMap(c => Array.from(c.querySelectorAll(".chart"), e => e.querySelector(".axis-y").textContent + "/" + Array.from(e.querySelectorAll(".axis"), a => a.textContent).join(" ")))`, &scales)
		if len(scales) != len(r.series.All()) || len(slices.Compact(scales)) != 1 || !strings.Contains(scales[0], "packets/s") || !strings.Contains(scales[0], " s ") {
			t.Errorf("%s: the scales are %q", name, scales)
		}
		if n, want := b.number(`document.querySelectorAll(".plot .area line.grid").length`), b.number(`document.querySelectorAll(".axis-y text:not(.unit)").length + 2 * document.querySelectorAll(".area .axis").length`); n != want || n == 0 {
			t.Errorf("%s: %d lines of the grid for %d numbers", name, n, want)
		}
		if name == "damaged" && (lost == 0 || failed == 0) {
			t.Error("nothing is lost or failed")
		}
		b.quiet()
	}
}

// Nothing that a hostile capture holds becomes an element or runs, and long strings do not widen the page.
func TestHostileInChromium(t *testing.T) {
	b := newBrowser(t)
	path := analyzed(t, hostile(t)).write(t, false)
	for _, width := range widths {
		b.open(path, width, 800, "light")
		b.eval(`document.querySelectorAll("details").forEach(d => { d.open = true; })`, nil)
		b.settle()
		b.fits(t, fmt.Sprintf("hostile, %d pixels", width))
		static := b.text(elementsScript)
		// The script's own rows are made of the data.
		b.eval(`document.querySelectorAll("#rows .tree").forEach(e => { e.replaceChildren(); }); document.querySelectorAll("#rows .msg").forEach(e => { e.open = false; })`, nil)
		b.settle()
		b.eval(`document.querySelectorAll("#rows .msg").forEach(e => { e.open = true; })`, nil)
		b.settle()
		if n := b.number(`Array.from(document.querySelectorAll("#rows .tree")).filter(e => !e.firstChild).length`); n != 0 {
			t.Errorf("the script leaves %d trees empty", n)
		}
		b.fits(t, fmt.Sprintf("hostile by the script, %d pixels", width))
		for _, found := range []string{static, b.text(elementsScript)} {
			if found != "" {
				t.Errorf("elements that are not the page's own: %s", found)
			}
		}
		if b.text(`String(window.hacked)`) != "undefined" {
			t.Error("a script of the capture ran")
		}
		text := b.text(`document.getElementById("rows").textContent`)
		if !strings.Contains(text, `onerror="window.hacked=1"`) || !strings.Contains(text, "right to left") || strings.ContainsAny(text, "\u202e\u2028\x1b") {
			t.Errorf("the strings are not shown as they are: %.3000s", text)
		}
		b.quiet()
	}
}

// elementsScript lists elements and attributes that the page has no use for.
const elementsScript = `(() => {
	const tags = new Set("html head meta link title style body a header p h1 h2 h3 h4 nav ul ol li main section svg circle path div dl dt dd span code table caption thead tbody tr th td details summary figure figcaption line text rect g desc form label input button template noscript b article footer script strong wbr".split(" "));
	const bad = [];
	for (const e of document.querySelectorAll("*")) {
		if (!tags.has(e.localName)) bad.push(e.localName);
		for (const a of e.attributes) if (/^on|^style$|^srcdoc$|^src$/i.test(a.name) || /^\s*(javascript|data:text)/i.test(a.value)) bad.push(e.localName + " " + a.name);
	}
	if (document.scripts.length !== 2) bad.push(document.scripts.length + " scripts");
	return bad.slice(0, 10).join(", ");
})()`

// Ten thousand exchanges open, page and jump.
func TestManyExchangesInChromium(t *testing.T) {
	b := newBrowser(t)
	capture, last := manyExchanges(t, 10_000)
	path := analyzed(t, capture).write(t, false)
	if info, err := os.Stat(path); err != nil || info.Size() > 20_000_000 {
		t.Errorf("%v, %v", info.Size(), err)
	}
	for _, width := range widths {
		b.open(path, width, 800, "light")
		b.fits(t, fmt.Sprintf("many, %d pixels", width))
		if n := b.number(`document.querySelectorAll("*").length`); n > 20_000 {
			t.Errorf("%d elements at once", n)
		}
		b.click("#ladder-pager [data-to=next]")
		if got := b.text(`document.querySelector("#ladder-pager .where").textContent + " " + document.querySelector("#rows .msg").id`); got != "Messages 101–200 of 20,000 m100" {
			t.Errorf("the second page: %s", got)
		}
		b.click("#m150 > summary")
		if n := b.number(`document.querySelectorAll("#m150 .tree li").length`); n < 10 {
			t.Errorf("a message of the second page has %d lines", n)
		}
		b.eval(fmt.Sprintf(`document.getElementById("jump-frame").value = "%d"`, last), nil)
		b.click("#jump button")
		if got := b.text(`(() => { const m = document.activeElement.closest(".msg"); return m.querySelector("[data-f=frame]").textContent + (m.open ? " open" : ""); })()`); got != fmt.Sprintf("%d open", last) {
			t.Errorf("a jump to frame %d shows %s", last, got)
		}
		b.eval(`document.getElementById("jump-frame").value = "999999"`, nil)
		b.click("#jump button")
		if got := b.text(`document.getElementById("jump-result").textContent`); !strings.Contains(got, "no IKE message; the nearest is frame 20000.") {
			t.Errorf("a jump to a frame that is not there: %s", got)
		}
		b.click("#table-ike [data-to=last]")
		if got := b.text(`document.querySelector("#table-ike .where").textContent + " " + document.querySelectorAll("#table-ike tbody tr").length`); got != "9,951–10,000 of 10,000 50" {
			t.Errorf("the last page of IKE SAs: %s", got)
		}
		b.fits(t, fmt.Sprintf("many at the end, %d pixels", width))
		b.quiet()
	}
	// A filter goes over all pages: the SPI of one IKE SA finds the line of the index that has it, and its two messages.
	b.write("#filter-text", "70000000000004d2:70000000000004d3")
	if got := b.text(`document.querySelector("#filter-result").textContent + " " + document.querySelectorAll("#rows .msg").length`); got != "1 tunnel, 0 findings, 2 messages 2" {
		t.Errorf("the filter finds %s", got)
	}
	b.open(path+"#ike-70000000000004d2-70000000000004d3", 1280, 800, "light")
	b.settle()
	if got := b.text(`(() => { const e = document.activeElement, r = e.getBoundingClientRect(); return e.id + (r.top >= 0 && r.top < innerHeight ? " is seen, " : " is not seen, ") + e.querySelector("[data-f=frame]").textContent; })()`); got != "ike-70000000000004d2-70000000000004d3 is seen, 2469" {
		t.Errorf("a link to an IKE SA shows %s", got)
	}
	// A link of a mail leads into the middle.
	b.open(path+"#m12345", 1280, 800, "light")
	b.settle()
	if got := b.text(`document.activeElement.closest(".msg").id`); got != "m12345" {
		t.Errorf("#m12345 shows %s", got)
	}
	b.quiet()
}

// Without JavaScript the page says the same: verdict, topology, messages with their payloads, tables, plots.
func TestWithoutScript(t *testing.T) {
	b := newBrowser(t)
	r := withKeys(t, filepath.Join(pcaps, "v1-main-psk-nat"))
	b.scripts(false)
	b.open(r.write(t, false), 390, 800, "light")
	b.click("#m2 > summary")
	for _, c := range []struct{ selector, text string }{
		{".verdict", "Healthy"}, {"#table-tunnels", "192.0.2.1 → 192.0.2.2"}, {"#m0 .said", "offers"}, {"#topology svg", "NAT"}, {"#m2[open] .tree", "KE"}, {"#table-ike", "established"}, {"#table-esp", "ESP 0x"}, {".steps", "SKEYID_d"},
	} {
		if got := b.text(`(document.querySelector(%q) || document.createElement("i")).textContent`, c.selector); !strings.Contains(got, c.text) {
			t.Errorf("%s has no %q: %.200s", c.selector, c.text, got)
		}
	}
	if n := b.number(`Array.from(document.querySelectorAll("button, input")).filter(e => e.getClientRects().length).length`); n != 0 {
		t.Errorf("%d controls that do nothing are shown", n)
	}
	b.quiet()
}

// On paper the controls are gone and the key schedules are open, with and without JavaScript.
func TestPrint(t *testing.T) {
	b := newBrowser(t)
	r := withKeys(t, shared(t, "v2-psk-gcm-x25519-pfs-rekey"))
	path := r.write(t, false)
	for _, without := range []bool{false, true} {
		b.scripts(!without)
		b.open(path, 1280, 800, "dark")
		var pdf struct{ Data []byte }
		b.call("Page.printToPDF", map[string]any{"printBackground": true}, &pdf)
		if len(pdf.Data) < 10_000 {
			t.Errorf("a document of %d bytes", len(pdf.Data))
		}
		b.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
		b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 700, "height": 1000, "deviceScaleFactor": 1, "mobile": false}, nil) // A4
		b.settle()
		var got struct {
			Controls, Steps, Schedules int
			Back                       string
		}
		b.eval(`({controls: Array.from(document.querySelectorAll("button, input, .skip")).filter(e => e.getClientRects().length).length,
			schedules: document.querySelectorAll(".schedule").length,
			steps: Array.from(document.querySelectorAll(".steps")).filter(e => e.getBoundingClientRect().height > 200).length,
			back: getComputedStyle(document.body).backgroundColor})`, &got)
		if got.Controls != 0 || got.Schedules < 2 || got.Steps != got.Schedules || got.Back != "rgb(255, 255, 255)" {
			t.Errorf("without script %v: %+v", without, got)
		}
		b.fits(t, "print")
		// What names the things below it stays with them.
		if n := b.number(`Array.from(document.querySelectorAll("h1, h2, h2 + .quiet, h3, h4, caption, summary, .schedule > .quiet, .head-group, .head-lane, .ends")).filter(e => getComputedStyle(e).breakAfter !== "avoid").length`); n != 0 {
			t.Errorf("%d headings may stand alone at the end of a page", n)
		}
		if bad := b.text(brokenScript); bad != "" {
			t.Errorf("print: broken inside: %s", bad)
		}
		b.call("Emulation.setEmulatedMedia", map[string]any{"media": ""}, nil)
		b.quiet()
	}
}

// The index is on the first screen; problems are open, notes are folded.
func TestIndexInChromium(t *testing.T) {
	b := newBrowser(t)
	path := mixed(t).write(t, false)
	b.open(path, 1280, 800, "light")
	var got struct {
		Seen                          bool
		First, Title                  string
		Rows, Closed, Problems, Notes int
	}
	b.eval(`(() => { const rows = document.querySelectorAll("#table-tunnels tbody tr"), problems = Array.from(document.querySelectorAll(".finding.problem"));
		return {seen: rows[0].getBoundingClientRect().bottom < innerHeight, first: rows[0].textContent, title: document.title, rows: rows.length, problems: problems.length, closed: problems.filter(d => !d.open).length,
			notes: Array.from(document.querySelectorAll(".finding.note, .notes")).filter(d => d.open).length}; })()`, &got)
	if !got.Seen || got.Rows != 6 || got.Problems != 1 || got.Closed != 0 || got.Notes != 0 || !strings.Contains(got.First, "Problem") || !strings.HasPrefix(got.Title, "v1-main-psk-nat, fail-psk-mismatch, ") {
		t.Errorf("the index: %+v", got)
	}
	// A line leads to the messages of its tunnel.
	href := b.text(`document.querySelector("#table-tunnels a").getAttribute("href")`)
	b.click("#table-tunnels a")
	if id := b.text(`document.activeElement.id`); "#"+id != href || b.text(`location.hash`) != href {
		t.Errorf("%s leads to %s", href, id)
	}
	// A link to an SA unfolds its card.
	id := b.text(`document.querySelector(".card:not([open]) .direction:last-child").id`)
	b.open(path+"#"+id, 390, 800, "dark")
	b.settle()
	if got := b.text(`(() => { const e = document.activeElement, r = e.getBoundingClientRect(); return e.id + " " + e.closest("details").open + " " + (r.top >= 0 && r.top < innerHeight); })()`); got != id+" true true" {
		t.Errorf("#%s shows %s", id, got)
	}
	b.quiet()
}

// The filter finds what has its words and what belongs to a tunnel that has them.
func TestFilterInChromium(t *testing.T) {
	b := newBrowser(t)
	r := mixed(t)
	b.open(r.write(t, false), 1280, 800, "light")
	spi := fmt.Sprintf("0x%08x", r.Table.SAs()[0].SPI)
	state := func() string {
		return b.text(`(() => { const seen = s => Array.from(document.querySelectorAll(s)).filter(e => e.getClientRects().length).length;
			return [seen("#table-tunnels tbody tr"), seen(".finding.problem"), seen("#rows .lanes"), seen("#table-ike tbody tr"), seen(".card"), seen(".topology"), seen(".schedule"), seen(".nothing")].join(" "); })()`)
	}
	all := state()
	for _, c := range []struct{ words, state, result string }{
		{"fail-psk-mismatch", "1 0 1 1 0 1 1 1", "1 tunnel"},
		{"FAIL-PSK-mismatch 192.0.2.1", "1 0 1 1 0 1 1 1", "1 tunnel"},
		{spi, "1 0 1 1 1 1 1 0", "1 tunnel"},
		{"zzzz", "0 0 0 0 0 0 0 5", "0 tunnels, 0 findings, 0 messages"},
	} {
		b.write("#filter-text", c.words)
		if got, said := state(), b.text(`document.querySelector("#filter-result").textContent`); got != c.state || !strings.HasPrefix(said, c.result) {
			t.Errorf("%s: %s, %q; want %s", c.words, got, said, c.state)
		}
		if n, want := b.number(`Array.from(document.querySelectorAll(".finding")).filter(e => e.getClientRects().length).length`), b.text(`document.querySelector("#filter-result").textContent`); !strings.Contains(want, ", "+plural(n, "finding")+", ") {
			t.Errorf("%s: %d findings are to be seen, %q said", c.words, n, want)
		}
		b.press("Enter") // which stays in the page
	}
	b.press("Escape")
	if got := state(); got != all {
		t.Errorf("Escape leaves %s, want %s", got, all)
	}
	b.write("#filter-text", "zzzz")
	b.click("#filter button")
	if got := state(); got != all || b.text(`document.activeElement.id + document.activeElement.value`) != "filter-text" {
		t.Errorf("Clear leaves %s, want %s", got, all)
	}
	// A link to what the filter hides shows it.
	b.write("#filter-text", "fail-no-answer")
	b.eval(`location.hash = "#" + document.querySelector(".direction").id`, nil)
	b.settle()
	if got := state(); !strings.HasPrefix(got, "6 ") {
		t.Errorf("a link to what is hidden leaves %s", got)
	}
	b.quiet()
}
