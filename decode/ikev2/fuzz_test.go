package ikev2

import (
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

func FuzzParsePayloads(f *testing.F) {
	for _, d := range decodetest.Bodies(f, decodetest.BodiesIKEv2) {
		f.Add(uint8(d.First), d.Body)
	}
	f.Fuzz(func(t *testing.T, first uint8, b []byte) {
		for _, p := range decodetest.CheckPayloads(t, Grammar, decode.PayloadType(first), b) {
			show(p)
		}
	})
}

// FuzzBody is a target for each payload: the type is an input, and each has its seeds.
func FuzzBody(f *testing.F) {
	for _, v := range allVectors() {
		f.Add(uint8(v.Type), testbytes.Unhex(f, v.Hex))
	}
	f.Add(uint8(PayloadCert), append([]byte{byte(ike.CertX509Signature)}, testbytes.SelfSigned(f)...))
	f.Add(uint8(PayloadIDi), append([]byte{byte(ike.IDDN), 0, 0, 0}, testbytes.Unhex(f, testbytes.DN)...))
	for _, hex := range []string{rsaSHA256Hex, ecdsaSHA256Hex, pssDefaultHex, pssEmptyHex, pssSHA256Hex} {
		der := testbytes.Unhex(f, hex)
		f.Add(uint8(PayloadAuth), append([]byte{byte(AuthDigitalSignature), 0, 0, 0, byte(len(der))}, der...))
	}
	for _, hex := range notifyTexts {
		f.Add(uint8(PayloadNotify), testbytes.Unhex(f, hex.hex))
	}
	for _, hex := range cpTexts {
		f.Add(uint8(PayloadCP), testbytes.Unhex(f, hex.hex))
	}
	for _, hex := range eapTexts {
		f.Add(uint8(PayloadEAP), testbytes.Unhex(f, hex.hex))
	}
	f.Fuzz(func(t *testing.T, typ uint8, b []byte) {
		show(decodetest.CheckBody(t, Grammar, decode.PayloadType(typ), b))
	})
}

// show calls everything that renders, for the panics it might have.
func show(p decode.Payload) {
	_ = fmt.Sprint(p.Name(), p.Body)
	switch body := p.Body.(type) {
	case *SA:
		for _, prop := range body.Proposals {
			_ = prop.String()
			for _, tr := range prop.Transforms {
				_, _ = tr.KeyLength()
			}
		}
	case *Cert:
		_, _, _ = body.HashAndURL()
	case *Auth:
		_, _, _ = body.Signature()
	case *Notify:
		showNotify(body)
	case *EAP:
		_, _ = body.Identity()
		_, _ = body.MSCHAPv2()
		_ = body.Message()
	}
}

func showNotify(n *Notify) {
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
