package solve

import (
	"testing"

	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// An IKE SA is up when the responder's last AUTH was seen, or anything that needs the SA, and nobody said AUTHENTICATION_FAILED.
func TestCameUp(t *testing.T) {
	const failed, another = 24, 16405
	auth := part{ikev2.PayloadAuth, append([]byte{2, 0, 0, 0}, make([]byte, 32)...)}
	x, info := ikev2.ExchangeAuth, ikev2.ExchangeInformational
	cases := []struct {
		name string
		play func(p *peer2)
		drop []int
		up   bool
	}{
		{"IKE_SA_INIT alone", func(*peer2) {}, nil, false},
		{"complete", func(p *peer2) { p.ikeAuth(1, nil) }, nil, true},
		{"answer lost", func(p *peer2) { p.ikeAuth(1, nil) }, []int{4}, false},
		{"answer lost, INFORMATIONAL after it", func(p *peer2) { p.ikeAuth(1, nil); p.sendSK(true, info, 2, false) }, []int{4}, true},
		{"IKE_AUTH lost, CREATE_CHILD_SA after it", func(p *peer2) { p.ikeAuth(1, nil); p.createChild(2, true, nil) }, []int{3, 4}, true},
		{"refused", func(p *peer2) {
			p.sendSK(true, x, 1, false, auth)
			p.sendSK(false, x, 1, true, notify2(failed))
		}, nil, false},
		{"refused by the initiator", func(p *peer2) {
			p.ikeAuth(1, nil)
			p.sendSK(true, info, 2, false, notify2(failed))
			p.sendSK(false, info, 2, true)
		}, nil, false},
		{"an error in the clear", func(p *peer2) { p.send(false, info, 0, false, notify2(4)) }, nil, false},
		{"EAP begins", func(p *peer2) { p.eapAuth(nil, false) }, []int{5, 6, 7, 8}, false},
		{"EAP ends", func(p *peer2) { p.eapAuth(nil, false) }, nil, true},
		{"EAP alone", func(p *peer2) { p.eapAuth(nil, true) }, nil, true},
		{"another authentication follows", func(p *peer2) {
			p.sendSK(true, x, 1, false, auth, notify2(another))
			p.sendSK(false, x, 1, true, auth)
		}, nil, false},
		{"and has come", func(p *peer2) {
			p.sendSK(true, x, 1, false, auth, notify2(another))
			p.sendSK(false, x, 1, true, auth)
			p.sendSK(true, x, 2, false, auth)
			p.sendSK(false, x, 2, true, auth)
		}, nil, true},
	}
	for _, c := range cases {
		p := gcmPeer(t)
		p.saInit()
		c.play(p)
		sa := p.solve(bagOf(secretOf(secret.DHSecret, p.gxy)), c.drop...)
		if sa.Established != c.up {
			t.Errorf("%s: established %v", c.name, sa.Established)
		}
	}
}
