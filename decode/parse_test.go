package decode_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

// message puts a header of Main Mode before body.
func message(next decode.PayloadType, flags decode.Flags, body ...byte) []byte {
	h := decode.Header{Initiator: decode.SPI{1}, NextPayload: next, Version: 0x10, Exchange: ikev1.ExchangeMain, Flags: flags,
		Length: uint32(decode.HeaderLen + len(body))}
	return append(h.Append(nil), body...)
}

func TestParseHeader(t *testing.T) {
	b := testbytes.Unhex(t, "29d8d23b58b1122b d88abdac9581ddb5 05 10 02 01 01020304 0000004c")
	want := decode.Header{
		Initiator: decode.SPI{0x29, 0xd8, 0xd2, 0x3b, 0x58, 0xb1, 0x12, 0x2b}, Responder: decode.SPI{0xd8, 0x8a, 0xbd, 0xac, 0x95, 0x81, 0xdd, 0xb5},
		NextPayload: ikev1.PayloadID, Version: 0x10, Exchange: ikev1.ExchangeMain, Flags: ikev1.FlagEncryption, MessageID: 0x01020304, Length: 76,
	}
	h, err := decode.ParseHeader(b)
	if err != nil || h != want || h.Major() != 1 {
		t.Errorf("got %+v, %v", h, err)
	}
	if got := h.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("Append: %x", got)
	}
	for n := range b {
		if _, err := decode.ParseHeader(b[:n]); !errors.Is(err, decode.ErrTruncated) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if m, err := exchange.Parse(b[:n]); m != nil || err == nil {
			t.Errorf("Parse of %d bytes: %v, %v", n, m, err)
		}
	}
}

func TestParseEncrypted(t *testing.T) {
	b := message(ikev1.PayloadHash, ikev1.FlagEncryption, 1, 2, 3, 4, 5, 6, 7, 8)
	m, err := exchange.Parse(b)
	if err != nil || !bytes.Equal(m.Encrypted, b[decode.HeaderLen:]) || m.Payloads != nil || len(m.Notes) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	m, err = exchange.Parse(b[:len(b)-1])
	if err != nil || !decodetest.Noted(m.Notes, "truncated: 35 bytes of 36") || !decodetest.Noted(m.Notes, "7 bytes, no multiple of 8") {
		t.Errorf("notes %v, %v", m.Notes, err)
	}
	m, err = exchange.Parse(message(ikev1.PayloadHash, ikev1.FlagEncryption))
	if err != nil || m.Encrypted == nil {
		t.Errorf("empty encrypted body: %+v, %v", m, err)
	}
}

func TestParseFragmentWithEncryptionFlag(t *testing.T) {
	b := message(ikev1.PayloadFragment, ikev1.FlagEncryption, 0, 0, 0, 9, 0, 1, 1, 1, 0xee)
	m, err := exchange.Parse(b)
	if err != nil || m.Encrypted != nil || len(m.Payloads) != 1 || !decodetest.Noted(m.Notes, "encryption flag set on a fragment") {
		t.Fatalf("%+v, %v", m, err)
	}
	if f, ok := m.Payloads[0].Body.(*ikev1.Fragment); !ok || !f.Last || f.ID != 1 {
		t.Errorf("got %#v", m.Payloads[0].Body)
	}
}

func TestParseLength(t *testing.T) {
	nonce := []byte{0, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8}
	tests := []struct {
		name    string
		length  uint32
		extra   int // bytes after the message
		err     error
		note    string
		rawLen  int
		trailer int
	}{
		{"right", 40, 0, nil, "", 40, 0},
		{"bytes after the message", 40, 3, nil, "3 bytes after the end of the message", 40, 0},
		{"longer than what is there", 41, 0, nil, "truncated: 40 bytes of 41", 40, 0},
		{"much longer", 0xffffffff, 0, nil, "truncated: 40 bytes of 4294967295", 40, 0},
		{"zero", 0, 0, decode.ErrLength, "impossible length: 0", 40, 0},
		{"shorter than the header", 27, 0, decode.ErrLength, "impossible length: 27", 40, 0},
		{"inside the payload", 35, 0, decode.ErrTruncated, "NONCE payload at offset 32: data ends early", 35, 7},
		{"no payload", 28, 0, decode.ErrTruncated, "next payload at offset 28: data ends early", 28, 0},
		{"inside the message", 43, 3, nil, "3 bytes after the last payload", 43, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := message(ikev1.PayloadNonce, 0, nonce...)
			binary.BigEndian.PutUint32(b[24:], tt.length)
			b = append(b, make([]byte, tt.extra)...)
			m, err := exchange.Parse(b)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if len(m.Raw) != tt.rawLen || len(m.Trailer) != tt.trailer {
				t.Errorf("Raw %d, Trailer %d bytes", len(m.Raw), len(m.Trailer))
			}
			if tt.note == "" && len(m.Notes) != 0 || !decodetest.Noted(m.Notes, tt.note) && tt.note != "" {
				t.Errorf("notes %v", m.Notes)
			}
			decodetest.CheckWhole(t, m, b)
			if tt.rawLen == 40 {
				if _, ok := decode.Find(m.Payloads, ikev1.PayloadNonce); !ok {
					t.Error("the payload that is there is not shown")
				}
			}
			if got := m.Append(nil); tt.err == nil && !bytes.Equal(got, m.Raw) {
				t.Errorf("became %x", got)
			}
		})
	}
}

