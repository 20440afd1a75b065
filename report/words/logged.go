package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// logLine is a line of a log, verbatim. Where it fits no negotiation of the capture, its time says how far away it is.
func logLine(l *diagnose.LogLine) string {
	if l.Frame == 0 {
		return l.At + ": " + quoted(l.Text)
	}
	away := "at the time of"
	switch {
	case l.Away >= time.Second:
		away = Duration(l.Away) + " after"
	case l.Away <= -time.Second:
		away = Duration(-l.Away) + " before"
	}
	return fmt.Sprintf("%s fits no negotiation in the capture; by its clock it is %s frame %d: %s", l.At, away, l.Frame, quoted(l.Text))
}

// logged is for what the log of a peer says of a rejection.
func logged(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.LoggedRefusal:
		return loggedRefusal(f, &x)
	case diagnose.LoggedError:
		return loggedError(f, &x)
	case diagnose.FailedExchange:
		return failedExchange(f, &x)
	}
	return Text{}
}

// supposed are the causes that logs only suppose, as the end of a sentence, and what they say the same of.
var supposed = map[logs.Reason]struct{ because, also string }{
	logs.PSKMismatch:        {"the pre-shared keys differ", "a rejected identity, certificate or method"},
	logs.NoProposal:         {"the proposals differ", "a PFS group or another setting that differs"},
	logs.NoTraffic:          {"the traffic selectors differ", "a peer without a connection"},
	logs.InvalidCertificate: {"a certificate was rejected", "a certificate that is missing"},
	logs.NoRADIUS:           {"the RADIUS server did not respond", "a client that did not respond"},
}

// loggedRefusal is for a rejection whose reason the log of the side that rejected gives, or supposes.
func loggedRefusal(f *diagnose.Finding, x *diagnose.LoggedRefusal) Text {
	t := loggedReason(f, x)
	if cause, ok := supposed[x.Reason]; x.Unsure && ok {
		t.Headline = fmt.Sprintf("%s rejected %s, most likely because %s", peer(f, f.From), peer(f, f.From.Other()), cause.because)
		t.Details = append(t.Details, "its log says the same of "+cause.also)
		if x.Reason == logs.PSKMismatch {
			t.Hint = fmt.Sprintf("compare the pre-shared keys of %s and %s, then their identities and authentication methods", peer(f, f.From.Other()), peer(f, f.From))
		}
	}
	return t
}

