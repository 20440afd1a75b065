package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Verdict says whether the tunnels of a capture work.
type Verdict string

// The verdicts.
const (
	VerdictHealthy Verdict = "healthy" // they came up, and traffic flows both ways
	VerdictProblem Verdict = "problem" // something is wrong
	VerdictUnknown Verdict = "unknown" // nothing wrong was seen, but not enough was seen
)

// A Result is the diagnosis of a capture.
type Result struct {
	Findings []Finding // the worst first
	Doubts   []Doubt   // what keeps a capture without a fault from being called healthy
	Verdict  Verdict
}

// A Doubt is something that must be seen of a tunnel that works, and was not.
type Doubt struct {
	Why      Lack
	Hosts    negotiation.Hosts
	From     netip.Addr // whose packets alone were seen
	Frame    int        // of the message after which none began, or of what may be a Delete
	Src, Dst netip.Addr // of the first packets in the clear that began after that
	Flow     traffic.Flow
	// Anew is the frame in which the initiator of an IKE SA began another one as soon as it had the IKE_AUTH response; 0: none did.
	Anew int
}

// A Lack is what was not seen.
type Lack uint8

// What may not be seen.
const (
	LacksChild      Lack = iota // a Child SA that came up
	LacksESP                    // any packet of ESP or AH
	LacksReply                  // one from the other host than From
	LacksIKE                    // the negotiation, or a key
	LacksHandshake              // a handshake inside that ends: a host tries again and again
	LacksAnswers                // packets of the other host than From at the end
	LacksInside                 // the content of ESP or AH inside other packets
	LacksIPsec                  // anything of IPsec
	LacksAKA                    // the key of what an IMS registration set up
	LacksOwnESP                 // ESP or AH of an IKE SA whose IKE_AUTH ended in Doubt.Frame
	LacksQuickESP               // ESP or AH after a Quick Mode that ended in Doubt.Frame
	LacksCreatedESP             // likewise, a CREATE_CHILD_SA
	LacksEnd                    // whether it was deleted in Doubt.Frame, before packets in the clear
	LacksOnSA                   // anything that came back while Doubt.Flow had packets
	LacksCover                  // ESP or AH for packets from Doubt.Src to Doubt.Dst, which it carried until they came in the clear from Doubt.Frame on
)

// Unproven is what was not seen of the tunnels.
type Unproven struct {
	Doubts []Doubt
	Sound  int // other tunnels, which carried traffic both ways
}

// Judge says what findings and doubts amount to. Weaknesses, notes, and traffic that nobody gave a key for change nothing.
func Judge(list []Finding, doubts []Doubt) Verdict {
	verdict := VerdictHealthy
	if len(doubts) > 0 {
		verdict = VerdictUnknown
	}
	for i := range list {
		f := &list[i]
		switch class := f.Code.Info().Class; {
		case class == Unseen:
			verdict = VerdictUnknown
		case f.Severity == Noteworthy, class == Weakness && f.Severity != Problem:
		case f.Severity == Warning && (class == Secret || class == Sight):
			verdict = VerdictUnknown
		default:
			return VerdictProblem
		}
	}
	return verdict
}

// waysOf are the directions between the hosts of a tunnel that have packets.
func (d *diagnosis) waysOf(t *tunnel) []*traffic.Way { return d.waysBetween(t.hosts) }

func (d *diagnosis) waysBetween(hosts negotiation.Hosts) (list []*traffic.Way) {
	for _, h := range [...][2]netip.Addr{{hosts[0], hosts[1]}, {hosts[1], hosts[0]}} {
		if w := d.watch.Duplex.Way(h[0], h[1]); w != nil {
			list = append(list, w)
		}
	}
	return list
}

// backsOff reports whether a host sends the same again after twice the time each time, as TCP does where nobody answers, at the end.
func (d *diagnosis) backsOff(t *tunnel) bool {
	return slices.ContainsFunc(d.waysOf(t), func(w *traffic.Way) bool { return w.Backoff })
}

