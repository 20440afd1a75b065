package ikesa

import (
	"github.com/ikedecode/ikedecode/decode/cert"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// A Proof says what the capture shows for a secret: of what it is a proof, by what, and where.
type Proof struct {
	Of     secret.Kind   // what is verified
	Origin secret.Origin // where that is from
	By     Evidence
	Frame  int // that has the evidence, or begins it; 0: there is none
	// Hash is the payload of ByHash, Messages the number of messages of ByChain where that was counted, Initiator whose AUTH payload it is
	// by ByAuth.
	Hash      HashName
	Messages  int
	Initiator bool
	Salt      int // the frame that gave the salt of the key, and proves it, where what was given lacked it; 0: it did not
}

// ProofOf is the proof of a secret.
func ProofOf(x secret.Secret, by Evidence, frame int) Proof {
	return Proof{Of: x.Kind, Origin: x.Origin, By: by, Frame: frame}
}

// Evidence is what verifies a key or a secret.
type Evidence uint8

// The kinds of evidence, weakest first.
const (
	Unproven  Evidence = iota // none: it is used as asked
	Undecided                 // none so far: the ICV of the traffic decides
	ByChain                   // payloads and padding are well formed in the decrypted messages
	ByPublic                  // the private value gives a public value of the capture
	ByHash                    // HASH_I, HASH_R or HASH(1..3) of RFC 2409
	ByAuth                    // the AUTH payload of RFC 7296
	ByICV                     // the ICV of an IKEv2 message
	ByTraffic                 // the ICV of ESP or AH packets
)

// Proved reports whether there is any.
func (e Evidence) Proved() bool { return e > Undecided }

// String names the kind: "HASH", "ICV"; "unproven" where there is none.
func (e Evidence) String() string {
	switch e {
	case ByChain:
		return "payload chain"
	case ByPublic:
		return "public value"
	case ByHash:
		return "HASH"
	case ByAuth:
		return "AUTH"
	case ByICV, ByTraffic:
		return "ICV"
	}
	return "unproven"
}

// HashCheck is the result of checking the HASH payload of a message, or the signature that replaces it.
type HashCheck struct {
	Name HashName // zero where the message has none
	Done bool     // the inputs for the check were there
	OK   bool
}

// HashName names a HASH or SIG payload of IKEv1.
type HashName uint8

// The HASH and SIG payloads of RFC 2409.
const (
	NoHash HashName = iota
	HashI
	HashR
	Hash1
	Hash2
	Hash3
	SigI
	SigR
)

// String names it as the RFC does: "HASH_I", "HASH(1)", "SIG_I"; "" for NoHash.
func (h HashName) String() string {
	return [...]string{"", "HASH_I", "HASH_R", "HASH(1)", "HASH(2)", "HASH(3)", "SIG_I", "SIG_R"}[h]
}

// An IVOrigin says where the IV of a message of IKEv1 came from.
type IVOrigin struct {
	Kind  IVKind
	Frame int           // of IVLastBlock and IVPhase2; 0 with the latter: after the first IV
	Hash  HashName      // of IVRebuilt: that dictates the first block
	Given secret.Origin // of IVGiven, and of IVPhase2 where the last block of phase 1 was given
	// Unproven says that nothing shows that it is the correct one.
	Unproven bool
}

// IVKind tells origins of IVs apart.
type IVKind uint8

// Where IVs come from (RFC 2409, appendix B), and what stands in for one that is not known.
const (
	NoIV          IVKind = iota
	IVFirst              // of phase 1
	IVLastBlock          // the last block of an earlier message
	IVPhase2             // that of phase 2
	IVRebuilt            // none: the first block was put together from the HASH
	IVHeadersOnly        // none: of the first block only the generic headers are known
	IVGiven              // it is among the secrets that were given
)

// An AuthCheck is what became of one AUTH payload of IKEv2 (RFC 7296, section 2.15).
type AuthCheck struct {
	Initiator bool // its sender
	Method    ikev2.AuthMethod
	Frame     int
	Done      bool // what the check needs was there
	OK        bool // it matches
	EAP       bool // it came after EAP, whose key it shows (RFC 7296, section 2.16)
	Refused   bool // the peer answered AUTHENTICATION_FAILED

	With  AuthKey  // what it was checked with
	Lacks AuthLack // why it could not be checked
	Given Proof    // the secret that matches; zero where none does
	Tried int      // secrets that were given and do not match
	// Form is how the key that matches differs from one that was given, at FormOf, and does not match itself; zero: none does.
	Form   secret.Form
	FormOf secret.Origin
	Sig    AuthSigner // of a signature
	Key    []byte     // of a signature that matches: the signer's SubjectPublicKeyInfo
}

// An AuthSigner is a public key that a signature was checked with.
type AuthSigner struct {
	Signature   keys.Signature    // how it was signed; zero where it does not match
	Certificate *cert.Certificate // that has the key; nil: it is a raw public key (RFC 7670)
	Err         error             // why it does not match, or can't be used
}

// AuthKey is what an AUTH payload is checked with.
type AuthKey uint8

// The keys of AUTH payloads.
const (
	WithNothing   AuthKey = iota
	WithPSK               // pre-shared keys that were given
	WithMSK               // MSKs of EAP that were given
	WithSKp               // SK_pi or SK_pr, of NULL authentication
	WithEAPSKp            // likewise, after an EAP method that makes no key
	WithResumed           // the key of the SA that was resumed
	WithPublicKey         // the signer's public key
)

// AuthLack is what the check of an AUTH payload lacks.
type AuthLack uint8

// What checks of AUTH payloads need.
const (
	LacksNothing      AuthLack = iota
	LacksInit                  // IKE_SA_INIT as a whole
	LacksSKp                   // SK_pi and SK_pr
	LacksID                    // the ID payload
	LacksIntermediate          // all messages of IKE_INTERMEDIATE
	LacksPassword              // the key of the secure password method
	LacksSecret                // a pre-shared key, or an MSK
	LacksCertificate           // the signer's certificate
	LacksAlgorithm             // an implementation of what Sig.Err says
)
