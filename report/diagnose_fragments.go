package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/internal/ip"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/diagnose"
)

// Rules about fragments that are missing: those of IKE, and those of IP.

const (
	fragmentHint = "something on the way drops IP fragments: let IKE make its messages small enough itself (IKE fragmentation), " +
		"and lower the MTU inside the tunnel"
	// espFragmentHint is for packets of ESP and AH, which IKE's own fragments (RFC 7383) do nothing for.
	espFragmentHint = "something on the way drops IP fragments: lower the MTU inside the tunnel and the MSS of TCP, so that ESP packets fit " +
		"into one packet (RFC 4459), or let fragments through"
	espFragmentRFC   = "RFC 4303, 3.3.4; RFC 4459"
	maxFragmentSets  = 10
	maxFragmentNames = 8 // of one message
)

// fragments finds messages and packets of which a part is missing.
func (d *diagnosis) fragments() {
	var list []Finding
	for _, s := range d.stories {
		if readAfterDecryption(s.sa) {
			continue // the whole message stands decrypted in the place of its last fragment
		}
		sets := openSets1(s.sa)
		if s.sa.Version == 2 {
			sets = openSets2(s.sa)
		}
		for _, set := range sets {
			f := set.finding()
			f.sa = s.sa
			list = append(list, f)
		}
	}
	list = append(list, d.ipFragments()...)
	for i, f := range list {
		if i == maxFragmentSets {
			d.add(Finding{Code: f.Code, Severity: f.Severity, Text: fmt.Sprintf("%d more sets of fragments are incomplete", len(list)-i)})
			break
		}
		d.add(f)
	}
}

// An openSet is a message of IKE whose fragments did not all come.
type openSet struct {
	what          string // "Main Mode"
	fromInitiator bool
	numbers       []int // that came
	total         int   // 0: the last one did not come
	frames        []int
	answered      bool
}

// missing names the numbers that did not come: "2 and 4 of 4", "everything after 3".
func (s *openSet) missing() string {
	var names []string
	last := s.total
	if last == 0 {
		last = slices.Max(s.numbers)
	}
	for n := 1; n <= last && len(names) < maxFragmentNames; n++ {
		if !slices.Contains(s.numbers, n) {
			names = append(names, fmt.Sprint(n))
		}
	}
	switch {
	case s.total == 0 && len(names) == 0:
		return fmt.Sprintf("everything after fragment %d", last)
	case s.total == 0:
		return fmt.Sprintf("fragment %s and everything after %d", strings.Join(names, ", "), last)
	}
	return fmt.Sprintf("fragment %s of %d", strings.Join(names, ", "), s.total)
}

