package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// exchange is "CREATE_CHILD_SA 5 (rekey of ESP 0xc0ffee01)".
func exchange(x diagnose.Exchange) string {
	text := x.Type
	if x.ID != "" {
		text += " " + x.ID
	}
	if x.Purpose != "" {
		text += " (" + x.Purpose + ")"
	}
	return text
}

// offerHints say what has to agree, where no more is known.
var offerHints = map[diagnose.OfferFor]string{
	diagnose.ForPhase1: "let encryption, hash, group, authentication method and lifetime of one proposal agree on both sides",
	diagnose.ForIKESA:  "let encryption, PRF, integrity and DH group of one proposal agree on both sides",
	diagnose.ForQuick:  "let encryption, integrity, mode, PFS group and lifetime of one proposal agree on both sides",
	diagnose.ForChild:  "let encryption, integrity, extended sequence numbers and DH group (PFS) of one proposal agree on both sides",
}

// offerHint is what to do where the proposals differ in one thing alone.
func offerHint(name string) string {
	switch name {
	case diagnose.TraitPFS:
		return "let both sides use PFS with the same group, or neither"
	case diagnose.TraitMode:
		return "set the same mode, tunnel or transport, on both sides"
	}
	return fmt.Sprintf("set the same %s on both sides", name)
}

func refusedOffer(f *diagnose.Finding, x *diagnose.RefusedOffer) Text {
	refuser := Side(f.From)
	t := Text{Hint: offerHints[x.For]}
	switch x.For {
	case diagnose.ForPhase1:
		t.Headline = fmt.Sprintf("the %s accepts none of the phase 1 proposals: %s", refuser, x.Notify)
	case diagnose.ForIKESA:
		t.Headline = fmt.Sprintf("the %s accepts none of the proposals for the IKE SA: %s", refuser, x.Notify)
	default:
		t.Headline = fmt.Sprintf("the %s accepts none of the proposals of %s: %s", refuser, exchange(x.Exchange), x.Notify)
	}
	if len(x.Offered) == 0 {
		return t
	}
	for _, o := range x.Offered {
		t.Details = append(t.Details, fmt.Sprintf("offered by the %s in frame %d, %s", Side(f.From.Other()), o.Frame, o.Text))
	}
	if x.More > 0 {
		t.Details = append(t.Details, fmt.Sprintf("and %d more", x.More))
	}
	if len(x.Known) == 0 {
		t.Hint += fmt.Sprintf("; what the %s would take is not in the capture: a negotiation that it starts itself shows it, as does its log", refuser)
		return t
	}
	for i := range x.Known {
		t.Details = append(t.Details, fmt.Sprintf("the %s %s, %s", refuser, knownBy(&x.Known[i]), x.Known[i].Text))
	}
	t.Headline += "; " + nearest(x, refuser)
	switch len(x.Differing) {
	case 0:
	case 1:
		t.Hint = offerHint(x.Differing[0])
	default:
		t.Hint = fmt.Sprintf("set the same %s on both sides", Enumerate(x.Differing))
	}
	if x.ModeAlone {
		t.Headline = fmt.Sprintf("the %s refuses %s %s: %s; the networks of both sides fit, but the mode differs", refuser, x.Exchange.Type, x.Exchange.ID, x.Notify)
	}
	return t
}

// knownBy says how a proposal is known: "offers itself in frame 9".
func knownBy(k *diagnose.KnownOffer) string {
	switch {
	case k.Log != "":
		return "is configured for (" + k.Log + ")"
	case k.Took:
		return fmt.Sprintf("took in frame %d", k.Frame)
	}
	return fmt.Sprintf("offers itself in frame %d", k.Frame)
}

// nearest says how near an offer comes to what the refuser is known for.
func nearest(x *diagnose.RefusedOffer, refuser string) string {
	what := fmt.Sprintf("what the %s %s", refuser, knownBy(&x.Nearest))
	if x.Alternatives > 1 {
		what = fmt.Sprintf("the nearest of the %d proposals that the %s %s", x.Alternatives, refuser, knownBy(&x.Nearest))
	}
	switch len(x.Differing) {
	case 0:
		return "yet the same is " + what
	case 1:
		return fmt.Sprintf("%s differs in the %s alone", what, x.Differing[0])
	}
	return fmt.Sprintf("%s differs in %s", what, Enumerate(x.Differing))
}

func refusedSelectors(f *diagnose.Finding, x *diagnose.RefusedSelectors) Text {
	refuser, starter := Side(f.From), Side(f.From.Other())
	t := Text{Headline: fmt.Sprintf("the %s has no policy for the traffic selectors of %s: %s", refuser, exchange(x.Exchange), x.Notify),
		Hint: "what one side has as its local network the other must have as remote, or a part of it"}
	if x.For == diagnose.ForQuick {
		t.Hint = "the networks on both sides must mirror each other exactly: local on one is remote on the other"
	}
	if x.Asked == nil {
		return t
	}
	t.Details = append(t.Details, fmt.Sprintf("proposed by the %s in frame %d: %s on its own side, %s on the other", starter, x.Asked.Frame, x.Asked.Local, x.Asked.Remote))
	if x.Own == nil {
		t.Details = append(t.Details, fmt.Sprintf("the %s's own selectors are not in the capture: a negotiation that it starts itself shows them, as does its log", refuser))
		return t
	}
	known := diagnose.KnownOffer{Log: x.OwnLog, Took: x.OwnTook, Frame: x.Own.Frame}
	t.Details = append(t.Details, fmt.Sprintf("the %s %s: %s on its own side, %s on the other", refuser, knownBy(&known), x.Own.Local, x.Own.Remote))
	if x.Common[0] != "" && x.Common[1] != "" {
		t.Details = append(t.Details, fmt.Sprintf("common to both: %s on the %s's side, %s on the %s's", x.Common[0], starter, x.Common[1], refuser))
	}
	if x.Equal {
		t.Headline += "; yet its own networks are the same"
	}
	return t
}

func lengthsDiffer(x *diagnose.LengthsDiffer) Text {
	return Text{Headline: fmt.Sprintf("%s %s; most likely one side wants PFS and the other does not: frame %d has %d bytes, frame %d %d",
		exchange(x.Exchange), Outcome(x.Outcome), x.Frame, x.Bytes, x.Other, x.OtherBytes),
		Hint: "let both sides use PFS with the same group, or neither; with a key for the IKE SA the reason can be read"}
}

// child is for what was refused of a Child SA, by the facts that it has.
func child(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.RefusedOffer:
		return refusedOffer(f, &x)
	case diagnose.RefusedSelectors:
		return refusedSelectors(f, &x)
	case diagnose.LengthsDiffer:
		return lengthsDiffer(&x)
	case diagnose.WrongGroup:
		return wrongGroup(f, &x)
	case diagnose.ModeNotGranted:
		return modeNotGranted(f)
	case diagnose.OtherMode:
		return otherMode(&x)
	case diagnose.FailedExchange:
		return failedExchange(f, &x)
	}
	return Text{}
}
