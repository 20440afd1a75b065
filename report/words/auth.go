package words

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// authentication is for authentication that failed, by the facts of the finding.
func authentication(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.RefusedOffer:
		return refusedOffer(f, &x)
	case diagnose.KeyUnread:
		return keyUnread(f, &x)
	case diagnose.RefusedProof:
		return refusedProof(f, &x)
	case diagnose.AuthByShape:
		return authByShape(f, &x)
	case diagnose.XAUTHFailed:
		return xauthFailed(f, &x)
	case diagnose.EAPFailed:
		return eapFailed(f, &x)
	case diagnose.CertificateTaken:
		return certificateTaken(f, &x)
	}
	return Text{}
}

// messageOf names the message of phase 1 that could not be read: "message 5 of Main Mode" (RFC 2409, section 5.4).
func messageOf(from diagnose.Side, aggressive bool) string {
	switch {
	case aggressive && from == diagnose.Responder:
		return "message 2 of Aggressive Mode"
	case aggressive:
		return "message 3 of Aggressive Mode"
	case from == diagnose.Responder:
		return "message 6 of Main Mode"
	}
	return "message 5 of Main Mode"
}

// because adds what a side said to what it did: ": AUTHENTICATION_FAILED".
func because(said string) string {
	if said == "" {
		return ""
	}
	return ": " + said
}

func refusedProof(f *diagnose.Finding, x *diagnose.RefusedProof) Text {
	refuser, prover := peer(f, x.Prover.Other()), peer(f, x.Prover)
	t := Text{
		Headline: fmt.Sprintf("%s rejected the authentication of %s%s", refuser, prover, because(said(x.Said))),
		Hint:     checkLog(refuser),
	}
	if len(x.Methods) > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%s authenticates with %s", prover, Methods(x.Methods)))
	}
	t.Details = append(t.Details, sentIDs(f, x.Identities)...)
	if x.Asked != "" {
		t.Hint = hint(t.Hint, fmt.Sprintf("; check that %s is an identity of %s", x.Asked, refuser))
	}
	for _, c := range x.Checks {
		t.Details = append(t.Details, fmt.Sprintf("AUTH of %s in frame %d: %s", prover, c.Frame, AuthCheck(&c)))
	}
	whyRefused(f, &t, x)
	if x.SameKeys {
		t.Details = append(t.Details, "the pre-shared keys are the same: both peers decrypted each other's messages")
	}
	if x.Form != 0 {
		keyForm(&t, &x.KeyForm, prover, refuser, "AUTH of "+prover)
	}
	if x.AtOnce && x.Why != diagnose.ProofCertificate {
		endedAtOnce(&t, x, refuser, prover)
	}
	return t
}

// whyRefused adds what is known of the reason.
func whyRefused(f *diagnose.Finding, t *Text, x *diagnose.RefusedProof) {
	refuser, prover := peer(f, x.Prover.Other()), peer(f, x.Prover)
	switch x.Why {
	case diagnose.ProofUnknown:
		if x.SignedAlone {
			t.Details, t.Hint = append(t.Details, sentNone(prover)), hint(sendOrInstall(prover, refuser), "; else "+checkLog(refuser))
		}
		if c := x.Certificate; c != nil {
			t.Details = append(t.Details, fmt.Sprintf("certificate %s: %s did not send the one of its issuer %s", c.X509().SubjectName(), prover, c.X509().IssuerName()))
			t.Hint = fmt.Sprintf("check that %s trusts this issuer and has a connection for this identity", refuser)
			if x.Asked != "" {
				t.Hint = hint(t.Hint, fmt.Sprintf("; and that %s is its own", x.Asked))
			}
		}
	case diagnose.ProofCertificate:
		refusedCertificate(f, t, x)
	case diagnose.ProofIdentity, diagnose.ProofNoConnection, diagnose.ProofOnlyIdentity, diagnose.ProofIdentityOrMethod:
		refusedIdentity(f, t, x, refuser, prover)
	case diagnose.ProofKey, diagnose.ProofKeyLog, diagnose.ProofKeyWrong, diagnose.ProofPPK, diagnose.ProofKeyFitsLog, diagnose.ProofKeyFits:
		refusedKey(t, x, refuser, prover)
	case diagnose.ProofMethod:
		otherMethod(f, t, x)
	case diagnose.ProofBeforeEAP:
		gaveUpBeforeEAP(f, t, x)
	case diagnose.ProofAnswerUnread:
		unreadRefusal(f, t, x)
	case diagnose.ProofFirstMessage:
		t.Headline = fmt.Sprintf("%s rejected the first message of Aggressive Mode%s", refuser, because(said(x.Said)))
		t.Hint = fmt.Sprintf("check on %s that Aggressive Mode is allowed, and for which identities and addresses it has a connection", refuser)
		if x.Identity != "" {
			t.Details = append(t.Details, fmt.Sprintf("%s sent the identity %s", prover, x.Identity))
		}
	}
}

