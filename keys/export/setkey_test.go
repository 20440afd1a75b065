package export

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

func writeSetkey(t *testing.T, sas ...esp.Params) (string, Result) {
	t.Helper()
	var w bytes.Buffer
	res, err := WriteSetkey(&w, sas)
	if err != nil {
		t.Fatal(err)
	}
	return w.String(), res
}

func bytesOf(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(0x11 + 7*i)
	}
	return b
}

// Every cipher and MAC that setkey has a name for, over both families and in both modes, is read back as it was.
func TestSetkeyRoundTrip(t *testing.T) {
	hosts := [][2]netip.Addr{
		{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
		{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")},
	}
	n := uint32(0x1000)
	try := func(p esp.Params) {
		t.Helper()
		n++
		h := hosts[n%2]
		p.Src, p.Dst, p.SPI = h[0], h[1], n
		p.Tunnel, p.Transport = n%3 == 0, n%3 == 1
		text, res := writeSetkey(t, p)
		if res.SAs != 1 || len(res.Left) != 0 {
			t.Fatalf("%v: %v", p, res)
		}
		checkGrammar(t, text)
		for _, again := range mustRead(t, text).SAs {
			again.Source = esp.Source{}
			if fmt.Sprintf("%+v", flat(again)) == fmt.Sprintf("%+v", flat(p)) {
				return
			}
		}
		t.Errorf("%v %s is not read back", p, secret.SALine(p))
	}
	ciphers, macs := 0, 0
	for _, c := range alg.Ciphers() {
		if len(c.Setkey) == 0 {
			continue
		}
		ciphers++
		for _, bits := range c.KeyBits {
			p := esp.Params{Protocol: esp.ESP, Cipher: c, CipherKey: bytesOf(bits/8 + c.SaltLen)}
			for _, udp := range []bool{false, true} {
				p.UDP = udp
				if c.AEAD {
					try(p)
				}
				for _, esn := range []bool{false, true} {
					if p.ESN = esn; esn && setkeyOf[c.KeyLog]&freeBSD == 0 && setkeyOf[c.KeyLog] != 0 {
						continue // is told of, see below
					}
					if c.AEAD {
						try(p)
						continue
					}
					p.MAC, p.MACKey = alg.MACByKeyLog("hmac-sha1-96"), bytesOf(20)
					try(p)
				}
			}
		}
	}
	for _, m := range append(alg.MACs(), alg.MACByKeyLog("hmac-sha2-256-96")) {
		if len(m.Setkey) == 0 && m.KeyLog != "hmac-sha2-256-96" || m.Null() {
			continue
		}
		macs++
		try(esp.Params{Protocol: esp.ESP, Cipher: alg.CipherByKeyLog("aes-cbc"), CipherKey: bytesOf(32), MAC: m, MACKey: bytesOf(m.KeyLen)})
		try(esp.Params{Protocol: esp.ESP, Cipher: alg.CipherByKeyLog("null"), MAC: m, MACKey: bytesOf(m.KeyLen)})
		try(esp.Params{Protocol: esp.AH, MAC: m, MACKey: bytesOf(m.KeyLen)})
	}
	try(esp.Params{Protocol: esp.ESP, Cipher: alg.CipherByKeyLog("3des-cbc"), CipherKey: bytesOf(24)}) // no integrity protection
	if ciphers < 10 || macs < 8 {
		t.Errorf("%d ciphers, %d MACs", ciphers, macs)
	}
}

// flat is what setkey says of an SA.
func flat(p esp.Params) any {
	mac := ""
	if p.MAC != nil {
		mac = p.MAC.KeyLog
	}
	cipher := ""
	if p.Cipher != nil {
		cipher = p.Cipher.KeyLog
	}
	return []any{p.Protocol, p.Src, p.Dst, p.SPI, cipher, fmt.Sprintf("%x", p.CipherKey), mac, fmt.Sprintf("%x", p.MACKey), p.ESN, p.Tunnel, p.Transport, p.UDP}
}

// checkGrammar looks at commands as the parsers of setkey(8) do: add SRC DST PROTOCOL SPI, extensions, algorithms, a semicolon.
func checkGrammar(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(strings.TrimSuffix(line, ";"))
		if !strings.HasSuffix(line, ";") || len(words) < 7 || words[0] != "add" || !strings.HasPrefix(words[4], "0x") ||
			!slices.Contains([]string{"esp", "esp-udp", "ah", "ipcomp"}, words[3]) {
			t.Errorf("not a command: %s", line)
		}
		order := 0
		for _, w := range words[5:] {
			rank := slices.Index([]string{"-m", "-esn", "-natt", "-E", "-A", "-C"}, w) + 1
			if rank != 0 && rank < order {
				t.Errorf("options in another order: %s", line)
			}
			order = max(order, rank)
		}
	}
}

// What setkey cannot express is said in a comment and by the writer, without the keys.
func TestSetkeyLeft(t *testing.T) {
	text, res := writeSetkey(t, mustRead(t, exportSample+`ESP_SA 192.0.2.1>192.0.2.2:0x30 null-aes-gmac:0x000102030405060708090a0b0c0d0e0f10111213
ESP_SA 192.0.2.1>192.0.2.2:0x31 aes-gcm-8:0x000102030405060708090a0b0c0d0e0f10111213
ESP_SA 192.0.2.1>192.0.2.2:0x32 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-160:0xb426b426b426b426b426b426b426b426b426b426
ESP_SA 192.0.2.1>192.0.2.2:0x33 3des-cbc:0x000102030405060708090a0b0c0d0e0f1011121314151617 hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 esn
ESP_SA 192.0.2.1>192.0.2.2:0x34 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f icv96
ESP_SA 192.0.2.1>192.0.2.2:0x35 aes-cbc:0xf149fb92e77d33e7c9fa9d3a592fa48f hmac-sha1-96:0xb426b426b426b426b426b426b426b426b426b426 icv160
`).SAs...)
	checkGrammar(t, text)
	want := []string{"no name for AES-CCM-16", "no name for NULL-AES-GMAC", "no name for AES-GCM-8", "no name for HMAC-SHA1-160", "no setkey takes all of this together",
		"the integrity key is not known", "no HMAC-SHA1-96 with an ICV of 160 bits", "the destination is not known"}
	checkLeft(t, res, want...)
	comments := strings.Join(slices.Collect(func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "# left out: ") && !yield(line) {
				return
			}
		}
	}), "")
	for _, w := range want {
		if !strings.Contains(comments, w) {
			t.Errorf("no comment has %q", w)
		}
	}
	if strings.Contains(comments, "0001020304") || strings.Contains(fmt.Sprint(res), "b426b426") {
		t.Error("a key is told")
	}
	for _, want := range []string{
		"add 192.0.2.1[4500] 192.0.2.2[4500] esp-udp 0xcf127d15 -m tunnel -E aes-cbc 0xf149fb92e77d33e7c9fa9d3a592fa48f -A hmac-sha1 0xb426b426b426b426b426b426b426b426b426b426;\n",
		"add 192.0.2.1 192.0.2.2 esp 0xcf127d16 -m tunnel -esn -E aes-cbc 0xf149fb92e77d33e7c9fa9d3a592fa48f -A hmac-sha2-256 0x",
		"add 2001:db8::1 2001:db8::2 esp 0x0000001f -m transport -E aes-gcm-16 0x000102030405060708090a0b0c0d0e0f10111213;\n",
		"esp 0x00000001 -E null -A aes-xcbc-mac 0x000102030405060708090a0b0c0d0e0f;\n",
		"ah 0x00000004 -A hmac-sha1 0x", "ipcomp 0x92fc -C deflate;\n",
		"# only for setkey of ipsec-tools and NetBSD\n", "# only for setkey of FreeBSD\n", "# only for setkey of NetBSD and FreeBSD\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	// What every setkey takes comes first: an error in what follows leaves that in place.
	if first, _, _ := strings.Cut(text, "\n"); !strings.Contains(first, " ah ") && !strings.Contains(first, "ipcomp") {
		t.Errorf("the first line is %s", first)
	}
}

// A kernel has one SA for a protocol, destination and SPI.
func TestSetkeyTaken(t *testing.T) {
	a := mustRead(t, exportSample).SAs[0]
	b := a
	b.CipherKey = bytesOf(16)
	_, res := writeSetkey(t, a, b)
	checkLeft(t, res, "accepts one SA")
	if res.SAs != 1 {
		t.Errorf("%d SAs", res.SAs)
	}
}
