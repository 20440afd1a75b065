package solve

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A peer2 plays both sides of an IKEv2 negotiation, for the algorithms that no daemon at hand speaks.
type peer2 struct {
	t      testing.TB
	cipher *alg.Cipher
	bits   int
	mac    *alg.MAC // nil with an AEAD
	prf    alg.PRF
	group  *alg.Group

	i, r       decode.SPI
	xi, xr     []byte // private values
	gxi, gxr   []byte
	gxy        []byte
	ni, nr     []byte
	psk        []byte
	method     ikev2.AuthMethod // of AUTH; 0: the PSK
	keys       sk2
	init, resp netip.AddrPort
	askI, askR []byte // the messages of IKE_SA_INIT that count
	out        []capture.Datagram
	sent       time.Time
}

func newPeer2(t testing.TB, c *alg.Cipher, bits int, m *alg.MAC, prf alg.PRF) *peer2 {
	t.Helper()
	g := alg.GroupByID(31)
	p := &peer2{
		t: t, cipher: c, bits: bits, mac: m, prf: prf, group: g, psk: []byte("a pre-shared key"),
		i: decode.SPI{1, 2, 3, 4, 5, 6, 7, 8}, r: decode.SPI{8, 7, 6, 5, 4, 3, 2, 1},
		ni: bytes.Repeat([]byte{0xa1}, 16), nr: bytes.Repeat([]byte{0xb2}, 20), sent: time.Unix(1_700_000_000, 0),
		init: netip.MustParseAddrPort("192.0.2.1:500"), resp: netip.MustParseAddrPort("192.0.2.2:500"),
	}
	if c.AEAD {
		p.mac = nil
	}
	p.useGroup(g)
	return p
}

func (p *peer2) useGroup(g *alg.Group) {
	p.group, p.xi, p.xr = g, privateOf(g, 3), privateOf(g, 5)
	p.gxi, p.gxr = p.must(g.Public(p.xi)), p.must(g.Public(p.xr))
	p.gxy = p.must(g.Shared(p.xi, p.gxr))
}

