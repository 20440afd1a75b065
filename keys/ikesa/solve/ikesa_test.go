package solve

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

const (
	rsaSig    = 3
	rsaEnc    = 4
	rsaRevEnc = 5
)

// Every cipher and hash of phase 1 opens, from the PSK and one side's private value, with the policy in the capture and
// with the first two messages lost, when it is found by trial.
func TestEveryPolicy(t *testing.T) {
	g := alg.GroupByID(1)
	for _, c := range alg.Ciphers() {
		if c.Phase1 == 0 || c.NewBlock == nil {
			continue
		}
		for _, bits := range candidate.KeyBits(c) {
			for _, h := range alg.Hashes() {
				t.Run(fmt.Sprintf("%s-%d/%s", c.Name, bits, h.Name), func(t *testing.T) {
					p := newPeer(t, h, c, bits, g, 1)
					p.phase1()
					p.quickMode(0x1234, true, nil)
					bag := bagOf(secret.Secret{Kind: secret.PSK, Value: p.psk}, secret.Secret{Kind: secret.DHPrivate, Value: p.xr})
					wantOpen(t, p.solve(bag))
					sa := p.solve(bag, 1, 2)
					for _, m := range sa.Messages {
						if m.State == ikesa.Closed || m.State == ikesa.Partly {
							t.Errorf("starts at message 3: frame %d is %v: %v", m.Frame, m.State, m.Why)
						}
					}
					if sa.Policy.Cipher != c || sa.Policy.Hash != h || sa.Policy.KeyLen != bits/8 {
						t.Errorf("found %v with %d bytes and %v", sa.Policy.Cipher, sa.Policy.KeyLen, sa.Policy.Hash)
					}
				})
			}
		}
	}
}

// Every group opens by either side's private value, in phase 1 and for PFS.
func TestEveryGroup(t *testing.T) {
	for _, k := range alg.KeyExchanges() {
		g := alg.GroupByID(k.ID)
		if g == nil || testing.Short() && g.PublicLen > 512 {
			continue // a KEM, which IKEv1 does not have, or slow
		}
		t.Run(k.Name, func(t *testing.T) {
			p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, g, 1)
			p.phase1()
			gxy := p.quickMode(0x55, false, g)
			bag := bagOf(secret.Secret{Kind: secret.PSK, Value: p.psk}, secret.Secret{Kind: secret.DHPrivate, Value: p.xi},
				secret.Secret{Kind: secret.DHPrivate, Value: privateOf(g, 9)})
			sa := p.solve(bag)
			wantOpen(t, sa)
			if len(sa.Children) != 1 || !bytes.Equal(sa.Children[0].GXY, gxy) {
				t.Fatal("g(qm)^xy of the Quick Mode was not found")
			}
			c := sa.Children[0]
			if c.FromInitiator || c.PFS.Group != g.ID || len(c.SAs) != 2 || len(c.SAs[0].Candidates) != 1 {
				t.Errorf("child: from the initiator %v, group %d, %d SAs", c.FromInitiator, c.PFS.Group, len(c.SAs))
			}
		})
	}
}

// All ways to authenticate, Main and Aggressive Mode.
func TestAuthentication(t *testing.T) {
	cases := []struct {
		name       string
		auth       uint16
		aggressive bool
		clearAM3   bool
		bag        func(p *peer) *secret.Bag
	}{
		{"signatures", rsaSig, false, false, func(p *peer) *secret.Bag { return bagOf(dhSecret(p)) }},
		{"hybrid", 64221, true, false, func(p *peer) *secret.Bag { return bagOf(dhSecret(p)) }},
		{"XAUTH with PSK", 65001, true, false, func(p *peer) *secret.Bag { return bagOf(dhSecret(p), psk(p)) }},
		{"Aggressive Mode", 1, true, false, func(p *peer) *secret.Bag { return bagOf(dhSecret(p), psk(p)) }},
		{"Aggressive Mode, third message in the clear", 1, true, true, func(p *peer) *secret.Bag { return bagOf(dhSecret(p), psk(p)) }},
		{"public key encryption, SKEYID", rsaEnc, false, false, func(p *peer) *secret.Bag {
			return bagOf(dhSecret(p), secret.Secret{Kind: secret.SKEYID, Value: p.skeyid.Key})
		}},
		{"revised public key encryption, nonces", rsaRevEnc, false, false, func(p *peer) *secret.Bag {
			return bagOf(dhSecret(p), secret.Secret{Kind: secret.NonceI, Value: p.ni}, secret.Secret{Kind: secret.NonceR, Value: p.nr})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPeer(t, alg.HashByID(4), alg.CipherByPhase1(7), 256, alg.GroupByID(2), c.auth)
			p.aggressive, p.clearAM3 = c.aggressive, c.clearAM3
			p.phase1()
			p.quickMode(0x77, true, nil)
			sa := p.solve(c.bag(p))
			wantOpen(t, sa)
			if !bytes.Equal(sa.Keys.D, p.keys.D) {
				t.Error("SKEYID_d was not derived")
			}
			if sa.IDi == nil || string(sa.IDi.Data) != "initiator.example.org" {
				t.Errorf("initiator's identity: %v", sa.IDi)
			}
		})
	}
}

