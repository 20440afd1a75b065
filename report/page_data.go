package report

import (
	"bytes"

	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/keys"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// What a report in another form than text needs beyond the models.

// A Page is what the command report wrote.
type Page struct {
	Output    string `json:"output"`
	Bytes     int    `json:"bytes"`
	Messages  int    `json:"messages"`            // in the ladder
	SAs       int    `json:"sas"`                 // with their traffic over time
	Secrets   bool   `json:"secrets"`             // values of keys are in it
	Left      int    `json:"left_out,omitempty"`  // messages that went over the bounds
	Truncated int    `json:"undecoded,omitempty"` // messages whose payloads went over the bounds
}

// Spans reports whether Frames are the first and the last of many.
func (f *Finding) Spans() bool { return f.span && len(f.Frames) == 2 }

// Peer names a side of the IKE SA that f is about: "192.0.2.1 (initiator)".
func (f *Finding) Peer(initiator bool) string {
	a, name := f.peers[1], side(initiator)
	if initiator {
		a = f.peers[0]
	}
	if !a.IsValid() {
		return name
	}
	return a.String() + " (" + name + ")"
}

// NATBetween is what the peers' own hashes tell of NAT between them.
func NATBetween(sa *ikesa.SA) ikesa.NAT { return sa.NAT }

// CapturedInside reports whether a message of a side came with the address that this side hashed as its own: the capture was
// made between it and the NAT, if there is one.
func CapturedInside(sa *ikesa.SA, initiator bool) bool {
	for _, m := range sa.Messages {
		if m.FromInitiator != initiator {
			continue
		}
		if sa.Version == 2 {
			if src, _, seen := natHashes(m); seen && src {
				return true
			}
			continue
		}
		if ownAddressFits(sa, m) {
			return true
		}
	}
	return false
}

// ownAddressFits compares the NAT-D payloads after the first with where m came from (RFC 3947, section 3.2).
func ownAddressFits(sa *ikesa.SA, m *ikesa.Message) bool {
	h := sa.Policy.Hash
	if h == nil || !negotiation.IsPhase1(negotiation.TypeOf(m)) {
		return false
	}
	want := keys.NATDHash(h, sa.Initiator, sa.Responder, m.Src.Addr().Unmap().AsSlice(), m.Src.Port())
	first := true
	for _, p := range m.Payloads {
		d, ok := p.Body.(*ikev1.NATD)
		if !ok || p.Err != nil {
			continue
		}
		if !first && bytes.Equal(d.Data, want) {
			return true
		}
		first = false
	}
	return false
}
