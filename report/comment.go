package report

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"sync/atomic"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/decode/ikev1"
	"github.com/ikedecode/ikedecode/decode/ikev2"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
	"github.com/ikedecode/ikedecode/report/words"
)

// Comments makes what a decrypted capture says about its packets. The zero value is ready; several goroutines may use it at once.
type Comments struct {
	labels [labelSlots]atomic.Pointer[label]
}

// Append appends what is said about a packet; nothing for a packet as it was, with nothing to say. It is called for every packet: that of ESP
// allocates nothing.
func (c *Comments) Append(dst []byte, it *ikedecode.Item) []byte {
	switch {
	case it.Fragment != nil && (it.IKE == nil || it.IKE.State != ikesa.Closed):
		return append(dst, fragmentComment(it)...)
	case it.IKE != nil:
		return append(dst, ikeComment(it)...)
	case it.Opened != nil:
		return c.appendESP(dst, it)
	}
	return dst
}

// FrameComment is what a decrypted capture says about a packet in which nothing was to be decrypted.
func FrameComment(f *ikedecode.Frame) string {
	if f.ClearCopy == 0 {
		return ""
	}
	return fmt.Sprintf("the inner packet of frame %d, captured unencrypted on the gateway", f.ClearCopy)
}

// fragmentComment says where the message is that an IKE fragment is a part of: the fragment itself stays as it was.
func fragmentComment(it *ikedecode.Item) string {
	f := it.Fragment
	s := fmt.Sprintf("%s, fragment %d", messageName(f.Message, it.Datagram.Frame), f.Number)
	if f.Total > 0 {
		s += fmt.Sprintf(" of %d", f.Total)
	}
	if f.Waiting {
		return Escape(s + "; the whole message is in the frame of the last one")
	}
	if !f.Complete {
		return Escape(s + "; not decrypted: other fragments of the message are missing or cannot be decrypted")
	}
	return Escape(fmt.Sprintf("%s; the whole message is in frame %d", s, f.Whole))
}

// messageName is "IKEv2 1111111111111111:2222222222222222 IKE_AUTH 0x00000001, frame 4".
func messageName(m *exchange.Message, frame int) string {
	s := fmt.Sprintf("IKEv%d %v:%v %v", m.Version>>4, m.Initiator, m.Responder, m.Exchange)
	if m.MessageID != 0 {
		s += fmt.Sprintf(" 0x%08x", m.MessageID)
	}
	return fmt.Sprintf("%s, frame %d", s, frame)
}

func ikeComment(it *ikedecode.Item) string {
	m := it.IKE
	if m.State == ikesa.Clear && m.Fragments == 0 {
		return ""
	}
	s := messageName(m.Message, it.Datagram.Frame)
	switch m.State {
	case ikesa.Opened:
		s += ", decrypted"
	case ikesa.Partly:
		s += fmt.Sprintf(", decrypted except for the first %s: unknown bytes are written as zeros",
			count(m.Unknown, "byte"))
	case ikesa.Closed:
		s += ", not decrypted"
		if m.Why != nil {
			why, _ := words.Gap(*m.Why)
			s += ": " + why
		}
	}
	if m.Hash.Name != ikesa.NoHash && m.Hash.Done {
		s += fmt.Sprintf(", %v %s", m.Hash.Name, hashResult(m.Hash))
	}
	if m.Fragments > 0 {
		s += fmt.Sprintf(", reassembled from IKE fragments in %s", frameList(m.Frames))
	}
	if it.Repeat {
		s += fmt.Sprintf(", the same message as in frame %d", m.Frame)
	}
	return Escape(s)
}

func (c *Comments) appendESP(dst []byte, it *ikedecode.Item) []byte {
	o, d := it.Opened, it.Datagram
	for i := range o.Layers {
		if i > 0 {
			dst = append(dst, "; inside it "...)
		}
		dst = c.appendLayer(dst, &o.Layers[i], d.Frame, i == 0)
	}
	if len(d.Frames) > 1 {
		dst = append(append(dst, ", from fragments in "...), frameList(d.Frames)...)
	}
	switch {
	case o.Aggregate != nil:
		dst = appendAggregate(dst, o.Aggregate)
	case o.Dummy:
		dst = append(dst, ", a dummy packet, next header 59: left unchanged"...)
	}
	if o.Notes != 0 {
		dst = append(append(dst, ", "...), o.Notes.String()...)
	}
	return dst
}

// appendAggregate says why the packet of an AGGFRAG payload that completes no inner packet is left unchanged.
func appendAggregate(dst []byte, a *esp.Aggregate) []byte {
	switch {
	case len(a.Packets) > 0:
		return dst
	case a.Duplicate:
		return append(dst, ", an AGGFRAG payload that came before: left unchanged"...)
	case a.Err != nil:
		dst = append(append(dst, ", "...), a.Err.Error()...)
	case a.Partial:
		dst = append(dst, ", an AGGFRAG payload with a part of an inner packet"...)
	default:
		dst = append(dst, ", an AGGFRAG payload of padding"...)
	}
	return append(dst, ": left unchanged"...)
}

