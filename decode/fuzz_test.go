package decode

import (
	"bytes"
	"fmt"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, v := range allVectors() {
		f.Add(message(v.typ, 0, payloadBytes(unhex(f, v.hex))...))
	}
	f.Add(message(PayloadHash, FlagEncryption, make([]byte, 16)...))
	for _, file := range captures(f, "*/wire.pcap") {
		for _, d := range isakmpOf(f, file) {
			f.Add(d.data)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if m == nil {
			if err == nil || len(b) >= HeaderLen {
				t.Fatalf("no message of %d bytes, error %v", len(b), err)
			}
			return
		}
		checkWhole(t, m, b)
		if got := m.Append(nil); err == nil && !bytes.Equal(got, m.Raw) {
			t.Errorf("became %x", got)
		}
		for _, n := range m.Notes {
			if n.Offset < 0 || n.Offset > len(b) || n.Text == "" {
				t.Errorf("note %+v", n)
			}
		}
		showAll(m.Payloads)
	})
}

func FuzzParsePayloads(f *testing.F) {
	for _, d := range decryptedBodies(f) {
		f.Add(uint8(d.first), d.body)
	}
	f.Fuzz(func(t *testing.T, first uint8, b []byte) {
		ps, rest, err := ParsePayloads(PayloadType(first), b)
		if got := append(AppendPayloads(nil, ps), rest...); !bytes.Equal(got, b) {
			t.Errorf("became %x, error %v", got, err)
		}
		end, ok := WalkChain(PayloadType(first), b)
		if ok && end != len(b)-len(rest) {
			t.Errorf("WalkChain ends at %d, ParsePayloads at %d", end, len(b)-len(rest))
		}
		showAll(ps)
		ps, rest, _ = ParsePayloads2(PayloadType(first), b)
		if got := append(AppendPayloads(nil, ps), rest...); !bytes.Equal(got, b) {
			t.Errorf("as IKEv2 became %x", got)
		}
	})
}

// FuzzBody is a target for each payload: the type is an input, and each has its seeds.
func FuzzBody(f *testing.F) {
	for _, v := range allVectors() {
		f.Add(uint8(v.typ), unhex(f, v.hex))
	}
	f.Add(uint8(PayloadCert), append([]byte{byte(CertX509Signature)}, selfSigned(f)...))
	f.Add(uint8(PayloadCertReq), append([]byte{byte(CertX509Signature)}, unhex(f, dnHex)...))
	f.Add(uint8(PayloadID), append([]byte{byte(IDDERASN1DN), 0, 0, 0}, unhex(f, dnHex)...))
	f.Fuzz(func(t *testing.T, typ uint8, b []byte) {
		c := cursor{buf: b}
		body := parserFor(1, PayloadType(typ))(&c)
		if body == nil {
			t.Fatal("no body")
		}
		if got := body.Append(nil); c.err == nil && !bytes.Equal(got, b) {
			t.Errorf("became %x", got)
		}
		showAll([]Payload{{Type: PayloadType(typ), Body: body, Raw: b, Err: c.err}})
	})
}

// showAll calls everything that renders, for the panics it might have.
func showAll(payloads []Payload) {
	for _, p := range payloads {
		_ = fmt.Sprint(p.Type, p.Body)
		switch body := p.Body.(type) {
		case *SA1:
			for _, prop := range body.Proposals {
				_ = prop.String()
				for _, tr := range prop.Transforms {
					_, _ = tr.Summary(prop.Protocol), tr.Phase1Summary()
					showAttributes(tr.Attributes)
				}
			}
		case *Attributes1:
			showAttributes(body.Attributes)
		case *ID1:
			_, _, _ = body.Range()
		}
	}
}

func showAttributes(as []Attribute) {
	for _, a := range as {
		_, _ = a.Phase1Name(), a.Phase1Value()
		_, _ = a.Phase2Name(), a.Phase2Value()
		_, _ = a.ConfigName(), a.ConfigValue()
	}
}
