package diagnose

import (
	"slices"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Idle is what had no packet for long before the Delete.
func TestIdleBefore(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	last, ok := lastBefore([]time.Time{at(5), at(70), at(9)}, at(60))
	if !ok || last != at(9) {
		t.Errorf("%v, %v", last, ok)
	}
	if _, ok := lastBefore([]time.Time{at(70)}, at(60)); ok {
		t.Error("what comes later is not before")
	}
}

// The lengths of public values, not other differences, tell of PFS.
func TestGroupOfLength(t *testing.T) {
	for n, want := range map[int]decode.Group{128: 2, 136: 2, 264: 14, 392: 15, 16: 0, 48: 0, -128: 0, 160: 0} {
		if got := groupOfLength(n); got != want {
			t.Errorf("%d bytes: %v, want %v", n, got, want)
		}
	}
}

// What a Nak asks for are its types; one without any asks for nothing (RFC 3748, section 5.3.1).
func TestNakTypes(t *testing.T) {
	for want, data := range map[string][]byte{"TTLS, TLS": {21, 13}, "": nil} {
		m := &ikesa.Message{Payloads: []decode.Payload{{Body: &ikev2.EAP{Code: ike.EAPResponse, Identifier: 1, Type: ikev2.EAPNak, Data: data}}}}
		if e, _ := eapOf(&ikesa.SA{Messages: []*ikesa.Message{m}}); e.wants != want {
			t.Errorf("% x asks for %q, want %q", data, e.wants, want)
		}
	}
}

// Identities are compared by what they are: names regardless of case, and a key ID with bytes that look like another one's is not it.
func TestIdentitiesByValue(t *testing.T) {
	id := func(typ ike.IDType, data string) *ike.Identity {
		return &ike.Identity{Version: ike.V2, Type: typ, Data: []byte(data)}
	}
	for _, tt := range []struct {
		said, want *ike.Identity
		differs    bool
	}{
		{id(ike.IDFQDN, "gwa.example.org"), id(ike.IDFQDN, "GWA.example.org"), false},
		{id(ike.IDFQDN, "gwa.example.org"), id(ike.IDFQDN, "gwb.example.org"), true},
		{id(ike.IDKeyID, "\x01"), id(ike.IDKeyID, "0x01"), true},
		{id(ike.IDKeyID, "gwa"), id(ike.IDFQDN, "gwa"), true},
	} {
		r, ok := identityRow(true, tt.said, tt.want)
		if !ok || r.Differs != tt.differs || r.Initiator != idText(tt.said) || r.Responder != idText(tt.want) {
			t.Errorf("%s and %s: %+v", idText(tt.said), idText(tt.want), r)
		}
	}
	if _, ok := identityRow(true, nil, id(ike.IDFQDN, "gwa")); ok {
		t.Error("an identity that is not known differs from none")
	}
}

// A certificate out of its time is marked, whatever is known of the other side's.
func TestCertRowsMarkValidity(t *testing.T) {
	for validity, want := range map[negotiation.Validity]bool{negotiation.ValidityExpired: true, negotiation.ValidityNotYet: true, negotiation.ValidityValid: false} {
		c := &negotiation.Certificate{Content: &cert.Content{Certificate: &cert.Certificate{}}, Validity: validity}
		for _, other := range []*negotiation.Certificate{nil, c} {
			rows := certRows(c, other)
			if i := slices.IndexFunc(rows, func(r Compared) bool { return r.Name == "valid" }); i < 0 || rows[i].Differs != want {
				t.Errorf("%s, other %v: %+v", validity, other != nil, rows)
			}
		}
	}
}