func loggedReason(f *diagnose.Finding, x *diagnose.LoggedRefusal) Text {
	refuser, prover := peer(f, f.From), peer(f, f.From.Other())
	switch {
	case x.Reason.OfCertificate() && x.Reason != logs.Constraint:
		return loggedCertificate(x, refuser, prover)
	case x.Reason == logs.NoUserKey, x.Reason == logs.UserRefused, x.Reason == logs.EAPMethod:
		return loggedUser(f, x, refuser, prover)
	}
	switch x.Reason {
	case logs.NoConnection:
		if x.UsedIn != 0 {
			return noConnectionFor(x, refuser, prover)
		}
		if x.Aggressive {
			return Text{Headline: fmt.Sprintf("%s has no connection for %s that allows Aggressive Mode: it compared no proposals", refuser, prover),
				Hint: fmt.Sprintf("set Main Mode on %s, or on %s configure Aggressive Mode for the address of %s", prover, refuser, prover)}
		}
		return Text{Headline: fmt.Sprintf("%s has no connection for %s with IKEv%d: it compared no proposals", refuser, prover, f.Subject.Version),
			Hint: fmt.Sprintf("on %s configure IKEv%d for the address of %s, or change the IKE version on %s", refuser, f.Subject.Version, prover, prover)}
	case logs.ExchangeRefused:
		return refusedExchange(x, refuser, prover)
	case logs.NoVersion:
		return Text{Headline: fmt.Sprintf("%s accepts no IKEv%d, which %s uses", refuser, f.Subject.Version, prover),
			Hint: fmt.Sprintf("set IKEv%d on %s, or allow IKEv%d on %s if it can", 3-f.Subject.Version, prover, f.Subject.Version, refuser)}
	case logs.PSKMissing:
		return Text{Headline: fmt.Sprintf("%s has no pre-shared key for %s", refuser, prover),
			Hint: fmt.Sprintf("on %s add the pre-shared key for the identities or addresses of both peers", refuser)}
	case logs.PSKMismatch, logs.Unreadable, logs.InvalidHash, logs.PSKLikely:
		return loggedKey(x, refuser, prover)
	case logs.NoPeer, logs.IdentityMismatch:
		return loggedIdentity(x, refuser, prover)
	case logs.AuthMethod, logs.RoundsMissing:
		return loggedMethod(x, refuser, prover)
	case logs.PPKMissing:
		return missingPPK(x, refuser, prover)
	case logs.PPKRequired:
		return Text{Headline: fmt.Sprintf("%s requires a post-quantum pre-shared key (PPK), %s uses none", refuser, prover),
			Hint: fmt.Sprintf("on %s configure the PPK and its ID as on %s, or do not require it on %s", prover, refuser, refuser)}
	case logs.NoRADIUS:
		return Text{Headline: fmt.Sprintf("%s got no response from its RADIUS server about the user of %s", refuser, prover),
			Hint: fmt.Sprintf("on %s check address, port and secret of the RADIUS server, and that the server knows %s as a client", refuser, refuser)}
	case logs.TooBusy:
		return Text{Headline: fmt.Sprintf("%s ignored %s: it has as many IKE SAs, or half-open ones, as it allows", refuser, prover),
			Hint: fmt.Sprintf("on %s raise the limit, or find what opens so many IKE SAs there", refuser)}
	case logs.Kept:
		return loggedKept(x, refuser, prover)
	case logs.ChildlessOnly:
		return Text{Headline: fmt.Sprintf("%s rejected the first Child SA: it allows none in IKE_AUTH", refuser),
			Hint: fmt.Sprintf("on %s set childless initiation (RFC 6023), or on %s allow a first Child SA", prover, refuser)}
	case logs.NoChildless:
		return Text{Headline: fmt.Sprintf("%s ended the negotiation: it requires an IKE SA without a first Child SA, which %s does not support", refuser, prover),
			Hint: fmt.Sprintf("on %s allow childless initiation (RFC 6023), or do not require it on %s", prover, refuser)}
	case logs.AggressiveRefused:
		return Text{Headline: fmt.Sprintf("%s does not allow Aggressive Mode with a pre-shared key", refuser),
			Hint: "use IKEv2 or Main Mode on both peers, or certificates"}
	case logs.Constraint:
		return Text{Headline: fmt.Sprintf("%s rejected %s: it does not meet what the connection demands of a peer", refuser, prover),
			Hint: fmt.Sprintf("compare what %s demands of the peer, such as a user, a group or a certificate, with what %s sends", refuser, prover)}
	case logs.NoAddress:
		return Text{Headline: fmt.Sprintf("%s has no virtual address for %s", refuser, prover),
			Hint: poolHint(refuser)}
	case logs.KernelRefused:
		return loggedKernel(x, refuser)
	case logs.NoTraffic:
		return loggedSelectors(x, refuser, prover)
	case logs.ModeRefused:
		return Text{Headline: fmt.Sprintf("%s rejected the mode that %s proposed", refuser, prover), Hint: "set the same mode on both peers"}
	}
	return loggedProposal(f, x, refuser, prover)
}

// refusedExchange is for a peer whose connection is set to another exchange of phase 1.
func refusedExchange(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	used := "Main Mode"
	if x.Aggressive {
		used = "Aggressive Mode"
	}
	return Text{Headline: fmt.Sprintf("%s has no connection for %s that allows %s", refuser, prover, used),
		Hint: fmt.Sprintf("set the same exchange mode on %s and %s: Main Mode where both can", prover, refuser)}
}

