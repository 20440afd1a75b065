package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// A Tunnel is what an index of a capture has a line for: an IKE SA with those that replaced it and the traffic that they negotiated; attempts
// between two hosts that failed in the same way; or traffic between two hosts whose negotiation is not in the capture.
type Tunnel struct {
	Initiator, Responder     string // addresses; without IKE the host that sent first is in front
	InitiatorID, ResponderID *Identity
	Version                  int // of IKE; 0: no IKE SA
	Established              bool
	Children                 int // Child SAs, or pairs of IPsec SAs, that came up
	FirstFrame               int
	Verdict                  Verdict

	IKE      []int // of SAs.IKE and Timeline.SAs, the first one in front
	SAs      []int // of SAs.SAs, those with packets
	Unknown  []int // of SAs.Unknown
	Findings []int // of Diagnosis.Findings, in their order

	// Messages are IKE messages as the timeline lists them, MessagesOpened and MessagesClosed those that were encrypted. Packets are of ESP and AH,
	// each counted once whatever is inside it.
	Messages, MessagesOpened, MessagesClosed int
	Packets, PacketsOpened                   int
}

// Attempts are how many IKE SAs t stands for where none of them came up.
func (t *Tunnel) Attempts() int {
	if t.Established {
		return 0
	}
	return len(t.IKE)
}

// Tunnels lists the tunnels of a capture in the order of their first frames. Its indexes are those of the other models of the same Reading.
func (x *Reading) Tunnels(t *Timeline, sas *SAs, d *Diagnosis, rates *traffic.Rates) []Tunnel {
	b := &tunnelBuilder{Reading: x, ofSA: make(map[*ikesa.SA]*tunnelParts), reauth: make(map[*ikesa.SA]*tunnelParts), ofHosts: make(map[negotiation.Hosts]*tunnelParts),
		ofFlow: make(map[traffic.Flow][]*tunnelParts), between: make(map[negotiation.Hosts][]*tunnelParts)}
	b.addIKE(t, sas)
	b.addTraffic(sas, rates)
	slices.SortStableFunc(b.list, func(a, o *tunnelParts) int { return cmp.Compare(a.FirstFrame, o.FirstFrame) })
	b.addFindings(d)
	list := make([]Tunnel, len(b.list))
	doubts := make(map[negotiation.Hosts][]diagnose.Doubt)
	for _, x := range d.doubts {
		doubts[x.Hosts] = append(doubts[x.Hosts], x)
	}
	for i, p := range b.list {
		p.Verdict = p.judge(doubts)
		list[i] = p.Tunnel
	}
	return list
}

// tunnelParts are a Tunnel with what finds it.
type tunnelParts struct {
	Tunnel
	hosts    []negotiation.Hosts
	findings []diagnose.Finding // as far as a verdict needs them
}

// A tunnelBuilder puts the parts of a capture together to tunnels.
type tunnelBuilder struct {
	*Reading
	list    []*tunnelParts
	ofSA    map[*ikesa.SA]*tunnelParts
	reauth  map[*ikesa.SA]*tunnelParts         // which an IKE SA goes on with, since it takes the place of one that was deleted
	ofHosts map[negotiation.Hosts]*tunnelParts // of traffic alone
	ofFlow  map[traffic.Flow][]*tunnelParts    // without addresses
	between map[negotiation.Hosts][]*tunnelParts
}

func (b *tunnelBuilder) add(p *tunnelParts) *tunnelParts {
	b.list = append(b.list, p)
	return p
}

// meet notes that a tunnel is between two hosts.
func (b *tunnelBuilder) meet(p *tunnelParts, h negotiation.Hosts) {
	if !slices.Contains(p.hosts, h) {
		p.hosts = append(p.hosts, h)
		b.between[h] = append(b.between[h], p)
	}
}

// A failureKey says how an attempt failed: those alike between the same hosts are one line.
type failureKey struct {
	version              int
	initiator, responder netip.Addr
	course               string // of its exchanges
}

