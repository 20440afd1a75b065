package export

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/keys/alg"
)

// An IKEv2Row is one row of Wireshark's ikev2_decryption_table: the keys of an IKEv2 SA (RFC 7296, section 2.14), salts
// included.
type IKEv2Row struct {
	Initiator, Responder decode.SPI
	EI, ER               []byte // SK_ei, SK_er
	AI, AR               []byte // SK_ai, SK_ar; nil where they are not known, or with a combined mode
	Cipher               *alg.Cipher
	MAC                  *alg.MAC // nil with a combined mode
}

// GoString names the row without its keys.
func (r IKEv2Row) GoString() string { return r.String() }

// String names the row without its keys.
func (r IKEv2Row) String() string { return fmt.Sprintf("%v:%v", r.Initiator, r.Responder) }

// Check tells why Wireshark cannot express the row; nil where it has.
func (r IKEv2Row) Check() error {
	_, err := r.columns()
	return err
}

// columns is the row as text.
func (r IKEv2Row) columns() (string, error) {
	encr, err := r.encryption()
	if err != nil {
		return "", err
	}
	integ, ai, ar, err := r.integrity()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%v,%v,%x,%x,%q,%x,%x,%q", r.Initiator, r.Responder, r.EI, r.ER, encr, ai, ar, integ), nil
}

// encryption is column 5, which has the key length.
func (r IKEv2Row) encryption() (string, error) {
	switch {
	case r.Cipher == nil:
		return "", errors.New("the cipher is not known")
	case len(r.EI) != len(r.ER):
		return "", errors.New("the keys of both directions are needed, of the same length")
	case len(r.EI) == 0 && r.Cipher.KeyLog != "null":
		return "", errors.New("SK_ei and SK_er are not known")
	case r.Responder.IsZero():
		return "", errors.New("the responder's SPI is not known")
	}
	bits := 8 * (len(r.EI) - r.Cipher.SaltLen)
	name := ""
	if slices.Contains(r.Cipher.KeyBits, bits) || r.Cipher.KeyLog == "null" {
		name = r.Cipher.WiresharkIKEv2Name(bits)
	}
	if name == "" {
		return "", fmt.Errorf("no name for %s with %d bits in Wireshark's ikev2_decryption_table", r.Cipher.Name, bits)
	}
	return name, nil
}

// noIntegrity is column 8 of a combined mode.
const noIntegrity = "NONE [RFC4306]"

// integrity is columns 6 to 8. A MAC that Wireshark does not compute is stepped over, its keys left out; so is one whose
// keys are not known.
func (r IKEv2Row) integrity() (name string, ai, ar []byte, err error) {
	switch {
	case r.Cipher.AEAD:
		return noIntegrity, nil, nil, nil
	case r.MAC == nil:
		return "", nil, nil, errors.New("the integrity algorithm is not known")
	}
	known := len(r.AI) == r.MAC.KeyLen && len(r.AR) == r.MAC.KeyLen
	if name = r.MAC.WiresharkIKEv2; name != "" && !strings.HasPrefix(name, "ANY ") && known {
		return name, r.AI, r.AR, nil
	}
	if !slices.Contains([]int{8, 12, 16, 20, 24, 32}, r.MAC.ICVLen) {
		return "", nil, nil, fmt.Errorf("no ICV of %d bits in Wireshark's ikev2_decryption_table", 8*r.MAC.ICVLen)
	}
	return fmt.Sprintf("ANY %d-bits of Authentication [No Checking]", 8*r.MAC.ICVLen), nil, nil, nil
}

// WriteIKEv2Table writes Wireshark's ikev2_decryption_table, ordered by SPIs. Wireshark takes one row a pair of SPIs, the
// last one of several, so that one is written. Rows that do not pass Check are left out.
func WriteIKEv2Table(w io.Writer, rows []IKEv2Row) error {
	rows = slices.Clone(rows)
	slices.Reverse(rows) // of rows with the same SPIs the last one becomes the first, which stays
	slices.SortStableFunc(rows, func(a, b IKEv2Row) int {
		return cmp.Or(bytes.Compare(a.Initiator[:], b.Initiator[:]), bytes.Compare(a.Responder[:], b.Responder[:]))
	})
	rows = slices.CompactFunc(rows, func(a, b IKEv2Row) bool { return a.Initiator == b.Initiator && a.Responder == b.Responder })
	bw := bufio.NewWriter(w)
	for _, r := range rows {
		if text, err := r.columns(); err == nil {
			fmt.Fprintln(bw, text)
		}
	}
	return bw.Flush()
}
