package keys

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/internal/testfile"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// TestStrongSwanLogs2 computes again every value that strongSwan printed at log level 4 in the IKEv2 sessions at hand.
func TestStrongSwanLogs2(t *testing.T) {
	checked := map[string]int{}
	for _, name := range logs2(t) {
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			for what, n := range readLog2(t, name).checked {
				checked[what] += n
			}
		})
	}
	t.Log(checked)
	for _, what := range []string{
		"SKEYSEED", "SKEYSEED, next generation", "SK_*", "NAT detection", "octets", "octets, IntAuth", "AUTH", "IntAuth", "KEYMAT",
		"KEYMAT, PFS", "KEYMAT, two key exchanges",
	} {
		if checked[what] == 0 {
			t.Errorf("no %s checked", what)
		}
	}
}

// logs2 lists the logs of IKEv2 sessions by strongSwan 6, which says more of what it computes than 5.9.
func logs2(t *testing.T) []string {
	t.Helper()
	all := append(recordedLogs(t, "v2-*"), recordedLogs(t, "fail-v2-*")...)
	all = slices.DeleteFunc(all, func(name string) bool {
		text, err := os.ReadFile(name)
		return err != nil || !bytes.Contains(text, []byte(" key exchange secret => ")) // another daemon's
	})
	return all
}

// recordedLogs lists the logs of both sides in the sessions of a name: of the repository, and those shared beside it.
func recordedLogs(t *testing.T, name string) (all []string) {
	t.Helper()
	own, err := filepath.Glob(filepath.Join("../testdata/pcaps", name, "gw[ab].log"))
	if err != nil || len(own) == 0 {
		t.Fatalf("no logs of %s: %v", name, err)
	}
	seen := map[string]bool{}
	for _, f := range append(own, testfile.Beside(t, filepath.Join("captures", name, "gw[ab].log"))...) {
		if id := filepath.Join(filepath.Base(filepath.Dir(f)), filepath.Base(f)); !seen[id] {
			seen[id] = true
			all = append(all, f)
		}
	}
	return all
}

