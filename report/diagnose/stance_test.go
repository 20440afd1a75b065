package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Whoever starts, the values of the IKE SA's initiator stand in its column; a lifetime differs only where nothing else does.
func TestCompareStances(t *testing.T) {
	md5, sha1 := value{algorithm: ike.Transform{Kind: ike.HashAlg, Space: ike.Phase1Hash, ID: 1}}, value{algorithm: ike.Transform{Kind: ike.HashAlg, Space: ike.Phase1Hash, ID: 2}}
	group := value{algorithm: ike.Transform{Kind: ike.KeyExchange, Space: ike.Group, ID: 2}}
	offer := stance{traits: []trait{{"hash", []value{sha1, md5}}, {traitPFS, []value{{}}}}, life: ike.Lifetime{Seconds: 60}}
	known := stance{traits: []trait{{"hash", []value{md5}}, {traitPFS, []value{group}}}, life: ike.Lifetime{Seconds: 90}}
	m := compareStances(&offer, &known, false)
	want := []Compared{{Name: "hash", Initiator: "MD5", Responder: "SHA1|MD5", Differs: false}, {Name: traitPFS, Initiator: "MODP-1024", Responder: none, Differs: true}, {Name: traitLife, Initiator: "90 s", Responder: "60 s", Differs: false}}
	if !slices.Equal(m.rows, want) || !slices.Equal(m.differing, []string{traitPFS}) {
		t.Errorf("rows %+v, differing %v", m.rows, m.differing)
	}
	known.traits = offer.traits
	if m = compareStances(&offer, &known, true); len(m.differing) != 0 || m.rows[2] != (Compared{Name: traitLife, Initiator: "60 s", Responder: "90 s", Differs: true}) {
		t.Errorf("rows %+v, differing %v", m.rows, m.differing)
	}
}

// What a hostile message offers is known of its side within bounds.
func TestStancesAreBounded(t *testing.T) {
	d := newDiagnosis(negotiation.Read(&ikedecode.Session{}), nil)
	d.stances = make(map[stanceKey][]stance)
	list := make([]stance, 2*maxKnownStances)
	for i := range list {
		list[i].text = fmt.Sprint(i)
	}
	d.learn(stanceKey{}, list)
	if n := len(d.stances[stanceKey{}]); n != maxKnownStances {
		t.Errorf("%d stances", n)
	}
}