// loggedKept is for a peer that was rejected in favour of an IKE SA that is there.
func loggedKept(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	identity := "the same identity"
	if x.Came != "" {
		identity = "the identity " + Clip(x.Came, longestIdentity)
	}
	return Text{Headline: fmt.Sprintf("%s rejected %s, because it has an IKE SA of %s and keeps that one", refuser, prover, identity),
		Hint: fmt.Sprintf("give each client its own identity; if one client came again, let %s replace its older IKE SA, and turn on DPD", refuser)}
}

func missingPPK(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	if x.Own {
		return Text{Headline: fmt.Sprintf("%s has no post-quantum pre-shared key (PPK) of its own, and requires one", refuser),
			Hint: fmt.Sprintf("on %s configure the PPK and its ID as on %s, or do not require it", refuser, prover)}
	}
	if x.Wanted != "" {
		return Text{Headline: fmt.Sprintf("%s sent the PPK ID %s, %s requires %s", prover, Clip(x.Came, longestIdentity), refuser, Clip(x.Wanted, longestIdentity)),
			Hint: fmt.Sprintf("configure the same PPK ID and post-quantum pre-shared key on %s and %s", prover, refuser)}
	}
	return Text{Headline: fmt.Sprintf("%s has no post-quantum pre-shared key (PPK) for the ID that %s sent", refuser, prover),
		Hint: fmt.Sprintf("configure the same PPK and PPK ID on %s and %s", prover, refuser)}
}

// differentPPK is for AUTH that depends on two keys and was rejected.
func differentPPK(refuser, prover string) Text {
	return Text{Headline: fmt.Sprintf("%s could not verify AUTH of %s: the post-quantum pre-shared keys (PPK) or the pre-shared keys differ", refuser, prover),
		Details: []string{"cannot tell which: AUTH depends on both"},
		Hint:    fmt.Sprintf("compare the PPK and its ID on %s and %s, then the pre-shared keys", prover, refuser)}
}

func loggedKey(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	if x.PPK {
		return differentPPK(refuser, prover)
	}
	what := "verify the authentication of " + prover
	if x.Reason == logs.Unreadable {
		what = "decrypt what " + prover + " sent"
	}
	return Text{Headline: fmt.Sprintf("the pre-shared keys differ: %s could not %s", refuser, what),
		Hint: fmt.Sprintf("enter the same pre-shared key on %s and %s; look for blanks and line ends", prover, refuser)}
}

func loggedIdentity(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	if x.Reason == logs.NoPeer {
		t := Text{Headline: fmt.Sprintf("%s has no connection for the identity of %s", refuser, prover),
			Hint: fmt.Sprintf("on %s set the remote identity to the one that %s sends, or change it on %s", refuser, prover, prover)}
		if x.OrMode {
			return Text{Headline: fmt.Sprintf("%s has no connection for %s; cannot tell: for its identity, or for transport mode", refuser, prover),
				Hint: fmt.Sprintf("on %s compare identities and mode with those of %s; a key for the IKE SA shows what it sent", refuser, prover)}
		}
		if x.Came != "" {
			t.Headline = fmt.Sprintf("%s has no connection for %s, the identity of %s", refuser, Clip(x.Came, longestIdentity), prover)
		}
		if x.Came != "" && x.For != "" {
			t.Headline = fmt.Sprintf("%s has no connection with its own identity %s for the peer's identity %s", refuser, Clip(x.For, longestIdentity), Clip(x.Came, longestIdentity))
			t.Hint = fmt.Sprintf("on %s configure a connection for both identities, or change on %s which ones it sends and expects", refuser, prover)
		}
		return t
	}
	t := Text{Headline: fmt.Sprintf("the identity of %s is not the one that %s expects", prover, refuser),
		Hint: fmt.Sprintf("on %s send the identity that %s expects, or change what %s expects", prover, refuser, refuser)}
	if x.Came != "" && x.Wanted != "" {
		t.Details = []string{fmt.Sprintf("%s sent %s, %s expects %s", prover, x.Came, refuser, x.Wanted)}
	}
	return t
}

