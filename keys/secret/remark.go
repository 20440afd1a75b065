package secret

// A Remark is what a daemon's log says about a negotiation besides keys. It is no secret, and no proof: the log may be of another
// negotiation, which only a comparison with the capture can tell.
type Remark struct {
	Kind RemarkKind
	// Asked is what the other side wanted, Own what this side is configured for, in the daemon's notation: proposals
	// ("IKE:AES_CBC_128/HMAC_SHA1_96/…"), networks behind this side, an identity. Of networks, AskedRemote and OwnRemote are
	// those behind the other side; empty where the log does not get that far.
	Asked, Own, AskedRemote, OwnRemote []string
	Text                               string // of a reason: the message
	Second                             int    // of the hour in which it was logged, whatever the time zone; -1: not known
	Origin                             Origin
}

// RemarkKind tells remarks apart.
type RemarkKind uint8

// The kinds of remarks.
const (
	RemarkProposals RemarkKind = iota + 1
	RemarkNetworks
	RemarkIdentity // Asked is the identity that came, Own the one that is wanted
	RemarkReason   // why something was refused
)
