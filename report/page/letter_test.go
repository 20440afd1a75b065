package page

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A letter is an IKE message of a tape, taken apart so that it can be put together otherwise and is protected again as its peer did it:
// what is wrong inside then gets past ICVs and HASHes.
type letter struct {
	record    int // that it came in
	at        int // where in it the message starts
	head      decode.Header
	parts     []letterPart
	initiator bool // sends it
	sealer    sealer
	pieces    int  // IKE fragments that it is cut into; 0: none
	keepHash  bool // its HASH stays as it is
}

// A letterPart is a payload, with the fields of its generic header where they are wrong on purpose.
type letterPart struct {
	kind   decode.PayloadType
	body   []byte
	next   *decode.PayloadType
	length *uint16
}

// A sealer protects a message: the result is what goes on the wire, each message behind the one before it.
type sealer interface {
	seal(l *letter) [][]byte
}

// letters are those of a tape's messages that come once, in one piece, and can be read as a whole.
func (tp *tape) letters(t testing.TB) (list []*letter) {
	t.Helper()
	s, err := passes(tp.file(), tp.bag, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, sa := range s.SAs {
		var of sealer = asItIs{}
		if sa.Version == 1 && sa.Keys.Ka != nil && sa.Policy.Cipher != nil && sa.Policy.PRF.Sum != nil {
			of = newSealer1(sa)
		}
		for _, m := range sa.Messages {
			if m.PayErr != nil || m.Err != nil || m.Fragments > 0 || m.Joined > 0 || m.State == ikesa.Closed || m.State == ikesa.Partly || len(m.Payloads) == 0 {
				continue
			}
			r := tp.records[m.Frame-1]
			at := bytes.Index(r, m.Raw)
			if at < recordHead+udpPayload {
				continue
			}
			l := &letter{record: m.Frame - 1, at: at, head: m.Header, initiator: m.FromInitiator, sealer: asItIs{}}
			for _, p := range m.Payloads {
				l.parts = append(l.parts, letterPart{kind: p.Type, body: p.Raw[4:]})
			}
			switch {
			case m.State == ikesa.Clear:
				if s1, ok := of.(*sealer1); ok {
					s1.learn(l)
				}
			case sa.Version == 1:
				l.sealer = of
			default:
				l.sealer = sealer2{sa, &sa.Generations[m.Generation]}
			}
			list = append(list, l)
		}
	}
	return list
}

// chain is the payloads as they go on the wire, and the type of the first.
func (l *letter) chain() (first decode.PayloadType, b []byte) {
	for i, p := range l.parts {
		if i == 0 {
			first = p.kind
		}
		next := decode.PayloadNone
		if i+1 < len(l.parts) {
			next = l.parts[i+1].kind
		}
		if p.next != nil {
			next = *p.next
		}
		n := uint16(4 + len(p.body))
		if p.length != nil {
			n = *p.length
		}
		b = binary.BigEndian.AppendUint16(append(b, byte(next), 0), n)
		b = append(b, p.body...)
	}
	return first, b
}

// onWire is a header with a body, its length set.
func onWire(h decode.Header, first decode.PayloadType, body []byte) []byte {
	h.NextPayload, h.Length = first, uint32(decode.HeaderLen+len(body))
	return append(h.Append(nil), body...)
}

// asItIs leaves messages as they are.
type asItIs struct{}

func (asItIs) seal(l *letter) [][]byte {
	first, chain := l.chain()
	return fragments1(l, onWire(l.head, first, chain))
}

// fragments1 cuts a message of IKEv1 into the pieces that its letter wants, as Cisco's and Microsoft's fragmentation does it.
func fragments1(l *letter, b []byte) (list [][]byte) {
	if l.pieces == 0 || l.head.Major() != 1 {
		return [][]byte{b}
	}
	size := max(1, (len(b)+l.pieces-1)/l.pieces)
	h := l.head
	h.Flags &^= ikev1.FlagEncryption
	for n := byte(1); len(b) > 0; n++ {
		k := min(size, len(b))
		last := byte(0)
		if k == len(b) {
			last = 1
		}
		body := append([]byte{0, 0, byte((8 + k) >> 8), byte(8 + k), 0, 7, n, last}, b[:k]...)
		list, b = append(list, onWire(h, ikev1.PayloadFragment, body)), b[k:]
	}
	return list
}

// A sealer1 encrypts the messages of one IKE SA of IKEv1, in the order in which it gets them: the IV of each is the last block of the one
// before it (RFC 2409, appendix B).
type sealer1 struct {
	sa       *ikesa.SA
	block    cipher.Block
	gx       [2][]byte         // what the initiator and the responder said in their KE payloads
	last     map[uint32][]byte // block of each message ID
	nonces   map[uint32][][]byte
	messages map[uint32]int
}

func newSealer1(sa *ikesa.SA) *sealer1 {
	block, err := sa.Policy.Cipher.NewBlock(sa.Keys.Ka)
	if err != nil {
		panic(err) // it has decrypted the session
	}
	return &sealer1{sa: sa, block: block}
}

// reset is the start of the session.
func (s *sealer1) reset() {
	s.last, s.nonces, s.messages = make(map[uint32][]byte), make(map[uint32][][]byte), make(map[uint32]int)
}

// learn takes the public values from a message in the clear.
func (s *sealer1) learn(l *letter) {
	for _, p := range l.parts {
		if side := &s.gx[side(l.initiator)]; p.kind == ikev1.PayloadKE && *side == nil {
			*side = p.body
		}
	}
}

func side(initiator bool) int {
	if initiator {
		return 0
	}
	return 1
}

func (s *sealer1) seal(l *letter) [][]byte {
	mid, n := l.head.MessageID, s.block.BlockSize()
	iv := s.last[mid]
	switch {
	case iv != nil:
	case mid == 0:
		iv = keys.FirstIV(s.sa.Policy.Hash, s.gx[0], s.gx[1], n)
	default:
		iv = keys.Phase2IV(s.sa.Policy.Hash, s.last[0], mid, n)
	}
	s.hash(l)
	first, b := l.chain()
	b = append(b, make([]byte, (n-len(b)%n)%n)...)
	if len(b) > 0 {
		cipher.NewCBCEncrypter(s.block, iv).CryptBlocks(b, b)
		s.last[mid] = bytes.Clone(b[len(b)-n:])
	}
	return fragments1(l, onWire(l.head, first, b))
}

// hash sets the HASH payload in front of a message of a later exchange (RFC 2409, section 5.5).
func (s *sealer1) hash(l *letter) {
	mid := l.head.MessageID
	at := s.messages[mid]
	s.messages[mid]++
	for _, p := range l.parts {
		if p.kind == ikev1.PayloadNonce {
			s.nonces[mid] = append(s.nonces[mid], p.body)
		}
	}
	if mid == 0 || l.keepHash || len(l.parts) == 0 || l.parts[0].kind != ikev1.PayloadHash {
		return
	}
	_, chain := l.chain()
	rest := chain[4+len(l.parts[0].body):]
	prf, a, nonces := s.sa.Policy.PRF, s.sa.Keys.A, s.nonces[mid]
	quick := l.head.Exchange == ikev1.ExchangeQuick
	switch {
	case quick && at == 1 && len(nonces) > 0:
		l.parts[0].body = keys.Hash2(prf, a, mid, nonces[0], rest)
	case quick && at == 2 && len(nonces) > 1:
		l.parts[0].body = keys.Hash3(prf, a, mid, nonces[0], nonces[1])
	default:
		l.parts[0].body = keys.Hash1(prf, a, mid, rest)
	}
}

// A sealer2 puts messages of IKEv2 into SK payloads, or into SKF payloads where they are cut into pieces (RFC 7296, section 3.14; RFC 7383).
type sealer2 struct {
	sa   *ikesa.SA
	keys *ikesa.Generation
}

func (s sealer2) seal(l *letter) [][]byte {
	first, chain := l.chain()
	if l.pieces == 0 {
		return [][]byte{s.sk(l, ikev2.PayloadSK, first, nil, chain)}
	}
	size := max(1, (len(chain)+l.pieces-1)/l.pieces)
	total := max(1, (len(chain)+size-1)/size)
	var list [][]byte
	for n := 1; n <= total; n++ {
		k := min(size, len(chain))
		list = append(list, s.sk(l, ikev2.PayloadSKF, first, []byte{0, byte(n), byte(total >> 8), byte(total)}, chain[:k]))
		first, chain = decode.PayloadNone, chain[k:]
	}
	return list
}

// sk is a message with one encrypted payload; front is what comes before its IV.
func (s sealer2) sk(l *letter, kind, first decode.PayloadType, front, plain []byte) []byte {
	p := s.sa.Policy
	encr, integ := s.keys.EI, s.keys.AI
	if !l.initiator {
		encr, integ = s.keys.ER, s.keys.AR
	}
	c, icv := p.Cipher, p.Cipher.ICVLen
	if !c.AEAD {
		icv = p.Integ.ICVLen
	}
	pad := (c.BlockLen - (len(plain)+1)%c.BlockLen) % c.BlockLen
	plain = append(append(bytes.Clone(plain), make([]byte, pad)...), byte(pad))
	iv := bytes.Repeat([]byte{byte(l.head.MessageID) ^ 0x5a}, c.IVLen)
	n := 4 + len(front) + c.IVLen + len(plain) + icv
	b := append([]byte{byte(first), 0, byte(n >> 8), byte(n)}, front...)
	b = onWire(l.head, kind, b)
	binary.BigEndian.PutUint32(b[24:], uint32(decode.HeaderLen+n))
	key := encr[:len(encr)-c.SaltLen]
	switch {
	case c.AEAD:
		aead, err := c.NewAEAD(key)
		if err != nil {
			panic(err) // it has decrypted the session
		}
		nonce := append(bytes.Clone(encr[len(key):]), iv...)
		return aead.Seal(append(b, iv...), nonce, plain, b)
	case c.NewBlock != nil:
		block, err := c.NewBlock(key)
		if err != nil {
			panic(err)
		}
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	default: // a counter mode is its own reverse
		d, err := c.NewDecrypter(encr)
		if err == nil {
			err = d.Decrypt(plain, iv, bytes.Clone(plain))
		}
		if err != nil {
			panic(err)
		}
	}
	b = append(append(b, iv...), plain...)
	mac := p.Integ.New(integ)
	mac.Write(b)
	return append(b, mac.Sum(nil)[:icv]...)
}

// sent is the tape with the letters in place of the messages that they were made from.
func (tp *tape) sent(list []*letter) *tape {
	out := &tape{name: tp.name, head: tp.head, bag: tp.bag}
	of := make(map[int]*letter)
	for _, l := range list {
		of[l.record] = l
		if s, ok := l.sealer.(*sealer1); ok {
			s.reset()
		}
	}
	for i, r := range tp.records {
		l := of[i]
		if l == nil {
			out.records = append(out.records, bytes.Clone(r))
			continue
		}
		for _, b := range l.sealer.seal(l) {
			out.records = append(out.records, withPayload(r, l.at, b))
		}
	}
	return out
}

// withPayload is a record with another UDP payload from an offset on, with the lengths of its headers.
func withPayload(r []byte, at int, b []byte) []byte {
	r = append(bytes.Clone(r[:at]), b...)
	n := len(r) - recordHead
	binary.LittleEndian.PutUint32(r[8:], uint32(n))
	binary.LittleEndian.PutUint32(r[12:], uint32(n))
	binary.BigEndian.PutUint16(r[recordHead+16:], uint16(n-14))
	binary.BigEndian.PutUint16(r[recordHead+38:], uint16(n-34))
	return r
}

// What is taken apart and put together again is decrypted as before: the letters are protected as their peers do it.
func TestLettersAsTheyWere(t *testing.T) {
	for _, tp := range sealedTapes(t) {
		list := tp.letters(t)
		want, got := decrypted(t, tp), decrypted(t, tp.sent(list))
		if len(list) < 4 || got != want {
			t.Errorf("%s: of %d letters, decrypted %+v, before %+v", tp.name, len(list), got, want)
		}
		for _, l := range list {
			l.pieces = 3
		}
		got = decrypted(t, tp.sent(list))
		if got.closed > want.closed || got.hashes < want.hashes {
			t.Errorf("%s, in IKE fragments: decrypted %+v, before %+v", tp.name, got, want)
		}
	}
}

// howFar is how much of a capture is decrypted.
type howFar struct{ ike, closed, esp, hashes, children int }

func decrypted(t testing.TB, tp *tape) (h howFar) {
	t.Helper()
	s, err := passes(tp.file(), tp.bag, func(*ikedecode.Frame) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	h.ike, h.closed, h.esp = s.Counts.IKEOpened, s.Counts.IKEClosed, s.Counts.Opened
	for _, sa := range s.SAs {
		h.children += len(sa.Children)
		for _, m := range sa.Messages {
			if m.Hash.OK {
				h.hashes++
			}
		}
	}
	return h
}