// noConnectionFor is for a first message of IKEv1 that no connection allows: for the address, the mode, the method or XAUTH.
func noConnectionFor(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	mode, xauth, method := "Main Mode", "without XAUTH", x.Used
	if x.UsedIn == ikev1.ExchangeAggressive {
		mode = "Aggressive Mode"
	}
	if method.XAUTH {
		xauth, method.XAUTH = "with XAUTH", false
	}
	return Text{Headline: fmt.Sprintf("%s has no connection for %s that allows %s with %s %s", refuser, prover, mode, methodOf(method), xauth),
		Details: []string{"cannot tell: it has none for this address, or one with another mode, method or XAUTH setting"},
		Hint:    fmt.Sprintf("on %s configure a connection for the address of %s with this mode and method, or change them on %s", refuser, prover, prover)}
}

// loggedMethod is for a way to authenticate that is not the one configured.
func loggedMethod(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	if x.Reason == logs.RoundsMissing {
		return Text{Headline: fmt.Sprintf("%s requires further rounds of authentication from %s", refuser, prover),
			Hint: fmt.Sprintf("on %s set a further round of authentication, or remove it for this peer on %s", prover, refuser)}
	}
	used, required := methodOf(x.Used), methodOf(x.Required)
	switch {
	case used != "" && required != "":
		return Text{Headline: fmt.Sprintf("%s authenticated with %s, %s requires %s", prover, used, refuser, required),
			Hint: fmt.Sprintf("on %s set %s, or on %s allow %s for this peer", prover, required, refuser, used)}
	case required != "":
		return Text{Headline: fmt.Sprintf("%s requires %s from %s", refuser, required, prover), Hint: fmt.Sprintf("on %s set %s", prover, required)}
	case x.Used.EAP:
		return Text{Headline: fmt.Sprintf("%s requested EAP, and %s has no EAP for this connection", prover, refuser),
			Hint: fmt.Sprintf("on %s set what %s requires, a pre-shared key or a certificate, or set EAP on %s", prover, refuser, refuser)}
	case used != "" && x.UsedIn != 0: // with another method, or in the other mode, it may
		mode, other := "Main Mode", "Aggressive Mode"
		if x.UsedIn == ikev1.ExchangeAggressive {
			mode, other = other, mode
		}
		return Text{Headline: fmt.Sprintf("%s has no connection for %s that allows %s in %s", refuser, prover, used, mode),
			Hint: fmt.Sprintf("compare the mode and the authentication method on both peers: %s may require %s, or another method", refuser, other)}
	case used != "":
		return Text{Headline: fmt.Sprintf("%s does not allow %s to authenticate with %s", refuser, prover, used),
			Hint: fmt.Sprintf("on %s allow %s for this peer, or set another method on %s", refuser, used, prover)}
	}
	return Text{Headline: fmt.Sprintf("%s rejected how %s authenticated: the authentication methods differ", refuser, prover),
		Hint: fmt.Sprintf("set the same authentication method for %s on both peers", prover)}
}

// methodOf names a way to authenticate; "" where nothing is known.
func methodOf(m logs.Method) string {
	switch {
	case m.EAP && m.Name != "":
		return "EAP " + m.Name
	case m.EAP:
		return "EAP"
	case m.XAUTH:
		return "XAUTH"
	}
	switch m.Kind {
	case ike.AuthPSK:
		return "a pre-shared key"
	case ike.AuthSignature, ike.AuthPublicKey:
		if m.Name != "" {
			return "an " + m.Name + " signature"
		}
		return "a certificate"
	case ike.AuthPassword:
		return "a password"
	case ike.AuthNull:
		return "NULL authentication"
	}
	return ""
}

