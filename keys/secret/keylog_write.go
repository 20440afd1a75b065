package secret

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/internal/lex"
)

// WriteKeyLog writes the bag in the key log format: every secret and SA, in an order that depends on the facts alone. That of the
// secrets of one CREATE_CHILD_SA is such a fact: keys are made from them one after another (RFC 9370, section 2.2.4).
// What is read back is the same bag, origins aside. The values are unencrypted: a writer to a file gives it mode 0600.
func WriteKeyLog(w io.Writer, b *Bag) error {
	bw := bufio.NewWriter(w)
	numbers := groupNumbers(b.Secrets)
	secrets := slices.Clone(b.Secrets)
	slices.SortStableFunc(secrets, func(x, y Secret) int {
		return cmp.Or(compareWhere(x.Where, y.Where), cmp.Compare(numbers[x.Group], numbers[y.Group]),
			cmp.Compare(x.Kind, y.Kind), compareValues(x, y))
	})
	for _, s := range secrets {
		fmt.Fprintf(bw, "%-13s %s %s\n", s.Kind, keyLogWhere(s, numbers[s.Group]), keyLogValue(s))
	}
	lines := make([]string, 0, len(b.SAs))
	for _, p := range SortSAs(b.SAs) {
		lines = append(lines, SALine(p))
	}
	for _, l := range slices.Compact(lines) {
		fmt.Fprintln(bw, l)
	}
	return bw.Flush()
}

// compareValues orders the values of one kind at one place.
func compareValues(x, y Secret) int {
	if x.Kind == ChildDHSecret {
		return 0
	}
	return slices.Compare(x.Value, y.Value)
}

// groupNumbers gives the number to write for each group: 0 where the place alone tells the group.
func groupNumbers(secrets []Secret) map[int]int {
	if !slices.ContainsFunc(secrets, func(s Secret) bool { return s.Group != 0 }) {
		return nil
	}
	type place struct {
		where Where
		group int
	}
	groupsAt := make(map[Where][]int)
	size := make(map[int]int)
	places := make(map[place]bool)
	for _, s := range secrets {
		if s.Kind == PSK || s.Kind.Public() {
			continue
		}
		size[s.Group]++
		if p := (place{s.Where, s.Group}); !places[p] {
			places[p] = true
			groupsAt[s.Where] = append(groupsAt[s.Where], s.Group)
		}
	}
	var ambiguous []int
	for where, groups := range groupsAt {
		for _, g := range groups {
			// At an unbound place a single value needs no group; several do, to stay together.
			if g != 0 && (len(groups) > 1 || where.IsZero() && size[g] > 1) {
				ambiguous = append(ambiguous, g)
			}
		}
	}
	least := leastValues(secrets)
	slices.SortFunc(ambiguous, func(a, b int) int { return cmp.Or(slices.Compare(least[a], least[b]), cmp.Compare(a, b)) })
	numbers := make(map[int]int)
	for _, g := range slices.Compact(ambiguous) {
		numbers[g] = len(numbers) + 1
	}
	return numbers
}

// leastValues are the smallest values of the groups: numbers that follow from them do not depend on the order in the bag.
func leastValues(secrets []Secret) map[int][]byte {
	least := make(map[int][]byte)
	for _, s := range secrets {
		if have := least[s.Group]; have == nil || slices.Compare(s.Value, have) < 0 {
			least[s.Group] = s.Value
		}
	}
	return least
}

func keyLogWhere(s Secret, group int) string {
	if s.Kind == PSK {
		if s.Where.IsZero() {
			return "*"
		}
		return whereText(s.Where, 0)
	}
	w := s.Where
	w.Peer = ""
	return whereText(w, group)
}

func keyLogValue(s Secret) string {
	if (s.Kind == PSK || s.Kind == XAUTHPassword) && lex.Printable(string(s.Value)) && !lex.IsRedacted(string(s.Value)) {
		return lex.Quote(string(s.Value))
	}
	return "0x" + hex.EncodeToString(s.Value)
}

// ESPSComment begins a comment in the ESP secrets of a pcapng file that holds an SA as a key log does.
const ESPSComment = "# ikedecode: "

// SALine is the line of a key log for an SA, ESP_SA, AH_SA or IPCOMP_SA, without its end. It has the keys.
func SALine(p esp.Params) string {
	f := []string{fmt.Sprintf("%-13s", saKinds[p.Protocol]), saWhere(p)}
	switch p.Protocol {
	case esp.ESP:
		f = append(f, nameAndKey(cipherName(p), p.CipherKey))
	case esp.IPComp:
		f = append(f, CompressionName(p.IPCompAlg))
	}
	switch {
	case p.MAC != nil:
		f = append(f, nameAndKey(p.MAC.KeyLog, p.MACKey))
	case p.Protocol == esp.ESP && p.Cipher != nil && !p.Cipher.AEAD && p.ICVLen == 0:
		f = append(f, "none")
	}
	if p.ICVLen != 0 {
		f = append(f, fmt.Sprintf("icv%d", 8*p.ICVLen))
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{{p.ESN, "esn"}, {p.Tunnel, "tunnel"}, {p.Transport, "transport"}, {p.BEET, "beet"}, {p.UDP, "udp"}} {
		if flag.set {
			f = append(f, flag.name)
		}
	}
	if p.TCP != nil {
		f = append(f, fmt.Sprintf("tcp=%d>%d", p.TCP.Src, p.TCP.Dst))
	}
	if p.Inner != nil {
		f = append(f, "inner="+lex.Addr(p.Inner.Src)+">"+lex.Addr(p.Inner.Dst))
	}
	return strings.Join(f, " ")
}

func nameAndKey(name string, key []byte) string {
	if len(key) == 0 {
		return name
	}
	return name + ":0x" + hex.EncodeToString(key)
}
