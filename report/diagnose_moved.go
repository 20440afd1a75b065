package report

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// movedAddresses finds IKE SAs of IKEv2 whose peers move to other addresses (MOBIKE, RFC 4555).
func (d *diagnosis) movedAddresses() {
	for _, s := range d.stories {
		if s.sa.Version != 2 {
			continue
		}
		for i := range 2 {
			if f, ok := moved(s.sa, i == 0); ok {
				d.addSA(s.sa, f)
			}
		}
	}
}

// moved tells where a side moved to.
func moved(sa *ikesa.SA, initiator bool) (Finding, bool) {
	var seen []string
	var list []int
	var last netip.Addr
	asked := 0
	for _, m := range sa.Messages {
		if m.FromInitiator != initiator {
			continue
		}
		if findNotify2(m, decode.Notify2UpdateSAAddresses) != nil && asked == 0 {
			asked = m.Frame
		}
		const most = 5
		if a := m.Src.Addr(); a != last && len(seen) < most {
			if last.IsValid() {
				list = append(list, m.Frame)
			}
			seen, last = append(seen, a.String()), a
		}
	}
	if len(seen) < 2 {
		return Finding{}, false
	}
	f := Finding{Code: "address-changed", Severity: SeverityNote, Frames: frames(append(list, asked)...),
		Text: fmt.Sprintf("%s: the %s moves from %s", nameOf(sa), side(initiator), strings.Join(seen, " to "))}
	if asked > 0 {
		f.Text += fmt.Sprintf(", and says so with UPDATE_SA_ADDRESSES (frame %d)", asked)
	}
	return f, true
}
