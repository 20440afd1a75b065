package cert

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/internal/testbytes"
)

const certDir = "testdata"

func certFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(certDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func certFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(certDir, "*.der"))
	if err != nil || len(names) < 10 {
		t.Fatalf("%d certificates in %s: %v", len(names), certDir, err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		files[filepath.Base(name)] = certFile(t, filepath.Base(name))
	}
	return files
}

// What crypto/x509 reads of a certificate is what ParseCertificate reads.
func checkAgainstLibrary(t *testing.T, der []byte) {
	t.Helper()
	want, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	c, err := ParseCertificate(der)
	if err != nil {
		t.Fatalf("crypto/x509 reads it, this does not: %v", err)
	}
	for _, f := range []struct {
		name      string
		got, want []byte
	}{
		{"Raw", c.Raw, want.Raw}, {"TBS", c.TBS, want.RawTBSCertificate}, {"subject", c.Subject, want.RawSubject},
		{"issuer", c.Issuer, want.RawIssuer}, {"SPKI", c.SPKI, want.RawSubjectPublicKeyInfo},
	} {
		if !bytes.Equal(f.got, f.want) {
			t.Errorf("%s %x, want %x", f.name, f.got, f.want)
		}
	}
	// The library shifts bits that are not a whole number of bytes; no signature is such.
	if unused := c.Raw[len(c.Raw)-len(c.Signature)-1]; unused == 0 && !bytes.Equal(c.Signature, want.Signature) {
		t.Errorf("signature %x, want %x", c.Signature, want.Signature)
	}
	if n, ok := new(big.Int).SetString(c.SerialNumber(), 16); !ok || n.Cmp(want.SerialNumber) != 0 {
		t.Errorf("serial number %s, want %x", c.SerialNumber(), want.SerialNumber)
	}
	if !c.NotBefore.Equal(want.NotBefore) || !c.NotAfter.Equal(want.NotAfter) {
		t.Errorf("valid %v to %v, want %v to %v", c.NotBefore, c.NotAfter, want.NotBefore, want.NotAfter)
	}
	if c.Odd != "" {
		t.Errorf("odd: %s", c.Odd)
	}
	if want.Version >= 3 { // the library passes over those that older versions may not have, OpenSSL does not
		checkExtensions(t, &c.Extensions, want)
	}
}

func checkExtensions(t *testing.T, x *Extensions, want *x509.Certificate) {
	t.Helper()
	if x.CA != want.IsCA {
		t.Errorf("CA %v, want %v", x.CA, want.IsCA)
	}
	if got := x509.KeyUsage(x.KeyUsage); got != want.KeyUsage {
		t.Errorf("key usage %b, want %b", got, want.KeyUsage)
	}
	if got, want := len(x.ExtKeyUsage), len(want.ExtKeyUsage)+len(want.UnknownExtKeyUsage); got != want {
		t.Errorf("%d extended key usages, want %d", got, want)
	}
	var dns, mail, ips []string
	for _, n := range x.AltNames {
		switch n.Tag {
		case AltDNS:
			dns = append(dns, string(n.Value))
		case AltEmail:
			mail = append(mail, string(n.Value))
		case AltIP:
			a, _ := netip.AddrFromSlice(n.Value)
			ips = append(ips, a.String())
		}
	}
	var wantIPs []string
	for _, ip := range want.IPAddresses {
		a, _ := netip.AddrFromSlice(ip)
		wantIPs = append(wantIPs, a.String())
	}
	if !slices.Equal(dns, want.DNSNames) || !slices.Equal(mail, want.EmailAddresses) || !slices.Equal(ips, wantIPs) {
		t.Errorf("alternative names %v, want %v %v %v", x.AltNames, want.DNSNames, want.EmailAddresses, wantIPs)
	}
}

func TestParseCertificateAsTheLibrary(t *testing.T) {
	read := 0
	for name, der := range certFiles(t) {
		t.Run(name, func(t *testing.T) { checkAgainstLibrary(t, der) })
		if _, err := x509.ParseCertificate(der); err == nil {
			read++
		}
	}
	if read < 8 {
		t.Errorf("the library reads %d of the certificates", read)
	}
}

