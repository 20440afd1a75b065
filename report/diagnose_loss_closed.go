package report

import (
	"errors"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// closedLoss finds packets that are missing from ESP flows without a key, by their sequence numbers. What has too few packets, or more
// numbers missing than there, may be no ESP at all.
func (d *diagnosis) closedLoss() {
	const enough = 16
	var list []diagnose.Finding
	for _, u := range d.Session.Unknown {
		lost, came := u.Sequence.Missing(), uint64(u.Sequence.Numbers)
		if !errors.Is(u.Err, esp.ErrNoSA) || came < enough || lost == 0 || lost > came {
			continue
		}
		severity := SeverityNote
		if lost >= 3 && lost*100 >= lost+came {
			severity = SeverityWarning
		}
		list = append(list, diagnose.Finding{Code: diagnose.CodeESPLoss, Severity: severity, Grade: diagnose.Wire, Frames: frames(u.First, u.Last), Span: true,
			Facts: diagnose.Loss{Flow: traffic.Flow{Protocol: esp.ESP, SPI: u.SPI, Src: u.Src, Dst: u.Dst}, Closed: true, Lost: lost, Of: lost + came}})
	}
	d.addBounded(list)
}
