package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// certTime is when the certificates of these tests are sent.
var certTime = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// A testCA makes certificates.
type testCA struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newTestCA(t *testing.T, name string) *testCA {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &testCA{t: t, key: key}
	der := ca.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true}, key)
	if ca.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return ca
}

// issue makes a certificate, valid in 2026; of itself, where the authority has none yet.
func (ca *testCA) issue(template *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	ca.t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			ca.t.Fatal(err)
		}
	}
	template.SerialNumber = big.NewInt(7)
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = certTime.AddDate(0, -5, 0), certTime.AddDate(0, 6, 0)
	}
	parent := ca.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), ca.key)
	if err != nil {
		ca.t.Fatal(err)
	}
	return der
}

func named(cn string, dns ...string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: cn}, DNSNames: dns}
}

// certSA is an IKE SA with these CERT payloads: those of the initiator in frame 5, those of the responder in frame 6.
func certSA(version int, initiator, responder [][]byte) *ikesa.SA {
	sa := &ikesa.SA{Conversation: &exchange.Conversation{Version: version, Initiator: decode.SPI{1, 2, 3, 4, 5, 6, 7, 8}}}
	for i, list := range [][][]byte{initiator, responder} {
		m := &ikesa.Message{Message: &exchange.Message{Frame: 5 + i, Time: certTime, FromInitiator: i == 0}, State: ikesa.Opened}
		for _, der := range list {
			p := decode.Payload{Type: ikev1.PayloadCert, Body: &ikev1.Cert{Encoding: ike.CertX509Signature, Data: der}}
			if version == 2 {
				p = decode.Payload{Type: ikev2.PayloadCert, Body: &ikev2.Cert{Encoding: ike.CertX509Signature, Data: der}}
			}
			p.Raw = append(make([]byte, 5), der...)
			m.Payloads = append(m.Payloads, p)
		}
		sa.Messages = append(sa.Messages, m)
	}
	return sa
}

func certsOf(sa *ikesa.SA) []*Certificate {
	return newCertificates(negotiation.NewCertificates([]*ikesa.SA{sa}).Of(sa))
}

// The chain leads to what the capture has.
func TestCertificateChain(t *testing.T) {
	ca, other := newTestCA(t, "CA"), newTestCA(t, "CA")
	subKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subDER := ca.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "Sub CA"}, IsCA: true, BasicConstraintsValid: true}, subKey)
	subCert, err := x509.ParseCertificate(subDER)
	if err != nil {
		t.Fatal(err)
	}
	sub := &testCA{t: t, key: subKey, cert: subCert}
	leaf := sub.issue(named("gw"), nil)
	for _, tt := range []struct {
		name    string
		sent    [][]byte
		chain   negotiation.Chain
		issuers [][]byte
	}{
		{"the whole chain", [][]byte{leaf, subDER, ca.cert.Raw}, negotiation.ChainComplete, [][]byte{subDER, ca.cert.Raw}},
		{"without the root", [][]byte{leaf, subDER}, negotiation.ChainOpen, [][]byte{subDER}},
		{"alone", [][]byte{leaf}, negotiation.ChainOpen, nil},
		{"self-signed", [][]byte{ca.cert.Raw}, negotiation.ChainSelfSigned, nil},
		{"a root of the same name with another key", [][]byte{ca.issue(named("gw"), nil), other.cert.Raw}, negotiation.ChainBroken, nil},
		{"two roots of the same name", [][]byte{ca.issue(named("gw"), nil), other.cert.Raw, ca.cert.Raw}, negotiation.ChainComplete, [][]byte{ca.cert.Raw}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The other side's certificates count, too.
			list := certsOf(certSA(2, tt.sent[:1], tt.sent[1:]))
			var issuers []string
			for _, der := range tt.issuers {
				issuers = append(issuers, sha256Of(der))
			}
			if c := list[0]; c.Chain != tt.chain || !slices.Equal(c.IssuerSums, issuers) || c.Unchecked {
				t.Errorf("%s, issuers %v, unchecked %v; want %s, %v", c.Chain, c.IssuerSums, c.Unchecked, tt.chain, issuers)
			}
		})
	}
}