// The certificates that crypto/x509 refuses are read, too, and the reason is told.
func TestParseCertificate(t *testing.T) {
	for _, tt := range []struct {
		name, key, signature, serial, odd string
	}{
		{"names.der", "RSA 2048", "RSA SHA2-256", "ff11", ""},
		{"brainpool.der", "ECDSA brainpoolP256r1", "ECDSA SHA2-256", "", ""},
		{"explicit.der", "ECDSA explicit parameters", "ECDSA SHA2-256", "", ""},
		{"ed448.der", "Ed448", "Ed448", "", ""},
		{"ed25519.der", "Ed25519", "Ed25519", "", ""},
		{"dsa.der", "DSA 1024", "DSA SHA2-256", "", ""},
		{"rsa512.der", "RSA 512", "RSA SHA1", "", ""},
		{"md5.der", "RSA 1024", "RSA MD5", "", ""},
		{"sha1.der", "RSA 1024", "RSA SHA1", "", ""},
		{"pss.der", "RSA 2048", "RSASSA-PSS SHA2-256 salt 222", "", ""},
		{"negative.der", "RSA 1024", "RSA SHA2-256", "-05", "negative serial number"},
		{"badsan.der", "RSA 1024", "RSA SHA2-256", "", "cannot parse IP address of length 3"},
		{"leaf.der", "RSA 2048", "RSA SHA2-256", "1234", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := ParseCertificate(certFile(t, tt.name))
			if err != nil {
				t.Fatal(err)
			}
			if c.Key.String() != tt.key || c.SignatureName() != tt.signature || c.Odd != tt.odd {
				t.Errorf("key %v, signature %s, odd %q", c.Key, c.SignatureName(), c.Odd)
			}
			if tt.serial != "" && c.SerialNumber() != tt.serial {
				t.Errorf("serial number %s, want %s", c.SerialNumber(), tt.serial)
			}
			if name := c.SubjectName(); !strings.HasPrefix(name, "C=CH, O=Lab, CN=gw") || !strings.HasPrefix(CommonName(c.Subject), "gw") {
				t.Errorf("subject %s", name)
			}
			if c.NotAfter.Year() != 2126 || c.NotAfter.Sub(c.NotBefore) != 36500*24*time.Hour {
				t.Errorf("valid %v to %v", c.NotBefore, c.NotAfter)
			}
		})
	}
}

