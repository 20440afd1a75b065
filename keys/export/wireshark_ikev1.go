package export

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/ikedecode/ikedecode/decode"
)

// An IKEv1Row is one row of ikev1_decryption_table.
type IKEv1Row struct {
	Initiator decode.SPI // the initiator's cookie
	Key       []byte     // Ka
}

// GoString names the row without its key.
func (r IKEv1Row) GoString() string { return r.String() }

// String names the row without its key.
func (r IKEv1Row) String() string { return fmt.Sprintf("%v (%d bytes)", r.Initiator, len(r.Key)) }

// WriteIKEv1Table writes Wireshark's ikev1_decryption_table, ordered by cookie. Wireshark takes one key a cookie, so of
// several the first is written. It knows DES, 3DES and AES-CBC alone; to leave out other ciphers is up to the caller, who
// knows which one the SA uses.
func WriteIKEv1Table(w io.Writer, rows []IKEv1Row) error {
	bw := bufio.NewWriter(w)
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b IKEv1Row) int {
		return cmp.Or(bytes.Compare(a.Initiator[:], b.Initiator[:]))
	})
	rows = slices.CompactFunc(rows, func(a, b IKEv1Row) bool { return a.Initiator == b.Initiator })
	for _, r := range rows {
		if len(r.Key) > 0 {
			fmt.Fprintf(bw, "%v,%x\n", r.Initiator, r.Key)
		}
	}
	return bw.Flush()
}
