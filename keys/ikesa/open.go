package ikesa

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
)

// maxIVs bounds the candidates for the IV of one message.
const maxIVs = 64

// maxPasses bounds how often what was rebuilt is used to rebuild more: a Quick Mode has no longer chain than this.
const maxPasses = 4

// An opening is the attempt to open all encrypted messages of an SA with one candidate.
type opening struct {
	s       *solver
	p       Policy
	m       material
	k       keyset
	swap    bool // the roles are the other way round than the addresses say
	block   cipher.Block
	size    int  // of a block
	forced  bool // nothing proves the keys
	results []*result
	phase1  []*result
	byID    map[uint32][]*result
}

// A result is one encrypted message under one candidate.
type result struct {
	msg      *Message
	body     []byte // ciphertext, whole blocks
	short    bool   // bytes are missing at its end
	at       int    // its place among those of phase 1, or of its message ID
	plain    []byte
	unknown  int
	iv       IVOrigin
	payloads []decode.Payload
	err      error
	end      int // of the payload chain in plain
	check    HashCheck
	opened   bool
	clear    bool // it was not encrypted: there is only its HASH to check
	sender   bool // from the initiator, by the roles of this opening
	bits     int  // evidence that the key is right
}

// open tries a candidate; look is how many messages must all fail to give it up. It returns nil where the evidence does
// not do.
func (s *solver) open(p Policy, m material, k keyset, swap bool, look int) *opening {
	o := s.newOpening(p, m, k, swap)
	if o == nil || !o.promising(look) {
		return nil
	}
	for _, r := range o.results {
		o.openByIV(r)
	}
	o.findA()
	o.verifyAll()
	// What a rebuilt message tells (a nonce, an identity) may help the next one.
	again := true
	for pass := 0; again && pass < maxPasses; pass++ {
		again = false
		for _, r := range o.results {
			if !r.opened && o.rebuild(r) {
				again = true
			}
		}
		if again {
			o.verifyAll()
		}
	}
	if o.bits() < enoughBits && !o.hashProved() {
		return nil
	}
	return o
}

func (s *solver) newOpening(p Policy, m material, k keyset, swap bool) *opening {
	if len(k.keys.Ka) != p.KeyLen || len(k.keys.Ka) == 0 {
		return nil
	}
	block, err := p.Cipher.NewBlock(k.keys.Ka)
	if err != nil {
		return nil
	}
	o := &opening{s: s, p: p, m: m, k: k, swap: swap, block: block, size: block.BlockSize()}
	o.collect()
	return o
}

// force decrypts every message with its likeliest IV, without proof.
func (o *opening) force() {
	o.forced = true
	for _, r := range o.results {
		if o.openByIV(r); r.opened {
			continue
		}
		r.plain, r.opened, r.unknown, r.iv = make([]byte, len(r.body)), true, 0, IVOrigin{}
		iv := make([]byte, o.size)
		if ivs := o.ivs(r); len(ivs) > 0 {
			iv, r.iv = ivs[0].iv, ivs[0].from
		}
		r.iv.Unproven = true
		cipher.NewCBCDecrypter(o.block, iv).CryptBlocks(r.plain, r.body)
		r.parse()
	}
	o.verifyAll()
}

// collect lists the messages: the encrypted ones, and those in the clear that have a HASH or a nonce.
func (o *opening) collect() {
	o.byID = make(map[uint32][]*result)
	for _, m := range o.s.sa.Messages {
		r := &result{msg: m, sender: m.FromInitiator != o.swap, clear: m.Encrypted == nil}
		if r.clear {
			r.readClear()
		} else {
			n := len(m.Encrypted) / o.size * o.size
			r.body = m.Encrypted[:n]
			r.short = n != len(m.Encrypted) || m.Cut || int64(m.Length) > int64(len(m.Raw))
			if n == 0 {
				continue
			}
		}
		o.results = append(o.results, r)
		if isPhase1(m) && !r.clear {
			r.at = len(o.phase1)
			o.phase1 = append(o.phase1, r)
			continue
		}
		r.at = len(o.byID[m.MessageID])
		o.byID[m.MessageID] = append(o.byID[m.MessageID], r)
	}
}

// readClear takes a message in the clear as opened.
func (r *result) readClear() {
	r.plain = r.msg.Raw[decode.HeaderLen:]
	r.end = len(r.plain) - len(r.msg.Trailer)
	r.payloads, r.opened = r.msg.Message.Payloads, true
}

