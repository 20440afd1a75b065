package report

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/esp"
	"github.com/ikedecode/ikedecode/internal/ip"
)

// A packetRecord is a record that grows, without its closing brace. The keys are its own: nothing in them is escaped.
type packetRecord struct{ b []byte }

func (r *packetRecord) key(k string) { r.b = append(append(append(r.b, ',', '"'), k...), '"', ':') }

// text adds a string of printable ASCII without quotes.
func (r *packetRecord) text(k, v string) {
	r.key(k)
	r.b = append(append(append(r.b, '"'), v...), '"')
}

func (r *packetRecord) raw(k string, v []byte) {
	r.key(k)
	r.b = append(r.b, v...)
}

func (r *packetRecord) number(k string, v int64) {
	r.key(k)
	r.b = strconv.AppendInt(r.b, v, 10)
}

func (r *packetRecord) flag(k string) {
	r.key(k)
	r.b = append(r.b, "true"...)
}

func (r *packetRecord) seconds(k string, v time.Duration) {
	r.key(k)
	if v < 0 {
		r.b, v = append(r.b, '-'), -v
	}
	r.b = strconv.AppendInt(r.b, int64(v/time.Second), 10)
	if n := int64(v % time.Second); n != 0 {
		r.b = strconv.AppendInt(r.b, int64(time.Second)+n, 10)
		r.b[len(r.b)-len("1000000000")] = '.' // a float would add digits
		r.b = bytes.TrimRight(r.b, "0")
	}
}

func (r *packetRecord) time(k string, t time.Time) {
	layout := "2006-01-02T15:04:05.000000Z"
	if t.Nanosecond()%1000 != 0 {
		layout = "2006-01-02T15:04:05.000000000Z"
	}
	r.key(k)
	r.b = append(t.UTC().AppendFormat(append(r.b, '"'), layout), '"')
}

func (r *packetRecord) address(k string, a netip.Addr) {
	r.key(k)
	r.b = append(appendAddr(append(r.b, '"'), a), '"')
}

func (r *packetRecord) frames(k string, list []int) {
	r.key(k)
	sep := byte('[')
	for _, n := range list {
		r.b = strconv.AppendInt(append(r.b, sep), int64(n), 10)
		sep = ','
	}
	r.b = append(r.b, ']')
}

func (r *packetRecord) closed(why string) {
	r.text("result", resultClosed)
	r.text("why", why)
}

// datagram adds what every datagram has.
func (r *packetRecord) datagram(d *capture.Datagram) {
	r.text("kind", packetKinds[d.Kind])
	if len(d.Frames) > 1 {
		r.frames("frames", d.Frames)
	}
	if d.Src.Addr().IsValid() {
		r.address("src", d.Src.Addr())
		r.address("dst", d.Dst.Addr())
	}
	if d.Src.Port()|d.Dst.Port() != 0 {
		r.number("src_port", int64(d.Src.Port()))
		r.number("dst_port", int64(d.Dst.Port()))
	}
	switch {
	case d.TCP:
		r.text("transport", "TCP")
	case d.UDP:
		r.text("transport", "UDP")
	}
	if in := d.Wrapping.Encapsulations(); len(in) > 0 {
		r.key("wrapping")
		sep := byte('[')
		for _, e := range in {
			r.b = append(append(append(r.b, sep, '"'), e.String()...), '"')
			sep = ','
		}
		r.b = append(r.b, ']')
	}
	if d.Kind == capture.Other {
		if h, ok := ip.Parse(d.IP); ok {
			r.number("protocol", int64(h.Proto))
		}
	}
}

// layers adds the layers of a packet that has several.
func (r *packetRecord) layers(list []esp.Layer) {
	if len(list) < 2 {
		return
	}
	r.key("layers")
	r.b = append(r.b, '[')
	for i := range list {
		l := &list[i]
		if i > 0 {
			r.b = append(r.b, ',')
		}
		r.b = append(append(append(r.b, `{"kind":"`...), protocolKinds[l.Protocol]...), '"')
		r.address("src", l.Src)
		r.address("dst", l.Dst)
		r.b = append(appendSPI(append(r.b, `,"spi":"`...), l.Protocol, l.SPI), '"')
		if l.Protocol != esp.IPComp {
			r.b = strconv.AppendUint(append(r.b, `,"sequence":`...), l.Seq, 10)
		}
		r.b = append(r.b, '}')
	}
	r.b = append(r.b, ']')
}

// innerPacket adds an inner IP packet.
func (r *packetRecord) innerPacket(packet []byte) {
	var h ip.Header
	if !h.Read(packet) {
		return
	}
	proto, body, ok := h.Upper(packet)
	r.inner("tunnel", h.Src, h.Dst, proto, body, h.Total, ok)
	if h.Fragment {
		r.b = append(r.b[:len(r.b)-1], `,"fragment":true}`...)
	}
}

// inner adds what came out of a packet: body is what is behind its IP header, as far as it is there, n is its length in bytes. Without first body is
// not the start of it.
func (r *packetRecord) inner(mode string, src, dst netip.Addr, proto uint8, body []byte, n int, first bool) {
	r.key("inside")
	r.b = append(append(append(r.b, `{"mode":"`...), mode...), '"')
	r.address("src", src)
	r.address("dst", dst)
	r.number("protocol", int64(proto))
	if first {
		r.upper(proto, body)
	}
	r.number("length", int64(n))
	r.b = append(r.b, '}')
}

func (r *packetRecord) upper(proto uint8, body []byte) {
	switch {
	case ip.HasPorts(proto):
		if len(body) >= 4 {
			src, dst := ip.Ports(body)
			r.number("src_port", int64(src))
			r.number("dst_port", int64(dst))
		}
	case proto == ip.ProtoICMP, proto == ip.ProtoICMPv6:
		if len(body) >= 2 {
			r.number("icmp_type", int64(body[0]))
			r.number("icmp_code", int64(body[1]))
		}
	}
}

func appendHex(dst []byte, v uint32) []byte { return appendSPI(dst, esp.ESP, v) }
