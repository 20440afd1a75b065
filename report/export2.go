package report

import (
	"fmt"

	"github.com/ikedecode/ikedecode/keys/export"
	"github.com/ikedecode/ikedecode/keys/ikesa"
)

// addRow2 adds the row of an IKEv2 SA for Wireshark, which holds one set of keys for a pair of SPIs: the last one.
func (m *Material) addRow2(sa *ikesa.SA) {
	n := len(sa.Generations)
	if n == 0 {
		return
	}
	g := sa.Generations[n-1]
	row := export.IKEv2Row{Initiator: sa.Initiator, Responder: sa.Responder, EI: g.EI, ER: g.ER, AI: g.AI, AR: g.AR,
		Cipher: sa.Policy.Cipher, MAC: sa.Policy.Integ}
	if err := row.Check(); err != nil {
		m.LeftIKEv2 = append(m.LeftIKEv2, fmt.Sprintf("%s: %v", nameOf(sa), err))
		return
	}
	m.IKEv2 = append(m.IKEv2, row)
	if n > 1 {
		m.LeftIKEv2 = append(m.LeftIKEv2, fmt.Sprintf(
			"%s: its keys changed under the same SPIs, and Wireshark's ikev2_decryption_table holds one set: what comes before (IKE_INTERMEDIATE) stays closed there",
			nameOf(sa)))
	}
}