func dhSecret(p *peer) secret.Secret { return secret.Secret{Kind: secret.DHSecret, Value: p.gxy} }
func psk(p *peer) secret.Secret      { return secret.Secret{Kind: secret.PSK, Value: p.psk} }

// A shared secret whose source left out the leading zeros is as good as a whole one.
func TestLeadingZeros(t *testing.T) {
	p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
	p.gxy[0] = 0
	p.phase1()
	wantOpen(t, p.solve(bagOf(psk(p), secret.Secret{Kind: secret.DHSecret, Value: p.gxy[1:]})))
}

// Up to four are restored: a secret that lacks more is of another group.
func TestLeadingZerosBound(t *testing.T) {
	for _, lacks := range []int{4, 5} {
		p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
		clear(p.gxy[:lacks])
		p.phase1()
		sa := p.solve(bagOf(psk(p), secret.Secret{Kind: secret.DHSecret, Value: p.gxy[lacks:]}))
		if taken := len(sa.Proofs) > 0; taken != (lacks == 4) {
			t.Errorf("%d zeros are missing: taken %v", lacks, taken)
		}
	}
}

// A proved Aggressive Mode needs no encrypted message: HASH_R goes in the clear.
func TestProofInTheClear(t *testing.T) {
	p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
	p.aggressive = true
	p.phase1()
	sa := p.solve(bagOf(dhSecret(p), psk(p)), 3)
	if sa.Messages[1].Hash != (ikesa.HashCheck{Name: ikesa.HashR, Done: true, OK: true}) {
		t.Errorf("HASH_R: %+v", sa.Messages[1].Hash)
	}
	wrong := secret.Secret{Kind: secret.PSK, Value: []byte("other")}
	if sa = p.solve(bagOf(dhSecret(p), wrong), 3); len(sa.Proofs) > 0 {
		t.Errorf("a wrong PSK is proved: %v", sa.Proofs)
	}
}

// The exchanges that follow phase 1 open on their own: Informational, Transaction, New Group, in any order.
func TestPhase2Exchanges(t *testing.T) {
	for _, size := range []uint16{1, 7} { // blocks of 8 and of 16 bytes
		p := newPeer(t, alg.HashByID(1), alg.CipherByPhase1(size), alg.CipherByPhase1(size).KeyBits[0], alg.GroupByID(1), 1)
		p.phase1()
		exchanges := map[decode.ExchangeType]part{
			ikev1.ExchangeInformational: {ikev1.PayloadDelete, []byte{0, 0, 0, 1, 3, 4, 0, 1, 0, 0, 16, 1}},
			ikev1.ExchangeTransaction:   {ikev1.PayloadAttributes, append([]byte{1, 0, 0, 9}, basic(16520, 0)...)},
			ikev1.ExchangeNewGroup:      {ikev1.PayloadSA, proposal(1, 1, nil, basic(5, 1))},
		}
		mid := uint32(100)
		for x, body := range exchanges {
			mid++
			iv := p.phase2IV(mid)
			p.sendSecret(mid%2 == 0, x, mid, &iv, p.hashed(mid, body)...)
		}
		bag := bagOf(dhSecret(p), psk(p))
		wantOpen(t, p.solve(bag))
		// Message 6 lost: their IVs are gone, the HASH gives the first block back.
		sa := p.solve(bag, 6)
		wantOpen(t, sa)
		for _, m := range sa.Messages {
			if want, ok := exchanges[m.Message.Exchange]; ok && m.Payloads[1].Type != want.t {
				t.Errorf("frame %d: %v was rebuilt as %v", m.Frame, want.t, m.Payloads[1].Type)
			}
		}
		for _, m := range sa.Messages {
			if m.MessageID != 0 && m.IV != (ikesa.IVOrigin{Kind: ikesa.IVRebuilt, Hash: ikesa.Hash1}) {
				t.Errorf("frame %d: IV %+v", m.Frame, m.IV)
			}
		}
	}
}

