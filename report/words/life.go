package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/report/diagnose"
)

func dpdTimeout(f *diagnose.Finding) Text {
	if x, ok := f.Facts.(diagnose.GaveUp); ok {
		return gaveUp(f, &x)
	}
	x, ok := f.Facts.(diagnose.Unheard)
	if !ok {
		return Text{}
	}
	silent := peer(f, f.From.Other())
	if x.Next.IsSA() {
		return takenOver(f, fmt.Sprintf("%s sent no response to %s", silent, checks(&x)), &x.TakenOver)
	}
	t := Text{
		Headline: fmt.Sprintf("%s sent no response to %s; cannot tell: it is down, unreachable, or lost the IKE SA", silent, checks(&x)),
		Hint:     fmt.Sprintf("check whether %s restarted or changed its address, and whether UDP %d passes", silent, x.Port),
	}
	if x.ESP > 0 {
		t.Headline = fmt.Sprintf("%s sent no response to %s; cannot tell: DPD messages were lost, or it lost this IKE SA", silent, checks(&x))
		t.Details = append(t.Details, fmt.Sprintf("%s still sent ESP in frame %d", silent, x.ESP))
		t.Hint = fmt.Sprintf("check whether the IKE daemon of %s hangs or restarted, and whether UDP %d is dropped, for ESP passes", silent, x.Port)
	}
	if x.NewPath {
		t.Headline = fmt.Sprintf("%s sent no response to %s, on the new path from %v to %v; cannot tell: that drops UDP %d, or %s is down or lost the IKE SA",
			silent, checks(&x), x.Src.Addr(), x.Dst.Addr(), x.Port, silent)
		t.Hint = fmt.Sprintf("look for a packet filter or a route that drops packets from %v to %v, or back", x.Src.Addr(), x.Dst.Addr())
	}
	switch {
	case x.Last == 0, x.NewPath:
	case x.Later:
		t.Headline = fmt.Sprintf("%s sent no response to %s; cannot tell: DPD messages were lost, or it lost this IKE SA", silent, checks(&x))
		t.Details = append(t.Details, fmt.Sprintf("%s sent IKE messages until frame %d", silent, x.Last))
		t.Hint = fmt.Sprintf("look for a packet filter or a route that drops packets from %v to %v", x.Src, x.Dst)
	default:
		t.Details = append(t.Details, fmt.Sprintf("the last IKE message of %s is frame %d, %s before", silent, x.Last, Duration(x.Before)))
	}
	if o := x.Outage; o.Missing > 0 {
		t.Headline = fmt.Sprintf("%s sent no response to %s; most likely the path was interrupted, and is back", silent, checks(&x))
		t.Details[0] = fmt.Sprintf("no ESP of %s came between frames %d and %d, in %s: %s missing by sequence number", silent, o.From.Frame, o.To.Frame,
			Duration(o.To.Time.Sub(o.From.Time)), Count(o.Missing, "packet"))
		t.Hint = fmt.Sprintf("look for what interrupted the path; with a longer DPD timeout on %s the tunnel survives it", peer(f, f.From))
	}
	if x.What == diagnose.ClosedMessage {
		t.Details = append(t.Details, "the messages are not decrypted; most likely they are R-U-THERE")
		t.Hint = hint(t.Hint, "; a key for the IKE SA shows which")
	}
	return t
}

// gaveUp is of a request that the capture does not have.
func gaveUp(f *diagnose.Finding, x *diagnose.GaveUp) Text {
	who, silent := peer(f, f.From), peer(f, f.From.Other())
	t := Text{Headline: fmt.Sprintf("%s got no response from %s", who, silent)}
	if x.Sent > 0 {
		t.Headline += " to a request, retransmitted " + Times(x.Sent)
	}
	if x.Later {
		t.Headline += ", and gave up after the end of the capture"
		t.Details = []string{"the capture shows nothing wrong until its end"}
		t.Hint = fmt.Sprintf("check whether %s restarted or changed its address, and the path to it; capture longer, near %s", silent, who)
		return t
	}
	if x.Alone {
		t.Headline += ", and gave up"
		t.Details = []string{"the capture has the messages of " + silent + " alone"}
		t.Hint = fmt.Sprintf("check the path between %s and %s; capture both directions", who, silent)
		return t
	}
	if x.Unsure {
		t.Headline += ", and gave up"
		t.Details = []string{"the capture has no such request: it was dropped before the place of the capture, or came after its end"}
		t.Hint = fmt.Sprintf("check the path between %s and %s, and compare the clocks of log and capture", who, silent)
		return t
	}
	t.Headline += ", and gave up: the capture has no such request"
	t.Details = []string{"it was dropped before the place where the packets were captured"}
	t.Hint = fmt.Sprintf("check the path from %s to the place of the capture", who)
	return t
}