// byLog adds where the log of the refuser gives the reason.
func (t *Text) byLog(x *diagnose.RefusedProof, refuser string) {
	t.Details = append([]string{"the log of " + refuser + " gives the reason at " + x.Log}, t.Details...)
}

// refusedIdentity is for an identity that the peer has no connection for.
func refusedIdentity(f *diagnose.Finding, t *Text, x *diagnose.RefusedProof, refuser, prover string) {
	switch x.Why {
	case diagnose.ProofIdentity:
		owner, expects := peer(f, x.Differs), peer(f, x.Differs.Other())
		t.Headline = fmt.Sprintf("the identity of %s is not the one that %s expects", owner, expects)
		if s := said(x.Said); s != "" {
			t.Details = append(t.Details, refuser+" sent "+s)
		}
		t.Hint = fmt.Sprintf("on %s send the identity that %s expects, or change what %s expects", owner, expects, expects)
	case diagnose.ProofNoConnection:
		t.Headline = fmt.Sprintf("%s has no connection for these identities%s", refuser, because(said(x.Said)))
		t.Hint = fmt.Sprintf("on %s configure a connection for these identities, or change those that %s sends", refuser, prover)
		if x.Transport {
			t.Headline = fmt.Sprintf("%s has no connection for these identities in transport mode%s", refuser, because(said(x.Said)))
			t.Hint = fmt.Sprintf("on %s configure transport mode, or tunnel mode on %s; else compare the identities", refuser, prover)
		}
		t.byLog(x, refuser)
	case diagnose.ProofOnlyIdentity:
		t.Headline = fmt.Sprintf("%s rejected the identity %s%s", refuser, cmp.Or(x.Identity, "of "+prover), because(said(x.Said)))
		t.Hint = fmt.Sprintf("compare the identity that %s sends with the one that %s expects", prover, refuser)
		if x.Identity != "" {
			t.Hint = hint(fmt.Sprintf("on %s set the remote identity to %s", refuser, Clip(x.Identity, longestIdentity)), ", or change the identity on "+prover)
		}
	case diagnose.ProofIdentityOrMethod:
		t.Headline = fmt.Sprintf("%s rejected %s, most likely its identity or authentication method%s", refuser, prover, because(said(x.Said)))
		t.Details = append(t.Details, fmt.Sprintf("%s sent the identity %s and authenticates with a pre-shared key", prover, x.Identity))
		t.Hint = fmt.Sprintf("check on %s that a connection for this identity allows a pre-shared key", refuser)
	}
}

