package v1

import (
	"crypto/cipher"

	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// maxPasses bounds how often what was rebuilt is used to rebuild more: a Quick Mode has no longer chain than this.
const maxPasses = 4

// open tries a candidate; look is how many messages must all fail to give it up. It returns nil where the evidence does
// not do.
func (s *solver) open(p ikesa.Policy, m ikesa.Phase1, k keyset, swap bool, look int) *opening {
	o := s.newOpening(p, m, k, swap)
	if o == nil || !o.promising(look) {
		return nil
	}
	for _, r := range o.results {
		o.openByIV(r)
	}
	o.findA()
	o.verifyAll()
	o.doubtGiven()
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
			o.doubtGiven()
		}
	}
	if o.bits() < o.enoughBits() && !o.hashProved() {
		return nil
	}
	return o
}

func (s *solver) newOpening(p ikesa.Policy, m ikesa.Phase1, k keyset, swap bool) *opening {
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
		r.plain, r.opened, r.unknown, r.iv = make([]byte, len(r.body)), true, 0, ikesa.IVOrigin{}
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

// collect lists the messages: the encrypted ones, and those unencrypted that have a HASH or a nonce.
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
		if m.IsPhase1() && !r.clear {
			r.at = len(o.phase1)
			o.phase1 = append(o.phase1, r)
			continue
		}
		r.at = len(o.byID[m.MessageID])
		o.byID[m.MessageID] = append(o.byID[m.MessageID], r)
	}
}

// promising is the quick look: with the correct key, some message among the first ones decrypts or has a tail that a
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
