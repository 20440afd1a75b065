package page

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
	"time"
)

// hostileStrings are what strangers may put into identities, vendor IDs and the like.
var hostileStrings = []string{
	`</script><img src=x onerror="window.hacked=1">`,
	`<!--<script>window.hacked=2</script>`,
	`"><svg onload=window.hacked=3>'`,
	`' onmouseover='window.hacked=4' & " < > &lt; &amp;`,
	`]]></style></title></textarea><iframe srcdoc="<script>parent.hacked=5</script>">`,
	"{{.Captures}} ${window.hacked=6} javascript:window.hacked=7",
	"line\u2028separator\u2029 \u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \x00\x1b[31m\x7f",
	"unbroken-" + strings.Repeat("0123456789abcdef", 200),
}

// hostile is a capture of IKE messages that carry the hostile strings wherever a message can carry text, under a hostile name.
func hostile(t *testing.T) string {
	t.Helper()
	c := newCapturer()
	for i, s := range hostileStrings {
		spi := uint64(0x1111111111111111) + uint64(i)
		b := []byte(s)
		sa := []byte{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 44, 1, 1, 0, 1, 0, 0, 0, 36, 1, 1, 0, 0,
			0x80, 1, 0, 7, 0x80, 14, 0, 128, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0x80, 12, 0x3d, 0xe0}
		key, nonce := make([]byte, 128), make([]byte, 16)
		notify := append([]byte{0, 0, 0, 1, 1, 0, 0, 14}, b...)
		cert := append([]byte{4}, certificate(t, s)...)
		request := append([]byte{4}, distinguished(t, s)...)
		id := append([]byte{2, 17, 500 >> 8, 500 & 0xff}, b...)
		mail := append([]byte{3, 17, 500 >> 8, 500 & 0xff}, b...)
		keyID := append([]byte{11, 0, 0, 0}, b...)
		// Aggressive Mode, which sends identities in the clear.
		c.udp(1, 2, message(spi, 0, 0x10, 4, 0, 0, chunk{1, sa}, chunk{4, key}, chunk{10, nonce}, chunk{5, id}, chunk{13, b}, chunk{7, request}))
		c.udp(2, 1, message(spi, spi+1, 0x10, 4, 0, 0, chunk{1, sa}, chunk{4, key}, chunk{10, nonce}, chunk{5, mail}, chunk{6, cert}, chunk{13, b}, chunk{8, make([]byte, 20)}))
		c.udp(1, 2, message(spi, spi+1, 0x10, 5, 0, 77, chunk{11, notify}, chunk{5, keyID}, chunk{6, cert}))
		// IKE_SA_INIT and a refusal.
		vendor2 := chunk{43, b}
		c.udp(1, 3, message(spi+100, 0, 0x20, 34, 0x08, 0, chunk{34, append([]byte{0, 14, 0, 0}, make([]byte, 256)...)}, chunk{40, nonce}, vendor2,
			chunk{41, append([]byte{0, 0, 0x40, 0x16}, b...)}, chunk{35, append([]byte{2, 0, 0, 0}, b...)}))
		c.udp(3, 1, message(spi+100, spi+101, 0x20, 34, 0x20, 0, chunk{41, append([]byte{0, 0, 0, 14}, b...)}, vendor2))
		// Traffic that stays closed.
		c.udp(1, 2, message(spi, spi+1, 0x10, 2, 1, 99, chunk{8, b}))
	}
	return c.write(t, `<img src=x onerror=window.hacked=8> & '.pcap`)
}

