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
		{&negotiation.Outcome{Code: negotiation.Established, Made: negotiation.MadeIKESA, Childless: true}, "the IKE SA is established, without a Child SA", ""},
		{&negotiation.Outcome{Code: negotiation.Established, SPIs: &[2]decode.SPI{{1}, {2}}}, "established the IKE SA 0100000000000000:0200000000000000", ""},

		{&negotiation.Outcome{Code: negotiation.Done}, "answered", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Retries: []negotiation.Retry{cookie, group}}, "answered after a COOKIE (frame 2) and INVALID_KE_PAYLOAD MODP-2048 (frame 4)", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Retries: []negotiation.Retry{group}, Next: &ikesa.SA{Conversation: &exchange.Conversation{Version: 2, Initiator: decode.SPI{1}}}},
			"the responder asked for another try: INVALID_KE_PAYLOAD MODP-2048 (frame 4); it is IKEv2 SA 0100000000000000:0000000000000000", ""},
		{&negotiation.Outcome{Code: negotiation.Done, Redirect: &ikev2.Notify{Type: ikev2.NotifyRedirect, Data: []byte{1, 4, 192, 0, 2, 1}}}, "sent elsewhere: REDIRECT 192.0.2.1", ""},
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
			"the IKE SA is established, but no Child SA: TS_UNACCEPTABLE from the responder in frame 3", "TS_UNACCEPTABLE"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.EAPFailure, From: ike.Responder, Frame: 9}, "failed: EAP Failure from the responder in frame 9", "EAP Failure"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.XAUTHFailure, Frame: 9}, "failed: XAUTH refused the user", "XAUTH-STATUS FAIL"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.GaveUp, Notify: unread, From: ike.Initiator, Frame: 9}, "failed: the initiator gave up: AUTHENTICATION_FAILED in frame 9", "AUTHENTICATION_FAILED"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ProofRefused, Notify: unread, From: ike.Initiator}, "failed: the initiator refused what the responder proved itself with", "AUTHENTICATION_FAILED"},
		{&negotiation.Outcome{Code: negotiation.Failed, Cause: negotiation.ClosedAnswer, From: ike.Responder, Frame: 8}, "failed: the responder answered with an encrypted Informational (frame 8) and nothing else", ""},

		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &silence}, "no answer from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &again}, "no answer from the responder to frame 7, sent 3 times in 4.2 s", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &stopped}, "phase 1 stopped after message 5: no answer from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &quick}, "Quick Mode stopped after message 2: no answer from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Silence: &silence, Retries: []negotiation.Retry{cookie}}, "the responder asked for a COOKIE (frame 2); no answer from the responder to frame 7", ""},
		{&negotiation.Outcome{Code: negotiation.NoAnswer, Retries: []negotiation.Retry{group}}, "the responder asked for INVALID_KE_PAYLOAD MODP-2048 (frame 4); the initiator did not come back", ""},

		{lost(negotiation.LostAll), "no message of it was captured", ""},
		{lost(negotiation.LostFirst), "went through; its first message is not in the capture", ""},
		{lost(negotiation.LostSecond), "went through; its second message is not in the capture", ""},
		{lost(negotiation.LostBeginning), "went through; its beginning is not in the capture", ""},
		{lost(negotiation.LostRequest), "answered; its request is not in the capture", ""},
		{lost(negotiation.LostAnswer), "the responder's answer to frame 5 is not in the capture; what follows shows that it came", ""},
		{lost(negotiation.LostEnd), "answered; cut by the snap length, so that its end cannot be told", ""},
		{lost(negotiation.LostSide), "an answer would not be in the capture, which has the messages of the responder alone", ""},
		{lost(negotiation.LostKeys), "answered without what makes keys", ""},
		{lost(negotiation.LostPart), "answered, but a part of it cannot be read", ""},
		{&negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostMessage, ShownBy: negotiation.Evidence{Protocol: esp.ESP, SPI: 0xc0ffee01}},
			"went through, as the traffic on ESP 0xc0ffee01 shows; a message of it is not in the capture", ""},
		{&negotiation.Outcome{Code: negotiation.Incomplete, Lost: negotiation.LostMessage, ShownBy: negotiation.Evidence{IKESPI: decode.SPI{7}}},
			"went through, as the IKE SA of SPI 0700000000000000 shows; a message of it is not in the capture", ""},

		{&negotiation.Outcome{Code: negotiation.Closed}, "encrypted, not opened", ""},
		{&negotiation.Outcome{Code: negotiation.Closed, Whole: true}, "encrypted, not opened; its messages are complete", ""},
		{&negotiation.Outcome{Code: negotiation.Closed, Answered: true}, "answered; encrypted, not opened", ""},
		{&negotiation.Outcome{Code: negotiation.Closed, Answered: true, Partly: true}, "answered; partly encrypted, not opened", ""},
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
