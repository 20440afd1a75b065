package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func fragmentLost(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.ICMPError:
		return reassembly(&x)
	case diagnose.MoreOpen:
		return Text{Headline: fmt.Sprintf("%d more sets of fragments are incomplete", x.Sets)}
	case diagnose.OpenMessage:
		t := Text{Headline: fmt.Sprintf("%s: %s of a message of the %s is missing", x.Exchange, missingNumbers(&x), Side(f.From)),
			Hint: "one fragment is enough to lose the message: look for packets of that size that are dropped, or make IKE's fragments smaller"}
		if x.Answered {
			t.Hint = ""
			t.Headline += "; its receiver has it, for it answers: the capture alone lacks it"
		}
		return t
	case diagnose.OpenPacket:
		t := Text{Headline: fmt.Sprintf("%s from %v to %v is not whole: %s", x.What, x.Src, x.Dst, missingPart(&x)), Hint: fragmentHint}
		switch {
		case f.Severity == diagnose.Noteworthy:
			t.Hint = "" // not IPsec's
		case x.PerhapsInUDP:
			t.Hint = "most likely a part of ESP in UDP: " + espFragmentHint
		case x.Traffic:
			t.Hint = espFragmentHint
		}
		return t
	}
	return Text{}
}

// missingNumbers names the IKE fragments that did not come: "fragment 2, 4 of 4", "everything after fragment 3".
func missingNumbers(x *diagnose.OpenMessage) string {
	const most = 8
	var names []string
	last := x.Total
	if last == 0 {
		last = slices.Max(x.Numbers)
	}
	for n := 1; n <= last && len(names) < most; n++ {
		if !slices.Contains(x.Numbers, n) {
			names = append(names, fmt.Sprint(n))
		}
	}
	switch {
	case x.Total == 0 && len(names) == 0:
		return fmt.Sprintf("everything after fragment %d", last)
	case x.Total == 0:
		return fmt.Sprintf("fragment %s and everything after %d", strings.Join(names, ", "), last)
	}
	return fmt.Sprintf("fragment %s of %d", strings.Join(names, ", "), x.Total)
}

// missingPart says what an IP packet, or a TCP stream, lacks.
func missingPart(x *diagnose.OpenPacket) string {
	switch {
	case x.TCP:
		return fmt.Sprintf("a segment is missing (%d bytes came behind it)", x.Have)
	case !x.First && x.Want == 0:
		return fmt.Sprintf("its first and its last fragment are missing (%d bytes came)", x.Have)
	case !x.First:
		return fmt.Sprintf("its first fragment is missing (%d of %d bytes came)", x.Have, x.Want)
	case x.Want == 0:
		return fmt.Sprintf("its last fragment is missing (%d bytes came)", x.Have)
	}
	return fmt.Sprintf("a fragment in the middle is missing (%d of %d bytes came)", x.Have, x.Want)
}
