package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

// authentication is for what went wrong with it, by the facts that it has.
func authentication(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.KeyUnread:
		return keyUnread(f, &x)
	case diagnose.RefusedProof:
		return refusedProof(f, &x)
	case diagnose.AuthByShape:
		return authByShape(f, &x)
	case diagnose.XAUTHFailed:
		return xauthFailed(&x)
	case diagnose.EAPFailed:
		return eapFailed(&x)
	case diagnose.CertificateTaken:
		return certificateTaken(f, &x)
	}
	return Text{}
}

func keyUnread(f *diagnose.Finding, x *diagnose.KeyUnread) Text {
	from, to := Side(f.From), Side(f.From.Other())
	t := Text{
		Headline: fmt.Sprintf("the %s cannot read what the %s encrypted in frame %d: most likely their pre-shared keys differ", to, from, x.Frame),
		Hint:     "compare the pre-shared key on both sides, and which one is configured for this peer's address or identity",
	}
	if x.Aggressive {
		t.Headline = fmt.Sprintf("the %s does not go on after HASH of the %s in frame %d: most likely their pre-shared keys differ", to, from, x.Frame)
	}
	const change = "the %s's key is the one that was given: change the %s's, or which one it takes for this peer's address or identity"
	switch x.Proof {
	case diagnose.SenderHash:
		t.Headline = fmt.Sprintf("the pre-shared keys differ: %v in frame %d fits the secrets that were given, and the %s cannot read it", x.Hash, x.Frame, to)
		if x.Closed != 0 {
			t.Headline += fmt.Sprintf(": its own frame %d does not open with them", x.Closed)
		}
		t.Hint = fmt.Sprintf(change, from, to)
	case diagnose.ReceiverOpened:
		t.Headline = fmt.Sprintf("the pre-shared keys differ: the secrets that were given open frame %d of the %s, and not frame %d of the %s", x.Opened, to, x.Frame, from)
		t.Hint = fmt.Sprintf(change, to, from)
	case diagnose.SenderOpened:
		t.Headline += fmt.Sprintf("; the secret that was given is the %s's", from)
	case diagnose.NotTheSenders:
		t.Headline += fmt.Sprintf("; the one that was given is not the %s's", from)
	default:
		t.Hint += "; with the DH secret and either side's pre-shared key it can be proved"
	}
	return t
}

func refusedProof(f *diagnose.Finding, x *diagnose.RefusedProof) Text {
	refuser, prover := Side(x.Prover.Other()), Side(x.Prover)
	t := Text{
		Headline: fmt.Sprintf("the %s does not accept how the %s proves who it is", refuser, prover),
		Hint:     fmt.Sprintf("see in the %s's log why: identity, certificate and its issuer, or key", refuser),
		Details:  sentIDs(x.Identities),
	}
	if x.Said != "" {
		t.Headline += ": " + x.Said
	}
	if x.Method != "" {
		t.Headline += " (" + x.Method + ")"
	}
	if x.Asked != "" {
		t.Hint += fmt.Sprintf("; and whether %s, whom the initiator asks for, is one of the responder's identities", x.Asked)
	}
	for _, c := range x.Checks {
		t.Details = append(t.Details, fmt.Sprintf("AUTH of the %s in frame %d: %s", prover, c.Frame, AuthCheck(&c)))
	}
	whyRefused(&t, x, refuser, prover)
	if x.AtOnce && x.Why != diagnose.ProofCertificate {
		endedAtOnce(&t, x, refuser, prover)
	}
	return t
}

