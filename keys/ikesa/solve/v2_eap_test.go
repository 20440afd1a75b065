package solve

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// eapAuth plays IKE_AUTH with EAP (RFC 7296, section 2.16): the initiator leaves AUTH out, the responder shows its own with the
// first answer, or, with EAP alone (RFC 5998), not before the end. Both AUTH payloads at the end are made with msk, nil for a
// method without key.
func (p *peer2) eapAuth(msk []byte, only bool) {
	idi, idr := idPayload("initiator.example.org"), idPayload("responder.example.org")
	auth := func(shared, skp, message, nonce, id []byte) part {
		if shared == nil {
			shared = skp
		}
		o := p.rfc().octets(skp, message, nonce, id, nil)
		return part{ikev2.PayloadAuth, append([]byte{2, 0, 0, 0}, p.rfc().auth(shared, o)...)}
	}
	eap := func(code, id byte) part { return part{ikev2.PayloadEAP, []byte{code, id, 0, 5, 26}} }
	ts := []byte{1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 0, 0, 0, 10, 0, 0, 255}
	sa := func(spi byte) []part {
		return []part{p.proposal2(ike.ESP, []byte{0, 0, 16, spi}, 0, false), {ikev2.PayloadTSi, ts}, {ikev2.PayloadTSr, ts}}
	}
	answer := []part{{ikev2.PayloadIDr, idr}}
	if !only {
		answer = append(answer, auth(p.psk, p.keys.PR, p.askR, p.ni, idr))
	}
	x := ikev2.ExchangeAuth
	p.sendSK(true, x, 1, false, append([]part{{ikev2.PayloadIDi, idi}}, sa(1)...)...)
	p.sendSK(false, x, 1, true, append(answer, eap(1, 1))...)
	p.sendSK(true, x, 2, false, eap(2, 1))
	p.sendSK(false, x, 2, true, part{ikev2.PayloadEAP, []byte{3, 1, 0, 4}})
	p.sendSK(true, x, 3, false, auth(msk, p.keys.PI, p.askI, p.nr, idi))
	p.sendSK(false, x, 3, true, append([]part{auth(msk, p.keys.PR, p.askR, p.ni, idr)}, sa(2)...)...)
}

// AUTH after EAP is checked with the MSK that was given, or with SK_p where the method makes none; with EAP alone, too, and
// whatever the order in the capture. A wrong MSK, or a PSK in its place, does not fit.
func TestAuthAfterEAP(t *testing.T) {
	msk := bytes.Repeat([]byte{0x4d}, 64)
	for _, c := range []struct {
		name        string
		made, given []byte
		ok, done    int // of the AUTH payloads after EAP
	}{
		{"MSK", msk, msk, 2, 2},
		{"no MSK given", msk, nil, 0, 0},
		{"another MSK", msk, bytes.Repeat([]byte{0x4e}, 64), 0, 2},
		{"a method without key", nil, nil, 2, 2},
		{"a method without key, MSK given", nil, msk, 2, 2},
	} {
		for _, only := range []bool{false, true} {
			for _, reversed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/EAP alone %v/reversed %v", c.name, only, reversed), func(t *testing.T) {
					p := gcmPeer(t)
					p.saInit()
					p.eapAuth(c.made, only)
					if reversed {
						slices.Reverse(p.out)
					}
					bag := bagOf(secretOf(secret.DHSecret, p.gxy), secretOf(secret.PSK, p.psk))
					if c.given != nil {
						bag.Add(secretOf(secret.EAPMSK, c.given))
					}
					checkEAP(t, p.solve(bag), c.given, only, c.ok, c.done)
				})
			}
		}
	}
}

func checkEAP(t *testing.T, sa *ikesa.SA, given []byte, only bool, ok, done int) {
	t.Helper()
	wantOpen2(t, sa)
	before := 0
	for _, a := range sa.Auth {
		switch {
		case !a.EAP:
			if before++; !a.OK || a.Initiator {
				t.Errorf("the responder's first AUTH: %+v", a)
			}
			continue
		case a.OK:
			ok--
		}
		if a.Done {
			done--
		}
	}
	if ok != 0 || done != 0 || before == 0 != only {
		t.Errorf("AUTH %+v", sa.Auth)
	}
	proofs := slices.DeleteFunc(slices.Clone(sa.Proofs), func(p ikesa.Proof) bool { return p.Of != secret.EAPMSK || p.By != ikesa.ByAuth })
	proved := given != nil && bytes.Equal(sa.Keys.MSK, given)
	if proved != (len(proofs) == 2) || sa.Keys.MSK != nil && !proved {
		t.Errorf("proofs %v, MSK %x", sa.Proofs, sa.Keys.MSK)
	}
	wrong := slices.ContainsFunc(sa.Auth, func(a ikesa.AuthCheck) bool { return a.Done && !a.OK })
	if wrong != (len(sa.Gaps) == 1 && sa.Gaps[0].Code == ikesa.GapWrongKey && sa.Gaps[0].Cause == ikesa.CauseAuthMSK) || !wrong && len(sa.Gaps) > 0 {
		t.Errorf("gaps %v", sa.Gaps)
	}
}