// checks names the messages of dead peer detection: "3 R-U-THEREs in 4.0 s".
func checks(x *diagnose.Unheard) string {
	over := ""
	if x.Over > 0 {
		over = " in " + Duration(x.Over)
	}
	switch {
	case x.What == diagnose.RUThere:
		return Count(x.Count, "R-U-THERE") + over
	case x.What == diagnose.ClosedMessage:
		return Count(x.Count, "encrypted Informational") + over
	}
	what := exchange(x.Request)
	if x.Request.Purpose.Known() {
		what = "the " + what
	}
	if x.Count > 1 {
		what += ", retransmitted " + Times(x.Count-1) + over
	}
	return what
}

func retransmissions(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Resent)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s: %s retransmitted", Subject(f.Subject), Count(len(x.Messages)+x.More, "message"))}
	for i := range x.Messages {
		t.Details = append(t.Details, resentLine(f, &x.Messages[i]))
	}
	if x.More > 0 {
		t.Details = append(t.Details, fmt.Sprintf("and %s more", Number(x.More)))
	}
	return t
}

// resentLine is "frame 5 of 192.0.2.1 in Main Mode: retransmitted twice in 11.2 s, response in frame 6".
func resentLine(f *diagnose.Finding, m *diagnose.ResentMessage) string {
	what := fmt.Sprintf("frame %d of %s in %s: ", m.Frame, peer(f, m.From), m.Exchange)
	line := what + "retransmitted " + Times(m.Sent-1)
	if m.Over > 0 {
		line += " in " + Duration(m.Over)
	}
	switch m.Response {
	case diagnose.NoRequest:
		return line
	case diagnose.Duplicated:
		return what + "captured " + Times(m.Sent) + ", but its request once: duplicated by the network or the capture"
	case diagnose.SomeCopies:
		return line + fmt.Sprintf(", %s without a request: duplicated by the network or the capture", Times(m.Copies))
	case diagnose.OtherRequest:
		return line + fmt.Sprintf(", also in response to frame %d", m.Other)
	case diagnose.RequestResent:
		return line + ", because its request was retransmitted"
	}
	switch {
	case m.Answer == 0:
		return line + ", no response"
	case m.Late:
		return line + fmt.Sprintf(", although frame %d responds to it: that was lost, late or not accepted", m.Answer)
	}
	return line + fmt.Sprintf(", response in frame %d", m.Answer)
}

func deleted(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.Deleted:
		t := Text{Headline: fmt.Sprintf("%s deleted the IKE SA%s%s", role(f, f.From), age(&x), whyDeleted(f, &x)), Details: []string{Subject(f.Subject)}}
		if x.Why == diagnose.AfterIdle || x.Why == diagnose.AfterTraffic || x.Why == diagnose.AtEnd {
			t.Details = append(t.Details, fmt.Sprintf("the last packet in the tunnel was sent %s before", Duration(x.Idle)))
		}
		return t
	case diagnose.ChildDeleted:
		return childDeleted(f, &x)
	}
	return Text{}
}

// childSA is what a Child SA is called that the IKE SA of a finding negotiated.
func childSA(f *diagnose.Finding) string {
	if f.Subject.Version == 1 {
		return "IPsec SA pair"
	}
	return "Child SA"
}

// idleOrShut is for a Delete some time after the last packet: a timer for want of traffic may be as short.
const idleOrShut = "cannot tell: it was idle, or an administrator shut it down"