// A malformed body must not hide the payloads after it; a malformed length must keep its bytes.
func TestParseMalformedPayload(t *testing.T) {
	body := []byte{
		byte(ikev1.PayloadID), 0, 0, 6, 0, 0, // SA, cut
		byte(ikev1.PayloadNonce), 0, 0, 9, 2, 0, 0, 0, 'x', // ID
		byte(ikev1.PayloadHash), 0, 0, 3, 1, // NONCE with length 3
	}
	m, err := exchange.Parse(message(ikev1.PayloadSA, 0, body...))
	var syntax *decode.SyntaxError
	if !errors.As(err, &syntax) || syntax.Field != "DOI" || syntax.Offset != 32 {
		t.Errorf("error %v", err)
	}
	if len(m.Payloads) != 2 || m.Payloads[0].Err == nil || m.Payloads[1].Err != nil {
		t.Fatalf("payloads %v", m.Payloads)
	}
	if id, ok := m.Payloads[1].Body.(*ikev1.ID); !ok || id.String() != "x" {
		t.Errorf("ID %#v", m.Payloads[1].Body)
	}
	if !bytes.Equal(m.Trailer, body[15:]) {
		t.Errorf("trailer %x", m.Trailer)
	}
	for _, note := range []string{"SA payload: DOI at offset 32: data ends early", "NONCE payload length at offset 45: impossible length: 3",
		"5 bytes after the last payload"} {
		if !decodetest.Noted(m.Notes, note) {
			t.Errorf("no note %q in %v", note, m.Notes)
		}
	}
}

func TestParseReservedByte(t *testing.T) {
	m, err := exchange.Parse(message(ikev1.PayloadHash, 0, 0, 0x55, 0, 5, 9))
	if err != nil || !decodetest.Noted(m.Notes, "reserved byte of the HASH payload is 0x55") || m.Notes[0].Offset != 29 {
		t.Errorf("%v, %v", m.Notes, err)
	}
	if got := m.Append(nil); !bytes.Equal(got, m.Raw) {
		t.Errorf("became %x", got)
	}
}

func TestParseHeaderNotes(t *testing.T) {
	b := message(ikev1.PayloadHash, 0x40, 0, 0, 0, 5, 9)
	if m, err := exchange.Parse(b); err != nil || !decodetest.Noted(m.Notes, "flags not defined") {
		t.Errorf("%v, %v", m.Notes, err)
	}
	b[17] = 0x31
	m, err := exchange.Parse(b)
	if err != nil || !decodetest.Noted(m.Notes, "major version 3") || len(m.Payloads) != 1 {
		t.Errorf("%v, %v", m.Notes, err)
	}
	if _, ok := m.Payloads[0].Body.(*decode.Unknown); !ok {
		t.Errorf("body of version 3: %#v", m.Payloads[0].Body)
	}
}

func TestParseIKEv2(t *testing.T) {
	h := decode.Header{Initiator: decode.SPI{1}, NextPayload: ikev2.PayloadNotify, Version: 0x20, Exchange: ikev2.ExchangeAuth, Flags: ikev2.FlagInitiator,
		Length: decode.HeaderLen + 20}
	b := append(h.Append(nil), byte(ikev2.PayloadSK), 0x80, 0, 8, 0, 0, 0x40, 0x00) // a notify with the critical flag
	// The next payload of SK is that of the first one inside.
	b = append(b, byte(ikev2.PayloadIDi), 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8)
	m, err := exchange.Parse(b)
	if err != nil || len(m.Notes) != 0 || len(m.Payloads) != 2 || m.Encrypted != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	sk := m.Payloads[1]
	if sk.Type != ikev2.PayloadSK || sk.Next != ikev2.PayloadIDi || len(sk.Data()) != 8 || m.Payloads[0].Reserved != 0x80 || !m.Payloads[0].Critical || sk.Critical {
		t.Errorf("SK %+v", sk)
	}
	if got := m.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("became %x", got)
	}
	ps, rest, err := ikev2.Grammar.ParsePayloads(ikev2.PayloadNotify, b[decode.HeaderLen:])
	if err != nil || len(rest) != 0 || !reflect.DeepEqual(ps, m.Payloads) {
		t.Errorf("Grammar2.ParsePayloads: %v, %x, %v", ps, rest, err)
	}
	b[decode.HeaderLen+1] = 0x81
	if m, _ := exchange.Parse(b); !decodetest.Noted(m.Notes, "reserved byte of the N payload is 0x81") {
		t.Errorf("notes %v", m.Notes)
	}
}

func TestAppendFillsLength(t *testing.T) {
	m := &decode.Message{
		Header:   decode.Header{Initiator: decode.SPI{1}, NextPayload: ikev1.PayloadNonce, Version: 0x10, Exchange: ikev1.ExchangeQuick},
		Payloads: []decode.Payload{{Type: ikev1.PayloadNonce, Body: &ikev1.Nonce{Data: []byte{1, 2, 3, 4, 5, 6, 7, 8}}}},
	}
	b := m.Append([]byte("before"))[len("before"):]
	got, err := exchange.Parse(b)
	if err != nil || got.Length != 40 || len(got.Notes) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParsePayloadsRest(t *testing.T) {
	b := []byte{0, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 3}
	ps, rest, err := ikev1.Grammar.ParsePayloads(ikev1.PayloadNonce, b)
	if err != nil || len(ps) != 1 || !bytes.Equal(rest, []byte{0, 0, 0, 3}) {
		t.Errorf("%v, %x, %v", ps, rest, err)
	}
	ps, rest, err = ikev1.Grammar.ParsePayloads(decode.PayloadNone, b)
	if err != nil || len(ps) != 0 || !bytes.Equal(rest, b) {
		t.Errorf("%v, %x, %v", ps, rest, err)
	}
}
