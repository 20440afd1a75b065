package negotiation

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// A Validity is whether a certificate was valid when it was sent, by the clock of the capture, in a word that JSON has too.
type Validity string

// What certificates were.
const (
	ValidityValid   Validity = "valid"
	ValidityExpired Validity = "expired"
	ValidityNotYet  Validity = "not yet valid"
)

// A Match is how the names of a certificate fit the ID payload of its sender (RFC 4945, section 3; RFC 7296, section 3.5), in a word
// that JSON has too.
type Match string

// How names match.
const (
	MatchSubject Match = "subject"
	MatchSAN     Match = "subjectAltName"
	MatchCN      Match = "common name" // not in the standards, yet some implementations accept it
	MatchKeyID   Match = "key ID"      // the certificate's subject key identifier, which strongSwan accepts
	MatchNone    Match = "no"
)

// matchID compares an identity with the names of a certificate; "" where the type of ID can't be compared.
func matchID(id *ike.Identity, c *cert.Certificate) Match {
	switch id.Type {
	case ike.IDDN:
		return matchDN(id.Data, c)
	case ike.IDGN:
		return matchOf(slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return bytes.Equal(n.DER, id.Data) }), false)
	case ike.IDFQDN:
		return matchText(id.Data, c, cert.AltDNS)
	case ike.IDUserFQDN:
		return matchText(id.Data, c, cert.AltEmail)
	case ike.IDIPv4, ike.IDIPv6:
		san := slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return n.Tag == cert.AltIP && bytes.Equal(n.Value, id.Data) })
		return matchOf(san, cert.CommonName(c.Subject) == id.Value())
	case ike.IDKeyID:
		if len(id.Data) > 0 && bytes.Equal(id.Data, c.SubjectKeyID) {
			return MatchKeyID
		}
	}
	return ""
}

func matchDN(dn []byte, c *cert.Certificate) Match {
	same := func(der []byte) bool { return bytes.Equal(der, dn) || nameKey(der) == nameKey(dn) }
	if same(c.Subject) {
		return MatchSubject
	}
	return matchOf(slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return n.Tag == cert.AltDN && same(n.Value) }), false)
}

// matchText compares names that are text, regardless of case, without wildcards (RFC 4945, section 3.1.2).
func matchText(name []byte, c *cert.Certificate, tag int) Match {
	same := func(s string) bool { return strings.EqualFold(s, string(name)) }
	san := slices.ContainsFunc(c.AltNames, func(n cert.AltName) bool { return n.Tag == tag && same(string(n.Value)) })
	return matchOf(san, same(cert.CommonName(c.Subject)))
}

func matchOf(san, cn bool) Match {
	switch {
	case san:
		return MatchSAN
	case cn:
		return MatchCN
	}
	return MatchNone
}

// judge fills in what can be told of a certificate by itself and by the others of the capture. When it was sent counts.
func (x *Certificates) judge(c *Certificate) {
	if key := c.Content.Key; key != nil {
		c.WeakKey = isWeak(key)
	}
	h := x.bySum[c.Sum]
	if h == nil || c.X509() == nil {
		return
	}
	end, start := h.cert.NotAfter, h.cert.NotBefore
	switch {
	case x.undated, clockUnset(c.Sent):
	case !end.IsZero() && c.Sent.After(end):
		c.Validity = ValidityExpired
	case !start.IsZero() && c.Sent.Before(start):
		c.Validity = ValidityNotYet
	case !end.IsZero() && !start.IsZero():
		c.Validity = ValidityValid
	}
	var above []*heldCert
	c.Chain, above = x.chain(h)
	c.Unchecked = h.link == linkUnchecked
	for _, by := range above {
		c.Issuers = append(c.Issuers, by.sum)
	}
	c.WeakKey = isWeak(&h.cert.Key)
	// Nobody relies on the signature of a certificate on itself.
	c.WeakSignature = c.Chain != ChainSelfSigned && h.cert.WeakHash()
}

// Undated reports whether all messages of IKE SAs have the same time, as those that were made of text without times: it says nothing of when they were
// sent.
func Undated(sas ...*ikesa.SA) bool {
	const enough = 4 // messages: a request and its response may have the same time on a machine whose clock is coarse
	n := 0
	for _, sa := range sas {
		for _, m := range sa.Messages {
			if n++; !m.Time.Equal(sas[0].Messages[0].Time) {
				return false
			}
		}
	}
	return n >= enough
}

// clockUnset reports whether the clock of a capture was not set when something was sent, for then there was no IKE (RFC 2409): many devices begin with 1970.
func clockUnset(sent time.Time) bool {
	return sent.Before(time.Date(1998, time.November, 1, 0, 0, 0, 0, time.UTC))
}

// Keys of less strength than 112 bits are weak (NIST SP 800-131A).
const (
	minRSABits   = 2048 // of DSA and DH, too
	minCurveBits = 224
)

func isWeak(k *cert.PublicKeyInfo) bool {
	least := minRSABits
	if k.Curve != "" {
		least = minCurveBits
	}
	return k.Bits != 0 && k.Bits < least
}

// setEndEntity finds a side's own certificate in list, the certificates of both peers.
func setEndEntity(sa *ikesa.SA, side ike.Side, list []*Certificate) {
	id := IdentityOf(sa, side)
	var own *Certificate
	best := 0
	for _, c := range list {
		if c.From != side || c.X509() == nil && c.Content.Key == nil {
			continue
		}
		c.Authenticated = fitsAuth(sa, side, c.Content)
		rank := 1
		switch {
		case c.Authenticated:
			rank = 4
		case id != nil && c.X509() != nil && matches(matchID(id, c.X509())):
			rank = 3
		case c.X509() == nil || !c.X509().CA:
			rank = 2
		}
		if rank > best {
			own, best = c, rank
		}
	}
	if own == nil {
		return
	}
	own.EndEntity = true
	if own.X509() != nil && id != nil {
		own.Match, own.ID = matchID(id, own.X509()), id
	}
}

func matches(m Match) bool { return m != "" && m != MatchNone }

// fitsAuth reports whether an AUTH payload of a side, or SIG payload of IKEv1, was signed with the key of c.
func fitsAuth(sa *ikesa.SA, side ike.Side, c *cert.Content) bool {
	spki := c.SPKI
	if c.Certificate != nil {
		spki = c.Certificate.SPKI
	}
	if spki == nil {
		return false
	}
	return slices.ContainsFunc(sa.Auth, func(a ikesa.AuthCheck) bool {
		return ike.SideOf(a.Initiator) == side && a.OK && bytes.Equal(a.Key, spki)
	}) || slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool {
		return ike.SideOf(m.FromInitiator) == side && bytes.Equal(m.Signer, spki)
	})
}
