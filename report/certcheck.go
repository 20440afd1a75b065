package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Whether a certificate was valid when it was sent, by the clock of the capture.
const (
	ValidityValid   = "valid"
	ValidityExpired = "expired"
	ValidityNotYet  = "not yet valid"
)

// How the names of a certificate fit the ID payload of its sender (RFC 4945, section 3; RFC 7296, section 3.5).
const (
	MatchSubject = "subject"
	MatchSAN     = "subjectAltName"
	MatchCN      = "common name" // not in the standards, yet some implementations take it
	MatchKeyID   = "key ID"      // the certificate's subject key identifier, which strongSwan takes
	MatchNone    = "no"
)

// A certIdentity is an identity as it is compared with a certificate.
type certIdentity struct {
	typ  decode.IDType
	data []byte
	text string
}

// identityOf is the ID of a side; false where it is not known.
func identityOf(sa *ikesa.SA, initiator bool) (certIdentity, bool) {
	id := sa.IDr
	if initiator {
		id = sa.IDi
	}
	if id == nil {
		return certIdentity{}, false
	}
	return certIdentity{decode.IDType(id.Type), id.Data, id.Value()}, true
}

// match compares an identity with the names of a certificate; "" where the type of ID can't be compared.
func (id certIdentity) match(c *cert.Certificate) string {
	switch id.typ {
	case decode.IDDERASN1DN:
		return id.matchDN(c)
	case decode.IDDERASN1GN:
		return verdictOf(slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return bytes.Equal(n.DER, id.data) }), false)
	case decode.IDFQDN:
		return id.matchText(c, cert.AltDNS)
	case decode.IDUserFQDN:
		return id.matchText(c, cert.AltEmail)
	case decode.IDIPv4Addr, decode.IDIPv6Addr:
		san := slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return n.Tag == cert.AltIP && bytes.Equal(n.Value, id.data) })
		return verdictOf(san, cert.CommonName(c.Subject) == id.text)
	case decode.IDKeyID:
		if len(id.data) > 0 && bytes.Equal(id.data, c.SubjectKeyID) {
			return MatchKeyID
		}
	}
	return ""
}

func (id certIdentity) matchDN(c *cert.Certificate) string {
	same := func(der []byte) bool { return bytes.Equal(der, id.data) || nameKey(der) == nameKey(id.data) }
	if same(c.Subject) {
		return MatchSubject
	}
	return verdictOf(slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return n.Tag == cert.AltDN && same(n.Value) }), false)
}

// matchText compares names that are text, regardless of case, without wildcards (RFC 4945, section 3.1.2).
func (id certIdentity) matchText(c *cert.Certificate, tag int) string {
	same := func(s string) bool { return strings.EqualFold(s, string(id.data)) }
	san := slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return n.Tag == tag && same(string(n.Value)) })
	return verdictOf(san, same(cert.CommonName(c.Subject)))
}

func verdictOf(san, cn bool) string {
	switch {
	case san:
		return MatchSAN
	case cn:
		return MatchCN
	}
	return MatchNone
}

// Of lists what the CERT payloads of sa hold, in order of time, with what the other side may make of it. EndEntity is, of each side's
// certificates, the one whose key its AUTH payload fits; else the one whose names are the side's ID; else the first one that is no
// authority's (in IKEv2 the first one is the sender's own by the standard: RFC 7296, section 3.6).
func (x *Certificates) Of(sa *ikesa.SA) []*Certificate {
	list, _ := x.describe(sa)
	return list
}

// describeIn puts the certificates of sa into t and its CERT payloads, and the authorities into its CERTREQ payloads.
func (x *Certificates) describeIn(t *TimelineSA, sa *ikesa.SA) {
	list, at := x.describe(sa)
	t.Certificates = list
	for i := range t.Exchanges {
		for k := range t.Exchanges[i].Messages {
			m := &t.Exchanges[i].Messages[k]
			for n := range m.Payloads {
				p := &m.Payloads[n]
				p.Authorities = x.authorities(p.body)
				e, data, ok := certOf(p.body)
				if !ok {
					continue
				}
				for _, c := range x.read(e, data) {
					if r := at[certPlace{m.Sender == side(true), sha256.Sum256(c.Raw)}]; r != nil {
						p.Certificates = append(p.Certificates, r)
					}
				}
			}
		}
	}
}

// A certPlace is where a certificate is listed: once for each sender.
type certPlace struct {
	initiator bool
	sum       certSum
}

// describe is Of, with the way from the contents of payloads to what describes them.
func (x *Certificates) describe(sa *ikesa.SA) ([]*Certificate, map[certPlace]*Certificate) {
	var list []*Certificate
	at := make(map[certPlace]*Certificate)
	certs := make(map[*Certificate]*cert.Content)
	for _, p := range x.bySA[sa] {
		for i := range p.contents {
			c := &p.contents[i]
			place := certPlace{p.message.FromInitiator, sha256.Sum256(c.Raw)}
			r := at[place]
			if r == nil {
				r = newCertificate(p.encoding, c)
				r.Sender = side(p.message.FromInitiator)
				x.judge(r, x.bySum[place.sum], p.message.Time)
				at[place], certs[r] = r, c
				list = append(list, r)
			}
			if !slices.Contains(r.Frames, p.message.Frame) {
				r.Frames = append(r.Frames, p.message.Frame)
			}
		}
	}
	for _, initiator := range []bool{true, false} {
		setEndEntity(sa, initiator, list, certs)
	}
	for _, r := range list {
		if c := certs[r].Certificate; c != nil {
			r.find(c)
		}
	}
	return list, at
}

