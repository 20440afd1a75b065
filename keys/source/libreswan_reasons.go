package source

import (
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/logs"
)

// plutoStems are those of Openswan 2.6 and of libreswan 3 to 5.
var plutoStems = stemsOf([]stem{
	{then: "but no connection has been authorized", reason: logs.NoConnection, detail: plutoInitial, fill: fillPlutoPhase1},
	{then: "but no matching connection has been authorized", reason: logs.NoConnection},
	{then: "no suitable connection found with IKEv2 policy", reason: logs.NoConnection},
	{start: "initial Aggressive Mode message from", then: "connection has been configured", reason: logs.NoConnection, detail: plutoInitial, fill: fillPlutoPhase1},
	{then: "does not allow IKEv1 connections", reason: logs.NoVersion},
	{start: "ignoring IKEv1 packet as ", reason: logs.NoVersion},
	{start: "rejecting IKEv1 packet as ", reason: logs.NoVersion},
	{start: "no suitable connection for peer", reason: logs.NoPeer, detail: pattern(`peer '(.+)'`), fill: fillCame},
	{start: "Peer ID '", then: "mismatched on first found connection", reason: logs.IdentityMismatch, detail: pattern(`^Peer ID '(.+?)' mismatched`), fill: fillCame},
	{start: "Peer mismatch on first found connection", reason: logs.IdentityMismatch},
	{then: "IDr payload does not match our expected ID", reason: logs.IdentityMismatch},
	{then: "DER_ASN1_DN '", only: "' does not match expected '", reason: logs.IdentityMismatch, detail: pattern(`DER_ASN1_DN '(.+)' does not match expected '(.+)'`), fill: fillCameWanted},
	{start: "we require ", then: "but peer declares", reason: logs.IdentityMismatch, detail: pattern(`to have ID '(.+)', but peer declares '(.+)'`), fill: fillWantedCame},
	{then: "subjectAltName extension does not match", reason: logs.CertificateName, detail: pattern(`does not match (?:ID_\w+ )?'(.+)'`), fill: fillCame},
	{then: "SubjectAltName does not match peer ID", reason: logs.CertificateName},
	{then: "unmatched IKE ID in certificate SAN", reason: logs.CertificateName},
	{then: "CERT payload does not match connection ID", reason: logs.CertificateName},
	{then: "contains no subjectAltName extension", reason: logs.CertificateName},
	{start: "certificate does not contain ", then: "subjectAltName=", reason: logs.CertificateName},
	{start: "No matching subjectAltName found", reason: logs.CertificateName},

	{then: "no preshared key found for", reason: logs.PSKMissing, detail: plutoKeyFor, fill: fillPlutoKey},
	{then: "no PSK found for", reason: logs.PSKMissing},
	{start: "Failed to find our PreShared Key", reason: logs.PSKMissing, own: true},
	{then: "Requested PPK_ID not found and connection requires a valid PPK", reason: logs.PPKMissing},
	{then: "connection requires PPK, but we didn't find one", reason: logs.PPKMissing, own: true},
	{then: "failed to receive PPK confirmation and connection has ppk=insist", reason: logs.PPKRequired},
	{start: "connection has ppk=insist but peer does not support PPK", reason: logs.PPKRequired},
	{then: "AUTH mismatch", reason: logs.PSKMismatch},
	{start: "authentication failed: computed hash does not match hash received", reason: logs.PSKMismatch},
	{then: "mismatch of preshared secrets?", reason: logs.PSKLikely},
	{start: "received Hash Payload does not match computed value", reason: logs.InvalidHash},
	{start: "authentication failed: peer attempted ", reason: logs.AuthMethod, detail: pattern(`attempted (.+?) (?:authentication )?but we want (\S+)`), fill: fillPlutoMethods},
	{start: "authentication failed: peer authentication requires policy", reason: logs.AuthMethod, detail: pattern(`policy ([\w+]+)`), fill: fillPlutoSignature},
	{start: "authentication failed: peer authentication requires hash algorithm", reason: logs.WeakSignature},
	{then: "attempted PSK authentication but we want", reason: logs.AuthMethod, detail: pattern(`attempted (.+?) authentication but we want (\S+)`), fill: fillPlutoMethods},
	{then: "Auth Method mismatched", reason: logs.AuthMethod},
	{start: "Peer attempted EAP authentication", reason: logs.AuthMethod, fill: fillEAPUsed},
	{start: "dropping unexpected IKE_AUTH message ", then: "missing payloads: AUTH", reason: logs.AuthMethod, fill: fillEAPUsed},
	{start: "policy does not allow Extended Authentication", reason: logs.AuthMethod},
	{start: "policy does not allow OAKLEY_", reason: logs.AuthMethod},

	{then: "we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION", reason: logs.PFSRequired},
	{then: "KE payload requires a GROUP_DESCRIPTION attribute", reason: logs.PFSRequired},
	{start: "OAKLEY_GROUP ", then: " not supported for PFS", reason: logs.PFSRequired},
	{then: "no acceptable Oakley Transform", reason: logs.NoProposal, late: true},
	{then: "no acceptable Proposal in IPsec SA", reason: logs.NoProposal},
	{then: "no local proposal matches remote proposals", reason: logs.NoProposal},
	{start: "no proposal chosen from", reason: logs.NoProposal},
	{then: "NO_PROPOSAL_CHOSEN; no ", reason: logs.NoProposal},
	{then: "unauthenticated INVALID_KE_PAYLOAD response to ", only: "is not acceptable", reason: logs.GroupRefused},
	{start: "local policy requires ", then: " Mode but peer requires", reason: logs.ModeRefused},
	{start: "policy dictates ", then: "but peer requested", reason: logs.ModeRefused},
	{start: "cannot respond to IPsec SA request because no connection is known for", reason: logs.NoTraffic},
	{then: "subnet returned doesn't match my proposal", reason: logs.NoTraffic},
	{then: "peer returned port doesn't match my proposal", reason: logs.NoTraffic},
	{then: "peer returned protocol id does not match my proposal", reason: logs.NoTraffic},
	{then: "responding with TS_UNACCEPTABLE", reason: logs.NoTraffic},
	{start: "Child SA's Traffic Selector response", then: "does not fit the proposal", reason: logs.NoTraffic},
	{start: "TS_UNACCEPTABLE", reason: logs.NoTraffic},
	{start: "No IKEv2 connection found with compatible Traffic Selectors", reason: logs.NoTraffic},
	{start: "Traffic Selectors", then: "unacceptable", reason: logs.NoTraffic},
	{start: "Quick Mode request rejected; connection has no remote client selector", reason: logs.NoTraffic},

	{then: "malformed payload in packet", reason: logs.Unreadable},
	{then: "failed to match authenticator", reason: logs.Unreadable},
	{then: "HASH(", only: "data does not match computed value", reason: logs.InvalidHash},
	{then: "HASH(", only: "data is the wrong length", reason: logs.InvalidHash},
	{then: "with unencrypted notification INVALID_MAJOR_VERSION", reason: logs.InvalidFormat},

	{then: "SEC_ERROR_UNKNOWN_ISSUER", reason: logs.NoIssuer},
	{then: "Certificate issuer is not recognized", reason: logs.NoIssuer},
	{then: "certificate issuer has been marked as not trusted", reason: logs.UntrustedIssuer},
	{then: "SEC_ERROR_UNTRUSTED", reason: logs.UntrustedIssuer},
	{then: "SEC_ERROR_EXPIRED_", reason: logs.OutsideValidity},
	{then: "ertificate has expired", reason: logs.OutsideValidity},
	{then: "SEC_ERROR_REVOKED_", reason: logs.RevokedCertificate},
	{then: "ertificate has been revoked", reason: logs.RevokedCertificate},
	{start: "certificate revoked!", reason: logs.RevokedCertificate},
	{then: "is expired or not yet valid", reason: logs.InvalidCertificate},
	{then: "crl-strict=yes and Certificate Revocation List", reason: logs.UnknownRevocation},
	{then: "SEC_ERROR_INADEQUATE_", reason: logs.CertificateUse},
	{then: "SEC_ERROR_CERT_NOT_IN_NAME_SPACE", reason: logs.IssuerConstraint},
	{then: "SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID", reason: logs.IssuerConstraint},
	{then: "CERT payload bogus or revoked", reason: logs.InvalidCertificate},
	{then: "no EE-cert in chain", reason: logs.InvalidCertificate},
	{then: "no trust anchor available", reason: logs.NoIssuer},
	{start: "no Certificate Authority in NSS Certificate DB!", reason: logs.NoIssuer},
	{start: "No Certificate Authority in NSS Certificate DB!", reason: logs.NoIssuer},
	{start: "issuer cacert not found", reason: logs.NoIssuer},
	{then: "SEC_ERROR_CA_CERT_INVALID", reason: logs.InvalidCertificate, fill: fillOfIssuer},
	{then: "Issuer certificate is invalid", reason: logs.InvalidCertificate, fill: fillOfIssuer},
	{then: "SEC_ERROR_BAD_SIGNATURE", reason: logs.InvalidSignature},
	{then: "eer's certificate has an invalid signature", reason: logs.InvalidSignature},
	{then: "SEC_ERROR_OCSP_", reason: logs.UnknownRevocation},
	{start: "no crl from issuer ", then: "(strict=yes)", reason: logs.UnknownRevocation},
	{start: "FIPS: ", then: "ejecting peer cert with key size", reason: logs.WeakSignature},
	{then: "ertificate ", only: " failed verification", reason: logs.InvalidCertificate, late: true},
	{then: "ertificate ", only: " failed IPsec verification", reason: logs.InvalidCertificate, late: true},
	{start: "X.509 certificate rejected", reason: logs.InvalidCertificate, late: true},
	{start: "X509: ", then: "ertificate", only: "rejected for this connection", reason: logs.InvalidCertificate},
	{start: "X509: authentication failed", reason: logs.InvalidCertificate},
	{then: " public key known for '", reason: logs.NoTrustedKey, detail: pattern(`known for '(.+?)'`), fill: fillRemoteID},
	{start: "authentication failed: no certificate matched ", reason: logs.NoTrustedKey, detail: pattern(`and '(.+?)'`), fill: fillRemoteID},
	{start: "authentication failed: using ", then: "' tried ", reason: logs.InvalidSignature, detail: pattern(`for '(.+?)' tried `), fill: fillRemoteID},
	{start: "Digital Signature authentication using ", then: " failed in ", reason: logs.InvalidSignature, late: true},
	{start: "RSA authentication failed", reason: logs.InvalidSignature, late: true},
	{then: "Signature check (on ", reason: logs.InvalidSignature, detail: pattern(`check \(on (.+?)\) failed`), fill: fillRemoteID},
	{start: "authentication failed: no acceptable ECDSA/RSA-PSS", reason: logs.WeakSignature},
	{start: "No acceptable ECDSA/RSA-PSS", reason: logs.WeakSignature},
	{then: "legacy RSA-SHA1 is not allowed but peer supports nothing else", reason: logs.WeakSignature, own: true},
	{then: "does not allow legacy RSA-SHA1 but connection allows no other hash policy", reason: logs.WeakSignature, own: true},
	{start: "unable to locate my private key", reason: logs.NoPrivateKey, own: true},
	{start: "connection ", then: " private key not found", reason: logs.NoPrivateKey, own: true},
	{start: "private key not found (certificate missing", reason: logs.NoPrivateKey, own: true},
	{start: "private key for connection not found", reason: logs.NoPrivateKey, own: true},
	{then: "can't find the private key matching the NSS CKAID", reason: logs.NoPrivateKey, own: true},
	{start: "No ", then: " private key found", reason: logs.NoPrivateKey, own: true},

	{start: "XAUTH: User ", then: "Authentication Failed", reason: logs.UserRefused, detail: pattern(`User (.+?): `), fill: fillUserXAUTH},
	{start: "leasing ", then: " address failed", reason: logs.NoAddress},
	{start: "Quick Mode request rejected, peer requested lease of", reason: logs.NoAddress},
	{then: "no valid internal address request", reason: logs.NoAddress},
	{start: "ERROR: netlink", then: "included errno", reason: logs.KernelRefused, own: true, detail: plutoErrno, fill: fillErrnoText},
	{start: "ERROR: PF_KEY", then: "included errno", reason: logs.KernelRefused, own: true, detail: plutoErrno, fill: fillErrnoText},
	{start: "netlink response for Add SA ", then: " (errno ", reason: logs.KernelRefused, own: true, detail: plutoErrnoLast, fill: fillErrnoText}, // since 4.0
	{start: "netlink response for policy ", then: " (errno ", reason: logs.KernelRefused, own: true, detail: plutoErrnoLast, fill: fillErrnoText},
	{start: "netlink response for Get SPI ", then: " (errno ", reason: logs.KernelRefused, own: true, detail: plutoErrnoLast, fill: fillErrnoText},
	{start: "kernel: ", then: "included errno", reason: logs.KernelRefused, own: true, detail: plutoErrno, fill: fillErrnoText},
	{then: "dropping negotiation as super", only: "eded by", reason: logs.Replaced}, // a letter too many in release 5.2
	{start: "send on ", then: " failed in ", reason: logs.NotSent, own: true, detail: plutoSendError, fill: fillErrnoText},
	{start: "sendto on ", then: " failed in ", reason: logs.NotSent, own: true, detail: plutoSendError, fill: fillErrnoText},
})

