package words

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
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

// Percent is "3.1%" of a whole; "under 0.1%" and "over 99.9%" where rounding would hide what there is.
func Percent(part, whole uint64) string {
	if whole == 0 {
		return "0%"
	}
	switch p := 100 * float64(part) / float64(whole); {
	case p > 0 && p < 0.1:
		return "under 0.1%"
	case p < 100 && p > 99.9:
		return "over 99.9%"
	default:
		return fmt.Sprintf("%.1f%%", p)
	}
}

func loss(f *diagnose.Finding) Text {
	if x, ok := f.Facts.(diagnose.LostBetween); ok {
		return lostBetween(&x)
	}
	if x, ok := f.Facts.(diagnose.LostOnPath); ok {
		return lostOnPath(&x)
	}
	x, ok := f.Facts.(diagnose.Loss)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s: %s of %s missing by sequence number, %s", Flow(x.Flow), Number(x.Lost), Count(x.Of, "packet"), Percent(x.Lost, x.Of))}
	switch {
	case x.Closed:
		t.Details = []string{"the packets are not decrypted"}
	case x.Reordered:
		t.Details = []string{Count(x.Gaps, "gap") + ", some of them filled later by packets out of order"}
	default:
		t.Details = []string{fmt.Sprintf("%s, the largest of %s", Count(x.Gaps, "gap"), Count(x.Largest, "packet"))}
	}
	if f.Severity != diagnose.Noteworthy {
		t.Hint = "look for a congested or faulty link, or policing, before the capture point; check for packets that tcpdump dropped"
	}
	if o := x.Outage; o.Missing > 0 {
		t.Headline += fmt.Sprintf(", in one gap of %s", Duration(o.To.Time.Sub(o.From.Time)))
		t.Details = []string{fmt.Sprintf("%s in a row, none of which came", Count(o.Missing, "packet"))}
		if t.Hint != "" {
			t.Hint = "look for what dropped all of them: an interrupted path, a packet filter, their size; or tcpdump dropped them"
		}
	}
	return t
}

func lostOnPath(x *diagnose.LostOnPath) Text {
	if x.Of > 0 {
		t := Text{Headline: fmt.Sprintf("%s: capture file %d lacks %s of %s of file %d", Flow(x.Flow), x.Lack+1, Number(uint64(x.Packets)), Count(x.Of, "packet"), x.Has+1)}
		if x.Near {
			t.Details = []string{"they were not captured there, or took another path: the other packets passed there first"}
			return t
		}
		t.Details = []string{"they were lost between the places of both captures, or not captured at the second one"}
		t.Hint = fmt.Sprintf("look on the path from %v to %v for what drops packets; check for packets that tcpdump dropped", x.Flow.Src, x.Flow.Dst)
		return t
	}
	return Text{Headline: fmt.Sprintf("%s: capture file %d has none of %s of file %d, although both have the IKE of these hosts", Flow(x.Flow), x.Lack+1, Count(x.Packets, "packet"), x.Has+1),
		Details: []string{"they were dropped between the places of both captures, or not captured at the second one, which has other ESP or AH of these hosts"},
		Hint:    fmt.Sprintf("look on the path from %v to %v for what drops ESP in this direction: a packet filter, NAT, a route", x.Flow.Src, x.Flow.Dst)}
}

func lostBetween(x *diagnose.LostBetween) Text {
	t := Text{Headline: fmt.Sprintf("%s: %s of %s did not pass the NAT: they were not captured as %v > %v", Flow(x.Flow), Number(x.Lost), Count(x.Of, "packet"), x.Src, x.Dst),
		Hint: "look at what is between both places of the capture: a packet filter, a timed out NAT mapping, the MTU"}
	if x.End {
		t.Details = []string{fmt.Sprintf("the last ones are among them, while %v keeps sending", x.Dst)}
	}
	return t
}

