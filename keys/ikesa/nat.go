package ikesa

import "net/netip"

// NAT is what the NAT-D payloads tell (RFC 3947, section 3.2), or the NAT detection hashes of IKEv2.
type NAT struct {
	Seen                                   bool // NAT-D payloads were there and could be checked
	BehindNATInitiator, BehindNATResponder bool
}

// Add sums up: a side is behind NAT if it was so at any time.
func (n *NAT) Add(o NAT) {
	n.Seen = n.Seen || o.Seen
	n.BehindNATInitiator = n.BehindNATInitiator || o.BehindNATInitiator
	n.BehindNATResponder = n.BehindNATResponder || o.BehindNATResponder
}

// A Path is an INFORMATIONAL exchange of MOBIKE (RFC 4555) about the addresses that an IKEv2 SA and its children use.
type Path struct {
	Frames               []int          // of the messages
	Initiator, Responder netip.AddrPort // of the IKE SA's sides, in this exchange
	Update               bool           // UPDATE_SA_ADDRESSES: from here on both sides use these addresses
	NAT                  NAT            // what its NAT detection hashes tell of the path
	Cookie2              Cookie2
}

// Cookie2 is what became of a COOKIE2, by which a side sees that the other one is where it says (RFC 4555, section 3.7).
type Cookie2 uint8

// The results of a COOKIE2.
const (
	NoCookie2         Cookie2 = iota // none was sent
	Cookie2Unanswered                // the answer is not in the capture, or stayed closed
	Cookie2Returned                  // the answer repeats it
	Cookie2Wrong                     // the answer does not
)

func (c Cookie2) String() string {
	return [...]string{"none", "unanswered", "returned", "wrong"}[c]
}