func childDeleted(f *diagnose.Finding, x *diagnose.ChildDeleted) Text {
	const quiet = 2 * time.Second
	t := Text{Headline: fmt.Sprintf("%s deleted the %s of frame %d after %s and did not replace it", role(f, f.From), childSA(f), x.Frame, Duration(x.Age))}
	switch {
	case x.OneSided:
		t.Headline = fmt.Sprintf("%s deleted the %s of frame %d after %s; cannot tell whether another replaced it", role(f, f.From), childSA(f), x.Frame, Duration(x.Age))
	case x.Idle > diagnose.IdleAfter:
		t.Headline += ", most likely because it was idle"
		t.Details = []string{fmt.Sprintf("no packet in the last %s", Duration(x.Idle))}
	case x.Idle > quiet:
		t.Headline += "; " + idleOrShut
		t.Details = []string{fmt.Sprintf("no packet in the last %s", Duration(x.Idle))}
	case x.Idle > 0:
		t.Details = []string{fmt.Sprintf("its last packet was sent %s before", Duration(x.Idle))}
	}
	return t
}

func identityClash(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.IdentityClash)
	if !ok {
		return Text{}
	}
	gateway := peer(f, diagnose.Responder)
	who, hint := "two clients use the identity "+x.Identity, fmt.Sprintf("give each client its own identity, or allow several IKE SAs of one identity on %s", gateway)
	if x.Identity == "" {
		who = fmt.Sprintf("two clients share the address %v", x.New.Addr())
		hint = fmt.Sprintf("on %s tell clients apart by identity and port, not by address; give each its own identity", gateway)
	}
	older, newer := x.Old.Addr().String(), x.New.Addr().String()
	if older == newer {
		older, newer = x.Old.String(), x.New.String()
	}
	t := Text{Headline: fmt.Sprintf("%s: %s dropped the IKE SA of %s for that of %s", who, gateway, older, newer), Hint: hint}
	switch {
	case x.OrMoved:
		t.Headline = fmt.Sprintf("%s dropped an IKE SA for a newer one; cannot tell: %s, or one client started again from elsewhere", gateway, who)
	case f.Grade == diagnose.Likely:
		t.Headline = "most likely " + t.Headline
	}
	t.Details = append(t.Details, fmt.Sprintf("the clients: %v, then %v", x.Old, x.New))
	if x.Contact > 0 {
		t.Details = append(t.Details, fmt.Sprintf("INITIAL_CONTACT in frame %d tells %s to drop older IKE SAs of that client", x.Contact, gateway))
	}
	if x.Deleted > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%s deleted the older IKE SA in frame %d", gateway, x.Deleted))
	}
	if x.Again > 0 {
		t.Details = append(t.Details, fmt.Sprintf("%v continued in frame %d: it did not restart", x.Old, x.Again))
	}
	return t
}

func peerRestarted(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.StartedAnew)
	if !ok {
		return Text{}
	}
	from := role(f, f.From)
	return Text{Headline: fmt.Sprintf("%s restarted, or lost its IKE SA: it sent INITIAL_CONTACT in a new one, and no Delete", from),
		Details: []string{fmt.Sprintf("the last message or packet of %s was sent %s before", Subject(x.Old), Duration(x.Since))}}
}

// age says how old an IKE SA was when it was deleted.
func age(x *diagnose.Deleted) string {
	switch x.Since {
	case diagnose.SinceRekeying:
		return fmt.Sprintf(" %s after its rekeying in frame %d", Duration(x.Age), x.Rekeyed)
	case diagnose.SinceStart:
		return " after " + Duration(x.Age)
	case diagnose.SinceCapture:
		return fmt.Sprintf(" %s after the start of the capture", Duration(x.Age))
	}
	return ""
}

