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
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A peer plays both sides of a negotiation, for the algorithms that no daemon at hand speaks.
type peer struct {
	t          *testing.T
	hash       *alg.Hash
	cipher     *alg.Cipher
	keyLen     int
	group      *alg.Group
	auth       uint16
	aggressive bool
	clearAM3   bool // the last message of Aggressive Mode goes in the clear

	i, r       decode.SPI
	xi, xr     []byte // private values
	gxi, gxr   []byte
	gxy        []byte
	ni, nr     []byte
	psk        []byte
	skeyid     keys.SKEYID
	keys       keys.Phase1Keys
	ka, iv     []byte // the IV is that of the next message of phase 1
	sai        []byte
	out        []capture.Datagram
	sent       time.Time
	init, resp netip.AddrPort
}

func newPeer(t *testing.T, h *alg.Hash, c *alg.Cipher, bits int, g *alg.Group, auth uint16) *peer {
	t.Helper()
	p := &peer{
		t: t, hash: h, cipher: c, keyLen: bits / 8, group: g, auth: auth, psk: []byte("a pre-shared key"),
		i: decode.SPI{1, 2, 3, 4, 5, 6, 7, 8}, r: decode.SPI{8, 7, 6, 5, 4, 3, 2, 1},
		ni: bytes.Repeat([]byte{0xa1}, 16), nr: bytes.Repeat([]byte{0xb2}, 20),
		sent: time.Unix(1_700_000_000, 0), init: netip.MustParseAddrPort("192.0.2.1:500"), resp: netip.MustParseAddrPort("192.0.2.2:500"),
	}
	p.xi, p.xr = privateOf(g, 3), privateOf(g, 5)
	p.gxi, p.gxr = p.must(g.Public(p.xi)), p.must(g.Public(p.xr))
	p.gxy = p.must(g.Shared(p.xi, p.gxr))
	return p
}

// privateOf is a private value of the group's size.
func privateOf(g *alg.Group, seed byte) []byte {
	n := 20
	if g.PublicLen < 64 {
		n = g.SharedLen
	}
	b := bytes.Repeat([]byte{seed}, n)
	return b
}

func (p *peer) must(b []byte, err error) []byte {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// A part is one payload to send.
type part struct {
	t    decode.PayloadType
	body []byte
}

// chain writes payloads one behind the other.
func chain(parts []part) []byte {
	var b []byte
	for i, x := range parts {
		next := byte(0)
		if i+1 < len(parts) {
			next = byte(parts[i+1].t)
		}
		b = append(b, next, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(4+len(x.body)))
		b = append(b, x.body...)
	}
	return b
}

func basic(t, v uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, t|0x8000)
	return binary.BigEndian.AppendUint16(b, v)
}

// proposal is the body of an SA payload with one transform.
func proposal(protocol, id byte, spi []byte, attrs ...[]byte) []byte {
	tr := append([]byte{1, id, 0, 0}, bytes.Join(attrs, nil)...)
	tr = append([]byte{0, 0, 0, byte(4 + len(tr))}, tr...)
	pr := append([]byte{1, protocol, byte(len(spi)), 1}, spi...)
	pr = append(pr, tr...)
	pr = append([]byte{0, 0, 0, byte(4 + len(pr))}, pr...)
	return append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, pr...)
}

// send puts a message on the wire.
func (p *peer) send(fromInitiator bool, x decode.ExchangeType, mid uint32, parts ...part) {
	p.emit(fromInitiator, x, mid, 0, parts[0].t, chain(parts))
}

func (p *peer) emit(fromInitiator bool, x decode.ExchangeType, mid uint32, flags byte, first decode.PayloadType, body []byte) {
	h := decode.Header{Initiator: p.i, Responder: p.r, NextPayload: first, Version: 0x10, Exchange: x, Flags: decode.Flags(flags), MessageID: mid}
	if len(p.out) == 0 {
		h.Responder = decode.SPI{}
	}
	h.Length = uint32(decode.HeaderLen + len(body))
	d := capture.Datagram{Frame: len(p.out) + 1, Time: p.sent, Src: p.init, Dst: p.resp, Kind: capture.IKE, Payload: append(h.Append(nil), body...)}
	if !fromInitiator {
		d.Src, d.Dst = d.Dst, d.Src
	}
	p.sent = p.sent.Add(10 * time.Millisecond)
	p.out = append(p.out, d)
}

