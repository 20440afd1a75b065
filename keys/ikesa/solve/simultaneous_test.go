package solve

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Both sides begin phase 1 at once, and in each of the two SAs both begin a Quick Mode at once, its messages crossing those of the
// other: every message opens, every HASH fits, with the secrets of both SAs in one bag.
func TestSimultaneousPhase1(t *testing.T) {
	h, c, g := alg.HashByID(2), alg.CipherByPhase1(7), alg.GroupByID(2)
	a, b := newPeer(t, h, c, 128, g, authByPSK), newPeer(t, h, c, 128, g, authByPSK)
	b.i, b.r, b.init, b.resp = decode.SPI{0xb1}, decode.SPI{0xb2}, a.resp, a.init
	b.ni, b.nr = bytes.Repeat([]byte{0x31}, 16), bytes.Repeat([]byte{0x32}, 16)
	b.xi, b.xr = privateOf(g, 11), privateOf(g, 13)
	b.gxi, b.gxr = b.must(g.Public(b.xi)), b.must(g.Public(b.xr))
	b.gxy = b.must(g.Shared(b.xi, b.gxr))
	for _, p := range []*peer{a, b} {
		p.phase1()
		p.quickMode(0x1111, true, g)
		p.quickMode(0x2222, false, nil)
	}
	bag := bagOf(dhSecret(a), dhSecret(b), psk(a), secret.Secret{Kind: secret.DHPrivate, Value: privateOf(g, 7)})
	tr := exchange.NewTracker(exchange.Options{})
	for i, d := range crossed(a.out, b.out) {
		d.Frame = i + 1
		a.must(nil, tr.Add(&d))
	}
	sv := New(bag, Options{})
	cs := tr.Conversations()
	if len(cs) != 2 {
		t.Fatalf("%d conversations", len(cs))
	}
	for i, conv := range cs {
		sa := sv.Solve(conv)
		wantOpen(t, sa)
		if !sa.Established || sa.InitiatorAddr != []*peer{a, b}[i].init || len(sa.Children) != 2 || len(sa.Gaps) > 0 {
			t.Errorf("established %v, initiator %v, %d children, gaps %v", sa.Established, sa.InitiatorAddr, len(sa.Children), sa.Gaps)
		}
		for _, child := range sa.Children {
			if child.FromInitiator != (child.MessageID == 0x1111) || len(child.SAs) != 2 || len(child.SAs[0].Candidates) == 0 {
				t.Errorf("%#x: %+v", child.MessageID, child)
			}
		}
	}
}

// crossed takes the messages of two lists in turn, and lets the two Quick Modes at the end of each cross as well.
func crossed(a, b []capture.Datagram) (out []capture.Datagram) {
	weave := func(list []capture.Datagram) []capture.Datagram {
		n := len(list) - 6
		w := list[:n:n]
		for i := range 3 {
			w = append(w, list[n+i], list[n+3+i])
		}
		return w
	}
	a, b = weave(a), weave(b)
	for i := range a {
		out = append(out, a[i], b[i])
	}
	return out
}

