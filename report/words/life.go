package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func dpdTimeout(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Unheard)
	if !ok {
		return Text{}
	}
	asker, silent := Side(f.From), Side(f.From.Other())
	what, over := checks(&x), Seconds(x.Over)
	t := Text{
		Headline: fmt.Sprintf("the %s sent %s in %s without an answer: the %s is gone, cannot be reached, or has lost the IKE SA", asker, what, over, silent),
		Hint:     fmt.Sprintf("look whether the %s has restarted or changed its address, and whether UDP %d still passes", silent, x.Port),
	}
	if x.ESP > 0 {
		t.Headline += fmt.Sprintf("; its ESP packets still come (frame %d)", x.ESP)
		t.Hint = fmt.Sprintf("its IKE daemon hangs or has restarted, or UDP %d is dropped while ESP passes", x.Port)
	}
	switch {
	case x.Last == 0:
	case x.Later:
		t.Headline = fmt.Sprintf("the %s sent %s in %s without an answer, though the %s still sends (frame %d): it does not get them, or does not take them for its own",
			asker, what, over, silent, x.Last)
		t.Hint = fmt.Sprintf("look for a packet filter or a route that loses packets from %v to %v", x.Src, x.Dst)
	default:
		t.Details = []string{fmt.Sprintf("the last IKE message of the %s is frame %d, %s before", silent, x.Last, Seconds(x.Before))}
	}
	if x.What == diagnose.ClosedMessage {
		t.Headline += "; R-U-THEREs, most likely"
		t.Hint += "; a key for the IKE SA shows what they are"
	}
	return t
}

// checks names the messages with which a side asked whether its peer lives.
func checks(x *diagnose.Unheard) string {
	switch {
	case x.What == diagnose.RUThere:
		return Count(x.Count, "R-U-THERE")
	case x.What == diagnose.ClosedMessage:
		return Count(x.Count, "encrypted Informational")
	case x.Purpose != "":
		return fmt.Sprintf("a %s (%s) %d times", x.Purpose, x.Request, x.Count)
	}
	return fmt.Sprintf("%s %d times", x.Request, x.Count)
}

func retransmissions(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Resent)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s: %s sent again", Subject(f.Subject), Count(len(x.Messages)+x.More, "message"))}
	for i := range x.Messages {
		t.Details = append(t.Details, resentLine(&x.Messages[i]))
	}
	if x.More > 0 {
		t.Details = append(t.Details, fmt.Sprintf("and %d more", x.More))
	}
	return t
}

// resentLine is "frame 5 of the initiator (Main Mode): sent 3 times in 11.2 s, answered in frame 6".
func resentLine(m *diagnose.ResentMessage) string {
	line := fmt.Sprintf("frame %d of the %s (%s): sent %d times in %s", m.Frame, Side(m.From), m.Exchange, m.Sent, Brief(m.Over))
	switch m.Response {
	case diagnose.NoRequest:
		return line
	case diagnose.Duplicated:
		return line + ", though no request was sent again: duplicated on the way, or by the capture"
	case diagnose.SomeCopies:
		return line + fmt.Sprintf(", %s without a request that was sent again: duplicated on the way, or by the capture", Count(m.Copies, "time"))
	case diagnose.OtherRequest:
		return line + fmt.Sprintf(", as answer to frame %d as well", m.Other)
	case diagnose.RequestResent:
		return line + ", as answer to a request that was sent again"
	}
	switch {
	case m.Answer == 0:
		return line + ", without an answer"
	case m.Late:
		return line + fmt.Sprintf(", although frame %d answers it: that did not arrive in time", m.Answer)
	}
	return line + fmt.Sprintf(", answered in frame %d", m.Answer)
}

func deleted(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.Deleted:
		return Text{Headline: fmt.Sprintf("the %s deleted %s%s%s", Side(f.From), Subject(f.Subject), age(&x), whyDeleted(&x))}
	case diagnose.ChildDeleted:
		text := fmt.Sprintf("the %s deleted the Child SA of frame %d after %s, and no other one takes its place", Side(f.From), x.Frame, Seconds(x.Age))
		const quiet = 2 * time.Second
		switch {
		case x.Idle > quiet:
			text += fmt.Sprintf(": nothing came for %s before, so that it was idle, most likely", Seconds(x.Idle))
		case x.Idle > 0:
			text += fmt.Sprintf(", %s after its last packet", Seconds(x.Idle))
		}
		return Text{Headline: text}
	}
	return Text{}
}

