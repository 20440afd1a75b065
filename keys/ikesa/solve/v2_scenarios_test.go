package solve

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

func gcmPeer(t testing.TB) *peer2 { return newPeer2(t, alg.CipherByIKEv2(20), 256, nil, aPRF(t)) }

// successor is a peer of another IKE SA between the same hosts, whose messages go to the same capture.
func (p *peer2) successor() *peer2 {
	q := *p
	q.i, q.r = decode.SPI{9, 9, 9}, decode.SPI{7, 7, 7}
	q.ni, q.nr = bytes.Repeat([]byte{0x51}, 32), bytes.Repeat([]byte{0x52}, 32)
	return &q
}

// solveAll solves every SA of the capture.
func (p *peer2) solveAll(bag *secret.Bag, drop int) []*ikesa.SA {
	tr := exchange.NewTracker(exchange.Options{})
	for i := drop; i < len(p.out); i++ {
		p.must(nil, tr.Add(&p.out[i]))
	}
	sv := New(bag, Options{})
	var out []*ikesa.SA
	for _, c := range tr.Conversations() {
		out = append(out, sv.Solve(c))
	}
	return out
}

func wantAuth(t *testing.T, sa *ikesa.SA, ok bool) {
	t.Helper()
	if len(sa.Auth) != 2 {
		t.Fatalf("%d AUTH payloads", len(sa.Auth))
	}
	for _, a := range sa.Auth {
		if !a.Done || a.OK != ok {
			t.Errorf("frame %d: %+v", a.Frame, a)
		}
	}
}

// AUTH tells the right PSK from a wrong one, which opens everything all the same.
func TestAuthOfPSK(t *testing.T) {
	for _, c := range []struct {
		cipher uint16
		prf    uint16
	}{{20, 2}, {12, 4}, {12, 5}, {20, 8}, {12, 7}} {
		prf, _ := alg.PRFByIKEv2(c.prf)
		p := newPeer2(t, alg.CipherByIKEv2(c.cipher), 128, aMAC(), prf)
		p.saInit()
		p.ikeAuth(1, nil)
		wrong := secretOf(secret.PSK, []byte("another"))
		sa := p.solve(bagOf(secretOf(secret.DHSecret, p.gxy), wrong, secretOf(secret.PSK, p.psk)))
		wantAuth(t, sa, true)
		if last := sa.Proofs[len(sa.Proofs)-1]; last.By != ikesa.ByAuth || !bytes.Equal(sa.Keys.PSK, p.psk) || len(sa.Gaps) > 0 {
			t.Errorf("%s: proofs %v, gaps %v", prf.Name, sa.Proofs, sa.Gaps)
		}
		sa = p.solve(bagOf(secretOf(secret.DHSecret, p.gxy), wrong))
		wantOpen2(t, sa)
		wantAuth(t, sa, false)
		if len(sa.Gaps) != 1 || sa.Gaps[0].Code != ikesa.GapWrongPSK {
			t.Errorf("%s: gaps %v", prf.Name, sa.Gaps)
		}
		sa = p.solve(bagOf(secretOf(secret.DHSecret, p.gxy)))
		if sa.Auth[0].Done || len(sa.Gaps) > 0 {
			t.Errorf("%s: without a PSK: %+v, gaps %v", prf.Name, sa.Auth[0], sa.Gaps)
		}
	}
}

// A PPK of IKE_AUTH changes what AUTH is made from and SK_d, not the keys of the messages (RFC 8784).
func TestPPK2(t *testing.T) {
	p := gcmPeer(t)
	ppk := []byte("a post-quantum preshared key")
	p.saInit()
	p.keys = p.rfc().withPPK(p.keys, ppk)
	p.ikeAuth(1, nil)
	sa := p.solve(bagOf(secretOf(secret.DHSecret, p.gxy), secretOf(secret.PPK, ppk), secretOf(secret.PSK, p.psk)))
	wantOpen2(t, sa)
	wantAuth(t, sa, true)
	found := false
	for _, from := range sa.Children[0].SAs[0].From {
		found = found || bytes.Equal(from.D, p.keys.D)
	}
	if !found {
		t.Error("no candidate for the child has the PPK's SK_d")
	}
	sa.Children[0].SAs[0].Candidates, sa.Children[0].SAs[0].From = sa.Children[0].SAs[0].Candidates[1:], sa.Children[0].SAs[0].From[1:]
	wantFormulas(t, sa, ikesa.FormulaSKEYSEED, ikesa.FormulaMixPPK, ikesa.FormulaChildKeys)
}

