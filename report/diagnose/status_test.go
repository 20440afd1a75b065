package diagnose

import (
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// namesOf are all names that package decode has for the algorithms of a place.
func namesOf(p place) map[string]bool {
	names := map[string]bool{}
	transform := func(typ ikev2.TransformType) {
		for id := range uint16(64) {
			x := ikev2.Transform{Type: typ, ID: id}.Neutral()
			names[x.Space.AlgorithmName(x.ID)] = true
		}
	}
	attribute := func(typ uint16, value func(decode.Attribute) string) {
		for v := range uint16(64) {
			names[value(decode.Attribute{Type: typ, Basic: true, Value: []byte{byte(v >> 8), byte(v)}})] = true
		}
	}
	switch p {
	case ikeEncryption:
		transform(ikev2.TransformENCR)
		attribute(ikev1.Phase1Encryption, ikev1.Phase1Value)
	case ikePRF:
		transform(ikev2.TransformPRF)
	case ikeIntegrity:
		transform(ikev2.TransformINTEG)
	case keyExchange:
		transform(ikev2.TransformKE)
	case espEncryption:
		transform(ikev2.TransformENCR)
	case espIntegrity:
		transform(ikev2.TransformINTEG)
		attribute(ikev1.Phase2Authentication, ikev1.Phase2Value)
		names[noIntegrity] = true
	}
	return names
}

// Every row is of an algorithm that can come up, there once, and cites its RFC.
func TestStatusRows(t *testing.T) {
	seen := map[place]map[string]bool{}
	for i := range statuses {
		r := &statuses[i]
		if seen[r.place] == nil {
			seen[r.place] = map[string]bool{}
		}
		switch {
		case !namesOf(r.place)[r.name]:
			t.Errorf("%s: no algorithm is called %q", placeNames[r.place], r.name)
		case seen[r.place][r.name]:
			t.Errorf("%s: %s is there twice", placeNames[r.place], r.name)
		case !strings.HasPrefix(r.rfc, "RFC "):
			t.Errorf("%s %s: RFC %q", placeNames[r.place], r.name, r.rfc)
		case !r.status.advised() && r.why == "":
			t.Errorf("%s %s: it is not said why", placeNames[r.place], r.name)
		case r.weak && r.status.advised():
			t.Errorf("%s %s is weak, and %s", placeNames[r.place], r.name, r.status)
		}
		seen[r.place][r.name] = true
	}
	for p := range placesOfStatus {
		if len(seen[p]) == 0 {
			t.Errorf("no row for %s", placeNames[p])
		}
	}
}

// Rows of the tables of RFC 8247 (sections 2.1 to 2.4), RFC 8221 (sections 5 and 6) and RFC 9395 (section 7).
func TestStatusOf(t *testing.T) {
	for _, c := range []struct {
		place  place
		name   string
		status status
		rfc    string
	}{
		{ikeEncryption, "AES-CBC", "MUST", "RFC 8247, section 2.1"},
		{ikeEncryption, "3DES-CBC", "MAY", "RFC 8247, section 2.1"},
		{ikeEncryption, "DES-CBC", "MUST NOT", "RFC 8247, section 2.1"},
		{ikeEncryption, "Blowfish-CBC", "deprecated", "RFC 9395, section 7"},
		{ikePRF, "HMAC-SHA2-256", "MUST", "RFC 8247, section 2.2"},
		{ikePRF, "HMAC-MD5", "MUST NOT", "RFC 8247, section 2.2"},
		{ikePRF, "HMAC-TIGER", "deprecated", "RFC 9395, section 7"},
		{ikeIntegrity, "HMAC-SHA2-256-128", "MUST", "RFC 8247, section 2.3"},
		{ikeIntegrity, "HMAC-MD5-96", "MUST NOT", "RFC 8247, section 2.3"},
		{ikeIntegrity, "KPDK-MD5", "MUST NOT", "RFC 8247, section 2.3"},
		{keyExchange, "MODP-2048", "MUST", "RFC 8247, section 2.4"},
		{keyExchange, "ECP-256", "SHOULD", "RFC 8247, section 2.4"},
		{keyExchange, "MODP-1536", "SHOULD NOT", "RFC 8247, section 2.4"},
		{keyExchange, "MODP-1024", "SHOULD NOT", "RFC 8247, section 2.4"},
		{keyExchange, "MODP-768", "MUST NOT", "RFC 8247, section 2.4"},
		{keyExchange, "MODP-1024-160", "MUST NOT", "RFC 8247, section 2.4"},
		{keyExchange, "MODP-2048-256", "SHOULD NOT", "RFC 8247, section 2.4"},
		{espEncryption, "NULL", "MUST", "RFC 8221, section 5"},
		{espEncryption, "AES-GCM-16", "MUST", "RFC 8221, section 5"},
		{espEncryption, "3DES-CBC", "SHOULD NOT", "RFC 8221, section 5"},
		{espEncryption, "Blowfish-CBC", "MUST NOT", "RFC 8221, section 5"},
		{espEncryption, "CAST-128-CBC", "deprecated", "RFC 9395, section 7"},
		{espIntegrity, "HMAC-SHA1-96", "MUST", "RFC 8221, section 6"},
		{espIntegrity, "HMAC-MD5-96", "MUST NOT", "RFC 8221, section 6"},
		{espIntegrity, "AES-256-GMAC", "MAY", "RFC 8221, section 6"},
	} {
		r := statusOf(c.place, c.name)
		if r == nil || r.status != c.status || r.rfc != c.rfc {
			t.Errorf("%s %s: %+v, want %s by %s", placeNames[c.place], c.name, r, c.status, c.rfc)
		}
	}
	if r := statusOf(keyExchange, "Curve25519"); r != nil {
		t.Errorf("Curve25519, of which the tables say nothing: %+v", r)
	}
}

// The algorithms of an IKE SA that a CREATE_CHILD_SA made are in no message of its own.
func TestRekeyedWeakness(t *testing.T) {
	m := &exchange.Message{Frame: 1, Message: &decode.Message{Header: decode.Header{Version: 0x20, Exchange: ikev2.ExchangeInformational}}}
	sa := &ikesa.SA{Conversation: &exchange.Conversation{Version: 2}, Messages: []*ikesa.Message{{Message: m}}}
	sa.Policy.Source = ikesa.Source{Kind: ikesa.Chosen, Frame: 9}
	sa.Policy.Choice = &ike.Proposal{Protocol: ike.IKE, Suites: []ike.Suite{{Transforms: []ike.Transform{
		{Kind: ike.Encryption, Space: ike.ENCR, ID: 2}, {Kind: ike.PRF, Space: ike.PRFs, ID: 5}, {Kind: ike.Integrity, Space: ike.INTEG, ID: 1},
		{Kind: ike.KeyExchange, Space: ike.Group, ID: 22},
	}}}}
	var names []string
	for _, u := range ikeUses(sa) {
		names = append(names, u.row.name)
		if !u.chosen {
			t.Errorf("%s is not chosen", u.row.name)
		}
	}
	if got := strings.Join(names, " "); got != "DES-CBC HMAC-MD5-96 MODP-1024-160" {
		t.Errorf("got %q", got)
	}
}