// sendSecret encrypts and sends; iv is updated to the last block.
func (p *peer) sendSecret(fromInitiator bool, x decode.ExchangeType, mid uint32, iv *[]byte, parts ...part) {
	block, err := p.cipher.NewBlock(p.ka)
	if err != nil {
		p.t.Fatal(err)
	}
	n := block.BlockSize()
	body := chain(parts)
	body = append(body, make([]byte, (n-len(body)%n)%n)...)
	cipher.NewCBCEncrypter(block, (*iv)[:n]).CryptBlocks(body, body)
	*iv = bytes.Clone(body[len(body)-n:])
	p.emit(fromInitiator, x, mid, byte(ikev1.FlagEncryption), parts[0].t, body)
}

func (p *peer) schedule() {
	prf := alg.HMAC(p.hash)
	switch kind := (ike.AuthMethod{Version: ike.V1, Number: p.auth}).Kind(); kind {
	case ike.AuthPSK:
		p.skeyid = keys.SKEYIDFromPSK(prf, p.psk, p.ni, p.nr)
	case ike.AuthSignature:
		p.skeyid = keys.SKEYIDFromSignature(prf, p.ni, p.nr, p.gxy)
	case ike.AuthPublicKey:
		p.skeyid = keys.SKEYIDFromPublicKey(prf, p.hash, p.ni, p.nr, p.i, p.r)
	}
	p.keys = p.skeyid.Keys(p.gxy, p.i, p.r)
	p.ka = keys.CipherKey(prf, p.keys.E, p.keyLen)
	block, err := p.cipher.NewBlock(p.ka)
	if err != nil {
		p.t.Fatal(err)
	}
	p.iv = keys.FirstIV(p.hash, p.gxi, p.gxr, block.BlockSize())
}

func (p *peer) offer() []byte {
	attrs := [][]byte{basic(ikev1.Phase1Encryption, p.cipher.Phase1), basic(ikev1.Phase1Hash, p.hash.ID), basic(ikev1.Phase1AuthMethod, p.auth), basic(ikev1.Phase1Group, p.group.ID)}
	if len(p.cipher.KeyBits) > 1 {
		attrs = append(attrs, basic(ikev1.Phase1KeyLength, uint16(p.keyLen*8)))
	}
	return proposal(1, 1, nil, attrs...)
}

func idPayload(name string) []byte { return append([]byte{2, 0, 0, 0}, name...) }

// phase1 plays Main or Aggressive Mode.
func (p *peer) phase1() {
	p.sai = p.offer()
	idi, idr := idPayload("initiator.example.org"), idPayload("responder.example.org")
	nonceI, nonceR := p.ni, p.nr
	if (ike.AuthMethod{Version: ike.V1, Number: p.auth}).Kind() == ike.AuthPublicKey { // on the wire they are encrypted
		nonceI, nonceR = bytes.Repeat([]byte{7}, 128), bytes.Repeat([]byte{9}, 128)
	}
	hashI := func() []byte { return p.skeyid.HashI(p.gxi, p.gxr, p.i, p.r, p.sai, idi) }
	hashR := func() []byte { return p.skeyid.HashR(p.gxr, p.gxi, p.r, p.i, p.sai, idr) }
	ke := func(g []byte) part { return part{ikev1.PayloadKE, g} }
	if p.aggressive {
		x := ikev1.ExchangeAggressive
		p.schedule()
		p.send(true, x, 0, part{ikev1.PayloadSA, p.sai}, ke(p.gxi), part{ikev1.PayloadNonce, nonceI}, part{ikev1.PayloadID, idi})
		p.send(false, x, 0, part{ikev1.PayloadSA, p.sai}, ke(p.gxr), part{ikev1.PayloadNonce, nonceR}, part{ikev1.PayloadID, idr}, part{ikev1.PayloadHash, hashR()})
		if p.clearAM3 {
			p.send(true, x, 0, part{ikev1.PayloadHash, hashI()})
		} else {
			p.sendSecret(true, x, 0, &p.iv, part{ikev1.PayloadHash, hashI()})
		}
		return
	}
	x := ikev1.ExchangeMain
	p.send(true, x, 0, part{ikev1.PayloadSA, p.sai})
	p.send(false, x, 0, part{ikev1.PayloadSA, p.sai})
	p.send(true, x, 0, ke(p.gxi), part{ikev1.PayloadNonce, nonceI})
	p.send(false, x, 0, ke(p.gxr), part{ikev1.PayloadNonce, nonceR})
	p.schedule()
	p.sendSecret(true, x, 0, &p.iv, part{ikev1.PayloadID, idi}, part{ikev1.PayloadHash, hashI()})
	p.sendSecret(false, x, 0, &p.iv, part{ikev1.PayloadID, idr}, part{ikev1.PayloadHash, hashR()})
}

