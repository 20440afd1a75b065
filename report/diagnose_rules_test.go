package report

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/keys/source"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Real captures with packets left out, and made-up SAs, for what no recorded session shows.

// The diagnosis of a capture that lacks packets, as when a firewall drops them.
func TestDiagnoseDropped(t *testing.T) {
	first := func(n int) func(*capture.Packet, []capture.Datagram) bool {
		return func(p *capture.Packet, _ []capture.Datagram) bool { return p.Number <= n }
	}
	noneBack := func(p *capture.Packet, ds []capture.Datagram) bool { // once the initiator has gone on at port 4500
		return p.Number <= 4 || len(ds) == 1 && ds[0].Src.Addr() == netip.MustParseAddr("192.0.2.1")
	}
	for _, c := range []struct {
		name, session string
		keep          func(*capture.Packet, []capture.Datagram) bool
		keys          bool
		code, says    string
	}{
		{"Main Mode ends at message 5", "v1-main-psk-aes128-sha1", first(5), true, "phase1-stopped", "stopped after message 5"},
		{"Main Mode ends at message 5, no key", "v1-main-psk-aes128-sha1", first(5), false, "phase1-stopped", "stopped after message 5"},
		{"message 5 is rejected, and not sent again", "fail-psk-mismatch", first(6), false, "auth-failed", "most likely its identity or authentication method"},
		{"message 5 is rejected, and sent again", "fail-psk-mismatch", first(7), false, "psk-mismatch", "most likely"},
		{"Main Mode ends before it moves to UDP 4500", "diag-psk-nat", first(4), false, "phase1-stopped", "most likely UDP 4500 is blocked or not captured"},
		{"IKE_SA_INIT alone", "v2-psk-aes128-sha256", first(2), false, "stopped-after-init", "cannot tell: not sent, lost or not captured"},
		{"IKE_SA_INIT alone, and NAT", "v2-eap-nat-esn", first(2), false, "stopped-after-init", "most likely because UDP 4500 is blocked or not captured"},
		{"Main Mode ends at message 3", "v1-main-psk-aes128-sha1", first(3), true, "phase1-stopped", "stopped after message 3"},
		{"certificates are not answered", "v1-main-rsa-certs-frag", first(7), true, "phase1-stopped", "no response from 192.0.2.2"},
		{"a fragment with a certificate is lost", "v1-main-rsa-certs-frag", func(p *capture.Packet, _ []capture.Datagram) bool { return p.Number < 8 && p.Number != 6 }, true,
			"fragment-lost", "fragment 2 of 3"},
		{"UDP 4500 is dropped", "diag-psk-nat", noneBack, true,
			"phase1-stopped", "nothing received since the peers moved to UDP 4500"},
		{"Quick Mode is not answered", "v1-main-psk-aes128-sha1", first(7), true, "phase2-no-response", "Quick Mode"},
		{"a second Quick Mode is not answered", "v1-reauth-rekey", first(55), true, "rekey-failed", "a rekeying"},
		{"IKE_AUTH is not answered", "diag-v2-ts", first(3), true, "phase1-stopped", "IKE_AUTH"},
		{"nobody tries the right group", "diag-v2-invalid-ke", first(2), true, "invalid-ke", "no retry succeeded"},
		{"refused, and the other side's offer is not there", "diag-pfs", first(8), true, "phase2-no-proposal", "no proposal chosen in Quick Mode"},
		{"an expired certificate, and nothing after it", "diag-v2-cert-expired", first(6), true, "certificate-problem", "days before it was sent; cannot tell: accepted or rejected"},
		{"refused, and nothing to compare with", "diag-pfs", first(8), false, "phase2-refused", "encrypted Informational"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			var keys []string
			if c.keys {
				keys = []string{ikeKeys(t, filepath.Join(dir, "gwa.log"))}
			}
			s, w := analyzed(t, filtered(t, filepath.Join(dir, "wire.pcap"), c.keep), keys...)
			d := Diagnose(s, w)
			for _, f := range d.Findings {
				if f.Severity == SeverityProblem || f.Severity == SeverityWarning {
					if f.Code != diagnose.Code(c.code) || !strings.Contains(f.Text, c.says) {
						break
					}
					return
				}
			}
			t.Errorf("want %s that says %q, got\n%s", c.code, c.says, textOf(t, d))
		})
	}
}

// A daemon with a timer of its own, such as pluto, answers a message that it could read by an encrypted error, which pluto as initiator
// ignores: both go on to send again.
func TestRejectedByTimer(t *testing.T) {
	path := edited(t, "fail-psk-mismatch", func(ps []*capture.Packet) []*capture.Packet {
		again := *ps[3]
		again.Time = ps[6].Time.Add(time.Millisecond)
		return append(ps[:7:7], &again)
	})
	f := Diagnose(analyzed(t, path)).Findings[0]
	if f.Code != "auth-failed" || !strings.Contains(f.Text, "most likely its identity") || strings.Contains(strings.Join(f.Details, "\n"), "are the same") {
		t.Errorf("%s %q [%s]", f.Text, f.Details, f.Code)
	}
}

