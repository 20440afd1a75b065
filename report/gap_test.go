package report

import (
	"testing"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// The code of what keeps an IKE SA closed says nothing of what is wrong between the peers.
func TestGapCodesAreTheirOwn(t *testing.T) {
	for _, g := range []ikesa.GapCode{ikesa.GapNoSecret, ikesa.GapWrongKey, ikesa.GapWrongPSK, ikesa.GapNeedDH, ikesa.GapNeedPSK, ikesa.GapNeedSKEYIDd, ikesa.GapNeedSalt, ikesa.GapPFS,
		ikesa.GapLost, ikesa.GapUnsupported} {
		if i := diagnose.Code(g).Info(); i == nil || i.Class == diagnose.Fault {
			t.Errorf("%s: want a code about the capture and its keys", g)
		}
	}
}