// datagrams2 reads the IKE messages of the session that a log belongs to.
func datagrams2(t *testing.T, log string) [][]byte {
	t.Helper()
	src, err := capture.Open([]string{filepath.Join(filepath.Dir(log), "wire.pcap")}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := src.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all [][]byte
	split := capture.NewSplitter(capture.SplitOptions{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range split.Split(p) {
			if d.Kind == capture.IKE {
				all = append(all, bytes.Clone(d.Payload))
			}
		}
	}
}

// A generation is one set of keys of an IKE SA.
type generation struct {
	IKEv2Keys
	i, r decode.SPI
}

// log2 follows one log.
type log2 struct {
	t        *testing.T
	checked  map[string]int
	messages [][]byte
	suite    string // the IKE proposal that was chosen

	prf                        alg.PRF
	secret, additional, nonces []byte
	skeyseed                   []byte
	now                        IKEv2Keys // what the log has of the generation in hand
	generations                []generation
	natd                       []byte

	skp, id, octets  []byte
	shared           []byte
	secrets          [][]byte
	previous, int2   []byte // IntAuth
	ap, intAuths     [][]byte
	seed             []byte
	ei, er, ai, ar   []byte
	childSecret, add []byte
}

var selected = regexp.MustCompile(`selected proposal: IKE:(\S+)`)

func readLog2(t *testing.T, name string) *log2 {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := &log2{t: t, checked: map[string]int{}, messages: datagrams2(t, name)}
	if m := selected.FindSubmatch(text); m != nil {
		c.suite = string(m[1])
	}
	for _, d := range dumps(string(text)) {
		c.dump(d)
	}
	c.keymat()
	return c
}

func (c *log2) same(what string, got, want []byte) {
	c.t.Helper()
	equal(c.t, what, got, want)
	c.checked[what]++
}

func (c *log2) dump(d labelled) {
	switch d.label {
	case "natd_chunk":
		c.natd = d.value
	case "natd_hash":
		n := len(c.natd)
		port := uint16(c.natd[n-2])<<8 | uint16(c.natd[n-1])
		c.same("NAT detection", NATDetectionHash(decode.SPI(c.natd[:8]), decode.SPI(c.natd[8:16]), c.natd[16:n-2], port), d.value)
	case "key exchange secret":
		c.keymat()
		c.secret = d.value
	case "additional key exchange secret":
		c.additional = d.value
	case "nonces":
		c.nonces = d.value
	case "SKEYSEED":
		c.root(d.value)
	case "seed":
		c.keymat()
		c.seed, c.childSecret, c.add = d.value, c.secret, c.additional
		c.secret, c.additional = nil, nil
	case "encryption initiator key":
		c.ei = d.value
	case "encryption responder key":
		c.er = d.value
	case "integrity initiator key":
		c.ai = d.value
	case "integrity responder key":
		c.ar = d.value
	default:
		c.key(d)
		c.auth(d)
	}
}

// root checks a SKEYSEED: by IKE_SA_INIT, or by another generation's SK_d.
func (c *log2) root(want []byte) {
	for _, h := range alg.Hashes() {
		if h.PRF != 0 && h.Size == len(want) {
			c.prf = alg.HMAC(h)
		}
	}
	c.skeyseed, c.now = want, IKEv2Keys{}
	half := len(c.nonces) / 2
	ni, nr := c.nonces[:half], c.nonces[half:]
	if len(c.generations) == 0 {
		c.same("SKEYSEED", SKEYSEEDFromInit(c.prf, ni, nr, c.secret).Key, want)
	} else {
		last := c.generations[len(c.generations)-1]
		var more [][]byte
		if len(c.additional) > 0 {
			more = append(more, c.additional)
		}
		c.same("SKEYSEED, next generation", SKEYSEEDFromRekey(c.prf, c.prf, last.D, c.secret, ni, nr, more...).Key, want)
		if len(more) == 0 {
			c.same("SKEYSEED, next generation", SKEYSEEDFromIntermediate(c.prf, last.D, c.secret, ni, nr).Key, want)
		}
	}
	c.secret, c.additional = nil, nil
}

func (c *log2) key(d labelled) {
	to := map[string]*[]byte{
		"Sk_d secret": &c.now.D, "Sk_ai secret": &c.now.AI, "Sk_ar secret": &c.now.AR, "Sk_ei secret": &c.now.EI,
		"Sk_er secret": &c.now.ER, "Sk_pi secret": &c.now.PI, "Sk_pr secret": &c.now.PR,
	}[d.label]
	if to == nil {
		return
	}
	*to = d.value
	if d.label == "Sk_pr secret" {
		c.derived()
	}
}

// derived checks the keys of a generation, with the SPIs of one of the IKE SAs in the capture.
func (c *log2) derived() {
	half := len(c.nonces) / 2
	l := IKEv2Lengths{Integ: len(c.now.AI), Encr: len(c.now.EI)}
	join := func(k IKEv2Keys) []byte { return bytes.Join([][]byte{k.D, k.AI, k.AR, k.EI, k.ER, k.PI, k.PR}, nil) }
	var k IKEv2Keys
	for _, m := range c.messages {
		i, r := decode.SPI(m[:8]), decode.SPI(m[8:16])
		k = SKEYSEED{c.prf, c.skeyseed}.Keys(c.nonces[:half], c.nonces[half:], i, r, l)
		if bytes.Equal(join(k), join(c.now)) {
			c.generations = append(c.generations, generation{c.now, i, r})
			break
		}
	}
	c.same("SK_*", join(k), join(c.now))
}

func (c *log2) auth(d labelled) {
	switch d.label {
	case "IntAuth_N-1":
		c.previous = d.value
	case "IntAuth_A|P":
		c.int2 = d.value
		c.ap = append(c.ap, d.value)
	case "IntAuth_N = prf(Sk_px, data)":
		half := len(c.int2) / 2
		got := IntAuth(c.prf, c.skp, c.previous, c.int2[:half], c.int2[half:])
		c.same("IntAuth", got, d.value)
		c.intAuths = append(c.intAuths, d.value)
	case "IDx'":
		c.id = d.value
	case "SK_p":
		c.skp = d.value
	case "octets = message + nonce + prf(Sk_px, IDx') + IntAuth":
		c.octets = d.value
		c.checkOctets()
	case "secret":
		c.shared = d.value
		c.secrets = append(c.secrets, d.value)
	case "AUTH = prf(prf(secret, keypad), octets)":
		c.same("AUTH", SharedKeyAuth(c.prf, c.shared, c.octets), d.value)
	}
}

// checkOctets makes the octets from the IKE_SA_INIT messages of the capture.
func (c *log2) checkOctets() {
	what, ints := "octets", [][]byte{nil}
	if len(c.intAuths) > 0 {
		what, ints = "octets, IntAuth", nil
		for _, a := range c.intAuths {
			for _, b := range c.intAuths {
				ints = append(ints, IntAuthOctets(a, b, 2))
			}
		}
	}
	var got []byte
	for _, m := range c.messages {
		if decode.ExchangeType(m[18]) != ikev2.ExchangeSAInit {
			continue
		}
		for _, other := range c.messages {
			nonce, ok := nonceOf(other)
			if !ok || bytes.Equal(m, other) {
				continue
			}
			for _, a := range ints {
				got = SignedOctets(c.prf, c.skp, m, nonce, c.id, a)
				if bytes.Equal(got, c.octets) {
					c.checked[what]++
					return
				}
			}
		}
	}
	c.same(what, got, c.octets)
}

// nonceOf is the nonce of an IKE_SA_INIT message.
func nonceOf(message []byte) ([]byte, bool) {
	m, err := exchange.Parse(message)
	if err != nil || m.Exchange != ikev2.ExchangeSAInit {
		return nil, false
	}
	p, ok := decode.Find(m.Payloads, ikev2.PayloadNonce)
	return p.Data(), ok
}

// keymat checks the keys of the Child SA before.
func (c *log2) keymat() {
	if len(c.seed) == 0 {
		return
	}
	what, secrets, nonces := "KEYMAT", [][]byte(nil), c.seed
	if len(c.childSecret) > 0 {
		what, secrets, nonces = "KEYMAT, PFS", [][]byte{c.childSecret}, bytes.TrimPrefix(c.seed, c.childSecret)
	}
	if len(c.add) > 0 {
		what, secrets, nonces = "KEYMAT, two key exchanges", append(secrets, c.add), bytes.TrimSuffix(nonces, c.add)
	}
	half := len(nonces) / 2
	last := c.generations[len(c.generations)-1]
	k := last.ChildKeys(c.prf, nonces[:half], nonces[half:], len(c.ei), len(c.ai), secrets...)
	got := bytes.Join([][]byte{k.EI, k.AI, k.ER, k.AR}, nil)
	c.same(what, got, bytes.Join([][]byte{c.ei, c.ai, c.er, c.ar}, nil))
	c.seed, c.ei, c.er, c.ai, c.ar = nil, nil, nil, nil, nil
}

// openers are those of the initiator's and the responder's messages, by the chosen proposal: "AES_CBC_128/HMAC_SHA1_96/...".
func (c *log2) openers(k IKEv2Keys) (i, r *SKOpener) {
	c.t.Helper()
	var enc *alg.Cipher
	var mac *alg.MAC
	for part := range strings.SplitSeq(c.suite, "/") {
		if m := alg.MACByStrongSwan(part); m != nil {
			mac = m
		}
		name := part
		if at := strings.LastIndexByte(part, '_'); at > 0 {
			if _, err := strconv.Atoi(part[at+1:]); err == nil {
				name = part[:at]
			}
		}
		for _, n := range []string{part, name} {
			if found := alg.CipherByStrongSwan(n); found != nil && enc == nil {
				enc = found
			}
		}
	}
	if enc == nil {
		c.t.Fatalf("no cipher in %q", c.suite)
	}
	i, err := NewSKOpener(enc, mac, k.EI, k.AI)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err = NewSKOpener(enc, mac, k.ER, k.AR)
	if err != nil {
		c.t.Fatal(err)
	}
	return i, r
}