// certificate is a certificate whose subject is s.
func certificate(t *testing.T, s string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: s, Organization: []string{s}}, NotBefore: time.Unix(1, 0), NotAfter: time.Unix(2_000_000_000, 0)}
	der, err := x509.CreateCertificate(rand.Reader, x, x, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// distinguished is the DER form of a name that holds s.
func distinguished(t *testing.T, s string) []byte {
	t.Helper()
	x, err := x509.ParseCertificate(certificate(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return x.RawSubject
}

// No string of the capture becomes markup: a scanner of the page's source finds the page's own elements alone.
func TestHostileSource(t *testing.T) {
	r := analyzed(t, hostile(t))
	page := string(r.page(t, false))
	for _, tag := range []string{"<img", "<iframe", "<svg onload", "<textarea", "<object", "<embed", "<base"} {
		if strings.Contains(strings.ToLower(page), tag) {
			t.Errorf("%s is in the page", tag)
		}
	}
	for tag, want := range map[string]int{"<script": 2, "</script": 2, "<style": 1, "</style": 1, "<title": 1, "<!--": 0} {
		if got := strings.Count(strings.ToLower(page), tag); got != want {
			t.Errorf("%s is in the page %d times, want %d", tag, got, want)
		}
	}
	for _, c := range []string{"\u2028", "\u2029", "\u202e", "\x00", "\x1b", "\x7f"} {
		if strings.Contains(page, c) {
			t.Errorf("%q is in the page as it came", c)
		}
	}
	for _, s := range []string{"onerror=", "hacked=2", "hacked=5"} {
		if !strings.Contains(page, s) {
			t.Errorf("%s is nowhere: the capture does not reach the page", s)
		}
	}
}

// manyExchanges is a capture of n exchanges, each of an IKE SA of its own, with an offer and an answer; last is its last frame.
func manyExchanges(t *testing.T, n int) (path string, last int) {
	t.Helper()
	c := newCapturer()
	sa := []byte{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 80, 1, 1, 0, 2, 3, 0, 0, 36, 1, 1, 0, 0,
		0x80, 1, 0, 7, 0x80, 14, 0, 128, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0x80, 12, 0x3d, 0xe0,
		0, 0, 0, 36, 2, 1, 0, 0, 0x80, 1, 0, 7, 0x80, 14, 1, 0, 0x80, 2, 0, 4, 0x80, 3, 0, 1, 0x80, 4, 0, 14, 0x80, 11, 0, 1, 0x80, 12, 0x3d, 0xe0}
	answer := append(append([]byte{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 44, 1, 1, 0, 1}, 0), sa[17:52]...)
	for i := range n {
		spi := 0x7000_0000_0000_0000 + uint64(i)
		own := binary.BigEndian.AppendUint64([]byte("vendor number "), uint64(i)) // no two messages are the same
		c.udp(1, 2, message(spi, 0, 0x10, 2, 0, 0, chunk{1, sa}, chunk{13, own}, chunk{13, []byte("\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00")}))
		c.udp(2, 1, message(spi, spi+1, 0x10, 2, 0, 0, chunk{1, answer}, chunk{13, own}))
	}
	return c.write(t, "many.pcap"), 2 * n
}

// The page stays under its bound whatever comes: here as many messages as it takes, each with payloads of its own.
func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("a large capture")
	}
	path, _ := manyExchanges(t, 10_000)
	r := analyzed(t, path)
	html, facts, err := Make(Input{Session: r.Session, Watch: r.watch, Series: r.series, Captures: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	if len(html) > 20_000_000 || facts.Messages != 20_000 || facts.Left != 0 || facts.Truncated != 0 {
		t.Errorf("%d bytes for %d messages, %d left out, %d not decoded", len(html), facts.Messages, facts.Left, facts.Truncated)
	}
}

// Of very many flows those with the most packets have a plot, and the table has all of them.
func TestManyFlows(t *testing.T) {
	if testing.Short() {
		t.Skip("a large capture")
	}
	c := newCapturer()
	const flows = 3000
	for i := range 3*flows + 1 {
		body := binary.BigEndian.AppendUint32(nil, 0x1000_0000+uint32(i%flows))
		body = binary.BigEndian.AppendUint32(body, uint32(1+i/flows))
		sum := sha256.Sum256(body)
		c.ip(50, byte(1+i%200), 201, append(body, append(sum[:], sum[:]...)...))
	}
	r := analyzed(t, c.write(t, "flows.pcap"))
	html, facts, err := Make(Input{Session: r.Session, Watch: r.watch, Series: r.series, Captures: []string{"flows.pcap"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(html) > 5_000_000 || facts.SAs != maxPlots || !strings.Contains(string(html), `"ESP 0x10000bb7"`) {
		t.Errorf("%d bytes, %d plots", len(html), facts.SAs)
	}
	if strings.Count(string(html), `<figure class="topology" `) != maxPairs || !strings.Contains(string(html), "more pairs of gateways are not drawn") {
		t.Error("the drawings are not bounded")
	}
	if first := strings.Index(string(html), `id="esp-0x10000000"`); first < 0 {
		t.Error("the flow with the most packets has no plot")
	}
}

// Where decoded payloads would make the page too large, the last ones are left out, and the page says so.
func TestBoundOfData(t *testing.T) {
	if testing.Short() {
		t.Skip("a large capture")
	}
	c := newCapturer()
	for i := range 3000 {
		var many []chunk
		for j := range 40 {
			many = append(many, chunk{13, []byte(strings.Repeat("<", 150) + string(rune('A'+i%50)) + string(rune('a'+i/50)) + string(rune('a'+j)))})
		}
		c.udp(1, 2, message(0x6000_0000_0000_0000+uint64(i), 0, 0x10, 2, 0, 0, many...))
	}
	r := analyzed(t, c.write(t, "large.pcap"))
	html, facts, err := Make(Input{Session: r.Session, Watch: r.watch, Series: r.series, Captures: []string{"large.pcap"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(html) > 20_000_000 || facts.Messages != 3000 || facts.Truncated == 0 {
		t.Errorf("%d bytes for %d messages, %d not decoded", len(html), facts.Messages, facts.Truncated)
	}
	if !strings.Contains(string(html), "are left out to limit the size of the page") {
		t.Error("the page does not say that something is left out")
	}
}
