package decode

import (
	"fmt"
	"testing"
)

func FuzzParsePayloads2(f *testing.F) {
	for _, d := range decryptedBodies(f, bodies2) {
		f.Add(uint8(d.First), d.Body)
	}
	f.Fuzz(func(t *testing.T, first uint8, b []byte) {
		Plausible2(PayloadType(first), b)
		for _, p := range CheckPayloads(t, Grammar2, PayloadType(first), b) {
			show2(p)
		}
	})
}

// FuzzBody2 is a target for each payload: the type is an input, and each has its seeds.
func FuzzBody2(f *testing.F) {
	for _, v := range allVectors2() {
		f.Add(uint8(v.Type), unhex(f, v.Hex))
	}
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
	f.Fuzz(func(t *testing.T, typ uint8, b []byte) { show2(CheckBody(t, Grammar2, PayloadType(typ), b)) })
}

// show2 calls everything that renders, for the panics it might have.
func show2(p Payload) {
	_ = fmt.Sprint(p.Name(), p.Body)
	switch body := p.Body.(type) {
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
