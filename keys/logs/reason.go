package logs

import "fmt"

// Reason is why a side rejected something, or could not go on.
type Reason uint8

// The reasons. Those of identities, certificates and users each stand together.
const (
	NoReason Reason = iota

	// The peer is not known.
	NoConnection // no connection for the addresses of both hosts, for this mode, or for this version of IKE
	NoPeer       // no connection for the identities of both peers
	NoVersion    // no connection at all may use this version of IKE, or the daemon does not speak it

	// Authentication.
	PSKMissing        // no pre-shared key for the identities or addresses of both peers
	PSKMismatch       // the peer's authentication matches no pre-shared key that this side has for it
	PSKLikely         // what came does not decrypt to payloads, or authenticates nothing: the daemon itself takes the key for wrong, or another cause
	IdentityMismatch  // the peer is not who it is to be
	AuthMethod        // the peer authenticates in another way than it has to: Event.Used and Event.Required
	RoundsMissing     // the peer has to authenticate in several rounds (RFC 4739), and did in fewer
	PPKMissing        // no post-quantum pre-shared key of the ID that the peer sent, or of its own where Event.Own
	PPKRequired       // the peer does not use one, and has to
	ExchangeRefused   // a connection for the peer allows the other exchange of phase 1 alone, Main Mode or Aggressive Mode
	AggressiveRefused // Aggressive Mode with a pre-shared key is not allowed

	// Offers and selectors.
	NoProposal   // none of the proposals is configured
	GroupRefused // the Diffie-Hellman group is not configured
	PFSRequired  // one side uses PFS, the other does not, or with another group
	ModeRefused  // tunnel or transport mode, or Main or Aggressive Mode, is not the one configured
	NoTraffic    // the traffic selectors are not configured

	ChildlessOnly // this side accepts no first Child SA in IKE_AUTH (RFC 6023)
	NoChildless   // this side does without a first Child SA, which the peer does not support (RFC 6023)

	// Messages.
	Unreadable    // what came does not decrypt to payloads
	InvalidHash   // the HASH of a message of IKEv1 is wrong
	InvalidFormat // a message, or its version, is not what the daemon can read

	// Certificates.
	NoTrustedKey       // no public key of the peer's is trusted
	NoIssuer           // the issuer of a certificate is not there: Event.Issuer
	UntrustedIssuer    // it is there, and is not trusted
	InvalidCertificate // a certificate, or its issuer's, is not valid, for another reason than those that follow
	ExpiredCertificate
	EarlyCertificate // not yet valid
	OutsideValidity  // one of both, which NSS does not tell apart
	RevokedCertificate
	UnknownRevocation // whether it was revoked could not be found out, and that is demanded
	CertificateName   // the certificate has not the identity that the peer sent
	CertificateUse    // its key usage or extended key usage does not allow this
	IssuerConstraint  // its name, the length of its chain, or its policy is not what the certificates of its issuers allow (RFC 5280, section 6)
	WeakSignature     // its algorithm, or that of AUTH, is not allowed
	Constraint        // the peer does not meet what is demanded of it
	InvalidSignature
	CertificateRefused // the peer says in an alert of TLS that it rejected this side's (RFC 5246, section 7.2)
	NoPrivateKey       // this side has none for its own identity
	NoCertificate      // the peer sent none, or this side has none of its own

	// Users.
	NoUserKey   // no password for the user
	UserRefused // XAUTH or EAP failed; Event.XAUTH tells which
	EAPMethod   // no EAP method in common: Event.Used and Event.Required
	EAPFailure  // the peer said that EAP failed, and not why
	NoRADIUS    // the RADIUS server that decides about the user did not respond

	// What follows authentication.
	NoAddress     // no virtual address to give, or none was given
	KernelRefused // an SA or a policy could not be installed: Event.Errno
	Replaced      // the IKE SA was a duplicate of another one of the same identity
	Kept          // the peer was rejected, because there is an IKE SA of the same identity, which is kept
	TooBusy       // too many half-open SAs, or a limit of a license
	NotSent       // the kernel did not send a message of this side's: Event.Errno
	lastReason    = NotSent
)

var reasonNames = [...]string{
	NoReason: "", NoConnection: "no connection", NoPeer: "no peer", NoVersion: "version refused", PSKMissing: "no pre-shared key", PSKMismatch: "pre-shared key differs",
	PSKLikely: "pre-shared key may differ", IdentityMismatch: "identity differs", AuthMethod: "authentication method", RoundsMissing: "authentication rounds missing",
	PPKMissing: "no PPK", PPKRequired: "PPK required", ExchangeRefused: "exchange refused", AggressiveRefused: "Aggressive Mode refused", NoProposal: "no proposal", GroupRefused: "group refused", PFSRequired: "PFS differs",
	ModeRefused: "mode refused", NoTraffic: "no traffic selectors", ChildlessOnly: "childless only", NoChildless: "not childless", Unreadable: "not readable", InvalidHash: "invalid HASH",
	InvalidFormat: "invalid message", NoTrustedKey: "no trusted key", NoIssuer: "no issuer", UntrustedIssuer: "untrusted issuer",
	InvalidCertificate: "invalid certificate", ExpiredCertificate: "expired certificate", EarlyCertificate: "certificate not yet valid", OutsideValidity: "certificate expired or not yet valid",
	RevokedCertificate: "revoked certificate", UnknownRevocation: "revocation not known", CertificateName: "certificate without the identity",
	CertificateUse: "certificate usage", IssuerConstraint: "issuer's constraint", WeakSignature: "weak signature", Constraint: "constraint", InvalidSignature: "invalid signature",
	CertificateRefused: "certificate rejected by the peer", NoPrivateKey: "no private key", NoCertificate: "no certificate", NoUserKey: "no key of the user", UserRefused: "user refused",
	EAPMethod: "no EAP method", EAPFailure: "EAP failed", NoRADIUS: "no RADIUS response", NoAddress: "no address", KernelRefused: "kernel refused", Replaced: "replaced", Kept: "older one kept", TooBusy: "too busy", NotSent: "not sent",
}

// String is the reason in two or three words; "" for none.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// OfCertificate reports whether the reason is about a certificate.
func (r Reason) OfCertificate() bool { return r >= NoTrustedKey && r <= NoCertificate }