// plutoInitial finds the type of phase 1 in what pluto says of its first message, and how its sender wants to authenticate.
var plutoInitial = pattern(`initial (Main|Aggressive) Mode(?:.* with authby=(\w+) and xauth=(yes|no))?`)

func fillPlutoPhase1(e *logs.Event, m []string) {
	if e.Phase1 = mainMode; m[1] == "Aggressive" {
		e.Phase1 = aggressive
	}
	if m[2] != "" {
		e.Used = plutoMethod(m[2])
		e.Used.XAUTH = m[3] == "yes"
	}
}

var (
	// plutoKeyFor names both sides of a pre-shared key, this one's first.
	plutoKeyFor = pattern("found for [`'](.+?)' and [`'](.+?)'")
	// plutoSendError is the kernel's reason: "…: Operation not permitted (errno 1)", "…. Errno 1: Operation not permitted".
	plutoSendError = pattern(` failed in .*(?:: |\. Errno \d+: )([^:]+?)(?: \(errno \d+\))?$`)
	plutoErrno     = pattern(`included errno \d+: (.+)$`)
	plutoErrnoLast = pattern(`: ([^:]+?) \(errno \d+\)$`)
)

func fillPlutoKey(e *logs.Event, m []string) {
	e.Local.Identity, e.Remote.Identity = identity(m[1]), identity(m[2])
}