func replay(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Replays)
	switch {
	case !ok:
		return Text{}
	case x.AllTwice:
		return Text{Headline: fmt.Sprintf("%s: %s captured twice, most likely at two places", Flow(x.Flow), Count(x.Packets, "packet")),
			Details: []string{"if the capture was made at one place, the packets were replayed"}, Hint: "capture at one place only"}
	case x.Altered:
		return Text{Headline: fmt.Sprintf("%s: %s captured twice with different content, most likely altered on the path", Flow(x.Flow), Count(x.Packets, "packet")),
			Details: []string{"nearly all others were captured twice as well, alike: most likely at two places", "or these were replayed"}, Hint: alteredHint}
	}
	return Text{Headline: fmt.Sprintf("%s: %s with a sequence number seen before", Flow(x.Flow), Count(x.Packets, "packet")),
		Details: []string{"cannot tell: duplicated by the network, or replayed by an attacker"},
		Hint:    "look for what duplicates packets on the path; a receiver with a replay window drops them"}
}

func reordering(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Reordering)
	if !ok {
		return Text{}
	}
	t := Text{Headline: fmt.Sprintf("%s: %s out of order, by up to %s", Flow(x.Flow), Count(x.Packets, "packet"), Count(x.By, "sequence number"))}
	for _, l := range x.Late {
		t.Details = append(t.Details, fmt.Sprintf("%s outside a replay window of %s", Number(l.Packets), Count(l.Window, "packet")))
	}
	if len(x.Late) > 0 {
		t.Hint = "on the receiver set a larger replay window: packets outside of it are dropped"
	}
	return t
}

func aggregates(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.BrokenAggregates)
	if !ok {
		return Text{}
	}
	carried := fmt.Sprintf("%s in %s came out whole", Count(x.Packets, "inner packet"), Count(x.Payloads, "AGGFRAG payload"))
	if x.Malformed > 0 {
		t := Text{Headline: fmt.Sprintf("%s: %s malformed", Flow(x.Flow), Count(x.Malformed, "AGGFRAG payload")), Details: []string{carried},
			Hint: "look for an update of the sender: its IP-TFS packs inner packets wrongly; or turn IP-TFS off on both peers"}
		if x.Incomplete > 0 {
			t.Details = append(t.Details, Count(x.Incomplete, "inner packet")+" incomplete")
		}
		return t
	}
	t := Text{Headline: fmt.Sprintf("%s: %s incomplete, parts of AGGFRAG payloads are missing", Flow(x.Flow), Count(x.Incomplete, "inner packet")),
		Details: []string{carried}}
	switch {
	case x.Lost > 0:
		t.Details = append(t.Details, Count(x.Lost, "sequence number")+" missing: a lost ESP packet takes all inner packets with it that it has parts of")
		t.Hint = "look for a congested or faulty link before the capture point; check for packets that tcpdump dropped"
	case x.Cut > 0:
		t.Details = append(t.Details, Count(x.Cut, "ESP packet")+" truncated by the snap length")
		t.Hint = "capture again with whole packets: tcpdump -s 0"
	}
	return t
}

func afterEnd(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.Outlived)
	switch {
	case !ok:
		return Text{}
	case x.Deleted == diagnose.NoSide:
		return Text{Headline: fmt.Sprintf("%s was used %s after it expired, lifetime %d s", Flow(x.Flow), Duration(x.By), x.Lifetime),
			Hint: "compare the lifetimes of both peers, and look for a rekeying that failed"}
	}
	what := "it"
	if x.IKE != nil {
		what = "its IKE SA"
	}
	return Text{Headline: fmt.Sprintf("%s was used %s after %s deleted %s", Flow(x.Flow), Duration(x.By), peer(f, x.Deleted), what),
		Details: []string{"the receiver drops such packets"},
		Hint:    fmt.Sprintf("check on %s whether it missed the Delete, or still uses the old SA after a rekeying", host(x.Flow.Src))}
}

// inThisOrder is what to check on a host where its peer alone sends ESP, or AH.
func inThisOrder(on string, p esp.Protocol) string {
	return fmt.Sprintf("check on %s, in order: %s arrives, IPsec policy, route back, hosts behind it", on, onPath(p))
}

// onPath is what a filter on the path may drop of an SA.
func onPath(p esp.Protocol) string {
	if p == esp.AH {
		return "AH"
	}
	return "ESP or UDP 4500"
}

// narrowing tells of an answer with less traffic than was asked for.
func narrowing(n *diagnose.Narrowing) []string {
	if n == nil {
		return nil
	}
	return []string{fmt.Sprintf("%v narrowed the traffic selectors: asked for %s, agreed on %s", n.By, traffics(n.Asked), traffics(n.Agreed))}
}