// promising is the quick look: with the right key, some message among the first ones opens or has a tail that a
// payload chain can have.
func (o *opening) promising(look int) bool {
	encrypted := 0
	for _, r := range o.results {
		if r.clear {
			continue
		}
		if encrypted++; encrypted > look {
			break
		}
		o.openByIV(r)
		if !r.opened {
			o.rebuild(r)
		}
		if r.bits >= 16 {
			o.reset()
			return true
		}
	}
	return encrypted == 0
}

// reset undoes what the quick look did: with all messages at hand some results come out better.
func (o *opening) reset() {
	for _, r := range o.results {
		if !r.clear {
			*r = result{msg: r.msg, body: r.body, short: r.short, sender: r.sender, at: r.at}
		}
	}
}

// openByIV tries the candidate IVs of a message. CBC forgives a wrong IV after the first block, so it is the first
// generic header that tells them apart.
func (o *opening) openByIV(r *result) {
	if r.opened {
		return
	}
	plain := make([]byte, len(r.body))
	if len(r.body) > o.size {
		cipher.NewCBCDecrypter(o.block, r.body[:o.size]).CryptBlocks(plain[o.size:], r.body[o.size:])
	}
	var first [32]byte
	o.block.Decrypt(first[:], r.body[:o.size])
	for _, c := range o.ivs(r) {
		for i := range o.size {
			plain[i] = first[i] ^ c.iv[i]
		}
		bits, end, ok := o.weigh(r, plain)
		if !ok {
			continue
		}
		r.plain, r.end, r.iv, r.bits, r.opened = plain, end, c.from, bits, true
		r.parse()
		return
	}
}

func (r *result) parse() {
	r.payloads, _, r.err = ikev1.Grammar.ParsePayloads(r.msg.NextPayload, r.plain)
}

// weigh tells whether plain is a chain of payloads with padding, and how many bits of evidence it is for the key.
func (o *opening) weigh(r *result, plain []byte) (bits, end int, ok bool) {
	first := r.msg.NextPayload
	if first == decode.PayloadNone {
		return 0, 0, false
	}
	end, ok = ikev1.Grammar.WalkChain(first, plain)
	if !ok {
		// Of a message that was cut the front may do: two headers in a row.
		if !r.short || end < 8 {
			return 0, end, false
		}
		return 12, end, true
	}
	if len(plain)-end > maxPad || end == 0 {
		return 0, end, false
	}
	return o.evidence(first, plain[:end]) + padBits(plain[end:], o.size), end, true
}

// maxPad is the most padding that is accepted: a byte's worth, as some peers pad by a random number of blocks.
const maxPad = 255

// evidence counts the bits of a chain: a zero and a known type in each header, a HASH of exactly the right length.
func (o *opening) evidence(first decode.PayloadType, chain []byte) int {
	bits := 0
	for next, at := first, 0; next != decode.PayloadNone && at+4 <= len(chain); {
		n := int(binary.BigEndian.Uint16(chain[at+2:]))
		bits += 11
		if next == ikev1.PayloadHash && n == 4+o.p.Hash.New().Size() {
			bits += 12
		}
		next, at = decode.PayloadType(chain[at]), at+max(n, 4)
	}
	return bits
}

// padBits counts the evidence of the padding: its length below a block, and bytes that are zero as most peers send.
func padBits(pad []byte, size int) int {
	bits := 0
	if len(pad) < size {
		bits = 8
	}
	if len(pad) > 0 && len(bytes.TrimLeft(pad, "\x00")) == 0 {
		bits += min(8*len(pad), 24)
	}
	return bits
}

// An ivCandidate is one possible IV.
type ivCandidate struct {
	iv   []byte
	from IVOrigin
}

