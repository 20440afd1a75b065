package words

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Flow is "ESP 0xc0ffee01 192.0.2.1 > 192.0.2.2".
func Flow(f traffic.Flow) string {
	return fmt.Sprintf("%v %s %s > %s", f.Protocol, SPI(f.Protocol, f.SPI), host(f.Src), host(f.Dst))
}

// SPI is an SPI of ESP or AH, or a CPI: "0xc0ffee01", "CPI 0x1a2b".
func SPI(p esp.Protocol, spi uint32) string {
	if p == esp.IPComp {
		return fmt.Sprintf("CPI 0x%04x", spi)
	}
	return fmt.Sprintf("0x%08x", spi)
}

func host(a netip.Addr) string {
	if !a.IsValid() {
		return "any"
	}
	return a.String()
}

// Percent is "3.1 %" of a whole; "under 0.1 %" and "over 99.9 %" where rounding would deny what is there.
func Percent(part, whole uint64) string {
	if whole == 0 {
		return "0 %"
	}
	switch p := 100 * float64(part) / float64(whole); {
	case p > 0 && p < 0.1:
		return "under 0.1 %"
	case p < 100 && p > 99.9:
		return "over 99.9 %"
	default:
		return fmt.Sprintf("%.1f %%", p)
	}
}

// Seconds is "11.2 s".
func Seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// numbered is Count for numbers that fit no int.
func numbered(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func loss(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Loss)
	if !ok {
		return Text{}
	}
	about := Flow(x.Flow)
	if x.Closed {
		about += ", which stayed closed"
	}
	t := Text{Headline: fmt.Sprintf("%s: %d of %d packets (%s) are missing by their sequence numbers", about, x.Lost, x.Of, Percent(x.Lost, x.Of))}
	switch {
	case x.Closed:
	case x.Reordered:
		t.Details = []string{Count(x.Gaps, "jump") + " over numbers, some of which packets out of order filled later"}
	default:
		t.Details = []string{fmt.Sprintf("%s, the largest over %s", Count(x.Gaps, "gap"), numbered(x.Largest, "number"))}
	}
	if f.Severity != diagnose.Noteworthy {
		t.Hint = "they were lost before the capture point: look for a full or faulty link and for policing; or the capture itself has dropped them (tcpdump says \"dropped by kernel\" then)"
	}
	return t
}

func replay(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Replays)
	switch {
	case !ok:
		return Text{}
	case x.AllTwice:
		return Text{Headline: Flow(x.Flow) + ": nearly all packets come twice, some time apart",
			Hint: "the capture shows the traffic at two places, most likely; if not, the packets are replayed"}
	}
	return Text{Headline: fmt.Sprintf("%s: %s with a sequence number that was there before", Flow(x.Flow), Count(x.Packets, "packet")),
		Hint: "they were duplicated on the way, or replayed by an attacker; a receiver with a replay window drops them (RFC 4303, section 3.4.3)"}
}

func reordering(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Reordering)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s: %s came after later ones, by up to %s", Flow(x.Flow), Count(x.Packets, "packet"), numbered(x.By, "number"))}
	for _, l := range x.Late {
		t.Details = append(t.Details, fmt.Sprintf("%d too late for a replay window of %d", l.Packets, l.Window))
	}
	if len(x.Late) > 0 {
		t.Hint = "a receiver with a smaller replay window drops them: set it larger (strongSwan replay_window, libreswan replay-window)"
	}
	return t
}

func afterEnd(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Outlived)
	switch {
	case !ok:
		return Text{}
	case x.Deleted == diagnose.NoSide:
		return Text{Headline: fmt.Sprintf("%s is still used %s after the end of its lifetime of %d s", Flow(x.Flow), Seconds(x.By), x.Lifetime),
			Hint: "the peers have not rekeyed in time: compare the lifetimes on both sides, and look for a rekeying that failed"}
	}
	return Text{Headline: fmt.Sprintf("%s is still used %s after the %s deleted it", Flow(x.Flow), Seconds(x.By), Side(x.Deleted)),
		Hint: "the receiver drops such packets: the sender has missed the Delete, or goes on with the old SA after a rekeying"}
}