// whyRefused adds what is known of the reason.
func whyRefused(t *Text, x *diagnose.RefusedProof, refuser, prover string) {
	const compareKeys = "compare the pre-shared key on both sides, and for which addresses and identities it is configured"
	configure := fmt.Sprintf("configure %s as the %s's identity on the %s, or change what the %s sends", x.Identity, prover, refuser, prover)
	switch x.Why {
	case diagnose.ProofCertificate:
		t.Headline = fmt.Sprintf("the %s does not accept the %s's certificate %s: %s", refuser, prover, x.Objection.Certificate.X509().SubjectName(), objection(x.Objection))
		if x.Said != "" {
			t.Headline += " (" + x.Said + ")"
		}
		t.Hint = fmt.Sprintf("give the %s a certificate that is valid, has its identity among its names, and comes from an authority that the %s trusts", prover, refuser)
	case diagnose.ProofIdentity:
		t.Headline += fmt.Sprintf("; the identity of the %s is not the one that the other side wants", Side(x.Differs))
		t.Hint = fmt.Sprintf("let the %s send the identity that the other side has for it, or change it there", Side(x.Differs))
	case diagnose.ProofNoConnection:
		t.Headline += fmt.Sprintf("; its log says that it has no connection for these identities (%s)", x.Log)
		t.Hint = fmt.Sprintf("configure a connection with these identities on the %s, or change what the %s sends and asks for", refuser, prover)
	case diagnose.ProofKey:
		t.Hint = compareKeys
		if x.Unchecked {
			t.Hint += "; with a pre-shared key its AUTH can be checked"
		}
	case diagnose.ProofKeyLog:
		t.Headline = fmt.Sprintf("the pre-shared keys differ, as the log says (%s): the %s refuses the %s's AUTH in frame %d with %s", x.Log, refuser, prover, x.Frame, x.Said)
		t.Hint = compareKeys
	case diagnose.ProofKeyWrong:
		t.Headline = fmt.Sprintf("the %s refuses the %s's pre-shared key: %s; AUTH in frame %d does not fit the one that was given either", refuser, prover, x.Said, x.Frame)
		t.Hint = compareKeys
	case diagnose.ProofKeyFitsLog:
		t.Headline = fmt.Sprintf("the %s refuses the %s's pre-shared key: %s; AUTH in frame %d fits the one that was given, so that the %s has another one (%s)",
			refuser, prover, x.Said, x.Frame, refuser, x.Log)
		t.Hint = compareKeys
	case diagnose.ProofKeyFits: // a side that has no connection for the identities says the same (RFC 7296, section 2.21.2)
		t.Headline = fmt.Sprintf("the %s refuses the %s's pre-shared key or an identity: %s; AUTH in frame %d fits the key that was given, so that the %s has another one, or no connection for the identities",
			refuser, prover, x.Said, x.Frame, refuser)
		t.Hint = fmt.Sprintf("compare the pre-shared key on both sides, and the identities that the %s sends with those that are configured on the %s", prover, refuser)
	case diagnose.ProofOnlyIdentity:
		t.Headline += fmt.Sprintf("; the pre-shared keys agree, so that it does not take the identity %s", x.Identity)
		t.Hint = configure
	case diagnose.ProofFirstMessage:
		t.Headline = fmt.Sprintf("the %s has no connection for the first message of Aggressive Mode: %s", refuser, x.Said)
		t.Hint = "see whether it allows Aggressive Mode, and for which identities and addresses it has a connection"
		if x.Identity != "" {
			t.Headline += fmt.Sprintf("; the initiator says that it is %s", x.Identity)
		}
	}
}

// endedAtOnce is for a side that ended the IKE SA as soon as the other one had authenticated itself.
func endedAtOnce(t *Text, x *diagnose.RefusedProof, refuser, prover string) {
	t.Headline = fmt.Sprintf("the %s ended the IKE SA as soon as the %s had authenticated itself", refuser, prover)
	if x.Said != "" {
		t.Headline += " (" + x.Said + ")"
	}
	switch x.Why {
	case diagnose.ProofIdentity, diagnose.ProofNoConnection:
		t.Headline += ": it wants another identity"
	case diagnose.ProofUnread:
		t.Hint = "its log says why: most likely it expects another identity; with a key for the IKE SA the identity can be read"
	case diagnose.ProofOnlyIdentity:
		t.Headline += ": it does not accept the identity " + x.Identity
		t.Hint = fmt.Sprintf("configure %s as the %s's identity on the %s, or change what the %s sends", x.Identity, prover, refuser, prover)
	default:
		t.Hint = "its log says why: identity, certificate and its issuer, or key"
	}
}

