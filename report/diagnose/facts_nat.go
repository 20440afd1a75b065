package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// NAT says who of the peers of an IKE SA is behind NAT.
type NAT struct{ Sides [2]negotiation.NATSide } // the initiator, the responder

// ForcedUDP is ESP in UDP between peers whose hashes show no NAT. Unread is a side whose hashes are not readable.
type ForcedUDP struct{ Unread Side }

// AHThroughNAT is AH between peers with NAT between them.
type AHThroughNAT struct {
	Behind   [2]bool       // the initiator, the responder, by the hashes of NAT detection
	OrForced [2]bool       // which may just as well be forced UDP encapsulation
	Src, Dst netip.Addr    // of packets of AH whose addresses are not those of IKE; not valid: there are none
	IKE      [2]netip.Addr // the addresses of IKE in the same order
}

// A Quirk is something that an implementation does otherwise than the RFCs say.
type Quirk uint8

// The quirks.
const (
	QuirkTruncation  Quirk = iota // an ICV of another length than the algorithm's own
	QuirkPadding                  // padding that is not 1, 2, 3, …
	QuirkESN                      // extended sequence numbers used otherwise than negotiated
	QuirkVersion                  // a next header of another IP version
	QuirkNoMarker                 // IKE without the non-ESP marker on port 4500
	QuirkMarker                   // IKE with it on port 500
	QuirkPort                     // IKE on ports that are not its own
	QuirkDraftNATT                // NAT traversal by a draft
	QuirkUnaskedFrag              // IKE fragments for a peer that did not ask for them
)

// ESPQuirk is a quirk in the packets of an SA.
type ESPQuirk struct {
	Quirk   Quirk
	Flow    traffic.Flow
	ICVBits int    // with QuirkTruncation
	MAC     string // likewise; may be empty
	Others  int    // SAs of which the same is true
}

// IKEQuirk is a quirk in the messages of an IKE SA.
type IKEQuirk struct{ Quirk Quirk }

// OddMessages are messages that can be read although something in them is wrong.
type OddMessages struct {
	Messages int
	First    []OddMessage
}

// An OddMessage is one of them.
type OddMessage struct {
	Frame int
	From  Side
	What  string // what the parser noted first
}