// An IKE_AUTH response of one notification is no sign of EAP, whatever the initiator sends after it.
func TestErrorAloneInAuth(t *testing.T) {
	path := edited(t, "diag-v2-eap-no-key", func(ps []*capture.Packet) []*capture.Packet {
		const ethernet, ip, udp, nonESP = 14, 20, 8, 4
		answer := *ps[4]
		answer.Time, answer.Data = ps[3].Time, slices.Clone(ps[4].Data)
		b := answer.Data[ethernet:]
		copy(b[12:16], ps[4].Data[ethernet+16:])
		copy(b[16:20], ps[4].Data[ethernet+12:])
		b[ip+6], b[ip+7] = 0, 0 // no checksum
		h := b[ip+udp+nonESP:]
		h[18], h[19], h[23] = byte(ikev2.ExchangeAuth), byte(ikev2.FlagResponse), 1
		return append(ps[:3:3], &answer, ps[4])
	})
	f := Diagnose(analyzed(t, path)).Findings[0]
	if f.Code != "phase2-refused" || !strings.HasPrefix(f.Text, "192.0.2.2 rejected IKE_AUTH, most likely the proposals or traffic selectors") {
		t.Errorf("%s [%s]", f.Text, f.Code)
	}
}

// A sketch1 is a message of IKEv1 in a few words.
type sketch1 struct {
	exchange      decode.ExchangeType
	id            uint32
	fromInitiator bool
	payloads      []decode.Payload
	closed        bool
}

var hostA, hostB = netip.MustParseAddrPort("192.0.2.1:500"), netip.MustParseAddrPort("192.0.2.2:500")

// build1 makes an IKE SA of IKEv1 from a to b, of messages a second apart from frame and second start on.
func build1(a, b netip.AddrPort, start int, list ...sketch1) *ikesa.SA {
	conv := &exchange.Conversation{Initiator: decode.SPI{1, byte(start)}, Responder: decode.SPI{2, byte(start)}, Version: 1, InitiatorAddr: a, ResponderAddr: b, RolesKnown: true}
	sa := &ikesa.SA{Conversation: conv}
	at := make(map[string]*ikesa.Exchange)
	for n, k := range list {
		m := &exchange.Message{Frame: start + n, Time: time.Unix(int64(start+n), 0), Src: a, Dst: b, FromInitiator: k.fromInitiator, Message: &decode.Message{
			Header: decode.Header{Initiator: conv.Initiator, Responder: conv.Responder, Version: 0x10, Exchange: k.exchange, MessageID: k.id}}}
		if !k.fromInitiator {
			m.Src, m.Dst = b, a
		}
		if !negotiation.IsPhase1(k.exchange) {
			m.Message.Flags = ikev1.FlagEncryption
		}
		msg := &ikesa.Message{Message: m, State: ikesa.Clear}
		msg.Read(k.payloads)
		if k.closed {
			msg.State = ikesa.Closed
		}
		key := fmt.Sprint(k.exchange, k.id)
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
	return sa
}

func payload1(t decode.PayloadType, b decode.Body) decode.Payload {
	return decode.Payload{Type: t, Body: b, Raw: make([]byte, 4)}
}

func notify1(p ike.Protocol, t ikev1.NotifyType, data ...byte) decode.Payload {
	return payload1(ikev1.PayloadNotify, &ikev1.Notify{Protocol: p, Type: t, Data: data})
}

// wide is an attribute of 2 bytes.
func wide(typ, v uint16) decode.Attribute {
	return decode.Attribute{Type: typ, Basic: true, Value: []byte{byte(v >> 8), byte(v)}}
}

// phase1SA is an SA payload with one transform: cipher, hash, group, and a lifetime in seconds.
func phase1SA(cipher, hash, group, seconds uint16) decode.Payload {
	t := ikev1.Transform{Number: 1, ID: 1, Attributes: []decode.Attribute{wide(ikev1.Phase1Encryption, cipher), wide(ikev1.Phase1Hash, hash),
		wide(ikev1.Phase1AuthMethod, 1), wide(ikev1.Phase1Group, group), wide(ikev1.Phase1LifeType, ikev1.LifeSeconds),
		wide(ikev1.Phase1LifeDuration, seconds)}}
	return payload1(ikev1.PayloadSA, &ikev1.SA{Proposals: []ikev1.Proposal{{Number: 1, Protocol: ike.IKE, Transforms: []ikev1.Transform{t}}}})
}

const main1 = ikev1.ExchangeMain

// A refused offer is compared with what the other side takes of others, where it never meets this one: that may be another setting.
func TestNearestOfOthers(t *testing.T) {
	hostC := netip.MustParseAddrPort("192.0.2.3:500")
	refused := build1(hostA, hostB, 1, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 3600)}, false},
		sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyNoProposalChosen)}, false})
	taken := build1(hostC, hostB, 11, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 14, 3600)}, false},
		sketch1{main1, 0, false, []decode.Payload{phase1SA(7, 2, 14, 3600)}, false})
	taken.Established = true
	d := diagnosisOf(refused, taken)
	d.apply(t, "phase 1")
	if len(d.results()) != 1 {
		t.Fatalf("findings: %+v", d.results())
	}
	f := d.results()[0]
	row := Compared{Name: "DH group", Initiator: "MODP-1024", Responder: "MODP-2048", Differs: true}
	if f.Code != "phase1-no-proposal" || !slices.Contains(f.Values, row) || !strings.Contains(f.Text, "no IKE proposal chosen, most likely because the DH group differs") ||
		!slices.ContainsFunc(f.Details, func(s string) bool { return strings.HasPrefix(s, "192.0.2.2 accepted from 192.0.2.3 in frame 12") }) ||
		!slices.Contains(f.Details, "also possible: 192.0.2.2 has no connection for 192.0.2.1") {
		t.Errorf("%+v", f)
	}
}

