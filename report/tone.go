package report

// A Tone says how a line is meant; it never carries a fact that its text does not say.
type Tone uint8

// The tones.
const (
	TonePlain Tone = iota
	ToneDim        // beside the point
	ToneGood
	ToneCaution
	ToneBad
)

// A Remark is a line about an SA, an exchange or a message, as text and markup show it: bounded, not escaped.
type Remark struct {
	Tone   Tone
	Text   string
	Sheet  *Sheet // the proposals that Text is the caption of, side by side; nil for other lines
	Nested bool   // it belongs to the line before
}