// Two authorities that certified one another make no endless chain.
func TestCertificateChainInCircle(t *testing.T) {
	a, b := newTestCA(t, "A"), newTestCA(t, "B")
	ab := a.issue(named("B"), b.key) // B's key, certified by A
	ba := b.issue(named("A"), a.key)
	list := certsOf(certSA(1, [][]byte{a.issue(named("gw"), nil), ab, ba}, nil))
	if c := list[0]; c.Chain != negotiation.ChainOpen || len(c.IssuerSums) != 2 {
		t.Errorf("%s, %d issuers", c.Chain, len(c.IssuerSums))
	}
}

// What names of a certificate an ID is compared with (RFC 4945, section 3).
func TestCertificateMatchesID(t *testing.T) {
	ca := newTestCA(t, "CA")
	der := ca.issue(&x509.Certificate{
		Subject: pkix.Name{Country: []string{"CH"}, CommonName: "cn.example.org"}, DNSNames: []string{"gw.example.org"},
		EmailAddresses: []string{"gw@example.org"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, SubjectKeyId: []byte{1, 2, 3},
	}, nil)
	c, err := cert.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	dn := func(n pkix.Name) []byte {
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{Subject: n, SerialNumber: big.NewInt(1)}, ca.cert, ca.key.Public(), ca.key)
		if err != nil {
			t.Fatal(err)
		}
		x, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return x.RawSubject
	}
	for _, tt := range []struct {
		typ  ike.IDType
		data []byte
		want negotiation.Match
	}{
		{ike.IDFQDN, []byte("gw.example.org"), negotiation.MatchSAN},
		{ike.IDFQDN, []byte("GW.Example.org"), negotiation.MatchSAN},
		{ike.IDFQDN, []byte("cn.example.org"), negotiation.MatchCN},
		{ike.IDFQDN, []byte("other.example.org"), negotiation.MatchNone},
		{ike.IDFQDN, []byte("gw@example.org"), negotiation.MatchNone},
		{ike.IDUserFQDN, []byte("gw@example.org"), negotiation.MatchSAN},
		{ike.IDUserFQDN, []byte("gw.example.org"), negotiation.MatchNone},
		{ike.IDIPv4, []byte{192, 0, 2, 1}, negotiation.MatchSAN},
		{ike.IDIPv4, []byte{192, 0, 2, 2}, negotiation.MatchNone},
		{ike.IDDN, c.Subject, negotiation.MatchSubject},
		{ike.IDDN, dn(pkix.Name{Country: []string{"ch"}, CommonName: "CN.example.org"}), negotiation.MatchSubject},
		{ike.IDDN, dn(pkix.Name{Country: []string{"CH"}, CommonName: "gw"}), negotiation.MatchNone},
		{ike.IDGN, c.AltNames[0].DER, negotiation.MatchSAN},
		{ike.IDGN, []byte{0x82, 1, 'x'}, negotiation.MatchNone},
		{ike.IDKeyID, []byte{1, 2, 3}, negotiation.MatchKeyID},
		{ike.IDKeyID, []byte("anything"), ""},
		{ike.IDKeyID, nil, ""},
		{99, []byte("x"), ""},
	} {
		sa := certSA(2, [][]byte{der}, nil)
		sa.IDi = &ike.Identity{Version: ike.V2, Type: tt.typ, Data: tt.data}
		if got := certsOf(sa)[0].IDMatch; got != tt.want {
			t.Errorf("%v: %q, want %q", sa.IDi, got, tt.want)
		}
	}
}