// Where nothing but the authentication method differs, that is what to set.
func TestMethodOffered(t *testing.T) {
	offer := func(method uint16) []decode.Payload {
		p := phase1SA(7, 2, 14, 3600)
		p.Body.(*ikev1.SA).Proposals[0].Transforms[0].Attributes[2] = wide(ikev1.Phase1AuthMethod, method)
		return []decode.Payload{p}
	}
	const psk, rsa = 1, 3
	refusal := sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyNoProposalChosen)}, false}
	refused := build1(hostA, hostB, 1, sketch1{main1, 0, true, offer(rsa), false}, refusal)
	d := diagnosisOf(refused, build1(hostB, hostA, 11, sketch1{main1, 0, true, offer(psk), false}))
	d.apply(t, "phase 1")
	if f := d.results()[0]; f.Code != "auth-method-mismatch" || !strings.Contains(f.Text, "the authentication differs") || !strings.Contains(f.Hint, "authentication PSK") {
		t.Errorf("%+v", f)
	}
	d = diagnosisOf(refused)
	d.apply(t, "phase 1")
	if f := d.results()[0]; f.Code != "phase1-no-proposal" || !strings.Contains(strings.Join(f.Details, "\n"), "the only authentication method offered, RSA signatures") {
		t.Errorf("%+v", f)
	}
}

// Who says that it does not know an identity leaves no doubt of what is wrong.
func TestIdentityRejectedByName(t *testing.T) {
	offer := []decode.Payload{phase1SA(7, 2, 14, 3600)}
	refusal := sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyInvalidIDInfo)}, false}
	name := payload1(ikev1.PayloadID, &ikev1.ID{Type: ike.IDFQDN, Data: []byte("a.example.org")})
	for _, list := range [][]sketch1{
		{{main1, 0, true, offer, false}, {main1, 0, false, offer, false}, {main1, 0, true, nil, true}, refusal},
		{{ikev1.ExchangeAggressive, 0, true, append(offer, name), false}, refusal},
	} {
		d := diagnosisOf(build1(hostA, hostB, 1, list...))
		d.apply(t, "phase 1")
		if f := d.results()[0]; f.Code != "identity-mismatch" || !strings.Contains(f.Text, "192.0.2.2 rejected the identity") {
			t.Errorf("%+v", f)
		}
	}
}

// What a hostile message offers is listed within bounds.
func TestOffersAreBounded(t *testing.T) {
	p := phase1SA(7, 2, 2, 1)
	sa := p.Body.(*ikev1.SA)
	one := sa.Proposals[0].Transforms[0]
	for n := 0; n < 5000; n++ {
		t2 := one
		t2.Number = uint8(n)
		t2.Attributes = append(slices.Clone(one.Attributes[:5]), wide(ikev1.Phase1LifeDuration, uint16(n)))
		sa.Proposals[0].Transforms = append(sa.Proposals[0].Transforms, t2)
	}
	list := build1(hostA, hostB, 1, sketch1{main1, 0, true, []decode.Payload{p}, false},
		sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyNoProposalChosen)}, false})
	d := diagnosisOf(list)
	d.apply(t, "phase 1")
	if len(d.results()) != 1 || len(d.results()[0].Details) > 18 {
		t.Errorf("%d findings, %d details", len(d.results()), len(d.results()[0].Details))
	}
}

// The same failure, tried again by either side, is one finding; another one is not.
func TestRepeatedFailures(t *testing.T) {
	refused := func(a, b netip.AddrPort, start int, hash uint16) *ikesa.SA {
		return build1(a, b, start, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, hash, 2, 60)}, false},
			sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyNoProposalChosen)}, false})
	}
	hostC := netip.MustParseAddrPort("192.0.2.3:500")
	d := diagnosisOf(refused(hostA, hostB, 1, 1), refused(hostB, hostA, 11, 2), refused(hostA, hostB, 21, 1), refused(hostA, hostC, 31, 1))
	d.apply(t, "phase 1")
	if len(d.results()) != 2 {
		t.Fatalf("%d findings: %+v", len(d.results()), d.results())
	}
	f := d.results()[0]
	if f.Alike != 2 || !contains(f.Frames, 12) || !contains(f.Frames, 22) || contains(f.Frames, 32) || f.More() != "; seen 2 more times" {
		t.Errorf("%+v says %q", f, f.More())
	}
}

