package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Outcome says how an exchange ended, with the sides by their roles; "" for no outcome.
func Outcome(o *negotiation.Outcome) string {
	return outcome(o, func(s ike.Side) string { return fmt.Sprintf("the %v", s) })
}

// outcomeIn is Outcome with the sides as a finding names them.
func outcomeIn(f *diagnose.Finding, o *negotiation.Outcome) string {
	return outcome(o, func(s ike.Side) string { return peer(f, s) })
}

// outcome says how an exchange ended; by names a side.
func outcome(o *negotiation.Outcome, by func(ike.Side) string) string {
	if o == nil {
		return ""
	}
	switch o.Code {
	case negotiation.Established:
		return madeText(o)
	case negotiation.Done:
		return doneText(o, by)
	case negotiation.Failed:
		return failedText(o, by)
	case negotiation.NoAnswer:
		return silenceText(o, by)
	case negotiation.Incomplete:
		return lostText(o, by)
	case negotiation.Closed:
		return closedText(o)
	}
	return ""
}

// ErrorOf names what ended an exchange: "NO-PROPOSAL-CHOSEN", "EAP Failure"; "" where nothing that can be read did.
func ErrorOf(o *negotiation.Outcome) string {
	switch o.Cause {
	case negotiation.EAPFailure:
		return "EAP Failure"
	case negotiation.XAUTHFailure:
		return "XAUTH-STATUS FAIL"
	}
	return o.Notify.String()
}

func madeText(o *negotiation.Outcome) string {
	switch {
	case o.SPIs != nil:
		return fmt.Sprintf("established %s", IKESA(*o.SPIs))
	case o.Childless:
		return "IKE SA established, without a Child SA"
	}
	return "established"
}

func doneText(o *negotiation.Outcome, by func(ike.Side) string) string {
	switch {
	case o.Note:
		return noteText(o.Says)
	case o.Made == negotiation.MadeUser:
		return "XAUTH accepted the user"
	case o.Made == negotiation.MadeAddress:
		return "Mode Config assigned " + o.Address.ConfigValue()
	case o.Redirect != nil:
		return "redirected with " + o.Redirect.String()
	case o.Next != nil:
		r := o.Retries[0]
		return fmt.Sprintf("%s requested a retry with %v in frame %d, which is %s", by(ike.Responder), r.Notify, r.Frame,
			IKESA([2]decode.SPI{o.Next.Initiator, o.Next.Responder}))
	case len(o.Retries) > 0:
		return "completed after " + retries(o.Retries)
	}
	return "completed"
}

// noteText has what an Informational of IKEv1 says.
func noteText(says []decode.Body) string {
	if len(says) == 0 {
		return "no notification"
	}
	parts := make([]string, len(says))
	for i, b := range says {
		switch b := b.(type) {
		case *ikev1.Notify:
			parts[i] = b.String()
		case *ikev1.Delete:
			parts[i] = "delete " + b.Protocol.Name(ike.V1) + " " + strings.Join(spiTexts(b.SPIs), ", ")
		}
	}
	return strings.Join(parts, "; ")
}

// retries names what a responder requested: "a COOKIE in frame 2 and INVALID_KE_PAYLOAD MODP-2048 in frame 4".
func retries(list []negotiation.Retry) string {
	parts := make([]string, len(list))
	for i, r := range list {
		what := "a COOKIE"
		if !r.Cookie {
			what = r.Notify.String()
		}
		parts[i] = fmt.Sprintf("%s in frame %d", what, r.Frame)
	}
	return strings.Join(parts, " and ")
}

