package page

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// Negotiations in which a peer says something else than it did, well protected: payloads that are missing, there twice, in another order, from
// other messages, of another type, length or content; other message IDs, SPIs and exchanges; messages in IKE fragments.

// sealedTapes are sessions of both versions whose messages can be protected again.
func sealedTapes(t testing.TB) (list []*tape) {
	t.Helper()
	for _, name := range []string{
		"v1-main-psk-aes128-sha1", "v1-xauth-modecfg", "simultaneous-v1", "v1-aggressive-psk-pfs", "v2-psk-aes128-sha256", "v2-psk-gcm-x25519-pfs-rekey",
		"v2-simultaneous", "diag-v2-eap", "path-mobike", "diag-v2-rekey-lost",
	} {
		list = append(list, record(t, name))
	}
	return list
}

// changed are letters after a program of edits: most change what is inside, some what is around it. other gives the payloads that are spliced in.
func changed(list []*letter, program []byte, other []*letter) []*letter {
	out := make([]*letter, len(list))
	for i, l := range list {
		cp := *l
		cp.parts = slices.Clone(l.parts)
		out[i] = &cp
	}
	for ; len(program) >= editLen; program = program[editLen:] {
		l := out[int(program[1])%len(out)]
		l.change(program[0], int(program[2]), int(program[3]), program[4], other[int(program[3])%len(other)])
	}
	return out
}

// change does one edit, at a payload, with a place or length, and a value.
func (l *letter) change(what byte, at, n int, value byte, other *letter) {
	const most = 64
	if len(l.parts) == 0 || len(l.parts) > most {
		return
	}
	k := at % len(l.parts)
	p := &l.parts[k]
	spliced := func() letterPart {
		if len(other.parts) == 0 {
			return *p
		}
		return other.parts[int(value)%len(other.parts)]
	}
	switch what % 18 {
	case 0:
		l.parts = slices.Delete(l.parts, k, k+1)
	case 1:
		l.parts = slices.Insert(l.parts, k, *p)
	case 2:
		j := (k + 1) % len(l.parts)
		l.parts[k], l.parts[j] = l.parts[j], l.parts[k]
	case 3:
		l.parts = slices.Insert(l.parts, k, spliced())
	case 4:
		*p = spliced()
	case 5:
		p.kind = decode.PayloadType(value)
	case 6: // bytes more
		i := n % (len(p.body) + 1)
		p.body = slices.Insert(bytes.Clone(p.body), i, bytes.Repeat([]byte{value}, 1+int(value)%40)...)
	case 7: // bytes less
		i := n % (len(p.body) + 1)
		p.body = slices.Delete(bytes.Clone(p.body), i, min(len(p.body), i+1+int(value)%16))
	case 8, 9, 10:
		if len(p.body) > 0 {
			p.body = bytes.Clone(p.body)
			p.body[n%len(p.body)] ^= value
		}
	case 11: // two bytes that may be a length, a count or a type
		if len(p.body) > 1 {
			p.body = bytes.Clone(p.body)
			binary.BigEndian.PutUint16(p.body[n%(len(p.body)-1):], uint16(value)<<uint(at%9))
		}
	case 12:
		length := uint16(4+len(p.body)) + uint16(int8(value))
		p.length = &length
	case 13:
		next := decode.PayloadType(value)
		p.next = &next
	case 14:
		if l.head.MessageID = uint32(value); value > 7 {
			l.head.MessageID = other.head.MessageID
		}
	case 15:
		if value%2 == 0 {
			l.head.Exchange = other.head.Exchange
		} else {
			l.head.Flags ^= decode.Flags(value)
		}
	case 16:
		switch value % 4 {
		case 0:
			l.head.Initiator, l.head.Responder = l.head.Responder, l.head.Initiator
		case 1:
			l.head.Responder = decode.SPI{}
		default:
			l.head.Initiator, l.head.Responder = other.head.Initiator, other.head.Responder
		}
	case 17:
		l.pieces, l.keepHash = int(value)%6, value > 0x7f
	}
}

// A structured tape is one with its letters.
type structured struct {
	*tape
	list []*letter
}

func structuredTapes(t testing.TB) (list []structured) {
	t.Helper()
	for _, tp := range sealedTapes(t) {
		list = append(list, structured{tp, tp.letters(t)})
	}
	return list
}

// tryLetters runs everything over a session whose letters were changed, and then its packets.
func (s structured) tryLetters(t *testing.T, letters, packets []byte, other structured) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s, edits %x and %x from %s: panic: %v\n%s", s.name, letters, packets, other.name, r, debug.Stack())
		}
	}()
	tp := s.sent(changed(s.list, letters, other.list)).edited(packets, other.tape)
	if err := reports(tp.file(), tp.bag, true); err != nil {
		t.Errorf("%s, edits %x and %x from %s: %v", s.name, letters, packets, other.name, err)
	}
	own := live(t, tp)
	less := decrypted(t, tp)
	if own.Packets != len(tp.records) {
		t.Errorf("%s, edits %x and %x from %s: live has %d packets of %d", s.name, letters, packets, other.name, own.Packets, len(tp.records))
	}
	both := &secret.Bag{}
	both.Merge(tp.bag)
	both.Merge(other.bag)
	tp.bag = both
	if more := decrypted(t, tp); more.ike < less.ike || more.esp < less.esp {
		t.Errorf("%s, edits %x and %x from %s: with its secrets decrypted %+v, with more %+v", s.name, letters, packets, other.name, less, more)
	}
}

// live is what a single pass over the packets as they come counts.
func live(t testing.TB, tp *tape) ikedecode.Counts {
	t.Helper()
	own := &secret.Bag{}
	own.Merge(tp.bag)
	src, err := capture.OpenLive(context.Background(), []string{"-"}, capture.Options{Stdin: bytes.NewReader(tp.file())})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s := ikedecode.NewLive(src, own, ikedecode.Options{})
	if err := s.RunLive(context.Background(), ikedecode.LiveOptions{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	return s.Counts
}

// Whatever a peer says, nothing panics, each packet is there, and more secrets decrypt no less.
func TestChangedLetters(t *testing.T) {
	rounds := roundsOf(4, 12)
	list := structuredTapes(t)
	for i, s := range list {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(*extraRounds), uint64(i)))
			for range rounds {
				s.tryLetters(t, anyProgram(random, 1+random.IntN(6)), anyProgram(random, random.IntN(3)), list[random.IntN(len(list))])
			}
		})
	}
}

func FuzzLetters(f *testing.F) {
	list := structuredTapes(f)
	for i := range list {
		what := byte(i)
		f.Add(uint8(i), uint8(i+1), []byte{what, 3 + what, 1, what, 1, 17 - what, 4, 1, what, 2}, []byte{})
	}
	f.Fuzz(func(t *testing.T, from, other uint8, letters, packets []byte) {
		const most = 16 * editLen
		list[int(from)%len(list)].tryLetters(t, letters[:min(len(letters), most)], packets[:min(len(packets), most)], list[int(other)%len(list)])
	})
}