// certificateFaults are what is wrong with a certificate, after "rejected the certificate of X:".
var certificateFaults = map[logs.Reason]string{
	logs.NoIssuer: "its issuer is not known", logs.UntrustedIssuer: "its issuer is not trusted",
	logs.InvalidCertificate: "it is not valid, or not trusted", logs.ExpiredCertificate: "it has expired", logs.EarlyCertificate: "it is not yet valid", logs.OutsideValidity: "it has expired, or is not yet valid",
	logs.RevokedCertificate: "it was revoked", logs.UnknownRevocation: "its revocation could not be checked", logs.CertificateName: "it does not have the identity sent",
	logs.CertificateUse: "its key usage or policy does not allow it", logs.IssuerConstraint: "the constraints of its issuer do not allow it", logs.WeakSignature: "its key or signature algorithm is not allowed",
	logs.InvalidSignature: "the signature is wrong", logs.NoCertificate: "none came",
	logs.CertificateRefused: "it said so in a TLS alert",
}

func loggedCertificate(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	if x.Reason == logs.NoPrivateKey || x.Own {
		what := "no private key for its own certificate"
		switch x.Reason {
		case logs.WeakSignature:
			what = "no signature algorithm in common with " + prover
		case logs.NoCertificate:
			what = fmt.Sprintf("no certificate of its own from an issuer that %s accepts", prover)
		}
		t := Text{Headline: fmt.Sprintf("%s cannot authenticate: it has %s", refuser, what), Hint: fmt.Sprintf("on %s check the certificate and its private key", refuser)}
		if x.Reason == logs.WeakSignature {
			t.Hint = fmt.Sprintf("allow a hash and a signature algorithm on %s that %s supports", refuser, prover)
		}
		return t
	}
	if x.Reason == logs.NoTrustedKey {
		return noTrustedKey(x, refuser, prover)
	}
	t := Text{Headline: fmt.Sprintf("%s rejected the certificate of %s: %s", refuser, prover, certificateFaults[x.Reason]),
		Hint: fmt.Sprintf("on %s use a valid certificate with its identity as subjectAltName, of an issuer that %s trusts", prover, refuser)}
	if x.OfIssuer {
		t.Headline = fmt.Sprintf("%s rejected the certificate of %s: that of its issuer is not valid", refuser, prover)
		switch x.Reason {
		case logs.ExpiredCertificate:
			t.Headline = fmt.Sprintf("%s rejected the certificate of %s: that of its issuer has expired", refuser, prover)
		case logs.EarlyCertificate:
			t.Headline = fmt.Sprintf("%s rejected the certificate of %s: that of its issuer is not yet valid", refuser, prover)
		}
		t.Hint = fmt.Sprintf("renew the issuer's certificate, install it on both peers, and check the clock of %s", refuser)
	}
	switch x.Reason {
	case logs.NoIssuer, logs.UntrustedIssuer:
		t.Hint = certificateHint(negotiation.OtherIssuer, refuser, prover)
	case logs.UnknownRevocation:
		t.Hint = fmt.Sprintf("let %s reach the CRL or OCSP server of the issuer, or do not require a revocation check there", refuser)
	case logs.RevokedCertificate:
		t.Hint = fmt.Sprintf("on %s use a new certificate; if it should not be revoked, check the CRL of the issuer", prover)
	case logs.CertificateUse:
		t.Hint = fmt.Sprintf("on %s use a certificate with the key usage, extended key usage and policy that %s requires", prover, refuser)
	case logs.IssuerConstraint:
		t.Hint = fmt.Sprintf("on %s use a certificate with names, policies and a chain that the certificates of its issuers permit", prover)
	case logs.WeakSignature:
		t.Hint = fmt.Sprintf("on %s use a key and a signature algorithm that %s allows, or allow them on %s", prover, refuser, refuser)
	}
	if x.Certificate != "" {
		t.Details = append(t.Details, "certificate "+x.Certificate)
	}
	if x.Issuer != "" {
		t.Details = append(t.Details, fmt.Sprintf("%s does not have the issuer %s, or does not trust it", refuser, x.Issuer))
		t.Hint = fmt.Sprintf("install the issuer's certificate on %s, or let %s send it with its own", refuser, prover)
	}
	return t
}

