package ike

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"testing"

	"github.com/ikedecode/ikedecode/keys/alg"
)

func TestParseIdentity(t *testing.T) {
	tests := []struct {
		text, value string
		typ         IDType
	}{
		{"192.0.2.1", "192.0.2.1", IDIPv4},
		{"2001:db8::1", "2001:db8::1", IDIPv6},
		{"%any", "%any", IDAny},
		{"gwa.example.org", "gwa.example.org", IDFQDN},
		{"@gwa.example.org", "gwa.example.org", IDFQDN},
		{"road@example.org", "road@example.org", IDUserFQDN},
		{"C=CH, O=Example, CN=gwa.example.org", "C=CH, O=Example, CN=gwa.example.org", IDDN},
		{`O=Example (Test)\, Inc., CN=gwa`, `O=Example (Test)\, Inc., CN=gwa`, IDDN},
		{"a=b", "a=b", IDFQDN}, // no attribute of a name is called a
		{"2.5.4.3=gwa", "CN=gwa", IDDN},
	}
	for _, tt := range tests {
		id := ParseIdentity(tt.text)
		if id.Type != tt.typ || id.Value() != tt.value {
			t.Errorf("%s: got type %d, %s", tt.text, id.Type, id.Value())
		}
	}
}

func TestIdentityEqual(t *testing.T) {
	printable := unhex(t, "301b310b3009060355040613024348310c300a06035504031303475741") // C=CH, CN=GWA as PrintableString
	tests := []struct {
		name  string
		a, b  Identity
		equal bool
	}{
		{"case of a domain", ParseIdentity("GWA.example.org"), Identity{Version: V2, Type: IDFQDN, Data: []byte("gwa.EXAMPLE.org")}, true},
		{"other domain", ParseIdentity("gwa.example.org"), ParseIdentity("gwb.example.org"), false},
		{"versions, ports", Identity{Version: V1, Type: IDIPv4, Protocol: 17, Port: 500, Data: []byte{192, 0, 2, 1}}, ParseIdentity("192.0.2.1"), true},
		{"domain and mail", ParseIdentity("example.org"), ParseIdentity("user@example.org"), false},
		{"kinds of strings in a DN", Identity{Type: IDDN, Data: printable}, ParseIdentity("C=CH, CN=gwa"), true},
		{"order in a DN", ParseIdentity("CN=gwa, C=CH"), ParseIdentity("C=CH, CN=gwa"), false},
		{"space in a DN", ParseIdentity("O=The  Example, CN=gwa"), ParseIdentity("O=The Example, CN=gwa"), true},
		{"parenthesis in a DN", ParseIdentity("O=Example (A), CN=gwa"), ParseIdentity("O=Example (B), CN=gwa"), false},
		{"a key ID has case", Identity{Type: IDKeyID, Data: []byte("A")}, Identity{Type: IDKeyID, Data: []byte("a")}, false},
		{"no DN, same bytes", Identity{Type: IDDN, Data: []byte{1}}, Identity{Type: IDDN, Data: []byte{1}}, true},
		{"a wildcard is no identity", ParseIdentity("*.example.org"), ParseIdentity("gwa.example.org"), false},
	}
	for _, tt := range tests {
		if tt.a.Equal(tt.b) != tt.equal || tt.b.Equal(tt.a) != tt.equal {
			t.Errorf("%s: %v, %v", tt.name, tt.a, tt.b)
		}
	}
}

func TestIdentityCovers(t *testing.T) {
	tests := []struct {
		pattern, id string
		want        bool
	}{
		{"%any", "192.0.2.1", true},
		{"*.example.org", "gwa.example.org", true},
		{"*.example.org", "gwa.EXAMPLE.org", true},
		{"*.example.org", ".example.org", false},
		{"*.example.org", "gwa.example.com", false},
		{"*@example.org", "user@example.org", true},
		{"*@example.org", "gwa.example.org", false},
		{"C=CH, O=Example, CN=*", "C=CH, O=Example, CN=gwa", true},
		{"C=CH, O=Example, CN=*", "C=CH, O=Other, CN=gwa", false},
		{"C=CH, CN=*", "C=CH, O=Example, CN=gwa", false},
		{"gwa.example.org", "*.example.org", false},
		{"192.0.2.1", "192.0.2.2", false},
	}
	for _, tt := range tests {
		if got := ParseIdentity(tt.pattern).Covers(ParseIdentity(tt.id)); got != tt.want {
			t.Errorf("%s covers %s: %v", tt.pattern, tt.id, got)
		}
	}
	if null := (Identity{Version: V2, Type: IDNull}); null.Covers(ParseIdentity("192.0.2.1")) || null.Value() != "%any" {
		t.Error("ID_NULL is an identity of its own")
	}
}