// MSCHAPv2 says why it refuses a user.
func TestEAPReasons(t *testing.T) {
	failure := func(text string) decode.Payload {
		return payload2(ikev2.PayloadEAP, &ikev2.EAP{Code: ike.EAPRequest, Type: ikev2.EAPMSCHAPv2, Data: append([]byte{4, 1, 0, byte(4 + len(text))}, text...)})
	}
	nak := payload2(ikev2.PayloadEAP, &ikev2.EAP{Code: ike.EAPResponse, Type: ikev2.EAPNak, Data: []byte{13}})
	end := payload2(ikev2.PayloadEAP, &ikev2.EAP{Code: ike.EAPFailure})
	for _, c := range []struct {
		name     string
		payloads []decode.Payload
		says     string
	}{
		{"password", []decode.Payload{failure("E=691 R=0 C=00 V=3 M=no")}, "wrong user name or password, E=691"},
		{"disabled", []decode.Payload{failure("E=647 R=0")}, "the account is disabled, E=647"},
		{"expired", []decode.Payload{failure("E=648 R=0")}, "the password has expired, E=648"},
		{"unknown code", []decode.Payload{failure("E=123 R=0")}, "E=123"},
		{"method", []decode.Payload{failure("nothing"), nak}, "no EAP method in common: 192.0.2.2 requests MSCHAPv2, 192.0.2.1 offers TLS"},
		{"nothing said", nil, "192.0.2.2 sent EAP Failure before any EAP method began"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := []sketch2{{ikev2.ExchangeAuth, 1, request2, nil, false}}
			for n, p := range append(c.payloads, end) {
				flags := answer2
				if e := p.Body.(*ikev2.EAP); e.Code == ike.EAPResponse {
					flags = request2
				}
				list = append(list, sketch2{ikev2.ExchangeAuth, uint32(n + 1), flags, []decode.Payload{p}, false})
			}
			d := diagnosisOf(build2(list...))
			d.apply(t, "IKEv2")
			if len(d.results()) != 1 || d.results()[0].Code != "eap-failed" || !strings.Contains(d.results()[0].Text, c.says) {
				t.Errorf("%+v, want one that says %q", d.results(), c.says)
			}
		})
	}
}

func TestLifetimeRules(t *testing.T) {
	answer := build1(hostA, hostB, 1, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 3600)}, false},
		sketch1{main1, 0, false, []decode.Payload{phase1SA(7, 2, 2, 600)}, false})
	same := build1(hostA, hostB, 1, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 3600)}, false},
		sketch1{main1, 0, false, []decode.Payload{phase1SA(7, 2, 2, 3600)}, false})
	notified := build1(hostA, hostB, 1, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 3600)}, false},
		sketch1{main1, 0, false, []decode.Payload{phase1SA(7, 2, 2, 3600),
			notify1(ike.IKE, ikev1.NotifyResponderLifetime, 0x80, 11, 0, 1, 0x80, 12, 2, 0x58)}, false})
	for _, c := range []struct {
		name string
		sa   *ikesa.SA
		says string
	}{
		{"answer", answer, "accepted phase 1 with a lifetime of 600 s, but 192.0.2.1 offered 3600 s"},
		{"the same", same, ""},
		{"RESPONDER-LIFETIME", notified, "keeps the SA of phase 1 for 600 s, but 192.0.2.1 offered 3600 s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosisOf(c.sa)
			d.apply(t, "lifetimes")
			if c.says == "" {
				if len(d.results()) > 0 {
					t.Errorf("%+v", d.results())
				}
				return
			}
			want := Compared{Name: "lifetime of phase 1", Initiator: "3600 s", Responder: "600 s", Differs: true}
			if len(d.results()) != 1 || !strings.Contains(d.results()[0].Text, c.says) || !slices.Equal(d.results()[0].Values, []Compared{want}) ||
				d.results()[0].Severity != SeverityNote {
				t.Errorf("%+v, want one that says %q", d.results(), c.says)
			}
		})
	}
}

// A side that was heard again is not gone.
func TestDeadPeer(t *testing.T) {
	ask := sketch1{ikev1.ExchangeInformational, 1, true, []decode.Payload{notify1(ike.IKE, ikev1.NotifyRUThere, 0, 0, 0, 1)}, false}
	ask2, closed := ask, sketch1{ikev1.ExchangeInformational, 3, true, nil, true}
	ask2.id = 2
	closed2, closed3 := closed, closed
	closed2.id, closed3.id = 4, 5
	heard := sketch1{ikev1.ExchangeInformational, 9, false, nil, true}
	for _, c := range []struct {
		name     string
		messages []sketch1
		severity Severity
	}{
		{"twice", []sketch1{heard, ask, ask2}, SeverityProblem},
		{"once", []sketch1{heard, ask}, ""},
		{"heard again", []sketch1{ask, ask2, heard}, ""},
		{"three closed", []sketch1{heard, closed, closed2, closed3}, SeverityWarning},
		{"two closed", []sketch1{heard, closed, closed2}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sa := build1(hostA, hostB, 1, c.messages...)
			sa.Established = true
			d := diagnosisOf(sa)
			d.apply(t, "dead peer")
			if c.severity == "" {
				if len(d.results()) > 0 {
					t.Errorf("%+v", d.results())
				}
				return
			}
			if len(d.results()) != 1 || d.results()[0].Code != "dpd-timeout" || d.results()[0].Severity != c.severity || len(d.results()[0].Details) == 0 {
				t.Errorf("%+v, want a %s", d.results(), c.severity)
			}
		})
	}
}

