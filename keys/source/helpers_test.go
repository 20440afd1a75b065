package source

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
	"github.com/ikedecode/ikedecode/keys/secret"
)

func mustRead(t *testing.T, text string) *secret.Bag {
	t.Helper()
	b, err := Read("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// describe is every secret and SA of a bag, values included, one a line.
func describe(b *secret.Bag) string {
	var s strings.Builder
	for _, x := range b.Secrets {
		fmt.Fprintf(&s, "%v %s %x g%d\n", x.Kind, x.Where, x.Value, x.Group)
	}
	for _, p := range b.SAs {
		s.WriteString(describeSA(p) + "\n")
	}
	return s.String()
}

func whereOf(p esp.Params) string {
	spi := "*"
	if !p.AnySPI {
		spi = fmt.Sprintf("0x%08x", p.SPI)
	}
	return lex.Addr(p.Src) + ">" + lex.Addr(p.Dst) + ":" + spi
}

func cipherOf(p esp.Params) string {
	if p.Cipher == nil {
		return ""
	}
	return p.Cipher.KeyLog
}

func macOf(p esp.Params) string {
	if p.MAC == nil {
		return ""
	}
	return p.MAC.KeyLog
}

func describeSA(p esp.Params) string {
	s := fmt.Sprintf("%v %s %s:%x %s:%x", p.Protocol, whereOf(p), cipherOf(p), p.CipherKey, macOf(p), p.MACKey)
	if p.ICVLen != 0 {
		s += fmt.Sprintf(" icv%d", p.ICVLen*8)
	}
	for _, f := range []struct {
		set  bool
		name string
	}{{p.NoCheck, "nocheck"}, {p.ESN, "esn"}, {p.Tunnel, "tunnel"}, {p.Transport, "transport"}, {p.BEET, "beet"}, {p.UDP, "udp"}} {
		if f.set {
			s += " " + f.name
		}
	}
	if p.Inner != nil {
		s += fmt.Sprintf(" inner %v>%v", p.Inner.Src, p.Inner.Dst)
	}
	if p.Protocol == esp.IPComp {
		s += fmt.Sprintf(" comp%d", p.IPCompAlg)
	}
	return s
}

func check(t *testing.T, b *secret.Bag, want ...string) {
	t.Helper()
	got := strings.TrimSuffix(describe(b), "\n")
	if w := strings.Join(want, "\n"); got != w {
		t.Errorf("got\n%s\nwant\n%s", got, w)
	}
}

// noSecretsIn fails where text shows a value of the bag.
func noSecretsIn(t *testing.T, b *secret.Bag, text string) {
	t.Helper()
	text = strings.ToLower(text)
	values := [][]byte{}
	for _, s := range b.Secrets {
		values = append(values, s.Value)
	}
	for _, p := range b.SAs {
		values = append(values, p.CipherKey, p.MACKey)
	}
	for _, v := range values {
		if len(v) < 4 {
			continue
		}
		if strings.Contains(text, hex.EncodeToString(v)) || strings.Contains(text, strings.ToLower(string(v))) {
			t.Errorf("a value is shown in %q", text)
		}
	}
}

// sameFacts compares bags as sets, groups as partitions.
func sameFacts(a, b *secret.Bag) bool {
	return slices.Equal(facts(a), facts(b))
}

func facts(b *secret.Bag) []string {
	members := map[int][]string{}
	for _, s := range b.Secrets {
		if s.Group > 0 {
			members[s.Group] = append(members[s.Group], fmt.Sprintf("%v %x", s.Kind, s.Value))
		}
	}
	var out []string
	for _, s := range b.Secrets {
		g := members[s.Group]
		slices.Sort(g)
		if len(g) == 1 {
			g = nil
		}
		out = append(out, fmt.Sprintf("%v %v %x %q", s.Kind, s.Where, s.Value, g))
	}
	for _, p := range b.SAs {
		out = append(out, describeSA(p))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func keyLogOf(t *testing.T, b *secret.Bag) string {
	t.Helper()
	var w bytes.Buffer
	if err := secret.WriteKeyLog(&w, b); err != nil {
		t.Fatal(err)
	}
	return w.String()
}
