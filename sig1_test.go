package ikedecode_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// The signatures of both sides of a Main Mode with certificates fit HASH_I and HASH_R.
func TestSignaturesOfIKEv1(t *testing.T) {
	dir := filepath.Join(pcaps, "v1-main-rsa-certs-frag")
	s := analyze(t, readBag(t, filepath.Join(dir, "gwa.log")), filepath.Join(dir, "wire.pcap"))
	signed := 0
	for _, m := range s.SAs[0].Messages {
		p, ok := decode.Find(m.Payloads, ikev1.PayloadCert)
		if !ok {
			if m.Signer != nil {
				t.Errorf("frame %d has no certificate, and a signer", m.Frame)
			}
			continue
		}
		signed++
		want := ikesa.SigR
		if m.FromInitiator {
			want = ikesa.SigI
		}
		c, err := cert.ParseCertificate(p.Body.(*ikev1.Cert).Data)
		if err != nil {
			t.Fatal(err)
		}
		if m.Hash.Name != want || !m.Hash.OK || !bytes.Equal(m.Signer, c.SPKI) {
			t.Errorf("frame %d: %+v", m.Frame, m.Hash)
		}
	}
	if signed != 2 {
		t.Errorf("%d messages with certificates", signed)
	}
}
