package solve

import (
	"bytes"
	"slices"
	"testing"

	"github.com/cloudflare/circl/kem/mlkem/mlkem768"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A hybrid is one key exchange of a test: what each side sends, what it knows, and what comes of it.
type hybrid struct {
	method     uint16
	kei, ker   []byte
	privates   [][]byte // each of them is enough
	shared     []byte
	unprovable []byte // a private value whose public value is not on the wire: enough as well
}

// dhExchange is a key exchange with a group.
func (p *peer2) dhExchange(id uint16, seed byte) hybrid {
	g := alg.GroupByID(id)
	xi, xr := privateOf(g, seed), privateOf(g, seed+1)
	h := hybrid{method: id, kei: p.must(g.Public(xi)), ker: p.must(g.Public(xr)), privates: [][]byte{xi, xr}}
	h.shared = p.must(g.Shared(xi, h.ker))
	return h
}

// kemExchange is one with ML-KEM-768: the initiator's private value is a seed or the expanded key, the responder's its randomness.
func (p *peer2) kemExchange(seed byte) hybrid {
	const id = 36
	s := mlkem768.Scheme()
	d, m := bytes.Repeat([]byte{seed}, s.SeedSize()), bytes.Repeat([]byte{seed + 1}, s.EncapsulationSeedSize())
	pub, priv := s.DeriveKeyPair(d)
	ct, shared, err := s.EncapsulateDeterministically(pub, m)
	p.must(nil, err)
	ek, dk := p.must(pub.MarshalBinary()), p.must(priv.MarshalBinary())
	return hybrid{method: id, kei: ek, ker: ct, privates: [][]byte{d, dk}, shared: shared, unprovable: m}
}

// withAdditional adds additional key exchanges to the proposal of an SA payload (RFC 9370, section 2.2.1).
func (p *peer2) withAdditional(sa part, more []hybrid) part {
	ps, _, err := ikev2.Grammar.ParsePayloads(sa.t, chain([]part{sa}))
	p.must(nil, err)
	x := ps[0].Body.(*ikev2.SA)
	ts := &x.Proposals[0].Transforms
	for i, h := range more {
		*ts = append(*ts, ikev2.Transform{Type: ikev2.TransformADDKE1 + ikev2.TransformType(i), ID: h.method})
	}
	return part{sa.t, x.Append(nil)}
}

// createHybrid plays a CREATE_CHILD_SA with its key exchange and an IKE_FOLLOWUP_KE for each of the others (RFC 9370,
// section 2.2.4), one exchange for something else between the two.
func (p *peer2) createHybrid(mid uint32, one, two part, ni, nr []byte, all []hybrid) {
	link := func(i int) []part {
		if i >= len(all)-1 {
			return nil
		}
		return []part{notify2(ikev2.NotifyAdditionalKeyExchange, 0xab, byte(i))}
	}
	x := ikev2.ExchangeCreateChild
	one, two = p.withAdditional(one, all[1:]), p.withAdditional(two, all[1:])
	p.sendSK(true, x, mid, false, one, part{ikev2.PayloadNonce, ni}, p.ke(all[0].method, all[0].kei))
	p.sendSK(false, x, mid, true, append([]part{two, {ikev2.PayloadNonce, nr}, p.ke(all[0].method, all[0].ker)}, link(0)...)...)
	p.sendSK(true, ikev2.ExchangeInformational, mid+1, false)
	p.sendSK(false, ikev2.ExchangeInformational, mid+1, true)
	for i, h := range all[1:] {
		id, x := mid+2+uint32(i), ikev2.ExchangeFollowupKE
		p.sendSK(true, x, id, false, append([]part{p.ke(h.method, h.kei)}, link(i)...)...)
		p.sendSK(false, x, id, true, append([]part{p.ke(h.method, h.ker)}, link(i+1)...)...)
	}
}

// fileOf makes secrets as a file has them, a line each.
func fileOf(kind secret.Kind, values ...[]byte) *secret.Bag {
	b := &secret.Bag{}
	for i, v := range values {
		b.Secrets = append(b.Secrets, secret.Secret{Kind: kind, Value: v, Origin: secret.Origin{File: "keys.log", Line: i + 1}})
	}
	return b
}

// reversedLines numbers the lines from the end, as in a log that shows the newest first; the reader gives the oldest first.
func reversedLines(b *secret.Bag) *secret.Bag {
	for i := range b.Secrets {
		b.Secrets[i].Origin.Line = len(b.Secrets) - i
	}
	return b
}

// flagsOf makes secrets as the command line has them.
func flagsOf(kind secret.Kind, values ...[]byte) *secret.Bag {
	b := &secret.Bag{}
	for _, v := range values {
		b.Secrets = append(b.Secrets, secretOf(kind, v))
	}
	return b
}

func merged(bags ...*secret.Bag) *secret.Bag {
	out := &secret.Bag{}
	for _, b := range bags {
		out.Merge(b)
	}
	return out
}

// A child with three key exchanges opens from private values, from shared secrets in the order of a file, and from those of the
// command line in any order; what one file has the other way round is not tried.
func TestHybridChild(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	all := []hybrid{p.dhExchange(31, 41), p.kemExchange(43), p.dhExchange(19, 45)}
	ni, nr := bytes.Repeat([]byte{0xc3}, 16), bytes.Repeat([]byte{0xd4}, 16)
	p.createHybrid(2, p.proposal2(ike.ESP, []byte{0, 0, 32, 1}, 31, false), p.proposal2(ike.ESP, []byte{0, 0, 32, 2}, 31, false), ni, nr, all)
	one, two, three := all[0].shared, all[1].shared, all[2].shared
	want := p.rfc().keymat(p.keys.D, ni, nr, 36, one, two, three)
	const priv, child, dh = secret.DHPrivate, secret.ChildDHSecret, secret.DHSecret
	cases := []struct {
		name  string
		bag   *secret.Bag
		drop  []int
		found bool
		only  bool // the one candidate
	}{
		{"nothing", &secret.Bag{}, nil, false, false},
		{"private values of the initiator", flagsOf(priv, all[0].privates[0], all[1].privates[0], all[2].privates[0]), nil, true, true},
		{"of the responder, expanded key", flagsOf(priv, all[2].privates[1], all[1].privates[1], all[0].privates[1]), nil, true, true},
		{"of the responder, its randomness", flagsOf(priv, all[2].privates[1], all[1].unprovable, all[0].privates[1]), nil, true, false},
		{"one is missing", flagsOf(priv, all[0].privates[0], all[2].privates[0]), nil, false, false},
		{"private values and a secret", merged(flagsOf(priv, all[0].privates[0], all[2].privates[0]), flagsOf(dh, two)), nil, true, false},
		{"file", fileOf(child, one, two, three), nil, true, false},
		{"file, among others", fileOf(child, []byte("other"), one, two, three, []byte("another")), nil, true, false},
		{"file, newest line first", reversedLines(fileOf(child, one, two, three)), nil, true, false},
		{"file, newest line first, in another order", reversedLines(fileOf(child, three, two, one)), nil, false, false},
		{"file, as charon has it", fileOf(child, one, slices.Concat(two, three)), nil, true, false},
		{"file in another order", fileOf(child, three, two, one), nil, false, false},
		{"file, two changed", fileOf(child, one, three, two), nil, false, false},
		{"command line", flagsOf(dh, three, one, two), nil, true, false},
		{"command line and file", merged(fileOf(child, one, three), flagsOf(dh, two)), nil, true, false},
		{"request of the second lost", flagsOf(priv, all[0].privates[0], all[1].privates[0], all[2].privates[0]), []int{9}, true, false},
		{"answer of the second lost, secret given", merged(flagsOf(priv, all[0].privates[0], all[2].privates[1]), flagsOf(dh, two)), []int{10}, true, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.bag.Add(secretOf(dh, p.gxy))
			sa := p.solve(c.bag, c.drop...)
			wantOpen2(t, sa)
			toResponder := sa.Children[1].SAs[0]
			found := slices.ContainsFunc(toResponder.Candidates, func(x esp.Params) bool { return bytes.Equal(x.CipherKey, want) })
			if found != c.found || c.only && len(toResponder.Candidates) != 1 {
				t.Errorf("found %v among %d candidates", found, len(toResponder.Candidates))
			}
			if told := sa.Children[1].Gap != nil; told == c.found && len(toResponder.Candidates) == 0 {
				t.Errorf("gap %v", sa.Children[1].Gap)
			}
		})
	}
}

