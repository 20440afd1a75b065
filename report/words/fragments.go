package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// fragmentSizeHint is for IKE fragments that were lost.
const fragmentSizeHint = "look for packets of that size dropped on the path, or set a smaller fragment size for IKE"

func fragmentLost(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.ICMPError:
		return reassembly(&x)
	case diagnose.MoreOpen:
		return Text{Headline: fmt.Sprintf("%s more packets or messages lack fragments", Number(x.Sets))}
	case diagnose.OpenMessage:
		t := Text{Headline: fmt.Sprintf("%s: %s of a message of %s is missing", exchange(x.Exchange), missingOf(x.Numbers, x.Total), peer(f, f.From)),
			Hint: fragmentSizeHint}
		if x.Answered {
			t.Hint = ""
			t.Details = []string{fmt.Sprintf("%s received it, because it responded: only the capture lacks it", peer(f, f.From.Other()))}
		}
		return t
	case diagnose.OpenPacket:
		t := Text{Headline: fmt.Sprintf("%s from %v to %v is incomplete: %s", packetName(&x), x.Src, x.Dst, missingPart(&x)), Hint: fragmentHint}
		switch {
		case f.Severity == diagnose.Noteworthy:
			t.Hint = "" // not between IPsec peers
		case x.Begins:
			t.Hint = firstFragmentHint
		case x.Kind == capture.IKE:
			t.Hint = ikeFragmentHint
		case x.PerhapsInUDP:
			t.Details = append(t.Details, "most likely part of a UDP-encapsulated ESP packet")
			t.Hint = espFragmentHint
		case x.Traffic:
			t.Hint = espFragmentHint
		}
		switch {
		case x.Answered:
			t.Hint = ""
			t.Details = append(t.Details, fmt.Sprintf("%v received it, because it responded: only the capture lacks it", x.Dst))
		case x.Filtered && f.Severity != diagnose.Noteworthy:
			t.Details = append(t.Details, "the capture has first fragments alone: a capture filter by port leaves the others out, or the path drops them")
			t.Hint = fmt.Sprintf(hostFilterHint, x.Dst) + t.Hint
		}
		if x.Again > 0 {
			t.Details = append(t.Details, fmt.Sprintf("%s of the same size incomplete, too", Count(x.Again, "later packet")))
		}
		return t
	}
	return Text{}
}

// missingOf names the IKE fragments that are missing: "fragment 2, 4 of 4", "everything after fragment 3".
func missingOf(numbers []int, total int) string {
	const most = 8
	var names []string
	last := total
	if last == 0 {
		last = slices.Max(numbers)
	}
	for n := 1; n <= last && len(names) < most; n++ {
		if !slices.Contains(numbers, n) {
			names = append(names, fmt.Sprint(n))
		}
	}
	switch {
	case total == 0 && len(names) == 0:
		return fmt.Sprintf("everything after fragment %d", last)
	case total == 0:
		return fmt.Sprintf("fragment %s and everything after %d", strings.Join(names, ", "), last)
	}
	return fmt.Sprintf("fragment %s of %d", strings.Join(names, ", "), total)
}

// packetName is "an IP packet of ESP", "a TCP stream".
func packetName(x *diagnose.OpenPacket) string {
	switch {
	case x.Kind != capture.Other:
		return "an IP packet of " + x.Kind.String()
	case x.Protocol == ip.ProtoTCP:
		return "a TCP stream"
	}
	return "an IP packet of " + IPProtocol(x.Protocol)
}

// missingPart says what an IP packet, or a TCP stream, lacks.
func missingPart(x *diagnose.OpenPacket) string {
	captured := Count(x.Have, "byte") + " captured"
	if x.Want > 0 {
		captured = fmt.Sprintf("%s of %s captured", Number(x.Have), Count(x.Want, "byte"))
	}
	switch {
	case x.Protocol == ip.ProtoTCP:
		return fmt.Sprintf("a segment is missing before %s", Count(x.Have, "byte"))
	case !x.First && x.Want == 0:
		return "its first and last fragments are missing, " + captured
	case !x.First:
		return "its first fragment is missing, " + captured
	case x.Want == 0:
		return "its last fragment is missing, " + captured
	}
	return "a fragment in the middle is missing, " + captured
}
