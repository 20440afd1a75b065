package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"github.com/cloudflare/circl/sign/ed448"
)

// TestRFC4754 is the "abc" of RFC 4754, sections 8.1 to 8.3.
func TestRFC4754(t *testing.T) {
	for _, v := range []struct {
		method     uint8
		curve      elliptic.Curve
		x, y, r, s string
	}{
		{9, elliptic.P256(),
			"2442A5CC 0ECD015F A3CA31DC 8E2BBC70 BF42D60C BCA20085 E0822CB0 4235E970",
			"6FC98BD7 E50211A4 A27102FA 3549DF79 EBCB4BF2 46B80945 CDDFE7D5 09BBFD7D",
			"CB28E099 9B9C7715 FD0A80D8 E47A7707 9716CBBF 917DD72E 97566EA1 C066957C",
			"86FA3BB4 E26CAD5B F90B7F81 899256CE 7594BB1E A0C89212 748BFF3B 3D5B0315"},
		{10, elliptic.P384(),
			"96281BF8 DD5E0525 CA049C04 8D345D30 82968D10 FEDF5C5A CA0C64E6 465A97EA 5CE10C9D FEC21797 41571072 1F437922",
			"447688BA 94708EB6 E2E4D59F 6AB6D7ED FF9301D2 49FE49C3 3096655F 5D502FAD 3D383B91 C5E7EDAA 2B714CC9 9D5743CA",
			"FB017B91 4E291494 32D8BAC2 9A514640 B46F53DD AB2C6994 8084E293 0F1C8F7E 08E07C9C 63F2D21A 07DCB56A 6AF56EB3",
			"B263A130 5E057F98 4D38726A 1B468741 09F417BC A112674C 528262A4 0A629AF1 CBB9F516 CE0FA7D2 FF630863 A00E8B9F"},
		{11, elliptic.P521(),
			"0151518F 1AF0F563 517EDD54 85190DF9 5A4BF57B 5CBA4CF2 A9A3F647 4725A35F 7AFE0A6D DEB8BEDB CD6A197E 592D4018 8901CECD 650699C9 B5E456AE A5ADD190 52A8",
			"006F3B14 2EA1BFFF 7E2837AD 44C9E4FF 6D2D34C7 3184BBAD 90026DD5 E6E85317 D9DF45CA D7803C6C 20035B2F 3FF63AFF 4E1BA64D 1C077577 DA3F4286 C58F0AEA E643",
			"0154FD38 36AF92D0 DCA57DD5 341D3053 988534FD E8318FC6 AAAAB68E 2E6F4339 B19F2F28 1A7E0B22 C269D93C F8794A92 78880ED7 DBB8D936 2CAEACEE 54432055 2251",
			"017705A7 030290D1 CEB605A9 A1BB03FF 9CDD521E 87A696EC 926C8C10 C8362DF4 97536710 1F67D1CF 9BCCBF2F 3D239534 FA509E70 AAC851AE 01AAC68D 62F86647 2660"},
	} {
		x, y := unhex(t, v.x), unhex(t, v.y)
		key, err := ecdsa.ParseUncompressedPublicKey(v.curve, append(append([]byte{4}, x...), y...))
		if err != nil {
			t.Fatal(err)
		}
		auth := append(unhex(t, v.r), unhex(t, v.s)...)
		got, err := VerifySignature(v.method, key, []byte("abc"), auth)
		if err != nil {
			t.Errorf("%v: %v", got, err)
		}
		if _, err := VerifySignature(v.method, key, []byte("abd"), auth); !errors.Is(err, ErrSignature) {
			t.Errorf("%v over other octets: %v", got, err)
		}
		if _, err := VerifySignature(v.method, key, []byte("abc"), auth[1:]); !errors.Is(err, ErrSignatureFormat) {
			t.Errorf("%v, short: %v", got, err)
		}
		if _, err := VerifySignature(9+(v.method-8)%3, key, []byte("abc"), auth); !errors.Is(err, ErrSignatureKey) {
			t.Errorf("%v on another curve: %v", got, err)
		}
	}
}

