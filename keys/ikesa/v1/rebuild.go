package v1

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// rebuild decrypts a message whose IV cannot be had. CBC leaves all blocks but the first one readable; the first one is put
// together from what must stand there: the generic header, and in phase 2 the HASH, which the rest of the message
// dictates. What cannot be known is left zero and counted in unknown.
func (o *opening) rebuild(r *result) bool {
	if r.clear || r.short || len(r.body) <= o.size {
		return false
	}
	plain := make([]byte, len(r.body))
	cipher.NewCBCDecrypter(o.block, r.body[:o.size]).CryptBlocks(plain[o.size:], r.body[o.size:])
	switch r.msg.NextPayload {
	case ikev1.PayloadHash:
		return o.rebuildHash(r, plain)
	case ikev1.PayloadID:
		return r.msg.IsPhase1() && o.rebuildID(r, plain)
	}
	return false
}

// firstTypes are the payloads that may follow the HASH of a phase 2 message, by exchange; PayloadNone stands for the
// last message of a Quick Mode.
func firstTypes(x decode.ExchangeType) []decode.PayloadType {
	switch x {
	case ikev1.ExchangeQuick:
		return []decode.PayloadType{ikev1.PayloadSA, decode.PayloadNone, ikev1.PayloadNotify}
	case ikev1.ExchangeInformational:
		// Delete first: HASH(1) does not cover the type, and a Notification can be read from nearly everything.
		return []decode.PayloadType{ikev1.PayloadDelete, ikev1.PayloadNotify}
	case ikev1.ExchangeTransaction:
		return []decode.PayloadType{ikev1.PayloadAttributes}
	case ikev1.ExchangeNewGroup:
		return []decode.PayloadType{ikev1.PayloadSA}
	case ikev1.ExchangeMain, ikev1.ExchangeAggressive:
		return []decode.PayloadType{decode.PayloadNone, ikev1.PayloadNotify, ikev1.PayloadNATD, ikev1.PayloadNATDDraft}
	}
	return nil
}

// rebuildHash rebuilds the first block of a message that starts with a HASH payload: its header is known but for the
// next payload, which the rest of the chain tells; its value follows from SKEYID_a and the rest.
func (o *opening) rebuildHash(r *result, plain []byte) bool {
	size := o.p.PRF.Size
	after := 4 + size
	if after > len(plain) {
		return false
	}
	for _, next := range firstTypes(r.msg.Message.Exchange) {
		end, ok := ikev1.Grammar.WalkChain(next, plain[after:])
		end += after
		if !ok || len(plain)-end > maxPad || !parses(next, plain[after:]) {
			continue
		}
		plain[0], plain[1] = byte(next), 0
		binary.BigEndian.PutUint16(plain[2:], uint16(after))
		try := *r
		try.plain, try.end, try.opened = plain, end, true
		if o.fillHash(&try) {
			*r = try
			return true
		}
		bits := o.evidence(next, plain[after:end]) + padBits(plain[end:], o.size)
		if next == decode.PayloadNone && bits < 24 {
			continue
		}
		clear(plain[4:o.size])
		try.unknown, try.bits, try.iv = o.size, bits, ikesa.IVOrigin{Kind: ikesa.IVHeadersOnly}
		try.parse()
		*r = try
		return true
	}
	return false
}

// fillHash puts the HASH in whose tail, in the second block, matches.
func (o *opening) fillHash(r *result) bool {
	size := o.p.PRF.Size
	seen := r.plain[o.size : 4+size]
	forms := o.hashForms(r, r.plain)
	if r.msg.IsPhase1() {
		if id := o.phase1ID(r); id != nil {
			if h := o.phase1Hash(r.sender, id); h != nil {
				forms = append(forms, hashForm{hashName(r.sender), h})
			}
		}
	}
	for _, f := range forms {
		if len(f.value) != size || !hmac.Equal(f.value[o.size-4:], seen) {
			continue
		}
		copy(r.plain[4:], f.value)
		r.unknown, r.bits, r.iv = 0, 8*len(seen), ikesa.IVOrigin{Kind: ikesa.IVRebuilt, Hash: f.name}
		r.parse()
		return true
	}
	return false
}