// whyDeleted says what came before a Delete of an IKE SA.
func whyDeleted(f *diagnose.Finding, x *diagnose.Deleted) string {
	switch x.Why {
	case diagnose.Reauthenticated:
		return ": reauthenticated as " + IKESA(x.Next.SPIs)
	case diagnose.MadeAnew:
		return fmt.Sprintf(" and started %s in frame %d, %s later: most likely a reauthentication", IKESA(x.Next.SPIs), x.Frame, Duration(x.Wait))
	case diagnose.AfterError:
		return fmt.Sprintf(", following the error in frame %d", x.Frame)
	case diagnose.AfterChecks:
		return fmt.Sprintf(", following %s without a response", Count(x.Checks, "R-U-THERE"))
	case diagnose.AfterIdle:
		return "; " + idleOrShut
	case diagnose.AfterTraffic:
		if f.From == diagnose.Responder {
			return "; cannot tell: shut down, restarted, or dropped for an IKE SA of the same identity from elsewhere"
		}
		return ", most likely because an administrator shut it down or a gateway restarted"
	case diagnose.AfterMove:
		why := fmt.Sprintf(", most likely because its address changed to %v", x.Now)
		if x.Frame > 0 {
			why += fmt.Sprintf(", and started %s in frame %d", IKESA(x.Next.SPIs), x.Frame)
		}
		return why
	case diagnose.Redundant:
		return ": redundant after a simultaneous rekeying, in favour of " + IKESA(x.Next.SPIs)
	case diagnose.AtEnd:
		return "; cannot tell: shut down, or replaced after the end of the capture"
	}
	return ""
}

func addressAssigned(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.AddressGiven)
	return Text{Headline: fmt.Sprintf("%s assigned %s to %s", role(f, f.From), x.Text, peer(f, f.From.Other()))}
}

func addressChanged(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.Moved:
		seen := make([]string, len(x.Addresses))
		for i, a := range x.Addresses {
			seen[i] = a.String()
		}
		t := Text{Headline: fmt.Sprintf("the %s moved from %s", Side(f.From), strings.Join(seen, " to ")), Details: []string{Subject(f.Subject)}}
		if x.Unread {
			t.Headline = fmt.Sprintf("the %s sent IKE messages from %s; cannot tell: it moved, or tries another path", Side(f.From), strings.Join(seen, ", then "))
		}
		if x.Asked > 0 {
			t.Details = append(t.Details, fmt.Sprintf("it sent UPDATE_SA_ADDRESSES in frame %d", x.Asked))
		}
		return t
	case diagnose.ESPMoved:
		return Text{Headline: fmt.Sprintf("%v became %v: SPI 0x%08x continues there", x.Before, x.Host, x.Flow.SPI),
			Details: []string{"no IKE message tells: a NAT changed the address, or its peer does not use MOBIKE"}}
	case diagnose.PathsTried:
		paths := make([]string, len(x.Paths))
		for i, p := range x.Paths {
			paths[i] = fmt.Sprintf("%v > %v", p.Src, p.Dst)
		}
		return Text{Headline: fmt.Sprintf("%s: other paths were probed, but the IKE SA did not move", Subject(f.Subject)),
			Details: []string{"probed: " + strings.Join(paths, ", "), "the capture has no UPDATE_SA_ADDRESSES for them"}}
	}
	return Text{}
}

func lifetimeDiffers(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Lifetimes)
	if !ok {
		return Text{}
	}
	from, other := peer(f, f.From), peer(f, f.From.Other())
	const shorter = "the shorter lifetime applies: a peer that does not know it loses traffic when the SA expires"
	t := Text{Details: []string{shorter}, Hint: fmt.Sprintf("set the same lifetime on %s and %s", from, other)}
	switch x.Said {
	case diagnose.InAnswer:
		t.Headline = fmt.Sprintf("%s accepted phase %d with a lifetime of %s, but %s offered %s", from, x.Phase, x.One, other, x.Two)
	case diagnose.InNotify:
		t.Headline, t.Details = fmt.Sprintf("%s keeps the SA of phase %d for %s", from, x.Phase, x.One), []string{"it sent RESPONDER-LIFETIME"}
		if x.Two != "" {
			t.Headline += fmt.Sprintf(", but %s offered %s", other, x.Two)
		}
	default:
		t.Headline = fmt.Sprintf("the lifetimes of phase %d differ: %v offers %s, %v %s", x.Phase, x.HostOne, x.One, x.HostTwo, x.Two)
		t.Hint = fmt.Sprintf("set the same lifetime on %v and %v", x.HostOne, x.HostTwo)
		if x.InTime > 0 {
			t.Details, t.Hint = []string{fmt.Sprintf("the peer with the shorter lifetime rekeyed in time, in frame %d", x.InTime)}, ""
		}
	}
	return t
}

