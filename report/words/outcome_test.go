package words_test

import (
	"testing"
	"time"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Every way in which an exchange ends has its sentence.
func TestOutcome(t *testing.T) {
	refused := ike.NotifyType{Version: ike.V1, Number: 14}
	wrongGroup := &ikev2.Notify{Type: ikev2.NotifyInvalidKE, Data: []byte{0, 14}}
	cookie := negotiation.Retry{Frame: 2, Cookie: true, Notify: &ikev2.Notify{Type: ikev2.NotifyCookie}}
	group := negotiation.Retry{Frame: 4, Notify: wrongGroup}
	unread := ike.NotifyType{Version: ike.V2, Number: 24}
	silence := negotiation.Silence{Side: ike.Responder, Frame: 7, Times: 1, Exchange: ikev2.ExchangeSAInit}
	again, stopped, quick := silence, silence, silence
	again.Times, again.Over = 3, 4200*time.Millisecond
	stopped.Exchange, stopped.Messages = ikev1.ExchangeMain, 5
	quick.Exchange, quick.Messages = ikev1.ExchangeQuick, 2
	for _, c := range []struct {
		o       *negotiation.Outcome
		text    string
		errorOf string
	}{
		{&negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeIKESA}, "established", ""},
		{&negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeChild}, "established", ""},
		{&negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeIKESA, Childless: true}, "IKE SA established, without a Child SA", ""},
		{&negotiation.Outcome{Code: negotiation.Established, SPIs: &[2]decode.SPI{{1}, {2}}}, "established IKE SA 0100000000000000:0200000000000000", ""},

		{&negotiation.Outcome{Code: negotiation.Done}, "completed", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Retries: []negotiation.Retry{cookie, group}}, "completed after a COOKIE in frame 2 and INVALID_KE_PAYLOAD MODP-2048 in frame 4", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Retries: []negotiation.Retry{group}, Next: &ikesa.SA{Conversation: &exchange.Conversation{Version: 2, Initiator: decode.SPI{1}}}},
			"the responder requested a retry with INVALID_KE_PAYLOAD MODP-2048 in frame 4, which is IKE SA 0100000000000000", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Redirect: &ikev2.Notify{Type: ikev2.NotifyRedirect, Data: []byte{1, 4, 192, 0, 2, 1}}}, "redirected with REDIRECT 192.0.2.1", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Made: negotiation.MadeUser}, "XAUTH accepted the user", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Made: negotiation.MadeAddress, Address: decode.Attribute{Type: ike.ConfigIP4Address, Value: []byte{10, 3, 0, 1}}},
			"Mode Config assigned 10.3.0.1", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Note: true}, "no notification", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Note: true, Says: []decode.Body{
			&ikev1.Notify{Type: ikev1.NotifyInitialContact}, &ikev1.Delete{Protocol: ike.ESP, SPIs: [][]byte{{0xc0, 0xff, 0xee, 1}, {0xc0, 0xff, 0xee, 2}}},
			&ikev1.Delete{Protocol: ike.IKE, SPIs: [][]byte{{0: 1, 15: 2}}}}},
			"INITIAL-CONTACT; delete ESP 0xc0ffee01, 0xc0ffee02; delete ISAKMP 0100000000000000:0000000000000002", ""},

		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ErrorNotify, Notify: refused, From: ike.Responder, Frame: 3}, "failed: NO-PROPOSAL-CHOSEN from the responder in frame 3", "NO-PROPOSAL-CHOSEN"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ErrorNotify, Notify: ike.NotifyType{Version: ike.V2, Number: 17}, Error: wrongGroup, From: ike.Responder, Frame: 3},
			"failed: INVALID_KE_PAYLOAD MODP-2048 from the responder in frame 3", "INVALID_KE_PAYLOAD"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ErrorNotify, Made: negotiation.MadeIKESA, Notify: ike.NotifyType{Version: ike.V2, Number: 38}, From: ike.Responder, Frame: 3},
			"IKE SA established, but no Child SA: TS_UNACCEPTABLE from the responder in frame 3", "TS_UNACCEPTABLE"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.EAPFailure, From: ike.Responder, Frame: 9}, "failed: EAP Failure from the responder in frame 9", "EAP Failure"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.XAUTHFailure, Frame: 9}, "failed: XAUTH rejected the user", "XAUTH-STATUS FAIL"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.GaveUp, Notify: unread, From: ike.Initiator, Frame: 9}, "failed: the initiator gave up with AUTHENTICATION_FAILED in frame 9", "AUTHENTICATION_FAILED"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ProofRefused, Notify: unread, From: ike.Initiator}, "failed: the initiator rejected the authentication of the responder", "AUTHENTICATION_FAILED"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ClosedAnswer, From: ike.Responder, Frame: 8}, "failed: the responder sent only an encrypted Informational, frame 8", ""},

		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &silence}, "no response from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &again}, "no response from the responder to frame 7, retransmitted twice in 4.2 s", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &stopped}, "phase 1 stopped after message 5: no response from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &quick}, "Quick Mode stopped after message 2: no response from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &silence, Retries: []negotiation.Retry{cookie}}, "the responder requested a COOKIE in frame 2; no response from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Retries: []negotiation.Retry{group}}, "the responder requested INVALID_KE_PAYLOAD MODP-2048 in frame 4; the initiator did not retry", ""},

		{lost(negotiation.LostAll), "none of its messages was captured", ""},
		{lost(negotiation.LostFirst), "completed; its first message is not in the capture", ""},
		{lost(negotiation.LostSecond), "completed; its second message is not in the capture", ""},
		{lost(negotiation.LostBeginning), "completed; its beginning is not in the capture", ""},
		{lost(negotiation.LostRequest), "response captured, its request not", ""},
		{lost(negotiation.LostAnswer), "the response of the responder to frame 5 is not in the capture; later messages show that it arrived", ""},
		{lost(negotiation.LostEnd), "cannot tell how it ended: truncated by the snap length", ""},
		{lost(negotiation.LostSide), "cannot tell how it ended: the capture has only messages of the responder", ""},
		{lost(negotiation.LostKeys), "completed, but the payloads that keys are derived from are missing", ""},
		{lost(negotiation.LostPart), "completed, but part of it cannot be read", ""},
		{&negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostMessage, ShownBy: negotiation.Evidence{Protocol: esp.ESP, SPI: 0xc0ffee01}},
			"completed, as the traffic of ESP 0xc0ffee01 shows; one of its messages is not in the capture", ""},
		{&negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostMessage, ShownBy: negotiation.Evidence{IKESPI: decode.SPI{7}}},
			"completed, as the IKE SA with SPI 0700000000000000 shows; one of its messages is not in the capture", ""},

		{&negotiation.Outcome{Code: negotiation.Closed}, "not decrypted", ""},
		{&negotiation.Outcome{Code: negotiation.Closed, Whole: true}, "not decrypted; all its messages were captured", ""},
		{&negotiation.Outcome{Code: negotiation.Closed, Answered: true}, "completed, not decrypted", ""},
		{&negotiation.Outcome{Code: negotiation.Closed, Answered: true, Partly: true}, "completed, partly decrypted", ""},
	} {
		if text := words.Outcome(c.o); text != c.text {
			t.Errorf("%+v: %q, want %q", *c.o, text, c.text)
		}
		if text := words.ErrorOf(c.o); text != c.errorOf {
			t.Errorf("%+v: error %q, want %q", *c.o, text, c.errorOf)
		}
	}
}

func lost(what negotiation.Lost) *negotiation.Outcome {
	return &negotiation.Outcome{Code: negotiation.Incomplete, Lost: what, Side: ike.Responder, Frame: 5}
}