// Key generations of IKE_INTERMEDIATE open from private values alone, AUTH covers the exchanges (RFC 9242, RFC 9370), and a PPK
// may make one more (RFC 9867).
func TestIntermediate(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	g := alg.GroupByID(19)
	xi, xr := privateOf(g, 21), privateOf(g, 22)
	ppk := []byte("a post-quantum preshared key")
	var last [2][]byte
	exchangeOnce := func(mid uint32, one, two part) {
		for side, x := range []part{one, two} {
			p.sendSK(side == 0, ikev2.ExchangeIntermediate, mid, side == 1, x)
			skp := p.keys.PI
			if side == 1 {
				skp = p.keys.PR
			}
			last[side] = p.rfc().intAuth(skp, last[side], p.out[len(p.out)-1].Payload, chain([]part{x}))
		}
	}
	exchangeOnce(1, p.ke(19, p.must(g.Public(xi))), p.ke(19, p.must(g.Public(xr))))
	p.next(p.rfc().sum(p.keys.D, p.must(g.Shared(xi, p.must(g.Public(xr)))), p.ni, p.nr))
	exchangeOnce(2, notify2(16435), notify2(16435))
	p.next(p.rfc().plus(ppk, len(p.keys.D), p.keys.D))
	p.ikeAuth(3, slices.Concat(last[0], last[1], []byte{0, 0, 0, 3}))
	all := bagOf(secretOf(secret.DHPrivate, p.xi), secretOf(secret.DHPrivate, xr), secretOf(secret.PPK, ppk), secretOf(secret.PSK, p.psk))
	sa := p.solve(all)
	wantOpen2(t, sa)
	wantAuth(t, sa, true)
	if len(sa.Generations) != 3 || len(sa.Gaps) > 0 {
		t.Errorf("%d generations, gaps %v", len(sa.Generations), sa.Gaps)
	}
	wantFormulas(t, sa, ikesa.FormulaSKEYSEED, ikesa.FormulaIntermediate, ikesa.FormulaPPKSeed)
	// With one of the messages lost AUTH can't be checked, and the keys are found all the same.
	sa = p.solve(all, 6)
	wantOpen2(t, sa)
	if len(sa.Auth) != 2 || sa.Auth[0].Done {
		t.Errorf("AUTH: %+v", sa.Auth)
	}
	// Without the second secret what it protects stays closed, and that is told.
	sa = p.solve(bagOf(secretOf(secret.DHSecret, p.gxy)))
	if len(sa.Gaps) == 0 || sa.Messages[len(sa.Messages)-1].State != ikesa.Closed {
		t.Errorf("gaps %v", sa.Gaps)
	}
}

// An SA that resumes another opens from that one's SK_d, found in the capture or given (RFC 5723).
func TestResumption(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	q := p.successor()
	x := ikev2.ExchangeSessionResume
	q.askI = q.send(true, x, 0, false, part{ikev2.PayloadNonce, q.ni}, notify2(16413, 1, 2, 3))
	q.askR = q.send(false, x, 0, true, part{ikev2.PayloadNonce, q.nr})
	q.next(p.rfc().sum(p.keys.D, []byte("Resumption"), q.ni, q.nr))
	q.resumedAuth()
	old := secretOf(secret.SKd, p.keys.D)
	old.Where = secret.Where{Initiator: p.i, Responder: p.r}
	for _, c := range []struct {
		name string
		bag  *secret.Bag
		drop int
	}{{"found", bagOf(secretOf(secret.DHSecret, p.gxy)), 0}, {"given", bagOf(old), 4}} {
		t.Run(c.name, func(t *testing.T) {
			sas := q.solveAll(c.bag, c.drop)
			sa := sas[len(sas)-1]
			wantOpen2(t, sa)
			wantAuth(t, sa, true)
			if len(sa.Children) != 1 || len(sa.Children[0].SAs) != 2 || len(sa.Gaps) > 0 {
				t.Errorf("children %v, gaps %v", sa.Children, sa.Gaps)
			}
			wantFormulas(t, sa, ikesa.FormulaResumption, ikesa.FormulaIKEv2Keys)
		})
	}
}

// resumedAuth is IKE_AUTH after IKE_SESSION_RESUME.
func (p *peer2) resumedAuth() {
	id := idPayload("initiator.example.org")
	auth := func(skp, message []byte) part {
		return part{ikev2.PayloadAuth, append([]byte{2, 0, 0, 0}, p.rfc().sum(skp, message)...)}
	}
	sa := func(spi byte) part { return p.proposal2(ike.ESP, []byte{0, 0, 48, spi}, 0, false) }
	p.sendSK(true, ikev2.ExchangeAuth, 1, false, part{ikev2.PayloadIDi, id}, auth(p.keys.PI, p.askI), sa(1))
	p.sendSK(false, ikev2.ExchangeAuth, 1, true, part{ikev2.PayloadIDr, id}, auth(p.keys.PR, p.askR), sa(2))
}

