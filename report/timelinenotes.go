package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

func timelineNotes(s *ikedecode.Session) (notes []string) {
	c := s.Counts
	add := func(n int, noun, rest string) {
		if n > 0 {
			notes = append(notes, count(n, noun)+" "+rest)
		}
	}
	if c.IKE == 0 {
		notes = append(notes, "no IKE message in the capture")
	}
	if list := s.Carriers.List(); len(list) > 0 {
		notes = append(notes, words.Carriers(list, s.Carriers.More)...)
	}
	add(c.Twice(), "packet", "captured twice, by a mirror port or a network that duplicates: counted once where it matters")
	add(c.ClearCopy, "inner packet", "also captured unencrypted: the capture was made on a gateway")
	add(c.Keepalives, "NAT keepalive", "left out")
	add(c.IKECut, "IKE message", "truncated by the snap length before the end of its header")
	add(c.IKEBad, "packet", "on the IKE ports without an IKE message")
	add(s.Evicted, "IKE SA", "not shown: too many for the memory limit")
	return notes
}

// saNotes are the findings about an IKE SA as a whole.
func saNotes(sa *ikesa.SA) (notes []string) {
	if n, f := negotiation.AlreadyDecrypted(sa); n > 0 {
		notes = append(notes, fmt.Sprintf(
			"IKE messages from number %d on are unencrypted: the capture was made after decryption, first in frame %d", n, f))
	}
	switch {
	case sa.RolesByOrder:
		notes = append(notes, "the first message is not in the capture")
	case !sa.RolesKnown:
		notes = append(notes, "the first message is not in the capture: the roles of initiator and responder are a guess")
	}
	if n := mirrored(sa); n > 0 {
		notes = append(notes, count(n, "message")+" captured twice")
	}
	if sa.Dropped > 0 {
		notes = append(notes, count(sa.Dropped, "message")+" not shown: too many")
	}
	return notes
}

func mirrored(sa *ikesa.SA) (n int) {
	for _, m := range sa.Messages {
		for _, r := range m.Repeats {
			if r.Mirror {
				n++
				break
			}
		}
	}
	return n
}
