package diagnose

import (
	"errors"
	"math/bits"
	"net/netip"
	"slices"

	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/alg"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/traffic"
)

// Rules about ICVs: packets that were changed, and keys that are not the right ones.

// integrity finds SAs whose keys are correct or wrong by their ICVs.
func (d *diagnosis) integrity() {
	var list []Finding
	for _, group := range d.Groups() {
		st := group[0].Stats()
		bad := st.ICVFailures + st.Malformed + st.Implausible
		fault, icv := group[0].KeyFault()
		if st.Proven && fault > esp.WrongCipherKey && !d.Session.Table.NoVerify {
			fault = esp.NoKeyFault // the first packets were altered
		}
		if st.Packets == 0 || bad == 0 && fault == esp.NoKeyFault || d.guessed(group[0], st.Opened) {
			continue
		}
		f := Finding{Code: CodeICVFailures, Severity: Problem, Grade: Keys, Frames: Frames(st.First.Frame, st.Last.Frame), Span: true}
		if sa := d.Child(negotiation.KeyOf(group[0])).SA; sa != nil {
			f.Subject = subjectOf(sa)
		}
		switch {
		case fault != esp.NoKeyFault:
			f.Code, f.Facts = CodeWrongESPKey, wrongKey(group[0], fault, icv)
		case st.Proven:
			facts := ICVFailures{Flow: traffic.OfSA(group[0]), Failed: bad, Packets: st.Packets, Opened: st.Opened}
			d.failures(group[0], &f, &facts)
			f.Facts = facts
		case st.Opened == 0:
			f.Code, f.Facts = CodeWrongESPKey, wrongKey(group[0], fault, icv)
		default:
			continue
		}
		list = append(list, f)
	}
	d.addBounded(list)
}

// guessed reports whether the keys of an SA were nowhere given: they were derived from secrets of other exchanges, none of which is correct for the
// one with PFS that set it up. The gap of that exchange says what is missing.
func (d *diagnosis) guessed(sa *esp.SA, opened int) bool {
	c := d.Child(negotiation.KeyOf(sa)).Child
	if opened > 0 || c == nil || c.Gap == nil || c.Gap.Code != ikesa.GapPFS {
		return false
	}
	bag := d.Session.Bag
	return bag == nil || !slices.ContainsFunc(bag.SAs, func(p esp.Params) bool { return p.Protocol == sa.Protocol && p.SPI == sa.SPI })
}

func wrongKey(sa *esp.SA, fault esp.KeyFault, icv int) WrongKey {
	st := sa.Stats()
	return WrongKey{Flow: traffic.OfSA(sa), Packets: st.Packets, Opened: st.Opened, Sources: sa.Sources(), Cipher: sa.Cipher, MAC: sa.MAC,
		Fault: fault, Of: sa.KeysOf(), ICV: icv, Want: sa.ICVLength(), Kernel: sa.Kernel, NoSalt: sa.NoSalt}
}

// failures puts the frames that failed into f, and what they have in common into facts.
func (d *diagnosis) failures(sa *esp.SA, f *Finding, facts *ICVFailures) {
	w := d.watch.Checks.Of(traffic.OfSA(sa))
	if w == nil || len(w.Failed) == 0 {
		return
	}
	f.Frames, f.Span = w.Failed, false
	const some, many = 2, 4 // fewer may be the last ones by chance
	switch {
	case w.Passed > 0 && w.Passed < w.Failed[0] && facts.Failed >= many:
		facts.Since = w.Failed[0]
	case w.Smallest > w.Largest && len(w.Failed) >= some:
		facts.Large, facts.Small = w.Smallest, w.Largest
	}
}

// An icvFlow is a flow whose ICVs have a known length.
type icvFlow struct {
	traffic.Flow
	sa          *esp.SA
	group       []*esp.SA // all that its key sources say of it
	child       negotiation.ChildRef
	icv         int // bytes on the wire
	first, last int // frames
}

// icvFlows are the decrypted flows whose keys show how long the ICV is, by source and destination.
func (d *diagnosis) icvFlows() (list []icvFlow, ways map[[2]netip.Addr][]icvFlow) {
	ways = make(map[[2]netip.Addr][]icvFlow)
	for _, group := range d.Groups() {
		sa := group[0]
		st := sa.Stats()
		x := icvFlow{d.watch.Duplex.Seen(traffic.OfSA(sa)), sa, group, d.Child(negotiation.KeyOf(sa)), sa.ICVLength(), st.First.Frame, st.Last.Frame}
		switch fault, icv := sa.KeyFault(); {
		case sa.MAC == nil || st.Packets == 0:
			continue
		case fault == esp.WrongICVLength:
			x.icv = icv
		case !st.Proven:
			continue
		}
		list = append(list, x)
		if k := [2]netip.Addr{x.Src, x.Dst}; len(ways[k]) < maxBetween {
			ways[k] = append(ways[k], x)
		}
	}
	return list, ways
}

// back is the opposite direction of x in its tunnel, with the same algorithms; nil: it is not known.
func (x *icvFlow) back(ways map[[2]netip.Addr][]icvFlow) *icvFlow {
	list := ways[[2]netip.Addr{x.Dst, x.Src}]
	for i := range list {
		o := &list[i]
		if x.sa.MAC.XFRM == o.sa.MAC.XFRM && x.sa.Cipher == o.sa.Cipher && x.Protocol == o.Protocol && x.child.Child == o.child.Child {
			return o
		}
	}
	return nil
}