// identifiers are AlgorithmIdentifiers of RFC 7427, appendix A, and RFC 8420, appendix A. Those from dsa-with-sha1 on are not supported.
var identifiers = map[string]string{
	"sha1WithRSA":    "300d06092a864886f70d0101050500",
	"sha256WithRSA":  "300d06092a864886f70d01010b0500",
	"sha384WithRSA":  "300d06092a864886f70d01010c0500",
	"sha512WithRSA":  "300d06092a864886f70d01010d0500",
	"PSS default":    "300d06092a864886f70d01010a3000",
	"PSS SHA-256":    "3041 06092a864886f70d01010a 3034 a00f300d06096086480165030402010500 a11c301a06092a864886f70d010108300d06096086480165030402010500 a203020120",
	"ecdsa SHA-1":    "300906072a8648ce3d0401",
	"ecdsa SHA-256":  "300a06082a8648ce3d040302",
	"ecdsa SHA-384":  "300a06082a8648ce3d040303",
	"ecdsa SHA-512":  "300a06082a8648ce3d040304",
	"Ed25519":        "300506032b6570",
	"Ed448":          "300506032b6571",
	"dsa-with-sha1":  "300906072a8648ce380403",
	"PSS no params":  "300b06092a864886f70d01010a",
	"PSS other hash": "301f 06092a864886f70d01010a 3012 a00b3009 06052b24030201 0500 a203020114",
	"PSS other mask": "301f 06092a864886f70d01010a 3012 a10b3009 06052b24030201 0500 a203020114",
	"PSS mask empty": "301c 06092a864886f70d01010a 300f a10d300b 06092a864886f70d010108",
	"PSS mask SHA-1": "3021 06092a864886f70d01010a 3014 a00d300b0609608648016503040201 a203020114",
}

// digital makes the AUTH data of RFC 7427, section 3.
func digital(t *testing.T, identifier string, signature []byte) []byte {
	t.Helper()
	id := unhex(t, identifiers[identifier])
	return append(append([]byte{byte(len(id))}, id...), signature...)
}

var (
	rsaTest, _   = rsa.GenerateKey(rand.Reader, 2048)
	ecdsaTest, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
)

// TestDigitalSignature has the library sign, and every way to sign checked against every key.
func TestDigitalSignature(t *testing.T) {
	octets := []byte("signed octets")
	edPub, edKey, _ := ed25519.GenerateKey(rand.Reader)
	ed4Pub, ed4Key, _ := ed448.GenerateKey(rand.Reader)
	sign := func(key crypto.Signer, h crypto.Hash, pss int) []byte {
		var opts crypto.SignerOpts = h
		if pss > 0 {
			opts = &rsa.PSSOptions{SaltLength: pss, Hash: h}
		}
		data := octets
		if h != 0 {
			data = digest(h, octets)
		}
		s, err := key.Sign(rand.Reader, data, opts)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	cases := []struct {
		identifier string
		key        crypto.PublicKey
		signature  []byte
		want       string
	}{
		{"sha1WithRSA", &rsaTest.PublicKey, sign(rsaTest, crypto.SHA1, 0), "RSA PKCS#1 v1.5 with SHA-1"},
		{"sha256WithRSA", &rsaTest.PublicKey, sign(rsaTest, crypto.SHA256, 0), "RSA PKCS#1 v1.5 with SHA-256"},
		{"sha384WithRSA", &rsaTest.PublicKey, sign(rsaTest, crypto.SHA384, 0), "RSA PKCS#1 v1.5 with SHA-384"},
		{"sha512WithRSA", &rsaTest.PublicKey, sign(rsaTest, crypto.SHA512, 0), "RSA PKCS#1 v1.5 with SHA-512"},
		{"PSS default", &rsaTest.PublicKey, sign(rsaTest, crypto.SHA1, 20), "RSASSA-PSS with SHA-1"},
		{"PSS SHA-256", &rsaTest.PublicKey, sign(rsaTest, crypto.SHA256, 32), "RSASSA-PSS with SHA-256"},
		{"ecdsa SHA-1", &ecdsaTest.PublicKey, sign(ecdsaTest, crypto.SHA1, 0), "ECDSA with SHA-1"},
		{"ecdsa SHA-256", &ecdsaTest.PublicKey, sign(ecdsaTest, crypto.SHA256, 0), "ECDSA with SHA-256"},
		{"ecdsa SHA-384", &ecdsaTest.PublicKey, sign(ecdsaTest, crypto.SHA384, 0), "ECDSA with SHA-384"},
		{"ecdsa SHA-512", &ecdsaTest.PublicKey, sign(ecdsaTest, crypto.SHA512, 0), "ECDSA with SHA-512"},
		{"Ed25519", edPub, sign(edKey, 0, 0), "Ed25519"},
		{"Ed448", ed4Pub, sign(ed4Key, 0, 0), "Ed448"},
	}
	for _, c := range cases {
		auth := digital(t, c.identifier, c.signature)
		got, err := VerifySignature(14, c.key, octets, auth)
		if err != nil || got.String() != c.want || got.Method != 14 {
			t.Errorf("%s: %v, %v", c.identifier, got, err)
		}
		auth[len(auth)-1] ^= 1
		if _, err := VerifySignature(14, c.key, octets, auth); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, a bit turned over: %v", c.identifier, err)
		}
		auth[len(auth)-1] ^= 1
		if _, err := VerifySignature(14, c.key, []byte("other octets"), auth); !errors.Is(err, ErrSignature) {
			t.Errorf("%s over other octets: %v", c.identifier, err)
		}
		for _, other := range cases {
			if _, err := VerifySignature(14, other.key, octets, auth); sameKind(c.key, other.key) == errors.Is(err, ErrSignatureKey) {
				t.Errorf("%s with the key of %s: %v", c.identifier, other.identifier, err)
			}
		}
		for n := range len(auth) {
			if _, err := VerifySignature(14, c.key, octets, auth[:n]); err == nil {
				t.Errorf("%s, cut to %d bytes: verifies", c.identifier, n)
			}
		}
	}
}

