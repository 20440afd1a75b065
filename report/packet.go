package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/ikedecode/ikedecode"
	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/decode"
	"github.com/ikedecode/ikedecode/decode/exchange"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/keys/ikesa"
	"github.com/ikedecode/ikedecode/report/negotiation"
)

// A PacketLog makes the records of a log of packets: a JSON object for each datagram, as docs/json.md describes it. Several goroutines may Append
// at once.
type PacketLog struct {
	first   time.Time
	files   [][]byte // names, quoted
	reading *negotiation.Reading
	names   map[*ikesa.SA]string
	pairs   map[decode.SPI]string // SPIs of an IKE SA by the initiator's, for its first message

	learned, before map[negotiation.ChildKey]string // SPIs of the IKE SAs that negotiated them: see Learn
}

// maxLearned bounds the SAs that a log of packets that goes on knows the IKE SA of: the latest so many, at least.
const maxLearned = 1 << 15

// Learn takes in an IKE SA of a capture that is read as it comes: records after it name it for the SAs that it has negotiated.
func (l *PacketLog) Learn(sa *ikesa.SA) {
	for _, c := range sa.Children {
		for i := range c.SAs {
			if len(l.learned) >= maxLearned || l.learned == nil {
				l.learned, l.before = make(map[negotiation.ChildKey]string), l.learned
			}
			l.learned[negotiation.ChildKey{Protocol: c.SAs[i].Protocol, SPI: c.SAs[i].SPI}] = cookies(sa)
		}
	}
}

// negotiator is the SPIs of the IKE SA that negotiated an SA, empty where that is not known.
func (l *PacketLog) negotiator(k negotiation.ChildKey) string {
	return cmp.Or(l.names[l.reading.Child(k).SA], l.learned[k], l.before[k])
}

// NewPacketLog readies the records of s, after its first pass.
func NewPacketLog(s *ikedecode.Session) *PacketLog {
	l := &PacketLog{first: s.First, reading: negotiation.Read(s), names: make(map[*ikesa.SA]string), pairs: make(map[decode.SPI]string)}
	for _, name := range s.Source.Files() {
		l.files = append(l.files, Quoted(name))
	}
	for _, sa := range s.SAs {
		l.names[sa] = cookies(sa)
		if l.pairs[sa.Initiator] == "" {
			l.pairs[sa.Initiator] = l.names[sa]
		}
	}
	return l
}

