package ikev1

import (
	"fmt"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

func FuzzParsePayloads(f *testing.F) {
	for _, d := range decodetest.Bodies(f, decodetest.BodiesIKEv1) {
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
	f.Add(uint8(PayloadCertReq), append([]byte{byte(ike.CertX509Signature)}, testbytes.Unhex(f, testbytes.DN)...))
	f.Add(uint8(PayloadID), append([]byte{byte(ike.IDDN), 0, 0, 0}, testbytes.Unhex(f, testbytes.DN)...))
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
				s := tr.Suite(prop.Protocol)
				_ = s.Summary(prop.Protocol)
				showAttributes(tr.Attributes)
			}
		}
	case *Attributes:
		showAttributes(body.Attributes)
	case *ID:
		_, _, _ = body.Identity().Range()
	}
}

func showAttributes(as []decode.Attribute) {
	for _, a := range as {
		_, _ = Phase1Name(a), Phase1Value(a)
		_, _ = Phase2Name(a), Phase2Value(a)
		_, _ = a.ConfigName(), a.ConfigValue()
	}
}