// addIKE makes the tunnels of IKE SAs.
func (b *tunnelBuilder) addIKE(t *Timeline, sas *SAs) {
	failed := make(map[failureKey]*tunnelParts)
	for i, sa := range b.Session.SAs {
		p := b.predecessor(sa)
		k, fails := failureOf(sa, &t.SAs[i])
		if p == nil && fails {
			p = failed[k]
		}
		if p == nil {
			ike := &sas.IKE[i]
			p = b.add(&tunnelParts{Tunnel: Tunnel{Initiator: ike.InitiatorAddr, Responder: ike.ResponderAddr, Version: ike.Version}})
		}
		if fails {
			failed[k] = p
		}
		b.ofSA[sa] = p
		b.succeed(sa, p)
		p.addIKE(i, &sas.IKE[i], &t.SAs[i])
		for _, c := range sa.Children {
			if c.Complete {
				p.Children++
			}
		}
		b.meet(p, negotiation.HostsOf(sa))
	}
}

// predecessor is the tunnel that an IKE SA goes on with, since it replaces one of it; nil: it begins anew.
func (b *tunnelBuilder) predecessor(sa *ikesa.SA) *tunnelParts {
	if l := b.Family().Rekeyed(sa); l.Kind != negotiation.NoLineage {
		return b.ofSA[l.From]
	}
	if !sa.Established {
		return nil
	}
	return b.reauth[sa]
}

// succeed notes the IKE SA that goes on with a tunnel when sa is deleted.
func (b *tunnelBuilder) succeed(sa *ikesa.SA, p *tunnelParts) {
	m := negotiation.IKEDelete(sa)
	if m == nil {
		return
	}
	if next := b.Family().Successor(sa, m).SA; next != nil && b.reauth[next] == nil {
		b.reauth[next] = p
	}
}

// failureOf says how an IKE SA failed that did not come up; ok is false where it did, or nothing tells.
func failureOf(sa *ikesa.SA, t *TimelineSA) (k failureKey, ok bool) {
	if sa.Established || len(t.Exchanges) == 0 {
		return k, false
	}
	var course strings.Builder
	for i := range t.Exchanges {
		x := &t.Exchanges[i]
		fmt.Fprintf(&course, "%s %s %s %s %d;", x.Type, x.Outcome.Code, x.Outcome.Notify, x.Outcome.From, len(x.Messages))
	}
	return failureKey{sa.Version, sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr(), course.String()}, true
}

// addIKE takes an IKE SA in.
func (p *tunnelParts) addIKE(i int, ike *IKESA, t *TimelineSA) {
	p.IKE = append(p.IKE, i)
	p.Established = p.Established || ike.Established
	p.InitiatorID, p.ResponderID = cmp.Or(p.InitiatorID, ike.InitiatorID), cmp.Or(p.ResponderID, ike.ResponderID)
	for k := range t.Exchanges {
		for n := range t.Exchanges[k].Messages {
			m := &t.Exchanges[k].Messages[n]
			p.Messages++
			switch m.State {
			case StateOpened, StatePartly:
				p.MessagesOpened++
			case StateClosed:
				p.MessagesClosed++
			}
			p.begin(m.Frame)
		}
	}
}

func (p *tunnelParts) begin(frame int) {
	if p.FirstFrame == 0 || frame < p.FirstFrame {
		p.FirstFrame = frame
	}
}

// addTraffic gives the SAs and flows to the tunnels that they belong to.
func (b *tunnelBuilder) addTraffic(sas *SAs, rates *traffic.Rates) {
	for i, group := range b.Groups() {
		t := &sas.SAs[i]
		if t.Packets == 0 {
			continue
		}
		f := traffic.OfSA(group[0])
		if s := rates.Of(group); s != nil && (!f.Src.IsValid() || !f.Dst.IsValid()) {
			f.Src, f.Dst = s.Src.Addr(), s.Dst.Addr()
		}
		p := b.carrier(f, t.FirstFrame)
		p.SAs = append(p.SAs, i)
		n := rates.Opened(group)
		p.Packets, p.PacketsOpened = p.Packets+n, p.PacketsOpened+n
	}
	for i, u := range b.Session.Unknown {
		p := b.carrier(traffic.OfClosed(u), u.First)
		p.Unknown = append(p.Unknown, i)
		if !u.Inside {
			p.Packets += u.Packets
		}
	}
}

