package export

import (
	"errors"
	"io"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/secret"
)

// WriteESPS writes the content of a Decryption Secrets Block of type ESPS (draft-ietf-opsawg-pcapng): rows of esp_sa in the newest form. What
// esp_sa cannot express, or not with the integrity key or the addresses inside, is a comment there that ikedecode reads.
func WriteESPS(w io.Writer, sas []esp.Params) (Result, error) {
	s := newSheet(w)
	for _, p := range secret.SortSAs(sas) {
		rows, err := espRows(p, "0x")
		switch {
		case errors.Is(err, errNotNeeded), errors.Is(err, errNoSalt):
			s.add(p, nil, err)
			continue
		case err != nil:
			s.Notes = append(s.Notes, unexpressed(p, "%v: only ikedecode reads it", err))
		}
		if err != nil || p.BEET || p.MAC != nil && !checkedByWireshark(p) {
			rows = append(rows, secret.ESPSComment+secret.SALine(p))
		}
		s.add(p, rows, nil)
	}
	return s.end()
}

// checkedByWireshark reports whether the row of an ESP SA has its integrity key.
func checkedByWireshark(p esp.Params) bool {
	name, key, err := espAuth(p)
	return err == nil && name == p.MAC.Wireshark && len(key) > 0
}