// sentIDs lists identities in the messages of IKE_AUTH.
func sentIDs(list []diagnose.SentID) (lines []string) {
	for _, id := range list {
		what := "the " + Side(id.Side) + " says that it is"
		if id.Asks {
			what = "the initiator asks for"
		}
		lines = append(lines, fmt.Sprintf("%s %s (%s, frame %d)", what, id.Text, id.Type, id.Frame))
	}
	return lines
}

func authByShape(f *diagnose.Finding, x *diagnose.AuthByShape) Text {
	from := Side(f.From)
	switch x.Shape {
	case diagnose.EndedInEAP:
		return Text{Headline: fmt.Sprintf("the initiator ends the IKE SA in the middle of IKE_AUTH, after %s: EAP failed, most likely", Count(x.Rounds, "round")),
			Hint: "check the user name and password, and the EAP method of both sides; with a key for the IKE SA they can be read"}
	case diagnose.EndedShort:
		return Text{Headline: fmt.Sprintf("the responder's answer to IKE_AUTH is too short for a Child SA, at most %s, and the initiator ends the IKE SA at once: most likely it gives up the EAP that the responder asks for",
			Count(x.Bytes, "byte")),
			Hint: "see whether the initiator has a password for this user and knows the EAP method; with a key for the IKE SA it can be read"}
	case diagnose.ShortAnswer:
		return Text{Headline: fmt.Sprintf("the %s answers IKE_AUTH with so little, at most %s, that it can only be an error, and the IKE SA ends there: most likely AUTHENTICATION_FAILED", from, Count(x.Bytes, "byte")),
			Hint: "compare the pre-shared keys, or look at certificates and identities; with a key for the IKE SA the reason can be read"}
	}
	return Text{Headline: fmt.Sprintf("the %s ends the IKE SA as soon as the %s has authenticated itself: most likely it does not accept who that is", from, Side(f.From.Other())),
		Hint: "compare certificates, their issuers and times, identities and pre-shared keys; with a key for the IKE SA they can be read"}
}

func xauthFailed(x *diagnose.XAUTHFailed) Text {
	switch {
	case x.Closed > 0:
		return Text{Headline: fmt.Sprintf("the IKE SA ends with XAUTH, after %s and without a Quick Mode: most likely the user name or the password is wrong", Count(x.Closed, "message")),
			Hint: "check the user name and password; with a key for the IKE SA the answer can be read"}
	case x.User == "":
		return Text{Headline: "XAUTH " + Outcome(x.Outcome), Hint: "check the user name and password; phase 1 is right, so that the group's key is"}
	}
	return Text{Headline: fmt.Sprintf("XAUTH refuses the user %s: wrong name or password (%s)", x.User, ErrorOf(x.Outcome)),
		Hint: "check the user name and password; phase 1 is right, so that the group's key is"}
}

func eapFailed(x *diagnose.EAPFailed) Text {
	method := "EAP"
	if x.Method != "" {
		method += " " + x.Method
	}
	t := Text{Details: sentIDs(x.Identities), Hint: "check the user name and password"}
	switch {
	case x.Reason != "":
		t.Headline = fmt.Sprintf("%s refuses the user %s: %s (E=%s)", method, x.User, x.Reason, x.Code)
	case x.Code != "":
		t.Headline = fmt.Sprintf("%s refuses the user %s: E=%s", method, x.User, x.Code)
	case x.Wants != "":
		t.Headline = fmt.Sprintf("the sides have no EAP method in common: the responder wants %s, the initiator %s (%s)", x.Method, x.Wants, x.Said)
		t.Hint = "set the same EAP method on both sides"
	case x.GaveUp:
		t.Headline = fmt.Sprintf("the initiator gives up %s that the responder asks for: %s", method, x.Said)
		t.Hint = "it has no password for this user or responder, does not know the method, or does not accept the responder: see its log"
	default:
		t.Headline = fmt.Sprintf("%s refuses the user %s: %s", method, x.User, x.Said)
	}
	return t
}

func aggressivePSK(f *diagnose.Finding) Text {
	return Text{Headline: Subject(f.Subject) + ": Aggressive Mode with a pre-shared key shows the identities and a hash that the key can be guessed from",
		Hint: "use IKEv2, Main Mode or certificates; where that cannot be, a long random key"}
}
