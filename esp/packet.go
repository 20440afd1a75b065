package esp

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strings"
	"time"
)

const espHeader = 8 // SPI and sequence number

// A Packet is a datagram to decrypt.
type Packet struct {
	Proto     Protocol
	Src, Dst  netip.Addr // as on the wire
	IP        []byte     // the whole IP packet, reassembled; AH needs its header. May be nil for ESP
	Payload   []byte     // from the SPI (ESP), or from the AH or IPComp header on; UDP encapsulation taken off
	WESP      []byte     // the header of wrapped ESP (RFC 5840) that was before Payload; nil: none
	HeaderLen int        // of the IP header with options, or extension headers up to the UDP, ESP, AH or IPComp header
	UDP       bool       // was in UDP (RFC 3948)
	Cut       bool       // the capture lacks bytes at the end
	Repeat    bool       // the capture point saw the same packet just before
	Frame     int
	Time      time.Time

	ahead prepared // what Prepare did
}

// Prepared reports whether Table.Prepare found an SA for the packet.
func (p *Packet) Prepared() bool { return p.ahead.sa != nil }

// A Layer is one ESP, AH or IPComp header that was decrypted.
type Layer struct {
	SA       *SA // nil for IPComp by a well-known or unknown CPI, and where an SA would have to be made and there are too many
	Protocol Protocol
	SPI      uint32 // the CPI for IPComp
	Seq      uint64 // with ESN all 64 bits; 0 for IPComp
	Extended bool   // Seq has 64 bits under the ICV (ESN)
	Src, Dst netip.Addr
	Next     uint8 // protocol of the content
	Verified bool  // its ICV is correct, and the encryption key with it (SA.KeyFault); never for IPComp, which has none
	Notes    Note
}

// A Note is a set of things that are odd but no failure.
type Note uint16

// The notes.
const (
	NotePadding    Note = 1 << iota // padding is not 1, 2, 3, …
	NoteTruncation                  // the ICV is of another length than the MAC's standard one
	NoteAddresses                   // the SA's addresses are others: NAT, or a source that has them wrong
	NoteTFC                         // bytes after the inner packet: traffic flow confidentiality padding
	NoteInner                       // the content is not a whole IP packet although its protocol says so
	NoteVersion                     // next header 4 around IPv6, or 41 around IPv4
	NoteGuessedCPI                  // no SA and no standard names the CPI; the data unpacked as deflate
	NoteDuplicate                   // this sequence number was decrypted before
	NoteHighHalf                    // the high half of the sequence number had to be tried
	NoteESN                         // ESN is used though the source of the SA does not say so, or not used though it does
	NoteHeuristic                   // NULL encryption, found by a NullDetector
	NoteCut                         // truncated by the capture: what is there was decrypted, without ICV and trailer
	NoteNoSA                        // AH that no SA is known for
	NoteICV                         // the ICV is wrong; its content shows that the encryption key is correct (Table.NoVerify)
	noteEnd
)

var noteNames = [...]string{"irregular padding", "different ICV truncation", "different addresses", "TFC padding", "inner packet incomplete",
	"next header of a different IP version", "guessed CPI", "duplicate", "high-order sequence number found by trial", "ESN differs from the source", "NULL encryption found by heuristics",
	"truncated by the snap length", "no SA known", "wrong ICV"}

// String lists the notes of n.
func (n Note) String() string {
	if i := bits.TrailingZeros16(uint16(n)); n == 1<<i && i < len(noteNames) {
		return noteNames[i] // most often, and for every packet of some flows
	}
	var s []string
	for i, name := range noteNames {
		if n&(1<<i) != 0 {
			s = append(s, name)
		}
	}
	if rest := n &^ (noteEnd - 1); rest != 0 {
		s = append(s, fmt.Sprintf("note 0x%x", uint16(rest)))
	}
	return strings.Join(s, ", ")
}

// Opened is what came out of a packet. Its slices stay valid until the next Open with the same Scratch, and as long as the
// packet's own bytes do, into which they may point.
type Opened struct {
	SA     *SA     // of the outermost layer, nil as Layer.SA may be; with an error the SA that matches best, if any
	Layers []Layer // outermost first; the intermediate ones of nested tunnels too
	// NextHeader and Payload are the content of the innermost layer that was decrypted: the plaintext without padding.
	NextHeader uint8
	Payload    []byte
	// IP is the inner IP packet, if there is one: that of the innermost tunnel. Transport mode inside a tunnel has been undone in
	// it, with lengths and header checksum set. It is nil where the outermost packet is in transport mode: then the content
	// belongs behind the outer IP header.
	IP []byte
	// Aggregate is what an AGGFRAG payload held, where the content is one (next header 144): any number of inner packets. IP is nil then,
	// and Payload is as it came.
	Aggregate *Aggregate
	// Ahead says that IP and Payload point into what Prepare appended to, or into the packet, and not into the Scratch; nor do Layers then.
	Ahead bool
	Dummy bool // nothing to see: next header 59 (RFC 4303, section 2.6), or an AGGFRAG payload of padding
	// Cut says that the capture lacks the end of the packet, and that Payload and IP end where it does; IP still claims its full
	// length. Such a packet is never Verified.
	Cut      bool
	Verified bool   // every ESP and AH layer had a correct ICV
	Seq      uint64 // of the outermost layer
	Notes    Note   // of all layers
	// Inner says why a layer inside the first was not decrypted, nil if there was none left. ErrNoSA is nothing special there: the
	// traffic of others.
	Inner error

	only [1]Layer // Layers, where there is one
}

// prepared is what was found out about the outermost layer of a packet under one set of keys and one sequence number.
type prepared struct {
	sa   *SA
	core *core // nil: nothing
	n    number
	icv  int32 // bytes
	fits bool  // the ICV is correct
	data []byte
}
