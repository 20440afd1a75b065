package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func failedExchange(f *diagnose.Finding, x *diagnose.FailedExchange) Text {
	what, from := exchange(x.Exchange), Side(f.From)
	switch x.Kind {
	case diagnose.Refused, diagnose.Passing, diagnose.NoAddress:
		t := Text{Headline: what + " " + Outcome(x.Outcome)}
		switch x.Kind {
		case diagnose.NoAddress:
			t.Hint = "see whether the initiator asks for a virtual address, and whether the responder has one to give"
		case diagnose.Passing:
			t.Hint = "both sides rekeyed at the same time, or one had just deleted the SA: the initiator tries again"
		}
		return rekeyingHint(t, x)
	case diagnose.RefusedUnread:
		return rekeyingHint(Text{Headline: what + " " + Outcome(x.Outcome),
			Hint: "proposals or networks do not fit, most likely; with a key for the IKE SA the reason can be read"}, x)
	case diagnose.Unanswered:
		return rekeyingHint(Text{Headline: what + ": " + Outcome(x.Outcome), Hint: "the other side drops the message without a word: see its log"}, x)
	case diagnose.CreateUnanswered:
		t := Text{Headline: what + ": " + Outcome(x.Outcome), Hint: "the peer is gone, or has lost the IKE SA"}
		if x.EndsHere {
			t.Hint = "the capture ends here: the answer may have come later"
		}
		if x.Replaced > 0 {
			t.Hint = ""
			t.Headline += fmt.Sprintf("; the other side's rekeying in frame %d took its place", x.Replaced)
		}
		return t
	case diagnose.CreateByLength:
		return Text{Headline: fmt.Sprintf("the %s answers %s with so little, at most %s, that it can only be an error: a rekeying or another Child SA is refused", from, what, Count(x.Bytes, "byte")),
			Hint: "with a key for the IKE SA the reason can be read; PFS that one side alone uses shows at the first rekeying"}
	case diagnose.AuthByLength:
		return Text{Headline: fmt.Sprintf("the %s's answer to IKE_AUTH is too short for a Child SA, at most %s: it proves who it is and refuses the Child SA", from, Count(x.Bytes, "byte")),
			Hint: refusedChildHint}
	case diagnose.NoESP:
		return Text{Headline: fmt.Sprintf("the %s answers IKE_AUTH, but no ESP or AH packet follows: unless there is nothing to send, it has refused the Child SA", from),
			Hint: refusedChildHint}
	}
	return stopped(x)
}

const refusedChildHint = "with a key for the IKE SA the reason can be read; traffic selectors and ESP proposals that do not fit are the usual ones"

// rekeyingHint adds what a failed rekeying of IKEv1 leads to.
func rekeyingHint(t Text, x *diagnose.FailedExchange) Text {
	if x.Rekeying {
		t.Hint += "; traffic stops when the old SAs end"
	}
	return t
}

// stopped is for negotiations that did not come as far as a Child SA.
func stopped(x *diagnose.FailedExchange) Text {
	what := exchange(x.Exchange)
	switch x.Kind {
	case diagnose.InitStopped:
		return Text{Headline: what + ": " + Outcome(x.Outcome), Hint: "the answers may not reach the other side: look for a firewall, or another route back"}
	case diagnose.AuthStopped:
		return Text{Headline: what + ": " + Outcome(x.Outcome),
			Hint: "look whether UDP 4500 passes; large messages with certificates are lost where IP fragments are: allow IKE fragmentation (RFC 7383)"}
	case diagnose.OtherStopped:
		return Text{Headline: what + ": " + Outcome(x.Outcome), Hint: "large messages are lost where IP fragments are: allow IKE fragmentation (RFC 7383)"}
	case diagnose.OtherRefused:
		return Text{Headline: what + ": " + Outcome(x.Outcome)}
	case diagnose.InitRefused:
		return Text{Headline: what + " " + Outcome(x.Outcome)}
	case diagnose.Phase1Refused:
		return Text{Headline: "phase 1 " + Outcome(x.Outcome)}
	case diagnose.Phase1Stopped:
		t := Text{Headline: Outcome(x.Outcome), Hint: "large messages with certificates are lost where IP fragments are; or the other side dropped the message without a word: see its log"}
		if x.Moved {
			t.Headline += "; nothing came back since the ports changed to 4500"
			t.Hint = "look for a firewall that drops UDP 4500"
			if x.PSK {
				t.Hint += "; or the pre-shared keys differ"
			}
		}
		return t
	}
	return Text{}
}

func wrongGroup(f *diagnose.Finding, x *diagnose.WrongGroup) Text {
	t := Text{Headline: fmt.Sprintf("%s: the key exchange in %s was not of the group that the %s wants (%s); ", Subject(f.Subject), x.Exchange, Side(f.From), x.Notify)}
	switch {
	case x.Later:
		t.Headline += "the next try was right"
		t.Hint = "put that group first in the proposal: it saves a round trip"
	case x.Child:
		t.Headline += "no other try was accepted: the sides want other groups for PFS"
		t.Hint = "let both sides use PFS with the same group"
	default:
		t.Headline += "no other try was accepted"
		t.Hint = "offer that group, or let the other side accept the one that was offered"
	}
	return t
}

func modeNotGranted(f *diagnose.Finding) Text {
	return Text{Headline: fmt.Sprintf("the %s asks for transport mode and the %s does not grant it: the Child SA is in tunnel mode", Side(f.From), Side(f.From.Other())),
		Hint: offerHint(diagnose.TraitMode)}
}

func otherMode(x *diagnose.OtherMode) Text {
	return Text{Headline: fmt.Sprintf("the initiator starts with %s, which %s; the responder, when it starts itself, uses %s (frame %d)", x.Mode, Outcome(x.Outcome), x.Other, x.Frame),
		Hint: "set Main Mode on both sides, or Aggressive Mode on both; Aggressive Mode shows a hash of the pre-shared key to everybody"}
}

func noResponse(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.NoAnswer)
	if !ok {
		return child(f)
	}
	t := Text{Headline: fmt.Sprintf("%v does not answer %v: %s", x.Dst, x.Src, Outcome(x.Outcome)),
		Hint: "look for a firewall that drops UDP 500 and 4500, a wrong peer address, or a daemon that is not running or has no connection for this peer"}
	if x.Aggressive {
		t.Hint += "; a peer that is set to Main Mode may drop Aggressive Mode without a word"
	}
	return t
}

func cookieChallenge(f *diagnose.Finding) Text {
	return Text{Headline: Subject(f.Subject) + ": the responder asked for a COOKIE: it has many half-open IKE SAs, or is configured to"}
}

func errorNotify(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.ErrorNotify)
	return Text{Headline: fmt.Sprintf("the %s sent %s", Side(f.From), x.Notify)}
}
