package report

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	v2 "github.com/ikedecode/ikedecode/keys/ikesa/v2"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A sketch2 is a message of IKEv2 in a few words.
type sketch2 struct {
	exchange decode.ExchangeType
	id       uint32
	flags    decode.Flags // FlagInitiator, FlagResponse
	payloads []decode.Payload
	closed   bool
}

const request2, answer2 = ikev2.FlagInitiator, ikev2.FlagResponse

// build2 makes an IKE SA of messages a second apart, in frames from 1 on.
func build2(list ...sketch2) *ikesa.SA {
	i, r := netip.MustParseAddrPort("192.0.2.1:500"), netip.MustParseAddrPort("192.0.2.2:500")
	conv := &exchange.Conversation{Initiator: decode.SPI{1}, Responder: decode.SPI{2}, Version: 2, InitiatorAddr: i, ResponderAddr: r, RolesKnown: true}
	sa := &ikesa.SA{Conversation: conv}
	at := make(map[string]*ikesa.Exchange)
	for n, k := range list {
		from := k.flags&ikev2.FlagInitiator != 0
		m := &exchange.Message{Frame: n + 1, Time: time.Unix(int64(n), 0), Src: i, Dst: r, FromInitiator: from, Message: &decode.Message{
			Header: decode.Header{Initiator: conv.Initiator, Responder: conv.Responder, Version: 0x20, Exchange: k.exchange, Flags: k.flags, MessageID: k.id}}}
		if !from {
			m.Src, m.Dst = r, i
		}
		msg := &ikesa.Message{Message: m}
		msg.Read(k.payloads)
		if k.closed {
			msg.State = ikesa.Closed
		}
		byAnswerer := from == (k.flags&ikev2.FlagResponse != 0)
		key := string(binary.BigEndian.AppendUint32([]byte{byte(k.exchange), bit(byAnswerer)}, k.id))
		x := at[key]
		if x == nil {
			x = &ikesa.Exchange{Exchange: &exchange.Exchange{Type: k.exchange, MessageID: k.id}}
			at[key] = x
			sa.Exchanges = append(sa.Exchanges, x)
		}
		msg.Exchange = x
		x.Messages = append(x.Messages, msg)
		sa.Messages = append(sa.Messages, msg)
		conv.Messages = append(conv.Messages, m)
	}
	sa.Established = v2.CameUp(sa)
	return sa
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func payload2(t decode.PayloadType, b decode.Body) decode.Payload {
	return decode.Payload{Type: t, Body: b, Raw: make([]byte, 4)}
}

func notify2(t ikev2.NotifyType, data ...byte) decode.Payload {
	return payload2(ikev2.PayloadNotify, &ikev2.Notify{Type: t, Data: data})
}

func TestDiagnose2Rules(t *testing.T) {
	proposal := ikev2.Proposal{Number: 1, Protocol: ike.IKE, Transforms: []ikev2.Transform{{Type: ikev2.TransformKE, ID: 14}}}
	sa := payload2(ikev2.PayloadSA, &ikev2.SA{Proposals: []ikev2.Proposal{proposal}})
	nonce := payload2(ikev2.PayloadNonce, &ikev2.Nonce{Data: make([]byte, 16)})
	auth := payload2(ikev2.PayloadAuth, &ikev2.Auth{Method: ikev2.AuthSharedKey})
	ts := &ikev2.TS{Selectors: []ikev2.TrafficSelector{{Type: ike.TSIPv4Range, EndPort: 0xffff, From: netip.MustParseAddr("10.1.0.0"), To: netip.MustParseAddr("10.1.0.255")}}}
	child := []decode.Payload{sa, payload2(ikev2.PayloadTSi, ts), payload2(ikev2.PayloadTSr, ts)}
	offer := []decode.Payload{sa, nonce}
	started := []sketch2{{ikev2.ExchangeSAInit, 0, request2, offer, false}, {ikev2.ExchangeSAInit, 0, answer2, offer, false}}
	authRequest := sketch2{ikev2.ExchangeAuth, 1, request2, append([]decode.Payload{auth}, child...), false}
	authenticated := append(started[:2:2], authRequest, sketch2{ikev2.ExchangeAuth, 1, answer2, append([]decode.Payload{auth}, child...), false})
	for _, c := range []struct {
		name     string
		messages []sketch2
		code     string // "" for none
		severity Severity
		says     string
	}{
		{"no answer", started[:1], "no-response", SeverityWarning, "no response from 192.0.2.2"},
		{"no proposal", append(started[:1:1], sketch2{ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{notify2(ikev2.NotifyNoProposalChosen)}, false}),
			"phase1-no-proposal", SeverityProblem, "NO_PROPOSAL_CHOSEN"},
		{"cookie", []sketch2{started[0], {ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{notify2(ikev2.NotifyCookie, 1, 2)}, false}, started[0], started[1]},
			"cookie-challenge", SeverityNote, "COOKIE"},
		{"invalid KE, healed", []sketch2{started[0], {ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{notify2(ikev2.NotifyInvalidKE, 0, 19)}, false}, started[0], started[1]},
			"invalid-ke", SeverityNote, "ECP-256"},
		{"invalid KE", []sketch2{started[0], {ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{notify2(ikev2.NotifyInvalidKE, 0, 19)}, false}},
			"invalid-ke", SeverityProblem, "no retry succeeded"},
		{"IKE_AUTH unanswered", append(started[:2:2], authRequest), "phase1-stopped", SeverityWarning, "IKE_AUTH"},
		{"wrong PSK", append(started[:2:2], authRequest, sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{notify2(ikev2.NotifyAuthenticationFailed)}, false}),
			"auth-failed", SeverityProblem, "192.0.2.2 rejected the authentication of 192.0.2.1"},
		{"EAP failure", append(started[:2:2], authRequest, sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{payload2(ikev2.PayloadEAP, &ikev2.EAP{Code: ike.EAPFailure})}, false}),
			"eap-failed", SeverityProblem, "EAP"},
		{"initiator refuses", append(authenticated[:4:4], sketch2{ikev2.ExchangeInformational, 2, request2, []decode.Payload{notify2(ikev2.NotifyAuthenticationFailed)}, false},
			sketch2{ikev2.ExchangeInformational, 2, answer2, nil, false}), "auth-failed", SeverityProblem, "192.0.2.1 rejected the authentication of 192.0.2.2"},
		{"selectors", append(started[:2:2], authRequest, sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{auth, notify2(ikev2.NotifyTSUnacceptable)}, false}),
			"ts-mismatch", SeverityProblem, "TS_UNACCEPTABLE"},
		{"no ESP proposal", append(authenticated[:4:4], sketch2{ikev2.ExchangeCreateChild, 2, request2, child, false},
			sketch2{ikev2.ExchangeCreateChild, 2, answer2, []decode.Payload{notify2(ikev2.NotifyNoProposalChosen)}, false}), "phase2-no-proposal", SeverityProblem, "CREATE_CHILD_SA"},
		{"the responder's rekeying", append(authenticated[:4:4], sketch2{ikev2.ExchangeCreateChild, 0, 0, child, false},
			sketch2{ikev2.ExchangeCreateChild, 0, request2 | answer2, []decode.Payload{notify2(ikev2.NotifyTemporaryFailure)}, false}), "rekey-failed", SeverityWarning, "TEMPORARY_FAILURE from 192.0.2.1"},
		{"liveness", append(authenticated[:4:4], sketch2{ikev2.ExchangeInformational, 2, request2, nil, false}, sketch2{ikev2.ExchangeInformational, 2, answer2, nil, false}), "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosisOf(build2(c.messages...))
			d.apply(t, "IKEv2")
			if c.code == "" {
				if len(d.results()) > 0 {
					t.Errorf("findings: %+v", d.results())
				}
				return
			}
			if len(d.results()) == 0 {
				t.Fatal("no finding")
			}
			f := d.results()[0]
			if f.Code != diagnose.Code(c.code) || f.Severity != c.severity || !strings.Contains(f.Text, c.says) || len(f.Frames) == 0 {
				t.Errorf("%+v, want %s (%s) that says %q", f, c.code, c.severity, c.says)
			}
			if c.code == "ts-mismatch" && (len(f.Details) == 0 || !strings.Contains(f.Details[0], "10.1.0.0/24")) {
				t.Errorf("details %q", f.Details)
			}
		})
	}
}