// AppendUnpacked is Append for one of the packets of an AGGFRAG payload, by its index.
func (c *Comments) AppendUnpacked(dst []byte, it *ikedecode.Item, packet int) []byte {
	a := it.Opened.Aggregate
	dst = c.appendESP(dst, it)
	if len(a.Packets) > 1 {
		dst = fmt.Appendf(dst, ", inner packet %d of %d", packet+1, len(a.Packets))
	}
	p := &a.Packets[packet]
	if len(p.Frames) > 0 {
		dst = append(append(dst, ", reassembled from AGGFRAG payloads in "...), frameList(p.Frames)...)
	}
	for i := range p.Layers {
		dst = c.appendLayer(append(dst, "; inside it "...), &p.Layers[i], it.Datagram.Frame, false)
	}
	return dst
}

const (
	labelSlots = 4096       // SAs that have a label
	spread     = 0x9e3779b1 // odd, of no pattern: SPIs that a daemon counts up do not meet
)

// A label is what the comments on the packets of an SA have in common.
type label struct {
	sa       *esp.SA
	spi      uint32
	protocol esp.Protocol
	src, dst netip.Addr
	head     []byte // "ESP 192.0.2.1>192.0.2.2 0xcf127d15"
	check    []byte // "HMAC-SHA1-96"
}

// label is that of a layer; nil where another SA has taken its place.
func (c *Comments) label(l *esp.Layer) *label {
	slot := &c.labels[(l.SPI*spread)>>20%labelSlots]
	b := slot.Load()
	if b == nil {
		b = &label{sa: l.SA, spi: l.SPI, protocol: l.Protocol, src: l.Src, dst: l.Dst, head: appendHead(nil, l)}
		if l.SA != nil {
			b.check = appendCheck(nil, l.SA.Params)
		}
		slot.Store(b) // or another goroutine has done so meanwhile: each is as good
	}
	if b.sa != l.SA || b.spi != l.SPI || b.protocol != l.Protocol || b.src != l.Src || b.dst != l.Dst {
		return nil
	}
	return b
}

// appendLayer appends "ESP 192.0.2.1>192.0.2.2 0xcf127d15 seq 12, frame 10, ICV ok (HMAC-SHA1-96)".
func (c *Comments) appendLayer(dst []byte, l *esp.Layer, frame int, outer bool) []byte {
	b := c.label(l)
	if b != nil {
		dst = append(dst, b.head...)
	} else {
		dst = appendHead(dst, l)
	}
	if l.Protocol != esp.IPComp {
		dst = strconv.AppendUint(append(dst, " seq "...), l.Seq, 10)
	}
	if outer {
		dst = strconv.AppendInt(append(dst, ", frame "...), int64(frame), 10)
	}
	switch {
	case l.Protocol == esp.IPComp:
	case l.Verified && b != nil && l.SA != nil:
		dst = append(append(append(dst, ", ICV ok ("...), b.check...), ')')
	case l.Verified && l.SA != nil:
		dst = append(appendCheck(append(dst, ", ICV ok ("...), l.SA.Params), ')')
	default:
		dst = append(dst, ", not verified: no ICV"...)
	}
	return dst
}

// appendHead appends what names the SA of a layer.
func appendHead(dst []byte, l *esp.Layer) []byte {
	dst = append(append(dst, l.Protocol.String()...), ' ')
	dst = append(appendAddr(dst, l.Src), '>')
	dst = append(appendAddr(dst, l.Dst), ' ')
	return appendSPI(dst, l.Protocol, l.SPI)
}

// appendAddr appends an address without its zone, which a capture does not have.
func appendAddr(dst []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(dst, '?')
	}
	return a.WithZone("").AppendTo(dst)
}

// appendSPI appends an SPI, or a CPI, as spiString writes it.
func appendSPI(dst []byte, proto esp.Protocol, spi uint32) []byte {
	const digits = "0123456789abcdef"
	n := 8
	if proto == esp.IPComp {
		n = 4
		dst = append(dst, "CPI "...)
	}
	dst = append(dst, '0', 'x')
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, digits[spi>>(4*i)&0xf])
	}
	return dst
}

// appendCheck appends the name of what checks the ICV.
func appendCheck(dst []byte, p *esp.Params) []byte {
	if p.MAC != nil {
		return append(dst, p.MAC.Name...)
	}
	if p.Cipher == nil {
		return dst
	}
	dst = append(dst, p.Cipher.Name...)
	if n := p.KeyBits(); len(p.Cipher.KeyBits) > 1 && n > 0 {
		dst = strconv.AppendInt(append(dst, '-'), int64(n), 10)
	}
	return dst
}

