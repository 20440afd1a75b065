package negotiation

import (
	"crypto/sha1" // RFC 7296, section 3.7, names keys by it
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Fingerprint is the SHA-256 hash of a certificate, CRL or key, or of what a payload holds in place of one.
type Fingerprint [sha256.Size]byte

// String is the hash in hex.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// A Certificate is one thing that CERT payloads of one peer hold: a certificate, or what replaces it. Of an IKE SA it is listed
// once, however often it was sent.
type Certificate struct {
	Content  *cert.Content
	Encoding ike.CertEncoding // of the payload
	From     ike.Side
	Frames   []int
	Sent     time.Time // for the first time
	Sum      Fingerprint

	// EndEntity: it is the sender's own, the one that authenticates it. See Certificates.Of for how that is told.
	EndEntity     bool
	Authenticated bool          // the sender's AUTH payload, or SIG payload of IKEv1, was made with its key
	Match         Match         // of EndEntity: how its names match ID; "" where there is nothing to compare
	ID            *ike.Identity // of the sender, where Match is set

	// Of certificates.
	Validity      Validity // when it was sent
	Chain         Chain
	Issuers       []Fingerprint // of the certificates above it, the nearest one first
	Unchecked     bool          // the issuer goes by its name, the signature could not be checked
	WeakKey       bool          // of raw public keys, too
	WeakSignature bool
}

// X509 is the certificate; nil where Content is something else.
func (c *Certificate) X509() *cert.Certificate { return c.Content.Certificate }

// CannotSign reports whether the key usage of what authenticates its sender lets it sign nothing (RFC 4945, section 5.1.3.2).
func (c *Certificate) CannotSign() bool {
	x := c.X509()
	return c.EndEntity && x.HasKeyUsage && x.KeyUsage&(cert.KeyUsageDigitalSignature|cert.KeyUsageNonRepudiation) == 0
}

// An Authority is one that a CERTREQ payload asks for: by name in IKEv1, by the SHA-1 hash of its key in IKEv2.
type Authority struct {
	Name    []byte // distinguished name in DER; of IKEv2 only where the capture has its certificate
	KeyHash []byte
	Sum     *Fingerprint // of its certificate; nil where the capture does not have it
}

// named reports whether a has a name, and one that is not empty.
func (a *Authority) named() bool { return a.Name != nil && nameKey(a.Name) != "" }

// Certificates are all certificates of a capture, by name and by key, with who issued whom.
type Certificates struct {
	contents map[certKey][]cert.Content
	bySum    map[Fingerprint]*heldCert
	byName   map[string][]*heldCert // by nameKey of the subject, at most maxNamesakes each
	byKey    map[[sha1.Size]byte]*heldCert
	bySA     map[*ikesa.SA]*sentCerts
	checks   int // signatures that were checked
	undated  bool
}

// A certKey stands for the data of a CERT payload.
type certKey struct {
	encoding ike.CertEncoding
	sum      Fingerprint
}

// A heldCert is one certificate of the capture.
type heldCert struct {
	cert   *cert.Certificate
	sum    Fingerprint
	solved bool      // the fields below are set
	issuer *heldCert // nil: not in the capture; itself, where it is self-signed
	link   link      // how issuer was told
}

// sentCerts are the certificates of an IKE SA.
type sentCerts struct {
	list   []*Certificate // in order of time
	at     map[certPlace]*Certificate
	judged bool
}

// A certPlace is where a certificate is listed: once for each sender.
type certPlace struct {
	from ike.Side
	sum  Fingerprint
}

// NewCertificates collects the certificates of the IKE SAs of a capture, from messages that were decrypted and those unencrypted.
func NewCertificates(sas []*ikesa.SA) *Certificates {
	x := &Certificates{
		contents: make(map[certKey][]cert.Content), bySum: make(map[Fingerprint]*heldCert), byName: make(map[string][]*heldCert),
		byKey: make(map[[sha1.Size]byte]*heldCert), bySA: make(map[*ikesa.SA]*sentCerts), undated: Undated(sas...),
	}
	for _, sa := range sas {
		sent := &sentCerts{at: make(map[certPlace]*Certificate)}
		x.bySA[sa] = sent
		for _, m := range sa.Messages {
			x.collect(sent, sa, m)
		}
	}
	return x
}

// collect keeps what the CERT payloads of m hold. One that lies in the first bytes of a message that was decrypted in part is not to be had.
func (x *Certificates) collect(sent *sentCerts, sa *ikesa.SA, m *ikesa.Message) {
	at := 0
	for _, p := range m.Payloads {
		whole := sa.Version != 1 || at >= m.Unknown
		at += len(p.Raw)
		if e, data, ok := certOf(p.Body); ok && whole && p.Err == nil {
			sent.add(m, e, x.read(e, data))
		}
	}
}

// add takes in what a CERT payload of m holds.
func (s *sentCerts) add(m *ikesa.Message, e ike.CertEncoding, contents []cert.Content) {
	for i := range contents {
		place := certPlace{ike.SideOf(m.FromInitiator), sha256.Sum256(contents[i].Raw)}
		c := s.at[place]
		if c == nil {
			c = &Certificate{Content: &contents[i], Encoding: e, From: place.from, Sent: m.Time, Sum: place.sum}
			s.at[place] = c
			s.list = append(s.list, c)
		}
		if !slices.Contains(c.Frames, m.Frame) {
			c.Frames = append(c.Frames, m.Frame)
		}
	}
}

// certOf is what a CERT payload holds; false for other payloads.
func certOf(b decode.Body) (ike.CertEncoding, []byte, bool) {
	switch c := b.(type) {
	case *ikev1.Cert:
		return c.Encoding, c.Data, true
	case *ikev2.Cert:
		return c.Encoding, c.Data, true
	}
	return 0, nil, false
}

// read takes the data of a CERT payload apart, once for all payloads that are the same.
func (x *Certificates) read(e ike.CertEncoding, data []byte) []cert.Content {
	k := certKey{e, sha256.Sum256(data)}
	if list, ok := x.contents[k]; ok {
		return list
	}
	list := cert.Contents(e, data)
	x.contents[k] = list
	for i := range list {
		if c := list[i].Certificate; c != nil {
			x.hold(c)
		}
	}
	return list
}

func (x *Certificates) hold(c *cert.Certificate) {
	sum := Fingerprint(sha256.Sum256(c.Raw))
	if x.bySum[sum] != nil {
		return
	}
	h := &heldCert{cert: c, sum: sum}
	x.bySum[sum] = h
	if name := nameKey(c.Subject); len(x.byName[name]) < maxNamesakes {
		x.byName[name] = append(x.byName[name], h)
	}
	if key := sha1.Sum(c.SPKI); x.byKey[key] == nil {
		x.byKey[key] = h
	}
}

// nameKey is the same for names that are the same but for the kind of their strings, case and runs of spaces (RFC 5280, section 7.1).
func nameKey(der []byte) string {
	return strings.Join(strings.Fields(strings.ToLower(cert.DistinguishedName(der))), " ")
}

// Sent lists what the CERT payloads of sa hold, in order of time. What Of tells more may be missing.
func (x *Certificates) Sent(sa *ikesa.SA) []*Certificate {
	if s := x.bySA[sa]; s != nil {
		return s.list
	}
	return nil
}

// Of lists what the CERT payloads of sa hold, in order of time, with what the peer may make of it. EndEntity is, of each side's
// certificates, the one whose key its AUTH payload matches; else the one whose names are the side's ID; else the first one that is no
// CA's (in IKEv2 the first one is the sender's own by the standard: RFC 7296, section 3.6).
func (x *Certificates) Of(sa *ikesa.SA) []*Certificate {
	s := x.bySA[sa]
	if s == nil {
		return nil
	}
	if !s.judged {
		s.judged = true
		for _, c := range s.list {
			x.judge(c)
		}
		setEndEntity(sa, ike.Initiator, s.list)
		setEndEntity(sa, ike.Responder, s.list)
	}
	return s.list
}

// In are those of Of(sa) that a payload of a side holds; nil for payloads that are no CERT.
func (x *Certificates) In(sa *ikesa.SA, from ike.Side, b decode.Body) (list []*Certificate) {
	e, data, ok := certOf(b)
	if !ok || len(x.Of(sa)) == 0 {
		return nil
	}
	contents := x.read(e, data)
	for i := range contents {
		if c := x.bySA[sa].at[certPlace{from, sha256.Sum256(contents[i].Raw)}]; c != nil {
			list = append(list, c)
		}
	}
	return list
}

// Own is the certificate with which a peer authenticates; nil where it is not known.
func (x *Certificates) Own(sa *ikesa.SA, side ike.Side) *Certificate {
	for _, c := range x.Of(sa) {
		if c.EndEntity && c.X509() != nil && c.From == side {
			return c
		}
	}
	return nil
}

// Authorities are what a CERTREQ payload asks for; nil for other payloads, and where any will do.
func (x *Certificates) Authorities(b decode.Body) (list []Authority) {
	switch q := b.(type) {
	case *ikev1.CertReq:
		if _, ok := q.Authority(); !ok {
			return nil
		}
		a := Authority{Name: q.Data}
		if held := x.byName[nameKey(q.Data)]; len(held) > 0 {
			a.Sum = &held[0].sum
		}
		return []Authority{a}
	case *ikev2.CertReq:
		hashes, _ := q.Authorities()
		for _, hash := range hashes {
			a := Authority{KeyHash: hash}
			if h := x.byKey[[sha1.Size]byte(hash)]; h != nil {
				a.Name, a.Sum = h.cert.Subject, &h.sum
			}
			list = append(list, a)
		}
	}
	return list
}