// What a log says of proposals is compared with what the wire has of them, in either version.
func TestLoggedOffer(t *testing.T) {
	for _, c := range []struct {
		version ike.Version
		text    string
		want    string
	}{
		{ike.V1, "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024", "encryption AES-CBC-128, hash SHA1, DH group MODP-1024"},
		{ike.V2, "IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/CURVE_25519/ECP_256", "encryption AES-GCM-16-256, PRF HMAC-SHA2-384, integrity none, DH group Curve25519|ECP-256"},
		{ike.V1, "ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ", "encryption AES-CBC-256, integrity HMAC-SHA2-256-128, PFS group none"},
		{ike.V2, "ESP:AES_CBC_256/HMAC_SHA2_256_128/MODP_2048/EXT_SEQ", "encryption AES-CBC-256, integrity HMAC-SHA2-256-128, PFS group MODP-2048, ESN yes, protocol ESP"},
		{ike.V2, "ESP:AES_GCM_16_256/CURVE_25519/NO_EXT_SEQ/KE1_ML_KEM_768", "encryption AES-GCM-16-256, integrity none, PFS group Curve25519, ESN no, ADDKE1 key exchange ML-KEM-768, protocol ESP"},
		{ike.V1, "AH:HMAC_SHA1_96/NO_EXT_SEQ", "integrity HMAC-SHA1-96, PFS group none"},
	} {
		log := "16[CFG] <1> received proposals: " + c.text + "\n16[CFG] <1> configured proposals: " + c.text + "\n"
		bag, err := source.Read("x.log", []byte(log))
		if err != nil || len(bag.Events) != 1 {
			t.Fatalf("%s: %v", c.text, err)
		}
		list := loggedOffer(bag.Events[0].Configured, c.version, nil)
		var parts []string
		for _, x := range list[0].traits {
			parts = append(parts, x.name+" "+valuesText(x.values))
		}
		if got := strings.Join(parts, ", "); len(list) != 1 || got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// What says that there is nothing is one, however it says so.
func TestNoValue(t *testing.T) {
	none, integrity := value{}, value{algorithm: ike.Transform{Kind: ike.Integrity, Space: ike.INTEG}}
	esn := value{algorithm: ike.Transform{Kind: ike.ESN, Space: ike.ESNs}}
	if !none.same(integrity) || !integrity.same(none) || none.same(esn) {
		t.Error("wrong")
	}
}

// An identity in a log has no type.
func TestSameIdentity(t *testing.T) {
	for _, c := range []struct {
		logged string
		sent   ike.Identity
		want   bool
	}{
		{"gwb.example.org", ike.Identity{Version: ike.V2, Type: ike.IDFQDN, Data: []byte("GWB.example.org")}, true},
		{"gwb.example.org", ike.Identity{Version: ike.V2, Type: ike.IDKeyID, Data: []byte("gwb.example.org")}, true},
		{"gwb.example.org", ike.Identity{Version: ike.V1, Type: ike.IDUserFQDN, Data: []byte("gwb.example.org")}, false},
		{"192.0.2.1", ike.Identity{Version: ike.V1, Type: ike.IDIPv4, Protocol: 17, Port: 500, Data: []byte{192, 0, 2, 1}}, true},
		{"192.0.2.1", ike.Identity{Version: ike.V1, Type: ike.IDIPv4, Data: []byte{192, 0, 2, 2}}, false},
	} {
		logged := ike.ParseIdentity(c.logged)
		if got := sameIdentity(&logged, &c.sent); got != c.want {
			t.Errorf("%s and %v: %v", c.logged, c.sent, got)
		}
	}
	// A name with brackets is a name.
	dn := "C=CH, CN=gwb (old)"
	der, err := ike.ParseDN(dn)
	if err != nil {
		t.Fatal(err)
	}
	d, sa := newDiagnosis(negotiation.Read(&ikedecode.Session{}), nil), &ikesa.SA{Conversation: &exchange.Conversation{}}
	e := &entry{side: Responder, Event: &logs.Event{File: "x.log", Line: 7, Kind: logs.Refused, Came: &ike.Identity{Type: ike.IDDN, Data: der}, Wanted: &ike.Identity{Type: ike.IDFQDN, Data: []byte("gwb")}}}
	d.book = &logbook{events: map[*ikesa.SA][]*entry{sa: {e}}}
	if wanted, _ := d.wantedByLog(sa, Initiator, &ike.Identity{Version: ike.V2, Type: ike.IDDN, Data: der}); wanted != nil {
		t.Errorf("the peer's log has %v", wanted)
	}
	if wanted, at := d.wantedByLog(sa, Responder, &ike.Identity{Version: ike.V2, Type: ike.IDDN, Data: der}); wanted == nil || wanted.Value() != "gwb" || at != "x.log:7" {
		t.Errorf("%v at %q", wanted, at)
	}
}

// Networks that are the same are the same however they are written.
func TestSelectorsFit(t *testing.T) {
	network, span := ike.Network(netip.MustParsePrefix("10.1.0.0/24")), ike.Host(netip.MustParseAddr("10.1.0.0"))
	span.To = netip.MustParseAddr("10.1.0.255")
	l2tp := span
	l2tp.Protocol, l2tp.StartPort, l2tp.EndPort = 17, 1701, 1701
	other := ike.Network(netip.MustParsePrefix("10.2.0.0/24"))
	for _, c := range []struct {
		a, b    ike.Selector
		version int
		want    bool
	}{{network, span, 1, true}, {network, span, 2, true}, {network, l2tp, 1, false}, {network, l2tp, 2, true}, {network, other, 1, false}, {network, other, 2, false}} {
		if got := fits(ike.Selectors{c.a}, ike.Selectors{c.b}, c.version); got != c.want {
			t.Errorf("%v and %v in IKEv%d: %v", c.a, c.b, c.version, got)
		}
	}
}
