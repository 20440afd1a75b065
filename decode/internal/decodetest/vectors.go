// Package decodetest has what the tests of the decoders share: vectors of payloads and how they are held to them, and the messages
// of captures.
package decodetest

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// A bodyVector is one body of a payload and what it is parsed into.
type Vector struct {
	Name  string
	Type  decode.PayloadType
	Hex   string // without generic header; blanks are left out
	Want  decode.Body
	Notes int // how many are expected
}

// PayloadBytes puts the generic header of a last payload before body.
func PayloadBytes(body []byte) []byte {
	n := len(body) + wire.PayloadHeaderLen
	return append([]byte{0, 0, byte(n >> 8), byte(n)}, body...)
}

// TestVectors holds each vector to what it says, and to its own bytes when it is put together again.
func TestVectors(t *testing.T, g *decode.Grammar, vectors []Vector) {
	t.Helper()
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			body := testbytes.Unhex(t, v.Hex)
			ps, rest, err := g.ParsePayloads(v.Type, PayloadBytes(body))
			if err != nil || len(rest) != 0 || len(ps) != 1 {
				t.Fatalf("%d payloads, %d bytes left, error %v", len(ps), len(rest), err)
			}
			p := ps[0]
			if !reflect.DeepEqual(p.Body, v.Want) {
				t.Errorf("got  %#v\nwant %#v", p.Body, v.Want)
			}
			if !bytes.Equal(p.Data(), body) {
				t.Errorf("Data() = %x, want %x", p.Data(), body)
			}
			if got := p.Body.Append(nil); !bytes.Equal(got, body) {
				t.Errorf("Append: %x, want %x", got, body)
			}
			if len(p.Notes) != v.Notes {
				t.Errorf("notes %v, want %d", p.Notes, v.Notes)
			}
		})
	}
}

// EveryParserHasVectors keeps a new row of a grammar from going untested.
func EveryParserHasVectors(t *testing.T, g *decode.Grammar, vectors []Vector) {
	t.Helper()
	have := map[decode.PayloadType]bool{}
	for _, v := range vectors {
		have[v.Type] = true
	}
	for i, parse := range g.Parsers {
		if parse != nil && !have[decode.PayloadType(i)] {
			t.Errorf("no vector for payload %v (%d)", decode.PayloadType(i), i)
		}
	}
}

// ShortBodies cuts each body at every length, the payload's length field with it. What then parses must be no more
// than what is there, and what does not must say so with a SyntaxError.
func ShortBodies(t *testing.T, g *decode.Grammar, vectors []Vector) {
	t.Helper()
	for _, v := range vectors {
		whole := testbytes.Unhex(t, v.Hex)
		for n := range whole {
			cut := whole[:n]
			ps, _, err := g.ParsePayloads(v.Type, PayloadBytes(cut))
			if len(ps) != 1 || ps[0].Body == nil {
				t.Fatalf("%s cut to %d: %d payloads", v.Name, n, len(ps))
			}
			var syntax *wire.SyntaxError
			if err != nil && !errors.As(err, &syntax) {
				t.Fatalf("%s cut to %d: error %v is no SyntaxError", v.Name, n, err)
			}
			if err == nil && !bytes.Equal(ps[0].Body.Append(nil), cut) {
				t.Errorf("%s cut to %d: became %x", v.Name, n, ps[0].Body.Append(nil))
			}
			if got := ps[0].Append(nil); !bytes.Equal(got, PayloadBytes(cut)) {
				t.Errorf("%s cut to %d: payload became %x", v.Name, n, got)
			}
		}
	}
}

// CutPayloads cuts a payload at every length and leaves its length field: it must not come out as a payload.
func CutPayloads(t *testing.T, g *decode.Grammar, vectors []Vector) {
	t.Helper()
	for _, v := range vectors {
		whole := PayloadBytes(testbytes.Unhex(t, v.Hex))
		for n := range whole {
			ps, rest, err := g.ParsePayloads(v.Type, whole[:n])
			if len(ps) != 0 || !errors.Is(err, wire.ErrTruncated) || !bytes.Equal(rest, whole[:n]) {
				t.Fatalf("%s cut to %d: %d payloads, rest %x, error %v", v.Name, n, len(ps), rest, err)
			}
		}
	}
}

// FlippedBytes sets each byte of each body to values that hurt; nothing may panic, and what parses without error
// must go out as it came.
func FlippedBytes(t *testing.T, g *decode.Grammar, vectors []Vector) {
	t.Helper()
	for _, v := range vectors {
		b := PayloadBytes(testbytes.Unhex(t, v.Hex))
		for i := range b {
			old := b[i]
			for _, x := range []byte{0, 1, 0x7f, 0x80, 0xfa, 0xff} {
				b[i] = x
				ps, rest, err := g.ParsePayloads(v.Type, b)
				got := append(decode.AppendPayloads(nil, ps), rest...)
				if !bytes.Equal(got, b) {
					t.Errorf("%s with byte %d set to %#x (error %v): became %x", v.Name, i, x, err, got)
				}
			}
			b[i] = old
		}
	}
}

// CheckBody parses b as the body of a payload of type typ, for fuzzing: what parses without error must go out as it came.
func CheckBody(t *testing.T, g *decode.Grammar, typ decode.PayloadType, b []byte) decode.Payload {
	t.Helper()
	c := wire.NewCursor(b)
	body := g.Parse(typ, &c)
	if body == nil {
		t.Fatal("no body")
	}
	if got := body.Append(nil); c.Err() == nil && !bytes.Equal(got, b) {
		t.Errorf("became %x", got)
	}
	return decode.Payload{Type: typ, Body: body, Raw: b, Err: c.Err()}
}

// CheckPayloads parses b as payloads that start with type first, for fuzzing: they must go out as they came, and WalkChain must
// agree.
func CheckPayloads(t *testing.T, g *decode.Grammar, first decode.PayloadType, b []byte) []decode.Payload {
	t.Helper()
	ps, rest, err := g.ParsePayloads(first, b)
	if got := append(decode.AppendPayloads(nil, ps), rest...); !bytes.Equal(got, b) {
		t.Errorf("became %x, error %v", got, err)
	}
	end, ok := g.WalkChain(first, b)
	if ok && end != len(b)-len(rest) {
		t.Errorf("WalkChain ends at %d, ParsePayloads at %d", end, len(b)-len(rest))
	}
	return ps
}

// Noted reports whether one of the notes has all of text.
func Noted(notes []wire.Note, text string) bool {
	for _, n := range notes {
		if strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}