func TestParseDN(t *testing.T) {
	for _, s := range []string{"", "gwa", "CN", "XX=gwa", "CN=#zz", "1.=gwa"} {
		if _, err := ParseDN(s); !errors.Is(err, ErrNotDN) {
			t.Errorf("%q: error %v", s, err)
		}
	}
	for _, s := range []string{"CN=a+UID=b, C=CH", `CN=\+\<a\>\;`, "CN=#0401ff"} {
		der, err := ParseDN(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if got, err := DN(der); got != s || err != nil {
			t.Errorf("%q came out as %q, %v", s, got, err)
		}
	}
}

func TestSelectors(t *testing.T) {
	net := func(s string) Selector { return Network(netip.MustParsePrefix(s)) }
	span := func(from, to string) Selector {
		return Selector{From: netip.MustParseAddr(from), To: netip.MustParseAddr(to), EndPort: anyEndPort}
	}
	with := func(s Selector, protocol uint8, start, end uint16) Selector {
		s.Protocol, s.StartPort, s.EndPort = protocol, start, end
		return s
	}
	label := Selector{Kind: SelectorLabel, Type: uint8(TSSecLabel), Data: []byte("secret")}
	tests := []struct {
		name          string
		a, b          Selector
		equal, covers bool
	}{
		{"subnet and range", net("10.1.0.0/24"), span("10.1.0.0", "10.1.0.255"), true, true},
		{"identity of IKEv1", Identity{Type: IDIPv4Subnet, Data: []byte{10, 1, 0, 0, 255, 255, 255, 0}}.Selector(), net("10.1.0.0/24"), true, true},
		{"identity with port", Identity{Type: IDIPv4, Protocol: 17, Port: 1701, Data: []byte{10, 1, 0, 1}}.Selector(),
			with(Host(netip.MustParseAddr("10.1.0.1")), 17, 1701, 1701), true, true},
		{"wider", net("10.1.0.0/16"), net("10.1.3.0/24"), false, true},
		{"narrower", net("10.1.3.0/24"), net("10.1.0.0/16"), false, false},
		{"beside", span("10.1.0.1", "10.1.0.9"), span("10.1.0.5", "10.1.0.10"), false, false},
		{"all and one protocol", net("10.1.0.0/24"), with(net("10.1.0.0/24"), 6, 0, anyEndPort), false, true},
		{"one and all protocols", with(net("10.1.0.0/24"), 6, 0, anyEndPort), net("10.1.0.0/24"), false, false},
		{"ports", with(net("10.1.0.0/24"), 6, 80, 443), with(net("10.1.0.0/24"), 6, 100, 443), false, true},
		{"opaque is no port", with(net("10.1.0.0/24"), 6, 80, 443), with(net("10.1.0.0/24"), 6, 0xffff, 0), false, false},
		{"any covers opaque", net("10.1.0.0/24"), with(net("10.1.0.0/24"), 0, 0xffff, 0), false, true},
		{"families", span("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), net("10.1.0.0/24"), false, false},
		{"label", label, label, true, true},
		{"label and range", label, net("10.1.0.0/24"), false, false},
		{"mask with holes", Identity{Type: IDIPv4Subnet, Data: []byte{10, 1, 0, 0, 255, 0, 255, 0}}.Selector(), net("10.0.0.0/8"), false, false},
	}
	for _, tt := range tests {
		if got := tt.a.Equal(tt.b); got != tt.equal {
			t.Errorf("%s: %v equals %v: %v", tt.name, tt.a, tt.b, got)
		}
		if got := tt.a.Covers(tt.b); got != tt.covers {
			t.Errorf("%s: %v covers %v: %v", tt.name, tt.a, tt.b, got)
		}
	}
	both := Selectors{net("10.1.0.0/24"), net("10.2.0.0/24")}
	if both.Key() != (Selectors{span("10.1.0.0", "10.1.0.255"), net("10.2.0.0/24")}).Key() || both.Key() == both[:1].Key() || both.Key() == both[1:].Key() ||
		(Selectors{}).Key() != (SelectorsKey{}) || (Selectors{{Kind: SelectorIdentity, Type: uint8(IDFQDN), Data: []byte("a")}}).Key() ==
		(Selectors{{Kind: SelectorIdentity, Type: uint8(IDKeyID), Data: []byte("a")}}).Key() {
		t.Error("lists of selectors as keys")
	}
	if !both.Equal(Selectors{span("10.2.0.0", "10.2.0.255"), span("10.1.0.0", "10.1.0.255")}) {
		t.Error("order matters")
	}
	if both.Equal(both[:1]) || !both.Covers(both[:1]) {
		t.Error("a list equals a part of it")
	}
	if got := both.Common(Selectors{net("10.2.0.128/25"), net("10.3.0.0/16")}).String(); got != "10.2.0.128/25" {
		t.Errorf("in common %s", got)
	}
}

func TestSelectorString(t *testing.T) {
	host := Host(netip.MustParseAddr("10.1.0.1"))
	with := func(protocol uint8, start, end uint16) Selector {
		s := host
		s.Protocol, s.StartPort, s.EndPort = protocol, start, end
		return s
	}
	tests := []struct {
		s    Selector
		want string
	}{
		{host, "10.1.0.1"},
		{with(17, 0, 0xffff), "10.1.0.1 udp"},
		{with(6, 80, 443), "10.1.0.1 tcp/80-443"},
		{with(0, 80, 80), "10.1.0.1 port 80"},
		{with(1, 0x800, 0x800), "10.1.0.1 icmp/8(0)"},
		{with(1, 0x300, 0x304), "10.1.0.1 icmp/3(0-4)"},
		{with(17, 0xffff, 0), "10.1.0.1 udp/opaque"},
		{Selector{Kind: SelectorLabel, Data: []byte("x")}, "label x"},
		{Selector{Kind: SelectorOther, Type: uint8(TSFCRange), Data: []byte{1}}, "TS_FC_ADDR_RANGE 0x01"},
		{Selector{Kind: SelectorOther, Type: 99}, "traffic selector type 99"},
		{Identity{Type: IDFQDN, Protocol: 6, Data: []byte("gwa")}.Selector(), "gwa tcp"},
	}
	for _, tt := range tests {
		if got := tt.s.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestNotifyMeanings(t *testing.T) {
	one := func(v Version, n uint16) *Notify { return &Notify{Type: NotifyType{v, n}} }
	tests := []struct {
		n    *Notify
		m    Meaning
		want bool
	}{
		{one(V1, 14), NoProposalChosen, true},
		{one(V2, 14), NoProposalChosen, true},
		{one(V1, 16), InvalidSyntax, true},
		{one(V2, 16), InvalidSyntax, false},
		{one(V2, 7), InvalidSyntax, true},
		{one(V1, 18), InvalidID, true},
		{one(V2, 18), InvalidID, false},
		{one(V2, 38), TSUnacceptable, true},
		{one(V1, 0), TSUnacceptable, false}, // IKEv1 has none: its number is no 0
		{one(V1, 24578), InitialContact, true},
		{one(V2, 16384), InitialContact, true},
		{one(V1, 16384), InitialContact, false}, // CONNECTED
		{nil, NoProposalChosen, false},
		{one(V2, 0), NoMeaning, false},
	}
	for _, tt := range tests {
		if got := tt.n.Is(tt.m); got != tt.want {
			t.Errorf("%v is %d: %v", tt.n, tt.m, got)
		}
	}
	for m := NoMeaning + 1; m <= UseAGGFRAG; m++ {
		for i, v := range []Version{V1, V2} {
			if typ, ok := m.Type(v); ok != (meaningNames[m][i] != "") || typ.String() != meaningNames[m][i] && ok {
				t.Errorf("meaning %d of %v is %v, not %s", m, v, typ, meaningNames[m][i])
			}
		}
		if meaningNames[m] == [2]string{} {
			t.Errorf("meaning %d has no name", m)
		}
	}
	if group, ok := (&Notify{Type: NotifyType{V2, 17}, Data: []byte{0, 14}}).Group(); !ok || group != 14 {
		t.Errorf("group %d", group)
	}
	if n := one(V1, 24576); n.IsError() || !one(V2, 14).IsError() || (*Notify)(nil).IsError() {
		t.Error("errors are 1 to 16383")
	}
}

func offers() (offer, answer Offer) {
	aes := func(bits uint16) Transform { return Transform{Encryption, ENCR, 12, bits} }
	prf, integ, ke := Transform{PRF, PRFs, 5, 0}, Transform{Integrity, INTEG, 12, 0}, Transform{KeyExchange, Group, 14, 0}
	offer = Offer{V2, []Proposal{
		{Number: 1, Protocol: IKE, Suites: []Suite{{Transforms: []Transform{aes(128), aes(256), prf, integ, ke}}}},
		{Number: 2, Protocol: IKE, Suites: []Suite{{Transforms: []Transform{{Encryption, ENCR, 3, 0}, prf, integ, ke}}}},
	}}
	answer = Offer{V2, []Proposal{{Number: 1, Protocol: IKE, SPI: []byte{1}, Suites: []Suite{{Transforms: []Transform{ke, aes(256), prf, integ}}}}}}
	return offer, answer
}

func TestOfferTakes(t *testing.T) {
	offer, answer := offers()
	if !offer.Takes(&answer) {
		t.Error("the answer is inside the offer")
	}
	if p := &offer.Proposals[0]; p.TakenBy(&answer) == nil || offer.Proposals[1].TakenBy(&answer) != nil ||
		p.ChosenTransform(Transform{Encryption, ENCR, 12, 128}, &answer) || !p.ChosenTransform(Transform{Encryption, ENCR, 12, 256}, &answer) {
		t.Error("the wrong transform is chosen")
	}
	answer.Proposals[0].Suites[0].Transforms[1].Bits = 192
	if offer.Takes(&answer) {
		t.Error("a key length that was not offered")
	}
	if offer.Takes(&Offer{Version: V2, Proposals: []Proposal{{Number: 3, Protocol: IKE, Suites: []Suite{{}}}}}) {
		t.Error("a proposal that was not offered")
	}
	if a, _ := offers(); !a.Equal(&offer) || a.Equal(&answer) {
		t.Error("offers compare wrongly")
	}
}

func TestSuites(t *testing.T) {
	aes := Transform{Encryption, ESPTransform, 12, 128}
	sha := Transform{Integrity, Phase2Auth, 2, 0}
	pfs := Transform{KeyExchange, Group, 14, 0}
	a := Suite{Number: 1, Transforms: []Transform{aes, sha, pfs}, Encapsulation: 1, Life: Lifetime{Seconds: 3600}}
	b := Suite{Number: 2, Transforms: []Transform{pfs, aes, sha}, Encapsulation: 1, Life: Lifetime{Seconds: 60}}
	if !a.Same(&b) {
		t.Error("order, number and lifetime make a difference")
	}
	offer := Offer{V1, []Proposal{{Number: 1, Protocol: ESP, Suites: []Suite{a}}}}
	answer := Offer{V1, []Proposal{{Number: 1, Protocol: ESP, Suites: []Suite{b}}}}
	if !offer.Takes(&answer) || !offer.Proposals[0].ChosenSuite(&a, &answer) {
		t.Error("the suite is taken")
	}
	b.Encapsulation = 2
	answer.Proposals[0].Suites[0] = b
	if a.Same(&b) || offer.Takes(&answer) || offer.Proposals[0].ChosenSuite(&a, &answer) {
		t.Error("tunnel is transport")
	}
	b.Encapsulation, b.Other = 1, []Attribute{{Type: 99, Value: []byte{1}}}
	if a.Same(&b) {
		t.Error("an attribute more is no difference")
	}
	if got, want := a.Summary(ESP), "AES-CBC-128 HMAC-SHA1-96 tunnel PFS MODP-2048 3600 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	phase1 := Suite{Transforms: []Transform{{Encryption, Phase1Cipher, 7, 128}, {Auth, Phase1Auth, 1, 0}, {KeyExchange, Group, 99, 0},
		{HashAlg, Phase1Hash, 2, 0}}, Life: Lifetime{Seconds: 15840}}
	if got, want := phase1.Summary(IKE), "AES-CBC-128/SHA1/PSK/group 99/15840 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAuthMethods(t *testing.T) {
	tests := []struct {
		m             AuthMethod
		kind          AuthKind
		xauth, hybrid bool
		name          string
	}{
		{AuthMethod{V1, 1}, AuthPSK, false, false, "PSK"},
		{AuthMethod{V1, 65001}, AuthPSK, true, false, "XAUTH-Init-PSK"},
		{AuthMethod{V1, 65005}, AuthSignature, true, false, "XAUTH-Init-RSA"},
		{AuthMethod{V1, 65010}, AuthPublicKey, true, false, "XAUTH-Resp-revised-RSA-encryption"},
		{AuthMethod{V1, 64221}, AuthSignature, true, true, "Hybrid-Init-RSA"},
		{AuthMethod{V1, 4}, AuthPublicKey, false, false, "RSA encryption"},
		{AuthMethod{V1, 9}, AuthSignature, false, false, "ECDSA-256"},
		{AuthMethod{V2, 1}, AuthSignature, false, false, "RSA signature"},
		{AuthMethod{V2, 2}, AuthPSK, false, false, "shared key"},
		{AuthMethod{V2, 13}, AuthNull, false, false, "NULL"},
		{AuthMethod{V2, 99}, AuthUnknown, false, false, "authentication method 99"},
		{AuthMethod{}, AuthUnknown, false, false, "authentication method 0"},
	}
	for _, tt := range tests {
		if tt.m.Kind() != tt.kind || tt.m.XAUTH() != tt.xauth || tt.m.Hybrid() != tt.hybrid || tt.m.String() != tt.name {
			t.Errorf("%v: kind %d, XAUTH %v, hybrid %v", tt.m, tt.m.Kind(), tt.m.XAUTH(), tt.m.Hybrid())
		}
	}
}

func TestNumberNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{ESP.Name(V1), "ESP"}, {IKE.Name(V1), "ISAKMP"}, {IKE.Name(V2), "IKE"}, {IPComp.Name(V1), "IPComp"}, {Protocol(4).Name(V2), "FC_ESP_HEADER"},
		{Protocol(9).Name(V2), "protocol 9"}, {IDIPv4Subnet.Name(V1), "ID_IPV4_ADDR_SUBNET"}, {IDType(99).Name(V1), "ID type 99"},
		{IDUserFQDN.Name(V2), "ID_RFC822_ADDR"}, {IDIPv4Range.Name(V2), "ID type 7"}, {ConfigRequest.String(), "REQUEST"},
		{ConfigType(9).String(), "configuration type 9"}, {SPI{0xc0, 0xff}.String(), "c0ff000000000000"},
		{CertX509Signature.String(), "X.509 certificate - signature"}, {CertEncoding(99).String(), "certificate encoding 99"},
		{CertHashURLBundle.String(), "hash and URL of X.509 bundle"}, {TSIPv6Range.String(), "TS_IPV6_ADDR_RANGE"},
		{Kind(99).String(), "transform type 99"}, {Phase1Auth.AlgorithmName(4711), "authentication method 4711"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestConfigAddresses(t *testing.T) {
	c := &Config{Type: ConfigReply, Attributes: []Attribute{{ConfigIP4Address, []byte{10, 9, 0, 1}}, {ConfigIP4Address, nil},
		{ConfigIP6Address, append(netip.MustParseAddr("2001:db8::1").AsSlice(), 64)}}}
	if got := c.Addresses(); len(got) != 2 || got[0].String() != "10.9.0.1" || got[1].String() != "2001:db8::1" {
		t.Errorf("addresses %v", got)
	}
}

func TestDeleteNames(t *testing.T) {
	d := &Delete{Version: V2, Protocol: ESP, SPIs: [][]byte{{0xc0, 0xff, 0xee, 1}}}
	if !d.Names(0xc0ffee01) || d.Names(0xc0ffee02) || d.IKE() {
		t.Error("SPIs compare wrongly")
	}
	if _, ok := ParseChildSPI([]byte{1, 2, 3}); ok {
		t.Error("an SPI of 3 bytes")
	}
}

// The names of what is supported are those of package alg: a number must not be named in both.
func TestAlgorithmNames(t *testing.T) {
	for space, names := range otherNames {
		for id := range names {
			if name, ok := space.lookup(id); ok {
				t.Errorf("space %d has two names for %d: %s, %s", space, id, name, names[id])
			}
		}
	}
	for _, c := range alg.Ciphers() {
		if name, ok := ENCR.Name(c.IKEv2); c.IKEv2 != 0 && (!ok || name != c.Name) {
			t.Errorf("%s is called %q", c.Name, name)
		}
	}
	for _, tt := range []struct {
		s    Space
		id   uint16
		want string
	}{
		{ESPTransform, 129, "SM4-CBC (129 assumed)"}, {Phase2Auth, 20, "HMAC-SM3 (20 assumed)"}, {Phase1Cipher, 129, "SM4-CBC"}, {Phase1Hash, 20, "SM3"},
		{Group, 14, "MODP-2048"}, {Group, 99, "group 99"}, {ENCR, 99, "99"}, {Phase1Auth, 65001, "XAUTH-Init-PSK"}, {INTEG, 12, "HMAC-SHA2-256-128"},
		{ESPTransform, 11, "NULL"}, {NoSpace, 5, "5"},
		{Phase1Cipher, 2, "IDEA-CBC"}, {Phase1Cipher, 99, "encryption algorithm 99"}, {Phase1Hash, 3, "Tiger"}, {ESPTransform, 1, "DES-IV64"},
		{ESPTransform, 200, "transform 200"}, {Phase2Auth, 500, "authentication algorithm 500"}, {AHTransform, 2, "AH-MD5"}, {Group, 37, "ML-KEM-1024"},
	} {
		if got := tt.s.AlgorithmName(tt.id); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestSides(t *testing.T) {
	if Initiator.Other() != Responder || Responder.Other() != Initiator || NoSide.Other() != NoSide || SideOf(false).String() != "responder" {
		t.Error("sides are mixed up")
	}
}

func TestFirst(t *testing.T) {
	parts := []Part{nil, &Nonce{}, &Notify{Protocol: ESP}, &Notify{Protocol: AH}}
	if n, ok := First[*Notify](parts); !ok || n.Protocol != ESP {
		t.Errorf("got %v", n)
	}
	if d, ok := First[*Delete](parts); ok || d != nil {
		t.Errorf("got %v", d)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whether a cipher has integrity protection of its own tells its number.
func TestAEAD(t *testing.T) {
	for _, tt := range []struct {
		s    Space
		id   uint16
		want bool
	}{
		{ENCR, 12, false}, {ENCR, 13, false}, {ENCR, 14, true}, {ENCR, 20, true}, {ENCR, 21, true}, {ENCR, 28, true}, {ENCR, 30, true}, {ENCR, 31, true},
		{ENCR, 32, true}, {ENCR, 35, true}, {ENCR, 36, false}, {ENCR, 11, false}, {ENCR, 0, false}, {ESPTransform, 12, false}, {ESPTransform, 20, true},
		{ESPTransform, 23, true}, {ESPTransform, 249, false}, {AHTransform, 11, false}, {INTEG, 14, false}, {Group, 20, false},
	} {
		if x := (Transform{Space: tt.s, ID: tt.id}); x.AEAD() != tt.want {
			t.Errorf("space %d, %s: %t, want %t", tt.s, x.Name(), x.AEAD(), tt.want)
		}
	}
}

// A type that only announces is one of status, and known.
func TestAnnouncements(t *testing.T) {
	for name := range announcements {
		if n := notifyNumbers[V2][name]; n < 16384 {
			t.Errorf("%s, %d, announces nothing", name, n)
		}
	}
	if (NotifyType{V1, 16396}).Announces() || !(NotifyType{V2, 16396}).Announces() || (NotifyType{V2, 16390}).Announces() {
		t.Error("what announces, and what does not")
	}
}