func (s *openSet) finding() Finding {
	f := Finding{Code: "fragment-lost", Severity: SeverityWarning, Frames: frames(s.frames...),
		Text: fmt.Sprintf("%s: %s of a message of the %s is missing", s.what, s.missing(), side(s.fromInitiator)),
		Hint: "one fragment is enough to lose the message: look for packets of that size that are dropped, or make IKE's fragments smaller"}
	if s.answered {
		f.Severity, f.Hint = SeverityNote, ""
		f.Text += "; its receiver has it, for it answers: the capture alone lacks it"
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
			list = append(list, openSet{what: m.Message.Exchange.String(), fromInitiator: m.Src.Addr() == sa.InitiatorAddr.Addr()})
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

// answeredAfter reports whether the other side sent something new after m.
func answeredAfter(sa *ikesa.SA, m *exchange.Message, fromInitiator bool) bool {
	return slices.ContainsFunc(sa.Messages, func(o *ikesa.Message) bool { return o.FromInitiator != fromInitiator && o.Time.After(m.Time) })
}

// openSets2 are the messages of IKEv2 in fragments (RFC 7383) that lack some.
func openSets2(sa *ikesa.SA) (list []openSet) {
	for _, x := range sa.Exchanges {
		for _, group := range foldFragments(x.Messages) {
			if s, ok := openSet2(x, group); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

func openSet2(x *ikesa.Exchange, group []*ikesa.Message) (s openSet, ok bool) {
	for _, m := range group {
		f := fragmentOf(m)
		if f == nil {
			return s, false
		}
		if int(f.Total) > s.total { // a sender may start again with smaller fragments
			s = openSet{what: fmt.Sprintf("%v 0x%08x", x.Type, m.MessageID), fromInitiator: m.FromInitiator, total: int(f.Total)}
		}
		if int(f.Total) == s.total && !slices.Contains(s.numbers, int(f.Number)) {
			s.numbers, s.frames = append(s.numbers, int(f.Number)), append(s.frames, messageFrames(m)...)
		}
	}
	for _, m := range x.Messages {
		s.answered = s.answered || isResponse(m) && !isResponse(group[0])
	}
	return s, len(s.numbers) < s.total
}

// ipFragments are the packets of the outer network that lack fragments.
func (d *diagnosis) ipFragments() (list []Finding) {
	peers, inUDP := d.peers(), d.udpFlows()
	var cut []int
	cuts := 0
	for i := range d.session.Incomplete {
		in := &d.session.Incomplete[i]
		if d.leftOver(in) || !in.MayBeIPsec() {
			continue
		}
		if in.Cut {
			cuts++
			cut = append(cut, in.Frames...)
			continue
		}
		f := Finding{Code: "fragment-lost", Severity: SeverityWarning, Frames: in.Frames, Hint: fragmentHint,
			Text: fmt.Sprintf("%s from %v to %v is not whole: %s", incompleteName(in), in.Src, in.Dst, incompleteText(in))}
		if in.Kind == capture.ESP || in.Kind == capture.AH || in.Protocol == ip.ProtoESP || in.Protocol == ip.ProtoAH {
			f.ofTraffic()
		} else if in.Kind == capture.Other && in.Protocol == ip.ProtoUDP && in.Front == nil && inUDP[hostPair(in.Src, in.Dst)] {
			f.ofTraffic()
			f.Hint = "most likely a part of ESP in UDP: " + f.Hint
		}
		if !peers[in.Src] && !peers[in.Dst] {
			f.Severity, f.Hint = SeverityNote, "" // not IPsec's
		}
		list = append(list, f)
	}
	if cuts > 0 {
		list = append([]Finding{{Code: "snap-length", Severity: SeverityWarning, Frames: []int{slices.Min(cut), slices.Max(cut)}, span: true,
			Text: count(cuts, "IP packet") + " in fragments that the snap length cut: closed", Hint: "capture whole packets: tcpdump -s 0"}}, list...)
	}
	return list
}

// ofTraffic makes f, about an IP fragment, one about ESP or AH.
func (f *Finding) ofTraffic() {
	f.Hint, f.setting, f.RFC = espFragmentHint, diagnose.SettingMTU, espFragmentRFC
}

func incompleteName(in *capture.Incomplete) string {
	switch {
	case in.Kind != capture.Other:
		return "an IP packet of " + in.Kind.String()
	case in.Protocol == ip.ProtoTCP:
		return "a TCP stream"
	}
	return "an IP packet of " + protocolName(in.Protocol)
}

// incompleteText says what is missing.
func incompleteText(in *capture.Incomplete) string {
	switch {
	case in.Protocol == ip.ProtoTCP:
		return fmt.Sprintf("a segment is missing (%d bytes came behind it)", in.Have)
	case in.Front == nil && in.Want == 0:
		return fmt.Sprintf("its first and its last fragment are missing (%d bytes came)", in.Have)
	case in.Front == nil:
		return fmt.Sprintf("its first fragment is missing (%d of %d bytes came)", in.Have, in.Want)
	case in.Want == 0:
		return fmt.Sprintf("its last fragment is missing (%d bytes came)", in.Have)
	}
	return fmt.Sprintf("a fragment in the middle is missing (%d of %d bytes came)", in.Have, in.Want)
}

// leftOver reports whether fragments are what decryption leaves behind: the packet that the last of them completed stands
// decrypted in its place.
func (d *diagnosis) leftOver(in *capture.Incomplete) bool {
	if in.Protocol != ip.ProtoESP && in.Protocol != ip.ProtoAH && in.Kind != capture.ESP {
		return false
	}
	if c := d.session.Counts; c.ESP == 0 && d.watch.clear > 0 {
		return true
	}
	return slices.ContainsFunc(d.session.SAs, func(sa *ikesa.SA) bool {
		a, b := sa.InitiatorAddr.Addr(), sa.ResponderAddr.Addr()
		return readAfterDecryption(sa) && (in.Src == a && in.Dst == b || in.Src == b && in.Dst == a)
	})
}

// readAfterDecryption reports whether messages of sa that must be encrypted are in the clear.
func readAfterDecryption(sa *ikesa.SA) bool {
	n, _ := alreadyDecrypted(sa)
	return n > 0 || clearFrame2(sa) > 0
}

// onlyEncrypted are payloads of IKEv2 that go out in an encrypted payload alone; unlike notifications, which a host without an
// IKE SA sends in the clear (RFC 7296, section 1.5).
var onlyEncrypted = []decode.PayloadType{ikev2.PayloadIDi, ikev2.PayloadIDr, ikev2.PayloadAuth, ikev2.PayloadTSi, ikev2.PayloadDelete}

// clearFrame2 is the first frame with a message of IKEv2 in the clear that must be encrypted; 0 if there is none.
func clearFrame2(sa *ikesa.SA) int {
	if sa.Version != 2 {
		return 0
	}
	for _, m := range sa.Messages {
		for _, p := range m.Payloads {
			if m.State == ikesa.Clear && slices.Contains(onlyEncrypted, p.Type) {
				return m.Frame
			}
		}
	}
	return 0
}

// reassemblyFailed is for a host that says that it waited for a fragment in vain.
func reassemblyFailed(es []icmpError) diagnose.Finding {
	f := diagnose.Finding{Code: diagnose.CodeFragmentLost, Severity: SeverityProblem, Grade: diagnose.Wire, Frames: icmpFrames(es), Facts: es[0].facts()}
	if es[0].proto == ip.ProtoESP || es[0].proto == ip.ProtoAH {
		f.Setting, f.RFC = diagnose.SettingMTU, espFragmentRFC
	}
	return f
}