// Each side's own certificate is found, and what is wrong with it told.
func TestCertificateFindings(t *testing.T) {
	ca := newTestCA(t, "CA")
	old, early := named("gwb", "gwb"), named("gwb", "gwb")
	old.NotBefore, old.NotAfter = certTime.AddDate(-2, 0, 0), certTime.AddDate(0, 0, -1)
	early.NotBefore, early.NotAfter = certTime.AddDate(0, 0, 1), certTime.AddDate(1, 0, 0)
	usage := named("gwb", "gwb")
	usage.KeyUsage = x509.KeyUsageKeyEncipherment
	for _, tt := range []struct {
		name     string
		der      []byte
		validity negotiation.Validity
		findings []string
	}{
		{"nothing", ca.issue(named("gwb", "gwb"), nil), negotiation.ValidityValid, nil},
		{"expired", ca.issue(old, nil), negotiation.ValidityExpired, []string{"it expired on 2026-05-31"}},
		{"too early", ca.issue(early, nil), negotiation.ValidityNotYet, []string{"it is not valid before 2026-06-02"}},
		{"another name", ca.issue(named("x", "y"), nil), negotiation.ValidityValid, []string{"none of its names is the identity gwb"}},
		{"common name", ca.issue(named("gwb"), nil), negotiation.ValidityValid,
			[]string{"only its common name is the identity gwb: the standards require it in subjectAltName"}},
		{"key usage", ca.issue(usage, nil), negotiation.ValidityValid, []string{"its key usage does not allow signatures"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, version := range []int{1, 2} {
				sa := certSA(version, nil, [][]byte{ca.cert.Raw, tt.der})
				sa.IDr = &ike.Identity{Version: ike.V1, Type: ike.IDFQDN, Data: []byte("gwb")}
				if version == 2 {
					sa.IDr = &ike.Identity{Version: ike.V2, Type: ike.IDFQDN, Data: []byte("gwb")}
				}
				list := certsOf(sa)
				if len(list) != 2 || list[0].EndEntity || !list[1].EndEntity {
					t.Fatalf("%d certificates, the second one is not the side's own", len(list))
				}
				c := list[1]
				if c.Validity != tt.validity || !slices.Equal(c.Findings, tt.findings) || c.Sender != "responder" || !slices.Equal(c.Frames, []int{6}) {
					t.Errorf("%s, findings %q, %s, %v", c.Validity, c.Findings, c.Sender, c.Frames)
				}
			}
		})
	}
}

// The AUTH payload says whose certificate it is, whatever its place and its names.
func TestCertificateOfAuth(t *testing.T) {
	ca := newTestCA(t, "CA")
	first, second := ca.issue(named("gwa", "gwa"), nil), ca.issue(named("other"), nil)
	sa := certSA(2, [][]byte{first, second}, nil)
	sa.IDi = &ike.Identity{Version: ike.V2, Type: ike.IDFQDN, Data: []byte("gwa")}
	c, err := cert.ParseCertificate(second)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		auth ikesa.AuthCheck
		own  int
	}{
		{ikesa.AuthCheck{Initiator: true, OK: true, Key: c.SPKI}, 1},
		{ikesa.AuthCheck{Initiator: false, OK: true, Key: c.SPKI}, 0},
		{ikesa.AuthCheck{Initiator: true, OK: false, Key: c.SPKI}, 0},
	} {
		sa.Auth = []ikesa.AuthCheck{tt.auth}
		list := certsOf(sa)
		if !list[tt.own].EndEntity || list[1-tt.own].EndEntity || list[1].Authenticated != (tt.own == 1) {
			t.Errorf("%+v: end entity %v and %v", tt.auth, list[0].EndEntity, list[1].EndEntity)
		}
	}
}

// Weak keys and signatures are told; the signature of a self-signed certificate does not count.
func TestWeakCertificates(t *testing.T) {
	for _, tt := range []struct {
		file string
		weak []string
	}{
		{"names.der", nil}, {"pss.der", nil}, {"ed448.der", nil}, {"brainpool.der", nil},
		{"md5.der", []string{"key RSA 1024"}}, {"rsa512.der", []string{"key RSA 512"}}, {"dsa.der", []string{"key DSA 1024"}},
	} {
		c := certsOf(certSA(1, [][]byte{certFile(t, tt.file)}, nil))[0]
		// What signed itself with an algorithm that can't be checked goes by its name.
		if !slices.Equal(c.Weak, tt.weak) || c.Chain != negotiation.ChainSelfSigned {
			t.Errorf("%s: weak %q, want %q; %s", tt.file, c.Weak, tt.weak, c.Chain)
		}
		if want := tt.file == "rsa512.der" || tt.file == "brainpool.der" || tt.file == "dsa.der"; c.Unchecked != want {
			t.Errorf("%s: unchecked %v", tt.file, c.Unchecked)
		}
	}
}