func TestWhyDeleted(t *testing.T) {
	del := sketch1{ikev1.ExchangeInformational, 7, false, []decode.Payload{payload1(ikev1.PayloadDelete, &ikev1.Delete{Protocol: ike.IKE})}, false}
	start := sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 3600)}, false}
	ask := sketch1{ikev1.ExchangeInformational, 1, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyRUThere, 0, 0, 0, 1)}, false}
	bad := sketch1{ikev1.ExchangeInformational, 2, true, []decode.Payload{notify1(ike.IKE, ikev1.NotifyInvalidIDInfo)}, false}
	newer := build1(hostB, hostA, 3, start)
	newer.Established = true
	old := build1(hostA, hostB, 1, start, start, start, start, del)
	newer.Messages[0].Time = old.Messages[3].Time.Add(time.Millisecond) // between the last message of phase 1 and the Delete
	for _, c := range []struct {
		name string
		sas  []*ikesa.SA
		says string
	}{
		{"reauthentication", []*ikesa.SA{old, newer}, "reauthenticated as IKE SA 0103000000000000:0203000000000000"},
		{"nothing", []*ikesa.SA{old}, "the responder 192.0.2.2 deleted the IKE SA after 4.0 s"},
		{"unanswered", []*ikesa.SA{build1(hostA, hostB, 1, start, ask, del)}, "following 1 R-U-THERE without a response"},
		{"error", []*ikesa.SA{build1(hostA, hostB, 1, start, bad, del)}, "following the error in frame 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosisOf(c.sas...)
			d.apply(t, "deletes")
			if len(d.results()) != 1 || d.results()[0].Code != "deleted-by-peer" || !strings.Contains(d.results()[0].Text, c.says) {
				t.Errorf("%+v, want one that says %q", d.results(), c.says)
			}
		})
	}
}

// A Child SA that both sides rekey at the same time; one after the other is no collision.
func TestCollisions(t *testing.T) {
	rekey := func(spi byte) []decode.Payload {
		return []decode.Payload{payload2(ikev2.PayloadNotify, &ikev2.Notify{Protocol: ike.ESP, SPI: []byte{0, 0, 0, spi}, Type: ikev2.NotifyRekeySA})}
	}
	create := ikev2.ExchangeCreateChild
	mine, theirs := sketch2{create, 2, request2, rekey(1), false}, sketch2{create, 0, 0, rekey(2), false}
	myAnswer, theirAnswer := sketch2{create, 2, answer2, nil, false}, sketch2{create, 0, request2 | answer2, nil, false}
	child := &ikesa.Child{Version: 2, Frames: []int{1}, SAs: []ikesa.ChildSA{{SPI: 1}, {SPI: 2}}}
	for _, c := range []struct {
		name     string
		messages []sketch2
		children []*ikesa.Child
		want     int
	}{
		{"at once", []sketch2{mine, theirs, myAnswer, theirAnswer}, []*ikesa.Child{child}, 1},
		{"one after the other", []sketch2{mine, myAnswer, theirs, theirAnswer}, []*ikesa.Child{child}, 0},
		{"of two children", []sketch2{mine, theirs, myAnswer, theirAnswer},
			[]*ikesa.Child{{Version: 2, Frames: []int{1}, SAs: []ikesa.ChildSA{{SPI: 1}}}, {Version: 2, Frames: []int{5}, SAs: []ikesa.ChildSA{{SPI: 2}}}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			sa := build2(c.messages...)
			sa.Children = c.children
			d := diagnosisOf(sa)
			d.apply(t, "collisions")
			if len(d.results()) != c.want {
				t.Errorf("%+v, want %d", d.results(), c.want)
			}
		})
	}
}

// Asking for transport mode and getting it is no finding.
func TestTransportMode(t *testing.T) {
	sa := payload2(ikev2.PayloadSA, &ikev2.SA{})
	asked := sketch2{ikev2.ExchangeAuth, 1, request2, []decode.Payload{sa, notify2(ikev2.NotifyUseTransportMode)}, false}
	for granted, want := range map[bool]int{true: 0, false: 1} {
		answer := sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{sa}, false}
		if granted {
			answer.payloads = append(answer.payloads, notify2(ikev2.NotifyUseTransportMode))
		}
		d := diagnosisOf(build2(asked, answer))
		d.apply(t, "transport mode")
		if len(d.results()) != want {
			t.Errorf("granted %v: %+v", granted, d.results())
		}
	}
}