// Of two exchanges with the same KEM each has its own decapsulation key, told by the public one.
func TestTwoKEMs(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	all := []hybrid{p.dhExchange(31, 41), p.kemExchange(43), p.kemExchange(45)}
	ni, nr := bytes.Repeat([]byte{0xc3}, 16), bytes.Repeat([]byte{0xd4}, 16)
	p.createHybrid(2, p.proposal2(ike.ESP, []byte{0, 0, 32, 1}, 31, false), p.proposal2(ike.ESP, []byte{0, 0, 32, 2}, 31, false), ni, nr, all)
	want := p.rfc().keymat(p.keys.D, ni, nr, 36, all[0].shared, all[1].shared, all[2].shared)
	sa := p.solve(merged(flagsOf(secret.DHPrivate, all[2].privates[0], all[1].privates[1], all[0].privates[0]), flagsOf(secret.DHSecret, p.gxy)))
	if got := sa.Children[1].SAs[0].Candidates; len(got) != 1 || !bytes.Equal(got[0].CipherKey, want) {
		t.Errorf("%d candidates", len(got))
	}
}

// Two CREATE_CHILD_SA that are under way at once, each with an IKE_FOLLOWUP_KE: what the answer said in ADDITIONAL_KEY_EXCHANGE tells
// which is whose, not their order.
func TestInterleavedFollowUps(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	nonces := [][]byte{bytes.Repeat([]byte{0xc3}, 16), bytes.Repeat([]byte{0xd4}, 16)}
	all := [][]hybrid{{p.dhExchange(31, 91), p.dhExchange(19, 93)}, {p.dhExchange(31, 95), p.dhExchange(19, 97)}}
	var private [][]byte
	link := func(i int) part { return notify2(ikev2.NotifyAdditionalKeyExchange, 7, byte(i)) }
	for i, h := range all {
		spi := byte(3 * i)
		one := p.withAdditional(p.proposal2(ike.ESP, []byte{0, 0, 64, spi}, 31, false), h[1:])
		two := p.withAdditional(p.proposal2(ike.ESP, []byte{0, 0, 65, spi}, 31, false), h[1:])
		x, mid := ikev2.ExchangeCreateChild, uint32(2+i)
		p.sendSK(true, x, mid, false, one, part{ikev2.PayloadNonce, nonces[0]}, p.ke(31, h[0].kei))
		p.sendSK(false, x, mid, true, two, part{ikev2.PayloadNonce, nonces[1]}, p.ke(31, h[0].ker), link(i))
		private = append(private, h[0].privates[0], h[1].privates[1])
	}
	for n, i := range []int{1, 0} { // the second one's comes first
		x, mid, h := ikev2.ExchangeFollowupKE, uint32(4+n), all[i][1]
		p.sendSK(true, x, mid, false, p.ke(h.method, h.kei), link(i))
		p.sendSK(false, x, mid, true, p.ke(h.method, h.ker))
	}
	sa := p.solve(merged(flagsOf(secret.DHPrivate, private...), flagsOf(secret.DHSecret, p.gxy)))
	wantOpen2(t, sa)
	for i, h := range all {
		want := p.rfc().keymat(p.keys.D, nonces[0], nonces[1], 36, h[0].shared, h[1].shared)
		got := sa.Children[1+i].SAs[0].Candidates
		if len(got) != 1 || !bytes.Equal(got[0].CipherKey, want) {
			t.Errorf("child %d: %d candidates", i, len(got))
		}
	}
}