// Both sides of an IKEv2 SA rekey the same Child SA at once (RFC 7296, section 2.8.1), with equal message IDs: two Child SAs come of
// it, each with its own keys. Both sides rekey the IKE SA at once: two new SAs, which open.
func TestSimultaneousRekeys2(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	g := alg.GroupByID(31)
	from := len(p.out)
	p.createChild(2, true, g)
	p.createChild(2, false, g)
	p.out[from+1], p.out[from+2] = p.out[from+2], p.out[from+1] // the requests cross, and so do the answers
	q, r := p.successor(), p.successor()
	r.i, r.r, r.ni, r.nr = decode.SPI{5, 5, 5}, decode.SPI{6, 6, 6}, bytes.Repeat([]byte{0x61}, 32), bytes.Repeat([]byte{0x62}, 32)
	from = len(p.out)
	hi, hr := p.dhExchange(31, 71), p.dhExchange(31, 73)
	for _, x := range []struct {
		n         *peer2
		h         hybrid
		initiator bool
	}{{q, hi, true}, {r, hr, false}} {
		sai, sar := p.proposal2(ike.IKE, x.n.i[:], 31, true), p.proposal2(ike.IKE, x.n.r[:], 31, true)
		p.sendSK(x.initiator, ikev2.ExchangeCreateChild, 3, false, sai, part{ikev2.PayloadNonce, x.n.ni}, p.ke(31, x.h.kei))
		p.sendSK(!x.initiator, ikev2.ExchangeCreateChild, 3, true, sar, part{ikev2.PayloadNonce, x.n.nr}, p.ke(31, x.h.ker))
	}
	p.out[from+1], p.out[from+2] = p.out[from+2], p.out[from+1]
	r.init, r.resp = p.resp, p.init // the one that asked is the initiator of the new SA
	last := p.out
	for _, x := range []struct {
		n *peer2
		h hybrid
	}{{q, hi}, {r, hr}} {
		x.n.out, x.n.sent = last, p.sent
		x.n.next(p.rfc().sum(p.keys.D, x.h.shared, x.n.ni, x.n.nr))
		x.n.createChild(0, true, nil)
		last = x.n.out
	}
	r.out = last
	for i := range r.out {
		r.out[i].Frame = i + 1
	}
	bag := flagsOf(secret.DHPrivate, p.xi, privateOf(g, 7), hi.privates[0], hr.privates[1])
	sas := r.solveAll(bag, 0)
	if len(sas) != 3 {
		t.Fatalf("%d SAs", len(sas))
	}
	for _, sa := range sas {
		wantOpen2(t, sa)
		if !sa.Established || len(sa.Gaps) > 0 {
			t.Errorf("established %v, gaps %v", sa.Established, sa.Gaps)
		}
	}
	if cs := sas[0].Children; len(cs) != 3 || cs[1].FromInitiator == cs[2].FromInitiator || cs[1].MessageID != cs[2].MessageID {
		t.Errorf("children %+v", cs)
	}
	for i, sa := range sas[1:] {
		if len(sa.Children) != 1 || len(sa.Children[0].SAs[0].Candidates) == 0 {
			t.Errorf("%d: children %+v", i, sa.Children)
		}
	}
}

// Both sides begin IKE_SA_INIT at once, with equal message IDs: two SAs between the same hosts, told apart by their SPIs.
func TestSimultaneousInit2(t *testing.T) {
	p, q := gcmPeer(t), gcmPeer(t)
	q.i, q.r, q.init, q.resp = decode.SPI{0xb1}, decode.SPI{0xb2}, p.resp, p.init
	q.ni, q.nr = bytes.Repeat([]byte{0x31}, 16), bytes.Repeat([]byte{0x32}, 16)
	h := p.dhExchange(31, 81)
	q.gxi, q.gxr, q.gxy = h.kei, h.ker, h.shared
	for _, x := range []*peer2{p, q} {
		x.saInit()
		x.ikeAuth(1, nil)
	}
	var all []capture.Datagram
	for i := range p.out {
		all = append(all, p.out[i], q.out[i])
	}
	for i := range all {
		all[i].Frame = i + 1
	}
	p.out = all
	sas := p.solveAll(flagsOf(secret.DHSecret, p.gxy, h.shared), 0)
	if len(sas) != 2 || sas[0].InitiatorAddr != sas[1].ResponderAddr {
		t.Fatalf("%d SAs", len(sas))
	}
	for _, sa := range sas {
		wantOpen2(t, sa)
		if !sa.Established || len(sa.Children) != 1 || len(sa.Gaps) > 0 {
			t.Errorf("established %v, %d children, gaps %v", sa.Established, len(sa.Children), sa.Gaps)
		}
	}
}
