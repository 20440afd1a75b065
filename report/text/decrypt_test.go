package text

import (
	"slices"
	"testing"

	"github.com/ikedecode/ikedecode/report"
)

// All counts are written alike.
func TestDecryptLines(t *testing.T) {
	d := &report.Decrypt{Packets: 1234567, Outputs: []string{"plain.pcapng"}, Written: 1234567, IKE: 2000, IKEOpened: 1999, IKEClosed: 1, ESP: 1230000, Opened: 1228000}
	want := []string{
		"1,234,567 packets read, 1,234,567 written to plain.pcapng",
		"IKE: 2,000 messages, 1,999 decrypted, 1 closed",
		"ESP and AH: 1,230,000 packets, 1,228,000 decrypted, 2,000 closed",
	}
	if got := DecryptLines(d); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
