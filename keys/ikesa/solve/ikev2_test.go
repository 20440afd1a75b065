package solve

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/ikesa/internal/candidate"
	"github.com/ikedecode/ikedecode/keys/secret"
)

func secretOf(k secret.Kind, v []byte) secret.Secret { return secret.Secret{Kind: k, Value: v} }

func wantOpen2(t *testing.T, sa *ikesa.SA) {
	t.Helper()
	for _, m := range sa.Messages {
		if m.State == ikesa.Closed || m.PayErr != nil {
			t.Errorf("frame %d is %v: %v %v", m.Frame, m.State, m.Why, m.PayErr)
		}
	}
	wantSteps(t, sa)
}

// protectsIKE reports whether a cipher can protect IKE messages.
func protectsIKE(c *alg.Cipher) bool {
	return c.IKEv2 != 0 && (!c.AEAD || c.IVLen > 0) && c.Name != "NULL-AES-GMAC"
}

func aMAC() *alg.MAC { return alg.MACByIKEv2(12) }

func aPRF(t testing.TB) alg.PRF {
	prf, ok := alg.PRFByIKEv2(5)
	if !ok {
		t.Fatal("no PRF")
	}
	return prf
}

// Every cipher, integrity algorithm and PRF opens: from a private value with the policy in the capture, and from SK_* alone in a
// capture that begins after IKE_SA_INIT, where the policy is found by trial.
func TestEveryPolicy2(t *testing.T) {
	run := func(c *alg.Cipher, bits int, m *alg.MAC, prf alg.PRF) {
		name := fmt.Sprintf("%s-%d/%s", c.Name, bits, prf.Name)
		if m != nil {
			name += "/" + m.Name
		}
		t.Run(name, func(t *testing.T) {
			p := newPeer2(t, c, bits, m, prf)
			p.saInit()
			p.ikeAuth(1, nil)
			p.createChild(2, true, nil)
			p.createChild(0, false, alg.GroupByID(31))
			sa := p.solve(bagOf(secretOf(secret.DHPrivate, p.xr), secretOf(secret.DHPrivate, privateOf(p.group, 9))))
			wantOpen2(t, sa)
			if len(sa.Children) != 3 || len(sa.Gaps) > 0 {
				t.Errorf("%d children, gaps %v", len(sa.Children), sa.Gaps)
			}
			for _, child := range sa.Children {
				for _, d := range child.SAs {
					if d.Unsupported == "" && len(d.Candidates) == 0 {
						t.Errorf("SA %#x has no keys", d.SPI)
					}
				}
			}
			sa = p.solve(bagOf(p.sk()...), 1, 2)
			wantOpen2(t, sa)
			if sa.Policy.Cipher != c || sa.Policy.KeyLen != bits/8+c.SaltLen || m != nil && sa.Policy.Integ != m {
				t.Errorf("found %v with %d bytes and %v", sa.Policy.Cipher.Name, sa.Policy.KeyLen, sa.Policy.Integ)
			}
		})
	}
	for _, c := range alg.Ciphers() {
		if !protectsIKE(c) {
			continue
		}
		m := aMAC()
		if c.AEAD {
			m = nil
		}
		for _, bits := range candidate.KeyBits(c) {
			run(c, bits, m, aPRF(t))
		}
	}
	for _, m := range alg.MACs() {
		if m.IKEv2 != 0 && m.ICVLen > 0 && m.IVLen == 0 {
			run(alg.CipherByIKEv2(12), 128, m, aPRF(t))
		}
	}
	for _, prf := range alg.PRFs() {
		if prf.IKEv2 != 0 {
			run(alg.CipherByIKEv2(20), 256, nil, prf)
		}
	}
}

// The encryption keys alone open what they can: the payloads are the proof.
func TestEncryptionKeysAlone(t *testing.T) {
	p := newPeer2(t, alg.CipherByIKEv2(12), 256, aMAC(), aPRF(t))
	p.saInit()
	p.ikeAuth(1, nil)
	p.sendSK(true, ikev2.ExchangeInformational, 2, false)
	bag := bagOf(secretOf(secret.SKei, p.keys.EI), secretOf(secret.SKer, p.keys.ER))
	sa := p.solve(bag)
	wantOpen2(t, sa)
	if len(sa.Proofs) == 0 || sa.Proofs[0].By != ikesa.ByChain {
		t.Errorf("proofs %v", sa.Proofs)
	}
	wantOpen2(t, p.solve(bag, 1, 2))
	for i := range 500 {
		wrong := append([]byte{byte(i), byte(i >> 8)}, p.keys.EI[2:]...)
		if sa := p.solve(bagOf(secretOf(secret.SKei, wrong), secretOf(secret.SKer, wrong))); len(sa.Proofs) > 0 {
			t.Fatalf("a wrong key is taken: %v", sa.Proofs)
		}
	}
}