// refusedKey is for an AUTH payload that the peer rejected, of a pre-shared key or a post-quantum one.
func refusedKey(t *Text, x *diagnose.RefusedProof, refuser, prover string) {
	differ := fmt.Sprintf("the pre-shared keys differ: %s rejected AUTH of %s with %s", refuser, prover, said(x.Said))
	t.Hint = fmt.Sprintf(sameKey, prover, refuser)
	switch x.Why {
	case diagnose.ProofKey:
		if x.WithEAP > 0 && x.Form == 0 {
			orEAP(t, x, refuser, prover)
		}
		if x.Unchecked {
			t.Hint = hint(t.Hint, "; give the PSK to verify AUTH")
		}
	case diagnose.ProofKeyLog:
		t.Headline = differ
		t.byLog(x, refuser)
	case diagnose.ProofKeyWrong:
		t.Headline = fmt.Sprintf("%s rejected AUTH of %s with %s, most likely because the pre-shared keys differ", refuser, prover, said(x.Said))
		t.Details = append(t.Details, fmt.Sprintf("the PSK given does not verify AUTH in frame %d", x.Frame))
	case diagnose.ProofPPK:
		ppk := differentPPK(refuser, prover)
		t.Headline, t.Hint = ppk.Headline, ppk.Hint
		t.Details = append(ppk.Details, t.Details...)
		if x.Log != "" {
			t.byLog(x, refuser)
		}
	case diagnose.ProofKeyFitsLog:
		t.Headline = differ
		t.Details = append(t.Details, fmt.Sprintf("the PSK given verifies AUTH in frame %d: %s has a different PSK", x.Frame, refuser))
		t.byLog(x, refuser)
	case diagnose.ProofKeyFits: // a peer without a connection for the identities says the same (RFC 7296, section 2.21.2)
		t.Details = append(t.Details, fmt.Sprintf("the PSK given verifies AUTH in frame %d", x.Frame))
		if x.WithEAP > 0 {
			orEAP(t, x, refuser, prover)
			return
		}
		t.Details = append(t.Details, fmt.Sprintf("cannot tell: %s has a different PSK, or no connection for these identities", refuser),
			"also possible: it requires EAP or a certificate")
		t.Hint = fmt.Sprintf("compare the pre-shared keys, and the identities that %s sends with those configured on %s", prover, refuser)
	}
}

// refusedCertificate is for a certificate that the peer rejected.
func refusedCertificate(f *diagnose.Finding, t *Text, x *diagnose.RefusedProof) {
	refuser, prover := peer(f, x.Prover.Other()), peer(f, x.Prover)
	t.Headline = fmt.Sprintf("%s rejected the certificate of %s: %s", refuser, prover, objection(f, x.Objection))
	t.Details = append([]string{"certificate " + x.Objection.Certificate.X509().SubjectName()}, t.Details...)
	if x.Objection.Client != negotiation.OtherClient {
		t.Headline = fmt.Sprintf("%s gave up, most likely because of the certificate of %s: %s", refuser, prover, objection(f, x.Objection))
	}
	t.Details = append(t.Details, clientRules(x.Objection.Client, refuser)...)
	if s := said(x.Said); s != "" {
		t.Details = append(t.Details, refuser+" sent "+s)
	}
	t.Hint = certificateHint(x.Objection.Kind, refuser, prover)
}

// gaveUpBeforeEAP is for a client that has seen the certificate of its gateway, and does not start EAP.
func gaveUpBeforeEAP(f *diagnose.Finding, t *Text, x *diagnose.RefusedProof) {
	refuser, prover := peer(f, x.Prover.Other()), peer(f, x.Prover)
	c := x.Certificate.X509()
	t.Headline = fmt.Sprintf("%s gave up before EAP: most likely it does not trust the certificate of %s", refuser, prover)
	what := refuser + " sent nothing after it"
	if s := said(x.Said); s != "" {
		what = fmt.Sprintf("%s sent %s in place of an EAP response", refuser, s)
		t.Headline += ", or has no password"
	}
	t.Details = append(append([]string{fmt.Sprintf("certificate %s, issued by %s", c.SubjectName(), c.IssuerName()), what}, t.Details...),
		clientRules(x.Client, refuser)...)
	t.Hint = hint(fmt.Sprintf("on %s trust the CA of this certificate, or send its intermediate CAs from %s", refuser, prover), "; check the user's password")
}