// With message 5 lost, the name in message 6 comes back where blocks are small, or where the same name was read before.
func TestRebuiltIdentity(t *testing.T) {
	for _, c := range []struct {
		cipher uint16
		known  bool
		state  ikesa.State
	}{{5, false, ikesa.Opened}, {7, false, ikesa.Partly}, {7, true, ikesa.Opened}} {
		p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(c.cipher), alg.CipherByPhase1(c.cipher).KeyBits[0], alg.GroupByID(1), 1)
		p.phase1()
		p.quickMode(9, true, nil)
		sv := New(bagOf(dhSecret(p), psk(p)), Options{})
		if c.known {
			p.solveWith(sv)
		}
		sa := p.solveWith(sv, 5)
		m := sa.Messages[4]
		if m.State != c.state {
			t.Errorf("cipher %d, name known %v: message 6 is %v (%+v)", c.cipher, c.known, m.State, m.IV)
		}
		if c.state == ikesa.Opened && string(sa.IDr.Data) != "responder.example.org" {
			t.Errorf("identity %q", sa.IDr.Data)
		}
	}
}

// Keys that fit nothing are never taken, whatever was given.
func TestWrongKeysAreRefused(t *testing.T) {
	p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
	p.phase1()
	p.quickMode(5, true, nil)
	for i := range 2000 {
		ka := keys.CipherKey(alg.HMAC(p.hash), []byte{byte(i), byte(i >> 8)}, 16)
		sa := p.solve(bagOf(secret.Secret{Kind: secret.EncKey, Value: ka}))
		if len(sa.Proofs) > 0 {
			t.Fatalf("a wrong key is taken: %v", sa.Proofs)
		}
	}
}

// The evidence of payload chains alone must be 40 bits, or the right key is refused, too: a payload that fills its block has but its
// header for it, one that leaves room has the padding as well.
func TestLittleEvidence(t *testing.T) {
	for size, want := range map[int]bool{8: true, 12: false} {
		p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
		p.phase1()
		p.out = p.out[:4]
		iv := keys.FirstIV(p.hash, p.gxi, p.gxr, 16)
		p.sendSecret(true, ikev1.ExchangeMain, 0, &iv, part{ikev1.PayloadVendorID, make([]byte, size)})
		sa := p.solve(bagOf(secret.Secret{Kind: secret.EncKey, Value: p.ka}))
		if taken := len(sa.Proofs) > 0; taken != want {
			t.Errorf("%d bytes: taken %v", size, taken)
		}
	}
}

// A group that New Group Mode defines serves the Quick Mode after it.
func TestNewGroup(t *testing.T) {
	p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(1), 1)
	p.phase1()
	prime := p.must(hex.DecodeString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
		"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF"))
	g := *alg.ModPGroup(prime, []byte{2})
	g.ID = 0x8001
	variable := func(t uint16, v []byte) []byte {
		b := binary.BigEndian.AppendUint16(nil, t)
		return append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
	}
	iv := p.phase2IV(50)
	def := proposal(1, 1, nil, basic(ikev1.Phase1Group, g.ID), basic(5, 1), variable(ikev1.Phase1GroupPrime, prime), variable(ikev1.Phase1GroupGenOne, []byte{2}))
	p.sendSecret(true, ikev1.ExchangeNewGroup, 50, &iv, p.hashed(50, part{ikev1.PayloadSA, def})...)
	gxy := p.quickMode(51, true, &g)
	sa := p.solve(bagOf(dhSecret(p), psk(p), secret.Secret{Kind: secret.DHPrivate, Value: privateOf(&g, 7)}))
	wantOpen(t, sa)
	if len(sa.Children) != 1 || !bytes.Equal(sa.Children[0].GXY, gxy) || sa.Children[0].PFS.Group != g.ID {
		t.Errorf("children: %+v", sa.Children)
	}
}

// Without the messages that agree upon keys no DH secret and no PSK makes them, and none is asked for.
func TestNeedsWithoutPhase1(t *testing.T) {
	p := newPeer(t, alg.HashByID(2), alg.CipherByPhase1(7), 128, alg.GroupByID(2), 1)
	p.phase1()
	p.quickMode(0x10, true, nil)
	for _, bag := range []*secret.Bag{bagOf(), bagOf(psk(p)), bagOf(dhSecret(p)), bagOf(secretOf(secret.SKEYIDe, bytes.Repeat([]byte{1}, 20)))} {
		for _, drop := range [][]int{{3}, {4}, {3, 4}, {1, 2, 3, 4}} {
			for _, g := range p.solve(bag, drop...).Gaps {
				if g.MessageID == 0 && (g.Needs.Has(secret.DHSecret) || g.Needs.Has(secret.DHPrivate) || g.Needs.Has(secret.PSK)) {
					t.Errorf("without %v: %+v", drop, g)
				}
			}
		}
	}
	if sa := p.solve(bagOf()); !slices.ContainsFunc(sa.Gaps, func(g ikesa.Gap) bool { return g.Needs.Has(secret.DHSecret) }) {
		t.Errorf("with all messages: %+v", sa.Gaps)
	}
}