// inThisOrder is what to look at where ESP comes from one side alone.
const inThisOrder = "in this order: see on the gateway %v whether packets come in (a filter or NAT may drop ESP or UDP 4500), whether it sends the answers into the tunnel " +
	"(its policy and routes), and whether the hosts behind it answer; or "

func oneWay(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.OneWay:
		t := Text{Headline: fmt.Sprintf("%s on %s, and none comes back on %v %s", Count(x.Packets, "packet"), Flow(x.Flow), x.BackProtocol, SPI(x.BackProtocol, x.BackSPI)),
			Hint: fmt.Sprintf(inThisOrder+"the capture misses a direction", x.Flow.Dst)}
		if x.Silent {
			t.Hint = "what was sent asks for no answer; if one was expected, look for ESP that is dropped on the way"
		}
		return t
	case diagnose.ClosedOneWay:
		return Text{Headline: fmt.Sprintf("%s of ESP or AH, which stayed closed, from %v to %v, and none comes back, while IKE goes in both directions", Count(x.Packets, "packet"), x.Src, x.Dst),
			Hint: fmt.Sprintf(inThisOrder+"what is sent asks for no answer", x.Dst)}
	}
	return Text{}
}

func icvFailures(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.ICVFailures)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%d of %s on %s fail the check, with keys that opened %d: what the receiver gets is not what was sent", x.Failed, Count(x.Packets, "packet"), Flow(x.Flow), x.Opened),
		Hint: "look for what changes or damages packets between the gateways (NAT helpers, offload of checksums or encryption, faulty links)"}
	switch {
	case x.Since > 0:
		t.Details = []string{fmt.Sprintf("from frame %d on all of them fail: the sender goes on with other keys, after a restart or a rekeying that the capture lacks", x.Since)}
	case x.Large > 0:
		t.Details = []string{fmt.Sprintf("only packets of %d bytes and more fail, and none up to %d: something on the way cuts or changes large ones", x.Large, x.Small)}
	}
	return t
}

func wrongESPKey(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.WrongKey)
	if !ok {
		return Text{}
	}
	return Text{Headline: fmt.Sprintf("the keys for %s fit none of its %s", Flow(x.Flow), Count(x.Packets, "packet")),
		Hint: "the keys are of another SA with the same SPI, of another time, or of another algorithm; from " + strings.Join(x.Sources, ", ")}
}

func unknownSPI(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.MoreUnknown:
		return Text{Headline: fmt.Sprintf("%d more flows stayed closed", x.Flows)}
	case diagnose.Unknown:
		t := Text{Headline: fmt.Sprintf("%s on %s stayed closed: %s", Count(x.Packets, "packet"), Flow(x.Flow), x.Reason),
			Hint: "no Quick Mode or Child SA in the capture negotiates this SPI: give the SA's keys (ip xfrm state, setkey -D, a key log), or a capture that has its negotiation"}
		if x.Negotiator.IsSA() {
			t.Hint = "most likely " + Subject(x.Negotiator) + " negotiates it, which stayed closed: open that first, or give the SA's own keys"
		}
		if x.Null != "" {
			t.Headline += "; " + x.Null
		}
		return t
	}
	return Text{}
}

func nullEncryption(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.MoreNull:
		return Text{Headline: fmt.Sprintf("%d more flows are not encrypted", x.Flows)}
	case diagnose.NullFlow:
		return Text{Headline: fmt.Sprintf("%s is not encrypted: %s opened without keys, not verified", Flow(x.Flow), Count(x.Opened, "packet")), Details: []string{x.Evidence},
			Hint: "give the SA's integrity key to have its ICVs checked, where it has any; negotiate encryption if this is not on purpose"}
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
		what = "NULL, and no integrity protection either"
	}
	t := Text{Headline: Flow(x.Flow) + " does not encrypt, as negotiated: " + what}
	if x.Others > 0 {
		t.Headline += "; likewise " + Count(x.Others, "other SA")
	}
	return t
}
