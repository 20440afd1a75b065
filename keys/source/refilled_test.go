package source

import (
	"strings"
	"testing"
	"time"
)

// foldAt breaks lines at the last blank before a column, which stays, as fold -s and a mail in format=flowed do.
func foldAt(columns int, text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		for len(line) > columns {
			at := strings.LastIndexByte(line[:columns], ' ') + 1
			if at == 0 {
				break
			}
			b.WriteString(line[:at] + "\n")
			line = line[at:]
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// refillTo puts the words of lines on others that are filled to a column, as fmt does.
func refillTo(columns int, text string) string {
	var b strings.Builder
	row := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case row+1+len(word) > columns:
			b.WriteByte('\n')
			row = 0
		default:
			b.WriteByte(' ')
			row++
		}
		b.WriteString(word)
		row += len(word)
	}
	return b.String() + "\n"
}

// Between the lines of a dump stands what people or programs wrote, or its words are on other lines: nothing is lost, and no key is made of a part.
func TestBetweenLines(t *testing.T) {
	xfrm := ""
	for _, hosts := range []string{"src 192.0.2.1 dst 198.51.100.2\n\tproto esp spi 0x00000001", "src 198.51.100.2 dst 192.0.2.1\n\tproto esp spi 0x00000002"} {
		xfrm += hosts + " reqid 1 mode tunnel\n\treplay-window 0 flag af-unspec\n\tauth-trunc hmac(sha256) 0x" + strings.Repeat("a1", 32) + " 128\n\tenc cbc(aes) 0x" + strings.Repeat("b2", 32) + "\n"
	}
	dump := "15:03:36 ipsec,debug SKEYID_d computed:\n"
	iked := ""
	for _, name := range []string{"SKEYSEED", "SK_d", "SK_pi"} {
		iked += "ikev2_sa_keys: " + name + " with 64 bytes\n" + strings.Repeat("00010203 ", 8) + "\n" + strings.Repeat("04050607 ", 8) + "\n"
	}
	dump += "15:03:36 ipsec,debug 00010203 04050607 08090a0b 0c0d0e0f 10111213\n15:03:36 ipsec,debug SKEYID_a computed:\n15:03:36 ipsec,debug 20010203 24050607 28090a0b 2c0d0e0f 10111213\n15:03:36 ipsec,debug end\n"
	broadcast := "\nBroadcast message from root@gw1 (pts/1) (Mon Nov 23 08:43:20 2026):\n\nrebooting at noon\nall of it\n\n"
	between := func(text, what string) string {
		lines := strings.SplitAfter(text, "\n")
		return strings.Join(lines[:2], "") + what + strings.Join(lines[2:], "")
	}
	quoted := func(text string) string {
		return "> " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n> ") + "\n"
	}
	settings := ""
	for _, spi := range []string{"1", "2"} {
		settings += "SPI: 0x0000000" + spi + "\nSource: 192.0.2.1\nDestination: 192.0.2.2\nEncryption algorithm: aes-cbc\nEncryption key: " + strings.Repeat("0"+spi, 16) + "\n\n"
	}
	for name, c := range map[string]struct{ text, how string }{
		"a message to all, in a dump":    {iked, between(iked, broadcast)},
		"a message to all, between rows": {xfrm, between(xfrm, broadcast)},
		"a message of syslog":            {iked, between(iked, "\nMessage from syslogd@gw1 at Nov 23 08:43:20 ...\n kernel:[ 8123.000017] oops\n\n")},
		"an answer in a dump":            {iked, "Hello,\n\n" + between(quoted(iked), "\nWhat is that?\n\n")},
		"folded":                         {xfrm, foldAt(72, xfrm)},
		"folded and quoted":              {xfrm, quoted(foldAt(72, xfrm))},
		"filled again":                   {xfrm, refillTo(75, xfrm)},
		"broken at 60 columns":           {dump, strings.ReplaceAll(dump, "10111213", "1011121\n3")},
		"settings behind times":          {settings, "[2026-11-23 08:43:20] " + strings.ReplaceAll(strings.TrimSuffix(settings, "\n"), "\n", "\n[2026-11-23 08:43:20] ") + "\n"},
	} {
		want := sorted(describe(mustRead(t, c.text)))
		if want == "" {
			t.Fatalf("%s: no keys", name)
		}
		b, err := Read("test", []byte(c.how))
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, c.how)
		} else if got := sorted(describe(b)); got != want {
			t.Errorf("%s: %s\nwant %s\n%s", name, got, want, c.how)
		}
	}
}

// Many blank lines in one message cost what as many others do.
func TestBlankLinesOfOneMessage(t *testing.T) {
	begin := time.Now()
	_, _ = Read("test", []byte(`{"log":"`+strings.Repeat(`\n \n`, 50_000)+"x\"}\n")) // there are no keys in it
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
}
