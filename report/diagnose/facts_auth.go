package diagnose

import (
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/keys/logs"
	"github.com/ikedecode/ikedecode/keys/secret"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Facts about authentication.

// What comparisons of pre-shared keys and identities say where the value itself is not known, or must not be shown.
const (
	KeyGiven     = "the PSK given"
	KeyOfSecrets = "the PSK of the secrets given"
	KeyNotGiven  = "not the PSK given"
	KeyOther     = "a different key"
	KeyOne       = "one key"
	KeyNone      = "none for this peer"
	KeyOrNone    = "a different key, or none for this identity"
	NotKnown     = "not known"
	NotCaptured  = "not in the capture"
	OtherID      = "a different one, not in the capture"
	NoConnection = "no connection for these identities"
	UserRefused  = "rejected"
)

// KeyProof says what shows whether the pre-shared keys of both peers are the same.
type KeyProof uint8

// The proofs.
const (
	NoKeyProof     KeyProof = iota
	SenderHash              // the HASH of the message matches the secrets that were given: they are the sender's
	ReceiverOpened          // the secrets that were given decrypt a message of the receiver, and not this one: they are the receiver's
	SenderOpened            // the secrets that were given decrypt the message: they are the sender's
	NotTheSenders           // the key that was given is not the sender's
)

// A KeyForm is how the pre-shared keys of both peers differ, where that is no more than the way in which they were entered. Keys is where the key
// comes from that fits what the prover sent, and where one that differs from it in the form; the first is empty where only the
// form of the second fits.
type KeyForm struct {
	Form secret.Form // zero: not known
	Keys [2]string
}

// KeyUnread is a phase 1 that ended where a peer has to decrypt what the other one, From, sent protected by the pre-shared key.
type KeyUnread struct {
	Frame      int
	Aggressive bool // it does not go on after the HASH
	Proof      KeyProof
	Hash       ikesa.HashName // with SenderHash: "HASH_I"
	Closed     int            // with SenderHash: a frame of the receiver that does not decrypt; 0: none
	Opened     int            // with ReceiverOpened
	KeyForm
}

// ProofWhy says why an authentication was rejected.
type ProofWhy uint8

// The reasons.
const (
	ProofUnknown          ProofWhy = iota
	ProofCertificate               // something is wrong with the certificate
	ProofIdentity                  // the peer expects a different identity
	ProofNoConnection              // its log says that it has no connection for these identities
	ProofKey                       // pre-shared key or identity
	ProofKeyLog                    // its log says that the pre-shared keys differ
	ProofKeyWrong                  // AUTH does not match the key that was given
	ProofKeyFitsLog                // AUTH matches the key that was given, and the log says that it is another one there
	ProofKeyFits                   // AUTH matches the key that was given
	ProofOnlyIdentity              // its identity: the peer says so, or nothing else is left
	ProofUnread                    // nothing of it can be read
	ProofFirstMessage              // the first message of Aggressive Mode was rejected
	ProofBeforeEAP                 // the initiator gave up before it said anything to EAP, most likely for the certificate
	ProofAnswerUnread              // an encrypted Informational came back, which is not decrypted
	ProofMethod                    // the peer expects another authentication method, as a MethodSign shows
	ProofPPK                       // AUTH also depends on a post-quantum pre-shared key: that one or the pre-shared key differs
	ProofIdentityOrMethod          // the pre-shared keys agree: the identity is left, or that no key is allowed
)

// MethodSign is what shows that a side expects another authentication method than its peer uses.
type MethodSign uint8

// The signs.
const (
	NoMethodSign    MethodSign = iota
	AskedEAP                   // the initiator asks for EAP
	RequestedCert              // it requests certificates, and its peer has a pre-shared key
	RequestedNoCert            // it requests none, and its peer has one
	OwnMethod                  // it authenticates in the other way itself
)

// RefusedProof is a side, From, that rejects the authentication of its peer.
type RefusedProof struct {
	Prover     Side
	Why        ProofWhy
	AtOnce     bool // it ended the IKE SA as soon as the other one had authenticated itself
	Said       Said
	Methods    []negotiation.Method // of the proof
	Identities []SentID
	Asked      string                 // the identity that the initiator requests, where the responder has sent none
	Objection  *negotiation.Objection // with ProofCertificate
	// Certificate is that of the prover, with ProofBeforeEAP, and where nothing else is wrong with it: its issuer is not in the capture.
	Certificate *negotiation.Certificate
	Client      negotiation.Client // likewise: of the initiator
	SignedAlone bool               // it signed, and sent no certificate
	Differs     Side               // with ProofIdentity: whose identity
	Log         string             // where a log says it: "gwb.log:489"
	Transport   bool               // with ProofNoConnection: what it has none for is transport mode, too
	Identity    string             // of the prover
	SameKeys    bool               // what each peer encrypted decrypts with the same pre-shared key
	Frame       int                // of AUTH
	WithEAP     int                // with a pre-shared key: frame in which the prover, the responder, asks for EAP, which was rejected with it; 0: none
	Checks      []ikesa.AuthCheck
	KeyForm
	Unchecked  bool       // with a pre-shared key AUTH could be checked
	Sign       MethodSign // with ProofMethod; SignAt is the frame that has it
	SignAt     int
	AnyMethod  bool // with ProofAnswerUnread: the capture does not say how the peers authenticate
	WithoutPSK bool // with ProofAnswerUnread and ProofUnread: the peers authenticate by signatures
	// With ProofAnswerUnread: the prover did not retransmit its message, so that it could read the response; it is behind NAT.
	ReadIt, BehindNAT bool
}

// Said is what a side said when it rejected something: how the exchange ended, or the notifications and Delete payloads of its message. It is zero
// where the message is not decrypted.
type Said struct {
	Outcome  *negotiation.Outcome
	Payloads []decode.Body
}

// A SentID is an identity in a message of IKE_AUTH.
type SentID struct {
	Side  Side
	Asks  bool // the initiator asks for it
	Text  string
	Type  string // "ID_FQDN"
	Frame int
}

// LoggedRefusal is what a side, From, rejected for the reason that its own log gives.
type LoggedRefusal struct {
	Reason     logs.Reason
	Log        string // where: "gwb.log:489"
	Own        bool   // it could not do its own part
	Unsure     bool   // the log says so of a failure that has other causes, too
	Aggressive bool   // in Aggressive Mode
	// Came is the identity that the peer sent, Wanted the one that is expected; may be empty.
	Came, Wanted string
	For          string // with NoPeer: the identity of its own that the peer asked for; may be empty
	OrMode       bool   // with NoPeer: or the mode that the peer asks for is not the one configured
	// Used is how the peer authenticates, Required how it has to; may be zero.
	Used, Required logs.Method
	UsedIn         decode.ExchangeType // with Used: that mode of phase 1 or that method is not allowed; 0: the log names none
	User           string
	XAUTH          bool
	PPK            bool // the peers use a post-quantum pre-shared key, which AUTH depends on, too
	// Certificate was rejected, Issuer lacks, as the log names them; may be empty.
	Certificate, Issuer string
	SignedAlone         bool // with NoTrustedKey: the peer sent no certificate
	OfIssuer            bool // the certificate of the issuer is what is not valid
	Errno               string
	// Differing are the names of what differs, of the proposals Offered and Configured, in the words of the daemon.
	Differing           []string
	Private             string // as with RefusedOffer
	Offered, Configured []string
	Asked, Allowed      *SelectorPair // nil: not known
}

// LoggedError is an error that a side, From, sent in a message that is not decrypted, as the log of its receiver says.
type LoggedError struct {
	Notify ike.NotifyType // zero: EAP or XAUTH failed
	Reason logs.Reason    // of that: EAPFailure, where nobody knows why, or UserRefused
	Log    string
	User   string
}

// AuthByShape is an IKE_AUTH that is not decrypted and failed by its shape.
type AuthByShape struct {
	Shape  AuthShape
	Rounds int
	Bytes  int // the most that the content of the response has
	// Redirects tells that the side From can be redirected to another gateway in IKE_AUTH (RFC 5685, section 6).
	Redirects bool
	// Proposals tells that the side From rejects ESP proposals in the same way, too.
	Proposals bool
}

// AuthShape is how an IKE_AUTH that is not decrypted looks.
type AuthShape uint8

// The shapes.
const (
	EndedAtOnce AuthShape = iota // by the side From, as soon as the other had authenticated itself
	EndedInEAP                   // in the middle of it
	EndedShort                   // after a response that is too short for a Child SA
	ShortAnswer                  // a response of From that can only be an error
)

// XAUTHFailed is a user whom XAUTH rejects.
type XAUTHFailed struct {
	Outcome *negotiation.Outcome
	User    string // "": not known
	Closed  int    // messages of XAUTH after which the IKE SA ends, not decrypted; 0: they are
	Silent  bool   // nothing came after these, not even what may end it
	PSK     bool   // the peers authenticated with a pre-shared key before
	Empty   int    // the frame in which the initiator answered with neither name nor password; 0: it did not
}

// EAPFailed is EAP that failed, or that the initiator gave up.
type EAPFailed struct {
	Method     string // that the responder expects; may be empty
	Wants      string // that the initiator asks for instead; may be empty
	User       string
	Reason     string // what MSCHAPv2's error code means; may be empty
	Code       string // of MSCHAPv2: "691"; may be empty
	Said       Said   // what ended it
	GaveUp     bool   // the initiator ended it
	TLS        bool   // the method has a TLS handshake
	Early      bool   // it failed before a method began: all messages until then were decrypted
	Succeeded  bool   // EAP did; the responder rejected what came after it
	Identities []SentID
}

// CertificateTaken is a certificate of a side, From, that was accepted though it is expired or not yet valid, or that is soon. Unknown tells that the
// capture does not show whether it was accepted.
type CertificateTaken struct {
	Objection *negotiation.Objection
	Unknown   bool
}

// AggressivePSK is Aggressive Mode with a pre-shared key.
type AggressivePSK struct{}