// unreadRefusal is for a rejection of IKEv1 of which nothing but an encrypted Informational is known.
func unreadRefusal(f *diagnose.Finding, t *Text, x *diagnose.RefusedProof) {
	refuser, prover := peer(f, x.Prover.Other()), peer(f, x.Prover)
	t.Headline = fmt.Sprintf("%s rejected the authentication of %s, most likely its identity or authentication method", refuser, prover)
	t.Details = append(t.Details, refuser+" sent only an encrypted Informational after it")
	t.Hint = fmt.Sprintf("compare the identity and authentication method of %s with those that %s expects", prover, refuser)
	if x.BehindNAT {
		t.Details = append(t.Details, prover+" is behind NAT: its identity may be its private address")
	}
	switch {
	case x.AnyMethod:
		t.Headline = fmt.Sprintf("%s rejected the authentication of %s; cannot tell: its pre-shared key, certificate or identity", refuser, prover)
		t.Hint = fmt.Sprintf("capture from the first message on, or check the log of %s for the reason", refuser)
	case x.WithoutPSK:
		t.Headline = fmt.Sprintf("%s rejected the authentication of %s, most likely its certificate or identity", refuser, prover)
		t.Hint = fmt.Sprintf("compare the certificate and identity of %s with those that %s trusts and expects; its log says why", prover, refuser)
	case x.ReadIt:
		t.Details = append(t.Details, "the pre-shared keys are the same: "+prover+" did not retransmit its message, so it decrypted the response")
		if x.Prover == diagnose.Responder {
			t.Details[len(t.Details)-1] = "the pre-shared keys are the same: " + prover + " verified message 5"
		}
	default:
		t.Hint = hint(t.Hint, ", then the keys")
	}
}

// otherMethod is for a proof whose method the peer most likely does not expect.
func otherMethod(f *diagnose.Finding, t *Text, x *diagnose.RefusedProof) {
	refuser, prover := peer(f, x.Prover.Other()), peer(f, x.Prover)
	also := "a different PSK, or no connection for these identities"
	t.Hint = fmt.Sprintf("set the same authentication method for %s on %s and %s", prover, prover, refuser)
	because := because(said(x.Said))
	switch x.Sign {
	case diagnose.AskedEAP:
		t.Headline = fmt.Sprintf("%s rejected %s, most likely because it has no EAP for this peer%s", refuser, prover, because)
		t.Details = append(t.Details, fmt.Sprintf("%s requests EAP: frame %d has no AUTH payload", prover, x.SignAt))
		t.Hint = hint(fmt.Sprintf("on %s set a pre-shared key or a certificate, as %s requires", prover, refuser), ", or EAP on "+refuser)
		also = "no connection for these identities"
	case diagnose.RequestedCert:
		t.Headline = fmt.Sprintf("%s rejected %s, most likely because it requires a certificate%s", refuser, prover, because)
		t.Details = append(t.Details, fmt.Sprintf("%s requests certificates in frame %d", refuser, x.SignAt))
	case diagnose.RequestedNoCert:
		t.Headline = fmt.Sprintf("%s rejected %s, most likely because it requires no certificate but a PSK%s", refuser, prover, because)
		t.Details = append(t.Details, refuser+" requests no certificates")
		also = "the certificate is not trusted, or no connection for these identities"
	case diagnose.OwnMethod:
		t.Headline = fmt.Sprintf("%s rejected %s, most likely because the authentication methods differ%s", refuser, prover, because)
		t.Details = append(t.Details, fmt.Sprintf("%s authenticates in another way itself in frame %d", refuser, x.SignAt))
		also = "a different PSK, a certificate that is not trusted, or no connection for these identities"
	}
	t.Details = append(t.Details, "also possible: "+also)
}

// endedAtOnce is for a peer that deleted the IKE SA as soon as the other peer had authenticated.
func endedAtOnce(t *Text, x *diagnose.RefusedProof, refuser, prover string) {
	t.Headline = fmt.Sprintf("%s deleted the IKE SA as soon as %s had authenticated", refuser, prover)
	if s := said(x.Said); s != "" {
		t.Details = append(t.Details, refuser+" sent "+s)
	}
	switch x.Why {
	case diagnose.ProofIdentity, diagnose.ProofNoConnection:
		t.Headline += ": it expects a different identity"
	case diagnose.ProofUnread:
		t.Hint = fmt.Sprintf("check the log of %s; a key for the IKE SA shows the identity", refuser)
		if x.WithoutPSK {
			t.Headline += ", most likely because it rejected the certificate or identity"
			break
		}
		t.Headline += ", most likely because it expects a different identity"
	case diagnose.ProofOnlyIdentity:
		t.Headline += ": it rejected the identity " + x.Identity
	default:
		t.Hint = checkLog(refuser)
	}
}

