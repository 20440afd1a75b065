package words

import (
	"fmt"
	"time"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

const wholePackets = "capture whole packets: tcpdump -s 0"

func captureCut(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.CutFile)
	if !ok {
		return Text{}
	}
	return Text{Headline: fmt.Sprintf("%s is cut short or damaged at byte %d: %s; what comes before was read", x.Path, x.Offset, x.Err),
		Hint: "copy the capture again, or capture anew"}
}

func snapLength(f *diagnose.Finding) Text {
	t := Text{Hint: wholePackets}
	switch x := f.Facts.(type) {
	case diagnose.CutMessages:
		t.Headline = fmt.Sprintf("%d of %s are cut by the snap length: their content is lost, and nothing follows from what seems to be missing", x.Cut, Count(x.All, "IKE message"))
	case diagnose.CutFragments:
		t.Headline = Count(x.Packets, "IP packet") + " in fragments that the snap length cut: closed"
	case diagnose.CutPackets:
		t.Headline = Count(x.Closed+x.Decrypted, "packet") + " cut by the snap length: "
		switch {
		case x.Decrypted == 0:
			t.Headline += "closed"
		case x.Closed == 0:
			t.Headline += "opened as far as they go, not verified"
		default:
			t.Headline += fmt.Sprintf("%d opened as far as they go, not verified, %d closed", x.Decrypted, x.Closed)
		}
	}
	return t
}

func notIKE(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.NotIKE)
	return Text{Headline: Count(x.Packets, "packet") + " on IKE's ports hold no IKE message"}
}

func tooManySAs(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Evicted)
	return Text{Headline: Count(x.IKESAs, "IKE conversation") + " left out: there were too many at once"}
}

// mirrored weighs how many packets were seen twice: a mirror port shows nearly all of them so, a network few.
func mirrored(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Repeated)
	if !ok {
		return Text{}
	}
	once, twice := uint64(max(x.Packets-x.Twice, 1)), uint64(x.Twice)
	text := fmt.Sprintf("%s (%s) seen twice within %s", Count(x.Twice, "packet"), Percent(min(twice, once), once), Brief(x.Within))
	switch {
	case twice*10 >= once*8:
		text += ", as a mirror port of both directions shows them"
	case twice*10 <= once*2:
		text += ": duplicated on the way, most likely, for a mirror port shows nearly all packets twice"
	default:
		text += ", as a mirror port for a part of the traffic or a network that duplicates packets makes them"
	}
	return Text{Headline: text}
}

// Brief is a time below a second in milliseconds.
func Brief(t time.Duration) string {
	if t < time.Second {
		return fmt.Sprintf("%d ms", t.Milliseconds())
	}
	return Seconds(t)
}

func gatewayCapture(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.SeenClear)
	return Text{Headline: Count(x.Packets, "inner packet") + " seen again in the clear: the capture was made on a gateway"}
}

func alreadyDecrypted(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Decrypted)
	if x.From == 0 {
		return Text{Headline: fmt.Sprintf("messages of %s that go out encrypted are in the clear: the capture was made after decryption", Subject(x.IKESA))}
	}
	return Text{Headline: fmt.Sprintf("messages %d and later of %s are in the clear: the capture was made after decryption", x.From, Subject(x.IKESA))}
}

func startedLate(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.StartedLate)
	return Text{Headline: Subject(x.IKESA) + ": its first message is not in the capture"}
}
