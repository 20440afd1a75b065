package words

import (
	"fmt"
	"unicode/utf8"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// exchange is "Quick Mode 0x4e1a07c3", "rekey of ESP 0xc0ffee01 in CREATE_CHILD_SA 5".
func exchange(x diagnose.Exchange) string {
	text := x.Type.String()
	if x.Numbered {
		text += " " + MessageIDs(x.Low, x.High)
	}
	if x.Purpose.Known() {
		text = Purpose(x.Purpose) + " in " + text
	}
	return text
}

// offered names what an offer is for.
func offered(x *diagnose.RefusedOffer) string {
	switch x.For {
	case diagnose.ForPhase1, diagnose.ForIKESA:
		return "no IKE proposal chosen"
	}
	return "no proposal chosen in " + exchange(x.Exchange)
}

// offerParts are what the peers have to agree on in one proposal.
var offerParts = map[diagnose.OfferFor]string{
	diagnose.ForPhase1: "encryption, hash, DH group and authentication method",
	diagnose.ForIKESA:  "encryption, PRF, integrity and DH group",
	diagnose.ForQuick:  "encryption, integrity, mode and PFS group",
	diagnose.ForChild:  "encryption, integrity, ESN and PFS group",
}

func refusedOffer(f *diagnose.Finding, x *diagnose.RefusedOffer) Text {
	refuser, starter := peer(f, f.From), peer(f, f.From.Other())
	sent := fmt.Sprintf("%s sent %s", refuser, x.Notify)
	t := Text{
		Headline: offered(x) + ": " + sent,
		Hint:     fmt.Sprintf("on %s offer what %s accepts: the same %s", starter, refuser, offerParts[x.For]),
	}
	if len(x.Offered) == 0 {
		if x.First {
			t.Details = append(t.Details, fmt.Sprintf("its offer is not in the capture; %s says the same if it has no connection for %s", refuser, starter))
		}
		return t
	}
	for _, o := range x.Offered {
		t.Details = append(t.Details, fmt.Sprintf("%s offered in frame %d %s", starter, o.Frame, o.Text))
	}
	if x.More > 0 {
		t.Details = append(t.Details, fmt.Sprintf("and %s more", Number(x.More)))
	}
	if x.Additional && len(x.Differing) == 0 {
		t.Details = append(t.Details, fmt.Sprintf("%s offers nothing without an additional key exchange (RFC 9370): a peer without that rejects it", starter))
		t.Hint += ", and the same additional key exchanges or none"
	}
	if x.First && len(x.Differing) == 0 && (x.Usual || len(x.Known) > 0) {
		noConnection(f, x, &t)
	}
	if len(x.Known) == 0 {
		accepts := fmt.Sprintf("what %s accepts is not in the capture%s", refuser, shownBy(x.LogGiven, "it"))
		if x.InLog {
			accepts = fmt.Sprintf("the log of %s names what it accepts instead", refuser)
		}
		if x.First && !x.Usual && !x.InLog {
			accepts += fmt.Sprintf("; it says the same if it has no connection for %s", starter)
		}
		t.Details = append(t.Details, accepts)
		return t
	}
	for i := range x.Known {
		t.Details = append(t.Details, known(refuser, &x.Known[i]))
	}
	if x.ModeAlone {
		t.Headline = fmt.Sprintf("%s rejected %s: the subnets match, but the mode differs", refuser, exchange(x.Exchange))
	} else if len(x.Differing) > 0 {
		t.Headline = offered(x) + ": " + differ(x.Differing)
		if x.Known[0].Other.IsValid() {
			t.Headline = offered(x) + ", most likely because " + differ(x.Differing)
			t.Details = append(t.Details, fmt.Sprintf("%s may accept other proposals from %s", refuser, starter))
			if x.First {
				t.Details = append(t.Details, fmt.Sprintf("also possible: %s has no connection for %s", refuser, starter))
			}
		}
	}
	if x.Private != "" {
		t.Headline = offered(x)
		privateNumber(&t, x.Private, starter)
	}
	if len(x.Differing) > 0 || x.Private != "" {
		t.Details = append([]string{sent}, t.Details...)
	}
	if len(x.Differing) > 0 {
		t.Hint = differingHint(f, x.Differing)
	}
	return t
}

// privateNumber is for proposals that are alike, with an algorithm that strongSwan has a number of its own for.
func privateNumber(t *Text, algorithm, starter string) {
	t.Headline += fmt.Sprintf(", most likely because %s has a number for private use", algorithm)
	t.Details = append(t.Details, fmt.Sprintf("strongSwan accepts such a number only from a peer that sends its vendor ID, and %s sends none", starter))
	t.Hint = fmt.Sprintf("set charon.send_vendor_id = yes on both peers, or choose another algorithm than %s", algorithm)
}

// shownBy is where else there is what a peer has: it, or them, where its log was given and does not say so.
func shownBy(logGiven bool, it string) string {
	if logGiven {
		return " or in its log; a negotiation that it starts shows " + it
	}
	return "; its log shows " + it + ", or a negotiation that it starts"
}

// noConnection is for an offer that should do: the peer may have no connection for who sends it, and says the same then.
func noConnection(f *diagnose.Finding, x *diagnose.RefusedOffer, t *Text) {
	refuser, starter := peer(f, f.From), peer(f, f.From.Other())
	t.Headline = fmt.Sprintf("no IKE proposal chosen, or no connection for %s: %s sent %s", starter, refuser, x.Notify)
	why := "most gateways accept these algorithms"
	if len(x.Known) > 0 && x.Known[0].Same {
		t.Headline = fmt.Sprintf("%s sent %s, although it accepted the same proposal in frame %d", refuser, x.Notify, x.Known[0].Frame)
		t.Details = append([]string{fmt.Sprintf("cannot tell: the proposals set on %s were changed, or its connection for %s was", refuser, starter)}, t.Details...)
		t.Hint = fmt.Sprintf("check what was changed on %s, and that it has an IKEv%d connection for %s", refuser, f.Subject.Version, starter)
		return
	}
	if len(x.Known) > 0 {
		t.Headline = fmt.Sprintf("%s sent %s, most likely because it has no connection for %s", refuser, x.Notify, starter)
		why = "it accepts these algorithms elsewhere"
	}
	t.Details = append([]string{fmt.Sprintf("%s: %s may have no connection for %s, or none for IKEv%d", why, refuser, starter, f.Subject.Version)}, t.Details...)
	if x.Method != "" {
		t.Details = append(t.Details, fmt.Sprintf("or it does not allow the only authentication method offered, %s", x.Method))
	}
	t.Hint = hint(fmt.Sprintf("check on %s that it has an IKEv%d connection for %s", refuser, f.Subject.Version, starter), ", then compare the proposals")
}

// differ is "the DH group differs", "encryption and hash differ".
func differ(names []string) string {
	if len(names) == 1 {
		return "the " + names[0] + " differs"
	}
	return Enumerate(names) + " differ"
}

// known says what a peer accepts, and how that is known.
func known(refuser string, k *diagnose.KnownOffer) string {
	switch {
	case k.Elsewhere && k.Took:
		return fmt.Sprintf("%s accepted in frame %d, for another Child SA: %s", refuser, k.Frame, k.Text)
	case k.Elsewhere:
		return fmt.Sprintf("%s offered in frame %d, for another Child SA: %s", refuser, k.Frame, k.Text)
	case k.Log != "":
		return fmt.Sprintf("%s: configured on %s: %s", k.Log, refuser, k.Text)
	case k.Took && k.Other.IsValid():
		return fmt.Sprintf("%s accepted from %v in frame %d %s", refuser, k.Other, k.Frame, k.Text)
	case k.Took:
		return fmt.Sprintf("%s accepted in frame %d %s", refuser, k.Frame, k.Text)
	case k.Other.IsValid():
		return fmt.Sprintf("%s offered to %v in frame %d %s", refuser, k.Other, k.Frame, k.Text)
	}
	return fmt.Sprintf("%s offered in frame %d %s", refuser, k.Frame, k.Text)
}

// differingHint says what to set where proposals differ.
func differingHint(f *diagnose.Finding, names []string) string {
	if len(names) == 1 && (names[0] == diagnose.TraitPFS || names[0] == diagnose.TraitMode) {
		return offerHint(f, names[0])
	}
	starter, refuser := peer(f, f.From.Other()), peer(f, f.From)
	var values []string
	for i := range f.Compared {
		if c := &f.Compared[i]; c.Differs {
			value := c.Responder
			if f.From == diagnose.Initiator {
				value = c.Initiator
			}
			values = append(values, c.Name+" "+value)
		}
	}
	set := fmt.Sprintf("on %s set %s", starter, Enumerate(values))
	if len(values) == 0 || utf8.RuneCountInString(set) > longestHint {
		return fmt.Sprintf("set the same %s on %s and %s", Enumerate(names), starter, refuser)
	}
	return hint(set, fmt.Sprintf(", or on %s what %s offers", refuser, starter))
}

// offerHint is what to do where the proposals differ in one thing only.
func offerHint(f *diagnose.Finding, name string) string {
	a, b := peer(f, diagnose.Initiator), peer(f, diagnose.Responder)
	switch name {
	case diagnose.TraitPFS:
		return fmt.Sprintf("set PFS with the same group on %s and %s, or turn it off on both", a, b)
	case diagnose.TraitMode:
		return fmt.Sprintf("set the same mode, tunnel or transport, on %s and %s", a, b)
	}
	return fmt.Sprintf("set the same %s on %s and %s", name, a, b)
}

func refusedSelectors(f *diagnose.Finding, x *diagnose.RefusedSelectors) Text {
	refuser, starter := peer(f, f.From), peer(f, f.From.Other())
	t := Text{Headline: fmt.Sprintf("%s rejected the traffic selectors of %s: %s", refuser, exchange(x.Exchange), x.Notify),
		Hint: fmt.Sprintf("on %s set a remote subnet that is the local subnet of %s, or part of it, and the other way round", starter, refuser)}
	if x.For == diagnose.ForQuick {
		t.Hint = fmt.Sprintf("on %s and %s set the local subnet of one as the remote subnet of the other", starter, refuser)
	}
	if x.Asked == nil {
		return t
	}
	t.Details = append(t.Details, fmt.Sprintf("%s proposed in frame %d: local %s, remote %s", starter, x.Asked.Frame, x.Asked.Local, x.Asked.Remote))
	if x.Own == nil {
		t.Details = append(t.Details, fmt.Sprintf("the selectors of %s are not in the capture%s", refuser, shownBy(x.LogGiven, "them")))
		t.Hint = hint(fmt.Sprintf("on %s set local subnet %s and remote subnet %s", refuser, x.Asked.Remote, x.Asked.Local), ", or change those on "+starter)
		return t
	}
	t.Details = append(t.Details, ownSelectors(refuser, x))
	if x.Outside || x.Narrowed {
		return answeredOutside(f, x, t)
	}
	if x.Common[0] != "" && x.Common[1] != "" {
		t.Details = append(t.Details, fmt.Sprintf("common to both: %s behind %s, %s behind %s", x.Common[0], starter, x.Common[1], refuser))
	}
	if x.Equal {
		if x.OwnTook {
			t.Headline += fmt.Sprintf(", although it accepted them in frame %d", x.Own.Frame)
			t.Hint = fmt.Sprintf("check what was changed on %s, then that the local subnet of one is the remote subnet of the other", refuser)
		} else {
			t.Headline += ", although its own subnets are the same"
		}
		return t
	}
	setSelectors(f, x, &t)
	return t
}

// setSelectors says which subnets to set.
func setSelectors(f *diagnose.Finding, x *diagnose.RefusedSelectors, t *Text) {
	refuser, starter := peer(f, f.From), peer(f, f.From.Other())
	var set []string
	if x.Own.Local != x.Asked.Remote {
		set = append(set, "the local subnet to "+x.Asked.Remote)
	}
	if x.Own.Remote != x.Asked.Local {
		set = append(set, "the remote subnet to "+x.Asked.Local)
	}
	if x.Reversed {
		t.Details = append(t.Details, fmt.Sprintf("both peers have %s as local subnet", x.Asked.Local))
		t.Hint = fmt.Sprintf("swap the local and remote subnets on %s or on %s, whichever has no %s behind it", starter, refuser, x.Asked.Local)
		return
	}
	if x.Own.Several || x.OwnUsed {
		t.Hint = fmt.Sprintf("on %s add a Child SA with local subnet %s and remote subnet %s, or change %s", refuser, x.Asked.Remote, x.Asked.Local, starter)
		return
	}
	if len(set) > 0 {
		t.Hint = hint(fmt.Sprintf("on %s set %s", refuser, Enumerate(set)), ", as on "+starter, "; or change "+starter)
	}
}

// answeredOutside is for a peer that answered with selectors of which nothing was asked for, or with a part of them in IKEv1.
func answeredOutside(f *diagnose.Finding, x *diagnose.RefusedSelectors, t Text) Text {
	refuser, starter := peer(f, f.From), peer(f, f.From.Other())
	t.Headline = fmt.Sprintf("traffic selectors differ: %s answered with subnets that %s did not request", refuser, starter)
	t.Details[len(t.Details)-1] = fmt.Sprintf("%s answered in frame %d: local %s, remote %s", refuser, x.Own.Frame, x.Own.Local, x.Own.Remote)
	if x.Narrowed {
		t.Headline = fmt.Sprintf("traffic selectors differ: %s answered with narrower subnets than %s requested", refuser, starter)
		t.Details = append(t.Details, "IKEv1 has no narrowing: both peers have to name the same subnets")
	}
	if x.Rejected > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%s rejected that in frame %d: %s", starter, x.Rejected, x.Notify))
	}
	if x.Deleted > 0 {
		t.Details = append(t.Details, fmt.Sprintf("the Child SA was deleted in frame %d", x.Deleted))
	}
	setSelectors(f, x, &t)
	return t
}