// noTrustedKey is for a daemon that looked for a key of the identity that came, and says nothing of a certificate.
func noTrustedKey(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	identity := "the identity of " + prover
	if x.Came != "" {
		identity = fmt.Sprintf("%s, %s", Clip(x.Came, longestIdentity), identity)
	}
	if x.SignedAlone {
		return Text{Headline: fmt.Sprintf("%s has no trusted public key for %s", refuser, identity), Details: []string{sentNone(prover)}, Hint: sendOrInstall(prover, refuser)}
	}
	return Text{Headline: fmt.Sprintf("%s has no trusted public key for %s", refuser, identity),
		Details: []string{"cannot tell: the certificate is not valid, or not for this identity by its subjectAltName; its issuer is not trusted; or none came"},
		Hint:    fmt.Sprintf("on %s use a certificate with its identity as subjectAltName, of an issuer that %s trusts", prover, refuser)}
}

// sentNone and sendOrInstall are for a peer that signed, and left it to the other one to have its certificate.
func sentNone(prover string) string { return prover + " sent no certificate" }

func sendOrInstall(prover, refuser string) string {
	return fmt.Sprintf("let %s send its certificate, or install it on %s", prover, refuser)
}

func loggedUser(f *diagnose.Finding, x *diagnose.LoggedRefusal, refuser, prover string) Text {
	method, user := "EAP", "the user"
	if x.XAUTH {
		method = "XAUTH"
	}
	if x.User != "" {
		user += " " + Clip(x.User, longestIdentity)
	}
	switch x.Reason {
	case logs.NoUserKey:
		return Text{Headline: fmt.Sprintf("%s failed: %s has no password for %s", method, refuser, user), Hint: fmt.Sprintf("on %s configure the user and the password", refuser)}
	case logs.EAPMethod:
		t := Text{Headline: fmt.Sprintf("no EAP method in common between %s and %s", prover, refuser), Hint: fmt.Sprintf("set the same EAP method on %s and %s", prover, refuser)}
		if x.Required.Name != "" {
			t.Details = []string{fmt.Sprintf("%s is configured for EAP %s", refuser, x.Required.Name)}
		}
		return t
	}
	if f.From == diagnose.Initiator && !x.XAUTH { // the client, whose log says that the method failed, not for which side
		return Text{Headline: fmt.Sprintf("EAP between %s and %s failed", refuser, prover),
			Details: []string{"cannot tell: " + prover + " rejected the user, or " + refuser + " rejected " + prover},
			Hint:    fmt.Sprintf("check the user name and password on %s, and whether it trusts %s; the log of %s has the reason", refuser, prover, prover)}
	}
	return Text{Headline: fmt.Sprintf("%s failed: %s rejected %s", method, refuser, user), Hint: "check the user name and password"}
}

func loggedKernel(x *diagnose.LoggedRefusal, refuser string) Text {
	t := Text{Headline: fmt.Sprintf("%s could not install the IPsec SA or its policy in its kernel", refuser),
		Hint: fmt.Sprintf("on %s check that the kernel has ESP and these algorithms, and no conflicting policy", refuser)}
	if x.Errno != "" {
		t.Headline += ": " + strings.ToLower(x.Errno[:1]) + x.Errno[1:]
	}
	return t
}

func loggedSelectors(x *diagnose.LoggedRefusal, refuser, prover string) Text {
	t := Text{Headline: fmt.Sprintf("%s rejected the traffic selectors of %s", refuser, prover),
		Hint: fmt.Sprintf("set the local and remote subnets of %s and %s to mirror each other", prover, refuser)}
	if x.Asked != nil && x.Allowed != nil {
		t.Details = []string{fmt.Sprintf("%s asked for %s to %s", prover, x.Asked.Local, x.Asked.Remote), fmt.Sprintf("%s is configured for %s", refuser, x.Allowed.Local)}
	}
	return t
}

