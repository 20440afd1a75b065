package keys

import (
	"bytes"
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev2"
)

// TestOpenCaptures opens every encrypted message of the IKEv2 sessions at hand with the logged keys, and checks every AUTH
// payload from the messages alone, but for the shared secrets.
func TestOpenCaptures(t *testing.T) {
	for _, name := range logs2(t) {
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			o := opening{log2: readLog2(t, name), whole: map[messageKey]*openedMessage{}}
			for _, m := range o.messages {
				o.open(m)
			}
			for n := range o.generations {
				if o.opened[n] == 0 {
					t.Errorf("generation %d opens nothing", n)
				}
			}
			o.proofs()
			want := 2
			if strings.HasSuffix(name, "fail-v2-auth/gwa.log") {
				want = 1 // and no answer
			} else if strings.HasSuffix(name, "fail-v2-auth/gwb.log") {
				want = 0 // the two had different secrets, and this is the other's
			}
			if o.proved < want || want == 0 && o.proved > 0 {
				t.Errorf("%d AUTH payloads proved, want %d", o.proved, want)
			}
			t.Logf("opened by generation: %v; fragments %d; AUTH %d; %v", o.opened, o.fragments, o.proved, o.signatures)
		})
	}
}

type messageKey struct {
	i        decode.SPI
	id       uint32
	flags    decode.Flags
	exchange decode.ExchangeType
}

// An openedMessage is a message with the payloads that were inside, put together from its fragments.
type openedMessage struct {
	decode.Header
	parts      [][]byte // by fragment
	first      SK       // of the message or the first fragment
	generation int
	payloads   []decode.Payload
}

type opening struct {
	*log2
	opened     [8]int // messages by generation
	fragments  int
	whole      map[messageKey]*openedMessage
	order      []*openedMessage
	proved     int
	signatures []string
}

func (o *opening) open(message []byte) {
	sk, err := FindSK(message)
	if errors.Is(err, ErrNoSK) {
		return
	}
	if err != nil {
		o.t.Fatal(err)
	}
	h, err := decode.ParseHeader(message)
	if err != nil {
		o.t.Fatal(err)
	}
	for n, g := range o.generations {
		if g.i != h.Initiator || g.r != h.Responder {
			continue
		}
		i, r := o.openers(g.IKEv2Keys)
		if h.Flags&ikev2.FlagInitiator == 0 {
			i = r
		}
		got, err := i.Open(sk)
		if errors.Is(err, ErrICV) {
			continue
		}
		if err != nil || !got.Verified {
			o.t.Fatalf("%v message %d: %v", h.Exchange, h.MessageID, err)
		}
		o.opened[n]++
		o.keep(h, sk, n, got)
		return
	}
	o.t.Errorf("%v message %d, flags %v, stays closed", h.Exchange, h.MessageID, h.Flags)
}

func (o *opening) keep(h decode.Header, sk SK, generation int, got Opened) {
	key := messageKey{h.Initiator, h.MessageID, h.Flags, h.Exchange}
	m := o.whole[key]
	if m == nil {
		m = &openedMessage{Header: h, generation: generation, parts: make([][]byte, max(1, sk.Fragments))}
		o.whole[key] = m
		o.order = append(o.order, m)
	}
	at := 0
	if sk.Fragments > 0 {
		at = int(sk.Fragment) - 1
		o.fragments++
	}
	m.parts[at] = got.Payloads
	if at == 0 {
		m.first = sk
	}
	for _, p := range m.parts {
		if p == nil {
			return
		}
	}
	payloads, rest, err := ikev2.Grammar.ParsePayloads(m.first.First, bytes.Join(m.parts, nil))
	if err != nil || len(rest) > 0 {
		o.t.Errorf("%v message %d: %d bytes left, %v", h.Exchange, h.MessageID, len(rest), err)
	}
	m.payloads = payloads
}

// proofs checks the AUTH payloads of the first IKE SA.
func (o *opening) proofs() {
	var init, nonces [2][]byte // request, response
	for _, m := range o.messages {
		if n, ok := nonceOf(m); ok {
			side := int(m[19] >> 5 & 1)
			init[side], nonces[side] = m, n
		}
	}
	var ids, certs, intAuth [2][]byte
	var octets []byte
	for _, m := range o.order {
		side := 0
		if m.Flags&ikev2.FlagResponse != 0 {
			side = 1
		}
		g := o.generations[m.generation]
		skp := [2][]byte{g.PI, g.PR}[side]
		if m.Exchange == ikev2.ExchangeIntermediate {
			intAuth[side] = o.intermediate(m, skp, intAuth[side])
			continue
		}
		if m.Exchange != ikev2.ExchangeAuth {
			continue
		}
		if octets == nil && intAuth[0] != nil {
			octets = IntAuthOctets(intAuth[0], intAuth[1], m.MessageID)
		}
		if p, ok := decode.Find(m.payloads, []decode.PayloadType{ikev2.PayloadIDi, ikev2.PayloadIDr}[side]); ok {
			ids[side] = p.Data()
		}
		if p, ok := decode.Find(m.payloads, ikev2.PayloadCert); ok {
			certs[side] = p.Data()
		}
		if p, ok := decode.Find(m.payloads, ikev2.PayloadAuth); ok {
			o.proof(p.Data(), certs[side], SignedOctets(o.prf, skp, init[side], nonces[1-side], ids[side], octets))
		}
	}
}

// intermediate is the IntAuth of a message, whose A | P the log has, too.
func (o *opening) intermediate(m *openedMessage, skp, previous []byte) []byte {
	p := bytes.Join(m.parts, nil)
	a := IntAuthA(m.first, len(p))
	found := false
	for _, ap := range o.ap {
		found = found || bytes.Equal(ap, append(bytes.Clone(a), p...))
	}
	if !found {
		o.t.Errorf("the log has no such A | P: %x", a)
	}
	return IntAuth(o.prf, skp, previous, a, p)
}

// proof checks one AUTH payload: by each secret of the log, or by the certificate.
func (o *opening) proof(auth, cert, octets []byte) {
	method, data := auth[0], auth[4:]
	if method != 2 {
		c, err := x509.ParseCertificate(cert[1:])
		if err != nil {
			o.t.Fatal(err)
		}
		key, err := ParsePublicKey(c.RawSubjectPublicKeyInfo)
		if err != nil {
			o.t.Fatal(err)
		}
		s, err := VerifySignature(method, key, octets, data)
		if err != nil {
			o.t.Errorf("%v: %v", s, err)
		}
		octets[0] ^= 1
		if _, err := VerifySignature(method, key, octets, data); !errors.Is(err, ErrSignature) {
			o.t.Errorf("%v over other octets: %v", s, err)
		}
		o.signatures = append(o.signatures, s.String())
		o.proved++
		return
	}
	if slices.ContainsFunc(o.secrets, func(secret []byte) bool {
		return bytes.Equal(SharedKeyAuth(o.prf, secret, octets), data)
	}) {
		o.proved++
	}
}
