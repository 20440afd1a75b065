package words

import (
	"fmt"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Flows that are not encrypted.

// ClosedNull says whether the content of a flow that is not decrypted is encrypted.
func ClosedNull(v esp.NullVerdict, c *esp.NullCounts) string {
	switch v {
	case esp.Encrypted:
		return fmt.Sprintf("its content is encrypted: %s of %s look like NULL encryption", Number(c.Fits), Count(c.Fits+c.Misfits, "packet"))
	case esp.Undecided:
		return "too few packets to tell whether they are encrypted"
	}
	return "its content looks like NULL encryption: " + c.Facts()
}

func nullEncryption(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.MoreNull:
		return Text{Headline: Count(x.Flows, "more ESP flow") + " not encrypted"}
	case diagnose.NullFlow:
		return Text{Headline: fmt.Sprintf("%s is not encrypted: %s decoded without keys, not verified", Flow(x.Flow), Count(x.Opened, "packet")), Details: []string{x.Evidence},
			Hint: "give the integrity key to verify ICVs, if there are any; negotiate encryption if this is not on purpose"}
	}
	return Text{}
}

func espNull(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.NegotiatedNull)
	if !ok {
		return Text{}
	}
	what := x.What
	if x.Bare {
		what = "NULL without integrity protection"
	}
	t := Text{Headline: Flow(x.Flow) + " is not encrypted, as negotiated: " + what}
	if x.Others > 0 {
		t.Headline += "; also " + Count(x.Others, "other IPsec SA")
	}
	return t
}
