package negotiation

import (
	"errors"
	"slices"

	"github.com/ikedecode/ikedecode/keys"
)

// A link is how the issuer of a certificate was found.
type link uint8

const (
	linkNone      link = iota // no certificate of that name
	linkSigned                // its key verifies the signature
	linkUnchecked             // by the name; the signature can't be checked
	linkWrong                 // certificates of that name are there, and none of their keys made the signature
)

const (
	maxNamesakes = 8     // certificates of one name that are tried as issuer
	maxChecks    = 20000 // signatures that are checked for one capture
	maxChain     = 10    // certificates one above the other
)

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

// A Chain is where the issuers of a certificate lead, in a word that JSON has too.
type Chain string

// Where chains lead.
const (
	ChainSelfSigned Chain = "self-signed" // it is its own issuer
	ChainComplete   Chain = "complete"    // to a self-signed one in the capture
	ChainOpen       Chain = "open"        // to an issuer that is not in the capture
	ChainBroken     Chain = "broken"      // the capture has an issuer of that name, whose key did not make this signature
)

// chain follows the issuers of h.
func (x *Certificates) chain(h *heldCert) (verdict Chain, above []*heldCert) {
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
