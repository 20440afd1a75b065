package capture

import (
	"bytes"
	"errors"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Link types whose headers gopacket decodes. They vary more than it pays to read by hand, and no capture of any size has them.
// Everything behind them (LLC, SNAP, VLAN tags, MPLS, PPPoE, IP) is read as in all other frames.
//
// gopacket's layers are trusted with the lengths of their headers alone. Its Dot11 takes the last four bytes of every frame for a
// checksum, which may not be there; its RadioTap moves bytes of the frame to take padding out, and panics where a header ends early,
// as PrismHeader does. So they get a copy of the front of the frame, and a panic is an error like any other, but counted.

// wirelessFront is how much of a frame the decoders see: more than any such header has.
const wirelessFront = 512

var errUnread = errors.New("data that is not read")

// parseWireless makes a parser of frames that begin with a radiotap, Prism or 802.11 header.
func parseWireless(first gopacket.LayerType) func(b []byte, off int) linkHeader {
	return func(b []byte, off int) (h linkHeader) {
		defer func() {
			if recover() != nil {
				h = notRead(NoEncapsulation)
				h.panicked = true
			}
		}()
		if off > len(b) {
			return noIP
		}
		at, err := wirelessPayload(first, bytes.Clone(b[off:min(len(b), off+wirelessFront)]))
		switch {
		case err != nil:
			return notRead(NoEncapsulation)
		case at == 0:
			return noIP
		}
		h = parseLLC(b, off+at)
		h.bare = true
		return h
	}
}

// wirelessPayload is where the payload of a data frame starts; 0 for a frame that carries none. It fails where there is one that is not
// read: encrypted, a fragment, several in one (A-MSDU), or behind a header that is damaged. It may change front, and panic.
func wirelessPayload(first gopacket.LayerType, front []byte) (at int, err error) {
	padded := false
	switch first {
	case layers.LayerTypeRadioTap:
		var l layers.RadioTap
		if err := l.DecodeFromBytes(front, gopacket.NilDecodeFeedback); err != nil {
			return 0, err
		}
		at, front, padded = len(l.Contents), l.Payload, l.Flags.Datapad()
	case layers.LayerTypePrismHeader:
		var l layers.PrismHeader
		if err := l.DecodeFromBytes(front, gopacket.NilDecodeFeedback); err != nil {
			return 0, err
		}
		at, front = len(l.Contents), l.Payload
	}
	var l layers.Dot11
	if err := l.DecodeFromBytes(front, gopacket.NilDecodeFeedback); err != nil {
		return 0, err
	}
	const noData = 0x10 // bit of the subtype of data frames
	switch {
	case l.Type.MainType() != layers.Dot11TypeData || l.Type&noData != 0:
		return 0, nil
	case l.Flags.WEP() || l.Flags.MF() || l.FragmentNumber > 0 || aggregated(&l):
		return 0, errUnread
	}
	at += len(l.Contents)
	if padded && len(l.Contents)%4 == 2 {
		at += 2 // some drivers align the payload to four bytes
	}
	return at, nil
}

// aggregated reports whether a frame holds several payloads (A-MSDU): a bit of its QoS field, which gopacket passes over.
func aggregated(l *layers.Dot11) bool {
	qos := 24
	if l.Flags.FromDS() && l.Flags.ToDS() {
		qos += 6 // the fourth address
	}
	return l.QOS != nil && l.Contents[qos]&0x80 != 0
}
