package diagnose

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// Rules about fragments that are missing: those of IKE, and those of IP.

const maxFragmentSets = 10

// fragments finds messages and packets of which a part is missing.
func (d *diagnosis) fragments() {
	var list []Finding
	for _, s := range d.Stories() {
		if readAfterDecryption(s.SA) {
			continue // the whole message stands decrypted in the place of its last fragment
		}
		sets := openSets1(s.SA)
		if s.SA.Version == 2 {
			sets = openSets2(s.SA)
		}
		for _, set := range sets {
			f := set.finding()
			f.Subject = subjectOf(s.SA)
			list = append(list, f)
		}
	}
	list = append(list, d.ipFragments()...)
	for i, f := range list {
		if i == maxFragmentSets {
			d.add(Finding{Code: f.Code, Severity: f.Severity, Facts: MoreOpen{Sets: len(list) - i}})
			break
		}
		d.edgeOfFragments(&f)
		d.add(f)
	}
}

// An openSet is a message of IKE whose fragments did not all come.
type openSet struct {
	what          Exchange
	fromInitiator bool
	numbers       []int // that came
	total         int   // 0: the last one did not come
	frames        []int
	answered      bool
}

func (s *openSet) finding() Finding {
	f := Finding{Code: CodeFragmentLost, Severity: Warning, Grade: Wire, From: SideOf(s.fromInitiator), Frames: Frames(s.frames...),
		Facts: OpenMessage{Exchange: s.what, Numbers: s.numbers, Total: s.total, Answered: s.answered}}
	if s.answered {
		f.Severity = Noteworthy
	}
	return f
}

// openSets1 are the messages of IKEv1 in fragments (payload 132) that never came together.
func openSets1(sa *ikesa.SA) (list []openSet) {
	type key struct {
		src netip.Addr
		id  uint16
	}
	at := make(map[key]int)
	for _, m := range sa.OpenFragments() {
		p, _ := decode.Find(m.Message.Payloads, ikev1.PayloadFragment)
		f, ok := p.Body.(*ikev1.Fragment)
		if !ok {
			continue
		}
		k := key{m.Src.Addr(), f.ID}
		i, ok := at[k]
		if !ok {
			i = len(list)
			at[k] = i
			list = append(list, openSet{what: Exchange{Type: m.Message.Exchange}, fromInitiator: m.Src.Addr() == sa.InitiatorAddr.Addr()})
		}
		s := &list[i]
		s.numbers, s.frames = append(s.numbers, int(f.Number)), append(s.frames, fragmentFrames(m)...)
		if f.Last {
			s.total = int(f.Number)
		}
		s.answered = s.answered || answeredAfter(sa, m, s.fromInitiator)
	}
	return list
}

func fragmentFrames(m *exchange.Message) []int {
	list := []int{m.Frame}
	for _, r := range m.Repeats {
		list = append(list, r.Frame)
	}
	return list
}

// answeredAfter reports whether the peer sent something new after m.
func answeredAfter(sa *ikesa.SA, m *exchange.Message, fromInitiator bool) bool {
	return slices.ContainsFunc(sa.Messages, func(o *ikesa.Message) bool { return o.FromInitiator != fromInitiator && o.After(m) })
}

// answersAtEnd reports whether the capture ends while the peer responds to m in IKE fragments of IKEv1.
func (d *diagnosis) answersAtEnd(sa *ikesa.SA, m *ikesa.Message) bool {
	return slices.ContainsFunc(openSets1(sa), func(s openSet) bool {
		last, ok := d.watch.Times.Of(slices.Max(s.frames))
		return ok && s.total == 0 && s.fromInitiator != m.FromInitiator && slices.Min(s.frames) > m.Frame && d.Session.Last.Sub(last) < atOnce
	})
}