func sameKind(a, b crypto.PublicKey) bool {
	kind := func(k crypto.PublicKey) string {
		switch k.(type) {
		case *rsa.PublicKey:
			return "RSA"
		case *ecdsa.PublicKey:
			return "ECDSA"
		case ed25519.PublicKey:
			return "Ed25519"
		}
		return "Ed448"
	}
	return kind(a) == kind(b)
}

// TestRSAMethod is method 1, whose hash nobody names.
func TestRSAMethod(t *testing.T) {
	octets := []byte("signed octets")
	for _, h := range rsaHashes {
		auth, err := rsa.SignPKCS1v15(nil, rsaTest, h, digest(h, octets))
		if err != nil {
			t.Fatal(err)
		}
		got, err := VerifySignature(1, &rsaTest.PublicKey, octets, auth)
		if err != nil || got.Hash != h {
			t.Errorf("%v: %v, %v", h, got, err)
		}
		if _, err := VerifySignature(1, &rsaTest.PublicKey, []byte("other"), auth); !errors.Is(err, ErrSignature) {
			t.Errorf("%v over other octets: %v", h, err)
		}
	}
}

func TestSignatureErrors(t *testing.T) {
	small := &rsa.PublicKey{N: new(big.Int).SetBytes(bytes.Repeat([]byte{0xff}, 64)), E: 65537}
	for _, v := range []struct {
		what   string
		method uint8
		key    crypto.PublicKey
		auth   []byte
		want   error
	}{
		{"shared key", 2, &rsaTest.PublicKey, nil, ErrSignatureUnsupported},
		{"DSS", 3, &rsaTest.PublicKey, nil, ErrSignatureUnsupported},
		{"no key", 1, nil, nil, ErrSignatureKey},
		{"no key", 14, nil, digital(t, "sha256WithRSA", nil), ErrSignatureKey},
		{"empty RSA key", 1, &rsa.PublicKey{}, nil, ErrSignatureKey},
		{"RSA of 512 bits", 1, small, make([]byte, 64), ErrSignatureUnsupported},
		{"RSA of 512 bits", 14, small, digital(t, "sha256WithRSA", make([]byte, 64)), ErrSignatureUnsupported},
		{"RSA key", 9, &rsaTest.PublicKey, make([]byte, 64), ErrSignatureKey},
		{"ECDSA key", 1, &ecdsaTest.PublicKey, make([]byte, 64), ErrSignatureKey},
		{"empty", 14, &rsaTest.PublicKey, nil, ErrSignatureFormat},
		{"length beyond the end", 14, &rsaTest.PublicKey, []byte{9, 1}, ErrSignatureFormat},
		{"no identifier", 14, &rsaTest.PublicKey, []byte{0, 1, 2}, ErrSignatureFormat},
		{"bytes after the identifier", 14, &rsaTest.PublicKey, append([]byte{16}, unhex(t, identifiers["sha256WithRSA"]+"00")...), ErrSignatureFormat},
		{"DSA", 14, &rsaTest.PublicKey, digital(t, "dsa-with-sha1", make([]byte, 40)), ErrSignatureUnsupported},
		{"PSS without parameters", 14, &rsaTest.PublicKey, digital(t, "PSS no params", make([]byte, 256)), ErrSignature},
		{"PSS with another hash", 14, &rsaTest.PublicKey, digital(t, "PSS other hash", make([]byte, 256)), ErrSignatureUnsupported},
		{"PSS with another mask", 14, &rsaTest.PublicKey, digital(t, "PSS other mask", make([]byte, 256)), ErrSignatureUnsupported},
		{"PSS with a mask of nothing", 14, &rsaTest.PublicKey, digital(t, "PSS mask empty", make([]byte, 256)), ErrSignatureUnsupported},
		{"PSS with two hashes", 14, &rsaTest.PublicKey, digital(t, "PSS mask SHA-1", make([]byte, 256)), ErrSignatureUnsupported},
	} {
		if got, err := VerifySignature(v.method, v.key, []byte("octets"), v.auth); !errors.Is(err, v.want) {
			t.Errorf("%s: %v, %v, want %v", v.what, got, err, v.want)
		}
	}
}

