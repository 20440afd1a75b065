package report

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What reports say is decided by what they know, not by how it reads: names of files, algorithms and peers are anyone's.
func TestWordsDecideNothing(t *testing.T) {
	c := &Child{Algorithms: []string{"ESP transform 250 PFS, 3600 s"}, PFS: "MODP-2048"}
	if got, want := remarkTexts(c.Remarks(nil)), "chosen: ESP transform 250 PFS, 3600 s, PFS MODP-2048\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r := &IKESA{Version: 2}
	for _, p := range []ikesa.Proof{
		{Of: secret.SKei, Origin: secret.Origin{File: "logs:new/gwa.log", Line: 12}, By: ikesa.ByICV, Frame: 3},
		{Of: secret.SKer, Origin: secret.Origin{File: "logs:new/gwa.log", Line: 13}, By: ikesa.ByICV, Frame: 3},
		{Of: secret.SKer, Origin: secret.Origin{File: "logs:old/gwb.log", Line: 13}, By: ikesa.ByICV, Frame: 3},
	} {
		r.Proofs = append(r.Proofs, newProof(p))
	}
	want := []string{"SK_EI, SK_ER (gwa.log), verified by the ICV of frame 3", "SK_ER (gwb.log), verified by the ICV of frame 3"}
	if got := r.proofTexts(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	x := &Exchange{Type: "Transaction", Outcome: Outcome{Code: negotiation.Done, Text: "Mode Config assigned delete ESP 0xc0ffee01"},
		Messages: []Message{{Sender: "initiator", Payloads: []Payload{{Type: "D", Text: "ESP 0xc0ffee01", Delete: &Delete{}}}}}}
	if got, want := remarkTexts(x.Facts(0)), "delete ESP 0xc0ffee01\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A notification is quiet by its number: an error is none, whatever its name ends in.
func TestQuietNotify(t *testing.T) {
	for n, want := range map[uint16]bool{16430: true, 16394: true, 16397: true, 16431: true, 16388: true, 16390: false, 16442: false, 11055: false, 16443: false} {
		typ := ike.NotifyType{Version: ike.V2, Number: n}
		r := Payload{Version: 2, Notify: &Notify{Type: typ.String(), Number: n}}
		if got := r.isQuiet(); got != want {
			t.Errorf("%v: quiet %t, want %t", typ, got, want)
		}
	}
}

// Whether a side proves who it is by the pre-shared key tells the number of its method, not what it is called.
func TestProvesByKey(t *testing.T) {
	message := func(initiator bool, bodies ...decode.Body) *ikesa.Message {
		m := &ikesa.Message{Message: &exchange.Message{Message: &decode.Message{Header: decode.Header{Version: 0x20, Exchange: ikev2.ExchangeAuth}}, FromInitiator: initiator}}
		for _, b := range bodies {
			m.Payloads, m.Parts = append(m.Payloads, decode.Payload{Body: b}), append(m.Parts, ikev2.PartOf(0, b))
		}
		return m
	}
	auth := func(m ikev2.AuthMethod) decode.Body { return &ikev2.Auth{Method: m, Data: []byte{1}} }
	request, success := &ikev2.EAP{Code: ike.EAPRequest, Type: ikev2.EAPMSCHAPv2}, &ikev2.EAP{Code: ike.EAPSuccess}
	for _, tt := range []struct {
		name                 string
		messages             []*ikesa.Message
		initiator, responder bool
	}{
		{"shared keys", []*ikesa.Message{message(true, auth(ikev2.AuthSharedKey)), message(false, auth(ikev2.AuthSharedKey))}, true, true},
		{"a signature and a shared key", []*ikesa.Message{message(true, auth(ikev2.AuthRSA)), message(false, auth(ikev2.AuthSharedKey))}, false, true},
		{"EAP", []*ikesa.Message{message(false, auth(ikev2.AuthRSA), request), message(false, success), message(true, auth(ikev2.AuthSharedKey)),
			message(false, auth(ikev2.AuthSharedKey))}, false, false},
		{"EAP alone", []*ikesa.Message{message(false, request), message(false, success), message(true, auth(ikev2.AuthSharedKey)),
			message(false, auth(ikev2.AuthSharedKey))}, false, false},
		{"nothing", nil, false, false},
	} {
		sa := &ikesa.SA{Conversation: &exchange.Conversation{Version: 2}, Messages: tt.messages}
		if got := [2]bool{negotiation.ProvesByKey(sa, ike.Initiator), negotiation.ProvesByKey(sa, ike.Responder)}; got != [2]bool{tt.initiator, tt.responder} {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// Children of IKEv1 are told apart by the traffic that they carry, whoever starts them and however it reads.
func TestTrafficOfChild(t *testing.T) {
	net := func(typ ike.IDType, data string) ike.Selectors {
		return ike.Selectors{ike.Identity{Version: ike.V1, Type: typ, Data: []byte(data)}.Selector()}
	}
	subnet, addrs := net(ike.IDIPv4Subnet, "\x0a\x01\x00\x00\xff\xff\xff\x00"), net(ike.IDIPv4Range, "\x0a\x01\x00\x00\x0a\x01\x00\xff")
	host := net(ike.IDIPv4, "\x0a\x02\x00\x01")
	child := func(fromInitiator bool, a, b ike.Selectors) *ikesa.Child {
		return &ikesa.Child{FromInitiator: fromInitiator, Asked: ikesa.Traffic{Initiator: a, Responder: b}}
	}
	if negotiation.TrafficOf(child(true, subnet, host)) != negotiation.TrafficOf(child(false, host, addrs)) {
		t.Error("a subnet is not the range that it is")
	}
	if negotiation.TrafficOf(child(true, net(ike.IDKeyID, "a"), host)) == negotiation.TrafficOf(child(true, net(ike.IDFQDN, "a"), host)) {
		t.Error("identities of two types that read the same are the same")
	}
}
