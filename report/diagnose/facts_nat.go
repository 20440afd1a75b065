package diagnose

import (
	"net/netip"

	"github.com/ikedecode/ikedecode/report/traffic"
)

// A NATSide is what the NAT detection hashes of an IKE SA tell of a side (RFC 3947, section 3.2; RFC 7296, section 2.23).
type NATSide struct {
	Behind    bool
	Own, Peer bool             // a hash differs from the address on the wire: its own of itself, the peer's of it
	Real      netip.AddrPort   // the address that its own hash is of; not valid: not known
	Seen      []netip.AddrPort // where its messages came from, in order
}

// Mapped reports whether it was seen on a port that is none of IKE's.
func (s *NATSide) Mapped() bool {
	const ike, natt = 500, 4500
	for _, a := range s.Seen {
		if a.Port() != ike && a.Port() != natt {
			return true
		}
	}
	return false
}

// NAT says who of the peers of an IKE SA is behind NAT.
type NAT struct{ Sides [2]NATSide } // the initiator, the responder

// ForcedUDP is ESP in UDP between peers whose hashes show no NAT. Unread is a side whose hashes are not readable.
type ForcedUDP struct{ Unread Side }

func (NAT) isFacts()       {}
func (ForcedUDP) isFacts() {}

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

func (ESPQuirk) isFacts()    {}
func (IKEQuirk) isFacts()    {}
func (OddMessages) isFacts() {}
