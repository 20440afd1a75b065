package report

import (
	"cmp"

	"github.com/ikedecode/ikedecode/esp"
)

// A NullDetection is what the packets of an ESP flow say about its encryption, whoever has keys or not.
type NullDetection struct {
	Verdict esp.NullVerdict `json:"verdict"`
	Bits    int             `json:"bits"` // evidence for NULL encryption; negative: against it
	// ICVBits and IVBits are there with the verdict NULL.
	ICVBits *int   `json:"icv_bits,omitempty"`
	IVBits  int    `json:"iv_bits,omitempty"` // AES-GMAC
	Mode    string `json:"mode,omitempty"`
	esp.NullCounts
	Proved bool `json:"proved"` // an ICV confirms the verdict
}

func newNullDetection(f *esp.NullFlow) *NullDetection {
	if f == nil {
		return nil
	}
	d := &NullDetection{Verdict: f.Verdict, Bits: f.Bits, NullCounts: f.NullCounts}
	if f.Verdict == esp.NullEncrypted {
		icv := 8 * f.ICVLen
		d.ICVBits, d.IVBits = &icv, 8*f.IVLen
		d.Mode = modeName(&esp.Params{Tunnel: f.Tunnel, Transport: f.Transport})
	}
	if f.Proof != nil && f.Proof.Cipher != nil {
		d.Proved = f.Proof.Cipher.Null() == (f.Verdict == esp.NullEncrypted)
	}
	return d
}

// plus is what the packets of d and, after them, of o say together; either may be nil. Each was judged on its own: where they do
// not agree the later one holds, as the verdict of one that has seen all turns with the packets that come.
func (d *NullDetection) plus(o *NullDetection) *NullDetection {
	if d == nil || o == nil {
		return cmp.Or(d, o)
	}
	sum := *d
	if o.Verdict != esp.Undecided {
		sum.Verdict, sum.ICVBits, sum.IVBits, sum.Mode, sum.Proved = o.Verdict, o.ICVBits, o.IVBits, o.Mode, o.Proved || d.Proved && o.Verdict == d.Verdict
	}
	sum.Bits += o.Bits
	sum.NullCounts.Add(o.NullCounts)
	switch {
	case d.Verdict == esp.NullEncrypted && sum.Verdict != d.Verdict:
		sum.Reopened++
	case sum.Verdict == esp.Undecided && sum.Bits <= esp.EncryptedBits: // no one geometry has more than the sum of the best
		sum.Verdict = esp.Encrypted
	}
	return &sum
}