// said is "AUTHENTICATION_FAILED", "delete ISAKMP"; "" for a message that is not decrypted.
func said(s diagnose.Said) string {
	if s.Outcome != nil {
		return ErrorOf(s.Outcome)
	}
	parts := make([]string, len(s.Payloads))
	for i, b := range s.Payloads {
		if d, ok := b.(*ikev1.Delete); ok {
			parts[i] = "delete " + d.Protocol.Name(ike.V1)
		} else {
			parts[i] = fmt.Sprint(b)
		}
	}
	return strings.Join(parts, ", ")
}

// sentIDs lists the identities in the messages of IKE_AUTH.
func sentIDs(f *diagnose.Finding, list []diagnose.SentID) (lines []string) {
	for _, id := range list {
		what := "sent"
		if id.Asks {
			what = "expected"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s in frame %d", peer(f, id.Side), what, id.Type, id.Text, id.Frame))
	}
	return lines
}

// giveKey says that a key would show the reason.
const giveKey = "; a key for the IKE SA shows why"

func authByShape(f *diagnose.Finding, x *diagnose.AuthByShape) Text {
	from, other := peer(f, f.From), peer(f, f.From.Other())
	switch x.Shape {
	case diagnose.EndedInEAP:
		return Text{Headline: fmt.Sprintf("%s ended the IKE SA during IKE_AUTH, most likely because EAP failed", from),
			Details: []string{fmt.Sprintf("%s of IKE_AUTH before", Count(x.Rounds, "round"))},
			Hint:    hint(fmt.Sprintf("check user name, password and EAP method on %s and %s", from, other), giveKey)}
	case diagnose.EndedShort:
		causes := "EAP method or Child SA rejected"
		if x.Redirects {
			causes = "EAP method or Child SA rejected, or redirected"
		}
		return Text{Headline: fmt.Sprintf("%s ended the IKE SA after IKE_AUTH; cannot tell: %s", from, causes),
			Details: []string{fmt.Sprintf("the response has at most %s, too few for a Child SA", Count(x.Bytes, "byte"))},
			Hint:    hint(fmt.Sprintf("check on %s the EAP method and the password, then proposals and selectors", from), giveKey)}
	case diagnose.ShortAnswer:
		details := []string{fmt.Sprintf("its response has at most %s, enough for a notification only; no message follows", Count(x.Bytes, "byte"))}
		if x.Proposals {
			return Text{Headline: fmt.Sprintf("%s rejected IKE_AUTH; cannot tell: the authentication of %s, or its ESP proposals", from, other), Details: details,
				Hint: hint(fmt.Sprintf("compare pre-shared keys, certificates, identities and ESP proposals of %s and %s", other, from), giveKey)}
		}
		return Text{Headline: fmt.Sprintf("%s rejected IKE_AUTH, most likely with AUTHENTICATION_FAILED", from),
			Details: details,
			Hint:    hint(fmt.Sprintf("compare pre-shared keys, certificates and identities of %s and %s", other, from), giveKey)}
	}
	return Text{Headline: fmt.Sprintf("%s rejected the IKE_AUTH response; cannot tell: the authentication of %s, or its Child SA", from, other),
		Hint: "compare certificates, identities and pre-shared keys, then traffic selectors" + giveKey}
}

const checkUser = "check the user name and password"

func xauthFailed(f *diagnose.Finding, x *diagnose.XAUTHFailed) Text {
	check := checkUser
	if x.PSK {
		check += "; the pre-shared key is correct"
	}
	switch {
	case x.Closed > 0:
		t := Text{Headline: "the IKE SA ended after XAUTH, most likely because the user name or password is wrong",
			Details: []string{Count(x.Closed, "message") + " of XAUTH, not decrypted, and no Quick Mode"}, Hint: checkUser + giveKey}
		if x.Silent {
			t.Headline = "nothing came after XAUTH, most likely because the user name or password is wrong"
			t.Details = append(t.Details, "else each peer waits for the other one to begin Mode Config, set to pull and push, or the capture ends too early")
		}
		return t
	case x.User == "" && x.Empty > 0:
		initiator := peer(f, diagnose.Initiator)
		return Text{Headline: fmt.Sprintf("XAUTH failed: %s sent neither user name nor password when %s requested them", initiator, peer(f, diagnose.Responder)),
			Hint: fmt.Sprintf("on %s configure the user name and the password of that user", initiator)}
	case x.User == "":
		return Text{Headline: "XAUTH " + outcomeIn(f, x.Outcome), Hint: check}
	}
	return Text{Headline: fmt.Sprintf("XAUTH rejected the user %s: %s", x.User, ErrorOf(x.Outcome)), Hint: check}
}

func eapFailed(f *diagnose.Finding, x *diagnose.EAPFailed) Text {
	method := "EAP"
	if x.Method != "" {
		method += " " + x.Method
	}
	rejected := method + " rejected the user"
	if x.User != "" {
		rejected += " " + x.User
	}
	t := Text{Details: sentIDs(f, x.Identities), Hint: checkUser}
	initiator, responder := peer(f, diagnose.Initiator), peer(f, diagnose.Responder)
	switch {
	case x.Succeeded:
		t.Headline = fmt.Sprintf("%s rejected %s after %s succeeded%s", responder, initiator, method, because(said(x.Said)))
		t.Hint = fmt.Sprintf("check on %s which users the connection allows, and whether it requires a further round; its log has the reason", responder)
	case x.Reason != "":
		t.Headline = fmt.Sprintf("%s: %s, E=%s", rejected, x.Reason, x.Code)
	case x.Code != "":
		t.Headline = fmt.Sprintf("%s: E=%s", rejected, x.Code)
	case x.Wants != "":
		t.Headline = fmt.Sprintf("no EAP method in common: %s requests %s, %s offers %s", responder, x.Method, initiator, x.Wants)
		t.Details = append(t.Details, "the IKE SA ended with "+said(x.Said))
		t.Hint = fmt.Sprintf("set the same EAP method on %s and %s", initiator, responder)
	case x.GaveUp:
		t.Headline = fmt.Sprintf("%s gave up %s, which %s requested: %s", initiator, method, responder, said(x.Said))
		t.Hint = fmt.Sprintf("check the log of %s: no password for this user, an unknown method, or it rejected the responder", initiator)
		if x.TLS {
			t.Hint = fmt.Sprintf("check the logs of %s and %s: a certificate in TLS is missing, or not trusted", initiator, responder)
		}
	case x.Early:
		t.Headline = fmt.Sprintf("%s sent %s before any EAP method began", responder, said(x.Said))
		t.Details = append(t.Details, "the password was not asked for")
		if x.User != "" {
			t.Headline = fmt.Sprintf("%s sent %s for the user %s before any EAP method began", responder, said(x.Said), Clip(x.User, longestIdentity))
		}
		t.Hint = fmt.Sprintf("check the log of %s: it has no such user, no EAP method for it, or no response from its RADIUS server", responder)
	default:
		t.Headline = rejected + because(said(x.Said))
	}
	return t
}

func aggressivePSK(*diagnose.Finding) Text {
	return Text{Headline: "Aggressive Mode with a pre-shared key exposes the identities and a hash of the key to guessing",
		Hint: "use IKEv2, Main Mode or certificates; if that is not possible, a long random pre-shared key"}
}

// orEAP is for a responder whose proof comes with a request for EAP: an initiator says the same of both.
func orEAP(t *Text, x *diagnose.RefusedProof, refuser, prover string) {
	t.Headline = fmt.Sprintf("%s rejected the authentication of %s or its EAP request%s", refuser, prover, because(said(x.Said)))
	t.Details = append(t.Details, fmt.Sprintf("cannot tell: %s has a different PSK or no connection for these identities, or no password or method for the EAP request in frame %d",
		refuser, x.WithEAP))
	t.Hint = fmt.Sprintf("on %s check the user, password and EAP method, then the pre-shared key and the identity of %s", refuser, prover)
}
