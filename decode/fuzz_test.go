package decode

import (
	"bytes"
	"fmt"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, v := range allVectors() {
		if v.major() == 2 {
			f.Add(message2(v.typ, payloadBytes(unhex(f, v.hex))...))
			continue
		}
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
	for _, d := range append(decryptedBodies(f, bodies1), decryptedBodies(f, bodies2)...) {
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
		end, ok = WalkChain2(PayloadType(first), b)
		if ok && end != len(b)-len(rest) {
			t.Errorf("WalkChain2 ends at %d, ParsePayloads2 at %d", end, len(b)-len(rest))
		}
		Plausible2(PayloadType(first), b)
		showAll(ps)
	})
}

// FuzzBody is a target for each payload: the type is an input, and each has its seeds.
func FuzzBody(f *testing.F) {
	for _, v := range allVectors() {
		f.Add(uint8(v.typ), unhex(f, v.hex))
	}
	f.Add(uint8(PayloadCert), append([]byte{byte(CertX509Signature)}, selfSigned(f)...))
	f.Add(uint8(PayloadCertReq), append([]byte{byte(CertX509Signature)}, unhex(f, dnHex)...))
	f.Add(uint8(Payload2Cert), append([]byte{byte(CertX509Signature)}, selfSigned(f)...))
	f.Add(uint8(Payload2IDi), append([]byte{byte(IDDERASN1DN), 0, 0, 0}, unhex(f, dnHex)...))
	for _, hex := range []string{rsaSHA256Hex, ecdsaSHA256Hex, pssDefaultHex, pssEmptyHex, pssSHA256Hex} {
		der := unhex(f, hex)
		f.Add(uint8(Payload2Auth), append([]byte{byte(Auth2DigitalSignature), 0, 0, 0, byte(len(der))}, der...))
	}
	for _, hex := range notify2Texts {
		f.Add(uint8(Payload2Notify), unhex(f, hex.hex))
	}
	for _, hex := range cp2Texts {
		f.Add(uint8(Payload2CP), unhex(f, hex.hex))
	}
	for _, hex := range eap2Texts {
		f.Add(uint8(Payload2EAP), unhex(f, hex.hex))
	}
	f.Add(uint8(PayloadID), append([]byte{byte(IDDERASN1DN), 0, 0, 0}, unhex(f, dnHex)...))
	f.Fuzz(func(t *testing.T, typ uint8, b []byte) {
		for major := 1; major <= 2; major++ {
			c := cursor{buf: b}
			body := parserFor(major, PayloadType(typ))(&c)
			if body == nil {
				t.Fatalf("no body in IKEv%d", major)
			}
			if got := body.Append(nil); c.err == nil && !bytes.Equal(got, b) {
				t.Errorf("in IKEv%d became %x", major, got)
			}
			showAll([]Payload{{Type: PayloadType(typ), Body: body, Raw: b, Err: c.err}})
		}
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
		case *SA2:
			for _, prop := range body.Proposals {
				_ = prop.String()
				for _, tr := range prop.Transforms {
					_, _ = tr.KeyLength()
				}
			}
		case *Cert2:
			_, _, _ = body.HashAndURL()
		case *Auth2:
			_, _, _ = body.Signature()
		case *Notify2:
			showNotify2(body)
		case *EAP2:
			_, _ = body.Identity()
			_, _ = body.MSCHAPv2()
			_ = body.Message()
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

func showNotify2(n *Notify2) {
	_, _ = n.CriticalType()
	_, _ = n.Group()
	_, _ = n.NATHash()
	_, _ = n.Addr()
	_, _ = n.Hashes()
	_, _ = n.AuthMethods()
	_, _ = n.MessageIDSync()
	_, _, _ = n.IPComp()
	_, _, _ = n.Gateway()
	_, _, _ = n.Ticket()
	_, _, _, _ = n.PPKIdentity()
}