// Who rejects an authentication may show that it expects another method, and another IKE SA that it does not.
func TestMethodsDiffer(t *testing.T) {
	nonce := payload2(ikev2.PayloadNonce, &ikev2.Nonce{Data: make([]byte, 16)})
	sa := payload2(ikev2.PayloadSA, &ikev2.SA{})
	id := payload2(ikev2.PayloadIDi, &ikev2.ID{Type: ike.IDFQDN, Data: []byte("a")})
	requested := payload2(ikev2.PayloadCertReq, &ikev2.CertReq{})
	psk, signature := payload2(ikev2.PayloadAuth, &ikev2.Auth{Method: ikev2.AuthSharedKey}), payload2(ikev2.PayloadAuth, &ikev2.Auth{Method: ikev2.AuthRSA})
	failed := notify2(ikev2.NotifyAuthenticationFailed)
	attempt := func(asked bool, auth []decode.Payload, answer ...decode.Payload) *ikesa.SA {
		init := []decode.Payload{sa, nonce}
		if asked {
			init = append(init, requested)
		}
		return build2(sketch2{ikev2.ExchangeSAInit, 0, request2, []decode.Payload{sa, nonce}, false}, sketch2{ikev2.ExchangeSAInit, 0, answer2, init, false},
			sketch2{ikev2.ExchangeAuth, 1, request2, append([]decode.Payload{id}, auth...), false}, sketch2{ikev2.ExchangeAuth, 1, answer2, answer, false})
	}
	refusing := func(own, asked, auth decode.Payload) *ikesa.SA { // the initiator the responder
		return build2(sketch2{ikev2.ExchangeSAInit, 0, request2, []decode.Payload{sa, nonce}, false}, sketch2{ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{sa, nonce}, false},
			sketch2{ikev2.ExchangeAuth, 1, request2, []decode.Payload{id, own, asked}, false}, sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{auth}, false},
			sketch2{ikev2.ExchangeInformational, 2, request2, []decode.Payload{failed}, false})
	}
	other := func(sa *ikesa.SA, up bool) *ikesa.SA {
		sa.Initiator, sa.Established = decode.SPI{9}, up
		return sa
	}
	const mismatch = "auth-method-mismatch"
	for _, c := range []struct {
		name string
		sas  []*ikesa.SA
		code diagnose.Code
		says string
	}{
		{"EAP", []*ikesa.SA{attempt(false, nil, failed)}, mismatch, "requests EAP: frame 3 has no AUTH payload"},
		{"EAP, accepted before", []*ikesa.SA{attempt(false, nil, failed), other(attempt(false, nil), true)}, "auth-failed", ""},
		{"a certificate is requested", []*ikesa.SA{attempt(true, []decode.Payload{psk}, failed)}, mismatch, "192.0.2.2 requests certificates in frame 2"},
		{"accepted before", []*ikesa.SA{attempt(true, []decode.Payload{psk}, failed), other(attempt(true, []decode.Payload{psk}), true)}, "auth-failed", ""},
		{"none is requested", []*ikesa.SA{attempt(false, []decode.Payload{signature}, failed)}, mismatch, "192.0.2.2 requests no certificates"},
		{"a signature, as requested", []*ikesa.SA{attempt(true, []decode.Payload{signature}, failed)}, "auth-failed", ""},
		{"a key", []*ikesa.SA{attempt(false, []decode.Payload{psk}, failed)}, "auth-failed", ""},
		{"the other has a key", []*ikesa.SA{refusing(psk, nonce, signature)}, mismatch, "192.0.2.1 authenticates in another way itself in frame 3"},
		{"both have a key", []*ikesa.SA{refusing(psk, requested, psk)}, "auth-failed", ""},
		{"EAP and a certificate", []*ikesa.SA{refusing(nonce, nonce, signature)}, "auth-failed", ""},
		{"EAP, and a key in place of a certificate", []*ikesa.SA{refusing(nonce, requested, psk)}, mismatch, "192.0.2.1 requests certificates in frame 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosisOf(c.sas...)
			d.apply(t, "IKEv2")
			if len(d.results()) == 0 {
				t.Fatal("no finding")
			}
			f := d.results()[0]
			if f.Code != c.code || !strings.Contains(strings.Join(f.Details, "\n"), c.says) || (c.code == mismatch) != strings.Contains(f.Text, "most likely") {
				t.Errorf("%+v, want %s that says %q", f, c.code, c.says)
			}
		})
	}
}