// Hostile or empty SAs of either version make no rule fail.
func TestRulesOnAnything(t *testing.T) {
	bodies := []decode.Payload{payload1(ikev1.PayloadSA, &ikev1.SA{}), payload1(ikev1.PayloadSA, &ikev1.SA{Proposals: []ikev1.Proposal{{}}}),
		payload1(ikev1.PayloadID, &ikev1.ID{}), payload1(ikev1.PayloadDelete, &ikev1.Delete{Protocol: ike.IKE}),
		notify1(ike.IKE, ikev1.NotifyResponderLifetime), notify1(ike.IKE, ikev1.NotifyNoProposalChosen),
		payload1(ikev1.PayloadAttributes, &ikev1.Attributes{Type: ike.ConfigReply}), payload2(ikev2.PayloadSA, &ikev2.SA{Proposals: []ikev2.Proposal{{}}}),
		payload2(ikev2.PayloadEAP, &ikev2.EAP{Code: ike.EAPRequest, Type: ikev2.EAPMSCHAPv2}), notify2(ikev2.NotifyRekeySA), notify2(ikev2.NotifyNoProposalChosen),
		notify2(ikev2.NotifyAuthenticationFailed), notify2(ikev2.NotifyTSUnacceptable), payload2(ikev2.PayloadTSi, &ikev2.TS{}), payload2(ikev2.PayloadTSr, &ikev2.TS{}),
		payload2(ikev2.PayloadCP, &ikev2.CP{Type: ike.ConfigReply})}
	for _, x := range []decode.ExchangeType{ikev1.ExchangeMain, ikev1.ExchangeAggressive, ikev1.ExchangeQuick, ikev1.ExchangeTransaction, ikev1.ExchangeInformational} {
		for _, closed := range []bool{false, true} {
			sa := build1(hostA, hostB, 1, sketch1{x, 1, true, bodies, closed}, sketch1{x, 1, false, bodies, closed}, sketch1{x, 2, false, bodies, closed})
			textOf(t, Diagnose(&ikedecode.Session{SAs: []*ikesa.SA{sa, sa}, Table: esp.NewTable()}, nil))
		}
	}
	for _, x := range []decode.ExchangeType{ikev2.ExchangeSAInit, ikev2.ExchangeAuth, ikev2.ExchangeCreateChild, ikev2.ExchangeInformational} {
		for _, closed := range []bool{false, true} {
			sa := build2(sketch2{x, 1, request2, bodies, closed}, sketch2{x, 1, answer2, bodies, closed}, sketch2{x, 0, 0, bodies, closed}, sketch2{x, 0, request2 | answer2, bodies, closed})
			textOf(t, Diagnose(&ikedecode.Session{SAs: []*ikesa.SA{sa}, Table: esp.NewTable()}, nil))
		}
	}
}

// With many SAs each kind of finding stays within bounds, and says how many were left out.
func TestManyFindings(t *testing.T) {
	var sas []*ikesa.SA
	del := payload1(ikev1.PayloadDelete, &ikev1.Delete{Protocol: ike.IKE})
	for n := 0; n < 300; n++ {
		b := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 500)
		sas = append(sas, build1(hostA, b, 10*n+1, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 60)}, false},
			sketch1{main1, 0, false, []decode.Payload{phase1SA(7, 2, 2, 60)}, false},
			sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{del}, false}))
		sas[n].Established = true
	}
	r := Diagnose(&ikedecode.Session{SAs: sas, Table: esp.NewTable()}, nil)
	notes, more := 0, false
	for _, f := range r.Findings {
		if f.Code == "deleted-by-peer" {
			notes++
			more = more || f.Text == "seen on 280 more IKE SAs"
		}
	}
	if notes != diagnose.MaxNotesPerCode+1 || !more {
		t.Errorf("%d notes, says how many more: %v", notes, more)
	}
	again := make([]*ikesa.SA, 0, 300)
	for n := 0; n < 300; n++ {
		again = append(again, build1(hostA, hostB, 2*n+1, sketch1{main1, 0, true, []decode.Payload{phase1SA(7, 2, 2, 60)}, false},
			sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyNoProposalChosen)}, false}))
	}
	r = Diagnose(&ikedecode.Session{SAs: again, Table: esp.NewTable()}, nil)
	if f := r.Findings[0]; f.Code != "phase1-no-proposal" || f.Alike != 299 || len(f.Frames) > diagnose.MaxFoldedFrames+2 {
		t.Errorf("%s stands for %d more, with %d frames", f.Code, f.Alike, len(f.Frames))
	}
}