// loggedProposal is for proposals, groups and PFS.
func loggedProposal(f *diagnose.Finding, x *diagnose.LoggedRefusal, refuser, prover string) Text {
	what := "ESP or AH"
	if f.Code == diagnose.CodePhase1NoProposal {
		what = "IKE"
	}
	t := Text{Headline: fmt.Sprintf("%s accepted no %s proposal of %s", refuser, what, prover), Hint: fmt.Sprintf("on %s add a proposal that %s accepts", prover, refuser)}
	switch {
	case x.Reason == logs.PFSRequired:
		t.Headline, t.Hint = fmt.Sprintf("%s requires PFS, or another PFS group than %s proposed", refuser, prover), "set the same PFS group on both peers, or none on both"
	case x.Reason == logs.GroupRefused:
		t.Headline, t.Hint = fmt.Sprintf("%s rejected the DH group of %s", refuser, prover), "set the same DH group on both peers"
	case len(x.Differing) > 0:
		t.Headline += ": " + differ(x.Differing)
		t.Hint = differingHint(f, x.Differing)
	case x.Private != "":
		privateNumber(&t, x.Private, prover)
	}
	for _, w := range x.Offered {
		t.Details = append(t.Details, fmt.Sprintf("%s offered %s", prover, w))
	}
	for _, w := range x.Configured {
		t.Details = append(t.Details, fmt.Sprintf("configured on %s: %s", refuser, w))
	}
	return t
}

// loggedError is for a rejection in a message that is not decrypted, which the log of its receiver names.
func loggedError(f *diagnose.Finding, x *diagnose.LoggedError) Text {
	refuser, other := peer(f, f.From), peer(f, f.From.Other())
	switch {
	case x.Reason == logs.EAPFailure:
		return Text{Headline: fmt.Sprintf("%s sent EAP Failure to %s; cannot tell: the user rejected, or no response from its RADIUS server", refuser, other),
			Hint: fmt.Sprintf("check the user name, the password and the method on both peers; the log of %s has the reason", refuser)}
	case x.Notify.IsZero():
		return Text{Headline: fmt.Sprintf("%s rejected the user of %s", refuser, other), Hint: "check the user name, the password and the method on both peers"}
	}
	t := Text{Headline: fmt.Sprintf("%s rejected %s with %v", refuser, other, x.Notify)}
	switch f.Code {
	case diagnose.CodeAuthFailed, diagnose.CodeIdentityMismatch:
		t.Hint = fmt.Sprintf("compare identities, keys and methods of %s and %s; the log of %s has the reason", other, refuser, refuser)
		if f.Subject.Version == 1 {
			t.Details = []string{fmt.Sprintf("%s could decrypt it, so both have the same keys", other)}
			t.Hint = fmt.Sprintf("compare the identity that %s sends with the one that %s expects, and the methods", other, refuser)
		}
	case diagnose.CodeTSMismatch:
		t.Headline = fmt.Sprintf("%s rejected the traffic selectors of %s with %v", refuser, other, x.Notify)
		t.Hint = fmt.Sprintf("compare the local and remote subnets of %s and %s", other, refuser)
	case diagnose.CodePhase1NoProposal:
		t.Headline = fmt.Sprintf("no IKE proposal chosen, or no connection for %s: %s sent %v", other, refuser, x.Notify)
		t.Hint = fmt.Sprintf("compare the IKE proposals of %s and %s; the log of %s has the reason", other, refuser, refuser)
	case diagnose.CodePhase2NoProposal:
		t.Headline = fmt.Sprintf("no proposal chosen for ESP or AH: %s rejected those of %s with %v", refuser, other, x.Notify)
		t.Hint = fmt.Sprintf("compare the ESP proposals and PFS groups of %s and %s", other, refuser)
	case diagnose.CodeNoAddress:
		if t.Hint = poolHint(refuser); x.Notify.Is(ike.FailedCPRequired) {
			t.Hint = requestHint(refuser, other)
		}
	}
	return t
}
