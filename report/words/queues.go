package words

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func perResource(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Queues)
	if !ok {
		return Text{Headline: peer(f, f.From) + " sent TS_MAX_QUEUE: no more Child SAs with these traffic selectors",
			Details: []string{"the existing Child SAs continue; each is for a CPU or another resource"}}
	}
	t := Text{Headline: fmt.Sprintf("%d Child SAs with the same traffic selectors at once, each for a CPU or another resource", x.Count)}
	if len(x.Told) == 0 {
		t.Headline = fmt.Sprintf("%d Child SAs with the same traffic selectors at once, most likely one for each CPU", x.Count)
	}
	t.Details = []string{Subject(f.Subject), "traffic: " + x.Traffic.Initiator.String() + " <-> " + x.Traffic.Responder.String()}
	if len(x.Told) > 0 {
		t.Details = append(t.Details, "SA_RESOURCE_INFO in "+Frames(x.Told))
	} else {
		t.Details = append(t.Details, "none of them was rekeyed by the next, and a peer sent on several of them in turn")
	}
	return t
}

// Resource is how a peer calls the resource that it binds a Child SA to: bytes that only it understands, most often the number of a CPU or text; "" where it
// says none.
func Resource(b []byte) string {
	printable := true
	for _, c := range b {
		printable = printable && c > 0x20 && c < 0x7f
	}
	switch {
	case len(b) == 0:
		return ""
	case printable:
		return strconv.Quote(string(b))
	case len(b) <= 8:
		n := uint64(0)
		for _, c := range b {
			n = n<<8 | uint64(c)
		}
		return strconv.FormatUint(n, 10)
	}
	const most = 32
	return "0x" + hex.EncodeToString(b[:min(len(b), most)])
}
