package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode"
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

// line is the summary for people.
func (e *ExtractedCertificates) line() string {
	s := fmt.Sprintf("certificates and CRLs: %d found, %d written to %s", e.Found, e.Written, e.Dir)
	if e.Existing > 0 {
		s += fmt.Sprintf(", %d there already", e.Existing)
	}
	if n := e.Found - e.Written - e.Existing; n > 0 {
		s += fmt.Sprintf(", %d left out: there are too many", n)
	}
	return s
}

// ClosedBy counts packets that stayed closed for one reason.
type ClosedBy struct {
	SA      string `json:"sa"`
	Packets int    `json:"packets"`
	Reason  string `json:"reason"`
}

// NewDecrypt sums up s after Run.
func NewDecrypt(s *ikedecode.Session, outputs []string, written int) *Decrypt {
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
	read := count(d.Packets, "packet") + " read"
	if len(d.Outputs) > 0 {
		read += fmt.Sprintf(", %d written to %s", d.Written, join(d.Outputs, ", "))
	}
	lines := []string{
		read,
		fmt.Sprintf("IKE: %s, %d decrypted, %d closed", count(d.IKE, "message"), d.IKEOpened, d.IKEClosed),
		fmt.Sprintf("ESP and AH: %s, %d opened, %d closed", count(d.ESP, "packet"), d.Opened, d.ESP-d.Opened),
	}
	if d.Certificates != nil {
		lines = append(lines, d.Certificates.line())
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