// A request that was sent again, for a COOKIE or in the group that INVALID_KE_PAYLOAD asked for, is the one that counts.
func TestRetries2(t *testing.T) {
	const cookie, invalidKE = 16390, 17
	for _, c := range []struct {
		name  string
		drop  []int
		order []int
	}{{"all", nil, nil}, {"the refusal lost", []int{2}, nil}, {"the first request lost", []int{1}, nil}} {
		for _, why := range []ikev2.NotifyType{cookie, invalidKE} {
			t.Run(fmt.Sprintf("%v/%s", why, c.name), func(t *testing.T) {
				p := newPeer2(t, alg.CipherByIKEv2(20), 128, nil, aPRF(t))
				x := ikev2.ExchangeSAInit
				nonce := part{ikev2.PayloadNonce, p.ni}
				sa := p.proposal2(ike.IKE, nil, 14, true)
				if why == cookie {
					sa = p.proposal2(ike.IKE, nil, 31, true)
					p.send(true, x, 0, false, sa, p.ke(31, p.gxi), nonce)
					p.refuse(notify2(why, 1, 2, 3, 4))
					p.askI = p.send(true, x, 0, false, notify2(why, 1, 2, 3, 4), sa, p.ke(31, p.gxi), nonce)
				} else {
					p.useGroup(alg.GroupByID(14))
					p.send(true, x, 0, false, sa, p.ke(14, p.gxi), nonce)
					p.refuse(notify2(why, 0, 31))
					p.useGroup(alg.GroupByID(31))
					p.ni = append([]byte{9}, p.ni...)
					sa = p.proposal2(ike.IKE, nil, 31, true)
					p.askI = p.send(true, x, 0, false, sa, p.ke(31, p.gxi), part{ikev2.PayloadNonce, p.ni})
				}
				p.answerInit(sa)
				p.ikeAuth(1, nil)
				got := p.solve(bagOf(secretOf(secret.DHPrivate, p.xi)), c.drop...)
				wantOpen2(t, got)
				if len(got.Children) != 1 || len(got.Gaps) > 0 {
					t.Errorf("%d children, gaps %v", len(got.Children), got.Gaps)
				}
			})
		}
	}
}

// refuse sends an answer to IKE_SA_INIT that sets up nothing.
func (p *peer2) refuse(parts ...part) {
	r := p.r
	p.r = decode.SPI{}
	p.send(false, ikev2.ExchangeSAInit, 0, true, parts...)
	p.r = r
}

// With MOBIKE (RFC 4555) both sides' addresses may change; who is the initiator stays.
func TestAddressChange(t *testing.T) {
	p := newPeer2(t, alg.CipherByIKEv2(12), 128, aMAC(), aPRF(t))
	p.saInit()
	p.ikeAuth(1, nil)
	const updateAddresses = 16400
	moves := [][2]string{{"198.51.100.7:4500", "192.0.2.2:4500"}, {"198.51.100.7:4500", "203.0.113.9:4500"},
		{"[2001:db8::1]:4500", "[2001:db8::2]:4500"}, {"192.0.2.2:4500", "192.0.2.1:4500"}}
	for i, m := range moves {
		p.init, p.resp = netip.MustParseAddrPort(m[0]), netip.MustParseAddrPort(m[1])
		p.sendSK(true, ikev2.ExchangeInformational, uint32(2+i), false, notify2(updateAddresses))
		p.sendSK(false, ikev2.ExchangeInformational, uint32(2+i), true)
		p.sendSK(false, ikev2.ExchangeInformational, uint32(i), false)
		p.sendSK(true, ikev2.ExchangeInformational, uint32(i), true)
	}
	p.createChild(20, false, nil)
	sa := p.solve(bagOf(secretOf(secret.DHPrivate, p.xi)))
	wantOpen2(t, sa)
	for _, m := range sa.Messages {
		if want := m.Flags&ikev2.FlagInitiator != 0; m.FromInitiator != want {
			t.Errorf("frame %d: from the initiator: %v", m.Frame, m.FromInitiator)
		}
	}
	if len(sa.Children) != 2 || sa.Children[1].FromInitiator {
		t.Errorf("children %v", sa.Children)
	}
	if c := sa.Children[1]; c.Initiator != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("the child's initiator is %v", c.Initiator)
	}
}

// FuzzSolve2 damages one message of a negotiation: nothing may panic.
func FuzzSolve2(f *testing.F) {
	p := newPeer2(f, alg.CipherByIKEv2(12), 128, aMAC(), aPRF(f))
	p.saInit()
	p.ikeAuth(1, nil)
	p.createChild(2, true, alg.GroupByID(31))
	bag := bagOf(append(p.sk(), secretOf(secret.DHSecret, p.gxy), secretOf(secret.PSK, p.psk))...)
	for i := range p.out {
		f.Add(uint8(i), p.out[i].Payload)
	}
	f.Fuzz(func(t *testing.T, at uint8, b []byte) {
		sv := New(bag, Options{})
		for _, c := range damaged(p.out, int(at), b) {
			for _, m := range sv.Solve(c).Messages {
				if len(m.Plain) > len(m.Raw) {
					t.Errorf("frame %d: %d bytes from %d", m.Frame, len(m.Plain), len(m.Raw))
				}
			}
		}
	})
}