// traffics is "10.1.0.0/24 to 10.2.0.0/24".
func traffics(t ikesa.Traffic) string {
	return Clip(t.Initiator.String(), longestIdentity) + " to " + Clip(t.Responder.String(), longestIdentity)
}

func childUndone(f *diagnose.Finding) Text {
	x, _ := f.Facts.(diagnose.ChildDeleted)
	who := peer(f, f.From)
	return Text{Headline: fmt.Sprintf("%s deleted the %s %s after it came up: there is no tunnel", who, childSA(f), Duration(x.Age)),
		Details: []string{"it carried nothing; most likely " + who + " could not install it, or rejects what was negotiated"},
		Hint:    fmt.Sprintf("see the log of %s; compare the traffic selectors and the IPsec support of its kernel", who)}
}

func unknownSPI(f *diagnose.Finding) Text {
	switch x := f.Facts.(type) {
	case diagnose.MoreUnknown:
		return Text{Headline: Count(x.Flows, "more ESP or AH flow") + " not decrypted"}
	case diagnose.Unknown:
		t := Text{Headline: fmt.Sprintf("%s of %s not decrypted: %s", Count(x.Packets, "packet"), Flow(x.Flow), x.Err),
			Hint: "give the key of this SPI (ip xfrm state, setkey -D, a key log), or a capture of its negotiation"}
		if errors.Is(x.Err, esp.ErrCut) {
			t.Hint = "" // no key helps
			return t
		}
		if x.Flow.Protocol == esp.IPComp {
			t.Hint = "give a capture of its negotiation, which names the compression algorithm"
			return t
		}
		if errors.Is(x.Err, esp.ErrSalt) {
			t.Hint = "search the salt with --search-salt, which takes minutes; or give the key with its salt"
			return t
		}
		if errors.Is(x.Err, ikedecode.ErrLate) {
			t.Hint = "save the capture, too, and decrypt it without --live: a key found late then decrypts earlier packets"
			return t
		}
		if x.Negotiator.IsSA() {
			t.Details = []string{"most likely negotiated by " + Subject(x.Negotiator)}
			if x.Rekeyed {
				t.Details = append(t.Details, "most likely the SA was rekeyed: the keys given are of others, before or after it")
			}
			if x.Derivable {
				t.Hint = "give a key for the IKE SA of these peers, or the key of this SPI"
			}
		}
		if x.IMS != nil {
			t.Details, t.Hint = []string{"set up by the " + IMS(x.IMS)}, giveAKA
		}
		if x.Null != nil {
			t.Details = append(t.Details, ClosedNull(x.Null.Verdict, &x.Null.NullCounts))
		}
		return t
	}
	return Text{}
}

const giveAKA = "give AKA_CK and AKA_IK of this registration: from the USIM, the HSS, or the log of the P-CSCF"

// NoAKA says why the packets of a registration are not decrypted.
func NoAKA(r *ikedecode.IMSRegistration) string {
	if r.Refuted {
		return "no AKA_IK given is correct"
	}
	return "no AKA_CK and AKA_IK given"
}

// IMS names a registration of a phone, with its algorithms: "IMS registration in frames 1 and 2: AES-CBC, HMAC-MD5-96".
func IMS(r *ikedecode.IMSRegistration) string {
	const most = 3
	var suites []string
	for i := range r.Suites {
		s := &r.Suites[i]
		name := s.Cipher.Name
		if s.MAC != nil {
			name += ", " + s.MAC.Name
		}
		if !slices.Contains(suites, name) && len(suites) < most {
			suites = append(suites, name)
		}
	}
	text := r.SetUpBy() + ": " + strings.Join(suites, "; or ")
	if r.Refuted {
		text += "; " + NoAKA(r)
	}
	return text
}