// carrier is the tunnel that a flow belongs to: that of the IKE SA that negotiated it, or most likely did; else that of its hosts.
func (b *tunnelBuilder) carrier(f traffic.Flow, first int) *tunnelParts {
	f.Src, f.Dst = f.Src.Unmap(), f.Dst.Unmap()
	h := negotiation.InOrder(f.Src, f.Dst)
	p := b.ofSA[b.Child(negotiation.ChildKey{Protocol: f.Protocol, SPI: f.SPI}).SA]
	if p == nil {
		p = b.likely(h, first)
	}
	if p == nil {
		p = b.ofHosts[h]
	}
	if p == nil {
		p = b.add(&tunnelParts{Tunnel: Tunnel{Initiator: addrName(f.Src.IsValid(), f.Src.String()), Responder: addrName(f.Dst.IsValid(), f.Dst.String())}})
		b.ofHosts[h] = p
	}
	b.meet(p, h)
	k := traffic.Flow{Protocol: f.Protocol, SPI: f.SPI}
	b.ofFlow[k] = append(b.ofFlow[k], p)
	p.begin(first)
	return p
}

// likely is the tunnel of the IKE SA that most likely negotiated a flow, of one that came up or whose messages do not tell; nil: there is none.
func (b *tunnelBuilder) likely(h negotiation.Hosts, first int) *tunnelParts {
	sa := b.Owner(h, first)
	if sa == nil || negotiation.Begins(sa) && !sa.Established && !slices.ContainsFunc(sa.Messages, func(m *ikesa.Message) bool { return m.State == ikesa.Closed }) {
		return nil
	}
	return b.ofSA[sa]
}

// addFindings gives the findings to the tunnels that they are about. Those about the capture as a whole are nobody's.
func (b *tunnelBuilder) addFindings(d *Diagnosis) {
	byName := make(map[string]*tunnelParts)
	for i := range b.Session.SAs {
		sa := b.Session.SAs[i]
		byName[cookies(sa)] = b.ofSA[sa]
	}
	frames := b.frames()
	for i := range d.Findings {
		f := &d.Findings[i]
		var about []*tunnelParts
		add := func(list ...*tunnelParts) {
			for _, p := range list {
				if p != nil && (len(about) == 0 || about[len(about)-1] != p) {
					about = append(about, p)
				}
			}
		}
		add(byName[f.IKE])
		for _, name := range f.also {
			add(byName[name])
		}
		for _, flow := range f.flows {
			add(b.ofFlow[traffic.Flow{Protocol: flow.Protocol, SPI: flow.SPI}]...)
		}
		if len(about) == 0 {
			add(b.between[f.hosts]...)
		}
		if f.IKE == "" && !slices.Contains(ofCapture, f.Code.Info().Class) { // else a frame may be evidence from another IKE SA
			for _, n := range f.Frames {
				add(frames[n])
			}
		}
		for _, p := range about {
			if n := len(p.Findings); n == 0 || p.Findings[n-1] != i {
				p.Findings = append(p.Findings, i)
				p.findings = append(p.findings, diagnose.Finding{Code: f.Code, Severity: f.worst})
			}
		}
	}
}

// frames has the tunnels by the frames of their IKE messages, of those that were sent again, too.
func (b *tunnelBuilder) frames() map[int]*tunnelParts {
	at := make(map[int]*tunnelParts)
	for _, sa := range b.Session.SAs {
		for _, m := range sa.Messages {
			at[m.Frame] = b.ofSA[sa]
			for _, r := range m.Repeats {
				at[r.Frame] = b.ofSA[sa]
			}
		}
	}
	return at
}

// judge says whether the tunnel works, as the diagnosis does of all.
func (p *tunnelParts) judge(between map[negotiation.Hosts][]diagnose.Doubt) Verdict {
	var doubts []diagnose.Doubt
	for _, h := range p.hosts {
		doubts = append(doubts, between[h]...)
	}
	v := diagnose.Judge(p.findings, doubts)
	redirected := func(f diagnose.Finding) bool { return f.Code == diagnose.CodeRedirected }
	if v == VerdictHealthy && p.Version != 0 && !p.Established && p.Packets == 0 && !slices.ContainsFunc(p.findings, redirected) {
		return VerdictUnknown // others between the same hosts came up
	}
	return v
}