// An IKE SA that rekeys another opens from private values, with additional key exchanges from the secrets in their order, and
// with a PPK in the old one's SK_d.
func TestRekeyedSA2(t *testing.T) {
	for _, more := range []bool{false, true} {
		p := gcmPeer(t)
		ppk := []byte("a post-quantum preshared key")
		p.saInit()
		p.keys = p.rfc().withPPK(p.keys, ppk)
		p.ikeAuth(1, nil)
		q := p.successor()
		sai, sar := p.rekeyProposal(q.i, more), p.rekeyProposal(q.r, more)
		p.sendSK(true, ikev2.ExchangeCreateChild, 2, false, sai, part{ikev2.PayloadNonce, q.ni}, p.ke(31, p.must(p.group.Public(privateOf(p.group, 31)))))
		p.sendSK(false, ikev2.ExchangeCreateChild, 2, true, sar, part{ikev2.PayloadNonce, q.nr}, p.ke(31, p.must(p.group.Public(privateOf(p.group, 32)))))
		shared := p.must(p.group.Shared(privateOf(p.group, 31), p.must(p.group.Public(privateOf(p.group, 32)))))
		extra := [][]byte{}
		bag := bagOf(secretOf(secret.DHSecret, p.gxy), secretOf(secret.DHPrivate, privateOf(p.group, 32)), secretOf(secret.PPK, ppk))
		if more {
			extra = [][]byte{[]byte("the shared secret of a KEM")}
			bag.Add(secretOf(secret.ChildDHSecret, shared), secretOf(secret.ChildDHSecret, extra[0]))
		}
		q.out, q.sent = p.out, p.sent
		oldSA := secret.Where{Initiator: p.i, Responder: p.r} // as some logs have it
		q.next(p.rfc().sum(p.keys.D, append([][]byte{shared, q.ni, q.nr}, extra...)...))
		q.createChild(0, true, nil)
		given := q.sk()
		for i := range given {
			given[i].Where = oldSA
		}
		for _, sa := range q.solveAll(bagOf(append(given, secretOf(secret.DHSecret, p.gxy))...), 0) {
			wantOpen2(t, sa)
		}
		sas := q.solveAll(bag, 0)
		if len(sas) != 2 {
			t.Fatalf("%d SAs", len(sas))
		}
		for _, sa := range sas {
			wantOpen2(t, sa)
		}
		if len(sas[1].Children) != 1 || len(sas[1].Children[0].SAs[0].Candidates) == 0 {
			t.Errorf("children %v", sas[1].Children)
		}
		wantFormulas(t, sas[1], ikesa.FormulaRekey, ikesa.FormulaIKEv2Keys, ikesa.FormulaChildKeys)
	}
}

// rekeyProposal offers a new IKE SA, with or without an additional key exchange.
func (p *peer2) rekeyProposal(spi decode.SPI, more bool) part {
	x := p.proposal2(ike.IKE, spi[:], p.group.ID, true)
	ps, _, err := ikev2.Grammar.ParsePayloads(x.t, chain([]part{x}))
	p.must(nil, err)
	sa := ps[0].Body.(*ikev2.SA)
	if more {
		ts := &sa.Proposals[0].Transforms
		*ts = append(*ts, ikev2.Transform{Type: ikev2.TransformADDKE1, ID: 36})
	}
	return part{x.t, sa.Append(nil)}
}

// signer is the key that the peers sign with, of RFC 8032's test 1.
var signer = ed25519.NewKeyFromSeed([]byte("\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60"))

// signed is the AUTH data of a digital signature (RFC 7427) with Ed25519.
func signed(octets []byte) []byte {
	return append([]byte{7, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70}, ed25519.Sign(signer, octets)...)
}

// rawKey is a CERT payload with the signer's raw public key (RFC 7670).
func rawKey() part {
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		panic(err)
	}
	return part{ikev2.PayloadCert, append([]byte{15}, spki...)}
}

// Signatures and NULL authentication fit, and one that was made for other octets does not.
func TestAuthOfOtherMethods(t *testing.T) {
	for _, method := range []ikev2.AuthMethod{ikev2.AuthNull, ikev2.AuthDigitalSignature} {
		p := gcmPeer(t)
		p.method = method
		p.saInit()
		p.ikeAuth(1, nil)
		wantAuth(t, p.solve(bagOf(secretOf(secret.DHSecret, p.gxy))), true)
		p = gcmPeer(t)
		p.method = method
		p.saInit()
		p.ikeAuth(1, []byte("other octets"))
		sa := p.solve(bagOf(secretOf(secret.DHSecret, p.gxy)))
		wantAuth(t, sa, false)
		if len(sa.Gaps) > 0 {
			t.Errorf("%v: gaps %v", method, sa.Gaps)
		}
	}
}
