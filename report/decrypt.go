package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/session"
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
}

// ClosedBy counts packets that stayed closed for one reason.
type ClosedBy struct {
	SA      string `json:"sa"`
	Packets int    `json:"packets"`
	Reason  string `json:"reason"`
}

// NewDecrypt sums up s after Run.
func NewDecrypt(s *session.Session, outputs []string, written int) *Decrypt {
	c := s.Counts
	d := &Decrypt{
		Outputs: outputs, Packets: c.Packets, Written: written, IKE: c.IKE, IKEOpened: c.IKEOpened, IKEClosed: c.IKEClosed,
		ESP: c.ESP, Opened: c.Opened, Closed: []ClosedBy{},
	}
	children := childrenOf(s)
	for _, u := range s.Unknown {
		r := newUnknownSA(u, children)
		d.Closed = append(d.Closed, ClosedBy{fmt.Sprintf("%s %s>%s %s", r.Protocol, r.Src, r.Dst, r.SPI), r.Packets, r.Reason})
	}
	return d
}

// Lines are the summary for people.
func (d *Decrypt) Lines() []string {
	lines := []string{
		fmt.Sprintf("%s read, %d written to %s", count(d.Packets, "packet"), d.Written, join(d.Outputs, ", ")),
		fmt.Sprintf("IKE: %s, %d decrypted, %d closed", count(d.IKE, "message"), d.IKEOpened, d.IKEClosed),
		fmt.Sprintf("ESP and AH: %s, %d opened, %d closed", count(d.ESP, "packet"), d.Opened, d.ESP-d.Opened),
	}
	for i, c := range d.Closed {
		const most = 20
		if i == most {
			lines = append(lines, fmt.Sprintf("closed: %d more flows", len(d.Closed)-most))
			break
		}
		lines = append(lines, fmt.Sprintf("closed: %s of %s: %s", count(c.Packets, "packet"), c.SA, c.Reason))
	}
	return lines
}
