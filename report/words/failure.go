package words

import (
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

func failedExchange(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	what, from, other := exchange(x.Exchange), peer(f, f.From), peer(f, f.From.Other())
	switch x.Kind {
	case diagnose.NoAddress:
		return noAddress(f, x)
	case diagnose.Refused, diagnose.Passing:
		t := Text{Headline: what + " " + outcomeIn(f, x.Outcome)}
		switch x.Kind {
		case diagnose.Passing:
			t.Hint = "nothing to change if it happens once: both peers rekeyed at the same time, or one had just deleted the SA"
		}
		return rekeying(t, x)
	case diagnose.NoneAssigned:
		return Text{Headline: fmt.Sprintf("%s assigned no virtual address to %s: its reply to the request has none", from, other),
			Hint: poolHint(from)}
	case diagnose.RefusedUnread:
		return rekeying(Text{Headline: what + " " + outcomeIn(f, x.Outcome),
			Hint: "compare the proposals and the local and remote subnets of both peers; a key for the IKE SA shows why"}, x)
	case diagnose.Unanswered:
		return rekeying(Text{Headline: what + ": " + outcomeIn(f, x.Outcome), Hint: fmt.Sprintf("check the log of %s: it silently dropped the message, or did not receive it", other)}, x)
	case diagnose.CreateUnanswered:
		t := Text{Headline: what + ": " + outcomeIn(f, x.Outcome), Hint: fmt.Sprintf("check that %s is up and still has this IKE SA", other)}
		switch {
		case x.Replaced > 0:
			t.Hint = ""
			t.Headline += fmt.Sprintf("; replaced by the rekeying of %s in frame %d", other, x.Replaced)
		case x.Next.IsSA():
			return takenOver(f, t.Headline, &x.TakenOver)
		case x.ESP > 0:
			t.Details = []string{fmt.Sprintf("%s is up: it still sent ESP in frame %d", other, x.ESP)}
			t.Hint = fmt.Sprintf("look for a packet filter that drops this message, for ESP passes; see the log of %s", other)
		}
		return t
	case diagnose.FollowupStopped:
		return heard(f, &x.Heard, followupStopped(f, x))
	case diagnose.CreateByLength:
		return Text{Headline: fmt.Sprintf("%s rejected %s, a rekeying or a new Child SA", from, what),
			Details: []string{fmt.Sprintf("its response has at most %s, enough for a notification only", Count(x.Bytes, "byte"))},
			Hint:    "compare the proposals, the PFS groups and the traffic selectors; a key for the IKE SA shows why"}
	case diagnose.CreateRetried:
		t := Text{Headline: fmt.Sprintf("%s rejected %s, most likely because both peers rekeyed at the same time; the retry in frame %d succeeded", from, what, x.Retry)}
		if f.Code == diagnose.CodeInvalidKE {
			t.Headline = fmt.Sprintf("%s rejected %s, most likely with INVALID_KE_PAYLOAD; the retry in frame %d succeeded", from, what, x.Retry)
			t.Hint = fmt.Sprintf("on %s put the DH group of %s first in the proposal: it saves a round trip", other, from)
		}
		return t
	case diagnose.CreateCrossed:
		return Text{Headline: fmt.Sprintf("%s rejected %s, most likely with TEMPORARY_FAILURE; replaced by its own rekeying in frame %d", from, what, x.Replaced),
			Hint: "nothing to change if it happens once: both peers rekeyed at the same time"}
	case diagnose.CreateBothRejected:
		return Text{Headline: fmt.Sprintf("%s rejected %s, most likely with TEMPORARY_FAILURE: both peers rekeyed at the same time", from, what),
			Hint: fmt.Sprintf("set different rekey times on %s and %s", from, peer(f, f.From.Other()))}
	case diagnose.AuthByLength:
		return Text{Headline: fmt.Sprintf("%s authenticated but most likely rejected the Child SA", from),
			Details: []string{fmt.Sprintf("its IKE_AUTH response has at most %s, too few for a Child SA; EAP without a certificate may begin like that, too", Count(x.Bytes, "byte"))},
			Hint:    refusedChildHint}
	case diagnose.AuthShorter:
		return Text{Headline: fmt.Sprintf("%s authenticated but most likely rejected the Child SA", from),
			Details: []string{fmt.Sprintf("its IKE_AUTH response is shorter than that in frame %d by %s, as without a Child SA, and the requests are of one length",
				x.Longer, Count(x.Bytes, "byte"))},
			Hint: refusedChildHint}
	case diagnose.AuthErrorAlone:
		return Text{Headline: fmt.Sprintf("%s rejected IKE_AUTH, most likely the proposals or traffic selectors of the Child SA", from),
			Details: []string{fmt.Sprintf("its response has at most %s, enough for a notification only", Count(x.Bytes, "byte")),
				fmt.Sprintf("AUTHENTICATION_FAILED would have ended the IKE SA, yet %s sent a request after it", other)},
			Hint: refusedChildHint}
	case diagnose.DeletedAtOnce:
		return childDeletedAtOnce(f)
	case diagnose.KeyExchangeRefused:
		return keyExchangeRefused(f, x)
	}
	return stopped(f, x)
}

// takenOver is for messages without a response on an IKE SA whose place another one took.
func takenOver(f *diagnose.Finding, silence string, x *diagnose.TakenOver) Text {
	from, silent := peer(f, f.From), peer(f, f.From.Other())
	when := "before the capture"
	if x.Auth > 0 {
		when = fmt.Sprintf("for a newer one in frame %d", x.Auth)
	}
	return Text{Headline: fmt.Sprintf("%s; most likely %s dropped this IKE SA %s", silence, silent, when),
		Details: []string{fmt.Sprintf("%s continues with %s", silent, Subject(x.Next)),
			"INITIAL_CONTACT makes a peer drop older IKE SAs without a Delete: both peers started a tunnel, or one restarted"},
		Hint: fmt.Sprintf("nothing to change: %s gives the old IKE SA up after its retransmissions", from)}
}

const refusedChildHint = "compare traffic selectors, ESP proposals and virtual addresses of both peers; a key for the IKE SA shows why"

// childDeletedAtOnce is for a side that sent a short request as soon as it had the response to IKE_AUTH, and waits for a response to it.
func childDeletedAtOnce(f *diagnose.Finding) Text {
	from, other := peer(f, f.From), peer(f, f.From.Other())
	return Text{Headline: fmt.Sprintf("%s most likely deleted the Child SA at once: it rejected the selectors or algorithms of %s", from, other),
		Details: []string{"it retransmitted its request, which AUTHENTICATION_FAILED does not need"},
		Hint:    hint(fmt.Sprintf("compare the traffic selectors of both peers, and check the log of %s", from), giveKey)}
}

// keyExchangeRefused is for a responder that derived no keys from message 3 of Main Mode.
func keyExchangeRefused(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	from, other := peer(f, f.From), peer(f, f.From.Other())
	what := said(diagnose.Said{Outcome: x.Outcome})
	t := Text{Headline: fmt.Sprintf("%s rejected the key exchange of %s%s", from, other, because(what)), Hint: "check the log of " + from + " for the reason"}
	if x.PSK {
		t.Headline = fmt.Sprintf("%s sent %s, most likely because it has no pre-shared key for %s", from, what, other)
		t.Details = []string{"it came in place of message 4 of Main Mode, before either peer authenticated"}
		t.Hint = fmt.Sprintf("on %s configure the pre-shared key for the address or identity of %s; its log says why", from, other)
	}
	return t
}

// rekeying adds what a failed rekeying of IKEv1 leads to.
func rekeying(t Text, x *diagnose.FailedExchange) Text {
	if x.Rekeying {
		t.Details = append(t.Details, "traffic stops when the old IPsec SAs expire")
	}
	return t
}

// stopped is for negotiations that did not get as far as a Child SA. What the log of the receiver shows was not lost.
func stopped(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	by := stoppedBy(f, x)
	t := heard(f, &x.Heard, by)
	if x.Heard.Responded && x.Moves { // it says how
		t.Hint = by.Hint
	}
	return t
}

// heard adds what the log of the receiver tells of a message without a response in the capture.
func heard(f *diagnose.Finding, x *diagnose.Heard, t Text) Text {
	by := peer(f, x.By)
	switch {
	case x.By == diagnose.NoSide:
	case x.Unsent:
		t.Details = append(t.Details, strings.TrimSuffix(fmt.Sprintf("%s could not send its response: %s", by, x.Errno), ": "))
		t.Hint = fmt.Sprintf("check the packet filter of %s for outgoing IKE, UDP 500 and 4500, and its routes", by)
	case x.Missing:
		t.Details = append(t.Details, fmt.Sprintf("the log of %s has the message before, but not this one: it did not reach the IKE daemon", by))
		t.Hint = hint("find what drops the message on the path to "+by, ": a packet filter, or IP fragments that are lost")
	case x.Fragments.Total > 0:
		t.Details = append(t.Details, fmt.Sprintf("%s of the message did not reach %s, as its log says", missingOf(x.Fragments.Numbers, x.Fragments.Total), by))
		t.Hint = fragmentSizeHint
	case x.Responded:
		again := ""
		if x.Again {
			again = ", and got nothing back when it sent it again"
		}
		t.Details = append(t.Details, fmt.Sprintf("%s received it and sent a response, as its log says%s; the response is not in the capture", by, again))
		t.Hint = fmt.Sprintf("find what drops the responses of %s: its own packet filter, or the path up to where the capture was made", by)
	default:
		t.Hint = fmt.Sprintf("the message reached %s: look in its log, behind that line, for why it did not respond", by)
	}
	return t
}

func stoppedBy(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	fragmentation := sizeHint(f, x)
	what := exchange(x.Exchange)
	switch x.Kind {
	case diagnose.InitStopped:
		return Text{Headline: what + ": " + outcomeIn(f, x.Outcome), Hint: "look for a firewall that drops the responses, or a different route back"}
	case diagnose.AuthStopped:
		if x.Moved {
			return Text{Headline: what + ": " + outcomeIn(f, x.Outcome) + movedText,
				Hint: "check that UDP 4500 passes, and that NAT forwards it; if it arrives, check the log of " + peer(f, silentSide(x.Outcome))}
		}
		if x.InEAP {
			return stoppedInEAP(f, x)
		}
		if x.Small {
			return Text{Headline: what + ": " + outcomeIn(f, x.Outcome), Hint: "check that UDP 4500 passes, and look in the log of " + peer(f, silentSide(x.Outcome)) + " for the message"}
		}
		return Text{Headline: what + ": " + outcomeIn(f, x.Outcome), Hint: "check that UDP 4500 passes; " + fragmentation}
	case diagnose.OtherStopped:
		return Text{Headline: what + ": " + outcomeIn(f, x.Outcome), Hint: fragmentation}
	case diagnose.OtherRefused:
		return Text{Headline: what + ": " + outcomeIn(f, x.Outcome)}
	case diagnose.InitRefused:
		t := Text{Headline: what + " " + outcomeIn(f, x.Outcome)}
		if x.NewMethod != "" {
			t.Headline += fmt.Sprintf("; most likely it does not know %s, the method of the KE payload", x.NewMethod)
			t.Hint = fmt.Sprintf("on %s put a DH group that %s knows first, and ML-KEM into an additional key exchange if both can", peer(f, f.From.Other()), peer(f, f.From))
		}
		return t
	case diagnose.Phase1Refused:
		return Text{Headline: "phase 1 " + outcomeIn(f, x.Outcome)}
	case diagnose.Phase1Stopped:
		return phase1Stopped(f, x)
	}
	return Text{}
}

// stoppedInEAP is for a later request of IKE_AUTH without a response.
func stoppedInEAP(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	silent := peer(f, silentSide(x.Outcome))
	t := Text{Headline: outcomeIn(f, x.Outcome), Hint: fmt.Sprintf("check the user name and password, and the log of %s", silent)}
	if x.Heard.By == diagnose.NoSide {
		t.Details = append(t.Details, fmt.Sprintf("cannot tell: the message or its response was lost, or %s ended EAP silently, as some do for a wrong password", silent))
	}
	return t
}

// silentSide is the side that sent no response.
func silentSide(o *negotiation.Outcome) diagnose.Side {
	if o == nil || o.Silence == nil {
		return diagnose.NoSide
	}
	return o.Silence.Side
}

// movedText follows the headline of a silence that began with the change of ports.
const movedText = "; nothing received since the peers moved to UDP 4500"

// followupStopped is for an IKE_FOLLOWUP_KE, the large message that follows CREATE_CHILD_SA, where that was answered.
func followupStopped(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	silent := peer(f, silentSide(x.Outcome))
	t := Text{Headline: exchange(x.Exchange) + ": " + outcomeIn(f, x.Outcome), Details: []string{silent + " is up: it responded to the CREATE_CHILD_SA before"},
		Hint: sizeHint(f, x)}
	if x.Usual {
		t.Details = append(t.Details, "packets of that size got through before")
		t.Hint = fmt.Sprintf("check the log of %s: it silently dropped the message, or did not receive it", silent)
	}
	if x.ESP > 0 {
		t.Details = append(t.Details, fmt.Sprintf("it still sent ESP in frame %d", x.ESP))
	}
	return t
}

// sizeHint is for a message that the path may have dropped, for its size where that is large.
func sizeHint(f *diagnose.Finding, x *diagnose.FailedExchange) string {
	if x.Small {
		return fmt.Sprintf("check the log of %s: it or the path dropped the message", peer(f, silentSide(x.Outcome)))
	}
	if x.InFragments {
		return "make the IKE fragments smaller: large ones may be dropped on the path"
	}
	return ikeFragmentHint
}

// phase1Stopped is for a phase 1 whose last message got no response: it or the response may be lost, and some peers say nothing to what
// they cannot read.
func phase1Stopped(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	from, silent := peer(f, f.From), peer(f, f.From.Other())
	t := Text{Headline: outcomeIn(f, x.Outcome)}
	unread := ""
	if x.Unread && x.PSK && x.Heard.By == diagnose.NoSide {
		t.Details = append(t.Details, fmt.Sprintf("cannot tell: the message or its response was lost, or %s dropped it silently", silent))
		unread = "; if it arrives, compare the pre-shared keys"
	}
	switch {
	case x.Moved:
		t.Headline += movedText
		t.Hint = hint("look for a firewall that drops UDP 4500", unread)
	case x.Moves:
		t.Headline += "; most likely UDP 4500 is blocked or not captured"
		if !x.PSK {
			t.Headline = outcomeIn(f, x.Outcome) + "; most likely UDP 4500 is blocked or not captured, or a large message with certificates was dropped"
		}
		t.Details = append(t.Details, "NAT between the peers moves the next message to UDP 4500, where the capture has none")
		t.Hint = fmt.Sprintf("allow UDP 4500 between %s and %s; check that the capture filter has UDP 4500", from, silent)
	case x.PSK && x.Unread && x.Outcome != nil:
		t.Hint = hint(fmt.Sprintf("check on %s whether frame %d arrives", silent, x.Outcome.Frame), unread)
	case x.PSK:
		t.Hint = fmt.Sprintf("check the log of %s, and that UDP 500 passes in both directions", silent)
	case x.Small:
		t.Hint = fmt.Sprintf("check the log of %s: it or the path dropped the message", silent)
	default:
		t.Hint = fmt.Sprintf("allow IKE fragmentation on both peers, and check the log of %s: it or the path dropped the message", silent)
	}
	return t
}

func stoppedAfterInit(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.InitAlone)
	if !ok {
		return Text{}
	}
	initiator, responder := peer(f, diagnose.Initiator), peer(f, diagnose.Responder)
	const captureAll = "capture without a filter on ports, or with UDP 500, UDP 4500 and ESP"
	if x.ESP > 0 {
		return Text{Headline: fmt.Sprintf("the capture lacks %s, though ESP follows in frame %d: its filter most likely leaves out UDP 4500", x.Due, x.ESP),
			Hint: captureAll}
	}
	if x.Received {
		return Text{Headline: fmt.Sprintf("the capture lacks %s, which %s received, as its log says", x.Due, responder), Hint: captureAll}
	}
	t := Text{Headline: fmt.Sprintf("no %s from %s after the %s response; cannot tell: not sent, lost or not captured", x.Due, initiator, x.After),
		Details: []string{x.Due.String() + " may use UDP 4500 without NAT, too"},
		Hint:    hint(fmt.Sprintf("check that UDP 4500 passes to %s, and that the capture has it", responder), "; the log of "+initiator+" says if it was sent")}
	if x.OnNATT {
		t.Details = nil
		t.Hint = fmt.Sprintf("check the log of %s: it ended the negotiation, or says that it sent %s", initiator, x.Due)
	}
	switch {
	case x.Parts != nil:
		t.Headline = fmt.Sprintf("%s of %s from %s did not reach %s, as its log says", missingOf(x.Parts.Numbers, x.Parts.Total), x.Due, initiator, responder)
		t.Details, t.Hint = nil, fragmentSizeHint
	case x.Inside && !x.OnNATT:
		t.Headline = fmt.Sprintf("no %s from %s after IKE_SA_INIT; cannot tell: not sent, or UDP 4500 not captured", x.Due, initiator)
		t.Details = []string{fmt.Sprintf("NAT between the peers moves %s to UDP 4500; the capture is on the side of %s", x.Due, initiator)}
		t.Hint = hint(captureAll, "; check the log of "+initiator)
	case x.NAT && !x.OnNATT:
		t.Headline = fmt.Sprintf("no %s from %s after IKE_SA_INIT, most likely because UDP 4500 is blocked or not captured", x.Due, initiator)
		t.Details = []string{fmt.Sprintf("the NAT detection hashes show NAT between the peers, which moves %s to UDP 4500", x.Due)}
		t.Hint = hint(fmt.Sprintf("allow UDP 4500 from %s to %s", initiator, responder), "; check that the capture filter has UDP 4500")
	case x.Sent:
		t.Headline = fmt.Sprintf("no %s from %s after the %s response: it was sent, and lost or not captured", x.Due, initiator, x.After)
		t.Hint = fmt.Sprintf("check that UDP 4500 passes to %s, and that the capture has it", responder)
	}
	switch {
	case x.Again:
		t.Details = append(t.Details, fmt.Sprintf("%s sent it and got nothing back when it sent it again, as its log says", initiator))
	case x.Sent:
		t.Details = append(t.Details, fmt.Sprintf("%s sent it, as its log says", initiator))
	}
	if x.PPK {
		t.Details = append(t.Details, fmt.Sprintf("%s announced a post-quantum pre-shared key (PPK), %s did not: if it requires one, it ends here", initiator, responder))
	}
	if x.Certificates && !x.Fragments {
		t.Details = append(t.Details, responder+" requests certificates, and not both peers support IKE fragmentation: a large IKE_AUTH may be lost as IP fragments")
	}
	return t
}

