package decode

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// A bodyVector is one body of a payload and what it is parsed into.
type bodyVector struct {
	name  string
	typ   PayloadType
	hex   string // without generic header; blanks are left out
	want  Body
	notes int // how many are expected
}

// allVectors has the vectors of every payload; each is kept beside the payload's own test.
func allVectors() []bodyVector {
	var all []bodyVector
	for _, vs := range [][]bodyVector{
		sa1Vectors, ke1Vectors, id1Vectors, cert1Vectors, certReq1Vectors, hash1Vectors, sig1Vectors, nonce1Vectors,
		notify1Vectors, delete1Vectors, vendorIDVectors, attributes1Vectors, natt1Vectors, fragment1Vectors, unknownVectors,
		sa2Vectors, ke2Vectors, id2Vectors, cert2Vectors, certReq2Vectors, auth2Vectors, nonce2Vectors, notify2Vectors,
		delete2Vectors, vendorID2Vectors, ts2Vectors, sk2Vectors, cp2Vectors, eap2Vectors, unknown2Vectors,
	} {
		all = append(all, vs...)
	}
	return all
}

// major is the version that has the payload type: those of IKEv2 are from 33 to 54.
func (v bodyVector) major() int {
	if v.typ >= Payload2SA && v.typ <= Payload2PS {
		return 2
	}
	return 1
}

// parse parses b as payloads of the vector's type and version.
func (v bodyVector) parse(b []byte) ([]Payload, []byte, error) {
	if v.major() == 2 {
		return ParsePayloads2(v.typ, b)
	}
	return ParsePayloads(v.typ, b)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// payloadBytes puts the generic header of a last payload before body.
func payloadBytes(body []byte) []byte {
	n := len(body) + payloadHeaderLen
	return append([]byte{0, 0, byte(n >> 8), byte(n)}, body...)
}

// testVectors holds each vector to what it says, and to its own bytes when it is put together again.
func testVectors(t *testing.T, vectors []bodyVector) {
	t.Helper()
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			body := unhex(t, v.hex)
			ps, rest, err := v.parse(payloadBytes(body))
			if err != nil || len(rest) != 0 || len(ps) != 1 {
				t.Fatalf("%d payloads, %d bytes left, error %v", len(ps), len(rest), err)
			}
			p := ps[0]
			if !reflect.DeepEqual(p.Body, v.want) {
				t.Errorf("got  %#v\nwant %#v", p.Body, v.want)
			}
			if !bytes.Equal(p.Data(), body) {
				t.Errorf("Data() = %x, want %x", p.Data(), body)
			}
			if got := p.Body.Append(nil); !bytes.Equal(got, body) {
				t.Errorf("Append: %x, want %x", got, body)
			}
			if len(p.Notes) != v.notes {
				t.Errorf("notes %v, want %d", p.Notes, v.notes)
			}
		})
	}
}

// TestEveryParserHasVectors keeps a new row of the table from going untested.
func TestEveryParserHasVectors(t *testing.T) {
	have := map[PayloadType]bool{}
	for _, v := range allVectors() {
		have[v.typ] = true
	}
	for _, parsers := range bodyParsers {
		for i, parse := range parsers {
			if parse != nil && !have[PayloadType(i)] {
				t.Errorf("no vector for payload %v (%d)", PayloadType(i), i)
			}
		}
	}
}

// TestShortBodies cuts each body at every length, the payload's length field with it. What then parses must be no more
// than what is there, and what does not must say so with a SyntaxError.
func TestShortBodies(t *testing.T) {
	for _, v := range allVectors() {
		whole := unhex(t, v.hex)
		for n := range whole {
			cut := whole[:n]
			ps, _, err := v.parse(payloadBytes(cut))
			if len(ps) != 1 || ps[0].Body == nil {
				t.Fatalf("%s cut to %d: %d payloads", v.name, n, len(ps))
			}
			var syntax *SyntaxError
			if err != nil && !errors.As(err, &syntax) {
				t.Fatalf("%s cut to %d: error %v is no SyntaxError", v.name, n, err)
			}
			if err == nil && !bytes.Equal(ps[0].Body.Append(nil), cut) {
				t.Errorf("%s cut to %d: became %x", v.name, n, ps[0].Body.Append(nil))
			}
			if got := ps[0].Append(nil); !bytes.Equal(got, payloadBytes(cut)) {
				t.Errorf("%s cut to %d: payload became %x", v.name, n, got)
			}
		}
	}
}

// TestCutPayloads cuts a payload at every length and leaves its length field: it must not come out as a payload.
func TestCutPayloads(t *testing.T) {
	for _, v := range allVectors() {
		whole := payloadBytes(unhex(t, v.hex))
		for n := range whole {
			ps, rest, err := v.parse(whole[:n])
			if len(ps) != 0 || !errors.Is(err, ErrTruncated) || !bytes.Equal(rest, whole[:n]) {
				t.Fatalf("%s cut to %d: %d payloads, rest %x, error %v", v.name, n, len(ps), rest, err)
			}
		}
	}
}

// TestFlippedBytes sets each byte of each body to values that hurt; nothing may panic, and what parses without error
// must go out as it came.
func TestFlippedBytes(t *testing.T) {
	for _, v := range allVectors() {
		b := payloadBytes(unhex(t, v.hex))
		for i := range b {
			old := b[i]
			for _, x := range []byte{0, 1, 0x7f, 0x80, 0xfa, 0xff} {
				b[i] = x
				ps, rest, err := v.parse(b)
				got := append(AppendPayloads(nil, ps), rest...)
				if !bytes.Equal(got, b) {
					t.Errorf("%s with byte %d set to %#x (error %v): became %x", v.name, i, x, err, got)
				}
			}
			b[i] = old
		}
	}
}