// A wrong group of a Child SA that nobody tries anew is a matter of PFS (RFC 7296, section 1.3).
func TestInvalidKEOfChild(t *testing.T) {
	ke := payload2(ikev2.PayloadKE, &ikev2.KE{Group: 14})
	sa := payload2(ikev2.PayloadSA, &ikev2.SA{Proposals: []ikev2.Proposal{{Number: 1, Protocol: ike.ESP}}})
	asked := sketch2{ikev2.ExchangeCreateChild, 2, request2, []decode.Payload{sa, ke}, false}
	refused := sketch2{ikev2.ExchangeCreateChild, 2, answer2, []decode.Payload{notify2(ikev2.NotifyInvalidKE, 0, 19)}, false}
	next, taken := asked, sketch2{ikev2.ExchangeCreateChild, 3, answer2, []decode.Payload{sa}, false}
	next.id = 3
	row := Compared{Name: "DH group", Initiator: "MODP-2048", Responder: "ECP-256", Differs: true}
	for _, c := range []struct {
		messages []sketch2
		code     string
		severity Severity
	}{
		{[]sketch2{asked, refused}, "pfs-mismatch", SeverityProblem},
		{[]sketch2{asked, refused, next, taken}, "invalid-ke", SeverityNote},
	} {
		d := diagnosisOf(build2(c.messages...))
		d.apply(t, "IKEv2")
		if len(d.results()) != 1 || d.results()[0].Code != diagnose.Code(c.code) || d.results()[0].Severity != c.severity || !slices.Equal(d.results()[0].Values, []Compared{row}) {
			t.Errorf("%+v, want %s", d.results(), c.code)
		}
	}
}

// Of IKEv1, a Quick Mode replaces the one before it for the same networks.
func TestEarlierChild(t *testing.T) {
	quick := func(id uint32, fromInitiator bool) []sketch1 {
		return []sketch1{{ikev1.ExchangeQuick, id, fromInitiator, nil, false}, {ikev1.ExchangeQuick, id, !fromInitiator, nil, false}}
	}
	sa := build1(hostA, hostB, 1, slices.Concat(quick(1, true), quick(2, false), quick(3, true))...)
	between := func(i, r byte) ikesa.Traffic {
		net := func(last byte) ike.Selectors {
			return ike.Selectors{ike.Host(netip.AddrFrom4([4]byte{10, 0, 0, last}))}
		}
		return ikesa.Traffic{Initiator: net(i), Responder: net(r)}
	}
	sa.Exchanges[0].Child = &ikesa.Child{FromInitiator: true, Asked: between(1, 2), Complete: true}
	sa.Exchanges[1].Child = &ikesa.Child{Asked: between(2, 1), Complete: true} // the same, started by the other side
	sa.Exchanges[2].Child = &ikesa.Child{FromInitiator: true, Asked: between(1, 3), Complete: true}
	s := negotiation.Read(&ikedecode.Session{SAs: []*ikesa.SA{sa}}).Stories()[0]
	if s.EarlierChild(sa.Exchanges[0]) != nil || s.EarlierChild(sa.Exchanges[1]) != sa.Exchanges[0] || s.EarlierChild(sa.Exchanges[2]) != nil {
		t.Error("not the one before it for the same networks")
	}
}

// That the other side starts with another mode explains nothing where the keys are seen to differ.
func TestModeOrKeys(t *testing.T) {
	offer := []decode.Payload{phase1SA(7, 2, 2, 60)}
	refused := func() *ikesa.SA {
		sa := build1(hostA, hostB, 1, sketch1{main1, 0, true, offer, false}, sketch1{main1, 0, false, offer, false}, sketch1{main1, 0, true, nil, false},
			sketch1{ikev1.ExchangeInformational, 9, false, nil, true})
		sa.Messages[2].Flags |= ikev1.FlagEncryption
		return sa
	}
	other := build1(hostB, hostA, 11, sketch1{ikev1.ExchangeAggressive, 0, true, offer, false})
	opened := refused()
	opened.Messages[2].State, opened.Messages[2].Hash = ikesa.Opened, ikesa.HashCheck{Name: ikesa.HashI, Done: true, OK: true}
	closed := refused()
	closed.Messages[2].State = ikesa.Closed
	for _, c := range []struct {
		name string
		sas  []*ikesa.SA
		code string
	}{
		{"opened", []*ikesa.SA{opened, other}, "psk-mismatch"},
		{"closed", []*ikesa.SA{closed, other}, "mode-mismatch"},
		{"closed, and alone", []*ikesa.SA{closed}, "auth-failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diagnosisOf(c.sas...)
			d.apply(t, "phase 1")
			if len(d.results()) == 0 || d.results()[0].Code != diagnose.Code(c.code) {
				t.Errorf("%+v, want %s", d.results(), c.code)
			}
		})
	}
}