// maxEarly bounds what is said of SAs before their traffic is known.
const maxEarly = 1000

// EarlyNotes are what FileNotes can say before Run, for an output that cannot be gone back in: the IKE SAs, and what they negotiated.
func EarlyNotes(s *ikedecode.Session) (lines []string) {
	for _, sa := range s.SAs {
		if len(lines) >= maxEarly {
			break
		}
		lines = append(lines, noteOf(sa))
		for _, c := range sa.Children {
			for i := range c.SAs {
				d := &c.SAs[i]
				line := fmt.Sprintf("%v %v>%v %s", d.Protocol, d.Src, d.Dst, spiString(d.Protocol, d.SPI))
				if len(d.Candidates) > 0 {
					p := &d.Candidates[0]
					line = join(nonEmpty(line, encryptionName(p), integrityName(p)), " ")
				}
				lines = append(lines, Escape(line))
			}
		}
	}
	return lines
}

// liveNotes is for how many IKE SAs and SAs NoteRoom provides that are negotiated while the capture goes on.
const liveNotes = 400

// NoteRoom is how many bytes FileNotes most likely take after Run.
func NoteRoom(s *ikedecode.Session) int {
	const least, most, each = 4 << 10, 1 << 20, 256
	n := 2 * min(len(s.Bag.SAs), maxEarly)
	if s.Source.Live() {
		n += liveNotes
	}
	for _, sa := range s.SAs {
		n += 2
		for _, c := range sa.Children {
			n += len(c.SAs)
		}
	}
	return min(least+n*each, most)
}

// FileNotes are the lines about all SAs that a decrypted capture carries as a whole, one after the other: there may be a million.
func FileNotes(s *ikedecode.Session) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, sa := range s.SAs {
			if !yield(noteOf(sa)) {
				return
			}
		}
		for _, group := range negotiation.GroupSAs(s.Table.Used()) {
			if t := newTrafficSA(group); t.Packets > 0 && !yield(trafficNote(t)) {
				return
			}
		}
		for i, u := range s.Unknown {
			const most = 100
			if i == most {
				yield(fmt.Sprintf("%d more flows not decrypted", len(s.Unknown)-most))
				return
			}
			if !yield(Escape(closedText(u))) {
				return
			}
		}
	}
}

func trafficNote(t TrafficSA) string {
	line := fmt.Sprintf("%s %s>%s %s %s: %s, %d decrypted, %d wrong ICV, frames %d to %d, %s",
		t.Protocol, t.Src, t.Dst, t.SPI, join(nonEmpty(t.Encryption, t.Integrity), " "), count(t.Packets, "packet"),
		t.Opened, t.ICVFailures, t.FirstFrame, t.LastFrame, t.ProofText())
	if t.IPTFS != nil {
		line += "; IP-TFS: " + t.IPTFS.String()
	}
	return Escape(line)
}

func noteOf(sa *ikesa.SA) string {
	r := newIKESA(sa)
	line := fmt.Sprintf("%s %s > %s, %s", r.Name(), r.InitiatorAddr, r.ResponderAddr, r.State())
	if r.Policy != nil {
		line += ", " + r.Policy.String()
	}
	return Escape(line)
}

func closedText(u *ikedecode.UnknownSPI) string {
	return fmt.Sprintf("%v %v>%v %s: %s not decrypted: %v", u.Protocol, u.Src, u.Dst, spiString(u.Protocol, u.SPI), count(u.Packets, "packet"), u.Err)
}

// Readable reports whether the payload chain of a message is complete, so that it can be written unencrypted. Where the
// first block could not be had, the generic headers in it are there all the same. One that came unencrypted, but in fragments, is
// written as a whole.
func Readable(m *ikesa.Message) bool {
	switch m.State {
	case ikesa.Clear:
		return m.Fragments > 0
	case ikesa.Closed:
		return false
	}
	switch m.NextPayload {
	case ikev2.PayloadSK:
		return true
	case ikev2.PayloadSKF:
		return m.Joined > 0 // the other fragments stay as they are
	}
	return m.Major() == 1 && len(m.Plain) > 0
}

// ClearMessage is a decrypted message as it goes into a decrypted capture: the encryption flag cleared, the plaintext with
// its padding in place of the encrypted body, the length set. This is what isakmpd -L writes.
func ClearMessage(m *ikesa.Message) []byte {
	if m.State == ikesa.Clear {
		return m.Raw
	}
	h := m.Header
	if m.Major() == 2 {
		h.NextPayload = m.First
	} else {
		h.Flags &^= ikev1.FlagEncryption
	}
	h.Length = uint32(decode.HeaderLen + len(m.Plain))
	return append(h.Append(nil), m.Plain...)
}
