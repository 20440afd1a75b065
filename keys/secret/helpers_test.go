package secret

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/esp"
)

func mustRead(t *testing.T, text string) *Bag {
	t.Helper()
	b, err := Read("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// describe is every secret and SA of a bag, values included, one a line.
func describe(b *Bag) string {
	var s strings.Builder
	for _, x := range b.Secrets {
		fmt.Fprintf(&s, "%v %s %x g%d\n", x.Kind, whereText(x.Where, 0), x.Value, x.Group)
	}
	for _, p := range b.SAs {
		s.WriteString(describeSA(p) + "\n")
	}
	return s.String()
}

func describeSA(p esp.Params) string {
	s := fmt.Sprintf("%v %s %s:%x %s:%x", p.Protocol, saWhere(p), cipherName(p), p.CipherKey, macName(p), p.MACKey)
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
	if p.InnerSrc.IsValid() {
		s += fmt.Sprintf(" inner %v>%v", p.InnerSrc, p.InnerDst)
	}
	if p.Protocol == esp.IPComp {
		s += fmt.Sprintf(" comp%d", p.IPCompAlg)
	}
	return s
}

func check(t *testing.T, b *Bag, want ...string) {
	t.Helper()
	got := strings.TrimSuffix(describe(b), "\n")
	if w := strings.Join(want, "\n"); got != w {
		t.Errorf("got\n%s\nwant\n%s", got, w)
	}
}

// noSecretsIn fails where text shows a value of the bag.
func noSecretsIn(t *testing.T, b *Bag, text string) {
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
func sameFacts(a, b *Bag) bool {
	return slices.Equal(facts(a), facts(b))
}

func facts(b *Bag) []string {
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

func keyLogOf(t *testing.T, b *Bag) string {
	t.Helper()
	var w bytes.Buffer
	if err := WriteKeyLog(&w, b); err != nil {
		t.Fatal(err)
	}
	return w.String()
}
