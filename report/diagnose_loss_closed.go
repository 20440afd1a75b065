package report

import (
	"errors"
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
)

// closedLoss finds packets that are missing from ESP flows without a key, by their sequence numbers. What has too few packets, or more
// numbers missing than there, may be no ESP at all.
func (d *diagnosis) closedLoss() {
	const enough = 16
	var list []Finding
	for _, u := range d.session.Unknown {
		lost, came := u.Sequence.Missing(), uint64(u.Sequence.Numbers)
		if !errors.Is(u.Err, esp.ErrNoSA) || came < enough || lost == 0 || lost > came {
			continue
		}
		f := Finding{Code: "esp-loss", Severity: SeverityNote, Frames: frames(u.First, u.Last), span: true,
			Text: fmt.Sprintf("ESP 0x%08x %v > %v, which stayed closed: %d of %d packets (%s) are missing by their sequence numbers", u.SPI, u.Src, u.Dst, lost, lost+came, percent(lost, lost+came))}
		if lost >= 3 && lost*100 >= lost+came {
			f.Severity = SeverityWarning
			f.Hint = "they were lost before the capture point: look for a full or faulty link and for policing; or the capture itself has dropped them (tcpdump says \"dropped by kernel\" then)"
		}
		list = append(list, f)
	}
	d.addBounded(list)
}
