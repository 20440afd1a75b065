package keys

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// TestStrongSwanLogs computes again every value that strongSwan printed at log level 4 in the IKEv1 sessions at hand.
func TestStrongSwanLogs(t *testing.T) {
	logs := recordedLogs(t, "v1-*")
	checked := map[string]int{}
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte("[IKE]")) {
			continue // another daemon's
		}
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			c := logChecker{t: t, checked: checked, mids: map[uint32]bool{}}
			for _, d := range dumps(string(text)) {
				c.dump(d)
			}
			c.finish()
		})
	}
	t.Log(checked)
	for _, what := range []string{"SKEYID_d", "Ka", "initial IV", "phase 2 IV", "HASH_I", "HASH_R", "HASH(3)", "NAT-D", "KEYMAT", "KEYMAT, PFS"} {
		if checked[what] == 0 {
			t.Errorf("no %s checked", what)
		}
	}
}

// A labelled is one value of the log.
type labelled struct {
	label string
	value []byte
}

var (
	dumpHead = regexp.MustCompile(`\[(?:IKE|CHD)\] (?:<[^>]*> )?(.*) => (\d+) bytes @`)
	dumpRow  = regexp.MustCompile(`\[(?:IKE|CHD)\] (?:<[^>]*> )? *\d+: ((?:[0-9A-F]{2} ){0,15}[0-9A-F]{2})  `)
)

