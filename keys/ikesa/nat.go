package ikesa

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys"
)

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

// NATHashes are the hashes of addresses that a message has, by which the sides find NAT between them.
type NATHashes struct {
	Sources, Dests [][]byte                    // of where it was sent from, which may be several, and of where to
	hash           func(netip.AddrPort) []byte // nil: the hash function is not known
}

// NATHashes reads the hashes of m: NAT-D payloads of phase 1, of which the first one is of the destination (RFC 3947, section 3.2), or
// NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP (RFC 7296, section 2.23).
func (sa *SA) NATHashes(m *Message) (h NATHashes) {
	f := sa.Policy.Hash
	if sa.Version == 2 {
		h.hash = func(a netip.AddrPort) []byte {
			return keys.NATDetectionHash(m.Initiator, m.Responder, a.Addr().Unmap().AsSlice(), a.Port())
		}
	} else if f != nil {
		h.hash = func(a netip.AddrPort) []byte {
			return keys.NATDHash(f, sa.Initiator, sa.Responder, a.Addr().Unmap().AsSlice(), a.Port())
		}
	}
	for _, p := range m.Payloads {
		switch b := p.Body.(type) {
		case *ikev1.NATD:
			switch {
			case !m.IsPhase1(), f != nil && len(b.Data) != f.Size:
			case h.Dests == nil:
				h.Dests = append(h.Dests, b.Data)
			default:
				h.Sources = append(h.Sources, b.Data)
			}
		case *ikev2.Notify:
			switch hash, ok := b.NATHash(); {
			case !ok:
			case b.Type == ikev2.NotifyNATDetectionSource:
				h.Sources = append(h.Sources, hash)
			default:
				h.Dests = append(h.Dests, hash)
			}
		}
	}
	return h
}

// Complete reports whether there are hashes of both ends of the path, and a way to check them.
func (h *NATHashes) Complete() bool { return len(h.Sources) > 0 && len(h.Dests) > 0 && h.hash != nil }

// Fit reports whether one of the hashes, Sources or Dests, is that of an address; false where they can't be checked.
func (h *NATHashes) Fit(list [][]byte, a netip.AddrPort) bool {
	return h.hash != nil && slices.ContainsFunc(list, func(b []byte) bool { return bytes.Equal(b, h.hash(a)) })
}

// NATOf judges the hashes of one message: what differs from the addresses on the wire, at any place where it was captured, was changed on
// the path.
func (sa *SA) NATOf(m *Message) (n NAT) {
	h := sa.NATHashes(m)
	if !h.Complete() {
		return n
	}
	for from, to := range m.Paths() {
		src, dst := !h.Fit(h.Sources, from), !h.Fit(h.Dests, to)
		if !m.FromInitiator {
			src, dst = dst, src
		}
		n.Add(NAT{Seen: true, BehindNATInitiator: src, BehindNATResponder: dst})
	}
	return n
}

// A Path is an INFORMATIONAL exchange of MOBIKE (RFC 4555) about the addresses that an IKEv2 SA and its children use.
type Path struct {
	Frames               []int          // of the messages
	Initiator, Responder netip.AddrPort // of the IKE SA's sides, in this exchange
	Update               bool           // UPDATE_SA_ADDRESSES: from here on both peers use these addresses
	NAT                  NAT            // what its NAT detection hashes tell of the path
	Cookie2              Cookie2
}

// Cookie2 is what became of a COOKIE2, by which a side sees that the other one is where it says (RFC 4555, section 3.7).
type Cookie2 uint8

// The results of a COOKIE2.
const (
	NoCookie2         Cookie2 = iota // none was sent
	Cookie2Unanswered                // the response is not in the capture, or was not decrypted
	Cookie2Returned                  // the response repeats it
	Cookie2Wrong                     // the response does not
)

func (c Cookie2) String() string {
	return [...]string{"none", "unanswered", "returned", "wrong"}[c]
}