func failedText(o *negotiation.Outcome, by func(ike.Side) string) string {
	switch o.Cause {
	case negotiation.XAUTHFailure:
		return "failed: XAUTH rejected the user"
	case negotiation.EAPFailure:
		return fmt.Sprintf("failed: EAP Failure from %s in frame %d", by(o.From), o.Frame)
	case negotiation.GaveUp:
		return fmt.Sprintf("failed: %s gave up with %v in frame %d", by(o.From), o.Notify, o.Frame)
	case negotiation.ProofRefused:
		return fmt.Sprintf("failed: %s rejected the authentication of %s", by(ike.Initiator), by(ike.Responder))
	case negotiation.ClosedAnswer:
		return fmt.Sprintf("failed: %s sent only an encrypted Informational, frame %d", by(o.From), o.Frame)
	}
	if o.Made == negotiation.MadeIKESA {
		return fmt.Sprintf("IKE SA established, but no Child SA: %v from %s in frame %d", o.Notify, by(o.From), o.Frame)
	}
	said := o.Notify.String()
	if o.Error != nil {
		said = o.Error.String()
	}
	return fmt.Sprintf("failed: %s from %s in frame %d", said, by(o.From), o.Frame)
}

func silenceText(o *negotiation.Outcome, by func(ike.Side) string) string {
	text := ""
	if len(o.Retries) > 0 {
		text = by(ike.Responder) + " requested " + retries(o.Retries) + "; "
	}
	n := o.Silence
	if n == nil {
		return text + by(ike.Initiator) + " did not retry"
	}
	if n.Messages > 0 {
		what := n.Exchange.String()
		if negotiation.IsPhase1(n.Exchange) {
			what = "phase 1"
		}
		if text += what + " stopped"; !n.Late {
			text += fmt.Sprintf(" after message %d", n.Messages)
		}
		text += ": "
	}
	text += fmt.Sprintf("no response from %s to frame %d", by(n.Side), n.Frame)
	if n.Times > 1 {
		text += ", retransmitted " + Times(n.Times-1)
		if n.Over > 0 {
			text += " in " + Duration(n.Over)
		}
	}
	return text
}

func lostText(o *negotiation.Outcome, by func(ike.Side) string) string {
	switch o.Lost {
	case negotiation.LostAll:
		return "none of its messages was captured"
	case negotiation.LostFirst:
		return "completed; its first message is not in the capture"
	case negotiation.LostSecond:
		return "completed; its second message is not in the capture"
	case negotiation.LostBeginning:
		return "completed; its beginning is not in the capture"
	case negotiation.LostRequest:
		return "response captured, its request not"
	case negotiation.LostAnswer:
		return fmt.Sprintf("the response of %s to frame %d is not in the capture; later messages show that it arrived", by(o.Side), o.Frame)
	case negotiation.LostMessage:
		return "completed, as " + evidence(o.ShownBy) + " shows; one of its messages is not in the capture"
	case negotiation.LostEnd:
		return "cannot tell how it ended: truncated by the snap length"
	case negotiation.LostSide:
		return fmt.Sprintf("cannot tell how it ended: the capture has only messages of %s", by(o.Side))
	case negotiation.LostKeys:
		return "completed, but the payloads that keys are derived from are missing"
	}
	return "completed, but part of it cannot be read"
}

func evidence(e negotiation.Evidence) string {
	if e.Protocol == 0 {
		return fmt.Sprintf("the IKE SA with SPI %v", e.IKESPI)
	}
	return fmt.Sprintf("the traffic of %v 0x%08x", e.Protocol, e.SPI)
}

func closedText(o *negotiation.Outcome) string {
	text := "not decrypted"
	if o.Partly {
		text = "partly decrypted"
	}
	if o.Answered {
		text = "completed, " + text
	}
	if o.Whole {
		text += "; all its messages were captured"
	}
	return text
}

// spiTexts are SPIs as texts show them: "0xc0ffee01"; of an IKE SA both, with a colon between them.
func spiTexts(list [][]byte) []string {
	texts := make([]string, len(list))
	for i, b := range list {
		switch {
		case len(b) == 16:
			texts[i] = fmt.Sprintf("%x:%x", b[:8], b[8:])
		case len(b) > 0:
			texts[i] = fmt.Sprintf("0x%x", b)
		}
	}
	return texts
}