func redirected(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Redirection)
	if !ok {
		return Text{}
	}
	from, other := peer(f, f.From), peer(f, f.From.Other())
	t := Text{Headline: fmt.Sprintf("%s redirected %s to %s in %s", from, other, x.Gateway, x.Exchange)}
	if x.Next.IsSA() {
		t.Details = append(t.Details, fmt.Sprintf("%s started %s with it", other, Subject(x.Next)))
		return t
	}
	t.Headline += fmt.Sprintf("; no IKE with %s in the capture", x.Gateway)
	t.Hint = fmt.Sprintf("check that %s reaches %s and may use it, or turn off redirection on %s", other, x.Gateway, from)
	if !x.Asked {
		t.Details = append(t.Details, other+" did not announce REDIRECT_SUPPORTED: it may ignore the redirection")
	}
	return t
}

func wrongGroup(f *diagnose.Finding, x *diagnose.WrongGroup) Text {
	from, other := peer(f, f.From), peer(f, f.From.Other())
	t := Text{Headline: fmt.Sprintf("%s rejected the DH group of %s in %s with %s", from, other, x.Exchange, x.Notify)}
	switch {
	case x.Later:
		t.Headline += "; the retry succeeded"
		t.Hint = fmt.Sprintf("on %s put that group first in the proposal: it saves a round trip", other)
	case x.Child:
		t.Headline += "; no retry succeeded: the PFS groups differ"
		t.Hint = fmt.Sprintf("set the same PFS group on %s and %s", other, from)
	default:
		t.Headline += "; no retry succeeded"
		t.Hint = fmt.Sprintf("on %s offer that group, or on %s accept the group offered", other, from)
	}
	return t
}