func rekeyedOften(f *diagnose.Finding) Text {
	if x, ok := f.Facts.(diagnose.RekeyingsOften); ok {
		return rekeyingsOften(x)
	}
	x, ok := f.Facts.(diagnose.RekeyedOften)
	if !ok {
		return Text{}
	}
	sas := Count(x.SAs, "IPsec SA")
	t := Text{Headline: fmt.Sprintf("%v and %v rekey every %s: %s one after another", x.Src, x.Dst, Duration(x.Every), sas),
		Details: []string{"most likely a lifetime is too short, in seconds or in bytes, on one of them"},
		Hint:    fmt.Sprintf("compare the lifetimes of the Child SA on %v and %v: an hour is usual; then look in their logs for who starts each rekeying", x.Src, x.Dst)}
	if x.IKESAs > 0 {
		t.Headline = fmt.Sprintf("%v and %v set up a new IKE SA every %s: %s one after another", x.Src, x.Dst, Duration(x.Every), sas)
		t.Details = []string{fmt.Sprintf("%s came up in that time", Count(x.IKESAs, "IKE SA")), "most likely reauthentication is set to seconds, or one of them drops the IKE SA each time"}
		t.Hint = fmt.Sprintf("compare the lifetimes of the IKE SA on %v and %v: hours are usual; then look in their logs for who ends each one, and why", x.Src, x.Dst)
	}
	return t
}

func rekeyingsOften(x diagnose.RekeyingsOften) Text {
	what := " the Child SA"
	switch {
	case x.IKE:
		what = " the IKE SA"
	case x.Unread:
		what = ""
	}
	t := Text{Headline: fmt.Sprintf("%v and %v rekey%s every %s: %d times one after another", x.Src, x.Dst, what, Duration(x.Every), x.SAs),
		Details: []string{"most likely a lifetime is too short on one of them"},
		Hint:    fmt.Sprintf("compare the lifetimes of the IKE SA and the Child SA on %v and %v; then look in their logs for who starts each rekeying", x.Src, x.Dst)}
	if x.Several {
		t.Headline = fmt.Sprintf("%v and %v negotiate an SA every %s: %d times one after another; cannot tell: rekeyed, or for one network after another",
			x.Src, x.Dst, Duration(x.Every), x.SAs)
		t.Details = nil
	}
	return t
}

func collision(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Collision)
	if !ok {
		return Text{}
	}
	t := Text{Hint: fmt.Sprintf("set different rekey times on %s and %s, or a larger random part", peer(f, diagnose.Initiator), peer(f, diagnose.Responder))}
	switch x.What {
	case diagnose.AnIKESA:
		t.Headline = "simultaneous rekeying: both peers rekeyed the IKE SA"
	case diagnose.AChildSA:
		t.Headline = "simultaneous rekeying: both peers rekeyed the same Child SA"
	default:
		t.Headline = "both peers started an exchange, not decrypted, most likely a simultaneous rekeying"
	}
	if x.BothFail {
		t.Headline += ", and both failed"
	}
	t.Details = []string{fmt.Sprintf("the exchanges started %s apart", Duration(x.Apart))}
	t.Compared = []diagnose.Compared{{Name: "starts in frame", Initiator: fmt.Sprint(x.Initiator.Frame), Responder: fmt.Sprint(x.Responder.Frame)},
		{Name: "outcome", Initiator: Outcome(x.Initiator.Outcome), Responder: Outcome(x.Responder.Outcome)}}
	if a, b := Purpose(x.Initiator.Purpose), Purpose(x.Responder.Purpose); a != "" && b != "" {
		t.Compared = append(t.Compared, diagnose.Compared{Name: "purpose", Initiator: a, Responder: b})
	}
	return t
}