// A rekeyed IKE SA with additional key exchanges opens from their private values.
func TestHybridRekey(t *testing.T) {
	p := gcmPeer(t)
	p.saInit()
	p.ikeAuth(1, nil)
	q := p.successor()
	all := []hybrid{p.dhExchange(31, 51), p.kemExchange(53), p.dhExchange(20, 55)}
	p.createHybrid(2, p.proposal2(ike.IKE, q.i[:], 31, true), p.proposal2(ike.IKE, q.r[:], 31, true), q.ni, q.nr, all)
	q.out, q.sent = p.out, p.sent
	q.next(p.rfc().sum(p.keys.D, all[0].shared, q.ni, q.nr, all[1].shared, all[2].shared))
	q.createChild(0, true, nil)
	for name, bag := range map[string]*secret.Bag{
		"private values": flagsOf(secret.DHPrivate, all[0].privates[1], all[1].privates[0], all[2].privates[0], p.xi),
		"randomness":     flagsOf(secret.DHPrivate, all[0].privates[1], all[1].unprovable, all[2].privates[0], p.xi),
		"file":           merged(flagsOf(secret.DHPrivate, p.xr), fileOf(secret.ChildDHSecret, all[0].shared, all[1].shared, all[2].shared)),
		"command line":   flagsOf(secret.DHSecret, all[2].shared, p.gxy, all[1].shared, all[0].shared),
	} {
		sas := q.solveAll(bag, 0)
		if len(sas) != 2 {
			t.Fatalf("%s: %d SAs", name, len(sas))
		}
		for _, sa := range sas {
			wantOpen2(t, sa)
			if len(sa.Gaps) > 0 {
				t.Errorf("%s: gaps %v", name, sa.Gaps)
			}
		}
	}
	sas := q.solveAll(merged(flagsOf(secret.DHSecret, p.gxy), fileOf(secret.ChildDHSecret, all[1].shared, all[0].shared, all[2].shared)), 0)
	if got := sas[1].Messages[0].State; got != ikesa.Closed {
		t.Errorf("with the secrets in a wrong order it is %v", got)
	}
}

