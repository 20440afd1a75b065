package report

import (
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/words"
)

// A NullDetection is what the packets of an ESP flow say about its encryption, whoever has keys or not.
type NullDetection struct {
	Verdict string `json:"verdict"` // "NULL", "encrypted", "undecided"
	Bits    int    `json:"bits"`    // evidence for NULL encryption; negative: against it
	// ICVBits and IVBits are there with the verdict NULL.
	ICVBits   *int   `json:"icv_bits,omitempty"`
	IVBits    int    `json:"iv_bits,omitempty"` // AES-GMAC
	Mode      string `json:"mode,omitempty"`
	Fits      int    `json:"fits"` // packets
	Misfits   int    `json:"misfits"`
	Lengths   int    `json:"lengths"` // that are correct inside
	Checksums int    `json:"checksums"`
	Paddings  int    `json:"paddings"`
	Reopened  int    `json:"reopened,omitempty"` // times the verdict NULL was given up
	Proved    bool   `json:"proved"`             // an ICV confirms the verdict
	Facts     string `json:"-"`                  // that the verdict rests on
	Closed    string `json:"-"`                  // what is said of a flow that is not decrypted
}

func newNullDetection(f *esp.NullFlow) *NullDetection {
	if f == nil {
		return nil
	}
	d := &NullDetection{
		Verdict: f.Verdict.String(), Bits: f.Bits, Fits: f.Fits, Misfits: f.Misfits, Lengths: f.Lengths, Checksums: f.Checksums,
		Paddings: f.Paddings, Reopened: f.Reopened, Facts: f.Facts(), Closed: words.ClosedNull(f),
	}
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