func (p *peer2) must(b []byte, err error) []byte {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// proposal2 is an SA payload with one proposal.
func (p *peer2) proposal2(protocol ike.Protocol, spi []byte, group uint16, withPRF bool) part {
	encr := ikev2.Transform{Type: ikev2.TransformENCR, ID: p.cipher.IKEv2}
	if len(p.cipher.KeyBits) > 1 {
		encr.Attributes = []decode.Attribute{{Type: ikev2.TransformKeyLength, Basic: true, Value: binary.BigEndian.AppendUint16(nil, uint16(p.bits))}}
	}
	ts := []ikev2.Transform{encr}
	if p.mac != nil {
		ts = append(ts, ikev2.Transform{Type: ikev2.TransformINTEG, ID: p.mac.IKEv2})
	}
	if withPRF {
		ts = append(ts, ikev2.Transform{Type: ikev2.TransformPRF, ID: p.prf.IKEv2})
	}
	if group != 0 {
		ts = append(ts, ikev2.Transform{Type: ikev2.TransformKE, ID: group})
	}
	sa := ikev2.SA{Proposals: []ikev2.Proposal{{Number: 1, Protocol: protocol, SPI: spi, Transforms: ts}}}
	return part{ikev2.PayloadSA, sa.Append(nil)}
}

func notify2(t ikev2.NotifyType, data ...byte) part {
	return part{ikev2.PayloadNotify, (&ikev2.Notify{Type: t, Data: data}).Append(nil)}
}

func (p *peer2) ke(g uint16, public []byte) part {
	return part{ikev2.PayloadKE, (&ikev2.KE{Group: decode.Group(g), Data: public}).Append(nil)}
}

// saInit plays IKE_SA_INIT and makes the keys.
func (p *peer2) saInit() {
	x := ikev2.ExchangeSAInit
	sa := p.proposal2(ike.IKE, nil, p.group.ID, true)
	p.askI = p.send(true, x, 0, false, sa, p.ke(p.group.ID, p.gxi), part{ikev2.PayloadNonce, p.ni})
	p.answerInit(sa)
}

func (p *peer2) answerInit(sa part) {
	p.askR = p.send(false, ikev2.ExchangeSAInit, 0, true, sa, p.ke(p.group.ID, p.gxr), part{ikev2.PayloadNonce, p.nr})
	p.next(p.rfc().fromInit(p.ni, p.nr, p.gxy))
}

func (p *peer2) rfc() schedule2 { return schedule2{p.prf} }

// next goes over to the keys of an SKEYSEED.
func (p *peer2) next(seed []byte) {
	a := 0
	if p.mac != nil {
		a = p.mac.KeyLen
	}
	p.keys = p.rfc().cut(seed, p.ni, p.nr, p.i, p.r, a, p.bits/8+p.cipher.SaltLen)
}

// ikeAuth plays IKE_AUTH with the PSK on both sides and the first child.
func (p *peer2) ikeAuth(mid uint32, intAuth []byte) {
	idi, idr := idPayload("initiator.example.org"), idPayload("responder.example.org")
	auth := func(skp, message, nonce, id []byte) part {
		o := p.rfc().octets(skp, message, nonce, id, intAuth)
		switch p.method {
		case ikev2.AuthNull:
			return part{ikev2.PayloadAuth, append([]byte{byte(p.method), 0, 0, 0}, p.rfc().auth(skp, o)...)}
		case ikev2.AuthDigitalSignature:
			return part{ikev2.PayloadAuth, append([]byte{byte(p.method), 0, 0, 0}, signed(o)...)}
		}
		return part{ikev2.PayloadAuth, append([]byte{2, 0, 0, 0}, p.rfc().auth(p.psk, o)...)}
	}
	ts := part{ikev2.PayloadTSi, []byte{1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 0, 0, 0, 10, 0, 0, 255}}
	tsr := part{ikev2.PayloadTSr, ts.body}
	sa := func(spi byte) part { return p.proposal2(ike.ESP, []byte{0, 0, 16, spi}, 0, false) }
	one, two := []part{{ikev2.PayloadIDi, idi}}, []part{{ikev2.PayloadIDr, idr}}
	if p.method == ikev2.AuthDigitalSignature {
		one, two = append(one, rawKey()), append(two, rawKey())
	}
	one = append(one, auth(p.keys.PI, p.askI, p.nr, idi), sa(1), ts, tsr)
	two = append(two, auth(p.keys.PR, p.askR, p.ni, idr), sa(2), ts, tsr)
	p.sendSK(true, ikev2.ExchangeAuth, mid, false, one...)
	p.sendSK(false, ikev2.ExchangeAuth, mid, true, two...)
}

// createChild plays a CREATE_CHILD_SA for a child, with a key exchange where g is not nil.
func (p *peer2) createChild(mid uint32, fromInitiator bool, g *alg.Group) {
	ni, nr := bytes.Repeat([]byte{0xc3}, 16), bytes.Repeat([]byte{0xd4}, 16)
	group := uint16(0)
	var kei, ker []part
	if g != nil {
		group = g.ID
		kei, ker = []part{p.ke(g.ID, p.must(g.Public(privateOf(g, 7))))}, []part{p.ke(g.ID, p.must(g.Public(privateOf(g, 9))))}
	}
	one := []part{p.proposal2(ike.ESP, []byte{0, 0, 32, 1}, group, false), {ikev2.PayloadNonce, ni}}
	two := []part{p.proposal2(ike.ESP, []byte{0, 0, 32, 2}, group, false), {ikev2.PayloadNonce, nr}}
	p.sendSK(fromInitiator, ikev2.ExchangeCreateChild, mid, false, append(one, kei...)...)
	p.sendSK(!fromInitiator, ikev2.ExchangeCreateChild, mid, true, append(two, ker...)...)
}

func (p *peer2) header(fromInitiator bool, x decode.ExchangeType, mid uint32, response bool, first decode.PayloadType) decode.Header {
	h := decode.Header{Initiator: p.i, Responder: p.r, NextPayload: first, Version: 0x20, Exchange: x, MessageID: mid}
	if fromInitiator {
		h.Flags |= ikev2.FlagInitiator
	}
	if response {
		h.Flags |= ikev2.FlagResponse
	}
	if x == ikev2.ExchangeSAInit && !response {
		h.Responder = decode.SPI{}
	}
	return h
}

// send puts a message in the clear on the wire and returns it.
func (p *peer2) send(fromInitiator bool, x decode.ExchangeType, mid uint32, response bool, parts ...part) []byte {
	h := p.header(fromInitiator, x, mid, response, parts[0].t)
	body := chain(parts)
	h.Length = uint32(decode.HeaderLen + len(body))
	m := append(h.Append(nil), body...)
	p.emit(fromInitiator, m)
	return m
}

func (p *peer2) emit(fromInitiator bool, m []byte) {
	d := capture.Datagram{Frame: len(p.out) + 1, Time: p.sent, Src: p.init, Dst: p.resp, Kind: capture.IKE, Payload: m}
	if !fromInitiator {
		d.Src, d.Dst = d.Dst, d.Src
	}
	p.sent = p.sent.Add(10 * time.Millisecond)
	p.out = append(p.out, d)
}

// sendSK sends payloads in an SK payload (RFC 7296, section 3.14).
func (p *peer2) sendSK(fromInitiator bool, x decode.ExchangeType, mid uint32, response bool, parts ...part) {
	first := decode.PayloadNone
	if len(parts) > 0 {
		first = parts[0].t
	}
	p.emit(fromInitiator, p.seal(p.header(fromInitiator, x, mid, response, ikev2.PayloadSK), first, chain(parts)))
}

// sendFragments sends payloads in n encrypted fragments (RFC 7383, section 2.5).
func (p *peer2) sendFragments(fromInitiator bool, x decode.ExchangeType, mid uint32, response bool, n int, parts ...part) {
	plain, first := chain(parts), parts[0].t
	size := (len(plain) + n - 1) / n
	h := p.header(fromInitiator, x, mid, response, ikev2.PayloadSKF)
	for i := range n {
		end := min(size, len(plain))
		p.emit(fromInitiator, p.seal(h, first, plain[:end], 0, byte(i+1), 0, byte(n)))
		plain, first = plain[end:], decode.PayloadNone
	}
}

// whole is the front of a message as it would be without fragments, from its first fragment.
func (p *peer2) whole(i int) []byte {
	b := bytes.Clone(p.out[i].Payload[:32])
	b[16] = byte(ikev2.PayloadSK)
	return b
}

// seal makes a message of an SK payload, or of a fragment, of which fragment is its number and their total.
func (p *peer2) seal(h decode.Header, first decode.PayloadType, plain []byte, fragment ...byte) []byte {
	c := p.cipher
	encr, integ := p.keys.ER, p.keys.AR
	if h.Flags&ikev2.FlagInitiator != 0 {
		encr, integ = p.keys.EI, p.keys.AI
	}
	pad := (c.BlockLen - (len(plain)+1)%c.BlockLen) % c.BlockLen
	plain = append(append(bytes.Clone(plain), make([]byte, pad)...), byte(pad))
	icv := c.ICVLen
	if p.mac != nil {
		icv = p.mac.ICVLen
	}
	iv := bytes.Repeat([]byte{byte(len(p.out)) + 1}, c.IVLen)
	n := 4 + len(fragment) + len(iv) + len(plain) + icv
	h.Length = uint32(decode.HeaderLen + n)
	m := binary.BigEndian.AppendUint16(append(h.Append(nil), byte(first), 0), uint16(n))
	m = append(m, fragment...)
	if c.AEAD {
		a, err := c.NewAEAD(encr[:len(encr)-c.SaltLen])
		if err != nil {
			p.t.Fatal(err)
		}
		nonce := append(bytes.Clone(encr[len(encr)-c.SaltLen:]), iv...)
		sealed := a.Seal(nil, nonce, plain, m)
		return append(append(m, iv...), sealed...)
	}
	m = append(m, iv...)
	m = append(m, p.encrypt(encr, iv, plain)...)
	mac := p.mac.New(integ)
	mac.Write(m)
	return append(m, mac.Sum(nil)[:p.mac.ICVLen]...)
}

func (p *peer2) encrypt(key, iv, plain []byte) []byte {
	out := make([]byte, len(plain))
	if p.cipher.NewBlock == nil { // the others are their own inverse
		d, err := p.cipher.NewDecrypter(key)
		if err == nil {
			err = d.Decrypt(out, iv, plain)
		}
		p.must(nil, err)
		return out
	}
	b, err := p.cipher.NewBlock(key)
	p.must(nil, err)
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, plain)
	return out
}

// solve runs what was sent, but for the frames in drop, through a new solver.
func (p *peer2) solve(bag *secret.Bag, drop ...int) *ikesa.SA {
	p.t.Helper()
	return New(bag, Options{}).Solve(conversation(p.t, p.out, drop))
}

// sk are the SK_* values of the SA, as a log has them.
func (p *peer2) sk() []secret.Secret {
	var out []secret.Secret
	for _, x := range []struct {
		k secret.Kind
		v []byte
	}{{secret.SKd, p.keys.D}, {secret.SKai, p.keys.AI}, {secret.SKar, p.keys.AR}, {secret.SKei, p.keys.EI}, {secret.SKer, p.keys.ER}} {
		if len(x.v) > 0 {
			out = append(out, secret.Secret{Kind: x.k, Value: x.v, Group: 1})
		}
	}
	return out
}