func modeNotGranted(f *diagnose.Finding, x *diagnose.ModeNotGranted) Text {
	asks, answers := peer(f, f.From), peer(f, f.From.Other())
	t := Text{Headline: fmt.Sprintf("%s requested transport mode, %s did not: the Child SA is in tunnel mode", asks, answers), Hint: offerHint(f, diagnose.TraitMode)}
	if x.Deleted != 0 {
		t.Headline = fmt.Sprintf("%s requires transport mode, %s uses tunnel mode: there is no tunnel", asks, answers)
		t.Details = []string{fmt.Sprintf("%s deleted the Child SA in tunnel mode as soon as it was there, in frame %d", asks, x.Deleted)}
	}
	return t
}

func otherMode(f *diagnose.Finding, x *diagnose.OtherMode) Text {
	initiator, responder := peer(f, diagnose.Initiator), peer(f, diagnose.Responder)
	return Text{Headline: fmt.Sprintf("phase 1 modes differ: %s uses %s, %s uses %s", initiator, x.Mode, responder, x.Other),
		Details: []string{fmt.Sprintf("%s of %s: %s", x.Mode, initiator, outcomeIn(f, x.Outcome)), fmt.Sprintf("%s starts %s in frame %d", responder, x.Other, x.Frame)},
		Hint:    fmt.Sprintf("set Main Mode on %s and %s; Aggressive Mode exposes a hash of the pre-shared key", initiator, responder)}
}

