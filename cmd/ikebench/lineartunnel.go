package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode/keys/alg"
)

// A tunnel is an IKE SA of IKEv2 whose keys are in the key log: AES-GCM with 128 bits and an ICV of 16 bytes (RFC 5282), HMAC-SHA-256 as
// PRF.
type tunnel struct {
	link
	spis   [2]uint64
	number int
	keys   [2][]byte // of the initiator and of the responder, with salt
	d      []byte    // SK_d
	nonces [2][]byte
	id     [2]uint32 // next message IDs of requests
	agreed []byte    // the DH secret that the keys come from; nil: they are given
	// Of one with agreed: what AUTH is made of.
	prf          alg.PRF
	proof, inits [2][]byte // SK_pi and SK_pr; the messages of IKE_SA_INIT
}

var (
	gcm128, prf256    = []byte{1, 0, 0, 20, 0x80, 14, 0, 128}, []byte{2, 0, 0, 5}
	modp2048, shortSN = []byte{4, 0, 0, 14}, []byte{5, 0, 0, 0}
	curve             = []byte{4, 0, 0, x25519}
)

// keyed2 is an IKE SA whose keys are given.
func (l link) keyed2(number int) *tunnel {
	w := l.w
	t := &tunnel{link: l, number: number, spis: [2]uint64{cookie(1, number), cookie(2, number)}, d: w.random(32), id: [2]uint32{1, 0}}
	for i, kind := range []string{"SK_EI", "SK_ER"} {
		t.keys[i] = w.random(20)
		fmt.Fprintf(&w.keys, "%s %016x:%016x 0x%x\n", kind, t.spis[0], t.spis[1], t.keys[i])
	}
	fmt.Fprintf(&w.keys, "SK_D %016x:%016x 0x%x\n", t.spis[0], t.spis[1], t.d)
	return t
}

// begin is IKE_SA_INIT and IKE_AUTH, with the first Child SA.
func (t *tunnel) begin() {
	w := t.w
	for side := range 2 {
		nonce := w.nonce2()
		t.nonces[side] = nonce.body
		spis := t.spis
		if side == 0 {
			spis[1] = 0
		}
		group, ke := modp2048, w.ke2
		if t.agreed != nil {
			group, ke = curve, w.ke2Short
		}
		chain := []payload{{kind: 33, body: proposal(1, nil, gcm128, prf256, group)}, ke(), nonce}
		t.message(side == 1, spis, v2, saInit, [...]byte{initiator, response}[side], 0, chain)
		t.inits[side] = bytes.Clone(w.last[28:]) // behind IPv4 and UDP
	}
	if t.agreed != nil {
		t.derive()
	}
	for side := range 2 {
		id := append([]byte{1, 0, 0, 0}, [...]netip.Addr{t.i.Addr(), t.r.Addr()}[side].AsSlice()...)
		t.exchange(side == 1, side == 1, ikeAuth, append([]payload{{kind: byte(35 + side), body: id}, t.auth(side, id)}, t.child(side, 0)...))
	}
}

// child are the payloads of a Child SA: its SPI is made from its number, and that of the IKE SA.
func (t *tunnel) child(side, n int) []payload {
	ts := append([]byte{1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff}, 10, 1, 0, 0, 10, 1, 0, 255)
	ts2 := append([]byte{1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 0xff, 0xff}, 10, 2, 0, 0, 10, 2, 0, 255)
	spi := binary.BigEndian.AppendUint32(nil, t.childSPI(side, n))
	return []payload{{kind: 33, body: proposal(3, spi, gcm128, shortSN)}, {kind: 44, body: ts}, {kind: 45, body: ts2}}
}

func (t *tunnel) childSPI(side, n int) uint32 { return uint32(0x10000000*(side+1) + t.number*64 + n) }

// exchange adds a request or a response of a side, encrypted.
func (t *tunnel) exchange(back, answers bool, kind byte, chain []payload) {
	side, asker := 0, 0
	if back {
		side = 1
	}
	flags := byte(initiator * (1 - side))
	asker = side
	if answers {
		flags |= response
		asker = 1 - side
	}
	id := t.id[asker]
	if answers {
		t.id[asker]++
	}
	plain, first := chained(chain), byte(0)
	if len(chain) > 0 {
		first = chain[0].kind
	}
	plain = append(plain, 0) // no padding
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, t.spis[0]), t.spis[1])
	b = binary.BigEndian.AppendUint32(append(b, 46, v2, kind, flags), id)
	const iv, icv = 8, 16
	b = binary.BigEndian.AppendUint32(b, uint32(28+4+iv+len(plain)+icv))
	b = binary.BigEndian.AppendUint16(append(b, first, 0), uint16(4+iv+len(plain)+icv))
	header := bytes.Clone(b)
	t.seal(&b, side, header, plain)
	from, to := t.i, t.r
	if back {
		from, to = to, from
	}
	t.w.udp(from, to, b)
}

func (t *tunnel) seal(b *[]byte, side int, header, plain []byte) {
	key := t.keys[side]
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(err) // the key is 16 bytes long
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	iv := t.w.random(8)
	*b = append(*b, iv...)
	*b = aead.Seal(*b, append(bytes.Clone(key[16:]), iv...), plain, header)
}

// keep is a liveness check: an INFORMATIONAL exchange with nothing in it.
func (t *tunnel) keep() {
	t.exchange(false, false, info2, nil)
	t.exchange(true, true, info2, nil)
}

// rekeyChild is a CREATE_CHILD_SA for a Child SA more.
func (t *tunnel) rekeyChild(n int) {
	for side := range 2 {
		chain := t.child(side, n)
		t.exchange(side == 1, side == 1, childSA, []payload{chain[0], t.w.nonce2(), chain[1], chain[2]})
	}
}

// rejectChild is a CREATE_CHILD_SA for a Child SA more, which the responder rejects.
func (t *tunnel) rejectChild(n int) {
	chain := t.child(0, n)
	t.exchange(false, false, childSA, []payload{chain[0], t.w.nonce2(), chain[1], chain[2]})
	t.exchange(true, true, childSA, []payload{{kind: notify, body: []byte{0, 0, 0, 14}}}) // NO_PROPOSAL_CHOSEN
}

// end deletes the IKE SA.
func (t *tunnel) end() {
	t.exchange(false, false, info2, []payload{{kind: deletePayload, body: []byte{1, 0, 0, 0}}})
	t.exchange(true, true, info2, nil)
}

// carry are packets of the first Child SA (RFC 7296, section 2.17), both ways.
func (t *tunnel) carry(packets int) {
	keymat, last := []byte(nil), []byte(nil)
	for i := byte(1); len(keymat) < 40; i++ {
		h := hmac.New(sha256.New, t.d)
		h.Write(last)
		h.Write(t.nonces[0])
		h.Write(t.nonces[1])
		h.Write([]byte{i})
		last = h.Sum(nil)
		keymat = append(keymat, last...)
	}
	for side := range 2 {
		block, err := aes.NewCipher(keymat[side*20:][:16])
		if err != nil {
			panic(err) // the key is 16 bytes long
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic(err) // AES has blocks of 16 bytes
		}
		e := &sealer{&encoder{spi: t.childSPI(1-side, 0), key: keymat[side*20:][:20], aead: aead, iv: make([]byte, 8)}}
		from, to := t.i.Addr(), t.r.Addr()
		if side == 1 {
			from, to = to, from
		}
		e.carry(t.w, from, to, packets)
	}
}