func dumps(text string) []labelled {
	var all []labelled
	left := 0
	for line := range strings.Lines(text) {
		if m := dumpHead.FindStringSubmatch(line); m != nil {
			left, _ = strconv.Atoi(m[2])
			all = append(all, labelled{label: m[1]})
			continue
		}
		m := dumpRow.FindStringSubmatch(line)
		if m == nil || left == 0 {
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		if err != nil || len(b) > left {
			continue
		}
		left -= len(b)
		d := &all[len(all)-1]
		d.value = append(d.value, b...)
	}
	return all
}

// logChecker follows one log. The sessions run one phase 1 after another.
type logChecker struct {
	t       *testing.T
	checked map[string]int

	skeyid   SKEYID
	h        *alg.Hash
	gxy      []byte
	keys     Phase1Keys
	ka, iv   []byte
	lasts    [][]byte // last ciphertext blocks of phase 1, one for each SA that lives
	natd     []byte
	hashData []byte
	gqm      []byte
	seeds    [2][]byte
	enc      [2][]byte
	integ    [2][]byte
	mids     map[uint32]bool
	// for HASH(3): what the log has of each
	hash3s, nonces, as [][]byte
}

func (c *logChecker) same(what string, got, want []byte) {
	c.t.Helper()
	equal(c.t, what, got, want)
	c.checked[what]++
}

func (c *logChecker) dump(d labelled) {
	switch d.label {
	case "shared Diffie Hellman secret", "key exchange secret":
		c.keymat()
		*c = logChecker{
			t: c.t, checked: c.checked, natd: c.natd, gxy: d.value, lasts: append(c.lasts, nil), mids: c.mids,
			hash3s: c.hash3s, nonces: c.nonces, as: c.as,
		}
	case "DH secret":
		c.keymat()
		c.gqm = d.value
	case "SKEYID":
		for _, h := range alg.Hashes() {
			if h.PRF != 0 && h.Size == len(d.value) {
				c.h, c.skeyid = h, SKEYID{alg.HMAC(h), d.value}
			}
		}
	case "SKEYID_d":
		c.keys.D = d.value
	case "SKEYID_a":
		c.keys.A = d.value
		c.as = append(c.as, d.value)
	case "SKEYID_e":
		c.keys.E = d.value
	case "encryption key Ka":
		c.ka = d.value
		c.same("Ka", CipherKey(c.skeyid.PRF, c.keys.E, len(d.value)), d.value)
	case "initial IV":
		c.iv = d.value
	case "natd_chunk":
		c.natd = d.value
	case "natd_hash":
		c.natD(d.value)
	case "HASH_I data", "HASH_R data":
		c.hashData = d.value
	case "HASH_I", "HASH_R":
		c.proof(d.label, d.value)
	case "Hash(3)":
		c.hash3s = append(c.hash3s, d.value)
	default:
		c.phase2(d)
	}
}

// proof checks HASH_I or HASH_R, and everything that comes from the KE payloads and cookies in its data.
func (c *logChecker) proof(label string, want []byte) {
	n, b := len(c.gxy), c.hashData
	if c.h == nil || len(b) < 2*n+16 {
		return
	}
	first, second, cky, rest := b[:n], b[n:2*n], b[2*n:2*n+16], b[2*n+16:]
	a, z := decode.SPI(cky[:8]), decode.SPI(cky[8:])
	if label == "HASH_R" {
		c.same(label, c.skeyid.HashR(first, second, a, z, rest, nil), want)
		first, second, a, z = second, first, z, a
	} else {
		c.same(label, c.skeyid.HashI(first, second, a, z, rest, nil), want)
	}
	k := c.skeyid.Keys(c.gxy, a, z)
	c.same("SKEYID_d", k.D, c.keys.D)
	c.same("SKEYID_a", k.A, c.keys.A)
	c.same("SKEYID_e", k.E, c.keys.E)
	c.same("initial IV", FirstIV(c.h, first, second, len(c.iv)), c.iv)
}

func (c *logChecker) natD(want []byte) {
	n := len(c.natd)
	if n < 22 {
		return
	}
	for _, h := range alg.Hashes() {
		if h.PRF != 0 && h.Size == len(want) {
			port := uint16(c.natd[n-2])<<8 | uint16(c.natd[n-1])
			c.same("NAT-D", NATDHash(h, decode.SPI(c.natd[:8]), decode.SPI(c.natd[8:16]), c.natd[16:n-2], port), want)
		}
	}
}

// finish checks each HASH(3) of the log against the exchanges, nonces and SKEYID_a of the whole log: a responder prints it
// before it prints the nonces, and several exchanges may be under way.
func (c *logChecker) finish() {
	c.keymat()
	for _, want := range c.hash3s {
		found := false
		for mid := range c.mids {
			for _, n := range c.nonces {
				for _, a := range c.as {
					found = found || bytes.Equal(Hash3(c.skeyid.PRF, a, mid, n, nil), want)
				}
			}
		}
		if !found {
			c.t.Errorf("no exchange has HASH(3) %x", want)
		}
		c.checked["HASH(3)"]++
	}
}

func (c *logChecker) phase2(d labelled) {
	var mid uint32
	if _, err := fmt.Sscanf(d.label, "next IV for MID %d", &mid); err == nil {
		c.nextIV(mid, d.value)
		return
	}
	for i, side := range []string{"initiator", "responder"} {
		switch d.label {
		case side + " SA seed":
			if i == 0 {
				c.keymat()
			}
			c.seeds[i] = d.value
		case "encryption " + side + " key":
			c.enc[i] = d.value
		case "integrity " + side + " key":
			c.integ[i] = d.value
		}
	}
}

// nextIV takes the first IV of an exchange for the computed one; with reauthentication the exchange may be the older SA's.
func (c *logChecker) nextIV(mid uint32, iv []byte) {
	if len(c.lasts) == 0 {
		return
	}
	if mid == 0 {
		c.lasts[len(c.lasts)-1] = iv
		return
	}
	if c.mids[mid] {
		return
	}
	c.mids[mid] = true
	var got []byte
	for _, last := range c.lasts {
		got = Phase2IV(c.h, last, mid, len(iv))
		if bytes.Equal(got, iv) {
			break
		}
	}
	c.same("phase 2 IV", got, iv)
}

// keymat checks the keys of the Quick Mode before. With AEADs there is no integrity key, with AH no encryption key.
func (c *logChecker) keymat() {
	for i, seed := range c.seeds {
		if len(seed) == 0 {
			continue
		}
		what, gqm := "KEYMAT", []byte(nil)
		if len(c.gqm) > 0 && bytes.HasPrefix(seed, c.gqm) {
			what, gqm = "KEYMAT, PFS", c.gqm
		}
		rest := seed[len(gqm):]
		c.nonces = append(c.nonces, rest[5:])
		want := append(bytes.Clone(c.enc[i]), c.integ[i]...)
		half := 5 + (len(rest)-5)/2
		c.same(what, Keymat(c.skeyid.PRF, c.keys.D, gqm, rest[0], rest[1:5], rest[5:half], rest[half:], len(want)), want)
	}
	c.seeds, c.enc, c.integ = [2][]byte{}, [2][]byte{}, [2][]byte{}
}