// notOpened is for IKE over TCP whose connection does not come about.
func notOpened(x *diagnose.NotOpened) Text {
	if x.Reset > 0 {
		return Text{Headline: fmt.Sprintf("%v refused the TCP connection of %v to port 4500, for IKE and ESP over TCP", x.Dst, x.Src),
			Details: []string{fmt.Sprintf("%s, and RST in frame %d in place of SYN/ACK", Count(x.SYNs, "SYN"), x.Reset)},
			Hint:    fmt.Sprintf("turn on IKE over TCP on %v, or UDP on %v; a packet filter may send RST, too", x.Dst, x.Src)}
	}
	return Text{Headline: fmt.Sprintf("%v did not respond to the TCP connection of %v to port 4500, for IKE and ESP over TCP", x.Dst, x.Src),
		Details: []string{Count(x.SYNs, "SYN") + " without a response"},
		Hint:    fmt.Sprintf("check the address %v, and that TCP 4500 passes in both directions", x.Dst)}
}

func noResponse(f *diagnose.Finding) Text {
	if x, ok := f.Facts.(diagnose.NotOpened); ok {
		return notOpened(&x)
	}
	x, ok := f.Facts.(diagnose.NoAnswer)
	if !ok {
		return child(f)
	}
	detail := outcomeIn(f, x.Outcome)
	if o := x.Outcome; o != nil && o.Silence != nil && o.Silence.Times <= 1 && o.Silence.Messages == 0 && len(o.Retries) == 0 {
		detail = fmt.Sprintf("%v did not retransmit frame %d", x.Src.Addr(), o.Silence.Frame) // the headline says the rest
	}
	headline := fmt.Sprintf("no response from %v to %v", x.Dst, x.Src)
	switch {
	case x.Heard.Unsent:
		headline = strings.TrimSuffix(fmt.Sprintf("%v could not send its response to %v: %s", x.Dst, x.Src, x.Heard.Errno), ": ")
	case x.Heard.Responded:
		headline = fmt.Sprintf("%v responded to %v, but its response is not in the capture", x.Dst, x.Src)
	}
	t := Text{Headline: headline, Details: []string{detail},
		Hint: fmt.Sprintf("check the address %v, that IKE runs there with a connection for this peer, and that UDP 500 and 4500 pass", x.Dst.Addr())}
	if x.Fragments > 0 {
		t.Details = append(t.Details, fmt.Sprintf("it has %s in %s, which the path may drop; IKE fragmentation does not cover the first message",
			Count(x.Size, "byte"), Count(x.Fragments, "IP fragment")))
		t.Hint = firstFragmentHint
	}
	if x.Aggressive {
		t.Details = append(t.Details, "a peer set to Main Mode may silently drop Aggressive Mode")
	}
	told := heard(f, &x.Heard, t)
	if x.Heard.Responded || x.Heard.Unsent { // the headline says it
		told.Details = t.Details
	}
	return told
}