// Quoted is a string as JSON has it, safe for a terminal.
func Quoted(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`) // no string fails
	}
	return EscapeJSON(b)
}

// Append appends the record of a datagram of f, all but its end (AppendEnd). it is nil for a frame without one: a fragment that waits for
// others. unpacked is which packet of Opened.Aggregate it is about, where there are any.
func (l *PacketLog) Append(dst []byte, f *ikedecode.Frame, it *ikedecode.Item, unpacked int) []byte {
	p := f.Packet
	r := packetRecord{append(append(dst, `{"schema":`...), strconv.Itoa(Schema)...)}
	r.text("record", "packet")
	r.number("frame", int64(p.Number))
	if p.File < len(l.files) {
		r.raw("file", l.files[p.File])
		r.number("file_frame", int64(p.FileFrame))
	}
	r.time("time", p.Time)
	r.number("length", int64(max(p.OrigLen, len(p.Data))))
	if it == nil {
		r.text("kind", kindFragment)
		r.text("result", resultUnchanged)
		return r.b
	}
	r.datagram(it.Datagram)
	switch {
	case it.Datagram.Kind == capture.IKE:
		l.ike(&r, it)
	case it.Datagram.Kind == capture.ESP || it.Datagram.Kind == capture.AH || it.Datagram.Kind == capture.IPComp:
		l.esp(&r, it, unpacked)
	default:
		r.text("result", resultUnchanged)
	}
	if it.Datagram.Repeat {
		r.flag("mirrored")
	}
	return r.b
}

// AppendEnd ends a record, with what is known only in the order of the capture, in which it is called: the time since the first packet, the frame that has the packet inside unencrypted, and where the packet
// was written; output is a quoted name, or nil where it was not.
func (l *PacketLog) AppendEnd(dst []byte, f *ikedecode.Frame, of *ikedecode.Record, output []byte, frame int) []byte {
	r := packetRecord{dst}
	if l.first.IsZero() { // of a capture that is read as it comes
		l.first = f.Packet.Time
	}
	r.seconds("seconds", f.Packet.Time.Sub(l.first))
	n := f.ClearCopy
	if it := of.Item; it != nil {
		n = cmp.Or(n, it.ClearCopy, it.ClearCopyOf(of.Unpacked))
	}
	if n != 0 {
		r.number("clear_copy_of", int64(n))
	}
	if output != nil {
		r.raw("output", output)
		r.number("output_frame", int64(frame))
	}
	return append(r.b, '}', '\n')
}

// The values of kind.
const kindFragment = "fragment"

var packetKinds = map[capture.Kind]string{
	capture.Other: "other", capture.IKE: "ike", capture.ESP: "esp", capture.AH: "ah", capture.IPComp: "ipcomp", capture.Keepalive: "nat-keepalive",
	capture.ICMPError: "icmp-error",
}

// The values of result.
const (
	resultUnchanged    = "unchanged" // nothing was to be decrypted
	resultClear        = "clear"     // an IKE message that is not encrypted
	resultDecrypted    = "decrypted"
	resultPartly       = "partly-decrypted"
	resultDecoded      = "decoded"      // AH, NULL encryption
	resultDecompressed = "decompressed" // IPComp
	resultDummy        = "dummy"
	resultClosed       = "not-decrypted"
	resultFragment     = "fragment" // of an IKE message, which another frame completes
)

func (l *PacketLog) ike(r *packetRecord, it *ikedecode.Item) {
	switch fragment, m := it.Fragment, it.IKE; {
	case fragment != nil && (m == nil || fragment.Whole != it.Datagram.Frame):
		l.message(r, fragment.Message)
		r.number("fragment", int64(fragment.Number))
		if !fragment.Complete {
			r.closed(string(ikesa.GapLost))
			return
		}
		r.text("result", resultFragment)
		r.number("whole_frame", int64(fragment.Whole))
	case m == nil:
		r.closed("malformed")
	default:
		l.message(r, m.Message)
		r.state(m)
		if it.Repeat {
			r.number("repeat_of", int64(m.Frame))
		}
	}
}

func (l *PacketLog) message(r *packetRecord, m *exchange.Message) {
	pair := m.Initiator.String() + ":" + m.Responder.String()
	if m.Responder.IsZero() {
		pair = cmp.Or(l.pairs[m.Initiator], pair)
	}
	r.text("ike_sa", pair)
	r.number("version", int64(m.Major()))
	r.text("exchange", m.Exchange.String())
	r.b = appendHex(append(r.b, `,"message_id":"`...), m.MessageID)
	r.b = append(r.b, '"')
}

func (r *packetRecord) state(m *ikesa.Message) {
	switch m.State {
	case ikesa.Clear:
		r.text("result", resultClear)
	case ikesa.Opened:
		r.text("result", resultDecrypted)
	case ikesa.Partly:
		r.text("result", resultPartly)
	case ikesa.Closed:
		why := ikesa.GapNoSecret
		if m.Why != nil {
			why = m.Why.Code
		}
		r.closed(string(why))
	}
}

// esp is for ESP, AH and IPComp.
func (l *PacketLog) esp(r *packetRecord, it *ikedecode.Item, unpacked int) {
	proto, d := protocolOf(it.Datagram.Kind), it.Datagram
	spi := it.SPI()
	if pair := l.negotiator(negotiation.ChildKey{Protocol: proto, SPI: spi}); pair != "" {
		r.text("ike_sa", pair)
	}
	r.b = appendSPI(append(r.b, `,"spi":"`...), proto, spi)
	r.b = append(r.b, '"')
	o := it.Opened
	if o == nil {
		if seq, ok := sequenceOf(proto, d.Payload); ok {
			r.number("sequence", int64(seq))
		}
		r.closed(whyClosed(it))
		return
	}
	outer := &o.Layers[0]
	if proto != esp.IPComp {
		r.b = strconv.AppendUint(append(r.b, `,"sequence":`...), outer.Seq, 10)
		if outer.Extended {
			r.flag("esn")
		}
	}
	r.text("result", resultOf(o))
	if o.Verified {
		r.flag("verified")
	}
	if o.Notes&esp.NoteDuplicate != 0 {
		r.flag("duplicate")
	}
	if o.Cut {
		r.flag("truncated")
	}
	r.layers(o.Layers)
	if o.Inner != nil {
		r.text("inner_why", whyCode(o.Inner))
	}
	switch {
	case o.Aggregate != nil:
		r.aggregate(o.Aggregate, unpacked)
	case o.Dummy:
	case o.IP != nil:
		r.innerPacket(o.IP)
	default:
		last := &o.Layers[len(o.Layers)-1]
		r.inner("transport", last.Src, last.Dst, o.NextHeader, o.Payload, len(o.Payload), true)
	}
}

// aggregate adds what is known of a packet of an AGGFRAG payload, or of a payload that completes none.
func (r *packetRecord) aggregate(a *esp.Aggregate, unpacked int) {
	if unpacked < len(a.Packets) {
		p := &a.Packets[unpacked]
		r.text("aggfrag", "packet")
		r.number("inner_number", int64(unpacked+1))
		r.number("inner_packets", int64(len(a.Packets)))
		if len(p.Frames) > 0 {
			r.frames("inner_frames", p.Frames)
		}
		if p.Inner != nil {
			r.text("inner_why", whyCode(p.Inner))
		}
		r.innerPacket(p.IP)
		return
	}
	kind := "padding"
	switch {
	case a.Duplicate:
		kind = "duplicate"
	case a.Err != nil:
		kind = "malformed"
	case a.Partial:
		kind = "part"
	}
	r.text("aggfrag", kind)
}

// protocolKinds are the values of kind by protocol.
var protocolKinds = map[esp.Protocol]string{
	esp.ESP: packetKinds[capture.ESP], esp.AH: packetKinds[capture.AH], esp.IPComp: packetKinds[capture.IPComp],
}

func protocolOf(k capture.Kind) esp.Protocol {
	switch k {
	case capture.AH:
		return esp.AH
	case capture.IPComp:
		return esp.IPComp
	}
	return esp.ESP
}

// resultOf says what became of a packet, by its outermost layer.
func resultOf(o *esp.Opened) string {
	l := &o.Layers[0]
	switch {
	case o.Dummy:
		return resultDummy
	case l.Protocol == esp.IPComp:
		return resultDecompressed
	case l.Protocol == esp.AH, l.SA != nil && l.SA.Cipher != nil && l.SA.Cipher.Null():
		return resultDecoded
	}
	return resultDecrypted
}

// sequenceOf is the sequence number that stands in a packet that was not decrypted: with ESN its low half.
func sequenceOf(p esp.Protocol, b []byte) (uint32, bool) {
	at := 4
	switch p {
	case esp.AH:
		at = 8
	case esp.IPComp:
		return 0, false
	}
	if len(b) < at+4 {
		return 0, false
	}
	return uint32(b[at])<<24 | uint32(b[at+1])<<16 | uint32(b[at+2])<<8 | uint32(b[at+3]), true
}

// whyClosed is why a packet was not decrypted. A wrong ICV is that of the packet where the key was verified by packets before it.
func whyClosed(it *ikedecode.Item) string {
	if errors.Is(it.Err, esp.ErrICV) {
		if sa := it.Closest(); sa == nil || !sa.Proven() {
			return string(ikesa.GapWrongKey)
		}
	}
	return whyCode(it.Err)
}

func whyCode(err error) string {
	for _, c := range closedCodes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return "malformed"
}

var closedCodes = []struct {
	err  error
	code string
}{
	{esp.ErrNoSA, string(ikesa.GapNoSecret)}, {esp.ErrSalt, string(ikesa.GapNeedSalt)}, {esp.ErrICV, "wrong-icv"}, {esp.ErrCut, "truncated"},
	{esp.ErrCipherKey, string(ikesa.GapWrongKey)}, {esp.ErrImplausible, string(ikesa.GapWrongKey)}, {esp.ErrKeyLength, string(ikesa.GapWrongKey)},
	{esp.ErrPadding, "wrong-padding"}, {esp.ErrUnsupported, string(ikesa.GapUnsupported)}, {esp.ErrMalformed, "malformed"},
}
