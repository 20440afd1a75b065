package ikev2

import (
	"bytes"
	"testing"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/internal/decodetest"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

// AlgorithmIdentifiers of RFC 7427, appendix A.
const (
	rsaSHA256Hex   = "300d06092a864886f70d01010b0500" // A.1.2
	ecdsaSHA256Hex = "300a06082a8648ce3d040302"       // A.3.2
	pssDefaultHex  = "300d06092a864886f70d01010a3000" // A.4.1
	pssEmptyHex    = "300b06092a864886f70d01010a"     // parameters left out
	pssSHA256Hex   = "304106092a864886f70d01010a3034a00f300d06096086480165030402010500" + "a11c301a06092a864886f70d010108300d" +
		"0609608648016503040201" + "0500a203020120" // SHA2-256 for both hashes
)

var authVectors = []decodetest.Vector{
	{Name: "shared key", Type: PayloadAuth, Hex: "02 000000 a1a2", Want: &Auth{Method: AuthSharedKey, Data: []byte{0xa1, 0xa2}}},
	{Name: "reserved bytes set", Type: PayloadAuth, Hex: "0d 010000", Notes: 1,
		Want: &Auth{Method: AuthNull, Reserved: 0x10000, Data: []byte{}}},
	{Name: "digital signature, ECDSA SHA2-256", Type: PayloadAuth, Hex: "0e 000000 0c" + ecdsaSHA256Hex + "5152",
		Want: &Auth{Method: AuthDigitalSignature,
			Data: []byte("\x0c\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x51\x52")}},
	{Name: "digital signature without algorithm", Type: PayloadAuth, Hex: "0e 000000 ff00", Notes: 1,
		Want: &Auth{Method: AuthDigitalSignature, Data: []byte{0xff, 0}}},
}

func TestAuth(t *testing.T) { decodetest.TestVectors(t, Grammar, authVectors) }

func TestAuthSignature(t *testing.T) {
	tests := []struct {
		hex, text     string
		hash, mgfHash cert.HashAlgorithm
		salt          int
	}{
		{rsaSHA256Hex, "digital signature, RSA SHA2-256", cert.HashSHA256, 0, 0},
		{ecdsaSHA256Hex, "digital signature, ECDSA SHA2-256", cert.HashSHA256, 0, 0},
		{pssDefaultHex, "digital signature, RSASSA-PSS SHA1 salt 20", cert.HashSHA1, cert.HashSHA1, 20},
		{pssEmptyHex, "digital signature, RSASSA-PSS SHA1 salt 20", cert.HashSHA1, cert.HashSHA1, 20},
		{pssSHA256Hex, "digital signature, RSASSA-PSS SHA2-256 salt 32", cert.HashSHA256, cert.HashSHA256, 32},
		{"3005 0603 2b6570", "digital signature, Ed25519", cert.HashIdentity, 0, 0}, // RFC 8420, appendix A
		{"3005 0603 2b6571", "digital signature, Ed448", cert.HashIdentity, 0, 0},
		{"3005 0603 2a0304", "digital signature, 1.2.3.4", 0, 0, 0},
	}
	for _, tt := range tests {
		der := testbytes.Unhex(t, tt.hex)
		a := &Auth{Method: AuthDigitalSignature, Data: append(append([]byte{byte(len(der))}, der...), 0x51, 0x52)}
		alg, sig, ok := a.Signature()
		if !ok || !bytes.Equal(sig, []byte{0x51, 0x52}) || !bytes.Equal(alg.DER, der) {
			t.Errorf("%s: %+v, %x, %v", tt.hex, alg, sig, ok)
		}
		if got := a.String(); got != tt.text {
			t.Errorf("got %q, want %q", got, tt.text)
		}
		if alg.Hash != tt.hash || alg.MGFHash != tt.mgfHash || alg.SaltLen != tt.salt {
			t.Errorf("%s: %+v", tt.hex, alg)
		}
	}
}

func TestAuthNoSignature(t *testing.T) {
	der := testbytes.Unhex(t, pssSHA256Hex)
	for n := range der {
		a := &Auth{Method: AuthDigitalSignature, Data: append([]byte{byte(n)}, der[:n]...)}
		if _, _, ok := a.Signature(); ok || a.String() != "digital signature" {
			t.Errorf("algorithm cut to %d: %v", n, a)
		}
		a.Data = append([]byte{byte(len(der))}, der[:n]...)
		if _, _, ok := a.Signature(); ok {
			t.Errorf("data cut to %d: %v", n, a)
		}
	}
	a := &Auth{Method: AuthRSA, Data: append([]byte{byte(len(der))}, der...)}
	if _, _, ok := a.Signature(); ok || a.String() != "RSA signature" {
		t.Errorf("%v", a)
	}
}
