package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Decrypt is what a run of decrypt did.
type Decrypt struct {
	Outputs   []string   `json:"outputs"`
	Packets   int        `json:"packets"`
	Written   int        `json:"written"`
	IKE       int        `json:"ike"`        // messages, repeats included
	IKEOpened int        `json:"ike_opened"` // of them
	IKEClosed int        `json:"ike_closed"`
	ESP       int        `json:"esp"` // ESP, AH and IPComp packets
	Opened    int        `json:"esp_opened"`
	Closed    []ClosedBy `json:"esp_closed"` // by SA and reason
	// Aggregated of the decrypted packets have an AGGFRAG payload (IP-TFS, RFC 9347), out of which Unpacked inner packets came.
	Aggregated int `json:"aggfrag_payloads,omitempty"`
	Unpacked   int `json:"aggfrag_inner,omitempty"`
	// Unread are packets whose link header or encapsulation could not be decoded; DecoderPanics of them made the decoder panic.
	Unread        []Unread `json:"unread,omitempty"`
	DecoderPanics int      `json:"decoder_panics,omitempty"`
	// Selection is set where a filter left something out. Packets are all; the other counts are those of the selection.
	Selection *PacketSelection `json:"selection,omitempty"`
	// Certificates is set where they were asked for.
	Certificates *ExtractedCertificates `json:"certificates,omitempty"`
}

// ExtractedCertificates are the certificates and CRLs that were written to files.
type ExtractedCertificates struct {
	Dir      string   `json:"dir"`
	Found    int      `json:"found"` // different ones
	Written  int      `json:"written"`
	Existing int      `json:"already_there"`
	Files    []string `json:"files"` // names in Dir
}

// Unread counts packets of one link type, or in one encapsulation.
type Unread struct {
	Link          string `json:"link_type,omitempty"`
	Encapsulation string `json:"encapsulation,omitempty"`
	Packets       int    `json:"packets"`
}

func newUnread(u *capture.Unread) Unread {
	if u.In != capture.NoEncapsulation {
		return Unread{Encapsulation: u.In.String(), Packets: u.Packets}
	}
	return Unread{Link: u.Link.String(), Packets: u.Packets}
}

// ClosedBy counts packets that were not decrypted for one reason.
type ClosedBy struct {
	SA      string `json:"sa"`
	Packets int    `json:"packets"`
	Reason  string `json:"reason"`
}

// Select notes what a filter selected; nil: everything.
func (d *Decrypt) Select(sel *PacketSelection) {
	if sel != nil {
		d.Selection = sel
		d.Packets += sel.LeftOutPackets
	}
}

// NewDecrypt sums up s after Run.
func NewDecrypt(s *ikedecode.Session, outputs []string, written int) *Decrypt {
	c := s.Counts
	d := &Decrypt{
		Outputs: outputs, Packets: c.Packets, Written: written, IKE: c.IKE, IKEOpened: c.IKEOpened, IKEClosed: c.IKEClosed,
		ESP: c.ESP, Opened: c.Opened, Closed: []ClosedBy{}, DecoderPanics: s.DecoderPanics,
		Aggregated: c.Aggregated, Unpacked: c.Unpacked,
	}
	for _, u := range s.Unread {
		d.Unread = append(d.Unread, newUnread(&u))
	}
	n := negotiation.Read(s)
	for _, u := range s.Unknown {
		r := newUnknownSA(u, n)
		d.Closed = append(d.Closed, ClosedBy{fmt.Sprintf("%s %s>%s %s", r.Protocol, r.Src, r.Dst, r.SPI), r.Packets, r.Reason})
	}
	return d
}