// parses reports whether a chain parses without an error in any payload, and its first payload without an oddity.
func parses(first decode.PayloadType, b []byte) bool {
	ps, _, err := ikev1.Grammar.ParsePayloads(first, b)
	return err == nil && (len(ps) == 0 || len(ps[0].Notes) == 0)
}

// An idGuess is what the first block of a message that starts with an ID payload may hold.
type idGuess struct {
	length int // of the ID payload
	next   decode.PayloadType
	end    int // of the chain
	bits   int
}

// rebuildID rebuilds the first block of a message that starts with an ID payload, messages 5 and 6 of Main Mode: the
// length and the next payload follow from the chain behind, the rest from HASH_I or HASH_R and the identities that this
// peer may have.
func (o *opening) rebuildID(r *result, plain []byte) bool {
	for _, g := range o.idGuesses(plain) {
		plain[0], plain[1] = byte(g.next), 0
		binary.BigEndian.PutUint16(plain[2:], uint16(g.length))
		for _, body := range o.idBodies(r, plain, g) {
			try := slices.Clone(plain)
			copy(try[4:], body.front)
			next, ok := o.secondHeader(try, g)
			if !ok {
				continue
			}
			x := *r
			x.plain, x.end, x.opened, x.unknown, x.bits = try, next, true, 0, g.bits
			x.parse()
			if x.check = o.verifyPhase1(&x); x.check.OK {
				x.bits, x.iv = 64, ikesa.IVOrigin{Kind: ikesa.IVRebuilt, Hash: x.check.Name}
				*r = x
				return true
			}
		}
		// Without proof only the headers are certain. They must all be there: an ID inside the block hides the next one.
		if g.length < o.size+4 && o.size > 8 {
			if _, ok := o.secondHeader(plain, g); !ok {
				continue
			}
		}
		if g.bits < 20 {
			continue
		}
		r.plain, r.end, r.opened, r.bits = plain, g.end, true, g.bits
		r.unknown, r.iv = o.size, ikesa.IVOrigin{Kind: ikesa.IVHeadersOnly}
		if g.length >= o.size {
			plain[4] = byte(guessIDType(plain[o.size:g.length], g.length-8))
		}
		r.parse()
		return true
	}
	return false
}

// idGuesses lists the lengths of the ID payload behind which a chain of payloads follows.
func (o *opening) idGuesses(plain []byte) []idGuess {
	var out []idGuess
	hashLen := 4 + o.p.PRF.Size
	for n := 8; n < len(plain); n++ {
		if n+4 <= o.size || n < o.size { // the next header is in the first block: of a HASH the length is known
			at := n + hashLen
			if at > len(plain) {
				continue
			}
			for _, next := range []decode.PayloadType{decode.PayloadNone, ikev1.PayloadNotify, ikev1.PayloadVendorID} {
				end, ok := ikev1.Grammar.WalkChain(next, plain[at:])
				if ok && len(plain)-at-end < o.size && zero(plain[at+end:]) {
					bits := o.evidence(next, plain[at:at+end]) + padBits(plain[at+end:], o.size) - 8
					out = append(out, idGuess{n, ikev1.PayloadHash, at + end, bits})
				}
			}
			continue
		}
		for _, next := range []decode.PayloadType{ikev1.PayloadHash, ikev1.PayloadCert, ikev1.PayloadSig} {
			end, ok := ikev1.Grammar.WalkChain(next, plain[n:])
			if !ok || len(plain)-n-end > maxPad || !parses(next, plain[n:]) {
				continue
			}
			if next == ikev1.PayloadHash && int(binary.BigEndian.Uint16(plain[n+2:])) != hashLen {
				continue
			}
			out = append(out, idGuess{n, next, n + end, o.evidence(next, plain[n:n+end]) + padBits(plain[n+end:], o.size)})
		}
	}
	slices.SortStableFunc(out, func(a, b idGuess) int { return b.bits - a.bits })
	return out[:min(len(out), 8)]
}