// A responder that answers the first try under one SPI and the second under another has refused nothing.
func TestRetryUnderAnotherSPI(t *testing.T) {
	nonce := payload2(ikev2.PayloadNonce, &ikev2.Nonce{Data: make([]byte, 16)})
	sa := payload2(ikev2.PayloadSA, &ikev2.SA{})
	offer := sketch2{ikev2.ExchangeSAInit, 0, request2, []decode.Payload{sa, nonce}, false}
	first := build2(offer, sketch2{ikev2.ExchangeSAInit, 0, answer2, []decode.Payload{notify2(ikev2.NotifyInvalidKE, 0, 19)}, false}, offer)
	second := build2(offer, offer, sketch2{ikev2.ExchangeSAInit, 0, answer2, offer.payloads, false})
	second.Responder = decode.SPI{9}
	d := diagnosisOf(first, second)
	d.apply(t, "IKEv2")
	if len(d.results()) != 1 || d.results()[0].Code != "invalid-ke" || d.results()[0].Severity != SeverityNote {
		t.Errorf("findings: %+v", d.results())
	}
}

// The fragments of one message are one line, whatever their order; a missing one is named.
func TestFoldFragments(t *testing.T) {
	skf := func() sketch2 {
		return sketch2{ikev2.ExchangeAuth, 1, request2, nil, true}
	}
	sa := build2(skf(), skf(), sketch2{ikev2.ExchangeAuth, 1, answer2, nil, true})
	for i, n := range []uint16{1, 3} {
		sa.Messages[i].Message.Message.Payloads = []decode.Payload{payload2(ikev2.PayloadSKF, &ikev2.SKF{Number: n, Total: 3})}
	}
	groups := negotiation.FoldFragments(sa.Messages)
	if len(groups) != 2 || len(groups[0]) != 2 || len(groups[1]) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	m := newMessage(sa, groups[0], nil, time.Time{})
	if m.State != "closed" || m.Fragments != 2 || !strings.Contains(m.Why, "missing fragments, of") {
		t.Errorf("%+v", m)
	}
}

// An SA with hostile or empty messages makes no report fail.
func TestReports2Empty(t *testing.T) {
	for _, x := range []decode.ExchangeType{ikev2.ExchangeSAInit, ikev2.ExchangeAuth, ikev2.ExchangeCreateChild, ikev2.ExchangeInformational, ikev2.ExchangeIntermediate, 200} {
		for _, flags := range []decode.Flags{0, request2, answer2, request2 | answer2} {
			for _, closed := range []bool{false, true} {
				sa := build2(sketch2{x, 7, flags, nil, closed}, sketch2{x, 7, flags ^ answer2 ^ request2, nil, closed})
				s := &ikedecode.Session{SAs: []*ikesa.SA{sa}}
				textOf(t, NewTimeline(s))
				d := &ruling{Reading: negotiation.Read(s), watch: &traffic.Watch{}}
				d.apply(t, "IKEv2")
			}
		}
	}
}