func TestParsePublicKey(t *testing.T) {
	edPub, _, _ := ed25519.GenerateKey(rand.Reader)
	for _, want := range []interface{ Equal(crypto.PublicKey) bool }{&rsaTest.PublicKey, &ecdsaTest.PublicKey, edPub} {
		der, err := x509.MarshalPKIXPublicKey(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePublicKey(der)
		if err != nil || !want.Equal(got) {
			t.Errorf("%T: %v", want, err)
		}
		for n := range der {
			if _, err := ParsePublicKey(der[:n]); err == nil {
				t.Errorf("%T of %d bytes", want, n)
			}
		}
	}
	// The example of RFC 8410, section 10.1 (Ed25519).
	key, err := ParsePublicKey(unhex(t, "302a300506032b6570032100 19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"))
	if _, ok := key.(ed25519.PublicKey); err != nil || !ok {
		t.Errorf("RFC 8410: %T, %v", key, err)
	}
	ed4Pub, _, _ := ed448.GenerateKey(rand.Reader)
	for n, fits := range map[int]bool{57: true, 56: false, 0: false} {
		der, err := asn1.Marshal(struct {
			Algorithm pkix.AlgorithmIdentifier
			Key       asn1.BitString
		}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 113}}, asn1.BitString{Bytes: ed4Pub[:n], BitLength: 8 * n}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePublicKey(der)
		if _, ok := got.(ed448.PublicKey); ok != fits || fits != (err == nil) {
			t.Errorf("Ed448 key of %d bytes: %T, %v", n, got, err)
		}
	}
	if _, err := ParsePublicKey(unhex(t, "300c 3007 06052b24030302 030100")); !errors.Is(err, ErrSignatureUnsupported) {
		t.Errorf("unknown algorithm: %v", err)
	}
}

func FuzzVerifySignature(f *testing.F) {
	for _, id := range identifiers {
		der := unhex(f, id)
		f.Add(uint8(14), append(append([]byte{byte(len(der))}, der...), make([]byte, 96)...))
	}
	f.Add(uint8(1), make([]byte, 256))
	f.Add(uint8(10), make([]byte, 96))
	keys := []crypto.PublicKey{&rsaTest.PublicKey, &ecdsaTest.PublicKey, ed25519.PublicKey(make([]byte, 32)), ed448.PublicKey(make([]byte, 57)), nil}
	f.Fuzz(func(t *testing.T, method uint8, auth []byte) {
		for i, key := range keys {
			if _, err := VerifySignature(method, key, []byte("octets"), auth); err == nil && i < 2 {
				t.Errorf("%T verifies what it did not sign", key)
			}
		}
		_, _ = ParsePublicKey(auth)
	})
}
