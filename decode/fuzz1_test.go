package decode

import (
	"fmt"
	"testing"
)

func FuzzParsePayloads1(f *testing.F) {
	for _, d := range decryptedBodies(f, bodies1) {
		f.Add(uint8(d.First), d.Body)
	}
	f.Fuzz(func(t *testing.T, first uint8, b []byte) {
		Plausible(PayloadType(first), b)
		for _, p := range CheckPayloads(t, Grammar1, PayloadType(first), b) {
			show1(p)
		}
	})
}

// FuzzBody1 is a target for each payload: the type is an input, and each has its seeds.
func FuzzBody1(f *testing.F) {
	for _, v := range allVectors1() {
		f.Add(uint8(v.Type), unhex(f, v.Hex))
	}
	f.Add(uint8(PayloadCert), append([]byte{byte(CertX509Signature)}, selfSigned(f)...))
	f.Add(uint8(PayloadCertReq), append([]byte{byte(CertX509Signature)}, unhex(f, dnHex)...))
	f.Add(uint8(PayloadID), append([]byte{byte(IDDERASN1DN), 0, 0, 0}, unhex(f, dnHex)...))
	f.Fuzz(func(t *testing.T, typ uint8, b []byte) { show1(CheckBody(t, Grammar1, PayloadType(typ), b)) })
}

// show1 calls everything that renders, for the panics it might have.
func show1(p Payload) {
	_ = fmt.Sprint(p.Name(), p.Body)
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

func showAttributes(as []Attribute) {
	for _, a := range as {
		_, _ = Phase1Name(a), Phase1Value(a)
		_, _ = Phase2Name(a), Phase2Value(a)
		_, _ = a.ConfigName(), a.ConfigValue()
	}
}
