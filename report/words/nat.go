package words

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/decode/ike"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

func natDetected(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.ForcedUDP:
		if x.Unread == diagnose.NoSide {
			return Text{Headline: fmt.Sprintf("no NAT between %s and %s, but UDP encapsulation is used: it is forced", peer(f, diagnose.Initiator), peer(f, diagnose.Responder)),
				Details: []string{"the NAT detection hashes of both peers match their addresses"}}
		}
		read, unread := x.Unread.Other(), x.Unread
		return Text{Headline: fmt.Sprintf("UDP encapsulation is used; cannot tell: %s is behind NAT, or it is forced", peer(f, unread)),
			Details: []string{fmt.Sprintf("the NAT detection hashes of %s match, those of %s cannot be read", peer(f, read), peer(f, unread))}}
	case diagnose.NAT:
		var parts []string
		var t Text
		if negotiation.BothMayBeForced(x.Sides) {
			return Text{Headline: fmt.Sprintf("cannot tell: NAT changes the addresses of %s and %s, or they force UDP encapsulation", peer(f, diagnose.Initiator), peer(f, diagnose.Responder)),
				Details: []string{"the NAT detection hashes of neither peer match its own address, and the ports are not changed", Subject(f.Subject)}}
		}
		for i := range x.Sides {
			if s := &x.Sides[i]; s.Behind {
				text, detail := natSide(s, diagnose.SideOf(i == 0))
				parts = append(parts, text)
				if detail != "" {
					t.Details = append(t.Details, detail)
				}
			}
		}
		t.Headline = strings.Join(parts, "; ")
		t.Details = append(t.Details, Subject(f.Subject))
		return t
	}
	return Text{}
}

// NAT says what the NAT detection hashes of an IKE SA show; "" without hashes. speaker is the only side with readable hashes, if there
// is just one: those show no NAT in front of its peer.
func NAT(n ikesa.NAT, sides [2]negotiation.NATSide, speaker ike.Side) string {
	switch {
	case !n.Seen:
		return ""
	case negotiation.BothMayBeForced(sides):
		return "NAT in front of both peers, or forced UDP encapsulation"
	case n.BehindNATInitiator && n.BehindNATResponder:
		return "both peers are behind NAT"
	case n.BehindNATInitiator:
		return "the initiator is behind NAT"
	case n.BehindNATResponder:
		return "the responder is behind NAT"
	case speaker != ike.NoSide:
		return fmt.Sprintf("no NAT by the hashes of the %v only", speaker)
	}
	return "no NAT between the peers"
}

// natSide says what is known of the addresses of a peer behind NAT: "the initiator 10.0.0.5 is behind NAT and appears as 192.0.2.1
// port 500, then 4500"; and where that is not certain, what else it may be.
func natSide(s *negotiation.NATSide, side diagnose.Side) (text, detail string) {
	text = "the " + Side(side)
	if s.Real.IsValid() {
		text += " " + s.Real.Addr().String()
	}
	text += " is behind NAT"
	var last netip.Addr
	for i, a := range s.Seen {
		switch {
		case i == 0:
			text += fmt.Sprintf(" and appears as %v port %d", a.Addr(), a.Port())
		case a.Addr() == last:
			text += fmt.Sprintf(", then %d", a.Port())
		default:
			text += fmt.Sprintf(", then %v port %d", a.Addr(), a.Port())
		}
		last = a.Addr()
	}
	switch {
	case s.Real.IsValid():
	case s.Peer && !s.Own:
		detail = fmt.Sprintf("the capture was made between the %s and its NAT", Side(side))
	case s.MayBeForced():
		text = "cannot tell: " + text + ", or it forces UDP encapsulation"
		detail = fmt.Sprintf("NAT changed the address of the %s, or it sent a false NAT detection hash", Side(side))
	}
	return text, detail
}

func ahThroughNAT(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.AHThroughNAT)
	if !ok {
		return Text{}
	}
	t := Text{Headline: "AH cannot work through NAT: its ICV covers the IP addresses, and it does not go in UDP",
		Hint: "on both peers use ESP in place of AH, with NULL encryption if it need not be encrypted; ESP passes NAT in UDP"}
	if f.Grade == diagnose.Likely {
		t.Headline = "most likely AH does not work through NAT: its ICV covers the IP addresses, and it does not go in UDP"
	}
	for i, side := range []diagnose.Side{diagnose.Initiator, diagnose.Responder} {
		switch {
		case x.OrForced[i]:
			t.Details = append(t.Details, fmt.Sprintf("%s is behind NAT, by its NAT detection hashes, or it forces UDP encapsulation: turn that off", role(f, side)))
		case x.Behind[i]:
			t.Details = append(t.Details, fmt.Sprintf("%s is behind NAT, by its NAT detection hashes", role(f, side)))
		}
	}
	if x.Src.IsValid() {
		t.Details = append(t.Details, fmt.Sprintf("AH goes from %v to %v, IKE from %v to %v", x.Src, x.Dst, x.IKE[0], x.IKE[1]))
	}
	return t
}

// quirks are what is said of each quirk.
var quirks = map[diagnose.Quirk]struct{ text, hint string }{
	diagnose.QuirkTruncation: {"the ICV has %d bits, which is not the length of the algorithm",
		"truncate HMAC-SHA2-256 alike on both peers: to 128 bits (RFC 4868), or to 96 as old kernels and some devices do"},
	diagnose.QuirkPadding: {"the padding is not 1, 2, 3, …", "expect drops: a receiver that checks the padding drops such packets"},
	diagnose.QuirkESN:     {"extended sequence numbers (ESN) are not used as negotiated", "set ESN alike on both peers"},
	diagnose.QuirkVersion: {"the next header and the content have different IP versions", "expect drops: a receiver that checks the version drops such packets"},
	diagnose.QuirkNoMarker: {"IKE without the non-ESP marker on port 4500",
		"have the sender put four zero bytes before IKE on port 4500: a receiver takes such messages for ESP"},
	diagnose.QuirkMarker:      {"IKE with a non-ESP marker on port 500", "have the sender leave out the marker on port 500: a receiver takes such messages for malformed"},
	diagnose.QuirkPort:        {"IKE on ports other than 500 and 4500", ""},
	diagnose.QuirkDraftNATT:   {"NAT traversal of a draft instead of RFC 3947", "update the older peer"},
	diagnose.QuirkUnaskedFrag: {"IKE fragments for a peer that did not announce IKE fragmentation", "expect drops: a peer without the vendor ID FRAGMENTATION may drop them"},
}

func vendorQuirk(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.ESPQuirk:
		q := quirks[x.Quirk]
		text := q.text
		if x.Quirk == diagnose.QuirkTruncation {
			text = fmt.Sprintf(text, x.ICVBits)
			if x.MAC != "" {
				text = x.MAC + ": " + text
			}
		}
		t := Text{Headline: Flow(x.Flow) + ": " + text, Hint: q.hint}
		if x.Others > 0 {
			t.Headline += "; also " + Count(x.Others, "other IPsec SA")
		}
		return t
	case diagnose.IKEQuirk:
		q := quirks[x.Quirk]
		return Text{Headline: Subject(f.Subject) + ": " + q.text, Hint: q.hint}
	case diagnose.OddMessages:
		t := Text{Headline: fmt.Sprintf("%s: %s with deviations from the RFC", Subject(f.Subject), Count(x.Messages, "message"))}
		for _, m := range x.First {
			t.Details = append(t.Details, fmt.Sprintf("frame %d of %s: %s", m.Frame, peer(f, m.From), m.What))
		}
		return t
	}
	return Text{}
}