// counterFault says what is wrong with the sequence numbers of a sender.
func counterFault(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.CounterFault)
	if !ok {
		return Text{}
	}
	src := host(x.Flow.Src)
	switch x.Fault {
	case diagnose.CountsAnew:
		t := Text{Headline: fmt.Sprintf("%s: %s restarted its sequence numbers in the same SA, from %d back to %d in frame %d", Flow(x.Flow), src, x.From, x.To, x.First),
			Details: []string{"it lost its counter, as after a restart with static keys; a receiver with a replay window drops these packets"},
			Hint:    fmt.Sprintf("make new keys when %s restarts: negotiate the SAs by IKE, or replace the static keys", src)}
		if x.Packets > 0 {
			t.Details = append(t.Details, fmt.Sprintf("%s with a sequence number seen before and other content: no replay", Count(x.Packets, "packet")))
		}
		if x.Nonces {
			t.Details = append(t.Details, "security problem: nonces repeat under one key, which reveals content and, with AES-GCM, the authentication key")
		}
		return t
	case diagnose.RunsOut:
		t := Text{Headline: fmt.Sprintf("%s has used its last sequence number, 0xffffffff: it can send no more", Flow(x.Flow)),
			Details: []string{"extended sequence numbers (ESN) are not in use"}, Hint: fmt.Sprintf("rekey the SA, and on %s rekey by packets or bytes, or use ESN on both peers", src)}
		if x.Likely {
			t.Details = []string{"cannot tell whether extended sequence numbers (ESN) are in use: the packets are not decrypted"}
		}
		return t
	case diagnose.WrapsAround:
		return Text{Headline: fmt.Sprintf("%s: the sequence number wraps from 0xffffffff to 0 in frame %d", Flow(x.Flow), x.First),
			Details: []string{"without extended sequence numbers (ESN) the SA must be replaced before; the receiver drops these packets"},
			Hint:    fmt.Sprintf("on %s rekey by packets or bytes, or use ESN on both peers", src)}
	}
	return Text{Headline: fmt.Sprintf("%s: %s writes sequence numbers in the wrong byte order", Flow(x.Flow), src),
		Details: []string{"they count up only with their bytes reversed; a receiver with a replay window drops nearly all packets"},
		Hint:    fmt.Sprintf("update the software of %s; until then turn off the replay check on its peer", src)}
}

func pastTunnel(f *diagnose.Finding) Text {
	x, ok := f.Facts.(diagnose.PastTunnel)
	if !ok {
		return Text{}
	}
	pair, child := Clip(x.Local.String(), longestIdentity)+" to "+Clip(x.Remote.String(), longestIdentity), childSA(f)
	t := Text{Headline: fmt.Sprintf("%s unencrypted, past the tunnel, such as from %v to %v", Count(x.Packets, "packet"), x.Src, x.Dst),
		Details: []string{"the " + child + " is for " + pair},
		Hint:    fmt.Sprintf("on %v check that the IPsec policy is installed and no bypass policy or route comes before it", x.Near)}
	if n := x.Narrowed; n != nil {
		t.Headline += fmt.Sprintf(", which %v left out of the %s", n.By, child)
		t.Details = narrowing(n)
		t.Hint = fmt.Sprintf("on %v set the traffic selectors to those that its peer asks for, or change them on both peers", n.By)
	}
	if x.Deleted > 0 {
		who, gone := peer(f, x.DeletedBy), child
		if x.DeletedIKE {
			gone = "IKE SA"
		}
		t.Headline = fmt.Sprintf("%s unencrypted since %s deleted the %s in frame %d, such as from %v to %v", Count(x.Packets, "packet"), who, gone, x.Deleted, x.Src, x.Dst)
		t.Details = []string{"the " + child + " was for " + pair}
		t.Hint = hint(fmt.Sprintf("check the log of %s for why it deleted the %s", who, gone), "; let a policy drop such traffic without one")
	}
	if x.OwnAddress {
		t.Headline = fmt.Sprintf("%s unencrypted, past the tunnel, from the gateway's own address %v to %v", Count(x.Packets, "packet"), x.Src, x.Dst)
		t.Details = append(t.Details, fmt.Sprintf("cannot tell: %v translates addresses before IPsec, or the traffic is its own", x.Near))
		t.Hint = fmt.Sprintf("on %v exempt traffic to %s from NAT; its own traffic must have a source address in %s", x.Near, Clip(x.Remote.String(), longestIdentity),
			Clip(x.Local.String(), longestIdentity))
	}
	return t
}
