package source

import (
	"net/netip"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// A charonStem is how a message of charon begins that says why something was rejected.
type charonStem struct {
	start, then string // then stands somewhere after start
	reason      logs.Reason
	// detail finds in the message what fill puts into the event; nil: nothing more is in it.
	detail *lazyRegexp
	fill   func(e *logs.Event, t *charonThread, m []string)
}

// charonStems are those of all releases from 4.5 to 6.0; of two that fit, the first.
var charonStems = []charonStem{
	{start: "no IKE config found for ", reason: logs.NoConnection, detail: pattern(`for (\S+?)\.\.\.([^\s,]+)`), fill: fillHosts},
	{start: "no matching peer config found", reason: logs.NoPeer, fill: fillPeer},
	{start: "no peer config found", reason: logs.NoPeer, fill: fillPeer},
	{start: "no shared key found for", reason: logs.PSKMissing, fill: fillPeer},
	{start: "no PSK found for", reason: logs.PSKMissing, fill: fillPeer},
	{start: "tried ", then: ", but MAC mismatched", reason: logs.PSKMismatch, detail: pattern(`^tried \d+ shared keys? for '(.+)' - '(.+)', but`), fill: fillKeys},
	{start: "received PPK_ID '", then: "', but require '", reason: logs.PPKMissing, detail: pattern(`PPK_ID '(.+)', but require '(.+)'`), fill: fillIDs},
	{start: "PPK required but no PPK found for ", reason: logs.PPKMissing},
	{start: "PPK required but no PPK_ID configured", reason: logs.PPKMissing, fill: fillOwn},
	{start: "PPK required but ", reason: logs.PPKRequired}, // not supported, or no PPK_IDENTITY
	{start: "peer didn't use PPK for PPK_ID ", reason: logs.PPKRequired},
	{start: "IDi '", then: "' does not match", reason: logs.IdentityMismatch, detail: idMismatch, fill: fillIDs},
	{start: "IDr '", then: "' does not match", reason: logs.IdentityMismatch, detail: idMismatch, fill: fillIDs},
	{start: "IDir '", then: "' does not match", reason: logs.IdentityMismatch, detail: idMismatch, fill: fillIDs},
	{start: "received IDr ", then: ", but require ", reason: logs.IdentityMismatch, detail: pattern(`^received IDr (.+), but require (.+)$`), fill: fillIDs},
	{start: "constraint check failed: certificate does not confirm identity", reason: logs.CertificateName, detail: quotedName, fill: fillWanted},
	{start: "constraint check failed: peer not authenticated by CA", reason: logs.UntrustedIssuer, detail: quotedName, fill: fillIssuer},
	{start: "constraint check failed: peer not authenticated with peer cert", reason: logs.Constraint, detail: quotedName, fill: fillCertificate},
	{start: "constraint check failed: EAP identity", reason: logs.Constraint},
	{start: "constraint check failed: identity", reason: logs.IdentityMismatch,
		detail: pattern(`identity '(.+?)'(?: \(\S+\))? required(?:, not matched by '(.+?)')?`), fill: fillRequired},
	{start: "constraint check failed: ", then: " but requires at least", reason: logs.UnknownRevocation},
	{start: "constraint check failed", reason: logs.Constraint},
	{start: "constraint requires cert policy", reason: logs.CertificateUse},
	{start: "constraint requires ", then: " was used", reason: logs.AuthMethod, detail: pattern(`^constraint requires (.+?)(?: authentication)?, but (.+) was used`), fill: fillMethods},
	{start: "found ", then: ", but none allows ", reason: logs.AuthMethod, detail: pattern(`none allows (.+) authentication(?: using (Main|Aggressive) Mode)?`), fill: fillUsedIn},
	{start: "peer requested EAP, config ", then: "acceptable", reason: logs.AuthMethod, fill: func(e *logs.Event, _ *charonThread, _ []string) { e.Used = logs.Method{EAP: true} }},
	{start: "configured EAP-only authentication, but peer does not support it", reason: logs.AuthMethod},
	{start: "selected peer config '", then: "non-matching authentication done", reason: logs.AuthMethod},
	{start: "selected peer config '", then: "insufficient authentication rounds", reason: logs.RoundsMissing},
	{start: "Aggressive Mode PSK disabled", reason: logs.AggressiveRefused},
	{start: "EAP-only authentication requires", reason: logs.AuthMethod, fill: fillUsed},
	{start: "do not allow non-mutual EAP-only authentication", reason: logs.AuthMethod, fill: fillUsed},

	{start: "received proposals unacceptable", reason: logs.NoProposal},
	{start: "received proposals inacceptable", reason: logs.NoProposal},
	{start: "no acceptable proposal found", reason: logs.NoProposal},
	{start: "no matching proposal found", reason: logs.NoProposal},
	{start: "no proposal found", reason: logs.NoProposal},
	{start: "DH group ", then: " unacceptable", reason: logs.GroupRefused},
	{start: "DH group ", then: " inacceptable", reason: logs.GroupRefused},
	{start: "key exchange method ", then: " unacceptable", reason: logs.GroupRefused},
	{start: "no matching CHILD_SA config found", reason: logs.NoTraffic},
	{start: "traffic selectors ", then: " unacceptable", reason: logs.NoTraffic},
	{start: "traffic selectors ", then: " inacceptable", reason: logs.NoTraffic},
	{start: "no acceptable traffic selectors found", reason: logs.NoTraffic},
	{start: "peer selected invalid traffic selectors", reason: logs.NoTraffic},
	{start: "peers proposal selection invalid", reason: logs.NoProposal},
	{start: "peer's proposal selection invalid", reason: logs.NoProposal},
	{start: "peer DH group selection invalid", reason: logs.GroupRefused},
	{start: "peer's key exchange method selection invalid", reason: logs.GroupRefused},
	{start: "peer did not initiate a childless IKE_SA", reason: logs.ChildlessOnly},
	{start: "peer does not support childless IKE_SA", reason: logs.NoChildless, fill: fillOwn},
	{start: "", then: " mode requested by responder is unacceptable", reason: logs.ModeRefused},

	{start: "could not decrypt payloads", reason: logs.Unreadable},
	{start: "invalid ", then: " payload length, decryption failed", reason: logs.Unreadable},
	{start: "calculated HASH does not match HASH payload", reason: logs.InvalidHash},
	{start: "received HASH payload does not match", reason: logs.InvalidHash},
	{start: "invalid HASH", reason: logs.InvalidHash},
	{start: "received unsupported IKE version", reason: logs.InvalidFormat},
	{start: "IKE version ", then: " not supported", reason: logs.InvalidFormat},
	{start: "payload type ", then: " is not supported, but", reason: logs.InvalidFormat},

	{start: "no issuer certificate found", reason: logs.NoIssuer, detail: pattern(`for "(.*)"`), fill: fillCertificate},
	{start: "self-signed certificate ", then: " is not trusted", reason: logs.UntrustedIssuer, detail: pattern(`certificate "(.*)" is`), fill: fillIssuer},
	{start: "no trusted ", then: " found for ", reason: logs.NoTrustedKey, detail: quotedName, fill: fillPeerName},
	{start: "subject certificate invalid", reason: logs.InvalidCertificate, detail: validFromTo, fill: fillValid},
	{start: "issuer certificate invalid", reason: logs.InvalidCertificate, detail: validFromTo, fill: fillValidIssuer},
	{start: "certificate was revoked", reason: logs.RevokedCertificate},
	{start: "rejecting certificate without digitalSignature", reason: logs.CertificateUse},
	{start: "", then: " signature scheme ", reason: logs.WeakSignature, detail: pattern(`^(IKE|X\.509) signature scheme \S+ not acceptable`)},
	{start: "", then: " signatures not acceptable", reason: logs.WeakSignature},
	{start: "signature validation failed", reason: logs.InvalidSignature},
	{start: "maximum path length of ", then: " exceeded", reason: logs.InvalidCertificate},
	{start: "path length of ", then: " violates constraint of ", reason: logs.IssuerConstraint},
	{start: "certificate '", then: " permitted name constraint", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "certificate '", then: " excluded name constraint", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "subject of certificate '", then: " permitted name constraint", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "subject of certificate '", then: " excluded name constraint", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "subject alternative name '", then: " permitted name constraint", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "subject alternative name '", then: " excluded name constraint", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "policy ", then: " missing in issuing certificate '", reason: logs.IssuerConstraint},
	{start: "certificate '", then: " maps policy from ", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "found policyMapping in certificate '", then: "inhibitPolicyMapping in effect", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "found anyPolicy in certificate '", then: "inhibitAnyPolicy in effect", reason: logs.IssuerConstraint, detail: constrained, fill: fillCertificate},
	{start: "server certificate does not match to '", reason: logs.CertificateName, detail: quotedName, fill: fillWanted},
	{start: "no usable TLS server certificate found", reason: logs.NoCertificate, fill: fillOwn},
	{start: "received fatal TLS alert '", then: "bad certificate'", reason: logs.CertificateRefused},
	{start: "received fatal TLS alert '", then: "unsupported certificate'", reason: logs.CertificateRefused},
	{start: "received fatal TLS alert '", then: "certificate revoked'", reason: logs.CertificateRefused},
	{start: "received fatal TLS alert '", then: "certificate expired'", reason: logs.CertificateRefused},
	{start: "received fatal TLS alert '", then: "certificate unknown'", reason: logs.CertificateRefused},
	{start: "received fatal TLS alert '", then: "unknown CA'", reason: logs.CertificateRefused},
	{start: "no private key found for", reason: logs.NoPrivateKey, fill: fillOwn},
	{start: "no ", then: " private key found for", reason: logs.NoPrivateKey, fill: fillOwn},
	{start: "no usable TLS client certificate found", reason: logs.NoCertificate, fill: fillOwn},
	{start: "no certificate sent by peer", reason: logs.NoCertificate},
	{start: "no TLS public key found for server", reason: logs.NoTrustedKey, detail: quotedName, fill: fillPeerName},
	{start: "no common hash algorithm found to create signature", reason: logs.WeakSignature, fill: fillOwn},

	{start: "no EAP key found", reason: logs.NoUserKey, detail: pattern(`'(.+?)' - '(.+)'$`), fill: fillEAPUser},
	{start: "no XAuth secret found", reason: logs.NoUserKey, detail: pattern(`- '(.+)'$`), fill: fillXAUTH},           // of the responder: 'server' - 'user'
	{start: "no XAuth ", then: " found", reason: logs.NoUserKey, detail: pattern(`for '(.+?)' - '`), fill: fillXAUTH}, // of the initiator: 'user' - 'server'
	{start: "XAuth authentication of ", then: " failed", reason: logs.UserRefused, detail: quotedName, fill: fillXAUTH},
	{start: "XAuth pam_authenticate for ", then: " failed", reason: logs.UserRefused, detail: quotedName, fill: fillXAUTH},
	{start: "XAuth pam_acct_mgmt for ", then: " failed", reason: logs.UserRefused, detail: quotedName, fill: fillXAUTH},
	{start: "XAuth username '", then: "' does not match to configured username", reason: logs.UserRefused, detail: quotedName, fill: fillXAUTH},
	{start: "destroying IKE_SA after failed XAuth authentication", reason: logs.UserRefused, fill: fillXAUTH},
	{start: "EAP vendor specific method ", then: " failed for peer ", reason: logs.UserRefused, detail: pattern(`for peer (.+)$`), fill: fillUser},
	{start: "EAP method ", then: " failed for peer ", reason: logs.UserRefused, detail: pattern(`for peer (.+)$`), fill: fillUser},
	{start: "RADIUS authentication of ", then: " failed", reason: logs.UserRefused, detail: quotedName, fill: fillUser},
	{start: "RADIUS Access-Request timed out", reason: logs.NoRADIUS},
	{start: "RADIUS server is not responding", reason: logs.NoRADIUS},
	{start: "EAP-MS-CHAPv2 verification failed", reason: logs.UserRefused},
	{start: "EAP-MD5 verification failed", reason: logs.UserRefused},
	{start: "EAP_", then: " method failed", reason: logs.UserRefused},
	{start: "verification of AUTH payload with", then: " EAP MSK failed", reason: logs.UserRefused},
	{start: "received EAP_NAK, sending EAP_FAILURE", reason: logs.EAPMethod},
	{start: "requesting EAP", then: ", sending EAP_NAK", reason: logs.EAPMethod, detail: pattern(`^requesting (?:EAP_)?(\S+) authentication`), fill: fillEAP},
	{start: "EAP method not supported, sending EAP_NAK", reason: logs.EAPMethod},
	{start: "", then: " not supported, sending EAP_NAK", reason: logs.EAPMethod},
	{start: "loading EAP_", then: " method failed", reason: logs.EAPMethod},

	{start: "no virtual IP found", reason: logs.NoAddress},
	{start: "expected a virtual IP request", reason: logs.NoAddress},
	{start: "pool '", then: "' is full", reason: logs.NoAddress},
	{start: "configuration payload negotiation failed", reason: logs.NoAddress},
	{start: "unable to install ", then: " in kernel", reason: logs.KernelRefused, fill: fillErrno},
	{start: "unable to add SAD entry", reason: logs.KernelRefused, detail: pattern(`with SPI ([0-9a-f]{8})`), fill: fillRejected},
	{start: "unable to update SAD entry", reason: logs.KernelRefused, detail: pattern(`with SPI ([0-9a-f]{8})`), fill: fillRejected},
	{start: "unable to add policy", reason: logs.KernelRefused, fill: fillErrno},
	{start: "unable to allocate SPI from kernel", reason: logs.KernelRefused, fill: fillErrno},
	{start: "allocating SPI from kernel failed", reason: logs.KernelRefused, fill: fillErrno},
	{start: "installing virtual IP ", then: " failed", reason: logs.KernelRefused, fill: fillErrno},
	{start: "canceling ", then: " due to uniqueness policy", reason: logs.Kept},
	{start: "not establishing CHILD_SA ", then: " due to existing duplicate", reason: logs.Replaced},
	{start: "ignoring IKE_SA setup from ", reason: logs.TooBusy, detail: pattern(`setup from ([0-9a-fA-F.:]+),`), fill: fillFrom},
	{start: "ignoring ", then: ", hitting IKE_SA limit", reason: logs.TooBusy, fill: fillNobody},
	{start: "error writing to socket: ", reason: logs.NotSent, detail: pattern(`socket: (.+)$`),
		fill: func(e *logs.Event, _ *charonThread, m []string) { e.Errno, e.Own = m[1], true }},
}

var (
	idMismatch = pattern(`^ID[ir]r? '(.+)' does not match to '(.+)'$`)
	// validFromTo has both times as C's asctime writes them, in local time or in UTC.
	validFromTo = pattern(`\(valid from ([A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2})(?: UTC)? (\d{4}) to ([A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2})(?: UTC)? (\d{4})\)`)
	quotedName  = pattern(`'(.+?)'`)
	// constrained has the certificate that its issuers' constraints do not allow, which a subjectAltName may precede.
	constrained = pattern(`certificate '(.+?)'`)
)

// charonStemsBy are the stems that a message with a first byte may have.
var charonStemsBy = func() (by [256][]int) {
	for i, s := range charonStems {
		for c := range by {
			if s.start == "" || s.start[0] == byte(c) {
				by[c] = append(by[c], i)
			}
		}
	}
	return by
}()

// charonStemOf is the stem of a message; nil where it rejects nothing.
func charonStemOf(text string) *charonStem {
	if text == "" {
		return nil
	}
	for _, i := range charonStemsBy[text[0]] {
		s := &charonStems[i]
		rest, ok := strings.CutPrefix(text, s.start)
		if !ok || !strings.Contains(rest, s.then) || s.start == "" && len(rest) > maxStemText {
			continue
		}
		if s.start == "" && s.detail != nil && !s.detail.MatchString(text) {
			continue
		}
		return s
	}
	return nil
}

// maxStemText is as long as a message may be of which only the end is known.
const maxStemText = 120

// refused makes an event of a message with a stem.
func (s *charonStem) refused(e *logs.Event, t *charonThread, text string) {
	e.Kind, e.Reason = logs.Refused, s.reason
	var m []string
	if s.detail != nil {
		if m = s.detail.FindStringSubmatch(text); m == nil {
			return
		}
	}
	if s.fill != nil {
		s.fill(e, t, m)
	}
}

// fillFrom names the peer of a message that is told of before anything else is.
func fillFrom(e *logs.Event, _ *charonThread, m []string) {
	fillNobody(e, nil, nil)
	e.Remote.Addr = addrPort(m[1], "0")
}

// fillNobody is for a message that is told of before anything else is, and whose sender is not.
func fillNobody(e *logs.Event, _ *charonThread, _ []string) {
	e.Local.Addr, e.Remote.Addr, e.Message, e.Group = netip.AddrPort{}, netip.AddrPort{}, logs.Message{}, logs.Group{}
}

func fillHosts(e *logs.Event, _ *charonThread, m []string) {
	if !e.Remote.Addr.IsValid() {
		e.Local.Addr, e.Remote.Addr = addrPort(m[1], "0"), addrPort(m[2], "0")
	}
}

// fillPeer names the identities for which something was looked for.
func fillPeer(e *logs.Event, t *charonThread, _ []string) {
	if e.Reason == logs.NoPeer {
		e.Came = t.remoteID
	}
	e.Local.Identity, e.Remote.Identity = t.localID, t.remoteID
}

func fillKeys(e *logs.Event, _ *charonThread, m []string) {
	e.Local.Identity, e.Remote.Identity = identity(m[1]), identity(m[2])
}

func fillIDs(e *logs.Event, _ *charonThread, m []string) {
	e.Came, e.Wanted = identity(m[1]), identity(m[2])
}

func fillWanted(e *logs.Event, _ *charonThread, m []string) { e.Wanted = identity(m[1]) }

func fillRequired(e *logs.Event, t *charonThread, m []string) {
	if e.Wanted, e.Came = identity(m[1]), t.remoteID; m[2] != "" {
		e.Came = identity(m[2])
	}
}

func fillPeerName(e *logs.Event, _ *charonThread, m []string) {
	e.Remote.Identity = identity(m[1])
	e.Came = e.Remote.Identity
}

func fillIssuer(e *logs.Event, _ *charonThread, m []string) { e.Issuer = m[1] }

func fillCertificate(e *logs.Event, _ *charonThread, m []string) { e.Certificate = m[1] }

func fillMethods(e *logs.Event, t *charonThread, m []string) {
	e.Required, e.Used = charonMethod(m[1]), charonMethod(m[2])
	if e.Used.IsZero() || e.Used.EAP && !t.used.IsZero() {
		e.Used = t.used
	}
}

// fillUsed takes the method from the message, or that with which the peer authenticated before.
func fillUsed(e *logs.Event, t *charonThread, m []string) {
	if e.Used = t.used; m != nil {
		e.Used = charonMethod(m[1])
	}
}

// Exchange types of phase 1 (RFC 2408, section 3.1), of XAUTH and Mode Config, and of Quick Mode (RFC 2409, appendix A).
const mainMode, aggressive, transaction, quickMode = 2, 4, 6, 32

// fillUsedIn is fillUsed where the message may name the type of phase 1 as well.
func fillUsedIn(e *logs.Event, t *charonThread, m []string) {
	fillUsed(e, t, m)
	if m == nil {
		return
	}
	switch m[2] {
	case "Main":
		e.Phase1 = mainMode
	case "Aggressive":
		e.Phase1 = aggressive
	}
}

func fillOwn(e *logs.Event, _ *charonThread, _ []string) { e.Own = true }

func fillUser(e *logs.Event, _ *charonThread, m []string) {
	e.User, e.Own = m[1], e.Reason == logs.NoUserKey
}

// fillEAPUser names the user without a password: 'server' - 'user', but 'user' - 'server' in a client of EAP-MD5.
func fillEAPUser(e *logs.Event, t *charonThread, m []string) {
	e.User, e.Own = m[2], true
	if t.md5 {
		e.User = m[1]
	}
}

func fillXAUTH(e *logs.Event, _ *charonThread, m []string) {
	e.XAUTH, e.Own = true, e.Reason == logs.NoUserKey
	if m != nil {
		e.User = m[1]
	}
}

func fillEAP(e *logs.Event, _ *charonThread, m []string) {
	e.Required = logs.Method{EAP: true, Name: m[1]}
}

func fillValid(e *logs.Event, _ *charonThread, m []string) {
	const layout = "Jan 02 15:04:05 2006"
	e.ValidFrom, _ = time.Parse(layout, m[1]+" "+m[2])
	e.ValidTo, _ = time.Parse(layout, m[3]+" "+m[4])
}

func fillValidIssuer(e *logs.Event, t *charonThread, m []string) {
	fillValid(e, t, m)
	e.OfIssuer = true
}

// fillRejected names the SA, which the line after it does not.
func fillRejected(e *logs.Event, t *charonThread, m []string) {
	if m != nil {
		t.rejected = childSPIs(m[1])
	}
	fillErrno(e, t, nil)
}

func fillErrno(e *logs.Event, t *charonThread, _ []string) {
	e.Errno, e.Children, e.Own = t.errno, t.rejected, true
}

// charonMethod reads how charon names a way to authenticate: "pre-shared key", "RSA signature", "public key", "EAP_MSCHAPV2".
func charonMethod(s string) logs.Method {
	switch rest, isEAP := strings.CutPrefix(s, "EAP"); {
	case s == "EAP_NAK", s == "":
		return logs.Method{}
	case isEAP:
		return logs.Method{EAP: true, Name: strings.TrimPrefix(rest, "_")}
	case strings.Contains(s, "XAuth"):
		return logs.Method{XAUTH: true}
	case strings.Contains(s, "pre-shared key"):
		return logs.Method{Kind: ike.AuthPSK}
	case strings.Contains(s, "NULL"):
		return logs.Method{Kind: ike.AuthNull}
	}
	return logs.Method{Kind: ike.AuthSignature}
}