// ivs returns the candidates for the IV of a message, the likeliest first (RFC 2409, appendix B): the last ciphertext
// block before it in its exchange, or for the first message the hash that starts the exchange. As messages get lost,
// resent and reordered, each other block that may have come before is tried after these.
func (o *opening) ivs(r *result) []ivCandidate {
	var out []ivCandidate
	add := func(kind IVKind, frame int, iv []byte) {
		if len(iv) >= o.size && len(out) < maxIVs {
			out = append(out, ivCandidate{iv[:o.size], IVOrigin{Kind: kind, Frame: frame}})
		}
	}
	tails := func(rs []*result) {
		for i := r.at - 1; i >= max(0, r.at-maxIVs); i-- {
			add(IVLastBlock, rs[i].msg.Frame, o.tail(rs[i]))
		}
		for i := r.at + 1; i < min(len(rs), r.at+maxIVs); i++ {
			add(IVLastBlock, rs[i].msg.Frame, o.tail(rs[i]))
		}
	}
	firstIVs := o.firstIVs()
	if isPhase1(r.msg) {
		if len(o.phase1) > 0 && o.phase1[0] == r {
			for _, iv := range firstIVs {
				add(IVFirst, 0, iv)
			}
			tails(o.phase1)
			return out
		}
		tails(o.phase1)
		for _, iv := range firstIVs {
			add(IVFirst, 0, iv)
		}
		return out
	}
	same := o.byID[r.msg.MessageID]
	starts := func() {
		for i := len(o.phase1) - 1; i >= max(0, len(o.phase1)-maxIVs); i-- {
			iv := keys.Phase2IV(o.p.Hash, o.tail(o.phase1[i]), r.msg.MessageID, o.size)
			add(IVPhase2, o.phase1[i].msg.Frame, iv)
		}
		for _, first := range firstIVs { // Aggressive Mode with its last message in the clear
			add(IVPhase2, 0, keys.Phase2IV(o.p.Hash, first, r.msg.MessageID, o.size))
		}
	}
	if len(same) > 0 && same[0] == r {
		starts()
		tails(same)
	} else {
		tails(same)
		starts()
	}
	return out
}

// tail is the last ciphertext block of a message, nil where it was cut.
func (o *opening) tail(r *result) []byte {
	if r.short || r.clear {
		return nil
	}
	return r.body[len(r.body)-o.size:]
}

// firstIVs are the IVs that phase 1 may start with: hash(g^xi | g^xr), in the other order where the roles are unsure.
func (o *opening) firstIVs() [][]byte {
	if o.m.gxi == nil || o.m.gxr == nil {
		return nil
	}
	out := [][]byte{keys.FirstIV(o.p.Hash, o.m.gxi, o.m.gxr, o.size)}
	if !o.s.sa.RolesKnown {
		out = append(out, keys.FirstIV(o.p.Hash, o.m.gxr, o.m.gxi, o.size))
	}
	return out
}

// bits is the evidence of all messages.
func (o *opening) bits() int {
	n := 0
	for _, r := range o.results {
		n += r.bits
	}
	return n
}

func (o *opening) hashProved() bool {
	for _, r := range o.results {
		if r.check.OK {
			return true
		}
	}
	return false
}

// complete reports that nothing better can be found: all messages open, every HASH that could be checked fits, and
// SKEYID_d is among the keys.
func (o *opening) complete() bool {
	for _, r := range o.results {
		if !r.opened || (r.check.Done && !r.check.OK) {
			return false
		}
	}
	return o.hashProved() && o.k.keys.D != nil
}

// betterThan compares two openings: HASHes that fit first, then what opened, then how far the keys lead.
func (o *opening) betterThan(b *opening) bool {
	rank := func(x *opening) [5]int {
		var n [5]int
		for _, r := range x.results {
			switch {
			case r.check.OK:
				n[0]++
			case r.check.Done:
				n[0]--
			}
			if r.opened && !r.clear {
				n[1]++
				n[2] -= r.unknown
			}
		}
		for _, k := range [][]byte{x.k.keys.D, x.k.keys.A, x.k.keys.E} {
			if k != nil {
				n[3]++
			}
		}
		n[4] = x.bits()
		return n
	}
	a, c := rank(o), rank(b)
	for i := range a {
		if a[i] != c[i] {
			return a[i] > c[i]
		}
	}
	return false
}

// adopt writes a result into its message.
func (r *result) adopt() {
	m := r.msg
	if r.clear {
		m.Hash = r.check
		return
	}
	if !r.opened {
		m.Why = &Gap{Code: GapWrongKey, Cause: CauseDamaged, Version: 1}
		return
	}
	m.State, m.Plain, m.Unknown, m.IV = Opened, r.plain, r.unknown, r.iv
	if r.unknown > 0 {
		m.State = Partly
	}
	m.Read(r.payloads)
	m.PayErr, m.Hash = r.err, r.check
}