// goesUnanswered reports whether a host, which becomes that of x, goes on at the end while nothing comes back: for long, not decrypted, or with what was
// answered before, and sooner.
func (d *diagnosis) goesUnanswered(t *tunnel, x *Doubt) bool {
	const times = 4
	for _, w := range d.waysOf(t) {
		s := &w.Now
		if !t.open && forLong(s) && s.Lasted() >= times*w.Slowest || d.overdue(w, s) {
			x.From = w.Src
			return true
		}
	}
	return false
}

// silentSA reports whether nothing came back for long while an SA, which becomes that of x, had its last packets, though the hosts have another one that works. Without its
// keys nobody knows whether it asked for anything.
func (d *diagnosis) silentSA(t *tunnel, x *Doubt) bool {
	for _, w := range d.waysOf(t) {
		for i := range w.Over {
			if s := &w.Over[i]; s.Resumed && forLong(s) && d.endsFlow(s) {
				x.Flow = s.Flow
				return true
			}
		}
	}
	return false
}

// forLong reports whether a host went on for so long that a response would have come.
func forLong(s *traffic.Silence) bool {
	const long, often = 2 * time.Second, 5
	return s.Moments >= often && s.Lasted() >= long
}

// overdue reports whether packets like those that were answered before wait at the end for several times as long as any did.
func (d *diagnosis) overdue(w *traffic.Way, s *traffic.Silence) bool {
	const shortest, times = 500 * time.Millisecond, 4
	asked := s.Usual*10 >= s.Packets*8
	if s.Asks[traffic.AskUnknown] == 0 {
		asked = s.Hard() >= hardAsks && d.stoppedAnswering(s)
	}
	return asked && s.Moments >= hardAsks && s.Since.Frame != 0 && s.Lasted() >= max(shortest, times*w.Slowest)
}

// startsNothing reports whether an IKE SA was negotiated whole, beside another one of the same hosts, and no ESP or AH flow began after it,
// in a while: without its keys nobody knows whether its Child SA was rejected. x becomes that about it; begun is what lastBegun gives.
func (d *diagnosis) startsNothing(t *tunnel, begun map[[2]netip.Addr]int, x *Doubt) bool {
	const enough = 2 * time.Second // for the first packet to come
	all := d.Family().Between(t.hosts)
	if len(all) < 2 {
		return false
	}
	last := max(begun[t.hosts], begun[[2]netip.Addr{t.hosts[1], t.hosts[0]}])
	for _, sa := range all {
		if answer := unreadAuth(sa); answer != nil && d.Session.Last.Sub(answer.Time) >= enough && last < answer.Frame {
			x.Frame = answer.Frame
			return true
		}
	}
	return false
}

// lacksChild makes x that no Child SA of a tunnel was seen, nor a packet; or that a log or a kernel's table alone tells of one; or what an exchange that
// may have set one up, and is not decrypted, leaves open.
func (d *diagnosis) lacksChild(t *tunnel, x *Doubt) {
	x.Why = LacksChild
	if d.givenBetween(t.hosts) {
		x.Why = LacksESP
		return
	}
	for _, sa := range d.Family().Between(t.hosts) {
		if d.upAsTold(sa) != nil {
			x.Why = LacksESP
			return
		}
		if answer := unreadAuth(sa); answer != nil {
			x.Why, x.Frame = LacksOwnESP, answer.Frame
		}
		s := d.story(sa)
		for _, q := range s.Exchanges() {
			o := s.Outcome(q)
			if o == nil || o.Code != negotiation.Closed {
				continue
			}
			switch last := q.Messages[len(q.Messages)-1]; {
			case q.Type == ikev1.ExchangeQuick && o.Whole:
				x.Why, x.Frame = LacksQuickESP, last.Frame
			case q.Type == ikev2.ExchangeCreateChild && wentThrough(s, q):
				x.Why, x.Frame = LacksCreatedESP, last.Frame
			}
		}
	}
}

