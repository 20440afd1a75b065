package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Outcome says how an exchange ended; "" for no outcome.
func Outcome(o *negotiation.Outcome) string {
	if o == nil {
		return ""
	}
	switch o.Code {
	case negotiation.Established:
		return madeText(o)
	case negotiation.Done:
		return doneText(o)
	case negotiation.Failed:
		return failedText(o)
	case negotiation.NoAnswer:
		return silenceText(o)
	case negotiation.Incomplete:
		return lostText(o)
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
		return fmt.Sprintf("established the IKE SA %v:%v", o.SPIs[0], o.SPIs[1])
	case o.Childless:
		return "the IKE SA is established, without a Child SA"
	}
	return "established"
}

func doneText(o *negotiation.Outcome) string {
	switch {
	case o.Note:
		return noteText(o.Says)
	case o.Made == negotiation.MadeUser:
		return "XAUTH accepted the user"
	case o.Made == negotiation.MadeAddress:
		return "Mode Config assigned " + o.Address.ConfigValue()
	case o.Redirect != nil:
		return "sent elsewhere: " + o.Redirect.String()
	case o.Next != nil:
		r := o.Retries[0]
		return fmt.Sprintf("the responder asked for another try: %v (frame %d); it is %s", r.Notify, r.Frame,
			IKESA(o.Next.Version, [2]decode.SPI{o.Next.Initiator, o.Next.Responder}))
	case len(o.Retries) > 0:
		return "answered after " + retries(o.Retries)
	}
	return "answered"
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

// retries names what a responder asked for: "a COOKIE (frame 2) and INVALID_KE_PAYLOAD MODP-2048 (frame 4)".
func retries(list []negotiation.Retry) string {
	parts := make([]string, len(list))
	for i, r := range list {
		what := "a COOKIE"
		if !r.Cookie {
			what = r.Notify.String()
		}
		parts[i] = fmt.Sprintf("%s (frame %d)", what, r.Frame)
	}
	return strings.Join(parts, " and ")
}

func failedText(o *negotiation.Outcome) string {
	switch o.Cause {
	case negotiation.XAUTHFailure:
		return "failed: XAUTH refused the user"
	case negotiation.EAPFailure:
		return fmt.Sprintf("failed: EAP Failure from the %v in frame %d", o.From, o.Frame)
	case negotiation.GaveUp:
		return fmt.Sprintf("failed: the %v gave up: %v in frame %d", o.From, o.Notify, o.Frame)
	case negotiation.ProofRefused:
		return "failed: the initiator refused what the responder proved itself with"
	case negotiation.ClosedAnswer:
		return fmt.Sprintf("failed: the %v answered with an encrypted Informational (frame %d) and nothing else", o.From, o.Frame)
	}
	if o.Made == negotiation.MadeIKESA {
		return fmt.Sprintf("the IKE SA is established, but no Child SA: %v from the %v in frame %d", o.Notify, o.From, o.Frame)
	}
	said := o.Notify.String()
	if o.Error != nil {
		said = o.Error.String()
	}
	return fmt.Sprintf("failed: %s from the %v in frame %d", said, o.From, o.Frame)
}

func silenceText(o *negotiation.Outcome) string {
	text := ""
	if len(o.Retries) > 0 {
		text = "the responder asked for " + retries(o.Retries) + "; "
	}
	n := o.Silence
	if n == nil {
		return text + "the initiator did not come back"
	}
	if n.Messages > 0 {
		what := n.Exchange.String()
		if negotiation.IsPhase1(n.Exchange) {
			what = "phase 1"
		}
		text += fmt.Sprintf("%s stopped after message %d: ", what, n.Messages)
	}
	text += fmt.Sprintf("no answer from the %v to frame %d", n.Side, n.Frame)
	if n.Times > 1 {
		text += fmt.Sprintf(", sent %d times in %.1f s", n.Times, n.Over.Seconds())
	}
	return text
}

func lostText(o *negotiation.Outcome) string {
	switch o.Lost {
	case negotiation.LostAll:
		return "no message of it was captured"
	case negotiation.LostFirst:
		return "went through; its first message is not in the capture"
	case negotiation.LostSecond:
		return "went through; its second message is not in the capture"
	case negotiation.LostBeginning:
		return "went through; its beginning is not in the capture"
	case negotiation.LostRequest:
		return "answered; its request is not in the capture"
	case negotiation.LostAnswer:
		return fmt.Sprintf("the %v's answer to frame %d is not in the capture; what follows shows that it came", o.Side, o.Frame)
	case negotiation.LostMessage:
		return "went through, as " + evidence(o.ShownBy) + " shows; a message of it is not in the capture"
	case negotiation.LostEnd:
		return "answered; cut by the snap length, so that its end cannot be told"
	case negotiation.LostSide:
		return fmt.Sprintf("an answer would not be in the capture, which has the messages of the %v alone", o.Side)
	case negotiation.LostKeys:
		return "answered without what makes keys"
	}
	return "answered, but a part of it cannot be read"
}

func evidence(e negotiation.Evidence) string {
	if e.Protocol == 0 {
		return fmt.Sprintf("the IKE SA of SPI %v", e.IKESPI)
	}
	return fmt.Sprintf("the traffic on %v 0x%08x", e.Protocol, e.SPI)
}

func closedText(o *negotiation.Outcome) string {
	text := "encrypted, not opened"
	if o.Partly {
		text = "partly " + text
	}
	if o.Answered {
		text = "answered; " + text
	}
	if o.Whole {
		text += "; its messages are complete"
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
