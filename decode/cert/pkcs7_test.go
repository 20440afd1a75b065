package cert

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
	"github.com/ikedecode/ikedecode/decode/internal/wire"
)

// The certificates and the CRL in PKCS #7 are those that went in.
func TestUnwrapPKCS7(t *testing.T) {
	certs, crls, err := UnwrapPKCS7(certFile(t, "chain.p7"))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]byte{certFile(t, "leaf.der"), certFile(t, "ca.der")}
	if !slices.EqualFunc(certs, want, bytes.Equal) || len(crls) != 1 || !bytes.Equal(crls[0], certFile(t, "crl.der")) {
		t.Errorf("%d certificates, %d CRLs", len(certs), len(crls))
	}
}

// indefinite encodes a value with an indefinite length: identifier 80, contents, 00 00.
func indefinite(id byte, contents ...[]byte) []byte {
	return append(append([]byte{id, 0x80}, bytes.Join(contents, nil)...), 0, 0)
}

// PKCS #7 comes in BER, too.
func TestUnwrapPKCS7InBER(t *testing.T) {
	leaf := certFile(t, "leaf.der")
	signedData := testbytes.Unhex(t, "06092a864886f70d010702")
	data := testbytes.Unhex(t, "06092a864886f70d010701")
	b := indefinite(0x30, signedData, indefinite(0xa0, indefinite(0x30, testbytes.Unhex(t, "020101 3100"), indefinite(0x30, data),
		indefinite(0xa0, leaf), testbytes.Unhex(t, "3100"))))
	certs, crls, err := UnwrapPKCS7(b)
	if err != nil || len(certs) != 1 || !bytes.Equal(certs[0], leaf) || len(crls) != 0 {
		t.Errorf("%d certificates, %d CRLs, %v", len(certs), len(crls), err)
	}
	for n := range b {
		if _, _, err := UnwrapPKCS7(b[:n]); !errors.Is(err, ErrNotPKCS7) {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
}

// Values of indefinite length inside one another are bounded.
func TestBERDepth(t *testing.T) {
	deep := func(n int) []byte {
		b := []byte{4, 0}
		for range n {
			b = indefinite(0x30, b)
		}
		return b
	}
	if _, _, ok := readBER(deep(maxBERDepth)); !ok {
		t.Errorf("depth %d is refused", maxBERDepth)
	}
	if _, _, ok := readBER(deep(maxBERDepth + 1)); ok {
		t.Errorf("depth %d is taken", maxBERDepth+1)
	}
}

func TestReadBER(t *testing.T) {
	for _, tt := range []struct {
		name, hex string
		ok        bool
		tag       int
		body      string
	}{
		{"short", "0401aa", true, 4, "aa"},
		{"length of two bytes", "048101aa", true, 4, "aa"},
		{"length with zeros in front", "04840000 0001aa", true, 4, "aa"},
		{"long tag", "1f8101 01aa", true, 129, "aa"},
		{"tag without end", "1fffffffffff 00", false, 0, ""},
		{"nothing", "", false, 0, ""},
		{"no length", "04", false, 0, ""},
		{"cut length", "0482 01", false, 0, ""},
		{"longer than it is", "0402aa", false, 0, ""},
		{"length beyond all bounds", "048affffffffffffffffffff", false, 0, ""},
		{"indefinite and not compound", "0480aa0000", false, 0, ""},
		{"indefinite without end", "30800401aa", false, 0, ""},
	} {
		v, rest, ok := readBER(testbytes.Unhex(t, tt.hex))
		if ok != tt.ok || ok && (v.tag != tt.tag || !bytes.Equal(v.body, testbytes.Unhex(t, tt.body)) || len(rest) != 0) {
			t.Errorf("%s: %v, tag %d, %x, rest %x", tt.name, ok, v.tag, v.body, rest)
		}
	}
}

func TestParseRevocationList(t *testing.T) {
	b := certFile(t, "crl.der")
	r, err := ParseRevocationList(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(r.Raw, b) || DistinguishedName(r.Issuer) != "C=CH, O=Lab, CN=Lab CA" || r.Revoked != 1 ||
		r.ThisUpdate.Year() != 2026 || r.NextUpdate.Year() != 2126 {
		t.Errorf("got %+v", r)
	}
	for n := range b {
		if _, err := ParseRevocationList(b[:n]); !errors.Is(err, ErrNotCRL) {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, err := ParseRevocationList(certFile(t, "ca.der")); !errors.Is(err, ErrNotCRL) {
		t.Errorf("a certificate: %v", err)
	}
}

// Each encoding gives what it says.
func TestCertContents(t *testing.T) {
	leaf := certFile(t, "leaf.der")
	c, err := ParseCertificate(leaf)
	if err != nil {
		t.Fatal(err)
	}
	key, _, _ := readBER(c.SPKI)
	l := key.list()
	l.next()
	rsa := l.next().bits()
	url := append(make([]byte, sha1.Size), "http://example.org/a"...)
	for _, tt := range []struct {
		e    ike.CertEncoding
		data []byte
		ok   func([]Content) bool
	}{
		{ike.CertX509Signature, leaf, func(l []Content) bool { return len(l) == 1 && l[0].Certificate != nil }},
		{ike.CertX509KeyExch, leaf, func(l []Content) bool { return len(l) == 1 && l[0].Certificate != nil }},
		{ike.CertPKCS7, certFile(t, "chain.p7"), func(l []Content) bool {
			return len(l) == 3 && l[0].Certificate != nil && l[1].Certificate != nil && l[2].CRL != nil
		}},
		{ike.CertCRL, certFile(t, "crl.der"), func(l []Content) bool { return l[0].CRL != nil && l[0].CRL.Revoked == 1 }},
		{ike.CertRawRSA, rsa, func(l []Content) bool { return l[0].Key.String() == "RSA 2048" && l[0].SPKI == nil }},
		{ike.CertRawPublicKey, c.SPKI, func(l []Content) bool { return l[0].Key.String() == "RSA 2048" && l[0].SPKI != nil }},
		{ike.CertHashURL, url, func(l []Content) bool { return l[0].URL == "http://example.org/a" && len(l[0].Hash) == sha1.Size }},
		{ike.CertHashURLBundle, url[:19], func(l []Content) bool { return errors.Is(l[0].Err, wire.ErrTruncated) }},
		{ike.CertX509Signature, leaf[1:], func(l []Content) bool { return errors.Is(l[0].Err, ErrNotCertificate) }},
		{ike.CertPKCS7, leaf, func(l []Content) bool { return errors.Is(l[0].Err, ErrNotPKCS7) }},
		{ike.CertCRL, leaf, func(l []Content) bool { return errors.Is(l[0].Err, ErrNotCRL) }},
		{ike.CertRawPublicKey, rsa, func(l []Content) bool { return l[0].Err != nil }},
		{ike.CertRawRSA, leaf[:8], func(l []Content) bool { return l[0].Err != nil }},
		{ike.CertPGP, leaf, func(l []Content) bool { return l[0].Certificate == nil && l[0].Err == nil }},
	} {
		if got := Contents(tt.e, tt.data); !tt.ok(got) {
			t.Errorf("%v: %+v", tt.e, got)
		}
	}
}

func FuzzUnwrapPKCS7(f *testing.F) {
	f.Add(certFile(f, "chain.p7"))
	f.Add(indefinite(0x30, testbytes.Unhex(f, "06092a864886f70d010702"), indefinite(0xa0, indefinite(0x30, testbytes.Unhex(f, "020101 3100 3000"),
		indefinite(0xa0, testbytes.Unhex(f, "3000 3000")), indefinite(0xa1, testbytes.Unhex(f, "3000"))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		certs, crls, err := UnwrapPKCS7(b)
		if len(certs) > maxPKCS7 || len(crls) > maxPKCS7 {
			t.Errorf("%d certificates, %d CRLs", len(certs), len(crls))
		}
		if err != nil && len(certs)+len(crls) > 0 {
			t.Errorf("%v, and %d certificates", err, len(certs))
		}
		for _, c := range Contents(ike.CertPKCS7, b) {
			showContent(t, &c, b)
		}
	})
}