// lastBegun are the frames in which the last flow of ESP or AH began, by its source and destination.
func (d *diagnosis) lastBegun() map[[2]netip.Addr]int {
	begun := make(map[[2]netip.Addr]int)
	add := func(src, dst netip.Addr, frame int) {
		k := [2]netip.Addr{src, dst}
		begun[k] = max(begun[k], frame)
	}
	for _, u := range d.ClosedFlows() {
		add(u.Src, u.Dst, u.First)
	}
	for _, f := range d.flows() {
		add(f.About.Src, f.About.Dst, f.Stats.First.Frame)
	}
	return begun
}

// unreadAuth is the last response of IKE_AUTH, which is not decrypted, in an IKE SA of IKEv2 that is in the capture from its first message
// on, and of which nothing more is than IKE_AUTH; nil: there is none.
func unreadAuth(sa *ikesa.SA) (answer *ikesa.Message) {
	if sa.Version != 2 || !negotiation.Begins(sa) {
		return nil
	}
	for _, m := range sa.Messages {
		switch t := negotiation.TypeOf(m); {
		case t == ikev2.ExchangeAuth && m.IsResponse() && m.State == ikesa.Closed && !m.Cut:
			answer = m
		case t != ikev2.ExchangeAuth && t != ikev2.ExchangeSAInit:
			return nil
		}
	}
	return answer
}

// doubts are what was not seen of tunnels that work, and how many others there are. Without a key packets of ESP and AH both ways show that a Child SA
// came up.
func (d *diagnosis) doubts() (list []Doubt, sound int) {
	tunnels := d.tunnels()
	if len(tunnels) == 0 && len(d.flows()) == 0 { // flows of IPComp alone are no tunnel
		return []Doubt{{Why: LacksIPsec}}, 0
	}
	begun := d.lastBegun()
	for _, t := range tunnels {
		x := Doubt{Hosts: t.hosts}
		for from := range t.sent {
			x.From = from
		}
		if len(t.sent) == 0 {
			x.Anew, x.From = d.begunAnew(t.hosts)
		}
		switch {
		case d.redirectedAway(t):
			continue
		case len(t.sent) == 0 && d.workedByLog(t.hosts):
			sound++
			continue
		case len(t.sent) == 0 && !t.up:
			d.lacksChild(t, &x)
		case len(t.sent) == 0:
			x.Why = LacksESP
		case len(t.sent) == 1 && !t.alone:
			x.Why = LacksReply
		case !t.ike && !t.open && d.registers(t.hosts):
			x.Why = LacksAKA
		case !t.ike && !t.open:
			x.Why = LacksIKE
		case !t.open && d.backsOff(t):
			x.Why = LacksHandshake
		case d.goesUnanswered(t, &x), d.checksInVain(t, &x):
			x.Why = LacksAnswers
		case d.silentSA(t, &x):
			x.Why = LacksOnSA
		case d.startsNothing(t, begun, &x):
			x.Why = LacksOwnESP
		case d.endsInClear(t, &x):
			x.Why = LacksEnd
		case len(tunnels) == 1 && d.leavesTunnel(t, &x):
			x.Why = LacksCover
		default:
			if len(t.sent) == len(t.hosts) {
				sound++
			}
			continue
		}
		list = append(list, x)
	}
	inside := make(map[negotiation.Hosts]bool)
	for _, u := range d.ClosedFlows() {
		if h := negotiation.InOrder(u.Src, u.Dst); u.Inside && !inside[h] {
			inside[h] = true
			list = append(list, Doubt{Why: LacksInside, Hosts: h})
		}
	}
	return list, sound
}

// registers reports whether one of two hosts is a phone that registered with the other one.
func (d *diagnosis) registers(h negotiation.Hosts) bool {
	return slices.ContainsFunc(d.Session.IMS, func(r *ikedecode.IMSRegistration) bool { return negotiation.InOrder(r.UE, r.PCSCF) == h })
}

// unsaid are the doubts that no finding says.
func unsaid(list []Finding, doubts []Doubt) []Doubt {
	said := make(map[negotiation.Hosts]bool)
	for i := range list {
		if x, ok := list[i].Facts.(NoTraffic); ok {
			said[x.Hosts] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(doubts), func(x Doubt) bool { return x.Why == LacksESP && said[x.Hosts] })
}
