package words

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func natDetected(f *diagnose.Finding) Text {
	about := Subject(f.Subject) + ": "
	switch x := f.Facts.(type) {
	case diagnose.ForcedUDP:
		if x.Unread == diagnose.NoSide {
			return Text{Headline: about + "no NAT between the peers by their hashes, yet ESP is in UDP: encapsulation is forced"}
		}
		return Text{Headline: about + fmt.Sprintf("no NAT by the hashes of the %s, and those of the %s are not readable: as ESP is in UDP, there is NAT, or encapsulation is forced",
			Side(x.Unread.Other()), Side(x.Unread))}
	case diagnose.NAT:
		var parts []string
		for i := range x.Sides {
			if s := &x.Sides[i]; s.Behind {
				parts = append(parts, "the "+Side(diagnose.SideOf(i == 0))+" is behind NAT"+natSide(s))
			}
		}
		return Text{Headline: about + strings.Join(parts, "; ")}
	}
	return Text{}
}

// natSide says what is known of the addresses of a side that is behind NAT: ", here 192.0.2.1 port 500, then 4500".
func natSide(s *diagnose.NATSide) string {
	var text string
	var last netip.Addr
	for _, a := range s.Seen {
		switch {
		case a.Addr() == last:
			text += fmt.Sprintf(", then %d", a.Port())
		case last.IsValid():
			text += fmt.Sprintf(", then %v port %d", a.Addr(), a.Port())
		default:
			text += fmt.Sprintf(", here %v port %d", a.Addr(), a.Port())
		}
		last = a.Addr()
	}
	switch {
	case s.Real.IsValid():
		text += ", in truth " + s.Real.String()
	case s.Peer && !s.Own:
		text += " before the NAT"
	case s.Own && !s.Peer && !s.Mapped():
		// A side that wants UDP encapsulation sends a false hash of its own address, and nothing else tells that from NAT.
		text += " (or says so to force ESP into UDP)"
	}
	return text
}

// quirks are what is said of each quirk.
var quirks = map[diagnose.Quirk]struct{ text, hint string }{
	diagnose.QuirkTruncation: {"the ICV has %d bits, another length than the algorithm's own",
		"both sides must cut HMAC-SHA2-256 alike: 128 bits (RFC 4868), or 96 as old kernels and some devices do"},
	diagnose.QuirkPadding: {"the padding is not 1, 2, 3, …", "a receiver that checks the padding drops such packets"},
	diagnose.QuirkESN:     {"extended sequence numbers are used otherwise than negotiated", "set ESN alike on both sides"},
	diagnose.QuirkVersion: {"the next header names another IP version than the content has", "a receiver that checks it drops such packets"},
	diagnose.QuirkNoMarker: {"IKE without the non-ESP marker on port 4500",
		"a receiver takes such messages for ESP: the sender must put four zero bytes before them"},
	diagnose.QuirkMarker:      {"IKE with a non-ESP marker on port 500", "a receiver takes such messages for malformed ones"},
	diagnose.QuirkPort:        {"IKE on ports that are not its own", ""},
	diagnose.QuirkDraftNATT:   {"NAT traversal by a draft, not by RFC 3947, is all that both sides know", "update the older side"},
	diagnose.QuirkUnaskedFrag: {"IKE fragments for a peer that has not said that it knows them", "a peer without the vendor ID FRAGMENTATION may drop them"},
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
			t.Headline += "; likewise " + Count(x.Others, "other SA")
		}
		return t
	case diagnose.IKEQuirk:
		q := quirks[x.Quirk]
		return Text{Headline: Subject(f.Subject) + ": " + q.text, Hint: q.hint}
	case diagnose.OddMessages:
		t := Text{Headline: fmt.Sprintf("%s: %s with something odd in it", Subject(f.Subject), Count(x.Messages, "message"))}
		for _, m := range x.First {
			t.Details = append(t.Details, fmt.Sprintf("frame %d, from the %s: %s", m.Frame, Side(m.From), m.What))
		}
		return t
	}
	return Text{}
}