// The authorities of CERTREQ payloads are named where the capture has their certificate.
func TestAuthorities(t *testing.T) {
	ca := newTestCA(t, "CA")
	x := negotiation.NewCertificates([]*ikesa.SA{certSA(2, [][]byte{ca.cert.Raw}, nil)})
	known := sha1.Sum(ca.cert.RawSubjectPublicKeyInfo)
	hashes := append(known[:], make([]byte, sha1.Size)...)
	got := newAuthorities(x.Authorities(&ikev2.CertReq{Encoding: ike.CertX509Signature, Data: hashes}))
	want := []Authority{{Name: "CN=CA", SHA1: hex.EncodeToString(known[:]), SHA256: sha256Of(ca.cert.Raw)},
		{SHA1: strings.Repeat("00", sha1.Size)}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got = newAuthorities(x.Authorities(&ikev1.CertReq{Encoding: ike.CertX509Signature, Data: ca.cert.RawSubject}))
	if want := (Authority{Name: "CN=CA", SHA256: sha256Of(ca.cert.Raw)}); len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, b := range []decode.Body{&ikev1.CertReq{Encoding: ike.CertX509Signature}, &ikev2.CertReq{Data: []byte{1}}, &ikev2.Nonce{}, nil} {
		if got := x.Authorities(b); got != nil {
			t.Errorf("%T: %v", b, got)
		}
	}
}

// A certificate in bytes of a message that could not be had is none.
func TestCertificateInUnknownBytes(t *testing.T) {
	ca := newTestCA(t, "CA")
	for unknown, want := range map[int]int{0: 2, 1: 1, 5 + len(ca.cert.Raw): 1, 6 + len(ca.cert.Raw): 0} {
		sa := certSA(1, [][]byte{ca.cert.Raw, ca.issue(named("gw"), nil)}, nil)
		sa.Messages[0].Unknown = unknown
		if got := certsOf(sa); len(got) != want {
			t.Errorf("of %d bytes unknown: %d certificates, want %d", unknown, len(got), want)
		}
	}
}

// Names that strangers choose end in no other folder, and each certificate is written once.
func TestCertificateFiles(t *testing.T) {
	ca := newTestCA(t, "CA")
	evil, twin := ca.issue(named("../../etc/passwd\x00\x1b[31m"), nil), ca.issue(named("../../etc/passwd"), nil)
	one := certSA(2, [][]byte{evil, evil}, [][]byte{evil, ca.cert.Raw})
	two := certSA(2, [][]byte{twin}, nil) // another SA with the same SPI of the initiator
	sas := []*ikesa.SA{one, two}
	files, more := CertificateFiles(sas)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		block, rest := pem.Decode(f.PEM)
		if block == nil || len(rest) > 0 || block.Type != "CERTIFICATE" || sha256Of(block.Bytes) != f.SHA256 {
			t.Errorf("%s: %s", f.Name, f.PEM)
		}
	}
	want := []string{"ike-0102030405060708-initiator-1-etc_passwd_x00_x1b_31m.pem", "ike-0102030405060708-responder-1-CA.pem",
		"ike-0102030405060708-initiator-1-etc_passwd.pem"}
	if more != 0 || !slices.Equal(names, want) {
		t.Errorf("got %q and %d more, want %q", names, more, want)
	}
	same := certSA(2, [][]byte{ca.issue(named("CA"), nil), ca.issue(named("CA"), nil)}, nil)
	first := certSA(2, [][]byte{ca.cert.Raw}, nil)
	sas = []*ikesa.SA{first, same}
	files, _ = CertificateFiles(sas)
	if len(files) != 3 || files[1].Name != "ike-0102030405060708-initiator-1-CA-"+files[1].SHA256[:16]+".pem" {
		t.Errorf("%d files, the second one is %s", len(files), files[1].Name)
	}
}

// payloadSA is an IKEv1 SA whose initiator sent these CERT payloads.
func payloadSA(certs ...*ikev1.Cert) *ikesa.SA {
	sa := certSA(1, nil, nil)
	for _, c := range certs {
		sa.Messages[0].Payloads = append(sa.Messages[0].Payloads, decode.Payload{Type: ikev1.PayloadCert, Body: c})
	}
	return sa
}

func certFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../decode/cert/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// PKCS #7 is shown and written as what is in it; keys and URLs are shown.
func TestOtherEncodings(t *testing.T) {
	leaf, err := cert.ParseCertificate(certFile(t, "leaf.der"))
	if err != nil {
		t.Fatal(err)
	}
	sa := payloadSA(
		&ikev1.Cert{Encoding: ike.CertPKCS7, Data: certFile(t, "chain.p7")},
		&ikev1.Cert{Encoding: ike.CertCRL, Data: certFile(t, "crl.der")}, // the one of chain.p7 again
		&ikev1.Cert{Encoding: ike.CertRawPublicKey, Data: leaf.SPKI},
		&ikev1.Cert{Encoding: ike.CertHashURL, Data: append(make([]byte, 20), "http://example.org/gw.cer"...)},
		&ikev1.Cert{Encoding: ike.CertPGP, Data: []byte{1}},
	)
	list := certsOf(sa)
	var got []string
	for _, c := range list {
		got = append(got, c.Kind+" "+c.Subject+c.Issuer+c.PublicKey+c.URL)
	}
	want := []string{"certificate C=CH, O=Lab, CN=gwb.example.orgC=CH, O=Lab, CN=Lab CARSA 2048", "certificate C=CH, O=Lab, CN=Lab CAC=CH, O=Lab, CN=Lab CARSA 2048",
		"CRL C=CH, O=Lab, CN=Lab CA", "public key RSA 2048", "hash and URL http://example.org/gw.cer", "unknown "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	files, _ := CertificateFiles([]*ikesa.SA{sa})
	var names, types []string
	for _, f := range files {
		block, _ := pem.Decode(f.PEM)
		names, types = append(names, f.Name), append(types, block.Type)
	}
	wantNames := []string{"ike-0102030405060708-initiator-1-gwb.example.org.pem", "ike-0102030405060708-initiator-2-Lab_CA.pem",
		"ike-0102030405060708-initiator-3-crl-Lab_CA.pem"}
	if !slices.Equal(names, wantNames) || !slices.Equal(types, []string{"CERTIFICATE", "CERTIFICATE", "X509 CRL"}) {
		t.Errorf("got %q %q", names, types)
	}
	text := remarkTexts((&Payload{Certificates: list}).certificateDetails())
	for _, want := range []string{"certificate of C=CH, O=Lab, CN=gwb.example.org", "issued by C=CH, O=Lab, CN=Lab CA, with a chain to a self-signed certificate in the capture",
		"CRL of C=CH, O=Lab, CN=Lab CA, from 2026-11-23, next update 2126-10-30, revokes 1", "RSA 2048\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestFileNamePart(t *testing.T) {
	for name, want := range map[string]string{
		"gwa.example.org": "-gwa.example.org", "": "", "..": "", "...": "", "/": "", "a/b": "-a_b", "../a": "-a", "a..b": "-a._b", "-rf": "-rf",
		"Bär & Söhne": "-B_r_S_hne", "CON": "-CON", "a\nb": "-a_b", "a\\b": "-a_b", strings.Repeat("x", 100): "-" + strings.Repeat("x", 40),
		"\u202egro": "-gro", "\xff\xfe": "",
	} {
		if got := fileNamePart(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// Hostile names and lists in certificates do no harm to a page, and do not grow it.
func TestCertificateTextIsSafe(t *testing.T) {
	ca := newTestCA(t, "CA")
	many := named("\x1b[2J\u202e" + strings.Repeat("long ", 2000))
	for range 500 {
		many.DNSNames = append(many.DNSNames, "x.example.org")
	}
	sa := payloadSA(
		&ikev1.Cert{Encoding: ike.CertX509Signature, Data: ca.issue(many, nil)},
		&ikev1.Cert{Encoding: ike.CertX509Signature, Data: []byte("\x1b]0;x\x07")},
		&ikev1.Cert{Encoding: ike.CertHashURL, Data: append(make([]byte, 20), "http://\x1b[2J\xff"...)},
		&ikev1.Cert{Encoding: ike.CertPKCS7, Data: []byte{0x30, 0x80}},
		&ikev1.Cert{Encoding: 99, Data: nil},
	)
	r := IKESA{Certificates: certsOf(sa)}
	if len(r.Certificates) != 5 {
		t.Fatalf("%d certificates", len(r.Certificates))
	}
	text := textOf(t, &SAs{IKE: []IKESA{r}}) + remarkTexts((&Payload{Certificates: r.Certificates}).certificateDetails())
	if n := strings.Count(text, "\n"); n > 60 || len(text) > 10000 {
		t.Errorf("%d lines, %d characters", n, len(text))
	}
	var b bytes.Buffer
	doc := &Document{Timeline: &Timeline{SAs: []TimelineSA{{IKESA: r}}}}
	if err := doc.Write(&b); err != nil || bytes.ContainsAny(b.Bytes(), "\x1b\x07\xff\u202e") {
		t.Errorf("%v, or characters that a terminal obeys in JSON", err)
	}
}

// The certificates of recorded sessions, in order of time: whose they are, and what is to be said of them.
func TestCertificatesOfSessions(t *testing.T) {
	const root, sub, lab = "C=CH, O=Lab, CN=Lab Root CA", "C=CH, O=Lab, CN=Lab Sub CA", "C=CH, O=Lab, CN=Lab CA"
	const gwa, gwb = "C=CH, O=Lab, CN=gwa.example.org", "C=CH, O=Lab, CN=gwb.example.org"
	type want struct {
		sender, subject, issuer string
		match                   negotiation.Match // "" for what is not the sender's own
		above                   int               // issuers that the capture has
		findings                string
	}
	for _, tt := range []struct {
		session string
		closed  int // certificates without keys
		want    []want
	}{
		{"v1-main-rsa-certs-frag", 0, []want{{"initiator", gwa, lab, negotiation.MatchSubject, 0, ""}, {"responder", gwb, lab, negotiation.MatchSubject, 0, ""}}},
		{"v2-rsa-certs-frag", 0, []want{{"initiator", gwa, lab, negotiation.MatchSAN, 0, ""}, {"responder", gwb, lab, negotiation.MatchSAN, 0, ""}}},
		{"v1-aggressive-rsa-certs", 1, []want{{"responder", gwb, sub, negotiation.MatchSAN, 1, ""}, {"initiator", gwa, sub, negotiation.MatchSAN, 1, ""},
			{"initiator", sub, root, "", 0, ""}}},
		{"v2-rsa-certs-chain", 0, []want{{"initiator", gwa, sub, negotiation.MatchSAN, 1, ""}, {"initiator", sub, root, "", 0, ""},
			{"responder", gwb, sub, negotiation.MatchSAN, 1, ""}, {"responder", sub, root, "", 0, ""}}},
		{"diag-cert-expired", 0, []want{{"initiator", gwa, lab, negotiation.MatchSAN, 0, ""}, {"responder", gwb, lab, negotiation.MatchSAN, 0, "it expired on 2026-04-01"}}},
		{"diag-v2-cert-expired", 0, []want{{"initiator", gwa, lab, negotiation.MatchSAN, 0, ""}, {"responder", gwb, lab, negotiation.MatchSAN, 0, "it expired on 2026-04-01"}}},
	} {
		t.Run(tt.session, func(t *testing.T) {
			dir := filepath.Join(pcaps, tt.session)
			s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
			list := newCertificates(Read(s).Certificates().Of(s.SAs[0]))
			if len(list) != len(tt.want) {
				t.Fatalf("%d certificates, want %d", len(list), len(tt.want))
			}
			for i, c := range list {
				got := want{c.Sender, c.Subject, c.Issuer, c.IDMatch, len(c.IssuerSums), join(c.Findings, "; ")}
				if got != tt.want[i] || c.EndEntity != (c.IDMatch != "") || c.Authenticated != c.EndEntity || c.CA == c.EndEntity || c.Chain != negotiation.ChainOpen {
					t.Errorf("got %+v, want %+v; %+v", got, tt.want[i], c)
				}
			}
			closed, _ := analyzed(t, filepath.Join(dir, "wire.pcap"))
			if list := Read(closed).Certificates().Of(closed.SAs[0]); len(list) != tt.closed {
				t.Errorf("%d certificates without keys, want %d", len(list), tt.closed)
			}
		})
	}
}

// The authority that a CERTREQ payload of IKEv2 asks for by a hash is named where its certificate was sent.
func TestAuthoritiesOfSession(t *testing.T) {
	dir := filepath.Join(pcaps, "v2-rsa-certs-chain")
	s, _ := analyzed(t, filepath.Join(dir, "wire.pcap"), filepath.Join(dir, "gwa.log"))
	doc := NewTimeline(s)
	var named, unknown int
	for _, x := range doc.SAs[0].Exchanges {
		for _, m := range x.Messages {
			for _, p := range m.Payloads {
				for _, a := range p.Authorities {
					switch {
					case a.Name == "C=CH, O=Lab, CN=Lab Sub CA" && a.SHA1 != "" && a.SHA256 != "":
						named++
					case a.Name == "" && a.SHA1 != "":
						unknown++
					default:
						t.Errorf("frame %d: %+v", m.Frame, a)
					}
				}
			}
		}
	}
	// gwa, which has both, requests the one below the root, too; the root was never sent.
	if named != 1 || unknown != 2 {
		t.Errorf("%d authorities named, %d not", named, unknown)
	}
	text := textOf(t, doc)
	if want := "0x0ae97c60cd1ae989babdcc46afedf7e7dd26d405 is C=CH, O=Lab, CN=Lab Sub CA\n"; !strings.Contains(text, want) {
		t.Errorf("the timeline does not say %q", want)
	}
}

func sha256Of(b []byte) string { return negotiation.Fingerprint(sha256.Sum256(b)).String() }

// Who asks for a certificate of a CA is content with one of an intermediate CA that comes along, as long as that is valid.
func TestObjectionToIssuer(t *testing.T) {
	root, other := newTestCA(t, "Root CA"), newTestCA(t, "Other CA")
	sub := func(until time.Time) (*testCA, []byte) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der := root.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "Sub CA"}, IsCA: true, BasicConstraintsValid: true, NotBefore: certTime.AddDate(-1, 0, 0), NotAfter: until}, key)
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return &testCA{t: t, key: key, cert: c}, der
	}
	ca, valid := sub(certTime.AddDate(1, 0, 0))
	old, expired := sub(certTime.AddDate(0, 0, -2))
	leaf := ca.issue(named("gw", "gw"), nil)
	asks := func(list ...*testCA) (names [][]byte) {
		for _, ca := range list {
			names = append(names, ca.cert.RawSubject)
		}
		return names
	}
	for _, tt := range []struct {
		name  string
		sent  [][]byte
		asked [][]byte
		want  negotiation.ObjectionKind // 0: none
	}{
		{"with the intermediate CA", [][]byte{leaf, valid}, asks(root), 0},
		{"without it", [][]byte{leaf}, asks(root), negotiation.NotAskedFor},
		{"without it, and one of several is asked for", [][]byte{leaf}, asks(other, root), negotiation.NotAskedFor},
		{"the intermediate CA is asked for", [][]byte{leaf}, asks(other, ca), 0},
		{"any will do", [][]byte{leaf}, nil, 0},
		{"another CA is asked for", [][]byte{leaf, valid}, asks(other), negotiation.NotAskedFor},
		{"the intermediate CA has expired", [][]byte{old.issue(named("gw", "gw"), nil), expired}, asks(root), negotiation.IssuerExpired},
	} {
		sa := certSA(1, tt.sent, nil)
		for _, name := range tt.asked {
			sa.Messages[1].Payloads = append(sa.Messages[1].Payloads, payload1(ikev1.PayloadCertReq, &ikev1.CertReq{Encoding: ike.CertX509Signature, Data: name}))
		}
		o := negotiation.NewCertificates([]*ikesa.SA{sa}).Objection(sa, ike.Initiator)
		if (o == nil) != (tt.want == 0) || o != nil && o.Kind != tt.want {
			t.Errorf("%s: %+v, want %d", tt.name, o, tt.want)
		}
	}
}

// A client that gets the certificate of the server and then says nothing more has rejected it. Windows and Apple's have rules of their own.
func TestClientGaveUp(t *testing.T) {
	ca := newTestCA(t, "CA")
	server := func(days int, usage ...x509.ExtKeyUsage) []byte {
		c := named("gw.example.org", "gw.example.org")
		c.NotBefore, c.ExtKeyUsage = certTime.AddDate(0, 0, -1), usage
		c.NotAfter = c.NotBefore.AddDate(0, 0, days)
		return ca.issue(c, nil)
	}
	windows := payload2(ikev2.PayloadVendorID, &decode.VendorID{Data: append(vendorHash("MS NT5 ISAKMPOAKLEY"), 0, 0, 0, 9)})
	dhcp := decode.Attribute{Type: ike.ConfigIP4DHCP}
	apple := []decode.Payload{payload2(ikev2.PayloadCP, &ikev2.CP{Type: ike.ConfigRequest, Attributes: []ikev2.ConfigAttribute{{Attribute: dhcp}}}), notify2(ikev2.NotifyNonFirstFragmentsAlso)}
	id := func(typ decode.PayloadType) decode.Payload {
		return payload2(typ, &ikev2.ID{Type: ike.IDFQDN, Data: []byte("gw.example.org")})
	}
	sa, nonce := payload2(ikev2.PayloadSA, &ikev2.SA{}), payload2(ikev2.PayloadNonce, &ikev2.Nonce{Data: make([]byte, 16)})
	const good = 800
	for _, tt := range []struct {
		name         string
		init, client []decode.Payload
		cert         []byte
		wait         time.Duration // for which the capture goes on
		again        bool          // the request is sent once more
		says         string        // "": no certificate problem
	}{
		{"Windows, no serverAuth", []decode.Payload{windows}, nil, server(good), time.Minute, false, "its extended key usage lacks serverAuth"},
		{"Windows", []decode.Payload{windows}, nil, server(5*365, x509.ExtKeyUsageServerAuth), time.Minute, false, "does not trust the certificate"},
		{"Apple, valid for 5 years", nil, apple, server(5*365, x509.ExtKeyUsageServerAuth), time.Minute, false, "it is valid for more than 825 days"},
		{"Apple, no serverAuth", nil, apple, server(good, x509.ExtKeyUsageClientAuth), time.Minute, false, "its extended key usage lacks serverAuth"},
		{"Apple", nil, apple, server(good, x509.ExtKeyUsageServerAuth), time.Minute, false, "does not trust the certificate"},
		{"another", nil, nil, server(5 * 365), time.Minute, false, "does not trust the certificate"},
		{"the capture ends", []decode.Payload{windows}, nil, server(good), time.Second, false, ""},
		{"it asks again", []decode.Payload{windows}, nil, server(good), time.Minute, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := build2(sketch2{ikev2.ExchangeSAInit, 0, request2, append([]decode.Payload{sa, nonce}, tt.init...), false}, sketch2{ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{sa, nonce}, false},
				sketch2{ikev2.ExchangeAuth, 1, request2, append([]decode.Payload{id(ikev2.PayloadIDi)}, tt.client...), false},
				sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{id(ikev2.PayloadIDr), payload2(ikev2.PayloadCert, &ikev2.Cert{Encoding: ike.CertX509Signature, Data: tt.cert}),
					payload2(ikev2.PayloadAuth, &ikev2.Auth{Method: ikev2.AuthRSA}), payload2(ikev2.PayloadEAP, &ikev2.EAP{Code: ike.EAPRequest, Type: 1})}, false})
			s.IDr = &ike.Identity{Version: ike.V2, Type: ike.IDFQDN, Data: []byte("gw.example.org")}
			for _, m := range s.Messages {
				m.Time = certTime
			}
			if tt.again {
				s.Messages[2].Repeats = []exchange.Repeat{{Frame: 9, Time: certTime.Add(2 * time.Second)}}
			}
			d := diagnosisOf(s)
			d.Session.Last = certTime.Add(tt.wait)
			d.apply(t, "IKEv2")
			list := d.results()
			if len(list) == 0 || (list[0].Code == "certificate-problem") != (tt.says != "") || !strings.Contains(list[0].Text, tt.says) || tt.says != "" && !strings.Contains(list[0].Text, "most likely") {
				t.Errorf("%+v, want %q", list, tt.says)
			}
		})
	}
}

// vendorHash is a vendor ID as most are made.
func vendorHash(text string) []byte {
	sum := md5.Sum([]byte(text))
	return sum[:]
}