// What another peer wants a host to be says nothing of this peer.
func TestIdentityOfOtherPeer(t *testing.T) {
	id := func(typ decode.PayloadType, name string) decode.Payload {
		return payload2(typ, &ikev2.ID{Type: ike.IDFQDN, Data: []byte(name)})
	}
	auth := payload2(ikev2.PayloadAuth, &ikev2.Auth{Method: ikev2.AuthDigitalSignature})
	failed := build2(sketch2{ikev2.ExchangeAuth, 1, request2, []decode.Payload{id(ikev2.PayloadIDi, "a.example.org"), auth}, false},
		sketch2{ikev2.ExchangeAuth, 1, answer2, []decode.Payload{notify2(ikev2.NotifyAuthenticationFailed)}, false})
	failed.IDi = &ike.Identity{Version: ike.V2, Type: ike.IDFQDN, Data: []byte("a.example.org")}
	wants := func(peer netip.AddrPort) *ikesa.SA { // who wants the initiator of failed to be another one
		sa := build2(sketch2{ikev2.ExchangeAuth, 1, request2, []decode.Payload{id(ikev2.PayloadIDi, "c.example.org"), id(ikev2.PayloadIDr, "b.example.org"), auth}, false})
		sa.Messages[0].Src, sa.Messages[0].Dst = peer, hostA
		return sa
	}
	for peer, code := range map[netip.AddrPort]string{hostB: "identity-mismatch", netip.MustParseAddrPort("192.0.2.3:500"): "auth-failed"} {
		d := diagnosisOf(failed, wants(peer))
		d.apply(t, "IKEv2")
		if list := slices.DeleteFunc(d.results(), func(f Finding) bool { return f.Code == "phase1-stopped" }); len(list) != 1 || list[0].Code != diagnose.Code(code) {
			t.Errorf("%v: %+v, want %s", peer, list, code)
		}
	}
}

// A failure that was over later says so.
func TestLaterSuccess(t *testing.T) {
	offer := []decode.Payload{phase1SA(7, 2, 2, 60)}
	failed := build1(hostA, hostB, 1, sketch1{main1, 0, true, offer, false},
		sketch1{ikev1.ExchangeInformational, 9, false, []decode.Payload{notify1(ike.IKE, ikev1.NotifyNoProposalChosen)}, false})
	worked := build1(hostB, hostA, 11, sketch1{main1, 0, true, offer, false}, sketch1{main1, 0, false, offer, false})
	worked.Established = true
	earlier := build1(hostB, hostA, 0, sketch1{main1, 0, true, offer, false})
	earlier.Established = true
	for _, c := range []struct {
		sas  []*ikesa.SA
		want bool
	}{{[]*ikesa.SA{failed, worked}, true}, {[]*ikesa.SA{failed}, false}, {[]*ikesa.SA{earlier, failed}, false}} {
		d := diagnosisOf(c.sas...)
		d.apply(t, "phase 1")
		if len(d.results()) != 1 {
			t.Fatalf("%+v", d.results())
		}
		if got := strings.Contains(strings.Join(d.results()[0].Details, "\n"), "a later attempt succeeded, if it is for the same connection: IKE SA 010b"); got != c.want {
			t.Errorf("%q, want %v", d.results()[0].Details, c.want)
		}
	}
}

// ikeKeys is a key log with the keys of IKE in a log: those of its IPsec SAs would tell that the tunnel came up.
func ikeKeys(t *testing.T, path string) string {
	t.Helper()
	bag, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := secret.WriteKeyLog(&b, &secret.Bag{Secrets: bag.Secrets}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(out, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// A part of a capture whose tunnel came up in another file is not called broken, wherever it ends: also where both peers start, before a retransmission is
// due or answered, where NAT gives a peer another address than its log, and where what went wrong is over.
func TestDiagnoseParts(t *testing.T) {
	for _, c := range []struct {
		session string
		upTo    int // packets, of the negotiation and the first ones in the tunnel
	}{{"v1-main-psk-aes128-sha1", 12}, {"v1-reauth-rekey", 12}, {"v1-main-rsa-certs-frag", 15}, {"v2-psk-aes128-sha256", 8}, {"v2-rsa-certs-frag", 10},
		{"v1-racoon-dh-private", 4}, {"simultaneous-v1", 16}, {"v1-aggressive-psk-pfs", 6}, {"path-cookie", 10}, {"v1-main-psk-nat", 8}, {"v2-eap-nat-esn", 12},
		{"v2-simultaneous", 12}, {"path-nat-moved", 31}, // an IKE SA that was given up before, an ICMP error about a mapping that was
	} {
		t.Run(c.session, func(t *testing.T) {
			dir := sessionDir(t, c.session)
			log := filepath.Join(dir, "gwa.log")
			for _, other := range []string{"gwa.log.gz", "keys.txt"} {
				if !exists(log) {
					log = filepath.Join(dir, other)
				}
			}
			for n := 1; n <= c.upTo; n++ {
				for _, keep := range []func(*capture.Packet, []capture.Datagram) bool{
					func(p *capture.Packet, _ []capture.Datagram) bool { return p.Number <= n },
					func(p *capture.Packet, _ []capture.Datagram) bool { return p.Number > n },
				} {
					s, w := analyzed(t, filtered(t, filepath.Join(dir, "wire.pcap"), keep), log)
					for _, f := range Diagnose(s, w).Findings {
						if f.Severity == SeverityProblem {
							t.Errorf("cut behind packet %d: %s: %s", n, f.Code, f.Text)
						}
					}
				}
			}
		})
	}
}