// openSets2 are the messages of IKEv2 in fragments (RFC 7383) that lack some.
func openSets2(sa *ikesa.SA) (list []openSet) {
	for _, x := range sa.Exchanges {
		for _, group := range negotiation.FoldFragments(x.Messages) {
			if s, ok := openSet2(x, group); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

func openSet2(x *ikesa.Exchange, group []*ikesa.Message) (s openSet, ok bool) {
	for _, m := range group {
		f := negotiation.FragmentOf(m)
		if f == nil {
			return s, false
		}
		if int(f.Total) > s.total { // a sender may start again with smaller fragments
			s = openSet{what: Exchange{Type: x.Type, Numbered: true, Low: m.MessageID, High: m.MessageID}, fromInitiator: m.FromInitiator, total: int(f.Total)}
		}
		if int(f.Total) == s.total && !slices.Contains(s.numbers, int(f.Number)) {
			s.numbers, s.frames = append(s.numbers, int(f.Number)), append(s.frames, messageFrames(m)...)
		}
	}
	for _, m := range x.Messages {
		s.answered = s.answered || m.IsResponse() && !group[0].IsResponse()
	}
	return s, len(s.numbers) < s.total
}

// ipFragments are the packets of the outer network that lack fragments.
func (d *diagnosis) ipFragments() (list []Finding) {
	peers, inUDP := d.peers(), d.udpFlows()
	heard := sync.OnceValue(d.heardIndex) // of all messages, and few captures need it
	same := make(map[OpenPacket]int)      // of those of one shape, the first one's place in the list
	var cut []int
	cuts := 0
	for i := range d.Session.Incomplete {
		in := &d.Session.Incomplete[i]
		if d.leftOver(in) || !in.MayBeIPsec() {
			continue
		}
		if in.Cut {
			cuts++
			cut = append(cut, in.Frames...)
			continue
		}
		facts := OpenPacket{Kind: in.Kind, Protocol: in.Protocol, Src: in.Src, Dst: in.Dst, First: in.Front != nil, Have: in.Have, Want: in.Want,
			Traffic: in.Kind == capture.ESP || in.Kind == capture.AH || in.Protocol == ip.ProtoESP || in.Protocol == ip.ProtoAH}
		facts.Filtered = facts.First && in.Want == 0 && d.Session.FirstFragments
		if h, ok := headerIn(in.Front); ok && in.Kind == capture.IKE {
			facts.Begins, facts.Answered = h.Responder.IsZero(), heard().answered(in, h)
		}
		facts.PerhapsInUDP = !facts.Traffic && in.Kind == capture.Other && in.Protocol == ip.ProtoUDP && in.Front == nil && inUDP[negotiation.InOrder(in.Src, in.Dst)]
		f := Finding{Code: CodeFragmentLost, Severity: Warning, Grade: Wire, Frames: in.Frames, Facts: facts}
		if facts.Traffic || facts.PerhapsInUDP {
			f.Setting, f.RFC = SettingMTU, espFragmentRFC
		}
		if !peers[in.Src] && !peers[in.Dst] && in.Kind != capture.IKE || facts.Answered {
			f.Severity = Noteworthy // not IPsec's, or of no consequence
		}
		if at, ok := same[facts]; ok && in.Kind == capture.IKE { // sent again, as another packet
			again, _ := list[at].Facts.(OpenPacket)
			again.Again++
			list[at].Facts, list[at].Frames = again, Frames(append(slices.Clone(list[at].Frames), in.Frames...)...)
			continue
		}
		same[facts] = len(list)
		list = append(list, f)
	}
	if cuts > 0 {
		list = append([]Finding{{Code: CodeSnapLength, Severity: Warning, Grade: Wire,
			Frames: []int{slices.Min(cut), slices.Max(cut)}, Span: true, Facts: CutFragments{Packets: cuts}}}, list...)
	}
	return list
}

// cutOffAfter reports whether a side of an IKE SA sent a message, after all that the capture has whole of the IKE SA, of which IP fragments
// are missing: the header, with both SPIs, is in the first fragment.
func (d *diagnosis) cutOffAfter(sa *ikesa.SA, from Side) bool {
	last := sa.Messages[len(sa.Messages)-1].Frame
	src := hostOf(sa, from)
	return slices.ContainsFunc(d.Session.Incomplete, func(in capture.Incomplete) bool {
		if in.Kind != capture.IKE || in.Src != src || slices.Max(in.Frames) < last {
			return false
		}
		h, ok := headerIn(in.Front)
		return ok && h.Initiator == sa.Initiator && !h.Responder.IsZero()
	})
}

// A heardKey is what a host sent of an exchange of an IKE SA.
type heardKey struct {
	spi      decode.SPI // the initiator's
	src      netip.Addr
	exchange decode.ExchangeType
	id       uint32
	response bool // of IKEv2
}

// A heardIndex has the last frame of what each host sent, whole or not, and of the last request of IKEv2: only who received all of a message responds, and who received
// all of a response goes on.
type heardIndex struct {
	last    map[heardKey]int
	request map[heardKey]heardRequest // without exchange and ID
}

type heardRequest struct {
	id    uint32
	frame int
}

func (d *diagnosis) heardIndex() *heardIndex {
	x := &heardIndex{make(map[heardKey]int), make(map[heardKey]heardRequest)}
	for _, sa := range d.Session.SAs {
		for _, m := range sa.Messages {
			x.add(m.Src.Addr(), m.Frame, m.Header)
		}
	}
	for i := range d.Session.Incomplete {
		if in := &d.Session.Incomplete[i]; in.Kind == capture.IKE {
			if h, ok := headerIn(in.Front); ok {
				x.add(in.Src, slices.Min(in.Frames), h)
			}
		}
	}
	return x
}

func heardKeyOf(src netip.Addr, h decode.Header) heardKey {
	return heardKey{h.Initiator, src, h.Exchange, h.MessageID, h.Major() == 2 && h.Flags&ikev2.FlagResponse != 0}
}

func (x *heardIndex) add(src netip.Addr, frame int, h decode.Header) {
	k := heardKeyOf(src, h)
	x.last[k] = max(x.last[k], frame)
	if host := (heardKey{spi: k.spi, src: src}); h.Major() == 2 && !k.response && (x.request[host].frame == 0 || h.MessageID > x.request[host].id) {
		x.request[host] = heardRequest{h.MessageID, frame}
	}
}

// answered reports whether the host that an incomplete message is for received all of it.
func (x *heardIndex) answered(in *capture.Incomplete, h decode.Header) bool {
	after, k := slices.Max(in.Frames), heardKeyOf(in.Dst, h)
	if k.response {
		next := x.request[heardKey{spi: k.spi, src: k.src}]
		return next.frame > after && next.id > h.MessageID
	}
	k.response = h.Major() == 2
	return x.last[k] > after
}

// headerIn is the header of IKE in the front of an IP packet.
func headerIn(front []byte) (h decode.Header, ok bool) {
	at, ok := ip.Parse(front)
	if !ok {
		return h, false
	}
	_, b, _ := at.Upper(front) // as far as it came
	udp, ok := ip.ParseUDP(b)
	if !ok {
		return h, false
	}
	if b = b[ip.UDPLen:]; udp.Dst == capture.PortNATT || udp.Src == capture.PortNATT {
		const marker = 4 // bytes
		b = b[min(marker, len(b)):]
	}
	h, err := decode.ParseHeader(b)
	return h, err == nil
}

// leftOver reports whether fragments are what decryption leaves behind: the packet that the last of them completed stands
// decrypted in its place.
func (d *diagnosis) leftOver(in *capture.Incomplete) bool {
	if in.Protocol != ip.ProtoESP && in.Protocol != ip.ProtoAH && in.Kind != capture.ESP {
		return false
	}
	if c := d.Session.Counts; c.ESP == 0 && d.watch.Clear.Packets > 0 {
		return true
	}
	return slices.ContainsFunc(d.Session.SAs, func(sa *ikesa.SA) bool {
		return negotiation.HostsOf(sa) == negotiation.InOrder(in.Src, in.Dst) && readAfterDecryption(sa)
	})
}

// readAfterDecryption reports whether messages of sa that must be encrypted are unencrypted.
func readAfterDecryption(sa *ikesa.SA) bool {
	_, frame := negotiation.AlreadyDecrypted(sa)
	return frame > 0
}