func fillOfIssuer(e *logs.Event, _ []string) { e.OfIssuer = true }

func fillRemoteID(e *logs.Event, m []string) { e.Remote.Identity = identity(m[1]) }

func fillPlutoMethods(e *logs.Event, m []string) {
	e.Used, e.Required = plutoMethod(m[1]), plutoMethod(m[2])
}

// plutoSignatures are the signatures that pluto has a policy for each, as authby= of a connection names them.
var plutoSignatures = map[string]string{"RSASIG": "RSA-PSS", "RSASIG_v1_5": "RSA PKCS #1 v1.5", "ECDSA": "ECDSA"}

// fillPlutoSignature takes from the message how the peer signed, which this side does not allow.
func fillPlutoSignature(e *logs.Event, m []string) {
	if name := plutoSignatures[m[1]]; name != "" {
		e.Used = logs.Method{Kind: ike.AuthSignature, Name: name}
	}
}

// plutoMethod reads a way to authenticate: "PSK", "RSASIG", "authentication through Digital Signature".
func plutoMethod(s string) (m logs.Method) {
	switch {
	case strings.Contains(s, "PSK"), s == "secret":
		m.Kind = ike.AuthPSK
	case strings.Contains(s, "RSA"), strings.Contains(s, "ECDSA"), strings.Contains(s, "igital"), strings.Contains(s, "DIGSIG"):
		m.Kind = ike.AuthSignature
	case strings.Contains(s, "EAP"):
		m.EAP = true
	}
	return m
}