func cookieChallenge(f *diagnose.Finding) Text {
	return Text{Headline: fmt.Sprintf("%s requested a COOKIE: it has many half-open IKE SAs, or always requests one", role(f, f.From)), Details: []string{Subject(f.Subject)}}
}

func errorNotify(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.ErrorNotify)
	t := Text{Headline: fmt.Sprintf("%s sent %s", role(f, f.From), x.Notify)}
	if x.WentOn {
		t.Headline += "; phase 1 was established nevertheless"
	}
	return t
}

// noAddress is for a virtual address that was not assigned, or not requested (RFC 7296, section 3.15.4).
func noAddress(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	from, other := peer(f, f.From), peer(f, f.From.Other())
	if x.Outcome == nil {
		return Text{}
	}
	if x.Outcome.Notify.Is(ike.FailedCPRequired) {
		return Text{Headline: fmt.Sprintf("%s requires that %s requests a virtual address: %s", from, other, x.Outcome.Notify), Hint: requestHint(from, other)}
	}
	return Text{Headline: fmt.Sprintf("%s assigned no virtual address to %s: %s", from, other, x.Outcome.Notify), Hint: poolHint(from)}
}

// poolHint is for a gateway that has no virtual address to assign.
func poolHint(gateway string) string {
	return fmt.Sprintf("check the address pool on %s: none is configured for this connection, or it is full", gateway)
}

// requestHint is for a peer that did not request the virtual address that a gateway requires.
func requestHint(gateway, peer string) string {
	return fmt.Sprintf("on %s request a virtual address, or do not require it on %s", peer, gateway)
}