// The keys after an ML-KEM exchange in IKE_INTERMEDIATE follow from any of its values, the second one after the first; so do those
// of an IKE_SA_INIT that has ML-KEM alone.
func TestHybridIntermediate(t *testing.T) {
	for _, which := range []string{"seed", "expanded key", "randomness", "shared secret"} {
		t.Run(which, func(t *testing.T) {
			p := gcmPeer(t)
			p.saInit()
			bag := bagOf(secretOf(secret.DHPrivate, p.xi), secretOf(secret.PSK, p.psk))
			var last [2][]byte
			all := []hybrid{p.kemExchange(61), p.kemExchange(63)}
			for i, h := range all {
				mid := uint32(i + 1)
				for side, data := range [][]byte{h.kei, h.ker} {
					x, skp := p.ke(h.method, data), [][]byte{p.keys.PI, p.keys.PR}[side]
					p.sendFragments(side == 0, ikev2.ExchangeIntermediate, mid, side == 1, 3, x)
					last[side] = p.rfc().intAuth(skp, last[side], p.whole(len(p.out)-3), chain([]part{x}))
				}
				p.next(p.rfc().sum(p.keys.D, h.shared, p.ni, p.nr))
				bag.Add(map[string]secret.Secret{
					"seed": secretOf(secret.DHPrivate, h.privates[0]), "expanded key": secretOf(secret.DHPrivate, h.privates[1]),
					"randomness": secretOf(secret.DHPrivate, h.unprovable), "shared secret": secretOf(secret.DHSecret, h.shared),
				}[which])
			}
			p.ikeAuth(3, slices.Concat(last[0], last[1], []byte{0, 0, 0, 3}))
			sa := p.solve(bag)
			wantOpen2(t, sa)
			wantAuth(t, sa, true)
			if len(sa.Generations) != 3 || len(sa.Gaps) > 0 {
				t.Errorf("%d generations, gaps %v", len(sa.Generations), sa.Gaps)
			}
			p = gcmPeer(t)
			h := all[0]
			sap := p.proposal2(ike.IKE, nil, h.method, true)
			p.askI = p.send(true, ikev2.ExchangeSAInit, 0, false, sap, p.ke(h.method, h.kei), part{ikev2.PayloadNonce, p.ni})
			p.askR = p.send(false, ikev2.ExchangeSAInit, 0, true, sap, p.ke(h.method, h.ker), part{ikev2.PayloadNonce, p.nr})
			p.next(p.rfc().fromInit(p.ni, p.nr, h.shared))
			p.ikeAuth(1, nil)
			wantOpen2(t, p.solve(bag))
		})
	}
}