// icvLengths finds peers that cut their ICVs to different lengths: each drops what the other one sends.
func (d *diagnosis) icvLengths() {
	flows, ways := d.icvFlows()
	var list []Finding
	for i := range flows {
		x := &flows[i]
		facts := ICVLengths{Flow: x.Flow, Bits: 8 * x.icv, MAC: x.sa.MAC.Name}
		f := Finding{Code: CodeICVLength, Severity: Problem, Grade: Keys, Span: true}
		switch o := x.back(ways); {
		case o != nil && x.icv < o.icv:
			facts.Back, facts.Want = o.Flow, 8*o.icv
			f.Frames = Frames(min(x.first, o.first), max(x.last, o.last))
		case o == nil && x.child.Child != nil && x.icv < x.sa.MAC.ICVLen && !d.sends(x.Dst, x.Src):
			facts.Silent, facts.Want = true, 8*x.sa.MAC.ICVLen
			f.Severity, f.Grade, f.Frames = Warning, Likely, Frames(x.first, x.last)
		default:
			m := d.table(x, o)
			if m == nil {
				continue
			}
			facts.Silent, facts.Table, facts.Want, facts.MAC = true, true, 8*m.ICVLen, m.Name
			f.Severity, f.Grade, f.Frames = Warning, Likely, Frames(x.first, x.last)
		}
		if x.child.SA != nil {
			f.Subject = subjectOf(x.child.SA)
		}
		f.Facts = facts
		list = append(list, f)
	}
	d.addBounded(append(list, d.closedICVLengths()...))
}

// table is the integrity algorithm that a kernel has for x where its ICV is not as long as those of the packets, which come back from nobody:
// the sender's kernel would send what its table says, so that the table is the receiver's. o is the way back.
func (d *diagnosis) table(x, o *icvFlow) *alg.MAC {
	if o != nil || d.sends(x.Dst, x.Src) {
		return nil
	}
	for _, sa := range x.group {
		if sa.Kernel && sa.MAC != nil && sa.MAC.ICVLen != x.icv {
			return sa.MAC
		}
	}
	return nil
}

// sends reports whether ESP or AH goes from one host to another.
func (d *diagnosis) sends(src, dst netip.Addr) bool {
	return d.watch.Duplex.Way(src, dst) != nil
}

// A sizedWay is the flows from one host to another that are not decrypted.
type sizedWay struct {
	sizes       []*traffic.Size
	flow        traffic.Flow // the first of them
	first, last int          // frames
}

// rest is what all packets are longer than multiples of a block; ok is false where they differ in that.
func (w *sizedWay) rest(block int) (rest int, ok bool) {
	for i, s := range w.sizes {
		n, same := s.Rest(block)
		if !same || i > 0 && n != rest {
			return 0, false
		}
		rest = n
	}
	return rest, len(w.sizes) > 0
}

// lengths is how many lengths the packets of one of the flows have.
func (w *sizedWay) lengths() (n int) {
	for _, s := range w.sizes {
		n = max(n, s.Lengths())
	}
	return n
}

// closedICVLengths finds the same by the lengths of packets that are not decrypted. What CBC encrypts is a multiple of a block: 4 bytes less
// in one direction are a shorter ICV, where enough packets of different lengths show that it is CBC.
func (d *diagnosis) closedICVLengths() (list []Finding) {
	ways, order := make(map[[2]netip.Addr]*sizedWay), [][2]netip.Addr(nil)
	for _, u := range d.ClosedFlows() {
		size := d.watch.Sizes.Of(traffic.OfClosed(u))
		if u.Protocol != esp.ESP || u.Inside || size == nil || !errors.Is(u.Err, esp.ErrNoSA) {
			continue
		}
		k := [2]netip.Addr{u.Src, u.Dst}
		if ways[k] == nil {
			ways[k] = &sizedWay{flow: traffic.OfClosed(u), first: u.First}
			order = append(order, k)
		}
		w := ways[k]
		w.sizes, w.last = append(w.sizes, size), max(w.last, u.Last)
	}
	for _, k := range order {
		w, back := ways[k], ways[[2]netip.Addr{k[1], k[0]}]
		if back == nil {
			continue
		}
		want, ok := shorterICV(w, back)
		if !ok {
			continue
		}
		f := Finding{Code: CodeICVLength, Severity: Warning, Grade: Likely, Span: true, Frames: Frames(min(w.first, back.first), max(w.last, back.last)),
			Facts: ICVLengths{Flow: w.flow, Back: back.flow, Bits: 8 * shortICV, Want: want, ByLength: true}}
		if sa := d.Owner(negotiation.InOrder(k[0], k[1]), w.first); sa != nil {
			f.Subject = subjectOf(sa)
		}
		list = append(list, f)
	}
	return list
}

const shortICV = 12 // bytes that ICVs were cut to before RFC 4868

// shorterICV reports whether the ICVs of w have 96 bits by its lengths, and those of the way back more. want is how many bits those have; 0:
// that does not show.
func shorterICV(w, back *sizedWay) (want int, ok bool) {
	const large, small, enough, full = 16, 8, 8, 16 // blocks; bits of evidence; bytes of the ICV of HMAC-SHA2-256
	for _, block := range []int{large, small} {
		rest, same := w.rest(block)
		other, all := back.rest(block)
		// Other ciphers fill up to 4 bytes: each further length is as long as those before by chance once in block/4.
		chance := bits.Len(uint(block/4)) - 1
		if !same || !all || rest != shortICV%block || other%small != 0 || chance*(w.lengths()+back.lengths()-2) < enough {
			continue
		}
		if other == full%block && block == large {
			want = 8 * full
		}
		return want, true
	}
	return 0, false
}
