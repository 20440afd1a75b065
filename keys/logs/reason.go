package logs

import "fmt"

// Reason is why a side rejected something.
type Reason uint8

// The reasons. Those of certificates stand together, so do those of users.
const (
	NoReason           Reason = iota
	NoPeer                    // no connection for the identities of both peers
	PSKMissing                // no pre-shared key for the identities of both peers
	PSKMismatch               // the peer's authentication matches no pre-shared key that this side has for it
	IdentityMismatch          // the peer is not who it is to be
	AuthMethod                // the peer authenticates in another way than it has to
	AggressiveRefused         // Aggressive Mode with a pre-shared key is not allowed
	NoProposal                // none of the proposals is configured
	GroupRefused              // the Diffie-Hellman group is not configured
	NoTraffic                 // the traffic selectors are not configured
	Unreadable                // what came does not decrypt to payloads
	InvalidHash               // the HASH of a message of IKEv1 is wrong
	NoTrustedKey              // no public key of the peer's is trusted
	NoIssuer                  // the issuer of a certificate is not there
	InvalidCertificate        // a certificate, or its issuer's, is not valid
	RevokedCertificate        //
	Constraint                // the peer does not meet what is demanded of it
	InvalidSignature          //
	NoPrivateKey              // this side has none for its own identity
	NoUserKey                 // no password for the user
	UserRefused               // XAUTH or EAP failed
)

var reasonNames = [...]string{
	NoReason: "", NoPeer: "no peer", PSKMissing: "no pre-shared key", PSKMismatch: "pre-shared key differs", IdentityMismatch: "identity differs",
	AuthMethod: "authentication method", AggressiveRefused: "Aggressive Mode refused", NoProposal: "no proposal", GroupRefused: "group refused",
	NoTraffic: "no traffic selectors", Unreadable: "not readable", InvalidHash: "invalid HASH", NoTrustedKey: "no trusted key", NoIssuer: "no issuer",
	InvalidCertificate: "invalid certificate", RevokedCertificate: "revoked certificate", Constraint: "constraint",
	InvalidSignature: "invalid signature", NoPrivateKey: "no private key", NoUserKey: "no key of the user", UserRefused: "user refused",
}

// String is the reason in two or three words; "" for none.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}