func TestCertificateNames(t *testing.T) {
	c, err := ParseCertificate(certFile(t, "names.der"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range c.AltNames {
		names = append(names, n.String())
	}
	want := []string{"DNS:gwa.example.org", "IP:192.0.2.1", "email:gwa@example.org", "URI:urn:gwa", "DN:C=CH, CN=gw",
		"UPN:gwa@ad.example.org", "RID:1.2.3.4", "IP:2001:db8::1"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if got, want := c.KeyUsage.Names(), []string{"digitalSignature", "keyAgreement", "decipherOnly"}; !slices.Equal(got, want) {
		t.Errorf("key usage %q, want %q", got, want)
	}
	if got, want := c.ExtKeyUsageNames(), []string{"serverAuth", "ipsecIKE", "iKEIntermediate", "1.2.3.4"}; !slices.Equal(got, want) {
		t.Errorf("extended key usage %q, want %q", got, want)
	}
	bad, err := ParseCertificate(certFile(t, "badsan.der"))
	if err != nil || len(bad.AltNames) != 1 || bad.AltNames[0].String() != "IP:0x112233" {
		t.Errorf("got %v, %v", bad.AltNames, err)
	}
}

// A certificate that is cut anywhere is none; what follows one does not matter, but is told.
func TestCertificateLengths(t *testing.T) {
	der := certFile(t, "names.der")
	for n := range der {
		if _, err := ParseCertificate(der[:n]); err == nil {
			t.Fatalf("%d of %d bytes are a certificate", n, len(der))
		}
	}
	c, err := ParseCertificate(append(bytes.Clone(der), 0))
	if err != nil || !bytes.Equal(c.Raw, der) || c.Odd != "bytes after the certificate" {
		t.Errorf("%v, odd %q", err, c.Odd)
	}
}

func TestCertificateTimes(t *testing.T) {
	for _, tt := range []struct {
		tag        int
		text, want string
	}{
		{berUTCTime, "260102030405Z", "2026-01-02T03:04:05Z"},
		{berUTCTime, "491231235959Z", "2049-12-31T23:59:59Z"},
		{berUTCTime, "500101000000Z", "1950-01-01T00:00:00Z"},
		{berUTCTime, "2601020304Z", "2026-01-02T03:04:00Z"},
		{berUTCTime, "260102030405+0100", "2026-01-02T02:04:05Z"},
		{berGeneralTime, "20600102030405Z", "2060-01-02T03:04:05Z"},
		{berGeneralTime, "20600102030405.5Z", "2060-01-02T03:04:05Z"},
		{berGeneralTime, "20600102030405", "2060-01-02T03:04:05Z"},
		{berGeneralTime, "99991231235959-0100", "0001-01-01T00:00:00Z"},
		{berUTCTime, "9999", "0001-01-01T00:00:00Z"},
		{berInteger, "260102030405Z", "0001-01-01T00:00:00Z"},
	} {
		v := berValue{tag: tt.tag, body: []byte(tt.text)}
		if got := v.time().Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.text, got, tt.want)
		}
	}
}

func FuzzParseCertificate(f *testing.F) {
	for _, der := range certFiles(f) {
		f.Add(der)
	}
	f.Add(testbytes.SelfSigned(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkAgainstLibrary(t, b)
		for e := range ike.CertRawPublicKey + 1 {
			for _, c := range Contents(e, b) {
				showContent(t, &c, b)
			}
		}
	})
}

// showContent renders everything of c. Its bytes are those of the payload.
func showContent(t *testing.T, c *Content, b []byte) {
	t.Helper()
	if !bytes.Contains(b, c.Raw) {
		t.Errorf("%x is not in the payload", c.Raw)
	}
	if x := c.Certificate; x != nil {
		for _, part := range [][]byte{x.Raw, x.TBS, x.Subject, x.SPKI, x.Signature} {
			if !bytes.Contains(c.Raw, part) {
				t.Errorf("%x is not in the certificate", part)
			}
		}
		_ = x.SubjectName() + x.IssuerName() + x.SerialNumber() + x.SignatureName() + x.Key.String() + CommonName(x.Subject)
		_ = append(x.KeyUsage.Names(), x.ExtKeyUsageNames()...)
		for _, n := range x.AltNames {
			_ = n.String()
		}
		for _, when := range []time.Time{x.NotBefore, x.NotAfter} {
			if _, err := when.MarshalJSON(); err != nil {
				t.Error(err)
			}
		}
	}
	if r := c.CRL; r != nil && (r.Revoked > len(r.Raw) || DistinguishedName(r.Issuer) == "" && len(r.Issuer) > 4) {
		t.Errorf("CRL of %d bytes revokes %d", len(r.Raw), r.Revoked)
	}
}

// A hash that collisions were found for is weak where the data is hashed with it, not where PSS masks with it alone.
func TestWeakHash(t *testing.T) {
	for name, want := range map[string]bool{"md5.der": true, "names.der": false, "pss.der": false, "ed448.der": false} {
		c, err := ParseCertificate(certFile(t, name))
		if err != nil || c.WeakHash() != want {
			t.Errorf("%s: %v, %v", name, c.WeakHash(), err)
		}
	}
	for _, tt := range []struct {
		alg  SignatureAlgorithm
		want bool
	}{
		{SignatureAlgorithm{Hash: HashSHA1}, true}, {SignatureAlgorithm{OID: "1.2.840.113549.1.1.2"}, true},
		{SignatureAlgorithm{OID: oidPSS, Hash: HashSHA256, MGFHash: HashSHA1}, false}, {SignatureAlgorithm{Hash: HashSHA256}, false},
	} {
		if got := tt.alg.WeakHash(); got != tt.want {
			t.Errorf("%v: %v", tt.alg, got)
		}
	}
}
