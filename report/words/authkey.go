package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

func keyUnread(f *diagnose.Finding, x *diagnose.KeyUnread) Text {
	from, to, message := peer(f, f.From), peer(f, f.From.Other()), messageOf(f.From, x.Aggressive)
	could := "decrypt"
	if x.Aggressive {
		could = "verify"
	}
	t := Text{
		Headline: fmt.Sprintf("the pre-shared keys differ: %s could not %s %s", to, could, message),
		Hint:     fmt.Sprintf("enter the same pre-shared key on %s and %s; look for blanks and line ends", from, to),
	}
	if x.Form != 0 {
		made := fmt.Sprintf("frame %d of %s", x.Frame, from)
		if x.Proof == diagnose.ReceiverOpened {
			made = fmt.Sprintf("frame %d of %s", x.Opened, to)
		}
		keyForm(&t, &x.KeyForm, from, to, made)
		return t
	}
	switch x.Proof {
	case diagnose.SenderHash:
		t.Details = append(t.Details, fmt.Sprintf("the secrets given verify %v of %s in frame %d", x.Hash, from, x.Frame))
		if x.Closed != 0 {
			t.Details = append(t.Details, fmt.Sprintf("they do not decrypt frame %d of %s", x.Closed, to))
		}
		return t
	case diagnose.ReceiverOpened:
		t.Details = append(t.Details, fmt.Sprintf("the secrets given decrypt frame %d of %s, but not frame %d of %s", x.Opened, to, x.Frame, from))
		return t
	}
	t.Headline = fmt.Sprintf("phase 1 failed at %s, most likely because the pre-shared keys differ", message)
	t.Hint = fmt.Sprintf("compare the pre-shared keys of %s and %s; give the log of %s to be certain", from, to, to)
	switch x.Proof {
	case diagnose.SenderOpened:
		t.Details = append(t.Details, fmt.Sprintf("the secrets given decrypt frame %d: they are those of %s", x.Frame, from))
	case diagnose.NotTheSenders:
		t.Details = append(t.Details, "the PSK given is not the one of "+from)
	default:
		t.Details = append(t.Details, fmt.Sprintf("%s did not continue after frame %d of %s", to, x.Frame, from))
	}
	return t
}

// keyForms say how two pre-shared keys differ.
var keyForms = map[secret.Form]string{
	secret.TrailingBlank: "one has a blank at the end", secret.TrailingNewline: "one has a line end at the end", secret.LeadingBlank: "one begins with a blank",
	secret.Quotes: "one has quotation marks around it", secret.Hex: "one is hex digits, or has 0x, and the other is text",
	secret.Encoding: "one is in Latin-1, the other in UTF-8", secret.Case: "upper and lower case differ",
}

// keyForm is for pre-shared keys that differ in how they were entered alone; made is what the prover made with its own.
func keyForm(t *Text, x *diagnose.KeyForm, prover, refuser, made string) {
	t.Headline = fmt.Sprintf("the pre-shared keys of %s and %s differ: %s", prover, refuser, keyForms[x.Form])
	evidence := fmt.Sprintf("the key given at %s matches %s only if changed so", x.Keys[1], made)
	if x.Keys[0] != "" {
		evidence = fmt.Sprintf("the key at %s matches %s; the one at %s differs from it in that alone", x.Keys[0], made, x.Keys[1])
	}
	t.Details = append([]string{evidence}, t.Details...)
	t.Hint = hint(fmt.Sprintf("enter the pre-shared key again on %s and %s", prover, refuser), ", without blanks, line ends or quotation marks")
}

// checkLog is what to do where the reason is not in the capture.
func checkLog(peer string) string {
	return fmt.Sprintf("check the log of %s for the reason: identity, certificate, issuer or key", peer)
}

// sameKey is what to do where the pre-shared keys differ, or may.
const sameKey = "compare the pre-shared keys of %s and %s, and for which addresses and identities they are"