// guessIDType guesses the type of an identity by the bytes of it that are known and by its length.
func guessIDType(data []byte, length int) ike.IDType {
	text := len(data) > 0
	for _, c := range data {
		text = text && c > ' ' && c < 0x7f
	}
	switch {
	case length == 4:
		return ike.IDIPv4
	case text && bytes.IndexByte(data, '@') >= 0:
		return ike.IDUserFQDN
	case text:
		return ike.IDFQDN
	case length == 16:
		return ike.IDIPv6
	case length > 16:
		return ike.IDDN
	}
	return ike.IDKeyID
}

func zero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

// secondHeader writes the HASH payload's generic header behind the ID where it is, in whole or in part, in the first
// block, and returns the end of the chain.
func (o *opening) secondHeader(plain []byte, g idGuess) (end int, ok bool) {
	if g.length >= o.size {
		return g.end, true
	}
	at := g.length
	hashLen := 4 + o.p.PRF.Size
	if at+hashLen > len(plain) {
		return 0, false
	}
	plain[at+1] = 0
	binary.BigEndian.PutUint16(plain[at+2:], uint16(hashLen))
	for _, next := range []decode.PayloadType{decode.PayloadNone, ikev1.PayloadNotify, ikev1.PayloadVendorID} {
		n, ok := ikev1.Grammar.WalkChain(next, plain[at+hashLen:])
		if ok && at+hashLen+n == g.end {
			plain[at] = byte(next)
			return g.end, true
		}
	}
	return 0, false
}

// An idBody is one guess for the front of an ID payload's body, as much of it as stands in the first block.
type idBody struct{ front []byte }

// idBodies lists the identities that the sender of r may have: its addresses, and every identity that was read
// elsewhere and matches the bytes behind the first block.
func (o *opening) idBodies(r *result, plain []byte, g idGuess) []idBody {
	var out []idBody
	inBlock := min(o.size, g.length) - 4
	rest := plain[min(o.size, g.length):g.length]
	add := func(body []byte) {
		if len(body) == g.length-4 && bytes.Equal(body[inBlock:], rest) {
			out = append(out, idBody{body[:inBlock]})
		}
	}
	for i := len(o.s.ids) - 1; i >= 0 && len(out) < 256; i-- {
		add(o.s.ids[i])
	}
	for _, pp := range [][3]byte{{0, 0, 0}, {17, 1, 0xf4}, {17, 0, 0}, {17, 0x11, 0x94}} {
		for _, a := range o.addresses(r) {
			t := ike.IDIPv4
			if a.Is6() {
				t = ike.IDIPv6
			}
			add(append([]byte{byte(t), pp[0], pp[1], pp[2]}, a.AsSlice()...))
		}
		if inBlock == 4 { // blocks of 8 bytes: all of the name is unencrypted, only the type is to be found
			for _, t := range []ike.IDType{2, 3, 1, 9, 11, 5, 4, 6, 7, 8, 10} {
				out = append(out, idBody{[]byte{byte(t), pp[0], pp[1], pp[2]}})
			}
		}
	}
	return out
}

// addresses are those that the sender of r was seen with, and the peer's as a last resort.
func (o *opening) addresses(r *result) []netip.Addr {
	var out []netip.Addr
	add := func(a netip.Addr) {
		if a = a.Unmap(); a.IsValid() && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	add(r.msg.Src.Addr())
	for _, rep := range r.msg.Repeats {
		add(rep.Src.Addr())
	}
	for _, m := range o.s.sa.Messages {
		if m.FromInitiator == r.msg.FromInitiator {
			add(m.Src.Addr())
		}
	}
	add(r.msg.Dst.Addr())
	return out
}
