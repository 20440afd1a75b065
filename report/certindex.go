package report

import (
	"crypto/sha1" // RFC 7296, section 3.7, names keys by it
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// Certificates are all certificates of a capture, by name and by key, with who issued whom.
type Certificates struct {
	contents map[certKey][]cert.Content
	bySum    map[certSum]*heldCert
	byName   map[string][]*heldCert // by nameKey of the subject, at most maxNamesakes each
	byKey    map[[sha1.Size]byte]*heldCert
	bySA     map[*ikesa.SA][]certPayload
	checks   int // signatures that were checked
}

type certSum = [sha256.Size]byte

// A certKey stands for the data of a CERT payload.
type certKey struct {
	encoding cert.Encoding
	sum      certSum
}

// A heldCert is one certificate of the capture.
type heldCert struct {
	cert   *cert.Certificate
	sum    certSum
	solved bool      // the fields below are set
	issuer *heldCert // nil: not in the capture; itself, where it is self-signed
	link   string    // how issuer was told: one of the link* constants
}

// How the issuer of a certificate was found.
const (
	linkNone      = ""          // no certificate of that name
	linkSigned    = "signed"    // its key verifies the signature
	linkUnchecked = "unchecked" // by the name; the signature can't be checked
	linkWrong     = "wrong"     // certificates of that name are there, and none of their keys made the signature
)

const (
	maxNamesakes = 8     // certificates of one name that are tried as issuer
	maxChecks    = 20000 // signatures that are checked for one capture
	maxChain     = 10    // certificates one above the other
)

// A certPayload is one CERT payload of an SA.
type certPayload struct {
	message  *ikesa.Message
	encoding cert.Encoding
	contents []cert.Content
}

// NewCertificates collects the certificates of the IKE SAs of a capture, from messages that were opened and those in the clear.
func NewCertificates(sas []*ikesa.SA) *Certificates {
	x := &Certificates{
		contents: make(map[certKey][]cert.Content), bySum: make(map[certSum]*heldCert), byName: make(map[string][]*heldCert),
		byKey: make(map[[sha1.Size]byte]*heldCert), bySA: make(map[*ikesa.SA][]certPayload),
	}
	for _, sa := range sas {
		for _, m := range sa.Messages {
			x.collect(sa, m)
		}
	}
	return x
}

// collect keeps the CERT payloads of m. One that lies in the first bytes of a message that opened in part is not to be had.
func (x *Certificates) collect(sa *ikesa.SA, m *ikesa.Message) {
	at := 0
	for _, p := range m.Payloads {
		whole := sa.Version != 1 || at >= m.Unknown
		at += len(p.Raw)
		if e, data, ok := certOf(p.Body); ok && whole && p.Err == nil {
			x.bySA[sa] = append(x.bySA[sa], certPayload{m, e, x.read(e, data)})
		}
	}
}

// certOf is what a CERT payload holds; false for other payloads.
func certOf(b decode.Body) (cert.Encoding, []byte, bool) {
	switch c := b.(type) {
	case *ikev1.Cert:
		return c.Encoding, c.Data, true
	case *ikev2.Cert:
		return c.Encoding, c.Data, true
	}
	return 0, nil, false
}

// read takes the data of a CERT payload apart, once for all payloads that are the same.
func (x *Certificates) read(e cert.Encoding, data []byte) []cert.Content {
	k := certKey{e, sha256.Sum256(data)}
	if list, ok := x.contents[k]; ok {
		return list
	}
	list := e.Contents(data)
	x.contents[k] = list
	for i := range list {
		if c := list[i].Certificate; c != nil {
			x.hold(c)
		}
	}
	return list
}

func (x *Certificates) hold(c *cert.Certificate) {
	sum := sha256.Sum256(c.Raw)
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

func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// issuer finds the certificate of h's issuer, and how; nil where the capture does not have it.
func (x *Certificates) issuer(h *heldCert) *heldCert {
	if h.solved {
		return h.issuer
	}
	h.solved = true
	var unchecked *heldCert
	for _, by := range x.byName[nameKey(h.cert.Issuer)] {
		x.checks++
		err := keys.ErrSignatureUnsupported
		if x.checks <= maxChecks {
			err = keys.VerifyCertificate(h.cert, by.cert.SPKI)
		}
		switch {
		case err == nil:
			h.issuer, h.link = by, linkSigned
			return by
		case errors.Is(err, keys.ErrSignatureUnsupported) && unchecked == nil:
			unchecked = by
		}
		h.link = linkWrong
	}
	if unchecked != nil {
		h.issuer, h.link = unchecked, linkUnchecked
	}
	return h.issuer
}

// Where the chain of a certificate leads.
const (
	ChainSelfSigned = "self-signed" // it is its own issuer
	ChainComplete   = "complete"    // to a self-signed one in the capture
	ChainOpen       = "open"        // to an issuer that is not in the capture
	ChainBroken     = "broken"      // the capture has an issuer of that name, whose key made not this signature
)

// chain follows the issuers of h.
func (x *Certificates) chain(h *heldCert) (verdict string, above []*heldCert) {
	for cur := h; len(above) < maxChain; {
		by := x.issuer(cur)
		switch {
		case by == nil && cur.link == linkWrong:
			return ChainBroken, above
		case by == nil:
			return ChainOpen, above
		case by == cur && cur == h:
			return ChainSelfSigned, above
		case by == cur:
			return ChainComplete, above
		case by == h || slices.Contains(above, by): // two that issued one another
			return ChainOpen, above
		}
		above = append(above, by)
		cur = by
	}
	return ChainOpen, above
}

// authorities are what a CERTREQ payload asks for; nil for other payloads, and where any will do.
func (x *Certificates) authorities(b decode.Body) (list []Authority) {
	switch q := b.(type) {
	case *ikev1.CertReq:
		name, ok := q.Authority()
		if !ok {
			return nil
		}
		a := Authority{Name: name}
		if held := x.byName[nameKey(q.Data)]; len(held) > 0 {
			a.SHA256 = hex.EncodeToString(held[0].sum[:])
		}
		return []Authority{a}
	case *ikev2.CertReq:
		hashes, _ := q.Authorities()
		for _, hash := range hashes {
			a := Authority{SHA1: hex.EncodeToString(hash)}
			if h := x.byKey[[sha1.Size]byte(hash)]; h != nil {
				a.Name, a.SHA256 = h.cert.SubjectName(), hex.EncodeToString(h.sum[:])
			}
			list = append(list, a)
		}
	}
	return list
}