// judge fills in what can be told of a certificate by itself and by the others of the capture. When it was sent counts. h is nil for
// what is no certificate.
func (x *Certificates) judge(r *Certificate, h *heldCert, when time.Time) {
	if h == nil || r.Kind != CertKindX509 {
		return
	}
	c := h.cert
	switch {
	case !c.NotAfter.IsZero() && when.After(c.NotAfter):
		r.Validity = ValidityExpired
	case !c.NotBefore.IsZero() && when.Before(c.NotBefore):
		r.Validity = ValidityNotYet
	case !c.NotAfter.IsZero() && !c.NotBefore.IsZero():
		r.Validity = ValidityValid
	}
	var above []*heldCert
	r.Chain, above = x.chain(h)
	r.Unchecked = h.link == linkUnchecked
	for _, by := range above {
		r.IssuerSums = append(r.IssuerSums, hex.EncodeToString(by.sum[:]))
	}
	r.Weak = weakKey(&c.Key)
	if r.Chain != ChainSelfSigned { // nobody relies on the signature of a certificate on itself
		r.Weak = append(r.Weak, weakSignature(r.Signature)...)
	}
}

// Keys of less strength than 112 bits are weak (NIST SP 800-131A).
const (
	minRSABits   = 2048 // of DSA and DH, too
	minCurveBits = 224
)

// weakKey says what is weak about a key.
func weakKey(k *cert.PublicKeyInfo) []string {
	least := minRSABits
	if k.Curve != "" {
		least = minCurveBits
	}
	if k.Bits == 0 || k.Bits >= least {
		return nil
	}
	return []string{"key " + k.String()}
}

// weakSignature says what is weak about a signature: hashes that collisions were found for.
func weakSignature(name string) []string {
	for _, hash := range []string{"MD2", "MD5", "SHA1"} {
		if slices.Contains(strings.Fields(name), hash) {
			return []string{"signature " + name}
		}
	}
	return nil
}

// setEndEntity finds a side's own certificate in list, the certificates of both sides.
func setEndEntity(sa *ikesa.SA, initiator bool, list []*Certificate, certs map[*Certificate]*cert.Content) {
	id, known := identityOf(sa, initiator)
	var own *Certificate
	best := 0
	for _, r := range list {
		c := certs[r]
		if r.Sender != side(initiator) || c.Certificate == nil && c.Key == nil {
			continue
		}
		r.Authenticated = fitsAuth(sa, initiator, c)
		rank := 1
		switch {
		case r.Authenticated:
			rank = 4
		case known && c.Certificate != nil && matches(id.match(c.Certificate)):
			rank = 3
		case !r.CA:
			rank = 2
		}
		if rank > best {
			own, best = r, rank
		}
	}
	if own == nil {
		return
	}
	own.EndEntity = true
	if c := certs[own].Certificate; c != nil && known {
		own.IDMatch, own.id = id.match(c), id.text
	}
}

func matches(match string) bool { return match != "" && match != MatchNone }

// fitsAuth reports whether an AUTH payload of a side, or SIG payload of IKEv1, was signed with the key of c.
func fitsAuth(sa *ikesa.SA, initiator bool, c *cert.Content) bool {
	spki := c.SPKI
	if c.Certificate != nil {
		spki = c.Certificate.SPKI
	}
	if spki == nil {
		return false
	}
	return slices.ContainsFunc(sa.Auth, func(a ikesa.AuthCheck) bool {
		return a.Initiator == initiator && a.OK && bytes.Equal(a.Key, spki)
	}) || slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		return m.FromInitiator == initiator && bytes.Equal(m.Signer, spki)
	})
}

// find says what may keep the other side from taking the certificate.
func (r *Certificate) find(c *cert.Certificate) {
	add := func(format string, args ...any) { r.Findings = append(r.Findings, fmt.Sprintf(format, args...)) }
	switch r.Validity {
	case ValidityExpired:
		add("it expired on %s", r.NotAfter.Format(certDay))
	case ValidityNotYet:
		add("it is not valid before %s", r.NotBefore.Format(certDay))
	}
	switch r.IDMatch {
	case MatchNone:
		add("none of its names is the ID %s", r.id)
	case MatchCN:
		add("only its common name is the ID %s: the standards want it in the subjectAltName", r.id)
	}
	if r.Chain == ChainBroken {
		add("the key of its issuer's certificate in the capture did not sign it")
	}
	// RFC 4945, section 5.1.3.2.
	if r.EndEntity && c.HasKeyUsage && c.KeyUsage&(cert.KeyUsageDigitalSignature|cert.KeyUsageNonRepudiation) == 0 {
		add("its key usage does not let it sign")
	}
	for _, w := range r.Weak {
		add("weak %s", w)
	}
	if r.Odd != "" {
		add("strict readers refuse it: %s", r.Odd)
	}
}
