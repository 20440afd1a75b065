package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
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

func clockJump(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.ClockBack:
		return Text{Headline: fmt.Sprintf("the time goes back %s, by up to %v", Count(x.Times, "time"), x.By),
			Hint: "the clock was set while the capture ran, or files of several machines were joined: lifetimes, gaps and the order of packets may read wrong"}
	case diagnose.ClockAhead:
		return Text{Headline: fmt.Sprintf("the time goes ahead %s by a day or more, by up to %v: the clock was set, or captures were joined", Count(x.Times, "time"), x.By)}
	case diagnose.EarlyAnswer:
		return Text{Headline: fmt.Sprintf("%s: the answer in frame %d is %s older than its question in frame %d", x.Exchange, x.Answer, Seconds(x.By), x.Question),
			Hint: "the two directions were captured by clocks that differ: set them alike, or move the times of one file (editcap -t)"}
	}
	return Text{}
}

var encapsulations = map[traffic.Encapsulation]string{
	traffic.GRE: "GRE (IP protocol 47)", traffic.ERSPAN: "ERSPAN, a kind of GRE (IP protocol 47)", traffic.VXLAN: "VXLAN (UDP port 4789)",
}

func noIPsec(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.NoIPsecSeen)
	t := Text{Headline: fmt.Sprintf("no IKE message and no ESP or AH packet in %s", Count(x.Packets, "packet")),
		Hint: "capture outside the tunnel, where UDP 500 and 4500 and ESP pass; not the inner interface"}
	if x.Wrapped > 0 {
		verb := "are"
		if x.Wrapped == 1 {
			verb = "is"
		}
		t.Headline += fmt.Sprintf("; %d %s in %s, and what is inside is not looked into", x.Wrapped, verb, encapsulations[x.In])
		t.Hint = "take the outer headers off first (editcap -C cuts bytes off the front of each packet), or mirror without them"
	}
	return t
}

// healthy is the one line about a capture in which nothing is wrong.
func healthy(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Health)
	var parts []string
	if x.IKESAs > 0 {
		parts = append(parts, Count(x.IKESAs, "IKE SA")+" established")
	}
	none := x.IKESAs > 0 && x.QuickModes+x.ChildSAs+x.Given == 0
	if x.QuickModes > 0 || none && !x.IKEv2 {
		parts = append(parts, Count(x.QuickModes, "Quick Mode"))
	}
	if x.ChildSAs > 0 || none && x.IKEv2 {
		parts = append(parts, Count(x.ChildSAs, "Child SA"))
	}
	if x.Given > 0 {
		parts = append(parts, Count(x.Given, "ESP or AH SA")+" from the keys given")
	}
	switch {
	case x.Decrypted > 0 && x.Unverified > 0:
		parts = append(parts, "all "+Count(x.Decrypted, "ESP or AH packet")+" opened", fmt.Sprintf("%d of them without an ICV to check", x.Unverified))
	case x.Decrypted > 0:
		parts = append(parts, "all "+Count(x.Decrypted, "ESP or AH packet")+" opened", "every ICV right")
	case x.Packets == 0:
		parts = append(parts, "no ESP or AH packet in the capture")
	}
	text := "the tunnel is healthy"
	if x.Weak {
		text += ", but weak"
	}
	return Text{Headline: text + ": " + strings.Join(parts, ", ")}
}

// undecrypted is for what keeps something of an IKE SA from being decrypted.
func undecrypted(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.Undecrypted)
	text, hint := Gap(x.Gap)
	return Text{Headline: Subject(f.Subject) + ": " + text, Hint: hint}
}

func ikev1Deprecated(*diagnose.Finding) Text {
	return Text{Headline: "IKEv1 is deprecated (RFC 9395, 3): IKEv2 takes its place"}
}
