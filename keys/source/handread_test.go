package source

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What is read by hand, as a regular expression.
var (
	packetLine  = regexp.MustCompile(`^(received|sending) packet: from (\S+)\[(\d+)\] to (\S+?)\[(?:(\d+)\](?: \((\d+) bytes\))?)?`)
	messageLine = regexp.MustCompile(`^(parsed|generating) ([A-Z_0-9]+) (request|response) (\d+) \[(.*)`)
	ikev2Line   = regexp.MustCompile(`(?:^|[\s".])(DIFFIE-HELLMAN KEY|SKEYSEED|[Ss][Kk]_(?:[AaEePp]_?[IiRr]|[Dd]))\b(?: ?:|:?) *(\S*?|<[^>]*>|\[[^\]]*\])(?:"?$|" )`)
	fortiValue  = regexp.MustCompile(`type=(\w+), val=([\w-]+)\.?(?:,? ?\(?key[_-]len ?= ?(\d+))?`)
	offsetLine  = regexp.MustCompile(`(?:^|[ \t>])(?:[0-9]{1,5}:|\|)[ \t]+(?:[0-9A-Fa-f]{2}[ \t]+){2,}`)
	escapedMark = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
)

// Lines are read by hand as the expressions read them.
func TestReadByHand(t *testing.T) {
	for _, s := range mixed(100_000, "received packet: from ", "sending packet: from ", "192.0.2.1", "2001:db8::1", "[500]", "[", "]", "4500", " to ", " (", "464", " bytes)", " ", "\t", "x") {
		got, ok := charonPacketOf(s)
		m := packetLine.FindStringSubmatch(s)
		if m == nil {
			if ok {
				t.Fatalf("%q: %+v", s, got)
			}
			continue
		}
		size, _ := strconv.Atoi(m[6])
		if want := (charonPacket{m[1] == "sending", addrPort(m[2], m[3]), addrPort(m[4], m[5]), size, m[0]}); !ok || got != want {
			t.Fatalf("%q: %+v, want %+v", s, got, want)
		}
	}
	for _, s := range mixed(100_000, "parsed ", "generating ", "IKE_AUTH", "QUICK_MODE", "X", "request", "response", " ", "1", "4294967296", " [", "[", " IDr AUTH ]", "x") {
		got, ok := charonMessageOf(s)
		m := messageLine.FindStringSubmatch(s)
		if m == nil {
			if ok {
				t.Fatalf("%q: %+v", s, got)
			}
			continue
		}
		if want := (charonMessage{m[1] == "generating", charonExchanges[m[2]], m[3] == "response", decimal32(m[4]), m[5]}); !ok || got != want {
			t.Fatalf("%q: %+v, want %+v", s, got, want)
		}
	}
	for _, s := range mixed(200_000, "SK_ei", "sk_e_i", "SK_d", "Sk_A_R", "SKEYSEED", "DIFFIE-HELLMAN KEY", "SK_x", " ", ":", "\"", ".", "<not shown>", "[gone]", "<", "]", "8ee4", "0x", "x", "\t") {
		name, value, ok := ikev2Named(s)
		m := ikev2Line.FindStringSubmatch(s)
		if ok != (m != nil) || ok && (name != m[1] || value != m[2]) {
			t.Fatalf("%q: %q %q %v, want %q", s, name, value, ok, m)
		}
	}
	for _, s := range mixed(100_000, "type=", "ENCR", ", val=", "AES-CBC", "DES", ".", ",", " ", "(", "key", "_len", "-len", " = ", "=", "256", ")") {
		kind, value, bits, ok := fortiValueOf(s)
		m := fortiValue.FindStringSubmatch(s)
		if ok != (m != nil) || ok && (kind != m[1] || value != m[2] || bits != m[3]) {
			t.Fatalf("%q: %q %q %q %v, want %q", s, kind, value, bits, ok, m)
		}
	}
	for _, s := range mixed(100_000, "0:", "16:", "123456:", "|", " ", "\t", ">", "60", "CB", "4", "x", ":") {
		if got, want := isOffsetRow(s), offsetLine.MatchString(s); got != want {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	}
	for _, s := range mixed(100_000, "\\", "\\_", "*", "a", "1", "`", "~", " ", "[", "é") {
		if got, want := withoutMarkdown(s), escapedMark.ReplaceAllString(s, "$1"); got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	}
	for _, s := range mixed(100_000, "Page ", "seite ", "of ", "von ", "/", " / ", "1", "22", "12345", "x", " ", "of") {
		text := strings.TrimRight(s, " ")
		want := text != "" && len(text) <= 120 && isDigit(text[len(text)-1]) && rePageFoot.MatchString(text)
		if got := isPageFoot(s); got != want {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	}
	for _, s := range mixed(100_000, "0123456789abcdef", "0123456789abcde", ":", " ", "x", "_") {
		if racoonIndex.MatchString(s) && !mayHaveSPIs(s) {
			t.Fatalf("%q: its SPIs are not seen", s)
		}
	}
}

// What behind and having look for is in all that their expressions match, of the lines of the recorded logs and of their ends behind each mark.
func TestWordsOfExpressions(t *testing.T) {
	list := guardedExpressions(t)
	if len(list) < 50 {
		t.Fatalf("only %d calls of behind and having were found", len(list))
	}
	for _, text := range recordedMessages(t) {
		for _, b := range list {
			if b.re.MatchString(text) && !b.may(text) {
				t.Errorf("%q is matched by %v, and has none of %q", text, b.re, b.words)
			}
		}
	}
}

// guardedExpressions are the calls of behind and having in the package.
func guardedExpressions(t *testing.T) (list []begun) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		f, err := goparser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, ok := call.Fun.(*ast.Ident)
			if !ok || name.Name != "behind" && name.Name != "having" {
				return true
			}
			var args []string
			for _, a := range call.Args {
				if l, ok := a.(*ast.BasicLit); ok {
					text, _ := strconv.Unquote(l.Value)
					args = append(args, text)
				}
			}
			if name.Name == "behind" && !strings.HasPrefix(args[0], "^") {
				t.Errorf("%s: %s does not stand at the front of a text: it is one for having", path, args[0])
			}
			list = append(list, begun{words: args[1:], anywhere: name.Name == "having", re: pattern(args[0])})
			return true
		})
	}
	return list
}

// recordedMessages are the lines of the recorded logs, and their ends behind each colon, bracket and blank at their front; of those that differ in digits
// alone, one.
func recordedMessages(t *testing.T) (list []string) {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/*/*/*.log")
	if err != nil || len(paths) == 0 {
		t.Fatal("no logs", err)
	}
	sources, err := filepath.Glob("../../testdata/key-sources/*/SOURCE.txt.gz")
	if err != nil || len(sources) == 0 {
		t.Fatal("no key sources", err)
	}
	const most, front = 300, 100
	seen := make(map[string]bool)
	shape := regexp.MustCompile(`[0-9a-f]{2,}|[0-9]`)
	for _, path := range append(paths, sources...) {
		for l := range strings.Lines(textOf(t, path)) {
			l = strings.TrimRight(l, "\r\n")
			key := shape.ReplaceAllString(l, "0")
			if len(l) > most || seen[key] {
				continue
			}
			seen[key] = true
			list = append(list, l)
			for at := range min(len(l), front) {
				if (l[at] == ' ' || l[at] == '|') && at > 0 && strings.IndexByte(":]>|", l[at-1]) >= 0 {
					list = append(list, l[at+1:])
				}
			}
		}
	}
	return list
}