// age says how old an IKE SA was when it was deleted.
func age(x *diagnose.Deleted) string {
	switch x.Since {
	case diagnose.SinceRekeying:
		return fmt.Sprintf(" %s after the rekeying that made it (frame %d)", Seconds(x.Age), x.Rekeyed)
	case diagnose.SinceStart:
		return " after " + Seconds(x.Age)
	case diagnose.SinceCapture:
		return fmt.Sprintf(" %s after the capture starts", Seconds(x.Age))
	}
	return ""
}

// whyDeleted says what came before a Delete of an IKE SA.
func whyDeleted(x *diagnose.Deleted) string {
	switch x.Why {
	case diagnose.Reauthenticated:
		return fmt.Sprintf(": %s takes its place (reauthentication)", Subject(x.Next))
	case diagnose.MadeAnew:
		return fmt.Sprintf(", and starts %s %s later (frame %d): reauthentication, most likely", Subject(x.Next), Brief(x.Wait), x.Frame)
	case diagnose.AfterError:
		return fmt.Sprintf(", after the error in frame %d", x.Frame)
	case diagnose.AfterChecks:
		return fmt.Sprintf(", after %s without an answer", Count(x.Checks, "R-U-THERE"))
	case diagnose.AfterIdle:
		return fmt.Sprintf(", %s after the last packet in the tunnel: idle, most likely", Seconds(x.Idle))
	case diagnose.AfterTraffic:
		return fmt.Sprintf(", %s after the last packet in the tunnel: taken down by its administrator or by a restart, most likely", Seconds(x.Idle))
	}
	return ""
}

func addressAssigned(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.AddressGiven)
	return Text{Headline: fmt.Sprintf("the %s gives the %s the address %s", Side(f.From), Side(f.From.Other()), x.Text)}
}

func addressChanged(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.Moved:
		seen := make([]string, len(x.Addresses))
		for i, a := range x.Addresses {
			seen[i] = a.String()
		}
		text := fmt.Sprintf("%s: the %s moves from %s", Subject(f.Subject), Side(f.From), strings.Join(seen, " to "))
		if x.Asked > 0 {
			text += fmt.Sprintf(", and says so with UPDATE_SA_ADDRESSES (frame %d)", x.Asked)
		}
		return Text{Headline: text}
	case diagnose.PathsTried:
		paths := make([]string, len(x.Paths))
		for i, p := range x.Paths {
			paths[i] = fmt.Sprintf("%v > %v", p.Src, p.Dst)
		}
		return Text{Headline: fmt.Sprintf("%s: other addresses are tried, %s; the capture shows no UPDATE_SA_ADDRESSES for them: the IKE SA does not move there",
			Subject(f.Subject), strings.Join(paths, ", "))}
	}
	return Text{}
}

func lifetimeDiffers(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Lifetimes)
	if !ok {
		return Text{}
	}
	const shorter = "set the same lifetimes on both sides; the shorter one counts, and a side that does not know of it is cut off by the other"
	switch x.Said {
	case diagnose.InAnswer:
		return Text{Headline: fmt.Sprintf("the %s answers with a lifetime of %s for phase %d, not the %s that were offered", Side(f.From), x.One, x.Phase, x.Two), Hint: shorter}
	case diagnose.InNotify:
		t := Text{Headline: fmt.Sprintf("the %s keeps the SA of phase %d for %s only", Side(f.From), x.Phase, x.One), Hint: "set the same lifetimes on both sides"}
		if x.Two != "" {
			t.Headline += ", not " + x.Two
		}
		t.Headline += " (RESPONDER-LIFETIME)"
		return t
	}
	return Text{Headline: fmt.Sprintf("the sides have other lifetimes for phase %d: %v offers %s, %v %s", x.Phase, x.HostOne, x.One, x.HostTwo, x.Two), Hint: shorter}
}

func collision(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Collision)
	if !ok {
		return Text{}
	}
	what := map[diagnose.Rekeyed]string{diagnose.PerhapsAnSA: "an exchange that replaces an SA, most likely: it stayed closed",
		diagnose.AnIKESA: "a rekeying of the IKE SA", diagnose.AChildSA: "a rekeying of the same Child SA"}[x.What]
	t := Text{Headline: fmt.Sprintf("both sides start at the same time, %.3f s apart, %s", x.Apart.Seconds(), what),
		Hint: "give the sides different rekey times, or more of a random part, so that one of them is first"}
	if x.BothFail {
		t.Headline += ", and both fail"
	}
	return t
}
