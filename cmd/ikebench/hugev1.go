package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// x25519 is the number of the group whose values are the shortest.
const x25519 = 31

// hugePSK is the pre-shared key of all IKE SAs of IKEv1.
const hugePSK = "a pre-shared key"

// A phase1 is an IKE SA of IKEv1 with its keys.
type phase1 struct {
	link
	number int
	spis   [2]uint64
	iv     []byte // of the next message of Main Mode
	skeyid keys.SKEYID
	keys   keys.Phase1Keys
	block  cipher.Block
}

var sha1 = alg.HashByID(2)

// keyed1 is a Main Mode with a pre-shared key, whose DH secret is given.
func (l link) keyed1(number int) *phase1 {
	w := l.w
	p := &phase1{link: l, number: number, spis: [2]uint64{cookie(1, number), cookie(2, number)}}
	attributes := []byte{0x80, 1, 0, 7, 0x80, 14, 0, 128, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4, 0, x25519}
	sa := payload{kind: 1, body: append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, proposal1(1, nil, append([]byte{1, 1, 0, 0}, attributes...))...)}
	var publics, nonces [2][]byte
	for side := range 2 {
		spis := p.spis
		if side == 0 {
			spis[1] = 0
		}
		p.message(side == 1, spis, v1, mainMode, 0, 0, []payload{sa})
	}
	for side := range 2 {
		publics[side], nonces[side] = w.random(32), w.random(16)
		p.message(side == 1, p.spis, v1, mainMode, 0, 0, []payload{{kind: 4, body: publics[side]}, {kind: 10, body: nonces[side]}})
	}
	gxy := w.random(32)
	fmt.Fprintf(&w.keys, "DH_SECRET %016x:%016x 0x%x\n", p.spis[0], p.spis[1], gxy)
	prf := alg.HMAC(sha1)
	var i, r decode.SPI
	binary.BigEndian.PutUint64(i[:], p.spis[0])
	binary.BigEndian.PutUint64(r[:], p.spis[1])
	p.skeyid = keys.SKEYIDFromPSK(prf, []byte(hugePSK), nonces[0], nonces[1])
	p.keys = p.skeyid.Keys(gxy, i, r)
	p.block = aesOf(keys.CipherKey(prf, p.keys.E, 16))
	p.iv = keys.FirstIV(sha1, publics[0], publics[1], aes.BlockSize)
	for side := range 2 {
		id := append([]byte{1, 0, 0, 0}, [...]netip.Addr{p.i.Addr(), p.r.Addr()}[side].AsSlice()...)
		hash := p.skeyid.HashI(publics[0], publics[1], i, r, sa.body, id)
		if side == 1 {
			hash = p.skeyid.HashR(publics[1], publics[0], r, i, sa.body, id)
		}
		p.secret(side == 1, mainMode, 0, &p.iv, []payload{{kind: idOne, body: id}, {kind: 8, body: hash}})
	}
	return p
}

func aesOf(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // keys have the length that they were asked for
	}
	return b
}

// proposal1 is a proposal of IKEv1 with one transform.
func proposal1(protocol byte, spi, transform []byte) []byte {
	transform = append([]byte{0, 0, 0, byte(4 + len(transform))}, transform...)
	body := append(append([]byte{1, protocol, byte(len(spi)), 1}, spi...), transform...)
	return append([]byte{0, 0, 0, byte(4 + len(body))}, body...)
}

// secret adds a message that is encrypted; iv becomes that of the next one.
func (p *phase1) secret(back bool, exchange byte, id uint32, iv *[]byte, chain []payload) {
	body := chained(chain)
	body = append(body, make([]byte, (aes.BlockSize-len(body)%aes.BlockSize)%aes.BlockSize)...)
	cipher.NewCBCEncrypter(p.block, *iv).CryptBlocks(body, body)
	*iv = bytes.Clone(body[len(body)-aes.BlockSize:])
	p.message(back, p.spis, v1, exchange, encrypted, id, []payload{{kind: chain[0].kind, body: body, bare: true}})
}

// quick is a Quick Mode for AES-CBC-128 with HMAC-SHA1, with so many packets of ESP each way.
func (p *phase1) quick(packets int) {
	const mode = 32
	w, prf, id := p.w, alg.HMAC(sha1), uint32(p.number+1)
	var nonces [2][]byte
	var spis [2]uint32
	part := func(side int) []payload {
		nonces[side], spis[side] = w.random(16), uint32(0x10000000*(side+1)+p.number*64)
		transform := []byte{1, 12, 0, 0, 0x80, 4, 0, 1, 0x80, 5, 0, 2, 0x80, 6, 0, 128}
		body := proposal1(3, binary.BigEndian.AppendUint32(nil, spis[side]), transform)
		return []payload{{kind: 1, body: append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, body...)}, {kind: 10, body: nonces[side]}}
	}
	hashed := func(hash []byte, rest []payload) []payload { return append([]payload{{kind: 8, body: hash}}, rest...) }
	iv := keys.Phase2IV(sha1, p.iv, id, aes.BlockSize)
	one := part(0)
	p.secret(false, mode, id, &iv, hashed(keys.Hash1(prf, p.keys.A, id, chained(one)), one))
	two := part(1)
	p.secret(true, mode, id, &iv, hashed(keys.Hash2(prf, p.keys.A, id, nonces[0], chained(two)), two))
	p.secret(false, mode, id, &iv, hashed(keys.Hash3(prf, p.keys.A, id, nonces[0], nonces[1]), nil))
	for side := range 2 {
		spi := binary.BigEndian.AppendUint32(nil, spis[1-side])
		keymat := keys.Keymat(prf, p.keys.D, nil, 3, spi, nonces[0], nonces[1], 36)
		m := alg.MACByKeyLog("hmac-sha1-96")
		mode := cipher.NewCBCEncrypter(aesOf(keymat[:16]), make([]byte, aes.BlockSize))
		e := &sealer{&encoder{spi: spis[1-side], key: keymat[:16], block: mode, setIV: mode.(interface{ SetIV([]byte) }).SetIV,
			iv: make([]byte, aes.BlockSize), mac: m.New(keymat[16:]), icv: m.ICVLen}}
		from, to := p.i.Addr(), p.r.Addr()
		if side == 1 {
			from, to = to, from
		}
		e.carry(w, from, to, packets)
	}
}

// carry adds packets.
func (e *sealer) carry(w *wire, from, to netip.Addr, packets int) {
	inner := make([]byte, 64)
	for i := range packets {
		innerPacket(inner, uint16(i))
		e.packet(w, from, to, inner)
	}
}

// chained are payloads with their headers, one behind the other.
func chained(chain []payload) (b []byte) {
	for i, p := range chain {
		next := byte(0)
		if i+1 < len(chain) {
			next = chain[i+1].kind
		}
		b = binary.BigEndian.AppendUint16(append(b, next, 0), uint16(4+len(p.body)))
		b = append(b, p.body...)
	}
	return b
}