// hashed puts HASH(1) in front of payloads.
func (p *peer) hashed(mid uint32, parts ...part) []part {
	h := keys.Hash1(alg.HMAC(p.hash), p.keys.A, mid, chain(parts))
	return append([]part{{ikev1.PayloadHash, h}}, parts...)
}

// phase2IV starts an exchange of phase 2.
func (p *peer) phase2IV(mid uint32) []byte {
	return keys.Phase2IV(p.hash, p.iv, mid, len(p.iv))
}

// quickMode plays a Quick Mode for AES-CBC-128 with HMAC-SHA1, started by either side; g is the group of PFS or nil.
func (p *peer) quickMode(mid uint32, fromInitiator bool, g *alg.Group) (gxy []byte) {
	prf := alg.HMAC(p.hash)
	attrs := [][]byte{basic(ikev1.Phase2Encapsulation, 1), basic(ikev1.Phase2Authentication, 2), basic(ikev1.Phase2KeyLength, 128)}
	ni, nr := bytes.Repeat([]byte{0xc3}, 16), bytes.Repeat([]byte{0xd4}, 16)
	one := []part{{ikev1.PayloadNonce, ni}}
	two := []part{{ikev1.PayloadNonce, nr}}
	if g != nil {
		attrs = append(attrs, basic(ikev1.Phase2Group, g.ID))
		xi, xr := privateOf(g, 7), privateOf(g, 9)
		kei, ker := p.must(g.Public(xi)), p.must(g.Public(xr))
		gxy = p.must(g.Shared(xi, ker))
		one, two = append(one, part{ikev1.PayloadKE, kei}), append(two, part{ikev1.PayloadKE, ker})
	}
	one = append([]part{{ikev1.PayloadSA, proposal(3, 12, []byte{0, 0, 16, 1}, attrs...)}}, one...)
	two = append([]part{{ikev1.PayloadSA, proposal(3, 12, []byte{0, 0, 16, 2}, attrs...)}}, two...)
	iv := p.phase2IV(mid)
	p.sendSecret(fromInitiator, ikev1.ExchangeQuick, mid, &iv, p.hashed(mid, one...)...)
	h2 := keys.Hash2(prf, p.keys.A, mid, ni, chain(two))
	p.sendSecret(!fromInitiator, ikev1.ExchangeQuick, mid, &iv, append([]part{{ikev1.PayloadHash, h2}}, two...)...)
	h3 := keys.Hash3(prf, p.keys.A, mid, ni, nr)
	p.sendSecret(fromInitiator, ikev1.ExchangeQuick, mid, &iv, part{ikev1.PayloadHash, h3})
	return gxy
}

// solve runs what was sent, but for the frames in drop, through a new solver.
func (p *peer) solve(bag *secret.Bag, drop ...int) *ikesa.SA {
	p.t.Helper()
	return p.solveWith(New(bag, Options{}), drop...)
}

func bagOf(s ...secret.Secret) *secret.Bag { return &secret.Bag{Secrets: s} }

// wantOpen demands that every message is open and every HASH fits.
func wantOpen(t *testing.T, sa *ikesa.SA) {
	t.Helper()
	for _, m := range sa.Messages {
		if m.State == ikesa.Closed || m.State == ikesa.Partly {
			t.Errorf("frame %d is %v: %v", m.Frame, m.State, m.Why)
		}
		if m.Hash.Name != ikesa.NoHash && !m.Hash.OK {
			t.Errorf("frame %d: %s: checked %v, fits %v", m.Frame, m.Hash.Name, m.Hash.Done, m.Hash.OK)
		}
	}
	wantSteps(t, sa)
}

// solveWith is solve with a solver that may have seen other SAs before.
func (p *peer) solveWith(sv *Solver, drop ...int) *ikesa.SA {
	p.t.Helper()
	return sv.Solve(conversation(p.t, p.out, drop))
}
