package source

import (
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// manglers are what happens to text on its way from a console to a file.
var manglers = map[string]func(string) string{
	"quoted in a mail":     linesWith(func(i int, l string) string { return "> " + l }),
	"quoted twice":         linesWith(func(i int, l string) string { return "> > " + l }),
	"quoted without blank": linesWith(func(i int, l string) string { return ">" + l }),
	"added in a patch":     linesWith(func(i int, l string) string { return "+" + l }),
	"grep -n":              linesWith(func(i int, l string) string { return fmt.Sprintf("%d:%s", i+17, l) }),
	"grep -n with names":   linesWith(func(i int, l string) string { return fmt.Sprintf("var/log/vpn.txt:%d:%s", i+17, l) }),
	"cat -n":               linesWith(func(i int, l string) string { return fmt.Sprintf("%6d\t%s", i+1, l) }),
	"syslog":               linesWith(func(i int, l string) string { return "Nov 23 08:43:20 gw1 root[812]: " + l }),
	"syslog, RFC 3339":     linesWith(func(i int, l string) string { return "2026-11-23T08:43:20.118+05:30 gw1 root: " + l }),
	"rsyslog with tabs": linesWith(func(i int, l string) string {
		return "Nov  3 08:43:20 gw1 root: " + strings.ReplaceAll(l, "\t", "#011")
	}),
	"docker compose":         linesWith(func(i int, l string) string { return "gw-1      | " + l }),
	"docker with times":      linesWith(func(i int, l string) string { return "2026-11-23T08:56:55.123456789Z " + l }),
	"stern":                  linesWith(func(i int, l string) string { return "gw-7d9f charon " + l }),
	"kubectl with names":     linesWith(func(i int, l string) string { return "[pod/gw-7d9f/charon] " + l }),
	"indented":               linesWith(func(i int, l string) string { return "    " + l }),
	"tabs to blanks":         func(s string) string { return strings.ReplaceAll(s, "\t", "        ") },
	"CRLF":                   func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"UTF-16":                 func(s string) string { return utf16Text(s, false, true) },
	"coloured":               linesWith(func(i int, l string) string { return "\x1b[32m" + l + "\x1b[0m" }),
	"escaped for a web page": html.EscapeString,
	"no-break spaces":        func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
	"typographic quotes":     func(s string) string { return strings.NewReplacer(`"`, "\u201d", "'", "\u2019").Replace(s) },
	"blank lines between":    linesWith(func(i int, l string) string { return l + "\n" }),
	"broken at 80":           func(s string) string { return wrapped(s, 80) },
	"broken at 100":          func(s string) string { return wrapped(s, 100) },
	"quoted and broken":      func(s string) string { return quotedMail(wrapped(s, 78)) },
	"trailing blanks":        linesWith(func(i int, l string) string { return l + "   " }),
	"in a fence, with prompt": func(s string) string {
		return "Hi all,\n\nthis is what I get:\n```\nroot@gw1:~# show it\n" + s + "```\n\nAny ideas?\n"
	},
}

var quotedMail = linesWith(func(i int, l string) string { return "> " + l })

func linesWith(f func(int, string) string) func(string) string {
	return func(s string) string {
		lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
		for i := range lines {
			lines[i] = f(i, lines[i])
		}
		return strings.Join(lines, "\n") + "\n"
	}
}

// Nothing that a person could still read is lost in silence: every product's output, copied in each way, gives its SAs, or a warning.
func TestCopied(t *testing.T) {
	products := map[string]func(suite, printed) string{"ip xfrm state": printXFRM, "setkey -D": printSetkey, "Wireshark": printWireshark}
	for name, p := range printers {
		products[name] = p
	}
	var lost []string
	for name, product := range products {
		for how, mangle := range manglers {
			if testing.Short() && (len(name)+len(how))%4 != 0 {
				continue // the race detector makes it slow
			}
			for _, i := range []int{1, 4} {
				s := suites[i]
				p := keysFor(s, false)
				text := mangle(product(s, p))
				b, err := Read("test", []byte(text))
				for dir := range 2 {
					want := esp.Params{SPI: p.spi[dir], Cipher: alg.CipherByKeyLog(s.cipher), CipherKey: p.enc[dir], MAC: alg.MACByKeyLog(s.mac), MACKey: p.auth[dir]}
					if err != nil || !hasSA(b.SAs, want) {
						lost = append(lost, fmt.Sprintf("%s, %s, suite %d, SA %d: %v", name, how, i, dir, err != nil))
						if os.Getenv("SHOW") != "" && strings.Contains(name+", "+how, os.Getenv("SHOW")) {
							t.Log(text)
						}
					}
				}
			}
		}
	}
	slices.Sort(lost)
	for _, l := range lost {
		t.Error(l)
	}
}

// docs/getting-keys.md names each way in which text is copied.
func TestCopiedPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/getting-keys.md")
	if err != nil {
		t.Fatal(err)
	}
	for how := range manglers {
		if !strings.Contains(string(page), "\n| "+how+" |") {
			t.Errorf("docs/getting-keys.md has no row for %q", how)
		}
	}
}

func printXFRM(s suite, p printed) (text string) {
	hosts := []any{p.a, p.b}
	xfrm := map[string]string{"aes-cbc": "cbc(aes)", "3des-cbc": "cbc(des3_ede)"}[s.cipher]
	mac := map[string]string{"hmac-sha2-256-128": "hmac(sha256)", "hmac-md5-96": "hmac(md5)"}[s.mac]
	for dir := range 2 {
		text += fmt.Sprintf("src %v dst %v\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 32 flag af-unspec\n\tauth-trunc %s 0x%x %d\n\tenc %s 0x%x\n\tanti-replay context: seq 0x0, oseq 0xc, bitmap 0x00000000\n",
			hosts[dir], hosts[1-dir], p.spi[dir], mac, p.auth[dir], map[bool]int{true: 128, false: 96}[len(p.auth[dir]) == 32], xfrm, p.enc[dir])
	}
	return text
}

func printSetkey(s suite, p printed) (text string) {
	hosts := []any{p.a, p.b}
	for dir := range 2 {
		text += fmt.Sprintf("%v %v \n\tesp mode=tunnel spi=%d(0x%08x) reqid=1(0x00000001)\n\tE: %s  %s\tA: %s  %s\tseq=0x0000000c replay=4 flags=0x00000000 state=mature \n",
			hosts[dir], hosts[1-dir], p.spi[dir], p.spi[dir], s.setkey[0], groupRows(p.enc[dir], 32, ""), s.setkey[1], groupRows(p.auth[dir], 32, ""))
	}
	return text
}

func printWireshark(s suite, p printed) (text string) {
	hosts := []any{p.a, p.b}
	for dir := range 2 {
		text += fmt.Sprintf(`"IPv4","%v","%v","0x%08x","%s","0x%x","%s","0x%x"`+"\n", hosts[dir], hosts[1-dir], p.spi[dir], alg.CipherByKeyLog(s.cipher).Wireshark, p.enc[dir], alg.MACByKeyLog(s.mac).Wireshark, p.auth[dir])
	}
	return text
}