// ownSelectors are those of the peer that rejected others, and how they are known.
func ownSelectors(refuser string, x *diagnose.RefusedSelectors) string {
	pair := fmt.Sprintf("local %s, remote %s", x.Own.Local, x.Own.Remote)
	switch {
	case x.OwnLog != "":
		return fmt.Sprintf("%s: configured on %s: %s", x.OwnLog, refuser, pair)
	case x.OwnUsed:
		return fmt.Sprintf("%s accepted in frame %d, for another Child SA: %s", refuser, x.Own.Frame, pair)
	case x.OwnTook:
		return fmt.Sprintf("%s accepted in frame %d: %s", refuser, x.Own.Frame, pair)
	}
	return fmt.Sprintf("%s proposed in frame %d: %s", refuser, x.Own.Frame, pair)
}

func lengthsDiffer(f *diagnose.Finding, x *diagnose.LengthsDiffer) Text {
	return Text{Headline: exchange(x.Exchange) + " failed, most likely because only one peer uses PFS",
		Details: []string{outcomeIn(f, x.Outcome),
			fmt.Sprintf("frame %d has %s, frame %d of its peer %s: the difference is a DH public value", x.Frame, Count(x.Bytes, "byte"), x.Other, Count(x.OtherBytes, "byte"))},
		Hint: hint(offerHint(f, diagnose.TraitPFS), giveKey)}
}

// child is for a negotiation that failed, by the facts of the finding.
func child(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.RefusedOffer:
		return refusedOffer(f, &x)
	case diagnose.RefusedSelectors:
		return refusedSelectors(f, &x)
	case diagnose.LengthsDiffer:
		return lengthsDiffer(f, &x)
	case diagnose.WrongGroup:
		return wrongGroup(f, &x)
	case diagnose.ModeNotGranted:
		return modeNotGranted(f, &x)
	case diagnose.OtherMode:
		return otherMode(f, &x)
	case diagnose.FailedExchange:
		return failedExchange(f, &x)
	}
	return Text{}
}
